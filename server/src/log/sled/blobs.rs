//! The files in `blobs`: what is too large for a message of sled's file lies in one of its own, which the message names.
//!
//! Why it stands apart: whoever reads sled's file without sled needs them, to take what they hold or only to ask whether
//! they are whole. Each is CRC32 of the rest (little endian) ‖ kind ‖ what it holds.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes before what one holds: its checksum and its kind.
pub(super) const HEADER_BYTES: usize = 5;
/// The number that stands for one.
const NUMBER_BYTES: usize = 8;

/// Where one lies.
pub(super) fn path(log: &Path, number: i64) -> PathBuf {
    log.join("blobs").join(number.to_string())
}

/// The one that a message names, and its number; nothing where it is gone.
pub(super) fn named(log: &Path, payload: &[u8]) -> Option<(i64, Vec<u8>)> {
    let number = i64::from_le_bytes(*payload.first_chunk::<NUMBER_BYTES>()?);
    Some((number, fs::read(path(log, number)).ok()?))
}

/// Whether the one that a message names is whole. One that is gone is passed over, by sled too.
pub(super) fn is_whole(log: &Path, payload: &[u8]) -> bool {
    named(log, payload).is_none_or(|(_, blob)| held(&blob).is_some())
}

/// What one holds, if it is whole.
pub(super) fn held(blob: &[u8]) -> Option<&[u8]> {
    let (checksum, covered) = blob.split_first_chunk::<4>()?;
    let (_, held) = covered.split_first()?;
    (crc32fast::hash(covered) == u32::from_le_bytes(*checksum)).then_some(held)
}
