//! What was taken out here, so that undo puts it back around what others typed inside it.
//!
//! # Why it exists
//!
//! Who types in a sentence at the moment at which somebody takes it out keeps the letters, and to the editor they stand
//! where the sentence was: before what an undo brings back or behind it, for one position has no more sides. The document
//! knows better, as it keeps every letter that went in its place. So the names of those letters are kept here, and what
//! comes back stands around the others' words, as if it had never gone.
//!
//! # Invariants
//!
//! - The units stand in the order of the text, whoever took them out and when.
//! - Only what undo or redo brings is moved, only when its letters are just those that went, and only around letters:
//!   where others began a block in between, the editor's place is the better one.

use automerge::{AutoCommit, AutomergeError, Cursor, ReadDoc};
use schema::richtext::FlatText;
use schema::richtext::flat::FlatOp;
use schema::richtext::model::Marks;
use schema::text::genesis;

use super::Chapter;

/// So many units are remembered, of the last edits: some megabytes.
const UNITS_MAX: usize = 50_000;

/// How far from where they were the editor may have put them, in UTF-16 units.
const SPAN: usize = 2_000;

/// So many units are compared in the search for what came back.
const COMPARED_MAX: usize = 2_000_000;

/// What was taken out of one generation of a text.
#[derive(Debug, Default)]
pub(super) struct TakenOut {
    units: Vec<Unit>,
    edits: u64,
}

#[derive(Debug, Clone)]
struct Unit {
    what: What,
    /// The document's name of it.
    name: Cursor,
    /// The how-manieth edit took it out.
    edit: u64,
}

/// A letter; none: a marker.
pub(super) type What = Option<char>;

impl Chapter {
    /// The operations of an edit, what undo or redo brings back of them where it stood.
    pub(super) fn as_it_stood(
        &mut self,
        ops: Vec<FlatOp>,
        current: &FlatText,
        brings_back: bool,
    ) -> Vec<FlatOp> {
        let Some(doc) = &self.doc else {
            return ops;
        };
        let placed = if brings_back {
            self.taken_out.placed(doc, current, &ops)
        } else {
            ops
        };
        self.taken_out.note(doc, current, &placed);
        placed
    }
}

impl TakenOut {
    /// Remembers what these operations are about to take out.
    fn note(&mut self, doc: &AutoCommit, text: &FlatText, ops: &[FlatOp]) {
        let gone: Vec<(usize, usize)> = ops
            .iter()
            .filter_map(|op| match op {
                FlatOp::DeleteText { at, len } => Some((*at, at + len)),
                FlatOp::DeleteBlock { at } => Some((*at, at + 1)),
                _ => None,
            })
            .collect();
        let count: usize = gone.iter().map(|(from, to)| to - from).sum();
        if count == 0 || count > UNITS_MAX {
            return;
        }
        self.edits += 1;
        // A document that does not know its own letters any more is another one.
        if self.noted(doc, text, &gone).is_err() {
            self.units.clear();
        }
        while self.units.len() > UNITS_MAX {
            let oldest = self.units.iter().map(|unit| unit.edit).min();
            self.units.retain(|unit| Some(unit.edit) != oldest);
        }
    }

    fn noted(
        &mut self,
        doc: &AutoCommit,
        text: &FlatText,
        gone: &[(usize, usize)],
    ) -> Result<(), AutomergeError> {
        let mut fresh = Vec::new();
        let mut ranges = gone.iter().peekable();
        for (at, what) in units(text) {
            while ranges.peek().is_some_and(|(_, to)| *to <= at) {
                ranges.next();
            }
            if ranges.peek().is_some_and(|(from, _)| *from <= at) {
                let name = doc.get_cursor(genesis::text_id(), at, None)?;
                let edit = self.edits;
                fresh.push((at, Unit { what, name, edit }));
            }
        }
        let Some(((first, _), (last, _))) = fresh.first().zip(fresh.last()) else {
            return Ok(());
        };
        let (from, to) = (self.first_from(doc, first + 1)?, self.first_from(doc, last + 1)?);
        let before: Vec<Unit> = self.units.splice(from..to, []).collect();
        let mut merged = Vec::with_capacity(before.len() + fresh.len());
        let mut fresh = fresh.into_iter().peekable();
        for unit in before {
            let place = place_of(doc, &unit)?;
            while let Some((_, one)) = fresh.next_if(|(at, _)| *at < place) {
                merged.push(one);
            }
            merged.push(unit);
        }
        merged.extend(fresh.map(|(_, one)| one));
        self.units.splice(from..from, merged);
        Ok(())
    }

