//! A commitment (*regio-afspraak*): what parties agree, with every wording it ever had.
//!
//! # Why it exists
//!
//! Every party named in the plan answers for its agreements, so each change says field by field what was and
//! what became, and a restore names the revision it brings back. A pledge will name the
//! [`content hash`](Content::hash) of one exact wording.
//!
//! # Invariants
//!
//! - A commitment has a title and belongs to a chapter; the chapter's team edits it.
//! - An event holds only the fields that changed, each with old and new; undoing them from the newest back
//!   gives the content at any revision, so nothing is stored twice.
//! - A gap blocks nothing: see [`Content::gaps`].
//! - Once its past is to be erased it is stated anew, whole: what it says now no longer rests on the events before,
//!   and these no longer say what it said then.
//!
//! Reading order: [`content`] (the fields), [`parts`] (what they are made of), [`gaps`].

pub mod content;
pub mod gaps;
pub mod parts;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::content::{Change, Content, Field, Patch};
pub use self::gaps::{Completeness, Gap, ResultGap};
pub use self::parts::{BudgetLine, Dimension, Precondition, Promise, ResultAgreement, Scale};
use super::policy::{self, Action};
use super::values::Line;
use super::{At, Caller, PlanState, Refusal};
use crate::ids::{ChapterId, CommitmentId, Position, Revision};
use crate::limits::COMMITMENTS_PER_PLAN_MAX;
use crate::log::Kind;

/// What can be asked of a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Makes it, complete or not.
    Create {
        /// What is known so far; at least a title and a chapter.
        content: Box<Content>,
    },
    /// Changes some fields.
    Amend {
        /// The fields that change.
        patch: Box<Patch>,
    },
    /// Brings back the content of an earlier revision.
    Restore {
        /// Which.
        to: Revision,
        /// Why.
        reason: Line,
    },
}

/// What can have happened to a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "payload",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Event {
    /// It was made.
    #[serde(rename = "commitment.created/1")]
    Created {
        /// What was known.
        content: Box<Content>,
    },
    /// Some fields changed.
    #[serde(rename = "commitment.amended/1")]
    Amended {
        /// Each changed field, old and new, in the order of the fields.
        changes: Vec<Change>,
    },
    /// An earlier content came back.
    #[serde(rename = "commitment.restored/1")]
    Restored {
        /// The revision whose content it is now.
        to: Revision,
        /// Why.
        reason: Line,
        /// What that changed.
        changes: Vec<Change>,
    },
    /// What it says was stated anew, whole, because events before are erased.
    #[serde(rename = "commitment.restated/1")]
    Restated {
        /// What it says.
        content: Box<Content>,
    },
}

/// The fold of one commitment's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// What it says now.
    pub content: Content,
    /// When it was made, and by whom.
    pub created: At,
    /// Its last event.
    pub changed: At,
    /// What each revision changed; the first, and one that states it anew, every field that says something.
    history: BTreeMap<Revision, Past>,
    /// The last revision that states it anew: what it said before is closed.
    restated: Option<Revision>,
}

/// What one revision changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Past {
    position: Position,
    changes: Vec<Change>,
}

impl Commitment {
    /// What it said at a revision; `None` for a revision it does not have, and for one before it was stated anew.
    #[must_use]
    pub fn content_at(&self, revision: Revision) -> Option<Content> {
        // Its last event may be one that this program cannot read; what it says now is known all the same.
        let known = revision == self.changed.revision || self.history.contains_key(&revision);
        let known = known && !self.is_closed(revision);
        known.then(|| {
            let later = self.history.iter().rev().take_while(|(at, _)| **at > revision);
            let mut content = self.content.clone();
            for change in later.flat_map(|(_, past)| past.changes.iter().rev()) {
                content.undo(change);
            }
            content
        })
    }

