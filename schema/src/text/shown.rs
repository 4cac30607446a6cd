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
    let mut pieces = Pieces::of(lengths.0);
    for patch in doc.diff(before, &now) {
        let (at, came, went) = match &patch.action {
            _ if patch.obj != text => continue,
            PatchAction::SpliceText { index, value, .. } => (*index, utf16_len(&value.make_string()), 0),
            PatchAction::Insert { index, values } => (*index, values.len(), 0),
            PatchAction::DeleteSeq { index, length } => (*index, 0, *length),
            _ => continue,
        };
        pieces.splice(at, went, came)?;
    }
    pieces.shared(lengths.1)
}

/// A text as pieces of an older one and what came between them. Patches may come in any order, each for the text with
/// those before it done.
struct Pieces {
    pieces: Vec<Piece>,
    /// A piece and where it starts: patches mostly go on where the last one was.
    near: (usize, usize),
}

#[derive(Clone, Copy)]
struct Piece {
    /// Where it stood; none for what came.
    old: Option<usize>,
    len: usize,
}

impl Pieces {
    fn of(length: usize) -> Self {
        let whole = Piece {
            old: Some(0),
            len: length,
        };
        Self {
            pieces: vec![whole],
            near: (0, 0),
        }
    }

    /// The index of the piece that starts at a place, which becomes the border of two where it is none.
    fn cut(&mut self, at: usize) -> Option<usize> {
        let (mut index, mut start) = self.near;
        while start > at {
            index = index.checked_sub(1)?;
            start -= self.pieces.get(index)?.len;
        }
        while let Some(piece) = self.pieces.get(index)
            && start + piece.len <= at
        {
            start += piece.len;
            index += 1;
        }
        if start < at {
            let piece = self.pieces.get_mut(index)?;
            let rest = Piece {
                old: piece.old.map(|old| old + at - start),
                len: start + piece.len - at,
            };
            piece.len = at - start;
            index += 1;
            self.pieces.insert(index, rest);
        }
        self.near = (index, at);
        Some(index)
    }

    /// Takes units out and puts new ones there; none where the text has no such place.
    fn splice(&mut self, at: usize, went: usize, came: usize) -> Option<()> {
        let start = self.cut(at)?;
        let end = self.cut(at + went)?;
        let fresh = Piece { old: None, len: came };
        self.pieces.splice(start..end, (came > 0).then_some(fresh));
        self.near = (start, at);
        Some(())
    }

    /// The pieces that stand in both texts; none if this is not how long the new one is.
    fn shared(self, length: usize) -> Option<Vec<Shared>> {
        let mut new = 0;
        let mut runs = Vec::new();
        for Piece { old, len } in self.pieces {
            runs.extend(old.filter(|_| len > 0).map(|old| Shared { old, new, len }));
            new += len;
        }
        (new == length).then_some(runs)
    }
}

fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests;
