//! What is known of one plan: its head, its newest blocks in memory, and the way to the sealed ones.

use std::collections::VecDeque;
use std::sync::Arc;

use ::sled::Batch;
use schema::ids::{EventId, PlanId, Position, Revision};
use schema::log::{Record, Stream};

use super::block::{self, BLOCK_EVENTS, Block, StreamRun};
use super::ids::{FullIds, Ids, Segment, bucket_key, bucket_of, in_bucket};
use super::trees::{Trees, batch_of};
use crate::log::index::fingerprint;
use crate::log::place::{Head, Known};
use crate::log::{ReadError, Selector};

/// What memory holds of a plan: the blocks that may not be on the disk yet, and the ids since the last segment that is.
#[derive(Debug)]
pub(super) struct PlanIndex {
    head: Head,
    blocks: VecDeque<Arc<Block>>,
    ids: Ids,
    /// So many of the oldest blocks, and of the full segments of ids, sled has; whether on the disk, the next flush decides.
    written: (usize, usize),
}

impl Default for PlanIndex {
    fn default() -> Self {
        Self::new(Head::START, Ids::default())
    }
}

/// A block, or a segment of ids, that has to be written. Shared with memory until it is.
#[derive(Debug)]
pub(super) enum Full {
    Block(Arc<Block>),
    Ids(FullIds),
}

/// What is to be written of it.
#[derive(Debug)]
pub(super) enum Sealed {
    Block(Arc<Block>),
    Segment(Segment),
}

impl Full {
    pub(super) fn seal(&self) -> Sealed {
        match self {
            Self::Block(block) => Sealed::Block(Arc::clone(block)),
            Self::Ids(ids) => Sealed::Segment(ids.seal()),
        }
    }
}

impl Sealed {
    pub(super) fn batch(&self, plan: PlanId) -> Batch {
        match self {
            Self::Block(block) => batch_of(block.entries(plan)),
            Self::Segment(segment) => batch_of(segment.entries(plan)),
        }
    }
}

impl PlanIndex {
    /// Begins at a head whose position is a block's first.
    pub(super) fn new(head: Head, ids: Ids) -> Self {
        let blocks = VecDeque::from([Arc::new(Block::new(block::block_of(head.next)))]);
        Self {
            head,
            blocks,
            ids,
            written: (0, 0),
        }
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// Takes the next record in.
    pub(super) fn push(&mut self, record: &Record) {
        let envelope = &record.envelope;
        let number = block::block_of(envelope.position);
        if self.blocks.back().is_none_or(|last| last.number() != number) {
            self.blocks.push_back(Arc::new(Block::new(number)));
        }
        if let Some(last) = self.blocks.back_mut() {
            // Only a full one is shared, so nothing is copied.
            Arc::make_mut(last).push(envelope);
        }
        self.ids.push(fingerprint(envelope.id), envelope.position);
        self.head = Head::after(record);
    }

    /// The next thing to write, if something is complete.
    pub(super) fn full(&self) -> Option<Full> {
        let (blocks, segments) = self.written;
        if let Some(full) = self.blocks.get(blocks).filter(|block| block.is_full()) {
            return Some(Full::Block(Arc::clone(full)));
        }
        self.ids.full(segments).map(Full::Ids)
    }

    /// How many blocks memory holds that are not written.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len().saturating_sub(self.written.0)
    }

    /// Goes on behind what has been written.
    pub(super) fn written(&mut self, sealed: &Sealed) {
        match sealed {
            Sealed::Block(_) => self.written.0 += 1,
            Sealed::Segment(_) => self.written.1 += 1,
        }
    }

