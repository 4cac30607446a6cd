//! `/plans`: which there are, and the outline of one.

use axum::Json;
use axum::extract::State;
use schema::domain::policy::{self, Action};
use schema::ids::PlanId;
use schema::log::Stream;
use serde::Deserialize;

use super::answer::plan::{Plan, PlanSummary};
use super::answer::{Items, Revised};
use super::app::App;
use super::names::Names;
use super::problem::{ApiError, Problem};
use super::request::{Path, Query, SignedIn};

/// `after`: the answer holds this position.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct After {
    /// A position that a write answered with.
    pub after: Option<u64>,
}

/// `GET /plans`: those that the caller has a role in, by title.
///
/// # Errors
/// When a plan cannot be looked at yet: the list would leave it out and nobody would know.
pub async fn list(State(app): State<App>, who: SignedIn) -> Result<Json<Items<PlanSummary>>, ApiError> {
    app.views.all_shown().await?;
    let summary = |plan| {
        app.views.look(plan, |view| {
            let may = policy::may(&view.state, Some(&who.caller), &Action::ReadPlan);
            may.ok().and_then(|()| PlanSummary::of(view, plan))
        })
    };
    let mut items: Vec<_> = app
        .views
        .plans()
        .into_iter()
        .filter_map(|plan| summary(plan).flatten())
        .collect();
    items.sort();
    Ok(Json(Items { items }))
}

/// `GET /plans/{planId}`: the outline.
///
/// # Errors
/// What the policy says.
pub async fn get(
    State(app): State<App>,
    Path(id): Path<PlanId>,
    Query(query): Query<After>,
    who: SignedIn,
) -> Result<Revised<Plan>, ApiError> {
    if let Some(after) = query.after {
        app.read(id, &who.caller, &Action::ReadPlan, |_| Ok(()))?;
        // Waiting for what nobody has written would end in "busy", as if the server were to blame.
        if after >= app.log.next_position(id).0 {
            return Err(Problem::NoSuchPosition.into());
        }
        app.views.at_least(id, schema::ids::Position(after)).await?;
    }
    app.read(id, &who.caller, &Action::ReadPlan, |view| {
        let plan = Plan::of(view, &Names::new(&app.accounts, view), &who.reader(), id)?;
        Ok(Revised::found(
            view.state.revisions.get(&Stream::Plan).copied(),
            plan,
        ))
    })
}
