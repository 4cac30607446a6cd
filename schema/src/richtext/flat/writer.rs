//! Turns aligned units into operations: what stays, what goes, what comes, and which marks change.

use std::ops::Range;

use super::super::model::Marks;
use super::super::spans::MarkName;
use super::units::{Unit, What};
use super::{FlatOp, marker_of, same_marker};

/// Collects operations in ascending order, and the letters that stay, for their marks.
#[derive(Default)]
pub(super) struct Writer<'a> {
    ops: Vec<FlatOp>,
    kept: Vec<Kept<'a>>,
}

/// Letters that stay and may change their marks.
struct Kept<'a> {
    range: Range<usize>,
    blocks: (usize, usize),
    from: &'a Marks,
    to: &'a Marks,
}

impl<'a> Writer<'a> {
    /// A unit that stays; a letter may change its marks, a marker its form.
    pub fn retain(&mut self, old: &Unit<'a>, new: &Unit<'a>) {
        let (What::Letter(_, from), What::Letter(_, to)) = (old.what, new.what) else {
            return self.update(old, new);
        };
        let blocks = (old.block, new.block);
        match self.kept.last_mut() {
            Some(last)
                if last.range.end == old.at
                    && last.blocks == blocks
                    && last.from == from
                    && last.to == to =>
            {
                last.range.end = old.end();
            }
            _ => self.kept.push(Kept {
                range: old.at..old.end(),
                blocks,
                from,
                to,
            }),
        }
    }

    /// Replaces units by others at flat position `at`; markers on both sides are paired and changed in place.
    pub fn replace(&mut self, removed: &[Unit<'a>], added: &[Unit<'a>], at: usize) {
        let is_marker = |unit: &Unit<'_>| matches!(unit.what, What::Marker(_));
        let mut old = removed.chunk_by(|_, next| !is_marker(next)).peekable();
        let mut new = added.chunk_by(|_, next| !is_marker(next)).peekable();
        let leading = |first: Option<&&[Unit<'_>]>| {
            first
                .and_then(|row| row.first())
                .is_some_and(|unit| !is_marker(unit))
        };
        let (old_leads, new_leads) = (leading(old.peek()), leading(new.peek()));
        if old_leads || new_leads {
            let from = if old_leads {
                old.next().unwrap_or_default()
            } else {
                &[]
            };
            self.letters(
                from,
                if new_leads {
                    new.next().unwrap_or_default()
                } else {
                    &[]
                },
                at,
            );
        }
        let end = removed.last().map_or(at, Unit::end);
        loop {
            match (old.next(), new.next()) {
                (None, None) => break,
                (Some([marker, letters @ ..]), Some([wanted, added @ ..])) => {
                    self.update(marker, wanted);
                    self.letters(letters, added, marker.end());
                }
                (Some([marker, letters @ ..]), _) => {
                    self.ops.push(FlatOp::DeleteBlock { at: marker.at });
                    self.letters(letters, &[], marker.end());
                }
                (_, Some([wanted, added @ ..])) => {
                    if let What::Marker(block) = wanted.what {
                        self.ops.push(FlatOp::InsertBlock {
                            at: end,
                            block: marker_of(block),
                        });
                    }
                    self.letters(&[], added, end);
                }
                (_, Some([])) | (Some([]), _) => {}
            }
        }
    }

    fn update(&mut self, old: &Unit<'a>, new: &Unit<'a>) {
        if let (What::Marker(from), What::Marker(to)) = (old.what, new.what)
            && !same_marker(from, to)
        {
            self.ops.push(FlatOp::UpdateBlock {
                at: old.at,
                from: marker_of(from),
                to: marker_of(to),
            });
        }
    }

    fn letters(&mut self, removed: &[Unit<'a>], added: &[Unit<'a>], at: usize) {
        for row in added.chunk_by(|a, b| marks_of(a) == marks_of(b)) {
            let text = row.iter().filter_map(|unit| match unit.what {
                What::Letter(letter, _) => Some(letter),
                What::Marker(_) => None,
            });
            let marks = row.first().and_then(marks_of).cloned().unwrap_or_default();
            self.ops.push(FlatOp::InsertText {
                at,
                text: text.collect(),
                marks,
            });
        }
        if let (Some(first), Some(last)) = (removed.first(), removed.last()) {
            self.ops.push(FlatOp::DeleteText {
                at: first.at,
                len: last.end() - first.at,
            });
        }
    }

    /// The operations: marks first, as they move nothing.
    pub fn finish(self) -> Vec<FlatOp> {
        let mut ops = Vec::new();
        for name in MarkName::ALL {
            ops.extend(mark_ops(name, &self.kept));
        }
        ops.extend(self.ops);
        ops
    }
}

fn marks_of<'a>(unit: &Unit<'a>) -> Option<&'a Marks> {
    match unit.what {
        What::Letter(_, marks) => Some(marks),
        What::Marker(_) => None,
    }
}

/// The changes of one mark: one per stretch of a block, across letters that go away anyway.
fn mark_ops(name: MarkName, kept: &[Kept<'_>]) -> Vec<FlatOp> {
    let mut ops: Vec<FlatOp> = Vec::new();
    let mut growing = None;
    for piece in kept {
        let wanted = name.value_in(piece.to);
        let changes = name.value_in(piece.from) != wanted;
        match ops.last_mut() {
            Some(FlatOp::Mark { end, value, .. })
                if changes && growing == Some(piece.blocks) && *value == wanted =>
            {
                *end = piece.range.end;
            }
            _ if changes => {
                ops.push(FlatOp::Mark {
                    start: piece.range.start,
                    end: piece.range.end,
                    name,
                    value: wanted,
                });
            }
            _ => {}
        }
        growing = changes.then_some(piece.blocks);
    }
    ops
}
