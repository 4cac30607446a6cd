//! Mending a damaged log: the whole of a backup, and what follows it in the log as far as it is proved.
//!
//! # Invariants
//!
//! - Nothing is guessed: an event is taken from the log only where its commitments hold and its chain value follows
//!   from the event before it; one that cannot be had from log or backup is refused with its plan and position.
//! - What is mended is what was signed: of the backup's checkpoint and of the newest one in the data directory. A log that holds
//!   together and is another history than the signed one is damaged.
//! - What was erased since the backup stays erased.
//! - The incarnation stays: no event is lost that anything tells of. A batch at the very end that is not whole is left
//!   out, as every opening does; where more may have been answered than the files tell, it is said how far each plan goes.
//! - A log that is whole stays as it is.
//! - The new log is verified before it takes the place of the damaged one, which is kept beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;
use schema::log::commitment::CHAIN_START;

use super::manifest::{Manifest, PlanPart};
use super::{BackupError, files, verify};
use crate::audit::held::NotAsSigned;
use crate::audit::signed::Signed;
use crate::log::compact::{self, Anew};
use crate::log::engine::{self, Engine, EngineError, EngineKind, Opening, Remains};
use crate::log::space::{RoomError, ensure_room};
use crate::log::{Extent, ReadError};

/// How the name of a damaged log that is kept goes on after the log's.
const DAMAGED: &str = ".damaged";
/// Records taken over at a time, with one flush.
const PAGE_EVENTS: usize = 4_096;

/// What a repair took from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Events that were whole in the log.
    pub from_log: u64,
    /// Events that the log had lost and the backup had.
    pub from_backup: u64,
    /// Events of batches at the end of a plan that are not whole.
    pub cut: u64,
    /// Where every plan of the new log ends, if more may have been answered than the files tell: then what followed is
    /// lost, unless somebody else has it.
    pub may_lack_after: Vec<(PlanId, Position)>,
    /// The log of which its note of what was answered told, if not of this one: it counted for nothing.
    pub strange_note: Option<IncarnationId>,
    /// Where the damaged log is kept.
    pub kept_aside: PathBuf,
}

/// What came of asking for a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The log is whole, and as it was.
    Whole,
    /// It is mended.
    Mended(Repaired),
    /// A repair before had mended it and was cut off before it could say so: the log is in its place now. Here is where every
    /// plan ends, if more may have been answered than the damaged log tells.
    Finished(Vec<(PlanId, Position)>),
}

/// Why a log was not mended. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// There is nothing to mend: what was answered after the backup cannot be told.
    #[error(
        "nothing can be read any more of the log in {log}, not even which log it was: restore the backup, which begins \
         another life of the log"
    )]
    Nothing {
        /// Where the log was.
        log: String,
    },
    /// There is no room for a second log.
    #[error("a repair writes the log anew beside the damaged one: {0}")]
    Room(#[from] RoomError),
    /// An event that neither has.
    #[error(
        "event {position} of plan {plan} is damaged in the log and later than the backup: a newer backup is needed, \
         or a restore, which begins another life of the log ({source})"
    )]
    Lost {
        /// The plan.
        plan: PlanId,
        /// The first event that cannot be had.
        position: Position,
        /// What is wrong with it.
        source: ReadError,
    },
    /// Neither log nor backup has the history that was signed in the data directory.
    #[error(
        "{0}, neither with the backup's events nor with the log's own: use a backup that was made before they were exchanged, \
         or hold the checkpoint of a witness or a party against what there is"
    )]
    NotAsSigned(NotAsSigned),
}

impl From<EngineError> for RepairError {
    fn from(error: EngineError) -> Self {
        Self::Backup(error.into())
    }
}

impl From<ReadError> for RepairError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotAsSigned(differs) => Self::NotAsSigned(differs),
            other => Self::Backup(other.into()),
        }
    }
}

