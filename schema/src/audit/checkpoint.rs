//! Checkpoints (C2SP `tlog-checkpoint`): what a log signs about itself: who it is, how long, under which root.
//!
//! # Why it exists
//!
//! A signed checkpoint binds the server to everything before it: a log that later shows another past has signed
//! two checkpoints that no consistency proof connects, and whoever holds both can show it.
//!
//! # Invariants
//!
//! - A checkpoint has one text: sizes without leading zeroes, canonical base64, every line with its end.
//! - A log is named by its origin alone; the origin of a plan names plan and incarnation, never a host.

mod origin;
mod signed;
#[cfg(test)]
mod tests;

pub use origin::{Origin, PLAN_ORIGIN_PREFIX, ParseOriginError, PlanOrigin};
pub use signed::{LogSignatureError, SignedCheckpoint};

use std::fmt;
use std::str::FromStr;

use super::note::NoteError;
use super::{TreeHash, TreeHead};
use crate::limits::TREE_LEAVES_MAX;

/// The body of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// Its size and root.
    pub head: TreeHead,
    extensions: Vec<String>,
}

/// Text that is not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Fewer than three lines, or an empty one.
    #[error("a checkpoint has at least three lines, none of them empty")]
    Lines,
    /// The first line.
    #[error(transparent)]
    Origin(#[from] ParseOriginError),
    /// The second line.
    #[error("the size of a checkpoint is a decimal of at most {TREE_LEAVES_MAX}, without leading zeroes")]
    Size,
    /// The third line.
    #[error("the root of a checkpoint is base64 of 32 bytes")]
    Root,
}

impl Checkpoint {
    /// A checkpoint without extension lines: ours have none, because no monitor can check them.
    #[must_use]
    pub const fn new(origin: Origin, head: TreeHead) -> Self {
        Self {
            origin,
            head,
            extensions: Vec::new(),
        }
    }

    /// Lines that a stranger's log added. They are signed but say nothing that anybody here relies on.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n');
        let mut line = || lines.next().ok_or(CheckpointError::Lines);
        let origin = line()?.parse()?;
        let size = parse_size(line()?).ok_or(CheckpointError::Size)?;
        let root: TreeHash = line()?.parse().map_err(|_| CheckpointError::Root)?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions
            .iter()
            .any(|line| line.is_empty() || line.contains(|c| c < ' '))
        {
            return Err(CheckpointError::Lines);
        }
        Ok(Self {
            origin,
            head: TreeHead { size, root },
            extensions,
        })
    }
}

/// A size in its one written form.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let size: u64 = text.parse().ok()?;
    (size <= TREE_LEAVES_MAX && size.to_string() == text).then_some(size)
}
