//! Which of two elements of the text comes first.
//!
//! Why it exists: a mark whose end stands before its begin applies, and the saved document does not load.
//! Whether it does is a question of order in the text, and must not cost a walk over the text.
//!
//! How: in an automerge sequence an element is inserted after another; siblings stand with the newest first,
//! each followed by what was inserted after it. So the text is a tree read from its root, and the order of two
//! elements is that of the branches where they part. What somebody types on end is one branch, kept as one [`Run`]
//! however long it is: a page of text costs what a paragraph costs. Each run keeps one far ancestor (the skew-binary
//! jump of Myers, "An applicative random-access stack", 1983), so that the parting is found in logarithmic steps, also
//! where every letter is a run of its own.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The elements of the text as a tree. Element 0 is the head, before everything; the others are numbered as they came.
#[derive(Debug, Clone)]
pub(super) struct Order {
    /// By their first elements. The first one is the head, alone.
    runs: Vec<Run>,
    elements: u32,
    deletions: Deletions,
    utf16_len: u64,
}

/// The head of the text: what the first letter is inserted after.
pub(super) const HEAD: u32 = 0;

/// Elements that came one after another, each inserted after the one before it by the next operation of the same actor.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: u32,
    /// What the first element was inserted after, and the run of that.
    parent: u32,
    parent_run: u32,
    /// An ancestor of the run.
    jump: u32,
    /// How many runs are above it.
    depth: u32,
    /// Of the first element.
    counter: u32,
    actor: u32,
    /// UTF-16 units that each element shows: none for the ends of a mark.
    width: u8,
}

const ROOT: Run = Run {
    first: HEAD,
    parent: HEAD,
    parent_run: 0,
    jump: 0,
    depth: 0,
    counter: 0,
    actor: 0,
    width: 0,
};

/// The branch of a run on which an element stands: where that leaves the run, and by which run, unless the element is there.
#[derive(Debug, Clone, Copy)]
struct Branch {
    leaves: u32,
    by: Option<u32>,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            runs: vec![ROOT],
            elements: 1,
            deletions: Deletions::default(),
            utf16_len: 0,
        }
    }
}

