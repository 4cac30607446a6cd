//! Which marks must be set or taken off so that restored words look as they did.
//!
//! Why after the fact: letters put next to bold ones become bold by themselves. So the letters are written first,
//! and only what then looks wrong is marked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use automerge::marks::MarkSet;
use automerge::{ScalarValue, Span};

/// An element of the text and how it should look.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    /// UTF-16 units it takes.
    pub width: usize,
    pub looks: Looks<'a>,
}

#[derive(Debug, Clone)]
pub(super) enum Looks<'a> {
    /// Outside the restore.
    AsTheyAre,
    /// A block marker: marks do not show on it.
    Any,
    /// Restored words.
    Marks(BTreeMap<&'a str, &'a ScalarValue>),
}

/// A mark to set over a range; a null value takes it off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MarkEdit {
    pub range: Range<usize>,
    pub name: String,
    pub value: ScalarValue,
}

/// The marks to set, given how the text looks now.
pub(super) fn edits(spans: &[Span], wanted: &[Wanted<'_>]) -> Vec<MarkEdit> {
    let mut look = Look { spans, at: 0, end: 0 };
    let mut open: BTreeMap<String, MarkEdit> = BTreeMap::new();
    let mut done = Vec::new();
    let mut at = 0;
    for Wanted { width, looks } in wanted {
        let missing = match looks {
            Looks::AsTheyAre => BTreeMap::new(),
            Looks::Any => {
                at += width;
                continue;
            }
            Looks::Marks(marks) => missing(look.marks_at(at), marks),
        };
        let end = at + width;
        let ended: Vec<String> = open
            .iter()
            .filter(|(name, edit)| missing.get(name.as_str()) != Some(&edit.value))
            .map(|(name, _)| name.clone())
            .collect();
        done.extend(ended.iter().filter_map(|name| open.remove(name)));
        for (name, value) in missing {
            let fresh = || MarkEdit {
                range: at..end,
                name: name.to_owned(),
                value,
            };
            open.entry(name.to_owned()).or_insert_with(fresh).range.end = end;
        }
        at = end;
    }
    done.extend(open.into_values());
    done
}

/// The names whose value is another than wanted, with the value to set.
fn missing<'a>(
    actual: Option<&'a MarkSet>,
    wanted: &BTreeMap<&'a str, &'a ScalarValue>,
) -> BTreeMap<&'a str, ScalarValue> {
    let actual: BTreeMap<&str, &ScalarValue> = actual.into_iter().flat_map(MarkSet::iter).collect();
    let names: BTreeSet<&str> = actual.keys().chain(wanted.keys()).copied().collect();
    let differing = names
        .into_iter()
        .filter(|name| actual.get(name) != wanted.get(name));
    differing
        .map(|name| {
            (
                name,
                wanted
                    .get(name)
                    .map_or(ScalarValue::Null, |value| (*value).clone()),
            )
        })
        .collect()
}

/// Walks along the spans with rising positions.
struct Look<'s> {
    spans: &'s [Span],
    /// The span looked at.
    at: usize,
    /// Where it ends.
    end: usize,
}

impl<'s> Look<'s> {
    fn marks_at(&mut self, position: usize) -> Option<&'s MarkSet> {
        loop {
            let span = self.spans.get(self.at)?;
            let width = match span {
                Span::Text { text, .. } => text.encode_utf16().count(),
                Span::Block(_) => 1,
            };
            if position < self.end + width {
                return match span {
                    Span::Text { marks, .. } => marks.as_deref(),
                    Span::Block(_) => None,
                };
            }
            self.end += width;
            self.at += 1;
        }
    }
}
