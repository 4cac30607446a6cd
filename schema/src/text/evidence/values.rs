//! How many bytes of a generation are no letters: what marks and blocks say, and what changes carry beside operations.
//!
//! Why it exists: letters are counted by the length of the text, and one operation can hold half a megabyte beside it. A
//! hundred of those make a document that no frame holds.

use automerge::legacy::{Key, OpType};
use automerge::{ChangeHash, ExpandedChange, ScalarValue};

use crate::limits::CHANGE_PARENTS_FREE;

/// The bytes after each change that added any, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    after: Vec<(usize, u64)>,
}

impl Values {
    /// Of everything that was taken in.
    pub(super) fn bytes(&self) -> u64 {
        self.after.last().map_or(0, |(_, bytes)| *bytes)
    }

    /// The `len`-th change was taken in.
    pub(super) fn add(&mut self, len: usize, bytes: u64) {
        if bytes > 0 {
            self.after.push((len, self.bytes() + bytes));
        }
    }

    /// Only so many changes are left.
    pub(super) fn keep(&mut self, len: usize) {
        while self.after.last().is_some_and(|(at, _)| *at > len) {
            self.after.pop();
        }
    }
}

/// Of one change.
pub(super) fn of(change: &ExpandedChange) -> u64 {
    let bytes = change.operations.iter().map(|op| {
        let key = match &op.key {
            Key::Map(name) => name.len(),
            Key::Seq(_) => 0,
        };
        key + match &op.action {
            OpType::Put(ScalarValue::Str(_)) if op.insert => 0,
            OpType::Put(value) => bytes_of(value),
            OpType::MarkBegin(mark) => mark.name.len() + bytes_of(&mark.value),
            _ => 0,
        }
    });
    let message = change.message.as_ref().map_or(0, String::len);
    let parents = change.deps.len().saturating_sub(CHANGE_PARENTS_FREE) * size_of::<ChangeHash>();
    (bytes.sum::<usize>() + message + parents) as u64
}

fn bytes_of(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::Str(text) => text.len(),
        ScalarValue::Bytes(bytes) => bytes.len(),
        _ => size_of::<u64>(),
    }
}
