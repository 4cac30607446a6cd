//! Backups: a copy of log and accounts beside the server, and the way back.
//!
//! # Why it exists
//!
//! A disk fails, a hand slips. What a region wrote must come back from a copy that was proved when it was made, and
//! the world must be able to see that it came back from a copy and not quietly.
//!
//! # Invariants
//!
//! - A backup is what its manifest names. Files are named by their content, written before the manifest and removed
//!   after it, so a run that is cut off at any instant leaves the backup before it.
//! - What was erased before a run is not in the backup after it.
//! - A backup that is made, checked, restored or repaired from holds what the newest signed checkpoint in it is of.
//! - Records are copied byte for byte, so every proof made of the log holds for its backup and what is restored.
//! - Keys of the server are never in a backup of data ([`crate::key_archive`] keeps those).
//! - What is restored is another life of the log, and says so in every plan.
//!
//! # Reading order
//!
//! [`manifest`] and [`records`] are the format (drawn in `docs/storage.md`), [`source`] what a backup is made of,
//! [`make`] with `stretch`, [`verify`], [`restore`]; [`repair`] mends a damaged log from a backup.

pub mod disk;
pub mod make;
pub mod manifest;
mod place;
pub mod records;
pub mod repair;
pub mod restore;
pub mod source;
mod stretch;
#[cfg(test)]
mod tests;
pub mod verify;

use std::io;
use std::path::Path;

use schema::ids::{IncarnationId, PlanId, Position};

use crate::accounts::AccountsError;
use crate::audit::held::NotAsSigned;
use crate::log::engine::EngineError;
use crate::log::space::RoomError;
use crate::log::{AdoptError, AppendError, ReadError};

/// Why no backup was made, found whole or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Files and directories.
    #[error("{what} {path}: {source}")]
    Files {
        /// What was to be done.
        what: &'static str,
        /// To which.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// A file of the backup is not what it was.
    #[error("the backup is damaged: {file}: {what}. {}", without(.file))]
    Damaged {
        /// Its name in the backup.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// Made by a newer program.
    #[error("this backup was made by version {program} (format {format}); version {own} cannot read it: use that version or a newer one", own = env!("CARGO_PKG_VERSION"))]
    Newer {
        /// The version that made it.
        program: String,
        /// Its format.
        format: u64,
    },
    /// The accounts were lost since.
    #[error(
        "nobody has an account any more, and the backup in {0} holds people: were the accounts lost, restore the backup \
         elsewhere and copy its directory `accounts` here while the server is stopped; were they meant to go, begin a \
         backup in a new directory"
    )]
    AccountsGone(String),
    /// There is no backup there.
    #[error(
        "{0} holds no backup: there is no manifest.json, which is written last. Name the directory that `schrijftafel backup --to` \
         wrote; if this is a copy, finish it"
    )]
    NoBackup(String),
    /// What lies there is nothing that a backup left.
    #[error(
        "{directory} holds {name} and no backup: name an empty directory, a new one, or that of an earlier backup of this log"
    )]
    Foreign {
        /// Where.
        directory: String,
        /// The first thing that lies there.
        name: String,
    },
    /// Somebody else makes a backup there.
    #[error("another backup into {0} is under way")]
    Busy(String),
    /// The directory holds a backup of another log, or of another life of this one.
    #[error(
        "{directory} holds a backup of another life of the log ({found}, this one is {own}); name another directory"
    )]
    OtherLog {
        /// Where.
        directory: String,
        /// Whose backup it is.
        found: IncarnationId,
        /// The log's.
        own: IncarnationId,
    },
    /// The log does not go on from what the backup holds.
    #[error(
        "plan {plan} does not go on from event {position} of the backup in {directory}; name another directory, \
         and keep this one: it holds what the log does not"
    )]
    Diverged {
        /// Where.
        directory: String,
        /// Which plan.
        plan: PlanId,
        /// The backup's last event, or the log's when it is shorter.
        position: Position,
    },
    /// Its records hold together, and are another history than the one that was signed.
    #[error(
        "{0}, though they hold together: they were exchanged and sealed anew. `schrijftafel audit check` tells whether the log \
         is still the signed one: then begin a backup in a new directory. Otherwise go back to an earlier backup, and hold \
         the checkpoint of a witness or a party against it"
    )]
    NotAsSigned(#[from] NotAsSigned),
    /// Its newest checkpoint is of more events than it holds.
    #[error(
        "of plan {plan} {events} events were signed, and fewer are here: take an earlier backup, or one of the log where \
         `schrijftafel audit check` calls it whole"
    )]
    LacksSigned {
        /// The plan.
        plan: PlanId,
        /// How many were signed.
        events: u64,
    },
    /// There is no room for what is written.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// What is restored needs an empty place.
    #[error(
        "{0} is not empty; a restore needs an empty directory: name a new one with --data, or move this one away and keep it"
    )]
    NotEmpty(String),
    /// Something was said of a plan that the backup does not have.
    #[error("the backup holds no plan {0}")]
    NoSuchPlan(PlanId),
    /// The source cannot be read.
    #[error("{0}")]
    Source(String),
    /// The log.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log.
    #[error(transparent)]
    Open(#[from] EngineError),
    /// The log does not take a record.
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    /// The log does not take the event that tells of the recovery.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
}

/// What to do where a file of a backup is not what it was.
fn without(file: &str) -> &'static str {
    if file == manifest::NAME {
        "Nothing of a backup can be read without it: take another copy of the backup, or begin one in a new directory"
    } else {
        "Take another copy of the backup. Where the log is still there, the next `schrijftafel backup` into this directory \
         writes the file again"
    }
}

/// An error about a file that is not what it was.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers hand over a text or an error they just made"
)]
pub(crate) fn damaged(file: &str, what: impl ToString) -> BackupError {
    BackupError::Damaged {
        file: file.to_owned(),
        what: what.to_string(),
    }
}

/// An error about files and directories.
pub(crate) fn files(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.display().to_string();
    move |source| BackupError::Files { what, path, source }
}
