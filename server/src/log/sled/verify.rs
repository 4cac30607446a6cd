//! Checking everything: what `schrijftafel log verify` does.
//!
//! The events are read once, from the first to the last; the index is compared with what they make, and may hold
//! nothing else.

use std::collections::BTreeMap;

use schema::ids::{PlanId, Position, Revision};
use schema::log::{Record, Stream};

use super::block::{self, Block, Entry, StreamRun};
use super::ids::Ids;
use super::trees::{Trees, missing};
use crate::log::index::fingerprint;
use crate::log::place::Head;
use crate::log::{Check, ReadError, Verified};

pub(super) fn everything(
    trees: &Trees,
    ends: &[(PlanId, Position)],
    also: Check<'_>,
) -> Result<Verified, ReadError> {
    let mut verified = Verified::default();
    for (plan, end) in ends {
        let mut verifying = Verifying::new(trees, *plan);
        for event in trees.events(*plan, Position(0), *end) {
            let (_, record) = event?;
            verifying.take(&record)?;
            also(*plan, &record)?;
        }
        if verifying.head.next != *end {
            return Err(missing(*plan, verifying.head.next));
        }
        verifying.nothing_else_is_indexed()?;
        verified.plans += 1;
        verified.events += end.0;
        verified.blocks += verifying.block.number();
    }
    Ok(verified)
}

struct Verifying<'a> {
    trees: &'a Trees,
    plan: PlanId,
    head: Head,
    revisions: BTreeMap<Stream, Revision>,
    block: Block,
    ids: Ids,
    runs: usize,
}

impl<'a> Verifying<'a> {
    fn new(trees: &'a Trees, plan: PlanId) -> Self {
        Self {
            trees,
            plan,
            head: Head::START,
            revisions: BTreeMap::new(),
            block: Block::new(0),
            ids: Ids::default(),
            runs: 0,
        }
    }

    fn take(&mut self, record: &Record) -> Result<(), ReadError> {
        let envelope = &record.envelope;
        let next_revision = self
            .revisions
            .get(&envelope.stream)
            .map_or(Revision(0), |last| last.next());
        if envelope.position != self.head.next {
            return Err(missing(self.plan, self.head.next));
        } else if envelope.revision != next_revision {
            return Err(self.corrupt("its revision does not follow the one before in its stream"));
        } else if envelope.recorded_at < self.head.recorded_at {
            return Err(self.corrupt("its time is before that of the event before it"));
        } else if !record.is_proved_after(self.plan, &self.head.chain) {
            return Err(self.corrupt("chain or commitment does not match"));
        }
        self.revisions.insert(envelope.stream, envelope.revision);
        self.head = Head::after(record);
        self.block.push(envelope);
        self.ids.push(fingerprint(envelope.id), envelope.position);
        self.compare_what_is_complete()
    }

    fn compare_what_is_complete(&mut self) -> Result<(), ReadError> {
        if self.block.is_full() {
            let entries = self.block.entries(self.plan);
            self.runs += entries.iter().filter(|(key, _)| key.starts_with(b"s")).count();
            entries.iter().try_for_each(|entry| self.compare(entry))?;
            self.block = Block::new(block::block_of(self.head.next));
        }
        if let Some(full) = self.ids.full(0) {
            let segment = full.seal();
            segment
                .entries(self.plan)
                .iter()
                .try_for_each(|entry| self.compare(entry))?;
            self.ids.sealed(segment);
        }
        Ok(())
    }

    /// A run that no event made would give a stream a wrong last revision.
    fn nothing_else_is_indexed(&self) -> Result<(), ReadError> {
        let mut found = 0;
        for item in self.trees.index_prefix(&block::plan_prefix(b's', self.plan)) {
            let (key, value) = item?;
            // Blocks written while this check was reading are not its concern.
            found += usize::from(StreamRun::decode(&key, &value)?.block < self.block.number());
        }
        if found == self.runs {
            Ok(())
        } else {
            Err(block::damaged(&block::plan_prefix(b's', self.plan)))
        }
    }

    fn compare(&self, (key, value): &Entry) -> Result<(), ReadError> {
        match self.trees.index_entry(key)? {
            Some(stored) if stored.as_ref() == value => Ok(()),
            _ => Err(block::damaged(key)),
        }
    }

    fn corrupt(&self, what: &str) -> ReadError {
        ReadError::Corrupt {
            plan: self.plan,
            position: self.head.next,
            what: what.to_owned(),
        }
    }
}
