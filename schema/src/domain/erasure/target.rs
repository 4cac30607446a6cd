//! Which events may be erased: what an event is about, and whether the plan as it is now rests on it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::event::KNOWN_KINDS;
use crate::domain::{At, PlanState, Refusal, evolve_erased, fold};
use crate::ids::{ChapterId, CommitmentId, Position};
use crate::log::kinds::TEXT_RESTORED;
use crate::log::{Envelope, Record, Stream};

/// An event whose content is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Where.
    pub position: Position,
    /// What it is about.
    pub subject: Subject,
}

/// What an event that may be erased is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub enum Subject {
    /// The plan's structure.
    Plan,
    /// Somebody's role.
    Rights,
    /// A chapter's title, place, state or team.
    Chapter {
        /// Which.
        chapter: ChapterId,
    },
    /// A commitment.
    Commitment {
        /// Which.
        commitment: CommitmentId,
    },
}

impl Target {
    /// An event of the log, if events of its sort are erased this way.
    ///
    /// # Errors
    /// The [`Refusal`] that says why not.
    pub fn of(envelope: &Envelope) -> Result<Self, Refusal> {
        let subject = match envelope.stream {
            Stream::Actors => return Err(Refusal::ErasesIdentity),
            Stream::Erasures => return Err(Refusal::ErasesErasure),
            Stream::Text(..) => return Err(Refusal::ErasesText),
            // It says whose the words are that came back.
            _ if envelope.kind == TEXT_RESTORED => return Err(Refusal::ErasesText),
            _ if !is_understood(envelope) => return Err(Refusal::ErasesUnknown),
            Stream::Plan => Subject::Plan,
            Stream::Rights => Subject::Rights,
            Stream::Chapter(chapter) => Subject::Chapter { chapter },
            Stream::Commitment(commitment) => Subject::Commitment { commitment },
        };
        Ok(Self {
            position: envelope.position,
            subject,
        })
    }

    /// The commitment it is about, if it is about one.
    #[must_use]
    pub const fn commitment(&self) -> Option<CommitmentId> {
        match self.subject {
            Subject::Commitment { commitment } => Some(commitment),
            Subject::Plan | Subject::Rights | Subject::Chapter { .. } => None,
        }
    }
}

/// A quarantine, which says what change to pass over, is no decision either.
fn is_understood(envelope: &Envelope) -> bool {
    KNOWN_KINDS.contains(&envelope.kind.to_string().as_str())
}

/// Whether the plan as it is now is the same without the content at `positions`. `records` are the events of the
/// plan, its rights and its chapters, by position. Once so, it stays so: later events change equal states equally.
pub fn is_past<'r>(records: impl IntoIterator<Item = &'r Record>, positions: &BTreeSet<Position>) -> bool {
    let (mut with, mut without) = (PlanState::default(), PlanState::default());
    for record in records {
        // An event of a newer program decides nothing in either.
        let _ = fold(&mut with, record);
        let envelope = &record.envelope;
        if positions.contains(&envelope.position) {
            evolve_erased(&mut without, At::from(envelope), &envelope.stream, &envelope.kind);
        } else {
            let _ = fold(&mut without, record);
        }
    }
    with == without
}
