//! Given, when, then, and the law that nothing in force changes.

mod in_force;
mod texts;

use proptest::prelude::*;

use super::*;
use crate::domain::Command as Any;
use crate::domain::commitment::Patch;
use crate::domain::rights::{self, Role};
use crate::domain::tests::laws;
use crate::domain::tests::*;
use crate::domain::{At, chapter, evolve as evolve_plan, evolve_erased};
use crate::ids::{EventId, Revision};
use crate::log::{Envelope, Record, Salts, Stream, Via};

const REQUEST: ErasureId = ErasureId::from_bytes([40; 16]);
const COLLEAGUE: Caller = person(9);
const SECRET: &str = "Bel mevrouw Jansen op 06 12345678";

/// The world with a second person in the Programmateam.
fn team() -> World {
    let grant = rights::Command::Grant {
        person: COLLEAGUE.person,
        party: PROGRAMMATEAM.party,
        role: Role::Programmateam,
        mandate: None,
    };
    world().given(PROGRAMMATEAM, Any::Rights(grant))
}

fn colleague() -> Caller {
    Caller {
        party: PROGRAMMATEAM.party,
        ..COLLEAGUE
    }
}

fn solved(text: &str) -> Any {
    amended(Patch {
        solution: Some(Some(prose(text))),
        ..Patch::default()
    })
}

/// A commitment whose solution named somebody, and does so no more.
fn amended_twice() -> World {
    team()
        .given(WRITER, solved(SECRET))
        .given(WRITER, solved("Nachtzorg bellen"))
}

fn last(world: &World, back: usize) -> Position {
    Position((world.log.len() - 1 - back) as u64)
}

fn about_night_care(position: Position) -> Target {
    let subject = Subject::Commitment {
        commitment: NIGHT_CARE,
    };
    Target { position, subject }
}

fn request(targets: Vec<Target>) -> Any {
    Any::Erasure(
        REQUEST,
        Command::Request {
            targets,
            are_past: true,
            ground: Ground::Unlawful,
            explanation: line("telefoonnummer van een inwoner"),
            extent: Extent::Content,
            let_in_by: BTreeSet::new(),
        },
    )
}

fn approve() -> Any {
    Any::Erasure(REQUEST, approval(&[]))
}

/// In a session that these let in.
fn approval(let_in_by: &[Caller]) -> Command {
    Command::Approve {
        are_past: true,
        let_in_by: let_in_by.iter().map(|who| who.person).collect(),
    }
}

fn decline() -> Any {
    let reason = line("staat er niet in");
    Any::Erasure(REQUEST, Command::Decline { reason })
}

fn positions(world: &World) -> Vec<Position> {
    let erasure = world.state.erasures.get(REQUEST).unwrap();
    erasure.targets.iter().map(|target| target.position).collect()
}

/// The fold of a log of which the content at some places is gone.
fn folded_without(world: &World, gone: &[Position]) -> PlanState {
    let mut state = PlanState::default();
    for (at, event) in &world.log {
        if gone.contains(&at.position) {
            evolve_erased(&mut state, *at, &event.stream(), &event.kind());
        } else {
            evolve_plan(&mut state, *at, event);
        }
    }
    state
}

fn envelope(at: At, event: &AnyEvent) -> Envelope {
    Envelope {
        position: at.position,
        stream: event.stream(),
        revision: at.revision,
        id: EventId::from_bytes([0; 16]),
        kind: event.kind(),
        recorded_at: at.recorded_at,
        who: at.who,
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload_commitment: [0; 32],
    }
}

#[test]
fn what_holds_the_same_goes_too_and_what_is_in_force_stays() {
    let world = amended_twice();
    let (wrote, replaced) = (last(&world, 1), last(&world, 0));
    let world = world.given(PROGRAMMATEAM, request(vec![about_night_care(wrote)]));
    assert_eq!(
        positions(&world),
        [wrote, replaced],
        "the next change says what it was"
    );
    let world = world.given(colleague(), approve());
    assert_eq!(folded_without(&world, &[wrote, replaced]), world.state);
    let known = &world.state.commitments[&NIGHT_CARE];
    assert_eq!(known.content.solution, Some(prose("Nachtzorg bellen")));
    assert!(!format!("{:?}", world.state).contains("Jansen"));
    assert_eq!(
        known.content_at(Revision(0)),
        None,
        "what it said before is closed"
    );
    assert_eq!(
        known.content_at(known.changed.revision).as_ref(),
        Some(&known.content)
    );
}

