//! `GET …/restore-preview` and `POST …/restores`: earlier text comes back as new changes that merge.
//!
//! Nobody's typing keeps a restore from succeeding: it is planned on the text of the copy it is written on, and what
//! was written since merges with it. What happened after the text that the restorer saw stays.

use std::sync::Arc;

use automerge::ActorId;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schema::domain::policy::Action;
use schema::domain::values::Line;
use schema::ids::{BoundActor, ChapterId, CommandId, PlanId, Position, Revision};
use schema::log::event::kept_command_id;
use schema::log::{Stream, Via};
use schema::text::follow::Copy;
use schema::text::history::restore::{
    Author, Ground, Placement, RestoreError, RestoredSection, Scope, TextRestored,
};
use serde::{Deserialize, Serialize};

use super::super::answer::text::ChapterDifference;
use super::super::app::App;
use super::super::hands::Hands;
use super::super::problem::{ApiError, Problem};
use super::super::request::{Body, IdempotencyKey, Path, Query, SignedIn};
use super::list::recorded_at;
use super::{Section, no_such_section};
use crate::clock;
use crate::core::{CoreRefusal, Origin, Purpose, RecallRequest, WriteRequest};
use crate::views::chapter_history::Past;

/// How often a restore is planned anew because another restore, or a new generation of the text, came between.
const TRIES_MAX: usize = 20;

/// What would come back, and where the text stood that the restorer looked at: what happened later stays.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    to_position: u64,
    section: Option<usize>,
    seen_position: Option<u64>,
}

impl Wanted {
    fn to(&self) -> Position {
        Position(self.to_position)
    }

    /// Every position whose text it names.
    fn looked_at(&self) -> Vec<Position> {
        let seen = self.seen_position.map(Position);
        std::iter::once(self.to()).chain(seen).collect()
    }

    /// The ground of a plan on the text as it was after a revision.
    fn ground(&self, past: &Past, now: Revision) -> Result<Ground, ApiError> {
        let seen = self.seen_position.map(Position);
        let seen = seen.map_or(Ok(now), |seen| past.revision_at(Some(seen)))?;
        Ok(Ground { now, seen })
    }
}

/// `NewChapterRestore`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRestore {
    to_position: u64,
    section: Option<usize>,
    seen_position: Option<u64>,
    reason: Option<Line>,
}

/// `RestorePreview`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    to_position: Position,
    recorded_at: Option<String>,
    section: Option<Section>,
    placement: &'static str,
    difference: ChapterDifference,
}

/// `ChapterRestore`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    position: Position,
    before_position: Position,
    after_position: Position,
    to_position: Position,
}

/// `GET …/restore-preview`.
///
/// # Errors
/// What the policy says.
pub async fn preview(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    Query(wanted): Query<Wanted>,
    who: SignedIn,
) -> Result<Json<Preview>, ApiError> {
    let to = wanted.to();
    let asked = app.past_of(key, &who.caller, &Action::RestoreText(key.1), &wanted.looked_at())?;
    let preview = app.ask_past(key, move |past| {
        let (scope, section) = scope(past, to, wanted.section)?;
        let ground = wanted.ground(past, past.revision_at(None)?)?;
        let plan = past
            .history()
            .plan_restore_on(ground, past.revision_at(Some(to))?, &scope);
        let plan = plan.map_err(|_| no_such_section())?;
        let hands = Hands::new(past, &asked.cast, asked.scope);
        let difference = plan.preview(|revision| hands.of(revision));
        let now = past.at(plan.before()).map_or(asked.now, |at| at.position);
        Ok(Json(Preview {
            to_position: to,
            recorded_at: recorded_at(past, to),
            section,
            placement: match plan.placement {
                Placement::Replaces => "replaces",
                Placement::ComesBack => "comesBack",
                Placement::NoChange => "noChange",
            },
            difference: ChapterDifference::of((key.1, now, to), &difference, &hands),
        }))
    });
    preview.await
}

fn scope(past: &Past, to: Position, index: Option<usize>) -> Result<(Scope, Option<Section>), ApiError> {
    let Some(index) = index else {
        return Ok((Scope::Chapter, None));
    };
    let found = past
        .view(past.revision_at(Some(to))?)
        .sections()
        .into_iter()
        .nth(index);
    let found = found.ok_or_else(no_such_section)?;
    let scope = Scope::Section(found.first.clone());
    Ok((scope, Some(Section::of(found, index))))
}

