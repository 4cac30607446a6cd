//! What is done to a log beside appending to it: content taken away, records taken over from another log, and what
//! can be said of whether it writes.

use std::sync::Arc;

use schema::ids::{PlanId, Position};
use schema::log::Record;

use super::ReadError;

/// How much of an event goes when it is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// salt₂ and payload.
    Payload,
    /// salt₁ too, so that nobody can link the leaf to the envelope; the envelope commitment it made stays.
    PayloadAndEnvelopeSalt,
}

impl Extent {
    /// What is left of a record. Erasing again, or less than before, changes nothing.
    #[must_use]
    pub fn of(self, plan: PlanId, mut record: Record) -> Record {
        record.erase_payload();
        if self == Self::PayloadAndEnvelopeSalt {
            record.erase_envelope_salt(plan);
        }
        record
    }
}

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The plan has no such event.
    #[error("plan {plan} has no event {position}")]
    NoSuchEvent {
        /// The plan.
        plan: PlanId,
        /// The position.
        position: Position,
    },
    /// The event cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The engine stopped writing; the content may come back when it is opened again, so erase again then.
    #[error("the log has stopped writing: {reason}")]
    Stopped {
        /// What the operating system said.
        reason: Arc<str>,
    },
}

/// Why nothing was taken over from another log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdoptError {
    /// The records do not begin where the plan ends, or one is left out.
    #[error("plan {plan} goes on with event {expected}, not {found}")]
    OutOfOrder {
        /// The plan.
        plan: PlanId,
        /// The position that must come.
        expected: Position,
        /// The position that came.
        found: Position,
    },
    /// Its chain value, a commitment, its revision, its time or its id does not continue the plan.
    #[error("event {position} does not continue plan {plan}")]
    NotProved {
        /// The plan.
        plan: PlanId,
        /// The position.
        position: Position,
    },
    /// The engine stopped writing.
    #[error("the log has stopped writing: {reason}")]
    Stopped {
        /// What the operating system said.
        reason: Arc<str>,
    },
}

/// Whether a log takes appends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Writing,
    /// It refuses them; reading goes on.
    Stopped {
        /// What the operating system said, or what is lacking.
        reason: Arc<str>,
    },
}
