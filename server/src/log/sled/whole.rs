//! Whether the segments are whole that sled does not read in opening: those before its notes.
//!
//! # Why it exists
//!
//! sled goes by its notes there and reads a page when somebody asks for it. What it then finds damaged ends an opening
//! half-way, when it has already written to its files. So all of them are read first, without sled: each message has a
//! checksum, and begins where the one before ended.
//!
//! # Invariants
//!
//! - A segment passes only where every byte of it that sled may ever read is covered by a checksum that holds. What passes
//!   for damage may be none: nothing tells whether anybody would have read it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::batches::NO_MESSAGE_BYTES;
use super::blobs;
use super::file::{self, Kind, SEGMENT_BYTES, SEGMENT_HEADER_BYTES};

/// A segment: its number, none where its header does not tell, and where it begins.
pub(super) type Segment = (Option<u64>, u64);

/// Whether all of these segments are whole. Reads each of them to its end, on several threads: it takes what reading the
/// file takes.
///
/// # Errors
/// What the operating system says.
pub(super) fn are_whole(log: &Path, file: &File, segments: &[Segment]) -> io::Result<bool> {
    let look = |bytes: &mut Vec<u8>, (number, start): &Segment| {
        read_into(bytes, file, *start)?;
        Ok(is_whole(log, bytes, *number))
    };
    segments
        .par_iter()
        .map_init(Vec::new, look)
        .try_reduce(|| true, |one, other| Ok(one && other))
}

fn read_into(bytes: &mut Vec<u8>, file: &File, start: u64) -> io::Result<()> {
    bytes.resize(SEGMENT_BYTES, 0);
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, start + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(())
}

fn is_whole(log: &Path, segment: &[u8], number: Option<u64>) -> bool {
    let Some(number) = number else {
        // sled fills a segment with zeros that it does not use.
        return is_empty(segment);
    };
    let mut at = SEGMENT_HEADER_BYTES;
    while at + (NO_MESSAGE_BYTES as usize) <= SEGMENT_BYTES {
        let rest = segment.get(at..).unwrap_or_default();
        let Some(message) = file::message_of(rest, number, at) else {
            // With room for the smallest message and no more, sled may have gone on in the next segment.
            return at + NO_MESSAGE_BYTES as usize == SEGMENT_BYTES && is_empty(rest);
        };
        match message.kind {
            Kind::Cap => return true,
            Kind::BlobNode | Kind::BlobLink if !blobs::is_whole(log, message.payload) => return false,
            _ => at += message.bytes as usize,
        }
    }
    true
}

fn is_empty(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