#[test]
fn what_the_first_event_said_can_go() {
    let world = team();
    let made = last(&world, 1);
    let title = |text: &str| {
        amended(Patch {
            title: Some(Some(line(text))),
            ..Patch::default()
        })
    };
    let mut world = world.given(WRITER, title("Nachtzorg"));
    world
        .when(PROGRAMMATEAM, request(vec![about_night_care(made)]))
        .unwrap();
    let world = world.given(colleague(), approve());
    let gone = positions(&world);
    assert_eq!(gone.first(), Some(&made));
    assert_eq!(folded_without(&world, &gone), world.state);
    assert_eq!(world.state.commitments[&NIGHT_CARE].created.position, made);
}

#[test]
fn a_value_in_force_is_amended_first() {
    let mut world = team().given(WRITER, solved(SECRET));
    let wrote = about_night_care(last(&world, 0));
    assert_eq!(
        world.when(PROGRAMMATEAM, request(vec![wrote])),
        Err(Refusal::StillInForce)
    );
    let world = world.given(WRITER, solved("Nachtzorg bellen"));
    let world = world.given(PROGRAMMATEAM, request(vec![wrote]));
    let mut world = world.given(WRITER, solved(SECRET));
    assert_eq!(
        world.when(colleague(), approve()),
        Err(Refusal::StillInForce),
        "it came back while the request waited"
    );
    let world = world
        .given(WRITER, solved("Nachtzorg"))
        .given(colleague(), approve());
    assert_eq!(
        positions(&world).len(),
        4,
        "what came to hold it since goes as well"
    );
    assert_eq!(folded_without(&world, &positions(&world)), world.state);
}

#[test]
fn nobody_is_both_behind_a_link() {
    let world = amended_twice();
    let target = about_night_care(last(&world, 1));
    let asked_by = |let_in_by: &[Caller]| {
        let mut asked = request(vec![target]);
        if let Any::Erasure(_, Command::Request { let_in_by: known, .. }) = &mut asked {
            known.extend(let_in_by.iter().map(|who| who.person));
        }
        world.clone().given(PROGRAMMATEAM, asked)
    };
    let both = [
        (vec![], vec![PROGRAMMATEAM]),
        (vec![], vec![TREKKER, PROGRAMMATEAM]),
        (vec![colleague()], vec![]),
        (vec![TREKKER], vec![TREKKER]),
    ];
    for (asker, approver) in both {
        let approved = Any::Erasure(REQUEST, approval(&approver));
        assert_eq!(
            asked_by(&asker).when(colleague(), approved),
            Err(Refusal::ApproverLetInByAsker)
        );
    }
    let approved = Any::Erasure(REQUEST, approval(&[WRITER]));
    assert!(asked_by(&[TREKKER]).when(colleague(), approved).is_ok());
}

#[test]
fn nobody_decides_alone() {
    let world = amended_twice();
    let target = about_night_care(last(&world, 1));
    for who in [WRITER, TREKKER, COALITIE, BESTUURDER, RESIDENT, BODY_MEMBER] {
        assert_eq!(
            world.clone().when(who, request(vec![target])),
            Err(Refusal::NotAllowed)
        );
    }
    let mut world = world.given(PROGRAMMATEAM, request(vec![target]));
    assert_eq!(world.when(WRITER, approve()), Err(Refusal::NotAllowed));
    assert_eq!(
        world.when(PROGRAMMATEAM, approve()),
        Err(Refusal::ErasureOwnRequest)
    );
    assert_eq!(
        carried_out(&world.state, REQUEST),
        None,
        "not before it is approved"
    );
    let mut world = world.given(colleague(), approve());
    let done = carried_out(&world.state, REQUEST).unwrap();
    world.store(&done);
    assert_eq!(carried_out(&world.state, REQUEST), None, "once is enough");
}

