//! After a restore from backup: what this device holds and the server lost comes back (rules L1 to L3).
//!
//! # Invariants
//!
//! - One's own changes stay in the outbox rows until they are acknowledged again or kept as words.
//! - While they wait, new letters come under another actor: an actor's changes are numbered, and theirs are not in the
//!   document yet.

use std::collections::BTreeSet;

use automerge::{AutoCommit, AutomergeError, Change};
use schema::ids::BoundActor;
use schema::richtext::{flat, tree};
use schema::sync::Outgoing;
use schema::sync::reoffer::{Reoffer, actor_of};
use schema::text::genesis;
use schema::wire::Have;

use super::{Chapter, steps, text};
use crate::stored::Kept;

/// What nobody brought back within this time is kept as words.
const WAIT_MS: u64 = 30_000;

/// Reason of words that stood in the text before a restore from backup, and that nobody has brought back.
const LOST: &str = "lost-in-recovery";

/// See the module's text.
#[derive(Debug)]
pub(super) struct Recovery {
    reoffer: Reoffer,
    since_ms: u64,
    /// The actors under which what waits was written.
    claimed: BTreeSet<BoundActor>,
    /// Changes that were accepted once, to be put in the outbox again.
    to_store: Vec<Outgoing>,
}

impl Chapter {
    /// Learns from what the device kept under which actors it wrote.
    pub(super) fn remember_own(&mut self, kept: &Kept) {
        let stated = kept.state.iter().filter_map(|state| state.own.as_ref()).flatten();
        self.own.extend(stated.copied().chain(kept.actor));
        let own_rows = kept.tail.iter().filter(|row| row.own == Some(true));
        let accepted = own_rows.flat_map(|row| &row.changes).map(|raw| raw.to_vec());
        let waiting = self.unacknowledged.iter().map(|change| change.raw.clone());
        let actors = accepted
            .chain(waiting)
            .filter_map(|raw| actor_of(&Change::from_bytes(raw).ok()?));
        self.own.extend(actors.collect::<Vec<_>>());
    }

    /// Before the server's document takes the place of the accepted one: holds what it lacks, when the log began
    /// another life. Answers the hashes of one's own changes that it has.
    pub(super) fn hold_what_is_lacking(
        &mut self,
        now_ms: u64,
        have: &Have,
        document: &[u8],
    ) -> Result<Vec<[u8; 32]>, AutomergeError> {
        let another_life = self
            .have
            .as_ref()
            .is_some_and(|had| had.incarnation != have.incarnation);
        if !another_life || self.doc.is_none() || self.generation < have.generation {
            return Ok(Vec::new());
        }
        let mut server = AutoCommit::load_with_options(document, genesis::load_options())?;
        if self.generation > have.generation {
            // The generation itself is lost; what it says and the server does not, stays as words.
            let mine = tree::normal(&text::of(&self.rebuilt(false)?).blocks);
            self.keep_refused(
                now_ms,
                &steps::inserted(&flat::diff(&text::of(&server), &mine)),
                LOST,
            );
            return Ok(Vec::new());
        }
        let mine = self.rebuilt(true)?.get_changes(&[]);
        let own = self.own.clone();
        let reoffer = Reoffer::of(
            mine,
            self.generation,
            |hash| server.get_change_by_hash(hash).is_some(),
            |actor| own.contains(&actor),
        );
        let waited: BTreeSet<[u8; 32]> = self.unacknowledged.drain(..).map(|change| change.hash).collect();
        let held: BTreeSet<[u8; 32]> = reoffer.own().map(|change| change.hash).collect();
        let to_store = reoffer.own().filter(|change| !waited.contains(&change.hash));
        let recovery = Recovery {
            since_ms: now_ms,
            claimed: reoffer.actors(),
            to_store: to_store.collect(),
            reoffer,
        };
        if !recovery.claimed.is_empty() {
            self.actor = None;
        }
        self.recovery = (!recovery.reoffer.is_empty()).then_some(recovery);
        Ok(waited.difference(&held).copied().collect())
    }

