//! Roots and proofs, computed from the hashes of complete subtrees that a reader hands over.
//!
//! Why it exists: whoever keeps tiles (a server, an export, a mirror) proves any leaf of millions by reading
//! some twenty hashes. The `nodes_for_…` functions say beforehand which ones.

use super::ranges::{self, LeafRange};
use crate::audit::{NodeId, TreeHash};

/// Why there is no proof.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BuildError<E> {
    /// The tree does not hold that leaf, or is larger than any tree may be.
    #[error("a tree of {size} leaves has no leaf {index} to prove")]
    NoSuchLeaf {
        /// The leaf asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A tree does not shrink, nor grow beyond `TREE_LEAVES_MAX`.
    #[error("a tree of {old_size} leaves cannot have become one of {new_size}")]
    NotGrown {
        /// Size before.
        old_size: u64,
        /// Size after.
        new_size: u64,
    },
    /// The reader did not give a hash.
    #[error("a hash of the tree could not be read")]
    Read(#[source] E),
}

/// The root of the first `size` leaves.
///
/// # Errors
/// What `read` answers.
pub fn root<E>(size: u64, mut read: impl FnMut(NodeId) -> Result<TreeHash, E>) -> Result<TreeHash, E> {
    hash_of(LeafRange::tree(size), &mut read)
}

/// Hashes that prove leaf `index` in the tree of `size` leaves, from its sibling upwards (RFC 6962 §2.1.1).
///
/// # Errors
/// [`BuildError::NoSuchLeaf`], or what `read` answers.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    read: impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<Vec<TreeHash>, BuildError<E>> {
    let beside = ranges::inclusion(index, size).ok_or(BuildError::NoSuchLeaf { index, size })?;
    hashes_of(beside, read)
}

/// Hashes that prove that the tree of `new_size` leaves begins with that of `old_size` (RFC 6962 §2.1.2).
/// Empty where one of both has nothing to prove: from size 0, or to the same size.
///
/// # Errors
/// [`BuildError::NotGrown`], or what `read` answers.
pub fn consistency_proof<E>(
    old_size: u64,
    new_size: u64,
    read: impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<Vec<TreeHash>, BuildError<E>> {
    let beside =
        ranges::consistency(old_size, new_size).ok_or(BuildError::NotGrown { old_size, new_size })?;
    hashes_of(beside, read)
}

/// The subtrees that [`root`] reads.
#[must_use]
pub fn nodes_for_root(size: u64) -> Vec<NodeId> {
    LeafRange::tree(size).nodes().collect()
}

/// The subtrees that [`inclusion_proof`] reads; none for a leaf that the tree does not hold.
#[must_use]
pub fn nodes_for_inclusion(index: u64, size: u64) -> Vec<NodeId> {
    nodes_of(ranges::inclusion(index, size))
}

/// The subtrees that [`consistency_proof`] reads; none for a tree that shrank.
#[must_use]
pub fn nodes_for_consistency(old_size: u64, new_size: u64) -> Vec<NodeId> {
    nodes_of(ranges::consistency(old_size, new_size))
}

fn nodes_of(ranges: Option<Vec<LeafRange>>) -> Vec<NodeId> {
    ranges.into_iter().flatten().flat_map(LeafRange::nodes).collect()
}

fn hashes_of<E>(
    ranges: Vec<LeafRange>,
    mut read: impl FnMut(NodeId) -> Result<TreeHash, E>,
) -> Result<Vec<TreeHash>, BuildError<E>> {
    ranges
        .into_iter()
        .map(|range| hash_of(range, &mut read).map_err(BuildError::Read))
        .collect()
}

fn hash_of<E>(range: LeafRange, read: &mut impl FnMut(NodeId) -> Result<TreeHash, E>) -> Result<TreeHash, E> {
    let nodes: Vec<TreeHash> = range.nodes().map(read).collect::<Result<_, E>>()?;
    Ok(joined(&nodes))
}

/// The hash over neighbouring complete subtrees, each smaller than the one before: the smallest two first.
pub(super) fn joined(subtrees: &[TreeHash]) -> TreeHash {
    let from_right = subtrees.iter().rev().copied();
    from_right
        .reduce(|right, left| TreeHash::of_node(&left, &right))
        .unwrap_or_else(TreeHash::of_empty_tree)
}
