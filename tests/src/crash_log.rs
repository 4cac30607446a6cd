//! What the crash test's child appends and its parent expects: content that anyone can compute again.

use std::sync::Arc;

use schema::ids::{ActorRef, ChapterId, CommandId, EventId, Generation, PlanId, Position};
use schema::log::event::{ContentDigest, command_event_id};
use schema::log::{Kind, NewEvent, Stream, Via, Who};
use schrijftafel_server::log::AppendRequest;

/// Events of every append: a batch that could tear.
pub const EVENTS_PER_APPEND: u32 = 3;

/// Length of the file that tries a disk, in bytes.
pub const FILE_BYTES: usize = 64 << 10;
/// What it holds.
pub const FILE_BYTE: u8 = 0xa5;

/// One append of one appender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Append {
    /// Who appends.
    pub appender: u32,
    /// Its how many-th append, from 0.
    pub number: u64,
}

/// The plan an appender writes to: two share each.
#[must_use]
pub fn plan_of(appender: u32) -> PlanId {
    PlanId::from_bytes(u128::from(appender / 2).to_be_bytes())
}

/// The whole append.
#[must_use]
pub fn request(append: Append) -> AppendRequest {
    let events = (0..EVENTS_PER_APPEND).map(|index| event(append, index)).collect();
    AppendRequest {
        plan: plan_of(append.appender),
        events,
        guards: Vec::new(),
    }
}

/// The id of one of its events.
#[must_use]
pub fn event_id(append: Append, index: u32) -> EventId {
    let command = (u128::from(append.appender) << 64) | u128::from(append.number);
    command_event_id(
        CommandId::from_bytes(command.to_be_bytes()),
        &ContentDigest::default(),
        index,
    )
}

/// The content of one of its events: its name, then a length and bytes that follow from it.
#[must_use]
pub fn payload(append: Append, index: u32) -> Arc<[u8]> {
    let Append { appender, number } = append;
    let filler = usize::try_from((number * 37 + u64::from(index) * 101) % 700).unwrap_or(0);
    let mut bytes = format!("{appender} {number} {index} ").into_bytes();
    bytes.extend(std::iter::repeat_n(b'a', filler));
    bytes.into()
}

fn event(append: Append, index: u32) -> NewEvent {
    let chapter = ChapterId::from_bytes(u128::from(append.appender).to_be_bytes());
    NewEvent {
        id: event_id(append, index),
        stream: Stream::Text(chapter, Generation(1)),
        // No change of a text: nothing begins the generation, and a check would say so.
        kind: Kind::new("crash.tested", 1),
        who: Who::Actor(ActorRef(Position(0))),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: payload(append, index),
    }
}
