//! Index blocks: for every 1,024 events of a plan, which streams, kinds, actors and ids stand in them.
//!
//! # Why they exist
//!
//! A key per event and look-up would cost more than the events. A block is written once, when its 1,024 events
//! are durable, and is a pure function of them: losing the index loses nothing.
//!
//! # Bytes (tree `index`, each value behind its CRC32C over key and value)
//!
//! | key | value |
//! |---|---|
//! | `s` ‖ plan ‖ stream (CBOR) ‖ first revision, u64 | block, u64 ‖ offset in block, u16, per event |
//! | `b` ‖ plan ‖ block, u64 | CBOR `[[kind names], [actor positions]]` |
//! | `e` ‖ plan ‖ block, u64 | fingerprint of the event id, u64, per event |

use std::collections::BTreeMap;

use schema::ids::{EventId, PlanId, Position, Revision};
use schema::log::{Envelope, Stream};

use crate::log::ReadError;
use crate::log::index::{Summary, fingerprint};

/// Events per block.
pub const BLOCK_EVENTS: u64 = 1_024;

/// An entry of the tree `index`.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The block a position lies in.
#[must_use]
pub fn block_of(position: Position) -> u64 {
    position.0 / BLOCK_EVENTS
}

/// A block in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    number: u64,
    streams: BTreeMap<Stream, StreamRun>,
    summary: Summary,
    fingerprints: Vec<u64>,
}

/// The events of one stream in one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRun {
    /// The block.
    pub block: u64,
    /// Revision of the first one.
    pub first: Revision,
    /// Where each stands, counted from the block's first position.
    pub offsets: Vec<u16>,
}

impl Block {
    /// An empty block.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self {
            number,
            streams: BTreeMap::new(),
            summary: Summary::default(),
            fingerprints: Vec::new(),
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether it has all its events.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.fingerprints.len() as u64 == BLOCK_EVENTS
    }

    /// Takes the next event in.
    pub fn push(&mut self, envelope: &Envelope) {
        let offset = u16::try_from(self.fingerprints.len()).expect("a block has 1,024 events at most");
        let run = self.streams.entry(envelope.stream).or_insert_with(|| StreamRun {
            block: self.number,
            first: envelope.revision,
            offsets: Vec::new(),
        });
        run.offsets.push(offset);
        self.summary.push(envelope);
        self.fingerprints.push(fingerprint(envelope.id));
    }

    /// The run of a stream in it.
    #[must_use]
    pub fn stream(&self, stream: &Stream) -> Option<&StreamRun> {
        self.streams.get(stream)
    }

    /// What occurs in it.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The positions whose event may have this id.
    pub fn candidates(&self, id: EventId) -> impl Iterator<Item = Position> + '_ {
        let wanted = fingerprint(id);
        let first = self.number * BLOCK_EVENTS;
        let places = (first..).zip(&self.fingerprints);
        places
            .filter(move |(_, found)| **found == wanted)
            .map(|(position, _)| Position(position))
    }

    /// The fingerprints of its ids, by position.
    #[must_use]
    pub fn fingerprints(&self) -> &[u64] {
        &self.fingerprints
    }

    /// Its entries in the index.
    #[must_use]
    pub fn entries(&self, plan: PlanId) -> Vec<Entry> {
        let runs = self.streams.iter().map(|(stream, run)| {
            let offsets = run.offsets.iter().flat_map(|offset| offset.to_be_bytes());
            let value: Vec<u8> = run.block.to_be_bytes().into_iter().chain(offsets).collect();
            checked(stream_key(plan, stream, run.first), &value)
        });
        let summary = checked(numbered_key(b'b', plan, self.number), &self.summary.to_bytes());
        let ids: Vec<u8> = self
            .fingerprints
            .iter()
            .flat_map(|print| print.to_be_bytes())
            .collect();
        let ids = checked(numbered_key(b'e', plan, self.number), &ids);
        runs.chain([summary, ids]).collect()
    }
}

