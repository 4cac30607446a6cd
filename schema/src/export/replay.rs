//! The register as the events say it: folded from an export by the code that decides.
//!
//! # Why it exists
//!
//! A list of agreements could be typed by anybody. This one is computed from the checked events by the same
//! `evolve` that the server runs, with the change log of each, so what is shown is what was recorded.
//!
//! # Invariants
//!
//! - Total, like the fold itself: what is unknown or does not fit is named and changes nothing else.
//! - A commitment of which content is missing (erased, withheld) says where.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::domain::actor::{ACTOR_BOUND, Actors};
use crate::domain::change_log::Entry;
use crate::domain::commitment::{self, Field};
use crate::domain::event::KNOWN_KINDS;
use crate::domain::{At, Event, PlanState, ReadEventError, evolve};
use crate::ids::{CommitmentId, Generation, Position};
use crate::limits::EXPORT_ODDITIES_KEPT_MAX;
use crate::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_QUARANTINED, TEXT_RESTORED};
use crate::log::{Envelope, Kind, Record, Stream};
use crate::text::order::{OrderFault, TextOrder};

/// What a plan's events come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// Structure, rights, chapters, commitments.
    pub state: PlanState,
    /// Who the actors are.
    pub actors: Actors,
    /// The change log of each commitment, oldest first.
    pub change_logs: BTreeMap<CommitmentId, Vec<Entry>>,
    /// Where content of a commitment is missing.
    pub missing: BTreeMap<CommitmentId, Vec<Position>>,
    /// Changes of text.
    pub text_changes: u64,
    /// The first events that say nothing here, or do not fit.
    pub oddities: Vec<Oddity>,
    /// How many there are.
    pub oddities_count: u64,
    order: TextOrder,
}

/// An event that is whole and proved, but of which the replay can make nothing, or not everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Oddity {
    /// Where.
    pub position: Position,
    /// What.
    #[serde(flatten)]
    pub kind: OddityKind,
}

/// What is odd about an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum OddityKind {
    /// Of a newer program.
    #[error("the kind {kind} is not known to this program")]
    UnknownKind {
        /// Its kind.
        kind: Kind,
    },
    /// Of a known kind, with content that this kind does not have.
    #[error("the content is none that a {kind} has")]
    Unreadable {
        /// Its kind.
        kind: Kind,
    },
    /// It says that a field was something else than the events before it made of it.
    #[error("it says that {field:?} was something else than the events before it say")]
    OtherBefore {
        /// The first such field.
        field: Field,
    },
    /// A change of a text that had gone on in a later generation.
    #[error(
        "it changes generation {generation} of a text that goes on in generation {newest}: nobody reads its words"
    )]
    AfterSuccessor {
        /// The generation that it changes.
        generation: Generation,
        /// The one that had begun.
        newest: Generation,
    },
}

impl Replay {
    /// Takes in the next record.
    pub fn fold(&mut self, record: &Record) {
        self.actors.fold(record);
        let envelope = &record.envelope;
        if envelope.kind == TEXT_CHANGED {
            self.text_changes += 1;
        }
        if !is_known(&envelope.kind) {
            let kind = envelope.kind.clone();
            self.odd(envelope.position, OddityKind::UnknownKind { kind });
        }
        self.see_place(envelope);
        if matches!(envelope.stream, Stream::Actors | Stream::Text(..)) {
            return;
        }
        self.state.revisions.insert(envelope.stream, envelope.revision);
        match record.payload.bytes() {
            Some(payload) => self.fold_content(record, payload),
            None => self.miss(record),
        }
    }

    /// Of a selection only this rule can be told: both events that break it are shown.
    fn see_place(&mut self, envelope: &Envelope) {
        if let Err(OrderFault::AfterSuccessor {
            generation, newest, ..
        }) = self.order.take(envelope)
        {
            self.odd(
                envelope.position,
                OddityKind::AfterSuccessor { generation, newest },
            );
        }
    }

    fn fold_content(&mut self, record: &Record, payload: &[u8]) {
        let envelope = &record.envelope;
        match Event::read(&envelope.kind, &envelope.stream, payload) {
            Ok(event) => self.take(At::from(envelope), &event),
            Err(ReadEventError::Malformed { kind, .. }) => {
                self.odd(envelope.position, OddityKind::Unreadable { kind });
            }
            Err(ReadEventError::Unknown { .. }) => {}
        }
    }

    fn take(&mut self, at: At, event: &Event) {
        if let Event::Commitment(id, event) = event {
            if let Some(field) = self.other_before(*id, event) {
                self.odd(at.position, OddityKind::OtherBefore { field });
            }
            let log = self.change_logs.entry(*id).or_default();
            log.push(Entry::of(at, event));
        }
        evolve(&mut self.state, at, event);
    }

    /// The first field of which the event says another old value than the commitment has. Where content before it
    /// is missing nobody can tell.
    fn other_before(&self, id: CommitmentId, event: &commitment::Event) -> Option<Field> {
        let (commitment::Event::Amended { changes } | commitment::Event::Restored { changes, .. }) = event
        else {
            return None;
        };
        let known = self.state.commitments.get(&id)?;
        if self.missing.contains_key(&id) {
            return None;
        }
        let differs = |change: &&commitment::Change| {
            let mut before = known.content.clone();
            before.undo(change);
            before != known.content
        };
        changes.iter().find(differs).map(commitment::Change::field)
    }

    fn miss(&mut self, record: &Record) {
        if let Stream::Commitment(id) = record.envelope.stream {
            self.missing.entry(id).or_default().push(record.envelope.position);
        }
    }

    fn odd(&mut self, position: Position, kind: OddityKind) {
        self.oddities_count += 1;
        if self.oddities.len() < EXPORT_ODDITIES_KEPT_MAX {
            self.oddities.push(Oddity { position, kind });
        }
    }

    /// Every commitment that is known or of which content is missing.
    #[must_use]
    pub fn commitments(&self) -> BTreeSet<CommitmentId> {
        let known = self.state.commitments.keys();
        known.chain(self.missing.keys()).copied().collect()
    }
}

fn is_known(kind: &Kind) -> bool {
    let others = [
        ACTOR_BOUND,
        TEXT_GENERATION,
        TEXT_CHANGED,
        TEXT_RESTORED,
        TEXT_QUARANTINED,
    ];
    others.contains(kind) || KNOWN_KINDS.contains(&kind.to_string().as_str())
}
