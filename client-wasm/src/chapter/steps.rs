//! Flat operations measured: how much they insert, in words and in letters.

use schema::richtext::flat::FlatOp;
use schema::richtext::model::utf16_len;
use serde_json::Value as Json;

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

    use super::*;

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
