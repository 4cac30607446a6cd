//! Finding a plan again at opening: check the end, cut what is torn, rebuild what is missing of the index.
//!
//! # Why it exists
//!
//! Opening must not grow with the log, so only the last sealed block and what follows is read. A batch is
//! torn when some of it is missing or damaged **and nothing after it is whole**: then a crash left it so, or it is
//! damage at the very end, and only what was written down as answered tells one from the other.
//! Damage before whole batches is corruption, which nobody may repair by forgetting; it is refused by name.

use std::ops::ControlFlow;

use schema::ids::{PlanId, Position};
use schema::log::Record;

use super::block::{self, BLOCK_EVENTS, StreamRun};
use super::ids::{Ids, SEGMENT_BLOCKS, decode_filter};
use super::plan::PlanIndex;
use super::trees::{Trees, missing};
use crate::log::index::{Filter, fingerprint};
use crate::log::place::{BatchMark, Head};
use crate::log::{ReadError, Repair};

/// Finds a plan again; nothing when all of it was one torn batch. Torn ends are cut and noted in `repairs`, or
/// refused when nothing may be cut. Nothing before `answered` is torn: that is damage.
pub(super) fn plan(
    trees: &Trees,
    plan: PlanId,
    answered: Position,
    mut repairs: Option<&mut Vec<Repair>>,
) -> Result<Option<PlanIndex>, ReadError> {
    while let Some(last) = trees.last_position(plan)? {
        let recovering = Recovering {
            trees,
            plan,
            end: last.next(),
        };
        let blocks = recovering.sealed_blocks()?;
        match recovering.first_torn(blocks)? {
            ControlFlow::Continue(()) => return recovering.index(blocks).map(Some),
            ControlFlow::Break(first) if first < answered => return Err(damaged_end(plan, first)),
            ControlFlow::Break(first) => {
                let Some(repairs) = &mut repairs else {
                    return Err(torn_end(plan, first));
                };
                let removed = trees.cut_from(plan, first)?;
                // A tree whose pages do not fit together any more gives back what was taken away.
                if trees.last_position(plan)?.is_some_and(|last| last >= first) {
                    return Err(not_taken_away(plan, first));
                }
                tracing::warn!(plan.id = %plan, position = %first, "cut {removed} events of a torn batch");
                repairs.push(Repair { plan, first, removed });
                recovering.purge_index(block::block_of(first))?;
            }
        }
    }
    Ok(None)
}

fn damaged_end(plan: PlanId, position: Position) -> ReadError {
    ReadError::Corrupt {
        plan,
        position,
        what: "it is incomplete or damaged, though it had been answered as durable".to_owned(),
    }
}

fn not_taken_away(plan: PlanId, position: Position) -> ReadError {
    ReadError::Corrupt {
        plan,
        position,
        what: "it is incomplete or damaged, and the engine's file is damaged so that it cannot be cut off"
            .to_owned(),
    }
}

fn torn_end(plan: PlanId, position: Position) -> ReadError {
    let reason = ReadError::Corrupt {
        plan,
        position,
        what: "its batch is incomplete or damaged".to_owned(),
    };
    ReadError::Torn {
        reason: Box::new(reason),
    }
}

struct Recovering<'a> {
    trees: &'a Trees,
    plan: PlanId,
    end: Position,
}

