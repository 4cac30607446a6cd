//! `/sync/automerge-repo`: who is at the socket, before the core has it.
//!
//! Why there are three ways to say so: a page of ours has the cookie; a program sends its session's token as `Bearer`;
//! and the clients of `@automerge/automerge-repo-network-websocket` can be given an address and nothing else, so they
//! are given `wss://program:TOKEN@host/sync/automerge-repo`, which arrives as `Basic` and stands in no log.

use std::sync::Arc;

use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schema::ids::{ChapterId, PlanId};

use super::app::App;
use super::guard::is_own_origin;
use super::names::person_name;
use super::problem::{ApiError, Problem};
use super::request::{SignedIn, signed_in, signed_in_by};
use crate::accounts::Token;
use crate::clock;
use crate::core::{SignIn, Speaks, Visitor};
use crate::shell::repo::{self, Guest};

/// Upgrades to a WebSocket of the automerge-repo protocol, for somebody who is signed in.
///
/// # Errors
/// [`Problem::ForeignOrigin`] from another site's page, [`Problem::NotSignedIn`], and that plans are still being read.
pub async fn sync(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if !is_own_origin(&app.settings, &headers) {
        return Err(Problem::ForeignOrigin.into());
    }
    let who = match program_token(&headers) {
        Some(token) => signed_in_by(&app, token),
        None => signed_in(&app, &headers)?,
    };
    let who = who.ok_or(Problem::NotSignedIn)?;
    let session = app.accounts.session(&who.token, clock::now_ms());
    let session = session.ok_or(Problem::NotSignedIn)?;
    // Which plan a chapter is in is read from the views.
    app.views.all_shown().await?;
    let guest = Guest {
        visitor: Visitor {
            caller: Some(who.caller),
            name: person_name(&app.accounts, who.caller.person).name,
            party_name: app.party_name(who.caller.party),
            sign_in: Some(SignIn {
                id: who.sign_in_id(),
                ends_at: session.ends_at,
            }),
            speaks: Speaks::AutomergeRepo,
        },
        device: who.origin().device,
        page: who.origin().page,
        plan_of: Arc::new({
            let views = app.views.clone();
            move |chapter| plan_of(&views, chapter)
        }),
    };
    let core = app.core.clone();
    let still = move || still_signed_in(&app, &who);
    Ok(repo::upgrade(upgrade, core, guest, still))
}

fn still_signed_in(app: &App, who: &SignedIn) -> bool {
    app.accounts.session(&who.token, clock::now_ms()).is_some()
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
fn program_token(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = value.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return value.parse().ok();
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    password.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_in(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        program_token(&headers).map(|token| token.secret())
    }

    #[test]
    fn a_token_is_read_from_both_schemes_and_from_nothing_else() {
        let token = "0f".repeat(32);
        assert_eq!(token_in(&format!("Bearer {token}")), Some(token.clone()));
        let basic = STANDARD.encode(format!("program:{token}"));
        assert_eq!(token_in(&format!("basic {basic}")), Some(token.clone()));
        for wrong in [
            token.clone(),
            format!("Digest {token}"),
            "Bearer x".to_owned(),
            "Basic !".to_owned(),
            format!("Basic {}", STANDARD.encode(&token)),
        ] {
            assert_eq!(token_in(&wrong), None, "{wrong}");
        }
    }
}
