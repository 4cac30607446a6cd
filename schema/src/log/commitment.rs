//! What is hashed: the two salted commitments, the public leaf, the chain over leaves.
//!
//! Why it exists: server, browser and verifier must hash the same bytes. The salts always have 32 bytes and
//! stand first, so no salt and content can be split in another way.

use sha2::{Digest, Sha256};

use crate::ids::{PlanId, Position};
use crate::log::DecodeError;

/// First byte of every leaf: the format of envelope, leaf and commitments together.
pub const LEAF_FORMAT: u8 = 1;
/// Length of a leaf's bytes.
pub const LEAF_BYTES: usize = 57;
/// The chain value before position 0.
pub const CHAIN_START: [u8; 32] = [0; 32];

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

impl Leaf {
    /// Format version ‖ plan id ‖ position (8 bytes, big endian) ‖ envelope commitment.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LEAF_BYTES] {
        let position = self.position.0.to_be_bytes();
        let parts = [LEAF_FORMAT]
            .iter()
            .chain(self.plan.as_bytes())
            .chain(&position)
            .chain(&self.envelope_commitment);
        let mut bytes = [0; LEAF_BYTES];
        for (to, from) in bytes.iter_mut().zip(parts) {
            *to = *from;
        }
        bytes
    }

    /// Reads what [`Leaf::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] on another length or format version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bytes: &[u8; LEAF_BYTES] = bytes.try_into().map_err(|_| {
            DecodeError::Malformed(format!("a leaf has {LEAF_BYTES} bytes, not {}", bytes.len()))
        })?;
        let [format, rest @ ..] = bytes;
        if *format != LEAF_FORMAT {
            return Err(DecodeError::Malformed(format!("unknown leaf format {format}")));
        }
        let (plan, rest) = rest
            .split_first_chunk::<16>()
            .expect("a leaf holds 16 bytes of plan id");
        let (position, rest) = rest
            .split_first_chunk::<8>()
            .expect("a leaf holds 8 bytes of position");
        let (commitment, _) = rest.split_first_chunk::<32>().expect("a leaf holds a commitment");
        Ok(Self {
            plan: PlanId::from_bytes(*plan),
            position: Position(u64::from_be_bytes(*position)),
            envelope_commitment: *commitment,
        })
    }
}

/// SHA-256(salt₁ ‖ envelope bytes).
#[must_use]
pub fn of_envelope(salt: &[u8; 32], envelope: &[u8]) -> [u8; 32] {
    sha256(salt, envelope)
}

/// SHA-256(salt₂ ‖ payload bytes).
#[must_use]
pub fn of_payload(salt: &[u8; 32], payload: &[u8]) -> [u8; 32] {
    sha256(salt, payload)
}

/// SHA-256(previous chain value ‖ leaf bytes).
#[must_use]
pub fn chain(previous: &[u8; 32], leaf: &Leaf) -> [u8; 32] {
    sha256(previous, &leaf.to_bytes())
}

fn sha256(first: &[u8; 32], second: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(first);
    hasher.update(second);
    hasher.finalize().into()
}
