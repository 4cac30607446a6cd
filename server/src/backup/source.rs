//! What a backup is made of: a log and accounts, in this process or behind the admin door of a running server.
//!
//! Why it is a trait: sled gives its directory to one process, so a running server reads for the command that makes
//! the backup; the command writes the files, with the operator's rights and not the server's.

use std::path::Path;

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;
use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::accounts::Accounts;
use crate::audit::newest_checkpoint;
use crate::log::{Direction, EventLog, Extent, ReadRequest, Selector};

/// How far a plan goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Which.
    pub plan: PlanId,
    /// The first position it does not have.
    pub next: Position,
    /// The newest signed checkpoint, taken before `next`, so it is of no later event.
    pub checkpoint: Option<String>,
}

/// A log and accounts to read. Calls block.
pub trait Source {
    /// The life of the log.
    fn incarnation(&self) -> IncarnationId;

    /// How far every plan goes, all taken at about the same time.
    ///
    /// # Errors
    /// [`BackupError`] when the source cannot be read.
    fn ends(&self) -> Result<Vec<End>, BackupError>;

    /// What of a plan was erased.
    ///
    /// # Errors
    /// [`BackupError`] when the source cannot be read.
    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, BackupError>;

    /// Records from a position on, at most `limit`; fewer only where the plan ends or a page would be too large.
    ///
    /// # Errors
    /// [`BackupError`] when the source cannot be read.
    fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError>;

    /// The accounts, as [`Accounts::copy_out`] gives them.
    ///
    /// # Errors
    /// [`BackupError`] when the source cannot be read.
    fn accounts(&self) -> Result<Vec<u8>, BackupError>;

    /// The data directory, of which the size tells how much room a backup takes; none for a log alone.
    fn data(&self) -> Option<&Path>;
}

/// A log and accounts opened by this process.
pub struct Opened<'a> {
    /// The log.
    pub log: &'a dyn EventLog,
    /// The accounts.
    pub accounts: &'a Accounts,
    /// The data directory, for what was signed; none for a log alone.
    pub data: Option<&'a Path>,
}

impl Source for Opened<'_> {
    fn incarnation(&self) -> IncarnationId {
        self.log.incarnation()
    }

    fn ends(&self) -> Result<Vec<End>, BackupError> {
        let end = |plan| {
            let newest = self
                .data
                .map(|data| newest_checkpoint(data, plan, self.log.incarnation()));
            let checkpoint = newest.transpose().map_err(|error| {
                BackupError::Source(format!("the checkpoint of plan {plan} cannot be read: {error}"))
            })?;
            Ok(End {
                plan,
                checkpoint: checkpoint.flatten(),
                next: self.log.next_position(plan),
            })
        };
        self.log.plans().into_iter().map(end).collect()
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, BackupError> {
        Ok(self.log.erased(plan)?)
    }

    fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError> {
        let request = ReadRequest {
            plan,
            selector: Selector::All,
            from: from.0,
            direction: Direction::Forward,
            limit,
        };
        Ok(self.log.read(&request)?)
    }

    fn accounts(&self) -> Result<Vec<u8>, BackupError> {
        Ok(self.accounts.copy_out()?)
    }

    fn data(&self) -> Option<&Path> {
        self.data
    }
}
