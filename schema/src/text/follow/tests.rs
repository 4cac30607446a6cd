//! The copy follows real writers, and names the change it cannot follow.

use automerge::ExpandedChange;
use automerge::legacy::{ElementId, Key};
use automerge::transaction::Transactable;
use proptest::prelude::*;

use super::*;
use crate::text::genesis::new_doc;
use crate::text::room::{Room, applies, cases, shuffled, steps, writer};

fn raw(changes: &[Change]) -> Vec<Arc<[u8]>> {
    changes.iter().map(|change| change.raw_bytes().into()).collect()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_copy_is_what_the_writers_see(steps in steps(50), seed: u64, cut in 1..20_usize) {
        let changes = shuffled(&Room::played(3, &steps).changes(), seed);
        let mut copy = Copy::new();
        for batch in raw(&changes[1..]).chunks(cut) {
            copy = follow(&copy, batch).unwrap();
        }
        let merged = applies(&changes, true);
        prop_assert_eq!(read(copy.doc()), read(&merged));
        prop_assert_eq!(copy.utf16_len(), merged.length(text_id()));
        let loaded = Copy::load(copy.snapshot()).unwrap();
        prop_assert_eq!(read(loaded.doc()), read(copy.doc()));
    }
}

/// Ten letters, of which the `bad`-th change was made to follow an operation that does not exist.
fn with_one_bad(bad: usize) -> Vec<Change> {
    let mut doc = new_doc(writer(0));
    let mut made = Vec::new();
    for at in 0..10 {
        doc.splice_text(text_id(), at, 0, "a").unwrap();
        doc.commit();
        let change = doc.get_last_local_change().unwrap();
        made.push(change.clone());
        if at == bad {
            let mut expanded: ExpandedChange = change.decode();
            let nowhere = automerge::legacy::OpId::new(4_000, &expanded.actor_id);
            expanded.operations[0].key = Key::Seq(ElementId::Id(nowhere));
            made[bad] = Change::from(expanded);
        }
    }
    made
}

#[test]
fn the_first_change_that_fails_is_named_and_the_rest_before_it_kept() {
    for bad in 0..10 {
        let changes = with_one_bad(bad);
        let failure = follow(&Copy::new(), &raw(&changes)).unwrap_err();
        assert_eq!(failure.offender, changes[bad].hash(), "{failure}");
        assert!(failure.what.contains("panicked"), "{failure}");
        let good = follow(&Copy::new(), &raw(&changes[..bad])).unwrap();
        assert_eq!(good.doc().text(text_id()).unwrap(), "a".repeat(bad));
    }
}

#[test]
fn a_change_whose_parents_are_missing_is_named() {
    let changes = with_one_bad(99);
    let failure = follow(&Copy::new(), &raw(&changes[1..])).unwrap_err();
    assert_eq!(failure.offender, changes[1].hash());
    assert!(failure.what.contains("waits for parents"), "{failure}");
}

#[test]
fn bytes_that_are_no_document_are_not_loaded() {
    assert!(Copy::load(b"geen document").is_err());
    let saved = Copy::new().snapshot().to_vec();
    for place in 0..saved.len() {
        let mut torn = saved.clone();
        torn[place] ^= 0x15;
        assert!(Copy::load(&torn).is_err(), "byte {place}");
    }
}

#[test]
fn length_is_counted_in_utf16_units() {
    let mut doc = new_doc(writer(0));
    doc.splice_text(text_id(), 0, 0, "a🏠b").unwrap();
    doc.split_block(text_id(), 0).unwrap();
    let copy = follow(
        &Copy::new(),
        &raw(&doc.get_changes(&Copy::new().doc().get_heads())),
    )
    .unwrap();
    assert_eq!(copy.utf16_len(), 5);
}
