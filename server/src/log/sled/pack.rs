//! A pack: the frames of neighbouring events of one plan under one key of the tree `events`.
//!
//! # Why it exists
//!
//! What sled keeps in memory and does per append grows with its entries, not with their bytes. So what is appended
//! together lies together, up to [`SLED_PACK_BYTES_MAX`].
//!
//! # Bytes
//!
//! | | key | value |
//! |---|---|---|
//! | a pack | plan ‖ first position, u64 ‖ count, u16, at least 2 | CRC32C ‖ length of each frame, u16 ‖ the frames |
//! | one event | plan ‖ position, u64 | its frame |
//!
//! Both sort by their first position, so an event stands in the last entry at or before [`last_key`] of its position.
//!
//! # Invariants
//!
//! - The checksum covers the key and the lengths. A frame has its own, over its own place: damage in a frame concerns
//!   one event, damage in the lengths the whole pack.
//! - How many events there are is said by keys alone, so that a damaged value hides no end.

use ::sled::IVec;
use schema::ids::{PlanId, Position};
use schema::limits::SLED_PACK_BYTES_MAX;
use schema::log::Record;

use super::block::Entry;
use super::frame;
use crate::log::ReadError;
use crate::log::place::{BatchMark, Staged};

/// Bytes of the checksum over key and lengths.
const CHECKSUM_BYTES: usize = 4;
/// Bytes of the count at the end of a pack's key.
pub(super) const COUNT_BYTES: usize = 2;
/// Bytes of a frame's length.
const LENGTH_BYTES: usize = 2;

/// sled splits a page that has more than 16 entries, and writes one of more than 128 KiB to a file of its own, at a
/// flush and a name in a directory each. The fullest page leaves half of that to single events that are large.
const _: () = assert!(17 * SLED_PACK_BYTES_MAX <= 72 << 10 && SLED_PACK_BYTES_MAX <= u16::MAX as usize);

/// Which events an entry holds. Ordered by plan, then by the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Of this plan.
    pub plan: PlanId,
    /// The first.
    pub first: Position,
    /// How many; at least one.
    pub count: u16,
}

impl Place {
    /// What a key says, unless it is none of the tree of events.
    #[must_use]
    pub fn of(key: &[u8]) -> Option<Self> {
        if let Some((plan, first)) = frame::place_of(key) {
            return Some(Self {
                plan,
                first,
                count: 1,
            });
        }
        let (event, count) = key.split_last_chunk::<COUNT_BYTES>()?;
        let (plan, first) = frame::place_of(event)?;
        let count = u16::from_be_bytes(*count);
        first.0.checked_add(u64::from(count))?;
        (count > 1).then_some(Self { plan, first, count })
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        let event = frame::key(self.plan, self.first);
        if self.count == 1 {
            event.to_vec()
        } else {
            [event.as_slice(), &self.count.to_be_bytes()].concat()
        }
    }

    /// One past the last.
    #[must_use]
    pub fn end(&self) -> Position {
        Position(self.first.0.saturating_add(u64::from(self.count)))
    }

    /// Whether an event of its plan stands in it.
    #[must_use]
    pub fn holds(&self, position: Position) -> bool {
        (self.first..self.end()).contains(&position)
    }
}

/// Sorts after every entry that begins at or before a position, and before all others.
#[must_use]
pub fn last_key(plan: PlanId, position: Position) -> Vec<u8> {
    [frame::key(plan, position).as_slice(), &[u8::MAX; COUNT_BYTES]].concat()
}

/// An entry as it was read.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) place: Place,
    value: IVec,
}

impl Stored {
    /// # Errors
    /// When the key is none of the tree of events.
    pub(super) fn read(key: &[u8], value: IVec) -> Result<Self, ReadError> {
        let place = Place::of(key)
            .ok_or_else(|| ReadError::Engine("a key in the tree of events is no event's".to_owned()))?;
        Ok(Self { place, value })
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.value
    }

    /// Its frames with their positions, unchecked.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] at the first position when the lengths are damaged.
    pub(super) fn frames(&self) -> Result<impl Iterator<Item = (Position, &[u8])>, ReadError> {
        let (lengths, mut rest) = self.divided().ok_or_else(|| self.damaged())?;
        let frames = lengths.into_iter().map_while(move |length| {
            let (frame, others) = rest.split_at_checked(length)?;
            rest = others;
            Some(frame)
        });
        let positions = (self.place.first.0..).map(Position);
        Ok(frames.zip(positions).map(|(frame, position)| (position, frame)))
    }

