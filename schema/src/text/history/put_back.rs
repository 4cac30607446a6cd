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
//!   is never claimed;
//! - they stand directly behind the row, with nothing that shows between: where the page took them out;
//! - they show the same, letter for letter, block style for block style;
//! - they are all that was deleted there, or whole words of it, with two letters at least: who types over a word that
//!   begins with the same letters writes, and so does who begins with the same space;
//! - nothing stands for them yet.
//!
//! A deletion that the chapter has since gone on after in a fresh document is not known any more.
//!
//! Who types a deleted sentence again, whole and at its place, has put it back too: what the text says, and who worded
//! it, is then what it was before.

use std::ops::Range;

use super::elements::Content;
use super::line::Line;
use super::replay::{Object, TextHistory};
use super::sequence::{NEVER, Node, Value, shown};
use crate::richtext::flat::is_word_letter;

/// Deleted elements looked at beyond as many as were inserted: what the same actor deleted at that place before and
/// after. Bounds the work of a change to a multiple of its own size.
const LOOKED_BEYOND: usize = 64;

/// Elements of the text walked over for each one looked at: those others deleted, marks, and words back already.
const WALKED_FOR_EACH: usize = 8;

/// Letters that words have at least to be known again among others.
const FEWEST_LETTERS: usize = 2;

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
        let is_letter = |at: usize| gone.get(at).is_some_and(|(_, content)| is_letter(*content));
        let is_border = |at: usize| {
            at.checked_sub(1)
                .is_none_or(|before| !(is_letter(before) && is_letter(at)))
        };
        let are_words = |at: usize| {
            let letters = (at..at + row.len()).filter(|at| is_letter(*at)).count();
            letters >= FEWEST_LETTERS && is_border(at) && is_border(at + row.len())
        };
        let mut places = gone.windows(row.len().max(1)).enumerate();
        let found = places.find(|(at, part)| {
            (part.len() == gone.len() || are_words(*at)) && self.show_the_same(row, part, by.1)
        });
        let gone = found.map_or(&[][..], |(_, gone)| gone);
        row.iter()
            .copied()
            .zip(gone.iter().map(|(node, _)| *node))
            .collect()
    }

    fn show_the_same(&self, row: &[u32], gone: &[(u32, Content)], revision: u32) -> bool {
        let view = |object: u32, revision: u32| Line::read(self.block_at(object, revision));
        row.iter()
            .zip(gone)
            .all(|(new, (_, old))| match (self.content_at(*new, revision), *old) {
                (Some(Content::Char(new)), Content::Char(old)) => new == old,
                (Some(Content::Block(new)), Content::Block(old)) => {
                    view(new, revision) == view(old, revision)
                }
                _ => false,
            })
    }

    /// What `actor` deleted directly behind an element and nothing stands for, up to the next element that shows.
    fn deleted_behind(&self, row: &[u32], (actor, revision): (u32, u32)) -> Vec<(u32, Content)> {
        let (Some(last), Some(text)) = (row.last().copied(), self.text_sequence()) else {
            return Vec::new();
        };
        let most = row.len() + LOOKED_BEYOND;
        let behind = text.after(last).take(most * WALKED_FOR_EACH);
        behind
            .take_while(|(node, _)| self.content_at(*node, revision).is_none())
            .filter_map(|(node, element)| Some((node, self.deleted_by(actor, node, element)?)))
            .take(most)
            .collect()
    }

    /// What an element showed until `actor` deleted it, unless something stands for it.
    fn deleted_by(&self, actor: u32, node: u32, element: &Node) -> Option<Content> {
        let ended = element.versions().map(|version| version.ended).max()?;
        let before = ended
            .checked_sub(1)
            .filter(|_| self.maker_of(ended) == Some(actor))?;
        self.content_at(node, before).filter(|_| !self.is_back(node))
    }

    /// Whether something that shows stands for a deleted element.
    fn is_back(&self, node: u32) -> bool {
        let shows = |copy: u32| {
            let copy = self.text_sequence().and_then(|text| text.node(copy));
            copy.is_some_and(|copy| copy.versions().any(|version| version.ended == NEVER))
        };
        self.copies_of(self.origin(node)).any(shows)
    }

    /// What an element shows at a revision; none for marks and what does not show.
    fn content_at(&self, node: u32, revision: u32) -> Option<Content> {
        let element = self.text_sequence()?.node(node)?;
        match &shown(element.versions(), revision, &self.actors)?.value {
            Value::Char(letter) => Some(Content::Char(*letter)),
            Value::Object(object) if matches!(self.objects.get(*object as usize)?, Object::Map(_)) => {
                Some(Content::Block(*object))
            }
            Value::MarkBegin(_) | Value::MarkEnd => None,
            Value::Object(_) | Value::Scalar(_) => Some(Content::Other),
        }
    }
}

fn is_letter(content: Content) -> bool {
    matches!(content, Content::Char(letter) if is_word_letter(letter))
}

fn is_mark(element: &Node) -> bool {
    element
        .versions()
        .all(|version| matches!(version.value, Value::MarkBegin(_) | Value::MarkEnd))
}
