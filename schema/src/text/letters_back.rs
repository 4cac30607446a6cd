//! Puts letters and markers back where they stood, as a change that names those that went.
//!
//! # Why it exists
//!
//! A CRDT brings no element back to life, and automerge writes new letters only behind letters that show. Between two that
//! went there are many places and a position tells none of them apart: what another types there, and what only arrives later,
//! would end up before or behind all that comes back. A change that says "behind that letter that went" leaves nothing open,
//! whoever writes what meanwhile. So this one change is not made by automerge's transactions but written out.
//!
//! # Invariants
//!
//! - To everybody else it is a change like any other: an honest writer who had not yet heard of a deletion makes the same.
//! - Each stands right behind the one that it replaces, and so within the formatting that this one stood in.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId as Element, Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{
    ActorId, AutoCommit, Automerge, AutomergeError, Change, ChangeHash, Cursor, ExpandedChange, ReadDoc,
    ScalarValue,
};

use super::genesis;
use super::history::ElementId;
use crate::ids::TimestampMs;
use crate::limits::CHANGE_OPS_MAX;
use crate::richtext::model::Block;
use crate::richtext::spans::insert_marker;

/// Operations after which a change is closed.
const CLOSE_AT_OPS: usize = CHANGE_OPS_MAX as usize / 2;

/// What comes back.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    /// A letter.
    Letter(char),
    /// The marker of a block, without letters.
    Marker(Block),
}

/// A document that takes such changes in.
trait Takes {
    /// What it holds; closes a change that is open.
    fn closed(&mut self) -> &Automerge;
    /// Takes one of the document's own actor in. automerge counts those of an actor that it had not met before only once that is set anew.
    fn take(&mut self, change: Change) -> Result<(), AutomergeError>;
}

impl Takes for AutoCommit {
    fn closed(&mut self) -> &Automerge {
        self.document()
    }

    fn take(&mut self, change: Change) -> Result<(), AutomergeError> {
        self.apply_changes([change])?;
        let actor = self.get_actor().clone();
        self.set_actor(actor);
        Ok(())
    }
}

impl Takes for Automerge {
    fn closed(&mut self) -> &Automerge {
        self
    }

    fn take(&mut self, change: Change) -> Result<(), AutomergeError> {
        self.apply_changes([change])?;
        let actor = self.get_actor().clone();
        self.set_actor(actor);
        Ok(())
    }
}

/// Writes each unit behind the deleted one that it replaces, which the cursor names. Returns the changes in order; closes
/// one that is open.
///
/// # Errors
/// When a cursor names no element of the text; then nothing is written.
pub fn put_back(
    doc: &mut AutoCommit,
    units: &[(Cursor, Unit)],
    now: TimestampMs,
) -> Result<Vec<Change>, AutomergeError> {
    let mut named = Vec::with_capacity(units.len());
    for (gone, unit) in units {
        named.push((name_of(doc.closed(), gone)?, unit));
    }
    written_in(doc, &named, i64::try_from(now.0 / 1_000).unwrap_or(i64::MAX))
}

/// As [`put_back`], in a document that holds the elements named and no change that is open. `time` is what the changes say, in seconds.
pub(super) fn put_back_in(
    doc: &mut Automerge,
    units: &[(ElementId, Unit)],
    time: i64,
) -> Result<Vec<Change>, AutomergeError> {
    let name = |gone: &ElementId| OpId::new(gone.counter, &gone.actor);
    let named: Vec<(OpId, &Unit)> = units.iter().map(|(gone, unit)| (name(gone), unit)).collect();
    written_in(doc, &named, time)
}

fn written_in(
    doc: &mut impl Takes,
    mut named: &[(OpId, &Unit)],
    time: i64,
) -> Result<Vec<Change>, AutomergeError> {
    let mut changes = Vec::new();
    while !named.is_empty() {
        let mut written = Written::after(doc.closed());
        while let [(gone, unit), rest @ ..] = named
            && written.operations.len() < CLOSE_AT_OPS
        {
            written.unit(gone, unit)?;
            named = rest;
        }
        let change = written.change(doc.closed(), time);
        doc.take(change.clone())?;
        changes.push(change);
    }
    Ok(changes)
}

/// The operation that brought what a cursor names.
fn name_of(doc: &Automerge, gone: &Cursor) -> Result<OpId, AutomergeError> {
    // automerge panics at a change that names what is not there.
    doc.get_cursor_position(genesis::text_id(), gone, None)?;
    let name: ElementId = gone
        .to_string()
        .parse()
        .map_err(|_| AutomergeError::InvalidCursorFormat)?;
    Ok(OpId::new(name.counter, &name.actor))
}

/// The change that automerge would make next, as it is written.
struct Written {
    actor: ActorId,
    start: u64,
    deps: Vec<ChangeHash>,
    operations: Vec<Op>,
}

impl Written {
    fn after(doc: &Automerge) -> Self {
        let deps = doc.get_heads();
        // The heads have seen every operation that there is.
        let known = deps.iter().filter_map(|head| doc.get_change_by_hash(head));
        let last = known.map(|change| change.max_op()).max().unwrap_or(0);
        Self {
            actor: doc.get_actor().clone(),
            start: last + 1,
            deps,
            operations: Vec::new(),
        }
    }

    fn unit(&mut self, gone: &OpId, unit: &Unit) -> Result<(), AutomergeError> {
        let behind = Key::Seq(Element::Id(gone.clone()));
        match unit {
            Unit::Letter(letter) => self.operations.push(Op {
                action: OpType::Put(ScalarValue::from(letter.to_string())),
                obj: ObjectId::Id(genesis::text_op()),
                key: behind,
                pred: SortedVec::new(),
                insert: true,
            }),
            Unit::Marker(block) => {
                let next = self.start + self.operations.len() as u64;
                let mut made = operations_of(block, next, &self.actor)?;
                if let Some(marker) = made.first_mut() {
                    marker.key = behind;
                }
                self.operations.extend(made);
            }
        }
        Ok(())
    }

    fn change(self, doc: &Automerge, time: i64) -> Change {
        let before = doc.get_last_local_change();
        Change::from(ExpandedChange {
            operations: self.operations,
            actor_id: self.actor,
            hash: None,
            seq: before.map_or(1, |change| change.seq() + 1),
            start_op: NonZeroU64::MIN.saturating_add(self.start - 1),
            time,
            message: None,
            deps: self.deps,
            extra_bytes: Vec::new(),
            author: None,
        })
    }
}

/// The operations that automerge makes of a marker of this writer, numbered from `next` on; the first is the marker's own.
fn operations_of(block: &Block, next: u64, actor: &ActorId) -> Result<Vec<Op>, AutomergeError> {
    let mut scratch =
        AutoCommit::load_with_options(&genesis::new_automerge().save(), genesis::load_options())?;
    scratch.set_actor(actor.clone());
    insert_marker(&mut scratch, &genesis::text_id(), 0, block)?;
    scratch.commit();
    let Some(change) = scratch.get_last_local_change() else {
        return Ok(Vec::new());
    };
    let start = change.start_op().get();
    let renumber = |id: &mut OpId| {
        if id.actor() == actor {
            *id = OpId::new(id.counter() - start + next, actor);
        }
    };
    let mut operations = change.decode().operations;
    for op in &mut operations {
        if let ObjectId::Id(id) = &mut op.obj {
            renumber(id);
        }
        if let Key::Seq(Element::Id(id)) = &mut op.key {
            renumber(id);
        }
    }
    Ok(operations)
}

#[cfg(test)]
mod tests;