impl Order {
    /// Length of what is not deleted.
    pub(super) fn utf16_len(&self) -> u64 {
        self.utf16_len
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.runs.as_slice()) + size_of_val(self.deletions.once.as_slice())
    }

    /// Adds an element inserted after `parent` by the operation `counter` of `actor`.
    pub(super) fn push(&mut self, parent: u32, (actor, counter): (u32, u32), width: u8) -> u32 {
        let element = self.elements;
        if !self.goes_on(parent, (actor, counter), width) {
            let parent_run = self.run_of(parent);
            let near = self.run(parent_run);
            let far = self.run(near.jump);
            let farther = self.run(far.jump);
            let equal_jumps = near.depth - far.depth == far.depth - farther.depth;
            self.runs.push(Run {
                first: element,
                parent,
                parent_run,
                jump: if equal_jumps { far.jump } else { parent_run },
                depth: near.depth + 1,
                counter,
                actor,
                width,
            });
        }
        self.elements += 1;
        self.utf16_len += u64::from(width);
        element
    }

    /// Whether an element is the next of the newest run.
    fn goes_on(&self, parent: u32, (actor, counter): (u32, u32), width: u8) -> bool {
        let newest = self.runs.last().filter(|run| run.first != HEAD);
        newest.is_some_and(|run| {
            let length = self.elements - run.first;
            let next = run.counter.checked_add(length);
            parent + 1 == self.elements && actor == run.actor && Some(counter) == next && width == run.width
        })
    }

    /// Takes back the newest element; whatever deleted it was taken back before.
    pub(super) fn pop(&mut self) {
        if self.elements > 1
            && let Some(run) = self.runs.last().copied()
        {
            self.elements -= 1;
            self.utf16_len -= u64::from(run.width);
            if run.first == self.elements {
                self.runs.pop();
            }
        }
    }

    /// Counts one more operation that deleted an element.
    pub(super) fn delete(&mut self, element: u32) {
        if self.deletions.add(element) {
            self.utf16_len -= self.width_of(element);
        }
    }

    /// Takes a deletion back.
    pub(super) fn undelete(&mut self, element: u32) {
        if self.deletions.take_back(element) {
            self.utf16_len += self.width_of(element);
        }
    }

    /// Whether `first` stands before `second`; `actors` compares the bytes of two actors.
    pub(super) fn before(&self, first: u32, second: u32, actors: impl Fn(u32, u32) -> Ordering) -> bool {
        let is_newer = |(counter, actor): (u32, u32), (other, by): (u32, u32)| {
            counter.cmp(&other).then_with(|| actors(actor, by)) == Ordering::Greater
        };
        let (run, one, other) = self.parting(first, second);
        let along = |branch: Branch| self.operation(run, branch.leaves + 1);
        let aside = |by: u32| (self.run(by).counter, self.run(by).actor);
        // Whoever leaves the run where the other one goes on stands beside its next element; siblings: newest first.
        match (one.leaves.cmp(&other.leaves), one.by, other.by) {
            // An ancestor comes first.
            (Ordering::Less, None, _) => true,
            (Ordering::Greater, _, None) => false,
            (Ordering::Equal, None, by) => by.is_some(),
            (Ordering::Equal, Some(_), None) => false,
            (Ordering::Less, Some(by), _) => is_newer(aside(by), along(one)),
            (Ordering::Greater, _, Some(by)) => is_newer(along(other), aside(by)),
            (Ordering::Equal, Some(by), Some(beside)) => is_newer(aside(by), aside(beside)),
        }
    }

    /// The run in which the ways from the root to two elements part, and how each leaves it.
    fn parting(&self, first: u32, second: u32) -> (u32, Branch, Branch) {
        let (one, other) = (self.run_of(first), self.run_of(second));
        let depth = self.run(one).depth.min(self.run(other).depth);
        let (mut left, mut right) = (self.lift(one, depth), self.lift(other, depth));
        if left == right {
            return (
                left,
                self.branch(first, one, depth),
                self.branch(second, other, depth),
            );
        }
        while self.run(left).parent_run != self.run(right).parent_run {
            let (a, b) = (self.run(left), self.run(right));
            (left, right) = if a.jump == b.jump {
                (a.parent_run, b.parent_run)
            } else {
                (a.jump, b.jump)
            };
        }
        let leaves = |by: u32| Branch {
            leaves: self.run(by).parent,
            by: Some(by),
        };
        (self.run(left).parent_run, leaves(left), leaves(right))
    }

    /// How the way to an element of a run leaves the run's ancestor at `depth`.
    fn branch(&self, element: u32, run: u32, depth: u32) -> Branch {
        if self.run(run).depth == depth {
            return Branch {
                leaves: element,
                by: None,
            };
        }
        let by = self.lift(run, depth + 1);
        Branch {
            leaves: self.run(by).parent,
            by: Some(by),
        }
    }

    /// The ancestor of a run at `depth`, or the run itself.
    fn lift(&self, mut run: u32, depth: u32) -> u32 {
        while self.run(run).depth > depth {
            let Run { jump, parent_run, .. } = self.run(run);
            run = if self.run(jump).depth >= depth {
                jump
            } else {
                parent_run
            };
        }
        run
    }

    /// Counter and actor of an element of a run.
    fn operation(&self, run: u32, element: u32) -> (u32, u32) {
        let run = self.run(run);
        (run.counter + (element - run.first), run.actor)
    }

    fn width_of(&self, element: u32) -> u64 {
        u64::from(self.run(self.run_of(element)).width)
    }

    fn run_of(&self, element: u32) -> u32 {
        let after = self.runs.partition_point(|run| run.first <= element);
        (after as u32).saturating_sub(1)
    }

    fn run(&self, run: u32) -> Run {
        self.runs.get(run as usize).copied().unwrap_or(ROOT)
    }
}

/// How many operations deleted each element: one bit for the first, since few are deleted twice.
#[derive(Debug, Clone, Default)]
struct Deletions {
    once: Vec<u64>,
    again: BTreeMap<u32, u32>,
}