    /// Lets go of what has been written and flushed, the oldest first.
    pub(super) fn sealed(&mut self, sealed: Sealed) {
        let (blocks, segments) = &mut self.written;
        match sealed {
            Sealed::Block(_) => *blocks = blocks.saturating_sub(1),
            Sealed::Segment(_) => *segments = segments.saturating_sub(1),
        }
        match sealed {
            Sealed::Block(block) => {
                self.blocks.pop_front();
                if self.blocks.is_empty() {
                    self.blocks.push_back(Arc::new(Block::new(block.number() + 1)));
                }
            }
            Sealed::Segment(segment) => self.ids.sealed(segment),
        }
    }
}

/// A plan as one moment shows it.
pub(super) struct PlanView<'a> {
    trees: &'a Trees,
    plan: PlanId,
    index: Option<&'a PlanIndex>,
}

/// What a page needs of the memory's half; the rest is read without a lock.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// One past the last visible position.
    pub(super) end: Position,
    /// The first position whose block is in memory.
    pub(super) unsealed: Position,
    /// The selected stream's runs in the blocks in memory, oldest first.
    pub(super) runs: Vec<StreamRun>,
    /// How many events the selected stream has.
    pub(super) count: u64,
}

impl<'a> PlanView<'a> {
    pub(super) fn new(trees: &'a Trees, plan: PlanId, index: Option<&'a PlanIndex>) -> Self {
        Self { trees, plan, index }
    }

    fn blocks(&self) -> impl DoubleEndedIterator<Item = &'a Block> + use<'a> {
        let blocks = self.index.into_iter().flat_map(|index| &index.blocks);
        blocks.map(Arc::as_ref)
    }

    pub(super) fn snapshot(&self, selector: &Selector) -> Result<Snapshot, ReadError> {
        let (runs, count) = match selector {
            Selector::Stream(stream) => (
                self.blocks()
                    .filter_map(|block| block.stream(stream))
                    .cloned()
                    .collect(),
                self.last_revision(stream)?.map_or(0, |last| last.0 + 1),
            ),
            _ => (Vec::new(), 0),
        };
        let unsealed = self
            .blocks()
            .next()
            .map_or(0, |block| block.number() * BLOCK_EVENTS);
        Ok(Snapshot {
            end: self.head().next,
            unsealed: Position(unsealed),
            runs,
            count,
        })
    }

    fn in_segment(&self, segment: u64, print: u64) -> Result<Vec<Position>, ReadError> {
        let key = bucket_key(self.plan, segment, bucket_of(print));
        match self.trees.index_entry(&key)? {
            Some(value) => in_bucket(&key, &value, segment, print),
            None => Ok(Vec::new()),
        }
    }
}

impl Known for PlanView<'_> {
    fn head(&self) -> Head {
        self.index.map_or(Head::START, PlanIndex::head)
    }

    fn last_revision(&self, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        if self.index.is_none() {
            return Ok(None);
        }
        if let Some(run) = self.blocks().rev().find_map(|block| block.stream(stream)) {
            return Ok(Some(run.last()));
        }
        let last = last_sealed_run(self.trees, self.plan, stream, Revision(u64::MAX))?;
        Ok(last.map(|run| run.last()))
    }

    fn find(&self, id: EventId) -> Result<Option<Record>, ReadError> {
        let Some(index) = self.index else { return Ok(None) };
        let candidates = index.ids.candidates(id);
        let mut positions = candidates.positions;
        for segment in candidates.segments {
            positions.extend(self.in_segment(segment, fingerprint(id))?);
        }
        for position in positions {
            let (_, record) = self.trees.event(self.plan, position)?;
            if record.envelope.id == id {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

/// The sealed run of a stream that holds `revision`, or the last one before it.
pub(super) fn last_sealed_run(
    trees: &Trees,
    plan: PlanId,
    stream: &Stream,
    revision: Revision,
) -> Result<Option<StreamRun>, ReadError> {
    let prefix = block::stream_prefix(plan, stream);
    let key = block::stream_key(plan, stream, revision);
    let found = trees.index_at_or_before(&prefix, &key)?;
    found
        .map(|(key, value)| StreamRun::decode(&key, &value))
        .transpose()
}
