//! What only this engine does: loss of power, recovery, refusal of corruption, index files made again.

use std::sync::Arc;

use schema::ids::*;
use schema::log::{Kind, NewEvent, Stream, Via, Who};
use tempfile::TempDir;

use super::*;
use crate::log::conformance::append_group_at;
use crate::log::upkeep::records_from;
use crate::log::{Direction, Selector};

mod damage;
mod power;
mod table;

const PLAN: PlanId = PlanId::from_bytes([1; 16]);

/// Small files, so that a few events fill several.
fn config(segment_bytes: u64) -> SegmentConfig {
    SegmentConfig {
        segment_bytes,
        sealing: SealBy::Append,
        ..SegmentConfig::default()
    }
}

fn event(number: u64, payload_bytes: usize) -> NewEvent {
    let payload = format!("payload of {number} ").into_bytes();
    NewEvent {
        id: EventId::from_bytes(u128::from(number).to_be_bytes()),
        stream: match number % 16 {
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
        payload: payload.into_iter().cycle().take(payload_bytes).collect(),
    }
}

/// Appends the events of `numbers` in batches of `size`, a flush each.
fn append(log: &dyn EventLog, numbers: std::ops::Range<u64>, size: usize) {
    let events: Vec<NewEvent> = numbers.map(|number| event(number, 40)).collect();
    for chunk in events.chunks(size) {
        let request = AppendRequest {
            plan: PLAN,
            events: chunk.to_vec(),
            guards: Vec::new(),
        };
        for answer in append_group_at(log, 1, vec![request]) {
            answer.unwrap();
        }
    }
}

/// Every event of a plan.
fn all(log: &dyn EventLog, plan: PlanId) -> Vec<Record> {
    let records = records_from(log, plan, Position(0));
    records.collect::<Result<_, _>>().unwrap()
}
