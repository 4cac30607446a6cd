//! `Commitment` and `CommitmentChange`.

use schema::domain::change_log::{Cause, Entry};
use schema::domain::commitment::{Change, Completeness, Content, Gap, ResultAgreement, ResultGap};
use schema::domain::policy::{self, Action};
use schema::domain::{At, Caller, Refusal};
use schema::ids::{CommitmentId, Position, Revision};
use schema::log::Via;
use serde::Serialize;

use super::erasure::ErasedNote;
use super::{Actor, Authorship};
use crate::http::names::Names;
use crate::http::time;
use crate::views::PlanView;

/// `Commitment`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Commitment {
    id: CommitmentId,
    revision: Revision,
    stage: Completeness,
    missing: Vec<Gap>,
    missing_in_results: Vec<Vec<ResultGap>>,
    #[serde(flatten)]
    content: Content,
    content_hash: String,
    last_changed: Authorship,
    last_changed_via: Via,
    may_edit: bool,
    may_restore: bool,
}

impl Commitment {
    /// A commitment as a reader sees it, now or as it was just after a revision.
    ///
    /// # Errors
    /// [`Refusal::NoSuchCommitment`], [`Refusal::NoSuchRevision`], [`Refusal::RevisionErased`].
    pub fn of(
        view: &PlanView,
        names: &Names<'_>,
        caller: &Caller,
        id: CommitmentId,
        revision: Option<Revision>,
    ) -> Result<Self, Refusal> {
        let known = view.state.commitments.get(&id).ok_or(Refusal::NoSuchCommitment)?;
        let revision = revision.unwrap_or(known.changed.revision);
        if known.is_closed(revision) {
            return Err(Refusal::RevisionErased);
        }
        let content = known.content_at(revision).ok_or(Refusal::NoSuchRevision)?;
        let changed = changed_at(view, id, revision).unwrap_or(known.changed);
        let may = |action: Action| policy::may(&view.state, Some(caller), &action).is_ok();
        Ok(Self {
            id,
            revision,
            stage: content.completeness(),
            missing: content.gaps(),
            missing_in_results: content.results.iter().map(ResultAgreement::gaps).collect(),
            content_hash: content.hash().iter().map(|byte| format!("{byte:02x}")).collect(),
            content,
            last_changed: names.authorship(changed),
            last_changed_via: names.via(changed.position),
            may_edit: may(Action::EditCommitment(id)),
            may_restore: may(Action::RestoreCommitment(id)),
        })
    }

    /// Its revision, for the `ETag`.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// By title, for lists.
    #[must_use]
    pub fn sort_key(&self) -> String {
        self.content
            .title
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
            .to_lowercase()
    }
}

fn changed_at(view: &PlanView, id: CommitmentId, revision: Revision) -> Option<At> {
    view.changes(id)
        .iter()
        .map(|entry| entry.at)
        .find(|at| at.revision == revision)
}

/// `CommitmentChange`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitmentChange {
    kind: ChangeKind,
    revision: Revision,
    position: Position,
    at: String,
    actor: Actor,
    via: Via,
    reason: Option<String>,
    restored_revision: Option<Revision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<ErasedNote>,
    fields: Vec<Change>,
}

/// How a change came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// Made.
    Created,
    /// Edited.
    Amended,
    /// Brought back.
    Restored,
    /// Stated anew, whole, because events before were erased.
    Restated,
    /// Erased.
    Erased,
}

impl CommitmentChange {
    /// One entry of a change log.
    #[must_use]
    pub fn of(entry: &Entry, names: &Names<'_>) -> Self {
        let (kind, reason, restored_revision) = match &entry.cause {
            Cause::Created => (ChangeKind::Created, None, None),
            Cause::Amended => (ChangeKind::Amended, None, None),
            Cause::Restored { to, reason } => (ChangeKind::Restored, Some(reason.to_string()), Some(*to)),
            Cause::Restated => (ChangeKind::Restated, None, None),
            Cause::Erased => (ChangeKind::Erased, None, None),
        };
        Self {
            kind,
            revision: entry.at.revision,
            position: entry.at.position,
            at: time::format(entry.at.recorded_at),
            actor: names.actor(entry.at.who),
            via: names.via(entry.at.position),
            reason,
            restored_revision,
            erased: names.erased(entry.at.position),
            fields: entry.changes.clone(),
        }
    }
}
