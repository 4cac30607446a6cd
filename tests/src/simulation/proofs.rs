//! What outsiders were shown of the log: a tree that may only ever grow.
//!
//! Why it exists: a checkpoint once published binds. Whatever happens to the server's disk, the log that comes back must
//! begin with every tree that was ever shown, leaf by leaf.

use std::collections::BTreeMap;

use schema::audit::merkle::{self, Frontier, TreeFull};
use schema::audit::{NodeId, TreeHash, TreeHead};
use schrijftafel_server::audit::opening::leaf_hash;
use schrijftafel_server::log::EventLog;

use super::programme::PLAN;
use super::server_side::page;

/// The heads that were published, oldest first, and the tree that grows beside the log.
#[derive(Debug, Default)]
pub struct Published {
    heads: Vec<TreeHead>,
    tree: Tree,
}

/// A tree with every complete subtree.
#[derive(Debug)]
struct Tree {
    frontier: Frontier,
    nodes: BTreeMap<(u8, u64), TreeHash>,
}

impl Default for Tree {
    fn default() -> Self {
        let nothing = |_| Ok::<_, TreeFull>(TreeHash::of_leaf(&[]));
        let frontier = Frontier::read(0, nothing).expect("a tree of nothing reads nothing");
        Self {
            frontier,
            nodes: BTreeMap::new(),
        }
    }
}

impl Tree {
    /// Grows to where the log is.
    fn follow(&mut self, log: &dyn EventLog) -> Result<(), String> {
        for record in page(log, self.frontier.size(), usize::MAX) {
            let nodes = &mut self.nodes;
            let complete = |node: NodeId, hash| {
                nodes.insert((node.level, node.index), hash);
            };
            let leaf = leaf_hash(PLAN, &record);
            self.frontier
                .append(leaf, complete)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn continues(&self, old: &TreeHead) -> Result<(), String> {
        let new = self.frontier.head();
        let read = |node: NodeId| {
            self.nodes
                .get(&(node.level, node.index))
                .copied()
                .ok_or("a hash is missing")
        };
        let proof = merkle::consistency_proof(old.size, new.size, read).map_err(|error| error.to_string())?;
        merkle::verify_consistency(old, &new, &proof).map_err(|error| {
            format!(
                "the log does not begin with the published tree of {} events: {error}",
                old.size
            )
        })
    }
}

impl Published {
    /// Publishes the tree of the log as it is, which must continue the last one.
    ///
    /// # Errors
    /// When it does not.
    pub fn follow(&mut self, log: &dyn EventLog) -> Result<(), String> {
        self.tree.follow(log)?;
        let head = self.tree.frontier.head();
        match self.heads.last() {
            Some(last) if last.size == head.size => return Ok(()),
            Some(last) => self.tree.continues(last)?,
            None => {}
        }
        self.heads.push(head);
        Ok(())
    }

    /// Whether the log, read from zero, begins with every tree that was published.
    ///
    /// # Errors
    /// The first that it does not begin with.
    pub fn check(&self, log: &dyn EventLog) -> Result<(), String> {
        let mut tree = Tree::default();
        tree.follow(log)?;
        self.heads.iter().try_for_each(|head| tree.continues(head))
    }
}
