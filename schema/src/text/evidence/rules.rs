//! Judges the operations of a change, one by one, by what they refer to.
//!
//! Why it exists: this is the list of what a text is made of. A character, a block marker or a mark goes into
//! the text after an element of it; a deletion names the living value it deletes; a block's map, its `attrs`
//! and its `parents` hold plain values. Everything else is refused, because nothing honest needs it and
//! automerge was not tried with it.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ExpandedChange, ObjType, ScalarValue};

use super::facts::{Facts, ObjectKind, OpFact, OpKind, OpRef};
use super::history::{History, Standing};
use super::values;
use crate::limits::MARK_VALUE_BYTES_MAX;
use crate::text::refusal::ChangeRefusal;

/// Judges every operation of a change and adds it to the facts. On a refusal the facts hold the operations
/// before the refused one; the caller takes them back.
pub(super) fn judge(
    history: &History,
    facts: &mut Facts,
    change: &ExpandedChange,
    standing: &Standing,
) -> Result<(), ChangeRefusal> {
    let mut judge = Judge {
        history,
        facts,
        change,
        standing,
        open_mark: None,
    };
    for (op, counter) in change.operations.iter().zip(standing.start_op..) {
        judge.op(
            op,
            OpRef {
                actor: standing.actor,
                counter,
            },
        )?;
    }
    if judge.open_mark.is_some() {
        Err(ChangeRefusal::MarkUnpaired)
    } else {
        Ok(())
    }
}

struct Judge<'a> {
    history: &'a History,
    facts: &'a mut Facts,
    change: &'a ExpandedChange,
    standing: &'a Standing,
    /// The element of a mark's begin, when it was the operation just before.
    open_mark: Option<u32>,
}

