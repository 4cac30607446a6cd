//! Keeping the read models up with the log, and waiting for a position.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use schema::ids::{PlanId, Position};
use tokio::sync::watch;

use super::PlanView;
use crate::log::writer::LogWriter;
use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};

/// Records read in one call.
const PAGE: usize = 1_024;
/// A reader waits no longer than this for a position.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Why a position did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("position {0} is not there yet")]
pub struct WaitError(pub Position);

/// The read models of every plan. Clones share them.
#[derive(Clone)]
pub struct Views {
    plans: Arc<RwLock<BTreeMap<PlanId, SharedView>>>,
    caught_up: watch::Receiver<u64>,
}

type SharedView = Arc<RwLock<PlanView>>;

impl Views {
    /// Folds the whole log, then follows it for as long as the runtime lives.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    pub async fn start(writer: &LogWriter) -> Result<Self, ReadError> {
        let (tell, caught_up) = watch::channel(0);
        let views = Self {
            plans: Arc::default(),
            caught_up,
        };
        let mut grown = writer.grown();
        grown.mark_unchanged();
        let log = writer.log().clone();
        views.catch_up(log.clone()).await?;
        let following = views.clone();
        tokio::spawn(async move {
            while grown.changed().await.is_ok() {
                if let Err(error) = following.catch_up(log.clone()).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the read models fall behind"
                    );
                }
                tell.send_modify(|times| *times = times.wrapping_add(1));
            }
        });
        Ok(views)
    }

    /// Looks at a plan; `None` when there is none.
    pub fn look<T>(&self, plan: PlanId, at: impl FnOnce(&PlanView) -> T) -> Option<T> {
        let view = self
            .plans
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&plan)
            .cloned()?;
        let view = view.read().unwrap_or_else(PoisonError::into_inner);
        Some(at(&view))
    }

    /// Every plan with at least one event.
    #[must_use]
    pub fn plans(&self) -> Vec<PlanId> {
        self.plans
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .copied()
            .collect()
    }

    /// Returns when the view of a plan holds a position.
    ///
    /// # Errors
    /// [`WaitError`] when it does not come in time.
    pub async fn at_least(&self, plan: PlanId, position: Position) -> Result<(), WaitError> {
        let mut caught_up = self.caught_up.clone();
        let there = || {
            self.look(plan, |view| view.next_position() > position)
                .unwrap_or(false)
        };
        let waiting = async {
            while !there() {
                caught_up.changed().await.map_err(|_| WaitError(position))?;
            }
            Ok(())
        };
        tokio::time::timeout(WAIT_MAX, waiting)
            .await
            .unwrap_or(Err(WaitError(position)))
    }

    async fn catch_up(&self, log: Arc<dyn EventLog>) -> Result<(), ReadError> {
        let views = self.clone();
        let folding = tokio::task::spawn_blocking(move || {
            log.plans()
                .into_iter()
                .try_for_each(|plan| views.fold_new(log.as_ref(), plan))
        });
        folding
            .await
            .unwrap_or_else(|error| Err(ReadError::Engine(error.to_string())))
    }

    fn fold_new(&self, log: &dyn EventLog, plan: PlanId) -> Result<(), ReadError> {
        let view = self
            .plans
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(plan)
            .or_default()
            .clone();
        loop {
            let from = view
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .next_position()
                .0;
            if from >= log.next_position(plan).0 {
                return Ok(());
            }
            let request = ReadRequest {
                plan,
                selector: Selector::All,
                from,
                direction: Direction::Forward,
                limit: PAGE,
            };
            let records = log.read(&request)?;
            if records.is_empty() {
                return Ok(());
            }
            let mut view = view.write().unwrap_or_else(PoisonError::into_inner);
            for record in &records {
                view.fold(record);
            }
        }
    }
}

#[cfg(test)]
mod tests;
