//! Text that is erased leaves this device, also of chapters that nobody has open here (rule N5).
//!
//! # Invariants
//!
//! - That something is gone is said only after its deletion is durable, by the shell.
//! - Words that were not sent stay with their author, outside the text (rule N3).
//! - A chapter that is open lets go by being sent its fresh text; what is stored of it is not touched here.

use schema::ids::Generation;
use schema::sync::ChapterKey;

use super::{Desk, Effect};
use crate::chapter::{Chapter, TEXT_ERASED};
use crate::stored::Kept;

impl Desk {
    /// Of these chapters the device stores something; said once on each connection.
    pub fn held(&mut self, keys: Vec<ChapterKey>) {
        self.client.held(keys);
        self.flush_frames();
    }

    /// The server says that everything of a chapter before a generation is erased.
    pub(super) fn wipe_asked(&mut self, key: ChapterKey, before: Generation) {
        self.forget_words(key);
        let is_closed = |chapter: &Chapter| chapter.closed.is_some();
        if self.chapters.get(&key).is_none_or(is_closed) {
            self.effects.push(Effect::ReadKept(key, before));
        }
    }

    /// What the device stores of a chapter of which everything before a generation is erased.
    pub fn wipe(&mut self, now_ms: u64, key: ChapterKey, before: Generation, kept: &Kept) {
        // A chapter that was opened meanwhile lets go by itself.
        if self
            .chapters
            .get(&key)
            .is_some_and(|chapter| chapter.closed.is_none())
        {
            return;
        }
        if kept.state.as_ref().is_none_or(|state| state.generation < before) {
            let mut chapter = Chapter::new(kept);
            let refused = chapter.refused.len();
            // Unsent words that cannot be read as text any more stay in the outbox: they hold nothing of others.
            if chapter.doc.is_some() && !chapter.unacknowledged.is_empty() {
                let Ok(left) = chapter.refuse(now_ms, TEXT_ERASED) else {
                    return;
                };
                self.effects
                    .extend(left.into_iter().map(|hash| Effect::DropOutbox(key, hash)));
                let words = chapter.refused.iter().skip(refused.saturating_sub(1)).cloned();
                self.effects
                    .extend(words.map(|words| Effect::StoreRefused(key, words)));
                self.tell_kept(key, chapter);
            }
            self.effects.push(Effect::DropKept(key));
        }
        self.effects.push(Effect::Confirm(key, before));
    }

    /// Words that are kept of a chapter that is not open are shown on whatever page their author is.
    fn tell_kept(&mut self, key: ChapterKey, kept: Chapter) {
        match self.chapters.get_mut(&key) {
            // Closed to its reader, it is still there, and is not to offer the same words again.
            Some(closed) => {
                if closed.let_go().is_err() {
                    closed.unacknowledged.clear();
                }
                closed.refused = kept.refused;
                self.forget_unsent(key);
                self.tell_document(key, false);
                self.tell_status(key);
            }
            None => self.tell_status_of(key, &kept),
        }
    }

    /// The open chapter has only text in store that the server has not erased, once what was asked so far is durable.
    pub(super) fn confirm_open(&mut self, key: ChapterKey) {
        let erased_before = self.chapters.get(&key).and_then(|chapter| chapter.erased_before);
        self.effects
            .extend(erased_before.map(|before| Effect::Confirm(key, before)));
    }

    /// What was to go before this is gone from the store, durably.
    pub fn wiped(&mut self, key: ChapterKey, before: Generation) {
        self.client.wiped(key, before);
        self.flush_frames();
    }
}
