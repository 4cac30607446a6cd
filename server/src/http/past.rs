//! A chapter's text and its past: reading it at a position, who wrote what, what differs, which sections it has.
//!
//! Outside the chapter's team history starts at the team's first offer; every question here asks that first, and
//! words from before are ascribed to nobody.

pub mod list;
pub mod restore;
pub mod taken;
pub mod writers;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schema::domain::policy::{self, Action, HistoryScope};
use schema::domain::{At, Caller, Refusal};
use schema::ids::{ChapterId, PlanId, Position, Revision};
use schema::richtext::{document, spans};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Revised;
use super::answer::chapter::ChapterState;
use super::answer::text::{ChapterBlame, ChapterDifference};
use super::app::App;
use super::hands::Hands;
use super::names::Cast;
use super::problem::{ApiError, Problem};
use super::request::{IfNoneMatch, Path, Query, SignedIn};
use super::time;
use crate::views::chapter_history::{HistoryError, Past};

/// As it was when.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct AtPosition {
    at: Option<u64>,
}

/// Between when.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Between {
    from: u64,
    to: Option<u64>,
}

/// `ChapterText`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChapterText {
    chapter_id: ChapterId,
    title: String,
    state: ChapterState,
    at: Position,
    recorded_at: Option<String>,
    document: Value,
}

/// `SectionList`.
#[derive(Serialize)]
pub struct Sections {
    at: Position,
    items: Vec<Section>,
}

/// `Section`.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// Its place in the list.
    pub index: usize,
    /// The level of its heading.
    pub level: u8,
    /// The words of its heading.
    pub title: String,
    /// What it is known by, also where another section has the same title.
    pub heading: String,
}

impl Section {
    /// The one at a place among the sections of a text.
    fn of(section: schema::text::history::restore::Section, index: usize) -> Self {
        Self {
            index,
            level: section.level,
            title: section.title,
            heading: section.first.to_string(),
        }
    }
}

/// A chapter of a plan, with what is needed to answer about its past.
pub struct Asked {
    /// The chapter.
    pub chapter: ChapterId,
    /// Who acted.
    pub cast: Cast,
    /// From where on the caller may look into the past.
    pub scope: HistoryScope,
    /// The last position that the answer can hold.
    pub now: Position,
    title: String,
    state: ChapterState,
}

impl App {
    /// Prepares questions about a chapter at some positions, if the caller may ask them.
    ///
    /// # Errors
    /// What the policy says.
    pub fn past_of(
        &self,
        (plan, chapter): (PlanId, ChapterId),
        caller: &Caller,
        action: &Action,
        positions: &[Position],
    ) -> Result<Asked, ApiError> {
        self.read(plan, caller, action, |view| {
            let scope = policy::history_scope(&view.state, Some(caller), chapter);
            if !positions.is_empty() {
                let scope = scope?;
                positions
                    .iter()
                    .try_for_each(|position| scope.ensure(*position))?;
            }
            if positions.iter().any(|position| *position >= view.next_position()) {
                return Err(Problem::NoSuchPosition.into());
            }
            let known = view.state.chapters.get(chapter).ok_or(Refusal::NoSuchChapter)?;
            Ok(Asked {
                chapter,
                cast: Cast::of(&self.accounts, view),
                scope: scope.unwrap_or(HistoryScope::Everything),
                now: view.last_position(),
                title: known.title.to_string(),
                state: (&known.phase).into(),
            })
        })
    }

    /// Asks a chapter's past on a thread of its own, when it is one's turn: reading it may take a while.
    ///
    /// # Errors
    /// What the question says, that the past cannot be read, or that too many wait for it.
    pub async fn ask_past<T: Send + 'static>(
        &self,
        chapter: (PlanId, ChapterId),
        question: impl FnOnce(&Past) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let histories = self.histories.clone();
        let turn = histories.turn(chapter).await.ok_or(Problem::Busy)?;
        let asking = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            histories.ask(chapter, question)
        });
        asking.await.map_err(ApiError::Failed)?
    }
}

