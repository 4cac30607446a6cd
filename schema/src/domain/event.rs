//! Events of the aggregates and their bytes in the log.
//!
//! Why it exists: an event stays readable for ever, so kind and version are explicit and a reader that does
//! not know one says so instead of guessing. Such an event is kept, counted and shown by its kind.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{canonical, chapter, commitment, erasure, plan, rights};
use crate::ids::{ChapterId, CommitmentId};
use crate::log::{Kind, Stream};

/// What can have happened in a plan, apart from its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// To its structure.
    Plan(plan::Event),
    /// To people's roles.
    Rights(rights::Event),
    /// To a chapter.
    Chapter(ChapterId, chapter::Event),
    /// To a commitment.
    Commitment(CommitmentId, commitment::Event),
    /// To a request to erase content.
    Erasure(erasure::Event),
}

/// Why a stored payload is no event to this reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadEventError {
    /// Written by a newer program, or of another sort (texts, actors): keep it, show its kind.
    #[error("unknown kind of event {kind} in stream {stream}")]
    Unknown {
        /// Its kind.
        kind: Kind,
        /// Its stream.
        stream: Stream,
    },
    /// A known kind whose payload is not what it should be.
    #[error("the payload of {kind} in stream {stream} is malformed: {what}")]
    Malformed {
        /// Its kind.
        kind: Kind,
        /// Its stream.
        stream: Stream,
        /// What the reader said.
        what: String,
    },
}

impl Event {
    /// Its stream.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Self::Plan(_) => Stream::Plan,
            Self::Rights(_) => Stream::Rights,
            Self::Chapter(chapter, _) => Stream::Chapter(*chapter),
            Self::Commitment(commitment, _) => Stream::Commitment(*commitment),
            Self::Erasure(_) => Stream::Erasures,
        }
    }

    /// Its kind and version.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Plan(event) => kind_of(event),
            Self::Rights(event) => kind_of(event),
            Self::Chapter(_, event) => kind_of(event),
            Self::Commitment(_, event) => kind_of(event),
            Self::Erasure(event) => kind_of(event),
        }
    }

    /// Its canonical JSON (RFC 8785), text in NFC.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Self::Plan(event) => payload_of(event),
            Self::Rights(event) => payload_of(event),
            Self::Chapter(_, event) => payload_of(event),
            Self::Commitment(_, event) => payload_of(event),
            Self::Erasure(event) => payload_of(event),
        }
    }

    /// Reads a stored event.
    ///
    /// # Errors
    /// [`ReadEventError::Unknown`] for other kinds, versions and streams; [`ReadEventError::Malformed`]
    /// when a known kind holds something else.
    pub fn read(kind: &Kind, stream: &Stream, payload: &[u8]) -> Result<Self, ReadEventError> {
        match stream {
            Stream::Plan => read_as(kind, stream, payload).map(Self::Plan),
            Stream::Rights => read_as(kind, stream, payload).map(Self::Rights),
            Stream::Chapter(chapter) => {
                read_as(kind, stream, payload).map(|event| Self::Chapter(*chapter, event))
            }
            Stream::Commitment(commitment) => {
                read_as(kind, stream, payload).map(|event| Self::Commitment(*commitment, event))
            }
            Stream::Erasures => read_as(kind, stream, payload).map(Self::Erasure),
            Stream::Actors | Stream::Text(..) => Err(ReadEventError::Unknown {
                kind: kind.clone(),
                stream: *stream,
            }),
        }
    }
}

/// Every kind this reader knows, with its stream's sort; a test holds it equal to the enums.
pub const KNOWN_KINDS: &[&str] = &[
    "plan.created/1",
    "plan.renamed/1",
    "plan.areas.set/1",
    "plan.history.set/1",
    "party.added/1",
    "party.changed/1",
    "party.removed/1",
    "team.formed/1",
    "team.renamed/1",
    "team.ended/1",
    "challenge.put/1",
    "strand.put/1",
    "plan.recovered/1",
    "rights.granted/1",
    "rights.withdrawn/1",
    "chapter.created/1",
    "chapter.renamed/1",
    "chapter.moved/1",
    "chapter.assigned/1",
    "chapter.offered/1",
    "chapter.frozen/1",
    "chapter.reopened/1",
    "commitment.created/1",
    "commitment.amended/1",
    "commitment.restored/1",
    "commitment.restated/1",
    "erasure.requested/1",
    "erasure.approved/1",
    "erasure.declined/1",
    "erasure.text-closed/1",
    "erasure.carried-out/1",
];

/// The aggregates' events are tagged: `{"kind": "plan.created/1", "payload": {…}}`.
fn tagged<E: Serialize>(event: &E) -> (Value, Value) {
    let mut tagged = serde_json::to_value(event).expect("events are plain data with text keys");
    let take = |part: Option<&mut Value>| part.map(Value::take).unwrap_or_default();
    (take(tagged.get_mut("kind")), take(tagged.get_mut("payload")))
}

fn kind_of<E: Serialize>(event: &E) -> Kind {
    let (tag, _) = tagged(event);
    let known = KNOWN_KINDS.iter().find(|kind| tag.as_str() == Some(kind));
    let (name, version) = known
        .and_then(|kind| kind.split_once('/'))
        .expect("a test holds every tag known");
    Kind::new(
        name,
        version.parse().expect("a test holds every version a number"),
    )
}

fn payload_of<E: Serialize>(event: &E) -> Vec<u8> {
    let (_, payload) = tagged(event);
    canonical::to_vec(&payload).expect("events hold exact integers only")
}

fn read_as<E: DeserializeOwned>(kind: &Kind, stream: &Stream, payload: &[u8]) -> Result<E, ReadEventError> {
    let tag = kind.to_string();
    if !KNOWN_KINDS.contains(&tag.as_str()) {
        return Err(ReadEventError::Unknown {
            kind: kind.clone(),
            stream: *stream,
        });
    }
    let malformed = |error: serde_json::Error| ReadEventError::Malformed {
        kind: kind.clone(),
        stream: *stream,
        what: error.to_string(),
    };
    let payload: Value = serde_json::from_slice(payload).map_err(malformed)?;
    serde_json::from_value(serde_json::json!({ "kind": tag, "payload": payload })).map_err(malformed)
}

#[cfg(test)]
mod tests;
