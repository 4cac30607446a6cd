//! Where words stand in the text, those that went included: the order that their authors gave them.
//!
//! Why it exists: a CRDT brings no element back to life, so words that are put back are new elements, and those stand in
//! front of everything that had gone from that place, whatever stood before what. Whether words come back at their own
//! place is asked of this order, in which a word keeps its place.
//!
//! # Invariants
//!
//! - A word is an element together with all that came to stand for it, one after the other.
//! - Words that show stand in the order in which they show.
//! - Two words that ever showed together stand in the order in which they did.
//!
//! Where finding places costs too much the order is given up, and nothing is known to come back until the text is begun
//! anew. So it is where a fresh generation does not have its words in the order of the one before.
//!
//! So what is put back between the words that show on both sides of it here changes nobody's order.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::replay::TextHistory;
use super::sequence::Node;

/// Words that went which all seats of a generation together are looked for across. People who write where others deleted
/// need a few thousand; a change that is made to cost more is not worth it.
const WALKED_MAX: usize = 10_000_000;
/// Nothing further.
const END: u32 = u32::MAX;

/// The order of the words, over generations. A word goes by the number of its first element.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    places: Vec<Place>,
    first: u32,
    /// Element that came to stand for a word → the word.
    words: BTreeMap<u32, u32>,
    /// Word → the last element that came to stand for it.
    elements: BTreeMap<u32, u32>,
    /// Words walked over so far in this generation.
    walked: usize,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    previous: u32,
    next: u32,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            first: END,
            words: BTreeMap::new(),
            elements: BTreeMap::new(),
            walked: 0,
        }
    }
}

impl Standing {
    /// Whether it holds no longer: no word has a place here any more.
    pub fn is_given_up(&self) -> bool {
        self.walked > WALKED_MAX
    }

    /// Takes in a new element as a word, right behind another word or in front of all.
    fn seat(&mut self, element: u32, behind: Option<u32>) {
        let nowhere = Place {
            previous: END,
            next: END,
        };
        let length = self.places.len().max(element as usize + 1);
        self.places.resize(length, nowhere);
        self.put(element, behind);
    }

    /// The word that an element stands for.
    pub fn word(&self, element: u32) -> u32 {
        self.words.get(&element).copied().unwrap_or(element)
    }

    /// The element that stands for a word now, or did last.
    pub fn element(&self, word: u32) -> u32 {
        self.elements.get(&word).copied().unwrap_or(word)
    }

    /// The words behind one, in order.
    pub fn behind(&self, word: u32) -> impl Iterator<Item = u32> + '_ {
        let next = move |word: &u32| Some(self.places.get(*word as usize)?.next).filter(|next| *next != END);
        std::iter::successors(next(&word), next)
    }

    /// A word and those before it, the nearest first.
    fn back_from(&self, word: u32) -> impl Iterator<Item = u32> + '_ {
        let previous = |word: &u32| Some(self.places.get(*word as usize)?.previous);
        std::iter::successors(Some(word), move |word| previous(word).filter(|word| *word != END))
    }

    /// Lets an element, so far a word of its own, stand for a word that went.
    pub fn stand_for(&mut self, element: u32, word: u32) {
        self.take_out(element);
        self.words.insert(element, word);
        self.elements.insert(word, element);
    }

    /// Makes ready for the elements of a fresh generation, which are seated in front of all that was.
    pub fn start_anew(&mut self) {
        if self.is_given_up() {
            *self = Self::default();
        }
        self.walked = 0;
    }

    /// Lets the elements that a fresh generation begins with, in order, stand for the words that they are copies of. What is
    /// no copy gets its place behind what it follows.
    pub fn go_on(&mut self, copies: &[(u32, Option<u32>)]) {
        let word = |copied: &Option<u32>| copied.map(|copied| self.word(copied));
        let seated = |word: &u32| self.is_seated(*word);
        let mut words: Vec<Option<u32>> = copies
            .iter()
            .map(|(_, copied)| word(copied).filter(seated))
            .collect();
        if !self.holds_in_order(words.iter().copied().flatten()) {
            *self = Self::default();
            words.fill(None);
        }
        let mut last = None;
        for ((copy, _), word) in copies.iter().zip(words) {
            if let Some(word) = word {
                self.stand_for(*copy, word);
            } else {
                self.take_out(*copy);
                self.seat(*copy, last);
            }
            last = word.or(Some(*copy));
        }
    }

    /// Whether an element is still a word of its own and has its place right behind another word.
    pub fn is_seated_behind(&self, element: u32, word: u32) -> bool {
        let place = self.places.get(element as usize);
        self.word(element) == element && place.is_some_and(|place| place.previous == word)
    }

    fn is_seated(&self, word: u32) -> bool {
        let place = self.places.get(word as usize);
        self.first == word || place.is_some_and(|place| place.previous != END)
    }

    /// Whether these words stand here one behind the other.
    fn holds_in_order(&self, words: impl Iterator<Item = u32>) -> bool {
        let mut words = words.peekable();
        let mut at = self.first;
        while let Some(place) = self.places.get(at as usize) {
            words.next_if_eq(&at);
            at = place.next;
        }
        words.peek().is_none()
    }

    /// Moves words right behind another, in their order.
    pub fn put_behind(&mut self, words: &[u32], mut behind: u32) {
        for word in words {
            self.take_out(*word);
            self.put(*word, Some(behind));
            behind = *word;
        }
    }

    fn put(&mut self, word: u32, behind: Option<u32>) {
        let next = match behind.and_then(|behind| self.places.get_mut(behind as usize)) {
            Some(behind) => std::mem::replace(&mut behind.next, word),
            None => std::mem::replace(&mut self.first, word),
        };
        if let Some(next) = self.places.get_mut(next as usize) {
            next.previous = word;
        }
        if let Some(place) = self.places.get_mut(word as usize) {
            let previous = behind.unwrap_or(END);
            *place = Place { previous, next };
        }
    }

    fn take_out(&mut self, word: u32) {
        let place = self.places.get(word as usize).copied();
        let Some(Place { previous, next }) = place.filter(|_| self.is_seated(word)) else {
            return;
        };
        match self.places.get_mut(previous as usize) {
            Some(previous) => previous.next = next,
            None => self.first = next,
        }
        if let Some(next) = self.places.get_mut(next as usize) {
            next.previous = previous;
        }
    }
}

impl TextHistory {
    /// Takes in a new element of the text: between the words that show on both sides of it, and there behind what it was
    /// typed behind. Formatting has no place.
    pub(super) fn seat(&mut self, element: u32) {
        let Some(text) = self
            .text_sequence()
            .filter(|text| text.node(element).is_some_and(Node::stands))
        else {
            return;
        };
        if self.standing.is_given_up() {
            return;
        }
        let walked = Cell::new(0);
        let stands = |node: &Node| {
            walked.set(walked.get() + 1);
            node.stands()
        };
        let mut before = text.before(element).filter(|(_, node)| !node.is_mark());
        let nearest = before.next();
        let shown = nearest.into_iter().chain(before).find(|(_, node)| stands(node));
        let shown = shown.map(|(number, _)| self.standing.word(number));
        let typed_behind = nearest.map(|(number, _)| self.standing.word(number));
        let word_stands = |word: &u32| text.node(self.standing.element(*word)).is_some_and(stands);
        let is_between = |word: &u32| self.standing.back_from(*word).find(word_stands) == shown;
        let behind = typed_behind.filter(is_between).or(shown);
        self.standing.seat(element, behind);
        self.standing.walked += walked.get();
    }
}
