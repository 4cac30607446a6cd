//! The engine without a disk: for tests and for the simulation of the whole system.
//!
//! "Durable" here means: still there after [`MemoryLog::reopen`], which is a crash of the process around it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::limits::LOG_PAGE_EVENTS_MAX;
use schema::log::{Record, Stream};

use super::place::{self, Head, Known};
use super::select::selects;
use super::{
    AdoptError, AppendError, AppendRequest, Appended, Direction, EraseError, EventLog, Extent, Health,
    ReadError, ReadRequest, SaltSource, Selector, adopt,
};

/// A log in memory.
#[derive(Debug)]
pub struct MemoryLog {
    incarnation: IncarnationId,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    plans: BTreeMap<PlanId, PlanLog>,
    fail_next_flush: bool,
    stopped: Option<Arc<str>>,
}

#[derive(Debug, Default)]
struct PlanLog {
    records: Vec<Record>,
    streams: BTreeMap<Stream, Vec<usize>>,
    ids: BTreeMap<EventId, usize>,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new(incarnation: IncarnationId) -> Self {
        Self {
            incarnation,
            state: RwLock::default(),
        }
    }

    /// Lets the next flush fail as a full disk does: nothing of its group stays and the engine stops writing.
    pub fn fail_next_flush(&self) {
        self.write().fail_next_flush = true;
    }

    /// Opens the same log again, with what was durable.
    #[must_use]
    pub fn reopen(self) -> Self {
        let plans = std::mem::take(&mut self.write().plans);
        Self {
            incarnation: self.incarnation,
            state: RwLock::new(State {
                plans,
                ..State::default()
            }),
        }
    }

    /// A panic while the lock was held can only come from a broken invariant in placing, before anything changed.
    fn read_state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventLog for MemoryLog {
    fn incarnation(&self) -> IncarnationId {
        self.incarnation
    }

    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>> {
        let mut state = self.write();
        if let Err(reason) = state.flush() {
            return super::all_stopped(group.len(), &reason);
        }
        let nothing = PlanLog::default();
        let known = |plan: PlanId| state.plans.get(&plan).unwrap_or(&nothing);
        let (answers, staged) = place::group((now, salts), &group, known);
        for (plan, records) in staged {
            for added in records {
                state.plans.entry(plan).or_default().push(added.record);
            }
        }
        answers
    }

    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        let state = self.read_state();
        Ok(state
            .plans
            .get(&request.plan)
            .map(|plan| plan.page(request))
            .unwrap_or_default())
    }

    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        match self.read_state().plans.get(&plan) {
            Some(log) => Known::find(&log, id),
            None => Ok(None),
        }
    }

    fn next_position(&self, plan: PlanId) -> Position {
        self.read_state()
            .plans
            .get(&plan)
            .map_or(Position(0), |log| log.head().next)
    }

    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        match self.read_state().plans.get(&plan) {
            Some(log) => Known::last_revision(&log, stream),
            None => Ok(None),
        }
    }

    fn plans(&self) -> Vec<PlanId> {
        self.read_state().plans.keys().copied().collect()
    }

    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        let mut state = self.write();
        state.flush().map_err(|reason| EraseError::Stopped { reason })?;
        let end = state.plans.get(&plan).map_or(0, |log| log.records.len() as u64);
        EraseError::unless_all_there(plan, positions, Position(end))?;
        let records = state.plans.get_mut(&plan).map(|log| &mut log.records);
        for (record, position) in records.into_iter().flatten().zip((0..).map(Position)) {
            if positions.contains(&position) {
                *record = extent.of(plan, record.clone());
            }
        }
        Ok(())
    }

    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        let mut state = self.write();
        let nothing = PlanLog::default();
        adopt::check(plan, &state.plans.get(&plan).unwrap_or(&nothing), &records)?;
        state.flush().map_err(|reason| AdoptError::Stopped { reason })?;
        if records.is_empty() {
            return Ok(());
        }
        let log = state.plans.entry(plan).or_default();
        records.into_iter().for_each(|record| log.push(record));
        Ok(())
    }

    fn health(&self) -> Health {
        match &self.read_state().stopped {
            None => Health::Writing,
            Some(reason) => Health::Stopped {
                reason: reason.clone(),
            },
        }
    }
}

impl State {
    /// What stands for a flush here: fails once when a test asked for it, and always after that.
    fn flush(&mut self) -> Result<(), Arc<str>> {
        if std::mem::take(&mut self.fail_next_flush) {
            self.stopped = Some("no space left on device (asked for by a test)".into());
        }
        self.stopped.clone().map_or(Ok(()), Err)
    }
}

impl PlanLog {
    fn push(&mut self, record: Record) {
        let index = self.records.len();
        self.streams
            .entry(record.envelope.stream)
            .or_default()
            .push(index);
        self.ids.insert(record.envelope.id, index);
        self.records.push(record);
    }

    fn head(&self) -> Head {
        self.records.last().map_or(Head::START, Head::after)
    }

    fn page(&self, request: &ReadRequest) -> Vec<Record> {
        let limit = request.limit.min(LOG_PAGE_EVENTS_MAX);
        let from = usize::try_from(request.from).unwrap_or(usize::MAX);
        if let Selector::Stream(stream) = &request.selector {
            let indices = self.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
            let records = indices.iter().filter_map(|index| self.records.get(*index));
            return page_of(records, request.direction, from, limit);
        }
        let in_range = page_bounds(self.records.len(), request.direction, from);
        let records = self.records.get(in_range).unwrap_or_default().iter();
        let selected = records.filter(|record| selects(&request.selector, &record.envelope));
        match request.direction {
            Direction::Forward => selected.take(limit).cloned().collect(),
            Direction::Backward => selected.rev().take(limit).cloned().collect(),
        }
    }
}

fn page_of<'a>(
    all: impl DoubleEndedIterator<Item = &'a Record> + Clone,
    direction: Direction,
    from: usize,
    limit: usize,
) -> Vec<Record> {
    match direction {
        Direction::Forward => all.skip(from).take(limit).cloned().collect(),
        Direction::Backward => {
            let skipped = all.clone().count().saturating_sub(from.saturating_add(1));
            all.rev().skip(skipped).take(limit).cloned().collect()
        }
    }
}

fn page_bounds(length: usize, direction: Direction, from: usize) -> std::ops::Range<usize> {
    match direction {
        Direction::Forward => from.min(length)..length,
        Direction::Backward => 0..from.saturating_add(1).min(length),
    }
}

impl Known for &PlanLog {
    fn head(&self) -> Head {
        PlanLog::head(self)
    }

    fn last_revision(&self, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        let count = self.streams.get(stream).map_or(0, Vec::len);
        Ok(count.checked_sub(1).map(|last| Revision(last as u64)))
    }

    fn find(&self, id: EventId) -> Result<Option<Record>, ReadError> {
        Ok(self
            .ids
            .get(&id)
            .and_then(|index| self.records.get(*index))
            .cloned())
    }
}
