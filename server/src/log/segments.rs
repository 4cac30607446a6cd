//! The engine of segment files: plain files that only grow, an index file beside each full one.
//!
//! # Why it exists
//!
//! A log needs little of a disk: append, flush, read. Done directly, that is several times as fast as through a
//! general store and takes half the room, and what a loss of power can do to it can be tried at every instant
//! ([`disk`]). It keeps the same contract as the other engines; which one a server uses is a matter of configuration.
//!
//! # Invariants
//!
//! - What is visible is durable: readers see a plan only up to the head that was set after the flush.
//! - One thread writes at a time. Files only grow, but for a torn end that opening cuts off and content that is
//!   erased in its place.
//! - An index file is a pure function of its segment file: losing it loses nothing.
//!
//! # Reading order
//!
//! [`frame`] and [`file`](mod@file) are the bytes (drawn in `docs/storage.md`), [`writer`] how they come there, [`growing`] and
//! [`table`] the index in memory and on disk, [`part`] and [`plan`] how both are asked, [`replay`] and [`recover`]
//! how all is found again, [`erase`] how content goes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::limits::SEGMENT_BYTES;
use schema::log::{Record, Stream};

use super::acknowledged::Keeper;
use super::compact::Held;
use super::place::{self, Head, Known, Staged, StagedPlans};
use super::remembered::{Remembered, WriterView};
use super::{
    AdoptError, AppendError, AppendRequest, Appended, Check, Engine, EraseError, EventLog, Extent, Health,
    ReadError, ReadRequest, Repair, SaltSource, Verified, adopt, all_stopped,
};
use disk::MadeLock;
use file::Files;
use part::Part;
use plan::{PlanState, PlanView};
use recover::Owed;
use writer::{Sealing, Tail, Written};

pub mod disk;
pub mod erase;
mod fetch;
pub mod file;
pub mod frame;
pub mod growing;
pub mod meta;
mod opening;
pub mod part;
pub mod plan;
mod read;
pub mod recover;
pub mod remains;
pub mod replay;
pub mod scan;
pub mod table;
#[cfg(test)]
mod tests;
pub mod treacherous;
mod verify;
pub mod writer;

pub use opening::OpenError;
pub use recover::Cut;

/// How the engine is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentConfig {
    /// Size at which a new segment file begins.
    pub segment_bytes: u64,
    /// Throw the index files away and make them again from the segments.
    pub rebuild_index: bool,
    /// Who writes the index file of a full segment.
    pub sealing: SealBy,
    /// Begin a log where the files hold none; otherwise that is refused.
    pub begins: bool,
    /// Cut off batches at the end that are not whole, and keep them aside; otherwise they are refused.
    pub cut_torn_ends: bool,
}

/// Who writes the index file of a full segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealBy {
    /// A thread of its own, so that appends go on.
    Thread,
    /// The append that found it full, so that simulations repeat.
    Append,
}

impl Default for SegmentConfig {
    fn default() -> Self {
        Self {
            segment_bytes: SEGMENT_BYTES,
            rebuild_index: false,
            sealing: SealBy::Thread,
            begins: true,
            cut_torn_ends: true,
        }
    }
}

/// A log on disk.
#[derive(Debug)]
pub struct SegmentLog {
    /// None while it is only checked. First: it writes its last word while the directory is still held.
    keeper: Option<Keeper>,
    files: Arc<Files>,
    incarnation: IncarnationId,
    config: SegmentConfig,
    plans: RwLock<BTreeMap<PlanId, PlanState>>,
    writing: Mutex<Writing>,
    /// Held for writing while a frame is overwritten: no reader sees half of it.
    erasing: RwLock<()>,
    fail_next_flush: AtomicBool,
    cuts: Vec<Cut>,
    repairs: Vec<Repair>,
    /// What opening has found to do and not done yet.
    owed: Owed,
    made_lock: Option<MadeLock>,
    /// Of one that is looked at.
    place: Option<Held>,
}

#[derive(Debug)]
struct Writing {
    tail: Tail,
    parts: Vec<Arc<Part>>,
    sealing: Option<Sealing>,
    remembered: Remembered,
    stopped: Option<Arc<str>>,
}

const WRITER_PANICKED: &str = "the writer panicked";

