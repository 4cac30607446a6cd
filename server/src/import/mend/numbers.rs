//! Numbers of lists: a chapter counts its own lists, so a number that counting does not give must stay as text.

use schema::richtext::{Block, BlockKind};

use super::asides::prefixed;
use crate::import::piece::Piece;
use crate::import::report::Unsure;

/// Items whose number counting gives stay items; others become paragraphs that start with their number.
pub fn settle(pieces: Vec<Piece>, unsure: &mut Vec<Unsure>) -> Vec<Piece> {
    let mut counts: Vec<u64> = Vec::new();
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut pieces = pieces.into_iter().peekable();
    while let Some(mut piece) = pieces.next() {
        let depth = piece.block.parents.len();
        counts.truncate(depth + 1);
        counts.resize(depth + 1, 0);
        if let (BlockKind::NumberedItem, Some(number)) = (&piece.block.kind, piece.number) {
            let expected = counts.last().copied().unwrap_or_default() + 1;
            let children = pieces.peek().is_some_and(|next| next.block.parents.len() > depth);
            counts.pop();
            if number.value == expected || number.value == 1 {
                // Many people write 1 before every item of a list; a list may also start again.
                counts.push(number.value);
            } else {
                let shown = format!("{}{}", number.value, number.sign);
                unsure.push(Unsure::NumberKept {
                    line: piece.line,
                    number: shown.clone(),
                });
                let paragraph = prefixed(&format!("{shown} "), &piece.block);
                // An item that others stand in must stay an item.
                let kind = if children {
                    BlockKind::NumberedItem
                } else {
                    BlockKind::Paragraph
                };
                piece.block = Block { kind, ..paragraph };
                piece.number = None;
                counts.push(0);
            }
        } else if piece.block.parents.is_empty() {
            counts.clear();
        } else {
            counts.pop();
            counts.push(0);
        }
        out.push(piece);
    }
    out
}
