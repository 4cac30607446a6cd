//! Checking a backup: every byte of every file, that the records make whole plans, and that these are the ones that the
//! signed checkpoints in it are of.

use std::collections::BTreeMap;
use std::path::Path;

use schema::audit::{PlanOrigin, SignedCheckpoint};
use schema::ids::{IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::log::commitment::CHAIN_START;
use schema::log::{Record, Stream};
use sha2::{Digest, Sha256};

use super::manifest::{self, FilePart, Hash32, Manifest, PlanPart, RecordsFile};
use super::{BackupError, damaged, records};
use crate::audit::held::Held;

/// What was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Plans.
    pub plans: u64,
    /// Those of them that the backup holds a signed checkpoint of, against which their events were held.
    pub signed_plans: u64,
    /// Events: checksum, numbers, commitments, chain.
    pub events: u64,
    /// Files, with that of the accounts.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
}

/// Reads all of a backup and checks it.
///
/// # Errors
/// [`BackupError`] naming the file.
pub fn verify(directory: &Path) -> Result<(Manifest, Verified), BackupError> {
    let manifest = Manifest::read(directory)?;
    for plan in &manifest.plans {
        each_record(directory, manifest.incarnation, plan, &mut |_| Ok(()))?;
    }
    accounts(directory, &manifest)?;
    let verified = Verified {
        plans: manifest.plans.len() as u64,
        signed_plans: manifest
            .plans
            .iter()
            .filter(|part| part.checkpoint.is_some())
            .count() as u64,
        events: manifest.events(),
        files: manifest.files().count() as u64,
        bytes: manifest.bytes(),
    };
    Ok((manifest, verified))
}

/// The accounts of a backup, checked.
///
/// # Errors
/// [`BackupError`] naming the file.
pub fn accounts(directory: &Path, manifest: &Manifest) -> Result<Vec<u8>, BackupError> {
    read_accounts(directory, &manifest.accounts)
}

pub(super) fn read_accounts(directory: &Path, part: &FilePart) -> Result<Vec<u8>, BackupError> {
    let bytes = std::fs::read(directory.join(&part.name)).map_err(|error| damaged(&part.name, error))?;
    if Hash32(Sha256::digest(&bytes).into()) != part.sha256 {
        return Err(damaged(
            &part.name,
            "it does not have the hash that the manifest states",
        ));
    }
    Ok(bytes)
}

/// Every record of a plan in a backup of a life of the log, in order, each proved to follow the one before, and all of them
/// held against the plan's signed checkpoint.
///
/// # Errors
/// [`BackupError`] naming the file or what was signed, or what `take` says.
pub fn each_record(
    directory: &Path,
    life: IncarnationId,
    part: &PlanPart,
    take: &mut dyn FnMut(Record) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let (mut next, mut chain) = (Position(0), Hash32(CHAIN_START));
    let origin = PlanOrigin {
        plan: part.plan,
        incarnation: life,
    };
    let mut course = Course::of(origin, part.checkpoint.as_deref())?;
    for file in &part.files {
        let name = &file.file.name;
        if (file.first, file.chain_before) != (next, chain) {
            return Err(damaged(name, "it does not follow the file before it"));
        }
        records::read(directory, part.plan, file, &mut |record| {
            course.follow(&record, |what| damaged(name, what))?;
            take(record)
        })?;
        (next, chain) = (file.end, file.chain);
    }
    if (next, chain) != (part.next, part.chain) {
        let name = format!("plans/{}", part.plan);
        return Err(damaged(&name, "its files do not end where the manifest says"));
    }
    course.ensure_holds_what_was_signed()
}

/// Every record of one file, with what comes before it.
pub(super) fn file(
    directory: &Path,
    plan: PlanId,
    file: &RecordsFile,
    course: &mut Course,
) -> Result<(), BackupError> {
    records::read(directory, plan, file, &mut |record| {
        course.follow(&record, |what| damaged(&file.file.name, what))
    })
}

/// A plan as far as its events were read: what must come next, and what was signed of them.
#[derive(Debug, Clone)]
pub(super) struct Course {
    plan: PlanId,
    numbers: Numbers,
    signed: Option<Held>,
}

impl Course {
    /// Before the first event; `checkpoint` is a signed note of the log's newest checkpoint, if there is one.
    ///
    /// # Errors
    /// [`BackupError::Damaged`] when that is no checkpoint of this log.
    pub(super) fn of(origin: PlanOrigin, checkpoint: Option<&str>) -> Result<Self, BackupError> {
        let none_of_it = |why: String| {
            let what = format!(
                "what it holds as the checkpoint of plan {} is none: {why}",
                origin.plan
            );
            damaged(manifest::NAME, what)
        };
        let held = |note: &str| {
            let signed =
                SignedCheckpoint::parse(note.as_bytes()).map_err(|error| none_of_it(error.to_string()))?;
            let stated = signed.checkpoint();
            if stated.origin.as_str() != origin.to_string() {
                return Err(none_of_it(format!("it is of the log {}", stated.origin)));
            }
            Ok(Held::against(stated.head))
        };
        Ok(Self {
            plan: origin.plan,
            numbers: Numbers::default(),
            signed: checkpoint.map(held).transpose()?,
        })
    }

    /// Takes in the next event.
    ///
    /// # Errors
    /// What `wrong` makes of a number that cannot be the next; [`BackupError::NotAsSigned`].
    pub(super) fn follow(
        &mut self,
        record: &Record,
        wrong: impl FnOnce(String) -> BackupError,
    ) -> Result<(), BackupError> {
        self.numbers.follow(record).map_err(wrong)?;
        match &mut self.signed {
            Some(held) => Ok(held.take(self.plan, record)?),
            None => Ok(()),
        }
    }

    /// # Errors
    /// [`BackupError::LacksSigned`].
    pub(super) fn ensure_holds_what_was_signed(&self) -> Result<(), BackupError> {
        match &self.signed {
            Some(held) if !held.is_whole() => Err(BackupError::LacksSigned {
                plan: self.plan,
                events: held.signed().size,
            }),
            _ => Ok(()),
        }
    }
}

/// What numbers and times must come next.
#[derive(Debug, Clone, Default)]
struct Numbers {
    revisions: BTreeMap<Stream, Revision>,
    recorded_at: TimestampMs,
}

impl Numbers {
    /// Takes in the next record of a plan, or says why it cannot be the next.
    fn follow(&mut self, record: &Record) -> Result<(), String> {
        let envelope = &record.envelope;
        let next = self.revisions.get(&envelope.stream).copied();
        if envelope.revision != next.map_or(Revision(0), Revision::next) {
            return Err(format!(
                "event {}: its revision does not follow the one before in its stream",
                envelope.position
            ));
        }
        if envelope.recorded_at < self.recorded_at {
            return Err(format!(
                "event {}: its time is before that of the event before it",
                envelope.position
            ));
        }
        self.revisions.insert(envelope.stream, envelope.revision);
        self.recorded_at = envelope.recorded_at;
        Ok(())
    }
}
