//! Answers are about everything that was durable when the question came.
//!
//! Why it exists: the read models follow the log a moment later. Somebody who was told "saved" and asks a colleague
//! to look would otherwise show them the moment before.

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use schema::ids::{PlanId, Position};

use super::app::App;
use super::problem::ApiError;

/// Lets a question about a plan wait until the read models hold what is durable now. While a plan's view is folded
/// from the whole log it is answered with 503 after a second, and other plans go on.
pub async fn wait(
    State(app): State<App>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let plan = params.ok().and_then(|params| {
        let mut found = params.iter();
        found
            .find(|(name, _)| *name == "plan_id")
            .and_then(|(_, id)| id.parse::<PlanId>().ok())
    });
    // A question may be answered from a view by older rules; a decision rests on this program's own.
    let ready = match plan {
        Some(plan) if request.method().is_safe() => app.views.shown(plan).await,
        Some(plan) => app.views.current(plan).await,
        None => Ok(()),
    };
    if let Err(unready) = ready {
        return ApiError::from(unready).into_response();
    }
    let durable = plan.and_then(|plan| Some((plan, app.log.next_position(plan).0.checked_sub(1)?)));
    if let Some((plan, last)) = durable
        && app.views.at_least(plan, Position(last)).await.is_err()
    {
        tracing::warn!(plan = %plan, last, "the read models are behind; answering with what they hold");
    }
    next.run(request).await
}
