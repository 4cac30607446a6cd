//! The index file of a sealed segment: sorted entries in blocks, and a footer that is kept in memory.
//!
//! # Why it exists
//!
//! Every look-up is "the entry at this key, or the last one before it": one binary search in memory and one read
//! of about 8 KiB. A table is a pure function of its segment, written once, and made again when it is damaged.
//!
//! # Bytes
//!
//! ```text
//!  ┌ block ─────────────────────────────────────────────┐ ┌ footer ┐ ┌ trailer, 24 ──────────────────┐
//!  │ CRC32C │ (key length u16 │ value length u32 │ key │ value)… │ … │ CBOR   │ │ offset u64 │ CRC32C │ format │ magic 8 │
//! ```
//!
//! | key | value |
//! |---|---|
//! | `p` ‖ plan ‖ first position, u64 | summary's length, u32 ‖ summary ‖ (offset u32 ‖ length u32) per event |
//! | `s` ‖ plan ‖ stream (CBOR) ‖ first revision, u64 | position less the plan's first in the segment, u32, per event |
//! | `i` ‖ plan ‖ first fingerprint, u64 | (fingerprint u64 ‖ position less the first, u32) per event, sorted |

use minicbor::{Decode, Encode};
use schema::ids::{PlanId, Position, Revision, TimestampMs};
use schema::log::Stream;

use super::file::{FileKind, Files};
use super::frame::{Binding, Place};
use super::part::{Chunk, Run};
use crate::log::ReadError;
use crate::log::index::filter::mix;
use crate::log::index::{Filter, Summary};
use crate::log::place::Head;

mod build;
mod stored;

pub use build::encode;
pub use stored::read;

/// The memory's part of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    number: u64,
    seed: u32,
    footer: Footer,
    ids: Filter,
    streams: Filter,
}

/// What a table says of itself. Stored as CBOR.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Footer {
    /// The segment's salt: a table of another file is none of this one's.
    #[n(0)]
    salt: u64,
    /// The segment file's length.
    #[n(1)]
    segment_bytes: u64,
    #[n(2)]
    plans: Vec<FooterPlan>,
    #[n(3)]
    blocks: Vec<FooterBlock>,
    #[cbor(n(4), with = "minicbor::bytes")]
    ids: Vec<u8>,
    #[cbor(n(5), with = "minicbor::bytes")]
    streams: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct FooterPlan {
    #[n(0)]
    plan: PlanId,
    #[n(1)]
    first: Position,
    #[n(2)]
    next: Position,
    #[cbor(n(3), with = "minicbor::bytes")]
    chain: [u8; 32],
    #[n(4)]
    recorded_at: TimestampMs,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct FooterBlock {
    #[cbor(n(0), with = "minicbor::bytes")]
    first_key: Vec<u8>,
    #[n(1)]
    offset: u64,
    #[n(2)]
    length: u64,
}

impl Table {
    fn new(binding: Binding, footer: Footer) -> Self {
        let mut footer = footer;
        let ids = Filter::from_bytes(std::mem::take(&mut footer.ids));
        let streams = Filter::from_bytes(std::mem::take(&mut footer.streams));
        Self {
            number: binding.number,
            seed: seed(binding),
            footer,
            ids,
            streams,
        }
    }

    /// Each plan in the segment, its first position there, and where it ends there.
    pub fn plans(&self) -> impl Iterator<Item = (PlanId, Position, Head)> + '_ {
        self.footer.plans.iter().map(|plan| {
            let head = Head {
                next: plan.next,
                chain: plan.chain,
                recorded_at: plan.recorded_at,
            };
            (plan.plan, plan.first, head)
        })
    }

    /// False: no event of the segment has an id with this fingerprint.
    #[must_use]
    pub fn may_hold_id(&self, print: u64) -> bool {
        self.ids.may_hold(print)
    }

    /// The chunk that begins at or before a position.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn chunk_at(
        &self,
        files: &Files,
        plan: PlanId,
        position: Position,
    ) -> Result<Option<Chunk>, ReadError> {
        let found = self.at_or_before(files, &plan_key(b'p', plan), position.0)?;
        let decoded = found.map(|(first, value)| decode_chunk(Position(first), &value));
        decoded
            .map(|chunk| chunk.ok_or_else(|| self.damaged()))
            .transpose()
    }

    /// The run of a stream that holds a revision, or the last one before it.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn run_at(
        &self,
        files: &Files,
        plan: PlanId,
        stream: &Stream,
        revision: Revision,
    ) -> Result<Option<Run>, ReadError> {
        let prefix = stream_key(plan, stream);
        if !self.streams.may_hold(stream_print(&prefix)) {
            return Ok(None);
        }
        let found = self.at_or_before(files, &prefix, revision.0)?;
        let Some(((first, value), plan_first)) = found.zip(self.first_of(plan)) else {
            return Ok(None);
        };
        let offsets = value.chunks_exact(4).filter_map(|offset| offset.try_into().ok());
        let positions = offsets.map(|offset| Position(plan_first.0 + u64::from(u32::from_be_bytes(offset))));
        Ok(Some(Run {
            first: Revision(first),
            positions: positions.collect(),
        }))
    }

    /// The events whose id has this fingerprint.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn candidates(&self, files: &Files, plan: PlanId, print: u64) -> Result<Vec<Position>, ReadError> {
        let found = self.at_or_before(files, &plan_key(b'i', plan), print)?;
        let Some(((_, value), plan_first)) = found.zip(self.first_of(plan)) else {
            return Ok(Vec::new());
        };
        let same = value.chunks_exact(12).filter_map(|entry| {
            let (found, offset) = entry.split_first_chunk::<8>()?;
            let offset = u32::from_be_bytes(offset.try_into().ok()?);
            (u64::from_be_bytes(*found) == print).then(|| Position(plan_first.0 + u64::from(offset)))
        });
        Ok(same.collect())
    }

    fn first_of(&self, plan: PlanId) -> Option<Position> {
        let plans = &self.footer.plans;
        let index = plans.binary_search_by_key(&plan, |entry| entry.plan).ok()?;
        plans.get(index).map(|entry| entry.first)
    }

    /// The number at the end of the last key at or before `prefix ‖ number` that begins with `prefix`, and its value.
    fn at_or_before(
        &self,
        files: &Files,
        prefix: &[u8],
        number: u64,
    ) -> Result<Option<(u64, Vec<u8>)>, ReadError> {
        let key = [prefix, number.to_be_bytes().as_slice()].concat();
        let blocks = &self.footer.blocks;
        let after = blocks.partition_point(|block| block.first_key <= key);
        let Some(block) = after.checked_sub(1).and_then(|index| blocks.get(index)) else {
            return Ok(None);
        };
        let file = files.get(self.number, FileKind::Index)?;
        files.count.add_index();
        let bytes = stored::block(file.as_ref(), block, self.seed)?.ok_or_else(|| self.damaged())?;
        let mut last = None;
        for (found, value) in stored::entries(&bytes).take_while(|(found, _)| *found <= key.as_slice()) {
            last = Some((found, value));
        }
        let last = last.and_then(|(found, value)| {
            let number = found.strip_prefix(prefix)?.try_into().ok()?;
            Some((u64::from_be_bytes(number), value.to_vec()))
        });
        Ok(last)
    }

    /// The events do not need the index: opening with `rebuild_index` makes it again.
    fn damaged(&self) -> ReadError {
        ReadError::Engine(format!(
            "index file {} is damaged; rebuild the index",
            super::file::index_name(self.number)
        ))
    }
}

