//! `/plans/{planId}/rights`: the roles people hold, given and taken by the Programmateam.

use axum::extract::State;
use axum::http::StatusCode;
use schema::domain::policy::{Action, sees_people_of, sees_rights_of};
use schema::domain::rights::{self, Mandate, Role};
use schema::domain::values::Line;
use schema::domain::{Caller, Command, Refusal};
use schema::ids::{PartyId, PersonId, PlanId, TeamId};
use schema::log::Stream;
use serde::Deserialize;

use super::answer::right::{Right, RoleName, id};
use super::answer::{Items, Revised};
use super::app::{App, Asked};
use super::names::Names;
use super::problem::{ApiError, Problem};
use super::request::{Body, IdempotencyKey, Path, Query, SignedIn};
use crate::core::RecallRequest;
use crate::views::PlanView;

/// `NewRight`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRight {
    person_id: PersonId,
    party_id: PartyId,
    role: RoleName,
    team_id: Option<TeamId>,
    body: Option<Line>,
    mandate: Option<Mandate>,
}

/// Why a role is taken away.
#[derive(Deserialize)]
pub struct Withdrawal {
    reason: Option<Line>,
}

/// `GET …`: by the name of the person, of whom the policy shows to the caller. On what mandate is for those who make the
/// plan with them, and for their own party.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
) -> Result<Revised<Items<Right>>, ApiError> {
    app.read(plan, &who.caller, &Action::ReadPeople, |view| {
        let names = Names::new(&app.accounts, view);
        let mut items: Vec<_> = all(view)
            .filter(|(caller, ..)| sees_people_of(&view.state, &who.caller, caller.party))
            .map(|(caller, role, grant)| {
                let right = Right::of(view, &names, &caller, role, grant);
                match sees_rights_of(&view.state, &who.reader(), caller.party) {
                    true => right,
                    false => right.without_mandate(),
                }
            })
            .collect();
        items.sort_by_cached_key(Right::sort_key);
        Ok(Revised::found(
            view.state.revisions.get(&Stream::Rights).copied(),
            Items { items },
        ))
    })
}

fn all(view: &PlanView) -> impl Iterator<Item = (Caller, &Role, &rights::Grant)> {
    view.state.rights.people().flat_map(|(person, party, grants)| {
        grants
            .iter()
            .map(move |(role, grant)| (Caller { person, party }, role, grant))
    })
}

/// `POST …`.
///
/// # Errors
/// What the core says.
pub async fn grant(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    who: SignedIn,
    key: IdempotencyKey,
    Body(body): Body<NewRight>,
) -> Result<Revised<Right>, ApiError> {
    let needed = || Problem::BadRequest("this role needs a teamId or a body".to_owned());
    let role = body.role.with(body.team_id, body.body).ok_or_else(needed)?;
    let caller = Caller {
        person: body.person_id,
        party: body.party_id,
    };
    let Caller { person, party } = caller;
    app.read(plan, &who.caller, &Action::GrantRights, |_| Ok(()))?;
    app.accounts.person(person).ok_or(Problem::NoSuchPerson)?;
    let command = rights::Command::Grant {
        person,
        party,
        role: role.clone(),
        mandate: body.mandate,
    };
    let asked = Asked {
        plan,
        key,
        command: Command::Rights(command),
        expected: None,
    };
    let answer = app.ask(&who, asked).await?;
    let name = id(&caller, &role);
    let show = |view: &PlanView| {
        let names = Names::new(&app.accounts, view);
        let given = all(view).find(|(of, known, _)| *of == caller && **known == role);
        let (_, role, grant) = given.ok_or(Refusal::NoSuchGrant)?;
        Ok(Right::of(view, &names, &caller, role, grant))
    };
    let right = app.answered(&who, (plan, Stream::Rights), answer, show).await?;
    Ok(Revised::created(
        answer.revision,
        format!("/api/v1/plans/{plan}/rights/{name}"),
        right,
    ))
}

/// `DELETE …/{rightId}`.
///
/// # Errors
/// What the core says.
pub async fn withdraw(
    State(app): State<App>,
    Path((plan, right)): Path<(PlanId, String)>,
    Query(query): Query<Withdrawal>,
    who: SignedIn,
    key: IdempotencyKey,
) -> Result<StatusCode, ApiError> {
    let reason = query
        .reason
        .ok_or_else(|| Problem::BadRequest("a reason is needed".to_owned()))?;
    let recall = RecallRequest {
        caller: who.caller,
        plan,
        id: key.id,
        content: key.content,
    };
    // After the first time the right is no longer there to be found.
    if app.core.recall(recall).await?.is_some() {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (caller, role) = app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        let known = all(view).find(|(caller, role, _)| id(caller, role) == right);
        let (caller, role, _) = known.ok_or(Refusal::NoSuchGrant)?;
        Ok((caller, role.clone()))
    })?;
    let Caller { person, party } = caller;
    let command = rights::Command::Withdraw {
        person,
        party,
        role,
        reason,
    };
    app.ask(
        &who,
        Asked {
            plan,
            key,
            command: Command::Rights(command),
            expected: None,
        },
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
