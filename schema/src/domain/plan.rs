//! The plan itself: its title and areas, the parties and teams in it, what its commitments serve.
//!
//! Why it exists: chapters and commitments refer to parties, teams, challenges and strands; this one stream
//! says which there are. People are not here but in [`rights`](super::rights).
//!
//! # Invariants
//!
//! - Making a plan also names its first Programmateam member, in the same batch: no plan without one.
//! - A party that still has people or commitments stays; so does a team with chapters or members.

pub mod messages;

use std::collections::BTreeMap;

pub use self::messages::{Challenge, Command, Event, HistoryOpenness, Party, Recovery, Strand};
use super::policy::{self, Action};
use super::rights::{self, Role};
use super::values::Line;
use super::{At, Caller, PlanState, Refusal};
use crate::ids::{ChallengeId, PartyId, StrandId, TeamId};
use crate::limits::{PARTIES_PER_PLAN_MAX, STRUCTURE_ITEMS_MAX, TEAMS_PER_PLAN_MAX};

/// The fold of a plan's own events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Title.
    pub title: Line,
    /// Areas.
    pub areas: Vec<Line>,
    /// Who may play back early history.
    pub history: HistoryOpenness,
    /// Parties by id.
    pub parties: BTreeMap<PartyId, Party>,
    /// Names of teams by id.
    pub teams: BTreeMap<TeamId, Line>,
    /// Challenges by id.
    pub challenges: BTreeMap<ChallengeId, Challenge>,
    /// Strands by id.
    pub strands: BTreeMap<StrandId, Strand>,
    /// When it was made, and by whom.
    pub created: At,
}

/// Says which facts a command adds.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn decide(state: &PlanState, caller: &Caller, command: &Command) -> Result<Vec<super::Event>, Refusal> {
    let plan = match (&state.plan, command) {
        (None, Command::Create { title, areas, party }) => return create(caller, title, areas, party),
        (None, _) => return Err(Refusal::NoSuchPlan),
        (Some(_), Command::Create { .. }) => return Err(Refusal::AlreadyExists),
        (Some(plan), _) => plan,
    };
    policy::may(state, Some(caller), &Action::Structure)?;
    let event = structure(state, plan, command)?;
    Ok(event.into_iter().map(super::Event::Plan).collect())
}

fn create(
    caller: &Caller,
    title: &Line,
    areas: &[Line],
    party: &Party,
) -> Result<Vec<super::Event>, Refusal> {
    fits(areas.len(), STRUCTURE_ITEMS_MAX)?;
    let Caller { person, party: id } = *caller;
    Ok(vec![
        super::Event::Plan(Event::Created {
            title: title.clone(),
            areas: areas.to_vec(),
        }),
        super::Event::Plan(Event::PartyAdded {
            id,
            party: party.clone(),
        }),
        super::Event::Rights(rights::Event::Granted {
            person,
            party: id,
            role: Role::Programmateam,
            mandate: None,
        }),
    ])
}

fn structure(state: &PlanState, plan: &Plan, command: &Command) -> Result<Option<Event>, Refusal> {
    let event = match command.clone() {
        Command::Create { .. } => return Err(Refusal::AlreadyExists),
        Command::Rename { title } => (plan.title != title).then_some(Event::Renamed { title }),
        Command::SetAreas { areas } => {
            fits(areas.len(), STRUCTURE_ITEMS_MAX)?;
            (plan.areas != areas).then_some(Event::AreasSet { areas })
        }
        Command::SetHistory { openness } => {
            (plan.history != openness).then_some(Event::HistorySet { openness })
        }
        Command::AddParty { id, party } => {
            absent(&plan.parties, &id)?;
            fits(plan.parties.len() + 1, PARTIES_PER_PLAN_MAX)?;
            Some(Event::PartyAdded { id, party })
        }
        Command::ChangeParty { id, party } => {
            let known = plan.parties.get(&id).ok_or(Refusal::NoSuchParty)?;
            (*known != party).then_some(Event::PartyChanged { id, party })
        }
        Command::RemoveParty { id, reason } => {
            plan.parties.get(&id).ok_or(Refusal::NoSuchParty)?;
            party_unused(state, id)?;
            Some(Event::PartyRemoved { id, reason })
        }
        Command::FormTeam { id, name } => {
            absent(&plan.teams, &id)?;
            fits(plan.teams.len() + 1, TEAMS_PER_PLAN_MAX)?;
            Some(Event::TeamFormed { id, name })
        }
        Command::RenameTeam { id, name } => {
            let known = plan.teams.get(&id).ok_or(Refusal::NoSuchTeam)?;
            (*known != name).then_some(Event::TeamRenamed { id, name })
        }
        Command::EndTeam { id } => {
            plan.teams.get(&id).ok_or(Refusal::NoSuchTeam)?;
            team_unused(state, id)?;
            Some(Event::TeamEnded { id })
        }
        Command::PutChallenge { id, challenge } => {
            let same = plan.challenges.get(&id) == Some(&challenge);
            fits(plan.challenges.len() + 1, STRUCTURE_ITEMS_MAX)?;
            (!same).then_some(Event::ChallengePut { id, challenge })
        }
        Command::PutStrand { id, strand } => put_strand(plan, id, strand)?,
    };
    Ok(event)
}

