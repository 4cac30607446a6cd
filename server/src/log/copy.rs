//! A copy of a log's files beside the log, for whoever only looks; of a log on a disk that may only be read, in the
//! system's directory for temporary files.
//!
//! # Why it exists
//!
//! sled writes to its file whenever it opens it: at the first bytes that it cannot read it cuts the file off, and what
//! followed is gone, healthy or not. So who only looks at a log of sled opens a copy. A hard link would share the bytes
//! that sled overwrites; where the file system can share blocks until they are written, copying does so by itself.
//!
//! # Invariants
//!
//! - Nobody writes to the log while it is copied: the place of the log and the engine's own file are locked.
//! - A copy goes with its value. One whose process was killed is nobody's, which its lock tells, and is cleared away by
//!   whoever opens or copies the log next.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use schema::limits::{LOG_LOCK_RETRY_MS, LOG_LOCK_TRIES};
use tempfile::TempDir;

use super::compact::{Held, parent_of, size_of};
use super::space::{RoomError, ensure_room, may_only_be_read};

/// How a copy's name goes on after the log's.
const SUFFIX: &str = ".reading-";
/// The file that sled locks while it has a log open.
pub(super) const SLED_FILE: &str = "db";

/// Why a log was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is no room for a second one.
    #[error("a log of sled is looked at in a copy, because sled writes to what it opens: {0}")]
    Room(#[from] RoomError),
    /// A server or another command has it open.
    #[error("the log in {log} is in use by another process: is another server using the same data?")]
    InUse {
        /// Which log.
        log: String,
    },
    /// Files and directories.
    #[error("the log in {log} cannot be copied to be looked at: {source}")]
    Files {
        /// Which log.
        log: String,
        /// Why not.
        source: io::Error,
    },
}

/// A copy of a log, gone with this value.
#[derive(Debug)]
pub struct Copied {
    copy: TempDir,
    /// Tells others that the copy is somebody's.
    _lock: File,
}

impl Copied {
    /// Copies a log that nobody has open; nobody opens, moves or copies it meanwhile, which `_held` says.
    ///
    /// # Errors
    /// [`CopyError`]; then no copy is left.
    pub fn of(log: &Path, _held: &Held) -> Result<Self, CopyError> {
        let files = |source| CopyError::Files {
            log: log.display().to_string(),
            source,
        };
        clear_stale(log).map_err(files)?;
        let _unused = unused(log)?;
        let place = place_of_copies(log);
        ensure_room(&place, size_of(log))?;
        Self::make(log, &place).map_err(files)
    }

    fn make(log: &Path, place: &Path) -> io::Result<Self> {
        let prefix = prefix_of(log);
        let copy = tempfile::Builder::new().prefix(&prefix).tempdir_in(place)?;
        let lock = File::open(copy.path())?;
        lock.lock()?;
        copy_tree(log, copy.path())?;
        Ok(Self { copy, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.copy.path()
    }
}

impl Drop for Copied {
    /// sled's threads outlive its last handle by a moment, and may write by the name of the directory. One that does not
    /// end is not waited for.
    fn drop(&mut self) {
        drop(unused(self.copy.path()));
    }
}

/// The lock of the file that sled locks; none where there is no such file. Held, it keeps sled out.
///
/// # Errors
/// [`CopyError::InUse`] when somebody has the log open for longer than a process takes to end.
pub fn unused(log: &Path) -> Result<Option<File>, CopyError> {
    let files = |source| CopyError::Files {
        log: log.display().to_string(),
        source,
    };
    let file = match File::open(log.join(SLED_FILE)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(files(error)),
    };
    for _ in 0..LOG_LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(LOG_LOCK_RETRY_MS)),
            Err(TryLockError::Error(error)) => return Err(files(error)),
        }
    }
    Err(CopyError::InUse {
        log: log.display().to_string(),
    })
}

/// Removes copies that a killed process left. One that cannot be removed now is tried again by the next.
///
/// # Errors
/// When the place of the log cannot be read.
pub fn clear_stale(log: &Path) -> io::Result<()> {
    let prefix = prefix_of(log);
    for entry in fs::read_dir(place_of_copies(log))? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        let path = entry.path();
        // Gone between reading and opening: its owner removed it.
        let Ok(lock) = File::open(&path) else { continue };
        if lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(&path)
        {
            tracing::warn!("{} cannot be cleared away: {error}", path.display());
        }
    }
    Ok(())
}

/// Where a log's copies lie.
fn place_of_copies(log: &Path) -> PathBuf {
    let beside = parent_of(log);
    if may_only_be_read(beside) {
        std::env::temp_dir()
    } else {
        beside.to_owned()
    }
}

/// How the names of a log's copies begin.
fn prefix_of(log: &Path) -> String {
    let name = log.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}{SUFFIX}")
}

/// Copies files and directories; where the file system can, without copying their blocks.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