/// Mends the log in a directory from a backup; `log` is the log's own directory, in a data directory. Does nothing, and
/// answers so, where the log is whole.
///
/// # Errors
/// [`RepairError`]; the log is as it was, and nothing new lies beside it.
pub fn repair(log: &Path, backup: &Path, tell: &mut dyn FnMut(u64)) -> Result<Outcome, RepairError> {
    let (manifest, _) = verify::verify(backup)?;
    let is_finished = compact::finish_repair(log).map_err(EngineError::from)?;
    if let Some(ends) = ends_if_whole(log) {
        return Ok(match is_finished {
            true if tells_of_all(log, manifest.incarnation) => Outcome::Finished(Vec::new()),
            true => Outcome::Finished(ends),
            false => Outcome::Whole,
        });
    }
    let anew = Anew::begin(log).map_err(EngineError::from)?;
    // A log that lost much may be the smaller one: then the backup tells how large it becomes.
    let of_backup = kind_of(log).room_for(manifest.bytes());
    ensure_room(compact::parent_of(log), compact::size_of(log).max(of_backup))?;
    match mend((log, anew.path()), (backup, &manifest), tell) {
        Ok(mut repaired) => {
            repaired.kept_aside = compact::free_name(log, DAMAGED);
            anew.take_the_place(&repaired.kept_aside)
                .map_err(files("cannot put in its place", log))?;
            Ok(Outcome::Mended(repaired))
        }
        Err(error) => {
            anew.give_up();
            Err(error)
        }
    }
}

/// Where the plans end of a log of which nothing is to be mended, as `log verify` asks of the log itself. One that cannot
/// be asked is not whole.
fn ends_if_whole(log: &Path) -> Option<Vec<(PlanId, Position)>> {
    let looked_at = engine::open_existing(log, Opening::Check).ok()?;
    let mut signed = signed_of(log, looked_at.incarnation()).ok()?;
    signed.check_ends(looked_at.as_ref()).ok()?;
    looked_at
        .verify_also(&mut |plan, record| signed.take(plan, record))
        .ok()?;
    let plans = looked_at.plans().into_iter();
    Some(plans.map(|plan| (plan, looked_at.next_position(plan))).collect())
}

/// Whether the damaged log that a repair has kept tells of all that was answered. Of several nobody knows which it was.
fn tells_of_all(log: &Path, incarnation: IncarnationId) -> bool {
    let kept = compact::names_in_use(log, DAMAGED);
    let [kept] = kept.as_slice() else { return false };
    engine::remains_of(kept, incarnation).is_ok_and(|remains| !remains.end_is_unknown())
}

/// Writes a whole log anew beside a damaged one, and verifies it.
fn mend(
    (log, anew): (&Path, &Path),
    (backup, manifest): (&Path, &Manifest),
    tell: &mut dyn FnMut(u64),
) -> Result<Repaired, RepairError> {
    let remains = engine::remains_of(log, manifest.incarnation)?;
    let mut ends: BTreeMap<PlanId, Position> = remains.ends()?.into_iter().collect();
    if remains.incarnation().is_none() && ends.is_empty() {
        return Err(RepairError::Nothing {
            log: log.display().to_string(),
        });
    }
    // Files that do not say it any more are taken for those of the backup: an event proves whether it goes on from it.
    let own = remains.incarnation().unwrap_or(manifest.incarnation);
    if own != manifest.incarnation {
        return Err(RepairError::Backup(BackupError::OtherLog {
            directory: backup.display().to_string(),
            found: manifest.incarnation,
            own,
        }));
    }
    let mut repaired = Repaired {
        strange_note: remains.strange_note(),
        ..Repaired::default()
    };
    let kind = kind_of(log);
    let new = engine::create(anew, kind, own)?;
    // What was signed was there, whatever the files say.
    let mut signed = signed_of(log, own)?;
    for (plan, signed) in signed.ends() {
        let end = ends.entry(plan).or_default();
        *end = signed.max(*end);
    }
    let plans: BTreeSet<PlanId> = ends
        .keys()
        .copied()
        .chain(manifest.plans.iter().map(|part| part.plan))
        .collect();
    for plan in &plans {
        let plan = *plan;
        let mut mending = Mending {
            remains: remains.as_ref(),
            new: new.as_ref(),
            plan,
            chain: CHAIN_START,
            page: Vec::with_capacity(PAGE_EVENTS),
            repaired: &mut repaired,
            tell,
        };
        mending.plan(backup, part_of(manifest, plan), ends.get(&plan).copied())?;
    }
    if remains.end_is_unknown() {
        repaired.may_lack_after = plans
            .iter()
            .map(|plan| (*plan, new.next_position(*plan)))
            .collect();
    }
    drop(new);
    let closed = || engine::wait_until_closed(anew).map_err(files("cannot wait for", anew));
    closed()?;
    let mended = engine::open(anew, kind, Opening::Check)?;
    mended.verify_also(&mut |plan, record| signed.take(plan, record))?;
    drop(mended);
    closed()?;
    Ok(repaired)
}