/// `POST …/restores`.
///
/// # Errors
/// What the policy says; 409 when nothing would change, or other restores kept coming between.
pub async fn restore(
    State(app): State<App>,
    Path(chapter): Path<(PlanId, ChapterId)>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewRestore>,
) -> Result<Response, ApiError> {
    let reason = body
        .reason
        .ok_or_else(|| Problem::BadRequest("a reason is needed".to_owned()))?;
    let wish = Wish {
        wanted: Wanted {
            to_position: body.to_position,
            section: body.section,
            seen_position: body.seen_position,
        },
        reason: reason.to_string(),
    };
    let looked_at = wish.wanted.looked_at();
    app.past_of(chapter, &who.caller, &Action::RestoreText(chapter.1), &looked_at)?;
    let recall = RecallRequest {
        caller: who.caller,
        plan: chapter.0,
        id: key.id,
        content: key.content,
    };
    // What was restored before cannot be planned again: nothing would change.
    if app.core.recall(recall).await?.is_some() {
        return answer(&app, &who, chapter, key).await;
    }
    for _ in 0..TRIES_MAX {
        // Seen before the text is: a restore that comes between makes this one plan again on what it made.
        let seen = last_in_chapter(&app, chapter)?;
        let (generation, copy) = app.core.copy(chapter.0, chapter.1).await?;
        let wish = wish.clone();
        let written = app
            .ask_past(chapter, move |past| write(past, &copy, wish, generation))
            .await?;
        let Some(written) = written else { continue };
        let request = WriteRequest {
            caller: who.caller,
            origin: Origin {
                via: Via::Restore,
                ..who.origin()
            },
            plan: chapter.0,
            chapter: chapter.1,
            id: key.id,
            content: key.content,
            actor: written.actor,
            generation,
            changes: written.changes,
            purpose: Purpose::Restore {
                payload: written.payload,
                seen,
            },
        };
        match app.core.write(request).await {
            // A restore or a new generation came between planning and writing: what was planned no longer fits.
            Err(CoreRefusal::Stale { .. } | CoreRefusal::Change(_)) => continue,
            written => written?,
        };
        return answer(&app, &who, chapter, key).await;
    }
    Err(Problem::TextMovedOn.into())
}

/// The revision of a chapter's own stream, in which every restore leaves an event.
fn last_in_chapter(app: &App, (plan, chapter): (PlanId, ChapterId)) -> Result<Option<Revision>, ApiError> {
    Ok(app.log.last_revision(plan, &Stream::Chapter(chapter))?)
}

/// What a command restored, between the text just before it and the text just after it.
async fn answer(
    app: &App,
    who: &SignedIn,
    (plan, chapter): (PlanId, ChapterId),
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    let last = app.log.next_position(plan).0.saturating_sub(1);
    app.views.at_least(plan, Position(last)).await?;
    let id = kept_command_id(who.caller.person, who.caller.party, key.id);
    let (position, written, to_position) = made(app, plan, id).ok_or(Problem::NoChange)?;
    // What was typed between planning and writing stood there too, and an undo must not take it away.
    let before_position = app.ask_past((plan, chapter), move |past| {
        let just_before = past.revision_at(Some(Position(position.0.saturating_sub(1))))?;
        Ok(past.at(just_before).map_or(to_position, |at| at.position))
    });
    let made = Made {
        position,
        before_position: before_position.await?,
        // One batch holds its event and right behind it the changes.
        after_position: Position(position.0 + written),
        to_position,
    };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Where a command's restore stands, how many changes it wrote and what it brought back; nothing if it made none.
fn made(app: &App, plan: PlanId, id: CommandId) -> Option<(Position, u64, Position)> {
    app.views.look(plan, |view| {
        let (position, restored) = view.restored_by(id)?;
        Some((position, restored.changes.len() as u64, restored.to_position))
    })?
}

/// A restore as it is asked for.
#[derive(Clone)]
struct Wish {
    wanted: Wanted,
    reason: String,
}

/// A restore ready for the core.
struct Written {
    actor: BoundActor,
    changes: Vec<Arc<[u8]>>,
    payload: Arc<[u8]>,
}

/// Plans and writes a restore on the server's copy; `None` when the past does not know that copy (its generation ended).
fn write(
    past: &Past,
    copy: &Copy,
    wish: Wish,
    generation: schema::ids::Generation,
) -> Result<Option<Written>, ApiError> {
    let to = wish.wanted.to();
    let (scope, section) = scope(past, to, wish.wanted.section)?;
    let history = past.history();
    // The past may be ahead of the copy by what was typed since: that merges.
    let Some(now) = history.reached_by(&copy.doc().get_heads()) else {
        return Ok(None);
    };
    let ground = wish.wanted.ground(past, now)?;
    let plan = history.plan_restore_on(ground, past.revision_at(Some(to))?, &scope);
    let plan = plan.map_err(|_| no_such_section())?;
    if plan.placement == Placement::NoChange {
        return Err(Problem::NoChange.into());
    }
    let actor: [u8; 16] = clock::random_bytes();
    let time = i64::try_from(clock::now_ms().0 / 1_000).unwrap_or_default();
    let author = Author {
        actor: ActorId::from(actor),
        time,
    };
    let restored = match plan.write(copy.doc().clone(), &author) {
        Ok(restored) => restored,
        Err(RestoreError::NotAtHeads) => return Ok(None),
        Err(error) => return Err(ApiError::Restore(error)),
    };
    let event = TextRestored {
        generation,
        to_position: to,
        before_position: past.at(plan.before()).map_or(to, |at| at.position),
        section: section.map(|section| RestoredSection {
            heading: section.heading,
            title: section.title,
        }),
        reason: Some(wish.reason),
        changes: restored
            .changes
            .iter()
            .map(|change| change.hash().to_string())
            .collect(),
        actors: restored.actors,
        links: restored.links,
    };
    Ok(Some(Written {
        actor: BoundActor::from_bytes(actor),
        changes: restored
            .changes
            .iter()
            .map(|change| Arc::from(change.raw_bytes()))
            .collect(),
        payload: event.payload().into(),
    }))
}
