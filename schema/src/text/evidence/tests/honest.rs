//! Everything that automerge's own clients make of a text is admitted, in any causal order.

use automerge::ReadDoc;
use proptest::prelude::*;

use crate::ids::Revision;
use crate::text::evidence::{Arrival, Evidence};
use crate::text::genesis::text_id;
use crate::text::room::{Room, applies, cases, shuffled, steps, writer};

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn honest_changes_are_admitted_in_every_causal_order(steps in steps(60), seed: u64) {
        let mut room = Room::played(4, &steps);
        let (changes, actors) = (room.changes(), room.actors());
        let order = shuffled(&changes, seed);
        let mut evidence = Evidence::new();
        for change in &order {
            let admitted = evidence.admit(change.raw_bytes(), &actors);
            let admitted = admitted.unwrap_or_else(|refusal| panic!("{refusal}: {:#?}", change.decode()));
            prop_assert_eq!(admitted.hash, change.hash());
            prop_assert_eq!(admitted.ops as usize, change.len());
            prop_assert_eq!(&admitted.raw, change.raw_bytes());
        }
        prop_assert_eq!(evidence.len(), changes.len());
        let one_by_one = applies(&order, false);
        let at_once = applies(&order, true);
        prop_assert_eq!(evidence.utf16_len() as usize, at_once.length(text_id()));
        prop_assert_eq!(one_by_one.text(text_id()).unwrap(), at_once.text(text_id()).unwrap());
    }

    #[test]
    fn what_was_taken_back_can_be_taken_in_again(steps in steps(40), seed: u64, keep in any::<prop::sample::Index>()) {
        let changes = shuffled(&Room::played(3, &steps).changes(), seed);
        let mut evidence = Evidence::new();
        let mut marks = vec![];
        for change in &changes {
            evidence.admit_trusted(change.raw_bytes()).unwrap();
            marks.push((evidence.len(), evidence.ops(), evidence.utf16_len()));
        }
        let kept = keep.index(changes.len());
        evidence.retract_to(marks[kept].0);
        prop_assert_eq!((evidence.len(), evidence.ops(), evidence.utf16_len()), marks[kept]);
        for (index, change) in changes.iter().enumerate() {
            let arrival = evidence.admit_trusted(change.raw_bytes()).unwrap().arrival;
            prop_assert_eq!(arrival == Arrival::New, index > kept);
        }
        prop_assert_eq!((evidence.len(), evidence.ops(), evidence.utf16_len()), marks[changes.len() - 1]);
    }
}

#[test]
fn a_retry_is_told_its_first_place() {
    let mut room = Room::new(1);
    room.play(crate::text::room::Step {
        writer: 0,
        kind: 0,
        a: 0,
        b: 1,
    });
    let change = room.changes().pop().unwrap();
    let mut evidence = Evidence::new();
    let push = |evidence: &mut Evidence| evidence.admit(change.raw_bytes(), &[writer(0)]).unwrap().arrival;
    assert_eq!(push(&mut evidence), Arrival::New);
    assert_eq!(
        push(&mut evidence),
        Arrival::Again(None),
        "admitted, not yet durable"
    );
    evidence.place(&change.hash(), Revision(7));
    assert_eq!(push(&mut evidence), Arrival::Again(Some(Revision(7))));
    assert_eq!(evidence.len(), 2);
}
