//! Checking proofs, without any part of the tree (RFC 9162 §2.1.3.2 and §2.1.4.2).
//!
//! Why it exists: this is the half that strangers run. It follows the algorithms of the standard step by step,
//! so that it can be compared with them, and stops with the first hash too many or too few.

use crate::audit::{TreeHash, TreeHead};

/// A proof that does not prove what it was offered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotProved {
    /// The tree has no such leaf.
    #[error("the tree is too small to hold the leaf")]
    NoSuchLeaf,
    /// The later tree is the smaller one.
    #[error("the tree shrank")]
    Shrank,
    /// More or fewer hashes than these sizes need.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Whether `path` leads from the leaf at `index` to the root.
///
/// # Errors
/// [`NotProved`] when it does not.
pub fn verify_inclusion(
    head: &TreeHead,
    index: u64,
    leaf: &TreeHash,
    path: &[TreeHash],
) -> Result<(), NotProved> {
    let last = head.size.checked_sub(1).ok_or(NotProved::NoSuchLeaf)?;
    if index > last {
        return Err(NotProved::NoSuchLeaf);
    }
    let mut climb = Climb { at: index, last };
    let mut hash = *leaf;
    for beside in path {
        hash = match climb.step()? {
            Side::Left => TreeHash::of_node(beside, &hash),
            Side::Right => TreeHash::of_node(&hash, beside),
        };
    }
    climb.finish(hash == head.root)
}

/// Whether `proof` shows that the new tree begins with the old one.
///
/// # Errors
/// [`NotProved`] when it does not.
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[TreeHash]) -> Result<(), NotProved> {
    if old.size > new.size {
        return Err(NotProved::Shrank);
    }
    if old.size == 0 || old.size == new.size {
        return without_proof(old, new, proof);
    }
    let mut climb = Climb {
        at: old.size - 1,
        last: new.size - 1,
    };
    climb.skip_ones();
    let (first, rest) = if old.size.is_power_of_two() {
        (&old.root, proof)
    } else {
        proof.split_first().ok_or(NotProved::Length)?
    };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for beside in rest {
        match climb.step()? {
            Side::Left => {
                old_hash = TreeHash::of_node(beside, &old_hash);
                new_hash = TreeHash::of_node(beside, &new_hash);
            }
            Side::Right => new_hash = TreeHash::of_node(&new_hash, beside),
        }
    }
    climb.finish(old_hash == old.root && new_hash == new.root)
}

/// Every tree begins with the empty one, and with itself; nothing needs to be shown for that.
fn without_proof(old: &TreeHead, new: &TreeHead, proof: &[TreeHash]) -> Result<(), NotProved> {
    if !proof.is_empty() {
        return Err(NotProved::Length);
    }
    let empty = TreeHash::of_empty_tree();
    let is_empty_tree = |head: &TreeHead| head.size > 0 || head.root == empty;
    let is_same = old.size != new.size || old.root == new.root;
    if is_same && is_empty_tree(old) && is_empty_tree(new) {
        Ok(())
    } else {
        Err(NotProved::Root)
    }
}

/// Where the next hash of a proof stands.
enum Side {
    Left,
    Right,
}

/// A place on the way up: `fn` and `sn` of the standard.
struct Climb {
    at: u64,
    last: u64,
}

impl Climb {
    fn step(&mut self) -> Result<Side, NotProved> {
        if self.last == 0 {
            return Err(NotProved::Length);
        }
        let side = if self.at % 2 == 1 || self.at == self.last {
            // At the right edge the levels without a sibling are skipped.
            while self.at.is_multiple_of(2) && self.at != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    fn skip_ones(&mut self) {
        while self.at % 2 == 1 {
            self.up();
        }
    }

    fn up(&mut self) {
        self.at >>= 1;
        self.last >>= 1;
    }

    fn finish(&self, is_root: bool) -> Result<(), NotProved> {
        match (self.last, is_root) {
            (0, true) => Ok(()),
            (0, false) => Err(NotProved::Root),
            _ => Err(NotProved::Length),
        }
    }
}
