//! Where what comes back is put beside what the restorer did not see: at borders of words.
//!
//! Why it exists: whoever types while a restore is undone types where the words were that come back. Before what was typed,
//! or around it, the words would come within a word: "de oudeze wijk", where somebody made "deze" of "de".
//!
//! # Invariants
//!
//! - What stands keeps its order; only what comes back is moved, as a whole and not past a block marker that comes back.
//! - A word into which somebody typed is not parted, except by letters that come back into the word they were a part of.
//! - What was typed in one go is parted only where else words would be cut or run together on both sides.
//! - Where nothing stands that the restorer did not see, everything comes back at its place.
//! - What was typed within it, by somebody who still saw it, stays within it ([`super::homes`]).

use super::super::elements::{Content, View};
use super::homes::Homes;
use super::plan::Action;
use crate::richtext::flat::is_word_letter;

/// What a cut through a typed word weighs: more than everything else that a place can cost.
const CUT: usize = 7;

/// What a place within something that was typed in one go weighs: two sentences torn through each other read worse than
/// two words run together.
const TEAR: usize = 2;

/// The two texts, and what of the text now the restorer did not see.
pub(super) struct Texts<'v, 'h, F> {
    pub then: &'v View<'h>,
    pub now: &'v View<'h>,
    pub homes: &'v Homes,
    pub is_unseen: F,
}

/// Moves what comes back to the borders of words beside it. Where it has the choice it comes before what the restorer did
/// not see: whoever types there goes on behind what came back. A block marker comes behind it: what was typed at the end
/// of a paragraph stays in it.
pub(super) fn at_borders(actions: &[Action], texts: &Texts<'_, '_, impl Fn(usize) -> bool>) -> Vec<Action> {
    let mut walk = Walk {
        texts,
        typed: typed_words(actions, texts),
        placed: Vec::with_capacity(actions.len()),
        coming: Vec::new(),
        held: Vec::new(),
    };
    // The next thing that stands, or goes, behind each action.
    let mut standing = vec![None; actions.len()];
    let mut next = None;
    for (behind, action) in standing.iter_mut().zip(actions).rev() {
        *behind = next;
        if !matches!(action, Action::Insert(_)) {
            next = Some(*action);
        }
    }
    for (action, behind) in actions.iter().zip(standing) {
        match *action {
            Action::Leave(now) if (texts.is_unseen)(now) => walk.held.push(*action),
            Action::Delete(_) if !walk.held.is_empty() => walk.held.push(*action),
            Action::Insert(then) if texts.is_letter(then) => walk.coming.push(*action),
            Action::Insert(_) => walk.marker(*action, behind),
            Action::Leave(_) | Action::Delete(_) | Action::Keep { .. } => {
                walk.settle(Some(*action));
                walk.placed.push(*action);
            }
        }
    }
    walk.settle(None);
    walk.placed.append(&mut walk.coming);
    walk.placed
}

impl<F: Fn(usize) -> bool> Texts<'_, '_, F> {
    fn is_letter(&self, then: usize) -> bool {
        !is_marker(self.then, then)
    }

    /// Whether an action leaves a letter of a word.
    fn is_word(&self, action: Action) -> bool {
        match action {
            Action::Keep { now, .. } | Action::Leave(now) => is_word(self.now, now),
            Action::Insert(then) => is_word(self.then, then),
            Action::Delete(_) => false,
        }
    }

    fn unseen(&self, action: Action) -> bool {
        place_now(action).is_some_and(&self.is_unseen)
    }

    /// Where an action's element stands among all elements; of what comes back: where it stood.
    fn order(&self, action: Action) -> Option<u32> {
        match action {
            Action::Insert(then) => self.homes.get(&then).map(|home| home.order),
            Action::Keep { now, .. } | Action::Leave(now) | Action::Delete(now) => {
                self.now.elements.get(now).map(|element| element.order)
            }
        }
    }
}

fn is_marker(view: &View<'_>, at: usize) -> bool {
    let content = view.elements.get(at).map(|element| element.content);
    matches!(content, Some(Content::Block(_)))
}

fn is_word(view: &View<'_>, at: usize) -> bool {
    let content = view.elements.get(at).map(|element| element.content);
    matches!(content, Some(Content::Char(letter)) if is_word_letter(letter))
}

