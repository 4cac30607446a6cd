//! Which log a directory holds, and whether one may begin there: never where one was.
//!
//! # Why it exists
//!
//! A log that is gone, because its directory was removed or its disk is not mounted, looks like one that never was. A
//! start that began another in its place would be answered with devices' own words and nothing else, and would sign a
//! second history. So who opens a log asks first what a log left.
//!
//! # Invariants
//!
//! - An engine is known by any one of its files, so that losing one does not make a log of the other engine.
//! - A log begins only in a directory that holds nothing, or what an unfinished beginning leaves, and only in a data
//!   directory that holds nothing of what every start makes after its log. A restore moves those in before the log, and
//!   until it is done its own name keeps the server from starting.
//! - Nothing is written here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::compact::parent_of;
use super::engine::{EngineError, EngineKind};
use super::{acknowledged, copy, segments};
use crate::audit::noted;

/// What lies beside a log once a server has opened it: each is made after the log.
const MADE_AFTER_A_LOG: [&str; 3] = ["accounts", "audit", "views"];
/// How the name of a file of events ends, of the engine of segments.
const SEGMENT: &str = ".seg";
/// What a file system keeps at its top: a fresh disk for the log is as good as an empty directory.
const LOST_AND_FOUND: &str = "lost+found";

/// The engine whose files lie in a directory; none where nothing lies there.
///
/// # Errors
/// [`EngineError`] where both engines' files lie there, or only what is no engine's.
pub(super) fn kind_in(directory: &Path) -> Result<Option<EngineKind>, EngineError> {
    let names = names_in(directory).map_err(unread(directory))?;
    let first = |is_own: fn(&str) -> bool| names.iter().find(|name| is_own(name)).cloned();
    match (first(is_sleds), first(is_of_segments), names.first()) {
        (Some(sleds), Some(of_segments), _) => Err(EngineError::OfBoth {
            directory: directory.display().to_string(),
            sleds,
            of_segments,
        }),
        (Some(_), None, _) => Ok(Some(EngineKind::Sled)),
        (None, Some(_), _) => Ok(Some(EngineKind::Segments)),
        (None, None, Some(name)) => Err(EngineError::OfNone {
            directory: directory.display().to_string(),
            name: name.clone(),
        }),
        (None, None, None) => Ok(None),
    }
}

/// The engine of the log that is to be opened; none where one may begin.
///
/// # Errors
/// As [`kind_in`]; [`EngineError::Gone`] where there was a log.
pub(super) fn kind_to_open(directory: &Path) -> Result<Option<EngineKind>, EngineError> {
    let kind = kind_in(directory)?;
    let is_there = match kind {
        None => false,
        // Where the file of sled is gone or empty it would begin another one, before it can be asked anything.
        Some(EngineKind::Sled) => length_of(&directory.join(copy::SLED_FILE)).map_err(unread(directory))? > 0,
        // Where its first file of events is gone it would begin another one.
        Some(EngineKind::Segments) => holds_a_segment(directory).map_err(unread(directory))?,
    };
    match left(directory)? {
        Some(left) if !is_there => Err(EngineError::Gone {
            directory: directory.display().to_string(),
            left: left.display().to_string(),
        }),
        _ => Ok(kind),
    }
}

/// What tells that a log was in a directory or is: the first thing found that comes after a log's beginning.
///
/// # Errors
/// [`EngineError::Unread`].
pub(super) fn left(directory: &Path) -> Result<Option<PathBuf>, EngineError> {
    let note = directory.join(acknowledged::FILE);
    if note.exists() {
        return Ok(Some(note));
    }
    let data = parent_of(directory);
    let signed = data.join(noted::FILE);
    if length_of(&signed).map_err(unread(data))? > 0 {
        return Ok(Some(signed));
    }
    for name in MADE_AFTER_A_LOG {
        let made = data.join(name);
        if !names_in(&made).map_err(unread(&made))?.is_empty() {
            return Ok(Some(made));
        }
    }
    Ok(None)
}

/// The names in a directory, in order; none where it is not there.
fn names_in(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != LOST_AND_FOUND {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn is_sleds(name: &str) -> bool {
    matches!(name, "conf" | "blobs" | copy::SLED_FILE) || name.starts_with("snap.")
}

fn is_of_segments(name: &str) -> bool {
    let is_numbered = [SEGMENT, ".idx", ".cut"].iter().any(|end| name.ends_with(end));
    matches!(name, segments::meta::META | segments::disk::LOCK) || is_numbered
}

fn holds_a_segment(directory: &Path) -> io::Result<bool> {
    let names = names_in(directory)?;
    Ok(names
        .iter()
        .any(|name| segments::file::segment_number(name).is_some()))
}

fn length_of(file: &Path) -> io::Result<u64> {
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        found => Ok(found?.len()),
    }
}

fn unread(directory: &Path) -> impl FnOnce(io::Error) -> EngineError {
    let directory = directory.display().to_string();
    move |source| EngineError::Unread { directory, source }
}

#[cfg(test)]
mod tests;
