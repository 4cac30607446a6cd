//! One sequence (the text, or a list inside a block) with everything that was ever in it, in its final order.
//!
//! Why it exists: automerge answers "what is there now" from columns made for merging; asking it for the past
//! costs a scan per question and says nothing about who deleted. Here every element, deleted or not, keeps the
//! revision at which it came and the one at which it went, so any past state is one walk over a linked list.
//!
//! # Invariant
//!
//! The order is automerge's: a new element goes right after the one it names, past elements with a greater
//! operation id (counter, then actor). That holds only when changes arrive in causal order.

mod least;

use std::cmp::Ordering;

use automerge::ScalarValue;

use super::id::{Actors, OpKey};
use least::Least;

/// "Not yet": larger than any revision.
pub(super) const NEVER: u32 = u32::MAX;
/// The end of the linked list.
const END: u32 = u32::MAX;

/// What one operation put in a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// One character: the usual case, kept without a heap cell.
    Char(char),
    /// Any other scalar, also a string of several characters.
    Scalar(Box<ScalarValue>),
    /// A map, list or text: its number in the history.
    Object(u32),
    /// Formatting starts: its number in the history's table of marks.
    MarkBegin(u32),
    /// Formatting ends: that of the operation just before this one.
    MarkEnd,
}

/// One operation's hold on a place: from `born`, until the first operation that named it as predecessor.
#[derive(Debug, Clone)]
pub(super) struct Version {
    pub key: OpKey,
    /// The revision that brought it.
    pub born: u32,
    /// The revision that deleted or replaced it, or [`NEVER`].
    pub ended: u32,
    pub value: Value,
}

impl Version {
    /// Whether it held its place after the change of that revision.
    pub fn holds_at(&self, revision: u32) -> bool {
        self.born <= revision && revision < self.ended
    }
}

/// The version that shows at a revision: the greatest operation among those that hold.
pub(super) fn shown<'a>(
    versions: impl Iterator<Item = &'a Version>,
    revision: u32,
    actors: &Actors,
) -> Option<&'a Version> {
    versions
        .filter(|version| version.holds_at(revision))
        .max_by(|a, b| actors.compare(a.key, b.key))
}

/// An element and its place in the order.
#[derive(Debug, Clone)]
pub(super) struct Node {
    first: Version,
    /// Later values of the same element; almost always none.
    #[expect(
        clippy::box_collection,
        reason = "8 bytes instead of 24 in every element of a long text"
    )]
    more: Option<Box<Vec<Version>>>,
    next: u32,
    previous: u32,
}

impl Node {
    /// The operation that inserted the element.
    pub fn key(&self) -> OpKey {
        self.first.key
    }

    /// Every value it ever had.
    pub fn versions(&self) -> impl Iterator<Item = &Version> {
        std::iter::once(&self.first).chain(self.more.iter().flat_map(|more| more.iter()))
    }

    /// As [`Self::versions`], to end one.
    pub fn versions_mut(&mut self) -> impl Iterator<Item = &mut Version> {
        std::iter::once(&mut self.first).chain(self.more.iter_mut().flat_map(|more| more.iter_mut()))
    }

    /// Whether it is formatting, which takes no place.
    pub fn is_mark(&self) -> bool {
        self.versions()
            .all(|version| matches!(version.value, Value::MarkBegin(_) | Value::MarkEnd))
    }

    /// Whether it is a part of the text now: a letter or a block.
    pub fn stands(&self) -> bool {
        !self.is_mark() && self.versions().any(|version| version.ended == NEVER)
    }

    /// Gives the element another value.
    pub fn add(&mut self, version: Version) {
        self.more.get_or_insert_default().push(version);
    }
}

/// A linked list in an arena.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    nodes: Vec<Node>,
    head: u32,
    last: u32,
    /// What stands in front of the first element of the current generation.
    start: Option<u32>,
    least: Least,
}

impl Default for Sequence {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            head: END,
            last: END,
            start: None,
            least: Least::default(),
        }
    }
}

impl Sequence {
    /// How many elements were ever inserted.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Puts a new element after the named one, or at the start. `compare` is the order of operations. `None` when there is
    /// no such element.
    pub fn insert(
        &mut self,
        after: Option<u32>,
        version: Version,
        compare: impl Fn(OpKey, OpKey) -> Ordering,
    ) -> Option<u32> {
        let behind = match after.or(self.start) {
            None => self.head,
            Some(node) => self.nodes.get(node as usize)?.next,
        };
        let is_smaller = |key| compare(key, version.key).is_lt();
        let next = self.least.first(&self.nodes, behind, is_smaller);
        let previous = match self.nodes.get(next as usize) {
            Some(next) => next.previous,
            None => self.last,
        };
        self.put((previous, next), version, &compare)
    }

    /// Puts a new element between two that follow one another.
    fn put(
        &mut self,
        (previous, next): (u32, u32),
        version: Version,
        compare: &impl Fn(OpKey, OpKey) -> Ordering,
    ) -> Option<u32> {
        let number = u32::try_from(self.nodes.len())
            .ok()
            .filter(|number| *number != END)?;
        self.nodes.push(Node {
            first: version,
            more: None,
            next,
            previous,
        });
        match self.nodes.get_mut(next as usize) {
            None => self.last = number,
            Some(next) => next.previous = number,
        }
        match self.nodes.get_mut(previous as usize) {
            None => self.head = number,
            Some(previous) => previous.next = number,
        }
        self.least.insert(&self.nodes, compare);
        Some(number)
    }

    /// Ends everything that stands, and starts an empty sequence behind it.
    pub fn start_anew(&mut self, revision: u32, compare: impl Fn(OpKey, OpKey) -> Ordering) {
        for version in self.nodes.iter_mut().flat_map(Node::versions_mut) {
            version.ended = version.ended.min(revision);
        }
        let key = OpKey {
            counter: 0,
            actor: u32::MAX,
        };
        let never = Version {
            key,
            born: revision,
            ended: revision,
            value: Value::MarkEnd,
        };
        self.start = self.put((self.last, END), never, &compare).or(self.start);
    }

    /// One element.
    pub fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize)
    }

    /// One element, to change it.
    pub fn node_mut(&mut self, number: u32) -> Option<&mut Node> {
        self.nodes.get_mut(number as usize)
    }

    /// Every element in order, deleted ones too, with its number.
    pub fn walk(&self) -> impl Iterator<Item = (u32, &Node)> {
        self.walk_from(self.head)
    }

    /// The elements behind one, in order.
    pub fn after(&self, number: u32) -> impl Iterator<Item = (u32, &Node)> {
        self.walk_from(self.node(number).map_or(END, |node| node.next))
    }

    /// The elements of the current generation before one, the nearest first.
    pub fn before(&self, number: u32) -> impl Iterator<Item = (u32, &Node)> {
        let step = |number: u32| self.nodes.get(number as usize).map(|node| (number, node));
        let first = self.node(number).and_then(|node| step(node.previous));
        let all = std::iter::successors(first, move |(_, node)| step(node.previous));
        all.take_while(|(number, _)| Some(*number) != self.start)
    }

    /// What stands right before an element in its generation, be it gone; formatting takes no place.
    pub fn neighbour_before(&self, number: u32) -> Option<u32> {
        let mut before = self.before(number).filter(|(_, node)| !node.is_mark());
        before.next().map(|(number, _)| number)
    }

    fn walk_from(&self, first: u32) -> impl Iterator<Item = (u32, &Node)> {
        let step = |number: u32| self.nodes.get(number as usize).map(|node| (number, node));
        std::iter::successors(step(first), move |(_, node)| step(node.next))
    }
}
