//! Making a backup: what is new, and what must be written again because its content was erased.
//!
//! # Why it is arranged so
//!
//! A plan is divided into stretches of `BACKUP_FILE_EVENTS_MAX` positions. A finished stretch is one file that later
//! runs leave alone; the last one grows by a file per run, until it is finished or in too many pieces, and is then
//! written as one. So a run writes what is new, and the number of files does not grow with the number of runs.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use schema::audit::PlanOrigin;
use schema::ids::{IncarnationId, PlanId, Position, TimestampMs};
use schema::limits::{BACKUP_FILE_BYTES_MAX, LOG_PAGE_EVENTS_MAX};
use schema::log::commitment::CHAIN_START;

use super::disk::{self, UNFINISHED, Unfinished};
use super::manifest::{FORMAT, FilePart, Hash32, Manifest, PlanPart, RecordsFile};
use super::place::ensure_no_strangers;
use super::records::{self, RecordsWriter};
use super::source::{End, Source};
use super::stretch::{self, Growing, Stretch};
use super::verify::{self, Course};
use super::{BackupError, damaged, files};
use crate::accounts::{self, Accounts};
use crate::log::Extent;
use crate::log::compact::size_of;
use crate::log::space::ensure_room;

/// Asked for beside what a run writes: names, directories and a longer manifest.
const MARGIN_BYTES: u64 = 64 << 10;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Plans in the backup.
    pub plans: u64,
    /// Events in the backup.
    pub events: u64,
    /// Events that it did not have before.
    pub new_events: u64,
    /// Bytes of all its files.
    pub bytes: u64,
    /// Files of records written by this run.
    pub files_written: u64,
    /// Bytes of them.
    pub bytes_written: u64,
    /// Files written again because content in them was erased since, or because they were not what they were.
    pub files_again: u64,
    /// What was wrong with those that were not what they were, each named.
    pub mended: Vec<String>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The plan it is at, from 1.
    pub plan: usize,
    /// Of so many.
    pub plans: usize,
    /// Events written so far.
    pub events: u64,
}

/// Brings the backup in a directory up to now; makes the directory when it is not there.
///
/// # Errors
/// [`BackupError`]; the backup that was there stands, and nothing lies beside it.
pub fn make(
    source: &dyn Source,
    to: &Path,
    now: TimestampMs,
    tell: &mut dyn FnMut(Progress),
) -> Result<Made, BackupError> {
    let is_new = !to.exists();
    ensure_no_strangers(to)?;
    disk::make_private_dir(to).map_err(files("cannot make", to))?;
    let _alone = lock(to)?;
    let run = Run {
        source,
        to,
        tell,
        progress: Progress {
            plan: 0,
            plans: 0,
            events: 0,
        },
        made: Made::default(),
    };
    let made = run.all(now);
    if made.is_err() {
        // What cannot be cleared away now is by the next run.
        let _ = give_up(to, is_new);
    }
    made
}

/// Clears away what a run began. The manifest that lies there says what is whole: the last step may have failed after it
/// was put in its place.
fn give_up(to: &Path, is_new: bool) -> Result<(), BackupError> {
    let standing = backup_in(to)?;
    let cleared = clear_away(to, standing.as_ref());
    if is_new && standing.is_none() {
        let _ = std::fs::remove_dir(to);
    }
    cleared.map_err(files("cannot clear away what was begun in", to))
}

/// Asks what can refuse a run but the log itself, for who must open that and so change its files: whether the backup that
/// is there is of the same `life`, as far as that is told, and whether the accounts were lost since.
///
/// # Errors
/// [`BackupError`] as [`make`].
pub fn ensure_goes_on(to: &Path, life: Option<IncarnationId>, accounts: &Path) -> Result<(), BackupError> {
    let holds_nobody = Accounts::hold_nobody(accounts)?;
    ensure_no_strangers(to)?;
    let Some(before) = backup_in(to)? else {
        return Ok(());
    };
    if let Some(life) = life {
        ensure_same_life(to, &before, life)?;
    }
    ensure_accounts_are_there(to, &before, holds_nobody)
}

