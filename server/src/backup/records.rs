//! A file of consecutive records of one plan: written in order, read back in order, every one of them proved.
//!
//! ```text
//! "STBK" ‖ format, u32 ‖ plan id, 16 ‖ first position, u64 ‖ { length, u32 ‖ CRC32C, u32 ‖ record } …
//! ```
//!
//! The record stands as the engines store it (`Record::encode`), so a restored one has the same bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use schema::ids::{PlanId, Position};
use schema::limits::BACKUP_RECORD_BYTES_MAX;
use schema::log::Record;
use sha2::{Digest, Sha256};

use super::disk::Unfinished;
use super::manifest::{FilePart, Hash32, RecordsFile};
use super::{BackupError, damaged, files};
use crate::log::Extent;

const MAGIC: &[u8; 4] = b"STBK";
const FORMAT: u32 = 1;
const HEADER_BYTES: usize = 32;

fn header(plan: PlanId, first: Position) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend(MAGIC);
    header.extend(FORMAT.to_be_bytes());
    header.extend(plan.as_bytes());
    header.extend(first.0.to_be_bytes());
    header
}

/// A file of records being written.
pub struct RecordsWriter {
    plan: PlanId,
    folder: String,
    path: std::path::PathBuf,
    first: Position,
    next: Position,
    chain_before: Hash32,
    chain: Hash32,
    erased: (u64, u64),
    file: Unfinished,
}

impl RecordsWriter {
    /// Begins a file in a backup, after an event with this chain value.
    ///
    /// # Errors
    /// [`BackupError::Files`].
    pub fn begin(
        backup: &Path,
        plan: PlanId,
        first: Position,
        chain_before: Hash32,
    ) -> Result<Self, BackupError> {
        let folder = format!("plans/{plan}");
        let path = backup.join(&folder);
        super::disk::make_private_dir(&path).map_err(files("cannot make", &path))?;
        let mut file =
            Unfinished::begin(&path, &first.to_string()).map_err(files("cannot write in", &path))?;
        file.write(&header(plan, first))
            .map_err(files("cannot write in", &path))?;
        Ok(Self {
            plan,
            folder,
            path,
            first,
            next: first,
            chain_before,
            chain: chain_before,
            erased: (0, 0),
            file,
        })
    }

    /// Adds the next record, which must be proved by the one before.
    ///
    /// # Errors
    /// [`BackupError::Source`] for one that is not, [`BackupError::Files`].
    pub fn push(&mut self, record: &Record) -> Result<(), BackupError> {
        check_next(self.plan, self.next, &self.chain, record).map_err(|what| {
            BackupError::Source(format!("plan {}, event {}: {what}", self.plan, self.next))
        })?;
        let bytes = record.encode();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut frame = Vec::with_capacity(bytes.len() + 8);
        frame.extend(length.to_be_bytes());
        frame.extend(crc32c::crc32c(&bytes).to_be_bytes());
        frame.extend(bytes);
        self.file
            .write(&frame)
            .map_err(files("cannot write in", &self.path))?;
        count_erased(&mut self.erased, record);
        (self.next, self.chain) = (self.next.next(), Hash32(record.chain));
        Ok(())
    }

    /// Bytes so far.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.file.bytes()
    }

    /// The chain value so far.
    #[must_use]
    pub const fn chain(&self) -> Hash32 {
        self.chain
    }

    /// Makes the file durable.
    ///
    /// # Errors
    /// [`BackupError::Files`].
    pub fn finish(self) -> Result<RecordsFile, BackupError> {
        let (first, end) = (self.first, self.next);
        let bytes = self.file.bytes();
        let named = |hash: &Hash32| {
            let hash: String = hash.to_string().chars().take(16).collect();
            format!("{:012}-{:012}-{hash}.records", first.0, end.0)
        };
        let (name, sha256) = self
            .file
            .finish(named)
            .map_err(files("cannot write in", &self.path))?;
        Ok(RecordsFile {
            file: FilePart {
                name: format!("{}/{name}", self.folder),
                bytes,
                sha256,
            },
            first,
            end,
            chain_before: self.chain_before,
            chain: self.chain,
            erased_payloads: self.erased.0,
            erased_salts: self.erased.1,
        })
    }
}

