//! What was refused, to whom and why: one line in the log each, as long as there are few.
//!
//! Why it exists: whoever operates a server must be able to see that somebody tried what they may not. A program that
//! tries for ever must not be able to fill the disk with it. Lines hold ids, never names, words or tokens.

use schema::ids::{ChapterId, PersonId, TimestampMs};
use schema::limits::{BAD_CHANGES_MAX, BAD_CHANGES_RETRY_MS, REFUSALS_LOGGED_MAX, REFUSALS_LOGGED_MS};
use schema::wire::{BAD_CHANGES, Reason};

use super::{Core, SessionId};

/// How many lines may still be written, for one connection or person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineBudget {
    since: TimestampMs,
    written: u32,
    held_back: u64,
}

impl LineBudget {
    /// Whether one more line may be written now, and how many were held back before it.
    pub fn take(&mut self, now: TimestampMs) -> Option<u64> {
        if now.0.saturating_sub(self.since.0) >= REFUSALS_LOGGED_MS {
            self.since = now;
            self.written = 0;
        }
        if self.written >= REFUSALS_LOGGED_MAX {
            self.held_back += 1;
            return None;
        }
        self.written += 1;
        Some(std::mem::take(&mut self.held_back))
    }
}

/// What somebody tried on a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried<'a> {
    pub(super) action: &'static str,
    pub(super) chapter: Option<ChapterId>,
    pub(super) code: &'a str,
}

impl<'a> Tried<'a> {
    /// A frame that cannot be taken.
    pub(super) fn frame(code: &'a str) -> Self {
        Self {
            action: "frame",
            chapter: None,
            code,
        }
    }
}

impl Core {
    /// Who is on a connection, if anybody.
    #[must_use]
    pub fn person_of(&self, session: SessionId) -> Option<PersonId> {
        Some(self.sessions.get(&session)?.visitor.caller?.person)
    }

    /// A connection sent a change that no honest client makes. One that keeps doing so is ended, and named (rule P9).
    pub(super) fn sent_a_bad_change(&mut self, id: SessionId, chapter: ChapterId) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.bad_changes += 1;
        if session.bad_changes < BAD_CHANGES_MAX {
            return;
        }
        let person = person_text(self.person_of(id));
        tracing::warn!(chapter = %chapter, person, session = id, "{BAD_CHANGES_MAX} bad changes came on a connection, it is ended");
        let reason = Reason::new(BAD_CHANGES, "too many changes that can stand in no text");
        self.end(id, &reason, Some(BAD_CHANGES_RETRY_MS));
    }

    /// Logs that a connection was refused something.
    pub(super) fn log_refusal(&mut self, id: SessionId, tried: Tried<'_>) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        let Some(held_back) = session.lines.take(now) else {
            return;
        };
        let person = person_text(session.visitor.caller.map(|caller| caller.person));
        let Tried {
            action,
            chapter,
            code,
        } = tried;
        let resource = chapter.map_or_else(|| "connection".to_owned(), |id| format!("chapter {id}"));
        tracing::info!(person, session = id, action, resource, code, held_back, "refused");
    }
}

/// A person as a log names them.
#[must_use]
pub fn person_text(person: Option<PersonId>) -> String {
    person.map_or_else(|| "nobody".to_owned(), |person| person.to_string())
}
