//! What is done to a log beside appending to it: content taken away, records taken over from another log, and what
//! can be said of whether it writes.

use std::sync::Arc;

use schema::ids::{PlanId, Position};
use schema::limits::LOG_PAGE_EVENTS_MAX;
use schema::log::commitment::CHAIN_START;
use schema::log::record::EnvelopeSalt;
use schema::log::{Payload, Record};

use super::{Check, Direction, EventLog, ReadError, ReadRequest, Selector};

/// How much of an event goes when it is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

    /// How much of a record is gone; none when it is whole.
    #[must_use]
    pub fn gone_from(record: &Record) -> Option<Self> {
        match (&record.envelope_salt, &record.payload) {
            (EnvelopeSalt::Erased { .. }, _) => Some(Self::PayloadAndEnvelopeSalt),
            (EnvelopeSalt::Present(_), Payload::Erased) => Some(Self::Payload),
            (EnvelopeSalt::Present(_), Payload::Present { .. }) => None,
        }
    }
}

/// Every record of a plan from a position on, read page by page.
pub fn records_from<L: EventLog + ?Sized>(
    log: &L,
    plan: PlanId,
    from: Position,
) -> impl Iterator<Item = Result<Record, ReadError>> {
    let mut next = Some(from.0);
    let pages = std::iter::from_fn(move || {
        let page = log.read(&ReadRequest {
            plan,
            selector: Selector::All,
            from: next?,
            direction: Direction::Forward,
            limit: LOG_PAGE_EVENTS_MAX,
        });
        next = match &page {
            Ok(records) => records.last().map(|last| last.envelope.position.next().0),
            Err(_) => None,
        };
        Some(page)
    });
    pages.flat_map(|page| match page {
        Ok(records) => records.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(error)],
    })
}

/// Reads a plan from its first event to its last, proves each to follow the one before, and asks `also` of it; answers
/// how many.
///
/// # Errors
/// [`ReadError`] with the first fault.
pub fn prove<L: EventLog + ?Sized>(log: &L, plan: PlanId, also: Check<'_>) -> Result<u64, ReadError> {
    let (mut next, mut chain) = (Position(0), CHAIN_START);
    let count = usize::try_from(log.next_position(plan).0).unwrap_or(usize::MAX);
    for record in records_from(log, plan, next).take(count) {
        let record = record?;
        if record.envelope.position != next || !record.is_proved_after(plan, &chain) {
            return Err(ReadError::Corrupt {
                plan,
                position: next,
                what: "chain or commitment does not match".to_owned(),
            });
        }
        also(plan, &record)?;
        (next, chain) = (next.next(), record.chain);
    }
    Ok(next.0)
}

/// What of a plan was erased, by reading all of it.
///
/// # Errors
/// What reading says.
pub fn erased_of<L: EventLog + ?Sized>(log: &L, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
    let gone = records_from(log, plan, Position(0)).filter_map(|record| match record {
        Ok(record) => Extent::gone_from(&record).map(|extent| Ok((record.envelope.position, extent))),
        Err(error) => Some(Err(error)),
    });
    gone.collect()
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

impl EraseError {
    /// Refuses to erase what a plan that ends at `end` does not have.
    pub(super) fn unless_all_there(plan: PlanId, positions: &[Position], end: Position) -> Result<(), Self> {
        match positions.iter().copied().find(|position| *position >= end) {
            Some(position) => Err(Self::NoSuchEvent { plan, position }),
            None => Ok(()),
        }
    }
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
