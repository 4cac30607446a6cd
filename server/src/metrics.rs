//! `/metrics`: how the server is, in the text format that Prometheus reads (OpenMetrics 1.0).
//!
//! Why on an address of its own: the numbers name plans and witnesses, and say when an alarm stands. That is for those
//! who watch over the server, not for everybody whom the pages are for. Without `--metrics` nobody is told.
//!
//! Every scrape asks anew and keeps nothing: there is no second truth beside the log, the audit and the views.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use schema::ids::PlanId;

use crate::audit::{PlanLog, Stamped};
use crate::http::app::App;
use crate::log::Health;

/// What the answer is (OpenMetrics 1.0, "Text Format").
const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// What answers at the address of the metrics.
pub fn router(app: App) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(app)
}

async fn metrics(State(app): State<App>) -> Response {
    let told = tokio::task::spawn_blocking(move || told(&app)).await;
    match told {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPlan {
    plan: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfWitness {
    plan: String,
    witness: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAlarm {
    plan: String,
    kind: String,
}

/// The numbers of one scrape.
#[derive(Default)]
struct Numbers {
    writes: Gauge,
    events: Family<OfPlan, Gauge>,
    unread: Family<OfPlan, Gauge>,
    signed: Family<OfPlan, Gauge>,
    witnessed: Family<OfPlan, Gauge>,
    cosigned: Family<OfWitness, Gauge>,
    alarms: Family<OfAlarm, Gauge>,
}

fn told(app: &App) -> Result<String, std::fmt::Error> {
    let numbers = Numbers::default();
    numbers
        .writes
        .set(i64::from(matches!(app.log.health(), Health::Writing)));
    for plan in app.log.plans() {
        numbers.plan(app, plan);
    }
    for (plan, alarm) in app.audit.alarms() {
        let kind = alarm.kind.name().to_owned();
        let of_alarm = OfAlarm {
            plan: plan.to_string(),
            kind,
        };
        numbers.alarms.get_or_create(&of_alarm).inc();
    }
    let mut text = String::new();
    text::encode(&mut text, &numbers.registry())?;
    Ok(text)
}

impl Numbers {
    fn plan(&self, app: &App, plan: PlanId) {
        let of_plan = OfPlan {
            plan: plan.to_string(),
        };
        let events = app.log.next_position(plan).0;
        let read = app.views.look(plan, |view| view.next_position().0).unwrap_or(0);
        set(&self.events, &of_plan, events);
        set(&self.unread, &of_plan, events.saturating_sub(read));
        if let Some(published) = app.audit.plan(plan) {
            self.published(&of_plan, &published);
        }
    }

    fn published(&self, of_plan: &OfPlan, published: &PlanLog) {
        let state = published.state();
        let size = |stamped: Option<&Arc<Stamped>>| stamped.map_or(0, |stamped| stamped.head().size);
        set(&self.signed, of_plan, size(state.newest.as_ref()));
        set(&self.witnessed, of_plan, size(state.witnessed.as_ref()));
        for (witness, progress) in &state.witnesses {
            let of_witness = OfWitness {
                plan: of_plan.plan.clone(),
                witness: witness.to_string(),
            };
            self.cosigned
                .get_or_create(&of_witness)
                .set(number(progress.cosigned_size));
        }
    }

    fn registry(self) -> Registry {
        let mut registry = Registry::with_prefix("schrijftafel");
        registry.register(
            "log_writes",
            "Whether the log takes events (1) or has stopped (0)",
            self.writes,
        );
        registry.register("log_events", "Events in the log", self.events);
        registry.register(
            "views_unread_events",
            "Events that the read models have yet to fold",
            self.unread,
        );
        registry.register(
            "audit_signed_events",
            "Events under the newest signed checkpoint",
            self.signed,
        );
        registry.register(
            "audit_witnessed_events",
            "Events under the newest checkpoint that enough witnesses cosigned",
            self.witnessed,
        );
        registry.register(
            "audit_cosigned_events",
            "Events that a witness has cosigned",
            self.cosigned,
        );
        registry.register(
            "audit_alarms",
            "Alarms that stand: a log is not what was signed, or a witness says so",
            self.alarms,
        );
        registry
    }
}

fn set(of: &Family<OfPlan, Gauge>, plan: &OfPlan, value: u64) {
    of.get_or_create(plan).set(number(value));
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
