//! Words that cannot be sent: they leave the text, not their author.

use automerge::{AutoCommit, AutomergeError};
use schema::ids::Generation;
use schema::richtext::{flat, tree};
use schema::text::genesis;
use schema::wire::CHANGE_FAILED;

use super::{Chapter, steps, text};
use crate::stored::RefusedWords;

impl Chapter {
    /// Keeps words that cannot be sent, for their author; answers under which id.
    pub(super) fn keep_refused(&mut self, now_ms: u64, text: &str, reason: &str) -> Option<String> {
        if text.trim().is_empty() {
            return None;
        }
        let at = now_ms;
        // What is refused in one go stands together.
        if let Some(last) = self.refused.last_mut()
            && last.reason == reason
            && at.saturating_sub(last.at) < 2_000
        {
            last.text.push_str(text);
            return Some(last.id.clone());
        }
        let id = format!("{at}-{}", self.refused.len());
        self.refused.push(RefusedWords {
            id: id.clone(),
            text: text.to_owned(),
            reason: reason.to_owned(),
            at,
        });
        Some(id)
    }

    /// The chapter goes on without a change of this device that the server took and then could not apply: what stood here
    /// as accepted, and does not stand there, stays as words for their author.
    ///
    /// # Errors
    /// When one of the two texts cannot be read.
    pub fn keep_what_failed(
        &mut self,
        now_ms: u64,
        generation: Generation,
        document: &[u8],
    ) -> Result<(), AutomergeError> {
        let is_erased = self.erased_before.is_some_and(|before| self.generation < before);
        let has_failed = std::mem::take(&mut self.failed) && self.generation < generation;
        if !has_failed || is_erased || self.doc.is_none() {
            return Ok(());
        }
        let server = AutoCommit::load_with_options(document, genesis::load_options())?;
        let mine = tree::normal(&text::of(&self.rebuilt(false)?).blocks);
        let words = steps::inserted(&flat::diff(&text::of(&server), &mine));
        self.keep_refused(now_ms, &words, CHANGE_FAILED);
        Ok(())
    }

    /// The refused words to tell of: not those on their way into the text of the new generation.
    #[must_use]
    pub fn refused_to_show(&self) -> Vec<&RefusedWords> {
        let under_way = self
            .carry
            .as_ref()
            .filter(|_| self.read_only.is_none() && self.closed.is_none())
            .and_then(|carry| carry.kept.as_ref());
        self.refused
            .iter()
            .filter(|words| Some(&words.id) != under_way)
            .collect()
    }

    /// The server refused a change of one's own, and with it every later one: they leave the document and stay
    /// as words. Returns their hashes.
    ///
    /// # Errors
    /// When what was accepted cannot be read.
    pub fn refuse(&mut self, now_ms: u64, reason: &str) -> Result<Vec<[u8; 32]>, AutomergeError> {
        let mine = self.doc.as_ref().map(text::of).unwrap_or_default();
        let accepted = self.rebuilt(false)?;
        let words = steps::inserted(&flat::diff(&text::of(&accepted), &tree::normal(&mine.blocks)));
        self.keep_refused(now_ms, &words, reason);
        let left = self.unacknowledged.drain(..).map(|change| change.hash).collect();
        self.dirty = None;
        // The refused chain of this actor ends here; the next words come under a fresh one.
        self.actor = None;
        self.show_first(accepted);
        Ok(left)
    }
}
