//! The first line of an export, which says of what it is and who signs for it, and the last, which says how it ends.
//!
//! Why the size is said first: a reader knows how far it is, and at which size to compare the root with what was
//! signed, without keeping the tree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::audit::quorum::Witness;
use crate::audit::{LogKey, PlanOrigin, SignedCheckpoint, TreeHash};
use crate::date_time;
use crate::ids::{IncarnationId, PlanId, TimestampMs};

/// Stands in every file, for whoever opens it with an editor.
const ABOUT: &str =
    "Every event of one plan. Persons stand here by id only: their names are kept outside the log.";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    pub(super) format: String,
    pub(super) about: String,
    /// The plan.
    pub plan: PlanId,
    /// The life of the log it was taken from.
    pub incarnation: IncarnationId,
    pub(super) origin: String,
    /// Name and version of the program that wrote the file.
    pub program: String,
    /// When, RFC 3339, by the server's clock.
    pub made_at: String,
    /// What was asked for, by name of the filter; nothing for a whole export.
    pub filter: Option<BTreeMap<String, String>>,
    /// Events of the plan at that moment, shown or left out.
    pub size: u64,
    /// Size of the tree that the checkpoint in the last line states; nothing when nothing was signed.
    pub checkpoint_size: Option<u64>,
    /// The log's keys as the server names them.
    pub keys: Vec<KeyPeriod>,
    /// The plan's witnesses as the server names them.
    pub witnesses: Vec<Witness>,
}

/// A key of the log and the time in which it signs, both as the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyPeriod {
    /// The vkey, named by the origin.
    pub key: LogKey,
    /// Since when, RFC 3339.
    pub from: Option<String>,
    /// Until when, RFC 3339; nothing for the newest.
    pub until: Option<String>,
}

/// What a server has signed of a plan's log, and who signs it. Nothing of it where nothing was signed yet.
#[derive(Debug, Clone, Default)]
pub struct Seals {
    /// The log's keys.
    pub keys: Vec<KeyPeriod>,
    /// The plan's witnesses.
    pub witnesses: Vec<Witness>,
    /// The newest checkpoint, with its cosignatures.
    pub checkpoint: Option<SignedCheckpoint>,
}

/// How a file comes about.
#[derive(Debug, Clone)]
pub struct Made {
    /// Name and version of the program.
    pub program: String,
    /// When.
    pub at: TimestampMs,
    /// The filter; nothing for a whole export.
    pub filter: Option<BTreeMap<String, String>>,
}

impl Header {
    /// The header of an export of the first `size` events.
    #[must_use]
    pub fn new(origin: PlanOrigin, size: u64, made: Made, seals: &Seals) -> Self {
        Self {
            format: FORMAT.to_owned(),
            about: ABOUT.to_owned(),
            plan: origin.plan,
            incarnation: origin.incarnation,
            origin: origin.to_string(),
            program: made.program,
            made_at: date_time::format(made.at),
            filter: made.filter,
            size,
            checkpoint_size: seals.checkpoint.as_ref().map(|note| note.checkpoint().head.size),
            keys: seals.keys.clone(),
            witnesses: seals.witnesses.clone(),
        }
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> PlanOrigin {
        PlanOrigin {
            plan: self.plan,
            incarnation: self.incarnation,
        }
    }

    /// Whether everything that can be said in another way is said in ours.
    pub(super) fn is_sound(&self) -> bool {
        self.format == FORMAT && self.about == ABOUT && self.origin == self.log().to_string()
    }
}

/// The last line, inside `{"trailer": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trailer {
    /// Events shown.
    pub events: u64,
    /// Events left out by the filter.
    pub left_out: u64,
    /// Events together: leaves of the tree.
    pub size: u64,
    /// Chain value of the last event; of 32 zero bytes when there is none.
    pub chain: TreeHash,
    /// Root of the tree.
    pub root: TreeHash,
    /// The newest checkpoint with its cosignatures, a signed note.
    pub checkpoint: Option<SignedCheckpoint>,
}
