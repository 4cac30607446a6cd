//! What a backup is made of: a log and accounts, in this process or behind the admin door of a running server.
//!
//! Why it is a trait: sled gives its directory to one process, so a running server reads for the command that makes
//! the backup; the command writes the files, with the operator's rights and not the server's.

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::BackupError;
use crate::accounts::Accounts;
use crate::log::{Direction, EventLog, Extent, ReadRequest, Selector};

/// A log and accounts to read. Calls block.
pub trait Source {
    /// The life of the log.
    fn incarnation(&self) -> IncarnationId;

    /// Every plan with the first position it does not have, all taken at about the same time.
    ///
    /// # Errors
    /// [`BackupError`] when the source cannot be read.
    fn ends(&self) -> Result<Vec<(PlanId, Position)>, BackupError>;

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
}

/// A log and accounts opened by this process.
pub struct Opened<'a> {
    /// The log.
    pub log: &'a dyn EventLog,
    /// The accounts.
    pub accounts: &'a Accounts,
}

impl Source for Opened<'_> {
    fn incarnation(&self) -> IncarnationId {
        self.log.incarnation()
    }

    fn ends(&self) -> Result<Vec<(PlanId, Position)>, BackupError> {
        let plans = self.log.plans().into_iter();
        Ok(plans.map(|plan| (plan, self.log.next_position(plan))).collect())
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
}
