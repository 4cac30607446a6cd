//! Given, when, then: a small plan that every aggregate's tests start from, and laws over random commands.

pub(super) mod laws;

use std::borrow::Borrow;

use crate::domain::commitment::{Content, Patch};
use crate::domain::plan::Party;
use crate::domain::rights::{Mandate, Role, TeamRole};
use crate::domain::values::{Line, Prose};
use crate::domain::{
    At, Caller, Command, Event, PlanState, Refusal, chapter, commitment, decide, evolve, plan, rights,
};
use crate::ids::{
    ActorRef, ChapterId, CommitmentId, PartyId, PersonId, Position, Revision, TeamId, TimestampMs,
};

pub(super) const TRIAGE: ChapterId = ChapterId::from_bytes([10; 16]);
pub(super) const HOUSING: ChapterId = ChapterId::from_bytes([11; 16]);
pub(super) const CARE_TEAM: TeamId = TeamId::from_bytes([20; 16]);
pub(super) const HOME_TEAM: TeamId = TeamId::from_bytes([21; 16]);
pub(super) const NIGHT_CARE: CommitmentId = CommitmentId::from_bytes([30; 16]);

/// Person `n` acting for party `n`.
pub(super) const fn person(n: u8) -> Caller {
    Caller {
        person: PersonId::from_bytes([n; 16]),
        party: PartyId::from_bytes([n; 16]),
    }
}

pub(super) const PROGRAMMATEAM: Caller = person(1);
pub(super) const TREKKER: Caller = person(2);
pub(super) const WRITER: Caller = person(3);
pub(super) const OTHER_WRITER: Caller = person(4);
pub(super) const COALITIE: Caller = person(5);
pub(super) const BESTUURDER: Caller = person(6);
pub(super) const RESIDENT: Caller = person(7);
pub(super) const BODY_MEMBER: Caller = person(8);
pub(super) const STRANGER: Caller = person(99);

pub(super) fn line(text: &str) -> Line {
    text.parse().unwrap()
}

pub(super) fn prose(text: &str) -> Prose {
    text.parse().unwrap()
}

/// A plan under test: commands go through `decide`, their events through bytes and `evolve`.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) state: PlanState,
    pub(super) log: Vec<(At, Event)>,
}

impl World {
    /// Does what a command asks, or panics with the refusal.
    #[track_caller]
    pub(super) fn given(mut self, who: Caller, command: Command) -> Self {
        self.when(who, command).unwrap();
        self
    }

    /// Tries a command; on success its events are stored and folded.
    pub(super) fn when(&mut self, who: Caller, command: impl Borrow<Command>) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.state, &who, TimestampMs(0), command.borrow())?;
        for event in &events {
            self.store(event);
        }
        Ok(events)
    }

    /// Stores an event as bytes and folds what is read back.
    pub(super) fn store(&mut self, event: &Event) {
        let read = Event::read(&event.kind(), &event.stream(), &event.payload()).unwrap();
        assert_eq!(&read, event, "an event survives its bytes");
        let position = Position(self.log.len() as u64);
        let revision = self
            .state
            .revisions
            .get(&event.stream())
            .map_or(Revision(0), |last| last.next());
        let at = At {
            position,
            revision,
            recorded_at: TimestampMs(position.0),
            who: ActorRef(Position(0)),
        };
        evolve(&mut self.state, at, &read);
        self.log.push((at, read));
    }
}

pub(super) fn grant(to: Caller, role: Role) -> Command {
    let mandate = (role == Role::Coalitie).then(|| Mandate {
        source: line("brief van de gezamenlijke huisartsen"),
        from: "2026-01-01".parse().unwrap(),
        until: None,
    });
    Command::Rights(rights::Command::Grant {
        person: to.person,
        party: to.party,
        role,
        mandate,
    })
}

pub(super) fn withdraw(from: Caller, role: Role) -> Command {
    let reason = line("andere werkgever");
    Command::Rights(rights::Command::Withdraw {
        person: from.person,
        party: from.party,
        role,
        reason,
    })
}

pub(super) fn in_team(team: TeamId, as_role: TeamRole) -> Role {
    Role::Schrijfteam { team, as_role }
}

