//! The stored record: envelope and payload behind salted commitments, with its place in the hash chain.
//!
//! Why it exists: the salts make the public leaf say nothing about who worked when, and let content be erased
//! while every proof stays valid. An engine stores [`Record::encode`] and adds only its own framing.

use std::sync::Arc;

use crate::ids::PlanId;
use crate::log::commitment::{self, Leaf};
use crate::log::{DecodeError, Envelope, codec};

mod storage;

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

/// salt₁, or what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeSalt {
    /// The 32 random bytes before the envelope.
    Present([u8; 32]),
    /// Erased on a recorded ground: nobody can link the leaf to an envelope any more.
    Erased {
        /// SHA-256(salt₁ ‖ envelope) as it was, because the leaf still needs it.
        commitment: [u8; 32],
    },
}

/// One event as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The envelope.
    pub envelope: Envelope,
    /// salt₁.
    pub envelope_salt: EnvelopeSalt,
    /// The content.
    pub payload: Payload,
    /// SHA-256(previous chain value ‖ leaf bytes); 32 zero bytes before position 0.
    pub chain: [u8; 32],
}

impl Record {
    /// Seals an event: both commitments, and the chain value after `previous_chain`.
    /// The envelope's `payload_commitment` is set here.
    #[must_use]
    pub fn seal(
        plan: PlanId,
        previous_chain: &[u8; 32],
        mut envelope: Envelope,
        salts: Salts,
        payload: Arc<[u8]>,
    ) -> Self {
        envelope.payload_commitment = commitment::of_payload(&salts.payload, &payload);
        let leaf = Leaf {
            plan,
            position: envelope.position,
            envelope_commitment: commitment::of_envelope(&salts.envelope, &envelope.encode()),
        };
        Self {
            envelope,
            envelope_salt: EnvelopeSalt::Present(salts.envelope),
            payload: Payload::Present {
                salt: salts.payload,
                bytes: payload,
            },
            chain: commitment::chain(previous_chain, &leaf),
        }
    }

    /// The public leaf.
    #[must_use]
    pub fn leaf(&self, plan: PlanId) -> Leaf {
        let envelope_commitment = match &self.envelope_salt {
            EnvelopeSalt::Present(salt) => commitment::of_envelope(salt, &self.envelope.encode()),
            EnvelopeSalt::Erased { commitment } => *commitment,
        };
        Leaf {
            plan,
            position: self.envelope.position,
            envelope_commitment,
        }
    }

    /// Whether this record follows `previous_chain` and its payload, if present, is the one committed to.
    #[must_use]
    pub fn is_proved_after(&self, plan: PlanId, previous_chain: &[u8; 32]) -> bool {
        self.chain == commitment::chain(previous_chain, &self.leaf(plan)) && self.payload_is_committed()
    }

    fn payload_is_committed(&self) -> bool {
        match &self.payload {
            Payload::Present { salt, bytes } => {
                commitment::of_payload(salt, bytes) == self.envelope.payload_commitment
            }
            Payload::Erased => true,
        }
    }

    /// Takes salt₂ and payload away. The commitment in the envelope stays, so proofs and chain hold.
    pub fn erase_payload(&mut self) {
        self.payload = Payload::Erased;
    }

    /// Takes salt₁ away and leaves the commitment it made, so the leaf and the chain hold.
    pub fn erase_envelope_salt(&mut self, plan: PlanId) {
        let commitment = self.leaf(plan).envelope_commitment;
        self.envelope_salt = EnvelopeSalt::Erased { commitment };
    }

    /// The bytes an engine stores.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Writes the bytes an engine stores behind others.
    pub fn encode_into(&self, to: &mut Vec<u8>) {
        codec::encode_into(self, to);
    }

    /// Reads what [`Record::encode`] wrote in this or any earlier format version, and nothing else.
    ///
    /// # Errors
    /// [`DecodeError`] on any other bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        codec::decode(bytes)
    }
}
