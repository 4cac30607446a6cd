//! `/plans/{planId}/erasures`: content to be forgotten, asked by one person of the Programmateam, approved by another.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use schema::domain::erasure::{self, Command, Extent, Ground, Outcome, Target, is_past};
use schema::domain::policy::Action;
use schema::domain::rights::Role;
use schema::domain::values::Line;
use schema::domain::{Caller, Command as AnyCommand, Refusal};
use schema::ids::{ChapterId, ErasureId, PersonId, PlanId, Position, Revision};
use schema::limits::ERASURE_EVENTS_MAX;
use schema::log::{Record, Stream};
use serde::{Deserialize, Serialize};

use super::answer::Revised;
use super::answer::erasure::Erasure;
use super::app::{App, Asked};
use super::names::Names;
use super::problem::{ApiError, Problem};
use super::proofs::blocking;
use super::request::{Body, IdempotencyKey, Path, SignedIn, made_id};
use crate::audit::opening;
use crate::core::{CoreRefusal, Expected};
use crate::log::EventLog;
use crate::log::Selector;
use crate::shell::load::read_all;
use crate::views::PlanView;

/// How often an approval looks again because somebody else's came first.
const TRIES: usize = 3;

/// `NewErasure`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewErasure {
    positions: Option<BTreeSet<Position>>,
    text_of: Option<ChapterId>,
    ground: Ground,
    explanation: Line,
    extent: Option<Extent>,
}

/// `ErasureDecision`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    decision: Decided,
    reason: Option<Line>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Decided {
    Approve,
    Decline,
}

/// `ErasureList`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Erasures {
    items: Vec<Erasure>,
    other_members: usize,
}

/// `GET …`: newest first.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
) -> Result<Revised<Erasures>, ApiError> {
    app.read(plan, &who.caller, &Action::EraseContent, |view| {
        let names = Names::new(&app.accounts, view);
        let mut ids: Vec<_> = view.state.erasures.iter().map(|(id, _)| id).collect();
        ids.sort_by_key(|id| Erasure::sort_key(view, *id));
        let items: Result<Vec<_>, _> = ids
            .into_iter()
            .map(|id| Erasure::of(view, &names, &who.caller, (plan, id)))
            .collect();
        let body = Erasures {
            items: items?,
            other_members: other_members(view, &who.caller),
        };
        Ok(Revised::found(revision(view), body))
    })
}

/// `GET …/{erasureId}`.
///
/// # Errors
/// What the policy says.
pub async fn get(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, ErasureId)>,
    who: SignedIn,
) -> Result<Revised<Erasure>, ApiError> {
    look(&app, &who, plan, id)
}

/// `POST …`.
///
/// # Errors
/// What the core says; 404 for an event that the plan does not have.
pub async fn request(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewErasure>,
) -> Result<Revised<Erasure>, ApiError> {
    app.read(plan, &who.caller, &Action::EraseContent, |_| Ok(()))?;
    let id = ErasureId::from_bytes(made_id("erasure", &who, key));
    let command = command_of(&app, plan, &who, body).await?;
    app.ask(&who, asked(plan, key, id, command)).await?;
    let made = look(&app, &who, plan, id)?;
    Ok(Revised::created(
        made.revision,
        format!("/api/v1/plans/{plan}/erasures/{id}"),
        made.body,
    ))
}

async fn command_of(app: &App, plan: PlanId, who: &SignedIn, body: NewErasure) -> Result<Command, ApiError> {
    let (ground, explanation) = (body.ground, body.explanation);
    let extent = body.extent.unwrap_or(Extent::Content);
    match (body.positions, body.text_of) {
        (None, Some(chapter)) => Ok(Command::RequestText {
            chapter,
            ground,
            explanation,
            extent,
            let_in_by: who.let_in_by.clone(),
        }),
        (Some(positions), None) => {
            if positions.len() > ERASURE_EVENTS_MAX {
                return Err(Refusal::TooMany.into());
            }
            let targets = targets_of(app, plan, &positions).await?;
            let (are_past, _) = are_past(app, plan, &targets).await?;
            Ok(Command::Request {
                targets,
                are_past,
                ground,
                explanation,
                extent,
                let_in_by: who.let_in_by.clone(),
            })
        }
        (Some(_), Some(_)) | (None, None) => {
            let what = "either positions or textOf says what is to be erased";
            Err(Problem::BadRequest(what.to_owned()).into())
        }
    }
}

/// `POST …/{erasureId}/decisions`.
///
/// # Errors
/// What the core says.
pub async fn decide(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, ErasureId)>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<Decision>,
) -> Result<Revised<Erasure>, ApiError> {
    match (body.decision, body.reason) {
        (Decided::Approve, _) => approve(&app, &who, plan, (id, key)).await?,
        (Decided::Decline, Some(reason)) => {
            app.ask(&who, asked(plan, key, id, Command::Decline { reason }))
                .await?;
        }
        (Decided::Decline, None) => {
            return Err(Problem::BadRequest("a reason is needed".to_owned()).into());
        }
    }
    Ok(Revised {
        status: StatusCode::CREATED,
        ..look(&app, &who, plan, id)?
    })
}

