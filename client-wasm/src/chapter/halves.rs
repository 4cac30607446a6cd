//! Words that begin or end inside a word of the text: which parts of words stand around them.
//!
//! Why it exists: letters typed behind "nacht" that make "nachtzorg" of it are half a word once they are refused. Put back
//! there they make it whole again, and anywhere else they may not run into a word. So it is kept what stood around them.

use schema::richtext::FlatText;
use schema::richtext::flat::{FlatOp, is_word_letter};
use schema::richtext::model::{Block, utf16_len};

/// The parts of words around what was inserted; none at a border of a word.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Halves {
    /// Right before the first letter.
    pub before: Option<String>,
    /// Right behind the last.
    pub behind: Option<String>,
}

impl Halves {
    /// Around what operations insert in a text.
    pub fn around(text: &FlatText, ops: &[FlatOp]) -> Self {
        let inserts = || ops.iter().filter(|op| op.growth().0 > 0);
        let before = match inserts().next() {
            Some(FlatOp::InsertText { at, text: words, .. }) if words.starts_with(is_word_letter) => {
                Some(beside(text, start_of_gone(ops, *at)).0)
            }
            _ => None,
        };
        let behind = match inserts().next_back() {
            Some(FlatOp::InsertText { at, text: words, .. }) if words.ends_with(is_word_letter) => {
                Some(beside(text, end_of_gone(ops, *at)).1)
            }
            _ => None,
        };
        Self {
            before: before.filter(|half| !half.is_empty()),
            behind: behind.filter(|half| !half.is_empty()),
        }
    }
}

/// Where the text begins to be another one, of what is inserted at a place: before what goes there.
fn start_of_gone(ops: &[FlatOp], at: usize) -> usize {
    ops.iter().rev().fold(at, |start, op| match op {
        FlatOp::DeleteText { at, len } if at + len == start => *at,
        _ => start,
    })
}

/// Where it is the same again.
fn end_of_gone(ops: &[FlatOp], at: usize) -> usize {
    ops.iter().fold(at, |end, op| match op {
        FlatOp::DeleteText { at, len } if *at == end => end + len,
        _ => end,
    })
}

/// The parts of a word before and behind a place, UTF-16.
fn beside(text: &FlatText, at: usize) -> (String, String) {
    let mut start = usize::from(!text.headless);
    for block in &text.blocks {
        let letters = Block::text(block);
        let end = start + utf16_len(&letters);
        if (start..=end).contains(&at) {
            let (left, right) = split(&letters, at - start);
            let of_word = |letter: &char| is_word_letter(*letter);
            let before: Vec<char> = left.chars().rev().take_while(of_word).collect();
            return (
                before.into_iter().rev().collect(),
                right.chars().take_while(of_word).collect(),
            );
        }
        // The marker of the next block stands between.
        start = end + 1;
    }
    <(String, String)>::default()
}

/// A text in two, where so many UTF-16 units stand before.
fn split(text: &str, units: usize) -> (&str, &str) {
    let mut passed = 0;
    let at = text.char_indices().find(|(_, letter)| {
        let is_there = passed >= units;
        passed += letter.len_utf16();
        is_there
    });
    text.split_at(at.map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use schema::richtext::flat;
    use schema::richtext::model::BlockKind;

    use super::*;

    fn text_of(lines: &[&str]) -> FlatText {
        let blocks = lines.iter().map(|line| Block::new(BlockKind::Paragraph, line));
        FlatText {
            blocks: blocks.collect(),
            headless: false,
        }
    }

    /// What stands around what one writes to make some lines of others.
    fn around(old: &[&str], new: &[&str]) -> (Option<String>, Option<String>) {
        let old = text_of(old);
        let Halves { before, behind } = Halves::around(&old, &flat::diff(&old, &text_of(new).blocks));
        (before, behind)
    }

    fn halves(before: &str, behind: &str) -> (Option<String>, Option<String>) {
        let half = |half: &str| Some(half.to_owned()).filter(|half| !half.is_empty());
        (half(before), half(behind))
    }

    #[test]
    fn letters_that_make_a_word_longer_stand_beside_its_other_part() {
        assert_eq!(around(&["De nacht."], &["De nachtzorg is."]), halves("nacht", ""));
        assert_eq!(
            around(&["De zorg."], &["De goede nachtzorg."]),
            halves("", "zorg")
        );
        assert_eq!(around(&["nachten"], &["nachtzorgen"]), halves("nacht", "en"));
        assert_eq!(
            around(&["Een 🏠.", "De nacht."], &["Een 🏠.", "De nachtzorg."]),
            halves("nacht", "")
        );
    }

    #[test]
    fn words_at_borders_of_words_stand_beside_nothing() {
        assert_eq!(around(&["De zorg."], &["De goede zorg."]), halves("", ""));
        assert_eq!(around(&["De zorg."], &["De zorg. Ook thuis."]), halves("", ""));
        assert_eq!(
            around(&["De nacht."], &["De nacht.", "Zorg is er."]),
            halves("", "")
        );
    }

    #[test]
    fn what_they_would_have_replaced_is_no_part_of_their_word() {
        assert_eq!(
            around(&["De nachtzorg."], &["De nachthulp."]),
            halves("nacht", "")
        );
        assert_eq!(
            around(&["De nachtzorgen."], &["De nachthulpen."]),
            halves("nacht", "en")
        );
    }
}
