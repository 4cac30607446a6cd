//! What a command is answered with: the resource as the command left it.
//!
//! Why it is not simply the resource now: whoever lost an answer and asks again must get the first one, also when a
//! colleague was there since. Usually nobody was, and the read model is right; otherwise the plan as it was is folded
//! from what the read model holds. The log is not read: anybody may send an old command again as often as they like.

use schema::domain::policy::Action;
use schema::ids::{PlanId, Position};
use schema::log::Stream;

use super::app::App;
use super::problem::ApiError;
use super::request::SignedIn;
use crate::core::CommandAnswer;
use crate::views::PlanView;

impl App {
    /// Shows the plan as it was when a stream stood where a command left it, to somebody who may read the plan now.
    ///
    /// # Errors
    /// What the policy or `show` says, or that the view does not come.
    pub async fn answered<T>(
        &self,
        who: &SignedIn,
        (plan, stream): (PlanId, Stream),
        answer: CommandAnswer,
        show: impl Fn(&PlanView) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        // A command that changed nothing names no position to wait for: it rests on all that is durable.
        let durable = self.log.next_position(plan).0.saturating_sub(1);
        let held = answer.position.unwrap_or(Position(durable));
        self.views.at_least(plan, held).await?;
        let seen = self.read(plan, &who.caller, &Action::ReadPlan, |view| {
            if view.state.revisions.get(&stream).copied() == answer.revision {
                show(view).map(Ok)
            } else {
                Ok(Err(view.moment()))
            }
        })?;
        let moment = match seen {
            Ok(shown) => return Ok(shown),
            Err(moment) => moment,
        };
        let folding = tokio::task::spawn_blocking(move || moment.before_next(stream, answer.revision));
        show(&folding.await.map_err(ApiError::Failed)?)
    }
}
