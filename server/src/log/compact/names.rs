//! The names that a log and what is written beside it have, and what they say after a crash.
//!
//! # Why it exists
//!
//! A log is written anew beside the one that is there, by a compaction or a repair, and takes its place by renames. So at
//! every instant the names that are there say what to do, and whoever opens a log does it first ([`settle`]).
//!
//! # Invariants
//!
//! - A log that a repair mended and verified is called `log.mended` first, so what has that name is whole. The damaged one
//!   gets the name that it keeps at once: it is never `log.old`, which is cleared away.
//!
//! | there is | a crash came | [`settle`] |
//! |---|---|---|
//! | `log` | never | nothing |
//! | `log`, `log.compacting` | while writing anew | removes `log.compacting` |
//! | `log.old`, `log.compacting` | between the two renames | renames `log.compacting` to `log`; `log.old` as below |
//! | `log`, `log.old` | before the old one was removed | has `log.old` removed when `log` has opened |
//! | `log`, `log.mended` | before a mended log took the place | removes `log.mended`: the repair is to be done again |
//! | `log.mended`, no `log` | between the last two renames of a repair | renames `log.mended` to `log` |
//! | `log.old` or `log.compacting` alone | not by us | refuses, and says what to rename |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::log::copy;

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
    let left_over = names.new.exists() || names.mended.exists() || names.old.exists();
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
        (false, ..) if names.mended.exists() => Ok((names.mended, held)),
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
    pub(super) fn take(log: &Path, alone: bool) -> Result<Self, SettleError> {
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
    pub(in crate::log) fn alone(&self, log: &Path) -> Result<(), SettleError> {
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

/// Does what the names say; nothing where they say nothing.
pub(super) fn finish(log: &Path, names: &Names) -> Result<(), SettleError> {
    names.finish_repair(log).map_err(|source| SettleError::Files {
        log: log.display().to_string(),
        source,
    })?;
    let there = (log.exists(), names.new.exists(), names.old.exists());
    let settled = match there {
        (_, false, false) | (true, false, true) => return Ok(()),
        (true, true, _) => {
            tracing::warn!(
                "clearing away what a compaction or a repair that was cut off left beside the log"
            );
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

/// The names a log has while it is compacted.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) new: PathBuf,
    /// What a repair wrote, when it is whole and verified.
    mended: PathBuf,
    pub(super) old: PathBuf,
}

impl Names {
    pub(super) fn of(log: &Path) -> Self {
        Self {
            new: Self::with(log, ".compacting"),
            mended: Self::with(log, ".mended"),
            old: Self::with(log, ".old"),
        }
    }

    pub(super) fn with(log: &Path, suffix: &str) -> PathBuf {
        let mut name = log.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    }

    pub(super) fn place_new(&self, log: &Path) -> io::Result<()> {
        rename(&self.new, log)
    }

    fn finish_repair(&self, log: &Path) -> io::Result<()> {
        if !self.mended.exists() {
            return Ok(());
        }
        if log.exists() {
            tracing::warn!(
                "clearing away the log of a repair that was cut off before it took the place of the damaged one"
            );
            return remove(&self.mended);
        }
        tracing::warn!(
            "a repair that was cut off had mended the log: putting it in its place. The damaged one is kept beside it. \
             Compare it with the last checkpoint that a witness or another party has"
        );
        rename(&self.mended, log)
    }
}

/// Puts the log in its place that a repair had mended when it was cut off; answers whether there was one.
///
/// # Errors
/// [`SettleError`].
pub fn finish_repair(log: &Path) -> Result<bool, SettleError> {
    let names = Names::of(log);
    let is_mended = names.mended.exists() && !log.exists();
    if is_mended {
        let _alone = Held::take(log, true)?;
        finish(log, &names)?;
    }
    Ok(is_mended)
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

    /// Puts the new log, whole and closed, in the place of the damaged one, which is kept under the name `aside`. One that
    /// an interrupted compaction had left keeps its bytes too, under a free name.
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
        rename(&self.names.new, &self.names.mended)?;
        rename(&self.log, aside)?;
        rename(&self.names.mended, &self.log)
    }
}

/// Renames, durably.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_parent(to)
}

/// Removes a directory with all in it, durably.
pub(super) fn remove(directory: &Path) -> io::Result<()> {
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

/// What lies beside a log under a name that [`free_name`] gave.
#[must_use]
pub fn names_in_use(log: &Path, suffix: &str) -> Vec<PathBuf> {
    let first = Names::with(log, suffix);
    let numbered = format!("{}-", first.display());
    let beside = fs::read_dir(parent_of(log)).into_iter().flatten().flatten();
    let is_one = |path: &PathBuf| *path == first || path.display().to_string().starts_with(&numbered);
    beside.map(|entry| entry.path()).filter(is_one).collect()
}

pub(crate) fn parent_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    fs::File::open(parent_of(path))?.sync_all()
}

/// Flushes every file and directory below, and the name of the whole.
pub(super) fn sync_whole(directory: &Path) -> io::Result<()> {
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
