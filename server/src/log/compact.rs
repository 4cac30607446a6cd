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
//!
//! | there is | a crash came | [`settle`] |
//! |---|---|---|
//! | `log` | never | nothing |
//! | `log`, `log.compacting` | while writing anew | removes `log.compacting` |
//! | `log.old`, `log.compacting` | between the two renames | renames `log.compacting` to `log`; `log.old` as below |
//! | `log`, `log.old` | before the old one was removed | has `log.old` removed when `log` has opened |
//! | `log.old` or `log.compacting` alone | not by us | refuses, and says what to rename |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schema::ids::{PlanId, Position};

use super::engine::{self, Engine, EngineError, EngineKind, Opening, Verified};
use super::space::{RoomError, ensure_room};
use super::{AdoptError, Direction, ReadError, ReadRequest, Selector, copy};

#[cfg(test)]
mod tests;

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

/// The directory cannot be opened now.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// Somebody else compacts it, or copies it to look at it.
    #[error("{log} is being compacted, mended or copied; try again when that is done")]
    Running {
        /// Where the log is.
        log: String,
    },
    /// The log is there under another name only.
    #[error(
        "{log} is missing, but {found} is there: check it, and if it is the log you want, rename it to {log}"
    )]
    Missing {
        /// Where the log should be.
        log: String,
        /// What is there. One that ends in `.compacting` may be an unfinished copy.
        found: String,
    },
    /// Files and directories.
    #[error("what lies beside {log} cannot be looked at or put right: {source}")]
    Files {
        /// Where the log should be.
        log: String,
        /// Why not.
        source: io::Error,
    },
}

/// Brings to its end what an interrupted compaction left beside `log`. No compaction begins while the answer is
/// held: hold it while the log is being opened, and say when that was well ([`Held::opened`]).
///
/// # Errors
/// [`SettleError`]: what to do by hand, or that one is running.
pub fn settle(log: &Path) -> Result<Held, SettleError> {
    let names = Names::of(log);
    let left_over = names.new.exists() || names.old.exists();
    let mut held = Held::take(log, left_over)?;
    copy::clear_stale(log).map_err(|source| SettleError::Files {
        log: log.display().to_string(),
        source,
    })?;
    if left_over {
        finish(log, &names)?;
        held.replaced = names.old.exists().then_some(names.old);
    }
    Ok(held)
}

/// The directory that is the log as the names say, for whoever only looks: nothing is put right. The log itself where
/// there is none. Nobody opens or moves anything while the second value is held, if it is held `alone`.
///
/// # Errors
/// [`SettleError`]: what to do by hand, or that one is being compacted.
pub fn standing(log: &Path, alone: bool) -> Result<(PathBuf, Held), SettleError> {
    let names = Names::of(log);
    let held = Held::take(log, alone)?;
    let there = (log.exists(), names.new.exists(), names.old.exists());
    match there {
        (true, ..) | (false, false, false) => Ok((log.to_owned(), held)),
        (false, true, true) => Ok((names.new, held)),
        (false, new, _) => Err(missing(log, if new { &names.new } else { &names.old })),
    }
}

/// The lock of a log's place, against a compaction that runs at the same time. Goes with its process.
#[derive(Debug)]
#[must_use]
pub struct Held {
    /// Dropping it gives the lock back.
    lock: fs::File,
    /// The log that a compaction replaced, and that is still there.
    replaced: Option<PathBuf>,
}

impl Held {
    /// Says that the log has opened and is healthy: the one that it replaced goes.
    pub fn opened(self) {
        let Some(replaced) = &self.replaced else { return };
        tracing::warn!("clearing away the log that an interrupted compaction had replaced");
        if let Err(error) = remove(replaced) {
            tracing::warn!("{} cannot be cleared away: {error}", replaced.display());
        }
    }

    /// Many may open a log at a time, one may move its directories.
    fn take(log: &Path, alone: bool) -> Result<Self, SettleError> {
        let place = fs::File::open(parent_of(log)).map_err(|source| SettleError::Files {
            log: log.display().to_string(),
            source,
        })?;
        let held = Self {
            lock: place,
            replaced: None,
        };
        held.locked(
            log,
            if alone {
                fs::File::try_lock
            } else {
                fs::File::try_lock_shared
            },
        )?;
        Ok(held)
    }

    /// From here on nobody else opens or moves the log.
    ///
    /// # Errors
    /// [`SettleError::Running`] when somebody does at this moment.
    pub(super) fn alone(&self, log: &Path) -> Result<(), SettleError> {
        self.locked(log, fs::File::try_lock)
    }

