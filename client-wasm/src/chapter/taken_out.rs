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
//! - Only what undo or redo brings is moved, and only when it is just what went.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use automerge::{AutoCommit, AutomergeError, Cursor, ReadDoc};
use schema::richtext::FlatText;
use schema::richtext::flat::FlatOp;
use schema::text::genesis;

use super::given_back::stands_for;
use super::placed::{Back, Placed, is_insert, whats};

/// So many units are remembered, of the last edits: some megabytes.
const UNITS_MAX: usize = 50_000;

/// How far from where they were the editor may have put them, in UTF-16 units.
const SPAN: usize = 2_000;

/// So many units are compared in the search for what came back.
const COMPARED_MAX: usize = 2_000_000;

/// So many rows that read like what came back are looked at.
const ALIKE_MAX: usize = 16;

/// What was taken out of one generation of a text.
#[derive(Debug, Default)]
pub(super) struct TakenOut {
    units: Vec<Gone>,
    edits: u64,
}

#[derive(Debug, Clone)]
struct Gone {
    what: What,
    /// The document's name of it.
    name: Cursor,
    /// The how-manieth edit took it out.
    edit: u64,
    /// Of one that went alone: what stood before it and behind it.
    between: Option<(Cursor, Cursor)>,
}

/// A letter; none: a marker.
pub(super) type What = Option<char>;