/// The place of what stands and stays.
fn place_now(action: Action) -> Option<usize> {
    match action {
        Action::Keep { now, .. } | Action::Leave(now) => Some(now),
        Action::Insert(_) | Action::Delete(_) => None,
    }
}

fn place_then(action: Action) -> Option<usize> {
    match action {
        Action::Keep { then, .. } | Action::Insert(then) => Some(then),
        Action::Leave(_) | Action::Delete(_) => None,
    }
}

/// The letters that stay, by their places now, of words in which the restorer did not see all.
fn typed_words(actions: &[Action], texts: &Texts<'_, '_, impl Fn(usize) -> bool>) -> Vec<bool> {
    let mut typed = vec![false; texts.now.elements.len()];
    let stands: Vec<Action> = actions
        .iter()
        .copied()
        .filter(|action| !matches!(action, Action::Insert(_)))
        .collect();
    for word in stands.split(|action| !texts.is_word(*action)) {
        if word.iter().any(|action| texts.unseen(*action)) {
            for now in word.iter().filter_map(|action| place_now(*action)) {
                if let Some(typed) = typed.get_mut(now) {
                    *typed = true;
                }
            }
        }
    }
    typed
}

struct Walk<'t, 'v, 'h, F> {
    texts: &'t Texts<'v, 'h, F>,
    typed: Vec<bool>,
    placed: Vec<Action>,
    /// Letters that come back and have no place yet.
    coming: Vec<Action>,
    /// What stands behind `placed`, from something that the restorer did not see.
    held: Vec<Action>,
}

