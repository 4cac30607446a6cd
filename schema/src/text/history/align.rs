//! Lays two views of one history beside each other: which elements are in both, only before, only after.
//!
//! Why it exists: difference and restore are the same question asked for two purposes. Elements keep their identity
//! and order for ever, so the answer is a merge of two sorted lists and needs no text comparison: equal words typed
//! anew are another person's words. The one exception are words that a restore brought back: the copy and its
//! original are matched, so that what was deleted and restored between two views counts as unchanged.

use std::collections::BTreeMap;

use super::elements::{Content, Element, View};

/// One step through two views; numbers are places in their lists of elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pair {
    Both { before: usize, after: usize },
    Before(usize),
    After(usize),
}

/// Every element of both views once, in an order that is that of both.
pub(super) fn align(before: &View<'_>, after: &View<'_>) -> Vec<Pair> {
    let merged = merge(before, after, 0..before.elements.len(), 0..after.elements.len());
    if before.history.origins.is_empty() {
        return merged;
    }
    let mut pairs = Vec::with_capacity(merged.len());
    let mut gap = Vec::new();
    for pair in merged {
        if matches!(pair, Pair::Both { .. }) {
            close_gap(before, after, &mut gap, &mut pairs);
            pairs.push(pair);
        } else {
            gap.push(pair);
        }
    }
    close_gap(before, after, &mut gap, &mut pairs);
    pairs
}

type Span = std::ops::Range<usize>;

/// Merges two stretches by the elements' places in the history.
fn merge(before: &View<'_>, after: &View<'_>, mut olds: Span, mut news: Span) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(olds.len().max(news.len()));
    loop {
        let old = before.elements.get(olds.start).filter(|_| !olds.is_empty());
        let new = after.elements.get(news.start).filter(|_| !news.is_empty());
        let (take_old, take_new) = match (old, new) {
            (None, None) => return pairs,
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (Some(old), Some(new)) => (old.order <= new.order, new.order <= old.order),
        };
        match (take_old, take_new) {
            (true, true)
                if old
                    .zip(new)
                    .is_some_and(|(old, new)| alike(before, after, old, new)) =>
            {
                pairs.push(Pair::Both {
                    before: olds.start,
                    after: news.start,
                });
            }
            _ => {
                pairs.extend(take_old.then_some(Pair::Before(olds.start)));
                pairs.extend(take_new.then_some(Pair::After(news.start)));
            }
        }
        olds.start += usize::from(take_old);
        news.start += usize::from(take_new);
    }
}

/// Whether two elements show the same, apart from formatting and a block's own content.
pub(super) fn alike(before: &View<'_>, after: &View<'_>, old: &Element, new: &Element) -> bool {
    match (old.content, new.content) {
        (Content::Block(_), Content::Block(_)) => true,
        (Content::Other, Content::Other) => before.other(old.node) == after.other(new.node),
        (old, new) => old == new,
    }
}

/// Matches copies with their originals in a stretch that has no element in common.
fn close_gap(before: &View<'_>, after: &View<'_>, gap: &mut Vec<Pair>, pairs: &mut Vec<Pair>) {
    let olds: Vec<usize> = gap
        .iter()
        .filter_map(|pair| {
            if let Pair::Before(at) = pair {
                Some(*at)
            } else {
                None
            }
        })
        .collect();
    let news: Vec<usize> = gap
        .iter()
        .filter_map(|pair| {
            if let Pair::After(at) = pair {
                Some(*at)
            } else {
                None
            }
        })
        .collect();
    let (Some(mut old), Some(mut new)) = (olds.first().copied(), news.first().copied()) else {
        pairs.append(gap);
        return;
    };
    gap.clear();
    let candidates = candidates(before, after, &olds, &news);
    for (twin_old, twin_new) in longest_rising(&candidates) {
        pairs.extend(merge(before, after, old..twin_old, new..twin_new));
        pairs.push(Pair::Both {
            before: twin_old,
            after: twin_new,
        });
        (old, new) = (twin_old + 1, twin_new + 1);
    }
    // Within a gap the numbers of each side follow one another.
    pairs.extend(merge(
        before,
        after,
        old..olds.last().map_or(old, |last| last + 1),
        new..news.last().map_or(new, |last| last + 1),
    ));
}

/// Elements of both sides that stand for the same first element, in the order of the new side.
fn candidates(before: &View<'_>, after: &View<'_>, olds: &[usize], news: &[usize]) -> Vec<(usize, usize)> {
    let by_origin: BTreeMap<u32, usize> = olds
        .iter()
        .filter_map(|at| {
            before
                .elements
                .get(*at)
                .map(|element| (before.history.origin(element.node), *at))
        })
        .collect();
    news.iter()
        .filter_map(|at| {
            let new = after.elements.get(*at)?;
            let old = *by_origin.get(&after.history.origin(new.node))?;
            before
                .elements
                .get(old)
                .filter(|old| alike(before, after, old, new))?;
            Some((old, *at))
        })
        .collect()
}

/// The longest subsequence whose first numbers rise (patience sorting, O(n log n)).
pub(super) fn longest_rising(candidates: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the candidate with the smallest end; and for each candidate the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(candidates.len());
    let first = |at: usize| candidates.get(at).map_or(0, |candidate| candidate.0);
    for (at, (old, _)) in candidates.iter().enumerate() {
        let length = ends.partition_point(|end| first(*end) < *old);
        previous.push(
            length
                .checked_sub(1)
                .and_then(|shorter| ends.get(shorter).copied()),
        );
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chain: Vec<_> =
        std::iter::successors(ends.last().copied(), |at| previous.get(*at).copied().flatten()).collect();
    chain.reverse();
    chain
        .into_iter()
        .filter_map(|at| candidates.get(at).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::longest_rising;

    #[test]
    fn the_longest_rising_part_is_kept() {
        let pairs = |olds: &[usize]| {
            olds.iter()
                .enumerate()
                .map(|(new, old)| (*old, new))
                .collect::<Vec<_>>()
        };
        let kept: Vec<usize> = longest_rising(&pairs(&[5, 0, 1, 9, 2, 3]))
            .into_iter()
            .map(|(old, _)| old)
            .collect();
        assert_eq!(kept, [0, 1, 2, 3]);
        assert!(longest_rising(&[]).is_empty());
    }
}
