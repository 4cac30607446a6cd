//! `/plans/{planId}/people` and `/sign-in-links`: taking somebody in, the link they come in by, and forgetting them.
//!
//! # Why it exists
//!
//! A programme team takes colleagues in all through the year; nobody should need the server's machine for that.
//!
//! # Invariants
//!
//! - A name stands in the accounts only; the log learns of a person by the first role they get.
//! - Whoever makes a link could sign in with it, and would be that person to everyone. So it is made only by somebody who
//!   may give roles in every plan in which that person has one, for whatever party.
//! - A link is in one answer and works once.
//! - Somebody is forgotten when they have no role anywhere, by one who may give roles in every plan that knew them; if
//!   none did, in any.
//! - A link says who made it: that person could be whom it lets in.

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
use crate::core::{CoreRefusal, SignedOut};
use crate::views::PlanView;

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
    app.views.all_shown().await?;
    answers_for_everywhere(&app, &who.caller, |view| has_role(view, invited.person))?;
    let token = Token::from_random(clock::random_bytes());
    let (accounts, fresh) = (app.accounts.clone(), token.clone());
    let grantee = Grantee {
        person: invited.person,
        party: invited.party,
    };
    let mut let_in_by = who.let_in_by;
    let_in_by.insert(who.caller.person);
    let inviting =
        tokio::task::spawn_blocking(move || accounts.invite_by(let_in_by, grantee, &fresh, clock::now_ms()));
    let ends_at = inviting.await.map_err(ApiError::Failed)??;
    tracing::info!(plan.id = %plan, person.id = %invited.person, by.id = %who.caller.person,
        "{} made a sign-in link for {}", who.caller.person, invited.person);
    let link = SignInLink {
        token: token.secret(),
        ends_at: time::format(ends_at),
    };
    Ok((StatusCode::CREATED, Json(link)).into_response())
}

/// `DELETE /plans/{planId}/people/{personId}`: name, mail address, links and sessions of somebody go; what they did
/// stays, as of somebody who took part. Forgetting them again changes nothing.
///
/// # Errors
/// What the policy says; [`Refusal::PersonHasRoles`] for somebody with a role in any plan; [`Refusal::NoSuchGrant`] for
/// somebody who never had one here, but for one whom this server knows and no plan does.
pub async fn forget(
    State(app): State<App>,
    Path((plan, person)): Path<(PlanId, PersonId)>,
    who: SignedIn,
) -> Result<StatusCode, ApiError> {
    app.views.all_shown().await?;
    let was_here = app.read(plan, &who.caller, &Action::GrantRights, |view| {
        Ok(view.state.rights.knew(person))
    })?;
    if !was_here && (!app.accounts.knew(person) || is_known_somewhere(&app, person)) {
        return Err(Refusal::NoSuchGrant.into());
    }
    answers_for_everywhere(&app, &who.caller, |view| view.state.rights.knew(person))?;
    let has_role = |view: &PlanView| has_role(view, person);
    let mut plans = app.views.plans().into_iter();
    if plans.any(|plan| app.views.look(plan, has_role).unwrap_or(true)) {
        return Err(Refusal::PersonHasRoles.into());
    }
    let accounts = app.accounts.clone();
    let forgetting = tokio::task::spawn_blocking(move || accounts.forget_person(person));
    if forgetting.await.map_err(ApiError::Failed)?? {
        app.core.signed_out(SignedOut::Person(person)).await;
        tracing::info!(plan.id = %plan, person.id = %person, by.id = %who.caller.person,
            "{} had the name and address of {person} forgotten", who.caller.person);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Whether somebody has a role in a plan, for whatever party.
fn has_role(view: &PlanView, person: PersonId) -> bool {
    view.state.rights.parties_of(person).next().is_some()
}

/// Whether any plan knows a person; one that cannot be looked at may.
fn is_known_somewhere(app: &App, person: PersonId) -> bool {
    let knew = |view: &PlanView| view.state.rights.knew(person);
    let mut plans = app.views.plans().into_iter();
    plans.any(|plan| app.views.look(plan, knew).unwrap_or(true))
}

/// An account is one for all plans, so one must answer for all that it concerns.
fn answers_for_everywhere(
    app: &App,
    asker: &Caller,
    concerns: impl Fn(&PlanView) -> bool,
) -> Result<(), Refusal> {
    for plan in app.views.plans() {
        let judged = app.views.look(plan, |view| {
            if concerns(view) {
                policy::may(&view.state, Some(asker), &Action::GrantRights)
            } else {
                Ok(())
            }
        });
        judged.unwrap_or(Ok(())).map_err(|_| Refusal::NotAllowed)?;
    }
    Ok(())
}
