//! Opening views at a start, and folding them anew while the old ones are shown.
//!
//! # Why it exists
//!
//! A start reads checkpoints and what came after them: seconds, however old the plan is. Where there is no usable
//! checkpoint the whole log is folded, which takes minutes; nobody else waits for that, and who does wait is told
//! how far it is.
//!
//! # Invariants
//!
//! - Every checkpoint is tried before any plan is folded from zero, and then the shortest plan comes first.
//! - A view by older rules answers readers until the new one has caught up, never the core's decisions.
//! - [`Views::rebuild`] takes the checkpoint away before it folds, so that whatever happens meanwhile, nothing of
//!   what was erased is read back.

use std::collections::VecDeque;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schema::ids::{PlanId, Position};
use schema::limits::{VIEW_OPENERS, VIEW_WAIT_MS};

use super::checkpoints::pass_over;
use super::follower::{Views, page};
use super::plan_view::Facts;
use super::shelf::{Building, Standing};
use super::{Fold, PlanView};
use crate::log::{Direction, ReadError, ReadRequest, Selector};

/// A view is not there yet, or cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// It is being folded from the log.
    #[error("leesmodellen worden opgebouwd: {percent} %")]
    Building {
        /// How much of the log is folded.
        percent: u64,
    },
    /// It cannot be.
    #[error("the read model of plan {plan} cannot be folded: {reason}")]
    Failed {
        /// The plan.
        plan: PlanId,
        /// Why.
        reason: Arc<str>,
    },
}

/// Why a view could not be folded anew.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The old checkpoint could not be taken away; nothing was done.
    #[error("the old checkpoint cannot be taken away")]
    Checkpoint(#[from] io::Error),
    /// The server stops, or a program error ended the fold. The checkpoint is gone, so the next start folds anew.
    #[error("the fold ended before it was done")]
    Ended,
}

/// What a plan's checkpoint gave.
enum Opened {
    /// A view by this program's rules.
    Current(PlanView),
    /// One by older rules, or none.
    Folding(Option<PlanView>),
}

/// What is done at a start, one after the other.
enum Step {
    Checkpoint(Building),
    Fold(Building),
}

impl Views {
    /// Whether every view is current; otherwise how far they are, all together.
    ///
    /// # Errors
    /// [`Unready`].
    pub fn readiness(&self) -> Result<(), Unready> {
        let (mut folded, mut whole, mut building) = (0, 0, false);
        for plan in self.plans() {
            let events = self.shared.log.next_position(plan).0;
            whole += events;
            folded += match self.standing(plan) {
                Some(Standing::Failed { reason }) => return Err(Unready::Failed { plan, reason }),
                Some(Standing::Building { folded }) => {
                    building = true;
                    folded.min(events)
                }
                Some(Standing::Current) | None => events,
            };
        }
        match building {
            true => Err(Unready::Building {
                percent: percent(folded, whole),
            }),
            false => Ok(()),
        }
    }

    /// Returns when every view is current and holds what the log held when asked. A view that makes no headway (the log
    /// cannot be read further, which is told where it happens) is not waited for.
    ///
    /// # Errors
    /// [`Unready::Failed`] when one cannot be.
    pub async fn whole(&self) -> Result<(), Unready> {
        let log = &self.shared.log;
        let held: Vec<_> = log
            .plans()
            .into_iter()
            .map(|plan| (plan, log.next_position(plan)))
            .collect();
        let folded = |plan: PlanId| self.look(plan, |view| view.next_position()).unwrap_or_default();
        let settled = || match self.readiness() {
            Err(Unready::Building { .. }) => false,
            Err(Unready::Failed { .. }) => true,
            Ok(()) => held.iter().all(|(plan, next)| folded(*plan) >= *next),
        };
        let mut before = None;
        while !self.within(Duration::from_millis(VIEW_WAIT_MS), settled).await {
            let now: Vec<_> = held.iter().map(|(plan, _)| folded(*plan)).collect();
            if self.readiness().is_ok() && before.as_ref() == Some(&now) {
                break;
            }
            before = Some(now);
        }
        self.readiness()
    }

