//! Which events a selector means, and which part of a range a page takes: one answer for engines and subscriptions.

use std::ops::Range;

use schema::log::Envelope;

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
