//! Tokens: what a sign-in link and a session cookie carry, and the entries they lead to.
//!
//! Why one file for both: a link becomes a session and nothing else; they differ only in how long they live and
//! that a link is used up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use schema::domain::Caller;
use schema::ids::{AccessTokenId, PartyId, PersonId, TimestampMs};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A sign-in link works for seven days.
pub(super) const LINK_MS: u64 = 7 * DAY_MS;
/// A session lasts fourteen days.
pub(super) const SESSION_MS: u64 = 14 * DAY_MS;
pub(super) const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// 32 random bytes that whoever holds them may use. Shown as 64 hexadecimal digits, never in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

/// Text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token of 64 hexadecimal digits")]
pub struct ParseTokenError;

impl Token {
    /// A token of fresh randomness.
    #[must_use]
    pub const fn from_random(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What is stored of it.
    pub(super) fn digest(&self) -> String {
        hexadecimal(&Sha256::digest(self.0))
    }

    /// The text that a link or a cookie carries.
    #[must_use]
    pub fn secret(&self) -> String {
        hexadecimal(&self.0)
    }

    /// What its sessions and connections are known by, where it must not be named itself.
    #[must_use]
    pub fn sign_in_id(&self) -> [u8; 16] {
        self.derived_id("sign-in")
    }

    /// The same of an access token: whoever withdraws it names it so.
    #[must_use]
    pub fn access_id(&self) -> AccessTokenId {
        AccessTokenId::from_bytes(self.sign_in_id())
    }

    /// A device id that stays with this session and says nothing about its token.
    #[must_use]
    pub fn derived_id(&self, purpose: &str) -> [u8; 16] {
        let mut hasher = Sha256::new();
        hasher.update(b"schrijftafel/session-id/1");
        hasher.update(purpose.as_bytes());
        hasher.update(self.0);
        let digest: [u8; 32] = hasher.finalize().into();
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
        id
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return Err(ParseTokenError);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else {
                return Err(ParseTokenError);
            };
            let digit = |digit: &u8| char::from(*digit).to_digit(16);
            let (Some(high), Some(low)) = (digit(high), digit(low)) else {
                return Err(ParseTokenError);
            };
            *byte = u8::try_from(high * 16 + low).map_err(|_| ParseTokenError)?;
        }
        Ok(Self(bytes))
    }
}

/// Whom a link or session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grantee {
    /// The person.
    pub person: PersonId,
    /// The party they act for.
    pub party: PartyId,
}

/// A session in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who acts, for which party.
    pub caller: Caller,
    /// Who made the link that it began with, and the links before that; none for a link of the operator.
    pub let_in_by: BTreeSet<PersonId>,
    /// When it ends by itself.
    pub ends_at: TimestampMs,
}

/// What tokens lead to, by their digest in hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Entries(BTreeMap<String, Entry>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    grantee: Grantee,
    ends_at: TimestampMs,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    let_in_by: BTreeSet<PersonId>,
}

impl Entry {
    fn session(&self) -> Session {
        let Grantee { person, party } = self.grantee;
        Session {
            caller: Caller { person, party },
            let_in_by: self.let_in_by.clone(),
            ends_at: self.ends_at,
        }
    }
}

/// Whom a new link or session is for, and who let them in.
#[derive(Debug)]
pub(super) struct Let {
    pub(super) grantee: Grantee,
    pub(super) let_in_by: BTreeSet<PersonId>,
}

impl Entries {
    /// Lets a token lead to somebody for `lasts_ms`.
    pub(super) fn put(
        &mut self,
        token: &Token,
        Let { grantee, let_in_by }: Let,
        now: TimestampMs,
        lasts_ms: u64,
    ) -> Session {
        let ends_at = TimestampMs(now.0.saturating_add(lasts_ms));
        let entry = Entry {
            grantee,
            ends_at,
            let_in_by,
        };
        let session = entry.session();
        self.0.insert(token.digest(), entry);
        session
    }

    /// What a token leads to, unless it has ended.
    pub(super) fn find(&self, token: &Token, now: TimestampMs) -> Option<Session> {
        let entry = self.0.get(&token.digest())?;
        (now < entry.ends_at).then(|| entry.session())
    }

    /// Removes an entry; of many that try at once, one gets it.
    pub(super) fn take(&mut self, token: &Token, now: TimestampMs) -> Option<Let> {
        let entry = self.0.remove(&token.digest())?;
        (now < entry.ends_at).then_some(Let {
            grantee: entry.grantee,
            let_in_by: entry.let_in_by,
        })
    }

    /// Removes what a token leads to.
    pub(super) fn end(&mut self, token: &Token) {
        self.0.remove(&token.digest());
    }

    /// Removes what leads to somebody; whether anything did.
    pub(super) fn end_of(&mut self, person: PersonId) -> bool {
        let before = self.0.len();
        self.0.retain(|_, entry| entry.grantee.person != person);
        self.0.len() < before
    }

    /// Removes what has ended.
    pub(super) fn sweep(&mut self, now: TimestampMs) {
        self.0.retain(|_, entry| now < entry.ends_at);
    }

    /// How many have not ended.
    pub(super) fn count(&self, now: TimestampMs) -> usize {
        self.0.values().filter(|entry| now < entry.ends_at).count()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
