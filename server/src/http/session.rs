//! `/session`: sign in with the token of a link, who is signed in, sign out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schema::domain::Caller;
use serde::{Deserialize, Serialize};

use super::answer::{PartyName, PersonName};
use super::app::App;
use super::names::person_name;
use super::problem::{ApiError, Problem};
use super::request::{Body, SESSION_COOKIE, SignedIn};
use crate::accounts::Token;
use crate::clock;
use crate::core::SignedOut;

/// `SignIn`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    token: String,
}

/// `Session`.
#[derive(Debug, Serialize)]
pub struct Session {
    person: PersonName,
    party: PartyName,
}

impl Session {
    fn of(app: &App, caller: &Caller) -> Self {
        Self {
            person: person_name(&app.accounts, caller.person),
            party: PartyName {
                id: caller.party,
                name: app.party_name(caller.party),
            },
        }
    }
}

/// `POST /session`: signs in, once per link.
///
/// # Errors
/// [`Problem::LinkNotValid`].
pub async fn sign_in(State(app): State<App>, Body(body): Body<SignIn>) -> Result<Response, ApiError> {
    let link: Token = body.token.parse().map_err(|_| Problem::LinkNotValid)?;
    let token = Token::from_random(clock::random_bytes());
    let (accounts, fresh) = (app.accounts.clone(), token.clone());
    // The accounts flush to disk before they answer.
    let signing_in = tokio::task::spawn_blocking(move || accounts.sign_in(&link, &fresh, clock::now_ms()));
    let session = signing_in
        .await
        .map_err(ApiError::Failed)??
        .ok_or(Problem::LinkNotValid)?;
    let seconds = session.ends_at.0.saturating_sub(clock::now_ms().0) / 1_000;
    let cookie = cookie(&app, &token.secret(), seconds);
    Ok((
        [(header::SET_COOKIE, cookie)],
        Json(Session::of(&app, &session.caller)),
    )
        .into_response())
}

/// `GET /session`: who is signed in.
pub async fn who(State(app): State<App>, who: SignedIn) -> Json<Session> {
    Json(Session::of(&app, &who.caller))
}

/// `DELETE /session`: signs out; being signed out already is the same.
///
/// # Errors
/// When the accounts do not answer.
pub async fn sign_out(State(app): State<App>, who: Option<SignedIn>) -> Result<Response, ApiError> {
    if let Some(who) = who {
        let accounts = app.accounts.clone();
        let sign_in = who.sign_in_id();
        let signing_out = tokio::task::spawn_blocking(move || accounts.sign_out(&who.token));
        signing_out.await.map_err(ApiError::Failed)??;
        app.core.signed_out(SignedOut::SignIn(sign_in)).await;
    }
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, cookie(&app, "", 0))],
    )
        .into_response())
}

/// Not readable by scripts, not sent along by other sites' pages.
fn cookie(app: &App, value: &str, seconds: u64) -> HeaderValue {
    let secure = if app.settings.is_secure() { "; Secure" } else { "" };
    let cookie =
        format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).expect("hexadecimal digits and numbers are header text")
}
