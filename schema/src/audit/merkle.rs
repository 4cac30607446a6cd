//! The Merkle tree over a plan's leaves (RFC 6962 §2.1, RFC 9162 §2.1): appending, roots, proofs and their check.
//!
//! # Why it exists
//!
//! One hash of 32 bytes stands for a log of any length. That an event is in it (inclusion) and that a later tree
//! only added to an earlier one (consistency) are proved with a few dozen hashes.
//!
//! # Invariants
//!
//! - Appending needs only the [`Frontier`], at most 62 hashes; proving needs only hashes of *complete* subtrees,
//!   which never change once written. So nothing here ever reads the log.
//! - A tree holds at most `TREE_LEAVES_MAX` leaves; below it no shift or sum here overflows.

mod frontier;
mod prove;
mod ranges;
#[cfg(test)]
mod tests;
mod verify;

pub use frontier::{Frontier, FrontierError, TreeFull};
pub use prove::{
    BuildError, consistency_proof, inclusion_proof, nodes_for_consistency, nodes_for_inclusion,
    nodes_for_root, root,
};
pub use verify::{NotProved, verify_consistency, verify_inclusion};

use super::TreeHash;

/// A complete subtree: the one over leaves `index · 2^level` to `(index + 1) · 2^level`, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves: 0 is a leaf.
    pub level: u8,
    /// Which one at that level, from the left, from 0.
    pub index: u64,
}

/// A tree as a checkpoint states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
}

impl TreeHead {
    /// The tree before anything happened.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: 0,
            root: TreeHash::of_empty_tree(),
        }
    }
}
