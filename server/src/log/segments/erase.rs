//! Taking content out of segment files: frames are overwritten where they stand.
//!
//! # Why it exists
//!
//! A frame must not be half old and half new when the power goes. So what frames become is first written to the file
//! `erasure`, whole or not at all; opening does again what that file says, and reads the frames as if that were done. It holds what is left of the events,
//! never what was taken away.
//!
//! ```text
//!  0            8         12            20        24        28
//!  ├────────────┼─────────┼─────────────┼─────────┼─────────┼───────────────┬─────────────
//!  │ "erasures" │ CRC32C  │ number, u64 │ offset  │ length  │ the new frame │ the next: number …
//! ```
//!
//! Before there were several in one file it began with `erasure\0` and held one, without its length.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use schema::ids::Position;
use schema::limits::ERASE_GROUP_BYTES;

use super::disk::{Disk, DiskFile, read_range, read_whole, write_whole};
use super::file::{FileKind, Files};
use super::plan::PlanView;
use super::{fetch, frame};
use crate::log::{Extent, ReadError};

/// The name of the file.
const ERASURE: &str = "erasure";
const MAGIC: [u8; 8] = *b"erasures";
/// With it the file holds one frame, to its end.
const MAGIC_OF_ONE: [u8; 8] = *b"erasure\0";

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

/// Says durably what is about to be done.
///
/// # Errors
/// When the disk fails: nothing has changed then.
pub fn announce(disk: &dyn Disk, group: &[Erasure]) -> io::Result<()> {
    write_whole(disk, ERASURE, &encode(group))
}

/// Overwrites the frames that were announced; doing it again changes nothing.
///
/// # Errors
/// When the disk fails: opening does it again.
pub fn carry_out(files: &Files, group: &[Erasure]) -> io::Result<()> {
    let numbers: BTreeSet<u64> = group.iter().map(|erasure| erasure.number).collect();
    for number in numbers {
        let file = files.get(number, FileKind::Segment)?;
        for erasure in group.iter().filter(|erasure| erasure.number == number) {
            file.write_at(erasure.offset.into(), &erasure.frame)?;
        }
        file.sync()?;
    }
    files.disk().remove(ERASURE)?;
    files.disk().sync_names()
}

fn encode(group: &[Erasure]) -> Vec<u8> {
    let mut covered = Vec::new();
    for erasure in group {
        let length = u32::try_from(erasure.frame.len()).expect("a frame's length is 32 bits");
        covered.extend(erasure.number.to_be_bytes());
        covered.extend(erasure.offset.to_be_bytes());
        covered.extend(length.to_be_bytes());
        covered.extend(&erasure.frame);
    }
    let checksum = crc32c::crc32c(&covered).to_be_bytes();
    [MAGIC.as_slice(), &checksum, &covered].concat()
}

fn decode(bytes: &[u8]) -> Option<Vec<Erasure>> {
    let (head, covered) = bytes.split_at_checked(12)?;
    let (magic, checksum) = head.split_at_checked(8)?;
    if checksum != crc32c::crc32c(covered).to_be_bytes() {
        return None;
    }
    if magic == MAGIC_OF_ONE {
        let (number, offset, frame) = numbered(covered)?;
        let frame = frame.to_vec();
        return Some(vec![Erasure {
            number,
            offset,
            frame,
        }]);
    }
    let mut rest = Some(covered).filter(|_| magic == MAGIC)?;
    let mut group = Vec::new();
    while !rest.is_empty() {
        let (number, offset, behind) = numbered(rest)?;
        let (length, behind) = behind.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (frame, behind) = behind.split_at_checked(length)?;
        let frame = frame.to_vec();
        group.push(Erasure {
            number,
            offset,
            frame,
        });
        rest = behind;
    }
    Some(group)
}

fn numbered(bytes: &[u8]) -> Option<(u64, u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    let (offset, rest) = rest.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), u32::from_be_bytes(*offset), rest))
}

