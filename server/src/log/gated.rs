//! A log whose reading of one plan can be held up: what a slow disk does, at the moment a test chooses. Asked for its health
//! it can panic once, as code with a fault in it does.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::log::{Record, Stream};

use super::{
    AdoptError, AppendError, AppendRequest, Appended, EraseError, EventLog, Extent, Health, ReadError,
    ReadRequest, SaltSource, Selector,
};

/// A gate that a failed test left closed holds its end up no longer than this.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A log, and a gate before the pages of one plan.
pub struct GatedLog {
    inner: Arc<dyn EventLog>,
    /// Pages of this plan wait that begin before this position.
    closed: Mutex<Option<(PlanId, Position)>>,
    opened: Condvar,
    reads: AtomicUsize,
    trap: AtomicBool,
}

impl GatedLog {
    /// With an open gate.
    pub fn new(inner: Arc<dyn EventLog>) -> Self {
        Self {
            inner,
            closed: Mutex::new(None),
            opened: Condvar::new(),
            reads: AtomicUsize::new(0),
            trap: AtomicBool::new(false),
        }
    }

    /// Reading pages of this plan waits from now on.
    pub fn close(&self, plan: PlanId) {
        self.close_before(plan, Position(u64::MAX));
    }

    /// The same for pages that begin before a position.
    pub fn close_before(&self, plan: PlanId, end: Position) {
        *self.closed.lock().unwrap() = Some((plan, end));
    }

    /// How many pages were read.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// Whoever asks for its health next panics.
    pub fn set_trap(&self) {
        self.trap.store(true, Ordering::SeqCst);
    }

    /// It goes on.
    pub fn open(&self) {
        *self.closed.lock().unwrap() = None;
        self.opened.notify_all();
    }
}

impl EventLog for GatedLog {
    fn incarnation(&self) -> IncarnationId {
        self.inner.incarnation()
    }

    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>> {
        self.inner.append_group(now, salts, group)
    }

    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if request.selector == Selector::All {
            let closed = self.closed.lock().unwrap();
            let waits = |closed: &mut Option<(PlanId, Position)>| {
                closed.is_some_and(|(plan, end)| plan == request.plan && request.from < end.0)
            };
            drop(self.opened.wait_timeout_while(closed, WAIT_MAX, waits).unwrap());
        }
        self.inner.read(request)
    }

    fn next_position(&self, plan: PlanId) -> Position {
        self.inner.next_position(plan)
    }

    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        self.inner.last_revision(plan, stream)
    }

    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        self.inner.find(plan, id)
    }

    fn plans(&self) -> Vec<PlanId> {
        self.inner.plans()
    }

    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        self.inner.erase_all(plan, positions, extent)
    }

    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        self.inner.adopt(plan, records)
    }

    fn health(&self) -> Health {
        assert!(
            !self.trap.swap(false, Ordering::SeqCst),
            "a fault that was set here"
        );
        self.inner.health()
    }

    fn level(&self) {
        self.inner.level();
    }
}
