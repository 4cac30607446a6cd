//! Real changes of real documents, each with a lie told in one of its operations: what is admitted all the same is followed
//! by the copy, in two orders. `admit` mutates bytes and finds what no encoder writes; this finds what one can be made to.
//!
//! Honest writers type, format and merge on; a liar forks one of their documents, does what they do, and changes one
//! thing of it before it is sent: an operation it names, an object, a predecessor, a kind, a counter, a parent.

#![no_main]

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Arc;

use automerge::legacy::{ElementId, Key, ObjectId, OpId, OpType};
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ChangeHash, ExpandedChange, ObjType, ReadDoc, ScalarValue, Value};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use schema::ids::BoundActor;
use schema::text::change::inspect;
use schema::text::evidence::Evidence;
use schema::text::follow::{Copy, follow};
use schema::text::genesis::{actor_id, new_doc, text_id};

const WRITERS: u8 = 3;
const ROUNDS: u8 = 24;

struct Room {
    writers: Vec<AutoCommit>,
    evidence: Evidence,
    admitted: Vec<Arc<[u8]>>,
    /// Operations that a lie may name.
    named: Vec<OpId>,
    liars: u8,
}

fuzz_target!(|bytes: &[u8]| {
    let mut room = Room {
        writers: (1..=WRITERS)
            .map(|n| new_doc(BoundActor::from_bytes([n; 16])))
            .collect(),
        evidence: Evidence::new(),
        admitted: Vec::new(),
        named: Vec::new(),
        liars: 0,
    };
    // It ends where the bytes do.
    let _ = room.play(&mut Unstructured::new(bytes));
    room.is_followed();
});

impl Room {
    fn play(&mut self, data: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..ROUNDS {
            if data.is_empty() {
                break;
            }
            let at = usize::from(data.int_in_range(0..=WRITERS - 1)?);
            match data.int_in_range(0..=3_u8)? {
                0 => {
                    let from = usize::from(data.int_in_range(0..=WRITERS - 1)?);
                    if from != at {
                        let mut other = self.writers[from].fork();
                        self.writers[at]
                            .merge(&mut other)
                            .expect("documents of one chapter merge");
                    }
                }
                1 => self.lie(at, data)?,
                _ => {
                    if let Some(change) = wrote(&mut self.writers[at], data)? {
                        self.offer(change.raw_bytes())
                            .expect("what an honest client makes is admitted");
                        self.remember(&change.decode());
                    }
                }
            }
        }
        Ok(())
    }

    fn lie(&mut self, at: usize, data: &mut Unstructured<'_>) -> Result<()> {
        self.liars += 1;
        let actor = actor_id(BoundActor::from_bytes([0x80 + self.liars; 16]));
        let mut fork = self.writers[at].fork().with_actor(actor);
        let Some(change) = wrote(&mut fork, data)? else {
            return Ok(());
        };
        let mut change = change.decode();
        self.remember(&change);
        self.twist(&mut change, data)?;
        if let Some(raw) = encoded(change) {
            let _ = self.offer(&raw);
        }
        Ok(())
    }

    fn offer(&mut self, raw: &[u8]) -> std::result::Result<(), String> {
        let admitted = self
            .evidence
            .admit_trusted(raw)
            .map_err(|refusal| refusal.to_string())?;
        self.admitted.push(admitted.raw.into());
        Ok(())
    }

    fn remember(&mut self, change: &ExpandedChange) {
        let last = change.start_op.get() + change.operations.len() as u64 - 1;
        self.named
            .push(OpId::new(change.start_op.get(), &change.actor_id));
        self.named.push(OpId::new(last, &change.actor_id));
        for op in &change.operations {
            self.named.extend(op.pred.iter().cloned());
            self.named.extend(op.key.to_opid());
        }
    }

    fn an_op(&self, data: &mut Unstructured<'_>) -> Result<OpId> {
        let id = data.choose(&self.named)?.clone();
        let off = data.int_in_range(0..=8_u64)?;
        Ok(OpId::new(
            (id.counter() + off).saturating_sub(4).max(1),
            id.actor(),
        ))
    }

    /// Changes one thing.
    fn twist(&self, change: &mut ExpandedChange, data: &mut Unstructured<'_>) -> Result<()> {
        if data.ratio(1_u8, 6_u8)? {
            match data.int_in_range(0..=3_u8)? {
                0 => change.seq = data.int_in_range(1..=3)?,
                1 => {
                    let ahead = data.int_in_range(0..=1_u64 << 22)?;
                    change.start_op = change.start_op.saturating_add(ahead);
                }
                2 => drop(change.deps.pop()),
                _ => {
                    let raw = data.choose(&self.admitted)?;
                    change
                        .deps
                        .extend(inspect(raw).map(|inspected| inspected.header.hash));
                }
            }
            return Ok(());
        }
        let at = data.choose_index(change.operations.len())?;
        let other = data.choose_index(change.operations.len())?;
        match data.int_in_range(0..=7_u8)? {
            0 => change.operations[at].key = Key::Seq(ElementId::Id(self.an_op(data)?)),
            1 => change.operations[at].key = Key::Seq(ElementId::Head),
            2 => change.operations[at].obj = ObjectId::Id(self.an_op(data)?),
            3 => change.operations[at].pred = vec![self.an_op(data)?].into(),
            4 => change.operations[at].pred = Vec::new().into(),
            5 => change.operations[at].insert ^= true,
            6 => change.operations[at].action = an_action(data)?,
            _ => change.operations.swap(at, other),
        }
        Ok(())
    }

