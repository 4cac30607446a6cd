//! The fold of everything decided in one plan: what [`decide`](super::decide) and the policy look at.

use std::collections::BTreeMap;

use super::{At, Event, ReadEventError, chapter, commitment, erasure, plan, rights};
use crate::ids::{CommitmentId, Revision};
use crate::log::{Kind, Record, Stream};

/// All aggregates of one plan at one position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanState {
    /// Structure; none before the plan was made.
    pub plan: Option<plan::Plan>,
    /// People's roles.
    pub rights: rights::Rights,
    /// Chapters: the tree and the state of each.
    pub chapters: chapter::Tree,
    /// Commitments.
    pub commitments: BTreeMap<CommitmentId, commitment::Commitment>,
    /// Requests to erase content.
    pub erasures: erasure::Erasures,
    /// The last revision of each domain stream, of events unknown to this program too.
    pub revisions: BTreeMap<Stream, Revision>,
}

/// Folds one fact into the state. Total.
pub fn evolve(state: &mut PlanState, at: At, event: &Event) {
    state.revisions.insert(event.stream(), at.revision);
    match event {
        Event::Plan(event) => plan::evolve(&mut state.plan, at, event),
        Event::Rights(event) => rights::evolve(&mut state.rights, at, event),
        Event::Chapter(id, event) => chapter::evolve(&mut state.chapters, at, *id, event),
        Event::Commitment(id, event) => commitment::evolve(&mut state.commitments, at, *id, event),
        Event::Erasure(event) => {
            erasure::evolve(&mut state.erasures, at, event);
            if let erasure::Event::Approved { targets, .. } = event {
                forget(state, targets);
            }
        }
    }
}

/// What was approved to be erased is past: nothing of it stays in the state, whether the log still has it or not.
fn forget(state: &mut PlanState, targets: &[erasure::Target]) {
    for target in targets {
        let commitment = target.commitment().and_then(|id| state.commitments.get_mut(&id));
        if let Some(commitment) = commitment {
            commitment.forget(target.position);
        }
    }
}

/// Folds one stored record of any stream. One whose content cannot be read (of a newer program, or erased) is folded
/// as far as its envelope says what happened; the error is for whoever wants to tell.
///
/// # Errors
/// [`ReadEventError`] when a domain stream holds an event this program does not know.
pub fn fold(state: &mut PlanState, record: &Record) -> Result<(), ReadEventError> {
    let envelope = &record.envelope;
    if matches!(envelope.stream, Stream::Actors | Stream::Text(..)) {
        return Ok(());
    }
    let at = At::from(envelope);
    let read = record
        .payload
        .bytes()
        .map(|payload| Event::read(&envelope.kind, &envelope.stream, payload))
        .transpose();
    match &read {
        Ok(Some(event)) => evolve(state, at, event),
        Ok(None) | Err(_) => evolve_erased(state, at, &envelope.stream, &envelope.kind),
    }
    read.map(|_| ())
}

/// Folds a fact whose content is gone: that it happened. Total.
pub fn evolve_erased(state: &mut PlanState, at: At, stream: &Stream, kind: &Kind) {
    state.revisions.insert(*stream, at.revision);
    match stream {
        Stream::Chapter(id) => chapter::evolve_erased(&mut state.chapters, at, *id, kind),
        Stream::Commitment(id) => commitment::evolve_erased(&mut state.commitments, at, *id, kind),
        Stream::Plan | Stream::Rights | Stream::Actors | Stream::Text(..) | Stream::Erasures => {}
    }
}
