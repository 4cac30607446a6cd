//! `/plans/{planId}/commitments`: the register, and who changed what in it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schema::domain::Command;
use schema::domain::commitment::{self, Completeness, Content, Patch};
use schema::domain::policy::{self, Action};
use schema::domain::values::Line;
use schema::ids::{ChapterId, CommitmentId, PartyId, PlanId, Revision};
use serde::{Deserialize, Serialize};

use super::answer::commitment::{Commitment, CommitmentChange};
use super::answer::{Items, Revised};
use super::app::{App, Asked};
use super::names::Names;
use super::problem::{ApiError, Problem};
use super::request::{Body, IdempotencyKey, IfMatch, Path, Query, SignedIn, made_id};

/// Which commitments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    party_id: Option<PartyId>,
    chapter_id: Option<ChapterId>,
    stage: Option<Completeness>,
    query: Option<String>,
}

impl Wanted {
    fn takes(&self, content: &Content) -> bool {
        let text = || {
            let title = content.title.as_ref().map_or("", Line::as_str);
            let solution = content.solution.as_ref().map_or("", |solution| solution.as_str());
            format!("{title}\n{solution}").to_lowercase()
        };
        self.party_id.is_none_or(|party| content.names(party))
            && self
                .chapter_id
                .is_none_or(|chapter| content.chapter == Some(chapter))
            && self.stage.is_none_or(|stage| content.completeness() == stage)
            && self.query.as_ref().is_none_or(|words| {
                let text = text();
                words
                    .to_lowercase()
                    .split_whitespace()
                    .all(|word| text.contains(word))
            })
    }
}

/// Which revision.
#[derive(Debug, Deserialize)]
pub struct AtRevision {
    revision: Option<u64>,
}

/// `NewCommitmentRestore`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restore {
    to_revision: Revision,
    reason: Option<Line>,
}

/// `CommitmentChangeList`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    commitment_id: CommitmentId,
    items: Vec<CommitmentChange>,
}

/// `GET …`: those the caller may read, by title.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    Query(wanted): Query<Wanted>,
    who: SignedIn,
) -> Result<Json<Items<Commitment>>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        let names = Names::new(&app.accounts, view);
        let may = |id| policy::may(&view.state, Some(&who.caller), &Action::ReadCommitment(id)).is_ok();
        let readable = view
            .state
            .commitments
            .iter()
            .filter(|(id, known)| wanted.takes(&known.content) && may(**id));
        let items: Result<Vec<_>, _> = readable
            .map(|(id, _)| Commitment::of(view, &names, &who.caller, *id, None))
            .collect();
        let mut items = items?;
        items.sort_by_cached_key(Commitment::sort_key);
        Ok(Json(Items { items }))
    })
}

fn look(
    app: &App,
    who: &SignedIn,
    (plan, id): (PlanId, CommitmentId),
    revision: Option<Revision>,
) -> Result<Revised<Commitment>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadCommitment(id), |view| {
        let found = Commitment::of(view, &Names::new(&app.accounts, view), &who.caller, id, revision)?;
        Ok(Revised::found(Some(found.revision()), found))
    })
}

/// `GET …/{commitmentId}`.
///
/// # Errors
/// What the policy says.
pub async fn get(
    State(app): State<App>,
    Path(names): Path<(PlanId, CommitmentId)>,
    Query(query): Query<AtRevision>,
    who: SignedIn,
) -> Result<Revised<Commitment>, ApiError> {
    look(&app, &who, names, query.revision.map(Revision))
}

/// `POST …`.
///
/// # Errors
/// What the core says.
pub async fn create(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(content): Body<Content>,
) -> Result<Revised<Commitment>, ApiError> {
    let id = CommitmentId::from_bytes(made_id("commitment", &who, key));
    let command = commitment::Command::Create {
        content: Box::new(content),
    };
    let answer = app.ask(&who, asked(plan, key, id, command)).await?;
    let made = look(&app, &who, (plan, id), answer.revision)?;
    Ok(Revised::created(
        made.revision,
        format!("/api/v1/plans/{plan}/commitments/{id}"),
        made.body,
    ))
}

/// `PATCH …/{commitmentId}`.
///
/// # Errors
/// What the core says; 412 when somebody was earlier.
pub async fn amend(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, CommitmentId)>,
    who: SignedIn,
    (key, IfMatch(expected)): (IdempotencyKey, IfMatch),
    Body(patch): Body<Patch>,
) -> Result<Revised<Commitment>, ApiError> {
    let command = commitment::Command::Amend {
        patch: Box::new(patch),
    };
    let asked = Asked {
        expected,
        ..asked(plan, key, id, command)
    };
    let answer = app.ask(&who, asked).await?;
    look(&app, &who, (plan, id), answer.revision)
}

/// `POST …/{commitmentId}/restores`.
///
/// # Errors
/// What the core says; 412 when somebody was earlier.
pub async fn restore(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, CommitmentId)>,
    who: SignedIn,
    (key, IfMatch(expected)): (IdempotencyKey, IfMatch),
    Body(body): Body<Restore>,
) -> Result<Revised<Commitment>, ApiError> {
    let reason = body
        .reason
        .ok_or_else(|| Problem::BadRequest("a reason is needed".to_owned()))?;
    let command = commitment::Command::Restore {
        to: body.to_revision,
        reason,
    };
    let asked = Asked {
        expected,
        ..asked(plan, key, id, command)
    };
    let answer = app.ask(&who, asked).await?;
    Ok(Revised {
        status: StatusCode::CREATED,
        ..look(&app, &who, (plan, id), answer.revision)?
    })
}

fn asked(plan: PlanId, key: IdempotencyKey, id: CommitmentId, command: commitment::Command) -> Asked {
    Asked {
        plan,
        key,
        command: Command::Commitment(id, command),
        expected: None,
    }
}

/// `GET …/{commitmentId}/changes`: newest first.
///
/// # Errors
/// What the policy says.
pub async fn changes(
    State(app): State<App>,
    Path((plan, id)): Path<(PlanId, CommitmentId)>,
    who: SignedIn,
) -> Result<Json<Changes>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadCommitment(id), |view| {
        let names = Names::new(&app.accounts, view).for_reader(who.reader());
        let newest_first = view.changes(id).iter().rev();
        let items = newest_first
            .map(|entry| CommitmentChange::of(entry, &names))
            .collect();
        Ok(Json(Changes {
            commitment_id: id,
            items,
        }))
    })
}
