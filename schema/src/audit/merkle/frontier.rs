//! The right edge of a growing tree: all that must be kept to append and to know the root.
//!
//! Why it exists: a server appends millions of leaves and signs roots between them; it keeps one hash per bit
//! of the size and hands every subtree that became complete to whoever stores tiles.

use super::prove;
use crate::audit::{NodeId, TreeHash, TreeHead};
use crate::limits::TREE_LEAVES_MAX;

/// The complete subtrees of a tree, from the left, one per set bit of its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<TreeHash>,
}

/// A tree may not have more leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tree holds at most {TREE_LEAVES_MAX} leaves")]
pub struct TreeFull;

/// Bytes that are not a stored frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stored frontier: expected a size and one hash per set bit of it")]
pub struct FrontierError;

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// The frontier of the first `size` leaves, from stored hashes of complete subtrees.
    ///
    /// # Errors
    /// What `read` answers.
    pub fn read<E>(size: u64, read: impl FnMut(NodeId) -> Result<TreeHash, E>) -> Result<Self, E> {
        let peaks = prove::nodes_for_root(size)
            .into_iter()
            .map(read)
            .collect::<Result<_, E>>()?;
        Ok(Self { size, peaks })
    }

    /// Adds the hash of a leaf ([`TreeHash::of_leaf`]) and tells `completed` every subtree that is complete
    /// with it, from the leaf itself upwards: two per leaf on average. Whoever stores tiles keeps those whose
    /// level is a multiple of 8.
    ///
    /// # Errors
    /// [`TreeFull`]; then nothing changed.
    pub fn append(
        &mut self,
        leaf: TreeHash,
        mut completed: impl FnMut(NodeId, TreeHash),
    ) -> Result<(), TreeFull> {
        if self.size >= TREE_LEAVES_MAX {
            return Err(TreeFull);
        }
        let mut hash = leaf;
        let mut node = NodeId {
            level: 0,
            index: self.size,
        };
        completed(node, hash);
        while node.index % 2 == 1 {
            let left = self.peaks.pop().expect("a set bit of the size has its peak");
            hash = TreeHash::of_node(&left, &hash);
            node = NodeId {
                level: node.level + 1,
                index: node.index / 2,
            };
            completed(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
        Ok(())
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Size and root, as a checkpoint states them.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: prove::joined(&self.peaks),
        }
    }

    /// The size (8 bytes, big endian), then the hashes from the left.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend(peak.as_bytes());
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`FrontierError`] on any other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(FrontierError)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, rest) = hashes.as_chunks::<32>();
        let fits = u32::try_from(hashes.len()) == Ok(size.count_ones());
        if size > TREE_LEAVES_MAX || !rest.is_empty() || !fits {
            return Err(FrontierError);
        }
        let peaks = hashes.iter().copied().map(TreeHash::from_bytes).collect();
        Ok(Self { size, peaks })
    }
}
