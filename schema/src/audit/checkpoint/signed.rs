//! A checkpoint with the signatures under it: of the log, and of whoever cosigned.
//!
//! Why it exists: signatures are over the text as it came, facts are read from its lines; this type keeps both
//! together, so that nobody checks the signature of one text and believes another.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Checkpoint, CheckpointError};
use crate::audit::note::{BadSignature, LogKey, LogSigner, Note, NoteError, NoteSignature};

/// A checkpoint as it is stored, published and sent; its text is a signed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// Why a checkpoint does not count as the log's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogSignatureError {
    /// A signature claims a trusted key and fails.
    #[error(transparent)]
    Bad(#[from] BadSignature),
    /// No trusted key signed.
    #[error("no trusted key of the log signed the checkpoint")]
    Missing,
}

impl SignedCheckpoint {
    /// Signs a checkpoint for the log. The signer's name is the origin, by custom.
    ///
    /// # Errors
    /// [`NoteError`] when no note can carry it.
    pub fn sign(checkpoint: Checkpoint, signer: &LogSigner) -> Result<Self, NoteError> {
        let mut note = Note::new(checkpoint.to_string())?;
        note.sign(signer)?;
        Ok(Self { checkpoint, note })
    }

    /// Adds a signature of another key of the log, while keys change.
    ///
    /// # Errors
    /// [`NoteError`] when the note would become too long.
    pub fn sign_also(&mut self, signer: &LogSigner) -> Result<(), NoteError> {
        self.note.sign(signer)
    }

    /// Adds a signature made elsewhere, unchecked: who relies on it names the key.
    ///
    /// # Errors
    /// [`NoteError`] when the note would become too long.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        self.note.add(signature)
    }

    /// Reads a signed note whose text is a checkpoint. No signature is checked yet.
    ///
    /// # Errors
    /// [`CheckpointError`] on anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = note.text().parse()?;
        Ok(Self { checkpoint, note })
    }

    /// What it states.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The text and the signatures.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Whether at least one of the log's keys signed it, and none of them is claimed falsely.
    ///
    /// # Errors
    /// [`LogSignatureError`] when not.
    pub fn verify_log(&self, keys: &[LogKey]) -> Result<(), LogSignatureError> {
        let mut is_signed = false;
        for key in keys {
            is_signed |= self.note.is_signed_by(key)?;
        }
        if is_signed {
            Ok(())
        } else {
            Err(LogSignatureError::Missing)
        }
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl Serialize for SignedCheckpoint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignedCheckpoint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Self::parse(text.as_bytes()).map_err(serde::de::Error::custom)
    }
}
