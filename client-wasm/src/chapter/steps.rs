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

/// The words that operations insert, a line for each block.
#[must_use]
pub fn inserted(ops: &[FlatOp]) -> String {
    let mut words = String::new();
    for op in ops {
        match op {
            FlatOp::InsertText { text, .. } => words.push_str(text),
            FlatOp::InsertBlock { .. } if !words.is_empty() => words.push('\n'),
            _ => {}
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
