//! What the editor is told of a new state: what it lacks, and what of that it has already.
//!
//! Why it exists: the changes know which letters stayed, be they equal to others beside them or in another block now.
//! The editor counts units of text blocks as they stand in the tree, one for the start of each; the flat text has no
//! marker for a first block that nobody gave one. Here the one is counted as the other.

use std::ops::Range;

use schema::richtext::flat::align::Shared;
use schema::richtext::model::Block;
use schema::richtext::{FlatText, tree};

use super::{TopRange, extents};

/// What an editor lacks of a state.
#[derive(Debug)]
pub struct News {
    /// The state's number.
    pub version: u64,
    /// What differs from the one before.
    pub ranges: Vec<TopRange>,
    /// The stretches of the replaced nodes that stand in the new ones, where that is known: `[old, new, length]`, counted
    /// from the start of the range in UTF-16 units, with one for the start of every text block.
    pub stayed: Option<Vec<[usize; 3]>>,
}

/// The stretches of a range that stayed, of those of the whole texts.
pub(super) fn stayed_in(
    range: &TopRange,
    (before, after): (&FlatText, &FlatText),
    stayed: &[Shared],
) -> Option<Vec<[usize; 3]>> {
    let (old, new) = (tree::normal(&before.blocks), tree::normal(&after.blocks));
    let (old_tops, new_tops) = (extents(&old), extents(&new));
    let new_to = range.from + range.nodes.len();
    let old_units = units_of(&old, &old_tops, range.from..range.to)?;
    let new_units = units_of(&new, &new_tops, range.from..new_to)?;
    let counted = stayed.iter().map(|run| Shared {
        old: run.old + usize::from(before.headless),
        new: run.new + usize::from(after.headless),
        len: run.len,
    });
    let mut runs: Vec<Shared> = counted.collect();
    // A first block stays the first one, whether it has a marker or not.
    if runs.first().is_none_or(|run| run.old > 0 && run.new > 0) {
        let first = Shared {
            old: 0,
            new: 0,
            len: 1,
        };
        runs.insert(0, first);
    }
    Some(
        runs.into_iter()
            .filter_map(|run| clipped(run, &old_units, &new_units))
            .collect(),
    )
}

/// The units of top nodes.
fn units_of(blocks: &[Block], tops: &[Range<usize>], nodes: Range<usize>) -> Option<Range<usize>> {
    let tops = tops.get(nodes)?;
    let before = tops.first().map_or(0, |first| first.start);
    let end = tops.last().map_or(before, |last| last.end);
    let units = |blocks: &[Block]| blocks.iter().map(|block| block.utf16_len() + 1).sum::<usize>();
    let start = units(blocks.get(..before)?);
    Some(start..start + units(blocks.get(before..end)?))
}

/// The part of a run that lies in both ranges, counted from their starts.
fn clipped(run: Shared, old: &Range<usize>, new: &Range<usize>) -> Option<[usize; 3]> {
    let skip = old
        .start
        .saturating_sub(run.old)
        .max(new.start.saturating_sub(run.new));
    let end = run
        .len
        .min(old.end.saturating_sub(run.old))
        .min(new.end.saturating_sub(run.new));
    (skip < end).then(|| [run.old + skip - old.start, run.new + skip - new.start, end - skip])
}
