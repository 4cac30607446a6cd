//! Where a backup may begin: not among other things, which it would hold and clear away nothing of.
//!
//! Why it exists: a directory that was mistyped would be taken for one of a backup from then on.

use std::path::Path;

use super::disk::UNFINISHED;
use super::make::backup_in;
use super::{BackupError, files};

/// What an unfinished first run leaves; and what a file system keeps at its top.
const BEGUN: [&str; 3] = ["plans", "accounts", "lost+found"];

/// A backup begins in an empty directory, or where an unfinished first run left its beginning.
///
/// # Errors
/// [`BackupError::Foreign`].
pub(super) fn ensure_no_strangers(to: &Path) -> Result<(), BackupError> {
    if !to.is_dir() || backup_in(to)?.is_some() {
        return Ok(());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(to).map_err(files("cannot read", to))? {
        let entry = entry.map_err(files("cannot read", to))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    let is_own = |name: &String| BEGUN.contains(&name.as_str()) || name.starts_with(UNFINISHED);
    match names.into_iter().find(|name| !is_own(name)) {
        Some(name) => Err(BackupError::Foreign {
            directory: to.display().to_string(),
            name,
        }),
        None => Ok(()),
    }
}
