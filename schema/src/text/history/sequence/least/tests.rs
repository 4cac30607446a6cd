//! The search finds what a walk finds, and looks at little for it.

use std::cell::Cell;

use proptest::prelude::*;

use super::super::{NEVER, Sequence, Value, Version};
use super::*;

fn version(counter: u32, actor: u32) -> Version {
    Version {
        key: OpKey { counter, actor },
        born: 0,
        ended: NEVER,
        value: Value::Char('a'),
    }
}

fn by_counter(a: OpKey, b: OpKey) -> Ordering {
    (a.counter, a.actor).cmp(&(b.counter, b.actor))
}

fn order(sequence: &Sequence) -> Vec<u32> {
    sequence.walk().map(|(number, _)| number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever stands there, also what no honest change brings: an element goes right before the first smaller one behind
    /// the element it names. `None` starts a new generation.
    #[test]
    fn an_element_goes_before_the_first_smaller_one(
        inserts in prop::collection::vec(
            prop::option::weighted(0.99, (any::<u32>(), 0..40_u32, 0..3_u32, 1..60_usize)), 0..40,
        ),
    ) {
        let mut sequence = Sequence::default();
        let (mut walked, mut keys, mut start) = (Vec::<u32>::new(), Vec::new(), None);
        for insert in inserts {
            let Some((after, counter, actor, count)) = insert else {
                sequence.start_anew(0, by_counter);
                start = Some(keys.len() as u32);
                walked.push(keys.len() as u32);
                keys.push(OpKey { counter: 0, actor: u32::MAX });
                continue;
            };
            for _ in 0..count {
                let after = after.checked_rem(keys.len() as u32 + 1).and_then(|after| after.checked_sub(1));
                let key = OpKey { counter, actor };
                let number = sequence.insert(after, version(counter, actor), by_counter).unwrap();
                let place = |node: u32| walked.iter().position(|at| *at == node).unwrap() + 1;
                let from = after.or(start).map_or(0, place);
                let passed = walked[from..].iter().take_while(|at| by_counter(keys[**at as usize], key).is_ge());
                let at = from + passed.count();
                prop_assert_eq!(number, keys.len() as u32);
                walked.insert(at, number);
                keys.push(key);
            }
            prop_assert_eq!(&order(&sequence), &walked);
        }
        let mut back: Vec<u32> = walked.last().into_iter().copied().collect();
        let last = walked.last().copied();
        back.extend(last.iter().flat_map(|last| sequence.before(*last).map(|(number, _)| number)));
        back.reverse();
        prop_assert!(walked.ends_with(&back), "backwards the same");
    }
}

/// Two wrote at one place without hearing of each other, each letter in front of the one before: so each letter of the
/// second passes the later ones of the first.
#[test]
fn what_is_written_beside_much_other_text_looks_at_little_of_it() {
    const THERE: u32 = 90_000;
    const NEW: u32 = 18_000;
    let mut sequence = Sequence::default();
    let looked = Cell::new(0_u64);
    let compare = |a: OpKey, b: OpKey| {
        looked.set(looked.get() + 1);
        by_counter(a, b)
    };
    for counter in 1..=THERE {
        sequence.insert(None, version(counter, 1), compare).unwrap();
    }
    let there = looked.replace(0);
    assert!(
        there < 10 * u64::from(THERE),
        "{there} looks at what nothing stands beside"
    );
    for counter in 1..=NEW {
        sequence.insert(None, version(counter, 0), compare).unwrap();
    }
    let beside = looked.get();
    assert!(
        beside < 200 * u64::from(NEW),
        "{beside} looks where a walk takes more than a billion"
    );
    let keys = sequence.walk().map(|(_, node)| node.key());
    assert!(keys.is_sorted_by(|a, b| by_counter(*a, *b).is_gt()));
}

/// What is typed on end passes nothing.
#[test]
fn what_is_typed_on_end_costs_the_same_for_each_letter() {
    let mut sequence = Sequence::default();
    let looked = Cell::new(0_u64);
    for counter in 1..=50_000_u32 {
        let after = counter.checked_sub(2);
        sequence
            .insert(after, version(counter, 1), |a, b| {
                looked.set(looked.get() + 1);
                by_counter(a, b)
            })
            .unwrap();
    }
    assert!(looked.get() < 10 * 50_000, "{} looks", looked.get());
}