    /// Whether a revision lies before events that were erased, so that nobody can tell any more what it said.
    #[must_use]
    pub fn is_closed(&self, revision: Revision) -> bool {
        self.restated.is_some_and(|restated| revision < restated)
    }

    /// Whether the event at a position can be named to be erased: something it said is past. One that only holds past
    /// values as what was before goes with the event that said them; by itself it goes only if it cleared fields, as
    /// otherwise what it said is in force.
    #[must_use]
    pub fn is_past(&self, position: Position) -> bool {
        let changes = || self.changes_of(position);
        let said_past = changes().any(|change| change.said_past_value(&self.content));
        let says_in_force = changes().any(|change| change.says_in_force(&self.content));
        let holds_past = changes().any(|change| change.holds_past_value(&self.content));
        said_past || (holds_past && !says_in_force)
    }

    /// The fields of which the event at a position said what is in force now: erasing it leaves that where it is.
    pub fn in_force(&self, position: Position) -> impl Iterator<Item = Field> {
        let changes = self.changes_of(position);
        let in_force = changes.filter(|change| change.says_in_force(&self.content));
        in_force.map(Change::field)
    }

    /// Whether something that the event at a position said was past at another, and is in force again.
    #[must_use]
    pub fn came_back(&self, position: Position, since: Position) -> bool {
        let stated = self.restated.and_then(|revision| self.history.get(&revision));
        if stated.is_some_and(|past| past.position > since) {
            // What it said then is closed, so nobody can tell.
            return false;
        }
        let mut then = self.content.clone();
        let later = self
            .history
            .values()
            .rev()
            .take_while(|past| past.position > since);
        for change in later.flat_map(|past| past.changes.iter().rev()) {
            then.undo(change);
        }
        self.changes_of(position)
            .any(|change| change.says_in_force(&self.content) && !change.says_in_force(&then))
    }

    fn changes_of(&self, position: Position) -> impl Iterator<Item = &Change> {
        let past = self
            .history
            .values()
            .filter(move |past| past.position == position);
        past.flat_map(|past| &past.changes)
    }

    /// Every event that holds a past value which one of those at `positions` holds, these included.
    #[must_use]
    pub fn holding_the_same(&self, positions: &BTreeSet<Position>) -> BTreeSet<Position> {
        let asked = || {
            self.history
                .values()
                .filter(|past| positions.contains(&past.position))
        };
        let named: Vec<&Change> = asked().flat_map(|past| &past.changes).collect();
        let shares = |past: &&Past| {
            let with = |change: &Change| {
                named
                    .iter()
                    .any(|asked| asked.shares_past_value(change, &self.content))
            };
            past.changes.iter().any(with)
        };
        let holding = self.history.values().filter(shares).map(|past| past.position);
        holding.chain(positions.iter().copied()).collect()
    }

    /// Lets go of what the event at a position changed: its content is to be erased.
    pub(super) fn forget(&mut self, position: Position) {
        self.history.retain(|_, past| past.position != position);
    }
}

impl Command {
    /// The chapter to which this command would bring the commitment.
    #[must_use]
    pub fn new_chapter(&self) -> Option<ChapterId> {
        match self {
            Self::Create { content } => content.chapter,
            Self::Amend { patch } => patch.chapter.flatten(),
            Self::Restore { .. } => None,
        }
    }
}

/// Says which facts a command adds.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn decide(
    state: &PlanState,
    caller: &Caller,
    id: CommitmentId,
    command: &Command,
) -> Result<Vec<Event>, Refusal> {
    policy::may(state, Some(caller), &Action::ReadPlan)?;
    let event = match (state.commitments.get(&id), command) {
        (None, Command::Create { content }) => Some(create(state, caller, content)?),
        (None, Command::Amend { .. } | Command::Restore { .. }) => return Err(Refusal::NoSuchCommitment),
        (Some(_), Command::Create { .. }) => return Err(Refusal::AlreadyExists),
        (Some(known), Command::Amend { patch }) => {
            policy::may(state, Some(caller), &Action::EditCommitment(id))?;
            amend(state, caller, known, patch)?
        }
        (Some(known), Command::Restore { to, reason }) => {
            policy::may(state, Some(caller), &Action::RestoreCommitment(id))?;
            restore(known, *to, reason)?
        }
    };
    Ok(event.into_iter().collect())
}

