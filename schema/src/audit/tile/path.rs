//! Paths of tiles: `tile/<level>/<index>[.p/<width>]` and `tile/entries/<index>[.p/<width>]`.
//!
//! Why it exists: a path comes from a stranger's request and may become the name of a file. Only the one form
//! that `tlog-tiles` gives a tile is read: whatever is written another way when written again is refused.

use std::fmt;
use std::str::FromStr;

use super::{TILE_WIDTH, TileId};
use crate::limits::TILE_PATH_BYTES_MAX;

/// A bundle of leaves: it has the index and width of the tile of their hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId(TileId);

impl BundleId {
    /// A bundle by index and number of leaves (1 to 256); nothing if no tree has it.
    #[must_use]
    pub fn new(index: u64, width: u16) -> Option<Self> {
        TileId::new(0, index, width).map(Self)
    }

    /// The bundle as the tree of `size` leaves has it.
    #[must_use]
    pub fn in_tree(index: u64, size: u64) -> Option<Self> {
        TileId::in_tree(0, index, size).map(Self)
    }

    /// The tile that holds the hashes of its leaves.
    #[must_use]
    pub const fn hashes(self) -> TileId {
        self.0
    }

    /// Index of its first leaf.
    #[must_use]
    pub fn first_leaf(self) -> u64 {
        self.0.first_column()
    }

    /// Number of leaves, 1 to 256.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.0.width
    }
}

/// What a path below a log's prefix asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TilePath {
    /// A tile of hashes.
    Hashes(TileId),
    /// A bundle of leaves.
    Entries(BundleId),
}

/// Text that is not the path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile: expected tile/LEVEL/INDEX or tile/entries/INDEX, with .p/WIDTH if partial")]
pub struct ParseTilePathError;

impl FromStr for TilePath {
    type Err = ParseTilePathError;

    fn from_str(text: &str) -> Result<Self, ParseTilePathError> {
        parse(text)
            .filter(|path| path.to_string() == text)
            .ok_or(ParseTilePathError)
    }
}

fn parse(text: &str) -> Option<TilePath> {
    if text.len() > TILE_PATH_BYTES_MAX {
        return None;
    }
    let (level, place) = text.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match place.split_once(".p/") {
        Some((index, width)) => (index, width.parse().ok().filter(|width| *width < TILE_WIDTH)?),
        None => (place, TILE_WIDTH),
    };
    let index = parse_index(index)?;
    if level == "entries" {
        BundleId::new(index, width).map(TilePath::Entries)
    } else {
        TileId::new(level.parse().ok()?, index, width).map(TilePath::Hashes)
    }
}

fn parse_index(text: &str) -> Option<u64> {
    text.split('/').try_fold(0_u64, |index, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let group: u64 = digits.parse().ok().filter(|group| *group < 1_000)?;
        index.checked_mul(1_000)?.checked_add(group)
    })
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tile = match self {
            Self::Hashes(tile) => {
                write!(f, "tile/{}/", tile.level)?;
                tile
            }
            Self::Entries(bundle) => {
                f.write_str("tile/entries/")?;
                &bundle.0
            }
        };
        write_index(f, tile.index)?;
        if tile.width < TILE_WIDTH {
            write!(f, ".p/{}", tile.width)?;
        }
        Ok(())
    }
}

/// Groups of three digits; all but the last begin with `x`, so that no file has the name of a folder.
fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    let mut above = index / 1_000;
    let mut groups = Vec::new();
    while above > 0 {
        groups.push(above % 1_000);
        above /= 1_000;
    }
    for group in groups.iter().rev() {
        write!(f, "x{group:03}/")?;
    }
    write!(f, "{:03}", index % 1_000)
}
