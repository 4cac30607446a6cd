//! Keeping the read models up with the log, and waiting for a position or for a view.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schema::ids::{PlanId, Position};
use schema::limits::{VIEW_CHECKPOINT_EVENTS, VIEW_FOLLOW_MS, VIEW_POSITION_WAIT_MS};
use schema::log::Record;
use tokio::sync::{Notify, watch};

use super::PlanView;
use super::checkpoints::Checkpoints;
use super::shelf::{SharedView, Shelf, Standing};
use crate::log::writer::LogWriter;
use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};

/// Records read in one call.
const PAGE: usize = 1_024;

/// Why a position did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("position {0} is not there yet")]
pub struct WaitError(pub Position);

/// The read models of every plan. Clones share them.
#[derive(Clone)]
pub struct Views {
    pub(super) shared: Arc<Shared>,
    pub(super) caught_up: watch::Receiver<u64>,
}

pub(super) struct Shared {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) shelf: Shelf,
    pub(super) checkpoints: Option<Checkpoints>,
    /// Held while a checkpoint is written or taken away: one that is taken away is not written by who came before.
    pub(super) filing: Mutex<()>,
    pub(super) tell: watch::Sender<u64>,
    /// Somebody waits: what grew is folded at once. Asked before there is anything to fold, it holds for the next.
    wanted: Notify,
    /// Whether the server stops: a fold from zero is given up then.
    pub(super) stopping: AtomicBool,
}

impl Views {
    /// Begins to open the view of every plan, and follows the log for as long as the runtime lives. Returns at once:
    /// see [`Views::whole`]. Without `checkpoints` every view is folded from the whole log.
    #[must_use]
    pub fn start(writer: &LogWriter, checkpoints: Option<Checkpoints>) -> Self {
        let (tell, caught_up) = watch::channel(0);
        let views = Self {
            shared: Arc::new(Shared {
                log: Arc::clone(writer.log()),
                shelf: Shelf::default(),
                checkpoints,
                filing: Mutex::new(()),
                tell,
                wanted: Notify::new(),
                stopping: AtomicBool::new(false),
            }),
            caught_up,
        };
        let mut grown = writer.grown();
        grown.mark_unchanged();
        views.open_all();
        let following = views.clone();
        tokio::spawn(async move {
            while grown.changed().await.is_ok() {
                let gathered = following.shared.wanted.notified();
                let _ = tokio::time::timeout(Duration::from_millis(VIEW_FOLLOW_MS), gathered).await;
                grown.mark_unchanged();
                following.catch_up().await;
            }
        });
        views
    }

    /// Looks at a plan; `None` when there is none, or no view of it yet.
    pub fn look<T>(&self, plan: PlanId, at: impl FnOnce(&PlanView) -> T) -> Option<T> {
        let view = self.shared.shelf.shown(plan)?;
        let view = view.read().unwrap_or_else(PoisonError::into_inner);
        Some(at(&view))
    }

    /// Looks at a plan as this program's rules fold it; what is shown meanwhile by older rules does not count.
    pub fn look_current<T>(&self, plan: PlanId, at: impl FnOnce(&PlanView) -> T) -> Option<T> {
        let view = self.shared.shelf.current(plan)?;
        let view = view.read().unwrap_or_else(PoisonError::into_inner);
        Some(at(&view))
    }

    /// Every plan with at least one event, also those whose view is not there yet.
    #[must_use]
    pub fn plans(&self) -> Vec<PlanId> {
        self.shared.shelf.plans()
    }

    /// What can be said of a plan's view; `None` when there is no such plan.
    #[must_use]
    pub fn standing(&self, plan: PlanId) -> Option<Standing> {
        self.shared.shelf.standing(plan)
    }

    /// Returns when the view of a plan holds a position.
    ///
    /// # Errors
    /// [`WaitError`] when it does not come in time.
    pub async fn at_least(&self, plan: PlanId, position: Position) -> Result<(), WaitError> {
        let there = || {
            self.look(plan, |view| view.next_position() > position)
                .unwrap_or(false)
        };
        self.within(Duration::from_millis(VIEW_POSITION_WAIT_MS), there)
            .await
            .then_some(())
            .ok_or(WaitError(position))
    }

