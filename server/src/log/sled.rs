//! The embedded engine: sled 0.34.7, used for what it does well (append, read, flush) and trusted with nothing.
//!
//! # Why it exists
//!
//! One process, one directory, no administration. sled is no longer maintained, so every record carries its own
//! checksum, batch mark and chain value, and everything but the records can be rebuilt from the records.
//!
//! # Invariants
//!
//! - `events` holds frames under `plan ‖ position`, those of one group together ([`pack`]), and nothing else per event:
//!   random keys per event were measured to cost four fifths of the speed and twice the disk.
//! - What is visible is durable: readers see a plan only up to the head that was set after the flush.
//! - One thread appends at a time; it adds to a plan's index, and the thread that seals takes off what it has written.
//!
//! # Reading order
//!
//! [`frame`], [`pack`] and [`block`] are the bytes (drawn in `docs/storage.md`), [`ids`] the look-up by event id,
//! [`plan`] what is known of one plan, [`sealing`] how blocks are written beside the appends, [`recover`] how all is
//! found again, [`read`] how pages are read,
//! [`super::acknowledged`] how an end that sled lost is noticed, [`verify`] how all of it is checked, [`panics`] what
//! becomes of sled's own. [`mod@file`], [`page`], [`near`] and [`batches`] read sled's file without sled, for [`remains`], which is
//! what a repair takes, [`untold`], which says whether that can be all, and for [`mod@tail`], [`whole`] and [`doubt`], which tell before an opening whether sled would throw something away.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLockReadGuard, TryLockError};

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::limits::{BATCH_EVENTS_MAX, SLED_BLOCKS_WAITING_MAX};
use schema::log::{Record, Stream};

use super::acknowledged::{self, Keeper};
use super::copy::Copied;
use super::engine::{Engine, Repair, Verified};
use super::index::Reads;
use super::place::{Head, Known, Stage, Staged};
use super::remembered::{Remembered, WriterView};
use super::{
    AdoptError, AppendError, AppendRequest, Appended, Check, EraseError, EventLog, Extent, Health, ReadError,
    ReadRequest, SaltSource, adopt, all_stopped,
};
use plan::{PlanIndex, PlanView};
use sealing::{Plans, Sealer};
use trees::{Trees, batch_of};

mod batches;
mod blobs;
pub mod block;
pub mod doubt;
mod file;
pub mod frame;
pub mod ids;
mod near;
pub mod pack;
mod page;
mod panics;
mod plan;
mod platter;
mod read;
mod recover;
pub mod remains;
mod sealing;
mod tail;
#[cfg(test)]
pub(crate) mod tampering;
#[cfg(test)]
mod tests;
mod trees;
mod untold;
pub mod verify;
mod whole;

pub use tail::TornEnd;
pub use trees::OpenError;

/// How the engine is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SledConfig {
    /// Memory for sled's page cache. sled's own default is 1 GB, the whole of a small machine.
    pub cache_bytes: u64,
    /// Throw the index away and build it again from the events.
    pub rebuild_index: bool,
    /// Begin a log where the files hold none; otherwise that is refused.
    pub begins: bool,
    /// Cut torn ends off and keep them aside, as serving needs. Without it they are refused, for a check.
    pub cut_torn_ends: bool,
}

impl Default for SledConfig {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            rebuild_index: false,
            begins: true,
            cut_torn_ends: true,
        }
    }
}

/// A log on disk.
#[derive(Debug)]
pub struct SledLog {
    /// None while it is only checked.
    keeper: Option<Keeper>,
    /// Before the trees: it writes what is left.
    sealer: Sealer,
    trees: Arc<Trees>,
    incarnation: IncarnationId,
    plans: Arc<Plans>,
    writing: Mutex<Writing>,
    fail_next_flush: AtomicBool,
    repairs: Vec<Repair>,
    /// Last: the files that all before it may still use.
    copy: Option<Copied>,
}

/// What only the writer uses.
#[derive(Debug, Default)]
struct Writing {
    remembered: Remembered,
    /// Why nothing is written any more until the log is opened again.
    stopped: Option<Arc<str>>,
}

const WRITER_PANICKED: &str = "the writer panicked";

