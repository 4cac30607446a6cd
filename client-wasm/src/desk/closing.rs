//! Chapters that the server closed to this person: asked for again until they open, with the words that waited in them.
//!
//! Why it exists: a right that comes back is announced to nobody whose chapter is closed, so the device asks.

use schema::sync::ChapterKey;

use super::windows::Sight;
use super::{Desk, Effect};
use crate::bridge::TopRange;
use crate::chapter::{Chapter, is_decision};

/// How often a chapter that a decision closed is asked for again.
pub(super) const ASK_AGAIN_MS: u64 = 30_000;

impl Desk {
    /// Somebody looks at a window: what is closed may be open again.
    pub fn look(&mut self, now_ms: u64) {
        let now_ms = self.passing.at(now_ms);
        self.ask_closed(now_ms, 0);
    }

    /// Asks again for what a decision closed so long ago.
    pub(super) fn ask_closed(&mut self, now_ms: u64, after_ms: u64) {
        let is_closed = |chapter: &Chapter| chapter.closed.as_ref().is_some_and(is_decision);
        for (key, _) in self.chapters.iter().filter(|(_, chapter)| is_closed(chapter)) {
            let Some(report) = self.reports.get_mut(key) else {
                continue;
            };
            if now_ms.saturating_sub(report.closed_ms) >= after_ms {
                report.closed_ms = now_ms;
                self.client.reopen(key);
            }
        }
        self.flush_frames();
    }

    /// An edit made before the editor heard that the chapter is closed and its words are withheld.
    pub(super) fn edit_withheld(&mut self, now_ms: u64, key: ChapterKey, base: Sight, edit: &TopRange) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let refused = chapter.refused.len();
        match chapter.edit_withheld(now_ms, base.version, edit) {
            Ok(made) => made.into_iter().for_each(|change| self.store(key, change)),
            Err(_) => self.store_refused(key, refused),
        }
        self.tell_untaken(key, base.window);
        self.tell_status(key);
    }

    /// The author lets go of the words that are withheld.
    pub(super) fn let_go(&mut self, key: ChapterKey) {
        let Some(chapter) = self
            .chapters
            .get_mut(&key)
            .filter(|chapter| chapter.is_withheld())
        else {
            return;
        };
        match chapter.let_go() {
            Ok(left) => {
                self.forget_unsent(key);
                self.effects
                    .extend(left.into_iter().map(|hash| Effect::DropOutbox(key, hash)));
                self.tell_document(key, false);
                self.tell_status(key);
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    /// What of a chapter waited to be stored or sent is no longer.
    pub(super) fn forget_unsent(&mut self, key: ChapterKey) {
        self.client.take_outbox(&key);
        self.waiting.retain(|_, (of, _)| *of != key);
    }
}
