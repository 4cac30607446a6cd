//! What a generation holds beside letters: bytes of what marks and blocks say and of what changes carry beside operations,
//! and names of marks.
//!
//! Why it exists: letters are counted by the length of the text, and one operation can hold half a megabyte beside it. A
//! hundred of those make a document that no frame holds; thousands of names over one letter make one that nobody can read.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, OpType};
use automerge::{ChangeHash, ExpandedChange, ScalarValue};

use crate::limits::{CHANGE_PARENTS_FREE, MARK_BYTES};

#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    /// The bytes after each change that added any, ascending.
    after: Vec<(usize, u64)>,
    /// Each name of a mark, and the change that brought it.
    names: BTreeMap<String, usize>,
}

impl Values {
    /// Of everything that was taken in.
    pub(super) fn bytes(&self) -> u64 {
        self.after.last().map_or(0, |(_, bytes)| *bytes)
    }

    /// How many names its marks have.
    pub(super) fn mark_names(&self) -> usize {
        self.names.len()
    }

    /// The `len`-th change was taken in, and brought this.
    pub(super) fn add(&mut self, len: usize, brought: Brought) {
        if brought.bytes > 0 {
            self.after.push((len, self.bytes() + brought.bytes));
        }
        for name in brought.names {
            self.names.entry(name).or_insert(len);
        }
    }

    /// Only so many changes are left.
    pub(super) fn keep(&mut self, len: usize) {
        while self.after.last().is_some_and(|(at, _)| *at > len) {
            self.after.pop();
        }
        self.names.retain(|_, at| *at <= len);
    }
}

/// What one change brings.
#[derive(Debug)]
pub(super) struct Brought {
    bytes: u64,
    names: Vec<String>,
}

/// Of one change.
pub(super) fn of(change: &ExpandedChange) -> Brought {
    let bytes = change.operations.iter().map(|op| {
        let key = match &op.key {
            Key::Map(name) => name.len(),
            Key::Seq(_) => 0,
        };
        key + match &op.action {
            OpType::Put(ScalarValue::Str(_)) if op.insert => 0,
            OpType::Put(value) => bytes_of(value),
            OpType::MarkBegin(mark) => mark.name.len() + bytes_of(&mark.value) + MARK_BYTES,
            _ => 0,
        }
    });
    let message = change.message.as_ref().map_or(0, String::len);
    let parents = change.deps.len().saturating_sub(CHANGE_PARENTS_FREE) * size_of::<ChangeHash>();
    let marks = change.operations.iter().filter_map(|op| match &op.action {
        OpType::MarkBegin(mark) => Some(mark.name.as_str()),
        _ => None,
    });
    let names: BTreeSet<&str> = marks.collect();
    Brought {
        bytes: (bytes.sum::<usize>() + message + parents) as u64,
        names: names.into_iter().map(str::to_owned).collect(),
    }
}

pub(super) fn bytes_of(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::Str(text) => text.len(),
        ScalarValue::Bytes(bytes) => bytes.len(),
        _ => size_of::<u64>(),
    }
}
