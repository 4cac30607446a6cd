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
//! [`plan`] what is known of one plan, [`appending`] how a group is written, [`sealing`] how blocks are written beside the
//! appends, [`recover`] how all is found again, [`read`] how pages are read, [`reading_on`] and [`disk`] how they are once
//! a write has failed, [`closing`] whether it can be closed then,
//! [`super::acknowledged`] how an end that sled lost is noticed, [`verify`] how all of it is checked, [`panics`] what
//! becomes of sled's own. [`mod@file`], [`page`], [`near`] and [`batches`] read sled's file without sled, for [`remains`], which is
//! what a repair takes, [`untold`], which says whether that can be all, and for [`mod@tail`], [`whole`] and [`doubt`], which tell before an opening whether sled would throw something away.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, RwLockReadGuard};

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::limits::BATCH_EVENTS_MAX;
use schema::log::{Record, Stream};

use super::acknowledged::{self, Keeper};
use super::copy::Copied;
use super::engine::{Engine, Repair, Verified};
use super::index::Reads;
use super::place::{Head, Known, StagedPlans};
use super::remembered::Remembered;
use super::{
    AdoptError, AppendError, AppendRequest, Appended, Check, EraseError, EventLog, Extent, Health, ReadError,
    ReadRequest, SaltSource, adopt, all_stopped,
};
use plan::{PlanIndex, PlanView};
use sealing::{Plans, Sealer};
use trees::Trees;

mod appending;
mod batches;
mod blobs;
pub mod block;
mod closing;
mod disk;
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
mod reading_on;
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
    writing: Mutex<Remembered>,
    /// Why nothing is written any more until the log is opened again.
    stopped: OnceLock<Arc<str>>,
    /// Whether it can be closed once it has stopped.
    closable: OnceLock<bool>,
    fail_next_flush: AtomicBool,
    repairs: Vec<Repair>,
    /// Last: the files that all before it may still use.
    copy: Option<Copied>,
}

const WRITER_PANICKED: &str = "the writer panicked";

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
            stopped: OnceLock::new(),
            closable: OnceLock::new(),
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
    fn writing(&self) -> Result<MutexGuard<'_, Remembered>, Arc<str>> {
        let writing = self.writing.lock().map_err(|_| WRITER_PANICKED)?;
        match self.stopped.get() {
            Some(reason) => Err(reason.clone()),
            None => Ok(writing),
        }
    }

    fn stop(&self, error: &ReadError) -> Arc<str> {
        let stopped = self.stopped.get_or_init(|| {
            tracing::error!("the log stops writing until it is reopened: {error}");
            error.to_string().into()
        });
        stopped.clone()
    }

    fn plans_now(&self) -> RwLockReadGuard<'_, BTreeMap<PlanId, PlanIndex>> {
        self.plans.now()
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
        let writing = match self.writing() {
            Ok(writing) => writing,
            Err(reason) => return all_stopped(group.len(), &reason),
        };
        let (answers, staged) = self.place(&writing, (now, salts), &group);
        match self.commit(&writing, staged) {
            Ok(()) => answers,
            Err(reason) => all_stopped(group.len(), &reason),
        }
    }

    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        self.reading(|| {
            let snapshot = self.view(request.plan, |view| view.snapshot(&request.selector))?;
            read::page(&self.trees, request, &snapshot)
        })
    }

    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        self.reading(|| self.view(plan, |view| view.find(id)))
    }

    fn next_position(&self, plan: PlanId) -> Position {
        self.plans_now()
            .get(&plan)
            .map_or(Head::START, PlanIndex::head)
            .next
    }

    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        self.reading(|| self.view(plan, |view| view.last_revision(stream)))
    }

    fn plans(&self) -> Vec<PlanId> {
        self.plans_now().keys().copied().collect()
    }

    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        let _writing = self.writing().map_err(|reason| EraseError::Stopped { reason })?;
        EraseError::unless_all_there(plan, positions, self.next_position(plan))?;
        let give_up = |error: &ReadError| EraseError::Stopped {
            reason: self.stop(error),
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
        self.reading(|| self.trees.erased(plan))
    }

    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        let writing = self.writing().map_err(|reason| AdoptError::Stopped { reason })?;
        let plans = self.plans_now();
        let view = PlanView::new(&self.trees, plan, plans.get(&plan));
        adopt::check(plan, &view, &records)?;
        drop(plans);
        if records.is_empty() {
            return Ok(());
        }
        self.note_gone(plan, &records)
            .map_err(|error| AdoptError::Stopped {
                reason: self.stop(&error),
            })?;
        let staged = StagedPlans::from([(plan, adopt::staged(records))]);
        self.commit(&writing, staged)
            .map_err(|reason| AdoptError::Stopped { reason })
    }

    fn health(&self) -> Health {
        let panicked = || self.writing.is_poisoned().then(|| WRITER_PANICKED.into());
        let reason = self.stopped.get().cloned().or_else(panicked);
        reason.map_or(Health::Writing, |reason| Health::Stopped { reason })
    }

    fn can_close(&self) -> bool {
        self.is_closable()
    }

    fn level(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.level();
        }
    }
}