    /// Returns when every plan has a view that can be looked at.
    ///
    /// # Errors
    /// [`Unready`] when one does not come within `VIEW_WAIT_MS`.
    pub async fn all_shown(&self) -> Result<(), Unready> {
        let shown = || {
            self.plans()
                .into_iter()
                .all(|plan| self.shared.shelf.shown(plan).is_some())
        };
        let in_time = self.within(Duration::from_millis(VIEW_WAIT_MS), shown).await;
        if in_time { Ok(()) } else { self.readiness() }
    }

    /// Returns when a plan's view can be looked at, or no plan is known by that name.
    ///
    /// # Errors
    /// [`Unready`] when it does not come within `VIEW_WAIT_MS`.
    pub async fn shown(&self, plan: PlanId) -> Result<(), Unready> {
        self.comes(plan, || self.shared.shelf.shown(plan).is_some()).await
    }

    /// Returns when a plan's view is current, or no plan is known by that name.
    ///
    /// # Errors
    /// [`Unready`] when it does not come within `VIEW_WAIT_MS`.
    pub async fn current(&self, plan: PlanId) -> Result<(), Unready> {
        self.comes(plan, || self.shared.shelf.current(plan).is_some())
            .await
    }

    async fn comes(&self, plan: PlanId, there: impl Fn() -> bool) -> Result<(), Unready> {
        let settled = || there() || !matches!(self.standing(plan), Some(Standing::Building { .. }));
        let _ = self.within(Duration::from_millis(VIEW_WAIT_MS), settled).await;
        match self.standing(plan) {
            _ if there() => Ok(()),
            Some(Standing::Building { folded }) => Err(Unready::Building {
                percent: percent(folded, self.shared.log.next_position(plan).0),
            }),
            Some(Standing::Failed { reason }) => Err(Unready::Failed { plan, reason }),
            Some(Standing::Current) | None => Ok(()),
        }
    }

    /// Folds a plan's view anew from the log, beside the one that is shown, and puts it in its place when it has
    /// caught up; the checkpoint is taken away first and written again at the end. Asked after an erasure.
    ///
    /// # Errors
    /// [`RebuildError`]; the old view then stays.
    pub async fn rebuild(&self, plan: PlanId) -> Result<(), RebuildError> {
        let views = self.clone();
        let rebuilt = tokio::task::spawn_blocking(move || {
            let building = views.discard(plan)?;
            match views.build(&building) {
                Ok(true) => Ok(()),
                Ok(false) => Err(RebuildError::Ended),
                Err(error) => {
                    views.shared.shelf.fail(&building, &error.to_string());
                    Err(RebuildError::Read(error))
                }
            }
        });
        rebuilt.await.unwrap_or(Err(RebuildError::Ended))
    }

    /// Takes the checkpoint away, and the right to write it from whoever folded before.
    fn discard(&self, plan: PlanId) -> io::Result<Building> {
        let _filing = self.shared.filing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(checkpoints) = &self.shared.checkpoints {
            checkpoints.remove(plan)?;
        }
        Ok(self.shared.shelf.begin(plan))
    }

    /// Opens every plan: checkpoints first, then what has to be folded whole.
    pub(super) fn open_all(&self) {
        let log = &self.shared.log;
        let mut plans: Vec<(Position, Building)> = log
            .plans()
            .into_iter()
            .map(|plan| (log.next_position(plan), self.shared.shelf.begin(plan)))
            .collect();
        plans.sort_by_key(|(events, _)| *events);
        let steps = plans.into_iter().map(|(_, building)| Step::Checkpoint(building));
        let waiting: Arc<Mutex<VecDeque<Step>>> = Arc::new(Mutex::new(steps.collect()));
        for _ in 0..VIEW_OPENERS {
            let (views, waiting) = (self.clone(), Arc::clone(&waiting));
            tokio::task::spawn_blocking(move || views.take_steps(&waiting));
        }
    }

