//! `/sync`: who is at the socket, before the core has it.

use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;

use super::app::App;
use super::guard::is_own_origin;
use super::names::person_name;
use super::problem::{ApiError, Problem};
use super::request::signed_in;
use crate::core::Visitor;
use crate::shell::socket;

/// Upgrades to a WebSocket. Anonymous visitors get one too: the core tells them what they may not.
///
/// # Errors
/// [`Problem::ForeignOrigin`] from another site's page.
pub async fn sync(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if !is_own_origin(&app.settings, &headers) {
        return Err(Problem::ForeignOrigin.into());
    }
    let caller = signed_in(&app, &headers)?.map(|who| who.caller);
    let visitor = Visitor {
        caller,
        name: caller
            .map(|caller| person_name(&app.accounts, caller.person).name)
            .unwrap_or_default(),
        party_name: caller
            .map(|caller| app.party_name(caller.party))
            .unwrap_or_default(),
    };
    Ok(socket::upgrade(upgrade, app.core.clone(), visitor))
}
