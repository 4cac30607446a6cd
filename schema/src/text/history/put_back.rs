//! Words that whoever took them out put back: an undo of a deletion is no writing.
//!
//! Why it exists: a CRDT brings no element back to life. A page that undoes a deletion writes the same letters anew,
//! as its own operations, and without this the undoer would become the author of somebody else's words.
//!
//! # Rule
//!
//! A letter or marker that a change inserts right behind an equal one that its actor deleted stands for that one
//! ([`crate::text::letters_back`] writes so; who types cannot). Of everything else, what one change inserts in a row stands for deleted elements when these hold together:
//!
//! - the change's actor deleted them, so what only others deleted, or an earlier visit of the same person, is never
//!   claimed; and did not write them: who writes their own words again needs no link;
//! - they went from this place: between the words that show on both sides ([`super::standing`]), or behind what was put
//!   there after they had gone;
//! - they show the same, letter for letter, block style for block style;
//! - they are all that the actor took out there; or more than one element and all that some of their changes took out
//!   there, as when words that went in pieces come back in pieces; or so many at once that nobody typed them, as when a
//!   page gives back a long text in several changes. Who clears a sentence and writes another with some of its words writes;
//! - nothing stands for them yet.
//!
//! # Invariant
//!
//! No row puts words into an order that their author did not give them: two elements that ever showed together show in
//! the order they had then. What was typed in a gap while words were out stands on the side of them that the row leaves
//! it on, since nobody had seen both there.
//!
//! Who types what they deleted again, whole and at its place, has put it back too: what the text says, and who worded
//! it, is then what it was before. The actor is that of a visit here: who goes on in a fresh document is still the same
//! ([`TextHistory::goes_on`]), and what went before it keeps its place ([`super::generation`]).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::elements::Content;
use super::line::Line;
use super::replay::TextHistory;

/// Deleted elements looked at beyond as many as were inserted, for each of these and at the least: what the same actor deleted
/// at that place before and after. Where there are more nothing is known again: a change costs no more than a multiple of
/// its own size.
const LOOKED_BEYOND: (usize, usize) = (16, 1_024);

/// Words walked over for each one looked at: what others deleted.
const WALKED_FOR_EACH: usize = 4;

/// Changes that a row is tried to begin with, of those that took words out.
const DELETIONS_TRIED: usize = 4;

/// Comparisons of a row with places where it may have gone from, for each word looked at.
const COMPARED_FOR_EACH: usize = 2;

/// So many that come back in one row were not typed: they need not be all that went.
const NOT_TYPED: usize = 64;

/// Letters and blocks looked across that were put where something had gone from.
const CROSSED_MAX: usize = 512;

/// The words that a row stands for, and those before them that came when they had gone, which stand behind them now.
struct PutBack {
    words: Vec<u32>,
    came_later: Vec<u32>,
}

/// A word that was deleted, and what it showed.
#[derive(Clone, Copy)]
struct Gone {
    word: u32,
    content: Content,
    /// How many of the words that came later stand before it.
    behind: usize,
    /// The last revision in which it showed.
    shown: u32,
    /// The revision in which its deleter took it out: somebody else may have done so before.
    taken: u32,
}

impl TextHistory {
    /// Links what the change of `actor` at `revision` inserted to what it puts back. `inserted` are nodes of the text.
    pub(super) fn link_put_back(&mut self, inserted: Range<u32>, (actor, revision): (u32, u32)) {
        let behind_gone = std::mem::take(&mut self.behind_gone);
        if !self.first_taken.contains_key(&actor) || self.standing.is_given_up() {
            return;
        }
        let named = self.link_named(behind_gone, (actor, revision));
        let shows = |node: &u32| self.content_at(*node, revision).is_some() && !named.contains(node);
        let inserted: BTreeSet<u32> = inserted.filter(shows).collect();
        for row in self.rows(&inserted) {
            let Some(back) = self.put_back(&row, (actor, revision)) else {
                continue;
            };
            if let Some(last) = back.words.last() {
                self.standing.put_behind(&back.came_later, *last);
            }
            for (new, word) in row.into_iter().zip(back.words) {
                self.stands_for(new, self.standing.element(word));
                self.standing.stand_for(new, word);
                self.brought.insert(new, revision);
            }
        }
    }

