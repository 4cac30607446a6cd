//! What each operation is: its kind, its object, and the element or key it is about.
//!
//! Why it exists: whether a reference may stand depends on what it refers to. What somebody types or takes out on end is
//! kept as one run (`ops.rs`, `order.rs`), so that many open chapters and long histories stay cheap to keep.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::ops::Ops;
use super::order::{HEAD, Order};

/// An operation by the index of its actor and its counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OpRef {
    pub(super) actor: u32,
    pub(super) counter: u32,
}

/// What kind of thing an operation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpKind {
    /// Made the text itself.
    Text,
    /// Put a character into the text.
    Char,
    /// Put a block marker, a map, into the text.
    Block,
    /// Put the begin of a mark into the text.
    MarkBegin,
    /// Put the end of a mark into the text.
    MarkEnd,
    /// Put an item into a list.
    Item,
    /// Set a key of a map or an item of a list.
    Value,
    /// Set a key of a map to a new map or list.
    Make,
    /// Took away what was there.
    Delete,
}

impl OpKind {
    /// Whether it brought an element into a sequence, so that others may refer to it.
    pub(super) fn inserts(self) -> bool {
        matches!(
            self,
            Self::Char | Self::Block | Self::MarkBegin | Self::MarkEnd | Self::Item
        )
    }

    /// Whether it is a value that can be overwritten or deleted.
    pub(super) fn lives(self) -> bool {
        matches!(
            self,
            Self::Char | Self::Block | Self::Item | Self::Value | Self::Make
        )
    }
}

/// What kind of object a text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    /// The text.
    Text,
    /// The map of a block marker.
    Block,
    /// The map under a block's `attrs`.
    Attrs,
    /// The list under a block's `parents`.
    Parents,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpFact {
    pub(super) kind: OpKind,
    object: [u8; 3],
    /// Which element or key of the object: comparable within one object only.
    pub(super) slot: u32,
}

/// The object of the text; it is always the first.
pub(super) const TEXT: u32 = 0;

impl OpFact {
    pub(super) fn new(kind: OpKind, object: u32, slot: u32) -> Self {
        let [a, b, c, _] = object.to_le_bytes();
        Self {
            kind,
            object: [a, b, c],
            slot,
        }
    }

    /// The same about another element or key.
    pub(super) fn about(self, slot: u32) -> Self {
        Self { slot, ..self }
    }

    pub(super) fn object(self) -> u32 {
        let [a, b, c] = self.object;
        u32::from_le_bytes([a, b, c, 0])
    }
}

/// Every operation of one generation.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    by_actor: Vec<Ops>,
    objects: Vec<(ObjectKind, OpRef)>,
    object_of: BTreeMap<OpRef, u32>,
    keys: BTreeMap<String, u32>,
    order: Order,
    items: u32,
    ops: u64,
}

/// What an object takes, in its list and its map.
const OBJECT_BYTES: usize = 40;
/// More objects than this do not fit the three bytes of a fact.
const OBJECTS_MAX: usize = 1 << 24;

impl Facts {
    /// The operation that made the text.
    pub(super) fn add_genesis(&mut self, actor: u32) {
        self.keep_actors(actor as usize + 1);
        self.objects.push((ObjectKind::Text, OpRef { actor, counter: 1 }));
        self.object_of.insert(OpRef { actor, counter: 1 }, TEXT);
        // Its slot is no element's: nothing may follow or delete it.
        self.push(
            OpRef { actor, counter: 1 },
            OpFact::new(OpKind::Text, TEXT, u32::MAX),
        );
    }

    /// About what they take in memory.
    pub(super) fn bytes(&self) -> usize {
        let ops: usize = self.by_actor.iter().map(Ops::bytes).sum();
        ops + self.order.bytes() + self.objects.len() * OBJECT_BYTES
    }

    pub(super) fn ops(&self) -> u64 {
        self.ops
    }

    pub(super) fn get(&self, actor: u32, place: u32) -> Option<OpFact> {
        self.by_actor.get(actor as usize)?.get(place)
    }

