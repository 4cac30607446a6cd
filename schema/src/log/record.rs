//! The stored record: envelope and payload behind salted commitments, the public leaf, the hash chain.

use std::sync::Arc;

use crate::ids::{PlanId, Position};
use crate::log::Envelope;

/// Two salts of 32 random bytes; without them the commitments say nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salts {
    /// salt₁, before the envelope.
    pub envelope: [u8; 32],
    /// salt₂, before the payload.
    pub payload: [u8; 32],
}

impl std::fmt::Debug for Salts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salts(…)")
    }
}

/// An event's content as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// As it was appended, with its salt₂.
    Present {
        /// salt₂.
        salt: [u8; 32],
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// Erased on a recorded ground; the commitment in the envelope stays.
    Erased,
}

impl Payload {
    /// The bytes, unless erased.
    #[must_use]
    pub fn bytes(&self) -> Option<&Arc<[u8]>> {
        match self {
            Self::Present { bytes, .. } => Some(bytes),
            Self::Erased => None,
        }
    }
}

/// What the Merkle tree and the public tiles hold: says nothing about who worked when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The plan.
    pub plan: PlanId,
    /// The place in it.
    pub position: Position,
    /// SHA-256(salt₁ ‖ envelope).
    pub envelope_commitment: [u8; 32],
}

/// One event as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The envelope.
    pub envelope: Envelope,
    /// salt₁.
    pub envelope_salt: [u8; 32],
    /// The content.
    pub payload: Payload,
    /// SHA-256(previous chain value ‖ leaf bytes); 32 zero bytes before position 0.
    pub chain: [u8; 32],
}
