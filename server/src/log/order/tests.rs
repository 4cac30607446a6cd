//! A log in which acknowledged words are in nobody's text: whole to its engine, named by the check.

use std::sync::Arc;

use schema::ids::*;
use schema::log::{Kind, NewEvent, Stream, Via, Who};
use schema::text::order::OrderFault;
use tempfile::TempDir;

use super::*;
use crate::log::AppendRequest;
use crate::log::conformance::append_group_at;
use crate::log::engine::{self, EngineKind, Opening};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const CHAPTER: ChapterId = ChapterId::from_bytes([3; 16]);

const fn text(generation: u32) -> Stream {
    Stream::Text(CHAPTER, Generation(generation))
}

/// Appends events one by one, as their own batches.
fn append(log: &dyn EventLog, plan: PlanId, events: &[(Stream, &'static str)]) {
    for (number, (stream, kind)) in (log.next_position(plan).0..).zip(events) {
        let event = NewEvent {
            id: EventId::from_bytes(u128::from(number).to_be_bytes()),
            stream: *stream,
            kind: Kind::new(kind, 1),
            who: match stream {
                Stream::Actors => Who::Itself,
                _ => Who::Actor(ActorRef(Position(0))),
            },
            via: Via::Browser,
            causation: None,
            correlation: None,
            payload: Arc::from(*b"woorden"),
        };
        let request = AppendRequest {
            plan,
            events: vec![event],
            guards: Vec::new(),
        };
        for answer in append_group_at(log, 1, vec![request]) {
            answer.unwrap();
        }
    }
}

const IN_ORDER: [(Stream, &str); 6] = [
    (Stream::Actors, "actor.bound"),
    (Stream::Chapter(CHAPTER), "chapter.created"),
    (text(1), "text.generation"),
    (text(1), "text.changed"),
    (text(2), "text.generation"),
    (text(2), "text.changed"),
];

#[test]
fn a_change_behind_the_next_generation_is_named_with_plan_and_position() {
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("log");
        let log = engine::open_or_start(&path, Some(kind)).unwrap();
        append(log.as_ref(), PLAN, &IN_ORDER);
        assert_eq!(verify(log.as_ref()).unwrap().events, 6, "{kind}");
        assert_eq!(prove(log.as_ref(), PLAN).unwrap(), 6, "{kind}");
        append(
            log.as_ref(),
            PLAN,
            &[(text(1), "text.changed"), (text(2), "text.changed")],
        );
        drop(log);
        engine::wait_until_closed(&path).unwrap();
        let log = engine::open_existing(&path, Opening::Check).unwrap();
        for fault in [
            verify(log.as_ref()).map(|_| ()),
            prove(log.as_ref(), PLAN).map(|_| ()),
        ] {
            let Err(ReadError::Misplaced {
                plan,
                position,
                fault,
            }) = fault
            else {
                panic!("{kind}: it must be named: {fault:?}");
            };
            assert_eq!((plan, position), (PLAN, Position(6)), "{kind}");
            let lost = OrderFault::AfterSuccessor {
                chapter: CHAPTER,
                generation: Generation(1),
                newest: Generation(2),
                began: Position(4),
            };
            assert_eq!(fault, lost, "{kind}");
        }
        assert_eq!(log.verify().unwrap().events, 8, "{kind}: its bytes are whole");
    }
}

#[test]
fn one_plan_says_nothing_of_another() {
    let directory = TempDir::new().unwrap();
    let log = engine::open_or_start(&directory.path().join("log"), None).unwrap();
    let other = PlanId::from_bytes([2; 16]);
    append(log.as_ref(), PLAN, &IN_ORDER);
    append(log.as_ref(), other, &IN_ORDER);
    assert_eq!(prove(log.as_ref(), other).unwrap(), 6);
    assert_eq!(verify(log.as_ref()).unwrap().events, 12);
}
