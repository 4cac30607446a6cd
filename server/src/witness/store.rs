//! What a witness promised: per log the newest checkpoint it cosigned, one small file each.
//!
//! Why it exists: a cosignature means "the largest tree I have seen, and everything I cosigned before lies in it". That
//! stays true only if the file is durable before anybody gets the cosignature, and if no two requests for one log pass
//! each other; both are held here.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use schema::audit::witness::{AddCheckpoint, Refusal, Rules, decide};
use schema::audit::{NoteSignature, Origin, SignedCheckpoint, TreeHead, UnixSeconds, WitnessSigner};
use schema::ids::TimestampMs;
use schema::limits::WITNESS_LOGS_MAX;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::refused::Kept;
use crate::durable::{self, Readers};

/// The newest checkpoint of one log that was cosigned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promise {
    /// When, in seconds.
    pub cosigned_at: u64,
    /// With the log's signatures and the witness's own.
    pub note: SignedCheckpoint,
}

impl Promise {
    /// The log.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.note.checkpoint().origin
    }

    /// How far it was.
    #[must_use]
    pub const fn head(&self) -> TreeHead {
        self.note.checkpoint().head
    }
}

/// Every promise of a witness.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    refused: Kept,
    promises: Mutex<BTreeMap<String, Promise>>,
}

/// Why nothing was cosigned.
#[derive(Debug, thiserror::Error)]
pub enum NotCosigned {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The clock stands before the last cosignature: a witness does not sign a time that it knows to be wrong.
    #[error("the clock of this witness is behind its last cosignature; its operator must look at it")]
    Clock,
    /// As many logs are watched as may be.
    #[error("this witness watches as many logs as it can")]
    Full,
    /// The promise could not be made durable.
    #[error("the promise cannot be stored")]
    Files(#[from] io::Error),
}

/// What a witness judges with.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// Whom it trusts.
    pub rules: &'a Rules,
    /// With what it signs.
    pub signer: &'a WitnessSigner,
    /// The time.
    pub now: TimestampMs,
}

impl Store {
    /// Reads every promise in a directory.
    ///
    /// # Errors
    /// When one cannot be read: a witness that does not know what it promised must not start.
    pub fn open(directory: PathBuf) -> io::Result<Self> {
        let mut promises = BTreeMap::new();
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let bytes = std::fs::read(&path)?;
                let damaged = |error| io::Error::other(format!("{}: {error}", path.display()));
                let promise: Promise = serde_json::from_slice(&bytes).map_err(damaged)?;
                promises.insert(name_of(promise.origin()), promise);
            }
        }
        Ok(Self {
            refused: Kept::in_directory(directory.with_file_name("refused")),
            directory,
            promises: Mutex::new(promises),
        })
    }

    /// Judges a request, stores the promise, then cosigns. One request at a time.
    ///
    /// # Errors
    /// [`NotCosigned`]; then every promise is as it was.
    pub fn add(&self, request: &AddCheckpoint, judge: Judge<'_>) -> Result<NoteSignature, NotCosigned> {
        let mut promises = self.promises.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name_of(&request.checkpoint.checkpoint().origin);
        let before = promises.get(&name);
        let stored = before.map(Promise::head);
        let accepted = decide(stored.as_ref(), judge.rules, request).inspect_err(|refusal| {
            let what = (&request.checkpoint, refusal);
            if let Some(before) = before
                && let Err(error) = self.refused.keep(&name, before, what, judge.now.0)
            {
                tracing::error!("a checkpoint that was refused cannot be kept: {error}");
            }
        })?;
        if before.is_none() && promises.len() >= WITNESS_LOGS_MAX {
            return Err(NotCosigned::Full);
        }
        let at = UnixSeconds::from_ms(judge.now).ok_or(NotCosigned::Clock)?;
        if before.is_some_and(|before| at.get() < before.cosigned_at) {
            return Err(NotCosigned::Clock);
        }
        let cosignature = accepted.cosign(judge.signer, at);
        let promise = Promise {
            cosigned_at: at.get(),
            note: with_own(&request.checkpoint, judge.rules, &cosignature)?,
        };
        let bytes = serde_json::to_vec(&promise).map_err(io::Error::other)?;
        durable::replace(
            &self.directory.join(format!("{name}.json")),
            &bytes,
            Readers::Default,
        )?;
        promises.insert(name, promise);
        Ok(cosignature)
    }

    /// The newest checkpoint of the log whose origin has this SHA-256, in hexadecimal.
    #[must_use]
    pub fn promise(&self, name: &str) -> Option<Promise> {
        self.promises
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// Every promise.
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        self.promises
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }
}

/// The checkpoint with the signatures that were checked, and no others.
fn with_own(
    checkpoint: &SignedCheckpoint,
    rules: &Rules,
    own: &NoteSignature,
) -> io::Result<SignedCheckpoint> {
    let keys = rules.keys_for(&checkpoint.checkpoint().origin);
    let is_checked = |line: &&NoteSignature| {
        keys.iter()
            .any(|key| line.name() == key.name() && line.id() == key.id())
    };
    let note = checkpoint.note();
    let checked: String = note
        .signatures()
        .iter()
        .filter(is_checked)
        .map(NoteSignature::to_string)
        .collect();
    let text = format!("{}\n{checked}{own}", note.text());
    SignedCheckpoint::parse(text.as_bytes()).map_err(io::Error::other)
}

/// SHA-256 of the origin in hexadecimal: the name of its file and, by `tlog-witness`, of its address.
fn name_of(origin: &Origin) -> String {
    let digest: [u8; 32] = Sha256::digest(origin.as_str()).into();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
