//! `/sync`: who is at the socket, before the core has it.

use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::app::App;
use super::guard::is_own_origin;
use super::names::person_name;
use super::problem::{ApiError, Problem};
use super::request::{Query, SignedIn, signed_in};
use crate::clock;
use crate::core::{SignIn, Speaks, Visitor};
use crate::shell::socket;

/// What an address may say.
#[derive(Deserialize)]
pub struct Asked {
    /// Whom the page shows: `<person>.<party>`. A browser lets no page set a header here.
    #[serde(rename = "as")]
    shown: Option<String>,
}

/// Upgrades to a WebSocket. Anonymous visitors get one too: the core tells them what they may not. So does a page that shows
/// somebody else than is signed in: what it holds is not theirs.
///
/// # Errors
/// [`Problem::ForeignOrigin`] from another site's page.
pub async fn sync(
    State(app): State<App>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if !is_own_origin(&app.settings, &headers) {
        return Err(Problem::ForeignOrigin.into());
    }
    let is_meant = |who: &SignedIn| asked.shown.is_none_or(|shown| who.is_shown(shown.as_bytes()));
    let who = signed_in(&app, &headers)?.filter(is_meant);
    let caller = who.as_ref().map(|who| who.caller);
    let session_of = |who: &SignedIn| app.accounts.session(&who.token, clock::now_ms());
    let session = who.as_ref().and_then(session_of);
    let sign_in = who.as_ref().zip(session).map(|(who, session)| SignIn {
        id: who.sign_in_id(),
        ends_at: session.ends_at,
        within: None,
    });
    let visitor = Visitor {
        caller,
        name: caller
            .map(|caller| person_name(&app.accounts, caller.person).name)
            .unwrap_or_default(),
        party_name: caller
            .map(|caller| app.party_name(caller.party))
            .unwrap_or_default(),
        sign_in,
        program: None,
        speaks: Speaks::Native,
    };
    let core = app.core.clone();
    let still = move || {
        let session_of = |who: &SignedIn| app.accounts.session(&who.token, clock::now_ms());
        who.as_ref().is_none_or(|who| session_of(who).is_some())
    };
    Ok(socket::upgrade(upgrade, core, visitor, still))
}
