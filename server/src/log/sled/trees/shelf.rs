//! One tree, where it is read now: in sled, or in sled's files once sled writes no more ([`DiskTrees`]).

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use ::sled::{IVec, Tree};

use super::Trees;
use crate::log::ReadError;
use crate::log::sled::disk::DiskTrees;
use crate::log::sled::panics::EngineDamaged;

/// What a look for an entry finds.
pub(super) type Found = Result<Option<(IVec, IVec)>, ReadError>;

/// Where a tree is read.
pub(super) enum Shelf<'a> {
    /// With what to tell when sled refuses.
    Sled(&'a Tree, &'a AtomicBool),
    Disk(&'a DiskTrees, &'a Tree),
}

impl Trees {
    pub(super) fn shelf<'a>(&'a self, tree: &'a Tree) -> Shelf<'a> {
        match self.disk.get() {
            Some(disk) => Shelf::Disk(disk, tree),
            None => Shelf::Sled(tree, &self.refuses),
        }
    }

    /// Whether sled refused to read something that is not damaged.
    pub(in crate::log::sled) fn sled_refuses(&self) -> bool {
        self.refuses.load(Ordering::SeqCst)
    }

    /// Whether they are read without sled.
    pub(in crate::log::sled) fn are_of_disk(&self) -> bool {
        self.disk.get().is_some()
    }

    /// Reads them without sled from now on, as they lie on the disk. Only for when sled writes no more.
    ///
    /// # Errors
    /// When sled's files cannot be read.
    pub(in crate::log::sled) fn leave_sled(&self) -> Result<(), ReadError> {
        if self.are_of_disk() {
            return Ok(());
        }
        // One reads sled's notes, the others wait for that.
        let _one = self.leaving.lock();
        if !self.are_of_disk() {
            tracing::info!("the log's files are read without sled, which writes no more");
            let _first = self.disk.set(DiskTrees::open(&self.path)?);
        }
        Ok(())
    }
}

impl Shelf<'_> {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, ReadError> {
        Ok(match self {
            Self::Sled(tree, refuses) => told(refuses, tree.get(key))?,
            Self::Disk(disk, tree) => disk.get(&tree.name(), key)?.map(IVec::from),
        })
    }

    /// The first entry of a range.
    pub(super) fn first(&self, range: Range<&[u8]>) -> Found {
        match self {
            Self::Sled(tree, refuses) => told(refuses, tree.range(range).next().transpose()),
            Self::Disk(disk, tree) => Ok(disk.first(&tree.name(), range)?.map(as_read)),
        }
    }

    /// The last entry of a range.
    pub(super) fn last(&self, range: Range<&[u8]>) -> Found {
        match self {
            Self::Sled(tree, refuses) => told(refuses, tree.range(range).next_back().transpose()),
            Self::Disk(disk, tree) => Ok(disk.last(&tree.name(), range)?.map(as_read)),
        }
    }
}

/// What sled answers. That it cannot read a damaged page is no refusal.
fn told<T>(refuses: &AtomicBool, answer: ::sled::Result<T>) -> Result<T, ReadError> {
    if answer
        .as_ref()
        .is_err_and(|error| EngineDamaged::of(error).is_none())
    {
        refuses.store(true, Ordering::SeqCst);
    }
    Ok(answer?)
}

fn as_read((key, value): (Vec<u8>, Vec<u8>)) -> (IVec, IVec) {
    (key.into(), value.into())
}

/// The key that follows on a key.
pub(super) fn behind(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}
