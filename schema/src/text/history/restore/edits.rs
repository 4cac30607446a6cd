//! The flat edits of a planned restore: letters, block markers, and the looks that the text should then have.

use std::collections::BTreeSet;

use automerge::hydrate;

use super::super::elements::{Content, Element};
use super::marks::{Looks, Wanted};
use super::plan::{Action, RestorePlan};

/// Letters in one splice; an edit is never split over two changes.
pub(super) const SPLICE_LETTERS_MAX: usize = 2_000;
/// A flat edit; its position is that of the text with all edits before it done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Edit {
    /// Takes units away and puts letters in their place.
    Splice {
        /// UTF-16 position.
        at: usize,
        /// Units to take away.
        delete: usize,
        /// Letters to put there.
        text: String,
    },
    /// Puts a block marker.
    InsertBlock {
        /// UTF-16 position.
        at: usize,
        /// Its map.
        block: hydrate::Map,
    },
    /// Makes a block marker what it was.
    UpdateBlock {
        /// UTF-16 position.
        at: usize,
        /// Its map.
        block: hydrate::Map,
    },
}

impl RestorePlan<'_> {
    /// The edits of letters and markers, in order, of a text in which what comes home stands already. Marks are set after them,
    /// where they are then missing.
    pub(super) fn edits(&self, actions: &[Action], come_home: &BTreeSet<usize>) -> Vec<Edit> {
        let mut edits = Edits::default();
        for action in actions {
            match *action {
                Action::Leave(now) => {
                    edits.pass(self.width_now(now));
                }
                Action::Delete(now) => {
                    edits.delete(self.width_now(now));
                }
                Action::Keep { then, now } => {
                    if let (Some(then), Some(now)) =
                        (self.then.elements.get(then), self.now.elements.get(now))
                    {
                        self.keep(then, now, &mut edits);
                    }
                }
                Action::Insert(at) => match self.then.elements.get(at) {
                    Some(then) if come_home.contains(&at) => self.came_home(then, &mut edits),
                    Some(then) => self.insert(then, &mut edits),
                    None => {}
                },
            }
        }
        edits.done
    }

    fn width_now(&self, at: usize) -> usize {
        self.now
            .elements
            .get(at)
            .map_or(0, |element| self.now.width(element))
    }

    fn keep(&self, then: &Element, now: &Element, edits: &mut Edits) {
        if let (Content::Block(was), Content::Block(is)) = (then.content, now.content)
            && self.block_differs(was, is)
        {
            let block = self.then.block(was);
            edits.done.push(Edit::UpdateBlock { at: edits.at, block });
        }
        edits.pass(self.now.width(now));
    }

    /// A marker stands there as this writer makes them; it gets all that it held.
    fn came_home(&self, then: &Element, edits: &mut Edits) {
        if let Content::Block(was) = then.content {
            let block = self.then.block(was);
            edits.done.push(Edit::UpdateBlock { at: edits.at, block });
        }
        edits.pass(self.then.width(then));
    }

    fn insert(&self, then: &Element, edits: &mut Edits) {
        if let Content::Block(was) = then.content {
            edits.done.push(Edit::InsertBlock {
                at: edits.at,
                block: self.then.block(was),
            });
            return edits.pass(1);
        }
        let mut letters = String::new();
        self.then.push_text(then, &mut letters);
        edits.insert(&letters);
    }

    /// The text after the edits, element by element, with the marks it should then have.
    pub(super) fn wanted_marks(&self) -> Vec<Wanted<'_>> {
        let wanted = |action: &Action| {
            let (view, at, restored) = match *action {
                Action::Keep { then, .. } | Action::Insert(then) => (&self.then, then, true),
                Action::Leave(now) => (&self.now, now, false),
                Action::Delete(_) => return None,
            };
            let element = view.elements.get(at)?;
            let looks = match (restored, element.content) {
                (false, _) => Looks::AsTheyAre,
                (true, Content::Block(_)) => Looks::Any,
                (true, _) => Looks::Marks(view.marks(element.format)),
            };
            Some(Wanted {
                width: view.width(element),
                looks,
            })
        };
        self.actions.iter().filter_map(wanted).collect()
    }
}

/// Collects edits while walking through the text.
#[derive(Default)]
struct Edits {
    at: usize,
    done: Vec<Edit>,
    /// Where the last edit, if it puts letters, may be carried on.
    grows_at: Option<usize>,
}

impl Edits {
    fn pass(&mut self, width: usize) {
        self.at += width;
    }

    fn delete(&mut self, width: usize) {
        match self.done.last_mut() {
            Some(Edit::Splice { at, delete, text })
                if *at == self.at && text.is_empty() && *delete < SPLICE_LETTERS_MAX =>
            {
                *delete += width;
            }
            _ => self.done.push(Edit::Splice {
                at: self.at,
                delete: width,
                text: String::new(),
            }),
        }
    }

    fn insert(&mut self, letters: &str) {
        for letter in letters.chars() {
            match self.done.last_mut() {
                Some(Edit::Splice { delete: 0, text, .. })
                    if self.grows_at == Some(self.at) && text.len() < SPLICE_LETTERS_MAX =>
                {
                    text.push(letter);
                }
                _ => self.done.push(Edit::Splice {
                    at: self.at,
                    delete: 0,
                    text: letter.into(),
                }),
            }
            self.at += letter.len_utf16();
            self.grows_at = Some(self.at);
        }
    }
}
