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
//!
//! Reading order: [`content`] (the fields), [`parts`] (what they are made of), [`gaps`].

pub mod content;
pub mod gaps;
pub mod parts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::content::{Change, Content, Field, Patch};
pub use self::gaps::{Completeness, Gap};
pub use self::parts::{BudgetLine, Dimension, Precondition, Promise, ResultAgreement, Scale};
use super::policy::{self, Action};
use super::values::Line;
use super::{At, Caller, PlanState, Refusal};
use crate::ids::{ChapterId, CommitmentId, Revision};
use crate::limits::COMMITMENTS_PER_PLAN_MAX;

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
    /// What each revision after the first changed.
    history: BTreeMap<Revision, Vec<Change>>,
}

impl Commitment {
    /// What it said at a revision; `None` for a revision it does not have.
    #[must_use]
    pub fn content_at(&self, revision: Revision) -> Option<Content> {
        let known = revision == self.created.revision || self.history.contains_key(&revision);
        known.then(|| {
            let later = self.history.iter().rev().take_while(|(at, _)| **at > revision);
            let mut content = self.content.clone();
            for change in later.flat_map(|(_, changes)| changes.iter().rev()) {
                content.undo(change);
            }
            content
        })
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
        (None, Event::Created { content }) => {
            let content = Content::clone(content);
            known.insert(
                id,
                Commitment {
                    content,
                    created: at,
                    changed: at,
                    history: BTreeMap::new(),
                },
            );
        }
        (None, _) | (Some(_), Event::Created { .. }) => {}
        (Some(commitment), Event::Amended { changes } | Event::Restored { changes, .. }) => {
            for change in changes {
                commitment.content.apply(change);
            }
            commitment.changed = at;
            commitment.history.insert(at.revision, changes.clone());
        }
    }
}

#[cfg(test)]
mod tests;