fn create(state: &PlanState, caller: &Caller, content: &Content) -> Result<Event, Refusal> {
    let chapter = content.chapter.ok_or(Refusal::ChapterMissing)?;
    policy::may(state, Some(caller), &Action::CreateCommitment(chapter))?;
    content.ensure_sound(state)?;
    if state.commitments.len() >= COMMITMENTS_PER_PLAN_MAX {
        return Err(Refusal::TooMany);
    }
    Ok(Event::Created {
        content: Box::new(content.clone()),
    })
}

fn amend(
    state: &PlanState,
    caller: &Caller,
    known: &Commitment,
    patch: &Patch,
) -> Result<Option<Event>, Refusal> {
    let wanted = known.content.clone().patched(patch);
    if let Some(chapter) = wanted
        .chapter
        .filter(|chapter| known.content.chapter != Some(*chapter))
    {
        policy::may(state, Some(caller), &Action::CreateCommitment(chapter))?;
    }
    wanted.ensure_sound(state)?;
    let changes = known.content.changes_to(&wanted);
    Ok((!changes.is_empty()).then_some(Event::Amended { changes }))
}

fn restore(known: &Commitment, to: Revision, reason: &Line) -> Result<Option<Event>, Refusal> {
    if known.is_closed(to) {
        return Err(Refusal::RevisionErased);
    }
    let wanted = known.content_at(to).ok_or(Refusal::NoSuchRevision)?;
    let changes = known.content.changes_to(&wanted);
    Ok((!changes.is_empty()).then(|| Event::Restored {
        to,
        reason: reason.clone(),
        changes,
    }))
}

/// Folds one fact. Total: what makes no sense here changes nothing.
pub fn evolve(known: &mut BTreeMap<CommitmentId, Commitment>, at: At, id: CommitmentId, event: &Event) {
    match (known.get_mut(&id), event) {
        (None, Event::Created { content } | Event::Restated { content }) => {
            let mut commitment = Commitment::new(at);
            commitment.take(at, Content::default().changes_to(content));
            known.insert(id, commitment);
        }
        (None, _) | (Some(_), Event::Created { .. }) => {}
        (Some(commitment), Event::Amended { changes } | Event::Restored { changes, .. }) => {
            commitment.take(at, changes.clone());
        }
        (Some(commitment), Event::Restated { content }) => {
            commitment.content = Content::default();
            commitment.take(at, Content::default().changes_to(content));
            commitment.restated = Some(at.revision);
        }
    }
}

/// Folds an event whose content was erased: that it happened, and nothing of what it said. Total.
pub fn evolve_erased(known: &mut BTreeMap<CommitmentId, Commitment>, at: At, id: CommitmentId, kind: &Kind) {
    match (known.get_mut(&id), &*kind.name, kind.version) {
        (None, "commitment.created", 1) => {
            known.insert(id, Commitment::new(at));
        }
        (Some(commitment), "commitment.amended" | "commitment.restored" | "commitment.restated", 1) => {
            commitment.changed = at;
        }
        _ => {}
    }
}

impl Commitment {
    /// One that says nothing yet.
    fn new(created: At) -> Self {
        Self {
            content: Content::default(),
            created,
            changed: created,
            history: BTreeMap::new(),
            restated: None,
        }
    }

    fn take(&mut self, at: At, changes: Vec<Change>) {
        for change in &changes {
            self.content.apply(change);
        }
        self.changed = at;
        let position = at.position;
        self.history.insert(at.revision, Past { position, changes });
    }
}

#[cfg(test)]
mod tests;
