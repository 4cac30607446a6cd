//! The records as they lie in a damaged log's files: what a repair may take, without opening the log.

use std::path::Path;

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::SledConfig;
use super::trees::{OpenError, Trees};
use crate::log::engine::Remains;
use crate::log::place::BatchMark;
use crate::log::{Extent, ReadError};

/// A damaged log.
#[derive(Debug)]
pub struct SledRemains {
    trees: Trees,
    incarnation: IncarnationId,
}

impl SledRemains {
    /// Opens the files and checks nothing of what they hold.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used, is in use, or sled itself cannot read it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let trees = Trees::open(path, SledConfig::default())?;
        let incarnation = trees.incarnation()?;
        Ok(Self { trees, incarnation })
    }
}

impl Remains for SledRemains {
    fn incarnation(&self) -> IncarnationId {
        self.incarnation
    }

    fn ends(&self) -> Result<Vec<(PlanId, Position)>, ReadError> {
        let mut ends = Vec::new();
        for plan in self.trees.plans()? {
            let last = self.trees.last_position(plan)?;
            ends.extend(last.map(|last| (plan, last.next())));
        }
        Ok(ends)
    }

    fn record(&self, plan: PlanId, position: Position) -> Result<(BatchMark, Record), ReadError> {
        self.trees.event(plan, position)
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        self.trees.erased(plan)
    }
}
