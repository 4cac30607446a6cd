//! Laws over random commands and random events.

use proptest::prelude::*;

use super::*;
use crate::domain::plan::{Challenge, HistoryOpenness};
use crate::ids::{ChallengeId, StrandId};
use crate::log::Stream;

fn small() -> impl Strategy<Value = u8> {
    1..6_u8
}

fn callers() -> impl Strategy<Value = Caller> {
    small().prop_map(person)
}

fn lines() -> impl Strategy<Value = Line> {
    "[a-z]{1,4}".prop_map(|text| line(&text))
}

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Programmateam),
        Just(Role::Coalitie),
        Just(Role::Contactpersoon),
        (small(), any::<bool>()).prop_map(|(team, lead)| Role::Schrijfteam {
            team: TeamId::from_bytes([team; 16]),
            as_role: if lead { TeamRole::Lead } else { TeamRole::Writer },
        }),
    ]
}

fn places() -> impl Strategy<Value = chapter::Place> {
    let chapter = || proptest::option::of(small().prop_map(|n| ChapterId::from_bytes([n; 16])));
    (chapter(), chapter()).prop_map(|(parent, after)| chapter::Place { parent, after })
}

fn contents() -> impl Strategy<Value = Content> {
    let party = || small().prop_map(|n| person(n).party);
    (
        proptest::option::of(lines()),
        proptest::option::of(small()),
        proptest::option::of(party()),
        proptest::collection::btree_set(party(), 0..3),
        proptest::option::of(lines()),
    )
        .prop_map(|(title, chapter, owner, participants, measured_by)| Content {
            title,
            chapter: chapter.map(|n| ChapterId::from_bytes([n; 16])),
            owner,
            participants,
            measured_by,
            ..Content::default()
        })
}

fn patches() -> impl Strategy<Value = Patch> {
    contents().prop_map(|content| Patch {
        title: content.title.map(Some),
        chapter: content.chapter.map(Some),
        owner: Some(content.owner),
        participants: Some(content.participants),
        ..Patch::default()
    })
}

fn plan_commands() -> impl Strategy<Value = Command> {
    let team = || small().prop_map(|n| TeamId::from_bytes([n; 16]));
    let parties = (lines(), lines()).prop_map(|(name, sector)| Party { name, sector });
    let challenge = lines().prop_map(|title| Challenge {
        title,
        priority: None,
        reasoning: None,
    });
    prop_oneof![
        Just(create_plan()),
        (callers(), parties)
            .prop_map(|(who, party)| Command::Plan(plan::Command::AddParty { id: who.party, party })),
        (callers(), lines()).prop_map(|(who, reason)| Command::Plan(plan::Command::RemoveParty {
            id: who.party,
            reason
        })),
        (team(), lines()).prop_map(|(id, name)| Command::Plan(plan::Command::FormTeam { id, name })),
        team().prop_map(|id| Command::Plan(plan::Command::EndTeam { id })),
        (small(), challenge).prop_map(|(n, challenge)| {
            Command::Plan(plan::Command::PutChallenge {
                id: ChallengeId::from_bytes([n; 16]),
                challenge,
            })
        }),
        (small(), small(), lines()).prop_map(|(n, above, title)| {
            let parent = Some(StrandId::from_bytes([above; 16])).filter(|_| above % 2 == 0);
            let strand = plan::Strand {
                title,
                kind: line("ambitie"),
                parent,
            };
            Command::Plan(plan::Command::PutStrand {
                id: StrandId::from_bytes([n; 16]),
                strand,
            })
        }),
        Just(Command::Plan(plan::Command::SetHistory {
            openness: HistoryOpenness::Open
        })),
    ]
}