impl Recovering<'_> {
    /// How many blocks from the first on are sealed and whole. Others are taken out of the index.
    fn sealed_blocks(&self) -> Result<u64, ReadError> {
        let full = self.end.0 / BLOCK_EVENTS;
        let mut sealed = 0;
        let mut stray = false;
        for item in self.trees.index_prefix(&block::plan_prefix(b'b', self.plan)) {
            let (key, value) = item?;
            let expected = block::numbered_key(b'b', self.plan, sealed);
            if key.as_ref() != expected || sealed >= full || block::decode_summary(&key, &value).is_err() {
                stray = true;
                break;
            }
            sealed += 1;
        }
        if stray || sealed < full {
            self.purge_index(sealed)?;
        }
        Ok(sealed)
    }

    /// Reads the last sealed block and what follows: whole, or where the torn batch begins.
    fn first_torn(&self, sealed: u64) -> Result<ControlFlow<Position>, ReadError> {
        let first = Position(sealed.saturating_sub(1) * BLOCK_EVENTS);
        let mut head = self.head_before(first)?;
        let mut open_batch = None;
        let mut found = self.trees.events(self.plan, first, self.end);
        while head.next < self.end {
            let next = found.next().unwrap_or_else(|| Err(missing(self.plan, head.next)));
            match next.and_then(|(mark, record)| self.checked(head, mark, record)) {
                Ok((mark, record)) => {
                    open_batch = (mark.remaining > 0).then(|| batch_start(mark, head.next));
                    head = Head::after(&record);
                }
                Err(error) => {
                    let torn = open_batch.unwrap_or(head.next);
                    return self.torn_or_corrupt(head.next, torn, error);
                }
            }
        }
        Ok(open_batch.map_or(ControlFlow::Continue(()), ControlFlow::Break))
    }

    fn head_before(&self, first: Position) -> Result<Head, ReadError> {
        match first.0.checked_sub(1) {
            None => Ok(Head::START),
            Some(before) => self
                .trees
                .event(self.plan, Position(before))
                .map(|(_, record)| Head::after(&record)),
        }
    }

    fn checked(&self, head: Head, mark: BatchMark, record: Record) -> Result<(BatchMark, Record), ReadError> {
        if record.envelope.position != head.next {
            return Err(missing(self.plan, head.next));
        }
        if !record.is_proved_after(self.plan, &head.chain) {
            let what = "it does not follow the record before it, or its content is not the committed one";
            return Err(ReadError::Corrupt {
                plan: self.plan,
                position: head.next,
                what: what.to_owned(),
            });
        }
        Ok((mark, record))
    }

    /// Damage at `at` in the batch that begins at `torn`: corruption if a batch that began later is readable.
    fn torn_or_corrupt(
        &self,
        at: Position,
        torn: Position,
        error: ReadError,
    ) -> Result<ControlFlow<Position>, ReadError> {
        if matches!(error, ReadError::Engine(_)) {
            return Err(error);
        }
        let later = self.trees.events(self.plan, at, self.end);
        let whole_after = later
            .filter_map(Result::ok)
            .any(|(mark, record)| mark.remaining == 0 && batch_start(mark, record.envelope.position) > at);
        if whole_after {
            Err(error)
        } else {
            Ok(ControlFlow::Break(torn))
        }
    }

    /// Takes everything from block `first` on out of the plan's index.
    fn purge_index(&self, first: u64) -> Result<(), ReadError> {
        let mut batch = ::sled::Batch::default();
        for item in self.trees.index_prefix(&block::plan_prefix(b's', self.plan)) {
            let (key, value) = item?;
            if StreamRun::decode(&key, &value).map_or(true, |run| run.block >= first) {
                batch.remove(key);
            }
        }
        for (tag, first) in [
            (b'b', first),
            (b'e', first),
            (b'f', first / SEGMENT_BLOCKS),
            (b'i', first / SEGMENT_BLOCKS),
        ] {
            let from = block::numbered_key(tag, self.plan, first);
            for item in self.trees.index_prefix(&block::plan_prefix(tag, self.plan)) {
                let (key, _) = item?;
                if key.as_ref() >= from.as_slice() {
                    batch.remove(key);
                }
            }
        }
        self.trees.write_index(batch)
    }

    /// Builds what memory holds, and writes the blocks and segments that are missing.
    fn index(&self, sealed: u64) -> Result<PlanIndex, ReadError> {
        let filters = self.filters(sealed)?;
        let mut ids = Ids::new(filters);
        for number in ids.segments() * SEGMENT_BLOCKS..sealed {
            for (print, position) in self
                .fingerprints(number)?
                .into_iter()
                .zip(number * BLOCK_EVENTS..)
            {
                ids.push(print, Position(position));
            }
        }
        let first = Position(sealed * BLOCK_EVENTS);
        let mut index = PlanIndex::new(self.head_before(first)?, ids);
        self.write_complete(&mut index)?;
        for event in self.trees.events(self.plan, first, self.end) {
            index.push(&event?.1);
            self.write_complete(&mut index)?;
        }
        Ok(index)
    }

    fn write_complete(&self, index: &mut PlanIndex) -> Result<(), ReadError> {
        while let Some(full) = index.full() {
            let sealed = full.seal();
            self.trees.write_index(sealed.batch(self.plan))?;
            index.sealed(sealed);
        }
        Ok(())
    }

    /// The filters of the segments that are sealed and whole; what lies after a damaged one is built again.
    fn filters(&self, sealed_blocks: u64) -> Result<Vec<Filter>, ReadError> {
        let mut filters = Vec::new();
        for segment in 0..sealed_blocks / SEGMENT_BLOCKS {
            let key = block::numbered_key(b'f', self.plan, segment);
            let Some(value) = self.trees.index_entry(&key)? else {
                break;
            };
            let Ok(filter) = decode_filter(&key, &value) else {
                break;
            };
            filters.push(filter);
        }
        Ok(filters)
    }

    /// The ids of a sealed block, from the index or, when that is damaged, from the events.
    fn fingerprints(&self, number: u64) -> Result<Vec<u64>, ReadError> {
        let key = block::numbered_key(b'e', self.plan, number);
        let stored = self.trees.index_entry(&key)?;
        if let Some(Ok(prints)) = stored.map(|value| block::decode_fingerprints(&key, &value))
            && prints.len() as u64 == BLOCK_EVENTS
        {
            return Ok(prints);
        }
        let (first, end) = (number * BLOCK_EVENTS, (number + 1) * BLOCK_EVENTS);
        let events = self.trees.events(self.plan, Position(first), Position(end));
        events
            .map(|event| event.map(|(_, record)| fingerprint(record.envelope.id)))
            .collect()
    }
}

fn batch_start(mark: BatchMark, position: Position) -> Position {
    Position(position.0.saturating_sub(u64::from(mark.index)))
}
