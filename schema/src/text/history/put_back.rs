//! Words that whoever took them out put back: an undo of a deletion is no writing.
//!
//! Why it exists: a CRDT brings no element back to life. A page that undoes a deletion writes the same letters anew,
//! as its own operations, and without this the undoer would become the author of somebody else's words.
//!
//! # Rule
//!
//! What one change inserts in a row stands for deleted elements when these hold together:
//!
//! - the change's actor is the one that deleted them, so what others deleted, or an earlier visit of the same person,
//!   is never claimed; and not the one that wrote them: who writes their own words again needs no link;
//! - they went from this place: nothing stands between but what came back itself, before the row if it stood before
//!   them, behind it if it stood behind;
//! - they show the same, letter for letter, block style for block style;
//! - they are all that the actor took out there, or more than one element and all that some of their changes took out
//!   there, as when words that went in pieces come back in pieces. Who clears a sentence and writes another with some of
//!   its words writes;
//! - nothing stands for them yet.
//!
//! # Invariant
//!
//! What stands under somebody's name because others put it back could have been left standing by deleting alone: their
//! elements, in their order. No row puts words into an order, or a place, that their author did not give them.
//!
//! Who types what they deleted again, whole and at its place, has put it back too: what the text says, and who worded
//! it, is then what it was before. A deletion that the chapter has since gone on after in a fresh document is not known
//! any more.

use std::collections::BTreeSet;
use std::ops::Range;

use super::elements::Content;
use super::line::Line;
use super::replay::TextHistory;
use super::sequence::{Node, Value};

/// Deleted elements looked at beyond as many as were inserted: what the same actor deleted at that place before and
/// after. Where there are more nothing is known again: a change costs no more than a multiple of its own size.
const LOOKED_BEYOND: usize = 1_024;

/// Elements of the text walked over for each one looked at: what others deleted, marks, and what came back and went
/// again.
const WALKED_FOR_EACH: usize = 4;

/// A deleted element: what it showed, and the revision in which it went.
struct Gone {
    node: u32,
    content: Content,
    ended: u32,
}

impl TextHistory {
    /// Links what the change of `actor` at `revision` inserted to what it puts back. `inserted` are nodes of the text.
    pub(super) fn link_put_back(&mut self, inserted: Range<u32>, (actor, revision): (u32, u32)) {
        let shows = |node: &u32| self.content_at(*node, revision).is_some();
        let inserted: Vec<u32> = inserted.filter(shows).collect();
        let mut rest = inserted.as_slice();
        while let Some(length) = self.row_length(rest) {
            let (row, behind) = rest.split_at(length);
            rest = behind;
            for (new, old) in self.put_back(row, (actor, revision)) {
                self.stands_for(new, old);
                self.brought.insert(new, revision);
            }
        }
    }

    /// How many of the nodes follow each other in the text, marks apart, from the first on; none when there are none.
    fn row_length(&self, nodes: &[u32]) -> Option<usize> {
        let text = self.text_sequence()?;
        let next = |node: u32| text.after(node).find(|(_, element)| !is_mark(element));
        let breaks = nodes
            .windows(2)
            .position(|pair| matches!(pair, [a, b] if next(*a).is_none_or(|(node, _)| node != *b)));
        (!nodes.is_empty()).then(|| breaks.map_or(nodes.len(), |at| at + 1))
    }

    /// The pairs of new and deleted elements, if the row puts something back.
    fn put_back(&self, row: &[u32], by: (u32, u32)) -> Vec<(u32, u32)> {
        let gone = self.deleted_behind(row, by);
        let shown: Vec<Option<Content>> = row.iter().map(|node| self.content_at(*node, by.1)).collect();
        let are_deletions = |at: usize| {
            let (before, rest) = gone.split_at(at);
            let (these, behind) = rest.split_at(row.len());
            let others = || before.iter().chain(behind);
            row.len() > 1
                && these
                    .iter()
                    .all(|this| others().all(|other| other.ended != this.ended))
        };
        let mut places = gone.windows(row.len().max(1)).enumerate();
        let found = places.find(|(at, part)| {
            let is_anothers = part.iter().any(|gone| !self.is_by(gone.node, by.0));
            is_anothers
                && self.show_the_same(&shown, part, by.1)
                && (part.len() == gone.len() || are_deletions(*at))
        });
        let gone = found.map_or(&[][..], |(_, gone)| gone);
        row.iter()
            .copied()
            .zip(gone.iter().map(|gone| gone.node))
            .collect()
    }

