//! A record's frame in the tree `events`: `CRC32C ‖ index in batch ‖ remaining in batch ‖ record`.
//!
//! The checksum covers plan and position too, so a frame at another place is as corrupt as a changed one.

use schema::ids::{PlanId, Position};
use schema::log::Record;

use crate::log::ReadError;
use crate::log::place::BatchMark;

/// Plan id ‖ position, big endian: a plan's events lie together in order.
pub type Key = [u8; KEY_BYTES];

/// Bytes of an event's key.
pub const KEY_BYTES: usize = 24;

/// Bytes before the record: checksum and batch mark.
pub const FRAME_HEADER_BYTES: usize = 8;

/// The key of an event: its own in the tree, or how its pack's begins.
#[must_use]
pub fn key(plan: PlanId, position: Position) -> Key {
    let mut key = [0; KEY_BYTES];
    let (of_plan, of_position) = key.split_at_mut(16);
    of_plan.copy_from_slice(plan.as_bytes());
    of_position.copy_from_slice(&position.0.to_be_bytes());
    key
}

/// The plan and position of a key, unless it is no single event's key.
#[must_use]
pub fn place_of(key: &[u8]) -> Option<(PlanId, Position)> {
    let (plan, position) = key.split_first_chunk::<16>()?;
    let position = u64::from_be_bytes(position.try_into().ok()?);
    Some((PlanId::from_bytes(*plan), Position(position)))
}

/// Frames a record.
#[must_use]
pub fn encode(key: &Key, mark: BatchMark, record: &Record) -> Vec<u8> {
    /// Of a frame without its payload: a little more than most have.
    const USUAL_BYTES: usize = 320;
    let payload = record.payload.bytes().map_or(0, |bytes| bytes.len());
    let mut frame = Vec::with_capacity(USUAL_BYTES + payload);
    frame.extend([0; 4]);
    frame.extend(mark.index.to_be_bytes());
    frame.extend(mark.remaining.to_be_bytes());
    record.encode_into(&mut frame);
    let (checksum, covered) = frame.split_at_mut(4);
    checksum.copy_from_slice(&checksum_of(key, covered).to_be_bytes());
    frame
}

/// Reads a frame and its record.
///
/// # Errors
/// [`ReadError::Corrupt`] naming the place.
pub fn decode(plan: PlanId, position: Position, frame: &[u8]) -> Result<(BatchMark, Record), ReadError> {
    let corrupt = |what: &str| ReadError::Corrupt {
        plan,
        position,
        what: what.to_owned(),
    };
    let (checksum, covered) = frame
        .split_first_chunk::<4>()
        .ok_or_else(|| corrupt("its frame is cut off"))?;
    if u32::from_be_bytes(*checksum) != checksum_of(&key(plan, position), covered) {
        return Err(corrupt("its checksum does not match"));
    }
    let (index, rest) = covered
        .split_first_chunk::<2>()
        .ok_or_else(|| corrupt("its frame is cut off"))?;
    let (remaining, record) = rest
        .split_first_chunk::<2>()
        .ok_or_else(|| corrupt("its frame is cut off"))?;
    let record = Record::decode(record).map_err(|error| corrupt(&error.to_string()))?;
    if record.envelope.position != position {
        return Err(corrupt("it says that it stands elsewhere"));
    }
    let mark = BatchMark {
        index: u16::from_be_bytes(*index),
        remaining: u16::from_be_bytes(*remaining),
    };
    Ok((mark, record))
}

fn checksum_of(key: &Key, covered: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), covered)
}
