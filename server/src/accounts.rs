//! Accounts: names, mail addresses, sign-in links and sessions. The only place with personal data.
//!
//! # Why it exists
//!
//! The log keeps ids for ever; a name can be corrected and a person forgotten, so both live here, in a store of
//! their own keyed by person id. What stands here proves nothing and can be lost without losing history.
//!
//! # Invariants
//!
//! - Tokens are stored as SHA-256 only: a copy of the store signs nobody in.
//! - A sign-in link works once. Links and sessions end at a fixed time.
//! - An answer means flushed to disk.
//!
//! Reading order: [`Accounts`], [`people`], [`tokens`], [`copy`] (for backups).

pub mod copy;
pub mod people;
pub mod tokens;

use std::path::Path;

use schema::ids::{PersonId, TimestampMs};
use schema::limits::ACCOUNTS_RESERVE_BYTES;

use crate::log::space::Space;
pub use people::Person;
pub use tokens::{Grantee, Session, Token};

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The engine.
    #[error("the accounts store failed")]
    Store(#[from] sled::Error),
    /// Nothing is written, so that the store never meets a full disk.
    #[error("nothing can be saved now: the server has no room; try again later")]
    NoRoom(std::sync::Arc<str>),
    /// Stored bytes that are no account.
    #[error("an entry of the accounts store is not readable")]
    Entry(#[from] serde_json::Error),
    /// Lines that no copy of a store holds.
    #[error("this is no copy of an accounts store")]
    NoCopy,
}

/// The accounts store.
#[derive(Debug, Clone)]
pub struct Accounts {
    db: sled::Db,
    people: sled::Tree,
    links: sled::Tree,
    sessions: sled::Tree,
    /// None for a store that is gone with its last handle.
    space: Option<std::sync::Arc<Space>>,
}

impl Accounts {
    /// Opens the store in a directory, or makes it.
    ///
    /// # Errors
    /// [`AccountsError::Store`] when the directory cannot be used.
    pub fn open(directory: &Path) -> Result<Self, AccountsError> {
        let db = sled::Config::new()
            .path(directory)
            .cache_capacity(CACHE_BYTES)
            .open()?;
        let space = Space::new(directory.to_owned(), ACCOUNTS_RESERVE_BYTES);
        Ok(Self {
            space: Some(space.into()),
            ..Self::over(db)?
        })
    }

    /// A store that is gone with its last handle, for tests and simulations.
    ///
    /// # Errors
    /// [`AccountsError::Store`] when the operating system gives no temporary directory.
    pub fn temporary() -> Result<Self, AccountsError> {
        Self::over(
            sled::Config::new()
                .temporary(true)
                .cache_capacity(CACHE_BYTES)
                .open()?,
        )
    }

    fn over(db: sled::Db) -> Result<Self, AccountsError> {
        let (people, links, sessions) = (
            db.open_tree("people")?,
            db.open_tree("links")?,
            db.open_tree("sessions")?,
        );
        Ok(Self {
            db,
            people,
            links,
            sessions,
            space: None,
        })
    }

    /// Writes a person, new or corrected.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn put_person(&self, id: PersonId, person: &Person) -> Result<(), AccountsError> {
        self.has_room()?;
        self.people.insert(id.as_bytes(), serde_json::to_vec(person)?)?;
        self.flush()
    }

    /// Writes a new person. One who is there already stays as they are: asking twice is asking once. Answers whether
    /// what is there now is what was asked.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn add_person(&self, id: PersonId, person: &Person) -> Result<bool, AccountsError> {
        let absent: Option<&[u8]> = None;
        let fresh = serde_json::to_vec(person)?;
        let added = self
            .people
            .compare_and_swap(id.as_bytes(), absent, Some(fresh.clone()))?;
        self.flush()?;
        Ok(match added {
            Ok(()) => true,
            Err(there) => there.current.is_some_and(|known| known == fresh),
        })
    }

    /// A person.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn person(&self, id: PersonId) -> Result<Option<Person>, AccountsError> {
        let stored = self.people.get(id.as_bytes())?;
        Ok(stored.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
    }

    /// Forgets a person: name, address, links and sessions go; the id in the log stays and means nobody.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn forget_person(&self, id: PersonId) -> Result<(), AccountsError> {
        self.has_room()?;
        self.people.remove(id.as_bytes())?;
        for tree in [&self.links, &self.sessions] {
            for entry in tree {
                let (key, bytes) = entry?;
                if tokens::is_of(&bytes, id)? {
                    tree.remove(key)?;
                }
            }
        }
        self.flush()
    }

    /// Makes a one-time sign-in link for somebody; `token` is fresh randomness. Answers until when it works.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn invite(
        &self,
        grantee: Grantee,
        token: &Token,
        now: TimestampMs,
    ) -> Result<TimestampMs, AccountsError> {
        self.has_room()?;
        let link = tokens::put(&self.links, token, grantee, now, tokens::LINK_MS)?;
        self.flush()?;
        Ok(link.ends_at)
    }

    /// Turns the token of a link into a session, once; `session` is fresh randomness. `None` for a token that
    /// is unknown, used or too old.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn sign_in(
        &self,
        link: &Token,
        session: &Token,
        now: TimestampMs,
    ) -> Result<Option<Session>, AccountsError> {
        self.has_room()?;
        tokens::sweep(&self.links, now)?;
        tokens::sweep(&self.sessions, now)?;
        let Some(grantee) = tokens::take(&self.links, link, now)? else {
            return Ok(None);
        };
        let session = tokens::put(&self.sessions, session, grantee, now, tokens::SESSION_MS)?;
        self.flush()?;
        Ok(Some(session))
    }

    /// Who holds a session token, unless it has ended.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn session(&self, token: &Token, now: TimestampMs) -> Result<Option<Session>, AccountsError> {
        tokens::find(&self.sessions, token, now)
    }

    /// Ends a session; one that is not there is already so.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn sign_out(&self, token: &Token) -> Result<(), AccountsError> {
        self.has_room()?;
        self.sessions.remove(token.digest())?;
        self.flush()
    }

    fn has_room(&self) -> Result<(), AccountsError> {
        match self.space.as_ref().and_then(|space| space.lacking()) {
            Some(reason) => Err(AccountsError::NoRoom(reason)),
            None => Ok(()),
        }
    }

    fn flush(&self) -> Result<(), AccountsError> {
        self.db.flush()?;
        Ok(())
    }
}

/// People and sessions of a region fit many times.
const CACHE_BYTES: u64 = 16 << 20;

#[cfg(test)]
mod tests;
