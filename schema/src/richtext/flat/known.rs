//! The flat change between two states of a text of which it is known which units are the same.
//!
//! Why it exists: [`super::diff`] compares letters. Over all that a person did in a day it takes equal letters for each
//! other, and where texts differ too much it calls everything new. Whoever merges such a change elsewhere would then hold
//! old words for that person's own, and bring back what somebody else deleted. Whoever has both states in one document
//! knows better.

use std::ops::Range;

use super::super::spans::FlatText;
use super::FlatOp;
use super::align::Shared;
use super::diff::gaps;
use super::units::{Unit, units};
use super::writer::Writer;

/// What makes `new` of `old`, marker for marker. `shared` are the stretches that stand in both, in UTF-16 units with one
/// for every marker, ascending in both; a stretch that is outside a text or begins inside a letter is taken as changed.
#[must_use]
pub fn diff_known(old: &FlatText, new: &FlatText, shared: &[Shared]) -> Vec<FlatOp> {
    let (a, b) = (row(old), row(new));
    let runs = in_units(&a, &b, shared);
    let mut writer = Writer::default();
    let mut at = 0;
    for ((removed, added), run) in gaps(&runs, (a.len(), b.len())) {
        let removed = a.get(removed).unwrap_or_default();
        writer.replace(removed, b.get(added).unwrap_or_default(), at);
        at = removed.last().map_or(at, Unit::end);
        let kept = a.iter().skip(run.old).zip(b.iter().skip(run.new)).take(run.len);
        for (old, new) in kept {
            writer.retain(old, new);
            at = old.end();
        }
    }
    writer.finish()
}

fn row(text: &FlatText) -> Vec<Unit<'_>> {
    units(&text.blocks, (0, 0), text.headless)
}

/// The stretches counted in units. What overlaps an earlier one, or is not the same after all, is left out.
fn in_units(a: &[Unit<'_>], b: &[Unit<'_>], shared: &[Shared]) -> Vec<Shared> {
    let mut runs: Vec<Shared> = Vec::new();
    for run in shared {
        let index = |row: &[Unit<'_>], at: usize| row.binary_search_by_key(&at, |unit| unit.at);
        let (Ok(old), Ok(new)) = (index(a, run.old), index(b, run.new)) else {
            continue;
        };
        let behind = runs
            .last()
            .is_none_or(|last| old >= last.old + last.len && new >= last.new + last.len);
        let pairs = a.iter().skip(old).zip(b.iter().skip(new));
        let len = pairs
            .take_while(|(x, y)| {
                let inside = x.end() <= run.old + run.len;
                inside && (x.same(y) || (x.is_marker() && y.is_marker()))
            })
            .count();
        if behind && len > 0 {
            runs.push(Shared { old, new, len });
        }
    }
    runs
}

/// The same, with the blocks that only became of another kind.
pub(super) fn with_kinds(a: &[Unit<'_>], b: &[Unit<'_>], shared: &[Shared]) -> Vec<Shared> {
    let runs = in_units(a, b, shared);
    let are_markers = |row: &[Unit<'_>], gap: &Range<usize>| {
        let units = row.get(gap.clone()).unwrap_or_default();
        !units.is_empty() && units.iter().all(Unit::is_marker)
    };
    let mut all = Vec::with_capacity(runs.len());
    for ((old, new), run) in gaps(&runs, (a.len(), b.len())) {
        if old.len() == new.len() && are_markers(a, &old) && are_markers(b, &new) {
            all.push(Shared {
                old: old.start,
                new: new.start,
                len: old.len(),
            });
        }
        all.push(run);
    }
    all.retain(|run| run.len > 0);
    all
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{Block, BlockKind, Marks};
    use super::*;

    fn text(blocks: &[(BlockKind, &str)]) -> FlatText {
        FlatText {
            blocks: blocks
                .iter()
                .map(|(kind, line)| Block::new(kind.clone(), line))
                .collect(),
            headless: false,
        }
    }

    #[test]
    fn of_two_equal_letters_the_one_that_is_known_to_have_gone_goes() {
        let (old, new) = (
            text(&[(BlockKind::Paragraph, "aa")]),
            text(&[(BlockKind::Paragraph, "a")]),
        );
        for (gone, kept) in [(1, 2), (2, 1)] {
            let shared = [
                Shared {
                    old: 0,
                    new: 0,
                    len: 1,
                },
                Shared {
                    old: kept,
                    new: 1,
                    len: 1,
                },
            ];
            let ops = diff_known(&old, &new, &shared);
            assert_eq!(ops, [FlatOp::DeleteText { at: gone, len: 1 }]);
        }
    }

    #[test]
    fn a_letter_typed_anew_is_new_and_a_marker_changes_in_place() {
        let old = text(&[(BlockKind::Paragraph, "a\u{1f600}b")]);
        let new = text(&[(BlockKind::heading(2), "a\u{1f600}b")]);
        let shared = [
            Shared {
                old: 0,
                new: 0,
                len: 2,
            },
            Shared {
                old: 4,
                new: 4,
                len: 1,
            },
        ];
        let (from, to) = (Block::default(), Block::new(BlockKind::heading(2), ""));
        let letters = FlatOp::InsertText {
            at: 2,
            text: "\u{1f600}".to_owned(),
            marks: Marks::default(),
        };
        assert_eq!(
            diff_known(&old, &new, &shared),
            [
                FlatOp::UpdateBlock { at: 0, from, to },
                letters,
                FlatOp::DeleteText { at: 2, len: 2 },
            ]
        );
    }

    #[test]
    fn stretches_that_cannot_be_are_taken_as_changed() {
        let old = text(&[(BlockKind::Paragraph, "een")]);
        let run = |old, new, len| Shared { old, new, len };
        let wrong = [run(9, 0, 1), run(0, 0, 99), run(0, 0, 1), run(1, 9, 1)];
        assert!(diff_known(&old, &old, &wrong).is_empty());
    }
}
