//! `/plans/{planId}/people` and `/sign-in-links`: taking somebody in, and the link they come in by.
//!
//! # Why it exists
//!
//! A programme team takes colleagues in all through the year; nobody should need the server's machine for that.
//!
//! # Invariants
//!
//! - A name stands in the accounts only; the log learns of a person by the first role they get.
//! - Whoever makes a link could sign in with it. So it is made only by somebody who may give roles in every plan in
//!   which that person has one.
//! - A link is in one answer and works once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schema::domain::policy::{self, Action};
use schema::domain::values::Line;
use schema::domain::{Caller, Refusal};
use schema::ids::{PartyId, PersonId, PlanId};
use serde::{Deserialize, Serialize};

use super::app::App;
use super::problem::ApiError;
use super::request::{Body, IdempotencyKey, Path, SignedIn, made_id};
use super::structure::Made;
use super::time;
use crate::accounts::{Grantee, Person, Token};
use crate::clock;
use crate::core::CoreRefusal;

/// `NewPerson`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    name: Line,
    mail: Option<Line>,
}

/// `NewSignInLink`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSignInLink {
    person_id: PersonId,
    party_id: PartyId,
}

/// `SignInLink`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignInLink {
    token: String,
    ends_at: String,
}

/// `POST /plans/{planId}/people`: a person to give roles to.
///
/// # Errors
/// What the policy says; [`CoreRefusal::KeyReused`] when the key made somebody else.
pub async fn add(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewPerson>,
) -> Result<Response, ApiError> {
    app.read(plan, &who.caller, &Action::GrantRights, |_| Ok(()))?;
    let id = PersonId::from_bytes(made_id("person", &who, key));
    let person = Person {
        name: body.name,
        mail: body.mail,
    };
    let accounts = app.accounts.clone();
    // The accounts flush to disk before they answer.
    let adding = tokio::task::spawn_blocking(move || accounts.add_person(id, &person));
    let is_as_asked = adding.await.map_err(ApiError::Failed)??;
    if !is_as_asked {
        return Err(CoreRefusal::KeyReused.into());
    }
    Ok((StatusCode::CREATED, Json(Made { id })).into_response())
}

/// `POST /plans/{planId}/sign-in-links`: a link for somebody with a role here.
///
/// # Errors
/// What the policy says; [`Refusal::NoSuchGrant`] for somebody without a role.
pub async fn make_link(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    Body(body): Body<NewSignInLink>,
) -> Result<Response, ApiError> {
    let invited = Caller {
        person: body.person_id,
        party: body.party_id,
    };
    app.read(plan, &who.caller, &Action::GrantRights, |view| {
        let known = view.state.rights.roles(&invited).next();
        known.map(|_| ()).ok_or_else(|| Refusal::NoSuchGrant.into())
    })?;
    answers_for_everywhere(&app, &who.caller, &invited)?;
    let token = Token::from_random(clock::random_bytes());
    let (accounts, fresh) = (app.accounts.clone(), token.clone());
    let grantee = Grantee {
        person: invited.person,
        party: invited.party,
    };
    let inviting = tokio::task::spawn_blocking(move || accounts.invite(grantee, &fresh, clock::now_ms()));
    let ends_at = inviting.await.map_err(ApiError::Failed)??;
    tracing::info!(plan.id = %plan, person.id = %invited.person, by.id = %who.caller.person,
        "{} made a sign-in link for {}", who.caller.person, invited.person);
    let link = SignInLink {
        token: token.secret(),
        ends_at: time::format(ends_at),
    };
    Ok((StatusCode::CREATED, Json(link)).into_response())
}

/// Signing in opens every plan in which somebody has a role, so one must answer for roles in all of them.
fn answers_for_everywhere(app: &App, asker: &Caller, invited: &Caller) -> Result<(), Refusal> {
    for plan in app.views.plans() {
        let judged = app.views.look(plan, |view| {
            let has_role = view.state.rights.roles(invited).next().is_some();
            if has_role {
                policy::may(&view.state, Some(asker), &Action::GrantRights)
            } else {
                Ok(())
            }
        });
        judged.unwrap_or(Ok(())).map_err(|_| Refusal::NotAllowed)?;
    }
    Ok(())
}
