//! Writing index blocks beside the appends.
//!
//! # Why it exists
//!
//! A block of the index is a pure function of events that are durable, so nobody has to wait for it. Written by the
//! append that completed it, every 1,024th append answered later, and every 65,536th, which completes a segment of ids,
//! much later. A thread of its own writes them while appends go on.
//!
//! # Invariants
//!
//! - Blocks of a plan are written in order, each after its events are durable.
//! - A block leaves memory after it is written and flushed, with the next append that is: readers find it in one or the
//!   other, also those who read sled's files once a flush has failed ([`super::reading_on`]).
//! - What waits is bounded: an append that finds too much waiting waits too.
//! - When the sealer is dropped, everything handed over is written, unless writing failed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use schema::ids::PlanId;

use super::plan::{PlanIndex, Sealed};
use super::trees::Trees;
use crate::log::ReadError;

/// What memory holds of every plan: read by all, changed by the writer and by the sealer.
#[derive(Debug, Default)]
pub(super) struct Plans {
    known: RwLock<BTreeMap<PlanId, PlanIndex>>,
    /// What sled has of the index, and memory too: nobody knows yet whether it is on the disk.
    written: Mutex<Written>,
}

/// Blocks of the index, each of its plan, in the order in which they were written.
pub(super) type Written = Vec<(PlanId, Sealed)>;

impl Plans {
    pub(super) fn new(plans: BTreeMap<PlanId, PlanIndex>) -> Self {
        Self {
            known: RwLock::new(plans),
            written: Mutex::default(),
        }
    }

    /// What sled has that memory still holds. Once a flush has gone well that began after this was asked, memory may let
    /// go of it.
    pub(super) fn written(&self) -> Written {
        std::mem::take(&mut *self.writing())
    }

    /// Lets go of what is on the disk.
    pub(super) fn let_go(&self, flushed: Written) {
        if flushed.is_empty() {
            return;
        }
        let mut plans = self.change();
        for (plan, sealed) in flushed {
            if let Some(index) = plans.get_mut(&plan) {
                index.sealed(sealed);
            }
        }
    }

    fn wrote(&self, plan: PlanId, sealed: Sealed) {
        if let Some(index) = self.change().get_mut(&plan) {
            index.written(&sealed);
        }
        self.writing().push((plan, sealed));
    }

    fn writing(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing panics while it holds this lock for writing but a broken invariant in the index, which the next
    /// opening rebuilds; reading on is right.
    pub(super) fn now(&self) -> RwLockReadGuard<'_, BTreeMap<PlanId, PlanIndex>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self) -> RwLockWriteGuard<'_, BTreeMap<PlanId, PlanIndex>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that writes what is full.
#[derive(Debug)]
pub(super) struct Sealer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    trees: Arc<Trees>,
    plans: Arc<Plans>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Plans with something full.
    waiting: BTreeSet<PlanId>,
    /// Whether one is being written.
    works: bool,
    /// Why nothing is written any more.
    failed: Option<String>,
    /// Whether the log closes.
    ends: bool,
}

impl State {
    fn outcome(&self) -> Result<(), ReadError> {
        match &self.failed {
            Some(reason) => Err(ReadError::Engine(reason.clone())),
            None => Ok(()),
        }
    }
}

impl Sealer {
    /// Starts with nothing to do.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(super) fn start(trees: &Arc<Trees>, plans: &Arc<Plans>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            trees: Arc::clone(trees),
            plans: Arc::clone(plans),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let sealing = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("log-sealing".to_owned())
            .spawn(move || sealing.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Has written what is full of a plan.
    pub(super) fn hand_over(&self, plan: PlanId) {
        self.shared.state().waiting.insert(plan);
        self.shared.changed.notify_all();
    }

    /// Waits until everything handed over is written.
    ///
    /// # Errors
    /// Why it will not be.
    pub(super) fn settle(&self) -> Result<(), ReadError> {
        self.shared.settle()
    }

    /// [`Self::settle`] for a thread that may never come to its end.
    pub(super) fn settling(&self) -> impl FnOnce() -> Result<(), ReadError> + Send + use<> {
        let shared = Arc::downgrade(&self.shared);
        move || shared.upgrade().map_or(Ok(()), |shared| shared.settle())
    }

    /// Whether what was handed over before could be written.
    ///
    /// # Errors
    /// Why it could not.
    pub(super) fn outcome(&self) -> Result<(), ReadError> {
        self.shared.state().outcome()
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        self.shared.state().ends = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(
                "the thread that writes index blocks panicked; opening the log writes them again"
            );
        }
    }
}

impl Shared {
    /// Nothing panics while it holds this lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self) -> Result<(), ReadError> {
        let is_busy =
            |state: &mut State| state.failed.is_none() && (state.works || !state.waiting.is_empty());
        let settled = self.changed.wait_while(self.state(), is_busy);
        let settled = settled.unwrap_or_else(PoisonError::into_inner);
        settled.outcome()
    }

    fn run(&self) {
        let _told = Told(self);
        while let Some(plan) = self.next() {
            let sealed = self.seal(plan);
            let mut state = self.state();
            state.works = false;
            state.failed = sealed.err().map(|error| error.to_string());
            let goes_on = state.failed.is_none();
            drop(state);
            self.changed.notify_all();
            if !goes_on {
                return;
            }
        }
    }

    /// Waits for a plan with something full; nothing when the log closes.
    fn next(&self) -> Option<PlanId> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.ends;
        let state = self.changed.wait_while(self.state(), is_idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let plan = state.waiting.pop_first();
        state.works = plan.is_some();
        plan
    }

    fn seal(&self, plan: PlanId) -> Result<(), ReadError> {
        loop {
            // Shared with memory, so that nobody waits while it is encoded; it goes after the lock is released.
            let full = self.plans.now().get(&plan).and_then(PlanIndex::full);
            let Some(full) = full else { return Ok(()) };
            let sealed = full.seal();
            self.trees.write_index(sealed.batch(plan))?;
            self.plans.wrote(plan, sealed);
        }
    }
}

/// Whoever waits is told, also when the thread ends in a panic.
struct Told<'a>(&'a Shared);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.works {
            state.failed = Some("the thread that writes index blocks panicked".to_owned());
        }
        drop(state);
        self.0.changed.notify_all();
    }
}
