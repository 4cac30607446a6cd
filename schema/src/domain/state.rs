//! The fold of everything decided in one plan: what [`decide`](super::decide) and the policy look at.

use std::collections::BTreeMap;

use super::{At, Event, ReadEventError, chapter, commitment, plan, rights};
use crate::ids::{CommitmentId, Revision};
use crate::log::{Record, Stream};

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
    }
}

/// Folds one stored record of any stream. One that cannot be read (of a newer program, or erased) moves its
/// stream's revision and changes nothing else; the error is for whoever wants to tell.
///
/// # Errors
/// [`ReadEventError`] when a domain stream holds an event this program does not know.
pub fn fold(state: &mut PlanState, record: &Record) -> Result<(), ReadEventError> {
    let envelope = &record.envelope;
    if matches!(envelope.stream, Stream::Actors | Stream::Text(..)) {
        return Ok(());
    }
    state.revisions.insert(envelope.stream, envelope.revision);
    let Some(payload) = record.payload.bytes() else {
        return Ok(());
    };
    let event = Event::read(&envelope.kind, &envelope.stream, payload)?;
    evolve(state, At::from(envelope), &event);
    Ok(())
}
