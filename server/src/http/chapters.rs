//! `/plans/{planId}/chapters`: a chapter's place and state. Its text is not here but at `/sync`.

use axum::extract::State;
use axum::http::StatusCode;
use schema::domain::Command;
use schema::domain::chapter::{self, Place};
use schema::domain::policy::Action;
use schema::domain::values::Line;
use schema::ids::{ChapterId, PlanId, TeamId};
use schema::log::Stream;
use serde::Deserialize;

use super::answer::Revised;
use super::answer::chapter::{Chapter, ChapterState};
use super::app::{App, Asked};
use super::names::Names;
use super::problem::{ApiError, Problem};
use super::request::{Body, IdempotencyKey, IfMatch, Path, SignedIn, given, made_id};
use crate::core::CommandAnswer;
use crate::views::PlanView;

/// `NewChapter`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewChapter {
    title: Line,
    parent_id: Option<ChapterId>,
    after_id: Option<ChapterId>,
    team_id: Option<TeamId>,
}

/// `ChapterPatch`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChapterPatch {
    title: Option<Line>,
    #[serde(default, deserialize_with = "given")]
    parent_id: Option<Option<ChapterId>>,
    #[serde(default, deserialize_with = "given")]
    after_id: Option<Option<ChapterId>>,
    #[serde(default, deserialize_with = "given")]
    team_id: Option<Option<TeamId>>,
}

/// `ChapterStateChange`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChapterStateChange {
    to: ChapterState,
    reason: Option<Line>,
    version: Option<Line>,
}

fn shown(app: &App, who: &SignedIn, view: &PlanView, id: ChapterId) -> Result<Revised<Chapter>, ApiError> {
    let chapter = Chapter::of(view, &Names::new(&app.accounts, view), &who.caller, id)?;
    let revision = view.state.revisions.get(&Stream::Chapter(id)).copied();
    Ok(Revised::found(revision, chapter))
}

/// The chapter as a command left it.
async fn answered(
    app: &App,
    who: &SignedIn,
    (plan, id): (PlanId, ChapterId),
    answer: CommandAnswer,
) -> Result<Revised<Chapter>, ApiError> {
    let show = |view: &PlanView| shown(app, who, view, id);
    app.answered(who, (plan, Stream::Chapter(id)), answer, show).await
}

/// `GET …/{chapterId}`.
///
/// # Errors
/// What the policy says.
pub async fn get(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, ChapterId)>,
    who: SignedIn,
) -> Result<Revised<Chapter>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        shown(&app, &who, view, id)
    })
}

/// `POST …`: adds a chapter, last among its siblings unless it says after which.
///
/// # Errors
/// What the core says.
pub async fn create(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewChapter>,
) -> Result<Revised<Chapter>, ApiError> {
    let id = ChapterId::from_bytes(made_id("chapter", &who, key));
    let after = match body.after_id {
        Some(after) => Some(after),
        None => last_child(&app, &who, plan, body.parent_id, id)?,
    };
    let place = Place {
        parent: body.parent_id,
        after,
    };
    let command = chapter::Command::Create {
        title: body.title,
        place,
        team: body.team_id,
    };
    let answer = app.ask(&who, asked(plan, key, id, command)).await?;
    let made = answered(&app, &who, (plan, id), answer).await?;
    Ok(Revised::created(
        made.revision,
        format!("/api/v1/plans/{plan}/chapters/{id}"),
        made.body,
    ))
}

/// `PATCH …/{chapterId}`: renames, moves, assigns; all or nothing.
///
/// # Errors
/// What the core says.
pub async fn amend(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, ChapterId)>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<ChapterPatch>,
) -> Result<Revised<Chapter>, ApiError> {
    let place = new_place(&app, &who, (plan, id), &body)?;
    let command = chapter::Command::Amend {
        title: body.title,
        place,
        team: body.team_id,
    };
    let answer = app.ask(&who, asked(plan, key, id, command)).await?;
    answered(&app, &who, (plan, id), answer).await
}

/// `POST …/{chapterId}/state-changes`.
///
/// # Errors
/// What the core says; 412 when somebody was earlier.
pub async fn change_state(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, ChapterId)>,
    who: SignedIn,
    (key, IfMatch(expected)): (IdempotencyKey, IfMatch),
    Body(body): Body<ChapterStateChange>,
) -> Result<Revised<Chapter>, ApiError> {
    let reason = body
        .reason
        .ok_or_else(|| Problem::BadRequest("a reason is needed".to_owned()));
    let command = match body.to {
        ChapterState::Reading => chapter::Command::Offer,
        ChapterState::Frozen => chapter::Command::Freeze {
            version: body.version,
            reason: reason?,
        },
        ChapterState::Drafting => chapter::Command::Reopen { reason: reason? },
    };
    let asked = Asked {
        expected,
        ..asked(plan, key, id, command)
    };
    let answer = app.ask(&who, asked).await?;
    Ok(Revised {
        status: StatusCode::CREATED,
        ..answered(&app, &who, (plan, id), answer).await?
    })
}

fn asked(plan: PlanId, key: IdempotencyKey, id: ChapterId, command: chapter::Command) -> Asked {
    Asked {
        plan,
        key,
        command: Command::Chapter(id, command),
        expected: None,
    }
}

/// Absent `parentId` stays; a new parent without `afterId` means last there; `afterId: null` means first.
fn new_place(
    app: &App,
    who: &SignedIn,
    (plan, id): (PlanId, ChapterId),
    patch: &ChapterPatch,
) -> Result<Option<Place>, ApiError> {
    if patch.parent_id.is_none() && patch.after_id.is_none() {
        return Ok(None);
    }
    let stays = app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        Ok(view.state.chapters.get(id).and_then(|known| known.parent))
    })?;
    let parent = patch.parent_id.unwrap_or(stays);
    let after = match patch.after_id {
        Some(after) => after,
        None => last_child(app, who, plan, parent, id)?,
    };
    Ok(Some(Place { parent, after }))
}

/// The last sibling there, not counting the chapter itself (a retry finds it already in place).
fn last_child(
    app: &App,
    who: &SignedIn,
    plan: PlanId,
    parent: Option<ChapterId>,
    id: ChapterId,
) -> Result<Option<ChapterId>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        let siblings = view.state.chapters.children(parent);
        Ok(siblings.iter().rev().find(|sibling| **sibling != id).copied())
    })
}