impl Judge<'_> {
    fn op(&mut self, op: &Op, id: OpRef) -> Result<(), ChangeRefusal> {
        if self.open_mark.is_some() && !matches!(op.action, OpType::MarkEnd(_)) {
            return Err(ChangeRefusal::MarkUnpaired);
        }
        let (object, kind) = self.object(&op.obj)?;
        match (kind, op.insert) {
            (ObjectKind::Text, true) => self.insert_into_text(op, id),
            (ObjectKind::Text, false) => self.delete_from_text(op, id, object),
            (ObjectKind::Parents, true) => self.insert_item(op, id, object),
            (ObjectKind::Parents, false) => self.set_item(op, id, object),
            (ObjectKind::Block | ObjectKind::Attrs, false) => self.set_key(op, id, (object, kind)),
            (ObjectKind::Block | ObjectKind::Attrs, true) => Err(ChangeRefusal::UnsupportedOperation),
        }
    }

    fn insert_into_text(&mut self, op: &Op, id: OpRef) -> Result<(), ChangeRefusal> {
        let (kind, width) = match &op.action {
            OpType::Put(ScalarValue::Str(text)) => (
                OpKind::Char,
                width_of_char(text).ok_or(ChangeRefusal::UnsupportedOperation)?,
            ),
            OpType::Make(ObjType::Map) if self.facts.objects_left() => (OpKind::Block, 1),
            OpType::MarkBegin(mark) if values::bytes_of(&mark.value) > MARK_VALUE_BYTES_MAX => {
                return Err(ChangeRefusal::MarkValueTooLarge);
            }
            OpType::MarkBegin(mark) if !mark.name.is_empty() && is_plain(&mark.value) => {
                (OpKind::MarkBegin, 0)
            }
            OpType::MarkEnd(_) => (OpKind::MarkEnd, 0),
            _ => return Err(ChangeRefusal::UnsupportedOperation),
        };
        if op.pred.iter().next().is_some() {
            return Err(ChangeRefusal::WrongPredecessor);
        }
        let after = self.element_or_head(&op.key, super::facts::TEXT)?;
        let slot = self.facts.insert_into_text(kind, id, after, width);
        match (kind, self.open_mark.take()) {
            (OpKind::MarkBegin, _) => self.open_mark = Some(slot),
            (OpKind::MarkEnd, Some(begin)) if self.stands_before(begin, slot) => {}
            (OpKind::MarkEnd, _) => return Err(ChangeRefusal::MarkUnpaired),
            _ => {}
        }
        Ok(())
    }

    fn delete_from_text(&mut self, op: &Op, id: OpRef, object: u32) -> Result<(), ChangeRefusal> {
        if op.action != OpType::Delete {
            return Err(ChangeRefusal::UnsupportedOperation);
        }
        self.overwrite(op, id, object, OpKind::Delete)
    }

    fn insert_item(&mut self, op: &Op, id: OpRef, object: u32) -> Result<(), ChangeRefusal> {
        if !matches!(&op.action, OpType::Put(value) if is_plain(value)) {
            return Err(ChangeRefusal::UnsupportedOperation);
        }
        if op.pred.iter().next().is_some() {
            return Err(ChangeRefusal::WrongPredecessor);
        }
        self.element_or_head(&op.key, object)?;
        self.facts.insert_item(object, id);
        Ok(())
    }

    fn set_item(&mut self, op: &Op, id: OpRef, object: u32) -> Result<(), ChangeRefusal> {
        let kind = match &op.action {
            OpType::Put(value) if is_plain(value) => OpKind::Value,
            OpType::Delete => OpKind::Delete,
            _ => return Err(ChangeRefusal::UnsupportedOperation),
        };
        self.overwrite(op, id, object, kind)
    }

    /// Sets or deletes an element of a sequence: it must be there, and so must what is overwritten.
    fn overwrite(&mut self, op: &Op, id: OpRef, object: u32, kind: OpKind) -> Result<(), ChangeRefusal> {
        let slot = self
            .element_or_head(&op.key, object)?
            .ok_or(ChangeRefusal::NotAnElement)?;
        self.predecessors(op, (object, slot), 1)?;
        self.facts.set(kind, id, (object, slot), None);
        Ok(())
    }

    fn set_key(
        &mut self,
        op: &Op,
        id: OpRef,
        (object, kind): (u32, ObjectKind),
    ) -> Result<(), ChangeRefusal> {
        let Key::Map(key) = &op.key else {
            return Err(ChangeRefusal::NotAnElement);
        };
        let in_block = kind == ObjectKind::Block && self.facts.objects_left();
        let (kind, makes) = match &op.action {
            _ if key.is_empty() => return Err(ChangeRefusal::UnsupportedOperation),
            OpType::Put(value) if is_plain(value) => (OpKind::Value, None),
            OpType::Make(ObjType::Map) if in_block && key == "attrs" => {
                (OpKind::Make, Some(ObjectKind::Attrs))
            }
            OpType::Make(ObjType::List) if in_block && key == "parents" => {
                (OpKind::Make, Some(ObjectKind::Parents))
            }
            OpType::Delete => (OpKind::Delete, None),
            _ => return Err(ChangeRefusal::UnsupportedOperation),
        };
        let slot = self.facts.key(key);
        self.predecessors(op, (object, slot), usize::from(kind == OpKind::Delete))?;
        self.facts.set(kind, id, (object, slot), makes);
        Ok(())
    }

    /// Each predecessor is a living value of the same element or key, named once; there are at least `least`.
    fn predecessors(&self, op: &Op, target: (u32, u32), least: usize) -> Result<(), ChangeRefusal> {
        if op.pred.len() < least {
            return Err(ChangeRefusal::WrongPredecessor);
        }
        let mut previous = None;
        for pred in op.pred.iter() {
            if previous == Some(pred) {
                return Err(ChangeRefusal::WrongPredecessor);
            }
            previous = Some(pred);
            let (_, fact) = self.resolve(pred)?;
            if !fact.kind.lives() || (fact.object(), fact.slot) != target {
                return Err(ChangeRefusal::WrongPredecessor);
            }
        }
        Ok(())
    }

    fn object(&self, object: &ObjectId) -> Result<(u32, ObjectKind), ChangeRefusal> {
        let ObjectId::Id(id) = object else {
            return Err(ChangeRefusal::OutsideText);
        };
        let (made_by, _) = self.resolve(id)?;
        self.facts.object_of(made_by).ok_or(ChangeRefusal::OutsideText)
    }

    /// The slot of the element of `object` that a key names; none for the head.
    fn element_or_head(&self, key: &Key, object: u32) -> Result<Option<u32>, ChangeRefusal> {
        match key {
            Key::Map(_) => Err(ChangeRefusal::NotAnElement),
            Key::Seq(ElementId::Head) => Ok(None),
            Key::Seq(ElementId::Id(id)) => {
                let (_, fact) = self.resolve(id)?;
                let is_element = fact.kind.inserts() && fact.object() == object;
                if is_element {
                    Ok(Some(fact.slot))
                } else {
                    Err(ChangeRefusal::NotAnElement)
                }
            }
        }
    }

    /// Finds an operation in the change's own past: an earlier one of the change itself, or one that its
    /// parents had seen.
    fn resolve(&self, id: &OpId) -> Result<(OpRef, OpFact), ChangeRefusal> {
        let counter = u32::try_from(id.counter()).map_err(|_| ChangeRefusal::CounterTooLarge)?;
        let own = id.actor() == &self.change.actor_id;
        let actor = if own {
            self.standing.actor
        } else {
            self.history
                .find_actor(id.actor().to_bytes())
                .ok_or(ChangeRefusal::UnknownReference)?
        };
        let place = if own && counter >= self.standing.start_op {
            self.standing
                .ops_before
                .saturating_add(counter - self.standing.start_op)
        } else {
            let (seq, place) = self
                .history
                .locate(actor, counter)
                .ok_or(ChangeRefusal::UnknownReference)?;
            if !self.standing.had_seen(actor, seq) {
                return Err(ChangeRefusal::OutsideOwnPast);
            }
            place
        };
        let fact = self
            .facts
            .get(actor, place)
            .ok_or(ChangeRefusal::UnknownReference)?;
        Ok((OpRef { actor, counter }, fact))
    }

    fn stands_before(&self, first: u32, second: u32) -> bool {
        self.facts
            .before(first, second, |a, b| self.actor_bytes(a).cmp(self.actor_bytes(b)))
    }

    fn actor_bytes(&self, actor: u32) -> &[u8] {
        if actor == self.standing.actor {
            self.change.actor_id.to_bytes()
        } else {
            self.history.actor_bytes(actor)
        }
    }
}

/// UTF-16 units of a text that is one character and nothing more.
fn width_of_char(text: &str) -> Option<u8> {
    let mut chars = text.chars();
    let width = chars.next()?.len_utf16();
    if chars.next().is_none() {
        u8::try_from(width).ok()
    } else {
        None
    }
}

/// A value that stands for itself and is equal to itself: no counter (it merges by adding), no type unknown to
/// us, no number that is none.
fn is_plain(value: &ScalarValue) -> bool {
    match value {
        ScalarValue::Counter(_) | ScalarValue::Unknown { .. } => false,
        ScalarValue::F64(number) => number.is_finite(),
        ScalarValue::Bytes(_)
        | ScalarValue::Str(_)
        | ScalarValue::Int(_)
        | ScalarValue::Uint(_)
        | ScalarValue::Timestamp(_)
        | ScalarValue::Boolean(_)
        | ScalarValue::Null => true,
    }
}
