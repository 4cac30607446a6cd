//! The HTTP API under `/api/v1`, the published logs under `/audit/v1`, the sockets under `/sync`, the pages at `/`.
//!
//! # Why it exists
//!
//! The contract is `schema/openapi.yaml`; this folder makes it true. A handler extracts, asks the policy, looks
//! at a read model or sends a command to the core, and answers. It decides nothing itself.
//!
//! # Invariants
//!
//! - Writes go through the core; reads come from the views and ask the same policy.
//! - A write is answered when the read models hold it, and a question waits for what was durable when it came: what
//!   anybody was told is saved, everybody sees on the next read.
//! - Every error is `application/problem+json`, made in one place: [`problem`].
//! - Unsafe methods with a cookie come from our own origin: [`guard`].
//! - What opens for a program's token is named in one place: [`programs`]. Everything else does not.
//!
//! # Reading order
//!
//! [`listening`] takes connections in. [`app`] (what handlers share), [`problem`], [`request`] (extractors) and [`answer`] (what JSON looks like);
//! then one file per resource; [`pages`] serves the interface.

pub mod app;
pub mod listening;
pub mod presence;
pub mod problem;
pub mod refusals;
pub mod guard;
pub mod up_to_date;
pub mod request;
pub mod programs;
pub mod answer;
pub mod answered;
pub mod names;
pub mod hands;
pub mod session;
pub mod access_tokens;
pub mod plans;
pub mod structure;
pub mod chapters;
pub mod past;
pub mod commitments;
pub mod rights;
pub mod erasures;
pub mod events;
pub mod export;
pub mod shown;
pub mod proofs;
pub mod published;
pub mod for_me;
pub mod contract;
pub mod people;
pub mod health;
pub mod socket;
pub mod repo_socket;
pub mod pages;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::{any, delete, get, patch, post, put};
use schema::date_time as time;
use schema::limits::API_BODY_BYTES_MAX;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use app::App;

/// The full version of the contract, as `info.version` says it (tested).
pub const API_VERSION: &str = "0.1.0";

/// Everything this server answers over HTTP.
pub fn router(app: App) -> Router {
    Router::new()
        .nest("/api/v1", api(&app))
        .nest("/audit/v1", published::router())
        .route("/sync", get(socket::sync))
        .route("/sync/automerge-repo", get(repo_socket::sync))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        // Other versions of the API are no pages of the interface.
        .route("/api", any(problem::no_such_resource))
        .route("/api/{*other}", any(problem::no_such_resource))
        .fallback(pages::serve)
        .layer(axum::middleware::from_fn_with_state(
            refusals::RefusalLog::new(app.clone()),
            refusals::note,
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(pages::CONTENT_SECURITY_POLICY),
        ))
        .layer(CompressionLayer::new().gzip(true))
        .with_state(app)
}

/// The resources of the contract.
fn api(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(contract::landing))
        .route("/openapi.json", get(contract::openapi))
        .route(
            "/session",
            post(session::sign_in).get(session::who).delete(session::sign_out),
        )
        .route(
            "/access-tokens",
            get(access_tokens::list).post(access_tokens::make),
        )
        .route(
            "/access-tokens/{access_token_id}",
            delete(access_tokens::withdraw),
        )
        .merge(for_readers())
        .merge(texts())
        .merge(register())
        .merge(for_the_programmateam())
        .route_layer(axum::middleware::from_fn_with_state(
            app.clone(),
            up_to_date::wait,
        ))
        .fallback(problem::no_such_resource)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(axum::middleware::from_fn(request::note_content))
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            guard::same_origin,
        ))
        .layer(DefaultBodyLimit::max(API_BODY_BYTES_MAX))
        .layer(SetResponseHeaderLayer::overriding(
            HeaderName::from_static("api-version"),
            HeaderValue::from_static(API_VERSION),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
}

fn for_readers() -> Router<App> {
    Router::new()
        .route("/plans", get(plans::list))
        .route("/plans/{plan_id}", get(plans::get))
        .route("/plans/{plan_id}/for-me", get(for_me::get))
        .route("/plans/{plan_id}/presence", get(presence::list))
        .route(
            "/plans/{plan_id}/chapters/{chapter_id}",
            get(chapters::get).patch(chapters::amend),
        )
        .route(
            "/plans/{plan_id}/chapters/{chapter_id}/state-changes",
            post(chapters::change_state),
        )
        .route("/plans/{plan_id}/events", get(events::list))
        .route("/plans/{plan_id}/event-export", get(export::export))
        .route("/plans/{plan_id}/events/{position}/proof", get(proofs::event))
        .route("/plans/{plan_id}/consistency-proof", get(proofs::consistency))
        .route("/plans/{plan_id}/witness-state", get(proofs::witness_state))
}

fn texts() -> Router<App> {
    const ONE: &str = "/plans/{plan_id}/chapters/{chapter_id}";
    Router::new()
        .route(&format!("{ONE}/text"), get(past::text))
        .route(&format!("{ONE}/blame"), get(past::blame))
        .route(&format!("{ONE}/differences"), get(past::differences))
        .route(&format!("{ONE}/sections"), get(past::sections))
        .route(&format!("{ONE}/writers"), get(past::writers::list))
        .route(&format!("{ONE}/history"), get(past::list::list))
        .route(&format!("{ONE}/taken-words"), get(past::taken::list))
        .route(&format!("{ONE}/restore-preview"), get(past::restore::preview))
        .route(&format!("{ONE}/restores"), post(past::restore::restore))
}

fn register() -> Router<App> {
    const ONE: &str = "/plans/{plan_id}/commitments/{commitment_id}";
    Router::new()
        .route(
            "/plans/{plan_id}/commitments",
            get(commitments::list).post(commitments::create),
        )
        .route(ONE, get(commitments::get).patch(commitments::amend))
        .route(&format!("{ONE}/changes"), get(commitments::changes))
        .route(&format!("{ONE}/restores"), post(commitments::restore))
}

fn for_the_programmateam() -> Router<App> {
    Router::new()
        .route("/plans/{plan_id}/chapters", post(chapters::create))
        .route("/plans/{plan_id}/parties", post(structure::add_party))
        .route(
            "/plans/{plan_id}/parties/{party_id}",
            patch(structure::change_party),
        )
        .route("/plans/{plan_id}/teams", post(structure::form_team))
        .route(
            "/plans/{plan_id}/challenges/{challenge_id}",
            put(structure::put_challenge),
        )
        .route("/plans/{plan_id}/strands/{strand_id}", put(structure::put_strand))
        .route("/plans/{plan_id}/people", post(people::add))
        .route("/plans/{plan_id}/people/{person_id}", delete(people::forget))
        .route("/plans/{plan_id}/sign-in-links", post(people::make_link))
        .route("/plans/{plan_id}/rights", get(rights::list).post(rights::grant))
        .route("/plans/{plan_id}/rights/{right_id}", delete(rights::withdraw))
        .route(
            "/plans/{plan_id}/erasures",
            get(erasures::list).post(erasures::request),
        )
        .route("/plans/{plan_id}/erasures/{erasure_id}", get(erasures::get))
        .route(
            "/plans/{plan_id}/erasures/{erasure_id}/decisions",
            post(erasures::decide),
        )
}

#[cfg(test)]
mod tests;
