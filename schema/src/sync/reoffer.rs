//! After the log began another life: what a device holds of a chapter and the server lacks, offered again.
//!
//! # Why it exists
//!
//! A restore from backup loses what was saved after it. Devices still hold it: the whole of the current generation,
//! one's own changes and those of others. One's own are pushed again as they were, under the actors they were made
//! under, which the server binds again to the same person. Those of others only they can push.
//!
//! # Invariants
//!
//! - A change is released when its actor is bound and everything it builds on is at the server or released before it,
//!   so nothing is refused for want of parents while their author is still on the way back.
//! - Nothing is dropped: what is not released is given back ([`Reoffer::give_up`]).

use std::collections::BTreeSet;

use automerge::{Change, ChangeHash};

use crate::ids::{BoundActor, Generation};
use crate::sync::Outgoing;

/// See the module's text.
#[derive(Debug, Default)]
pub struct Reoffer {
    own: Vec<Change>,
    others: Vec<Change>,
    bound: BTreeSet<BoundActor>,
    generation: Generation,
}

impl Reoffer {
    /// What of `mine` (everything the device holds, in causal order) the server does not have.
    #[must_use]
    pub fn of(
        mine: Vec<Change>,
        generation: Generation,
        mut server_has: impl FnMut(&ChangeHash) -> bool,
        is_own: impl Fn(BoundActor) -> bool,
    ) -> Self {
        let lacking = mine.into_iter().filter(|change| !server_has(&change.hash()));
        let (own, others) = lacking.partition(|change| actor_of(change).is_some_and(&is_own));
        Self {
            own,
            others,
            bound: BTreeSet::new(),
            generation,
        }
    }

    /// Whether there is nothing to offer and nothing to wait for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.others.is_empty()
    }

    /// How many changes wait, one's own and others'.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.len() + self.others.len()
    }

    /// One's own changes that wait, oldest first.
    pub fn own(&self) -> impl Iterator<Item = Outgoing> {
        self.own.iter().map(|change| self.outgoing(change))
    }

    /// The actors to be bound again before anything can be released.
    #[must_use]
    pub fn actors(&self) -> BTreeSet<BoundActor> {
        let actors = self.own.iter().filter_map(actor_of);
        actors.filter(|actor| !self.bound.contains(actor)).collect()
    }

    /// The server has bound an actor to this person, now or long ago.
    pub fn bound(&mut self, actor: BoundActor) {
        self.bound.insert(actor);
    }

    /// A new connection: what was bound is asked for again, because the log may have begun yet another life.
    pub fn disconnected(&mut self) {
        self.bound.clear();
    }

    /// Takes out what can be pushed now, in order. `has` says which changes stand in the document that holds what the
    /// server has; changes that have come from there meanwhile are forgotten here.
    pub fn release(&mut self, mut has: impl FnMut(&ChangeHash) -> bool) -> Vec<Outgoing> {
        self.others.retain(|change| !has(&change.hash()));
        let mut released = Vec::new();
        let mut hashes = BTreeSet::new();
        let mut waiting = Vec::new();
        for change in std::mem::take(&mut self.own) {
            if has(&change.hash()) {
                continue;
            }
            let may = actor_of(&change).is_some_and(|actor| self.bound.contains(&actor));
            let mut builds_on = |parent: &ChangeHash| hashes.contains(parent) || has(parent);
            if may && change.deps().iter().all(&mut builds_on) {
                hashes.insert(change.hash());
                released.push(self.outgoing(&change));
            } else {
                waiting.push(change);
            }
        }
        self.own = waiting;
        released
    }

    /// What nobody has brought back, in causal order as far as one person's changes go: one's own, then others'.
    #[must_use]
    pub fn give_up(self) -> (Vec<Change>, Vec<Change>) {
        (self.own, self.others)
    }

    fn outgoing(&self, change: &Change) -> Outgoing {
        Outgoing {
            hash: change.hash().0,
            generation: self.generation,
            raw: change.raw_bytes().to_vec(),
        }
    }
}