    /// Takes step after step until none is left; a plan that has to be folded whole comes after all checkpoints.
    fn take_steps(&self, waiting: &Mutex<VecDeque<Step>>) {
        let waiting = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let step = waiting().pop_front();
            match step {
                Some(Step::Checkpoint(building)) => {
                    if !self.guarded(&building, || self.open(&building)) {
                        waiting().push_back(Step::Fold(building));
                    }
                }
                Some(Step::Fold(building)) => {
                    self.guarded(&building, || self.build(&building));
                }
                None => return,
            }
        }
    }

    /// Opens a plan from its checkpoint; says whether that gave a current view.
    fn open(&self, building: &Building) -> Result<bool, ReadError> {
        match self.opened(building.plan)? {
            Opened::Current(view) => {
                let saved = view.next_position();
                self.put_down(building, view, saved);
                Ok(true)
            }
            Opened::Folding(shown) => {
                if let Some(view) = shown {
                    self.shared.shelf.show_meanwhile(building, view);
                    self.follow(building.plan);
                    self.tell();
                }
                Ok(false)
            }
        }
    }

    fn opened(&self, plan: PlanId) -> Result<Opened, ReadError> {
        let facts = self
            .shared
            .checkpoints
            .as_ref()
            .and_then(|checkpoints| checkpoints.read(plan));
        let Some(facts) = facts else {
            return Ok(Opened::Folding(None));
        };
        if !self.is_of_this_log(plan, &facts)? {
            pass_over(plan, &"the log holds something else at its end");
            return Ok(Opened::Folding(None));
        }
        let is_current = facts.origin.fold == Fold::current();
        Ok(match facts.into_view() {
            Ok(view) if is_current => Opened::Current(view),
            Ok(view) => Opened::Folding(Some(view)),
            Err(error) => {
                pass_over(plan, &error);
                Opened::Folding(None)
            }
        })
    }

    /// Whether the last event that was folded stands in the log as it stood then.
    fn is_of_this_log(&self, plan: PlanId, facts: &Facts) -> Result<bool, ReadError> {
        let Some(last) = facts.next.0.checked_sub(1) else {
            return Ok(true);
        };
        let found = self.shared.log.read(&ReadRequest {
            plan,
            selector: Selector::All,
            from: last,
            direction: Direction::Forward,
            limit: 1,
        })?;
        Ok(found.first().is_some_and(|record| record.chain == *facts.chain))
    }

    /// Folds a plan from its first event; `false` when the server stopped before that was done.
    fn build(&self, building: &Building) -> Result<bool, ReadError> {
        let plan = building.plan;
        let mut view = PlanView::default();
        loop {
            let records = page(self.shared.log.as_ref(), plan, view.next_position())?;
            if records.is_empty() {
                break;
            }
            if self.shared.stopping.load(Ordering::Relaxed) {
                return Ok(false);
            }
            records.iter().for_each(|record| view.fold(record));
            building.note(view.next_position());
        }
        if self.put_down(building, view, Position(0)) {
            let filing = self.shared.filing.lock().unwrap_or_else(PoisonError::into_inner);
            self.save(plan, &filing);
        }
        Ok(true)
    }

    /// Shows a view that was folded, and folds what came while it was put down: no later event may come to say so.
    fn put_down(&self, building: &Building, view: PlanView, saved: Position) -> bool {
        let wanted = self.shared.shelf.put_down(building, view, saved);
        self.follow(building.plan);
        self.tell();
        wanted
    }

    /// Does slow work for a plan; its error or panic is that plan's standing and holds up no other.
    fn guarded(&self, building: &Building, work: impl FnOnce() -> Result<bool, ReadError>) -> bool {
        let done = std::panic::catch_unwind(AssertUnwindSafe(work));
        let reason = match done {
            Ok(Ok(done)) => return done,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the fold panicked (see above)".to_owned(),
        };
        tracing::error!(plan.id = %building.plan, "plan {} has no read model: {reason}", building.plan);
        self.shared.shelf.fail(building, &reason);
        self.tell();
        true
    }
}

/// Whole percents; never a hundred before it is done.
fn percent(folded: u64, whole: u64) -> u64 {
    (folded.saturating_mul(100) / whole.max(1)).min(99)
}
