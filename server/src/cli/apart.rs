//! Whether what a command writes lies outside the data directory, and the data directory outside that.
//!
//! Why it exists: a backup below the log goes with the log when that is compacted, and one that is mixed into the data is
//! read as part of it. Whoever mistypes a path must hear of it before anything is written.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Refuses a target that is the data directory, lies in it or holds it. Neither has to be there yet; links are followed.
///
/// # Errors
/// Which of the two lies in the other; or when it cannot be told.
pub fn ensure_apart(data: &Path, target: &Path) -> Result<()> {
    let (real_data, real_target) = (real(data)?, real(target)?);
    ensure!(
        !real_target.starts_with(&real_data),
        "{} lies in the data directory {}: name a place outside it, best on another disk",
        target.display(),
        data.display()
    );
    ensure!(
        !real_data.starts_with(&real_target),
        "the data directory {} lies in {}: name a place that does not hold it, best on another disk",
        data.display(),
        target.display()
    );
    Ok(())
}

/// The path without links. What is not there yet is added as it is named.
fn real(path: &Path) -> Result<PathBuf> {
    let told = || -> io::Result<PathBuf> {
        let mut there = std::path::absolute(path)?;
        let mut named: Vec<OsString> = Vec::new();
        loop {
            match there.canonicalize() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                found => {
                    let found = found?;
                    return Ok(named.iter().rev().fold(found, followed));
                }
            }
            let Some(last) = there.components().next_back() else {
                return Ok(there);
            };
            named.push(last.as_os_str().to_owned());
            there.pop();
        }
    };
    told().with_context(|| format!("cannot tell where {} lies", path.display()))
}

fn followed(mut path: PathBuf, name: &OsString) -> PathBuf {
    if Path::new(name).components().next() == Some(Component::ParentDir) {
        path.pop();
    } else {
        path.push(name);
    }
    path
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_target_lies_neither_in_the_data_nor_around_it() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("data/log")).unwrap();
        symlink(at("data/log"), at("elsewhere")).unwrap();
        let inside = [
            "data",
            "data/",
            "data/log/new/backup",
            "elsewhere/backup",
            "new/../data/log",
        ];
        for target in inside {
            let refused = ensure_apart(&at("data"), &at(target)).unwrap_err().to_string();
            assert!(
                refused.contains("lies in the data directory"),
                "{target}: {refused}"
            );
        }
        for target in [".", "data/..", "new/.."] {
            let refused = ensure_apart(&at("data"), &at(target)).unwrap_err().to_string();
            assert!(refused.starts_with("the data directory"), "{target}: {refused}");
        }
        // A name that begins alike is another name.
        for target in ["data-backup", "backup", "new/backup", "data/../backup"] {
            ensure_apart(&at("data"), &at(target)).unwrap();
        }
        // The data need not be there either.
        ensure_apart(&at("restored"), &at("backup")).unwrap();
        assert!(ensure_apart(&at("backup/restored"), &at("backup")).is_err());
    }
}