    /// Links the letters that name what they replace, unless all of that was the actor's own. Returns those that do.
    fn link_named(&mut self, behind_gone: Vec<(u32, u32)>, (actor, revision): (u32, u32)) -> BTreeSet<u32> {
        let mut pairs = behind_gone;
        pairs.retain(|(new, gone)| self.replaces(*new, *gone, (actor, revision)));
        if pairs.iter().any(|(_, gone)| self.writer_of(*gone) != Some(actor)) {
            for (new, gone) in &pairs {
                // One letter stands for one.
                if self.newest_for(*gone) == *gone {
                    self.stands_for(*new, *gone);
                    self.standing.stand_for(*new, self.standing.word(*gone));
                    self.brought.insert(*new, revision);
                }
            }
        }
        pairs.into_iter().map(|(new, _)| new).collect()
    }

    /// Whether a letter shows what the one that went showed, which the actor took out and for which none stands.
    fn replaces(&self, new: u32, gone: u32, (actor, revision): (u32, u32)) -> bool {
        let shown = self.last_shown(gone);
        let deleted = shown.and_then(|shown| self.deleted_by(actor, (self.standing.word(gone), gone), shown));
        deleted.is_some_and(|gone| self.reads_alike(self.content_at(new, revision), &gone, revision))
    }

    /// The rows in which nodes follow each other in the text, marks apart, whichever was inserted first.
    fn rows(&self, nodes: &BTreeSet<u32>) -> Vec<Vec<u32>> {
        let next = |node: u32| {
            let mut behind = self.text_sequence()?.after(node);
            let (next, _) = behind.find(|(_, element)| !element.is_mark())?;
            nodes.contains(&next).then_some(next)
        };
        let follows: BTreeMap<u32, u32> = nodes
            .iter()
            .filter_map(|node| Some((*node, next(*node)?)))
            .collect();
        let behind: BTreeSet<u32> = follows.values().copied().collect();
        let row = |first: &u32| std::iter::successors(Some(*first), |node| follows.get(node).copied());
        nodes
            .difference(&behind)
            .map(|first| row(first).collect())
            .collect()
    }

    /// What the row puts back, if it puts something back. What stands beyond words that came later is asked only where
    /// nothing nearer is known again.
    fn put_back(&self, row: &[u32], by: (u32, u32)) -> Option<PutBack> {
        let (gone, came_later) = self.deleted_behind(row, by);
        let near = gone.partition_point(|gone| gone.behind == 0);
        let shown: Vec<Option<Content>> = row.iter().map(|node| self.content_at(*node, by.1)).collect();
        let mut places = [gone.get(..near)?, &gone].into_iter().flat_map(|gone| {
            let since = last_deletions(gone, row.len());
            since.into_iter().map(move |since| {
                let late = gone.iter().filter(|gone| gone.taken >= since);
                late.copied().collect::<Vec<_>>()
            })
        });
        let found = places.find_map(|gone| self.known_again(&shown, &gone, by))?;
        let behind = found.last().map_or(0, |last| last.behind);
        Some(PutBack {
            words: found.iter().map(|gone| gone.word).collect(),
            came_later: came_later.into_iter().take(behind).collect(),
        })
    }

    /// Those of the words that went which the row shows again.
    fn known_again(
        &self,
        shown: &[Option<Content>],
        gone: &[Gone],
        (actor, revision): (u32, u32),
    ) -> Option<Vec<Gone>> {
        let letters = shown.len();
        let taken = by_deletion(gone);
        let are_deletions = |part: &[Gone]| {
            let of_part = by_deletion(part);
            let mut counts = of_part.iter();
            part.len() > 1 && counts.all(|(change, count)| taken.get(change) == Some(count))
        };
        let most = (letters + looked_beyond(letters)) * COMPARED_FOR_EACH;
        let mut compared = 0;
        // A page gives back what went from the end on: where words repeat, the last place is the one.
        for part in gone.windows(letters.max(1)).rev() {
            let alike = self.alike(shown, part, revision);
            let is_anothers = || part.iter().any(|gone| self.writer_of(gone.word) != Some(actor));
            let is_enough = || part.len() == gone.len() || part.len() >= NOT_TYPED || are_deletions(part);
            if alike == part.len() && is_anothers() && is_enough() {
                return Some(part.to_vec());
            }
            compared += alike + 1;
            if compared > most {
                return None;
            }
        }
        None
    }

    /// How many of the first show the same.
    fn alike(&self, shown: &[Option<Content>], gone: &[Gone], revision: u32) -> usize {
        let pairs = shown
            .iter()
            .zip(gone)
            .take_while(|(new, gone)| self.reads_alike(**new, gone, revision));
        pairs.count()
    }