    /// What was admitted applies at every peer, in every order that respects parents.
    fn is_followed(&self) {
        let other = other_order(&self.admitted);
        for batch in [&self.admitted, &other] {
            let one_by_one = batch
                .iter()
                .try_fold(Copy::new(), |copy, raw| follow(&copy, &[Arc::clone(raw)]));
            let at_once = follow(&Copy::new(), batch);
            match (one_by_one, at_once) {
                (Ok(one), Ok(all)) => assert_eq!(one.doc().text(text_id()), all.doc().text(text_id())),
                (one, all) => panic!("{:?} {:?}", one.err(), all.err()),
            }
        }
    }
}

fn an_action(data: &mut Unstructured<'_>) -> Result<OpType> {
    Ok(match data.int_in_range(0..=6_u8)? {
        0 => OpType::Delete,
        1 => OpType::Increment(1),
        2 => OpType::Make(ObjType::Map),
        3 => OpType::Make(ObjType::Text),
        4 => OpType::Put(ScalarValue::Str("ab".into())),
        5 => OpType::Put(ScalarValue::Null),
        _ => OpType::MarkEnd(true),
    })
}

/// Automerge's encoder may panic on what no client says; that is no finding, because nobody sends it then.
fn encoded(change: ExpandedChange) -> Option<Vec<u8>> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let made = catch_unwind(AssertUnwindSafe(|| Change::from(change).raw_bytes().to_vec()));
    set_hook(hook);
    made.ok()
}

/// Does one thing that an editor does; the change, if it made one.
fn wrote(doc: &mut AutoCommit, data: &mut Unstructured<'_>) -> Result<Option<Change>> {
    let text = text_id();
    let length = doc.length(&text);
    let at = data.int_in_range(0..=length)?;
    let some = data.int_in_range(0..=4_usize)?.min(length - at);
    let before = doc.get_heads();
    match data.int_in_range(0..=6_u8)? {
        0..=2 => {
            let word = data.choose(&["a", "zorg ", "🏡", "e\u{301}"])?;
            doc.splice_text(&text, at, some.cast_signed(), word)
        }
        3 => doc.splice_text(&text, at, some.cast_signed(), ""),
        4 if some > 0 => {
            let name = data.choose(&["strong", "em"])?;
            let mark = Mark::new((*name).to_owned(), true, at, at + some);
            doc.mark(&text, mark, ExpandMark::After)
        }
        5 => block(doc, at),
        _ => match doc.get(&text, at) {
            Ok(Some((Value::Object(ObjType::Map), marker))) => doc.put(&marker, "type", "heading"),
            _ => Ok(()),
        },
    }
    .expect("an editor's step is possible");
    doc.commit();
    let changed = doc.get_heads() != before;
    Ok(changed.then(|| doc.get_last_local_change()).flatten())
}

fn block(doc: &mut AutoCommit, at: usize) -> std::result::Result<(), automerge::AutomergeError> {
    let marker = doc.split_block(text_id(), at)?;
    doc.put(&marker, "type", "paragraph")?;
    doc.put_object(&marker, "parents", ObjType::List)?;
    let attrs = doc.put_object(&marker, "attrs", ObjType::Map)?;
    doc.put(&attrs, "level", 2)
}

/// The same changes, the latest first wherever parents allow it.
fn other_order(admitted: &[Arc<[u8]>]) -> Vec<Arc<[u8]>> {
    let parsed = |raw: &Arc<[u8]>| Change::try_from(raw.as_ref()).expect("what was admitted is a change");
    let mut left: Vec<(Change, Arc<[u8]>)> = admitted
        .iter()
        .map(|raw| (parsed(raw), Arc::clone(raw)))
        .collect();
    let mut seen: BTreeSet<ChangeHash> = BTreeSet::from([schema::text::genesis::GENESIS_HASH]);
    let mut order = Vec::new();
    while let Some(at) = left
        .iter()
        .rposition(|(change, _)| change.deps().iter().all(|parent| seen.contains(parent)))
    {
        let (change, raw) = left.remove(at);
        seen.insert(change.hash());
        order.push(raw);
    }
    assert_eq!(order.len(), admitted.len(), "every change has its parents");
    order
}
