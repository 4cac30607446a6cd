//! `/plans/{planId}/event-export`: every event as JSON Lines, oldest first.
//!
//! Why it is not the list again: people read stretches of work, programs read events. Content that the caller may
//! not see is withheld with the reason, so an export is complete in what happened and silent on what is not theirs.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use schema::domain::policy::{Action, Disclosure};
use schema::domain::{Caller, Refusal, canonical};
use schema::ids::{ActorRef, PlanId, Position};
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{Payload, Record};
use serde_json::{Value, json};

use super::app::App;
use super::events::Filters;
use super::problem::ApiError;
use super::request::{Path, Query, SignedIn};
use super::{shown, time};
use crate::log::{Direction, ReadRequest, Selector};
use crate::views::{Filter, PlanView, Subject};

/// Records in one piece of the answer.
const PAGE: usize = 512;

/// `GET …`.
///
/// # Errors
/// What the policy says.
pub async fn export(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    Query(filters): Query<Filters>,
    who: SignedIn,
) -> Result<Response, ApiError> {
    let filter = filters.filter()?;
    let end = app.read(
        plan,
        &who.caller,
        &Action::Export,
        |view| Ok(view.next_position()),
    )?;
    let export = Arc::new(Export {
        app,
        plan,
        caller: who.caller,
        filter,
        end,
    });
    let pages = stream::try_unfold(0, move |from| export.clone().page(from));
    let name = format!("attachment; filename=\"{plan}.jsonl\"");
    let disposition = HeaderValue::try_from(name).expect("an id is header text");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/jsonl"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}

struct Export {
    app: App,
    plan: PlanId,
    caller: Caller,
    filter: Filter,
    end: Position,
}

impl Export {
    /// One piece of the answer, and from where the next one goes on.
    async fn page(self: Arc<Self>, from: u64) -> Result<Option<(Bytes, u64)>, ApiError> {
        if from >= self.end.0 {
            return Ok(None);
        }
        let reading = tokio::task::spawn_blocking(move || {
            let request = ReadRequest {
                plan: self.plan,
                selector: Selector::All,
                from,
                direction: Direction::Forward,
                limit: PAGE,
            };
            let records = self.app.log.read(&request)?;
            let next = records
                .last()
                .map_or(self.end.0, |record| record.envelope.position.0 + 1);
            let mut lines = Vec::new();
            for record in records
                .iter()
                .filter(|record| record.envelope.position < self.end)
            {
                if let Some(line) = self.line(record) {
                    lines.extend(line.to_string().into_bytes());
                    lines.push(b'\n');
                }
            }
            Ok::<_, ApiError>((Bytes::from(lines), next))
        });
        reading.await.map_err(ApiError::Failed)?.map(Some)
    }

    /// An event as JSON, unless the filter leaves it out. Actors are there for what refers to them.
    fn line(&self, record: &Record) -> Option<Value> {
        let envelope = &record.envelope;
        let by = self.caller_of(envelope.who);
        if let Some(subject) = Subject::of(&envelope.stream)
            && !self.filter.takes(by, subject.kind(), envelope.recorded_at)
        {
            return None;
        }
        let mut line = json!({
            "position": envelope.position,
            "stream": envelope.stream,
            "revision": envelope.revision,
            "id": envelope.id,
            "kind": envelope.kind,
            "recordedAt": time::format(envelope.recorded_at),
            "actor": envelope.who,
            "personId": by.map(|caller| caller.person),
            "partyId": by.map(|caller| caller.party),
            "via": envelope.via,
            "causation": envelope.causation,
            "correlation": envelope.correlation,
        });
        let (key, value) = match self.disclosed(record) {
            Disclosure::Nothing(_) => return None,
            Disclosure::Happened(refusal) => ("withheld", json!(refusal.code())),
            Disclosure::Content => content(record),
        };
        line.as_object_mut()?.insert(key.to_owned(), value);
        Some(line)
    }

    fn disclosed(&self, record: &Record) -> Disclosure {
        let look = |view: &PlanView| shown::disclosed(view, &self.caller, &record.envelope);
        let disclosed = self.app.views.look(self.plan, look);
        disclosed.unwrap_or(Disclosure::Nothing(Refusal::NoSuchPlan))
    }

    fn caller_of(&self, actor: ActorRef) -> Option<Caller> {
        self.app
            .views
            .look(self.plan, |view| view.caller_of(actor))
            .flatten()
    }
}

fn content(record: &Record) -> (&'static str, Value) {
    let bytes = match &record.payload {
        Payload::Erased => return ("erased", Value::Bool(true)),
        Payload::Present { bytes, .. } => bytes,
    };
    if record.envelope.kind == TEXT_CHANGED {
        return ("payloadBase64", Value::String(STANDARD.encode(bytes)));
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) if canonical::to_vec(&value).is_ok() => ("payload", value),
        _ => ("payloadBase64", Value::String(STANDARD.encode(bytes))),
    }
}
