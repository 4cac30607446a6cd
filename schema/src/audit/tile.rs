//! Tiles: the tree's hashes in rows of 256, and its leaves in bundles of 256, as C2SP `tlog-tiles` publishes them.
//!
//! # Why it exists
//!
//! A full tile never changes, so it can be stored as a file, cached for ever, mirrored by anybody, and every
//! proof can be computed from a handful of them. A server that keeps tiles needs no other form of the tree.
//!
//! # Invariants
//!
//! - A tile of level L holds the hashes of subtrees of height 8·L; the seven levels between are hashed when read.
//! - A [`TileId`] names a tile that some tree within `TREE_LEAVES_MAX` has: level, index and width are checked.

mod bundle;
mod hashes;
mod path;
#[cfg(test)]
mod tests;

pub use bundle::{BundleError, decode_bundle, encode_bundle};
pub use hashes::{MissingTile, Tile, TileLengthError, Tiles};
pub use path::{BundleId, ParseTilePathError, TilePath};

use std::collections::BTreeSet;

use super::NodeId;
use crate::limits::TREE_LEAVES_MAX;

/// Levels of the tree in one tile.
pub const TILE_HEIGHT: u8 = 8;
/// Hashes of a full tile, leaves of a full bundle.
pub const TILE_WIDTH: u16 = 1 << TILE_HEIGHT;
/// Level of the highest tile that a tree of `TREE_LEAVES_MAX` leaves has.
const TILE_LEVEL_MAX: u8 = 7;

/// One tile of hashes, full or partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

impl TileId {
    /// A tile by level, index within the level, and number of hashes (1 to 256); nothing if no tree has it.
    #[must_use]
    pub fn new(level: u8, index: u64, width: u16) -> Option<Self> {
        let columns = TREE_LEAVES_MAX >> shift_of(level)?;
        let end = index
            .checked_mul(u64::from(TILE_WIDTH))?
            .checked_add(u64::from(width))?;
        let fits = (1..=TILE_WIDTH).contains(&width) && end <= columns;
        fits.then_some(Self { level, index, width })
    }

    /// The tile as the tree of `size` leaves has it, which is partial at the right edge.
    #[must_use]
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let columns = size >> shift_of(level)?;
        let left = columns.checked_sub(index.checked_mul(u64::from(TILE_WIDTH))?)?;
        Self::new(level, index, u16::try_from(left.min(u64::from(TILE_WIDTH))).ok()?)
    }

    /// The tile that the hash of a complete subtree is read from, as the tree of `size` leaves has it.
    #[must_use]
    pub fn of_node(node: NodeId, size: u64) -> Option<Self> {
        let level = node.level / TILE_HEIGHT;
        let (first, count) = columns_of(node, level)?;
        let tile = Self::in_tree(level, first / u64::from(TILE_WIDTH), size)?;
        let end = first.checked_add(count)?;
        (end <= tile.first_column() + u64::from(tile.width)).then_some(tile)
    }

    /// 0 for leaves, 1 for subtrees of 256 leaves, and so on.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.level
    }

    /// Which one of its level, from the left, from 0.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.index
    }

    /// Number of hashes, 1 to 256.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.width
    }

    /// The subtrees whose hashes the tile holds, from the left.
    pub fn nodes(self) -> impl Iterator<Item = NodeId> {
        let first = self.first_column();
        (first..first + u64::from(self.width)).map(move |index| NodeId {
            level: self.level * TILE_HEIGHT,
            index,
        })
    }

    fn first_column(self) -> u64 {
        self.index * u64::from(TILE_WIDTH)
    }
}

/// Leaves below one hash of a tile, as a power of two.
fn shift_of(level: u8) -> Option<u32> {
    (level <= TILE_LEVEL_MAX).then(|| u32::from(level * TILE_HEIGHT))
}

/// The hashes of tile level `level` that make up a node: the first one and how many.
fn columns_of(node: NodeId, level: u8) -> Option<(u64, u64)> {
    let height = node.level.checked_sub(level.checked_mul(TILE_HEIGHT)?)?;
    let count = 1_u64.checked_shl(u32::from(height))?;
    Some((node.index.checked_mul(count)?, count))
}

/// The tiles that hold these nodes in a tree of `size` leaves. A node that the tree does not have adds none.
#[must_use]
pub fn tiles_for(nodes: impl IntoIterator<Item = NodeId>, size: u64) -> BTreeSet<TileId> {
    nodes
        .into_iter()
        .filter_map(|node| TileId::of_node(node, size))
        .collect()
}

/// The tiles to publish when a tree of `old_size` leaves has grown to `new_size`: those that are new or wider,
/// partial ones included, level by level. From size 0 it is every tile of the tree.
pub fn tiles_between(old_size: u64, new_size: u64) -> impl Iterator<Item = TileId> {
    (0..=TILE_LEVEL_MAX).flat_map(move |level| {
        let shift = u32::from(level * TILE_HEIGHT);
        let (old_columns, new_columns) = (old_size >> shift, new_size >> shift);
        let width = u64::from(TILE_WIDTH);
        let end = if new_columns > old_columns {
            new_columns.div_ceil(width)
        } else {
            0
        };
        (old_columns / width..end).filter_map(move |index| TileId::in_tree(level, index, new_size))
    })
}
