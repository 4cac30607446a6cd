//! Checking a backup: every byte of every file, and that the records make whole plans.

use std::collections::BTreeMap;
use std::path::Path;

use schema::ids::{PlanId, Position, Revision, TimestampMs};
use schema::log::commitment::CHAIN_START;
use schema::log::{Record, Stream};
use sha2::{Digest, Sha256};

use super::manifest::{FilePart, Hash32, Manifest, PlanPart, RecordsFile};
use super::{BackupError, damaged, records};

/// What was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Plans.
    pub plans: u64,
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
        each_record(directory, plan, &mut |_| Ok(()))?;
    }
    accounts(directory, &manifest)?;
    let verified = Verified {
        plans: manifest.plans.len() as u64,
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

/// Every record of a plan in a backup, in order, each proved to follow the one before.
///
/// # Errors
/// [`BackupError`] naming the file, or what `take` says.
pub fn each_record(
    directory: &Path,
    part: &PlanPart,
    take: &mut dyn FnMut(Record) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let (mut next, mut chain) = (Position(0), Hash32(CHAIN_START));
    let mut numbers = Numbers::default();
    for file in &part.files {
        let name = &file.file.name;
        if (file.first, file.chain_before) != (next, chain) {
            return Err(damaged(name, "it does not follow the file before it"));
        }
        records::read(directory, part.plan, file, &mut |record| {
            numbers.follow(&record).map_err(|what| damaged(name, what))?;
            take(record)
        })?;
        (next, chain) = (file.end, file.chain);
    }
    if (next, chain) != (part.next, part.chain) {
        let name = format!("plans/{}", part.plan);
        return Err(damaged(&name, "its files do not end where the manifest says"));
    }
    Ok(())
}

/// Every record of one file, with the numbers that come before it.
pub(super) fn file(
    directory: &Path,
    plan: PlanId,
    file: &RecordsFile,
    numbers: &mut Numbers,
) -> Result<(), BackupError> {
    records::read(directory, plan, file, &mut |record| {
        let follows = numbers.follow(&record);
        follows.map_err(|what| damaged(&file.file.name, what))
    })
}

/// What numbers and times must come next.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    revisions: BTreeMap<Stream, Revision>,
    recorded_at: TimestampMs,
}

impl Numbers {
    /// Takes in the next record of a plan, or says why it cannot be the next.
    pub(super) fn follow(&mut self, record: &Record) -> Result<(), String> {
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
