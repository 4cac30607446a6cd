//! Reading that goes on once a write has failed.
//!
//! # Why it exists
//!
//! Once sled cannot write, it gives no page that it would have to change in reading ([`super::disk`]), and for one that it
//! let go of before it was written it may wait for ever. So from then on everything is read from its files.
//!
//! # Invariants
//!
//! - sled is left only when the log has stopped, which lasts until it is opened again: nothing is added to what is read.
//! - What is answered is what was visible: the ends of plans, and the blocks of the index that may not be on the disk, are
//!   kept in memory.

use super::{SledLog, panics};
use crate::log::{EventLog, Health, ReadError};

impl SledLog {
    /// Reads with sled, or without it since nothing is written any more.
    pub(super) fn reading<T>(&self, read: impl Fn() -> Result<T, ReadError>) -> Result<T, ReadError> {
        if self.health() == Health::Writing {
            match panics::caught(&read) {
                Err(ReadError::Engine(why)) if self.trees.sled_refuses() => self.stop_at(&why),
                answer => return answer,
            }
        }
        self.trees.leave_sled()?;
        panics::caught(&read)
    }

    /// Stops writing because sled refuses to read, which is the first that shows of a failed write: pages are written also
    /// by who reads.
    fn stop_at(&self, why: &str) {
        // An append that is under way may be the one that failed, and tells why.
        if let Ok(_between_appends) = self.writing() {
            self.stop(&ReadError::Engine(why.to_owned()));
        }
    }
}
