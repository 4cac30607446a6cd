//! What happened between two states of a text, where it is known which stretches are the same.
//!
//! Why it exists: [`super::between`] compares letters and can take a letter typed anew for the one that went. Whoever
//! knows the identity of letters knows better, and a long text that was rewritten has no ceiling here.

use super::super::model::{Block, Marks};
use super::super::spans::FlatText;
use super::FlatOp;
use super::align::Shared;

/// The change of positions from one state to another. `shared` are the stretches that stand in both, in UTF-16 units
/// and ascending in both; what is not true of the lengths is cut off. For moving positions, see [`super::rebase`]: what
/// came in is told by its length only.
#[must_use]
pub fn along(old_len: usize, new: &FlatText, shared: &[Shared]) -> Vec<FlatOp> {
    let new_len = new.utf16_len();
    let markers = markers(new);
    let end = Shared {
        old: old_len,
        new: new_len,
        len: 0,
    };
    let mut ops = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for run in shared.iter().chain([&end]) {
        let fits = run.old >= old_at && run.new >= new_at && run.old <= old_len && run.new <= new_len;
        if !fits {
            continue;
        }
        came(&mut ops, old_at, new_at..run.new, &markers);
        if run.old > old_at {
            ops.push(FlatOp::DeleteText {
                at: old_at,
                len: run.old - old_at,
            });
        }
        let len = run.len.min(old_len - run.old).min(new_len - run.new);
        (old_at, new_at) = (run.old + len, run.new + len);
    }
    ops
}

/// The stretches that stay when a change is done to a text of a length: the other way round.
#[must_use]
pub fn stayed(old_len: usize, ops: &[FlatOp]) -> Vec<Shared> {
    let (mut old, mut new) = (0, 0);
    let mut runs = Vec::new();
    for op in ops {
        let (came, gone) = op.growth();
        if came + gone == 0 {
            continue;
        }
        let len = op.at().saturating_sub(old);
        runs.push(Shared { old, new, len });
        old += len + gone;
        new += len + came;
    }
    let len = old_len.saturating_sub(old);
    runs.push(Shared { old, new, len });
    runs.retain(|run| run.len > 0);
    runs
}

/// A stretch that came in before a unit of the old text.
fn came(ops: &mut Vec<FlatOp>, at: usize, stretch: std::ops::Range<usize>, markers: &[usize]) {
    if stretch.is_empty() {
        return;
    }
    let opens = markers.binary_search(&stretch.start).is_ok();
    if opens {
        ops.push(FlatOp::InsertBlock {
            at,
            block: Block::default(),
        });
    }
    let letters = stretch.len() - usize::from(opens);
    if letters > 0 {
        ops.push(FlatOp::InsertText {
            at,
            text: " ".repeat(letters),
            marks: Marks::default(),
        });
    }
}

/// Where the markers of a text stand.
fn markers(text: &FlatText) -> Vec<usize> {
    let mut at = 0;
    let mut markers = Vec::new();
    for (index, block) in text.blocks.iter().enumerate() {
        if index > 0 || !text.headless {
            markers.push(at);
            at += 1;
        }
        at += block.utf16_len();
    }
    markers
}

#[cfg(test)]
mod tests {
    use super::super::super::model::BlockKind;
    use super::super::rebase;
    use super::*;

    fn text(lines: &[&str]) -> FlatText {
        FlatText {
            blocks: lines
                .iter()
                .map(|line| Block::new(BlockKind::Paragraph, line))
                .collect(),
            headless: false,
        }
    }

    fn run(old: usize, new: usize, len: usize) -> Shared {
        Shared { old, new, len }
    }

    #[test]
    fn a_letter_typed_anew_is_not_the_one_that_was_deleted() {
        // "¶abc" became "¶cab": only the marker stayed, and whoever deletes the old letters leaves the new ones.
        let new = text(&["cab"]);
        let others = along(4, &new, &[run(0, 0, 1)]);
        let mine = [FlatOp::DeleteText { at: 1, len: 3 }];
        assert!(rebase(&mine, &others).is_empty());
    }

    #[test]
    fn what_is_typed_at_the_end_of_a_paragraph_stays_in_it() {
        let new = text(&["een", "twee"]);
        let others = along(4, &new, &[run(0, 0, 4)]);
        let mine = [FlatOp::InsertText {
            at: 4,
            text: "!".to_owned(),
            marks: Marks::default(),
        }];
        assert_eq!(rebase(&mine, &others), mine);
    }

    #[test]
    fn stretches_that_cannot_be_are_left_out() {
        let new = text(&["een"]);
        let ops = along(
            4,
            &new,
            &[run(9, 0, 3), run(0, 9, 3), run(0, 0, 99), run(0, 0, 1)],
        );
        assert!(ops.is_empty(), "{ops:?}");
    }
}