impl SegmentLog {
    /// Says what frames become, and writes it over them.
    fn overwrite(&self, group: &[erase::Erasure]) -> io::Result<()> {
        erase::announce(self.files.disk(), group)?;
        if self.fail_next_flush.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("no space left on device (asked for by a test)"));
        }
        let _readers_wait = self.erasing.write();
        erase::carry_out(&self.files, group)
    }

    /// Torn ends that opening cut off. Their bytes are kept in `.cut` files.
    #[must_use]
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
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

    /// Nothing panics while it holds this lock for writing but a broken invariant in the index, which the next
    /// opening makes again; reading on is right.
    fn plans_now(&self) -> RwLockReadGuard<'_, BTreeMap<PlanId, PlanState>> {
        self.plans.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self, plan: PlanId) -> PlanView<'_> {
        let state = self.plans_now().get(&plan).cloned();
        PlanView::new(&self.files, plan, state.unwrap_or_else(PlanState::empty))
    }

    /// Places a whole group. Changes nothing.
    fn place(
        &self,
        writing: &Writing,
        (now, salts): (TimestampMs, SaltSource<'_>),
        group: &[AppendRequest],
    ) -> (Vec<Result<Appended, AppendError>>, StagedPlans) {
        place::group((now, salts), group, |plan| WriterView {
            plan,
            view: self.view(plan),
            remembered: &writing.remembered,
        })
    }

    /// Makes staged records durable, then visible. After a failure nothing is written until reopening.
    fn commit(&self, writing: &mut Writing, staged: StagedPlans) -> Result<(), Arc<str>> {
        let of_plan =
            |(plan, records): (PlanId, Vec<Staged>)| records.into_iter().map(move |added| (plan, added));
        for group in writer::groups(staged.into_iter().flat_map(of_plan)) {
            if !group.is_empty() {
                self.write_group(writing, group)
                    .map_err(|error| writing.stop(&error))?;
            }
        }
        Ok(())
    }

    fn write_group(&self, writing: &mut Writing, group: Vec<(PlanId, Staged)>) -> Result<(), ReadError> {
        if writing.tail.end >= self.config.segment_bytes {
            self.begin_segment(writing)?;
        }
        let written = writing.tail.write(group)?;
        self.flush(&writing.tail)?;
        for added in &written {
            writing.remembered.note(added.plan, &added.record);
        }
        self.absorb(&writing.tail.part, &written);
        Ok(())
    }

    fn flush(&self, tail: &Tail) -> io::Result<()> {
        if self.fail_next_flush.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("no space left on device (asked for by a test)"));
        }
        tail.file.sync()
    }

    /// Makes flushed records visible.
    fn absorb(&self, part: &Arc<Part>, written: &[Written]) {
        part.grow(|index| {
            for added in written {
                index.push(added.plan, &added.record, added.place);
            }
        });
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        for Written { plan, record, .. } in written {
            let state = plans.entry(*plan).or_insert_with(PlanState::empty);
            state.goes_on_in(part, record.envelope.position);
            state.head = Head::after(record);
        }
        if let Some(keeper) = &self.keeper {
            let touched: BTreeSet<PlanId> = written.iter().map(|added| added.plan).collect();
            let states = touched.iter().filter_map(|plan| plans.get_key_value(plan));
            keeper.set(states.map(|(plan, state)| (*plan, state.head)));
        }
    }

    /// Goes on in a new file. The index of the full one is written beside the appends; when that takes longer than
    /// the next file takes to fill, the appends wait for it.
    fn begin_segment(&self, writing: &mut Writing) -> Result<(), ReadError> {
        writing.finish_sealing()?;
        let full = &writing.tail;
        let number = full.part.binding().number + 1;
        let next = Tail::begin(self.files.disk(), number, self.incarnation)?;
        let full = std::mem::replace(&mut writing.tail, next);
        writing.parts.push(Arc::clone(&writing.tail.part));
        let files = Arc::clone(&self.files);
        let seal = move || writer::seal(&files, &full.part, full.end);
        match self.config.sealing {
            SealBy::Append => seal(),
            SealBy::Thread => {
                let thread = std::thread::Builder::new().name("log-sealing".to_owned());
                writing.sealing = Some(thread.spawn(seal)?);
                Ok(())
            }
        }
    }
}

impl Writing {
    /// Notes why nothing is written any more until the log is opened again.
    fn stop(&mut self, error: &ReadError) -> Arc<str> {
        let reason: Arc<str> = error.to_string().into();
        tracing::error!("the log stops writing until it is reopened: {reason}");
        self.stopped = Some(reason.clone());
        reason
    }

    fn finish_sealing(&mut self) -> Result<(), ReadError> {
        let Some(sealing) = self.sealing.take() else {
            return Ok(());
        };
        sealing.join().unwrap_or_else(|_| {
            Err(ReadError::Engine(
                "the writing of an index file panicked".to_owned(),
            ))
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Err(error) = self.finish_sealing() {
            tracing::warn!("an index file was not written; opening makes it again: {error}");
        }
    }
}

impl EventLog for SegmentLog {
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
        let (answers, staged) = self.place(&writing, (now, salts), &group);
        match self.commit(&mut writing, staged) {
            Ok(()) => answers,
            Err(reason) => all_stopped(group.len(), &reason),
        }
    }

    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        let _nothing_is_erased = self.erasing.read();
        read::page(&self.view(request.plan), request)
    }

    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        let _nothing_is_erased = self.erasing.read();
        self.view(plan).find(id)
    }

    fn next_position(&self, plan: PlanId) -> Position {
        let plans = self.plans_now();
        plans.get(&plan).map_or(Head::START, |state| state.head).next
    }

    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        self.view(plan).last_revision(stream)
    }

    fn plans(&self) -> Vec<PlanId> {
        self.plans_now().keys().copied().collect()
    }

    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        let mut writing = self.writing().map_err(|reason| EraseError::Stopped { reason })?;
        EraseError::unless_all_there(plan, positions, self.next_position(plan))?;
        let mut left = positions.iter().copied();
        while let Some(group) = erase::group(&self.files, &self.view(plan), &mut left, extent)? {
            self.overwrite(&group).map_err(|error| EraseError::Stopped {
                reason: writing.stop(&error.into()),
            })?;
        }
        Ok(())
    }

    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        let mut writing = self.writing().map_err(|reason| AdoptError::Stopped { reason })?;
        adopt::check(plan, &self.view(plan), &records)?;
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

impl Engine for SegmentLog {
    fn verify_also(&self, also: Check<'_>) -> Result<Verified, ReadError> {
        let mut verifying = verify::Verifying::default();
        for extent in self.extents() {
            let _nothing_is_erased = self.erasing.read();
            verifying.segment(&self.files, &extent, also)?;
        }
        Ok(verifying.done())
    }

    fn repairs(&self) -> &[Repair] {
        &self.repairs
    }
}
