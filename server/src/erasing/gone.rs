//! Which erasures a log directory is known to have let go of, so that a start need not look at each event again.
//!
//! # Why it exists
//!
//! Whether content came back (a log that was mended with an old backup) only the log itself can say, event by event, and
//! a chapter that was written for years has hundreds of thousands. So what was looked at is noted in a file within
//! the log's directory: whoever puts another directory in its place, as mending, compacting, moving and restoring all
//! do, takes the note away with the old one.
//!
//! # Invariants
//!
//! - A request stands in it only after each of its events was seen to be erased in this directory.
//! - Without the file, or with one that cannot be read, everything is looked at once more.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use schema::ids::{ErasureId, PlanId};
use serde::{Deserialize, Serialize};

use crate::durable::{self, Readers};

/// The name of the file, in the directory of the log.
pub const FILE: &str = "erasures-looked-at";
/// The version of the file; another one counts as none.
const FORMAT: u32 = 1;

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Gone {
    path: Option<PathBuf>,
    known: BTreeMap<PlanId, BTreeSet<ErasureId>>,
    is_ahead: bool,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    gone: BTreeMap<PlanId, BTreeSet<ErasureId>>,
}

impl Gone {
    /// What the file says; without a path nothing is kept.
    pub(super) fn read(path: Option<PathBuf>) -> Self {
        let bytes = path.as_ref().and_then(|path| durable::read(path).ok().flatten());
        let document = bytes.and_then(|bytes| serde_json::from_slice::<Document>(&bytes).ok());
        let known = document.filter(|document| document.format == FORMAT);
        Self {
            path,
            known: known.map(|document| document.gone).unwrap_or_default(),
            is_ahead: false,
        }
    }

    /// Whether a request was looked at here.
    pub(super) fn holds(&self, plan: PlanId, id: ErasureId) -> bool {
        self.known.get(&plan).is_some_and(|known| known.contains(&id))
    }

    /// A request was looked at, and all of it is gone.
    pub(super) fn note(&mut self, plan: PlanId, id: ErasureId) {
        self.is_ahead |= self.known.entry(plan).or_default().insert(id);
    }

    /// Writes the file, if it lacks something.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let Some(path) = self.path.as_ref().filter(|_| self.is_ahead) else {
            return Ok(());
        };
        let bytes = serde_json::to_vec(&Document {
            format: FORMAT,
            gone: self.known.clone(),
        })?;
        durable::replace(path, &bytes, Readers::Owner)?;
        self.is_ahead = false;
        Ok(())
    }
}
