//! Whether the file system of a log has room.
//!
//! Why it exists: an engine that meets "no space left" in the middle of a write has to be closed and opened again.
//! Refusing appends while some room is left costs nothing, and leaves room to start, to compact and to log. And whoever
//! writes a second log beside the first asks before, and leaves nothing half-written.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::StatVfsMountFlags;
use schema::ids::TimestampMs;
use schema::limits::DISK_CHECK_MS;

use crate::clock;

/// What a probe writes: more than a file system keeps inside its own records.
const PROBE_BYTES: usize = 64 * 1024;

/// The room of one directory.
#[derive(Debug)]
pub struct Space {
    directory: PathBuf,
    reserve_bytes: u64,
    last: Mutex<Option<Look>>,
}

#[derive(Debug, Clone)]
struct Look {
    at: TimestampMs,
    lacking: Option<Arc<str>>,
}

impl Space {
    /// Watches the file system that a directory lies on.
    #[must_use]
    pub fn new(directory: PathBuf, reserve_bytes: u64) -> Self {
        Self {
            directory,
            reserve_bytes,
            last: Mutex::new(None),
        }
    }

    /// Why nothing should be written now, if so. Asks the operating system at most every `DISK_CHECK_MS`.
    #[must_use]
    pub fn lacking(&self) -> Option<Arc<str>> {
        if self.reserve_bytes == 0 {
            return None;
        }
        let now = clock::now_ms();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that jumps, in either direction, only makes it look again.
        if let Some(look) = last
            .as_ref()
            .filter(|look| look.at.0.abs_diff(now.0) < DISK_CHECK_MS)
        {
            return look.lacking.clone();
        }
        let lacking = self.look();
        *last = Some(Look {
            at: now,
            lacking: lacking.clone(),
        });
        lacking
    }

    fn look(&self) -> Option<Arc<str>> {
        match free_bytes(&self.directory) {
            Ok(free) if free >= self.reserve_bytes => None,
            Ok(free) => Some(
                format!(
                    "{free} bytes are free on the disk, {} are kept in reserve",
                    self.reserve_bytes
                )
                .into(),
            ),
            Err(error) => Some(format!("the free space of the disk cannot be told: {error}").into()),
        }
    }

    /// Tries whether something can be written and flushed now.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn probe(&self) -> io::Result<()> {
        let path = self.directory.join("write-probe");
        let written = fs::File::create(&path).and_then(|mut file| {
            file.write_all(&[0x5a; PROBE_BYTES])?;
            file.sync_all()
        });
        let removed = fs::remove_file(&path);
        written.and(removed)
    }
}

/// There is no room for what is to be written.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// Too little is free.
    #[error(
        "about {needed} bytes are needed in {place}, {free} are free: {} are lacking",
        needed.saturating_sub(*free)
    )]
    Lacking {
        /// Where it is to be written.
        place: String,
        /// What it may take.
        needed: u64,
        /// Bytes free there.
        free: u64,
    },
    /// Nobody can tell.
    #[error("the free space in {place} cannot be told: {source}")]
    Unknown {
        /// Where it is to be written.
        place: String,
        /// Why not.
        source: io::Error,
    },
}

/// Asks for room in a directory, or where it is going to be.
///
/// # Errors
/// [`RoomError`] with what is lacking.
pub fn ensure_room(place: &Path, needed: u64) -> Result<(), RoomError> {
    let named = || place.display().to_string();
    let is_there = |directory: &&Path| directory.exists();
    let there = place.ancestors().find(is_there).unwrap_or(Path::new("."));
    let free = free_bytes(there).map_err(|source| RoomError::Unknown {
        place: named(),
        source,
    })?;
    if free < needed {
        return Err(RoomError::Lacking {
            place: named(),
            needed,
            free,
        });
    }
    Ok(())
}

/// Whether a file system may only be read; not, where that cannot be told.
#[must_use]
pub fn may_only_be_read(directory: &Path) -> bool {
    let found = rustix::fs::statvfs(directory);
    found.is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Bytes that may still be written to a file system, without what is kept for its administrator.
///
/// # Errors
/// What the operating system says.
pub fn free_bytes(directory: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(directory)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests;
