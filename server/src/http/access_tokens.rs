//! `/access-tokens`: what a person gave programs to act for them; making one, seeing them, withdrawing one.
//!
//! # Why it exists
//!
//! A program that reads or writes for somebody must not hold their session. Its token is made here by that person, for
//! as much and as long as they choose, and ends when they say so.
//!
//! # Invariants
//!
//! - A token is in one answer, to the session that made it; no program makes, sees or withdraws one.
//! - Withdrawing ends the connections that it opened before it is answered.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schema::domain::policy::Scope;
use schema::domain::values::Line;
use schema::ids::AccessTokenId;
use schema::limits::ACCESS_TOKEN_DAYS_MAX;
use serde::{Deserialize, Serialize};

use super::app::App;
use super::problem::{ApiError, Problem};
use super::request::{Body, Path, SignedIn};
use super::time;
use crate::accounts::access_tokens::{AccessToken as Known, NewAccessToken as Asked};
use crate::accounts::{Grantee, Token};
use crate::clock;
use crate::core::SignedOut;

/// `NewAccessToken`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccessToken {
    name: Line,
    scope: Scope,
    days: u16,
}

/// `AccessToken`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    id: AccessTokenId,
    name: Line,
    scope: Scope,
    made_at: String,
    ends_at: String,
    used_at: Option<String>,
}

impl From<Known> for AccessToken {
    fn from(known: Known) -> Self {
        Self {
            id: known.id,
            name: known.name,
            scope: known.scope,
            made_at: time::format(known.made_at),
            ends_at: time::format(known.ends_at),
            used_at: known.used_at.map(time::format),
        }
    }
}

/// `AccessTokenList`.
#[derive(Debug, Serialize)]
pub struct AccessTokenList {
    items: Vec<AccessToken>,
}

/// `MadeAccessToken`.
#[derive(Serialize)]
struct Made {
    token: String,
    #[serde(flatten)]
    known: AccessToken,
}

/// `GET /access-tokens`: the caller's own that work.
pub async fn list(State(app): State<App>, who: SignedIn) -> Json<AccessTokenList> {
    let tokens = app.accounts.access_tokens(owner(&who), clock::now_ms());
    Json(AccessTokenList {
        items: tokens.into_iter().map(Into::into).collect(),
    })
}

/// `POST /access-tokens`: a new one; the answer is the only one that holds it.
///
/// # Errors
/// [`Problem::BadRequest`] for a term that there is not, [`Problem::TooManyAccessTokens`].
pub async fn make(
    State(app): State<App>,
    who: SignedIn,
    Body(body): Body<NewAccessToken>,
) -> Result<Response, ApiError> {
    if !(1..=ACCESS_TOKEN_DAYS_MAX).contains(&body.days) {
        return Err(Problem::BadRequest(format!("days is from 1 to {ACCESS_TOKEN_DAYS_MAX}")).into());
    }
    let asked = Asked {
        name: body.name,
        scope: body.scope,
        days: body.days,
    };
    let token = Token::from_random(clock::random_bytes());
    let (accounts, fresh, owner) = (app.accounts.clone(), token.clone(), owner(&who));
    // The accounts flush to disk before they answer.
    let making = tokio::task::spawn_blocking(move || {
        accounts.make_access_token(who.let_in_by, owner, asked, (&fresh, clock::now_ms()))
    });
    let known = making.await.map_err(ApiError::Failed)??;
    let known = known.ok_or(Problem::TooManyAccessTokens)?;
    tracing::info!(person.id = %owner.person, token.id = %known.id, "{} made access token {}", owner.person, known.id);
    let made = Made {
        token: token.secret(),
        known: known.into(),
    };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// `DELETE /access-tokens/{accessTokenId}`: it means nothing any more, and its connections end.
///
/// # Errors
/// [`Problem::NoSuchAccessToken`] for one that the caller has not.
pub async fn withdraw(
    State(app): State<App>,
    Path(id): Path<AccessTokenId>,
    who: SignedIn,
) -> Result<StatusCode, ApiError> {
    let (accounts, owner) = (app.accounts.clone(), owner(&who));
    let withdrawing = tokio::task::spawn_blocking(move || accounts.withdraw_access_token(owner, id));
    if !withdrawing.await.map_err(ApiError::Failed)?? {
        return Err(Problem::NoSuchAccessToken.into());
    }
    app.core.signed_out(SignedOut::SignIn(*id.as_bytes())).await;
    tracing::info!(person.id = %owner.person, token.id = %id, "{} withdrew access token {id}", owner.person);
    Ok(StatusCode::NO_CONTENT)
}

fn owner(who: &SignedIn) -> Grantee {
    Grantee {
        person: who.caller.person,
        party: who.caller.party,
    }
}