/// `GET …/text`: the text as a document, now or at a position. Who has it already (`If-None-Match`) is told so: a
/// page that follows a concept asks every few seconds.
///
/// # Errors
/// What the policy says.
pub async fn text(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    Query(query): Query<AtPosition>,
    IfNoneMatch(known): IfNoneMatch,
    who: SignedIn,
) -> Result<Response, ApiError> {
    let position = query.at.map(Position);
    let asked = app.past_of(key, &who.caller, &Action::ReadConcept(key.1), position.as_slice())?;
    let read = app
        .ask_past(key, move |past| {
            let revision = past.revision_at(position)?;
            // The event that starts a text holds no word of anyone.
            let written = past.at(revision).filter(|_| revision.0 > 0);
            if known.is_some() && known == written.map(tag_of) {
                return Ok((written, None));
            }
            let flat = spans::from_spans(past.view(revision).spans());
            Ok((written, Some(document::from_blocks(&flat.blocks))))
        })
        .await;
    let (written, document) = match read {
        Err(ApiError::History(HistoryError::NoText)) => (None, Some(document::from_blocks(&[]))),
        read => read?,
    };
    let tag = written.map(tag_of);
    let Some(document) = document else {
        return Ok(Revised::unchanged(tag).into_response());
    };
    let at = position.unwrap_or_else(|| written.map_or(asked.now, |at| at.position));
    let text = ChapterText {
        chapter_id: key.1,
        title: asked.title,
        state: asked.state,
        at,
        recorded_at: written.map(|at| time::format(at.recorded_at)),
        document,
    };
    Ok(Revised::found(tag, text).into_response())
}

/// A text is as old as its last event: that position is its tag.
const fn tag_of(at: At) -> Revision {
    Revision(at.position.0)
}

/// `GET …/blame`.
///
/// # Errors
/// What the policy says.
pub async fn blame(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    Query(query): Query<AtPosition>,
    who: SignedIn,
) -> Result<Json<ChapterBlame>, ApiError> {
    let position = query.at.map(Position);
    let asked = app.past_of(key, &who.caller, &Action::ReadHistory(key.1), position.as_slice())?;
    let blame = app.ask_past(key, move |past| {
        let revision = past.revision_at(position)?;
        let at = position
            .or_else(|| past.at(revision).map(|at| at.position))
            .unwrap_or(asked.now);
        let hands = Hands::new(past, &asked.cast, asked.scope);
        Ok(Json(ChapterBlame::of((key.1, at), past, revision, &hands)))
    });
    blame.await
}

/// `GET …/differences`.
///
/// # Errors
/// What the policy says.
pub async fn differences(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    Query(query): Query<Between>,
    who: SignedIn,
) -> Result<Json<ChapterDifference>, ApiError> {
    let (from, to) = (Position(query.from), query.to.map(Position));
    let positions: Vec<_> = std::iter::once(from).chain(to).collect();
    let asked = app.past_of(key, &who.caller, &Action::ReadHistory(key.1), &positions)?;
    let difference = app.ask_past(key, move |past| {
        let last = past.revision_at(to)?;
        // Before the first event there is no text; the first event holds an empty one.
        let first = past.revision_at(Some(from)).unwrap_or_default();
        let hands = Hands::new(past, &asked.cast, asked.scope);
        let difference = past
            .history()
            .difference(first, last, |revision| hands.of(revision));
        let to = to
            .or_else(|| past.at(last).map(|at| at.position))
            .unwrap_or(asked.now);
        Ok(Json(ChapterDifference::of(
            (key.1, from, to),
            &difference,
            &hands,
        )))
    });
    difference.await
}

/// `GET …/sections`.
///
/// # Errors
/// What the policy says.
pub async fn sections(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    Query(query): Query<AtPosition>,
    who: SignedIn,
) -> Result<Json<Sections>, ApiError> {
    let position = query.at.map(Position);
    let asked = app.past_of(key, &who.caller, &Action::ReadConcept(key.1), position.as_slice())?;
    let items = app.ask_past(key, move |past| {
        let found = past.view(past.revision_at(position)?).sections();
        let items = found
            .into_iter()
            .zip(0..)
            .map(|(section, index)| Section::of(section, index));
        Ok(items.collect())
    });
    let items = match items.await {
        Err(ApiError::History(HistoryError::NoText)) => Vec::new(),
        items => items?,
    };
    Ok(Json(Sections {
        at: position.unwrap_or(asked.now),
        items,
    }))
}

/// The index of a section that is not there.
pub(super) fn no_such_section() -> ApiError {
    Problem::BadRequest("that text has no section with this index".to_owned()).into()
}