    pub(super) fn ops_of(&self, actor: u32) -> u32 {
        self.by_actor.get(actor as usize).map_or(0, Ops::len)
    }

    /// Makes room for, or forgets, actors so that there are `count`.
    pub(super) fn keep_actors(&mut self, count: usize) {
        self.by_actor.resize_with(count.max(1), Ops::default);
    }

    pub(super) fn object_of(&self, made_by: OpRef) -> Option<(u32, ObjectKind)> {
        let object = *self.object_of.get(&made_by)?;
        Some((object, self.objects.get(object as usize)?.0))
    }

    pub(super) fn objects_left(&self) -> bool {
        self.objects.len() < OBJECTS_MAX
    }

    /// Puts an element of some width into the text after another and says which it became.
    pub(super) fn insert_into_text(&mut self, kind: OpKind, id: OpRef, after: Option<u32>, width: u8) -> u32 {
        let slot = self
            .order
            .push(after.unwrap_or(HEAD), (id.actor, id.counter), width);
        self.push(id, OpFact::new(kind, TEXT, slot));
        if kind == OpKind::Block {
            self.make_object(ObjectKind::Block, id);
        }
        slot
    }

    /// Length of the visible text in UTF-16 units, a block marker counting as one.
    pub(super) fn utf16_len(&self) -> u64 {
        self.order.utf16_len()
    }

    /// Puts an item into a list.
    pub(super) fn insert_item(&mut self, object: u32, id: OpRef) {
        self.items += 1;
        self.push(id, OpFact::new(OpKind::Item, object, self.items));
    }

    /// Sets or deletes an element or key; `makes` when it sets it to a new object.
    pub(super) fn set(&mut self, kind: OpKind, id: OpRef, target: (u32, u32), makes: Option<ObjectKind>) {
        self.push(id, OpFact::new(kind, target.0, target.1));
        if kind == OpKind::Delete && target.0 == TEXT {
            self.order.delete(target.1);
        }
        if let Some(made) = makes {
            self.make_object(made, id);
        }
    }

    /// The slot of a map's key.
    pub(super) fn key(&mut self, key: &str) -> u32 {
        if let Some(slot) = self.keys.get(key) {
            return *slot;
        }
        let slot = self.keys.len() as u32;
        self.keys.insert(key.to_owned(), slot);
        slot
    }

    pub(super) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Forgets the keys that came after the first `count`.
    pub(super) fn keep_keys(&mut self, count: usize) {
        if self.keys.len() > count {
            self.keys.retain(|_, slot| (*slot as usize) < count);
        }
    }

    /// Whether one element of the text stands before another.
    pub(super) fn before(&self, first: u32, second: u32, actors: impl Fn(u32, u32) -> Ordering) -> bool {
        self.order.before(first, second, actors)
    }

    /// Takes back the newest `count` operations of the actor that wrote last.
    pub(super) fn retract(&mut self, actor: u32, count: u32) {
        for _ in 0..count {
            let Some(fact) = self.by_actor.get_mut(actor as usize).and_then(Ops::pop) else {
                return;
            };
            self.ops -= 1;
            match fact.kind {
                OpKind::Char | OpKind::MarkBegin | OpKind::MarkEnd => self.order.pop(),
                OpKind::Block => {
                    self.order.pop();
                    self.forget_object();
                }
                OpKind::Make => self.forget_object(),
                OpKind::Item => self.items -= 1,
                OpKind::Delete if fact.object() == TEXT => self.order.undelete(fact.slot),
                OpKind::Text | OpKind::Value | OpKind::Delete => {}
            }
        }
    }

    fn push(&mut self, id: OpRef, fact: OpFact) {
        self.ops += 1;
        if let Some(ops) = self.by_actor.get_mut(id.actor as usize) {
            ops.push(fact);
        }
    }

    fn make_object(&mut self, kind: ObjectKind, id: OpRef) {
        self.object_of.insert(id, self.objects.len() as u32);
        self.objects.push((kind, id));
    }

    fn forget_object(&mut self) {
        if let Some((_, made_by)) = self.objects.pop() {
            self.object_of.remove(&made_by);
        }
    }
}