#[test]
fn what_one_request_took_along_is_no_hindrance_to_another() {
    let world = amended_twice()
        .given(WRITER, solved("Nachtzorg samen bellen"))
        .given(WRITER, solved("Nachtzorg"));
    let (wrote, replaced) = (last(&world, 3), last(&world, 2));
    let other = ErasureId::from_bytes([41; 16]);
    let Any::Erasure(_, asked) = request(vec![about_night_care(last(&world, 1))]) else {
        unreachable!()
    };
    let mut world = world
        .given(PROGRAMMATEAM, request(vec![about_night_care(wrote)]))
        .given(PROGRAMMATEAM, Any::Erasure(other, asked))
        .given(colleague(), approve());
    assert_eq!(positions(&world), [wrote, replaced]);
    let also = Any::Erasure(other, approval(&[]));
    world.when(colleague(), also).unwrap();
    let gone: BTreeSet<Position> = world
        .state
        .erasures
        .iter()
        .flat_map(|(_, known)| known.targets.iter().map(|target| target.position))
        .collect();
    let gone: Vec<Position> = gone.into_iter().collect();
    assert_eq!(gone.len(), 4);
    assert_eq!(folded_without(&world, &gone), world.state);
}

#[test]
fn the_same_person_for_another_party_is_the_same_person() {
    let world = amended_twice();
    let elsewhere = Caller {
        person: PROGRAMMATEAM.person,
        party: person(2).party,
    };
    let target = about_night_care(last(&world, 1));
    let mut world = world
        .given(PROGRAMMATEAM, grant(elsewhere, Role::Programmateam))
        .given(PROGRAMMATEAM, request(vec![target]));
    assert_eq!(world.when(elsewhere, approve()), Err(Refusal::ErasureOwnRequest));
}

#[test]
fn what_was_decided_is_decided() {
    let world = amended_twice();
    let target = about_night_care(last(&world, 1));
    let mut declined = world
        .clone()
        .given(PROGRAMMATEAM, request(vec![target]))
        .given(PROGRAMMATEAM, decline());
    assert_eq!(
        declined.when(colleague(), approve()),
        Err(Refusal::ErasureNotOpen)
    );
    assert_eq!(
        declined.when(colleague(), decline()),
        Err(Refusal::ErasureNotOpen)
    );
    let other = ErasureId::from_bytes([41; 16]);
    let Any::Erasure(_, asked) = request(vec![target]) else {
        unreachable!()
    };
    let again = Any::Erasure(other, asked);
    assert!(
        declined.when(PROGRAMMATEAM, &again).is_ok(),
        "what was declined may be asked again"
    );
    let mut open = world.given(PROGRAMMATEAM, request(vec![target]));
    assert_eq!(open.when(colleague(), &again), Err(Refusal::ErasureAsked));
    let mut approved = open.given(colleague(), approve());
    assert_eq!(approved.when(colleague(), &again), Err(Refusal::AlreadyErased));
    let unknown = Any::Erasure(other, approval(&[]));
    assert_eq!(approved.when(PROGRAMMATEAM, unknown), Err(Refusal::NoSuchErasure));
}

#[test]
fn what_else_stays_is_named() {
    let at = At {
        position: Position(3),
        revision: Revision(0),
        recorded_at: crate::ids::TimestampMs(0),
        who: crate::ids::ActorRef(Position(0)),
    };
    let of = |stream, name: &'static str| {
        let any = AnyEvent::Chapter(TRIAGE, chapter::Event::Offered {});
        Target::of(&Envelope {
            stream,
            kind: crate::log::Kind::new(name, 1),
            ..envelope(at, &any)
        })
    };
    let generation = Generation(1);
    assert_eq!(of(Stream::Actors, "actor.bound"), Err(Refusal::ErasesIdentity));
    assert_eq!(
        of(Stream::Erasures, "erasure.requested"),
        Err(Refusal::ErasesErasure)
    );
    assert_eq!(
        of(Stream::Text(TRIAGE, generation), "text.changed"),
        Err(Refusal::ErasesText)
    );
    assert_eq!(
        of(Stream::Chapter(TRIAGE), "text.quarantined"),
        Err(Refusal::ErasesUnknown)
    );
    assert_eq!(of(Stream::Plan, "plan.closed"), Err(Refusal::ErasesUnknown));
    assert_eq!(
        of(Stream::Chapter(TRIAGE), "text.restored"),
        Err(Refusal::ErasesText)
    );
    assert!(of(Stream::Chapter(TRIAGE), "chapter.renamed").is_ok());
    let mut world = team();
    assert_eq!(
        world.when(PROGRAMMATEAM, request(Vec::new())),
        Err(Refusal::NothingToErase)
    );
    let plan = Target {
        position: Position(0),
        subject: Subject::Plan,
    };
    let Any::Erasure(
        _,
        Command::Request {
            ground,
            explanation,
            extent,
            ..
        },
    ) = request(Vec::new())
    else {
        unreachable!()
    };
    let needed = Command::Request {
        targets: vec![plan],
        are_past: false,
        ground,
        explanation,
        extent,
        let_in_by: BTreeSet::new(),
    };
    assert_eq!(
        world.when(PROGRAMMATEAM, Any::Erasure(REQUEST, needed)),
        Err(Refusal::StillInForce)
    );
}

