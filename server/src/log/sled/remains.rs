//! The records as they lie in a damaged log's files: what a repair may take, without opening the log.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;
use tempfile::TempDir;

use super::SledConfig;
use super::trees::{OpenError, Trees};
use crate::log::acknowledged::{self, Marks};
use crate::log::engine::Remains;
use crate::log::place::BatchMark;
use crate::log::{Extent, ReadError};

/// sled's own notes of where it was, which it trusts more than its file.
const SNAPSHOTS: &str = "snap.";

/// A damaged log.
#[derive(Debug)]
pub struct SledRemains {
    trees: Trees,
    incarnation: IncarnationId,
    /// Where the plans ended when they last answered: sled cuts its file where it cannot read it.
    answered: Marks,
    /// Removed with it, after the trees are closed.
    _copy: Option<TempDir>,
}

impl SledRemains {
    /// Opens the files and checks nothing of what they hold. Where sled itself refuses them, a copy without its notes
    /// is read, from which it takes what is whole.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used, is in use, or sled can read nothing of it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (trees, copy) = match Trees::open(path, SledConfig::default()) {
            Err(OpenError::Engine(::sled::Error::Corruption { .. })) => {
                let copy = without_snapshots(path).map_err(::sled::Error::Io)?;
                (Trees::open(copy.path(), SledConfig::default())?, Some(copy))
            }
            opened => (opened?, None),
        };
        let incarnation = trees.incarnation()?;
        Ok(Self {
            answered: acknowledged::answered(path, incarnation, false)?,
            trees,
            incarnation,
            _copy: copy,
        })
    }
}

/// A copy of sled's files beside the log, without the notes of where it was.
fn without_snapshots(log: &Path) -> io::Result<TempDir> {
    let beside = log.parent().filter(|parent| !parent.as_os_str().is_empty());
    let copy = tempfile::Builder::new()
        .prefix("log.reading-")
        .tempdir_in(beside.unwrap_or(Path::new(".")))?;
    for entry in fs::read_dir(log)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_file() && !name.to_string_lossy().starts_with(SNAPSHOTS) {
            fs::copy(entry.path(), copy.path().join(name))?;
        }
    }
    let blobs = log.join("blobs");
    if blobs.is_dir() {
        fs::create_dir(copy.path().join("blobs"))?;
        for blob in fs::read_dir(blobs)? {
            let blob = blob?;
            fs::copy(blob.path(), copy.path().join("blobs").join(blob.file_name()))?;
        }
    }
    Ok(copy)
}

impl Remains for SledRemains {
    fn incarnation(&self) -> IncarnationId {
        self.incarnation
    }

    fn ends(&self) -> Result<Vec<(PlanId, Position)>, ReadError> {
        let mut ends: BTreeMap<PlanId, Position> = BTreeMap::new();
        for (plan, mark) in &self.answered {
            ends.insert(*plan, mark.next);
        }
        // Where sled cannot read so far, what was answered says it alone.
        for plan in self.trees.plans().unwrap_or_default() {
            if let Ok(Some(last)) = self.trees.last_position(plan) {
                let end = ends.entry(plan).or_default();
                *end = last.next().max(*end);
            }
        }
        Ok(ends.into_iter().collect())
    }

    fn record(&self, plan: PlanId, position: Position) -> Result<(BatchMark, Record), ReadError> {
        self.trees.event(plan, position)
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        self.trees.erased(plan)
    }
}
