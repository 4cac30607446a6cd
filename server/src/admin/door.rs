//! The server's half of the admin door: HTTP on a socket in the data directory.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path as InPath, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use schema::ids::{IncarnationId, PlanId, Position};
use schema::limits::LOG_PAGE_EVENTS_MAX;
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;

use super::{records, socket_of};
use crate::accounts::Grantee;
use crate::audit::held::Held;
use crate::backup::source::End;
use crate::causes;
use crate::cli::link;
use crate::http::App;
use crate::log::{Direction, Extent, ReadRequest, Selector, order};

/// An open door; closed when dropped.
pub struct Door {
    listener: Option<UnixListener>,
    path: PathBuf,
}

impl Door {
    /// Opens the door of a data directory whose log this process holds, so a name that is there is a stale one.
    ///
    /// # Errors
    /// What the operating system says; the path of a socket may have some 100 bytes.
    pub fn open(data: &Path) -> io::Result<Self> {
        let path = socket_of(data);
        std::fs::set_permissions(data, PermissionsExt::from_mode(0o700))?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600))?;
        Ok(Self {
            listener: Some(listener),
            path,
        })
    }

    /// Answers for as long as it is polled.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(mut self, app: App) -> io::Result<()> {
        match self.listener.take() {
            Some(listener) => axum::serve(listener, router(app)).await,
            None => Ok(()),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What can be asked at the door.
fn router(app: App) -> Router {
    Router::new()
        .route("/log", get(log))
        .route("/log/verify", post(verify))
        .route("/plans/{plan}/records", get(records_of))
        .route("/plans/{plan}/erased", get(erased))
        .route("/accounts", get(accounts))
        .route("/sign-in-links", post(sign_in_link))
        .with_state(app)
}

/// The log in a few words.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogAnswer {
    /// Its life.
    pub incarnation: IncarnationId,
    /// How far every plan goes.
    pub plans: Vec<End>,
}

async fn log(State(app): State<App>) -> Json<LogAnswer> {
    let end = |plan| {
        let newest = app
            .audit
            .plan(plan)
            .and_then(|published| published.state().newest.clone());
        End {
            plan,
            checkpoint: newest.map(|newest| newest.note.to_string()),
            next: app.log.next_position(plan),
        }
    };
    Json(LogAnswer {
        incarnation: app.log.incarnation(),
        plans: app.log.plans().into_iter().map(end).collect(),
    })
}

/// Which records.
#[derive(Debug, Deserialize)]
struct Wanted {
    from: u64,
    limit: usize,
}

async fn records_of(
    State(app): State<App>,
    InPath(plan): InPath<PlanId>,
    Query(wanted): Query<Wanted>,
) -> Result<Vec<u8>, Trouble> {
    let read = move || {
        let page = app.log.read(&ReadRequest {
            plan,
            selector: Selector::All,
            from: wanted.from,
            direction: Direction::Forward,
            limit: wanted.limit.min(LOG_PAGE_EVENTS_MAX),
        });
        Ok(records::encode(&page.map_err(trouble)?))
    };
    on_a_thread(read).await
}

/// An erased event: position, and whether its envelope salt is gone too.
pub type ErasedAnswer = (Position, bool);

async fn erased(
    State(app): State<App>,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<Vec<ErasedAnswer>>, Trouble> {
    let read = move || {
        let erased = app.log.erased(plan).map_err(trouble)?.into_iter();
        let answer = erased.map(|(position, extent)| (position, extent == Extent::PayloadAndEnvelopeSalt));
        Ok(Json(answer.collect()))
    };
    on_a_thread(read).await
}

async fn accounts(State(app): State<App>) -> Result<Vec<u8>, Trouble> {
    on_a_thread(move || app.accounts.copy_out().map_err(trouble)).await
}

/// What `log verify` found of a running log: every record is proved, and held against what was signed; the index is checked when the server is stopped.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct VerifyAnswer {
    /// Plans.
    pub plans: u64,
    /// Events.
    pub events: u64,
}

async fn verify(State(app): State<App>) -> Result<Json<VerifyAnswer>, Trouble> {
    let read = move || {
        let mut answer = VerifyAnswer::default();
        for plan in app.log.plans() {
            answer.plans += 1;
            let newest = app
                .audit
                .plan(plan)
                .and_then(|published| published.state().newest.clone());
            let mut signed = newest.map(|newest| Held::against(newest.head()));
            let proved = order::prove_also(app.log.as_ref(), plan, &mut |plan, record| match &mut signed {
                Some(held) => Ok(held.take(plan, record)?),
                None => Ok(()),
            });
            answer.events += proved.map_err(trouble)?;
        }
        Ok(Json(answer))
    };
    on_a_thread(read).await
}

/// For whom, and where browsers reach the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkRequest {
    /// For whom.
    #[serde(flatten)]
    pub grantee: Grantee,
    /// `https://host`.
    pub origin: String,
}

async fn sign_in_link(
    State(app): State<App>,
    Json(request): Json<LinkRequest>,
) -> Result<Json<String>, Trouble> {
    let make = move || {
        let link = link::make_for_known(&app, request.grantee, &request.origin);
        link.map(Json).map_err(trouble)
    };
    on_a_thread(make).await
}

/// Reading and flushing block: they run beside the sockets' threads.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let worked = tokio::task::spawn_blocking(work).await;
    worked.unwrap_or_else(|error| Err(trouble(error)))
}

/// What went wrong, in a sentence for the operator.
struct Trouble(Arc<str>);

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

fn trouble(error: impl Into<anyhow::Error>) -> Trouble {
    Trouble(causes::told(&error.into()).into())
}
