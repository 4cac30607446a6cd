//! What a caller's roles amount to: the rows of the policy table that apply to them.

use std::collections::BTreeSet;

use super::Reach;
use crate::domain::rights::{Role, TeamRole};
use crate::domain::{Caller, PlanState};
use crate::ids::TeamId;

/// The roles of one caller, as questions the rules ask.
#[derive(Debug, Default)]
pub(super) struct Standing {
    leads: BTreeSet<TeamId>,
    teams: BTreeSet<TeamId>,
    coalitie: bool,
    body: bool,
    /// Bestuurder or Contactpersoon of the party they act for.
    pub(super) party: bool,
    /// Member of the Programmateam.
    pub(super) programmateam: bool,
}

impl Standing {
    /// The standing of a caller; `None` when they have no role at all.
    pub(super) fn of(state: &PlanState, caller: &Caller) -> Option<Self> {
        let mut roles = state.rights.roles(caller).peekable();
        roles.peek()?;
        let mut standing = Self::default();
        for role in roles {
            standing.add(role);
        }
        Some(standing)
    }

    fn add(&mut self, role: &Role) {
        match role {
            Role::Schrijfteam { team, as_role } => {
                self.teams.insert(*team);
                match as_role {
                    TeamRole::Lead => {
                        self.leads.insert(*team);
                    }
                    TeamRole::Coordinator | TeamRole::Writer | TeamRole::Kwartiermaker => {}
                }
            }
            Role::Coalitie => self.coalitie = true,
            Role::Bestuurder | Role::Contactpersoon => self.party = true,
            Role::Programmateam => self.programmateam = true,
            Role::BodyMember { .. } => self.body = true,
            Role::Resident => {}
        }
    }

    pub(super) fn reads_concept(&self) -> bool {
        self.in_a_team() || self.coalitie || self.programmateam
    }

    pub(super) fn audits(&self) -> bool {
        self.reads_concept() || self.body
    }

    pub(super) fn commitments(&self) -> Reach {
        self.reach(self.reads_concept())
    }

    pub(super) fn events(&self) -> Reach {
        self.reach(self.audits())
    }

    /// Who audits learns from the events who does what, so that nobody who takes part is kept from them.
    pub(super) fn people(&self) -> Reach {
        self.events()
    }

    fn reach(&self, all: bool) -> Reach {
        match (all, self.party) {
            (true, _) => Reach::All,
            (false, true) => Reach::OwnParty,
            (false, false) => Reach::None,
        }
    }

    pub(super) fn in_a_team(&self) -> bool {
        !self.teams.is_empty()
    }

    pub(super) fn belongs_to(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.teams.contains(&team))
    }

    pub(super) fn leads(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.leads.contains(&team))
    }
}
