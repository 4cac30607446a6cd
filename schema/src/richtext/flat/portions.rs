//! A flat change in portions, none of which is more than one automerge change may hold.
//!
//! Why it exists: acceptance judges a change at the cost of what it claims, so a change has an upper bound, and a long
//! paste, or words of a program that was away for weeks, are longer than that.
//!
//! # Invariants
//!
//! - Applied one after the other, the portions do what the whole would have done.
//! - No portion claims more than about half of `CHANGE_OPS_MAX`: the rest is for marks that the new letters need.

use std::collections::BTreeSet;

use super::super::model::utf16_len;
use super::super::spans::FlatText;
use super::FlatOp;
use crate::limits::CHANGE_OPS_MAX;

/// Letters that are inserted or deleted in one piece; longer rows of them are cut.
const PIECE_UTF16: usize = 4_000;
/// Operations of one portion.
const PORTION_OPS: usize = CHANGE_OPS_MAX as usize / 2;
/// Upper bound of the operations that a marker with its map takes.
const MARKER_OPS: usize = 64;
/// Those of a mark: its begin and its end, and the same once more where what it covers was marked before.
const MARK_OPS: usize = 4;

/// The operations in groups, each small enough for one change, in the order in which they are to be applied: first what
/// changes nothing's place, then from the end of the text to its start, so that no group moves the positions of a later
/// one. `before` gives the text that they are for; it is asked only for where a long deletion has to be cut.
#[must_use]
pub fn in_changes(ops: &[FlatOp], before: impl FnOnce() -> FlatText) -> Vec<Vec<FlatOp>> {
    let is_long = |op: &FlatOp| matches!(op, FlatOp::DeleteText { len, .. } if *len > PIECE_UTF16);
    let halves = if ops.iter().any(is_long) {
        halves(&before())
    } else {
        BTreeSet::new()
    };
    let (in_place, moving): (Vec<FlatOp>, Vec<FlatOp>) = ops
        .iter()
        .cloned()
        .partition(|op| matches!(op, FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. }));
    let mut groups = portions(in_place.into_iter());
    let mut later = portions(moving.into_iter().flat_map(|op| pieces(op, &halves)));
    later.reverse();
    // What is short altogether is one change.
    if let [one] = groups.as_mut_slice()
        && let Some(first) = later.first()
        && cost_of(one) + cost_of(first) <= PORTION_OPS
    {
        one.extend(later.remove(0));
    }
    groups.extend(later);
    groups
}

fn portions(ops: impl Iterator<Item = FlatOp>) -> Vec<Vec<FlatOp>> {
    let mut groups: Vec<Vec<FlatOp>> = Vec::new();
    let mut size = 0;
    for op in ops {
        let cost = cost(&op);
        size += cost;
        match groups.last_mut().filter(|_| size <= PORTION_OPS) {
            Some(group) => group.push(op),
            None => {
                size = cost;
                groups.push(vec![op]);
            }
        }
    }
    groups
}

fn cost_of(ops: &[FlatOp]) -> usize {
    ops.iter().map(cost).sum()
}

fn cost(op: &FlatOp) -> usize {
    match op {
        FlatOp::InsertText { text, .. } => utf16_len(text),
        FlatOp::DeleteText { len, .. } => *len,
        FlatOp::InsertBlock { .. } | FlatOp::DeleteBlock { .. } | FlatOp::UpdateBlock { .. } => MARKER_OPS,
        FlatOp::Mark { .. } => MARK_OPS,
    }
}

/// A long insertion or deletion as several, in their order: insertions at the same position, deletions side by side.
fn pieces(op: FlatOp, halves: &BTreeSet<usize>) -> Vec<FlatOp> {
    match op {
        FlatOp::InsertText { at, text, marks } if utf16_len(&text) > PIECE_UTF16 => {
            let insert = |text| FlatOp::InsertText {
                at,
                text,
                marks: marks.clone(),
            };
            cut(&text).into_iter().map(insert).collect()
        }
        FlatOp::DeleteText { at, len } if len > PIECE_UTF16 => {
            let (mut from, end) = (at, at + len);
            let mut pieces = Vec::new();
            while from < end {
                let to = (from + PIECE_UTF16).min(end);
                let to = if halves.contains(&to) { to - 1 } else { to };
                pieces.push(FlatOp::DeleteText {
                    at: from,
                    len: to - from,
                });
                from = to;
            }
            pieces
        }
        op => vec![op],
    }
}

/// Where a cut would split a character of two units.
fn halves(text: &FlatText) -> BTreeSet<usize> {
    let mut at = 0;
    let mut halves = BTreeSet::new();
    for (index, block) in text.blocks.iter().enumerate() {
        at += usize::from(!(text.headless && index == 0));
        for letter in block.text().chars() {
            if letter.len_utf16() == 2 {
                halves.insert(at + 1);
            }
            at += letter.len_utf16();
        }
    }
    halves
}

/// Cuts a text into pieces of at most [`PIECE_UTF16`] units, between characters.
pub(crate) fn cut(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut units = 0;
    for letter in text.chars() {
        if units + letter.len_utf16() > PIECE_UTF16 {
            pieces.push(std::mem::take(&mut piece));
            units = 0;
        }
        units += letter.len_utf16();
        piece.push(letter);
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}
