//! Streams: the ordered parts of a plan's log, each with a dense revision of its own.
//!
//! Encoded as a CBOR array `[tag, …]`, shortest form, because it stands in every envelope.

use std::fmt;

use minicbor::{Decode, Encode};
use serde::{Serialize, Serializer};

use crate::ids::{ChapterId, CommitmentId, Generation};

/// Where in a plan an event belongs. Guards and look-ups name streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(flat)]
pub enum Stream {
    /// The plan's structure, parties and teams.
    #[n(0)]
    Plan,
    /// People's roles: every write is guarded by this stream.
    #[n(1)]
    Rights,
    /// Who each actor is (`actor.bound/1`).
    #[n(2)]
    Actors,
    /// The state of a chapter (not its text).
    #[n(3)]
    Chapter(#[n(0)] ChapterId),
    /// The text of one generation of a chapter: one event per accepted automerge change.
    #[n(4)]
    Text(#[n(0)] ChapterId, #[n(1)] Generation),
    /// One commitment.
    #[n(5)]
    Commitment(#[n(0)] CommitmentId),
    /// Which content is asked to be erased, on what ground, and what became of it.
    #[n(6)]
    Erasures,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str("plan"),
            Self::Rights => f.write_str("rights"),
            Self::Actors => f.write_str("actors"),
            Self::Chapter(chapter) => write!(f, "chapter/{chapter}"),
            Self::Text(chapter, generation) => write!(f, "text/{chapter}/{generation}"),
            Self::Commitment(commitment) => write!(f, "commitment/{commitment}"),
            Self::Erasures => f.write_str("erasures"),
        }
    }
}

impl Serialize for Stream {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