fn decode_chunk(first: Position, value: &[u8]) -> Option<Chunk> {
    let (length, rest) = value.split_first_chunk::<4>()?;
    let (summary, places) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let places = places.chunks_exact(8).filter_map(|place| {
        let (offset, length) = place.split_first_chunk::<4>()?;
        Some(Place {
            offset: u32::from_be_bytes(*offset),
            length: u32::from_be_bytes(length.try_into().ok()?),
        })
    });
    Some(Chunk {
        first,
        places: places.collect(),
        summary: Summary::from_bytes(summary)?,
    })
}

/// Tag ‖ plan: every entry of one kind of a plan starts so.
fn plan_key(tag: u8, plan: PlanId) -> Vec<u8> {
    [&[tag], plan.as_bytes().as_slice()].concat()
}

/// `s` ‖ plan ‖ stream. A stream's CBOR says its own length, so no stream's prefix begins another's.
fn stream_key(plan: PlanId, stream: &Stream) -> Vec<u8> {
    let Ok(stream) = minicbor::to_vec(stream)
        .map_err(|_| -> std::convert::Infallible { unreachable!("a stream has an encoding") });
    [plan_key(b's', plan), stream].concat()
}

/// Eight bytes that stand for a stream's key.
fn stream_print(key: &[u8]) -> u64 {
    key.chunks(8).fold(0, |print, bytes| {
        let mut number = [0; 8];
        for (to, byte) in number.iter_mut().zip(bytes) {
            *to = *byte;
        }
        mix(print ^ u64::from_be_bytes(number))
    })
}

/// What the binding of a table's checksums is: those of another segment's do not match.
fn seed(binding: Binding) -> u32 {
    let bound = [binding.number.to_be_bytes(), binding.salt.to_be_bytes()].concat();
    crc32c::crc32c(&bound)
}
