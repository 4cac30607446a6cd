//! A room of writers for the tests of this module: real automerge documents that write, merge and lag.
//!
//! Why it exists: what is accepted must be exactly what real clients make, so the histories that the tests
//! judge are made by automerge itself.

use std::collections::BTreeSet;

use automerge::marks::{ExpandMark, Mark, UpdateSpansConfig};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{
    AutoCommit, Automerge, Change, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue, Span, TextEncoding,
    Value,
};
use proptest::prelude::*;

use super::genesis::{GENESIS_ACTOR, actor_id, load_options, new_doc, text_id};
use crate::ids::BoundActor;

/// One thing one writer does; numbers are taken modulo what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) writer: u8,
    pub(crate) kind: u8,
    pub(crate) a: u16,
    pub(crate) b: u16,
}

/// Property tests are short here and as long as `PROPTEST_CASES` says elsewhere.
pub(crate) fn cases(few: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(few),
    }
}

/// Random steps of up to `writers` writers.
pub(crate) fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (any::<u8>(), any::<u8>(), any::<u16>(), any::<u16>()).prop_map(|(writer, kind, a, b)| Step {
        writer,
        kind,
        a,
        b,
    });
    prop::collection::vec(step, 1..count)
}

/// Writers who each have a document of the same chapter.
pub(crate) struct Room {
    pub(crate) writers: Vec<AutoCommit>,
    earlier: Vec<Vec<ChangeHash>>,
    actors: Vec<BoundActor>,
    marked: bool,
}

/// The actor of a writer.
pub(crate) fn writer(index: usize) -> BoundActor {
    // Actors in another order than writers, so that ties are broken both ways.
    BoundActor::from_bytes([[0x77, 0x22, 0xcc, 0x11, 0x99][index % 5]; 16])
}

impl Room {
    pub(crate) fn new(writers: usize) -> Self {
        Self {
            writers: (0..writers).map(|index| new_doc(writer(index))).collect(),
            earlier: Vec::new(),
            actors: (0..writers).map(writer).chain([GENESIS_ACTOR]).collect(),
            marked: false,
        }
    }

    /// Writers who did all of `steps`.
    pub(crate) fn played(writers: usize, steps: &[Step]) -> Self {
        let mut room = Self::new(writers);
        for step in steps {
            room.play(*step);
        }
        room
    }

    pub(crate) fn play(&mut self, step: Step) {
        let count = self.writers.len();
        let index = usize::from(step.writer) % count;
        if step.kind % 16 == 15 {
            let from = usize::from(step.a) % count;
            if from != index {
                let mut other = self.writers[from].fork();
                self.writers[index].merge(&mut other).unwrap();
            }
            return;
        }
        let heads = self.writers[index].get_heads();
        self.earlier.push(heads);
        if step.kind % 16 == 14 {
            self.write_late(index, step);
        } else {
            self.marked |= matches!(step.kind % 16, 6..=8 | 13);
            write(&mut self.writers[index], step);
        }
        self.writers[index].commit_with(CommitOptions::default().with_time(i64::from(step.a)));
    }

    /// Writes at heads of before. automerge's own way, `isolate`, is only right while there are no marks:
    /// automerge 0.12 also looks at marks that came later, and `update_spans` at all of the newest text, and
    /// refers to them outside the change's own past. So with marks a fork of those heads writes instead.
    fn write_late(&mut self, index: usize, step: Step) {
        let lag = self.earlier[usize::from(step.b) % self.earlier.len()].clone();
        let doc = &mut self.writers[index];
        if lag.iter().any(|head| doc.get_change_by_hash(head).is_none()) {
            return;
        }
        let late = Step {
            kind: step.kind / 16 % 13,
            ..step
        };
        if self.marked {
            self.actors
                .push(BoundActor::from_bytes([self.actors.len() as u8 + 1; 16]));
            let actor = actor_id(self.actors[self.actors.len() - 1]);
            let mut fork = doc.fork_at(&lag).unwrap().with_actor(actor);
            write(&mut fork, late);
            doc.merge(&mut fork).unwrap();
        } else {
            self.marked |= matches!(late.kind, 6..=8);
            doc.isolate(&lag);
            write(doc, late);
            doc.integrate();
        }
    }

