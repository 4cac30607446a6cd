//! Which parts of a tree a proof speaks of, as ranges of leaves; and the complete subtrees that make up a range.
//!
//! Why it exists: both proofs of RFC 6962 walk from the root towards one place and name what lies beside the
//! way. Naming it first and hashing it later lets a caller fetch everything in one go.

use crate::audit::NodeId;
use crate::limits::TREE_LEAVES_MAX;

/// Leaves `start` to `end`, end exclusive, as one subtree of RFC 6962: its start is a multiple of the largest
/// power of two that fits in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeafRange {
    start: u64,
    end: u64,
}

impl LeafRange {
    /// A whole tree.
    pub(super) fn tree(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    fn len(self) -> u64 {
        self.end - self.start
    }

    /// Both children: the left one holds the largest power of two below the length. Nothing for a single leaf.
    fn halves(self) -> Option<(Self, Self)> {
        let before_last = self.len().checked_sub(1)?;
        let middle = self.start + (1 << before_last.checked_ilog2()?);
        Some((
            Self { end: middle, ..self },
            Self {
                start: middle,
                ..self
            },
        ))
    }

    /// The complete subtrees that make up the range, from the left, each smaller than the one before.
    pub(super) fn nodes(self) -> impl Iterator<Item = NodeId> {
        let mut start = self.start;
        std::iter::from_fn(move || {
            let level = (self.end - start).checked_ilog2()?;
            let node = NodeId {
                level: u8::try_from(level).ok()?,
                index: start >> level,
            };
            start += 1 << level;
            Some(node)
        })
    }
}

/// What stands in the inclusion proof of a leaf (RFC 6962 §2.1.1), from the leaf upwards.
pub(super) fn inclusion(index: u64, size: u64) -> Option<Vec<LeafRange>> {
    if index >= size || size > TREE_LEAVES_MAX {
        return None;
    }
    let mut beside = Vec::new();
    let mut at = LeafRange::tree(size);
    while let Some((left, right)) = at.halves() {
        let goes_left = index < left.end;
        at = if goes_left { left } else { right };
        beside.push(if goes_left { right } else { left });
    }
    beside.reverse();
    Some(beside)
}

/// What stands in the consistency proof between two sizes (RFC 6962 §2.1.2), in its order.
/// Nothing stands in it from an empty tree or to the same size.
pub(super) fn consistency(old_size: u64, new_size: u64) -> Option<Vec<LeafRange>> {
    if old_size > new_size || new_size > TREE_LEAVES_MAX {
        return None;
    }
    let mut beside = Vec::new();
    if old_size == 0 {
        return Some(beside);
    }
    let mut at = LeafRange::tree(new_size);
    while at.end != old_size {
        let (left, right) = at.halves()?;
        let goes_left = old_size <= left.end;
        at = if goes_left { left } else { right };
        beside.push(if goes_left { right } else { left });
    }
    // Where the old tree ends with a subtree that is not the old tree itself, the verifier does not have its hash.
    if at.start > 0 {
        beside.push(at);
    }
    beside.reverse();
    Some(beside)
}
