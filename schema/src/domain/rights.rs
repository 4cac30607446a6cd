//! People's roles: who may act in this plan, for which party, in which role.
//!
//! Why it is a stream of its own: every write of text is guarded by it, so a withdrawn right stops the very
//! next change. A person is an id here; names live in the accounts store.
//!
//! # Invariants
//!
//! - A plan keeps at least one Programmateam member.
//! - A Coalitie member has a recorded mandate.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::policy::{self, Action};
use super::values::{Date, Line};
use super::{At, Caller, PlanState, Refusal};
use crate::ids::{PartyId, PersonId, TeamId};
use crate::limits::GRANTS_PER_PLAN_MAX;

/// What can be asked about a person's roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Gives a role, or records another mandate for it.
    Grant {
        /// To whom.
        person: PersonId,
        /// For which party they act.
        party: PartyId,
        /// The role.
        role: Role,
        /// By which mandate; needed for the Coalitie.
        #[serde(default)]
        mandate: Option<Mandate>,
    },
    /// Takes a role away.
    Withdraw {
        /// From whom.
        person: PersonId,
        /// For which party they acted.
        party: PartyId,
        /// The role.
        role: Role,
        /// Why.
        reason: Line,
    },
}

/// What can have happened to a person's roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "payload",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Event {
    /// A role was given.
    #[serde(rename = "rights.granted/1")]
    Granted {
        /// To whom.
        person: PersonId,
        /// For which party they act.
        party: PartyId,
        /// The role.
        role: Role,
        /// By which mandate.
        mandate: Option<Mandate>,
    },
    /// A role was taken away.
    #[serde(rename = "rights.withdrawn/1")]
    Withdrawn {
        /// From whom.
        person: PersonId,
        /// For which party they acted.
        party: PartyId,
        /// The role.
        role: Role,
        /// Why.
        reason: Line,
    },
}

/// A role in a plan, always for a party.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Role {
    /// In a writing team; the Trekker is its `Lead`.
    Schrijfteam {
        /// Which team.
        team: TeamId,
        /// As what.
        as_role: TeamRole,
    },
    /// In the Verbindende Coalitie, for a sector.
    Coalitie,
    /// Speaks for the party.
    Bestuurder,
    /// Records what the party decides elsewhere.
    Contactpersoon,
    /// Facilitates and guards the process; eindredacteur after the hand-over.
    Programmateam,
    /// Sits in a body that decides, advises or is informed.
    BodyMember {
        /// Its name.
        body: Line,
    },
    /// An invited constituent or resident.
    Resident,
}

/// What one is in a writing team. Content experts: *werkzaam bij* a party, not *namens* it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TeamRole {
    /// Trekker.
    Lead,
    /// Procesbegeleider.
    Coordinator,
    /// Schrijver.
    Writer,
    /// Gathers people and makes a fundament's werkagenda.
    Kwartiermaker,
}

/// The ground on which somebody takes part for their sector or party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mandate {
    /// Who gave it and where it is recorded.
    pub source: Line,
    /// Since when.
    pub from: Date,
    /// Until when, inclusive, if it ends.
    #[serde(default)]
    pub until: Option<Date>,
}

/// One given role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its mandate, if any.
    pub mandate: Option<Mandate>,
    /// The event that gave it.
    pub since: At,
}

/// The roles of one person for one party.
pub type Grants = BTreeMap<Role, Grant>;

/// The fold of the rights stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    grants: BTreeMap<Caller, Grants>,
    /// Everyone who ever got a role.
    known: BTreeSet<Caller>,
}

impl Rights {
    /// The roles of a person for a party.
    pub fn roles(&self, caller: &Caller) -> impl Iterator<Item = &Role> {
        self.grants.get(caller).into_iter().flat_map(BTreeMap::keys)
    }