    fn show_the_same(&self, shown: &[Option<Content>], gone: &[Gone], revision: u32) -> bool {
        let view = |object: u32, revision: u32| Line::read(self.block_at(object, revision));
        let mut pairs = shown.iter().zip(gone);
        pairs.all(|(new, gone)| match (*new, gone.content) {
            (Some(Content::Char(new)), Content::Char(old)) => new == old,
            (Some(Content::Block(new)), Content::Block(old)) => {
                view(new, revision) == view(old, gone.ended - 1)
            }
            _ => false,
        })
    }

    /// What `actor` took out where a row stands and nothing stands for, in its order: behind what stands before the row
    /// again, before what stands behind it again. Nothing where that cannot be told.
    fn deleted_behind(&self, row: &[u32], (actor, revision): (u32, u32)) -> Vec<Gone> {
        let (Some(last), Some(text)) = (row.last().copied(), self.text_sequence()) else {
            return Vec::new();
        };
        // One letter is known again only where it is all that went: who types on comes no further than this.
        let most = if row.len() == 1 {
            1
        } else {
            row.len() + LOOKED_BEYOND
        };
        let shows = |node: u32| self.content_at(node, revision).is_some();
        let mut back_behind = None;
        let (mut seen, mut gone) = (BTreeSet::new(), Vec::new());
        for (walked, (node, element)) in text.after(last).enumerate() {
            if self.came_back(node) {
                back_behind = back_behind.or(shows(node).then_some(node));
            } else if shows(node) {
                break;
            } else if !is_mark(element) && seen.insert(self.origin(node)) {
                let newest = self.newest_for(node);
                if back_behind == Some(newest) {
                    return gone;
                }
                if shows(newest) {
                    gone.clear();
                } else {
                    gone.extend(self.deleted_by(actor, newest));
                }
            }
            if gone.len() > most || walked > (row.len() + LOOKED_BEYOND) * WALKED_FOR_EACH {
                return Vec::new();
            }
        }
        // What came back behind the row, but went from elsewhere, tells not what stood before what.
        if back_behind.is_none() { gone } else { Vec::new() }
    }

    /// Whether an element stands for another of its generation.
    fn came_back(&self, node: u32) -> bool {
        let begins = self
            .text_sequence()
            .and_then(|text| text.start())
            .map_or(0, |start| start + 1);
        self.origins.get(&node).is_some_and(|origin| *origin >= begins)
    }

    /// The newest element that came for one; that one itself when none did.
    fn newest_for(&self, node: u32) -> u32 {
        let newest = self.newest.get(&self.origin(node)).copied();
        newest.map_or(node, |newest| newest.max(node))
    }

    /// Whether `actor` wrote what an element shows.
    fn is_by(&self, node: u32, actor: u32) -> bool {
        let born = self.born(self.origin(node));
        born.is_some_and(|born| self.maker_of(born) == Some(actor))
    }

    /// An element that `actor` deleted.
    fn deleted_by(&self, actor: u32, node: u32) -> Option<Gone> {
        let versions = self.text_sequence()?.node(node)?.versions();
        let ended = versions.map(|version| version.ended).max()?;
        let before = ended
            .checked_sub(1)
            .filter(|_| self.maker_of(ended) == Some(actor))?;
        let content = self.content_at(node, before)?;
        Some(Gone { node, content, ended })
    }
}

fn is_mark(element: &Node) -> bool {
    element
        .versions()
        .all(|version| matches!(version.value, Value::MarkBegin(_) | Value::MarkEnd))
}
