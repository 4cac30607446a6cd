//! `GET …/writers`: whose the automerge actors of a chapter's text are.
//!
//! Why it exists: a device that was away receives the changes of others with the actors that made them. Who those are
//! is proved by `actor.bound/1` at the server; the device asks it before it tells its writer what others did.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use schema::domain::policy::Action;
use schema::ids::{BoundActor, ChapterId, PlanId, Position};
use schema::limits::WRITERS_ASKED_MAX;
use serde::{Deserialize, Serialize};

use super::super::answer::{Actor, Source};
use super::super::app::App;
use super::super::names::Names;
use super::super::problem::{ApiError, Problem};
use super::super::request::{Path, Query, SignedIn};

/// Of which actors.
#[derive(Debug, Deserialize)]
pub struct Asked {
    actors: String,
}

/// `WriterList`.
#[derive(Debug, Serialize)]
pub struct Writers {
    items: Vec<Writer>,
}

/// `Writer`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Writer {
    text_actor: BoundActor,
    actor: Actor,
    source: Source,
    is_you: bool,
}

/// `GET …`: of actors that were not bound for this chapter it says nothing. One that was bound may have written nothing
/// yet: whoever asks by its id has it from the chapter's text, or from those who write there now.
///
/// # Errors
/// What the policy says; 400 for ids that are none and for too many of them.
pub async fn list(
    State(app): State<App>,
    Path((plan, chapter)): Path<(PlanId, ChapterId)>,
    // First: a program is told that this is not for it, whatever it asks.
    who: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Json<Writers>, ApiError> {
    let asked = actors_of(&asked.actors)?;
    app.read(plan, &who.caller, &Action::OpenText(chapter), |_| Ok(()))?;
    // What the device received is in the log, and perhaps not in the view yet.
    let last = app.log.next_position(plan).0.saturating_sub(1);
    app.views.at_least(plan, Position(last)).await?;
    app.read(plan, &who.caller, &Action::OpenText(chapter), |view| {
        let names = Names::new(&app.accounts, view);
        let writers = view.actors.iter().filter_map(|(actor, bound)| {
            let text = bound.text.filter(|text| text.chapter == chapter)?;
            asked.contains(&text.actor).then(|| Writer {
                text_actor: text.actor,
                actor: names.actor(actor),
                source: names.source(actor),
                is_you: bound
                    .caller()
                    .is_some_and(|caller| caller.person == who.caller.person),
            })
        });
        Ok(Json(Writers {
            items: writers.collect(),
        }))
    })
}

fn actors_of(list: &str) -> Result<BTreeSet<BoundActor>, Problem> {
    let wrong = || {
        Problem::BadRequest(format!(
            "actors is a list of at most {WRITERS_ASKED_MAX} ids, with commas between them"
        ))
    };
    let parsed: Option<BTreeSet<BoundActor>> = list.split(',').map(|id| id.parse().ok()).collect();
    parsed
        .filter(|actors| actors.len() <= WRITERS_ASKED_MAX)
        .ok_or_else(wrong)
}
