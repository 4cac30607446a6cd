//! `schrijftafel serve`: listens until it is told to stop, then finishes what is under way.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;

use super::ServeArgs;
use crate::core::Visitor;
use crate::http::app::{App, Settings};
use crate::http::problem::{ApiError, Problem};
use crate::http::{guard, names, request, router};
use crate::node::Node;
use crate::shell::socket;

/// Runs the server until SIGINT or SIGTERM.
///
/// # Errors
/// When the data cannot be opened or the address is taken.
pub async fn run(args: ServeArgs) -> Result<()> {
    let node = Node::open(&args.data, settings(&args)).await?;
    let listener = listen(args.listen).await?;
    serve(node, listener).await
}

/// Settings from the command line.
#[must_use]
pub fn settings(args: &ServeArgs) -> Settings {
    Settings { public_origin: args.public_origin.clone() }
}

/// Takes the address.
///
/// # Errors
/// When it is taken.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another server running there? (PORT sets another)"))
}

/// Serves until told to stop.
///
/// # Errors
/// When the listener fails.
pub async fn serve(node: Node, listener: TcpListener) -> Result<()> {
    tracing::info!(address = %listener.local_addr()?, "listening");
    let app = node.app.clone();
    let sync: Router = Router::new().route("/sync", get(sync)).with_state(app.clone());
    let routes = sync.merge(router(app));
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        () = told_to_stop() => tracing::info!("stopping"),
    }
    node.close();
    Ok(())
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

/// `/sync`: the cookie says who it is (rule C3); only our own pages, and programs without a browser, may open it.
async fn sync(
    State(app): State<App>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> std::result::Result<Response, ApiError> {
    if !guard::is_own_origin(&app.settings, &headers) {
        return Err(Problem::ForeignOrigin.into());
    }
    let caller = request::signed_in(&app, &headers)?.map(|signed_in| signed_in.caller);
    let visitor = Visitor {
        caller,
        name: caller.map(|caller| names::person_name(&app.accounts, caller.person).name).unwrap_or_default(),
        party_name: caller.map(|caller| party_name(&app, caller.party)).unwrap_or_default(),
    };
    Ok(socket::upgrade(upgrade, app.core.clone(), visitor))
}

fn party_name(app: &App, party: schema::ids::PartyId) -> String {
    let plans = app.views.plans().into_iter();
    let mut names = plans.filter_map(|plan| {
        app.views.look(plan, |view| view.party_name(party).map(ToString::to_string)).flatten()
    });
    names.next().unwrap_or_default()
}
