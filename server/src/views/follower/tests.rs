//! The read models against a log in memory.

mod checkpoints;

use std::sync::Arc;

use schema::domain::actor::{ACTOR_BOUND, ActorBound, Identity};
use schema::domain::plan::Party;
use schema::domain::{Caller, Command, PlanState, decide, plan};
use schema::ids::{ActorRef, CommandId, EventId, IncarnationId, PartyId, PersonId, TimestampMs};
use schema::log::event::{ContentDigest, command_event_id};
use schema::log::{NewEvent, Stream, Via, Who};

use super::*;
use crate::log::memory::MemoryLog;
use crate::log::writer::WriterConfig;
use crate::log::{AppendRequest, Placed};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const CALLER: Caller = Caller {
    person: PersonId::from_bytes([2; 16]),
    party: PartyId::from_bytes([3; 16]),
};

fn writer() -> LogWriter {
    let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([0; 16])));
    LogWriter::start(log, WriterConfig::default()).unwrap()
}

async fn append(writer: &LogWriter, events: Vec<NewEvent>) -> Vec<Placed> {
    writer
        .append(AppendRequest {
            plan: PLAN,
            events,
            guards: Vec::new(),
        })
        .await
        .unwrap()
        .placed
}

/// Appends what a command decides, under an actor bound before it.
async fn command(writer: &LogWriter, state: &PlanState, n: u8, command: &Command) -> Position {
    let identity = Identity::Person {
        person: CALLER.person,
        party: CALLER.party,
        roles: Vec::new(),
    };
    let bound = ActorBound {
        identity,
        device: None,
        page_session: None,
        text: None,
        brought: false,
    };
    let id = CommandId::from_bytes([n; 16]);
    let new = |id, stream, kind, who, payload: Vec<u8>| NewEvent {
        id,
        stream,
        kind,
        who,
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: payload.into(),
    };
    let actor_id = EventId::from_bytes([n; 16]);
    let bind = new(
        actor_id,
        Stream::Actors,
        ACTOR_BOUND,
        Who::Itself,
        bound.payload(),
    );
    let actor = append(writer, vec![bind]).await.first().unwrap().position;
    let decided = decide(state, &CALLER, TimestampMs(0), command).unwrap();
    let events = decided.iter().zip(0..).map(|(event, index)| {
        let who = Who::Actor(ActorRef(actor));
        new(
            command_event_id(id, &ContentDigest::default(), index),
            event.stream(),
            event.kind(),
            who,
            event.payload(),
        )
    });
    append(writer, events.collect()).await.last().unwrap().position
}

fn create() -> Command {
    let party = Party {
        name: "Programmabureau".parse().unwrap(),
        sector: "programma".parse().unwrap(),
    };
    Command::Plan(plan::Command::Create {
        title: "Regioplan".parse().unwrap(),
        areas: Vec::new(),
        party,
    })
}

#[tokio::test]
async fn whoever_wrote_at_a_position_can_wait_for_it() {
    let writer = writer();
    let views = Views::start(&writer, None);
    assert!(views.plans().is_empty());
    let position = command(&writer, &PlanState::default(), 1, &create()).await;
    views.at_least(PLAN, position).await.unwrap();
    let title = views.look(PLAN, |view| view.state.plan.as_ref().unwrap().title.to_string());
    assert_eq!(title.as_deref(), Some("Regioplan"));
    assert_eq!(views.look(PLAN, |view| view.activity.len()), Some(3));
}

#[tokio::test]
async fn following_and_folding_from_zero_come_to_the_same() {
    let writer = writer();
    let followed = Views::start(&writer, None);
    command(&writer, &PlanState::default(), 1, &create()).await;
    let mut position = Position(0);
    for n in 2..20 {
        let state = followed.look(PLAN, |view| view.state.clone()).unwrap_or_default();
        let rename = Command::Plan(plan::Command::Rename {
            title: format!("Plan {n}").parse().unwrap(),
        });
        let state = if state.plan.is_some() {
            state
        } else {
            wait(&followed, position).await
        };
        position = command(&writer, &state, n, &rename).await;
        followed.at_least(PLAN, position).await.unwrap();
    }
    let again = Views::start(&writer, None);
    again.whole().await.unwrap();
    let of = |views: &Views| views.look(PLAN, Clone::clone).unwrap();
    assert_eq!(of(&again), of(&followed));
    assert_eq!(of(&again).last_position(), position);
}

async fn wait(views: &Views, position: Position) -> PlanState {
    views.at_least(PLAN, Position(position.0 + 3)).await.unwrap();
    views.look(PLAN, |view| view.state.clone()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_position_that_never_comes_is_an_error() {
    let writer = writer();
    let views = Views::start(&writer, None);
    assert_eq!(
        views.at_least(PLAN, Position(7)).await,
        Err(WaitError(Position(7)))
    );
}

/// An event of its own flush.
async fn one_more(writer: &LogWriter, n: u8) -> Position {
    let event = NewEvent {
        id: EventId::from_bytes([n; 16]),
        stream: Stream::Plan,
        kind: schema::log::Kind::new("plan.noted", 1),
        who: Who::Actor(ActorRef(Position(0))),
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: Arc::from(*b"{}"),
    };
    append(writer, vec![event]).await.first().unwrap().position
}

#[tokio::test]
async fn what_many_keystrokes_made_is_folded_in_one_look() {
    let writer = writer();
    let views = Views::start(&writer, None);
    let looks = || *views.caught_up.borrow();
    let (before, started) = (looks(), crate::clock::passed_ms());
    let mut last = Position(0);
    for n in 1..=200 {
        last = one_more(&writer, n).await;
    }
    views.at_least(PLAN, last).await.unwrap();
    let (looks, took) = (looks() - before, crate::clock::passed_ms() - started);
    assert!(looks <= took / VIEW_FOLLOW_MS + 3, "{looks} looks in {took} ms");
}

#[tokio::test]
async fn whoever_waits_for_a_position_does_not_wait_for_others_to_type() {
    const TIMES: u8 = 30;
    let writer = writer();
    let views = Views::start(&writer, None);
    let started = crate::clock::passed_ms();
    for n in 1..=TIMES {
        let position = one_more(&writer, n).await;
        views.at_least(PLAN, position).await.unwrap();
    }
    let took = crate::clock::passed_ms() - started;
    assert!(took < u64::from(TIMES) * VIEW_FOLLOW_MS / 2, "{took} ms");
}
