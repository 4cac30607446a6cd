//! Finding an event by its id, without a key per event.
//!
//! # Why it exists
//!
//! Every append asks whether its ids are known, and almost always they are not. A filter in memory (12 bits per
//! event) says so without touching the disk; only for a perhaps is a bucket of about 1,024 fingerprints read,
//! and only for a matching fingerprint the event itself, whose id decides.
//!
//! # Bytes (tree `index`, each value behind its CRC32C over key and value)
//!
//! | key | value |
//! |---|---|
//! | `i` ‖ plan ‖ segment, u64 ‖ bucket, u8 | fingerprint, u64 ‖ offset in segment, u16, per event, sorted |
//! | `f` ‖ plan ‖ segment, u64 | the segment's filter, 98,304 bytes |

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use schema::ids::{EventId, PlanId, Position};

use super::block::{BLOCK_EVENTS, Entry, checked, content, damaged, numbered_key};
use crate::log::ReadError;
use crate::log::index::{Filter, Prints, fingerprint};

/// Blocks per segment. Unit tests take fewer, so that they reach several segments without 100,000 events.
pub const SEGMENT_BLOCKS: u64 = if cfg!(test) { 4 } else { 64 };
/// Events per segment.
pub const SEGMENT_EVENTS: u64 = SEGMENT_BLOCKS * BLOCK_EVENTS;

/// What memory holds of a plan's ids: a filter per sealed segment, and the fingerprints since.
#[derive(Debug, Default)]
pub struct Ids {
    filters: Vec<Filter>,
    /// Segments that are not written yet though all their events are there.
    full: VecDeque<Arc<Prints>>,
    recent: Prints,
}

/// Where an id may be found.
#[derive(Debug, PartialEq, Eq)]
pub struct Candidates {
    /// Events with the same fingerprint.
    pub positions: Vec<Position>,
    /// Segments whose bucket must be read.
    pub segments: Vec<u64>,
}

impl Ids {
    /// Begins with the filters of the sealed segments.
    #[must_use]
    pub fn new(filters: Vec<Filter>) -> Self {
        Self {
            filters,
            ..Self::default()
        }
    }

    /// Segments sealed so far.
    #[must_use]
    pub fn segments(&self) -> u64 {
        self.filters.len() as u64
    }

    /// Takes the next event in.
    pub fn push(&mut self, print: u64, position: Position) {
        let offset = position.0 % SEGMENT_EVENTS;
        let offset = u32::try_from(offset).expect("a segment has 65,536 events");
        self.recent.push(print, offset);
        if self.recent.count() == SEGMENT_EVENTS {
            self.full.push_back(Arc::new(std::mem::take(&mut self.recent)));
        }
    }

    /// Where an id may be found.
    #[must_use]
    pub fn candidates(&self, id: EventId) -> Candidates {
        let print = fingerprint(id);
        let unsealed = self.full.iter().map(Arc::as_ref).chain([&self.recent]);
        let same = (self.segments()..).zip(unsealed).flat_map(|(segment, prints)| {
            let offsets = prints.with(print);
            offsets.map(move |offset| Position(segment * SEGMENT_EVENTS + u64::from(offset)))
        });
        let perhaps = (0..)
            .zip(&self.filters)
            .filter(|(_, filter)| filter.may_hold(print));
        Candidates {
            positions: same.collect(),
            segments: perhaps.map(|(segment, _)| segment).collect(),
        }
    }

    /// The next segment to write behind so many that are written already, if all its events are there.
    #[must_use]
    pub fn full(&self, written: usize) -> Option<FullIds> {
        self.full.get(written).map(|prints| FullIds {
            number: self.segments() + written as u64,
            prints: Arc::clone(prints),
        })
    }

    /// Keeps of the oldest segment, which is written, only its filter.
    pub fn sealed(&mut self, segment: Segment) {
        self.full.pop_front();
        self.filters.push(segment.filter);
    }
}

/// The ids of a segment that is to be written; shared with memory, so that appends go on meanwhile.
#[derive(Debug)]
pub struct FullIds {
    number: u64,
    prints: Arc<Prints>,
}

impl FullIds {
    /// The segment they make.
    #[must_use]
    pub fn seal(&self) -> Segment {
        Segment::new(self.number, &self.prints.sorted())
    }
}

/// The ids of 65,536 events.
#[derive(Debug)]
pub struct Segment {
    number: u64,
    filter: Filter,
    buckets: BTreeMap<u8, Vec<u8>>,
}

impl Segment {
    fn new(number: u64, sorted: &[(u64, u32)]) -> Self {
        let mut filter = Filter::for_events(SEGMENT_EVENTS);
        let mut buckets: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for (print, offset) in sorted {
            filter.insert(*print);
            let offset = u16::try_from(*offset).expect("a segment has 65,536 events");
            let bucket = buckets.entry(bucket_of(*print)).or_default();
            bucket.extend(print.to_be_bytes().into_iter().chain(offset.to_be_bytes()));
        }
        Self {
            number,
            filter,
            buckets,
        }
    }

    /// Its entries in the index.
    #[must_use]
    pub fn entries(&self, plan: PlanId) -> Vec<Entry> {
        let buckets = self
            .buckets
            .iter()
            .map(|(bucket, value)| checked(bucket_key(plan, self.number, *bucket), value));
        let filter = checked(numbered_key(b'f', plan, self.number), self.filter.as_bytes());
        buckets.chain([filter]).collect()
    }
}

/// The bucket that an id's fingerprint lies in, within a segment.
#[must_use]
pub(super) fn bucket_key(plan: PlanId, segment: u64, bucket: u8) -> Vec<u8> {
    [numbered_key(b'i', plan, segment), vec![bucket]].concat()
}

/// The upper six bits: 64 buckets.
pub(super) fn bucket_of(print: u64) -> u8 {
    u8::try_from(print >> 58).expect("six bits")
}

/// The positions in a bucket with this fingerprint.
pub(super) fn in_bucket(
    key: &[u8],
    value: &[u8],
    segment: u64,
    print: u64,
) -> Result<Vec<Position>, ReadError> {
    let mut positions = Vec::new();
    for entry in content(key, value)?.chunks_exact(10) {
        let (found, offset) = entry.split_first_chunk::<8>().ok_or_else(|| damaged(key))?;
        if u64::from_be_bytes(*found) == print {
            let offset = u16::from_be_bytes(offset.try_into().map_err(|_| damaged(key))?);
            positions.push(Position(segment * SEGMENT_EVENTS + u64::from(offset)));
        }
    }
    Ok(positions)
}

/// Reads an entry `f`.
pub(super) fn decode_filter(key: &[u8], value: &[u8]) -> Result<Filter, ReadError> {
    let filter = Filter::from_bytes(content(key, value)?.to_vec());
    if filter.as_bytes().len() == Filter::for_events(SEGMENT_EVENTS).as_bytes().len() {
        Ok(filter)
    } else {
        Err(damaged(key))
    }
}