/// What a group adds, by plan.
type StagedPlans = BTreeMap<PlanId, Vec<Staged>>;

impl SledLog {
    /// Opens the log in a directory, or starts one: verifies the end of every plan, cuts torn batches, and
    /// rebuilds what is missing of the index.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used, is in use, has another format, or is corrupt.
    pub fn open(path: impl AsRef<Path>, config: SledConfig) -> Result<Self, OpenError> {
        let path = path.as_ref();
        panics::caught(|| {
            let trees = Trees::open(path, config)?;
            let incarnation = trees.incarnation(config.begins)?;
            if config.rebuild_index {
                trees.clear_index()?;
            }
            Self::recover(path, trees, config, incarnation)
        })
    }

    /// Opens a copy of a log as a start does and reads all of it: whether the log itself may be opened. `begins`: whether
    /// one may begin where the files hold none.
    ///
    /// # Errors
    /// As [`Self::open`], and the first fault in what is left.
    pub fn try_copy(copy: Copied, begins: bool) -> Result<Self, OpenError> {
        let config = SledConfig {
            begins,
            ..SledConfig::default()
        };
        let mut log = Self::open(copy.path(), config)?;
        log.copy = Some(copy);
        // What sled passes over further back does not show at the ends of the plans.
        log.verify()?;
        Ok(log)
    }

    /// Opens a copy of a log, to be looked at; it goes with the answer.
    ///
    /// # Errors
    /// As [`Self::open`]. A torn end is one: nothing is cut off.
    pub fn open_copy(copy: Copied) -> Result<Self, OpenError> {
        let config = SledConfig {
            begins: false,
            cut_torn_ends: false,
            ..SledConfig::default()
        };
        let mut log = Self::open(copy.path(), config)?;
        log.copy = Some(copy);
        Ok(log)
    }