impl TakenOut {
    /// Remembers what these operations are about to take out.
    pub(super) fn note(&mut self, doc: &AutoCommit, text: &FlatText, ops: &[FlatOp]) {
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
                let gone = Gone {
                    what,
                    name,
                    edit: self.edits,
                    between: None,
                };
                fresh.push((at, gone));
            }
        }
        if let [(at, gone)] = &mut fresh[..] {
            gone.between = Some(around(doc, *at, gone.what)?);
        }
        let Some(((first, _), (last, _))) = fresh.first().zip(fresh.last()) else {
            return Ok(());
        };
        let (from, to) = (self.first_from(doc, first + 1)?, self.first_from(doc, last + 1)?);
        let before: Vec<Gone> = self.units.splice(from..to, []).collect();
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

    /// The operations, with what they bring back where it stood.
    pub(super) fn placed(&mut self, doc: &AutoCommit, text: &FlatText, ops: &[FlatOp]) -> Placed {
        let mut placed = Placed::default();
        let mut kept = Vec::new();
        let mut rest = ops;
        while let Some(first) = rest.first() {
            // What others wrote meanwhile may have come between what the editor put in one place.
            let one_row = rest.iter().take_while(|op| is_insert(op)).count();
            let at = first.at();
            let together = rest
                .iter()
                .take_while(|op| is_insert(op) && op.at() == at)
                .count();
            let rows = [one_row, together];
            let found = rows.iter().filter(|row| **row > 0).find_map(|row| {
                let group = rest.get(..*row)?;
                let back = self.back(doc, (text, ops), group).ok().flatten()?;
                Some((*row, back))
            });
            let length = found.as_ref().map_or(together.max(1), |(row, _)| *row);
            let (group, after) = rest.split_at(length);
            rest = after;
            match found {
                Some((_, back)) => {
                    kept.extend(replaced_spaces((text, ops), group, &back));
                    placed.add_back(group, &back);
                }
                None => {
                    placed.ops.extend_from_slice(group);
                    placed.others.extend_from_slice(group);
                }
            }
        }
        placed.keep(&kept);
        placed.ops.sort_by_key(|op| (op.at(), !is_insert(op)));
        placed
    }

    /// The units that these operations insert, each with the place where it stood, if they are just those that went; none for
    /// one that the editor put beside them.
    fn back(
        &mut self,
        doc: &AutoCommit,
        (text, ops): (&FlatText, &[FlatOp]),
        group: &[FlatOp],
    ) -> Result<Option<Vec<Back>>, AutomergeError> {
        let at = group.first().map_or(0, FlatOp::at);
        let near = self.first_from(doc, at.saturating_sub(SPAN))?..self.first_from(doc, at + SPAN + 1)?;
        let row: Vec<What> = group.iter().flat_map(whats).collect();
        // What stands there now may go with the same edit.
        let end = ops.iter().fold(at, |end, op| match op {
            FlatOp::DeleteText { at, len } if *at == end => end + len,
            FlatOp::DeleteBlock { at } if *at == end => end + 1,
            _ => end,
        });
        let beside = [at, end, group.last().map_or(at, FlatOp::at)];
        // What went may have stood on the other side of words that stay between what goes.
        let within = touched(ops);
        let mut inside = None;
        for (skipped, found) in self.alike(near, &row) {
            let mut back = Vec::with_capacity(row.len());
            back.resize_with(skipped, || None);
            for unit in found.iter().filter_map(|index| self.units.get(*index)) {
                back.push(Some((place_of(doc, unit)?, unit.name.clone())));
            }
            back.resize_with(row.len(), || None);
            let places: Vec<usize> = back.iter().flatten().map(|(place, _)| *place).collect();
            let Some((first, last)) = places.first().copied().zip(places.last().copied()) else {
                continue;
            };
            if !are_free(&places, ops) {
                continue;
            }
            if beside.iter().any(|at| [first, last].contains(at)) {
                inside = Some((found, back));
                break;
            }
            // One letter is inside of nothing, but may have come to stand on the other side of what was typed beside it.
            let one = found
                .first()
                .and_then(|index| self.units.get(*index))
                .filter(|_| found.len() == 1);
            let is_near = match one {
                Some(one) => stood_at(doc, one, at)?,
                None => first < last || within.contains(&first),
            };
            if is_near && inside.is_none() {
                inside = Some((found, back));
            }
        }
        let Some((found, mut back)) = inside else {
            return Ok(None);
        };
        let stood = back.iter_mut().zip(&row).filter(|(back, _)| back.is_some());
        leave_out_what_is_back((doc, text), stood.collect());
        let mut index = 0;
        self.units.retain(|_| {
            index += 1;
            found.binary_search(&(index - 1)).is_err()
        });
        Ok(Some(back))
    }

    /// Rows of units that read like this, those that went last first, each with how many in front of the row are not of it.
    fn alike(&self, near: std::ops::Range<usize>, row: &[What]) -> Vec<(usize, Vec<usize>)> {
        let start = near.start;
        let near = self.units.get(near).unwrap_or_default();
        let mut edits: Vec<u64> = near.iter().map(|unit| unit.edit).collect();
        edits.sort_unstable_by(|one, other| other.cmp(one));
        edits.dedup();
        let mut compared = 0;
        let mut rows = Vec::new();
        for (skipped, row) in rows_of(row) {
            for since in &edits {
                let gone: Vec<(usize, What)> = near
                    .iter()
                    .enumerate()
                    .filter(|(_, unit)| unit.edit >= *since)
                    .map(|(index, unit)| (start + index, unit.what))
                    .collect();
                compared += near.len();
                for window in gone.windows(row.len()) {
                    let pairs = window.iter().zip(row);
                    let alike = pairs.take_while(|((_, one), other)| one == *other).count();
                    compared += alike + 1;
                    if alike == row.len() {
                        let found = (skipped, window.iter().map(|(index, _)| *index).collect());
                        if !rows.contains(&found) {
                            rows.push(found);
                        }
                    }
                    if compared > COMPARED_MAX || rows.len() == ALIKE_MAX {
                        return rows;
                    }
                }
            }
        }
        rows
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
    // One letter counts where nothing else came; of more that came it is never the only one that went.
    let is_letter = row.len() == 1 && row.first().is_some_and(Option::is_some);
    rows.retain(|(_, part)| part.len() > 1 || (is_letter && part.len() == 1));
    rows
}

/// The places of spaces that the edit takes out at the ends of what comes back, and puts there again: those that parted it from
/// what is beside it had never gone. Where others' words stay in between each side has its own.
fn replaced_spaces((text, ops): (&FlatText, &[FlatOp]), group: &[FlatOp], back: &[Back]) -> Vec<usize> {
    let at = group.first().map_or(0, FlatOp::at);
    let gone = ops.iter().find_map(|op| match op {
        FlatOp::DeleteText { at: from, len } if [*from, from + len].contains(&at) => {
            Some((*from, from + len - 1))
        }
        _ => None,
    });
    let is_here = |(first, last): &(usize, usize)| {
        let mut places = back.iter().flatten().map(|(place, _)| *place);
        places.all(|place| place == *first || place == last + 1)
    };
    let Some((first, last)) = gone.filter(is_here) else {
        return Vec::new();
    };
    let is_beside = |back: Option<&Back>| back.is_some_and(Option::is_none);
    let front = is_beside(back.first()).then_some(first);
    // One space is on one side only.
    let end = Some(last).filter(|last| is_beside(back.last()) && front != Some(*last));
    let is_space = |at: &usize| units(text).any(|unit| unit == (*at, Some(' ')));
    front.into_iter().chain(end).filter(is_space).collect()
}

