//! Accounts: names, mail addresses, sign-in links, sessions and access tokens. The only place with personal data.
//!
//! # Why it exists
//!
//! The log keeps ids for ever; a name can be corrected and a person forgotten, so both live here, in a store of
//! their own keyed by person id. What stands here proves nothing and can be lost without losing history.
//!
//! # Invariants
//!
//! - Tokens are stored as SHA-256 only: a copy of the store signs nobody in.
//! - A sign-in link works once. Links, sessions and access tokens end at a fixed time.
//! - An answer means flushed to disk; only what is known of devices, and that a token was used, follows within seconds.
//! - Whoever is forgotten is nowhere in the directory: the file holds what is known now and nothing that was.
//!
//! Reading order: [`Accounts`], [`people`], [`tokens`], [`access_tokens`], `store` and `contents` (the file); [`devices`] and `device_book`
//! (the file beside it).

pub mod access_tokens;
mod contents;
mod device_book;
pub mod devices;
pub mod people;
mod store;
pub mod tokens;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use schema::ids::{AccessTokenId, ChapterId, Generation, PersonId, PlanId, TimestampMs};
use schema::limits::ACCOUNTS_RESERVE_BYTES;

use access_tokens::{Access, AccessToken, NewAccessToken};
use contents::Contents;
use device_book::DeviceBook;
pub use device_book::DeviceFlusher;
use devices::{Devices, Standing};
use store::Store;
use tokens::{Entries, Let};

use crate::core::devices::DeviceNews;
use crate::log::space::Space;
pub use people::Person;
pub use tokens::{Grantee, Session, Token};

/// The file of what is known of devices.
const DEVICES: &str = "devices.json";

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The file cannot be read or written.
    #[error("the accounts cannot be read or written: {0}")]
    File(#[source] std::io::Error),
    /// Another process has them.
    #[error("the accounts are in use by another process")]
    InUse,
    /// Nothing is written, so that the store never meets a full disk.
    #[error("nothing can be saved now: the server has no room; try again later")]
    NoRoom(Arc<str>),
    /// A file that is not what it should be.
    #[error(
        "{file} is damaged ({why}): the log is not touched by that. Restore a backup into another directory and copy its \
         `accounts` here while no server runs"
    )]
    Damaged {
        /// Which.
        file: String,
        /// What is wrong with it.
        why: Box<AccountsError>,
    },
    /// The file of devices is not what it should be.
    #[error(
        "{file} is damaged ({why}): it only says which devices may hold text that was erased. Copy it from a backup that was \
         restored into another directory, or move it away, while no server runs; without it devices say again what they \
         hold when they connect, and nothing tells of those that never do"
    )]
    DamagedDevices {
        /// Which.
        file: String,
        /// What is wrong with it.
        why: Box<AccountsError>,
    },
    /// A file that cannot be read or is another version's.
    #[error("{file}: {why}")]
    In {
        /// Which.
        file: String,
        /// What is wrong with it.
        why: Box<AccountsError>,
    },
    /// Stored bytes that are no accounts.
    #[error("it holds no accounts from line {}, place {} on", .0.line(), .0.column())]
    Contents(serde_json::Error),
    /// A document of another version.
    #[error("these accounts were written by another version of this program (format {0})")]
    Newer(u32),
}

impl From<serde_json::Error> for AccountsError {
    /// Not as a source: what the parser says tells an operator nothing.
    fn from(error: serde_json::Error) -> Self {
        Self::Contents(error)
    }
}

impl AccountsError {
    fn in_file(path: &Path) -> impl FnOnce(Self) -> Self {
        let file = path.display().to_string();
        let is_of_devices = path.ends_with(DEVICES);
        move |why| {
            let why = Box::new(why);
            match *why {
                Self::Contents(_) if is_of_devices => Self::DamagedDevices { file, why },
                Self::Contents(_) => Self::Damaged { file, why },
                _ => Self::In { file, why },
            }
        }
    }
}

/// The accounts store.
#[derive(Debug, Clone)]
pub struct Accounts {
    store: Arc<Store>,
    devices: Arc<DeviceBook>,
    /// None for a store that is gone with its last handle.
    space: Option<Arc<Space>>,
}

/// What worked in a copy and does not any more where it was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Sign-in links.
    pub links: usize,
    /// Access tokens of programs.
    pub access_tokens: usize,
}

