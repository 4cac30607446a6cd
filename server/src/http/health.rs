//! `/healthz` (the process answers) and `/readyz` (it can do its work).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::app::App;
use crate::views::Unready;

/// `GET /healthz`.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: the read models hold what the log holds; while they are folded from it, how far that is.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let (status, said) = match app.views.readiness() {
        Err(unready @ Unready::Building { percent }) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "building", "percent": percent, "detail": unready.to_string() }),
        ),
        Err(unready @ Unready::Failed { .. }) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "failed", "detail": unready.to_string() }),
        ),
        Ok(()) if is_behind(&app) => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "catching up" }),
        ),
        Ok(()) => (StatusCode::OK, json!({ "status": "ready" })),
    };
    (status, Json(said))
}

fn is_behind(app: &App) -> bool {
    app.log.plans().into_iter().any(|plan| {
        let folded = app.views.look(plan, |view| view.next_position().0).unwrap_or(0);
        app.log.next_position(plan).0.saturating_sub(folded) > BEHIND_MAX
    })
}

/// Events the read models may be behind while people type.
const BEHIND_MAX: u64 = 10_000;