pub(super) fn backup_in(to: &Path) -> Result<Option<Manifest>, BackupError> {
    match Manifest::read(to) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(BackupError::NoBackup(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn ensure_same_life(to: &Path, before: &Manifest, own: IncarnationId) -> Result<(), BackupError> {
    if before.incarnation == own {
        return Ok(());
    }
    Err(BackupError::OtherLog {
        directory: to.display().to_string(),
        found: before.incarnation,
        own,
    })
}

/// Accounts that hold nobody do not take the place of those that hold somebody: they were lost.
fn ensure_accounts_are_there(to: &Path, before: &Manifest, holds_nobody: bool) -> Result<(), BackupError> {
    let kept = std::fs::read(to.join(&before.accounts.name)).ok();
    let held_somebody = kept.is_some_and(|kept| !accounts::is_blank(&kept).unwrap_or(true));
    if holds_nobody && held_somebody {
        return Err(BackupError::AccountsGone(to.display().to_string()));
    }
    Ok(())
}

/// One run at a time; goes with its process.
fn lock(directory: &Path) -> Result<File, BackupError> {
    let place = File::open(directory).map_err(files("cannot open", directory))?;
    match place.try_lock() {
        Ok(()) => Ok(place),
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy(directory.display().to_string())),
        Err(TryLockError::Error(error)) => Err(files("cannot lock", directory)(error)),
    }
}

struct Run<'a> {
    source: &'a dyn Source,
    to: &'a Path,
    tell: &'a mut dyn FnMut(Progress),
    progress: Progress,
    made: Made,
}

impl Run<'_> {
    fn all(mut self, now: TimestampMs) -> Result<Made, BackupError> {
        let before = backup_in(self.to)?;
        let incarnation = self.source.incarnation();
        if let Some(before) = &before {
            ensure_same_life(self.to, before, incarnation)?;
        }
        let plans = self.plans(before.as_ref())?;
        let manifest = Manifest {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            incarnation,
            made_at_ms: now,
            plans,
            accounts: self.accounts(before.as_ref())?,
        };
        manifest.write(self.to)?;
        clear_away(self.to, Some(&manifest))
            .map_err(files("cannot clear away what is no longer used in", self.to))?;
        Ok(Made {
            plans: manifest.plans.len() as u64,
            events: manifest.events(),
            new_events: manifest.events() - before.map_or(0, |before| before.events()),
            bytes: manifest.bytes(),
            ..self.made
        })
    }

    fn plans(&mut self, before: Option<&Manifest>) -> Result<Vec<PlanPart>, BackupError> {
        let ends = self.source.ends()?;
        self.progress.plans = ends.len();
        let gone = before
            .into_iter()
            .flat_map(|before| &before.plans)
            .find(|part| ends.iter().all(|end| end.plan != part.plan));
        if let Some(gone) = gone {
            return Err(self.diverged(gone.plan, Position(0)));
        }
        let growing = ends.into_iter().map(|end| self.growing(end, before));
        let growing: Vec<Growing> = growing.collect::<Result<_, _>>()?;
        self.ensure_room(&growing, before)?;
        let parts = growing.into_iter().map(|growing| {
            self.progress.plan += 1;
            self.plan(growing)
        });
        parts.collect()
    }

    /// A plan as the backup has it and as it is now.
    fn growing(&self, end: End, before: Option<&Manifest>) -> Result<Growing, BackupError> {
        let mut parts = before.into_iter().flat_map(|before| &before.plans);
        let known = parts.find(|part| part.plan == end.plan);
        if let Some(known) = known {
            self.goes_on(end.plan, end.next, known)?;
        }
        Ok(Growing {
            had: known.map_or(Position(0), |known| known.next),
            pieces: known.map(|known| known.files.clone()).unwrap_or_default(),
            // Asked before any record is read: what is erased after this is noticed by the next run.
            erased: self.source.erased(end.plan)?,
            end,
        })
    }

    /// Asks for what new events take in the log, and for what is written again beside what it replaces.
    fn ensure_room(&self, growing: &[Growing], before: Option<&Manifest>) -> Result<(), BackupError> {
        let Some(data) = self.source.data() else {
            return Ok(());
        };
        let all: u64 = growing.iter().map(|growing| growing.end.next.0).sum();
        let new: u64 = growing
            .iter()
            .map(|growing| growing.end.next.0.saturating_sub(growing.had.0))
            .sum();
        let log = u128::from(size_of(&data.join("log")));
        let share = log * u128::from(new) / u128::from(all.max(1));
        let again: u64 = growing.iter().map(Growing::bytes_again).sum();
        let beside = size_of(&data.join("accounts")) + before.map_or(0, Manifest::own_bytes) + MARGIN_BYTES;
        let share = u64::try_from(share).unwrap_or(u64::MAX);
        Ok(ensure_room(
            self.to,
            share.saturating_add(again).saturating_add(beside),
        )?)
    }

    fn diverged(&self, plan: PlanId, position: Position) -> BackupError {
        BackupError::Diverged {
            directory: self.to.display().to_string(),
            plan,
            position,
        }
    }

    fn plan(&mut self, growing: Growing) -> Result<PlanPart, BackupError> {
        let origin = PlanOrigin {
            plan: growing.end.plan,
            incarnation: self.source.incarnation(),
        };
        let mut written = Written {
            files: Vec::new(),
            course: Course::of(origin, growing.end.checkpoint.as_deref())?,
        };
        for (stretch, own) in growing.stretches() {
            self.stretch(&stretch, &own, &growing.erased, &mut written)?;
        }
        written.course.ensure_holds_what_was_signed()?;
        let End {
            plan,
            next,
            checkpoint,
        } = growing.end;
        Ok(PlanPart {
            plan,
            next,
            chain: written.chain(),
            checkpoint,
            files: written.files,
        })
    }

    /// The log's event at the end of the backup must be the backup's.
    fn goes_on(&self, plan: PlanId, end: Position, known: &PlanPart) -> Result<(), BackupError> {
        let Some(last) = known.next.0.checked_sub(1).map(Position) else {
            return Ok(());
        };
        if known.next > end {
            return Err(self.diverged(plan, end));
        }
        let record = self.source.page(plan, last, 1)?.pop();
        match record {
            Some(record) if Hash32(record.chain) == known.chain => Ok(()),
            _ => Err(self.diverged(plan, last)),
        }
    }

    fn stretch(
        &mut self,
        stretch: &Stretch,
        pieces: &[&RecordsFile],
        erased: &[(Position, Extent)],
        written: &mut Written,
    ) -> Result<(), BackupError> {
        let covered = stretch.covered(pieces);
        if stretch.are_to_be_one(pieces) {
            return self.write(stretch.plan, (stretch.start, stretch.end), written);
        }
        for piece in pieces {
            if piece.chain_before != written.chain() {
                return Err(damaged(&piece.file.name, "it does not follow the file before it"));
            }
            if !stretch::lacks_what_was_erased(piece, erased)
                || !self.is_whole(stretch.plan, piece, written)?
            {
                self.made.files_again += 1;
                self.write(stretch.plan, (piece.first, piece.end), written)?;
            }
        }
        if covered < stretch.end {
            self.write(stretch.plan, (covered, stretch.end), written)?;
        }
        Ok(())
    }

    /// Takes a file of an earlier run over, if every byte of it is what it was. What is wrong with it is told.
    fn is_whole(
        &mut self,
        plan: PlanId,
        piece: &RecordsFile,
        written: &mut Written,
    ) -> Result<bool, BackupError> {
        let mut course = written.course.clone();
        match verify::file(self.to, plan, piece, &mut course) {
            Ok(()) => {
                written.course = course;
                written.files.push(piece.clone());
                Ok(true)
            }
            Err(BackupError::Damaged { file, what }) => {
                self.made.mended.push(format!("{file}: {what}"));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes records into as many files as their size asks for, and reads each back.
    fn write(
        &mut self,
        plan: PlanId,
        (first, end): (Position, Position),
        written: &mut Written,
    ) -> Result<(), BackupError> {
        let mut next = first;
        while next < end {
            let mut file = RecordsWriter::begin(self.to, plan, next, written.chain())?;
            while next < end && file.bytes() < BACKUP_FILE_BYTES_MAX {
                let limit = usize::try_from(end.0 - next.0).unwrap_or(usize::MAX);
                let page = self.source.page(plan, next, limit.min(LOG_PAGE_EVENTS_MAX))?;
                if page.is_empty() {
                    let missing = format!("plan {plan} has no event {next}");
                    return Err(BackupError::Source(missing));
                }
                for record in &page {
                    file.push(record)?;
                    let wrong = |what| BackupError::Source(format!("plan {plan}, {what}"));
                    written.course.follow(record, wrong)?;
                }
                next = Position(next.0 + page.len() as u64);
                self.progress.events += page.len() as u64;
                (self.tell)(self.progress);
            }
            let file = file.finish()?;
            records::read(self.to, plan, &file, &mut |_| Ok(()))?;
            self.made.files_written += 1;
            self.made.bytes_written += file.file.bytes;
            written.files.push(file);
        }
        Ok(())
    }

    fn accounts(&self, before: Option<&Manifest>) -> Result<FilePart, BackupError> {
        let copy = self.source.accounts()?;
        if let Some(before) = before {
            ensure_accounts_are_there(self.to, before, accounts::is_blank(&copy).unwrap_or(true))?;
        }
        let folder = self.to.join("accounts");
        let write = || {
            disk::make_private_dir(&folder)?;
            let mut file = Unfinished::begin(&folder, "accounts")?;
            file.write(&copy)?;
            file.finish(|hash| {
                let hash: String = hash.to_string().chars().take(16).collect();
                format!("{hash}.accounts")
            })
        };
        let (name, sha256) = write().map_err(files("cannot write in", &folder))?;
        let part = FilePart {
            name: format!("accounts/{name}"),
            bytes: copy.len() as u64,
            sha256,
        };
        verify::read_accounts(self.to, &part)?;
        Ok(part)
    }
}

/// What the backup has of a plan so far in this run.
struct Written {
    files: Vec<RecordsFile>,
    course: Course,
}

impl Written {
    fn chain(&self) -> Hash32 {
        self.files.last().map_or(Hash32(CHAIN_START), |last| last.chain)
    }
}

/// Removes files of ours that the manifest does not name, of runs that were cut off, and what was written again; and
/// directories in which nothing is left.
fn clear_away(directory: &Path, manifest: Option<&Manifest>) -> std::io::Result<()> {
    let named = manifest.into_iter().flat_map(Manifest::files);
    let named: BTreeSet<_> = named.map(|file| directory.join(&file.name)).collect();
    let (accounts, plans) = (directory.join("accounts"), directory.join("plans"));
    let mut folders = Vec::new();
    if plans.is_dir() {
        for plan in std::fs::read_dir(&plans)? {
            folders.push(plan?.path());
        }
    }
    folders.extend([accounts, plans]);
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        clear_folder(folder, &named)?;
        // It stays where anything is left in it.
        if std::fs::remove_dir(folder).is_err() {
            disk::sync_dir(folder)?;
        }
    }
    clear_folder(directory, &named)?;
    disk::sync_dir(directory)
}

fn clear_folder(folder: &Path, named: &BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ours = name.ends_with(".records") || name.ends_with(".accounts") || name.starts_with(UNFINISHED);
        if ours && !named.contains(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}