    fn locked(
        &self,
        log: &Path,
        lock: fn(&fs::File) -> Result<(), fs::TryLockError>,
    ) -> Result<(), SettleError> {
        let log = log.display().to_string();
        lock(&self.lock).map_err(|refused| match refused {
            fs::TryLockError::WouldBlock => SettleError::Running { log },
            fs::TryLockError::Error(source) => SettleError::Files { log, source },
        })
    }
}

fn finish(log: &Path, names: &Names) -> Result<(), SettleError> {
    let there = (log.exists(), names.new.exists(), names.old.exists());
    let settled = match there {
        (_, false, false) | (true, false, true) => return Ok(()),
        (true, true, _) => {
            tracing::warn!("clearing away what an interrupted compaction left beside the log");
            remove(&names.new)
        }
        (false, true, true) => {
            tracing::warn!("an interrupted compaction had written the log anew: putting it in its place");
            names.place_new(log)
        }
        (false, new, _) => return Err(missing(log, if new { &names.new } else { &names.old })),
    };
    settled.map_err(|source| SettleError::Files {
        log: log.display().to_string(),
        source,
    })
}

fn missing(log: &Path, found: &Path) -> SettleError {
    SettleError::Missing {
        log: log.display().to_string(),
        found: found.display().to_string(),
    }
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

/// The names a log has while it is compacted.
#[derive(Debug)]
struct Names {
    new: PathBuf,
    old: PathBuf,
}

impl Names {
    fn of(log: &Path) -> Self {
        Self {
            new: Self::with(log, ".compacting"),
            old: Self::with(log, ".old"),
        }
    }

    fn with(log: &Path, suffix: &str) -> PathBuf {
        let mut name = log.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    }

    fn place_new(&self, log: &Path) -> io::Result<()> {
        rename(&self.new, log)
    }
}

/// The right to write a log anew beside the one that is there, and to put it in its place: a repair does that too.
/// A crash at any instant leaves what [`settle`] knows.
#[derive(Debug)]
pub struct Anew {
    log: PathBuf,
    names: Names,
    _alone: Held,
}

impl Anew {
    /// Takes the right; what an interrupted compaction left is brought to its end first, but for `log.old`: the log may
    /// be damaged, and that one be whole.
    ///
    /// # Errors
    /// [`SettleError`].
    pub fn begin(log: &Path) -> Result<Self, SettleError> {
        let names = Names::of(log);
        let alone = Held::take(log, true)?;
        finish(log, &names)?;
        Ok(Self {
            log: log.to_owned(),
            names,
            _alone: alone,
        })
    }

    /// Where the new log is to be written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.names.new
    }

    /// Clears away what was begun. If it cannot be removed now, the next opening does it.
    pub fn give_up(self) {
        let _ = remove(&self.names.new);
    }

    /// Puts the new log, whole and closed, in the place of the old one, which is kept under another name. One that an
    /// interrupted compaction had left keeps its bytes too, under a free name.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn take_the_place(self, aside: &Path) -> io::Result<()> {
        sync_whole(&self.names.new)?;
        if self.names.old.exists() {
            let kept = free_name(&self.log, ".before-compaction");
            tracing::warn!("{} is kept as {}", self.names.old.display(), kept.display());
            rename(&self.names.old, &kept)?;
        }
        rename(&self.log, &self.names.old)?;
        self.names.place_new(&self.log)?;
        rename(&self.names.old, aside)
    }
}

/// Renames, durably.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_parent(to)
}

/// Removes a directory with all in it, durably.
fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_parent(directory),
    }
}

/// A name beside the log that is free: the log's with a suffix, or with a number after that.
pub fn free_name(log: &Path, suffix: &str) -> PathBuf {
    let first = Names::with(log, suffix);
    let mut others = (2..u32::MAX).map(|number| Names::with(log, &format!("{suffix}-{number}")));
    if first.exists() {
        others.find(|name| !name.exists()).unwrap_or(first)
    } else {
        first
    }
}

pub(crate) fn parent_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    fs::File::open(parent_of(path))?.sync_all()
}

/// Flushes every file and directory below, and the name of the whole.
fn sync_whole(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_whole(&path)?;
        } else {
            fs::File::open(&path)?.sync_all()?;
        }
    }
    fs::File::open(directory)?.sync_all()?;
    sync_parent(directory)
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
