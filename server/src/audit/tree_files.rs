//! The hashes of a plan's tree on disk: one file of 32-byte hashes per tile level, only ever added to.
//!
//! Why it exists: a tile is then a slice of a file and a proof a handful of slices, however long the log is. Of
//! level L the file holds the hash of every complete subtree of 256^L events, in order. All of it can be computed
//! again from the log.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use schema::audit::merkle;
use schema::audit::tile::{MissingTile, Tile, TileId, Tiles, tiles_for};
use schema::audit::{Frontier, NodeId, TreeHash, TreeHead};
use schema::limits::TREE_LEAVES_MAX;

use crate::durable;

/// Bytes of a hash.
const HASH_BYTES: u64 = 32;
/// Tile levels that a tree of `TREE_LEAVES_MAX` events has.
const LEVELS: u8 = 8;

/// The files of one tree.
#[derive(Debug, Clone)]
pub struct TreeFiles {
    directory: PathBuf,
}

/// A tree that grows: its right edge, and what was not written yet.
#[derive(Debug)]
pub struct GrowingTree {
    files: TreeFiles,
    frontier: Frontier,
    unwritten: [Vec<u8>; LEVELS as usize],
    unsynced: [bool; LEVELS as usize],
}

impl TreeFiles {
    /// The files in a directory.
    #[must_use]
    pub fn of(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Whether the hash of any event was written: a moment later the first checkpoint is signed.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn is_begun(&self) -> io::Result<bool> {
        match fs::metadata(self.path(0)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => Ok(found?.len() > 0),
        }
    }

    /// Cuts the files back to a tree of `size` events. False when they hold less than that.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn cut(&self, size: u64) -> io::Result<bool> {
        for level in 0..LEVELS {
            let bytes = columns(level, size) * HASH_BYTES;
            match OpenOptions::new().write(true).open(self.path(level)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && bytes == 0 => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
                Ok(file) => {
                    if file.metadata()?.len() < bytes {
                        return Ok(false);
                    }
                    file.set_len(bytes)?;
                }
            }
        }
        Ok(true)
    }

    /// One tile; the files must be that long.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn tile(&self, id: TileId) -> io::Result<Tile> {
        let mut bytes = vec![0; usize::from(id.width()) * 32];
        let file = File::open(self.path(id.level()))?;
        read_at(&file, &mut bytes, id.index() * 256 * HASH_BYTES)?;
        Tile::from_bytes(id, &bytes).map_err(io::Error::other)
    }

    /// The tiles that hold these nodes in a tree of `size` events.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn tiles(&self, nodes: Vec<NodeId>, size: u64) -> io::Result<Tiles> {
        tiles_for(nodes, size)
            .into_iter()
            .map(|id| self.tile(id))
            .collect()
    }

    /// The root of the first `size` events.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn root(&self, size: u64) -> io::Result<TreeHash> {
        let tiles = self.tiles(merkle::nodes_for_root(size), size)?;
        merkle::root(size, |node| tiles.node(node)).map_err(missing)
    }

    /// The hash of the event at `index`.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn leaf(&self, index: u64) -> io::Result<TreeHash> {
        let mut bytes = [0; 32];
        read_at(&File::open(self.path(0))?, &mut bytes, index * HASH_BYTES)?;
        Ok(TreeHash::from_bytes(bytes))
    }

    /// Whether the files prove that another event than this one was signed at `index`. Files that are damaged or gone prove
    /// nothing.
    #[must_use]
    pub fn prove_another(&self, signed: TreeHead, index: u64, leaf: TreeHash) -> bool {
        let kept_is_signed = || {
            let kept = self.leaf(index).ok().filter(|kept| *kept != leaf)?;
            let nodes = merkle::nodes_for_inclusion(index, signed.size);
            let tiles = self.tiles(nodes, signed.size).ok()?;
            let path = merkle::inclusion_proof(index, signed.size, |node| tiles.node(node)).ok()?;
            merkle::verify_inclusion(&signed, index, &kept, &path).ok()
        };
        kept_is_signed().is_some()
    }

    /// The first event below `size` whose hash differs from another tree's.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn first_difference(&self, other: &Self, size: u64) -> io::Result<Option<u64>> {
        for index in 0..size.div_ceil(256) {
            let tile = TileId::in_tree(0, index, size).ok_or_else(too_large)?;
            let (ours, theirs) = (self.tile(tile)?, other.tile(tile)?);
            let mut pairs = ours.hashes().iter().zip(theirs.hashes());
            if let Some(place) = pairs.position(|(our, their)| our != their) {
                return Ok(Some(index * 256 + u64::try_from(place).unwrap_or(0)));
            }
        }
        Ok(None)
    }

    /// Takes the files of another tree; they are gone there.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn take_over(&self, other: &Self) -> io::Result<()> {
        for level in 0..LEVELS {
            match fs::rename(other.path(level), self.path(level)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                renamed => renamed?,
            }
        }
        durable::sync_parent(&self.path(0))
    }

    /// Goes on with the tree of `size` events.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn grow_from(&self, size: u64) -> io::Result<GrowingTree> {
        let tiles = self.tiles(merkle::nodes_for_root(size), size)?;
        Ok(GrowingTree {
            files: self.clone(),
            frontier: Frontier::read(size, |node| tiles.node(node)).map_err(missing)?,
            unwritten: Default::default(),
            unsynced: Default::default(),
        })
    }

    fn path(&self, level: u8) -> PathBuf {
        self.directory.join(format!("hashes-{level}"))
    }

    /// Where they are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl GrowingTree {
    /// Adds an event, in memory.
    ///
    /// # Errors
    /// When the tree is full.
    pub fn append(&mut self, leaf: TreeHash) -> io::Result<()> {
        let unwritten = &mut self.unwritten;
        let completed = |node: NodeId, hash: TreeHash| {
            if node.level.is_multiple_of(8)
                && let Some(level) = unwritten.get_mut(usize::from(node.level / 8))
            {
                level.extend_from_slice(hash.as_bytes());
            }
        };
        self.frontier.append(leaf, completed).map_err(io::Error::other)
    }

    /// Hands what was added to the operating system: readers see it.
    ///
    /// # Errors
    /// What the operating system says; then the tree must be opened again.
    pub fn write(&mut self) -> io::Result<()> {
        let size = self.frontier.size();
        for (level, (bytes, unsynced)) in (0..).zip(self.unwritten.iter_mut().zip(&mut self.unsynced)) {
            if bytes.is_empty() {
                continue;
            }
            let path = self.files.path(level);
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)?;
            let end = columns(level, size) * HASH_BYTES;
            let length = u64::try_from(bytes.len()).map_err(io::Error::other)?;
            write_at(&file, bytes, end - length)?;
            bytes.clear();
            *unsynced = true;
        }
        Ok(())
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// What the operating system says; then the tree must be opened again.
    pub fn sync(&mut self) -> io::Result<()> {
        for (level, unsynced) in (0..).zip(&mut self.unsynced) {
            if *unsynced {
                File::open(self.files.path(level))?.sync_all()?;
                *unsynced = false;
            }
        }
        durable::sync_parent(&self.files.path(0))
    }

    /// The right edge.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }
}

/// Hashes of a tile level in a tree of `size` events.
fn columns(level: u8, size: u64) -> u64 {
    size >> (u32::from(level) * 8)
}

fn missing(error: MissingTile) -> io::Error {
    io::Error::other(error)
}

fn too_large() -> io::Error {
    io::Error::other(format!("no tree has more than {TREE_LEAVES_MAX} events"))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(bytes)
}
