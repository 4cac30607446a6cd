//! Checking everything: what `schrijftafel log verify` does.

use std::collections::BTreeMap;

use schema::ids::{PlanId, Position, Revision};
use schema::log::{Record, Stream};

use super::block::{self, Block, Entry};
use super::trees::{Trees, missing};
use crate::log::ReadError;
use crate::log::place::Head;

/// What was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Plans.
    pub plans: u64,
    /// Events: checksum, numbers, commitments, chain.
    pub events: u64,
    /// Index blocks, compared with what the events make.
    pub blocks: u64,
}

pub(super) fn everything(trees: &Trees, ends: &[(PlanId, Position)]) -> Result<Verified, ReadError> {
    let mut verified = Verified::default();
    for (plan, end) in ends {
        let mut verifying = Verifying::new(trees, *plan);
        for event in trees.events(*plan, Position(0), *end) {
            let (_, record) = event?;
            verifying.take(&record)?;
        }
        if verifying.head.next != *end {
            return Err(missing(*plan, verifying.head.next));
        }
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
}

impl<'a> Verifying<'a> {
    fn new(trees: &'a Trees, plan: PlanId) -> Self {
        Self {
            trees,
            plan,
            head: Head::START,
            revisions: BTreeMap::new(),
            block: Block::new(0),
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
        if self.block.is_full() {
            for entry in self.block.entries(self.plan) {
                self.compare(&entry)?;
            }
            self.block = Block::new(block::block_of(self.head.next));
        }
        Ok(())
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