fn commands() -> impl Strategy<Value = Command> {
    let chapter_commands = prop_oneof![
        3 => (lines(), places(), proptest::option::of(small())).prop_map(|(title, place, team)| {
            let team = team.map(|n| TeamId::from_bytes([n; 16]));
            chapter::Command::Create { title, place, team }
        }),
        3 => places().prop_map(|place| chapter::Command::Move { place }),
        1 => lines().prop_map(|title| chapter::Command::Rename { title }),
        1 => Just(chapter::Command::Offer),
        1 => lines().prop_map(|reason| chapter::Command::Freeze { version: None, reason }),
        1 => lines().prop_map(|reason| chapter::Command::Reopen { reason }),
    ];
    let commitment_commands = prop_oneof![
        contents().prop_map(|content| commitment::Command::Create {
            content: Box::new(content)
        }),
        patches().prop_map(|patch| commitment::Command::Amend {
            patch: Box::new(patch)
        }),
        (0..6_u64, lines()).prop_map(|(to, reason)| commitment::Command::Restore {
            to: Revision(to),
            reason
        }),
    ];
    prop_oneof![
        3 => plan_commands(),
        3 => (callers(), roles()).prop_map(|(who, role)| grant(who, role)),
        1 => (callers(), roles()).prop_map(|(who, role)| withdraw(who, role)),
        5 => (small(), chapter_commands)
            .prop_map(|(n, command)| Command::Chapter(ChapterId::from_bytes([n; 16]), command)),
        4 => (small(), commitment_commands)
            .prop_map(|(n, command)| Command::Commitment(CommitmentId::from_bytes([n; 16]), command)),
    ]
}

/// Events as a program might have stored them, sound or not: those of commands decided elsewhere.
pub(in crate::domain) fn histories() -> impl Strategy<Value = Vec<(Caller, Command)>> {
    proptest::collection::vec((callers(), commands()), 0..60)
}

fn ensure_invariants(world: &World) {
    let state = &world.state;
    if state.plan.is_some() {
        let leads = state
            .rights
            .people()
            .filter(|(.., grants)| grants.contains_key(&Role::Programmateam));
        assert!(leads.count() >= 1, "a plan keeps its programme team");
    }
    let order = state.chapters.in_reading_order();
    assert_eq!(
        order.len(),
        state.chapters.len(),
        "every chapter is reachable from the top, once"
    );
    for (_, id) in order {
        assert!(state.chapters.lineage(id).count() <= crate::limits::CHAPTER_DEPTH_MAX);
    }
    let plan = state.plan.as_ref();
    for (_, party, _) in state.rights.people() {
        assert!(plan.is_some_and(|plan| plan.parties.contains_key(&party)));
    }
    for known in state.commitments.values() {
        assert!(known.content.title.is_some());
        assert!(
            known
                .content
                .chapter
                .is_some_and(|chapter| state.chapters.get(chapter).is_some())
        );
        assert!(
            known
                .content
                .owner
                .is_none_or(|of| plan.is_some_and(|plan| plan.parties.contains_key(&of)))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_decided_keeps_every_invariant(history in histories()) {
        let mut world = World::default();
        world.when(PROGRAMMATEAM, create_plan()).unwrap();
        for (who, command) in history {
            let _ = world.when(who, command);
            ensure_invariants(&world);
        }
    }

    #[test]
    fn the_same_command_twice_adds_nothing_the_second_time(history in histories()) {
        let mut world = world();
        for (who, command) in history {
            if world.when(who, command.clone()).is_ok() {
                let again = decide(&world.state, &who, TimestampMs(0), &command);
                prop_assert!(again.is_err() || again == Ok(Vec::new()), "{again:?}");
            }
        }
    }

    #[test]
    fn folding_takes_events_in_any_order_from_anywhere(
        history in histories(),
        order in any::<prop::sample::Index>(),
        dropped in any::<prop::sample::Index>(),
    ) {
        let mut world = world();
        for (who, command) in history {
            let _ = world.when(who, command);
        }
        let mut events: Vec<_> = world.log.into_iter().map(|(_, event)| event).collect();
        let turn = order.index(events.len());
        events.rotate_left(turn);
        events.remove(dropped.index(events.len()));
        let mut elsewhere = World::default();
        for event in &events {
            elsewhere.store(event);
        }
        prop_assert_eq!(elsewhere.state.chapters.in_reading_order().len(), elsewhere.state.chapters.len());
    }

    #[test]
    fn any_bytes_are_an_event_or_an_error(
        kind in prop::sample::select(super::super::event::KNOWN_KINDS),
        payload in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..64),
            "\\{\"(title|id|content|changes|role)\":(null|1|\"x\"|\\[\\]|\\{\\})\\}".prop_map(String::into_bytes),
        ],
    ) {
        let (name, version) = kind.split_once('/').unwrap();
        let kind = crate::log::Kind::new(name, version.parse().unwrap());
        for stream in [Stream::Plan, Stream::Rights, Stream::Chapter(TRIAGE), Stream::Commitment(NIGHT_CARE)] {
            if let Ok(event) = Event::read(&kind, &stream, &payload) {
                let again = Event::read(&kind, &stream, &event.payload()).unwrap();
                prop_assert_eq!(again, event);
            }
        }
    }
}
