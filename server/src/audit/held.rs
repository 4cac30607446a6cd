//! Events read one after the other, held against the tree that was signed of the first of them.
//!
//! Why it exists: chain and commitments show that events hold together, which a history that somebody sealed anew does too.
//! That it is the one that was signed shows only the root. A log is held against it, and so is a backup before anybody believes
//! it.

use schema::audit::{Frontier, TreeHead};
use schema::ids::PlanId;
use schema::log::Record;

use super::opening::leaf_hash;

/// What was signed of a plan, and what was read of it so far.
#[derive(Debug, Clone)]
pub struct Held {
    signed: TreeHead,
    read: Frontier,
}

/// What was read is another history than the signed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("of plan {plan} the first {events} events are not those that were signed")]
pub struct NotAsSigned {
    /// The plan.
    pub plan: PlanId,
    /// How many were signed.
    pub events: u64,
}

impl Held {
    /// Nothing is read yet.
    #[must_use]
    pub const fn against(signed: TreeHead) -> Self {
        Self {
            signed,
            read: Frontier::new(),
        }
    }

    /// What was signed.
    #[must_use]
    pub const fn signed(&self) -> TreeHead {
        self.signed
    }

    /// Takes in the next event, from the plan's first on. What comes after the signed ones is not asked.
    ///
    /// # Errors
    /// [`NotAsSigned`] at the last signed event.
    pub fn take(&mut self, plan: PlanId, record: &Record) -> Result<(), NotAsSigned> {
        let events = self.signed.size;
        if self.read.size() >= events {
            return Ok(());
        }
        let differs = NotAsSigned { plan, events };
        let added = self.read.append(leaf_hash(plan, record), |_, _| {});
        added.map_err(|_full| differs)?;
        if self.read.size() < events || self.read.head() == self.signed {
            return Ok(());
        }
        Err(differs)
    }

    /// Whether all signed events were taken in.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.read.size() >= self.signed.size
    }
}
