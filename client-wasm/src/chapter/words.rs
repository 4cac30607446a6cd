//! Words that cannot be sent: they leave the text, not their author.

use automerge::AutomergeError;
use schema::richtext::{flat, tree};

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
