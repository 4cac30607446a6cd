//! The server's copy of a chapter: the merged document that follows the accepted changes in batches.
//!
//! # Why it exists
//!
//! Accepting does not apply. Somebody must hold the merged text all the same: readers start from it, history
//! and restore read it, and it is the second line behind acceptance on evidence. A batch costs what one
//! change costs, so the copy follows in batches; and in isolation, so that a change that fails fails only
//! here.
//!
//! # Invariants
//!
//! - Pure: the copy given is untouched, whatever happens; a panic of automerge ends as [`FollowFailure`].
//! - A [`Copy`] was read, saved, loaded and compared before it is one.
//! - Needs unwinding panics; the browser's build has none and has the server as its filter.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use automerge::{Automerge, Change, ChangeHash, ReadDoc, Span};

use super::change::inspect;
use super::genesis::{load_options, new_automerge, text_id};

/// A merged document together with its saved bytes. Packed it is these bytes alone, a tenth of both together, until
/// somebody wants the document.
#[derive(Clone)]
pub struct Copy {
    doc: OnceLock<Automerge>,
    snapshot: Arc<[u8]>,
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

impl std::fmt::Debug for Copy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copy")
            .field("snapshot_bytes", &self.snapshot.len())
            .finish_non_exhaustive()
    }
}

impl Copy {
    /// A copy that holds the first change only.
    #[must_use]
    pub fn new() -> Self {
        let doc = new_automerge();
        let snapshot = doc.save().into();
        let doc = doc.into();
        Self { doc, snapshot }
    }

    /// Reads a snapshot, e.g. from a cache of them.
    ///
    /// # Errors
    ///
    /// When the bytes are not a chapter's document; automerge panics on some such bytes, this does not.
    pub fn load(snapshot: &[u8]) -> Result<Self, String> {
        let load = || {
            let doc =
                Automerge::load_with_options(snapshot, load_options()).map_err(|error| error.to_string())?;
            read(&doc)?;
            Ok(Self {
                doc: doc.into(),
                snapshot: snapshot.into(),
            })
        };
        catch_unwind(load).unwrap_or_else(|_| Err("the library panicked".to_owned()))
    }

    /// The document, to be read; of a packed copy it is loaded now, once.
    ///
    /// # Panics
    ///
    /// Never: what was loaded when the copy was made loads again.
    #[must_use]
    pub fn doc(&self) -> &Automerge {
        self.doc.get_or_init(|| {
            let loaded = Automerge::load_with_options(&self.snapshot, load_options());
            loaded.expect("a copy was saved and loaded before it became one")
        })
    }

    /// Whether it is its saved bytes alone.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        self.doc.get().is_none()
    }

    /// The same, as its saved bytes alone.
    #[must_use]
    pub fn packed(&self) -> Self {
        Self {
            doc: OnceLock::new(),
            snapshot: Arc::clone(&self.snapshot),
        }
    }

    /// `Automerge::save` of the document.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<[u8]> {
        &self.snapshot
    }

    /// Length of the visible text in UTF-16 units, block markers included.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.doc().length(text_id())
    }
}

impl Default for Copy {
    fn default() -> Self {
        Self::new()
    }
}

/// The copy after a batch of raw changes in causal order, checked by reading, saving and loading it.
///
/// # Errors
///
/// The first change with which the batch cannot be applied, read, saved and loaded.
pub fn follow(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, FollowFailure> {
    let mut what = match try_follow(copy, batch) {
        Ok(followed) => return Ok(followed),
        Err(what) => what,
    };
    // The longest beginning that works; the change after it is the offender.
    let (mut works, mut fails) = (0, batch.len());
    while fails.saturating_sub(works) > 1 {
        let middle = works + (fails - works) / 2;
        match try_follow(copy, batch.get(..middle).unwrap_or_default()) {
            Ok(_) => works = middle,
            Err(earlier) => (fails, what) = (middle, earlier),
        }
    }
    let offender = batch.get(works).and_then(|raw| inspect(raw).ok());
    // Bytes that are no change have no hash of their own; they never come from the log.
    let offender = offender.map_or(ChangeHash([0; 32]), |inspected| inspected.header.hash);
    Err(FollowFailure { offender, what })
}

fn try_follow(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, String> {
    // Whatever a panic leaves half done is in the clone, which is dropped.
    catch_unwind(AssertUnwindSafe(|| merge(copy, batch)))
        .unwrap_or_else(|_| Err("the library panicked".to_owned()))
}

fn merge(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, String> {
    let changes: Result<Vec<Change>, _> = batch.iter().map(|raw| Change::try_from(raw.as_ref())).collect();
    let changes = changes.map_err(|error| error.to_string())?;
    let hashes: Vec<ChangeHash> = changes.iter().map(Change::hash).collect();
    // A clone keeps its actor where a fork would draw a random one; nobody writes here.
    let mut doc = copy.doc().clone();
    doc.apply_changes(changes).map_err(|error| error.to_string())?;
    // automerge keeps a change with unknown parents waiting without a word.
    if let Some(waiting) = hashes
        .iter()
        .find(|hash| doc.get_change_meta_by_hash(hash).is_none())
    {
        return Err(format!("{waiting} waits for parents"));
    }
    let snapshot: Arc<[u8]> = doc.save().into();
    let loaded =
        Automerge::load_with_options(&snapshot, load_options()).map_err(|error| error.to_string())?;
    if loaded.get_heads() != doc.get_heads() || read(&loaded)? != read(&doc)? {
        return Err("the saved document loads as another one".to_owned());
    }
    // The loaded document is packed, the applied one is not.
    Ok(Copy {
        doc: loaded.into(),
        snapshot,
    })
}

/// Everything a reader may ask of a text. The spans say which marks stand where; automerge's list of marks says no more, and
/// costs the third power of how many lie over one another: minutes for what one change may hold.
fn read(doc: &Automerge) -> Result<(Vec<Span>, String), String> {
    let read = || Ok((doc.spans(text_id())?.collect(), doc.text(text_id())?));
    read().map_err(|error: automerge::AutomergeError| error.to_string())
}

#[cfg(test)]
mod tests;