impl<F: Fn(usize) -> bool> Walk<'_, '_, '_, F> {
    /// Places what comes back before, between or behind what is held; where every place is within a typed word, words that
    /// come back whole go on to its end.
    fn settle(&mut self, next: Option<Action>) {
        if let Some(within) = self.around_what_is_within() {
            self.placed.extend(within);
            self.held.clear();
            self.coming.clear();
            return;
        }
        let is_fragment = self.is_fragment();
        let place = (0..=self.held.len())
            .filter(|place| is_fragment || !self.is_inside(*place, next))
            .min_by_key(|place| self.cost(*place, next));
        let behind = self.held.split_off(place.unwrap_or(self.held.len()));
        self.placed.append(&mut self.held);
        if place.is_some() {
            self.placed.append(&mut self.coming);
        }
        self.placed.extend(behind);
    }

    /// Where the line ends that what is held begins with.
    fn line_end(&self) -> usize {
        let is_line = |action: &Action| place_now(*action).is_some_and(|now| is_marker(self.texts.now, now));
        self.held.iter().position(is_line).unwrap_or(self.held.len())
    }

    /// Where the last element stands that is placed and stays.
    fn stood(&self) -> Option<u32> {
        let stands = |action: &&Action| place_now(**action).is_some();
        let last = self.placed.iter().rev().find(stands)?;
        self.texts.order(*last)
    }

    /// Where among what is held something stood that comes back, behind what [`Self::stood`].
    fn home(&self, coming: Action, stood: Option<u32>) -> Option<usize> {
        // What went on to the end of a word has left its home.
        let home = self.texts.order(coming).filter(|home| stood <= Some(*home))?;
        let is_behind = |held: &Action| self.texts.order(*held).is_some_and(|order| home < order);
        Some(self.held.iter().position(is_behind).unwrap_or(self.held.len()))
    }

    /// What is held and what comes back where each stood, if somebody typed within what comes back: who did so saw it.
    fn around_what_is_within(&self) -> Option<Vec<Action>> {
        if self.held.is_empty() {
            return None;
        }
        let stood = self.stood();
        let home = |coming: &Action| self.home(*coming, stood);
        let homes = self.coming.iter().map(home).collect::<Option<Vec<usize>>>()?;
        let is_within = homes.first() != homes.last() && homes.is_sorted();
        let mut coming = homes.into_iter().zip(&self.coming).peekable();
        is_within.then(|| {
            let mut around = Vec::with_capacity(self.held.len() + self.coming.len());
            for (place, held) in self.held.iter().enumerate() {
                while let Some((_, coming)) = coming.next_if(|(home, _)| *home <= place) {
                    around.push(*coming);
                }
                around.push(*held);
            }
            around.extend(coming.map(|(_, coming)| *coming));
            around
        })
    }

    /// Places a block marker that comes back: where it stood, at the end of the line that is held, or earlier if it would part a
    /// typed word there. `behind` is what stands behind it.
    fn marker(&mut self, marker: Action, behind: Option<Action>) {
        let line_end = self.line_end();
        let home = (!self.held.is_empty())
            .then(|| self.home(marker, self.stood()))
            .flatten()
            .filter(|home| *home <= line_end && !self.is_cut(*home, behind));
        let end = home.or_else(|| (0..=line_end).rev().find(|end| !self.is_cut(*end, behind)));
        let rest = self.held.split_off(end.unwrap_or(self.held.len()));
        self.settle(Some(marker));
        self.placed.append(&mut self.coming);
        self.placed.push(marker);
        self.held = rest;
    }

    /// What stands on both sides of a place among what is held.
    fn around(&self, place: usize, next: Option<Action>) -> (Option<Action>, Option<Action>) {
        let before = place.checked_sub(1).and_then(|at| self.held.get(at));
        let before = before.or_else(|| self.placed.last().filter(|_| place == 0));
        (before.copied(), self.held.get(place).copied().or(next))
    }

    /// Whether two letters of a word stand there, one of which the restorer did not see.
    fn is_cut(&self, place: usize, next: Option<Action>) -> bool {
        let (before, after) = self.around(place, next);
        let both = before.zip(after).filter(|(before, after)| {
            place_now(*before).is_some()
                && place_now(*after).is_some()
                && self.texts.is_word(*before)
                && self.texts.is_word(*after)
        });
        both.is_some_and(|(before, after)| self.texts.unseen(before) || self.texts.unseen(after))
    }

    /// Whether a place is within what was typed in one go: nothing ever stood between the two sides, so neither did what
    /// comes back.
    fn is_torn(&self, place: usize) -> bool {
        let order = |at: usize| {
            let now = self.held.get(at).copied().and_then(place_now)?;
            Some(self.texts.now.elements.get(now)?.order)
        };
        let before = place.checked_sub(1).and_then(order);
        before
            .zip(order(place))
            .is_some_and(|(before, after)| before + 1 == after)
    }

    /// Whether a place is within a word in which the restorer did not see all.
    fn is_inside(&self, place: usize, next: Option<Action>) -> bool {
        let is_typed = |action: Action| {
            let now = place_now(action).and_then(|now| self.typed.get(now));
            now.copied().unwrap_or_default()
        };
        let (before, after) = self.around(place, next);
        before
            .zip(after)
            .is_some_and(|(before, after)| is_typed(before) && is_typed(after))
    }

    /// What a place costs: words that are cut, run together, or torn from what they went on in.
    fn cost(&self, place: usize, next: Option<Action>) -> usize {
        let (Some(first), Some(last)) = (self.coming.first(), self.coming.last()) else {
            return 0;
        };
        let (before, after) = self.around(place, next);
        let beside = |own: Action, neighbour: Option<Action>, was: Option<usize>| {
            let is_same = was.is_some() && neighbour.and_then(place_then) == was;
            if is_same || !self.texts.is_word(own) {
                return 0;
            }
            let runs_together = neighbour.is_some_and(|neighbour| self.texts.is_word(neighbour));
            usize::from(runs_together) + usize::from(was.is_some_and(|was| is_word(self.texts.then, was)))
        };
        let was_before = place_then(*first).and_then(|then| then.checked_sub(1));
        let was_after = place_then(*last).map(|then| then + 1);
        CUT * usize::from(self.is_cut(place, next))
            + TEAR * usize::from(self.is_torn(place))
            + beside(*first, before, was_before)
            + beside(*last, after, was_after)
    }

    /// Whether what comes back is a part of a word, of which the rest still stands or stood.
    fn is_fragment(&self) -> bool {
        if !self.coming.iter().all(|action| self.texts.is_word(*action)) {
            return false;
        }
        let splits = |at: usize| {
            let before = at.checked_sub(1);
            before.is_some_and(|before| is_word(self.texts.then, before)) && is_word(self.texts.then, at)
        };
        let first = self.coming.first().copied().and_then(place_then);
        let last = self.coming.last().copied().and_then(place_then);
        first.is_some_and(splits) || last.is_some_and(|last| splits(last + 1))
    }
}
