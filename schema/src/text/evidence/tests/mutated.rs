//! Honest changes with something changed in them: whatever is admitted applies everywhere.
//!
//! Why it exists: the rules were written from the panics that were found. This looks for those that were not:
//! it bends changes in ways that keep them well-formed, and where the evidence admits one, real documents must
//! take it alone, in any order with the rest, and go on being written.

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{AutoCommit, Change, ExpandedChange, ObjType, ScalarValue};
use proptest::prelude::*;

use crate::text::change::sealed;
use crate::text::evidence::Evidence;
use crate::text::genesis::load_options;
use crate::text::room::{Room, Step, applies, cases, past, shuffled, steps, write};

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn of<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }
}

/// Bends one thing of a change; `ids` are operations to refer to.
fn bend(change: &mut ExpandedChange, ids: &[OpId], dice: &mut Dice) {
    if change.operations.is_empty() {
        return;
    }
    let at = dice.below(change.operations.len());
    let id = dice.of(ids);
    match dice.below(14) {
        0 => change.operations[at].key = Key::Seq(ElementId::Id(id)),
        1 => change.operations[at].key = Key::Seq(ElementId::Head),
        2 => change.operations[at].key = Key::Map(dice.of(&["type", "attrs", "parents", "level"]).into()),
        3 => change.operations[at].obj = ObjectId::Id(id),
        4 => change.operations[at].pred = vec![id].into(),
        5 => {
            let more: Vec<OpId> = change.operations[at].pred.iter().cloned().chain([id]).collect();
            change.operations[at].pred = more.into();
        }
        6 => change.operations[at].pred = vec![].into(),
        7 => change.operations[at].insert ^= true,
        8 => change.operations[at].action = action(dice),
        9 => {
            change.operations.remove(at);
        }
        10 => {
            let again = change.operations[at].clone();
            let to = dice.below(change.operations.len() + 1);
            change.operations.insert(to, again);
        }
        11 => {
            let to = dice.below(change.operations.len());
            change.operations.swap(at, to);
        }
        12 => {
            // A deletion of anything that is there.
            let key = Key::Seq(ElementId::Id(id.clone()));
            let obj = change.operations[at].obj.clone();
            change.operations.push(Op {
                action: OpType::Delete,
                obj,
                key,
                pred: vec![id].into(),
                insert: false,
            });
        }
        _ => {
            change.start_op = (change.start_op.get() + dice.below(4) as u64).try_into().unwrap();
        }
    }
}

fn action(dice: &mut Dice) -> OpType {
    let mark = MarkData {
        name: "strong".into(),
        value: ScalarValue::Boolean(true),
        expand: true,
    };
    dice.of(&[
        OpType::Delete,
        OpType::Put("x".into()),
        OpType::Put(ScalarValue::Null),
        OpType::Put(ScalarValue::F64(f64::NAN)),
        OpType::Make(ObjType::Map),
        OpType::Make(ObjType::List),
        OpType::Make(ObjType::Text),
        OpType::Increment(3),
        OpType::MarkBegin(mark),
        OpType::MarkEnd(false),
    ])
}

fn ids_of(change: &ExpandedChange) -> impl Iterator<Item = OpId> + '_ {
    let end = change.start_op.get() + change.operations.len() as u64;
    (change.start_op.get()..end).map(|counter| OpId::new(counter, &change.actor_id))
}

/// An honest history in which one change was bent, and everything that does not build on it.
fn bent(steps: &[Step], dice: &mut Dice) -> Option<(Vec<Change>, Change)> {
    let changes = Room::played(3, steps).changes();
    let chosen = changes.get(1 + dice.below(changes.len() - 1))?;
    let builds_on = |change: &&Change| {
        past(&changes, &[change.hash()])
            .iter()
            .any(|before| before.hash() == chosen.hash())
    };
    let others: Vec<Change> = changes
        .iter()
        .filter(|change| !builds_on(change))
        .cloned()
        .collect();
    let mut expanded = chosen.decode();
    // Mostly what it had seen, so that it does not fail at the first rule; and itself.
    let seen = past(&changes, chosen.deps());
    let near: Vec<OpId> = seen
        .iter()
        .flat_map(|change| ids_of(&change.decode()).collect::<Vec<_>>())
        .collect();
    let far: Vec<OpId> = changes
        .iter()
        .flat_map(|change| ids_of(&change.decode()).collect::<Vec<_>>())
        .collect();
    for _ in 0..=dice.below(3) {
        let among = if dice.below(8) == 0 { &far } else { &near };
        let own: Vec<OpId> = ids_of(&expanded).collect();
        let among = [among.as_slice(), &own].concat();
        bend(&mut expanded, &among, dice);
    }
    Some((others, Change::from(expanded)))
}

/// Applies a history in several orders and writes on after it.
fn lives_on(others: &[Change], bent: &Change, dice: &mut Dice) {
    let alone: Vec<Change> = past(others, bent.deps())
        .into_iter()
        .chain([bent.clone()])
        .collect();
    applies(&alone, false);
    applies(&alone, true);
    let all: Vec<Change> = others.iter().cloned().chain([bent.clone()]).collect();
    for at_once in [true, false] {
        applies(&shuffled(&all, dice.0), at_once);
    }
    let saved = applies(&all, true).save();
    let mut doc = AutoCommit::load_with_options(&saved, load_options()).unwrap();
    for _ in 0..6 {
        let kind = dice.below(14) as u8;
        write(
            &mut doc,
            Step {
                writer: 0,
                kind,
                a: dice.below(999) as u16,
                b: dice.below(999) as u16,
            },
        );
        doc.commit();
    }
    applies(&doc.get_changes(&[]), true);
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn what_is_admitted_applies_everywhere(steps in steps(24), seed: u64) {
        let mut dice = Dice(seed);
        if let Some((others, bent)) = bent(&steps, &mut dice) {
            let mut evidence = Evidence::new();
            for change in shuffled(&others, seed) {
                evidence.admit_trusted(change.raw_bytes()).unwrap();
            }
            if evidence.admit_trusted(bent.raw_bytes()).is_ok() {
                lives_on(&others, &bent, &mut dice);
            }
        }
    }

    #[test]
    fn what_is_admitted_of_bent_bytes_applies_everywhere(
        steps in steps(16),
        seed: u64,
        bytes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
    ) {
        let changes = Room::played(2, &steps).changes();
        let (chosen, others) = changes.split_last().expect("the first change is always there");
        // The contents follow magic, checksum, type and a length of one or two bytes.
        let at = if chosen.raw_bytes().len() > 10 + 127 { 11 } else { 10 };
        let mut contents = chosen.raw_bytes()[at..].to_vec();
        for (place, byte) in bytes {
            *place.get_mut(contents.as_mut_slice()) = byte;
        }
        let mut evidence = Evidence::new();
        for change in others {
            evidence.admit_trusted(change.raw_bytes()).unwrap();
        }
        if let Ok(admitted) = evidence.admit_trusted(&sealed(&contents)) {
            lives_on(others, &Change::try_from(admitted.raw.as_slice()).unwrap(), &mut Dice(seed));
        }
    }
}
