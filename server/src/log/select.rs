//! Which events a selector means, which part of a range a page takes, and where to begin looking: one answer for engines
//! and subscriptions.

use std::ops::Range;

use schema::ids::{ActorRef, Position, TimestampMs};
use schema::log::{Envelope, Record, Stream};

use super::{Direction, ReadRequest, Selector};

/// Whether the selector means this event.
#[must_use]
pub fn selects(selector: &Selector, envelope: &Envelope) -> bool {
    match selector {
        Selector::All => true,
        Selector::Stream(stream) => envelope.stream == *stream,
        Selector::KindPrefix(prefix) => envelope.kind.name.starts_with(prefix.as_str()),
        Selector::Actor(actor) => envelope.who == *actor,
        Selector::Span { from, end } => (*from..*end).contains(&envelope.recorded_at),
    }
}

/// The part of `all` that a request's `from` and direction leave.
#[must_use]
pub fn range_of(request: &ReadRequest, all: Range<u64>) -> Range<u64> {
    match request.direction {
        Direction::Forward => request.from.min(all.end)..all.end,
        Direction::Backward => all.start..request.from.saturating_add(1).min(all.end),
    }
}

/// The first `limit` numbers of a range, seen in the direction.
#[must_use]
pub fn first_of(range: Range<u64>, direction: Direction, limit: usize) -> Range<u64> {
    let limit = limit as u64;
    match direction {
        Direction::Forward => range.start..range.end.min(range.start.saturating_add(limit)),
        Direction::Backward => range.start.max(range.end.saturating_sub(limit))..range.end,
    }
}

/// The first position before `end` that was recorded at `time` or later: time never decreases, so it is found by halving.
///
/// # Errors
/// What reading an event ends with.
pub fn first_at_or_after<E>(
    time: TimestampMs,
    end: Position,
    event: impl Fn(Position) -> Result<Record, E>,
) -> Result<Position, E> {
    let (mut low, mut high) = (0, end.0);
    while low < high {
        let middle = low + (high - low) / 2;
        if event(Position(middle))?.envelope.recorded_at < time {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(Position(low))
}

/// Where the first event of an actor can stand: it is the event that bound it. What names another event as its
/// actor is looked for everywhere.
///
/// # Errors
/// What reading an event ends with.
pub fn first_of_actor<E>(
    actor: ActorRef,
    end: Position,
    event: impl Fn(Position) -> Result<Record, E>,
) -> Result<Position, E> {
    if actor.0 >= end {
        return Ok(Position(0));
    }
    let bound = event(actor.0)?.envelope;
    let binds = bound.stream == Stream::Actors && bound.who == actor;
    Ok(if binds { actor.0 } else { Position(0) })
}