impl Deletions {
    /// Counts one; whether it is the first.
    fn add(&mut self, element: u32) -> bool {
        let (word, bit) = place(element);
        if self.once.len() <= word {
            self.once.resize(word + 1, 0);
        }
        let Some(word) = self.once.get_mut(word) else {
            return false;
        };
        let is_first = *word & bit == 0;
        *word |= bit;
        if !is_first {
            *self.again.entry(element).or_default() += 1;
        }
        is_first
    }

    /// Takes one back; whether it was the last.
    fn take_back(&mut self, element: u32) -> bool {
        if let Some(again) = self.again.get_mut(&element) {
            *again -= 1;
            if *again == 0 {
                self.again.remove(&element);
            }
            return false;
        }
        let (word, bit) = place(element);
        let Some(word) = self.once.get_mut(word) else {
            return false;
        };
        let was_deleted = *word & bit != 0;
        *word &= !bit;
        was_deleted
    }
}

fn place(element: u32) -> (usize, u64) {
    (element as usize / 64, 1 << (element % 64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The whole order, by walking the tree.
    fn walk(parents: &[u32]) -> Vec<u32> {
        let mut children = vec![Vec::new(); parents.len() + 1];
        for (index, parent) in parents.iter().enumerate() {
            children[*parent as usize].push(index as u32 + 1);
        }
        let (mut open, mut walked) = (vec![0], Vec::new());
        while let Some(element) = open.pop() {
            walked.push(element);
            open.extend(&children[element as usize]);
        }
        walked
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Runs are a way of keeping: the order is that of the tree of single elements, also after some were taken back.
        #[test]
        fn the_order_is_that_of_the_walked_tree(
            chains in prop::collection::vec((any::<u16>(), 1..20_usize, 0..2_u32, any::<bool>(), 0..4_usize), 1..12),
        ) {
            let mut order = Order::default();
            let (mut parents, mut counter) = (Vec::new(), 0);
            for (start, length, actor, goes_on, back) in chains {
                let newest = parents.len() as u32;
                let mut parent = if goes_on { newest } else { u32::from(start) % (newest + 1) };
                for _ in 0..length {
                    counter += 1;
                    parents.push(parent);
                    parent = order.push(parent, (actor, counter), 1);
                }
                counter += u32::from(!goes_on);
                for _ in 0..back.min(parents.len()) {
                    parents.pop();
                    order.pop();
                }
            }
            prop_assert_eq!(order.utf16_len(), parents.len() as u64);
            let walked = walk(&parents);
            for (place, first) in walked.iter().enumerate().step_by(3) {
                for (other, second) in walked.iter().enumerate() {
                    prop_assert_eq!(order.before(*first, *second, |a, b| a.cmp(&b)), place < other);
                }
            }
        }
    }

    #[test]
    fn what_somebody_types_on_end_is_one_run_and_what_stands_in_it_is_ordered() {
        let mut order = Order::default();
        for letter in 0..10_000 {
            order.push(letter, (1, letter + 5), 1);
        }
        let inside = order.push(4_000, (2, 20_000), 1);
        assert_eq!(
            order.runs.len(),
            3,
            "the head, what was typed, what was put into it"
        );
        let before = |first, second| order.before(first, second, |a, b| a.cmp(&b));
        assert!(before(4_000, inside) && before(inside, 4_001) && before(inside, 10_000));
        assert!(!before(4_001, inside) && !before(inside, 3_999) && !before(inside, inside));
    }

    #[test]
    fn a_letter_is_gone_until_every_deletion_of_it_is_taken_back() {
        let mut order = Order::default();
        order.push(HEAD, (1, 2), 2);
        let length = |order: &Order| order.utf16_len();
        assert_eq!(length(&order), 2);
        (0..3).for_each(|_| order.delete(1));
        assert_eq!(length(&order), 0);
        (0..2).for_each(|_| order.undelete(1));
        assert_eq!(length(&order), 0);
        order.undelete(1);
        assert_eq!(length(&order), 2);
    }
}
