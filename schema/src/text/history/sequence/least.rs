//! Finds the first element behind a place that is smaller than a new one, without a look at each between them.
//!
//! Why it exists: a new element passes every greater one behind the element it names. Mostly there is none. But where two
//! wrote much at one place without hearing of each other, each element of the one passes all of the other, and a history
//! of a hundred thousand elements took minutes to read.
//!
//! How: neighbours stand in groups, neighbouring groups in groups, and so on up to one group of all. Each knows the
//! smallest element in it, so a search leaves out groups that hold none small enough. It costs the logarithm of what it
//! passes.
//!
//! # Invariants
//!
//! - The children of a group follow one another in the order; all ways down are equally long.
//! - A group has at most [`WIDTH`] children, and no fewer than half of that but for the topmost.

use std::cmp::Ordering;

use super::super::id::OpKey;
use super::{END, Node};

/// More children than this and a group becomes two.
const WIDTH: u32 = 32;

#[derive(Debug, Clone, Copy)]
struct Group {
    /// The first child: an element at the bottom, a group above it.
    first: u32,
    /// How many children it has.
    length: u32,
    /// The group behind it, equally high.
    next: u32,
    parent: u32,
    /// The smallest element in it.
    least: OpKey,
}

/// See the module's text.
#[derive(Debug, Clone, Default)]
pub(super) struct Least {
    /// The group of each element.
    owners: Vec<u32>,
    groups: Vec<Group>,
}

/// An element (height 0) or a group that stands so high.
#[derive(Clone, Copy)]
struct Child {
    height: u32,
    number: u32,
}

impl Least {
    /// The first element from `from` on of which `is_smaller` says so, or [`END`].
    pub fn first(&self, nodes: &[Node], from: u32, is_smaller: impl Fn(OpKey) -> bool) -> u32 {
        let mut at = Child {
            height: 0,
            number: from,
        };
        while let Some(key) = self.least(nodes, at) {
            let owner = self.owner(at);
            let next = self.next(nodes, at);
            if is_smaller(key) {
                let Some(height) = at.height.checked_sub(1) else {
                    return at.number;
                };
                let number = self.group(at.number).map_or(END, |group| group.first);
                at = Child { height, number };
            } else if self.owner(next) == owner {
                at = next;
            } else {
                // The last one of its group: on among the groups behind that.
                at = Child {
                    height: at.height + 1,
                    number: self.group(owner).map_or(END, |group| group.next),
                };
            }
        }
        END
    }

    /// Takes in an element that has its place among the others already; it is numbered behind all of them.
    pub fn insert(&mut self, nodes: &[Node], compare: &impl Fn(OpKey, OpKey) -> Ordering) {
        let Some(node) = nodes.last() else { return };
        let number = self.owners.len() as u32;
        let is_first = node.previous == END;
        let beside = if is_first { node.next } else { node.previous };
        let Some(owner) = self.owners.get(beside as usize).copied() else {
            self.owners.push(0);
            self.groups.push(Group {
                first: number,
                length: 1,
                next: END,
                parent: END,
                least: node.key(),
            });
            return;
        };
        self.owners.push(owner);
        if let Some(group) = self.groups.get_mut(owner as usize).filter(|_| is_first) {
            group.first = number;
        }
        let mut above = owner;
        while let Some(group) = self.groups.get_mut(above as usize)
            && compare(node.key(), group.least).is_lt()
        {
            group.least = node.key();
            above = group.parent;
        }
        self.lengthen(nodes, owner, compare);
    }

    /// A group has one child more.
    fn lengthen(&mut self, nodes: &[Node], group: u32, compare: &impl Fn(OpKey, OpKey) -> Ordering) {
        let (mut number, mut height) = (group, 1);
        while let Some(group) = self.groups.get_mut(number as usize) {
            group.length += 1;
            if group.length <= WIDTH {
                return;
            }
            let parent = group.parent;
            self.split(nodes, Child { height, number }, compare);
            (number, height) = (parent, height + 1);
        }
    }

    /// Gives the second half of a group's children a group of their own behind it. The one above, which is made where there
    /// is none, does not count it yet.
    fn split(&mut self, nodes: &[Node], at: Child, compare: &impl Fn(OpKey, OpKey) -> Ordering) {
        let Some(whole) = self.group(at.number) else {
            return;
        };
        let behind = self.groups.len() as u32;
        let half = whole.length / 2;
        let mut child = Child {
            height: at.height - 1,
            number: whole.first,
        };
        let (front, rest) = (self.smallest(nodes, &mut child, half, compare), child);
        let back = self.smallest(nodes, &mut child, whole.length - half, compare);
        let (Some(front), Some(back)) = (front, back) else {
            return;
        };
        let mut moved = rest;
        for _ in half..whole.length {
            let next = self.next(nodes, moved);
            self.set_owner(moved, behind);
            moved = next;
        }
        let is_topmost = whole.parent == END;
        let parent = if is_topmost { behind + 1 } else { whole.parent };
        self.groups.push(Group {
            first: rest.number,
            length: whole.length - half,
            least: back,
            parent,
            ..whole
        });
        if let Some(group) = self.groups.get_mut(at.number as usize) {
            *group = Group {
                length: half,
                next: behind,
                least: front,
                parent,
                ..whole
            };
        }
        if is_topmost {
            self.groups.push(Group {
                first: at.number,
                length: 2,
                next: END,
                parent: END,
                least: whole.least,
            });
        }
    }

    /// The smallest element in so many children from one on, which becomes the one behind them.
    fn smallest(
        &self,
        nodes: &[Node],
        from: &mut Child,
        count: u32,
        compare: &impl Fn(OpKey, OpKey) -> Ordering,
    ) -> Option<OpKey> {
        let mut smallest = None;
        for _ in 0..count {
            let key = self.least(nodes, *from)?;
            smallest =
                Some(smallest.map_or(key, |least| if compare(key, least).is_lt() { key } else { least }));
            *from = self.next(nodes, *from);
        }
        smallest
    }

    fn group(&self, number: u32) -> Option<Group> {
        self.groups.get(number as usize).copied()
    }

    fn least(&self, nodes: &[Node], of: Child) -> Option<OpKey> {
        match of.height {
            0 => nodes.get(of.number as usize).map(Node::key),
            _ => self.group(of.number).map(|group| group.least),
        }
    }

    fn next(&self, nodes: &[Node], of: Child) -> Child {
        let number = match of.height {
            0 => nodes.get(of.number as usize).map(|node| node.next),
            _ => self.group(of.number).map(|group| group.next),
        };
        Child {
            number: number.unwrap_or(END),
            ..of
        }
    }

    /// The group of a child, or [`END`].
    fn owner(&self, of: Child) -> u32 {
        let owner = match of.height {
            0 => self.owners.get(of.number as usize).copied(),
            _ => self.group(of.number).map(|group| group.parent),
        };
        owner.unwrap_or(END)
    }

    fn set_owner(&mut self, of: Child, owner: u32) {
        let number = of.number as usize;
        match of.height {
            0 => self.owners.get_mut(number).map(|of| *of = owner),
            _ => self.groups.get_mut(number).map(|group| group.parent = owner),
        };
    }
}

#[cfg(test)]
mod tests;