/// Approves, on what the log holds at the moment when the approval stands: two requests that are harmless each may
/// not be so together.
async fn approve(
    app: &App,
    who: &SignedIn,
    plan: PlanId,
    (id, key): (ErasureId, IdempotencyKey),
) -> Result<(), ApiError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let targets = app.read(plan, &who.caller, &Action::EraseContent, |view| {
            let known = view.state.erasures.get(id).ok_or(Refusal::NoSuchErasure)?;
            Ok(known.targets.clone())
        })?;
        let (are_past, expected) = are_past(app, plan, &targets).await?;
        // Others came first each time. Without a revision the core itself says whether this request was decided; what
        // the log was looked through for is not relied on then.
        let is_last = tries >= TRIES;
        let let_in_by = who.let_in_by.clone();
        let command = Command::Approve {
            are_past: are_past && !is_last,
            let_in_by,
        };
        let asked = Asked {
            expected: expected.filter(|_| !is_last).map(Expected::At),
            ..asked(plan, key, id, command)
        };
        match app.ask(who, asked).await {
            Err(ApiError::Core(CoreRefusal::Stale { .. })) => {}
            Err(ApiError::Core(CoreRefusal::Refused(Refusal::StillInForce))) if is_last && are_past => {
                return Err(Problem::Busy.into());
            }
            Err(error) => return Err(error),
            Ok(_) => {
                app.eraser.wake();
                return Ok(());
            }
        }
    }
}

fn asked(plan: PlanId, key: IdempotencyKey, id: ErasureId, command: Command) -> Asked {
    Asked {
        plan,
        key,
        command: AnyCommand::Erasure(id, command),
        expected: None,
    }
}

fn look(app: &App, who: &SignedIn, plan: PlanId, id: ErasureId) -> Result<Revised<Erasure>, ApiError> {
    app.read(plan, &who.caller, &Action::EraseContent, |view| {
        let found = Erasure::of(view, &Names::new(&app.accounts, view), &who.caller, (plan, id))?;
        Ok(Revised::found(revision(view), found))
    })
}

fn revision(view: &PlanView) -> Option<Revision> {
    view.state.revisions.get(&Stream::Erasures).copied()
}

/// How many other people can approve what somebody asks.
fn other_members(view: &PlanView, caller: &Caller) -> usize {
    let members: BTreeSet<PersonId> = view
        .state
        .rights
        .people()
        .filter(|(.., grants)| grants.contains_key(&Role::Programmateam))
        .map(|(person, ..)| person)
        .filter(|person| *person != caller.person)
        .collect();
    members.len()
}

/// The events at some positions, if they are of a sort that is erased this way.
async fn targets_of(
    app: &App,
    plan: PlanId,
    positions: &BTreeSet<Position>,
) -> Result<Vec<Target>, ApiError> {
    let (log, positions) = (Arc::clone(&app.log), positions.clone());
    blocking(move || {
        let target = |position: Position| {
            let found = opening::read(log.as_ref(), plan, position.0, 1)?;
            let found = found
                .first()
                .filter(|record| record.envelope.position == position);
            let record = found.ok_or(Problem::NoSuchEvent(position))?;
            Ok(Target::of(&record.envelope)?)
        };
        positions.into_iter().map(target).collect()
    })
    .await
}

/// Whether what the targets outside commitments say is past, together with everything that was approved before; and
/// the revision of the requests of which that is true.
async fn are_past(app: &App, plan: PlanId, targets: &[Target]) -> Result<(bool, Option<Revision>), ApiError> {
    let looked = app.views.look(plan, |view| {
        let approved = view.state.erasures.iter().filter(|(_, known)| is_approved(known));
        let positions: BTreeSet<Position> = approved
            .flat_map(|(_, known)| &known.targets)
            .chain(targets)
            .filter(|target| target.commitment().is_none())
            .map(|target| target.position)
            .collect();
        let streams = view.state.revisions.keys().copied();
        let streams: Vec<Stream> = streams.filter(is_folded_together).collect();
        (positions, streams, revision(view))
    });
    let (positions, streams, revision) = looked.ok_or(Problem::NoSuchPlan)?;
    if positions.is_empty() {
        return Ok((true, revision));
    }
    let log = Arc::clone(&app.log);
    let past = blocking(move || {
        let records = records_of(log.as_ref(), plan, &streams)?;
        Ok(is_past(&records, &positions))
    });
    Ok((past.await?, revision))
}

const fn is_approved(known: &erasure::Erasure) -> bool {
    matches!(known.outcome, Outcome::Approved { .. })
}

const fn is_folded_together(stream: &Stream) -> bool {
    matches!(stream, Stream::Plan | Stream::Rights | Stream::Chapter(_))
}

fn records_of(log: &dyn EventLog, plan: PlanId, streams: &[Stream]) -> Result<Vec<Record>, ApiError> {
    let mut records = Vec::new();
    for stream in streams {
        let read = read_all(log, plan, &Selector::Stream(*stream));
        records.extend(read.map_err(CoreRefusal::Unavailable)?);
    }
    records.sort_by_key(|record| record.envelope.position);
    Ok(records)
}