/// What a crash interrupted, if it interrupted erasing.
///
/// # Errors
/// When the disk fails, or what was announced cannot be read: then half of a frame may be overwritten.
pub fn announced(disk: &dyn Disk) -> io::Result<Vec<Erasure>> {
    let bytes = match read_whole(disk, ERASURE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    decode(&bytes).ok_or_else(|| io::Error::other("the file `erasure` is damaged"))
}

/// A segment's file as it will be when what was announced is carried out.
#[derive(Debug)]
pub struct Overwritten {
    file: Arc<dyn DiskFile>,
    frames: Vec<(u64, Vec<u8>)>,
}

impl Overwritten {
    /// The file of segment `number`, with what was announced for it.
    #[must_use]
    pub fn of(file: Arc<dyn DiskFile>, number: u64, announced: &[Erasure]) -> Arc<dyn DiskFile> {
        let here = announced.iter().filter(|erasure| erasure.number == number);
        let frames: Vec<(u64, Vec<u8>)> = here
            .map(|erasure| (erasure.offset.into(), erasure.frame.clone()))
            .collect();
        if frames.is_empty() {
            file
        } else {
            Arc::new(Self { file, frames })
        }
    }
}

impl DiskFile for Overwritten {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.file.read_at(offset, into)?;
        for (start, frame) in &self.frames {
            let skipped = usize::try_from(offset.saturating_sub(*start)).unwrap_or(usize::MAX);
            let before = usize::try_from(start.saturating_sub(offset)).unwrap_or(usize::MAX);
            let from = frame.get(skipped..).unwrap_or_default();
            let to = into.get_mut(before..).unwrap_or_default();
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        Ok(())
    }

    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(only_looked_at())
    }

    fn cut_to(&self, _: u64) -> io::Result<()> {
        Err(only_looked_at())
    }

    fn sync(&self) -> io::Result<()> {
        Err(only_looked_at())
    }
}

fn only_looked_at() -> io::Error {
    io::Error::other("a segment is written to before what was announced is carried out")
}

/// What is left of the next events, as many as go into one file `erasure`; nothing when there are none.
///
/// # Errors
/// When an event cannot be read.
pub fn group(
    files: &Files,
    view: &PlanView<'_>,
    positions: &mut dyn Iterator<Item = Position>,
    extent: Extent,
) -> Result<Option<Vec<Erasure>>, ReadError> {
    let (mut group, mut bytes) = (Vec::new(), 0);
    while bytes < ERASE_GROUP_BYTES
        && let Some(position) = positions.next()
    {
        let erasure = of(files, view, position, extent)?;
        bytes += erasure.frame.len();
        group.push(erasure);
    }
    Ok((!group.is_empty()).then_some(group))
}

/// What is left of an event, as the frame that takes its place.
fn of(files: &Files, view: &PlanView<'_>, position: Position, extent: Extent) -> Result<Erasure, ReadError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> Vec<Erasure> {
        let erasure = |number, offset, frame: &[u8]| Erasure {
            number,
            offset,
            frame: frame.to_vec(),
        };
        vec![
            erasure(0, 48, b"first"),
            erasure(7, 1 << 20, b""),
            erasure(7, 99, &[0; 70]),
        ]
    }

    #[test]
    fn what_is_announced_is_read_again_whole_or_not_at_all() {
        let bytes = encode(&group());
        assert_eq!(decode(&bytes), Some(group()));
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert_eq!(decode(&flipped), None, "byte {at}");
            assert_eq!(decode(&bytes[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_file_reads_as_if_what_is_announced_were_done() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("segment");
        let bytes: Vec<u8> = (0..100).collect();
        std::fs::write(&path, &bytes).unwrap();
        let frames = [(0_u32, 3_usize), (40, 10), (95, 5)];
        let announced: Vec<Erasure> = frames
            .iter()
            .map(|(offset, length)| Erasure {
                number: 7,
                offset: *offset,
                frame: vec![255; *length],
            })
            .collect();
        let mut expected = bytes.clone();
        for (offset, length) in frames {
            expected[offset as usize..offset as usize + length].fill(255);
        }
        let file: Arc<dyn DiskFile> = Arc::new(std::fs::File::open(&path).unwrap());
        let read = |file: &Arc<dyn DiskFile>, start: usize, end: usize| {
            read_range(file.as_ref(), start as u64, (end - start) as u64).unwrap()
        };
        let overwritten = Overwritten::of(Arc::clone(&file), 7, &announced);
        for start in 0..100 {
            for end in start..=100 {
                assert_eq!(
                    read(&overwritten, start, end),
                    expected[start..end],
                    "{start}..{end}"
                );
            }
        }
        assert_eq!(read(&Overwritten::of(file, 8, &announced), 0, 100), bytes);
    }

    #[test]
    fn one_frame_that_an_earlier_program_announced_is_read() {
        let covered = [&7_u64.to_be_bytes()[..], &99_u32.to_be_bytes(), b"one frame"].concat();
        let checksum = crc32c::crc32c(&covered).to_be_bytes();
        let one = Erasure {
            number: 7,
            offset: 99,
            frame: b"one frame".to_vec(),
        };
        assert_eq!(
            decode(&[&MAGIC_OF_ONE[..], &checksum, &covered].concat()),
            Some(vec![one])
        );
    }
}
