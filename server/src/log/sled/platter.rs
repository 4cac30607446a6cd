//! Bringing to the disk what sled calls flushed.
//!
//! # Why it exists
//!
//! On Linux sled 0.34.7 flushes with `sync_file_range`, which hands pages to the disk but neither empties the disk's
//! own cache nor writes the file's length; and values too large for its file go to files in `blobs` that it never
//! flushes at all. That survives a killed process, not a loss of power. "Durable when answered" asks for more, so
//! after sled's flush its file is flushed in earnest, and so is every blob that has not been yet.
//!
//! A price: an append costs what a flush of the disk costs, as it does for every log that keeps this promise.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// sled's files.
#[derive(Debug)]
pub(super) struct Platter {
    db: File,
    blobs: PathBuf,
    /// Names of blobs that were flushed. sled writes a blob once.
    flushed: Mutex<BTreeSet<OsString>>,
}

impl Platter {
    /// Of an opened database. Blobs that are there already are flushed with the next ones: nobody knows whether
    /// they were.
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        Ok(Self {
            db: File::open(directory.join("db"))?,
            blobs: directory.join("blobs"),
            flushed: Mutex::default(),
        })
    }

    /// Makes durable what sled has flushed. Blobs go first: the file refers to them.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.flush_blobs()?;
        self.db.sync_data()
    }

    fn flush_blobs(&self) -> io::Result<()> {
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut there = BTreeSet::new();
        let mut is_new = false;
        for entry in fs::read_dir(&self.blobs)? {
            let name = entry?.file_name();
            if !flushed.contains(&name) {
                is_new |= flush_blob(&self.blobs.join(&name))?;
            }
            there.insert(name);
        }
        if is_new {
            File::open(&self.blobs)?.sync_all()?;
        }
        *flushed = there;
        Ok(())
    }

    /// The blobs that were flushed, by name.
    #[cfg(test)]
    pub(super) fn flushed(&self) -> BTreeSet<OsString> {
        self.flushed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Whether it was there: sled removes blobs that nothing refers to any more.
fn flush_blob(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Ok(blob) => blob.sync_all().map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
