//! The checkpoints that a witness refused to cosign because they do not continue what it cosigned: what it shows of a log that was
//! signed twice.
//!
//! Why it exists: a log's signature under another history than the cosigned one is the evidence that whoever runs it signed both,
//! and the server that sent it will not send it again.
//!
//! # Invariants
//!
//! - Kept is only what the log's own key signed.
//! - Anybody can send a checkpoint that is public with a proof that proves nothing, and fill a disk with them. So of those only
//!   `REFUSED_KEPT_MAX` are kept of a log; of as many events as were cosigned, with another root, every one: that alone shows two
//!   histories, and only the log's key can make it.

use std::io;
use std::path::{Path, PathBuf};

use schema::audit::SignedCheckpoint;
use schema::audit::witness::Refusal;
use serde::{Deserialize, Serialize};

use super::store::Promise;
use crate::durable::{self, Readers};

/// How many are kept of a log of those that show two histories only together with what the log answers about them.
const REFUSED_KEPT_MAX: usize = 100;

/// A refused checkpoint beside the cosigned one that it does not continue.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// When it was refused, UTC ms by the witness's clock.
    pub refused_at_ms: u64,
    /// Why.
    pub reason: String,
    /// What was refused, with its signatures as they came.
    pub refused: SignedCheckpoint,
    /// What the witness had cosigned, with the log's signature and its own.
    pub cosigned: SignedCheckpoint,
}

/// Where the refused checkpoints lie.
#[derive(Debug)]
pub(super) struct Kept {
    directory: PathBuf,
}

impl Kept {
    pub(super) const fn in_directory(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Keeps a checkpoint that was refused, if it tells of another history; each once. `log` is the name of the log's files.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn keep(
        &self,
        log: &str,
        promise: &Promise,
        (refused, refusal): (&SignedCheckpoint, &Refusal),
        now: u64,
    ) -> io::Result<()> {
        let head = refused.checkpoint().head;
        let cosigned = promise.head();
        // These are refused after the log's signature was found to hold.
        let shows_two = head.size == cosigned.size
            && head.root != cosigned.root
            && matches!(
                refusal,
                Refusal::NotConsistent(_) | Refusal::Conflict { .. } | Refusal::OldSizeTooLarge
            );
        if !shows_two && !matches!(refusal, Refusal::NotConsistent(_)) {
            return Ok(());
        }
        let directory = self.directory.join(log);
        let root: String = head
            .root
            .as_bytes()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = directory.join(format!("{}-{root}.json", head.size));
        if path.exists() || (!shows_two && files_in(&directory)? >= REFUSED_KEPT_MAX) {
            return Ok(());
        }
        durable::make_directory(&directory, Readers::Default)?;
        let kept = Refused {
            refused_at_ms: now,
            reason: refusal.to_string(),
            refused: refused.clone(),
            cosigned: promise.note.clone(),
        };
        let bytes = serde_json::to_vec_pretty(&kept).map_err(io::Error::other)?;
        durable::replace(&path, &bytes, Readers::Default)?;
        tracing::error!("what was refused is kept in {}: it is evidence", path.display());
        Ok(())
    }
}

fn files_in(directory: &Path) -> io::Result<usize> {
    match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        entries => Ok(entries?.count()),
    }
}
