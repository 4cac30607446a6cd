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
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::Dir;

/// sled's files.
#[derive(Debug)]
pub(super) struct Platter {
    db: File,
    path: PathBuf,
    blobs: Mutex<Blobs>,
}

/// The directory of blobs. It stays open: it is read at every flush.
#[derive(Debug)]
struct Blobs {
    directory: Dir,
    /// Names of those that were flushed. sled writes a blob once.
    flushed: BTreeSet<OsString>,
}

impl Platter {
    /// Of an opened database. Blobs that are there already are flushed with the next ones: nobody knows whether
    /// they were.
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        let path = directory.join("blobs");
        let blobs = Blobs {
            directory: Dir::new(File::open(&path)?)?,
            flushed: BTreeSet::new(),
        };
        Ok(Self {
            db: File::open(directory.join("db"))?,
            path,
            blobs: Mutex::new(blobs),
        })
    }

    /// Makes durable what sled has flushed. Blobs go first: the file refers to them.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.flush_blobs()?;
        self.db.sync_data()
    }

    fn flush_blobs(&self) -> io::Result<()> {
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut there = BTreeSet::new();
        let mut is_new = false;
        blobs.directory.rewind();
        while let Some(entry) = blobs.directory.read() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if matches!(name.as_bytes(), b"." | b"..") {
                continue;
            }
            if !blobs.flushed.contains(name) {
                is_new |= flush_blob(&self.path.join(name))?;
            }
            there.insert(name.to_owned());
        }
        if is_new {
            File::open(&self.path)?.sync_all()?;
        }
        blobs.flushed = there;
        Ok(())
    }

    /// The blobs that were flushed, by name.
    #[cfg(test)]
    pub(super) fn flushed(&self) -> BTreeSet<OsString> {
        let blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        blobs.flushed.clone()
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
