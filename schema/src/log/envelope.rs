//! The envelope: everything about an event except its content.
//!
//! Why it exists: it is what the leaf commits to and what a disclosure shows, so its bytes are the same for
//! everyone: a deterministic CBOR array of 11 items, drawn in `docs/storage.md`.

use minicbor::{Decode, Encode};

use crate::ids::{ActorRef, CommandId, EventId, Position, Revision, TimestampMs};
use crate::log::{DecodeError, Kind, Stream, Via, codec};

/// What the log states about an event. At most 120 bytes encoded for a text event (golden test).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// Dense place in the plan, also the Merkle leaf index.
    #[n(0)]
    pub position: Position,
    /// The stream it stands in.
    #[n(1)]
    pub stream: Stream,
    /// Dense place in that stream.
    #[n(2)]
    pub revision: Revision,
    /// Identity.
    #[n(3)]
    pub id: EventId,
    /// Kind and version of the payload.
    #[n(4)]
    pub kind: Kind,
    /// UTC; never decreasing within a plan.
    #[n(5)]
    pub recorded_at: TimestampMs,
    /// The actor: the position of its `actor.bound/1`.
    #[n(6)]
    pub who: ActorRef,
    /// By which way it came.
    #[n(7)]
    pub via: Via,
    /// The event that this one follows from.
    #[n(8)]
    pub causation: Option<EventId>,
    /// The command it belongs to.
    #[n(9)]
    pub correlation: Option<CommandId>,
    /// SHA-256(salt₂ ‖ payload).
    #[cbor(n(10), with = "minicbor::bytes")]
    pub payload_commitment: [u8; 32],
}

impl Envelope {
    /// The bytes that are committed to and disclosed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Envelope::encode`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`DecodeError`] on any other bytes, also on a longer form of the same values.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }
}
