//! What the engine asks of a disk, and the real one.
//!
//! # Why it exists
//!
//! What a disk may do when the power goes (lose what was not flushed, keep a later write and drop an earlier one,
//! forget a file's name) can only be tried on a disk that does so on demand. The engine knows this trait; tests
//! put a treacherous disk behind it.
//!
//! # Invariants
//!
//! - Written bytes survive a loss of power once [`DiskFile::sync`] has returned, a file's name once
//!   [`Disk::sync_names`] has. Nothing else is relied on.
//! - A rename replaces the old file at once or not at all.

use std::fmt::Debug;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One directory of files.
pub trait Disk: Debug + Send + Sync + 'static {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// When it is not, or the disk fails.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Makes an empty file, in place of one that may be there.
    ///
    /// # Errors
    /// When the disk fails.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file another name, in place of one that may have it.
    ///
    /// # Errors
    /// When the disk fails.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// When it is not there, or the disk fails.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of all files, in no order.
    ///
    /// # Errors
    /// When the disk fails.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes names durable: created, renamed, removed.
    ///
    /// # Errors
    /// When the disk fails.
    fn sync_names(&self) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// When the disk fails.
    fn size(&self) -> io::Result<u64>;

    /// Fills `into` from an offset.
    ///
    /// # Errors
    /// When the file is shorter, or the disk fails.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes` at an offset.
    ///
    /// # Errors
    /// When the disk fails; some of the bytes may be written then.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts off what lies behind `size`.
    ///
    /// # Errors
    /// When the disk fails.
    fn cut_to(&self, size: u64) -> io::Result<()>;

    /// Makes what was written durable.
    ///
    /// # Errors
    /// When the disk fails; what was written since the last flush may be lost then, also if a later flush succeeds.
    fn sync(&self) -> io::Result<()>;
}

/// The name of the file whose lock says that the directory is in use.
pub const LOCK: &str = "lock";

/// A directory of the operating system, held by one process.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Files are opened to write to them too: where nobody may write, a log can still be looked at.
    writes: bool,
    /// Locked as long as this lives.
    _lock: Option<File>,
}

impl Directory {
    /// Takes a directory to write in it, making it if need be, and a file to lock. Nothing when another process holds it.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn take(path: &Path) -> io::Result<Option<(Self, MadeLock)>> {
        std::fs::create_dir_all(path)?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        let name = path.join(LOCK);
        let made = MadeLock((!name.exists()).then(|| name.clone()));
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(name)?;
        let taken = Self::held(path, true, Some(lock))?;
        if taken.is_none() {
            // Whoever holds it made it meanwhile.
            made.keep();
            return Ok(None);
        }
        Ok(taken.map(|directory| (directory, made)))
    }

    /// Takes a directory to look at it; nothing is made. Nothing when another process holds it. Where there is no file to
    /// lock, it is for the caller to keep others away ([`crate::log::compact::standing`]).
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn look(path: &Path) -> io::Result<Option<Self>> {
        std::fs::read_dir(path)?;
        match File::open(path.join(LOCK)) {
            Ok(lock) => Self::held(path, false, Some(lock)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::held(path, false, None),
            Err(error) => Err(error),
        }
    }

    fn held(path: &Path, writes: bool, lock: Option<File>) -> io::Result<Option<Self>> {
        match lock.as_ref().map_or(Ok(()), File::try_lock) {
            Ok(()) => Ok(Some(Self {
                path: path.to_owned(),
                writes,
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The file to lock, where taking a directory made it: it goes again with this value, unless it is kept.
#[derive(Debug)]
pub struct MadeLock(Option<PathBuf>);

impl MadeLock {
    /// Leaves the file where it is.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for MadeLock {
    fn drop(&mut self) {
        if let Some(made) = &self.0
            && let Err(error) = std::fs::remove_file(made)
        {
            tracing::warn!("{} cannot be cleared away: {error}", made.display());
        }
    }
}

impl Disk for Directory {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = File::options()
            .read(true)
            .write(self.writes)
            .open(self.path.join(name))?;
        Ok(Arc::new(file))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            // A name that is no text is none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(into, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn cut_to(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Writes a whole file so that it is there entirely or not at all, also when the power goes.
///
/// # Errors
/// When the disk fails.
pub(super) fn write_whole(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = format!("{name}{UNFINISHED}");
    let file = disk.create(&unfinished)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    disk.rename(&unfinished, name)?;
    disk.sync_names()
}

/// All of a file.
///
/// # Errors
/// When it is not there, or the disk fails.
pub(super) fn read_whole(disk: &dyn Disk, name: &str) -> io::Result<Vec<u8>> {
    let file = disk.open(name)?;
    read_range(file.as_ref(), 0, file.size()?)
}

/// `length` bytes from an offset.
///
/// # Errors
/// When the file is shorter, or the disk fails.
pub(super) fn read_range(file: &dyn DiskFile, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_at(offset, &mut bytes)?;
    Ok(bytes)
}

/// How the names of files end that are being written. Left behind by a crash, they mean nothing.
pub(super) const UNFINISHED: &str = ".tmp";
