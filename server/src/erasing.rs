//! Carries out what was approved to be erased: takes the content out of the log and of everything made from it.
//!
//! # Why it exists
//!
//! The approval is an event like any other; the log gives content up by another door. Between the two the power may
//! go. So every approved request is carried out again at each start, and one that was not said to be carried out is
//! taken as not carried out.
//!
//! # Invariants
//!
//! - Nothing is erased before its approval is durable and folded.
//! - "Carried out" is said after the log has durably let go of the content, and the read models, their checkpoint and
//!   the kept pasts of chapters were made anew.
//! - Doing it again changes nothing. The bytes leave the files when the log is compacted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use schema::domain::erasure::{self, Outcome};
use schema::ids::{ErasureId, PlanId, Position};
use schema::limits::LOG_REOPEN_MS;
use tokio::sync::watch;

use crate::log::{Direction, EraseError, EventLog, Extent, ReadRequest, Selector};
use crate::shell::CoreHandle;
use crate::views::chapter_history::ChapterHistories;
use crate::views::{RebuildError, Views};

/// What an erasure goes through.
#[derive(Clone)]
pub struct Parts {
    /// Where the content is.
    pub log: Arc<dyn EventLog>,
    /// What was folded from it.
    pub views: Views,
    /// What was read back of texts.
    pub histories: ChapterHistories,
    /// What says that it is done.
    pub core: CoreHandle,
}

/// Wakes whoever carries erasures out, which ends with the last of these. Clones share it.
#[derive(Clone)]
pub struct Eraser {
    wake: watch::Sender<()>,
}

/// A request that has to be carried out.
struct Due {
    id: ErasureId,
    positions: Vec<Position>,
    extent: Extent,
    is_said: bool,
}

/// Why a request was not carried out now; it is tried again.
#[derive(Debug, thiserror::Error)]
enum NotNow {
    #[error(transparent)]
    Erase(#[from] EraseError),
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    #[error("erasing ended before it was done")]
    Ended,
}

impl Eraser {
    /// Carries out what is due now, and from then on what it is woken for. Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(parts: Parts) -> Self {
        let (wake, mut woken) = watch::channel(());
        tokio::spawn(async move {
            let mut seen = BTreeSet::new();
            loop {
                let is_done = parts.pass(&mut seen).await;
                let again = if is_done {
                    Duration::MAX
                } else {
                    Duration::from_millis(LOG_REOPEN_MS.1)
                };
                if let Ok(Err(_)) = tokio::time::timeout(again, woken.changed()).await {
                    return;
                }
            }
        });
        Self { wake }
    }

    /// Something was approved.
    pub fn wake(&self) {
        self.wake.send_replace(());
    }
}

impl Parts {
    /// Carries out all that is due; says whether nothing is left. `seen` are the plans that were gone through since
    /// the start.
    async fn pass(&self, seen: &mut BTreeSet<PlanId>) -> bool {
        let mut is_done = true;
        for plan in self.log.plans() {
            if self.views.current(plan).await.is_err() {
                is_done = false;
                continue;
            }
            let again = !seen.contains(&plan);
            let mut is_whole = true;
            for due in self.due(plan, again) {
                if let Err(error) = self.carry_out(plan, &due).await {
                    tracing::error!(
                        plan.id = %plan,
                        erasure.id = %due.id,
                        error = &error as &dyn std::error::Error,
                        "erasure {} could not be carried out and is tried again", due.id
                    );
                    is_whole = false;
                }
            }
            if is_whole {
                seen.insert(plan);
            }
            is_done &= is_whole;
        }
        is_done
    }

    /// What is approved and not said to be carried out; `again` also what is.
    fn due(&self, plan: PlanId, again: bool) -> Vec<Due> {
        let due = self.views.look_current(plan, |view| {
            let known = view.state.erasures.iter();
            known
                .filter_map(|(id, erasure)| match erasure.outcome {
                    Outcome::Approved { carried_out, .. } if again || carried_out.is_none() => Some(Due {
                        id,
                        positions: erasure.targets.iter().map(|target| target.position).collect(),
                        extent: extent_of(erasure.extent),
                        is_said: carried_out.is_some(),
                    }),
                    _ => None,
                })
                .collect()
        });
        due.unwrap_or_default()
    }

    async fn carry_out(&self, plan: PlanId, due: &Due) -> Result<(), NotNow> {
        let (log, positions, extent) = (Arc::clone(&self.log), due.positions.clone(), due.extent);
        let erasing = tokio::task::spawn_blocking(move || erase(log.as_ref(), plan, &positions, extent));
        let erased = erasing.await.map_err(|_| NotNow::Ended)??;
        if erased == 0 && due.is_said {
            return Ok(());
        }
        self.views.rebuild(plan).await?;
        self.histories.forget(plan);
        tracing::info!(plan.id = %plan, erasure.id = %due.id, erased, "erasure {} is carried out", due.id);
        if !due.is_said {
            self.core.carried_out(plan, due.id).await;
        }
        Ok(())
    }
}

/// Erases what is still there; says of how many events something was.
fn erase(
    log: &dyn EventLog,
    plan: PlanId,
    positions: &[Position],
    extent: Extent,
) -> Result<usize, EraseError> {
    let mut erased = 0;
    for position in positions {
        let found = log.read(&ReadRequest {
            plan,
            selector: Selector::All,
            from: position.0,
            direction: Direction::Forward,
            limit: 1,
        })?;
        let gone = found.first().and_then(Extent::gone_from);
        if gone < Some(extent) {
            log.erase(plan, *position, extent)?;
            erased += 1;
        }
    }
    Ok(erased)
}

const fn extent_of(extent: erasure::Extent) -> Extent {
    match extent {
        erasure::Extent::Content => Extent::Payload,
        erasure::Extent::ContentAndLink => Extent::PayloadAndEnvelopeSalt,
    }
}
