//! Takes what the editor writes, and closes it into changes.
//!
//! Why it exists: letters come one by one and a change is more than a letter, so a transaction stays open until its writer
//! pauses; and what cannot be taken is kept for its author.

use automerge::transaction::CommitOptions;
use automerge::{AutomergeError, Change};
use schema::limits::CHAPTER_UTF16_MAX;
use schema::richtext::flat::{self, FlatOp};
use schema::sync::Outgoing;
use schema::text::genesis;

use super::{Chapter, Dirty, Shown, steps};
use crate::bridge::TopRange;

/// Changes are closed this long after the first letter while somebody else is here…
const COMMIT_TOGETHER_MS: u64 = 40;
/// …and after a pause of this length while one is alone…
const COMMIT_PAUSE_MS: u64 = 300;
/// …but never later than this after their first letter.
const COMMIT_LATEST_MS: u64 = 1_000;

impl Chapter {
    /// When the open transaction is to be closed.
    #[must_use]
    pub fn due_ms(&self) -> Option<u64> {
        let dirty = self.dirty?;
        Some(if self.peers.is_empty() {
            (dirty.last_ms + COMMIT_PAUSE_MS).min(dirty.since_ms + COMMIT_LATEST_MS)
        } else {
            dirty.since_ms + COMMIT_TOGETHER_MS
        })
    }

    /// Whether letters wait in an open transaction.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.dirty.is_some()
    }

    /// Closes the open transaction; the change is to be stored, then pushed.
    pub fn commit(&mut self, now_ms: u64) -> Option<Outgoing> {
        self.dirty = None;
        let doc = self.doc.as_mut()?;
        let time = i64::try_from(now_ms / 1_000).unwrap_or(i64::MAX);
        doc.commit_with(CommitOptions::default().with_time(time))?;
        let change = doc.get_last_local_change()?;
        Some(self.outgoing(&change))
    }

    /// A change of one's own that the document holds.
    pub(super) fn outgoing(&mut self, change: &Change) -> Outgoing {
        let outgoing = Outgoing {
            hash: change.hash().0,
            generation: self.generation,
            raw: change.raw_bytes().to_vec(),
        };
        self.unacknowledged.push(outgoing.clone());
        outgoing
    }

    /// Writes operations at the document's own heads, in as many changes as their size asks for. The last one stays
    /// open for more letters.
    pub(super) fn write(&mut self, now_ms: u64, ops: &[FlatOp]) -> Result<Vec<Outgoing>, AutomergeError> {
        let mut closed = Vec::new();
        let mut chunks = flat::in_changes(ops, || self.text()).into_iter().peekable();
        while let Some(chunk) = chunks.next() {
            let Some(doc) = self.doc.as_mut() else {
                return Ok(closed);
            };
            flat::apply(doc, &genesis::text_id(), &chunk)?;
            if chunks.peek().is_some() {
                closed.extend(self.commit(now_ms));
            }
        }
        let since_ms = self.dirty.map_or(now_ms, |dirty| dirty.since_ms);
        self.dirty = Some(Dirty {
            since_ms,
            last_ms: now_ms,
        });
        Ok(closed)
    }

    /// Takes an edit of the editor.
    ///
    /// # Errors
    /// A code when it cannot be taken; then nothing was written and the editor starts from the whole document.
    pub fn edit(
        &mut self,
        now_ms: u64,
        base: u64,
        edit: &TopRange,
    ) -> Result<(Shown, Vec<Outgoing>), String> {
        let bridge = self.bridge.as_ref().ok_or("not-open")?;
        let ops = match bridge.translate(base, edit) {
            Ok(ops) => ops,
            Err(error) => {
                self.keep_refused(now_ms, &steps::words(&edit.nodes), "not-understood");
                return Err(error.to_string());
            }
        };
        if !self.takes_edits() {
            let code = self.read_only_code().unwrap_or("not-allowed").to_owned();
            self.keep_edit(now_ms, &ops, &code);
            return Err(code);
        }
        let (_, current) = bridge.current();
        if current.utf16_len() + steps::growth(&ops) > CHAPTER_UTF16_MAX && steps::growth(&ops) > 0 {
            self.keep_edit(now_ms, &ops, "chapter-too-long");
            return Err("chapter-too-long".to_owned());
        }
        let placed = self.as_it_stood(ops, &current, edit.back.is_some());
        let made = self
            .write_placed(now_ms, &placed)
            .map_err(|error| error.to_string())?;
        let stayed = flat::stayed(current.utf16_len(), &placed.ops);
        Ok((self.show(Some(&stayed)), made))
    }
}
