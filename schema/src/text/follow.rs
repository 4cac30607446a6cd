//! The server's copy of a chapter: the merged document that follows the accepted changes in batches.
//!
//! Why it exists: readers start from it, history and restore read it, and it is the second line behind
//! acceptance on evidence. A batch is applied on a fork, in isolation, saved and loaded as a check; what does
//! not survive that names its first offender and leaves the copy as it was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use automerge::{Automerge, Change, ChangeHash, ReadDoc};

use super::genesis;
use crate::limits::CHAPTER_UTF16_MAX;

/// A merged document together with its saved bytes.
#[derive(Clone)]
pub struct Copy {
    doc: Automerge,
    snapshot: Arc<[u8]>,
}

impl std::fmt::Debug for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copy")
            .field("snapshot_bytes", &self.snapshot.len())
            .finish_non_exhaustive()
    }
}

/// The first change of a batch that cannot be applied, with what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("change {offender} cannot be applied: {what}")]
pub struct FollowFailure {
    /// The change.
    pub offender: ChangeHash,
    /// What automerge said, or that it panicked.
    pub what: String,
}

impl Copy {
    /// A copy that holds the first change only.
    #[must_use]
    pub fn new() -> Self {
        let doc = genesis::new_automerge();
        let snapshot = doc.save().into();
        Self { doc, snapshot }
    }

    /// The document, to be read.
    #[must_use]
    pub fn doc(&self) -> &Automerge {
        &self.doc
    }

    /// `Automerge::save` of the document.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<[u8]> {
        &self.snapshot
    }

    /// Length of the visible text in UTF-16 units, block markers included.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.doc.length(genesis::text_id())
    }
}

impl Default for Copy {
    fn default() -> Self {
        Self::new()
    }
}

/// The copy after a batch of raw changes in causal order.
///
/// # Errors
/// The first change with which the batch cannot be applied, read, saved and loaded.
pub fn follow(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, FollowFailure> {
    match apply(copy, batch) {
        Ok(copy) => Ok(copy),
        Err(what) => Err(first_offender(copy, batch, what)),
    }
}

/// Halves the batch until the shortest failing beginning is found; its last change is the offender.
fn first_offender(copy: &Copy, batch: &[Arc<[u8]>], what: String) -> FollowFailure {
    let (mut good, mut bad, mut what) = (0, batch.len(), what);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        match apply(copy, batch.get(..middle).unwrap_or_default()) {
            Ok(_) => good = middle,
            Err(why) => (bad, what) = (middle, why),
        }
    }
    let raw = batch
        .get(bad.saturating_sub(1))
        .map(|raw| raw.to_vec())
        .unwrap_or_default();
    let offender = Change::from_bytes(raw).map_or(ChangeHash([0; 32]), |change| change.hash());
    FollowFailure { offender, what }
}

/// Applies on a fork, in isolation: a panic of the library is an error of this batch.
fn apply(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, String> {
    catch_unwind(AssertUnwindSafe(|| apply_unguarded(copy, batch)))
        .unwrap_or_else(|_| Err("the library panicked".to_owned()))
}

fn apply_unguarded(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let changes: Result<Vec<Change>, _> = batch.iter().map(|raw| Change::from_bytes(raw.to_vec())).collect();
    let changes = changes.map_err(|error| said(&error))?;
    let hashes: Vec<ChangeHash> = changes.iter().map(Change::hash).collect();
    let mut doc = copy.doc.fork();
    doc.apply_changes(changes).map_err(|error| said(&error))?;
    // automerge keeps a change with unknown parents waiting without a word.
    if let Some(waiting) = hashes
        .iter()
        .find(|hash| doc.get_change_meta_by_hash(hash).is_none())
    {
        return Err(format!("{waiting} waits for parents"));
    }
    let snapshot = doc.save();
    let loaded =
        Automerge::load_with_options(&snapshot, genesis::load_options()).map_err(|error| said(&error))?;
    if loaded.get_heads() != doc.get_heads() {
        return Err("the saved document has other heads".to_owned());
    }
    loaded
        .spans(genesis::text_id())
        .map_err(|error| said(&error))?
        .for_each(drop);
    let copy = Copy {
        doc,
        snapshot: snapshot.into(),
    };
    if copy.utf16_len() > 2 * CHAPTER_UTF16_MAX {
        return Err("the text is longer than a chapter may be".to_owned());
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;

    use super::*;
    use crate::ids::BoundActor;

    fn typed(text: &str) -> (Vec<Arc<[u8]>>, automerge::AutoCommit) {
        let mut doc = genesis::new_doc(BoundActor::from_bytes([7; 16]));
        let changes = text.chars().enumerate().map(|(at, letter)| {
            doc.splice_text(genesis::text_id(), at, 0, &letter.to_string())
                .unwrap();
            Arc::from(doc.get_last_local_change().unwrap().raw_bytes())
        });
        (changes.collect(), doc.clone())
    }

    #[test]
    fn the_copy_holds_what_was_accepted() {
        let (changes, _) = typed("samen");
        let copy = follow(&Copy::new(), &changes).unwrap();
        assert_eq!(copy.doc().text(genesis::text_id()).unwrap(), "samen");
        let loaded = Automerge::load_with_options(copy.snapshot(), genesis::load_options()).unwrap();
        assert_eq!(loaded.get_heads(), copy.doc().get_heads());
    }

    #[test]
    fn the_first_change_that_cannot_be_applied_is_named() {
        let (mut changes, _) = typed("samen");
        let missing = changes.remove(2);
        let hash = Change::from_bytes(changes[2].to_vec()).unwrap().hash();
        let failure = follow(&Copy::new(), &changes).unwrap_err();
        assert_eq!(failure.offender, hash, "the one after the missing {missing:?}");
        assert_eq!(follow(&Copy::new(), &changes[..2]).unwrap().utf16_len(), 2);
    }
}
