//! Parties, teams, challenges and strands: the Programmateam's own resources.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schema::domain::plan::{Challenge, Command, Party, Strand};
use schema::domain::values::{Line, Prose};
use schema::ids::{ChallengeId, PartyId, PlanId, StrandId, TeamId};
use serde::{Deserialize, Serialize};

use super::app::{App, Asked};
use super::problem::ApiError;
use super::request::{Body, IdempotencyKey, Path, SignedIn, made_id};

/// `NewParty`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewParty {
    id: Option<PartyId>,
    name: Line,
    sector: Line,
}

/// `NewTeam`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTeam {
    id: Option<TeamId>,
    name: Line,
}

/// `NewChallenge`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewChallenge {
    title: Line,
    priority: Option<u16>,
    reasoning: Option<Prose>,
}

/// `NewStrand`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStrand {
    title: Line,
    kind: Line,
    parent_id: Option<StrandId>,
}

/// What was made.
#[derive(Serialize)]
pub struct Made<T> {
    /// Its id.
    pub(super) id: T,
}

async fn ask(
    app: &App,
    who: &SignedIn,
    plan: PlanId,
    key: IdempotencyKey,
    command: Command,
) -> Result<(), ApiError> {
    let asked = Asked {
        plan,
        key,
        command: schema::domain::Command::Plan(command),
        expected: None,
    };
    app.ask(who, asked).await.map(|_| ())
}

/// `POST /plans/{planId}/parties`.
///
/// # Errors
/// What the core says.
pub async fn add_party(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewParty>,
) -> Result<Response, ApiError> {
    let id = body
        .id
        .unwrap_or_else(|| PartyId::from_bytes(made_id("party", &who, key)));
    let party = Party {
        name: body.name,
        sector: body.sector,
    };
    ask(&app, &who, plan, key, Command::AddParty { id, party }).await?;
    Ok((StatusCode::CREATED, Json(Made { id })).into_response())
}

/// `PATCH /plans/{planId}/parties/{partyId}`.
///
/// # Errors
/// What the core says.
pub async fn change_party(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, PartyId)>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(party): Body<Party>,
) -> Result<Json<Made<PartyId>>, ApiError> {
    ask(&app, &who, plan, key, Command::ChangeParty { id, party }).await?;
    Ok(Json(Made { id }))
}

/// `POST /plans/{planId}/teams`.
///
/// # Errors
/// What the core says.
pub async fn form_team(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewTeam>,
) -> Result<Response, ApiError> {
    let id = body
        .id
        .unwrap_or_else(|| TeamId::from_bytes(made_id("team", &who, key)));
    ask(&app, &who, plan, key, Command::FormTeam { id, name: body.name }).await?;
    Ok((StatusCode::CREATED, Json(Made { id })).into_response())
}

/// `PUT /plans/{planId}/challenges/{challengeId}`.
///
/// # Errors
/// What the core says.
pub async fn put_challenge(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, ChallengeId)>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewChallenge>,
) -> Result<Json<Made<ChallengeId>>, ApiError> {
    let challenge = Challenge {
        title: body.title,
        priority: body.priority,
        reasoning: body.reasoning,
    };
    ask(&app, &who, plan, key, Command::PutChallenge { id, challenge }).await?;
    Ok(Json(Made { id }))
}

/// `PUT /plans/{planId}/strands/{strandId}`.
///
/// # Errors
/// What the core says.
pub async fn put_strand(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, StrandId)>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewStrand>,
) -> Result<Json<Made<StrandId>>, ApiError> {
    let strand = Strand {
        title: body.title,
        kind: body.kind,
        parent: body.parent_id,
    };
    ask(&app, &who, plan, key, Command::PutStrand { id, strand }).await?;
    Ok(Json(Made { id }))
}
