//! Taking over: whether records of another log continue a plan exactly.
//!
//! # Why it exists
//!
//! Compaction, a move between engines and a restore bring records with the numbers, times and proofs they have. What
//! must hold of them needs no disk, so it is one pure check for every engine, beside the rules of appending
//! ([`super::place`]).

use std::collections::{BTreeMap, BTreeSet};

use schema::ids::{EventId, PlanId, Revision};
use schema::log::{Record, Stream};

use super::place::{BatchMark, Head, Known, Staged};
use super::{AdoptError, ReadError};

/// Checks records against what an engine knows of the plan, and against each other. Changes nothing.
///
/// # Errors
/// [`AdoptError`] for the first record that does not continue the plan; a failed read answers as stopped.
pub fn check<K: Known>(plan: PlanId, known: &K, records: &[Record]) -> Result<(), AdoptError> {
    let mut continued = Continued {
        plan,
        known,
        head: known.head(),
        revisions: BTreeMap::new(),
        ids: BTreeSet::new(),
    };
    records.iter().try_for_each(|record| continued.take(record))
}

/// Adopted records as an engine writes them. Each stands alone: they were durable before, so one that is damaged
/// later takes no other with it.
pub fn staged(records: Vec<Record>) -> Vec<Staged> {
    let mark = BatchMark {
        index: 0,
        remaining: 0,
    };
    records
        .into_iter()
        .map(|record| Staged { record, mark })
        .collect()
}

/// A plan, continued as far as was checked.
struct Continued<'a, K> {
    plan: PlanId,
    known: &'a K,
    head: Head,
    revisions: BTreeMap<Stream, Revision>,
    ids: BTreeSet<EventId>,
}

impl<K: Known> Continued<'_, K> {
    fn take(&mut self, record: &Record) -> Result<(), AdoptError> {
        let envelope = &record.envelope;
        if envelope.position != self.head.next {
            return Err(AdoptError::OutOfOrder {
                plan: self.plan,
                expected: self.head.next,
                found: envelope.position,
            });
        }
        let continues = envelope.revision == self.next_revision(&envelope.stream)?
            && envelope.recorded_at >= self.head.recorded_at
            && record.is_proved_after(self.plan, &self.head.chain)
            && !self.knows(envelope.id)?;
        if !continues {
            return Err(AdoptError::NotProved {
                plan: self.plan,
                position: envelope.position,
            });
        }
        self.revisions.insert(envelope.stream, envelope.revision);
        self.ids.insert(envelope.id);
        self.head = Head::after(record);
        Ok(())
    }

    fn next_revision(&self, stream: &Stream) -> Result<Revision, AdoptError> {
        let last = match self.revisions.get(stream) {
            Some(revision) => Some(*revision),
            None => self
                .known
                .last_revision(stream)
                .map_err(|error| unreadable(&error))?,
        };
        Ok(last.map_or(Revision(0), Revision::next))
    }

    fn knows(&self, id: EventId) -> Result<bool, AdoptError> {
        let found = self.known.find(id).map_err(|error| unreadable(&error))?;
        Ok(self.ids.contains(&id) || found.is_some())
    }
}

fn unreadable(error: &ReadError) -> AdoptError {
    AdoptError::Stopped {
        reason: error.to_string().into(),
    }
}