    /// Starts a log of a given life in an empty or new directory, for records that come from another log.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used or already holds a log.
    pub fn create(
        path: impl AsRef<Path>,
        config: SledConfig,
        incarnation: IncarnationId,
    ) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let trees = Trees::open(path, config)?;
        trees.start(incarnation)?;
        Self::recover(path, trees, config, incarnation)
    }

    fn recover(
        path: &Path,
        trees: Trees,
        config: SledConfig,
        incarnation: IncarnationId,
    ) -> Result<Self, OpenError> {
        let serves = config.cut_torn_ends;
        let answered = acknowledged::answered(path, incarnation, !serves)?;
        let mut repairs = Vec::new();
        let mut plans = BTreeMap::new();
        for plan in trees.plans()? {
            let cut = config.cut_torn_ends.then_some(&mut repairs);
            let answered = answered.get(&plan).map_or(Position(0), |mark| mark.next);
            if let Some(index) = recover::plan(&trees, plan, answered, cut)? {
                plans.insert(plan, index);
            }
        }
        let end = |plan| plans.get(&plan).map_or(Head::START, PlanIndex::head).next;
        acknowledged::is_there(path, !plans.is_empty(), !serves)?;
        acknowledged::check(&answered, end, |plan, last| {
            let (_, record) = trees.event(plan, last)?;
            Ok::<_, OpenError>(record.chain)
        })?;
        if serves {
            trees.allow_packs()?;
        }
        trees.flush()?;
        let ends = plans.iter().map(|(plan, index)| (*plan, index.head().into()));
        // Also of one that is only checked: sled has written its notes, and ours says what must lie behind them.
        let keeper = Keeper::start(path, incarnation, ends.collect()).map_err(::sled::Error::Io)?;
        let (trees, plans) = (Arc::new(trees), Arc::new(Plans::new(plans)));
        let sealer = Sealer::start(&trees, &plans).map_err(::sled::Error::Io)?;
        Ok(Self {
            keeper: serves.then_some(keeper),
            sealer,
            trees,
            incarnation,
            plans,
            writing: Mutex::default(),
            fail_next_flush: AtomicBool::new(false),
            repairs,
            copy: None,
        })
    }

    /// What was read since it was opened: a look-up that reads more than it answers shows here.
    #[must_use]
    pub fn reads(&self) -> Reads {
        self.trees.reads()
    }

    /// Lets the next flush fail as a full disk does. For tests of the whole system.
    pub fn fail_next_flush(&self) {
        self.fail_next_flush.store(true, Ordering::SeqCst);
    }

    /// The right to write, held throughout: one writer at a time. A panic leaves the lock poisoned, which stops
    /// writing.
    fn writing(&self) -> Result<MutexGuard<'_, Writing>, Arc<str>> {
        let writing = self.writing.lock().map_err(|_| WRITER_PANICKED)?;
        match &writing.stopped {
            Some(reason) => Err(reason.clone()),
            None => Ok(writing),
        }
    }

    fn plans_now(&self) -> RwLockReadGuard<'_, BTreeMap<PlanId, PlanIndex>> {
        self.plans.now()
    }

    /// Places a whole group. Changes nothing.
    fn place(
        &self,
        remembered: &Remembered,
        (now, salts): (TimestampMs, SaltSource<'_>),
        group: &[AppendRequest],
    ) -> (Vec<Result<Appended, AppendError>>, StagedPlans) {
        let plans = self.plans_now();
        let mut stages: BTreeMap<PlanId, Stage<WriterView<'_, PlanView<'_>>>> = BTreeMap::new();
        let mut answers = Vec::with_capacity(group.len());
        for request in group {
            let stage = stages.entry(request.plan).or_insert_with(|| {
                let view = WriterView {
                    plan: request.plan,
                    view: PlanView::new(&self.trees, request.plan, plans.get(&request.plan)),
                    remembered,
                };
                Stage::new(request.plan, view)
            });
            answers.push(stage.place(now, salts, request));
        }
        let staged = stages
            .into_iter()
            .map(|(plan, stage)| (plan, stage.into_staged()))
            .filter(|(_, staged)| !staged.is_empty())
            .collect();
        (answers, staged)
    }

    fn write_and_flush(&self, staged: &StagedPlans) -> Result<(), ReadError> {
        let entries = staged
            .iter()
            .flat_map(|(plan, records)| pack::entries(*plan, records));
        self.trees.append(batch_of(entries))?;
        self.flush()
    }

    fn flush(&self) -> Result<(), ReadError> {
        if self.fail_next_flush.swap(false, Ordering::SeqCst) {
            return Err(ReadError::Engine(
                "no space left on device (asked for by a test)".to_owned(),
            ));
        }
        self.trees.flush()
    }

    /// Notes what records lack that come from another log. Flushed, because everything before a group of events is: what
    /// cannot be read there is damage.
    fn note_gone(&self, plan: PlanId, records: &[Record]) -> Result<(), ReadError> {
        let gone = |record: &Record| Some((record.envelope.position, Extent::gone_from(record)?));
        let mut is_noted = false;
        for (position, extent) in records.iter().filter_map(gone) {
            self.trees.note_erased(plan, position, extent)?;
            is_noted = true;
        }
        if is_noted { self.flush() } else { Ok(()) }
    }

    /// Makes staged records durable, then visible. After a failure nothing is written until reopening.
    fn commit(&self, writing: &mut Writing, staged: StagedPlans) -> Result<(), Arc<str>> {
        if staged.is_empty() {
            return Ok(());
        }
        self.write_and_flush(&staged)
            .map_err(|error| writing.stop(&error))?;
        // The events are durable, so their answers stand even if the index cannot follow.
        if let Err(error) = self.absorb(writing, staged) {
            writing.stop(&error);
        }
        Ok(())
    }

    /// Makes flushed records visible, and has the index blocks written that they complete. Those ride on a later
    /// flush: they can be rebuilt.
    fn absorb(&self, writing: &Writing, staged: StagedPlans) -> Result<(), ReadError> {
        let (mut full, mut heads) = (Vec::new(), Vec::new());
        let mut too_much_waits = false;
        let mut plans = self.plans.change();
        for (plan, records) in staged {
            let index = plans.entry(plan).or_default();
            for added in &records {
                index.push(&added.record);
                writing.remembered.note(plan, &added.record);
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

    fn view<T>(
        &self,
        plan: PlanId,
        look: impl FnOnce(PlanView<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let plans = self.plans_now();
        look(PlanView::new(&self.trees, plan, plans.get(&plan)))
    }
}

impl Engine for SledLog {
    fn verify_also(&self, also: Check<'_>) -> Result<Verified, ReadError> {
        // No append is half-way while the ends are taken, so every full block before them is written.
        let between_appends = self.writing.lock();
        self.sealer.settle()?;
        let ends: Vec<(PlanId, Position)> = self
            .plans_now()
            .iter()
            .map(|(plan, index)| (*plan, index.head().next))
            .collect();
        drop(between_appends);
        panics::caught(|| verify::everything(&self.trees, &ends, also))
    }

    /// Their bytes are kept in the tree `cut`.
    fn repairs(&self) -> &[Repair] {
        &self.repairs
    }
}

impl EventLog for SledLog {
    fn incarnation(&self) -> IncarnationId {
        self.incarnation
    }

    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>> {
        let mut writing = match self.writing() {
            Ok(writing) => writing,
            Err(reason) => return all_stopped(group.len(), &reason),
        };
        let (answers, staged) = self.place(&writing.remembered, (now, salts), &group);
        match self.commit(&mut writing, staged) {
            Ok(()) => answers,
            Err(reason) => all_stopped(group.len(), &reason),
        }
    }

    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        panics::caught(|| {
            let snapshot = self.view(request.plan, |view| view.snapshot(&request.selector))?;
            read::page(&self.trees, request, &snapshot)
        })
    }

    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        panics::caught(|| self.view(plan, |view| view.find(id)))
    }

    fn next_position(&self, plan: PlanId) -> Position {
        self.plans_now()
            .get(&plan)
            .map_or(Head::START, PlanIndex::head)
            .next
    }

    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        panics::caught(|| self.view(plan, |view| view.last_revision(stream)))
    }

    fn plans(&self) -> Vec<PlanId> {
        self.plans_now().keys().copied().collect()
    }

    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        let mut writing = self.writing().map_err(|reason| EraseError::Stopped { reason })?;
        EraseError::unless_all_there(plan, positions, self.next_position(plan))?;
        let mut give_up = |error: &ReadError| EraseError::Stopped {
            reason: writing.stop(error),
        };
        for some in positions.chunks(BATCH_EVENTS_MAX) {
            let batch = self.trees.changed(plan, some, |record| extent.of(plan, record))?;
            for position in some {
                let noted = self.trees.note_erased(plan, *position, extent);
                noted.map_err(|error| give_up(&error))?;
            }
            self.trees.append(batch).map_err(|error| give_up(&error))?;
        }
        self.flush().map_err(|error| give_up(&error))
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        panics::caught(|| self.trees.erased(plan))
    }

    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        let mut writing = self.writing().map_err(|reason| AdoptError::Stopped { reason })?;
        let plans = self.plans_now();
        let view = PlanView::new(&self.trees, plan, plans.get(&plan));
        adopt::check(plan, &view, &records)?;
        drop(plans);
        if records.is_empty() {
            return Ok(());
        }
        self.note_gone(plan, &records)
            .map_err(|error| AdoptError::Stopped {
                reason: writing.stop(&error),
            })?;
        let staged = StagedPlans::from([(plan, adopt::staged(records))]);
        self.commit(&mut writing, staged)
            .map_err(|reason| AdoptError::Stopped { reason })
    }

    fn health(&self) -> Health {
        let reason = match self.writing.try_lock() {
            // Somebody writes at this moment.
            Err(TryLockError::WouldBlock) => None,
            Ok(writing) => writing.stopped.clone(),
            Err(TryLockError::Poisoned(_)) => Some(WRITER_PANICKED.into()),
        };
        reason.map_or(Health::Writing, |reason| Health::Stopped { reason })
    }

    fn level(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.level();
        }
    }
}

impl Writing {
    fn stop(&mut self, error: &ReadError) -> Arc<str> {
        let reason: Arc<str> = error.to_string().into();
        tracing::error!("the log stops writing until it is reopened: {reason}");
        self.stopped = Some(reason.clone());
        reason
    }
}
