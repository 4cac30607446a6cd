//! How much changes typed: characters put in and taken out, without what separates paragraphs.
//!
//! Why it exists: a paragraph, a heading or a list item begins with a marker in the text, which nobody typed. A change
//! says of what it puts in whether it is one, and of what it takes out only which it was: so the markers are remembered.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ElementId, Key, ObjectId, OpId, OpType};
use automerge::{ActorId, Change, ObjType, ScalarValue};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use schema::ids::ChapterId;
use schema::log::Record;
use schema::text::generation::GenerationStarted;
use schema::text::genesis;

/// How much was typed, as the changes say it: words that two people deleted at once count twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Typed {
    /// Characters put in.
    #[n(0)]
    pub inserted: u64,
    /// Characters taken out.
    #[n(1)]
    pub deleted: u64,
}

impl Typed {
    pub(super) const fn plus(self, more: Self) -> Self {
        Self {
            inserted: self.inserted + more.inserted,
            deleted: self.deleted + more.deleted,
        }
    }
}

/// The markers of blocks that the running generation of each chapter ever had, by actor and number of their operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markers(BTreeMap<ChapterId, BTreeMap<ActorId, BTreeSet<u64>>>);

/// The same in a checkpoint.
pub(in crate::views) type StoredMarkers = Vec<(ChapterId, Vec<(ByteVec, Vec<u64>)>)>;

impl Markers {
    /// A new generation of a chapter's text, with the changes that it begins with.
    pub(super) fn begin(&mut self, chapter: ChapterId, record: &Record) {
        self.0.remove(&chapter);
        let started = record.payload.bytes().map(|bytes| GenerationStarted::read(bytes));
        for seed in started.iter().flatten().flat_map(|started| &started.seed) {
            self.typed(chapter, seed);
        }
    }

    /// What one change typed; nothing when it is no change.
    pub(super) fn typed(&mut self, chapter: ChapterId, change: &[u8]) -> Typed {
        let mut typed = Typed::default();
        let Ok(change) = Change::from_bytes(change.to_vec()) else {
            return typed;
        };
        let change = change.decode();
        let known = self.0.entry(chapter).or_default();
        // A marker holds values too, and a list of them inside a list: those say how a block looks, nobody typed them.
        let operations = (change.start_op.get()..).zip(&change.operations);
        for (number, operation) in operations.filter(|(_, operation)| operation.obj == in_text()) {
            match (&operation.action, &operation.key) {
                (OpType::Put(ScalarValue::Str(text)), _) if operation.insert => {
                    typed.inserted += text.chars().count() as u64;
                }
                (OpType::Make(ObjType::Map), _) if operation.insert => {
                    known.entry(change.actor_id.clone()).or_default().insert(number);
                }
                (OpType::Delete, Key::Seq(ElementId::Id(OpId(number, actor)))) => {
                    let is_marker = known.get(actor).is_some_and(|known| known.contains(number));
                    typed.deleted += u64::from(!is_marker);
                }
                _ => {}
            }
        }
        typed
    }

    /// All of them, for a checkpoint.
    pub(in crate::views) fn stored(&self) -> StoredMarkers {
        let of_actor = |(actor, numbers): (&ActorId, &BTreeSet<u64>)| {
            (
                actor.to_bytes().to_vec().into(),
                numbers.iter().copied().collect(),
            )
        };
        let of_chapter = |(chapter, known): (&ChapterId, &BTreeMap<_, _>)| {
            (*chapter, known.iter().map(of_actor).collect())
        };
        self.0.iter().map(of_chapter).collect()
    }

    /// The same from a checkpoint.
    pub(in crate::views) fn from_stored(stored: StoredMarkers) -> Self {
        let of_actor = |(actor, numbers): (ByteVec, Vec<u64>)| {
            (ActorId::from(actor.as_slice()), numbers.into_iter().collect())
        };
        let of_chapter =
            |(chapter, known): (ChapterId, Vec<_>)| (chapter, known.into_iter().map(of_actor).collect());
        Self(stored.into_iter().map(of_chapter).collect())
    }
}

/// The object of operations on the text itself.
fn in_text() -> ObjectId {
    ObjectId::Id(OpId(1, genesis::actor_id(genesis::GENESIS_ACTOR)))
}
