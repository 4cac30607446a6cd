//! `/sync/automerge-repo`: who is at the socket, before the core has it.
//!
//! # Why there are four ways to say so
//!
//! A page of ours has the cookie. A program that sets headers sends its access token as `Bearer`. The clients of
//! `@automerge/automerge-repo-network-websocket` can be given an address and nothing else: outside a browser that is
//! `wss://program:TOKEN@host/sync/automerge-repo`, which arrives as `Basic`; inside one it is `…?token=TOKEN`.
//!
//! # Invariants
//!
//! - What a browser sends along by itself (the cookie, and `Basic` once it was used) is believed from our own origin only.
//!   A token in the query is shown on purpose, so a page of any origin may.
//! - Queries are in no log line of ours.

use std::sync::Arc;

use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schema::ids::{ChapterId, PlanId, TimestampMs};
use serde::Deserialize;

use super::app::App;
use super::guard::is_own_origin;
use super::names::person_name;
use super::problem::{ApiError, Problem};
use super::programs::{authorization, bearer, known_by};
use super::request::{Query, SignedIn, signed_in};
use crate::accounts::Token;
use crate::clock;
use crate::core::{SignIn, Speaks, Visitor};
use crate::shell::repo::{self, Guest};

/// What may stand behind the address.
#[derive(Deserialize)]
pub struct Asked {
    token: Option<String>,
}

/// Upgrades to a WebSocket of the automerge-repo protocol, for somebody who is signed in, or a program of theirs.
///
/// # Errors
/// [`Problem::ForeignOrigin`] from another site's page, [`Problem::NotSignedIn`], [`Problem::TokenNotValid`], and that
/// plans are still being read.
pub async fn sync(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let who = asker(&app, &headers, asked)?;
    let until = ends_at(&app, &who).ok_or(Problem::NotSignedIn)?;
    // Which plan a chapter is in is read from the views.
    app.views.all_shown().await?;
    let guest = Guest {
        visitor: Visitor {
            caller: Some(who.caller),
            name: person_name(&app.accounts, who.caller.person).name,
            party_name: app.party_name(who.caller.party),
            sign_in: Some(SignIn {
                id: who.sign_in_id(),
                ends_at: until,
                within: who.within,
            }),
            program: who.program.clone(),
            speaks: Speaks::AutomergeRepo,
        },
        device: who.origin().device,
        page: who.origin().page,
        plan_of: Arc::new({
            let views = app.views.clone();
            move |chapter| plan_of(&views, chapter)
        }),
        formers: Arc::clone(&app.formers),
    };
    let core = app.core.clone();
    let still = move || ends_at(&app, &who).is_some();
    Ok(repo::upgrade(upgrade, core, guest, still))
}

/// Who asks, by whichever way they say so.
fn asker(app: &App, headers: &HeaderMap, asked: Asked) -> Result<SignedIn, ApiError> {
    let read = |token: String| token.parse::<Token>().map_err(|_| Problem::TokenNotValid);
    let shown_on_purpose = asked.token.map(read);
    if shown_on_purpose.is_none() && !is_own_origin(&app.settings, headers) {
        return Err(Problem::ForeignOrigin.into());
    }
    let token = match shown_on_purpose {
        Some(token) => Some(token?),
        None => program_token(headers)?,
    };
    match token {
        Some(token) => known_by(app, token).ok_or_else(|| Problem::TokenNotValid.into()),
        None => signed_in(app, headers)?.ok_or_else(|| Problem::NotSignedIn.into()),
    }
}

/// When the session or the token ends by itself; nothing when it has ended.
fn ends_at(app: &App, who: &SignedIn) -> Option<TimestampMs> {
    let now = clock::now_ms();
    let session = match who.within {
        Some(_) => app.accounts.access(&who.token, now)?.session,
        None => app.accounts.session(&who.token, now)?,
    };
    Some(session.ends_at)
}

/// A chapter's id says nothing of its plan. There are few plans, and each looks its chapters up.
fn plan_of(views: &crate::views::Views, chapter: ChapterId) -> Option<PlanId> {
    let holds = |plan: &PlanId| {
        let found = views.look(*plan, |view| view.state.chapters.get(chapter).is_some());
        found.unwrap_or(false)
    };
    views.plans().into_iter().find(holds)
}

/// The token of `Authorization: Bearer TOKEN`, or the password of `Authorization: Basic`.
fn program_token(headers: &HeaderMap) -> Result<Option<Token>, Problem> {
    let Some(value) = authorization(headers, "basic") else {
        return bearer(headers);
    };
    let pair = STANDARD.decode(value).ok();
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
    let token = pair
        .as_ref()
        .and_then(|pair| pair.split_once(':')?.1.parse().ok());
    token.map(Some).ok_or(Problem::TokenNotValid)
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn token_in(value: &str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        Ok(program_token(&headers)?.map(|token| token.secret()))
    }

    #[test]
    fn a_token_is_read_from_both_schemes_and_from_nothing_else() {
        let token = "0f".repeat(32);
        assert_eq!(token_in(&format!("Bearer {token}")), Ok(Some(token.clone())));
        let basic = STANDARD.encode(format!("program:{token}"));
        assert_eq!(token_in(&format!("basic {basic}")), Ok(Some(token.clone())));
        for other in [token.clone(), format!("Digest {token}")] {
            assert_eq!(token_in(&other), Ok(None), "{other}");
        }
        for wrong in [
            "Bearer x".to_owned(),
            "Basic !".to_owned(),
            format!("Basic {}", STANDARD.encode(&token)),
        ] {
            assert_eq!(token_in(&wrong), Err(Problem::TokenNotValid), "{wrong}");
        }
    }
}
