//! The change log of a commitment: field by field, old → new, who, when.
//!
//! Why it exists: *who changed this agreement, for which party?* is the question of every board member; the
//! answer is a fold of the commitment's own events and needs no table beside them.

use super::At;
use super::commitment::{Change, Content, Event, Field};
use super::values::Line;
use crate::ids::Revision;

/// One event of a commitment, told as changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands, when it was recorded, whose it is.
    pub at: At,
    /// How it came about.
    pub cause: Cause,
    /// Every changed field; for a new commitment every field that was filled in.
    pub changes: Vec<Change>,
}

/// How a change came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The commitment was made.
    Created,
    /// Somebody edited it.
    Amended,
    /// An earlier content was brought back.
    Restored {
        /// That of this revision.
        to: Revision,
        /// Why.
        reason: Line,
    },
    /// It was stated anew, whole, because events before were erased.
    Restated,
    /// What happened was erased.
    Erased,
}

impl Entry {
    /// One event as an entry.
    #[must_use]
    pub fn of(at: At, event: &Event) -> Self {
        let (cause, changes) = match event {
            Event::Created { content } => (Cause::Created, Content::default().changes_to(content)),
            Event::Amended { changes } => (Cause::Amended, changes.clone()),
            Event::Restored { to, reason, changes } => (
                Cause::Restored {
                    to: *to,
                    reason: reason.clone(),
                },
                changes.clone(),
            ),
            Event::Restated { .. } => (Cause::Restated, Vec::new()),
        };
        Self { at, cause, changes }
    }

    /// One event of which the content is gone.
    #[must_use]
    pub const fn erased(at: At) -> Self {
        Self {
            at,
            cause: Cause::Erased,
            changes: Vec::new(),
        }
    }
}

/// The change log of one commitment, oldest first, from its events in order.
pub fn of<'a>(events: impl IntoIterator<Item = (At, &'a Event)>) -> Vec<Entry> {
    events
        .into_iter()
        .map(|(at, event)| Entry::of(at, event))
        .collect()
}

/// The last change of a field.
#[must_use]
pub fn last_change(log: &[Entry], field: Field) -> Option<&Entry> {
    log.iter()
        .rev()
        .find(|entry| entry.changes.iter().any(|change| change.field() == field))
}

#[cfg(test)]
mod tests;
