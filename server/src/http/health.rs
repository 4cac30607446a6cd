//! `/healthz` (the process answers) and `/readyz` (it can do its work).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::app::App;
use crate::log::Health;
use crate::views::Unready;

/// `GET /healthz`.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`: the log writes, and the read models hold what it holds; while they are folded from it, how far
/// that is. Not ready does not mean useless: reading goes on while the log does not write.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    match why_not_ready(&app) {
        None => (StatusCode::OK, Json(ready_with_alarms(&app))),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, Json(why)),
    }
}

fn why_not_ready(app: &App) -> Option<Value> {
    if let Health::Stopped { reason } = app.log.health() {
        return Some(json!({ "status": "not writing", "reason": reason.as_ref() }));
    }
    match app.views.readiness() {
        Err(unready @ Unready::Building { percent }) => {
            Some(json!({ "status": "building", "percent": percent, "detail": unready.to_string() }))
        }
        Err(unready @ Unready::Failed { .. }) => {
            Some(json!({ "status": "failed", "detail": unready.to_string() }))
        }
        Ok(()) => is_behind(app).then(|| json!({ "status": "catching up" })),
    }
}

fn is_behind(app: &App) -> bool {
    app.log.plans().into_iter().any(|plan| {
        let folded = app.views.look(plan, |view| view.next_position().0).unwrap_or(0);
        app.log.next_position(plan).0.saturating_sub(folded) > BEHIND_MAX
    })
}

/// An alarm of the audit stops nobody from working, but whoever looks at this must see it.
fn ready_with_alarms(app: &App) -> Value {
    let alarms: Vec<_> = app
        .audit
        .alarms()
        .into_iter()
        .map(|(plan, alarm)| json!({ "planId": plan, "kind": alarm.kind, "detail": alarm.detail }))
        .collect();
    if alarms.is_empty() {
        json!({ "status": "ready" })
    } else {
        json!({ "status": "ready", "auditAlarms": alarms })
    }
}

/// Events the read models may be behind while people type.
const BEHIND_MAX: u64 = 10_000;
