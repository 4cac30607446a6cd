//! What a witness does with a checkpoint (C2SP `tlog-witness`): a pure decision over what it has stored.
//!
//! # Why it exists
//!
//! A witness is the simplest program with a duty: it remembers, per log, one size and one root, and cosigns only
//! what it can prove to be a continuation. The duty is here, without sockets and files, so that every path of it
//! is tested and the parties can read it.
//!
//! # Invariants
//!
//! - [`decide`] answers in the order of `tlog-witness`; nothing is cosigned that does not continue what is stored.
//! - Whoever calls [`decide`] stores [`Accepted::state`] durably *before* it answers, and lets no other request
//!   for the same origin in between: a state that goes backwards breaks the promise of every cosignature.

mod answer;
mod request;
mod rules;
#[cfg(test)]
mod tests;

pub use answer::{AnswerError, SIZE_CONTENT_TYPE, answer, parse_conflict};
pub use request::{AddCheckpoint, RequestError};
pub use rules::{OriginPrefix, Rule, Rules, Scope};

use super::checkpoint::LogSignatureError;
use super::merkle::{self, NotProved};
use super::note::NoteSignature;
use super::{SignedCheckpoint, TreeHead, UnixSeconds, WitnessSigner};

/// A checkpoint that the witness cosigns once it has stored the new state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted<'a> {
    /// What the witness knows of the log from now on.
    pub state: TreeHead,
    /// What to cosign.
    pub checkpoint: &'a SignedCheckpoint,
}

impl Accepted<'_> {
    /// Cosigns, after the state was stored.
    #[must_use]
    pub fn cosign(&self, signer: &WitnessSigner, at: UnixSeconds) -> NoteSignature {
        signer.cosign(self.checkpoint, at)
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not one.
    #[error(transparent)]
    Malformed(#[from] RequestError),
    /// The witness knows no key for this log.
    #[error("this witness does not know the log")]
    UnknownOrigin,
    /// The log did not sign.
    #[error(transparent)]
    Signature(#[from] LogSignatureError),
    /// The proof is said to begin after the checkpoint.
    #[error("the old size is larger than the checkpoint")]
    OldSizeTooLarge,
    /// The proof does not begin where the witness is.
    #[error("the witness has cosigned a tree of {stored_size} leaves")]
    Conflict {
        /// Where the witness is.
        stored_size: u64,
    },
    /// The checkpoint does not continue what the witness has cosigned.
    #[error("the checkpoint is not proved to continue the log: {0}")]
    NotConsistent(#[from] NotProved),
}

impl Refusal {
    /// The HTTP status that `tlog-witness` gives the refusal.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldSizeTooLarge => 400,
            Self::Signature(_) => 403,
            Self::UnknownOrigin => 404,
            Self::Conflict { .. } => 409,
            Self::NotConsistent(_) => 422,
        }
    }

    /// Content type and body of the answer.
    #[must_use]
    pub fn body(&self) -> (&'static str, String) {
        match self {
            Self::Conflict { stored_size } => (SIZE_CONTENT_TYPE, format!("{stored_size}\n")),
            other => ("text/plain; charset=utf-8", format!("{other}\n")),
        }
    }
}

/// Whether the witness cosigns. `stored` is what it has for the origin of the request: nothing before the first
/// checkpoint.
///
/// # Errors
/// [`Refusal`], by the first rule that is broken; then what is stored stays as it is.
pub fn decide<'a>(
    stored: Option<&TreeHead>,
    rules: &Rules,
    request: &'a AddCheckpoint,
) -> Result<Accepted<'a>, Refusal> {
    let checkpoint = &request.checkpoint;
    let keys = rules.keys_for(&checkpoint.checkpoint().origin);
    if keys.is_empty() {
        return Err(Refusal::UnknownOrigin);
    }
    checkpoint.verify_log(&keys)?;
    let state = checkpoint.checkpoint().head;
    if request.old_size > state.size {
        return Err(Refusal::OldSizeTooLarge);
    }
    let stored = stored.copied().unwrap_or_else(TreeHead::empty);
    if request.old_size != stored.size {
        return Err(Refusal::Conflict {
            stored_size: stored.size,
        });
    }
    merkle::verify_consistency(&stored, &state, &request.proof)?;
    Ok(Accepted { state, checkpoint })
}
