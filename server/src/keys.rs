//! The server's signing keys: made at the first start, kept below `data/keys`, changed with an overlap.
//!
//! # Why it exists
//!
//! Every checkpoint is signed with the server's key under the name of the plan's log. Whoever checks must learn a new
//! key before the old one goes, so for `KEY_OVERLAP_MS` after a change both sign.
//!
//! # Invariants
//!
//! - A seed is in one file that only its owner may read, and in memory only while it signs.
//! - The newest key always signs, whatever the clock says; an older one until its time.
//! - What verifies stays for ever, so that old proofs can be checked; what signs is wiped once it may not any more.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schema::audit::note::{KeyError, KeyName};
use schema::audit::{LogKey, LogSigner, PlanOrigin};
use schema::ids::TimestampMs;
use schema::limits::{KEY_OVERLAP_MS, KEYS_PER_SIGNER_MAX};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock;
use crate::durable::{self, Readers};

/// What the files of keys begin with; a number of four digits and `.json` follow.
const FILE_PREFIX: &str = "log-key-";
/// The keys that were declared lost, one a line: the name of a log, `+`, and the id under that name.
const LOST_FILE: &str = "declared-lost";

/// The keys of a data directory.
#[derive(Debug, Clone)]
pub struct Keys {
    directory: PathBuf,
}

/// A key as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    public: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<Zeroizing<String>>,
    from_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until_ms: Option<u64>,
}

/// A key and the time it signs in, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPeriod {
    /// From 1, in the order in which they were made.
    pub number: u32,
    /// The key, named as asked.
    pub key: LogKey,
    /// Since when it signs.
    pub from: TimestampMs,
    /// Until when; nothing for the newest.
    pub until: Option<TimestampMs>,
}

/// Why there are no usable keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The files cannot be read or written.
    #[error("the keys in {directory} cannot be read or written")]
    Files {
        /// Where.
        directory: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not a key.
    #[error(
        "{0} is damaged: it does not hold a key. Move the directory `keys` away and put it back with `schrijftafel keys \
         restore`; if there is no copy, declare the keys lost with `schrijftafel keys rotate`"
    )]
    Damaged(String),
    /// Checkpoints were signed before, and the keys are gone.
    #[error(
        "checkpoints were signed here, but {0} holds no key: put it back from its backup, or declare it lost with \
         `schrijftafel keys rotate`"
    )]
    Lost(String),
    /// Others' keys lie there.
    #[error(
        "the newest checkpoint of {origin} was signed with the key {signed_with}, and {directory} holds only {held}: these \
         are not the keys that signed here. Put the right ones back; if they are lost, move {directory} away and declare \
         that with `schrijftafel keys rotate`. If they are there, {state} is damaged, in which that is written: put it back from \
         a copy"
    )]
    OfOthers {
        /// Whose log was signed.
        origin: PlanOrigin,
        /// The ids of the keys that signed it.
        signed_with: Box<str>,
        /// Where the keys are.
        directory: Box<str>,
        /// The ids, under the name of the same log, of the keys that are there.
        held: Box<str>,
        /// The file that tells which checkpoint is the newest.
        state: Box<str>,
    },
    /// A proof may name only so many keys.
    #[error("at most {KEYS_PER_SIGNER_MAX} keys can overlap; wait until an older one has ended")]
    TooMany,
}

