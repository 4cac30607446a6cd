//! Flat operations measured: how much they insert and take out, in words and in letters.

use std::collections::{BTreeMap, BTreeSet};

use schema::richtext::FlatText;
use schema::richtext::flat::FlatOp;
use schema::richtext::model::utf16_len;
use serde_json::Value as Json;

use super::taken_out;

/// The letters of editor nodes, a line per text block, whatever else they hold.
#[must_use]
pub fn words(nodes: &[Json]) -> String {
    let lines = nodes
        .iter()
        .map(|node| match node.get("text").and_then(Json::as_str) {
            Some(text) => text.to_owned(),
            None => {
                let inside = node.get("content").and_then(Json::as_array);
                let end = if inside.is_some_and(|nodes| nodes.iter().any(|node| node.get("text").is_some())) {
                    "\n"
                } else {
                    ""
                };
                inside.map(|nodes| words(nodes)).unwrap_or_default() + end
            }
        });
    lines.collect()
}

/// The words that operations insert: a line for each block, and for each place between which something stays.
#[must_use]
pub fn inserted(ops: &[FlatOp]) -> String {
    let mut words = String::new();
    // Up to where nothing is left of the text before, behind what was inserted last.
    let mut end = 0;
    for op in ops {
        match op {
            FlatOp::InsertText { at, text, .. } => {
                if *at > end && !words.is_empty() && !words.ends_with('\n') {
                    words.push('\n');
                }
                words.push_str(text);
                end = *at;
            }
            FlatOp::InsertBlock { at, .. } => {
                if !words.is_empty() {
                    words.push('\n');
                }
                end = *at;
            }
            FlatOp::DeleteText { at, len } if *at == end => end += len,
            FlatOp::DeleteBlock { at } if *at == end => end += 1,
            FlatOp::DeleteText { .. }
            | FlatOp::DeleteBlock { .. }
            | FlatOp::Mark { .. }
            | FlatOp::UpdateBlock { .. } => {}
        }
    }
    words
}

/// How many words a text has.
#[must_use]
pub fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// How many words of a text came or were written in by operations, and how many they take out.
#[must_use]
pub fn count_changed(text: &FlatText, ops: &[FlatOp]) -> (usize, usize) {
    let mut gone = BTreeSet::new();
    let mut came: BTreeMap<usize, String> = BTreeMap::new();
    for op in ops {
        match op {
            FlatOp::InsertText { at, text, .. } => came.entry(*at).or_default().push_str(text),
            FlatOp::InsertBlock { at, .. } => came.entry(*at).or_default().push('\n'),
            FlatOp::DeleteText { at, len } => gone.extend(*at..at + len),
            FlatOp::DeleteBlock { at } => gone.extend([*at]),
            FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => {}
        }
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut at = 0;
    for letter in units(text) {
        after.extend(
            came.remove(&at)
                .iter()
                .flat_map(|text| text.chars())
                .map(|letter| (letter, true)),
        );
        let is_gone = gone.contains(&at);
        before.push((letter, is_gone));
        after.extend((!is_gone).then_some((letter, false)));
        at += letter.len_utf16();
    }
    after.extend(
        came.values()
            .flat_map(|text| text.chars())
            .map(|letter| (letter, true)),
    );
    let went = words_of(&before)
        .filter(|word| is_taken_out(word, |went| *went))
        .count();
    let touched = words_of(&after)
        .filter(|word| word.iter().any(|(_, came)| *came))
        .count();
    (touched, went)
}

/// The letters of a text, with a line end for every marker.
fn units(text: &FlatText) -> impl Iterator<Item = char> {
    taken_out::units(text).map(|(_, what)| what.unwrap_or('\n'))
}

/// The words among letters of which something is known.
pub fn words_of<T>(letters: &[(char, T)]) -> impl Iterator<Item = &[(char, T)]> {
    let words = letters.split(|(letter, _)| letter.is_whitespace());
    words.filter(|word| !word.is_empty())
}

/// Whether nothing is left of a word but signs: one that was completed, corrected or typed against stands on.
#[must_use]
pub fn is_taken_out<T>(word: &[(char, T)], went: impl Fn(&T) -> bool) -> bool {
    let has_letters = word.iter().any(|(letter, _)| letter.is_alphanumeric());
    let counts = |letter: char| letter.is_alphanumeric() || !has_letters;
    !word.iter().any(|(letter, of)| counts(*letter) && !went(of))
}

/// By how many UTF-16 units operations make a text longer.
#[must_use]
pub fn growth(ops: &[FlatOp]) -> usize {
    let (mut more, mut less) = (0_usize, 0_usize);
    for op in ops {
        match op {
            FlatOp::InsertText { text, .. } => more += utf16_len(text),
            FlatOp::InsertBlock { .. } => more += 1,
            FlatOp::DeleteText { len, .. } => less += len,
            FlatOp::DeleteBlock { .. } => less += 1,
            FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => {}
        }
    }
    more.saturating_sub(less)
}

#[cfg(test)]
mod tests {
    use schema::richtext::Marks;
    use schema::richtext::model::{Block, BlockKind};

    use super::*;

    #[test]
    fn a_word_is_taken_out_when_none_of_its_letters_stays() {
        let changed = |before: &str, ops: &[FlatOp]| {
            let text = FlatText {
                blocks: vec![Block::new(BlockKind::Paragraph, before)],
                headless: false,
            };
            count_changed(&text, ops)
        };
        let delete = |at, len| FlatOp::DeleteText { at, len };
        assert_eq!(changed("Zij bege", &[insert(9, "leid door iemand")]), (3, 0));
        assert_eq!(changed("Zorg, thuis", &[insert(5, " dichtbij")]), (1, 0));
        assert_eq!(changed("Zorg thuis", &[insert(6, "iedere dag")]), (2, 0));
        assert_eq!(
            changed("Zorg thuis", &[insert(2, "w"), insert(4, "e")]),
            (1, 0),
            "two places of a word"
        );
        assert_eq!(changed("de begeleider", &[delete(12, 2)]), (0, 0));
        assert_eq!(changed("zorg thuis", &[delete(5, 1)]), (0, 0));
        assert_eq!(changed("Zorg 😀 thuis, nu.", &[delete(5, 13)]), (0, 3));
        assert_eq!(
            changed("Zorg thuis, nu", &[insert(6, "elders"), delete(6, 5)]),
            (1, 1)
        );
    }

    fn insert(at: usize, text: &str) -> FlatOp {
        FlatOp::InsertText {
            at,
            text: text.to_owned(),
            marks: Marks::default(),
        }
    }

    #[test]
    fn words_from_different_places_do_not_run_into_each_other() {
        assert_eq!(
            inserted(&[insert(3, "nacht"), insert(20, "samen ")]),
            "nacht\nsamen "
        );
        let in_place_of = [
            insert(3, "hier "),
            FlatOp::DeleteText { at: 3, len: 4 },
            insert(7, "en nu"),
        ];
        assert_eq!(inserted(&in_place_of), "hier en nu");
        let beside = [
            FlatOp::DeleteText { at: 3, len: 4 },
            insert(9, "en "),
            insert(9, "nu"),
        ];
        assert_eq!(inserted(&beside), "en nu");
    }
}