/// The text that operations reach over.
fn touched(ops: &[FlatOp]) -> RangeInclusive<usize> {
    let start = ops.iter().map(FlatOp::at).min().unwrap_or_default();
    let ends = ops.iter().map(|op| match op {
        FlatOp::DeleteText { at, len } => at + len,
        FlatOp::DeleteBlock { at } => at + 1,
        _ => op.at(),
    });
    start..=ends.max().unwrap_or_default()
}

/// Whether no other operation takes out what stands on both sides of a place.
fn are_free(places: &[usize], ops: &[FlatOp]) -> bool {
    let splits = |place: &usize| {
        ops.iter().any(|op| match op {
            FlatOp::DeleteText { at, len } => at < place && *place < at + len,
            _ => false,
        })
    };
    !places.iter().any(splits)
}

/// Whoever took out the same may have given it back already, and a block that somebody was typing in comes back by itself: in
/// the place of each unit then stands one that reads the same. One letter alone may be anybody's, unless its change says what it
/// stands for; two beside each other are not, nor is a marker.
fn leave_out_what_is_back((doc, text): (&AutoCommit, &FlatText), mut stood: Vec<(&mut Back, &What)>) {
    let place = |(back, _): &(&mut Back, &What)| back.as_ref().map_or(0, |(place, _)| *place);
    if let [(back, Some(_))] = &mut stood[..] {
        if back.as_ref().is_some_and(|(at, gone)| stands_for(doc, *at, gone)) {
            **back = None;
        }
        return;
    }
    let (Some(first), Some(last)) = (stood.first().map(place), stood.last().map(place)) else {
        return;
    };
    let shown = units(text).filter(|(at, _)| (first..=last).contains(at));
    let shown: BTreeMap<usize, What> = shown.collect();
    let mut is_back = Vec::with_capacity(stood.len());
    for (index, unit) in stood.iter().enumerate() {
        let reads_so = shown.get(&place(unit)) == Some(unit.1);
        // Where the next one stood too there is nothing that stands for this one.
        let is_own_place = match stood.get(index + 1) {
            Some(next) => place(next) > place(unit),
            None => is_back.last() == Some(&true),
        };
        is_back.push(reads_so && is_own_place);
    }
    let beside = |index: usize| is_back.get(index).copied().unwrap_or_default();
    for (index, (back, what)) in stood.iter_mut().enumerate() {
        let is_marker = what.is_none();
        if beside(index) && (is_marker || beside(index + 1) || index.checked_sub(1).is_some_and(beside)) {
            **back = None;
        }
    }
}

/// Where a unit that went would stand: before what is there now.
fn place_of(doc: &AutoCommit, unit: &Gone) -> Result<usize, AutomergeError> {
    doc.get_cursor_position(genesis::text_id(), &unit.name, None)
}

/// What stands beside a unit.
fn around(doc: &AutoCommit, at: usize, what: What) -> Result<(Cursor, Cursor), AutomergeError> {
    let text = genesis::text_id();
    let before = match at.checked_sub(1) {
        Some(before) => doc.get_cursor(&text, before, None)?,
        None => Cursor::Start,
    };
    let behind = at + what.map_or(1, char::len_utf16);
    let behind = doc.get_cursor(&text, behind, None).unwrap_or(Cursor::End);
    Ok((before, behind))
}

/// Whether a place lies between what stood around one that went alone.
fn stood_at(doc: &AutoCommit, gone: &Gone, at: usize) -> Result<bool, AutomergeError> {
    let Some((before, behind)) = &gone.between else {
        return Ok(false);
    };
    let place = |name| doc.get_cursor_position(genesis::text_id(), name, None);
    Ok(place(before)? < at && at <= place(behind)?)
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
