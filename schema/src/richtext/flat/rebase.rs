//! Moves a flat change over another one that was made to the same text meanwhile.
//!
//! Why it exists: the editor's change is based on a text that others have changed since. Writing it at the old
//! heads costs tens of milliseconds in automerge and makes derived actors; moving its positions costs nothing.
//!
//! # Invariants
//!
//! - A deletion never takes letters that the other side typed inside it: it is split around them.
//! - An insertion is never dropped; where its surroundings are gone it stands where they were.
//! - What is done to a marker or to letters that are gone does nothing.

use super::super::model::utf16_len;
use super::FlatOp;

/// `ops` as they are to be done after `others`; both were made for the same text.
#[must_use]
pub fn rebase(ops: &[FlatOp], others: &[FlatOp]) -> Vec<FlatOp> {
    carried(ops, shifts(others, false))
}

/// As [`rebase`], where the others came later: what was inserted at one place stands before what they inserted there.
#[must_use]
pub fn rebase_before(ops: &[FlatOp], later: &[FlatOp]) -> Vec<FlatOp> {
    carried(ops, shifts(later, true))
}

fn carried(ops: &[FlatOp], shifts: Vec<Shift>) -> Vec<FlatOp> {
    let mut moved = ops.to_vec();
    // From the end to the start, every position before is still that of the text they were made for.
    for shift in shifts.into_iter().rev() {
        moved = moved.into_iter().flat_map(|op| shift.carry(op)).collect();
    }
    moved
}

/// A change of positions.
#[derive(Debug, Clone, Copy)]
enum Shift {
    /// Units come in; `behind` says that what is inserted at the same place stands before them.
    Insert { at: usize, len: usize, behind: bool },
    /// Units go.
    Delete { at: usize, len: usize },
}

/// The shifts of a change, ascending. What is inserted at one place is one shift.
fn shifts(ops: &[FlatOp], are_later: bool) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::new();
    for op in ops {
        let next = match op {
            FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => continue,
            FlatOp::InsertText { at, text, .. } => Shift::Insert {
                at: *at,
                len: utf16_len(text),
                behind: are_later,
            },
            FlatOp::InsertBlock { at, .. } => Shift::Insert {
                at: *at,
                len: 1,
                behind: true,
            },
            FlatOp::DeleteText { at, len } => Shift::Delete { at: *at, len: *len },
            FlatOp::DeleteBlock { at } => Shift::Delete { at: *at, len: 1 },
        };
        match (shifts.last_mut(), next) {
            (
                Some(Shift::Insert { at, len, .. }),
                Shift::Insert {
                    at: also, len: more, ..
                },
            ) if *at == also => *len += more,
            _ => shifts.push(next),
        }
    }
    shifts
}

impl Shift {
    fn carry(self, op: FlatOp) -> Vec<FlatOp> {
        let moved = match op {
            FlatOp::InsertText { at, text, marks } => Some(FlatOp::InsertText {
                at: self.insertion(at),
                text,
                marks,
            }),
            FlatOp::InsertBlock { at, block } => Some(FlatOp::InsertBlock {
                at: self.insertion(at),
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
                    .flatten()
                    .map(|(at, end)| FlatOp::DeleteText { at, len: end - at })
                    .collect();
            }
        };
        moved.into_iter().collect()
    }

    /// Where an insertion goes. At the very place of another one it goes behind that, except where that one
    /// begins a new block: who types at the end of a paragraph stays in it.
    fn insertion(self, at: usize) -> usize {
        match self {
            Self::Insert {
                at: place,
                len,
                behind,
            } if at > place || (at == place && !behind) => at + len,
            Self::Insert { .. } => at,
            Self::Delete { at: from, len } => {
                if at <= from {
                    at
                } else {
                    from + at.saturating_sub(from + len)
                }
            }
        }
    }

    /// Where a unit went, if it still stands.
    fn unit(self, at: usize) -> Option<usize> {
        match self {
            Self::Insert { at: place, len, .. } => Some(if at >= place { at + len } else { at }),
            Self::Delete { at: from, len } if (from..from + len).contains(&at) => None,
            Self::Delete { at: from, len } => Some(if at >= from { at - len } else { at }),
        }
    }

    /// Where a stretch went, with what was inserted inside.
    fn stretch(self, start: usize, end: usize) -> (usize, usize) {
        match self {
            Self::Insert { at, len, .. } if at <= start => (start + len, end + len),
            Self::Insert { at, len, .. } if at < end => (start, end + len),
            Self::Insert { .. } => (start, end),
            Self::Delete { .. } => (self.insertion(start), self.insertion(end)),
        }
    }

    /// What remains of a deletion, in at most two parts.
    fn remains(self, start: usize, end: usize) -> [Option<(usize, usize)>; 2] {
        match self {
            Self::Insert { at, len, .. } if start < at && at < end => {
                [Some((start, at)), Some((at + len, end + len))]
            }
            _ => {
                let (start, end) = self.stretch(start, end);
                [(start < end).then_some((start, end)), None]
            }
        }
    }
}
