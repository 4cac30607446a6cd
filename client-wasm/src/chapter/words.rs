//! Words that cannot be sent: they leave the text, not their author.
//!
//! # Why it exists
//!
//! Who types while a chapter is closed to them has words refused in several rounds: letters that the device could not
//! take any more, then a change of before that was under way, then letters of an editor that had not heard of it yet.
//! They were one text for their author. So it is remembered where in the text they stood, and each round finds its
//! place among them.

use automerge::{AutoCommit, AutomergeError};
use schema::ids::Generation;
use schema::richtext::flat::{self, FlatOp};
use schema::richtext::{FlatText, tree};
use schema::text::genesis;
use schema::wire::CHANGE_FAILED;

use super::halves::Halves;
use super::{Chapter, moving, steps, text};
use crate::stored::RefusedWords;

/// What is refused within this time, for one reason, stands together.
const TOGETHER_MS: u64 = 2_000;

/// Where the words stood that were refused last.
#[derive(Debug)]
pub(super) struct Places {
    /// Under which id they are kept; none while they are but spaces, which may yet stand between words.
    id: Option<String>,
    reason: String,
    /// When the last of them came, UTC ms.
    at: u64,
    /// A text without them…
    over: FlatText,
    /// …and what they insert in it.
    inserts: Vec<FlatOp>,
}

impl Chapter {
    /// Keeps words that cannot be sent and have no place in the text, for their author; answers under which id.
    pub(super) fn keep_refused(&mut self, now_ms: u64, text: &str, reason: &str) -> Option<String> {
        if text.trim().is_empty() {
            return None;
        }
        self.places = None;
        if let Some(last) = self.refused.last_mut()
            && last.reason == reason
            && now_ms.saturating_sub(last.at) < TOGETHER_MS
        {
            last.text.push_str(text);
            last.behind = None;
            return Some(last.id.clone());
        }
        Some(self.keep_new(now_ms, (text, Halves::default()), reason))
    }

    /// Keeps what an edit of the text that is shown would have written, in its place among what was refused just before.
    pub(super) fn keep_edit(&mut self, now_ms: u64, ops: &[FlatOp], reason: &str) {
        let over = self.text();
        let mut all = self.refused_before(now_ms, &over, reason);
        all.extend_from_slice(ops);
        // Of what stood at one place the earlier comes first, and what comes in before what goes.
        all.sort_by_key(|op| (op.at(), op.growth().1 > 0));
        self.keep_placed(now_ms, (over, &all), reason);
    }

    /// The places of what was refused in the same go.
    fn places_before(&self, now_ms: u64, reason: &str) -> Option<&Places> {
        let last = self.refused.last().map(|last| &last.id);
        let places = self.places.as_ref().filter(|places| places.reason == reason)?;
        let is_there = places.id.is_none() || places.id.as_ref() == last;
        (is_there && now_ms.saturating_sub(places.at) < TOGETHER_MS).then_some(places)
    }

    /// What was refused in the same go, as operations on what the text has become since.
    fn refused_before(&self, now_ms: u64, text: &FlatText, reason: &str) -> Vec<FlatOp> {
        let places = self.places_before(now_ms, reason);
        places.map_or_else(Vec::new, |places| {
            flat::rebase_before(&places.inserts, &flat::between(&places.over, text))
        })
    }

    /// Keeps all that was refused in one go.
    fn keep_placed(&mut self, now_ms: u64, (over, ops): (FlatText, &[FlatOp]), reason: &str) {
        let words = steps::inserted(ops);
        let halves = Halves::around(&over, ops);
        let known = self.places_before(now_ms, reason);
        let known = known.and_then(|places| places.id.clone());
        let id = match (known, self.refused.last_mut()) {
            (Some(id), Some(last)) => {
                last.text = words;
                (last.before, last.behind) = (halves.before, halves.behind);
                Some(id)
            }
            _ if words.trim().is_empty() => None,
            _ => Some(self.keep_new(now_ms, (&words, halves), reason)),
        };
        // What went cannot go twice: the next round is told of it again, if at all.
        let inserts = ops.iter().filter(|op| op.growth().0 > 0).cloned().collect();
        self.places = Some(Places {
            id,
            reason: reason.to_owned(),
            at: now_ms,
            over,
            inserts,
        });
    }

    fn keep_new(&mut self, at: u64, (text, halves): (&str, Halves), reason: &str) -> String {
        let id = format!("{at}-{}", self.refused.len());
        self.refused.push(RefusedWords {
            id: id.clone(),
            text: text.to_owned(),
            reason: reason.to_owned(),
            at,
            before: halves.before,
            behind: halves.behind,
        });
        id
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

    /// The words to tell of that are not in the text: not those on their way into the text of the new generation.
    #[must_use]
    pub fn refused_to_show(&self) -> Vec<&RefusedWords> {
        let under_way = self
            .carry
            .as_ref()
            .filter(|_| self.read_only_code().is_none())
            .and_then(|carry| carry.kept.as_ref());
        let withheld = self.withheld_words();
        let refused = self.refused.iter();
        refused
            .filter(|words| Some(&words.id) != under_way)
            .chain(withheld)
            .collect()
    }

    /// The server refused a change of one's own, and with it every later one: they leave the document and stay
    /// as words. Returns their hashes.
    ///
    /// # Errors
    /// When what was accepted cannot be read.
    pub fn refuse(&mut self, now_ms: u64, reason: &str) -> Result<Vec<[u8; 32]>, AutomergeError> {
        let mut accepted = self.rebuilt(false)?;
        let before = self.refused_before(now_ms, &self.text(), reason);
        if let Some(doc) = &mut self.doc {
            let mut mine = doc.fork();
            flat::apply(&mut mine, &genesis::text_id(), &before)?;
            let written = moving::own_change(&mut accepted, &mut mine);
            self.keep_placed(now_ms, (text::of(&accepted), &written), reason);
        }
        let left = self.unacknowledged.drain(..).map(|change| change.hash).collect();
        self.dirty = None;
        // The refused chain of this actor ends here; the next words come under a fresh one.
        self.actor = None;
        self.show_first(accepted);
        Ok(left)
    }
}
