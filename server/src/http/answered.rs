//! What a command is answered with: the resource as the command left it.
//!
//! Why it is not simply the resource now: whoever lost an answer and asks again must get the first one, also when a
//! colleague was there since. Usually nobody was, and the read model is right; otherwise the plan is folded from the
//! log up to there.

use std::sync::Arc;

use schema::domain::policy::Action;
use schema::ids::{PlanId, Revision};
use schema::log::Stream;

use super::app::App;
use super::problem::ApiError;
use super::request::SignedIn;
use crate::core::CommandAnswer;
use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};
use crate::views::PlanView;

/// Records read in one call.
const PAGE: usize = 1_024;

impl App {
    /// Shows the plan as it was when a stream stood where a command left it, to somebody who may read the plan now.
    ///
    /// # Errors
    /// What the policy, the log or `show` says.
    pub async fn answered<T>(
        &self,
        who: &SignedIn,
        (plan, stream): (PlanId, Stream),
        answer: CommandAnswer,
        show: impl Fn(&PlanView) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let now = self.read(plan, &who.caller, &Action::ReadPlan, |view| {
            let is_there = view.state.revisions.get(&stream).copied() == answer.revision;
            is_there.then(|| show(view)).transpose()
        })?;
        if let Some(shown) = now {
            return Ok(shown);
        }
        let log = Arc::clone(&self.log);
        let folding =
            tokio::task::spawn_blocking(move || fold_to(log.as_ref(), plan, stream, answer.revision));
        let then = folding.await.map_err(ApiError::Failed)??;
        show(&then)
    }
}

/// Folds a plan up to the event that follows a revision of one of its streams.
fn fold_to(
    log: &dyn EventLog,
    plan: PlanId,
    stream: Stream,
    revision: Option<Revision>,
) -> Result<PlanView, ReadError> {
    let mut view = PlanView::default();
    loop {
        let request = ReadRequest {
            plan,
            selector: Selector::All,
            from: view.next_position().0,
            direction: Direction::Forward,
            limit: PAGE,
        };
        let page = log.read(&request)?;
        for record in &page {
            let envelope = &record.envelope;
            if envelope.stream == stream && Some(envelope.revision) > revision {
                return Ok(view);
            }
            view.fold(record);
        }
        if page.is_empty() {
            return Ok(view);
        }
    }
}
