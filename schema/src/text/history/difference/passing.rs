//! Words that stand in neither of two texts, because one wrote them and another took them out in between.
//!
//! Why it exists: people who work on one afternoon without a pause leave one line in the history. Who took out what a
//! colleague had written in that time must be as plain as what went from the text before. One's own corrections are
//! left out: nobody looks for those.

use std::collections::BTreeSet;

use super::Passing;
use crate::ids::Revision;
use crate::text::history::blame::revision;
use crate::text::history::elements::{Content, Element, View};
use crate::text::history::sequence::NEVER;

/// The words, each run of one author and one deleter.
pub(super) fn passing<A: PartialEq>(
    before: &View<'_>,
    after: &View<'_>,
    author: impl Fn(Revision) -> A,
) -> Vec<Passing> {
    let history = after.history;
    let same = |a: Revision, b: Revision| a == b || author(a) == author(b);
    // What came back, or went on in a fresh document, did not go.
    let first = |element: &Element| history.origin(element.node);
    let stand: BTreeSet<u32> = before.elements.iter().chain(&after.elements).map(first).collect();
    let mut passing: Vec<Passing> = Vec::new();
    let mut last_node = None;
    for (node, element) in history.text_sequence().into_iter().flat_map(|text| text.walk()) {
        let came_and_went = element.versions().next().filter(|version| {
            before.revision < version.born && version.ended != NEVER && version.ended <= after.revision
        });
        let Some(version) = came_and_went.filter(|_| !stand.contains(&history.origin(node))) else {
            last_node = None;
            continue;
        };
        let Some(Content::Char(letter)) = history.content_at(node, version.born) else {
            continue;
        };
        let written = revision(history.born(history.origin(node)).unwrap_or(version.born));
        let deleted = revision(version.ended);
        if history.starts.contains(&version.ended) || same(written, deleted) {
            last_node = None;
            continue;
        }
        match passing
            .last_mut()
            .filter(|last| last_node.is_some() && same(last.written, written) && same(last.deleted, deleted))
        {
            Some(last) => {
                last.text.push(letter);
                last.written = last.written.max(written);
                last.deleted = last.deleted.max(deleted);
            }
            None => passing.push(Passing {
                text: letter.to_string(),
                written,
                deleted,
            }),
        }
        last_node = Some(node);
    }
    passing
}