fn count_erased(erased: &mut (u64, u64), record: &Record) {
    match Extent::gone_from(record) {
        None => {}
        Some(Extent::Payload) => erased.0 += 1,
        Some(Extent::PayloadAndEnvelopeSalt) => {
            erased.0 += 1;
            erased.1 += 1;
        }
    }
}

fn check_next(plan: PlanId, next: Position, chain: &Hash32, record: &Record) -> Result<(), String> {
    if record.envelope.position != next {
        return Err(format!("event {} stands in its place", record.envelope.position));
    }
    if !record.is_proved_after(plan, &chain.0) {
        return Err("chain or commitment does not match".to_owned());
    }
    Ok(())
}

/// Reads a file of records and checks all of it: checksums, places, chain, commitments, numbers, hash.
///
/// # Errors
/// [`BackupError::Damaged`] naming the file, or what `take` says.
pub fn read(
    backup: &Path,
    plan: PlanId,
    expected: &RecordsFile,
    take: &mut dyn FnMut(Record) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let name = &expected.file.name;
    let mut reading = Reading::open(backup, expected)?;
    if reading.exactly(HEADER_BYTES)? != header(plan, expected.first) {
        return Err(damaged(name, "it is no file of these records"));
    }
    let (mut next, mut chain, mut erased) = (expected.first, expected.chain_before, (0, 0));
    while next < expected.end {
        let record = reading.record(next)?;
        check_next(plan, next, &chain, &record)
            .map_err(|what| damaged(name, format!("event {next}: {what}")))?;
        count_erased(&mut erased, &record);
        (next, chain) = (next.next(), Hash32(record.chain));
        take(record)?;
    }
    let sha256 = reading.finish()?;
    let found = (sha256, chain, erased.0, erased.1);
    let stated = (
        expected.file.sha256,
        expected.chain,
        expected.erased_payloads,
        expected.erased_salts,
    );
    if found != stated {
        return Err(damaged(name, "it is not the file that the manifest states"));
    }
    Ok(())
}

struct Reading<'a> {
    name: &'a str,
    from: BufReader<File>,
    hasher: Sha256,
}

impl<'a> Reading<'a> {
    fn open(backup: &Path, expected: &'a RecordsFile) -> Result<Self, BackupError> {
        let name = &expected.file.name;
        let file = File::open(backup.join(name)).map_err(|error| damaged(name, error))?;
        Ok(Self {
            name,
            from: BufReader::with_capacity(1 << 20, file),
            hasher: Sha256::new(),
        })
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, BackupError> {
        let mut bytes = vec![0; length];
        self.from
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => damaged(self.name, "it is cut off"),
                _ => damaged(self.name, error),
            })?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, BackupError> {
        let bytes = self.exactly(4)?;
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_be_bytes(bytes))
    }

    fn record(&mut self, position: Position) -> Result<Record, BackupError> {
        let (length, checksum) = (self.number()? as usize, self.number()?);
        if length > BACKUP_RECORD_BYTES_MAX {
            return Err(damaged(
                self.name,
                format!("event {position} claims {length} bytes"),
            ));
        }
        let bytes = self.exactly(length)?;
        if crc32c::crc32c(&bytes) != checksum {
            return Err(damaged(
                self.name,
                format!("event {position}: its checksum does not match"),
            ));
        }
        Record::decode(&bytes).map_err(|error| damaged(self.name, format!("event {position}: {error}")))
    }

    fn finish(mut self) -> Result<Hash32, BackupError> {
        let rest = io::copy(&mut self.from, &mut io::sink()).map_err(|error| damaged(self.name, error))?;
        if rest > 0 {
            return Err(damaged(self.name, format!("{rest} bytes follow its last record")));
        }
        Ok(Hash32(self.hasher.finalize().into()))
    }
}