impl Keys {
    /// The keys below a data directory, whether there are any or not.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self {
            directory: data.join("keys"),
        }
    }

    /// Makes the first key if there is none. `signed_before`: whether anything was signed here already.
    ///
    /// # Errors
    /// [`KeysError::Lost`] when a key must have been here; otherwise when the directory cannot be read or written.
    pub fn ensure(&self, signed_before: bool) -> Result<(), KeysError> {
        if self.are_there(signed_before)? {
            return Ok(());
        }
        self.make(1, clock::now_ms())
    }

    /// Whether there is a key, and all that are there can be read. Writes nothing.
    ///
    /// # Errors
    /// As [`Keys::ensure`].
    pub fn are_there(&self, signed_before: bool) -> Result<bool, KeysError> {
        let are_there = !self.periods(&own_name())?.is_empty();
        if signed_before && !are_there {
            return Err(KeysError::Lost(self.directory.display().to_string()));
        }
        Ok(are_there)
    }

    /// Makes a new key. The one before goes on signing beside it for `KEY_OVERLAP_MS`. A running server takes
    /// it up by itself.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn rotate(&self, now: TimestampMs) -> Result<(), KeysError> {
        self.retire(now)?;
        let stored = self.stored()?;
        let signing = stored.iter().filter(|(_, key)| key.seed.is_some()).count();
        if signing >= KEYS_PER_SIGNER_MAX {
            return Err(KeysError::TooMany);
        }
        let next = stored.last().map_or(1, |(number, _)| number + 1);
        // The new key first: were the power to go in between, two keys sign without an end, and none is missing.
        self.make(next, now)?;
        for (number, mut key) in stored {
            if key.until_ms.is_none() {
                key.until_ms = Some(now.0 + KEY_OVERLAP_MS);
                self.write(number, &key)?;
            }
        }
        Ok(())
    }

    /// Where they are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The keys that were declared lost.
    ///
    /// # Errors
    /// When the list of them cannot be read.
    pub fn declared_lost(&self) -> Result<BTreeSet<String>, KeysError> {
        let listed = durable::read(&self.directory.join(LOST_FILE)).map_err(|source| self.files(source))?;
        let listed = String::from_utf8_lossy(listed.as_deref().unwrap_or_default()).into_owned();
        Ok(listed.lines().map(str::to_owned).collect())
    }

    /// Lists more keys as lost.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn declare_lost(&self, keys: impl Iterator<Item = String>) -> Result<(), KeysError> {
        let lines: String = keys.map(|key| format!("{key}\n")).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let write = || {
            durable::make_directory(&self.directory, Readers::Owner)?;
            durable::append(&self.directory.join(LOST_FILE), lines.as_bytes())
        };
        write().map_err(|source| self.files(source))
    }

    /// Wipes the seeds of keys whose time is over.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn retire(&self, now: TimestampMs) -> Result<(), KeysError> {
        for (number, mut key) in self.stored()? {
            if key.seed.is_some() && key.until_ms.is_some_and(|until| until <= now.0) {
                key.seed = None;
                self.write(number, &key)?;
            }
        }
        Ok(())
    }

    /// Every key there was, oldest first, under one name.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn periods(&self, name: &KeyName) -> Result<Vec<KeyPeriod>, KeysError> {
        let stored = self.stored()?.into_iter();
        let period = |(number, key): (u32, Stored)| {
            Ok(KeyPeriod {
                number,
                key: key
                    .verifier(name)
                    .ok_or_else(|| KeysError::Damaged(self.name_of(number)))?,
                from: TimestampMs(key.from_ms),
                until: key.until_ms.map(TimestampMs),
            })
        };
        stored.map(period).collect()
    }

    /// What signs now, newest first, under one name.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn signers(&self, name: &KeyName, now: TimestampMs) -> Result<Vec<LogSigner>, KeysError> {
        let may_sign = |key: &Stored| key.until_ms.is_none_or(|until| now.0 < until);
        let signer = |(number, key): (u32, Stored)| {
            if !may_sign(&key) {
                return None;
            }
            let seed = key.seed?;
            let signer = decode(&seed).map(|seed| LogSigner::from_seed(name.clone(), &seed));
            Some(signer.ok_or_else(|| KeysError::Damaged(self.name_of(number))))
        };
        let signers: Vec<_> = self
            .stored()?
            .into_iter()
            .rev()
            .filter_map(signer)
            .collect::<Result<_, _>>()?;
        if signers.is_empty() {
            return Err(KeysError::Lost(self.directory.display().to_string()));
        }
        Ok(signers)
    }

    fn make(&self, number: u32, now: TimestampMs) -> Result<(), KeysError> {
        let seed = Zeroizing::new(clock::random_bytes::<32>());
        let public = LogSigner::from_seed(own_name(), &seed);
        let key = Stored {
            public: STANDARD.encode(public.verifier().public_bytes()),
            seed: Some(Zeroizing::new(STANDARD.encode(seed.as_slice()))),
            from_ms: now.0,
            until_ms: None,
        };
        self.write(number, &key)
    }

    fn write(&self, number: u32, key: &Stored) -> Result<(), KeysError> {
        let text =
            serde_json::to_string_pretty(key).expect("a key is text and numbers, which JSON can write");
        let text = Zeroizing::new(text);
        let write = || {
            durable::make_directory(&self.directory, Readers::Owner)?;
            durable::replace(
                &self.directory.join(file_name(number)),
                text.as_bytes(),
                Readers::Owner,
            )
        };
        write().map_err(|source| self.files(source))
    }

    fn stored(&self) -> Result<Vec<(u32, Stored)>, KeysError> {
        let listing = match std::fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => listing.map_err(|source| self.files(source))?,
        };
        let mut keys = Vec::new();
        for entry in listing {
            let name = entry.map_err(|source| self.files(source))?.file_name();
            let Some(number) = name.to_str().and_then(number_of) else {
                continue;
            };
            let bytes = std::fs::read(self.directory.join(&name)).map_err(|source| self.files(source))?;
            let bytes = Zeroizing::new(bytes);
            let key = serde_json::from_slice(&bytes).map_err(|_| KeysError::Damaged(self.name_of(number)))?;
            keys.push((number, key));
        }
        keys.sort_by_key(|(number, _)| *number);
        Ok(keys)
    }

    fn name_of(&self, number: u32) -> String {
        self.directory.join(file_name(number)).display().to_string()
    }

    fn files(&self, source: io::Error) -> KeysError {
        KeysError::Files {
            directory: self.directory.display().to_string(),
            source,
        }
    }
}

/// The name is no part of what is stored: each log has its own.
fn own_name() -> KeyName {
    "schrijftafel".parse().expect("a word is a key name")
}

impl Stored {
    fn verifier(&self, name: &KeyName) -> Option<LogKey> {
        let public = decode(&self.public)?;
        let key: Result<LogKey, KeyError> = LogKey::new(name.clone(), &public);
        key.ok()
    }
}

fn decode(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(STANDARD.decode(text).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

fn file_name(number: u32) -> String {
    format!("{FILE_PREFIX}{number:04}.json")
}

fn number_of(name: &str) -> Option<u32> {
    let number = name
        .strip_prefix(FILE_PREFIX)?
        .strip_suffix(".json")?
        .parse()
        .ok()?;
    (file_name(number) == name).then_some(number)
}
