//! Taking content out of a segment file: the frame is overwritten where it stands.
//!
//! # Why it exists
//!
//! A frame must not be half old and half new when the power goes. So what it becomes is first written to the file
//! `erasure`, whole or not at all; opening does again what that file says. It holds what is left of the event,
//! never what was taken away.
//!
//! ```text
//!  0            8         12            20        24
//!  ├────────────┼─────────┼─────────────┼─────────┼─────────────
//!  │ "erasure\0"│ CRC32C  │ number, u64 │ offset  │ the new frame
//! ```

use std::io;

use schema::ids::Position;

use super::disk::{Disk, read_range, read_whole, write_whole};
use super::file::{FileKind, Files};
use super::plan::PlanView;
use super::{fetch, frame};
use crate::log::{Extent, ReadError};

/// The name of the file.
const ERASURE: &str = "erasure";
const MAGIC: [u8; 8] = *b"erasure\0";

/// A frame that takes the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The segment.
    pub number: u64,
    /// Where in its file.
    pub offset: u32,
    /// The new frame, as long as the old one.
    pub frame: Vec<u8>,
}

impl Erasure {
    /// Says durably what is about to be done.
    ///
    /// # Errors
    /// When the disk fails: nothing has changed then.
    pub fn announce(&self, disk: &dyn Disk) -> io::Result<()> {
        write_whole(disk, ERASURE, &self.encode())
    }

    /// Overwrites the frame; doing it again changes nothing.
    ///
    /// # Errors
    /// When the disk fails: opening does it again.
    pub fn carry_out(&self, files: &Files) -> io::Result<()> {
        let file = files.get(self.number, FileKind::Segment)?;
        file.write_at(self.offset.into(), &self.frame)?;
        file.sync()
    }

    fn encode(&self) -> Vec<u8> {
        let covered = [
            self.number.to_be_bytes().as_slice(),
            &self.offset.to_be_bytes(),
            &self.frame,
        ]
        .concat();
        let checksum = crc32c::crc32c(&covered).to_be_bytes();
        [MAGIC.as_slice(), &checksum, &covered].concat()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let erasure = Self {
            number: u64::from_be_bytes(bytes.get(12..20)?.try_into().ok()?),
            offset: u32::from_be_bytes(bytes.get(20..24)?.try_into().ok()?),
            frame: bytes.get(24..)?.to_vec(),
        };
        (erasure.encode() == bytes).then_some(erasure)
    }
}

/// Forgets what was announced.
///
/// # Errors
/// When the disk fails.
pub fn done(disk: &dyn Disk) -> io::Result<()> {
    disk.remove(ERASURE)?;
    disk.sync_names()
}

/// An erasure that a crash interrupted, if there is one.
///
/// # Errors
/// When the disk fails, or what was announced cannot be read: then half of a frame may be overwritten.
pub fn announced(disk: &dyn Disk) -> io::Result<Option<Erasure>> {
    let bytes = match read_whole(disk, ERASURE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let erasure = Erasure::decode(&bytes).ok_or_else(|| io::Error::other("the file `erasure` is damaged"))?;
    Ok(Some(erasure))
}

/// Finishes an erasure that a crash interrupted.
///
/// # Errors
/// As [`announced`], and when the disk fails.
pub fn finish(files: &Files) -> io::Result<()> {
    let Some(erasure) = announced(files.disk())? else {
        return Ok(());
    };
    erasure.carry_out(files)?;
    done(files.disk())
}

/// What is left of an event, as the frame that takes its place.
///
/// # Errors
/// When the event cannot be read.
pub fn of(
    files: &Files,
    view: &PlanView<'_>,
    position: Position,
    extent: Extent,
) -> Result<Erasure, ReadError> {
    let (part, place) = view.place_of(position)?;
    let binding = part.binding();
    let file = files.get(binding.number, FileKind::Segment)?;
    let stored = read_range(file.as_ref(), place.offset.into(), place.length.into())?;
    let plan = view.plan();
    let old = fetch::decode(part, plan, position, place.offset, &stored)?;
    let left = extent.of(plan, old.record(plan, position)?);
    let frame = frame::refill(binding, place, old.header, &left)
        .ok_or_else(|| frame::corrupt(plan, position, "what is left of it does not fit in its place"))?;
    Ok(Erasure {
        number: binding.number,
        offset: place.offset,
        frame,
    })
}
