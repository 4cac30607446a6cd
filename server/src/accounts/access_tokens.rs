//! Access tokens: what a person gives a program, so that it may act for them as far as its scope goes.
//!
//! Why they are not sessions: a session is as much as its person may and ends in two weeks; a program's token has a
//! name to know it by, a scope, a term that its maker chose, and shows when it was last used.
//!
//! # Invariants
//!
//! - The token itself is nowhere: the file holds its SHA-256, the answer that made it shows it once.
//! - When it was last used is exact to `ACCESS_TOKEN_USE_NOTED_MS`.

use std::collections::{BTreeMap, BTreeSet};

use schema::domain::Caller;
use schema::domain::policy::Scope;
use schema::domain::values::Line;
use schema::ids::{AccessTokenId, PersonId, TimestampMs};
use schema::limits::{ACCESS_TOKEN_USE_NOTED_MS, ACCESS_TOKENS_MAX};
use serde::{Deserialize, Serialize};

use super::tokens::{DAY_MS, Grantee, Let, Session, Token};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccessToken {
    /// By what they know it.
    pub name: Line,
    /// How far it goes.
    pub scope: Scope,
    /// For how many days it works.
    pub days: u16,
}

/// What is known of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// What its connections are known by, too.
    pub id: AccessTokenId,
    /// By what its maker knows it.
    pub name: Line,
    /// How far it goes.
    pub scope: Scope,
    /// When it was made.
    pub made_at: TimestampMs,
    /// When it ends by itself.
    pub ends_at: TimestampMs,
    /// When it was last used, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<TimestampMs>,
}

/// What a token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// For whom, and until when.
    pub session: Session,
    /// How far.
    pub scope: Scope,
    /// By what its maker knows it.
    pub name: Line,
    /// Whether its use is to be noted: the last note is some time ago.
    pub is_to_be_noted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    grantee: Grantee,
    #[serde(flatten)]
    token: AccessToken,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    let_in_by: BTreeSet<PersonId>,
}

/// The tokens in force, by their digest in hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct AccessTokens(BTreeMap<String, Entry>);

impl AccessTokens {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one, unless its maker has as many as there may be.
    pub(super) fn put(
        &mut self,
        token: &Token,
        Let { grantee, let_in_by }: Let,
        asked: NewAccessToken,
        now: TimestampMs,
    ) -> Option<AccessToken> {
        self.0.retain(|_, entry| now < entry.token.ends_at);
        if self.of(grantee).count() >= ACCESS_TOKENS_MAX {
            return None;
        }
        let made = AccessToken {
            id: token.access_id(),
            name: asked.name,
            scope: asked.scope,
            made_at: now,
            ends_at: TimestampMs(now.0.saturating_add(u64::from(asked.days) * DAY_MS)),
            used_at: None,
        };
        let entry = Entry {
            grantee,
            token: made.clone(),
            let_in_by,
        };
        self.0.insert(token.digest(), entry);
        Some(made)
    }

    fn of(&self, grantee: Grantee) -> impl Iterator<Item = &Entry> {
        self.0.values().filter(move |entry| entry.grantee == grantee)
    }

    /// How many work, all people together.
    pub(super) fn count(&self, now: TimestampMs) -> usize {
        self.0.values().filter(|entry| now < entry.token.ends_at).count()
    }

    /// Somebody's tokens that work, the latest first.
    pub(super) fn list(&self, grantee: Grantee, now: TimestampMs) -> Vec<AccessToken> {
        let works = |token: &AccessToken| now < token.ends_at;
        let tokens = self.of(grantee).map(|entry| entry.token.clone());
        let mut tokens: Vec<AccessToken> = tokens.filter(works).collect();
        tokens.sort_by_key(|token| (std::cmp::Reverse(token.made_at), token.id));
        tokens
    }

    /// What a token opens, unless it has ended.
    pub(super) fn find(&self, token: &Token, now: TimestampMs) -> Option<Access> {
        let entry = self.0.get(&token.digest())?;
        let Grantee { person, party } = entry.grantee;
        let noted = entry.token.used_at;
        (now < entry.token.ends_at).then(|| Access {
            session: Session {
                caller: Caller { person, party },
                let_in_by: entry.let_in_by.clone(),
                ends_at: entry.token.ends_at,
            },
            scope: entry.token.scope,
            name: entry.token.name.clone(),
            is_to_be_noted: noted.is_none_or(|at| now.0.saturating_sub(at.0) >= ACCESS_TOKEN_USE_NOTED_MS),
        })
    }

    /// A token is used now.
    pub(super) fn note_use(&mut self, token: &Token, now: TimestampMs) {
        if let Some(entry) = self.0.get_mut(&token.digest()) {
            entry.token.used_at = entry.token.used_at.max(Some(now));
        }
    }

    /// Removes one of somebody's; whether it was there.
    pub(super) fn end(&mut self, grantee: Grantee, id: AccessTokenId) -> bool {
        let before = self.0.len();
        self.0
            .retain(|_, entry| (entry.grantee, entry.token.id) != (grantee, id));
        self.0.len() < before
    }

    /// Removes all of a person; whether there were any.
    pub(super) fn end_of(&mut self, person: PersonId) -> bool {
        let before = self.0.len();
        self.0.retain(|_, entry| entry.grantee.person != person);
        self.0.len() < before
    }
}
