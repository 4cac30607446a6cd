//! Which of two elements of the text comes first.
//!
//! Why it exists: a mark whose end stands before its begin applies, and the saved document does not load.
//! Whether it does is a question of order in the text, and must not cost a walk over the text.
//!
//! How: in an automerge sequence an element is inserted after another; siblings stand with the newest first,
//! each followed by what was inserted after it. So the text is a tree read from its root, and the order of two
//! elements is that of the branches where they part. Each element keeps one far ancestor (the skew-binary jump
//! of Myers), so that the parting is found in logarithmic steps, even in a chain of 300,000 letters.

use std::cmp::Ordering;

/// The elements of the text as a tree. Element 0 is the head, before everything.
#[derive(Debug, Clone)]
pub(super) struct Order {
    elements: Vec<Element>,
    utf16_len: u64,
}

/// The head of the text: what the first letter is inserted after.
pub(super) const HEAD: u32 = 0;

#[derive(Debug, Clone, Copy)]
struct Element {
    parent: u32,
    jump: u32,
    depth: u32,
    counter: u32,
    actor: u32,
    /// UTF-16 units that it shows: none for the ends of a mark.
    width: u8,
    /// How many operations deleted it.
    deletions: u32,
}

const ROOT: Element = Element {
    parent: HEAD,
    jump: HEAD,
    depth: 0,
    counter: 0,
    actor: 0,
    width: 0,
    deletions: 0,
};

impl Default for Order {
    fn default() -> Self {
        Self {
            elements: vec![ROOT],
            utf16_len: 0,
        }
    }
}

impl Order {
    /// Length of what is not deleted.
    pub(super) fn utf16_len(&self) -> u64 {
        self.utf16_len
    }

    /// Adds an element inserted after `parent` by the operation `counter` of `actor`.
    pub(super) fn push(&mut self, parent: u32, (actor, counter): (u32, u32), width: u8) -> u32 {
        let near = self.at(parent);
        let far = self.at(near.jump);
        let farther = self.at(far.jump);
        let equal_jumps = near.depth - far.depth == far.depth - farther.depth;
        let jump = if equal_jumps { far.jump } else { parent };
        let depth = near.depth + 1;
        self.elements.push(Element {
            parent,
            jump,
            depth,
            counter,
            actor,
            width,
            deletions: 0,
        });
        self.utf16_len += u64::from(width);
        self.elements.len() as u32 - 1
    }

    /// Takes back the newest element; whatever deleted it was taken back before.
    pub(super) fn pop(&mut self) {
        if self.elements.len() > 1
            && let Some(gone) = self.elements.pop()
        {
            self.utf16_len -= u64::from(gone.width);
        }
    }

    /// Counts one more operation that deleted an element.
    pub(super) fn delete(&mut self, element: u32) {
        if let Some(element) = self.elements.get_mut(element as usize) {
            element.deletions += 1;
            if element.deletions == 1 {
                self.utf16_len -= u64::from(element.width);
            }
        }
    }

    /// Takes a deletion back.
    pub(super) fn undelete(&mut self, element: u32) {
        if let Some(element) = self.elements.get_mut(element as usize) {
            element.deletions -= 1;
            if element.deletions == 0 {
                self.utf16_len += u64::from(element.width);
            }
        }
    }

    /// Whether `first` stands before `second`; `actors` compares the bytes of two actors.
    pub(super) fn before(&self, first: u32, second: u32, actors: impl Fn(u32, u32) -> Ordering) -> bool {
        let depth = self.at(first).depth.min(self.at(second).depth);
        let (mut left, mut right) = (self.lift(first, depth), self.lift(second, depth));
        if left == right {
            // One is an ancestor of the other, and an ancestor comes first.
            return self.at(first).depth < self.at(second).depth;
        }
        while self.at(left).parent != self.at(right).parent {
            let (a, b) = (self.at(left), self.at(right));
            (left, right) = if a.jump == b.jump {
                (a.parent, b.parent)
            } else {
                (a.jump, b.jump)
            };
        }
        let (a, b) = (self.at(left), self.at(right));
        a.counter.cmp(&b.counter).then_with(|| actors(a.actor, b.actor)) == Ordering::Greater
    }

    /// The ancestor at `depth`, or the element itself.
    fn lift(&self, mut element: u32, depth: u32) -> u32 {
        while self.at(element).depth > depth {
            let Element { jump, parent, .. } = self.at(element);
            element = if self.at(jump).depth >= depth {
                jump
            } else {
                parent
            };
        }
        element
    }

    fn at(&self, element: u32) -> Element {
        self.elements.get(element as usize).copied().unwrap_or(ROOT)
    }
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
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_order_is_that_of_the_walked_tree(chains in prop::collection::vec((any::<u16>(), 1..30_usize), 1..8)) {
            let mut order = Order::default();
            let mut parents = Vec::new();
            for (start, length) in chains {
                let mut parent = u32::from(start) % (parents.len() as u32 + 1);
                for _ in 0..length {
                    parents.push(parent);
                    parent = order.push(parent, (0, parents.len() as u32), 1);
                }
            }
            let walked = walk(&parents);
            for (place, first) in walked.iter().enumerate().step_by(5) {
                for (other, second) in walked.iter().enumerate() {
                    prop_assert_eq!(order.before(*first, *second, |a, b| a.cmp(&b)), place < other);
                }
            }
        }
    }
}
