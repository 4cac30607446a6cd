//! What is shown of one event: its leaf alone, the envelope behind it, or envelope and payload.
//!
//! # Why it exists
//!
//! The tree holds salted commitments. Whoever may see an event gets the salts that open them, as far as the
//! right goes; whoever may not can still see that something stands at its place. Of an erased event the leaf
//! remains, and the envelope where only the payload went, and both are proved as before.

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::base64_text;
use crate::ids::PlanId;
use crate::log::{DecodeError, Envelope, EnvelopeSalt, Leaf, Payload, Record, commitment};

/// How much of an event somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// That something stands there.
    Leaf,
    /// What kind of event, when, by which actor.
    Envelope,
    /// Also its content.
    Everything,
}

/// One event, shown as far as a right goes. In JSON, bytes are base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Disclosure {
    /// What stands in the tree.
    #[serde(with = "leaf_text")]
    pub leaf: Leaf,
    /// What the leaf commits to; absent where it is withheld or salt₁ was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<OpenedEnvelope>,
}

/// salt₁ and the envelope.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenedEnvelope {
    /// salt₁.
    #[serde(with = "base64_text")]
    pub salt: [u8; 32],
    /// The bytes of the envelope.
    #[serde(with = "base64_text")]
    pub bytes: Vec<u8>,
    /// What the envelope commits to; absent where it is withheld or erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<OpenedPayload>,
}

/// salt₂ and the payload.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenedPayload {
    /// salt₂.
    #[serde(with = "base64_text")]
    pub salt: [u8; 32],
    /// The bytes of the payload.
    #[serde(with = "base64_text")]
    pub bytes: Vec<u8>,
}

/// What a disclosure shows, once it is checked against its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The envelope.
    pub envelope: Envelope,
    /// The payload, where it is shown.
    pub payload: Option<&'a [u8]>,
}

/// A disclosure that is not what its leaf commits to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// Another envelope, or another salt.
    #[error("the leaf does not commit to this envelope")]
    Envelope,
    /// Committed to, but not an envelope.
    #[error("what the leaf commits to is not an envelope")]
    NotAnEnvelope(#[source] DecodeError),
    /// The envelope is that of another place.
    #[error("the envelope states another position than its leaf")]
    Position,
    /// Another payload, or another salt.
    #[error("the envelope does not commit to this payload")]
    Payload,
}

impl Disclosure {
    /// Shows a stored event up to `extent`, or as much of it as was not erased.
    #[must_use]
    pub fn of(record: &Record, plan: PlanId, extent: Extent) -> Self {
        let payload = match &record.payload {
            Payload::Present { salt, bytes } if extent >= Extent::Everything => Some(OpenedPayload {
                salt: *salt,
                bytes: bytes.to_vec(),
            }),
            Payload::Present { .. } | Payload::Erased => None,
        };
        let envelope = match record.envelope_salt {
            EnvelopeSalt::Present(salt) if extent >= Extent::Envelope => Some(OpenedEnvelope {
                salt,
                bytes: record.envelope.encode(),
                payload,
            }),
            EnvelopeSalt::Present(_) | EnvelopeSalt::Erased { .. } => None,
        };
        Self {
            leaf: record.leaf(plan),
            envelope,
        }
    }

    /// Checks what is shown against the leaf. Nothing for a leaf alone.
    ///
    /// # Errors
    /// [`DisclosureError`] when the leaf commits to something else.
    pub fn check(&self) -> Result<Option<Shown<'_>>, DisclosureError> {
        let Some(opened) = &self.envelope else {
            return Ok(None);
        };
        if commitment::of_envelope(&opened.salt, &opened.bytes) != self.leaf.envelope_commitment {
            return Err(DisclosureError::Envelope);
        }
        let envelope = Envelope::decode(&opened.bytes).map_err(DisclosureError::NotAnEnvelope)?;
        if envelope.position != self.leaf.position {
            return Err(DisclosureError::Position);
        }
        if let Some(payload) = &opened.payload
            && commitment::of_payload(&payload.salt, &payload.bytes) != envelope.payload_commitment
        {
            return Err(DisclosureError::Payload);
        }
        let payload = opened.payload.as_ref().map(|payload| payload.bytes.as_slice());
        Ok(Some(Shown { envelope, payload }))
    }
}

/// Salts open commitments, so they do not go into a log of messages.
impl fmt::Debug for OpenedEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "OpenedEnvelope({} bytes, {:?})",
            self.bytes.len(),
            self.payload
        )
    }
}

impl fmt::Debug for OpenedPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenedPayload({} bytes)", self.bytes.len())
    }
}

mod leaf_text {
    //! A leaf in JSON is its bytes in base64: they are what is hashed.
    use serde::{Deserializer, Serializer, de::Error};

    use super::{Leaf, base64_text};

    pub(super) fn serialize<S: Serializer>(leaf: &Leaf, to: S) -> Result<S::Ok, S::Error> {
        base64_text::serialize(&leaf.to_bytes(), to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Leaf, D::Error> {
        let bytes: Vec<u8> = base64_text::deserialize(from)?;
        Leaf::from_bytes(&bytes).map_err(D::Error::custom)
    }
}
