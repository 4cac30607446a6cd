//! A log that gets over a full disk by itself: refuses while there is no room, and opens its engine again after a
//! failed flush.
//!
//! # Why it exists
//!
//! An engine whose flush failed cannot know what reached the disk; only reading it again tells. That must
//! not need an operator, nor end the server: reading goes on, and writing goes on once there is room.
//!
//! # Invariants
//!
//! - The failed engine serves readers until something could be written and flushed beside it; only then it is closed
//!   and opened, while readers wait.
//! - One that could never be closed is kept: it serves readers until the process ends.
//! - What was visible before stays: an engine that comes back with less than was answered is not put to use.
//! - Whoever appends meanwhile is told at once ([`AppendError::Stopped`]); nobody waits for a disk.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::limits::{DISK_RESERVE_BYTES, LOG_REOPEN_MS};
use schema::log::{Record, Stream};

use super::space::Space;
use super::{
    AdoptError, AppendError, AppendRequest, Appended, EraseError, EventLog, Extent, Health, ReadError,
    ReadRequest, SaltSource, all_stopped,
};

#[cfg(test)]
mod tests;

/// Opens the engine, at first and again.
pub type Opener = Box<dyn Fn() -> Result<Box<dyn EventLog>, String> + Send + Sync>;

/// How much room is kept and how soon it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReopeningConfig {
    /// Appends are refused below so much free space; 0 for none.
    pub reserve_bytes: u64,
    /// Wait before the engine is opened again: doubles from the first to the second value, in milliseconds.
    pub reopen_ms: (u64, u64),
}

impl Default for ReopeningConfig {
    fn default() -> Self {
        Self {
            reserve_bytes: DISK_RESERVE_BYTES,
            reopen_ms: LOG_REOPEN_MS,
        }
    }
}

/// See the module's text.
pub struct ReopeningLog {
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
}

struct Shared {
    open: Opener,
    space: Space,
    incarnation: IncarnationId,
    /// None only while no engine could be opened.
    engine: RwLock<Option<Box<dyn EventLog>>>,
    /// Where each plan ended when the engine was closed.
    ends: Mutex<BTreeMap<PlanId, Position>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Why the engine must be opened again.
    broken: Option<Arc<str>>,
    ended: bool,
}

impl ReopeningLog {
    /// Opens an engine over a directory whose file system `directory` names.
    ///
    /// # Errors
    /// What the opener says.
    pub fn open(
        directory: std::path::PathBuf,
        config: ReopeningConfig,
        open: Opener,
    ) -> Result<Self, String> {
        let engine = open()?;
        let shared = Arc::new(Shared {
            open,
            space: Space::new(directory, config.reserve_bytes),
            incarnation: engine.incarnation(),
            engine: RwLock::new(Some(engine)),
            ends: Mutex::default(),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let kept = Arc::clone(&shared);
        let keeper = std::thread::Builder::new()
            .name("log-keeper".to_owned())
            .spawn(move || kept.keep(config.reopen_ms))
            .map_err(|error| format!("no thread: {error}"))?;
        Ok(Self {
            shared,
            keeper: Some(keeper),
        })
    }
}

impl Drop for ReopeningLog {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.shared.changed.notify_all();
        if let Some(keeper) = self.keeper.take()
            && keeper.join().is_err()
        {
            tracing::error!("the log's keeper panicked");
        }
        let engine = self
            .shared
            .engine
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(engine) = engine
            && !engine.can_close()
        {
            std::mem::forget(engine);
        }
    }
}

/// Why nothing is written before the end of this process.
const NEVER_CLOSES: &str =
    "the log failed in a way that it cannot be closed after: restart the server, once there is room";

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn engine(&self) -> RwLockReadGuard<'_, Option<Box<dyn EventLog>>> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing is written now, if so.
    fn refusal(&self) -> Option<Arc<str>> {
        let broken = self.state().broken.clone();
        broken.or_else(|| self.space.lacking())
    }

    /// Writes with the engine, and has it opened again if that made it stop.
    fn write<T>(&self, write: impl FnOnce(&dyn EventLog) -> T) -> Result<T, Arc<str>> {
        if let Some(reason) = self.refusal() {
            return Err(reason);
        }
        let engine = self.engine();
        let engine = engine.as_deref().ok_or("the log is being opened again")?;
        let answer = write(engine);
        if let Health::Stopped { reason } = engine.health() {
            self.state().broken = Some(reason);
            self.changed.notify_all();
        }
        Ok(answer)
    }

    fn read<T>(&self, read: impl FnOnce(&dyn EventLog) -> Result<T, ReadError>) -> Result<T, ReadError> {
        match self.engine().as_deref() {
            Some(engine) => read(engine),
            None => Err(ReadError::Engine("the log is being opened again".to_owned())),
        }
    }

