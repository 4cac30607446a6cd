//! What of a chapter waits for the server: how much, since when, which words, and who writes on meanwhile.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use schema::ids::{BoundActor, Generation};
use schema::richtext::{FlatText, flat, tree};
use schema::sync::reoffer::actor_of;
use schema::text::genesis;

use super::meanwhile::{self, Paragraph, Since};
use super::{Chapter, moving, steps, text};

impl Chapter {
    /// How many changes of one's own the server does not have yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.unacknowledged.len() + usize::from(self.is_dirty()) + self.held()
    }

    /// Whether nothing of one's own is on its way, to the server or into another generation.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.waiting() == 0 && self.carry.is_none() && !self.is_recovering()
    }

    /// Whether what waits stands beside the text, for the chapter is closed to its author.
    #[must_use]
    pub const fn is_withheld(&self) -> bool {
        self.withheld.is_some()
    }

    /// When the oldest change that waits was closed, UTC ms.
    #[must_use]
    pub fn waiting_since_ms(&self) -> Option<u64> {
        let oldest = self.unacknowledged.first()?;
        let change = automerge::Change::from_bytes(oldest.raw.clone()).ok()?;
        Some(u64::try_from(change.timestamp()).ok()?.saturating_mul(1_000))
    }

    /// When the text was last changed, by whoever was last, UTC ms to a second; none while there is no text.
    pub fn changed_at_ms(&mut self) -> Option<u64> {
        if let Some(dirty) = self.dirty {
            return Some(dirty.last_ms);
        }
        let doc = self.doc.as_mut()?;
        let heads = doc.get_heads();
        let seconds = heads.iter().filter_map(|head| {
            let change = doc.get_change_by_hash(head)?;
            u64::try_from(change.timestamp()).ok()
        });
        // The start of an empty text has no time.
        seconds
            .max()
            .filter(|at| *at > 0)
            .map(|at| at.saturating_mul(1_000))
    }

    /// The visible text.
    #[must_use]
    pub fn text(&self) -> FlatText {
        self.doc.as_ref().map(text::of).unwrap_or_default()
    }

    /// The heads of the text without what waits, and how many words came and went by what waits; `None` while there is
    /// no text.
    #[must_use]
    pub fn accepted(&self) -> Option<(Vec<ChangeHash>, (usize, usize))> {
        self.doc.as_ref()?;
        let mut accepted = self.rebuilt(false).ok()?;
        let ops = moving::own_change(&mut accepted, &mut self.rebuilt(true).ok()?);
        let counts = steps::count_changed(&text::of(&accepted), &ops);
        Some((accepted.get_heads(), counts))
    }

    /// The changes that wait.
    #[must_use]
    pub fn waiting_hashes(&self) -> BTreeSet<ChangeHash> {
        let waiting = self.unacknowledged.iter();
        waiting.map(|change| ChangeHash(change.hash)).collect()
    }

    /// What others did since some moment in the paragraphs in which this device wrote.
    pub fn meanwhile(&mut self, since: &Since) -> Vec<Paragraph> {
        let doc = self.doc.as_mut();
        doc.map_or_else(Vec::new, |doc| meanwhile::paragraphs(doc, since, &self.own))
    }

    /// How many words came and went by changes that waited at some moment.
    pub fn own_words(&mut self, since: &Since) -> Option<(usize, usize)> {
        meanwhile::own_words(self.doc.as_mut()?, since)
    }

    /// The words that wait.
    #[must_use]
    pub fn waiting_words(&self) -> Option<String> {
        if self.waiting() == 0 {
            return None;
        }
        let accepted = self.rebuilt(false).ok()?;
        let mine = tree::normal(&self.text().blocks);
        let words = steps::inserted(&flat::diff(&text::of(&accepted), &mine));
        (!words.trim().is_empty()).then_some(words)
    }

    /// Without an actor in reserve: writes on under the one of this device that wrote what waits. One desk at a time
    /// owns the device's store, and everything that an actor ever sent is in it, so its next change follows its last.
    pub(super) fn go_on_as_before(&mut self) {
        if self.actor.is_some() || self.doc.is_none() {
            return;
        }
        let of_now = self
            .unacknowledged
            .iter()
            .rev()
            .find(|change| change.generation == self.generation);
        let last = of_now.and_then(|change| automerge::Change::from_bytes(change.raw.clone()).ok());
        self.actor = last.as_ref().and_then(actor_of);
        if let (Some(doc), Some(actor)) = (&mut self.doc, self.actor) {
            doc.set_actor(genesis::actor_id(actor));
        }
    }

    /// An actor of the reserve that has written for the first time; told once.
    pub fn take_fresh_actor(&mut self) -> Option<(Generation, BoundActor)> {
        let actor = self.actor.filter(|_| self.is_fresh)?;
        self.is_fresh = false;
        Some((self.generation, actor))
    }
}
