//! The file behind the accounts.
//!
//! Why one file, written whole at every change: who was forgotten must be nowhere in the data directory, and an
//! engine that keeps old pages, as a log-structured one does, keeps what it was asked to forget. A region's people
//! and sessions are a few hundred kilobytes, and change a few times a minute.
//!
//! # Invariants
//!
//! - The file is there wholly or not at all, and what is in memory is what it holds.
//! - One process has it: a lock lies beside it.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::AccountsError;
use super::contents::Contents;
use super::devices::Devices;
use crate::durable::{self, Readers};

const FILE: &str = "accounts.json";
const LOCK: &str = "lock";

/// Contents, and where they are kept.
#[derive(Debug)]
pub(super) struct Store {
    contents: RwLock<Arc<Contents>>,
    /// None for a store that is gone with its last handle. Held while a change is made.
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// Locked as long as this lives.
    _lock: File,
}

impl Store {
    /// The store of a directory, which is made if need be.
    pub(super) fn open(directory: &Path) -> Result<Self, AccountsError> {
        durable::make_directory(directory, Readers::Owner)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => AccountsError::InUse,
            TryLockError::Error(error) => AccountsError::File(error),
        })?;
        let path = directory.join(FILE);
        let contents = match durable::read(&path)? {
            Some(bytes) => Contents::read(&bytes).map_err(AccountsError::in_file(&path))?.0,
            None => Contents::default(),
        };
        let store = Self::in_memory(contents);
        *store.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept { path, _lock: lock });
        Ok(store)
    }

    /// What the store of a directory holds, if there is one; writes nothing.
    pub(super) fn look(directory: &Path) -> Result<Option<Contents>, AccountsError> {
        let path = directory.join(FILE);
        let read = |bytes: Vec<u8>| Contents::read(&bytes).map_err(AccountsError::in_file(&path));
        Ok(durable::read(&path)?
            .map(read)
            .transpose()?
            .map(|(contents, _)| contents))
    }

    /// A store that is gone with its last handle.
    pub(super) fn in_memory(contents: Contents) -> Self {
        Self {
            contents: RwLock::new(Arc::new(contents)),
            kept: Mutex::new(None),
        }
    }

    /// What it holds.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Arc<Contents>> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change. It is durable when this returns; when it fails, nothing has changed.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Contents) -> T) -> Result<T, AccountsError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut contents = Contents::clone(&self.read());
        let answer = change(&mut contents);
        if contents != **self.read() {
            if let Some(kept) = kept.as_ref() {
                durable::replace(
                    &kept.path,
                    &contents.written(&Devices::default())?,
                    Readers::Owner,
                )?;
            }
            *self.contents.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(contents);
        }
        Ok(answer)
    }
}

impl From<io::Error> for AccountsError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}