    /// The keeper's thread: sleeps until the engine stops, then tries to open it again.
    fn keep(&self, (first, last): (u64, u64)) {
        let mut wait = first;
        loop {
            let mut state = self.state();
            while state.broken.is_none() && !state.ended {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                wait = first;
            }
            let waiting = self
                .changed
                .wait_timeout_while(state, Duration::from_millis(wait), |state| !state.ended);
            let ended = waiting.unwrap_or_else(PoisonError::into_inner).0.ended;
            if ended {
                return;
            }
            wait = wait.saturating_mul(2).min(last);
            self.try_reopen();
        }
    }

    fn try_reopen(&self) {
        if self.space.lacking().is_some() {
            return;
        }
        if let Err(error) = self.space.probe() {
            tracing::warn!("the log still cannot be written: {error}");
            return;
        }
        // Its readers need it as long as there is no other.
        if self.engine().as_deref().is_some_and(|engine| !engine.can_close()) {
            let told = self.state().broken.replace(NEVER_CLOSES.into());
            if told.as_deref() != Some(NEVER_CLOSES) {
                tracing::error!("{NEVER_CLOSES}");
            }
            return;
        }
        let mut slot = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = slot.take() {
            *self.ends() = ends_of(engine.as_ref());
        }
        // An engine that panics over what it finds is one that cannot be opened.
        let opened = catch_unwind(AssertUnwindSafe(|| (self.open)()))
            .unwrap_or_else(|_| Err("opening it panicked (see above)".to_owned()));
        match opened.and_then(|engine| self.whole(engine)) {
            Ok(engine) => {
                *slot = Some(engine);
                self.state().broken = None;
                tracing::info!("the log is opened again and writes");
            }
            Err(error) => {
                let reason = format!("the log cannot be opened again: {error}");
                tracing::error!("{reason}");
                self.state().broken = Some(reason.into());
            }
        }
    }

    /// An engine that holds everything that was visible before.
    fn whole(&self, engine: Box<dyn EventLog>) -> Result<Box<dyn EventLog>, String> {
        if engine.incarnation() != self.incarnation {
            return Err("it is another log".to_owned());
        }
        for (plan, end) in self.ends().iter() {
            let found = engine.next_position(*plan);
            if found < *end {
                return Err(format!("plan {plan} ended at {end} and now ends at {found}"));
            }
        }
        Ok(engine)
    }

    fn ends(&self) -> MutexGuard<'_, BTreeMap<PlanId, Position>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ends_of(engine: &dyn EventLog) -> BTreeMap<PlanId, Position> {
    let plans = engine.plans().into_iter();
    plans.map(|plan| (plan, engine.next_position(plan))).collect()
}

impl EventLog for ReopeningLog {
    fn incarnation(&self) -> IncarnationId {
        self.shared.incarnation
    }

    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>> {
        let requests = group.len();
        self.shared
            .write(|engine| engine.append_group(now, salts, group))
            .unwrap_or_else(|reason| all_stopped(requests, &reason))
    }

    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        self.shared.read(|engine| engine.read(request))
    }

    fn next_position(&self, plan: PlanId) -> Position {
        match self.shared.engine().as_deref() {
            Some(engine) => engine.next_position(plan),
            None => self.shared.ends().get(&plan).copied().unwrap_or_default(),
        }
    }

    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        self.shared.read(|engine| engine.last_revision(plan, stream))
    }

    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        self.shared.read(|engine| engine.find(plan, id))
    }

    fn plans(&self) -> Vec<PlanId> {
        match self.shared.engine().as_deref() {
            Some(engine) => engine.plans(),
            None => self.shared.ends().keys().copied().collect(),
        }
    }

    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        self.shared
            .write(|engine| engine.erase_all(plan, positions, extent))
            .unwrap_or_else(|reason| Err(EraseError::Stopped { reason }))
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        self.shared.read(|engine| engine.erased(plan))
    }

    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        self.shared
            .write(|engine| engine.adopt(plan, records))
            .unwrap_or_else(|reason| Err(AdoptError::Stopped { reason }))
    }

    fn health(&self) -> Health {
        if let Some(reason) = self.shared.refusal() {
            return Health::Stopped { reason };
        }
        match self.shared.engine().as_deref() {
            Some(engine) => engine.health(),
            None => Health::Stopped {
                reason: "the log is being opened again".into(),
            },
        }
    }

    fn level(&self) {
        if let Some(engine) = self.shared.engine().as_deref() {
            engine.level();
        }
    }
}