#[test]
fn a_decision_on_erasing_rests_on_the_commitments_it_closes() {
    let world = amended_twice();
    let target = about_night_care(last(&world, 1));
    let world = world.given(PROGRAMMATEAM, request(vec![target]));
    let streams = approve().depends_on(&world.state);
    assert!(streams.contains(&Stream::Commitment(NIGHT_CARE)), "{streams:?}");
    assert!(streams.contains(&Stream::Erasures), "{streams:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Any past value of any commitment, at any time: with it or without it the plan is the same, and it is nowhere.
    #[test]
    fn nothing_in_force_changes(
        written in proptest::collection::vec((0..4_u8, any::<bool>()), 1..12),
        wanted in any::<prop::sample::Index>(),
        after in proptest::collection::vec(0..4_u8, 0..4),
    ) {
        let mut world = team();
        let text = |n: u8| solved(&format!("oplossing {n}"));
        for (n, restores) in written {
            let command = if restores {
                let to = Revision(u64::from(n));
                let reason = line("terug");
                Any::Commitment(NIGHT_CARE, commitment::Command::Restore { to, reason })
            } else {
                text(n)
            };
            let who = if restores { PROGRAMMATEAM } else { WRITER };
            let _ = world.when(who, command);
        }
        let of_it: Vec<Position> = world
            .log
            .iter()
            .filter(|(_, event)| event.stream() == Stream::Commitment(NIGHT_CARE))
            .map(|(at, _)| at.position)
            .collect();
        let target = about_night_care(of_it[wanted.index(of_it.len())]);
        if world.when(PROGRAMMATEAM, request(vec![target])).is_ok()
            && world.when(colleague(), approve()).is_ok()
        {
            let gone = positions(&world);
            for n in after {
                let _ = world.when(WRITER, text(n));
            }
            let without = folded_without(&world, &gone);
            prop_assert_eq!(&without, &world.state);
        }
    }

    /// What is past stays past: whatever is decided later, the plan is the same with the content or without it.
    #[test]
    fn what_is_past_stays_past(
        before in laws::histories(),
        wanted in any::<prop::sample::Index>(),
        after in laws::histories(),
    ) {
        let mut world = team();
        for (who, command) in before {
            let _ = world.when(who, command);
        }
        let records: Vec<Record> = world.log.iter().map(|(at, event)| record(*at, event)).collect();
        let one = BTreeSet::from([records[wanted.index(records.len())].envelope.position]);
        if is_past(&records, &one) {
            for (who, command) in after {
                let _ = world.when(who, command);
            }
            let gone: Vec<Position> = one.into_iter().collect();
            prop_assert_eq!(&folded_without(&world, &gone), &world.state);
        }
    }
}

fn record(at: At, event: &AnyEvent) -> Record {
    let salts = Salts {
        envelope: [1; 32],
        payload: [2; 32],
    };
    let plan = crate::ids::PlanId::from_bytes([1; 16]);
    Record::seal(plan, &[0; 32], envelope(at, event), salts, event.payload().into())
}

#[test]
fn an_earlier_name_is_past_and_the_one_in_force_is_not() {
    let rename = |title: &str| {
        let title = line(title);
        Any::Chapter(TRIAGE, chapter::Command::Rename { title })
    };
    let reopen = |reason: &str| {
        let reason = line(reason);
        Any::Chapter(TRIAGE, chapter::Command::Reopen { reason })
    };
    let world = team()
        .given(PROGRAMMATEAM, rename("Mevrouw Jansen"))
        .given(PROGRAMMATEAM, rename("Nachtzorg"))
        .given(TREKKER, Any::Chapter(TRIAGE, chapter::Command::Offer))
        .given(PROGRAMMATEAM, reopen("op verzoek van mevrouw Jansen"));
    let records: Vec<Record> = world.log.iter().map(|(at, event)| record(*at, event)).collect();
    let past = |back: usize| is_past(&records, &BTreeSet::from([last(&world, back)]));
    assert!(past(3), "the name before");
    assert!(!past(2), "the name in force");
    assert!(past(0), "why it was opened again: that it was stays known");
}
