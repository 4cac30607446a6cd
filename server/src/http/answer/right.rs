//! `Role`, `Right` and `Mandate`: people's roles as the contract names them.

use schema::domain::Caller;
use schema::domain::rights::{Grant, Mandate, Role, TeamRole};
use schema::domain::values::Line;
use schema::ids::TeamId;
use serde::{Deserialize, Serialize};

use super::plan::Team;
use super::{PartyName, PersonName};
use crate::http::names::Names;
use crate::http::time;
use crate::views::PlanView;

/// `Role`: the name of a role, without its team or body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoleName {
    /// Trekker.
    Lead,
    /// Schrijver.
    Writer,
    /// Kwartiermaker.
    Kwartiermaker,
    /// Procesbegeleider.
    Coordinator,
    /// Member of the Verbindende Coalitie.
    Coalitie,
    /// Speaks for the party.
    Bestuurder,
    /// Records what the party decides elsewhere.
    Contactpersoon,
    /// Member of a body.
    BodyMember,
    /// Invited constituent or resident.
    Resident,
    /// Programmateam.
    Programmateam,
}

impl From<TeamRole> for RoleName {
    fn from(role: TeamRole) -> Self {
        match role {
            TeamRole::Lead => Self::Lead,
            TeamRole::Coordinator => Self::Coordinator,
            TeamRole::Writer => Self::Writer,
            TeamRole::Kwartiermaker => Self::Kwartiermaker,
        }
    }
}

impl From<&Role> for RoleName {
    fn from(role: &Role) -> Self {
        match role {
            Role::Schrijfteam { as_role, .. } => (*as_role).into(),
            Role::Coalitie => Self::Coalitie,
            Role::Bestuurder => Self::Bestuurder,
            Role::Contactpersoon => Self::Contactpersoon,
            Role::Programmateam => Self::Programmateam,
            Role::BodyMember { .. } => Self::BodyMember,
            Role::Resident => Self::Resident,
        }
    }
}

impl RoleName {
    /// The role with its team or body; `None` when the one it needs is missing.
    #[must_use]
    pub fn with(self, team: Option<TeamId>, body: Option<Line>) -> Option<Role> {
        let in_team = |as_role| team.map(|team| Role::Schrijfteam { team, as_role });
        match self {
            Self::Lead => in_team(TeamRole::Lead),
            Self::Coordinator => in_team(TeamRole::Coordinator),
            Self::Writer => in_team(TeamRole::Writer),
            Self::Kwartiermaker => in_team(TeamRole::Kwartiermaker),
            Self::Coalitie => Some(Role::Coalitie),
            Self::Bestuurder => Some(Role::Bestuurder),
            Self::Contactpersoon => Some(Role::Contactpersoon),
            Self::BodyMember => body.map(|body| Role::BodyMember { body }),
            Self::Resident => Some(Role::Resident),
            Self::Programmateam => Some(Role::Programmateam),
        }
    }
}

/// `Right`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Right {
    id: String,
    person: PersonName,
    party: PartyName,
    role: RoleName,
    team: Option<Team>,
    body: Option<String>,
    mandate: Option<Mandate>,
    granted_at: String,
}

impl Right {
    /// One given role.
    #[must_use]
    pub fn of(view: &PlanView, names: &Names<'_>, caller: &Caller, role: &Role, grant: &Grant) -> Self {
        Self {
            id: id(caller, role),
            person: names.person(caller.person),
            party: names.party(caller.party),
            role: role.into(),
            team: match role {
                Role::Schrijfteam { team, .. } => Some(Team::of(view, *team)),
                _ => None,
            },
            body: match role {
                Role::BodyMember { body } => Some(body.to_string()),
                _ => None,
            },
            mandate: grant.mandate.clone(),
            granted_at: time::format(grant.since.recorded_at),
        }
    }

    /// The same for somebody who may not see on what mandate it rests.
    #[must_use]
    pub fn without_mandate(self) -> Self {
        Self {
            mandate: None,
            ..self
        }
    }

    /// By name, for lists.
    #[must_use]
    pub fn sort_key(&self) -> (String, String) {
        (self.person.name.to_lowercase(), self.id.clone())
    }
}

/// The name of a right in an address: what it is, hashed, because a body's name may hold anything.
#[must_use]
pub fn id(caller: &Caller, role: &Role) -> String {
    use sha2::{Digest, Sha256};
    let bytes = schema::domain::canonical::to_vec(&(caller, role)).expect("a role holds ids and text");
    Sha256::digest(bytes)
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