    /// Every actor that wrote, and the first change's.
    pub(crate) fn actors(&self) -> Vec<BoundActor> {
        self.actors.clone()
    }

    /// Every change of every writer, parents first.
    pub(crate) fn changes(&mut self) -> Vec<Change> {
        let mut all = self.writers[0].fork();
        for doc in &mut self.writers[1..] {
            all.merge(doc).unwrap();
        }
        all.get_changes(&[])
    }
}

/// Writes one thing.
pub(crate) fn write(doc: &mut AutoCommit, step: Step) {
    let text = text_id();
    let length = doc.length(&text);
    let at = usize::from(step.a) % (length + 1);
    let some = usize::from(step.b) % 5;
    match step.kind % 16 {
        0..=4 => {
            let words = ["a", "de regio ", "🏠", "e\u{301}", "א", "\u{fffc}", "\n"];
            let word = words[usize::from(step.b) % words.len()];
            doc.splice_text(&text, at, some.min(length - at) as isize, word)
                .unwrap();
        }
        5 => doc
            .splice_text(&text, at, (some * 3).min(length - at) as isize, "")
            .unwrap(),
        6 | 7 => {
            let value = if step.b.is_multiple_of(2) {
                ScalarValue::Boolean(true)
            } else {
                ScalarValue::from("{}")
            };
            let name = ["strong", "em", "link"][some % 3];
            doc.mark(
                &text,
                Mark::new(name.into(), value, at, (at + some).min(length)),
                expand(step),
            )
            .unwrap();
        }
        8 => doc
            .unmark(&text, "strong", at, (at + some * 2).min(length), expand(step))
            .unwrap(),
        9 | 10 => {
            let block = doc.split_block(&text, at).unwrap();
            fill_block(doc, &block, step);
        }
        11 => match block_near(doc, at) {
            Some((index, _)) if step.b.is_multiple_of(2) => doc.join_block(&text, index).unwrap(),
            Some((index, _)) => {
                let block = doc.replace_block(&text, index).unwrap();
                fill_block(doc, &block, step);
            }
            None => {}
        },
        12 => {
            if let Some((_, block)) = block_near(doc, at) {
                edit_block(doc, &block, step);
            }
        }
        _ => update_spans(doc, step),
    }
}

fn expand(step: Step) -> ExpandMark {
    [
        ExpandMark::After,
        ExpandMark::Both,
        ExpandMark::None,
        ExpandMark::Before,
    ][usize::from(step.b / 8) % 4]
}

fn block_near(doc: &AutoCommit, at: usize) -> Option<(usize, ObjId)> {
    let length = doc.length(text_id());
    (at..length)
        .chain(0..at)
        .find_map(|index| match doc.get(text_id(), index).unwrap() {
            Some((Value::Object(ObjType::Map), id)) => Some((index, id)),
            _ => None,
        })
}

fn fill_block(doc: &mut AutoCommit, block: &ObjId, step: Step) {
    doc.put(
        block,
        "type",
        ["paragraph", "heading", "blockquote"][usize::from(step.b) % 3],
    )
    .unwrap();
    doc.put(block, "isEmbed", false).unwrap();
    let parents = doc.put_object(block, "parents", ObjType::List).unwrap();
    for (index, parent) in ["blockquote", "ordered-list-item"]
        .iter()
        .enumerate()
        .take(usize::from(step.a) % 3)
    {
        doc.insert(&parents, index, *parent).unwrap();
    }
    let attrs = doc.put_object(block, "attrs", ObjType::Map).unwrap();
    doc.put(&attrs, "level", i64::from(step.b % 4)).unwrap();
}

