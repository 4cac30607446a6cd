//! What a witness answers, and how the log reads it.
//!
//! Why it exists: an answer comes from a stranger's program. Only signatures by the keys that the log knows are
//! taken over, each of them checked against the checkpoint it was asked for.

use crate::audit::checkpoint::parse_size;
use crate::audit::note::{self, BadSignature, NoteError, NoteSignature};
use crate::audit::{SignedCheckpoint, WitnessKey};
use crate::limits::NOTE_BYTES_MAX;

/// Content type of the body of a conflict: the size that the witness is at.
pub const SIZE_CONTENT_TYPE: &str = "text/x.tlog.size";

/// An answer that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not signature lines, or too many.
    #[error("the answer is not a sequence of signature lines")]
    Malformed(#[from] NoteError),
    /// A signature claims a known witness and fails.
    #[error(transparent)]
    Bad(#[from] BadSignature),
    /// No signature of a known witness.
    #[error("the answer has no signature of a known witness")]
    NoneKnown,
}

/// The body of a success: one line per signature.
#[must_use]
pub fn answer(cosignatures: &[NoteSignature]) -> String {
    cosignatures.iter().map(NoteSignature::to_string).collect()
}

/// The size in the body of a conflict.
#[must_use]
pub fn parse_conflict(body: &[u8]) -> Option<u64> {
    parse_size(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}

impl SignedCheckpoint {
    /// Takes over the cosignatures of known witnesses from the body of an answer; those of unknown keys are
    /// left out. Answers how many there were.
    ///
    /// # Errors
    /// [`AnswerError`]; then the checkpoint is as it was.
    pub fn add_answer(&mut self, body: &[u8], known: &[WitnessKey]) -> Result<usize, AnswerError> {
        if body.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong.into());
        }
        let body = std::str::from_utf8(body).map_err(|_| NoteError::NotText)?;
        let mut cosigned = self.clone();
        let mut count = 0;
        for line in note::parse_lines(body)? {
            let is_by = |key: &&WitnessKey| line.name() == key.name() && line.id() == key.id();
            let Some(key) = known.iter().find(is_by) else {
                continue;
            };
            cosigned.add(line)?;
            cosigned.cosigned_at(key)?;
            count += 1;
        }
        if count == 0 {
            return Err(AnswerError::NoneKnown);
        }
        *self = cosigned;
        Ok(count)
    }
}
