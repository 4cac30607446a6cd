//! What only this engine does: recovery, refusal of corruption, rebuilding of the index, look-ups by id.

use std::sync::Arc;

use schema::ids::*;
use schema::log::{Kind, NewEvent, Salts, Stream, Via, Who};
use tempfile::TempDir;

use super::*;
use crate::log::conformance::append_group_at;
use crate::log::{Direction, Selector};

mod any_packs;
mod cut_short;
mod damaged;
mod disk;
mod durable;
mod ids;
mod last_group;
mod opening;
mod packs;
mod sealing;

const PLAN: PlanId = PlanId::from_bytes([1; 16]);

fn open(directory: &TempDir) -> Result<SledLog, OpenError> {
    SledLog::open(directory.path(), SledConfig::default())
}

/// The directory as another program sees it: every tree, without the engine.
fn raw(directory: &TempDir) -> ::sled::Db {
    trees::open_when_free(&::sled::Config::new().path(directory.path())).unwrap()
}

fn event(number: u64) -> NewEvent {
    NewEvent {
        id: EventId::from_bytes(u128::from(number).to_be_bytes()),
        stream: match number % 64 {
            0 => Stream::Rights,
            rest => Stream::Text(
                ChapterId::from_bytes([u8::try_from(rest % 3).unwrap(); 16]),
                Generation(1),
            ),
        },
        kind: Kind::new("text.changed", 1),
        who: Who::Actor(ActorRef(Position(number % 4))),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: Arc::from(number.to_be_bytes()),
    }
}

/// Appends the events of `numbers` in batches of `size`.
fn append(log: &SledLog, numbers: std::ops::Range<u64>, size: usize) {
    let events: Vec<NewEvent> = numbers.map(event).collect();
    let requests = events.chunks(size).map(|chunk| AppendRequest {
        plan: PLAN,
        events: chunk.to_vec(),
        guards: Vec::new(),
    });
    for answer in append_group_at(log, 1, requests.collect()) {
        answer.unwrap();
    }
}

fn page(selector: Selector, direction: Direction) -> ReadRequest {
    let from = if direction == Direction::Forward {
        0
    } else {
        u64::MAX
    };
    ReadRequest {
        plan: PLAN,
        selector,
        from,
        direction,
        limit: 4_096,
    }
}