    /// The first unit that stood at this place of the text or behind it.
    fn first_from(&self, doc: &AutoCommit, place: usize) -> Result<usize, AutomergeError> {
        let (mut from, mut to) = (0, self.units.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            let is_before = match self.units.get(middle) {
                Some(unit) => place_of(doc, unit)? < place,
                None => false,
            };
            if is_before {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        Ok(from)
    }

    /// The operations, with what they bring back around what stands inside it now.
    fn placed(&mut self, doc: &AutoCommit, text: &FlatText, ops: &[FlatOp]) -> Vec<FlatOp> {
        let mut placed = Vec::with_capacity(ops.len());
        let mut rest = ops;
        while let Some(first) = rest.first() {
            let at = first.at();
            let together = rest
                .iter()
                .take_while(|op| is_insert(op) && op.at() == at)
                .count();
            let (group, after) = rest.split_at(together.max(1));
            rest = after;
            let back = (together > 0)
                .then(|| self.back(doc, group).ok().flatten())
                .flatten();
            match back.filter(|places| is_inside(places, text, ops)) {
                Some(places) => placed.extend(parted(group, &places)),
                None => placed.extend_from_slice(group),
            }
        }
        placed.sort_by_key(|op| (op.at(), !is_insert(op)));
        placed
    }

    /// Where the units that these operations insert stood, if they are just those: none for one that the editor put beside them.
    fn back(
        &mut self,
        doc: &AutoCommit,
        group: &[FlatOp],
    ) -> Result<Option<Vec<Option<usize>>>, AutomergeError> {
        let at = group.first().map_or(0, FlatOp::at);
        let near = self.first_from(doc, at.saturating_sub(SPAN))?..self.first_from(doc, at + SPAN + 1)?;
        let row: Vec<What> = group.iter().flat_map(whats).collect();
        let Some((skipped, found)) = self.found(near, &row) else {
            return Ok(None);
        };
        let mut places = vec![None; row.len()];
        for (place, index) in places.iter_mut().skip(skipped).zip(&found) {
            *place = match self.units.get(*index) {
                Some(unit) => Some(place_of(doc, unit)?),
                None => None,
            };
        }
        let mut index = 0;
        self.units.retain(|_| {
            index += 1;
            found.binary_search(&(index - 1)).is_err()
        });
        Ok(Some(places))
    }

    /// The units that went last of those that read like this, and how many in front of the row are not of them.
    fn found(&self, near: std::ops::Range<usize>, row: &[What]) -> Option<(usize, Vec<usize>)> {
        let start = near.start;
        let near = self.units.get(near)?;
        let mut edits: Vec<u64> = near.iter().map(|unit| unit.edit).collect();
        edits.sort_unstable_by(|one, other| other.cmp(one));
        edits.dedup();
        let mut compared = 0;
        for (skipped, row) in rows_of(row) {
            for since in &edits {
                let gone: Vec<(usize, What)> = near
                    .iter()
                    .enumerate()
                    .filter(|(_, unit)| unit.edit >= *since)
                    .map(|(index, unit)| (start + index, unit.what))
                    .collect();
                compared += near.len();
                let mut windows = gone.windows(row.len());
                let same = windows.find(|window| {
                    let pairs = window.iter().zip(row);
                    let alike = pairs.take_while(|((_, one), other)| one == *other).count();
                    compared += alike + 1;
                    alike == row.len()
                });
                if let Some(window) = same {
                    return Some((skipped, window.iter().map(|(index, _)| *index).collect()));
                }
                if compared > COMPARED_MAX {
                    return None;
                }
            }
        }
        None
    }
}

/// What came back as it went, and without the spaces by which the editor parts it from what others wrote.
fn rows_of(row: &[What]) -> Vec<(usize, &[What])> {
    let space = Some(' ');
    let behind = row.strip_suffix(&[space]);
    let mut rows = vec![(0, row)];
    rows.extend(behind.map(|row| (0, row)));
    rows.extend(row.strip_prefix(&[space]).map(|row| (1, row)));
    rows.extend(
        behind
            .and_then(|row| row.strip_prefix(&[space]))
            .map(|row| (1, row)),
    );
    // One letter is inside of nothing.
    rows.retain(|(_, row)| row.len() > 1);
    rows
}

/// Whether letters, and only letters, stand between the places now, that no other operation takes out in part.
fn is_inside(places: &[Option<usize>], text: &FlatText, ops: &[FlatOp]) -> bool {
    let mut known = places.iter().flatten();
    let (Some(first), last) = (known.next(), known.next_back()) else {
        return false;
    };
    let Some(last) = last.filter(|last| first < last) else {
        return false;
    };
    let splits = |place: &usize| {
        ops.iter().any(|op| match op {
            FlatOp::DeleteText { at, len } => at < place && *place < at + len,
            _ => false,
        })
    };
    let has_marker = units(text).any(|(at, what)| what.is_none() && (*first..*last).contains(&at));
    !has_marker && !places.iter().flatten().any(splits)
}

/// The same units, each where it stood.
fn parted(group: &[FlatOp], places: &[Option<usize>]) -> Vec<FlatOp> {
    let mut parted: Vec<FlatOp> = Vec::new();
    let mut places = places.iter();
    for op in group {
        match op {
            FlatOp::InsertBlock { block, .. } => {
                let at = places.next().copied().flatten();
                parted.extend(at.map(|at| FlatOp::InsertBlock {
                    at,
                    block: block.clone(),
                }));
            }
            FlatOp::InsertText { text, marks, .. } => {
                let mut last: Option<(usize, String)> = None;
                for letter in text.chars() {
                    let Some(at) = places.next().copied().flatten() else {
                        continue;
                    };
                    match &mut last {
                        Some((place, letters)) if *place == at => letters.push(letter),
                        _ => {
                            parted.extend(
                                last.replace((at, letter.to_string()))
                                    .map(|run| insert(run, marks)),
                            );
                        }
                    }
                }
                parted.extend(last.map(|run| insert(run, marks)));
            }
            _ => {}
        }
    }
    parted
}

fn insert((at, text): (usize, String), marks: &Marks) -> FlatOp {
    FlatOp::InsertText {
        at,
        text,
        marks: marks.clone(),
    }
}

fn is_insert(op: &FlatOp) -> bool {
    matches!(op, FlatOp::InsertText { .. } | FlatOp::InsertBlock { .. })
}

/// What an operation inserts.
fn whats(op: &FlatOp) -> Vec<What> {
    match op {
        FlatOp::InsertText { text, .. } => text.chars().map(Some).collect(),
        FlatOp::InsertBlock { .. } => vec![None],
        _ => Vec::new(),
    }
}

/// Where a unit that went would stand: before what is there now.
fn place_of(doc: &AutoCommit, unit: &Unit) -> Result<usize, AutomergeError> {
    doc.get_cursor_position(genesis::text_id(), &unit.name, None)
}

/// The letters and markers of a text with their places.
pub(super) fn units(text: &FlatText) -> impl Iterator<Item = (usize, What)> {
    let mut at = 0;
    text.blocks.iter().enumerate().flat_map(move |(index, block)| {
        let marker = (index > 0 || !text.headless).then_some(None);
        let letters: Vec<What> = block.text().chars().map(Some).collect();
        let found: Vec<(usize, What)> = marker
            .into_iter()
            .chain(letters)
            .map(|what| {
                let place = at;
                at += what.map_or(1, char::len_utf16);
                (place, what)
            })
            .collect();
        found
    })
}

#[cfg(test)]
mod tests;