fn edit_block(doc: &mut AutoCommit, block: &ObjId, step: Step) {
    match (
        step.b % 5,
        doc.get(block, "parents").unwrap(),
        doc.get(block, "attrs").unwrap(),
    ) {
        (0, Some((Value::Object(ObjType::List), parents)), _) => {
            let length = doc.length(&parents);
            if length > 0 && step.a.is_multiple_of(2) {
                doc.delete(&parents, usize::from(step.a) % length).unwrap();
            } else if length > 0 && step.a.is_multiple_of(3) {
                doc.put(&parents, usize::from(step.a) % length, "blockquote")
                    .unwrap();
            } else {
                doc.insert(&parents, length / 2, "unordered-list-item").unwrap();
            }
        }
        (1, _, Some((Value::Object(ObjType::Map), attrs))) => {
            doc.put(&attrs, "level", i64::from(step.a % 4)).unwrap();
        }
        (2, _, Some((Value::Object(ObjType::Map), attrs))) => doc.delete(&attrs, "level").unwrap(),
        (3, ..) => doc.delete(block, "attrs").unwrap(),
        _ => fill_block(doc, block, step),
    }
}

fn update_spans(doc: &mut AutoCommit, step: Step) {
    let mut spans: Vec<Span> = doc.spans(text_id()).unwrap().collect();
    let place = usize::from(step.a) % (spans.len() + 1);
    match step.b % 4 {
        0 if place < spans.len() => {
            spans.remove(place);
        }
        1 if !spans.is_empty() => {
            let moved = spans.remove(place % spans.len());
            spans.push(moved);
        }
        2 => spans.insert(
            place,
            Span::Text {
                text: "tussendoor".into(),
                marks: None,
            },
        ),
        _ => spans.insert(
            place,
            Span::Block(automerge::hydrate::Map::from(std::collections::HashMap::from([
                ("type", automerge::hydrate::Value::from("paragraph")),
                ("attrs", automerge::hydrate::Value::map()),
                ("parents", automerge::hydrate::Value::list()),
            ]))),
        ),
    }
    let config = UpdateSpansConfig::default().with_default_expand(expand(step));
    doc.update_spans(text_id(), config, spans).unwrap();
}

/// The same changes in another order in which each comes after its parents.
pub(crate) fn shuffled(changes: &[Change], mut seed: u64) -> Vec<Change> {
    let mut left: Vec<&Change> = changes.iter().collect();
    let mut seen = BTreeSet::new();
    let mut order = Vec::new();
    while !left.is_empty() {
        let ready: Vec<usize> = (0..left.len())
            .filter(|index| left[*index].deps().iter().all(|parent| seen.contains(parent)))
            .collect();
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let change = left.remove(ready[(seed >> 33) as usize % ready.len()]);
        seen.insert(change.hash());
        order.push(change.clone());
    }
    order
}

/// Those changes that `of` holds, directly or through parents.
pub(crate) fn past(changes: &[Change], of: &[ChangeHash]) -> Vec<Change> {
    let mut wanted: BTreeSet<ChangeHash> = of.iter().copied().collect();
    let mut kept = Vec::new();
    for change in changes.iter().rev() {
        if wanted.contains(&change.hash()) {
            wanted.extend(change.deps());
            kept.push(change.clone());
        }
    }
    kept.reverse();
    kept
}

/// Applies changes one by one or all at once, reads everything, saves and loads. Panics where automerge does.
pub(crate) fn applies(changes: &[Change], at_once: bool) -> Automerge {
    let mut doc = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    if at_once {
        doc.apply_changes(changes.to_vec()).unwrap();
    } else {
        for change in changes {
            doc.apply_changes([change.clone()]).unwrap();
        }
    }
    assert_eq!(
        doc.get_changes(&[]).len(),
        changes.len(),
        "every change found its parents"
    );
    let loaded = Automerge::load_with_options(&doc.save(), load_options()).expect("what was saved loads");
    let read = |doc: &Automerge| {
        let spans: Vec<Span> = doc.spans(text_id()).unwrap().collect();
        (doc.text(text_id()).unwrap(), spans, doc.marks(text_id()).unwrap())
    };
    assert_eq!(read(&doc), read(&loaded));
    doc
}
