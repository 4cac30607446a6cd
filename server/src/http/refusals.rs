//! What the API refused, to whom and why: one line in the log each, as long as there are few.
//!
//! Why here and not where it is refused: handlers, extractors, the policy and the core all refuse; every answer
//! passes here once. The address holds ids only, and what follows a `?` is not logged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use schema::ids::PersonId;

use super::app::App;
use super::problem::Refused;
use super::programs::bearer;
use super::request::signed_in;
use crate::clock;
use crate::core::refusals::{LineBudget, person_text};

/// What is needed to log: who people are, and how many lines each of them has left.
#[derive(Clone)]
pub struct RefusalLog {
    app: App,
    /// One for everybody who is signed in, one for all others.
    budgets: Arc<Mutex<BTreeMap<Option<PersonId>, LineBudget>>>,
}

impl RefusalLog {
    /// For one server.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self {
            app,
            budgets: Arc::default(),
        }
    }
}

/// Who asks, or whose program.
fn asker(app: &App, headers: &HeaderMap) -> Option<PersonId> {
    let session = match bearer(headers) {
        Ok(None) => return Some(signed_in(app, headers).ok()??.caller.person),
        Ok(Some(token)) => app.accounts.access(&token, clock::now_ms())?.session,
        Err(_) => return None,
    };
    Some(session.caller.person)
}

/// Logs the answer if it refuses.
pub async fn note(State(log): State<RefusalLog>, request: Request, next: Next) -> Response {
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let resource = request.uri().path().to_owned();
    let response = next.run(request).await;
    if let Some(Refused(code)) = response.extensions().get() {
        let person = asker(&log.app, &headers);
        let mut budgets = log.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held_back) = budgets.entry(person).or_default().take(clock::now_ms()) {
            let person = person_text(person);
            tracing::info!(person, action = %method, resource, code, held_back, "refused");
        }
    }
    response
}
