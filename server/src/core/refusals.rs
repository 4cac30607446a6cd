//! What was refused, to whom and why: one line in the log each, as long as there are few.
//!
//! Why it exists: whoever operates a server must be able to see that somebody tried what they may not. A program that
//! tries for ever must not be able to fill the disk with it. Lines hold ids, never names, words or tokens.

use std::collections::BTreeMap;

use schema::domain::Refusal;
use schema::ids::{ChapterId, PersonId, TimestampMs};
use schema::limits::{REFUSALS_LOGGED_MAX, REFUSALS_LOGGED_MS};
use schema::text::evidence::ChangeRefusal;
use schema::wire::{GENERATION_ENDED, Reason};

use super::frames::reason_of;
use super::{Core, SessionId};

/// How many lines may still be written.
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

/// The lines of each person; of all who are not signed in together.
///
/// Why not of each connection: a program that is cut off comes back, and would have as many lines again.
#[derive(Debug, Default)]
pub struct Lines {
    budgets: BTreeMap<Option<PersonId>, LineBudget>,
}

impl Lines {
    /// Whether one more line of somebody may be written now, and how many of theirs were held back before it.
    pub fn take(&mut self, person: Option<PersonId>, now: TimestampMs) -> Option<u64> {
        self.budgets.entry(person).or_default().take(now)
    }

    /// Lets go of those who have all their lines again and of whom nothing is left to say.
    pub fn forget(&mut self, now: TimestampMs) {
        let is_over = |budget: &LineBudget| now.0.saturating_sub(budget.since.0) >= REFUSALS_LOGGED_MS;
        self.budgets
            .retain(|_, budget| budget.held_back > 0 || !is_over(budget));
    }
}

/// Why a pushed change is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// Who pushed it may not write.
    NotAllowed(Refusal),
    /// Its actor is not its sender's, in this chapter and generation.
    ForeignActor,
    /// One program brings too many actors.
    TooManyActors,
    /// The chapter goes on in another generation.
    GenerationEnded,
    /// It breaks a rule of acceptance.
    Unacceptable(ChangeRefusal),
}

impl NotTaken {
    /// Whether it happens to clients that do as they should.
    pub(super) const fn may_be_honest(self) -> bool {
        match self {
            Self::NotAllowed(_) | Self::TooManyActors | Self::GenerationEnded => true,
            Self::ForeignActor => false,
            Self::Unacceptable(refusal) => refusal.may_be_honest(),
        }
    }

    /// As it goes over the wire.
    pub(super) fn reason(self) -> Reason {
        match self {
            Self::NotAllowed(refusal) => reason_of(refusal),
            Self::ForeignActor => Reason::new("foreign-actor", "the actor is not bound to this person here"),
            Self::TooManyActors => Reason::new("too-many-actors", "one program brings too many actors"),
            Self::GenerationEnded => {
                Reason::new(GENERATION_ENDED, "the chapter goes on in another generation")
            }
            Self::Unacceptable(refusal) => Reason::new(&refusal.code(), refusal),
        }
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

    /// Logs that a connection was refused something.
    pub(super) fn log_refusal(&mut self, id: SessionId, tried: Tried<'_>) {
        if !self.sessions.contains_key(&id) {
            return;
        }
        let person = self.person_of(id);
        let Some(held_back) = self.lines.take(person, self.now) else {
            return;
        };
        let person = person_text(person);
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
