//! A history over generations: the next one goes on where the last ended, in the same sequence.
//!
//! Why it exists: a generation starts with a copy of the text in a fresh document. For a reader nothing happened then:
//! the copies are linked to what they are copies of, as restored words are, so blame, difference and restore look
//! through the switch. What went before it keeps its place among the words, so an undo puts it back there.

use automerge::Change;
use sha2::{Digest, Sha256};

use super::replay::{Object, ReplayError, TextHistory};
use crate::domain::canonical;
use crate::ids::Revision;
use crate::richtext::document;
use crate::richtext::spans::from_spans;
use crate::text::generation::SameRun;

impl TextHistory {
    /// Ends the generation that is read and starts the next with its seed, the fixed first change included. `copied`
    /// is the revision of the old text that the seed repeats, `same` says which stretches. Restores of the generation
    /// that ends are to be linked before.
    ///
    /// # Errors
    /// [`ReplayError`], as for [`TextHistory::push`].
    pub fn start_generation(
        &mut self,
        revision: Revision,
        seed: &[Change],
        (copied, same): (Revision, &[SameRun]),
    ) -> Result<(), ReplayError> {
        let number = self.admit(revision)?;
        let old: Vec<(u32, u32)> = self
            .view(copied)
            .elements
            .iter()
            .map(|element| (element.index, element.node))
            .collect();
        let text = self.text.and_then(|text| self.objects.get_mut(text as usize));
        if let Some(text) = text.and_then(Object::sequence_mut) {
            text.start_anew(number, |a, b| self.actors.compare(a, b));
        }
        self.standing.start_anew();
        self.starts.insert(number);
        self.by_key.clear();
        self.known.clear();
        self.heads.clear();
        self.last_counter.clear();
        self.awaits_text = true;
        seed.iter().try_for_each(|change| self.push(revision, change))?;
        self.revision = Some(number);
        let view = self.view(revision);
        let mut twins = Vec::new();
        for element in &view.elements {
            let run = same
                .iter()
                .find(|run| run.new <= element.index && element.index - run.new < run.length);
            let index = run.and_then(|run| run.old.checked_add(element.index - run.new));
            let twin = index.and_then(|index| old.binary_search_by_key(&index, |(index, _)| *index).ok());
            let node = twin.and_then(|at| old.get(at)).map(|(_, node)| *node);
            twins.push((element.node, node));
        }
        self.standing.go_on(&twins);
        for (copy, node) in twins {
            let Some(node) = node else { continue };
            self.origins.insert(copy, self.origin(node));
            self.copies.insert(node, copy);
            if let Some(restore) = self.brought.get(&node).copied() {
                self.brought.insert(copy, restore);
            }
        }
        Ok(())
    }

    /// The last revision, among at most `steps` from the end, at which the text looked like this
    /// (see `generation::content_hash`) and was that long.
    #[must_use]
    pub fn find_content(&self, content: &[u8; 32], utf16_len: usize, steps: u64) -> Option<Revision> {
        let last = self.revision()?.0;
        (last.saturating_sub(steps)..=last)
            .rev()
            .map(Revision)
            .find(|revision| {
                let view = self.view(*revision);
                view.utf16_len() == utf16_len && {
                    let blocks = from_spans(view.spans()).blocks;
                    let json = canonical::to_vec(&document::from_blocks(&blocks)).unwrap_or_default();
                    Sha256::digest(json)[..] == content[..]
                }
            })
    }
}
