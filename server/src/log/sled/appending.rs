//! Appending a group: placed, written, flushed, and only then visible.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use schema::ids::{PlanId, TimestampMs};
use schema::limits::SLED_BLOCKS_WAITING_MAX;
use schema::log::Record;

use super::plan::PlanView;
use super::trees::batch_of;
use super::{SledLog, pack};
use crate::log::place::{self, StagedPlans};
use crate::log::remembered::{Remembered, WriterView};
use crate::log::{AppendError, AppendRequest, Appended, Extent, ReadError, SaltSource};

impl SledLog {
    /// Places a whole group. Changes nothing.
    pub(super) fn place(
        &self,
        remembered: &Remembered,
        (now, salts): (TimestampMs, SaltSource<'_>),
        group: &[AppendRequest],
    ) -> (Vec<Result<Appended, AppendError>>, StagedPlans) {
        let plans = self.plans_now();
        place::group((now, salts), group, |plan| WriterView {
            plan,
            view: PlanView::new(&self.trees, plan, plans.get(&plan)),
            remembered,
        })
    }

    fn write_and_flush(&self, staged: &StagedPlans) -> Result<(), ReadError> {
        let entries = staged
            .iter()
            .flat_map(|(plan, records)| pack::entries(*plan, records));
        self.trees.append(batch_of(entries))?;
        self.flush()
    }

    pub(super) fn flush(&self) -> Result<(), ReadError> {
        if self.fail_next_flush.swap(false, Ordering::SeqCst) {
            return Err(ReadError::Engine(
                "no space left on device (asked for by a test)".to_owned(),
            ));
        }
        self.trees.flush()
    }

    /// Notes what records lack that come from another log. Flushed, because everything before a group of events is: what
    /// cannot be read there is damage.
    pub(super) fn note_gone(&self, plan: PlanId, records: &[Record]) -> Result<(), ReadError> {
        let gone = |record: &Record| Some((record.envelope.position, Extent::gone_from(record)?));
        let mut is_noted = false;
        for (position, extent) in records.iter().filter_map(gone) {
            self.trees.note_erased(plan, position, extent)?;
            is_noted = true;
        }
        if is_noted { self.flush() } else { Ok(()) }
    }

    /// Makes staged records durable, then visible. After a failure nothing is written until reopening.
    pub(super) fn commit(&self, remembered: &Remembered, staged: StagedPlans) -> Result<(), Arc<str>> {
        if staged.is_empty() {
            return Ok(());
        }
        let written = self.plans.written();
        self.write_and_flush(&staged).map_err(|error| self.stop(&error))?;
        self.plans.let_go(written);
        // The events are durable, so their answers stand even if the index cannot follow.
        if let Err(error) = self.absorb(remembered, staged) {
            self.stop(&error);
        }
        Ok(())
    }

    /// Makes flushed records visible, and has the index blocks written that they complete. Those ride on a later
    /// flush: they can be rebuilt.
    fn absorb(&self, remembered: &Remembered, staged: StagedPlans) -> Result<(), ReadError> {
        let (mut full, mut heads) = (Vec::new(), Vec::new());
        let mut too_much_waits = false;
        let mut plans = self.plans.change();
        for (plan, records) in staged {
            let index = plans.entry(plan).or_default();
            for added in &records {
                index.push(&added.record);
                remembered.note(plan, &added.record);
            }
            heads.push((plan, index.head()));
            if index.full().is_some() {
                full.push(plan);
            }
            too_much_waits |= index.blocks() > SLED_BLOCKS_WAITING_MAX;
        }
        drop(plans);
        if let Some(keeper) = &self.keeper {
            keeper.set(heads);
        }
        for plan in full {
            self.sealer.hand_over(plan);
        }
        match too_much_waits {
            true => self.sealer.settle(),
            false => self.sealer.outcome(),
        }
    }
}
