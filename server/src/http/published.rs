//! `/audit/v1`: what outsiders need to check a plan's log with tools of their own, without signing in.
//!
//! # Why it exists
//!
//! A proof that only the operator can look at proves nothing. The layout is that of C2SP `tlog-tiles`: below
//! `/audit/v1/plans/<plan>/` a checkpoint and tiles, which any mirror may copy and keep.
//!
//! # Invariants
//!
//! - Nothing here says who, what or when: leaf records are salted commitments, witnesses are organisations.
//! - Only what is signed is shown, so what was shown never changes.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use schema::audit::checkpoint::PLAN_ORIGIN_PREFIX;
use schema::audit::tile::{BundleId, TILE_WIDTH, TileId, TilePath, encode_bundle};
use schema::ids::PlanId;
use schema::limits::ENTRIES_READERS_MAX;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_http::set_header::SetResponseHeaderLayer;

use super::app::App;
use super::problem::{self, ApiError, Problem};
use super::proofs::blocking;
use super::request::Path;
use super::time;
use crate::audit::{PlanLog, opening};
use crate::keys::KeyPeriod;

/// What never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What changes once a minute.
const SHORT: HeaderValue = HeaderValue::from_static("public, max-age=5");

/// Leaf records are read from the log, records and all: a few readers at a time.
static READERS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(ENTRIES_READERS_MAX));

/// The addresses below `/audit/v1`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/keys", get(server_keys))
        .route("/plans/{plan_id}/checkpoint", get(checkpoint))
        .route("/plans/{plan_id}/tile/{*path}", get(tile))
        .route("/plans/{plan_id}/keys", get(keys))
        .route("/plans/{plan_id}/witnesses", get(witnesses))
        .fallback(problem::no_such_resource)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(SetResponseHeaderLayer::overriding(
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ))
}

/// The newest checkpoint with every signature known under it.
///
/// # Errors
/// 404 before the first.
async fn checkpoint(State(app): State<App>, Path(plan): Path<PlanId>) -> Result<Response, ApiError> {
    let state = log_of(&app, plan)?.state();
    let newest = state.newest.as_ref().ok_or(Problem::NoSuchResource)?;
    Ok(cached(
        SHORT,
        "text/plain; charset=utf-8",
        newest.note.to_string().into_bytes(),
    ))
}

/// A tile of hashes or a bundle of leaf records.
///
/// # Errors
/// 400 for what is no path of a tile, 404 for a tile that the signed tree does not have.
async fn tile(
    State(app): State<App>,
    Path((plan, path)): Path<(PlanId, String)>,
) -> Result<Response, ApiError> {
    let asked: TilePath = format!("tile/{path}")
        .parse()
        .map_err(|error: schema::audit::tile::ParseTilePathError| Problem::BadRequest(error.to_string()))?;
    let plan_log = log_of(&app, plan)?;
    let bytes = match asked {
        TilePath::Hashes(id) => blocking(move || hashes(&plan_log, id)).await?,
        TilePath::Entries(id) => {
            let _reading = READERS.try_acquire().map_err(|_| Problem::Busy)?;
            blocking(move || entries(&app, &plan_log, id)).await?
        }
    };
    let bytes = bytes.ok_or(Problem::NoSuchResource)?;
    Ok(cached(FOREVER, "application/octet-stream", bytes))
}

fn hashes(plan_log: &PlanLog, id: TileId) -> Result<Option<Vec<u8>>, ApiError> {
    plan_log.tile(id).map_err(|error| ApiError::Prove(error.into()))
}

fn entries(app: &App, plan_log: &PlanLog, id: BundleId) -> Result<Option<Vec<u8>>, ApiError> {
    let end = id.first_leaf() + u64::from(id.width());
    if end > plan_log.signed_size() {
        return Ok(None);
    }
    let plan = plan_log.origin().plan;
    let mut leaves = Vec::with_capacity(usize::from(TILE_WIDTH));
    while leaves.len() < usize::from(id.width()) {
        let read = id.first_leaf() + u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        let wanted = usize::from(id.width()) - leaves.len();
        let records = opening::read(app.log.as_ref(), plan, read, wanted)?;
        if records.is_empty() {
            return Ok(None);
        }
        leaves.extend(records.iter().map(|record| record.leaf(plan)));
    }
    Ok(Some(encode_bundle(&leaves)))
}

/// The keys of one log as C2SP verifier keys.
async fn keys(State(app): State<App>, Path(plan): Path<PlanId>) -> Result<Response, ApiError> {
    let plan_log = log_of(&app, plan)?;
    blocking(move || {
        let origin = plan_log.origin();
        let keys: Vec<_> = app.audit.keys(origin)?.iter().map(shown).collect();
        Ok(json_answer(
            &json!({ "origin": origin.to_string(), "keys": keys }),
        ))
    })
    .await
}

/// The server's keys under the prefix of every plan's origin, for witnesses that trust all its logs.
async fn server_keys(State(app): State<App>) -> Result<Response, ApiError> {
    blocking(move || {
        let name = PLAN_ORIGIN_PREFIX
            .trim_end_matches('/')
            .parse()
            .expect("the prefix is a key name");
        let keys: Vec<_> = app.audit.keys_under(&name)?.iter().map(shown).collect();
        Ok(json_answer(
            &json!({ "prefix": PLAN_ORIGIN_PREFIX, "keys": keys }),
        ))
    })
    .await
}

fn shown(period: &KeyPeriod) -> Value {
    json!({
        "vkey": period.key,
        "from": time::format(period.from),
        "until": period.until.map(time::format),
    })
}

/// Who watches, and how many of them must cosign.
async fn witnesses(State(app): State<App>, Path(plan): Path<PlanId>) -> Result<Response, ApiError> {
    let plan_log = log_of(&app, plan)?;
    let config = app.audit.witnesses();
    let witnesses: Vec<_> = config
        .witnesses
        .iter()
        .map(|witness| json!({ "id": witness.id, "partyId": witness.party, "keys": witness.keys }))
        .collect();
    Ok(json_answer(&json!({
        "origin": plan_log.origin().to_string(),
        "required": config.quorum.required(),
        "witnesses": witnesses,
    })))
}

fn log_of(app: &App, plan: PlanId) -> Result<Arc<PlanLog>, ApiError> {
    app.audit.plan(plan).ok_or_else(|| Problem::NoSuchPlan.into())
}

fn json_answer(value: &Value) -> Response {
    cached(SHORT, "application/json", value.to_string().into_bytes())
}

fn cached(caching: HeaderValue, content_type: &'static str, body: Vec<u8>) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
    ];
    (headers, body).into_response()
}
