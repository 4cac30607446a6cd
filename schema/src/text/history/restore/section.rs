//! Sections: a heading and what is under it.
//!
//! # What belongs to a section that is restored
//!
//! What came back is everything under the heading *then*. What goes is what was put into it since: from the heading
//! to its last surviving word, and from there to the next heading of the same or a higher level in the text that was
//! *seen*. So a chapter part added behind the section since then stays, and so does text of a neighbour whose heading
//! was deleted.

use super::super::align::Pair;
use super::super::elements::{Content, View};
use super::super::id::ElementId;
use super::super::line::Line;

/// A heading that can be restored by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its block marker.
    pub heading: ElementId,
    /// That marker as it was first written: what a section is known by, however often it went and came back. Its words
    /// may be those of another section.
    pub first: ElementId,
    /// Its level, 1 to 4.
    pub level: u8,
    /// Its words.
    pub title: String,
}

impl View<'_> {
    /// The headings of the text in reading order.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        let mut open = false;
        for (at, element) in self.elements.iter().enumerate() {
            if matches!(element.content, Content::Block(_)) {
                let name = |node| self.history.name_of(node);
                let first = name(self.history.origin(element.node));
                let heading = self.heading_level(at).zip(name(element.node)).zip(first);
                open = heading.is_some();
                sections.extend(heading.map(|((level, heading), first)| Section {
                    heading,
                    first,
                    level,
                    title: String::new(),
                }));
            } else if let Some(section) = sections.last_mut().filter(|_| open) {
                self.push_text(element, &mut section.title);
            }
        }
        sections
    }

    /// The level of the heading at a place among the elements.
    pub(super) fn heading_level(&self, at: usize) -> Option<u8> {
        match self.elements.get(at)?.content {
            Content::Block(object) => Line::read(self.block(object)).heading_level(),
            _ => None,
        }
    }
}

/// Where a section lies in the alignment of the text then with the text that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// The heading.
    pub start: usize,
    /// Behind the last thing that was in it then.
    pub end: usize,
    /// Behind the last thing that is taken away.
    pub cleared_end: usize,
    /// Whether the heading still stands.
    pub stands: bool,
}

/// Finds a section, named by its heading or by a copy of it, in the text then (`before`) and in the one seen (`after`).
pub(super) fn extent(
    then: &View<'_>,
    seen: &View<'_>,
    pairs: &[Pair],
    heading: &ElementId,
) -> Option<Extent> {
    let history = then.history;
    let origin = history.origin(history.node_of(heading)?);
    let is_heading = |pair: &Pair| {
        let node = then.elements.get(place_then(pair)?)?.node;
        (history.origin(node) == origin).then_some(())
    };
    let start = pairs.iter().position(|pair| is_heading(pair).is_some())?;
    let level = then.heading_level(place_then(pairs.get(start)?)?)?;
    let closes = |view: &View<'_>, at: Option<usize>| {
        at.and_then(|at| view.heading_level(at))
            .is_some_and(|other| other <= level)
    };
    let behind = |from: usize| pairs.iter().enumerate().skip(from);
    let end = behind(start + 1)
        .find(|(_, pair)| closes(then, place_then(pair)))
        .map_or(pairs.len(), |(at, _)| at);
    let stays =
        |(at, pair): (usize, &Pair)| (at < end && matches!(pair, Pair::Both { .. })).then_some(at + 1);
    let kept_end = behind(start).filter_map(stays).next_back().unwrap_or(start + 1);
    let stands = matches!(pairs.get(start), Some(Pair::Both { .. }));
    let next_seen = || behind(kept_end).find(|(at, pair)| *at >= end || closes(seen, place_added(pair)));
    let cleared_end = if stands {
        next_seen().map_or(end, |(at, _)| at.min(end))
    } else {
        kept_end
    };
    Some(Extent {
        start,
        end,
        cleared_end,
        stands,
    })
}

fn place_then(pair: &Pair) -> Option<usize> {
    match pair {
        Pair::Both { before, .. } | Pair::Before(before) => Some(*before),
        Pair::After(_) => None,
    }
}

fn place_added(pair: &Pair) -> Option<usize> {
    match pair {
        Pair::After(after) => Some(*after),
        _ => None,
    }
}
