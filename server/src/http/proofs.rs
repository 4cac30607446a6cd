//! Proofs for people with a role: of one event, of consistency, and how far witnesses have come.
//!
//! Why it exists: every statement on a page can show its proof. What of the event the proof shows is a matter of
//! rights ([`super::shown`]); that the event is there is not.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schema::audit::Extent;
use schema::domain::policy::{Action, Reader};
use schema::ids::{PlanId, Position};
use schema::log::Record;
use serde::Deserialize;

use super::answer::proof::{ConsistencyAnswer, EventProof, WitnessState};
use super::app::App;
use super::problem::{ApiError, Problem};
use super::request::{Path, Query, SignedIn};
use super::shown;
use crate::audit::{PlanLog, ProveError, opening};

/// The sizes of the contract.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Sizes {
    from: u64,
    to: Option<u64>,
}

/// `GET /plans/{planId}/events/{position}/proof`.
///
/// # Errors
/// What the policy says; 404 for an event that is not there; 409 while it is not under a checkpoint.
pub async fn event(
    State(app): State<App>,
    Path((plan, position)): Path<(PlanId, Position)>,
    who: SignedIn,
) -> Result<Json<EventProof>, ApiError> {
    let next = app.read(plan, &who.caller, &Action::AuditOwnParty, |view| {
        Ok(view.next_position())
    })?;
    if position >= next {
        return Err(Problem::NoSuchEvent(position).into());
    }
    let plan_log = log_of(&app, plan)?;
    if !app.audit.signed(&plan_log, position.0).await {
        return Err(not_signed(&plan_log));
    }
    let proving = move || prove(&app, &plan_log, position, &who.reader());
    blocking(proving).await.map(Json)
}

/// `GET /plans/{planId}/consistency-proof`.
///
/// # Errors
/// What the policy says; 400 for trees that are not signed.
pub async fn consistency(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    Query(sizes): Query<Sizes>,
    who: SignedIn,
) -> Result<Json<ConsistencyAnswer>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadPlan, |_| Ok(()))?;
    let plan_log = log_of(&app, plan)?;
    let proving = move || {
        let proved = plan_log.consistency(sizes.from, sizes.to).map_err(problem_of)?;
        Ok(ConsistencyAnswer::of(plan_log.origin(), proved))
    };
    blocking(proving).await.map(Json)
}

/// `GET /plans/{planId}/witness-state`.
///
/// # Errors
/// What the policy says.
pub async fn witness_state(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
) -> Result<Json<WitnessState>, ApiError> {
    let plan_log = log_of(&app, plan)?;
    let events = app.log.next_position(plan);
    app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        Ok(Json(WitnessState::of(
            view,
            &plan_log,
            app.audit.witnesses(),
            events,
        )))
    })
}

fn prove(app: &App, plan_log: &PlanLog, position: Position, reader: &Reader) -> Result<EventProof, ApiError> {
    let plan = plan_log.origin().plan;
    let record = record_at(app, plan, position)?;
    let extent = app
        .views
        .look(plan, |view| shown::extent(view, reader, &record.envelope))
        .unwrap_or(Extent::Leaf);
    let proof = app.audit.prove(plan_log, &record, extent).map_err(problem_of)?;
    let trust = app.audit.trust(plan_log.origin(), &proof.checkpoint)?;
    Ok(EventProof::of(proof, trust))
}

fn record_at(app: &App, plan: PlanId, position: Position) -> Result<Record, ApiError> {
    let records = opening::read(app.log.as_ref(), plan, position.0, 1)?;
    let record = records.into_iter().next();
    record.ok_or_else(|| Problem::NoSuchEvent(position).into())
}

fn log_of(app: &App, plan: PlanId) -> Result<Arc<PlanLog>, ApiError> {
    app.audit.plan(plan).ok_or_else(|| Problem::NoSuchPlan.into())
}

fn not_signed(plan_log: &PlanLog) -> ApiError {
    match &plan_log.state().alarm {
        Some(alarm) => Problem::LogNotAsSigned(alarm.detail.clone()).into(),
        None => Problem::NotSignedYet.into(),
    }
}

fn problem_of(error: ProveError) -> ApiError {
    match error {
        ProveError::NotSigned => Problem::NotSignedYet.into(),
        ProveError::NoSuchTree { .. } => Problem::BadRequest(error.to_string()).into(),
        ProveError::NotAsSigned(_) => Problem::LogNotAsSigned(error.to_string()).into(),
        ProveError::Damaged => Problem::Busy.into(),
        ProveError::Files(_) => ApiError::Prove(error),
    }
}

/// Reading files and hashing, away from the threads that answer.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ApiError::Failed)?
}