/// The engine of the new log.
fn kind_of(log: &Path) -> EngineKind {
    engine::kind_of(log).unwrap_or(EngineKind::Sled)
}

/// What was signed of the log that lies in a data directory.
fn signed_of(log: &Path, incarnation: IncarnationId) -> Result<Signed, BackupError> {
    let data = log.parent().unwrap_or(log);
    Signed::of(data, incarnation).map_err(files("cannot read what was signed in", data))
}

fn part_of(manifest: &Manifest, plan: PlanId) -> Option<&PlanPart> {
    manifest.plans.iter().find(|part| part.plan == plan)
}

/// One plan on its way into the new log.
struct Mending<'a> {
    remains: &'a dyn Remains,
    new: &'a dyn Engine,
    plan: PlanId,
    chain: [u8; 32],
    page: Vec<Record>,
    repaired: &'a mut Repaired,
    tell: &'a mut dyn FnMut(u64),
}

impl Mending<'_> {
    fn plan(
        &mut self,
        backup: &Path,
        part: Option<&PlanPart>,
        end: Option<Position>,
    ) -> Result<(), RepairError> {
        if let Some(part) = part {
            let erased: BTreeMap<Position, Extent> = self.remains.erased(self.plan)?.into_iter().collect();
            let life = self.new.incarnation();
            verify::each_record(backup, life, part, &mut |record| self.backed_up(record, &erased))?;
        }
        let (first, end) = (
            part.map_or(Position(0), |part| part.next),
            end.unwrap_or_default(),
        );
        self.later(first, end)?;
        Ok(self.flush()?)
    }

    /// An event of the backup: the log's own copy is taken where it is whole, because content may be gone from it
    /// since; not where it is another event, which holds together because it was sealed anew.
    fn backed_up(&mut self, record: Record, erased: &BTreeMap<Position, Extent>) -> Result<(), BackupError> {
        let position = record.envelope.position;
        match self.whole(position) {
            Ok((_, own)) if own.chain == record.chain => {
                self.repaired.from_log += 1;
                self.take(own)
            }
            _ => {
                self.repaired.from_backup += 1;
                let record = match erased.get(&position) {
                    Some(extent) => extent.of(self.plan, record),
                    None => record,
                };
                self.take(record)
            }
        }
    }

    /// What the log has after the backup: all of it, or nothing is mended. Here a damaged event is never taken for
    /// the torn end of a batch: the engine wrote it whole, so somebody may have been answered.
    fn later(&mut self, first: Position, end: Position) -> Result<(), RepairError> {
        let mut batch: Vec<Record> = Vec::new();
        let mut position = first;
        while position < end {
            let (mark, record) = self.whole(position).map_err(|source| RepairError::Lost {
                plan: self.plan,
                position,
                source,
            })?;
            self.chain = record.chain;
            batch.push(record);
            position = position.next();
            if mark.remaining == 0 {
                self.repaired.from_log += batch.len() as u64;
                for record in batch.drain(..) {
                    self.push(record)?;
                }
            }
        }
        // The rest of this batch is not there: it was not written, or is damaged where nothing tells of it.
        self.repaired.cut += batch.len() as u64;
        Ok(())
    }

    /// The log's event at a position, if it is proved to follow what was taken.
    fn whole(&self, position: Position) -> Result<(crate::log::place::BatchMark, Record), ReadError> {
        let (mark, record) = self.remains.record(self.plan, position)?;
        if record.is_proved_after(self.plan, &self.chain) {
            return Ok((mark, record));
        }
        Err(ReadError::Corrupt {
            plan: self.plan,
            position,
            what: "chain or commitment does not match".to_owned(),
        })
    }

    fn take(&mut self, record: Record) -> Result<(), BackupError> {
        self.chain = record.chain;
        self.push(record)
    }

    fn push(&mut self, record: Record) -> Result<(), BackupError> {
        self.page.push(record);
        if self.page.len() < PAGE_EVENTS {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), BackupError> {
        let page = std::mem::take(&mut self.page);
        (self.tell)(self.repaired.from_log + self.repaired.from_backup);
        Ok(self.new.adopt(self.plan, page)?)
    }
}
