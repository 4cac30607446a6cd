//! Moves a flat change over another one that was made to the same text meanwhile.
//!
//! Why it exists: the editor's change is based on a text that others have changed since. Writing it at the old
//! heads costs tens of milliseconds in automerge and makes derived actors; moving its positions costs nothing.
//!
//! # Invariants
//!
//! - A deletion never takes letters that the other side typed inside it: it is split around them.
//! - An insertion is never dropped; where its surroundings are gone it stands where they were.
//! - Letters stay right behind what they were typed behind, whatever the others typed at the same place: who types on
//!   does so behind the own last letter, and nobody's words run into each other's. The page moves its own steps alike.
//! - What is done to a marker or to letters that are gone does nothing.

use super::super::model::utf16_len;
use super::FlatOp;

/// `ops` as they are to be done after `others`; both were made for the same text.
#[must_use]
pub fn rebase(ops: &[FlatOp], others: &[FlatOp]) -> Vec<FlatOp> {
    carried(ops, others, Ties::BlocksBehind)
}

/// As [`rebase`], where the others came later: what was inserted at one place stands before what they inserted there.
#[must_use]
pub fn rebase_before(ops: &[FlatOp], later: &[FlatOp]) -> Vec<FlatOp> {
    carried(ops, later, Ties::Before)
}

/// As [`rebase`], where the others are one's own and came earlier: who types on at one place does so behind them.
#[must_use]
pub fn rebase_behind(ops: &[FlatOp], earlier: &[FlatOp]) -> Vec<FlatOp> {
    carried(ops, earlier, Ties::Behind)
}

/// Where goes what was inserted at the very place at which others inserted something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ties {
    Before,
    /// Letters before it. Who types at the end of a paragraph stays in it, so a block that begins there goes behind what was
    /// typed.
    BlocksBehind,
    Behind,
}

fn carried(ops: &[FlatOp], others: &[FlatOp], ties: Ties) -> Vec<FlatOp> {
    let mut moved = ops.to_vec();
    // From the end to the start, every position before is still that of the text they were made for.
    for shift in shifts(others).into_iter().rev() {
        // What was inserted at one place behind a block of one's own stands in that block.
        let mut in_block = None;
        moved = moved
            .into_iter()
            .flat_map(|op| {
                if matches!(op, FlatOp::InsertBlock { .. }) && ties == Ties::BlocksBehind {
                    in_block = Some(op.at());
                }
                let is_behind = ties == Ties::Behind || in_block == Some(op.at());
                shift.carry(op, is_behind)
            })
            .collect();
    }
    moved
}

/// A change of positions: units go, and others come in their place.
#[derive(Debug, Clone, Copy)]
struct Shift {
    at: usize,
    gone: usize,
    came: usize,
}

/// The shifts of a change, ascending. What is done at one place is one shift.
fn shifts(ops: &[FlatOp]) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::new();
    for op in ops {
        let (came, gone) = match op {
            FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => continue,
            FlatOp::InsertText { text, .. } => (utf16_len(text), 0),
            FlatOp::InsertBlock { .. } => (1, 0),
            FlatOp::DeleteText { len, .. } => (0, *len),
            FlatOp::DeleteBlock { .. } => (0, 1),
        };
        match shifts.last_mut() {
            Some(last) if last.at + last.gone == op.at() => {
                last.gone += gone;
                last.came += came;
            }
            _ => shifts.push(Shift {
                at: op.at(),
                gone,
                came,
            }),
        }
    }
    shifts
}

impl Shift {
    fn carry(self, op: FlatOp, is_behind: bool) -> Vec<FlatOp> {
        let moved = match op {
            FlatOp::InsertText { at, text, marks } => Some(FlatOp::InsertText {
                at: self.insertion(at, is_behind),
                text,
                marks,
            }),
            FlatOp::InsertBlock { at, block } => Some(FlatOp::InsertBlock {
                at: self.insertion(at, is_behind),
                block,
            }),
            FlatOp::UpdateBlock { at, from, to } => {
                self.unit(at).map(|at| FlatOp::UpdateBlock { at, from, to })
            }
            FlatOp::DeleteBlock { at } => self.unit(at).map(|at| FlatOp::DeleteBlock { at }),
            FlatOp::Mark {
                start,
                end,
                name,
                value,
            } => {
                let (start, end) = self.stretch(start, end);
                (start < end).then_some(FlatOp::Mark {
                    start,
                    end,
                    name,
                    value,
                })
            }
            FlatOp::DeleteText { at, len } => {
                let parts = self.remains(at, at + len);
                return parts
                    .into_iter()
                    .filter(|(start, end)| start < end)
                    .map(|(at, end)| FlatOp::DeleteText { at, len: end - at })
                    .collect();
            }
        };
        moved.into_iter().collect()
    }

    /// After the last unit that goes.
    fn end(self) -> usize {
        self.at + self.gone
    }

    /// Where a place behind everything of this shift went.
    fn behind(self, at: usize) -> usize {
        at - self.gone + self.came
    }

    /// Where an insertion goes: it stays behind the unit before it. What stood within what went is no longer beside
    /// anything and stands before what came, or behind it.
    fn insertion(self, at: usize, is_behind: bool) -> usize {
        let is_at_place = at == self.at && (self.gone > 0 || !is_behind);
        if at < self.at || is_at_place {
            at
        } else if at >= self.end() {
            self.behind(at)
        } else if is_behind {
            self.at + self.came
        } else {
            self.at
        }
    }

    /// Where a unit went, if it still stands.
    fn unit(self, at: usize) -> Option<usize> {
        if at < self.at {
            Some(at)
        } else {
            (at >= self.end()).then(|| self.behind(at))
        }
    }

    /// Where a stretch went, with what came inside.
    fn stretch(self, start: usize, end: usize) -> (usize, usize) {
        let start = match self.unit(start) {
            Some(start) => start,
            None => self.at + self.came,
        };
        let end = if end <= self.at {
            end
        } else {
            self.behind(end.max(self.end()))
        };
        (start, end)
    }

    /// What remains of a deletion: its parts before and behind what came.
    fn remains(self, start: usize, end: usize) -> [(usize, usize); 2] {
        let before = (start, end.min(self.at).max(start));
        let behind = (start.max(self.end()), end.max(self.end()));
        let behind = (self.behind(behind.0), self.behind(behind.1));
        if self.came == 0 && before.0 < before.1 && before.1 == behind.0 {
            return [(before.0, behind.1), (0, 0)];
        }
        [before, behind]
    }
}
