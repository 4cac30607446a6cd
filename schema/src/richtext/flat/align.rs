//! Which parts of two rows are the same: the shortest way from one to the other (Myers 1986), with a ceiling.
//!
//! Why it exists: block rows, words and letters are aligned by the same algorithm, and a hostile or merely
//! rewritten text must not cost more than a named amount of work. Above the ceiling nothing is called the same.

use crate::limits::DIFF_STEPS_MAX;

/// Items that both rows share: `len` of them from `old` on and from `new` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// Index in the old row.
    pub old: usize,
    /// Index in the new row.
    pub new: usize,
    /// How many.
    pub len: usize,
}

/// What two rows share, ascending; `None` if they differ in more than `DIFF_STEPS_MAX` items.
pub fn shared(old_len: usize, new_len: usize, same: impl Fn(usize, usize) -> bool) -> Option<Vec<Shared>> {
    let shortest = old_len.min(new_len);
    let head = (0..shortest).take_while(|at| same(*at, *at)).count();
    let tail = (0..shortest - head)
        .take_while(|back| same(old_len - 1 - back, new_len - 1 - back))
        .count();
    let inner = (old_len - head - tail, new_len - head - tail);
    let mut found = vec![Shared {
        old: 0,
        new: 0,
        len: head,
    }];
    if inner.0 > 0 && inner.1 > 0 {
        let trace = search(inner, |old, new| same(old + head, new + head))?;
        let runs = backtrack(&trace, inner);
        found.extend(runs.into_iter().rev().map(|run| Shared {
            old: run.old + head,
            new: run.new + head,
            ..run
        }));
    }
    found.push(Shared {
        old: old_len - tail,
        new: new_len - tail,
        len: tail,
    });
    found.retain(|run| run.len > 0);
    Some(found)
}

/// The furthest old index per diagonal, for every number of steps. Row `d` holds the diagonals `-d..=d`.
type Trace = Vec<Vec<usize>>;

/// The furthest point on diagonal `k` after one more step than `row` (which took `d - 1`), before its snake,
/// and the diagonal it came from.
fn step(row: &[usize], d: isize, k: isize) -> (usize, isize) {
    let at = |diagonal: isize| {
        let index = usize::try_from(diagonal + d - 1).ok()?;
        row.get(index).copied()
    };
    let (below, above) = (at(k - 1), at(k + 1));
    match (below, above) {
        // A step down (an insertion) keeps the old index, a step right (a deletion) moves past one old item.
        (Some(left), Some(up)) if left < up => (up, k + 1),
        (Some(left), _) => (left + 1, k - 1),
        (None, Some(up)) => (up, k + 1),
        (None, None) => (0, k),
    }
}

fn search((old_len, new_len): (usize, usize), same: impl Fn(usize, usize) -> bool) -> Option<Trace> {
    let mut trace: Trace = Vec::new();
    for d in 0..=isize::try_from((old_len + new_len).min(DIFF_STEPS_MAX)).ok()? {
        let mut row = Vec::new();
        for k in -d..=d {
            // Diagonals of the other parity are not reached in `d` steps; their cells are never read.
            if (k + d) % 2 != 0 {
                row.push(0);
                continue;
            }
            let mut old = trace.last().map_or(0, |last| reach(last, d, k));
            while let Some(new) = old.checked_add_signed(-k)
                && old < old_len
                && new < new_len
                && same(old, new)
            {
                old += 1;
            }
            row.push(old);
            if old >= old_len && old.checked_add_signed(-k).is_some_and(|new| new >= new_len) {
                trace.push(row);
                return Some(trace);
            }
        }
        trace.push(row);
    }
    None
}

fn reach(row: &[usize], d: isize, k: isize) -> usize {
    step(row, d, k).0
}

/// The shared runs, last first.
fn backtrack(trace: &Trace, (old_len, new_len): (usize, usize)) -> Vec<Shared> {
    let mut runs = Vec::new();
    let (mut old, mut new) = (old_len, new_len);
    for d in (0..trace.len()).rev() {
        let (Ok(k), Ok(steps)) = (
            isize::try_from(old).map(|at| at - new.cast_signed()),
            isize::try_from(d),
        ) else {
            break;
        };
        let (start, came_from) = match d.checked_sub(1).and_then(|before| trace.get(before)) {
            Some(row) => step(row, steps, k),
            None => (0, 0),
        };
        let len = old.saturating_sub(start);
        if len > 0 {
            runs.push(Shared {
                old: start,
                new: new - len,
                len,
            });
        }
        if d == 0 {
            break;
        }
        new -= len;
        old = start;
        if came_from < k { old -= 1 } else { new -= 1 }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn longest_common(a: &[u8], b: &[u8]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn as_much_is_shared_as_can_be(a in prop::collection::vec(0..4_u8, 0..24), b in prop::collection::vec(0..4_u8, 0..24)) {
            let runs = shared(a.len(), b.len(), |x, y| a[x] == b[y]).unwrap();
            let (mut old, mut new) = (0, 0);
            for run in &runs {
                prop_assert!(run.old >= old && run.new >= new);
                prop_assert_eq!(&a[run.old..run.old + run.len], &b[run.new..run.new + run.len]);
                (old, new) = (run.old + run.len, run.new + run.len);
            }
            prop_assert_eq!(runs.iter().map(|run| run.len).sum::<usize>(), longest_common(&a, &b));
        }
    }

    #[test]
    fn two_rows_without_anything_in_common_stop_at_the_ceiling() {
        assert_eq!(shared(1_000_000, 1_000_000, |_, _| false), None);
    }
}
