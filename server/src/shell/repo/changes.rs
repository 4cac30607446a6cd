//! Changes that an automerge-repo client sent and that are not durable yet.
//!
//! Why some wait for parents: a client concludes from a summary (a Bloom filter) what this server has, and once in a
//! hundred times it concludes wrongly and leaves the first of its changes out. automerge keeps the others in its queue;
//! here they wait outside the document, and the missing one is asked for.

use std::collections::{BTreeSet, VecDeque};

use automerge::{Automerge, ChangeHash};
use schema::limits::{
    IN_FLIGHT_CHANGES_MAX, REPO_HASHES_MAX, REPO_WAITING_BYTES_MAX, REPO_WAITING_CHANGES_MAX,
};
use schema::text::change::Inspected;

/// More changes than may wait.
pub(super) struct TooMany;

/// See the module's text.
#[derive(Default)]
pub(super) struct Changes {
    /// In an order in which each comes after its parents.
    ready: VecDeque<Inspected>,
    /// Pushed and not answered.
    unanswered: BTreeSet<ChangeHash>,
    /// Of the message that is being taken: ready, pushed or answered.
    taken: BTreeSet<ChangeHash>,
    /// Without all their parents.
    orphans: Vec<Inspected>,
}

impl Changes {
    /// Changes that are to be pushed as they are, in this order.
    pub(super) fn to_push(changes: Vec<Inspected>) -> Self {
        Self {
            ready: changes.into(),
            ..Self::default()
        }
    }

    /// Takes changes in; those that the document holds are passed over.
    pub(super) fn add(&mut self, changes: Vec<Inspected>, doc: &Automerge) -> Result<(), TooMany> {
        self.orphans.extend(changes);
        let bytes: usize = self.orphans.iter().map(|change| change.raw.len()).sum();
        if self.orphans.len() > REPO_WAITING_CHANGES_MAX || bytes > REPO_WAITING_BYTES_MAX {
            return Err(TooMany);
        }
        let holds = |hash: &ChangeHash| doc.get_change_meta_by_hash(hash).is_some();
        loop {
            let before = self.orphans.len();
            for change in std::mem::take(&mut self.orphans) {
                let hash = change.header.hash;
                if holds(&hash) || self.taken.contains(&hash) {
                    continue;
                }
                let is_here = |parent: &ChangeHash| self.taken.contains(parent) || holds(parent);
                // One without parents is no child of this document; acceptance says so.
                if change.header.parents.iter().all(is_here) {
                    self.taken.insert(hash);
                    self.ready.push_back(change);
                } else if !self.orphans.iter().any(|known| known.header.hash == hash) {
                    self.orphans.push(change);
                }
            }
            if self.orphans.len() == before || self.orphans.is_empty() {
                return Ok(());
            }
        }
    }

    /// The next to be pushed, as many as may be unanswered.
    pub(super) fn take_next(&mut self) -> Vec<Vec<u8>> {
        let place = IN_FLIGHT_CHANGES_MAX.saturating_sub(self.unanswered.len());
        let next: Vec<Inspected> = self.ready.drain(..place.min(self.ready.len())).collect();
        let push = |change: Inspected| {
            self.unanswered.insert(change.header.hash);
            change.raw
        };
        next.into_iter().map(push).collect()
    }

    /// One is durable.
    pub(super) fn answered(&mut self, hash: &ChangeHash) {
        self.unanswered.remove(hash);
    }

    /// Whether one was pushed and has no answer yet.
    pub(super) fn awaits(&self, hash: &ChangeHash) -> bool {
        self.unanswered.contains(hash)
    }

    /// Whether everything was pushed and answered.
    pub(super) fn are_answered(&self) -> bool {
        self.ready.is_empty() && self.unanswered.is_empty()
    }

    /// Whether everything that was taken is in a document.
    pub(super) fn are_in(&self, doc: &Automerge) -> bool {
        let holds = |hash: &ChangeHash| doc.get_change_meta_by_hash(hash).is_some();
        self.are_answered() && self.taken.iter().all(holds)
    }

    /// What was taken is in the document and need not be remembered.
    pub(super) fn forget_pushed(&mut self) {
        self.taken.clear();
    }

    /// Parents that nobody has sent.
    pub(super) fn lacking(&self) -> Vec<ChangeHash> {
        let here: BTreeSet<ChangeHash> = self.orphans.iter().map(|change| change.header.hash).collect();
        let parents = self.orphans.iter().flat_map(|change| &change.header.parents);
        let lacking: BTreeSet<ChangeHash> = parents
            .filter(|parent| !here.contains(*parent))
            .copied()
            .collect();
        lacking.into_iter().take(REPO_HASHES_MAX).collect()
    }
}
