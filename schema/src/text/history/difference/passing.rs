//! Words that stand in neither of two texts, because one wrote them and another took them out in between.
//!
//! Why it exists: people who work on one afternoon without a pause leave one line in the history. Who took out what a
//! colleague had written in that time must be as plain as what went from the text before. One's own corrections are
//! left out: nobody looks for those. Those of one line and the same two people are told together, however many letters
//! that stayed stand between them; spaces by themselves are not told.

use std::collections::BTreeSet;

use super::Passing;
use crate::ids::Revision;
use crate::text::history::blame::revision;
use crate::text::history::elements::{Content, Element, View};
use crate::text::history::sequence::NEVER;

/// Between words of one line that stood apart.
const APART: &str = " … ";

/// The words, those of one line by one author and one deleter together.
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
    let mut line = LineOfPassing::default();
    for (node, element) in history.text_sequence().into_iter().flat_map(|text| text.walk()) {
        let stands = stand.contains(&history.origin(node));
        let came_and_went = element.versions().next().filter(|version| {
            before.revision < version.born && version.ended != NEVER && version.ended <= after.revision
        });
        if stands {
            let content = [after, before].map(|view| history.content_at(node, view.revision));
            line.next_is_apart(matches!(
                content,
                [Some(Content::Block(_)), _] | [_, Some(Content::Block(_))]
            ));
            continue;
        }
        // What stands in neither text and went before it, or by its own author's hand, lies between no words.
        let Some(version) = came_and_went else { continue };
        let written = revision(history.born(history.origin(node)).unwrap_or(version.born));
        let deleted = revision(version.ended);
        if history.starts.contains(&version.ended) || same(written, deleted) {
            continue;
        }
        let letter = match history.content_at(node, version.born) {
            Some(Content::Char(letter)) => letter,
            Some(Content::Block(_)) => ' ',
            _ => continue,
        };
        line.push(letter, (written, deleted), |a, b| {
            same(a.0, b.0) && same(a.1, b.1)
        });
    }
    let told = |words: &Passing| !words.text.trim().is_empty();
    line.all.into_iter().filter(told).collect()
}

/// Words that went, and those among them that stood in the line that is read.
#[derive(Default)]
struct LineOfPassing {
    all: Vec<Passing>,
    /// Where the line begins among them.
    start: usize,
    /// The one that the last letter went to, if nothing stands behind that.
    open: Option<usize>,
}

impl LineOfPassing {
    /// Something stands here: a word, or where another line begins.
    fn next_is_apart(&mut self, by_line: bool) {
        self.open = None;
        if by_line {
            self.start = self.all.len();
        }
    }

    fn push(
        &mut self,
        letter: char,
        (written, deleted): (Revision, Revision),
        is_same: impl Fn((Revision, Revision), (Revision, Revision)) -> bool,
    ) {
        let of_line = self.all.iter().enumerate().skip(self.start);
        let mut of_pair =
            of_line.filter(|(_, each)| is_same((each.written, each.deleted), (written, deleted)));
        let known = of_pair.next().map(|(at, _)| at);
        let goes_on = known.is_some() && known == self.open;
        let at = known.unwrap_or(self.all.len());
        self.open = Some(at);
        let Some(words) = self.all.get_mut(at) else {
            self.all.push(Passing {
                text: letter.to_string(),
                written,
                deleted,
            });
            return;
        };
        if !goes_on {
            words.text.push_str(APART);
        }
        words.text.push(letter);
        words.written = words.written.max(written);
        words.deleted = words.deleted.max(deleted);
    }
}