/// The actor that was bound: automerge's derived form ends in the actor it derives from.
#[must_use]
pub fn actor_of(change: &Change) -> Option<BoundActor> {
    let bytes = change.actor_id().to_bytes();
    bytes.last_chunk::<16>().copied().map(BoundActor::from_bytes)
}

#[cfg(test)]
mod tests {
    use automerge::AutoCommit;
    use automerge::transaction::Transactable;

    use super::*;
    use crate::text::genesis;

    const ANNA: BoundActor = BoundActor::from_bytes([1; 16]);
    const BRAM: BoundActor = BoundActor::from_bytes([2; 16]);

    fn types(doc: &mut AutoCommit, actor: BoundActor, text: &str) -> ChangeHash {
        doc.set_actor(genesis::actor_id(actor));
        doc.splice_text(genesis::text_id(), 0, 0, text).unwrap();
        doc.commit().unwrap()
    }

    /// Anna and Bram by turns; the server kept the first two changes.
    fn by_turns() -> (Vec<Change>, Vec<ChangeHash>) {
        let mut doc = genesis::new_doc(ANNA);
        let turns = [ANNA, BRAM, ANNA, BRAM, ANNA];
        let hashes = turns.map(|actor| types(&mut doc, actor, "x")).to_vec();
        (doc.get_changes(&[]), hashes)
    }

    fn of(actor: BoundActor, at_server: &[ChangeHash]) -> Reoffer {
        let (changes, _) = by_turns();
        let has = |hash: &ChangeHash| *hash == genesis::GENESIS_HASH || at_server.contains(hash);
        Reoffer::of(changes, Generation(1), has, |it| it == actor)
    }

    #[test]
    fn nothing_goes_before_its_actor_is_bound() {
        let (_, hashes) = by_turns();
        let mut server = hashes[..2].to_vec();
        server.push(genesis::GENESIS_HASH);
        let mut anna = of(ANNA, &server);
        assert_eq!(anna.actors(), BTreeSet::from([ANNA]));
        assert!(anna.release(|hash| server.contains(hash)).is_empty());
        anna.bound(ANNA);
        assert!(anna.actors().is_empty());
        let released = anna.release(|hash| server.contains(hash));
        assert_eq!(released.len(), 1);
        assert_eq!(released[0].hash, hashes[2].0);
        anna.disconnected();
        assert_eq!(anna.actors(), BTreeSet::from([ANNA]));
    }

    #[test]
    fn two_devices_bring_back_by_turns_what_they_wrote_by_turns() {
        let (_, hashes) = by_turns();
        let mut server = hashes[..2].to_vec();
        server.push(genesis::GENESIS_HASH);
        let mut devices = [of(BRAM, &server), of(ANNA, &server)];
        devices[0].bound(BRAM);
        devices[1].bound(ANNA);
        for _ in 0..3 {
            for device in &mut devices {
                let released = device.release(|hash| server.contains(hash));
                server.extend(released.iter().map(|change| ChangeHash(change.hash)));
            }
        }
        assert!(hashes.iter().all(|hash| server.contains(hash)));
        for mut device in devices {
            assert!(device.release(|hash| server.contains(hash)).is_empty());
            assert!(device.is_empty());
        }
    }

    #[test]
    fn what_builds_on_a_lost_change_of_somebody_else_is_given_back() {
        let (_, hashes) = by_turns();
        let server = [genesis::GENESIS_HASH, hashes[0], hashes[1]];
        let mut anna = of(ANNA, &server);
        anna.bound(ANNA);
        anna.release(|hash| server.contains(hash));
        let (own, others) = anna.give_up();
        let hashes_of = |changes: Vec<Change>| changes.iter().map(Change::hash).collect::<Vec<_>>();
        assert_eq!(hashes_of(own), [hashes[4]]);
        assert_eq!(hashes_of(others), [hashes[3]]);
    }
}
