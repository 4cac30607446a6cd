//! Compaction: the same log written anew, without the bytes of what was erased.
//!
//! # Why it exists
//!
//! Erasing takes content out of a log's records; the engine's files may hold the old bytes until they are gone as
//! files. So a log is written into a new directory record by record ([`EventLog::read`] and [`EventLog::adopt`],
//! which checks everything), verified, and put in the place of the old one.
//!
//! # Invariants
//!
//! - The old log is not touched before the new one is whole, verified and flushed; but for a torn end, which is cut off
//!   as every start does, and refused like there where something that was answered would go with it.
//! - At every instant the names that are there say what to do ([`settle`]); opening a log does it first. Whoever only
//!   looks at a log changes none of them ([`standing`]).
//! - `log.old` goes only once the log in its place has opened and been found healthy: until then it may be the only
//!   whole one.
//! - The incarnation stays: it is the same log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schema::ids::{PlanId, Position};

use super::engine::{self, Engine, EngineError, EngineKind, Opening, Verified};
use super::space::{RoomError, ensure_room};
use super::{AdoptError, Direction, ReadError, ReadRequest, Selector};

mod names;
#[cfg(test)]
mod tests;

pub(crate) use names::parent_of;
pub use names::{Anew, Held, SettleError, finish_repair, free_name, names_in_use, settle, standing};
use names::{Names, finish, remove, rename, sync_whole};

/// Events copied at a time, with one flush.
const PAGE_EVENTS: usize = 1_024;

/// How far a compaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many events of so many are written anew.
    Copied {
        /// Written.
        events: u64,
        /// Of.
        total: u64,
    },
    /// Everything is written; the new log is read and checked.
    Verifying,
    /// The new log is whole and takes the old one's place.
    Swapping,
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// What the new log holds.
    pub verified: Verified,
    /// Size of the old log's files.
    pub before_bytes: u64,
    /// Size of the new log's files.
    pub after_bytes: u64,
}