    /// How many of one's own changes wait for their way back.
    pub(super) fn held(&self) -> usize {
        let recovery = self.recovery.as_ref();
        recovery.map_or(0, |recovery| recovery.reoffer.own().count())
    }

    /// Whether what the server lost is on its way back.
    #[must_use]
    pub fn is_recovering(&self) -> bool {
        self.recovery.is_some()
    }

    /// Changes that were accepted once and are to be put in the outbox again; each is told once.
    pub fn take_to_store(&mut self) -> Vec<Outgoing> {
        let recovery = self.recovery.as_mut();
        recovery.map_or_else(Vec::new, |recovery| std::mem::take(&mut recovery.to_store))
    }

    /// The actors that the server is to bind again.
    #[must_use]
    pub fn claims(&self) -> BTreeSet<BoundActor> {
        let recovery = self.recovery.as_ref();
        recovery.map_or_else(BTreeSet::new, |recovery| recovery.reoffer.actors())
    }

    /// The actors under which waiting changes of this generation were written: they may not be bound yet.
    pub fn waiting_actors(&mut self) -> BTreeSet<BoundActor> {
        let here = self.unacknowledged.iter();
        let here = here.filter(|change| change.generation == self.generation);
        let actors = here.filter_map(|change| actor_of(&Change::from_bytes(change.raw.clone()).ok()?));
        self.rebound = actors.filter(|actor| self.actor != Some(*actor)).collect();
        self.rebound.clone()
    }

    /// An actor is bound; whether it is one of those that wrote what waits, or is about to write.
    pub fn claim_bound(&mut self, actor: BoundActor) -> bool {
        if self.next_actor == Some(actor) || self.rebound.contains(&actor) {
            return true;
        }
        let claimed = self
            .recovery
            .as_mut()
            .filter(|recovery| recovery.claimed.contains(&actor));
        if let Some(recovery) = claimed {
            recovery.reoffer.bound(actor);
            return true;
        }
        self.actor == Some(actor)
    }

    /// The connection is gone: the server is asked anew.
    pub fn claims_are_void(&mut self) {
        if let Some(recovery) = &mut self.recovery {
            recovery.reoffer.disconnected();
        }
    }

    /// What can go back now stands in the text again, and is to be pushed.
    ///
    /// # Errors
    /// When it cannot be applied.
    pub fn release(&mut self) -> Result<Vec<Outgoing>, AutomergeError> {
        let (Some(recovery), Some(doc)) = (&mut self.recovery, &mut self.doc) else {
            return Ok(Vec::new());
        };
        let released = recovery
            .reoffer
            .release(|hash| doc.get_change_by_hash(hash).is_some());
        let changes: Result<Vec<_>, _> = released
            .iter()
            .map(|change| Change::from_bytes(change.raw.clone()))
            .collect();
        doc.apply_changes(changes?)?;
        self.unacknowledged.extend(released.iter().cloned());
        if recovery.reoffer.is_empty() {
            self.recovery = None;
        }
        Ok(released)
    }

    /// What the editor lacks after a release.
    pub fn shown_again(&mut self) -> super::Shown {
        self.show(None)
    }

    /// When waiting for the others ends.
    #[must_use]
    pub fn recovery_due_ms(&self) -> Option<u64> {
        let recovery = self.recovery.as_ref()?;
        Some(recovery.since_ms + WAIT_MS)
    }

    /// Nobody brings the rest back: it stays as words. Answers the hashes that leave the outbox.
    ///
    /// # Errors
    /// When it cannot be applied to a copy of the text.
    pub fn give_up_waiting(&mut self, now_ms: u64) -> Result<Vec<[u8; 32]>, AutomergeError> {
        let (Some(recovery), Some(doc)) = (self.recovery.take(), self.doc.as_mut()) else {
            return Ok(Vec::new());
        };
        let (own, others) = recovery.reoffer.give_up();
        let left = own.iter().map(|change| change.hash().0).collect();
        let now = text::of(doc);
        let mut before = doc.fork();
        before.apply_changes(others.into_iter().chain(own))?;
        let before = tree::normal(&text::of(&before).blocks);
        self.keep_refused(now_ms, &steps::inserted(&flat::diff(&now, &before)), LOST);
        Ok(left)
    }
}