    /// Everyone with a role, per party.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, PartyId, &Grants)> {
        self.grants
            .iter()
            .map(|(caller, grants)| (caller.person, caller.party, grants))
    }

    /// Everyone who had a role once and has none now, per party.
    pub fn former(&self) -> impl Iterator<Item = Caller> {
        self.known
            .iter()
            .filter(|caller| !self.grants.contains_key(caller))
            .copied()
    }

    /// The parties a person may act for.
    pub fn parties_of(&self, person: PersonId) -> impl Iterator<Item = PartyId> {
        self.people()
            .filter(move |(who, ..)| *who == person)
            .map(|(_, party, _)| party)
    }

    /// The members of a team, with what they are in it.
    pub fn members(&self, team: TeamId) -> impl Iterator<Item = (Caller, TeamRole)> {
        self.grants.iter().flat_map(move |(caller, grants)| {
            grants.keys().filter_map(move |role| match role {
                Role::Schrijfteam { team: of, as_role } if *of == team => Some((*caller, *as_role)),
                _ => None,
            })
        })
    }

    fn has(&self, caller: &Caller, role: &Role) -> Option<&Grant> {
        self.grants.get(caller)?.get(role)
    }

    fn programmateam_size(&self) -> usize {
        self.grants
            .values()
            .filter(|grants| grants.contains_key(&Role::Programmateam))
            .count()
    }
}

/// Says which facts a command adds.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn decide(state: &PlanState, caller: &Caller, command: &Command) -> Result<Vec<Event>, Refusal> {
    policy::may(state, Some(caller), &Action::GrantRights)?;
    let event = match command.clone() {
        Command::Grant {
            person,
            party,
            role,
            mandate,
        } => {
            ensure_grantable(state, party, &role, mandate.as_ref())?;
            let known = state.rights.has(&Caller { person, party }, &role);
            if known.is_some_and(|grant| grant.mandate == mandate) {
                return Ok(Vec::new());
            }
            Event::Granted {
                person,
                party,
                role,
                mandate,
            }
        }
        Command::Withdraw {
            person,
            party,
            role,
            reason,
        } => {
            state
                .rights
                .has(&Caller { person, party }, &role)
                .ok_or(Refusal::NoSuchGrant)?;
            if role == Role::Programmateam && state.rights.programmateam_size() == 1 {
                return Err(Refusal::LastProgrammateam);
            }
            Event::Withdrawn {
                person,
                party,
                role,
                reason,
            }
        }
    };
    Ok(vec![event])
}

fn ensure_grantable(
    state: &PlanState,
    party: PartyId,
    role: &Role,
    mandate: Option<&Mandate>,
) -> Result<(), Refusal> {
    let plan = state.plan.as_ref().ok_or(Refusal::NoSuchPlan)?;
    plan.parties.get(&party).ok_or(Refusal::NoSuchParty)?;
    match role {
        Role::Schrijfteam { team, .. } if !plan.teams.contains_key(team) => return Err(Refusal::NoSuchTeam),
        Role::Coalitie if mandate.is_none() => return Err(Refusal::MandateMissing),
        _ => {}
    }
    if mandate.is_some_and(|mandate| mandate.until.as_ref().is_some_and(|until| *until < mandate.from)) {
        return Err(Refusal::TermReversed);
    }
    let given: usize = state.rights.grants.values().map(BTreeMap::len).sum();
    if given < GRANTS_PER_PLAN_MAX {
        Ok(())
    } else {
        Err(Refusal::TooMany)
    }
}

/// Folds one fact. Total: what makes no sense here changes nothing.
pub fn evolve(rights: &mut Rights, at: At, event: &Event) {
    match event.clone() {
        Event::Granted {
            person,
            party,
            role,
            mandate,
        } => {
            rights.known.insert(Caller { person, party });
            let grants = rights.grants.entry(Caller { person, party }).or_default();
            grants.insert(role, Grant { mandate, since: at });
        }
        Event::Withdrawn {
            person, party, role, ..
        } => {
            let caller = Caller { person, party };
            if let Some(grants) = rights.grants.get_mut(&caller) {
                grants.remove(&role);
                if grants.is_empty() {
                    rights.grants.remove(&caller);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