/// Why a log was not compacted. The old one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The old or the new log cannot be opened.
    #[error(transparent)]
    Open(#[from] EngineError),
    /// The old log is damaged, or the new one did not come out whole.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The new log does not take the events.
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    /// The new log ends elsewhere than the old one.
    #[error("plan {plan} ends at {found} in the new log, at {expected} in the old one")]
    OtherEnd {
        /// The plan.
        plan: PlanId,
        /// In the old log.
        expected: Position,
        /// In the new one.
        found: Position,
    },
    /// It is moved to the engine it has.
    #[error("the log is one of the engine {kind} already")]
    SameEngine {
        /// The engine.
        kind: EngineKind,
    },
    /// There is no room for a second log.
    #[error("the log is written anew beside the old one: {0}")]
    Room(#[from] RoomError),
    /// The place where the old log would be kept is taken.
    #[error("{path} is still there from an earlier move; remove it first")]
    KeptBefore {
        /// Where.
        path: String,
    },
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

/// Writes the log of a directory anew and puts it in the old one's place.
///
/// # Errors
/// [`CompactError`]; the old log is as it was.
pub fn compact(log: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Compacted, CompactError> {
    let (names, alone) = alone_with(log)?;
    let kind = engine::kind_of(log).ok_or_else(|| EngineError::NoLog(log.display().to_string()))?;
    let compacted = replace(log, (&names, &alone), kind, progress)?;
    remove(&names.old).map_err(files("cannot remove", &names.old))?;
    Ok(compacted)
}

/// Moves the log of a directory to another engine. The old one is kept beside it, under the second name returned,
/// until the operator removes it; only a crash at the very end, when the new one is whole, removes it before.
///
/// # Errors
/// [`CompactError`]; the old log is as it was.
pub fn move_to(
    log: &Path,
    to: EngineKind,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Compacted, PathBuf), CompactError> {
    let (names, alone) = alone_with(log)?;
    let from = engine::kind_of(log).ok_or_else(|| EngineError::NoLog(log.display().to_string()))?;
    if from == to {
        return Err(CompactError::SameEngine { kind: to });
    }
    let kept = Names::with(log, &format!(".{from}"));
    if kept.exists() {
        return Err(CompactError::KeptBefore {
            path: kept.display().to_string(),
        });
    }
    let moved = replace(log, (&names, &alone), to, progress)?;
    rename(&names.old, &kept).map_err(files("cannot rename", &names.old))?;
    Ok((moved, kept))
}

/// Nobody else opens or moves the log while the second value is held.
fn alone_with(log: &Path) -> Result<(Names, Held), EngineError> {
    let names = Names::of(log);
    let alone = Held::take(log, true)?;
    finish(log, &names)?;
    Ok((names, alone))
}

/// Writes a log anew with an engine and puts it in the old one's place; the old one has the name `old` then.
fn replace(
    log: &Path,
    (names, held): (&Names, &Held),
    to: EngineKind,
    progress: &mut dyn FnMut(Progress),
) -> Result<Compacted, CompactError> {
    let size = size_of(log);
    let is_moved = engine::kind_of(log) != Some(to);
    ensure_room(parent_of(log), if is_moved { to.room_for(size) } else { size })?;
    // As a start does: an operator compacts after a crash too, and what a crash tore is of no use in the new log.
    let old = engine::open_held(log, held)?;
    let written = write_anew(old.as_ref(), &names.new, to, progress);
    let verified = match written {
        Ok(verified) => verified,
        Err(error) => {
            // What was begun is of no use; if it cannot be removed now, the next opening does it.
            let _ = remove(&names.new);
            return Err(error);
        }
    };
    // An engine's threads may write by the name of its directory: nobody may be left when the names change.
    drop(old);
    engine::wait_until_closed(log).map_err(files("cannot wait for", log))?;
    let sizes = (size_of(log), size_of(&names.new));
    progress(Progress::Swapping);
    // One that an interrupted compaction had left: the log that replaced it was read whole just now.
    remove(&names.old).map_err(files("cannot remove", &names.old))?;
    rename(log, &names.old).map_err(files("cannot rename", log))?;
    names.place_new(log).map_err(files("cannot rename", &names.new))?;
    Ok(Compacted {
        verified,
        before_bytes: sizes.0,
        after_bytes: sizes.1,
    })
}

fn write_anew(
    old: &dyn Engine,
    directory: &Path,
    kind: EngineKind,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, CompactError> {
    let new = engine::create(directory, kind, old.incarnation())?;
    copy(old, new.as_ref(), progress)?;
    drop(new);
    progress(Progress::Verifying);
    // Read from the disk again, not from the memory of who wrote it.
    engine::wait_until_closed(directory).map_err(files("cannot wait for", directory))?;
    let new = engine::open(directory, kind, Opening::Check)?;
    let verified = new.verify()?;
    for plan in old.plans() {
        let (expected, found) = (old.next_position(plan), new.next_position(plan));
        if expected != found {
            return Err(CompactError::OtherEnd {
                plan,
                expected,
                found,
            });
        }
    }
    drop(new);
    engine::wait_until_closed(directory).map_err(files("cannot wait for", directory))?;
    sync_whole(directory).map_err(files("cannot flush", directory))?;
    Ok(verified)
}

fn copy(old: &dyn Engine, new: &dyn Engine, progress: &mut dyn FnMut(Progress)) -> Result<(), CompactError> {
    let plans = old.plans();
    let total = plans.iter().map(|plan| old.next_position(*plan).0).sum();
    let mut events = 0;
    for plan in plans {
        let mut from = 0;
        loop {
            let page = old.read(&ReadRequest {
                plan,
                selector: Selector::All,
                from,
                direction: Direction::Forward,
                limit: PAGE_EVENTS,
            })?;
            if page.is_empty() {
                break;
            }
            from += page.len() as u64;
            events += page.len() as u64;
            new.adopt(plan, page)?;
            progress(Progress::Copied { events, total });
        }
    }
    Ok(())
}

/// Bytes of all files below; what cannot be read counts nothing.
pub(crate) fn size_of(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn files(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CompactError {
    let path = path.display().to_string();
    move |source| CompactError::Files { what, path, source }
}