impl Accounts {
    /// Opens the store in a directory, or makes it.
    ///
    /// # Errors
    /// [`AccountsError`] when the directory cannot be used, holds something else, or is in use.
    pub fn open(directory: &Path) -> Result<Self, AccountsError> {
        let space = Space::new(directory.to_owned(), ACCOUNTS_RESERVE_BYTES);
        Ok(Self {
            store: Arc::new(Store::open(directory)?),
            devices: Arc::new(DeviceBook::open(directory.join(DEVICES))?),
            space: Some(space.into()),
        })
    }

    /// Whether what lies in a directory can be opened, for who must know before anything is written; nothing is made.
    ///
    /// # Errors
    /// [`AccountsError`] when it is damaged or cannot be read.
    pub fn check(directory: &Path) -> Result<(), AccountsError> {
        Self::look(directory).map(drop)
    }

    /// Whether nobody is in what lies in a directory; nothing is made.
    ///
    /// # Errors
    /// As [`Accounts::check`].
    pub fn hold_nobody(directory: &Path) -> Result<bool, AccountsError> {
        Ok(Self::look(directory)?.is_blank())
    }

    /// A store that is gone with its last handle, for tests and simulations.
    #[must_use]
    pub fn temporary() -> Self {
        Self {
            store: Arc::new(Store::in_memory(Contents::default())),
            devices: Arc::new(DeviceBook::in_memory(Devices::default())),
            space: None,
        }
    }

    /// What lies in a directory, to be read only: nothing is made or written there, nor by this value.
    ///
    /// # Errors
    /// As [`Accounts::check`].
    pub fn look(directory: &Path) -> Result<Self, AccountsError> {
        let devices = DeviceBook::look(&directory.join(DEVICES))?;
        Ok(Self {
            store: Arc::new(Store::in_memory(Store::look(directory)?.unwrap_or_default())),
            devices: Arc::new(DeviceBook::in_memory(devices)),
            space: None,
        })
    }

