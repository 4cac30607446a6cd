//! Who the actor of an event is: `actor.bound/1`, said once per person, party, device and page session.
//!
//! Why it exists: a text event is small and many; it only refers to this one. For text the event also binds
//! the 16-byte automerge actor, so that history is proved by the server and not claimed by a client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::canonical;
use super::rights::{Mandate, Role};
use crate::ids::{ActorRef, BoundActor, ChapterId, DeviceId, Generation, PageSessionId, PartyId, PersonId};
use crate::log::{Kind, Record};

/// Kind of the event.
pub const ACTOR_BOUND: Kind = Kind::new("actor.bound", 1);

/// The payload of `actor.bound/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActorBound {
    /// Who.
    pub identity: Identity,
    /// The device, for actors of a browser or program.
    #[serde(default)]
    pub device: Option<DeviceId>,
    /// The page session on it.
    #[serde(default)]
    pub page_session: Option<PageSessionId>,
    /// For actors that write text.
    #[serde(default)]
    pub text: Option<TextBinding>,
    /// Whether the actor was first seen in a document that a program of the person held (automerge-repo): they brought
    /// its changes, and that they made them is not proved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brought: bool,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Identity {
    /// A person for a party, with the roles they had for it when bound.
    Person {
        /// The person.
        person: PersonId,
        /// The party.
        party: PartyId,
        /// The roles.
        roles: Vec<BoundRole>,
    },
    /// The server itself: quarantine, new generations.
    Server,
}

/// A role as it was when the actor was bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoundRole {
    /// The role.
    pub role: Role,
    /// Its mandate.
    #[serde(default)]
    pub mandate: Option<Mandate>,
}

/// The automerge actor of this session in one generation of one chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextBinding {
    /// The chapter.
    pub chapter: ChapterId,
    /// Its generation.
    pub generation: Generation,
    /// The 16 bytes.
    pub actor: BoundActor,
}

impl ActorBound {
    /// An actor that is a person, with the roles the state gives them now.
    #[must_use]
    pub fn person(state: &super::PlanState, caller: &super::Caller) -> Self {
        let of_caller =
            |(person, party, grants)| (super::Caller { person, party } == *caller).then_some(grants);
        let grants: Option<&super::rights::Grants> = state.rights.people().find_map(of_caller);
        let bound = |(role, grant): (&Role, &super::rights::Grant)| BoundRole {
            role: role.clone(),
            mandate: grant.mandate.clone(),
        };
        let roles = grants.into_iter().flatten().map(bound).collect();
        let identity = Identity::Person {
            person: caller.person,
            party: caller.party,
            roles,
        };
        Self {
            identity,
            device: None,
            page_session: None,
            text: None,
            brought: false,
        }
    }

    /// The server itself, which acts for nobody and writes from no device.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            identity: Identity::Server,
            device: None,
            page_session: None,
            text: None,
            brought: false,
        }
    }

    /// Its canonical JSON.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        canonical::to_vec(self).expect("an actor holds ids and text only")
    }

    /// Reads a stored payload.
    ///
    /// # Errors
    /// When it is no `actor.bound/1`.
    pub fn read(payload: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// The person and party, unless it is the server.
    #[must_use]
    pub fn caller(&self) -> Option<super::Caller> {
        match &self.identity {
            Identity::Person { person, party, .. } => Some(super::Caller {
                person: *person,
                party: *party,
            }),
            Identity::Server => None,
        }
    }

    /// Whether it says on what mandate somebody has a role.
    #[must_use]
    pub fn has_mandate(&self) -> bool {
        match &self.identity {
            Identity::Person { roles, .. } => roles.iter().any(|role| role.mandate.is_some()),
            Identity::Server => false,
        }
    }
}

/// Every bound actor of a plan, by reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actors {
    known: BTreeMap<ActorRef, ActorBound>,
}

impl Actors {
    /// Takes in a record; those of other kinds, erased or unreadable change nothing.
    pub fn fold(&mut self, record: &Record) {
        if record.envelope.kind != ACTOR_BOUND {
            return;
        }
        if let Some(bound) = record
            .payload
            .bytes()
            .and_then(|bytes| ActorBound::read(bytes).ok())
        {
            self.known.insert(ActorRef(record.envelope.position), bound);
        }
    }

    /// Who an actor is.
    #[must_use]
    pub fn get(&self, actor: ActorRef) -> Option<&ActorBound> {
        self.known.get(&actor)
    }

    /// Every bound actor.
    pub fn iter(&self) -> impl Iterator<Item = (ActorRef, &ActorBound)> {
        self.known.iter().map(|(actor, bound)| (*actor, bound))
    }
}

impl FromIterator<(ActorRef, ActorBound)> for Actors {
    fn from_iter<I: IntoIterator<Item = (ActorRef, ActorBound)>>(bound: I) -> Self {
        Self {
            known: bound.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
