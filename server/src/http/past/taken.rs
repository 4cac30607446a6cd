//! `GET …/taken-words`: which of the caller's own words went when others restored earlier text of a chapter.
//!
//! Why it exists: whoever has a chapter open reads of a restore at once. Who was away has to learn of it too, and what
//! they have to learn is which of their words are no longer there.

use axum::Json;
use axum::extract::State;
use schema::domain::Caller;
use schema::domain::policy::Action;
use schema::ids::{ChapterId, PlanId, Position, Revision};
use schema::log::Via;
use schema::text::history::quotes::OwnWords;
use schema::text::history::sessions::Session;
use serde::Serialize;

use super::super::answer::Source;
use super::super::answer::history::{HistoryEntry, QuotedWords};
use super::super::app::App;
use super::super::hands::Hand;
use super::super::problem::ApiError;
use super::super::request::{Path, SignedIn};
use super::list::{Reader, within};
use crate::views::chapter_history::HistorySession;

/// `TakenWords`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenWords {
    chapter_id: ChapterId,
    last_wrote: Option<Position>,
    items: Vec<TakenByRestore>,
}

/// `TakenByRestore`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TakenByRestore {
    restore: HistoryEntry,
    count: usize,
    words: QuotedWords,
}

/// `GET …`.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    who: SignedIn,
) -> Result<Json<TakenWords>, ApiError> {
    let reads = Action::ReadHistory(key.1);
    let asked = app.past_of(key, &who.caller, &reads, &[])?;
    // Most chapters were never restored: of those nobody has to read the past.
    let restored = app.read(key.0, &who.caller, &reads, |view| Ok(view.was_restored(key.1)))?;
    let nothing = TakenWords {
        chapter_id: key.1,
        last_wrote: None,
        items: Vec::new(),
    };
    if !restored {
        return Ok(Json(nothing));
    }
    let person = who.caller.person;
    let scope = asked.scope;
    let taken = app.ask_past(key, move |past| {
        let reader = Reader::new(past, &asked);
        let is_person = |caller: Option<Caller>| caller.is_some_and(|caller| caller.person == person);
        let is_own = |revision: Revision| match reader.hand(revision) {
            Some(Hand::Writer(caller)) => is_person(caller),
            Some(Hand::Brought(caller)) => is_person(Some(caller)),
            Some(Hand::Document | Hand::StartText | Hand::Rewritten) | None => false,
        };
        let typed = |who, via| matches!(via, Via::Browser | Via::Token) && is_person(asked.cast.caller(who));
        let by_others = |session: &HistorySession<(Option<Caller>, Source)>| {
            let restore = session.session.restore;
            let restore = restore.and_then(|position| past.restore(Position(position)));
            restore.is_some_and(|restore| !is_person(asked.cast.caller(restore.at.who)))
        };
        let mut sessions = past.sessions(|actor| asked.cast.hand(actor));
        sessions.retain(by_others);
        let spans: Vec<Session<_>> = sessions.iter().map(|each| each.session.clone()).collect();
        let own = past.history().own_words_taken(&spans, is_own);
        let taken = sessions.into_iter().zip(own).rev();
        let items = taken.filter(|(_, own)| own.count > 0);
        let items = items.filter_map(|(session, OwnWords { count, places })| {
            Some(TakenByRestore {
                restore: within(scope, reader.entry(session))?,
                count,
                words: reader.quoted(places),
            })
        });
        Ok(TakenWords {
            last_wrote: past.last_written(typed),
            items: items.collect(),
            ..nothing
        })
    });
    taken.await.map(Json)
}
