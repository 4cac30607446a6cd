//! The server's keys in one file, locked with a passphrase: made beside the backups of data, never in them.
//!
//! # Why it exists
//!
//! Whoever holds the signing keys can sign a false history, so a backup of data, which is copied far and wide, must
//! not hold them; and without any copy a lost disk ends the name under which a plan's history is proved. The file is
//! a tar archive in the age format, so `age --decrypt FILE | tar x` opens it where there is no Schrijftafel.
//!
//! Reading order: [`age`] (the format), then [`pack`] and [`unpack`].

pub mod age;
#[cfg(test)]
mod tests;

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

use schema::limits::KEY_ARCHIVE_BYTES_MAX;

use crate::backup::disk;

/// Why keys were not packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub enum KeyArchiveError {
    /// There is nothing to pack.
    #[error("there are no keys in {0}")]
    NoKeys(String),
    /// There are keys already.
    #[error("there are keys in {0}; move them away first if the archive's are to take their place")]
    Exists(String),
    /// The file is no archive of keys, was changed, or the passphrase is another.
    #[error(transparent)]
    Locked(#[from] age::AgeError),
    /// Something in the archive has no place in a directory of keys.
    #[error("the archive holds {0:?}, which is no file of a key")]
    Strange(String),
    /// Files and directories.
    #[error("{what} {path}: {source}")]
    Files {
        /// What was to be done.
        what: &'static str,
        /// To which.
        path: String,
        /// Why not.
        source: io::Error,
    },
}

fn files(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyArchiveError {
    let path = path.display().to_string();
    move |source| KeyArchiveError::Files { what, path, source }
}

/// Fresh randomness of an archive.
pub struct Fresh {
    /// The key of this file.
    pub file_key: [u8; 16],
    /// Of the passphrase.
    pub salt: [u8; 16],
    /// Of the content.
    pub nonce: [u8; 16],
}

/// Packs every file of a directory of keys into an archive; answers how many. The archive is read back.
///
/// # Errors
/// [`KeyArchiveError`]; an archive that was there stays.
pub fn pack(keys: &Path, to: &Path, passphrase: &str, fresh: &Fresh) -> Result<usize, KeyArchiveError> {
    let mut names = match fs::read_dir(keys) {
        Ok(entries) => {
            let names: Result<Vec<_>, _> = entries
                .map(|entry| entry.map(|found| found.file_name()))
                .collect();
            names.map_err(files("cannot read", keys))?
        }
        Err(_) => Vec::new(),
    };
    // What a crash left half-written is no key; it may hold one that was wiped since.
    names.retain(|name| !name.to_string_lossy().ends_with(".new"));
    names.sort();
    if names.is_empty() {
        return Err(KeyArchiveError::NoKeys(keys.display().to_string()));
    }
    let mut tar = tar::Builder::new(Vec::new());
    tar.mode(tar::HeaderMode::Deterministic);
    for name in &names {
        let path = keys.join(name);
        let bytes = fs::read(&path).map_err(files("cannot read", &path))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_cksum();
        tar.append_data(&mut header, name, bytes.as_slice())
            .map_err(files("cannot pack", &path))?;
    }
    let packed = tar.into_inner().map_err(files("cannot pack", keys))?;
    let locked = age::encrypt(passphrase, &packed, fresh)?;
    disk::replace(to, &locked).map_err(files("cannot write", to))?;
    let written = read_archive(to)?;
    if age::decrypt(passphrase, &written)? != packed {
        let changed = io::Error::other("it is not what was written");
        return Err(files("cannot read back", to)(changed));
    }
    Ok(names.len())
}

/// Unpacks an archive into a directory of keys that is empty or not there; answers how many files.
///
/// # Errors
/// [`KeyArchiveError`]; nothing is written then, unless the disk refuses half-way.
pub fn unpack(from: &Path, keys: &Path, passphrase: &str) -> Result<usize, KeyArchiveError> {
    let occupied = fs::read_dir(keys).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(KeyArchiveError::Exists(keys.display().to_string()));
    }
    let packed = age::decrypt(passphrase, &read_archive(from)?)?;
    let mut found = Vec::new();
    let mut tar = tar::Archive::new(packed.as_slice());
    for entry in tar.entries().map_err(files("cannot unpack", from))? {
        let mut entry = entry.map_err(files("cannot unpack", from))?;
        let path = entry.path().map_err(files("cannot unpack", from))?.into_owned();
        let is_name = matches!(
            path.components().collect::<Vec<_>>().as_slice(),
            [Component::Normal(_)]
        );
        if !is_name || !entry.header().entry_type().is_file() {
            return Err(KeyArchiveError::Strange(path.display().to_string()));
        }
        let mut bytes = Vec::new();
        entry
            .read_to_end(&mut bytes)
            .map_err(files("cannot unpack", from))?;
        found.push((path, bytes));
    }
    disk::make_private_dir(keys).map_err(files("cannot make", keys))?;
    for (name, bytes) in &found {
        let path = keys.join(name);
        write_secret(&path, bytes).map_err(files("cannot write", &path))?;
    }
    disk::sync_dir(keys).map_err(files("cannot write in", keys))?;
    Ok(found.len())
}

fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read_archive(path: &Path) -> Result<Vec<u8>, KeyArchiveError> {
    let file = fs::File::open(path).map_err(files("cannot read", path))?;
    let mut bytes = Vec::new();
    file.take(KEY_ARCHIVE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(files("cannot read", path))?;
    Ok(bytes)
}
