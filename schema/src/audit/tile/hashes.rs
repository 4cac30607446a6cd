//! Tiles of hashes: making them, reading them, and reading the hash of any complete subtree out of them.
//!
//! Why it exists: with [`Tiles`] as reader, the functions of `merkle` compute roots and proofs from files.

use std::collections::BTreeMap;

use super::{TILE_HEIGHT, TileId, columns_of};
use crate::audit::{NodeId, TreeHash};

/// A tile and its hashes, exactly as many as its width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    id: TileId,
    hashes: Vec<TreeHash>,
}

/// Bytes of another length than the tile's width asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile of {width} hashes has 32 bytes for each, not {found} bytes in all")]
pub struct TileLengthError {
    width: u16,
    found: usize,
}

impl Tile {
    /// Makes a tile from hashes of complete subtrees, as [`crate::audit::Frontier::append`] hands them out.
    ///
    /// # Errors
    /// What `read` answers.
    pub fn read<E>(id: TileId, read: impl FnMut(NodeId) -> Result<TreeHash, E>) -> Result<Self, E> {
        let hashes = id.nodes().map(read).collect::<Result<_, E>>()?;
        Ok(Self { id, hashes })
    }

    /// Reads the published bytes: the hashes, one after the other.
    ///
    /// # Errors
    /// [`TileLengthError`] when there are more or fewer than the tile's width.
    pub fn from_bytes(id: TileId, bytes: &[u8]) -> Result<Self, TileLengthError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if hashes.len() != usize::from(id.width) || !rest.is_empty() {
            return Err(TileLengthError {
                width: id.width,
                found: bytes.len(),
            });
        }
        let hashes = hashes.iter().copied().map(TreeHash::from_bytes).collect();
        Ok(Self { id, hashes })
    }

    /// The published bytes, 32 per hash.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(TreeHash::as_bytes).copied().collect()
    }

    /// Which tile it is.
    #[must_use]
    pub const fn id(&self) -> TileId {
        self.id
    }

    /// The hashes, from the left.
    #[must_use]
    pub fn hashes(&self) -> &[TreeHash] {
        &self.hashes
    }

    /// The hash of a complete subtree whose level the tile covers and that lies within its width.
    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<TreeHash> {
        if node.level / TILE_HEIGHT != self.id.level {
            return None;
        }
        let (first, count) = columns_of(node, self.id.level)?;
        let start = usize::try_from(first.checked_sub(self.id.first_column())?).ok()?;
        let end = start.checked_add(usize::try_from(count).ok()?)?;
        Some(complete(self.hashes.get(start..end)?))
    }
}

/// The hash over a power of two of hashes.
fn complete(hashes: &[TreeHash]) -> TreeHash {
    match hashes {
        [single] => *single,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            TreeHash::of_node(&complete(left), &complete(right))
        }
    }
}

/// The tiles at hand, as a reader for the functions of `merkle`: `|node| tiles.node(node)`.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<(u8, u64), Tile>);

/// No tile at hand holds the subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no tile at hand holds the subtree {} of level {}", .0.index, .0.level)]
pub struct MissingTile(pub NodeId);

impl Tiles {
    /// Adds a tile. Of two widths of the same tile the wider one stays: it begins with the other.
    pub fn insert(&mut self, tile: Tile) {
        let at_hand = self
            .0
            .entry((tile.id.level, tile.id.index))
            .or_insert_with(|| tile.clone());
        if at_hand.id.width < tile.id.width {
            *at_hand = tile;
        }
    }

    /// The hash of a complete subtree.
    ///
    /// # Errors
    /// [`MissingTile`] when the tile it stands in is not at hand or not wide enough.
    pub fn node(&self, node: NodeId) -> Result<TreeHash, MissingTile> {
        let level = node.level / TILE_HEIGHT;
        let of_column = |(first, _): (u64, u64)| self.0.get(&(level, first >> TILE_HEIGHT));
        columns_of(node, level)
            .and_then(of_column)
            .and_then(|tile| tile.node(node))
            .ok_or(MissingTile(node))
    }
}

impl FromIterator<Tile> for Tiles {
    fn from_iter<I: IntoIterator<Item = Tile>>(tiles: I) -> Self {
        let mut all = Self::default();
        for tile in tiles {
            all.insert(tile);
        }
        all
    }
}
