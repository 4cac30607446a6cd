//! `PlanSummary` and `Plan`: the outline that every page starts from.

use std::collections::BTreeMap;

use schema::domain::policy::{self, Action, Reach, Reader, sees_people_of, sees_rights_of};
use schema::domain::{Caller, Refusal};
use schema::ids::{ChallengeId, PartyId, PersonId, PlanId, Position, StrandId, TeamId};
use serde::Serialize;

use super::chapter::Chapter;
use super::right::RoleName;
use super::{PartyName, PersonName};
use crate::http::names::Names;
use crate::views::PlanView;

/// `PlanSummary`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PlanSummary {
    title: String,
    region: String,
    id: PlanId,
}

impl PlanSummary {
    /// A plan; `None` when nobody made it yet.
    #[must_use]
    pub fn of(view: &PlanView, id: PlanId) -> Option<Self> {
        let plan = view.state.plan.as_ref()?;
        Some(Self {
            title: plan.title.to_string(),
            region: region(view),
            id,
        })
    }
}

fn region(view: &PlanView) -> String {
    let areas = view
        .state
        .plan
        .iter()
        .flat_map(|plan| &plan.areas)
        .map(ToString::to_string);
    areas.collect::<Vec<_>>().join(", ")
}

/// `Party`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Party {
    name: String,
    sector: String,
    id: PartyId,
}

/// `Team`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Team {
    name: String,
    id: TeamId,
}

impl Team {
    /// A team with its name.
    #[must_use]
    pub fn of(view: &PlanView, id: TeamId) -> Self {
        let known = view.state.plan.as_ref().and_then(|plan| plan.teams.get(&id));
        Self {
            name: known.map(ToString::to_string).unwrap_or_default(),
            id,
        }
    }
}

/// `Challenge`.
#[derive(Debug, Serialize)]
pub struct Challenge {
    id: ChallengeId,
    title: String,
    priority: Option<u16>,
    reasoning: Option<String>,
}

/// `Strand`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Strand {
    id: StrandId,
    title: String,
    kind: String,
    parent_id: Option<StrandId>,
}

/// `Person`.
#[derive(Debug, Serialize)]
pub struct Person {
    id: PersonId,
    name: String,
    party: PartyName,
    roles: Vec<RoleName>,
}

/// `Plan`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    id: PlanId,
    title: String,
    region: String,
    position: Position,
    chapters: Vec<Chapter>,
    parties: Vec<Party>,
    teams: Vec<Team>,
    challenges: Vec<Challenge>,
    strands: Vec<Strand>,
    people: Vec<Person>,
    may_manage_rights: bool,
    may_structure: bool,
    reads_people: Reach,
    reads_commitments: Reach,
    reads_events: Reach,
    may_create_commitments: bool,
    last_erasure: Option<Position>,
}

impl Plan {
    /// A plan as a reader sees it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPlan`] when nobody made it yet.
    pub fn of(view: &PlanView, names: &Names<'_>, reader: &Reader, id: PlanId) -> Result<Self, Refusal> {
        let caller = &reader.caller;
        let plan = view.state.plan.as_ref().ok_or(Refusal::NoSuchPlan)?;
        let may = |action: Action| policy::may(&view.state, Some(caller), &action).is_ok();
        let order = view.state.chapters.in_reading_order();
        let chapters: Result<Vec<_>, _> = order
            .iter()
            .map(|(_, chapter)| Chapter::of(view, names, caller, *chapter))
            .collect();
        let mut parties: Vec<_> = plan
            .parties
            .iter()
            .map(|(id, party)| Party {
                name: party.name.to_string(),
                sector: party.sector.to_string(),
                id: *id,
            })
            .collect();
        parties.sort();
        let mut teams: Vec<_> = plan.teams.keys().map(|team| Team::of(view, *team)).collect();
        teams.sort();
        Ok(Self {
            id,
            title: plan.title.to_string(),
            region: region(view),
            position: view.last_position(),
            chapters: chapters?,
            parties,
            teams,
            challenges: challenges(plan),
            strands: strands(plan),
            people: people(view, names, reader),
            may_manage_rights: may(Action::GrantRights),
            may_structure: may(Action::Structure),
            reads_people: policy::people_seen(&view.state, caller),
            reads_commitments: policy::commitments_read(&view.state, caller),
            reads_events: policy::events_seen(&view.state, caller),
            may_create_commitments: order
                .iter()
                .any(|(_, chapter)| may(Action::CreateCommitment(*chapter))),
            last_erasure: view.state.erasures.last_approved().map(|at| at.position),
        })
    }
}

fn challenges(plan: &schema::domain::plan::Plan) -> Vec<Challenge> {
    let challenge = |(id, known): (&ChallengeId, &schema::domain::plan::Challenge)| Challenge {
        id: *id,
        title: known.title.to_string(),
        priority: known.priority,
        reasoning: known.reasoning.as_ref().map(ToString::to_string),
    };
    let mut challenges: Vec<_> = plan.challenges.iter().map(challenge).collect();
    challenges.sort_by(|a, b| {
        let key = |challenge: &Challenge| challenge.priority.unwrap_or(u16::MAX);
        (key(a), &a.title).cmp(&(key(b), &b.title))
    });
    challenges
}

fn strands(plan: &schema::domain::plan::Plan) -> Vec<Strand> {
    let strand = |(id, known): (&StrandId, &schema::domain::plan::Strand)| Strand {
        id: *id,
        title: known.title.to_string(),
        kind: known.kind.to_string(),
        parent_id: known.parent,
    };
    let mut strands: Vec<_> = plan.strands.iter().map(strand).collect();
    strands.sort_by(|a, b| a.title.cmp(&b.title));
    strands
}

/// Whom the reader may see of those who have a role, once per party they act for, by name; who had one only, for whom the
/// history of rights is.
fn people(view: &PlanView, names: &Names<'_>, reader: &Reader) -> Vec<Person> {
    let mut people: BTreeMap<(String, PersonId, PartyId), Person> = BTreeMap::new();
    let rights = &view.state.rights;
    let now = rights
        .people()
        .filter(|(_, party, _)| sees_people_of(&view.state, &reader.caller, *party));
    let now = now.map(|(person, party, grants)| {
        let mut roles: Vec<RoleName> = grants.keys().map(RoleName::from).collect();
        roles.sort();
        roles.dedup();
        (person, party, roles)
    });
    let former = rights
        .former()
        .filter(|caller| sees_rights_of(&view.state, reader, caller.party))
        .map(|Caller { person, party }| (person, party, Vec::new()));
    for (person, party, roles) in now.chain(former) {
        let PersonName { id, name } = names.person(person);
        let key = (name.to_lowercase(), id, party);
        people.insert(
            key,
            Person {
                id,
                name,
                party: names.party(party),
                roles,
            },
        );
    }
    people.into_values().collect()
}
