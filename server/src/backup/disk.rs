//! Files that are there whole or not at all, and readable by their owner only.
//!
//! Why it exists: a backup holds everything that a region wrote and the names of who wrote it, and may be cut off
//! at any instant.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::Hash32;

/// How names of unfinished files begin.
pub const UNFINISHED: &str = ".unfinished-";

/// Makes a directory that only its owner may enter; one that is there stays as it is.
///
/// # Errors
/// What the operating system says.
pub fn make_private_dir(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    sync_dir(parent_of(directory))
}

/// Makes the names in a directory durable.
///
/// # Errors
/// What the operating system says.
pub fn sync_dir(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// The directory of a path.
#[must_use]
pub fn parent_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Renames, durably.
///
/// # Errors
/// What the operating system says.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_dir(parent_of(to))
}

/// A file on its way; counts and hashes what goes into it. Gone when dropped unfinished.
pub struct Unfinished {
    directory: PathBuf,
    path: PathBuf,
    to: Option<BufWriter<File>>,
    hasher: Sha256,
    bytes: u64,
}

impl Unfinished {
    /// Begins a file in a directory; `unique` tells it from others under way there.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn begin(directory: &Path, unique: &str) -> io::Result<Self> {
        let path = directory.join(format!("{UNFINISHED}{unique}"));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self {
            directory: directory.to_owned(),
            path,
            to: Some(BufWriter::with_capacity(1 << 20, file)),
            hasher: Sha256::new(),
            bytes: 0,
        })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        match &mut self.to {
            Some(to) => to.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Bytes so far.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes it durable under the name that `named` gives to its hash; answers name and hash.
    ///
    /// # Errors
    /// What the operating system says; then it is gone.
    pub fn finish(mut self, named: impl FnOnce(&Hash32) -> String) -> io::Result<(String, Hash32)> {
        if let Some(to) = self.to.take() {
            to.into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?;
        }
        let hash = Hash32(std::mem::take(&mut self.hasher).finalize().into());
        let name = named(&hash);
        fs::rename(&self.path, self.directory.join(&name))?;
        sync_dir(&self.directory)?;
        Ok((name, hash))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed when finished: then there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Puts a whole file in its place, over the one that was there.
///
/// # Errors
/// What the operating system says; the file before it stays.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut file = Unfinished::begin(parent_of(path), &name)?;
    file.write(bytes)?;
    file.finish(|_| name.clone()).map(drop)
}
