//! Who sends changes that no honest client makes, and how long they rest before they may come back (rule P9).
//!
//! # Why it exists
//!
//! A judgement costs little and a refusal nothing, but a program that only tries would be judged, answered and logged for
//! ever. Ending its connection alone helps nobody: it comes back at once with a fresh count. So the count is its
//! sign-in's, and the rest grows as long as it goes on.
//!
//! # Invariants
//!
//! - Of a sign-in, not of a person: their page goes on while a program of theirs, which has a token of its own, rests.
//! - Connections that are open stay open; only what sends another bad change is ended, and nothing new is let in.
//! - Whoever sends none for [`BAD_CHANGES_FORGOTTEN_MS`] is as new.

use std::collections::BTreeMap;

use schema::ids::{ChapterId, PersonId, TimestampMs};
use schema::limits::{
    BAD_CHANGES_FORGOTTEN_MS, BAD_CHANGES_MAX, BAD_CHANGES_RETRY_MS, BAD_CHANGES_RETRY_MS_MAX,
};
use schema::wire::{BAD_CHANGES, Reason};

use super::refusals::{Tried, person_text};
use super::{Core, SessionId, Visitor};

/// Whose changes count together: a person's, by one sign-in or access token.
type Sender = (PersonId, Option<[u8; 16]>);

/// What one of them sent.
#[derive(Debug, Default)]
struct Record {
    bad_changes: u32,
    last: TimestampMs,
    times_ended: u32,
    rested_at: TimestampMs,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Offenders {
    known: BTreeMap<Sender, Record>,
}

impl Offenders {
    /// Counts one bad change. Answers how long its sender rests, when their connection is to end.
    fn count(&mut self, sender: Sender, now: TimestampMs) -> Option<u32> {
        let record = self.known.entry(sender).or_default();
        record.bad_changes += 1;
        record.last = now;
        if record.bad_changes < BAD_CHANGES_MAX {
            return None;
        }
        let doubled = 1_u32.checked_shl(record.times_ended).unwrap_or(u32::MAX);
        let rest = BAD_CHANGES_RETRY_MS
            .saturating_mul(doubled)
            .min(BAD_CHANGES_RETRY_MS_MAX);
        record.times_ended += 1;
        record.rested_at = TimestampMs(now.0 + u64::from(rest));
        Some(rest)
    }

    /// How long a sender still rests.
    fn rests(&self, sender: Sender, now: TimestampMs) -> Option<u32> {
        let left = self.known.get(&sender)?.rested_at.0.checked_sub(now.0)?;
        u32::try_from(left).ok().filter(|left| *left > 0)
    }

    /// Lets go of those who have sent none for long.
    pub fn forget(&mut self, now: TimestampMs) {
        self.known
            .retain(|_, record| now.0.saturating_sub(record.last.0) < BAD_CHANGES_FORGOTTEN_MS);
    }
}

fn sender_of(visitor: &Visitor) -> Option<Sender> {
    Some((visitor.caller?.person, visitor.sign_in.map(|of| of.id)))
}

impl Core {
    /// A connection sent a change that no honest client makes. Whose sign-in keeps doing so is ended, and named.
    pub(super) fn sent_a_bad_change(&mut self, id: SessionId, chapter: ChapterId) {
        let Some(sender) = self.sender_on(id) else {
            return;
        };
        let Some(rest_ms) = self.offenders.count(sender, self.now) else {
            return;
        };
        let person = person_text(Some(sender.0));
        tracing::warn!(chapter = %chapter, person, session = id, rest_ms, "too many bad changes came, the connection is ended");
        let reason = Reason::new(BAD_CHANGES, "too many changes that can stand in no text");
        self.end(id, &reason, Some(rest_ms));
    }

    /// Whether a connection that greets is sent away again, because its sign-in rests.
    pub(super) fn turned_away(&mut self, id: SessionId) -> bool {
        let sender = self.sender_on(id);
        let Some(left) = sender.and_then(|sender| self.offenders.rests(sender, self.now)) else {
            return false;
        };
        self.log_refusal(id, Tried::frame(BAD_CHANGES));
        let reason = Reason::new(
            BAD_CHANGES,
            "too many changes that can stand in no text came before",
        );
        self.end(id, &reason, Some(left));
        true
    }

    fn sender_on(&self, id: SessionId) -> Option<Sender> {
        sender_of(&self.sessions.get(&id)?.visitor)
    }
}
