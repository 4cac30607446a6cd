//! What marks and blocks say is bounded, so that a chapter always fits a frame.

use automerge::AutoCommit;
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;

use super::scene::ANNA;
use crate::limits::{
    CHANGE_BYTES_MAX, GENERATION_VALUE_BYTES_MAX, MARK_BYTES, MARK_NAMES_MAX, MARK_VALUE_BYTES_MAX,
    SERVER_FRAME_BYTES_MAX,
};
use crate::text::evidence::{ChangeRefusal, Evidence};
use crate::text::genesis::{new_doc, text_id};

fn last(doc: &mut AutoCommit) -> Vec<u8> {
    doc.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn types(doc: &mut AutoCommit, text: &str) -> Vec<u8> {
    doc.splice_text(text_id(), 0, 0, text).unwrap();
    last(doc)
}

/// Marks over the first letter that together say so many bytes.
fn marks(doc: &mut AutoCommit, bytes: usize) -> Vec<u8> {
    for _ in 0..bytes / 8_000 {
        mark(doc, "m", 8_000 - MARK_BYTES - 1);
    }
    last(doc)
}

fn mark(doc: &mut AutoCommit, name: &str, bytes: usize) {
    let mark = Mark::new(name.to_owned(), "x".repeat(bytes), 0, 1);
    doc.mark(text_id(), mark, ExpandMark::None).unwrap();
}

#[test]
fn the_value_of_a_mark_is_bounded() {
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    evidence.admit(&types(&mut doc, "letters"), &[ANNA]).unwrap();
    mark(&mut doc, "link", MARK_VALUE_BYTES_MAX);
    evidence.admit(&last(&mut doc), &[ANNA]).unwrap();
    mark(&mut doc, "link", MARK_VALUE_BYTES_MAX + 1);
    assert_eq!(
        evidence.admit(&last(&mut doc), &[ANNA]),
        Err(ChangeRefusal::MarkValueTooLarge)
    );
}

#[test]
fn names_of_marks_are_counted_once_and_given_back_with_their_change() {
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    evidence.admit(&types(&mut doc, "letters"), &[ANNA]).unwrap();
    let names: Vec<String> = (0..MARK_NAMES_MAX).map(|n| format!("comment:{n}")).collect();
    for name in names.iter().chain(&names) {
        mark(&mut doc, name, 1);
        evidence.admit(&last(&mut doc), &[ANNA]).unwrap();
    }
    let (full, len) = (doc.clone(), evidence.len());
    mark(&mut doc, "one more", 1);
    let more = last(&mut doc);
    let before = format!("{evidence:?}");
    assert_eq!(
        evidence.admit(&more, &[ANNA]),
        Err(ChangeRefusal::TooManyMarkNames)
    );
    assert_eq!(format!("{evidence:?}"), before);
    let mut doc = full;
    evidence.admit(&types(&mut doc, "more "), &[ANNA]).unwrap();
    // The second round brought no name, the first one each of them.
    evidence.retract_to(len - MARK_NAMES_MAX);
    assert_eq!(evidence.values.mark_names(), MARK_NAMES_MAX);
    evidence.retract_to(len - MARK_NAMES_MAX - 1);
    assert_eq!(evidence.values.mark_names(), MARK_NAMES_MAX - 1);
}

#[test]
fn what_marks_say_is_bounded_and_letters_are_still_welcome() {
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    evidence.admit(&types(&mut doc, "letters"), &[ANNA]).unwrap();
    let mut admitted = 0;
    let refusal = loop {
        match evidence.admit(&marks(&mut doc, 400_000), &[ANNA]) {
            Ok(_) => admitted += 400_000,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal, ChangeRefusal::TextTooLong);
    assert!(admitted <= GENERATION_VALUE_BYTES_MAX && admitted + 400_001 > GENERATION_VALUE_BYTES_MAX);
    assert!(GENERATION_VALUE_BYTES_MAX as usize + CHANGE_BYTES_MAX < SERVER_FRAME_BYTES_MAX);

    // The refused change is none of this document's.
    let len = evidence.len();
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    evidence.admit(&types(&mut doc, "letters"), &[ANNA]).unwrap();
    for _ in 2..len {
        evidence.admit(&marks(&mut doc, 400_000), &[ANNA]).unwrap();
    }
    let full = evidence.clone();
    let mut other = doc.clone();
    evidence.admit(&types(&mut other, "en meer "), &[ANNA]).unwrap();
    evidence.retract_to(len - 4);
    let mut fewer = new_doc(ANNA);
    types(&mut fewer, "letters");
    for _ in 2..len - 4 {
        marks(&mut fewer, 400_000);
    }
    evidence
        .admit(&marks(&mut fewer, 400_000), &[ANNA])
        .expect("what is taken back is free again");
    assert_eq!(full.len(), len);
}

#[test]
fn a_mark_counts_whatever_it_says() {
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    evidence.admit(&types(&mut doc, "letters"), &[ANNA]).unwrap();
    mark(&mut doc, "m", 1);
    mark(&mut doc, "strong", 3);
    evidence.admit(&last(&mut doc), &[ANNA]).unwrap();
    assert_eq!(evidence.value_bytes_added(), 2 * MARK_BYTES as u64 + 2 + 9);
}

#[test]
fn half_of_what_marks_may_say_is_enough_for_a_fresh_generation() {
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    evidence.admit(&types(&mut doc, "letters"), &[ANNA]).unwrap();
    let limit = crate::text::growth::GrowthLimit::default();
    let mut said = 0;
    while said + 400_000 <= GENERATION_VALUE_BYTES_MAX / 2 {
        assert!(!limit.is_exceeded(&evidence));
        evidence.admit(&marks(&mut doc, 400_000), &[ANNA]).unwrap();
        said += 400_001;
    }
    assert!(!limit.is_exceeded(&evidence));
    evidence.admit(&marks(&mut doc, 400_000), &[ANNA]).unwrap();
    assert!(limit.is_exceeded(&evidence));
    evidence.starts_here();
    assert!(
        !limit.is_exceeded(&evidence),
        "one that just started is never too long"
    );
}