    /// Writes a person, new or corrected.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn put_person(&self, id: PersonId, person: &Person) -> Result<(), AccountsError> {
        self.change(|contents| {
            contents.people.insert(id, person.clone());
        })
    }

    /// Writes a new person. One who is there already stays as they are: asking twice is asking once; so does one who
    /// was forgotten. Answers whether what is there now is what was asked.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn add_person(&self, id: PersonId, person: &Person) -> Result<bool, AccountsError> {
        self.change(|contents| {
            let is_forgotten = contents.forgotten.contains(&id);
            !is_forgotten && contents.people.entry(id).or_insert_with(|| person.clone()) == person
        })
    }

    /// A person.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<Person> {
        self.store.read().people.get(&id).cloned()
    }

    /// Whether somebody is a person here, or was before they were forgotten.
    #[must_use]
    pub fn knew(&self, id: PersonId) -> bool {
        let contents = self.store.read();
        contents.people.contains_key(&id) || contents.forgotten.contains(&id)
    }

    /// Forgets a person: name, address, links, sessions and access tokens go; the id in the log stays and means nobody. Whether
    /// anything was known of them.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn forget_person(&self, id: PersonId) -> Result<bool, AccountsError> {
        let was_known = self.change(|contents| contents.forget(id))?;
        Ok(self.devices.forget(id)? || was_known)
    }

    /// Takes in what is now known of a device. Of somebody who was forgotten nothing is kept.
    pub fn note_device(&self, news: &DeviceNews) {
        if !self.store.read().forgotten.contains(&news.who.person) {
            self.devices.note(news);
        }
    }

    /// What devices did with the text of a chapter before a generation.
    #[must_use]
    pub fn device_standing(&self, plan: PlanId, chapter: ChapterId, before: Generation) -> Standing {
        self.devices.standing(plan, chapter, before)
    }

    /// Writes down what is known of devices and not written yet.
    ///
    /// # Errors
    /// [`AccountsError`]; then it is tried with the next one.
    pub fn flush_devices(&self) -> Result<(), AccountsError> {
        self.device_flusher().flush().unwrap_or(Ok(()))
    }

    /// What writes down what is known of devices for as long as these accounts are open.
    #[must_use]
    pub fn device_flusher(&self) -> DeviceFlusher {
        DeviceFlusher::new(&self.devices, self.space.clone())
    }

    /// Makes a one-time sign-in link for somebody, as the operator; `token` is fresh randomness. Answers until when it
    /// works.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn invite(
        &self,
        grantee: Grantee,
        token: &Token,
        now: TimestampMs,
    ) -> Result<TimestampMs, AccountsError> {
        self.invite_by(BTreeSet::new(), grantee, token, now)
    }

    /// The same for a link made by somebody: `let_in_by` are they and who let them in.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn invite_by(
        &self,
        let_in_by: BTreeSet<PersonId>,
        grantee: Grantee,
        token: &Token,
        now: TimestampMs,
    ) -> Result<TimestampMs, AccountsError> {
        let link = Let { grantee, let_in_by };
        self.change(|contents| contents.links.put(token, link, now, tokens::LINK_MS).ends_at)
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
        self.change(|contents| {
            contents.links.sweep(now);
            contents.sessions.sweep(now);
            let taken = contents.links.take(link, now)?;
            Some(contents.sessions.put(session, taken, now, tokens::SESSION_MS))
        })
    }

    /// Who holds a session token, unless it has ended.
    #[must_use]
    pub fn session(&self, token: &Token, now: TimestampMs) -> Option<Session> {
        self.store.read().sessions.find(token, now)
    }

    /// Ends a session; one that is not there is already so.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn sign_out(&self, token: &Token) -> Result<(), AccountsError> {
        self.change(|contents| contents.sessions.end(token))
    }

    /// Makes an access token for somebody; `token` is fresh randomness, `let_in_by` who let in the session that asks.
    /// `None` when they have as many as there may be.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn make_access_token(
        &self,
        let_in_by: BTreeSet<PersonId>,
        grantee: Grantee,
        asked: NewAccessToken,
        (token, now): (&Token, TimestampMs),
    ) -> Result<Option<AccessToken>, AccountsError> {
        let made_for = Let { grantee, let_in_by };
        self.change(|contents| contents.access_tokens.put(token, made_for, asked, now))
    }

    /// Somebody's access tokens that work, the latest first.
    #[must_use]
    pub fn access_tokens(&self, grantee: Grantee, now: TimestampMs) -> Vec<AccessToken> {
        self.store.read().access_tokens.list(grantee, now)
    }

    /// What an access token opens, unless it has ended.
    #[must_use]
    pub fn access(&self, token: &Token, now: TimestampMs) -> Option<Access> {
        self.store.read().access_tokens.find(token, now)
    }

    /// Notes that an access token is used now.
    ///
    /// # Errors
    /// [`AccountsError`]; the token works all the same.
    pub fn note_access(&self, token: &Token, now: TimestampMs) -> Result<(), AccountsError> {
        self.change(|contents| contents.access_tokens.note_use(token, now))
    }

    /// Withdraws one of somebody's access tokens; whether it was there.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn withdraw_access_token(&self, grantee: Grantee, id: AccessTokenId) -> Result<bool, AccountsError> {
        self.change(|contents| contents.access_tokens.end(grantee, id))
    }

    /// Everything, as one JSON document, for a backup.
    ///
    /// # Errors
    /// [`AccountsError`].
    pub fn copy_out(&self) -> Result<Vec<u8>, AccountsError> {
        self.store.read().written(&self.devices.copy())
    }

    /// Whether nobody was ever put into it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.store.read().is_blank()
    }

    /// Takes the place of what is here by what [`Accounts::copy_out`] gave, whatever room is left: who puts a copy back asks
    /// for it before. With `sessions`, also who was signed in.
    /// Sign-in links and access tokens never come along: the copy does not know which links were used after it, and work
    /// once, nor which tokens were withdrawn. Answers how many of them would still have worked `now`.
    ///
    /// # Errors
    /// [`AccountsError`], also for bytes that are no such copy.
    pub fn copy_in(&self, copy: &[u8], sessions: bool, now: TimestampMs) -> Result<Ended, AccountsError> {
        let (mut copied, devices) = Contents::read(copy)?;
        if !sessions {
            copied.sessions = Entries::default();
        }
        let ended = Ended {
            links: std::mem::take(&mut copied.links).count(now),
            access_tokens: std::mem::take(&mut copied.access_tokens).count(now),
        };
        self.store.change(|contents| *contents = copied)?;
        self.devices.replace(devices)?;
        Ok(ended)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Contents) -> T) -> Result<T, AccountsError> {
        match self.space.as_ref().and_then(|space| space.lacking()) {
            Some(reason) => Err(AccountsError::NoRoom(reason)),
            None => self.store.change(change),
        }
    }
}

/// Whether nobody was ever put into what [`Accounts::copy_out`] gave.
///
/// # Errors
/// [`AccountsError`] for bytes that are no such copy.
pub fn is_blank(copy: &[u8]) -> Result<bool, AccountsError> {
    Ok(Contents::read(copy)?.0.is_blank())
}

#[cfg(test)]
mod tests;
