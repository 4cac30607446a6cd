//! Flat changes: what must be done to the letters and markers of a text to make its blocks into other blocks.
//!
//! # Why it exists
//!
//! The editor says "these paragraphs are now those"; automerge must hear only what a person really did, or two
//! people in one paragraph would overwrite each other and the history would call old words new. So the smallest
//! change is sought ([`diff`]), moved to where the text stands by now ([`rebase`]), and written ([`apply`]).
//!
//! # Invariants
//!
//! - Positions are UTF-16 units, one per marker, **in the text before the change**, for every operation of a
//!   change alike. Operations that insert or delete stand in ascending order; at one position, inserts come first.
//! - A deletion covers letters of one block, never a marker, and no position splits a surrogate pair.
//! - `apply(diff(a, b))` on a text with blocks `a` gives `b`; after a rebase no letter that either side typed
//!   is lost.
//!
//! # Reading order
//!
//! [`FlatOp`], then [`diff`] (with [`align`], [`borders`] and [`units`] under it), [`diff_known`], [`along`], [`rebase`], [`in_changes`], [`apply`].

pub mod align;
pub mod along;
pub mod apply;
mod borders;
pub mod diff;
pub mod known;
pub mod portions;
pub mod rebase;
mod units;
mod writer;

pub use along::{along, stayed};
pub use apply::apply;
pub use diff::{Kept, between, diff, diff_kept, diff_range, diff_stayed};
pub use known::diff_known;
pub use portions::in_changes;
pub use rebase::{rebase, rebase_before, rebase_behind};
pub use units::is_word_letter;

use super::model::{Block, Marks, utf16_len};
use super::spans::MarkName;
use automerge::ScalarValue;

/// One operation of a flat change.
#[derive(Debug, Clone, PartialEq)]
pub enum FlatOp {
    /// Sets a mark over letters, or takes it away.
    Mark {
        /// First unit.
        start: usize,
        /// After the last unit.
        end: usize,
        /// Which mark.
        name: MarkName,
        /// What to set; `None` takes it away.
        value: Option<ScalarValue>,
    },
    /// Changes a marker in place.
    UpdateBlock {
        /// Where the marker stands.
        at: usize,
        /// The block as it was, without letters.
        from: Block,
        /// The block as it shall be, without letters.
        to: Block,
    },
    /// Inserts letters.
    InsertText {
        /// Before which unit.
        at: usize,
        /// The letters.
        text: String,
        /// The marks that they shall have, whatever stands beside them.
        marks: Marks,
    },
    /// Inserts a marker: what follows in the block becomes a block of its own.
    InsertBlock {
        /// Before which unit.
        at: usize,
        /// The block, without letters.
        block: Block,
    },
    /// Deletes letters.
    DeleteText {
        /// First unit.
        at: usize,
        /// How many units.
        len: usize,
    },
    /// Deletes a marker: its letters join the block before.
    DeleteBlock {
        /// Where the marker stands.
        at: usize,
    },
}

impl FlatOp {
    /// Where it begins.
    #[must_use]
    pub fn at(&self) -> usize {
        match self {
            Self::Mark { start: at, .. }
            | Self::UpdateBlock { at, .. }
            | Self::InsertText { at, .. }
            | Self::InsertBlock { at, .. }
            | Self::DeleteText { at, .. }
            | Self::DeleteBlock { at } => *at,
        }
    }

    /// Units that come in and units that go.
    #[must_use]
    pub fn growth(&self) -> (usize, usize) {
        match self {
            Self::Mark { .. } | Self::UpdateBlock { .. } => (0, 0),
            Self::InsertText { text, .. } => (utf16_len(text), 0),
            Self::InsertBlock { .. } => (1, 0),
            Self::DeleteText { len, .. } => (0, *len),
            Self::DeleteBlock { .. } => (0, 1),
        }
    }
}

/// A block's marker: the block without its letters.
fn marker_of(block: &Block) -> Block {
    Block {
        kind: block.kind.clone(),
        parents: block.parents.clone(),
        content: Vec::new(),
    }
}

/// Whether two blocks have equal markers.
fn same_marker(a: &Block, b: &Block) -> bool {
    a.kind == b.kind && a.parents == b.parents
}

#[cfg(test)]
mod tests;