pub(super) fn create_plan() -> Command {
    let party = Party {
        name: line("Programmabureau"),
        sector: line("programma"),
    };
    Command::Plan(plan::Command::Create {
        title: line("Regioplan Waterland"),
        areas: Vec::new(),
        party,
    })
}

pub(super) fn create_chapter(title: &str, team: Option<TeamId>) -> chapter::Command {
    chapter::Command::Create {
        title: line(title),
        place: chapter::Place::default(),
        team,
    }
}

pub(super) fn night_care() -> Content {
    Content {
        title: Some(line("Nachtzorg samen organiseren")),
        chapter: Some(TRIAGE),
        owner: Some(TREKKER.party),
        participants: [COALITIE.party].into(),
        ..Content::default()
    }
}

pub(super) fn amended(patch: Patch) -> Command {
    Command::Commitment(
        NIGHT_CARE,
        commitment::Command::Amend {
            patch: Box::new(patch),
        },
    )
}

/// A plan with two teams, two chapters, one commitment and somebody in every role.
pub(super) fn world() -> World {
    let mut world = World::default().given(PROGRAMMATEAM, create_plan());
    for n in 2..=8 {
        let party = Party {
            name: line(&format!("Partij {n}")),
            sector: line("gemeente"),
        };
        let add = plan::Command::AddParty {
            id: person(n).party,
            party,
        };
        world = world.given(PROGRAMMATEAM, Command::Plan(add));
    }
    for (id, name) in [(CARE_TEAM, "Zorg"), (HOME_TEAM, "Wonen")] {
        let form = plan::Command::FormTeam { id, name: line(name) };
        world = world.given(PROGRAMMATEAM, Command::Plan(form));
    }
    world
        .given(PROGRAMMATEAM, grant(TREKKER, in_team(CARE_TEAM, TeamRole::Lead)))
        .given(PROGRAMMATEAM, grant(WRITER, in_team(CARE_TEAM, TeamRole::Writer)))
        .given(
            PROGRAMMATEAM,
            grant(OTHER_WRITER, in_team(HOME_TEAM, TeamRole::Writer)),
        )
        .given(PROGRAMMATEAM, grant(COALITIE, Role::Coalitie))
        .given(PROGRAMMATEAM, grant(BESTUURDER, Role::Bestuurder))
        .given(PROGRAMMATEAM, grant(RESIDENT, Role::Resident))
        .given(
            PROGRAMMATEAM,
            grant(
                BODY_MEMBER,
                Role::BodyMember {
                    body: line("netwerktafel"),
                },
            ),
        )
        .given(
            PROGRAMMATEAM,
            Command::Chapter(HOUSING, create_chapter("Wonen", Some(HOME_TEAM))),
        )
        .given(
            PROGRAMMATEAM,
            Command::Chapter(TRIAGE, create_chapter("Zorg", Some(CARE_TEAM))),
        )
        .given(
            TREKKER,
            Command::Commitment(
                NIGHT_CARE,
                commitment::Command::Create {
                    content: Box::new(night_care()),
                },
            ),
        )
}

#[test]
fn a_command_names_every_stream_its_decision_rests_on() {
    let world = world();
    let of = |command: &Command| {
        command
            .depends_on(&world.state)
            .into_iter()
            .map(|stream| stream.to_string())
            .collect::<Vec<_>>()
    };
    let offer = Command::Chapter(TRIAGE, chapter::Command::Offer);
    assert_eq!(of(&offer), ["plan", "rights", &format!("chapter/{TRIAGE}")]);
    let place = chapter::Place {
        parent: Some(HOUSING),
        after: None,
    };
    let below = Command::Chapter(TRIAGE, chapter::Command::Move { place });
    assert_eq!(
        of(&below),
        [
            "plan",
            "rights",
            &format!("chapter/{TRIAGE}"),
            &format!("chapter/{HOUSING}")
        ]
    );
    let edit = amended(Patch::default());
    assert_eq!(
        of(&edit),
        [
            "plan",
            "rights",
            &format!("chapter/{TRIAGE}"),
            &format!("commitment/{NIGHT_CARE}")
        ]
    );
}
