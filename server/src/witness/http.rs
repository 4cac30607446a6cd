//! How a witness is asked: `POST /add-checkpoint` and `GET /<log>/checkpoint` of C2SP `tlog-witness`, and a page for
//! people.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use schema::audit::witness::{AddCheckpoint, Refusal, Scope, answer};
use schema::ids::TimestampMs;
use schema::limits::WITNESS_REQUEST_BYTES_MAX;

use super::Witness;
use super::store::{Judge, NotCosigned};

const TEXT: &str = "text/plain; charset=utf-8";

/// Everything a witness answers.
pub fn router(witness: Witness) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/vkey", get(vkey))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{log}/checkpoint", get(checkpoint))
        .layer(DefaultBodyLimit::max(WITNESS_REQUEST_BYTES_MAX))
        .with_state(witness)
}

async fn add_checkpoint(State(witness): State<Witness>, body: Bytes) -> Response {
    let judged = tokio::task::spawn_blocking(move || witness.add(&body)).await;
    match judged {
        Ok(Ok(lines)) => ([(header::CONTENT_TYPE, TEXT)], lines).into_response(),
        Ok(Err(NotCosigned::Refused(refusal))) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            let (content_type, body) = refusal.body();
            (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not cosigned: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl Witness {
    fn add(&self, body: &[u8]) -> Result<String, NotCosigned> {
        let request = AddCheckpoint::parse(body).map_err(Refusal::from)?;
        let judge = Judge {
            rules: &self.shared.rules,
            signer: &self.shared.signer,
            now: (self.shared.now)(),
        };
        let stated = request.checkpoint.checkpoint();
        let (origin, size) = (&stated.origin, stated.head.size);
        match self.shared.store.add(&request, judge) {
            Ok(cosignature) => {
                tracing::info!(%origin, size, "cosigned {size} events of {origin}");
                Ok(answer(&[cosignature]))
            }
            Err(error) => {
                let is_split = matches!(error, NotCosigned::Refused(Refusal::NotConsistent(_)));
                if is_split {
                    tracing::error!(%origin, size, "{origin} does not continue what was cosigned before: {error}");
                } else {
                    tracing::info!(%origin, size, "not cosigned: {error}");
                }
                Err(error)
            }
        }
    }
}

async fn checkpoint(State(witness): State<Witness>, Path(log): Path<String>) -> Response {
    match witness.shared.store.promise(&log) {
        Some(promise) => ([(header::CONTENT_TYPE, TEXT)], promise.note.to_string()).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            "this witness has cosigned nothing of that log\n",
        )
            .into_response(),
    }
}

async fn vkey(State(witness): State<Witness>) -> Response {
    ([(header::CONTENT_TYPE, TEXT)], witness.vkey() + "\n").into_response()
}

/// For people: who this is, whom it watches, how far it has come.
async fn page(State(witness): State<Witness>) -> Html<String> {
    let watched = witness.shared.rules.0.iter().map(|rule| match &rule.scope {
        Scope::Exact(origin) => format!("<li><code>{}</code>", escaped(origin.as_str())),
        Scope::Below(prefix) => format!("<li>alles onder <code>{}</code>", escaped(&prefix.to_string())),
    });
    let watched: String = watched.collect();
    let promised = witness.shared.store.promises().into_iter().map(|promise| {
        let at = schema::date_time::format(TimestampMs(promise.cosigned_at * 1_000));
        let origin = escaped(promise.origin().as_str());
        format!("<tr><td><code>{origin}</code><td>{}<td>{at}", promise.head().size)
    });
    let promised: String = promised.collect();
    Html(format!(
        "<!doctype html><html lang=\"nl\"><meta charset=\"utf-8\"><title>Getuige</title>\
         <h1>Getuige</h1><p>Deze getuige medeondertekent hoe ver logboeken zijn gekomen, en weigert als er iets is \
         herschreven.</p><h2>Sleutel</h2><p><code>{}</code></p><h2>Ziet toe op</h2><ul>{watched}</ul>\
         <h2>Medeondertekend</h2><table><tr><th>Logboek<th>Gebeurtenissen<th>Wanneer (UTC){promised}</table></html>",
        escaped(&witness.vkey())
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
