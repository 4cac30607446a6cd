//! Making a backup: what is new, and what must be written again because its content was erased.
//!
//! # Why it is arranged so
//!
//! A plan is divided into stretches of `BACKUP_FILE_EVENTS_MAX` positions. A finished stretch is one file that later
//! runs leave alone; the last one grows by a file per run, until it is finished or in too many pieces, and is then
//! written as one. So a run writes what is new, and the number of files does not grow with the number of runs.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::Path;

use schema::ids::{IncarnationId, PlanId, Position, TimestampMs};
use schema::limits::{BACKUP_FILE_BYTES_MAX, BACKUP_FILE_EVENTS_MAX, BACKUP_PIECES_MAX, LOG_PAGE_EVENTS_MAX};
use schema::log::commitment::CHAIN_START;

use super::disk::{self, UNFINISHED, Unfinished};
use super::manifest::{FORMAT, FilePart, Hash32, Manifest, PlanPart, RecordsFile};
use super::records::{self, RecordsWriter};
use super::source::{End, Source};
use super::{BackupError, damaged, files};
use crate::accounts::{self, Accounts};
use crate::log::Extent;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// Files written again because content in them was erased since, or because they were no longer there.
    pub files_again: u64,
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
/// [`BackupError`]; the backup that was there stands.
pub fn make(
    source: &dyn Source,
    to: &Path,
    now: TimestampMs,
    tell: &mut dyn FnMut(Progress),
) -> Result<Made, BackupError> {
    disk::make_private_dir(to).map_err(files("cannot make", to))?;
    let _alone = lock(to)?;
    let before = backup_in(to)?;
    let incarnation = source.incarnation();
    if let Some(before) = &before {
        ensure_same_life(to, before, incarnation)?;
    }
    let mut run = Run {
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
    let plans = run.plans(before.as_ref())?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        incarnation,
        made_at_ms: now,
        plans,
        accounts: run.accounts(before.as_ref())?,
    };
    manifest.write(to)?;
    clear_away(to, &manifest).map_err(files("cannot clear away what is no longer used in", to))?;
    Ok(Made {
        plans: manifest.plans.len() as u64,
        events: manifest.events(),
        new_events: manifest.events() - before.map_or(0, |before| before.events()),
        bytes: manifest.bytes(),
        ..run.made
    })
}

/// Asks what can refuse a run but the log itself, for who must open that and so change its files: whether the backup that
/// is there is of the same `life`, as far as that is told, and whether the accounts were lost since.
///
/// # Errors
/// [`BackupError`] as [`make`].
pub fn ensure_goes_on(to: &Path, life: Option<IncarnationId>, accounts: &Path) -> Result<(), BackupError> {
    let holds_nobody = Accounts::hold_nobody(accounts)?;
    let Some(before) = backup_in(to)? else {
        return Ok(());
    };
    if let Some(life) = life {
        ensure_same_life(to, &before, life)?;
    }
    ensure_accounts_are_there(to, &before, holds_nobody)
}

