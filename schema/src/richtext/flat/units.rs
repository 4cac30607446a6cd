//! Blocks as a row of units, a unit being a letter or a marker; the level on which differences are found.

use unicode_normalization::char::is_combining_mark;

use super::super::model::{Block, Marks};
use super::same_marker;

/// A letter or a marker with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    /// Flat position, UTF-16.
    pub at: usize,
    /// Index of the block it belongs to.
    pub block: usize,
    /// What stands there.
    pub what: What<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    Marker(&'a Block),
    Letter(char, &'a Marks),
}

impl Unit<'_> {
    pub fn same(&self, other: &Unit<'_>) -> bool {
        match (self.what, other.what) {
            (What::Marker(a), What::Marker(b)) => same_marker(a, b),
            (What::Letter(a, _), What::Letter(b, _)) => a == b,
            _ => false,
        }
    }

    /// After the last UTF-16 unit of this one.
    pub fn end(&self) -> usize {
        self.at
            + match self.what {
                What::Marker(_) => 1,
                What::Letter(letter, _) => letter.len_utf16(),
            }
    }

    /// Whether it starts a block.
    pub fn is_marker(&self) -> bool {
        matches!(self.what, What::Marker(_))
    }

    /// Whether it is part of a word.
    pub fn is_word(&self) -> bool {
        matches!(self.what, What::Letter(letter, _) if is_word_letter(letter))
    }
}

/// Whether a letter is part of a word: what goes on in it, or an accent on it, may not be parted from it.
#[must_use]
pub fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// The units of blocks that start at flat position `at`; `first` is the index of the first block, and
/// `headless` says that it has no marker.
pub(super) fn units(blocks: &[Block], (first, mut at): (usize, usize), headless: bool) -> Vec<Unit<'_>> {
    let mut row = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let block_index = first + index;
        if !(headless && index == 0) {
            row.push(Unit {
                at,
                block: block_index,
                what: What::Marker(block),
            });
            at += 1;
        }
        for run in &block.content {
            for letter in run.text.chars() {
                row.push(Unit {
                    at,
                    block: block_index,
                    what: What::Letter(letter, &run.marks),
                });
                at += letter.len_utf16();
            }
        }
    }
    row
}

/// The words of a row of units, as ranges; everything that is no word stands alone.
pub(super) fn words(row: &[Unit<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut words: Vec<std::ops::Range<usize>> = Vec::new();
    let mut inside = false;
    for (at, unit) in row.iter().enumerate() {
        match words.last_mut() {
            Some(word) if inside && unit.is_word() => word.end = at + 1,
            _ => words.push(at..at + 1),
        }
        inside = unit.is_word();
    }
    words
}
