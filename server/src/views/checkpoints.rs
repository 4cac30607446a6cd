//! Checkpoints of read models as files: one per plan, replaced whole or not at all.
//!
//! Why it exists: a power cut while a checkpoint is written must leave the one before. So it is written beside it,
//! flushed, renamed over it, and the directory flushed. A file that cannot be used is never an error: the view is
//! folded from the log, and the operator's log says why that took longer.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use schema::ids::{IncarnationId, PlanId};

use super::plan_view::{Facts, Fold, Origin};

/// The end of a checkpoint's name, after the plan's id.
const EXTENSION: &str = "view";

/// The checkpoints of one data directory.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    directory: PathBuf,
    incarnation: IncarnationId,
}

impl Checkpoints {
    /// Those of a log, in a directory that is made if needed.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(directory: &Path, incarnation: IncarnationId) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            incarnation,
        })
    }

    /// What a checkpoint that is taken now says of itself.
    #[must_use]
    pub fn origin(&self, plan: PlanId) -> Origin {
        Origin {
            fold: Fold::current(),
            incarnation: self.incarnation,
            plan,
        }
    }

    /// The facts of a plan, if there are any that this program may use; otherwise a line in the log says why not.
    /// They may have been folded by older rules: see [`Origin::fold`].
    #[must_use]
    pub fn read(&self, plan: PlanId) -> Option<Facts> {
        let bytes = match fs::read(self.path(plan)) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    pass_over(plan, &error);
                }
                return None;
            }
        };
        match Facts::decode(&bytes) {
            Ok(facts) if facts.origin.plan != plan || facts.origin.incarnation != self.incarnation => {
                pass_over(plan, &"it is of another log or plan");
                None
            }
            Ok(facts) if facts.origin.fold.is_newer() => {
                pass_over(plan, &"a newer program wrote it");
                None
            }
            Ok(facts) => Some(facts),
            Err(error) => {
                pass_over(plan, &error);
                None
            }
        }
    }

    /// Replaces a plan's checkpoint; durable when it returns.
    ///
    /// # Errors
    /// When the disk does not take it; the one before then stands.
    pub fn write(&self, facts: &Facts) -> io::Result<()> {
        let path = self.path(facts.origin.plan);
        let beside = path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(&facts.encode())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        self.sync()
    }

    /// Takes a plan's checkpoint away, and whatever a crash left beside it; durable when it returns.
    ///
    /// # Errors
    /// When the disk does not let go of it.
    pub fn remove(&self, plan: PlanId) -> io::Result<()> {
        let path = self.path(plan);
        for file in [path.with_extension("new"), path] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.sync()
    }

    fn path(&self, plan: PlanId) -> PathBuf {
        self.directory.join(format!("{plan}.{EXTENSION}"))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }
}

/// Says why a checkpoint is not used.
pub(super) fn pass_over(plan: PlanId, why: &dyn std::fmt::Display) {
    tracing::warn!(plan.id = %plan, "the checkpoint of plan {plan} is passed over: {why}");
}