fn backup_in(to: &Path) -> Result<Option<Manifest>, BackupError> {
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
    fn plans(&mut self, before: Option<&Manifest>) -> Result<Vec<PlanPart>, BackupError> {
        let ends = self.source.ends()?;
        self.progress.plans = ends.len();
        let known = |plan| {
            let mut parts = before.into_iter().flat_map(|before| &before.plans);
            parts.find(|part| part.plan == plan)
        };
        let gone = before
            .into_iter()
            .flat_map(|before| &before.plans)
            .find(|part| ends.iter().all(|end| end.plan != part.plan));
        if let Some(gone) = gone {
            return Err(self.diverged(gone.plan, Position(0)));
        }
        let parts = ends.into_iter().map(|end| {
            self.progress.plan += 1;
            let known = known(end.plan);
            self.plan(end, known)
        });
        parts.collect()
    }

    fn diverged(&self, plan: PlanId, position: Position) -> BackupError {
        BackupError::Diverged {
            directory: self.to.display().to_string(),
            plan,
            position,
        }
    }

    fn plan(&mut self, end: End, known: Option<&PlanPart>) -> Result<PlanPart, BackupError> {
        let End {
            plan,
            next: end,
            checkpoint,
        } = end;
        if let Some(known) = known {
            self.goes_on(plan, end, known)?;
        }
        let pieces = known.map(|known| known.files.as_slice()).unwrap_or_default();
        // Asked before any record is read: what is erased after this is noticed by the next run.
        let erased = self.source.erased(plan)?;
        let mut written: Vec<RecordsFile> = Vec::new();
        let mut start = Position(0);
        while start < end {
            let full = Position(start.0 + BACKUP_FILE_EVENTS_MAX);
            let stretch = Stretch {
                plan,
                start,
                end: full.min(end),
                full: full <= end,
            };
            let own: Vec<&RecordsFile> = pieces
                .iter()
                .filter(|piece| piece.first >= start && piece.first < full)
                .collect();
            self.stretch(&stretch, &own, &erased, &mut written)?;
            start = full;
        }
        Ok(PlanPart {
            plan,
            next: end,
            chain: chain_of(&written),
            checkpoint,
            files: written,
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
        written: &mut Vec<RecordsFile>,
    ) -> Result<(), BackupError> {
        let covered = pieces.last().map_or(stretch.start, |piece| piece.end);
        if stretch.are_to_be_one(pieces, covered) {
            return self.write(stretch.plan, (stretch.start, stretch.end), written);
        }
        for piece in pieces {
            if piece.chain_before != chain_of(written) {
                return Err(damaged(&piece.file.name, "it does not follow the file before it"));
            }
            if self.is_current(piece, erased) {
                written.push((*piece).clone());
            } else {
                self.made.files_again += 1;
                self.write(stretch.plan, (piece.first, piece.end), written)?;
            }
        }
        if covered < stretch.end {
            self.write(stretch.plan, (covered, stretch.end), written)?;
        }
        Ok(())
    }

    /// Whether a file is there and holds nothing that was erased since it was written.
    fn is_current(&self, piece: &RecordsFile, erased: &[(Position, Extent)]) -> bool {
        let found = std::fs::metadata(self.to.join(&piece.file.name)).map(|found| found.len());
        let within = erased.iter().filter(|(position, _)| piece.holds(*position));
        let (mut payloads, mut salts) = (0, 0);
        for (_, extent) in within {
            payloads += 1;
            salts += u64::from(*extent == Extent::PayloadAndEnvelopeSalt);
        }
        found.ok() == Some(piece.file.bytes)
            && (payloads, salts) == (piece.erased_payloads, piece.erased_salts)
    }

    /// Writes records into as many files as their size asks for, and reads each back.
    fn write(
        &mut self,
        plan: PlanId,
        (first, end): (Position, Position),
        written: &mut Vec<RecordsFile>,
    ) -> Result<(), BackupError> {
        let mut next = first;
        while next < end {
            let mut file = RecordsWriter::begin(self.to, plan, next, chain_of(written))?;
            while next < end && file.bytes() < BACKUP_FILE_BYTES_MAX {
                let limit = usize::try_from(end.0 - next.0).unwrap_or(usize::MAX);
                let page = self.source.page(plan, next, limit.min(LOG_PAGE_EVENTS_MAX))?;
                if page.is_empty() {
                    let missing = format!("plan {plan} has no event {next}");
                    return Err(BackupError::Source(missing));
                }
                for record in &page {
                    file.push(record)?;
                }
                next = Position(next.0 + page.len() as u64);
                self.progress.events += page.len() as u64;
                (self.tell)(self.progress);
            }
            let file = file.finish()?;
            records::read(self.to, plan, &file, &mut |_| Ok(()))?;
            self.made.files_written += 1;
            self.made.bytes_written += file.file.bytes;
            written.push(file);
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
        Ok(FilePart {
            name: format!("accounts/{name}"),
            bytes: copy.len() as u64,
            sha256,
        })
    }
}

/// Consecutive positions of a plan that end up in one file.
struct Stretch {
    plan: PlanId,
    start: Position,
    end: Position,
    full: bool,
}

impl Stretch {
    /// Whether its pieces and what is new of it are to be written as one.
    fn are_to_be_one(&self, pieces: &[&RecordsFile], covered: Position) -> bool {
        let grows = covered < self.end;
        let count = pieces.len() + usize::from(grows);
        let pairs = pieces.iter().zip(pieces.iter().skip(1));
        let fit = |(one, other): (&&RecordsFile, &&RecordsFile)| {
            one.file.bytes + other.file.bytes <= BACKUP_FILE_BYTES_MAX
        };
        let too_many = count > BACKUP_PIECES_MAX || (self.full && count > 1);
        // Files that are several only because of their size stay as they are.
        too_many && (grows || pairs.into_iter().any(fit))
    }
}

fn chain_of(written: &[RecordsFile]) -> Hash32 {
    written.last().map_or(Hash32(CHAIN_START), |last| last.chain)
}

/// Removes files of ours that the manifest does not name: of runs that were cut off, and what was written again.
fn clear_away(directory: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let named: BTreeSet<_> = manifest.files().map(|file| directory.join(&file.name)).collect();
    let mut folders = vec![directory.to_owned(), directory.join("accounts")];
    if let Ok(plans) = std::fs::read_dir(directory.join("plans")) {
        for plan in plans {
            folders.push(plan?.path());
        }
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ours =
                name.ends_with(".records") || name.ends_with(".accounts") || name.starts_with(UNFINISHED);
            if ours && !named.contains(&path) {
                std::fs::remove_file(&path)?;
            }
        }
        disk::sync_dir(folder)?;
    }
    Ok(())
}
