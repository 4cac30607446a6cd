//! Programs that act for a person with an access token: which token a request shows, and what it opens.
//!
//! # Why it exists
//!
//! Pages have the session's cookie. A program has a token that a person made for it, with a scope; what the program may
//! is what the person may, cut by that.
//!
//! # Invariants
//!
//! - Default deny: an operation that [`scope_for`] does not name opens for no token. The contract names the same ones
//!   (tested).
//! - The core asks the scope once more at every change of a text.
//! - A token is read from the `Authorization` header; only the socket of automerge-repo clients looks elsewhere too.

use axum::http::{HeaderMap, Method, header};
use schema::domain::Refusal;
use schema::domain::policy::Scope;

use super::app::App;
use super::problem::{ApiError, Problem};
use super::request::SignedIn;
use crate::accounts::Token;
use crate::clock;

/// Where the API is.
const API: &str = "/api/v1";

/// What any token reads, below [`API`].
const READS: &[&str] = &[
    "/session",
    "/plans",
    "/plans/{plan_id}",
    "/plans/{plan_id}/for-me",
    "/plans/{plan_id}/chapters/{chapter_id}",
    "/plans/{plan_id}/chapters/{chapter_id}/text",
    "/plans/{plan_id}/chapters/{chapter_id}/blame",
    "/plans/{plan_id}/chapters/{chapter_id}/differences",
    "/plans/{plan_id}/chapters/{chapter_id}/sections",
    "/plans/{plan_id}/chapters/{chapter_id}/history",
    "/plans/{plan_id}/chapters/{chapter_id}/restore-preview",
    "/plans/{plan_id}/commitments",
    "/plans/{plan_id}/commitments/{commitment_id}",
    "/plans/{plan_id}/commitments/{commitment_id}/changes",
    "/plans/{plan_id}/events",
    "/plans/{plan_id}/event-export",
    "/plans/{plan_id}/events/{position}/proof",
    "/plans/{plan_id}/consistency-proof",
    "/plans/{plan_id}/witness-state",
];

/// What a token that writes does too.
const WRITES: &[(Method, &str)] = &[
    (Method::POST, "/plans/{plan_id}/chapters/{chapter_id}/restores"),
    (Method::POST, "/plans/{plan_id}/commitments"),
    (Method::PATCH, "/plans/{plan_id}/commitments/{commitment_id}"),
    (
        Method::POST,
        "/plans/{plan_id}/commitments/{commitment_id}/restores",
    ),
];

/// The scope that a token needs for an operation, by the pattern of its address; none opens for no token.
#[must_use]
pub fn scope_for(method: &Method, pattern: &str) -> Option<Scope> {
    let path = pattern.strip_prefix(API)?;
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if reads && READS.contains(&path) {
        return Some(Scope::Read);
    }
    let writes = WRITES.iter().any(|(of, known)| of == method && *known == path);
    writes.then_some(Scope::Write)
}

/// Whom a token of a request acts for, if the operation opens for it.
///
/// # Errors
/// [`Problem::TokenNotValid`], [`Refusal::NotForPrograms`], [`Refusal::TokenReadsOnly`].
pub fn let_in(app: &App, token: Token, operation: (&Method, &str)) -> Result<SignedIn, ApiError> {
    let who = known_by(app, token).ok_or(Problem::TokenNotValid)?;
    let needed = scope_for(operation.0, operation.1).ok_or(Refusal::NotForPrograms)?;
    match who.within {
        Some(Scope::Read) if needed == Scope::Write => Err(Refusal::TokenReadsOnly.into()),
        Some(_) | None => Ok(who),
    }
}

/// Whom an access token acts for. That it was used is noted beside the request.
#[must_use]
pub fn known_by(app: &App, token: Token) -> Option<SignedIn> {
    let now = clock::now_ms();
    let access = app.accounts.access(&token, now)?;
    if access.is_to_be_noted {
        let (accounts, used) = (app.accounts.clone(), token.clone());
        // The accounts flush to disk before they answer; nobody waits for this.
        tokio::task::spawn_blocking(move || {
            if let Err(error) = accounts.note_access(&used, now) {
                tracing::warn!("that an access token was used cannot be noted: {error}");
            }
        });
    }
    Some(SignedIn {
        caller: access.session.caller,
        token,
        let_in_by: access.session.let_in_by,
        within: Some(access.scope),
        program: Some(access.name.to_string()),
    })
}

/// What stands behind `Bearer` in the `Authorization` header, if that is how a request shows who asks.
///
/// # Errors
/// [`Problem::TokenNotValid`] for text that is no token.
pub fn bearer(headers: &HeaderMap) -> Result<Option<Token>, Problem> {
    let Some(text) = authorization(headers, "bearer") else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| Problem::TokenNotValid)
}

/// What stands behind a scheme in the `Authorization` header.
#[must_use]
pub fn authorization<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<&'h str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (given, value) = value.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(value.trim())
}
