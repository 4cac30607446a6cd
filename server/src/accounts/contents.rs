//! What the accounts hold, and its form on disk and in a backup: one JSON document.

use std::collections::{BTreeMap, BTreeSet};

use schema::ids::PersonId;
use serde::{Deserialize, Serialize};

use super::access_tokens::AccessTokens;
use super::devices::Devices;
use super::tokens::Entries;
use super::{AccountsError, Person};

/// The version of the document. A newer one is refused: what this program does not know it would lose.
const FORMAT: u32 = 1;

/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) people: BTreeMap<PersonId, Person>,
    pub(super) links: Entries,
    pub(super) sessions: Entries,
    pub(super) access_tokens: AccessTokens,
    /// Ids of who was forgotten: the request that made them, asked again, does not bring their name back.
    pub(super) forgotten: BTreeSet<PersonId>,
}

impl Contents {
    /// Whether nobody was ever put into it.
    pub(super) fn is_blank(&self) -> bool {
        self.people.is_empty() && self.forgotten.is_empty()
    }
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<T> {
    format: u32,
    people: T,
    links: Entries,
    sessions: Entries,
    #[serde(default, skip_serializing_if = "AccessTokens::is_empty")]
    access_tokens: AccessTokens,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    forgotten: BTreeSet<PersonId>,
    /// In a copy only: on disk they stand in a file of their own, which is written far more often.
    #[serde(default, skip_serializing_if = "Devices::is_empty")]
    devices: Devices,
}

impl Contents {
    /// Reads what [`Contents::written`] gave.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, Devices), AccountsError> {
        let Head { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(AccountsError::Newer(format));
        }
        let document: Document<BTreeMap<PersonId, Person>> = serde_json::from_slice(bytes)?;
        let contents = Self {
            people: document.people,
            links: document.links,
            sessions: document.sessions,
            access_tokens: document.access_tokens,
            forgotten: document.forgotten,
        };
        Ok((contents, document.devices))
    }

    /// The document; the same contents are the same bytes. With what is known of devices it is a copy.
    pub(super) fn written(&self, devices: &Devices) -> Result<Vec<u8>, AccountsError> {
        let mut bytes = serde_json::to_vec_pretty(&Document {
            format: FORMAT,
            people: &self.people,
            links: self.links.clone(),
            sessions: self.sessions.clone(),
            access_tokens: self.access_tokens.clone(),
            forgotten: self.forgotten.clone(),
            devices: devices.clone(),
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Forgets a person, their links, their sessions and their access tokens. Whether anything has changed.
    pub(super) fn forget(&mut self, person: PersonId) -> bool {
        let ended = [
            self.links.end_of(person),
            self.sessions.end_of(person),
            self.access_tokens.end_of(person),
        ];
        let was_known = self.people.remove(&person).is_some();
        let is_news = self.forgotten.insert(person);
        was_known || is_news || ended.contains(&true)
    }
}
