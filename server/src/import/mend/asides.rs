//! Blocks that belong beside the text: footnotes at the foot of a page, pull quotes.

use std::collections::BTreeSet;

use schema::richtext::{Block, BlockKind, Marks};

use crate::import::piece::Piece;

/// Why a block stands beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// The text of a footnote.
    Footnote,
    /// Someone's voice.
    Quote,
}

impl Aside {
    /// Whether a block is one.
    pub fn of(piece: &Piece) -> Option<Self> {
        if piece.block.kind == BlockKind::Quote {
            return Some(Self::Quote);
        }
        let text = piece.text();
        let note = piece.is_paragraph() && (text.starts_with("*)") || note_number(&text).is_some());
        note.then_some(Self::Footnote)
    }
}

/// `3) text` or `[3] text`, as a footnote starts.
fn note_number(text: &str) -> Option<&str> {
    let text = text.strip_prefix('[').unwrap_or(text);
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| (1..=3).contains(digits))?;
    let (number, rest) = text.split_at(digits);
    rest.starts_with([')', ']']).then_some(number)
}

/// A lone item `3) …` after a reference `[3]` is the footnote: Markdown took its number for a list.
pub fn footnotes(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut referred: BTreeSet<String> = BTreeSet::new();
    let items: Vec<bool> = pieces
        .iter()
        .map(|piece| piece.block.kind == BlockKind::NumberedItem)
        .collect();
    let lone = |index: usize| {
        let beside = [index.checked_sub(1), index.checked_add(1)];
        !beside
            .iter()
            .flatten()
            .any(|index| items.get(*index).copied().unwrap_or_default())
    };
    let mut out = Vec::with_capacity(pieces.len());
    for (index, mut piece) in pieces.into_iter().enumerate() {
        referred.extend(piece.refers.iter().cloned());
        if let Some(number) = note_number(&piece.text()).filter(|_| piece.is_paragraph()) {
            referred.remove(number);
        }
        let number = piece
            .number
            .filter(|number| number.sign == ')' && referred.contains(&number.value.to_string()));
        if let Some(number) = number.filter(|_| lone(index) && piece.block.parents.is_empty()) {
            referred.remove(&number.value.to_string());
            piece.number = None;
            piece.block = prefixed(&format!("{}) ", number.value), &piece.block);
        }
        out.push(piece);
    }
    out
}

/// The block as a paragraph with a text before it.
pub fn prefixed(prefix: &str, block: &Block) -> Block {
    let mut paragraph = Block {
        parents: block.parents.clone(),
        ..Block::default()
    };
    paragraph.push(prefix, &Marks::default());
    for run in &block.content {
        paragraph.push(&run.text, &run.marks);
    }
    paragraph
}

/// A paragraph in quotation marks that is bold or italic all over is someone's voice: a block quote.
pub fn quotes(pieces: Vec<Piece>) -> Vec<Piece> {
    let voice = |piece: &Piece| {
        let text = piece.text();
        let opens = text.starts_with(['‘', '“', '"', '\'', '„', '«', '’']);
        piece.is_paragraph() && opens && text.trim_end_matches('.').ends_with(['’', '”', '"', '\'', '»'])
    };
    let quote = |mut piece: Piece| {
        if voice(&piece) && piece.is_emphasised() {
            let content = std::mem::take(&mut piece.block.content);
            piece.block.kind = BlockKind::Quote;
            for run in content {
                piece.block.push(
                    &run.text,
                    &Marks {
                        link: run.marks.link,
                        ..Marks::default()
                    },
                );
            }
        }
        piece
    };
    pieces.into_iter().map(quote).collect()
}
