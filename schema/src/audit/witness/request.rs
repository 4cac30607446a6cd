//! The body of `add-checkpoint`: the size the witness is at, a consistency proof from there, a checkpoint.

use std::fmt;

use crate::audit::checkpoint::{CheckpointError, parse_size};
use crate::audit::{SignedCheckpoint, TreeHash};
use crate::limits::{CONSISTENCY_PROOF_HASHES_MAX, WITNESS_REQUEST_BYTES_MAX};

/// A request to cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the tree that the proof begins at: what the witness last cosigned, 0 before that.
    pub old_size: u64,
    /// The consistency proof, at most `CONSISTENCY_PROOF_HASHES_MAX` hashes.
    pub proof: Vec<TreeHash>,
    /// What to cosign.
    pub checkpoint: SignedCheckpoint,
}

/// A body that is not a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Larger than `WITNESS_REQUEST_BYTES_MAX`.
    #[error("a request has at most {WITNESS_REQUEST_BYTES_MAX} bytes")]
    TooLong,
    /// Not lines of text, an empty line, and a checkpoint.
    #[error("a request is an old size, a proof, an empty line and a checkpoint")]
    Shape,
    /// The first line.
    #[error("the first line is the word old, a space, and a size without leading zeroes")]
    OldSize,
    /// A line of the proof.
    #[error("line {0} of the proof is not base64 of 32 bytes")]
    Hash(usize),
    /// Too many lines of proof.
    #[error("a proof has at most {CONSISTENCY_PROOF_HASHES_MAX} hashes")]
    TooManyHashes,
    /// What follows the empty line.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`RequestError`] on anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > WITNESS_REQUEST_BYTES_MAX {
            return Err(RequestError::TooLong);
        }
        let body = std::str::from_utf8(bytes).map_err(|_| RequestError::Shape)?;
        let (opening, checkpoint) = body.split_once("\n\n").ok_or(RequestError::Shape)?;
        let mut lines = opening.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old "));
        Ok(Self {
            old_size: old_size.and_then(parse_size).ok_or(RequestError::OldSize)?,
            proof: parse_proof(lines)?,
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }
}

fn parse_proof<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<TreeHash>, RequestError> {
    let mut proof = Vec::new();
    for (number, line) in lines.enumerate() {
        if number >= CONSISTENCY_PROOF_HASHES_MAX {
            return Err(RequestError::TooManyHashes);
        }
        proof.push(line.parse().map_err(|_| RequestError::Hash(number))?);
    }
    Ok(proof)
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