    fn reads_alike(&self, new: Option<Content>, gone: &Gone, revision: u32) -> bool {
        let view = |object: u32, revision: u32| Line::read(self.block_at(object, revision));
        match (new, gone.content) {
            (Some(Content::Char(new)), Content::Char(old)) => new == old,
            (Some(Content::Block(new)), Content::Block(old)) => view(new, revision) == view(old, gone.shown),
            _ => false,
        }
    }

    /// What `actor` took out where a row stands and nothing stands for, in its order, and what stands between that came
    /// when it had gone.
    fn deleted_behind(&self, row: &[u32], (actor, revision): (u32, u32)) -> (Vec<Gone>, Vec<u32>) {
        let (mut gone, mut came_later) = (Vec::new(), Vec::new());
        // One letter is known again only where it is all that went: who types on comes no further than this.
        let (most, cross) = match row.len() {
            1 => (1, 0),
            letters => (letters + looked_beyond(letters), CROSSED_MAX),
        };
        let first_taken = self.first_taken.get(&actor).copied().unwrap_or(u32::MAX);
        let mut came = u32::MAX;
        let words = row.last().map(|last| self.standing.behind(*last));
        for (walked, word) in words.into_iter().flatten().enumerate() {
            let element = self.standing.element(word);
            if self.content_at(element, revision).is_some() {
                came = came.min(self.born(word).unwrap_or(0));
                if came_later.len() == cross || came <= first_taken {
                    break;
                }
                came_later.push(word);
            } else {
                let Some(shown) = self.last_shown(element).filter(|shown| *shown < came) else {
                    break;
                };
                let deleted = self.deleted_by(actor, (word, element), shown);
                gone.extend(deleted.map(|gone| Gone {
                    behind: came_later.len(),
                    ..gone
                }));
            }
            if gone.len() > most || walked > (row.len() + looked_beyond(row.len())) * WALKED_FOR_EACH {
                return (Vec::new(), Vec::new());
            }
        }
        (gone, came_later)
    }

    /// The newest element that came for one; that one itself when none did.
    fn newest_for(&self, node: u32) -> u32 {
        let newest = self.newest.get(&self.origin(node)).copied();
        newest.map_or(node, |newest| newest.max(node))
    }

    /// Who first wrote what an element shows.
    pub(super) fn writer_of(&self, node: u32) -> Option<u32> {
        self.maker_of(self.born(self.origin(node))?)
    }

    /// The last revision in which a deleted element showed.
    pub(super) fn last_shown(&self, element: u32) -> Option<u32> {
        let versions = self.text_sequence()?.node(element)?.versions();
        versions.map(|version| version.ended).max()?.checked_sub(1)
    }

    /// A word that `actor` deleted, be it after somebody else, and that nothing else stands for.
    fn deleted_by(&self, actor: u32, (word, element): (u32, u32), shown: u32) -> Option<Gone> {
        let later = self.also_ended.get(&element).into_iter().flatten().copied();
        let mut taken = std::iter::once(shown + 1).chain(later);
        let taken = taken.find(|revision| self.maker_of(*revision) == Some(actor))?;
        let content = self.content_at(element, shown)?;
        (self.newest_for(element) == element).then_some(Gone {
            word,
            content,
            behind: 0,
            shown,
            taken,
        })
    }
}

/// How many words each change took out.
fn by_deletion(gone: &[Gone]) -> BTreeMap<u32, usize> {
    let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
    for gone in gone {
        *taken.entry(gone.taken).or_default() += 1;
    }
    taken
}

/// From which change on so many words were taken out, and from which a few changes earlier: what was taken out before and
/// never put back stands between the words that come back.
fn last_deletions(gone: &[Gone], letters: usize) -> Vec<u32> {
    let taken = by_deletion(gone);
    let mut so_many = 0;
    let since = taken.iter().rev().filter_map(|(change, count)| {
        so_many += count;
        (so_many >= letters).then_some(*change)
    });
    let mut since: Vec<u32> = since.take(DELETIONS_TRIED).collect();
    since.extend(taken.keys().next());
    since.dedup();
    since
}

/// How many deleted elements are looked at beyond those of a row.
fn looked_beyond(letters: usize) -> usize {
    let (for_each, at_least) = LOOKED_BEYOND;
    (letters * for_each).max(at_least)
}
