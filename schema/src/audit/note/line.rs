//! One signature line of a note: `— name base64(key id ‖ signature)`.
//!
//! Why it exists: lines of unknown keys and unknown kinds of signature are carried along unread, so a line is
//! kept as it came.

use std::fmt;

use super::{KeyId, KeyName};
use crate::audit::base64_text;

/// A signature that names its key; whether it is one only the key can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: KeyId,
    bytes: Vec<u8>,
}

impl NoteSignature {
    pub(in crate::audit) const fn new(name: KeyName, id: KeyId, bytes: Vec<u8>) -> Self {
        Self { name, id, bytes }
    }

    /// Reads a line, given without its end.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("— ")?.split_once(' ')?;
        let decoded = base64_text::decode(rest)?;
        let (id, bytes) = decoded.split_first_chunk::<4>()?;
        if bytes.is_empty() {
            return None;
        }
        Some(Self::new(
            name.parse().ok()?,
            KeyId(u32::from_be_bytes(*id)),
            bytes.to_vec(),
        ))
    }

    /// Name of the key.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Id of the key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What the key made, in the form of its kind of signature.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length of the line with its end: dash, spaces and end take 6 bytes, base64 four for every three.
    pub(super) fn line_bytes(&self) -> usize {
        self.name.as_str().len() + 6 + (self.bytes.len() + 4).div_ceil(3) * 4
    }
}

/// The line with its end, as it stands in a note and in the answer of a witness.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = [&self.id.0.to_be_bytes(), self.bytes.as_slice()].concat();
        writeln!(f, "— {} {}", self.name, base64_text::encode(&signature))
    }
}