fn put_strand(plan: &Plan, id: StrandId, strand: Strand) -> Result<Option<Event>, Refusal> {
    fits(plan.strands.len() + 1, STRUCTURE_ITEMS_MAX)?;
    let mut above = strand.parent;
    while let Some(parent) = above {
        if parent == id {
            return Err(Refusal::StrandUnderItself);
        }
        above = plan.strands.get(&parent).ok_or(Refusal::NoSuchStrand)?.parent;
    }
    let same = plan.strands.get(&id) == Some(&strand);
    Ok((!same).then_some(Event::StrandPut { id, strand }))
}

fn absent<K: Ord, V>(known: &BTreeMap<K, V>, id: &K) -> Result<(), Refusal> {
    if known.contains_key(id) {
        Err(Refusal::AlreadyExists)
    } else {
        Ok(())
    }
}

fn fits(count: usize, max: usize) -> Result<(), Refusal> {
    if count <= max {
        Ok(())
    } else {
        Err(Refusal::TooMany)
    }
}

fn party_unused(state: &PlanState, party: PartyId) -> Result<(), Refusal> {
    let has_people = state.rights.people().any(|(_, of, _)| of == party);
    let has_commitments = state.commitments.values().any(|known| known.content.names(party));
    if has_people || has_commitments {
        Err(Refusal::PartyInUse)
    } else {
        Ok(())
    }
}

fn team_unused(state: &PlanState, team: TeamId) -> Result<(), Refusal> {
    let has_chapters = state
        .chapters
        .iter()
        .any(|(_, chapter)| chapter.team == Some(team));
    let has_members = state.rights.members(team).next().is_some();
    if has_chapters || has_members {
        Err(Refusal::TeamInUse)
    } else {
        Ok(())
    }
}

/// Folds one fact. Total: what makes no sense here changes nothing.
pub fn evolve(plan: &mut Option<Plan>, at: At, event: &Event) {
    match (plan.as_mut(), event.clone()) {
        (None, Event::Created { title, areas }) => *plan = Some(Plan::new(at, title, areas)),
        (None, _) | (Some(_), Event::Created { .. }) => {}
        (Some(plan), event) => plan.fold(event),
    }
}

impl Plan {
    fn new(created: At, title: Line, areas: Vec<Line>) -> Self {
        Self {
            title,
            areas,
            history: HistoryOpenness::default(),
            parties: BTreeMap::new(),
            teams: BTreeMap::new(),
            challenges: BTreeMap::new(),
            strands: BTreeMap::new(),
            created,
        }
    }

    fn fold(&mut self, event: Event) {
        match event {
            // A fact about the log; the plan is what the events before it made.
            Event::Created { .. } | Event::Recovered(_) => {}
            Event::Renamed { title } => self.title = title,
            Event::AreasSet { areas } => self.areas = areas,
            Event::HistorySet { openness } => self.history = openness,
            Event::PartyAdded { id, party } | Event::PartyChanged { id, party } => {
                self.parties.insert(id, party);
            }
            Event::PartyRemoved { id, .. } => {
                self.parties.remove(&id);
            }
            Event::TeamFormed { id, name } | Event::TeamRenamed { id, name } => {
                self.teams.insert(id, name);
            }
            Event::TeamEnded { id } => {
                self.teams.remove(&id);
            }
            Event::ChallengePut { id, challenge } => {
                self.challenges.insert(id, challenge);
            }
            Event::StrandPut { id, strand } => {
                self.strands.insert(id, strand);
            }
        }
    }
}

#[cfg(test)]
mod tests;
