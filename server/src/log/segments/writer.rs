//! The end that is written: one write and one flush per group, and a new file when the old one is full.
//!
//! # Invariants
//!
//! - A group lies in one file, and is written only after the group before it was flushed. So damage in the last
//!   group is a torn end, and damage in any other is corruption.
//! - A file whose successor has a name was flushed whole.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use schema::ids::{IncarnationId, PlanId};
use schema::limits::SEGMENT_GROUP_BYTES_MAX;
use schema::log::Record;

use super::disk::{Disk, DiskFile, write_whole};
use super::file::{self, FileKind, Files, HEADER_BYTES};
use super::frame::{self, Binding, Header, Place};
use super::growing::Growing;
use super::part::Part;
use super::table;
use crate::clock;
use crate::log::ReadError;
use crate::log::place::Staged;

/// The segment that is written.
#[derive(Debug)]
pub struct Tail {
    /// The segment.
    pub part: Arc<Part>,
    /// Its file.
    pub file: Arc<dyn DiskFile>,
    /// Where the next group will lie.
    pub end: u64,
}

/// What a group has become.
#[derive(Debug)]
pub struct Written {
    /// The plan.
    pub plan: PlanId,
    /// The record.
    pub record: Record,
    /// Where it lies.
    pub place: Place,
}

impl Tail {
    /// Begins a segment file: there with its header, or not at all, also when the power goes.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn begin(disk: &dyn Disk, number: u64, incarnation: IncarnationId) -> io::Result<Self> {
        let salt = u64::from_be_bytes(clock::random_bytes());
        let binding = Binding { number, salt };
        let name = file::segment_name(number);
        write_whole(disk, &name, &file::encode_header(binding, incarnation))?;
        Ok(Self {
            part: Arc::new(Part::growing(binding, Growing::default())),
            file: disk.open(&name)?,
            end: HEADER_BYTES.into(),
        })
    }

    /// Writes a group at the end. It is durable only after [`DiskFile::sync`].
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&mut self, group: Vec<(PlanId, Staged)>) -> io::Result<Vec<Written>> {
        let base = u32::try_from(self.end).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(group.len() * 512);
        let mut written = Vec::with_capacity(group.len());
        for (plan, Staged { record, mark }) in group {
            let header = Header {
                group: base,
                plan,
                mark,
            };
            let place = frame::push(&mut bytes, base, self.part.binding(), header, &record);
            written.push(Written { plan, record, place });
        }
        self.file.write_at(self.end, &bytes)?;
        self.end += bytes.len() as u64;
        Ok(written)
    }
}

/// Splits what is to be written into groups that a file can hold. A batch is never split.
#[must_use]
pub fn groups(staged: impl Iterator<Item = (PlanId, Staged)>) -> Vec<Vec<(PlanId, Staged)>> {
    /// Of a record beside its payload, at the very most.
    const ENVELOPE_BYTES: usize = 1_024;
    let mut groups = vec![Vec::new()];
    let mut bytes = 0;
    for (plan, added) in staged {
        let length = added.record.payload.bytes().map_or(0, |payload| payload.len()) + ENVELOPE_BYTES;
        if added.mark.index == 0 && bytes + length > SEGMENT_GROUP_BYTES_MAX {
            groups.push(Vec::new());
            bytes = 0;
        }
        bytes += length;
        if let Some(group) = groups.last_mut() {
            group.push((plan, added));
        }
    }
    groups
}

/// The writing of an index file behind the appends.
pub type Sealing = JoinHandle<Result<(), ReadError>>;

/// Writes the index file of a full segment and lets go of its index in memory.
///
/// # Errors
/// When the disk fails.
pub fn seal(files: &Files, part: &Part, segment_bytes: u64) -> Result<(), ReadError> {
    let binding = part.binding();
    let encoded = part.while_growing(|index| table::encode(binding, segment_bytes, index));
    if let Some(encoded) = encoded {
        write_whole(files.disk(), &file::index_name(binding.number), &encoded)?;
        part.seal(open_table(files, binding, segment_bytes)?);
    }
    Ok(())
}

fn open_table(files: &Files, binding: Binding, segment_bytes: u64) -> Result<table::Table, ReadError> {
    files.forget(binding.number, FileKind::Index);
    let file = files.get(binding.number, FileKind::Index)?;
    table::read(file.as_ref(), binding, segment_bytes)?.ok_or_else(|| {
        let name = file::index_name(binding.number);
        ReadError::Engine(format!("{name} is not what was written a moment ago"))
    })
}