impl StreamRun {
    /// Reads an entry `s`.
    pub(super) fn decode(key: &[u8], value: &[u8]) -> Result<Self, ReadError> {
        let value = content(key, value)?;
        let first = key
            .split_last_chunk::<8>()
            .map(|(_, first)| u64::from_be_bytes(*first));
        let (Some(first), Some((block, offsets))) = (first, value.split_first_chunk::<8>()) else {
            return Err(damaged(key));
        };
        let offsets = offsets
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok())
            .map(u16::from_be_bytes);
        Ok(Self {
            block: u64::from_be_bytes(*block),
            first: Revision(first),
            offsets: offsets.collect(),
        })
    }

    /// The revision of its last event.
    #[must_use]
    pub fn last(&self) -> Revision {
        Revision(self.first.0 + (self.offsets.len() as u64).saturating_sub(1))
    }

    /// Revision and position of each event.
    pub fn places(&self) -> impl DoubleEndedIterator<Item = (Revision, Position)> + '_ {
        let start = self.block * BLOCK_EVENTS;
        self.offsets.iter().enumerate().map(move |(index, offset)| {
            (
                Revision(self.first.0 + index as u64),
                Position(start + u64::from(*offset)),
            )
        })
    }
}

/// Reads an entry `b`.
pub(super) fn decode_summary(key: &[u8], value: &[u8]) -> Result<Summary, ReadError> {
    Summary::from_bytes(content(key, value)?).ok_or_else(|| damaged(key))
}

/// Reads an entry `e`.
pub(super) fn decode_fingerprints(key: &[u8], value: &[u8]) -> Result<Vec<u64>, ReadError> {
    let prints = content(key, value)?
        .chunks_exact(8)
        .filter_map(|print| print.try_into().ok());
    Ok(prints.map(u64::from_be_bytes).collect())
}

/// `s` ‖ plan ‖ stream: every run of a stream starts so. A stream's CBOR says its own length, so no stream's
/// prefix begins another's.
pub(super) fn stream_prefix(plan: PlanId, stream: &Stream) -> Vec<u8> {
    let Ok(stream) = minicbor::to_vec(stream)
        .map_err(|_| -> std::convert::Infallible { unreachable!("a stream has an encoding") });
    [plan_prefix(b's', plan), stream].concat()
}

/// The key of a run.
pub(super) fn stream_key(plan: PlanId, stream: &Stream, first: Revision) -> Vec<u8> {
    [stream_prefix(plan, stream), first.0.to_be_bytes().to_vec()].concat()
}

/// Tag ‖ plan: every entry of one kind of a plan starts so.
pub(super) fn plan_prefix(tag: u8, plan: PlanId) -> Vec<u8> {
    [&[tag], plan.as_bytes().as_slice()].concat()
}

/// Tag ‖ plan ‖ number.
pub(super) fn numbered_key(tag: u8, plan: PlanId, number: u64) -> Vec<u8> {
    [plan_prefix(tag, plan), number.to_be_bytes().to_vec()].concat()
}

/// What a [`numbered_key`] says; nothing where a key is none.
pub(super) fn numbered(key: &[u8]) -> Option<(u8, PlanId, u64)> {
    let (tag, rest) = key.split_first()?;
    let (plan, number) = rest.split_first_chunk()?;
    let number = number.try_into().ok()?;
    Some((*tag, PlanId::from_bytes(*plan), u64::from_be_bytes(number)))
}

/// Puts the checksum before a value.
pub(super) fn checked(key: Vec<u8>, value: &[u8]) -> Entry {
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&key), value).to_be_bytes();
    let value = [checksum.as_slice(), value].concat();
    (key, value)
}

/// The value behind its checksum.
pub(super) fn content<'v>(key: &[u8], value: &'v [u8]) -> Result<&'v [u8], ReadError> {
    let (checksum, value) = value.split_first_chunk::<4>().ok_or_else(|| damaged(key))?;
    let found = crc32c::crc32c_append(crc32c::crc32c(key), value);
    if u32::from_be_bytes(*checksum) == found {
        Ok(value)
    } else {
        Err(damaged(key))
    }
}

/// An index entry that is not what was written. The events do not need it: opening with `rebuild_index` mends it.
pub(super) fn damaged(key: &[u8]) -> ReadError {
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    ReadError::Engine(format!("index entry {key} is damaged; rebuild the index"))
}