    /// Waits until something holds, asked again whenever views moved; `false` when it does not come in time.
    pub(super) async fn within(&self, time: Duration, holds: impl Fn() -> bool) -> bool {
        let mut caught_up = self.caught_up.clone();
        let waiting = async {
            while !holds() {
                self.shared.wanted.notify_one();
                if caught_up.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(time, waiting).await.unwrap_or(false)
    }

    pub(super) fn tell(&self) {
        self.shared
            .tell
            .send_modify(|times| *times = times.wrapping_add(1));
    }

    async fn catch_up(&self) {
        let views = self.clone();
        let folded = tokio::task::spawn_blocking(move || {
            for plan in views.shared.log.plans() {
                views.follow(plan);
            }
        });
        if folded.await.is_err() {
            tracing::error!("a read model could not be folded (see above)");
        }
        self.tell();
    }

    /// Folds what came since; a plan that cannot be read does not hold up the others.
    pub(super) fn follow(&self, plan: PlanId) {
        let Some(view) = self.shared.shelf.shown_or_new(plan) else {
            return;
        };
        if let Err(error) = fold_new(self.shared.log.as_ref(), plan, &view) {
            tracing::error!(
                plan.id = %plan,
                error = &error as &dyn std::error::Error,
                "the read model of plan {plan} falls behind"
            );
        }
        let unsaved = self
            .shared
            .shelf
            .current_to_save(plan)
            .map_or(0, |(view, _, saved)| {
                let next = view
                    .read()
                    .unwrap_or_else(PoisonError::into_inner)
                    .next_position();
                next.0.saturating_sub(saved.0)
            });
        if unsaved >= VIEW_CHECKPOINT_EVENTS {
            self.save_beside(plan);
        }
    }

    /// Writes a checkpoint while the view goes on; when one is being written already, the next event asks again.
    fn save_beside(&self, plan: PlanId) {
        let views = self.clone();
        // Called on a blocking thread of the runtime, which therefore lives.
        tokio::task::spawn_blocking(move || {
            if let Ok(filing) = views.shared.filing.try_lock() {
                views.save(plan, &filing);
            }
        });
    }

    /// Writes the checkpoint of a plan whose view is current and holds more than the last one. A disk that does not
    /// take it is no fault of the view: the next start folds more.
    pub(super) fn save(&self, plan: PlanId, _filing: &std::sync::MutexGuard<'_, ()>) {
        let Some(checkpoints) = &self.shared.checkpoints else {
            return;
        };
        let Some((view, life, saved)) = self.shared.shelf.current_to_save(plan) else {
            return;
        };
        let moment = view.read().unwrap_or_else(PoisonError::into_inner).moment();
        drop(view);
        let next = moment.next_position();
        if next <= saved {
            return;
        }
        match checkpoints.write(&moment.facts(checkpoints.origin(plan))) {
            Ok(()) => self.shared.shelf.saved(plan, life, next),
            Err(error) => {
                tracing::error!(plan.id = %plan, "no checkpoint of plan {plan} could be written: {error}");
            }
        }
    }

    /// Folds what is durable and writes every checkpoint, at a clean stop. What is being folded from zero is given
    /// up. Blocks.
    pub fn close(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let filing = self.shared.filing.lock().unwrap_or_else(PoisonError::into_inner);
        for plan in self.plans() {
            if let Some(view) = self.shared.shelf.current(plan)
                && let Err(error) = fold_new(self.shared.log.as_ref(), plan, &view)
            {
                tracing::error!(plan.id = %plan, "plan {plan} cannot be read to its end: {error}");
            }
            self.save(plan, &filing);
        }
    }
}

/// Folds into a view that readers share what the log holds beyond it.
pub(super) fn fold_new(log: &dyn EventLog, plan: PlanId, view: &SharedView) -> Result<(), ReadError> {
    loop {
        let from = view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .next_position();
        let records = page(log, plan, from)?;
        if records.is_empty() {
            return Ok(());
        }
        let mut view = view.write().unwrap_or_else(PoisonError::into_inner);
        records.iter().for_each(|record| view.fold(record));
    }
}

/// The next events of a plan; none at its end.
pub(super) fn page(log: &dyn EventLog, plan: PlanId, from: Position) -> Result<Vec<Record>, ReadError> {
    if from >= log.next_position(plan) {
        return Ok(Vec::new());
    }
    log.read(&ReadRequest {
        plan,
        selector: Selector::All,
        from: from.0,
        direction: Direction::Forward,
        limit: PAGE,
    })
}

#[cfg(test)]
mod tests;