    /// Whether the checksum that covers its key matches.
    pub(super) fn is_its_own(&self) -> bool {
        if self.place.count == 1 {
            return self.event(self.place.first).is_ok();
        }
        self.divided().is_some()
    }

    /// The event at a position that it holds.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`]: at the event when its frame is damaged, at the first position when the lengths are.
    pub(super) fn event(&self, position: Position) -> Result<(BatchMark, Record), ReadError> {
        let mut frames = self.frames()?;
        let found = frames.find(|(found, _)| *found == position);
        let (_, stored) = found.ok_or_else(|| self.damaged())?;
        frame::decode(self.place.plan, position, stored)
    }

    /// The lengths of its frames, and the frames; nothing when the lengths are not what was written.
    fn divided(&self) -> Option<(Vec<usize>, &[u8])> {
        if self.place.count == 1 {
            return Some((vec![self.value.len()], &self.value));
        }
        let (checksum, rest) = self.value.split_first_chunk::<CHECKSUM_BYTES>()?;
        let (table, frames) = rest.split_at_checked(usize::from(self.place.count) * LENGTH_BYTES)?;
        let lengths = table
            .chunks_exact(LENGTH_BYTES)
            .filter_map(|length| length.try_into().ok());
        let lengths: Vec<usize> = lengths
            .map(|length| usize::from(u16::from_be_bytes(length)))
            .collect();
        let is_whole = u32::from_be_bytes(*checksum) == checksum_of(&self.place, table)
            && lengths.iter().sum::<usize>() == frames.len();
        is_whole.then_some((lengths, frames))
    }

    fn damaged(&self) -> ReadError {
        let Place { plan, first, count } = self.place;
        ReadError::Corrupt {
            plan,
            position: first,
            what: format!("the lengths of the {count} events stored together from here on are damaged"),
        }
    }
}

fn checksum_of(place: &Place, lengths: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&place.key()), lengths)
}

/// The value of the frames that stand at a place: as many as it counts, and of two or more none longer than
/// [`SLED_PACK_BYTES_MAX`].
#[must_use]
pub fn encode<F: AsRef<[u8]>>(place: &Place, frames: &[F]) -> Vec<u8> {
    debug_assert_eq!(usize::from(place.count), frames.len());
    if let [alone] = frames {
        return alone.as_ref().to_vec();
    }
    let bytes: usize = frames.iter().map(|frame| frame.as_ref().len()).sum();
    let mut value = Vec::with_capacity(CHECKSUM_BYTES + frames.len() * LENGTH_BYTES + bytes);
    value.extend([0; CHECKSUM_BYTES]);
    for frame in frames {
        let length = u16::try_from(frame.as_ref().len()).expect("a frame in a pack is shorter than a pack");
        value.extend(length.to_be_bytes());
    }
    let (checksum, lengths) = value.split_at_mut(CHECKSUM_BYTES);
    checksum.copy_from_slice(&checksum_of(place, lengths).to_be_bytes());
    for frame in frames {
        value.extend_from_slice(frame.as_ref());
    }
    value
}

/// The entries of records of a plan that follow each other.
#[must_use]
pub fn entries(plan: PlanId, records: &[Staged]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut open = Open::default();
    for Staged { record, mark } in records {
        let position = record.envelope.position;
        let frame = frame::encode(&frame::key(plan, position), *mark, record);
        if !open.has_room_for(&frame) {
            entries.extend(open.close(plan, position));
        }
        open.push(frame);
    }
    let end = records.last().map(|last| last.record.envelope.position.next());
    entries.extend(end.and_then(|end| open.close(plan, end)));
    entries
}

/// A pack in the making.
#[derive(Default)]
struct Open {
    frames: Vec<Vec<u8>>,
    bytes: usize,
}

impl Open {
    fn has_room_for(&self, frame: &[u8]) -> bool {
        CHECKSUM_BYTES + self.bytes + LENGTH_BYTES + frame.len() <= SLED_PACK_BYTES_MAX
    }

    fn push(&mut self, frame: Vec<u8>) {
        self.bytes += LENGTH_BYTES + frame.len();
        self.frames.push(frame);
    }

    /// The entry of what it has, before position `end`; it is empty then.
    fn close(&mut self, plan: PlanId, end: Position) -> Option<Entry> {
        let Self { frames, .. } = std::mem::take(self);
        let count = u16::try_from(frames.len()).expect("no pack has so many bytes");
        let place = Place {
            plan,
            first: Position(end.0.checked_sub(u64::from(count))?),
            count,
        };
        (count > 0).then(|| (place.key(), encode(&place, &frames)))
    }
}
