//! The visible text of a chapter's document, and what of it stayed between two of its states.

use automerge::{AutoCommit, ChangeHash, PatchAction};

use super::genesis;
use crate::richtext::flat::align::Shared;
use crate::richtext::{FlatText, spans};

/// The blocks of a document; an unreadable one is an empty text.
#[must_use]
pub fn of(doc: &AutoCommit) -> FlatText {
    spans::read(doc, &genesis::text_id()).unwrap_or_default()
}

/// Which stretches of the text at `before` stand in the text as it is now, as the document itself knows it: in UTF-16
/// units, one per marker, ascending in both. `lengths` are those of the two texts. None when what the document says does
/// not lead from the one to the other.
pub fn stayed(doc: &mut AutoCommit, before: &[ChangeHash], lengths: (usize, usize)) -> Option<Vec<Shared>> {
    let now = doc.get_heads();
    let text = genesis::text_id();
    let mut runs = Vec::new();
    let (mut old, mut new) = (0, 0);
    // The patches of one text go from its start to its end, each for the text with those before it done.
    for patch in doc.diff(before, &now) {
        let (at, came, went) = match &patch.action {
            _ if patch.obj != text => continue,
            PatchAction::SpliceText { index, value, .. } => (*index, utf16_len(&value.make_string()), 0),
            PatchAction::Insert { index, values } => (*index, values.len(), 0),
            PatchAction::DeleteSeq { index, length } => (*index, 0, *length),
            _ => continue,
        };
        let len = at.checked_sub(new)?;
        runs.push(Shared { old, new, len });
        (old, new) = (old + len + went, at + came);
    }
    let len = lengths.0.checked_sub(old)?;
    runs.push(Shared { old, new, len });
    runs.retain(|run| run.len > 0);
    (new + len == lengths.1).then_some(runs)
}

fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}
