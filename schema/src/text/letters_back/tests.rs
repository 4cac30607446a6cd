//! What went comes back in its place, for everybody, whoever writes there meanwhile, and as changes that are accepted.

use automerge::transaction::Transactable;
use automerge::{ReadDoc, ScalarValue};

use super::*;
use crate::ids::BoundActor;
use crate::richtext::flat;
use crate::richtext::model::{BlockKind, Container};
use crate::richtext::spans::{self, MarkName};
use crate::text::evidence::Evidence;
use crate::text::shown;

const ANNA: BoundActor = BoundActor::from_bytes([1; 16]);
const BRAM: BoundActor = BoundActor::from_bytes([2; 16]);

/// Takes letters out; returns their names.
fn take_out(doc: &mut AutoCommit, from: usize, to: usize) -> Vec<(Cursor, Unit)> {
    let text = genesis::text_id();
    let letters: Vec<char> = doc.text(&text).unwrap().chars().collect();
    let names = (from..to).map(|at| {
        (
            doc.get_cursor(&text, at, None).unwrap(),
            Unit::Letter(letters[at]),
        )
    });
    let names = names.collect();
    doc.splice_text(&text, from, (to - from) as isize, "").unwrap();
    doc.commit();
    names
}

fn read(doc: &AutoCommit) -> String {
    doc.text(genesis::text_id()).unwrap()
}

#[test]
fn letters_come_back_around_what_others_write_and_formatted_as_they_were() {
    let text = genesis::text_id();
    let mut anna = genesis::new_doc(ANNA);
    anna.splice_text(&text, 0, 0, "wij betalen samen").unwrap();
    spans::set_mark(
        &mut anna,
        &text,
        4..11,
        (MarkName::Strong, ScalarValue::Boolean(true)),
    )
    .unwrap();
    anna.commit();
    let before = shown::of(&anna);
    let mut bram = anna.fork().with_actor(genesis::actor_id(BRAM));
    let gone = take_out(&mut anna, 2, 13);
    let back = put_back(&mut anna, &gone, TimestampMs(7_000)).unwrap();
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].timestamp(), 7);
    assert_eq!(shown::of(&anna), before);
    bram.splice_text(&text, 7, 0, "XX").unwrap();
    bram.merge(&mut anna).unwrap();
    assert_eq!(read(&bram), "wij betXXalen samen");
    anna.splice_text(&text, 0, 0, "Ja, ").unwrap();
    anna.merge(&mut bram).unwrap();
    assert_eq!(read(&anna), "Ja, wij betXXalen samen", "and the writer goes on");
}

#[test]
fn a_long_text_comes_back_in_changes_that_are_accepted() {
    let mut evidence = Evidence::new();
    let mut judged = 1;
    let mut judge = |doc: &mut AutoCommit| {
        for change in doc.get_changes(&[]).into_iter().skip(judged) {
            evidence.admit(change.raw_bytes(), &[ANNA, BRAM]).unwrap();
            judged += 1;
        }
        judged
    };
    let text = genesis::text_id();
    let mut doc = genesis::new_doc(ANNA);
    let sentence = "Zorg dichtbij. ".repeat(CLOSE_AT_OPS / 30);
    for _ in 0..3 {
        doc.splice_text(&text, 0, 0, &sentence).unwrap();
        doc.commit();
    }
    judge(&mut doc);
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.extend(take_out(&mut doc, 0, sentence.len()));
    }
    let before = judge(&mut doc);
    // Somebody whom the document has not met.
    let mut doc = doc.with_actor(genesis::actor_id(BRAM));
    let back = put_back(&mut doc, &gone, TimestampMs(0)).unwrap();
    assert!(back.len() > 1);
    assert_eq!(judge(&mut doc), before + back.len());
    assert_eq!(read(&doc), sentence.repeat(3));
}

#[test]
fn markers_come_back_among_the_letters() {
    let text = genesis::text_id();
    let mut anna = genesis::new_doc(ANNA);
    let mut item = Block::new(BlockKind::heading(3), "Kop");
    item.parents = vec![Container::Quote];
    let blocks = [
        Block::new(BlockKind::Paragraph, "een"),
        item,
        Block::new(BlockKind::Paragraph, "twee"),
    ];
    let ops = flat::diff(&shown::of(&anna), &blocks);
    flat::apply(&mut anna, &text, &ops).unwrap();
    anna.commit();
    let before = shown::of(&anna);
    let mut bram = anna.fork().with_actor(genesis::actor_id(BRAM));
    // The first paragraph has no marker.
    assert!(before.headless);
    let mut gone = Vec::new();
    let mut at = blocks[0].utf16_len();
    for block in &blocks[1..] {
        let name = |at: usize| anna.get_cursor(&text, at, None).unwrap();
        let marker = Block {
            content: Vec::new(),
            ..block.clone()
        };
        gone.push((name(at), Unit::Marker(marker)));
        gone.extend(
            (at + 1..)
                .zip(block.text().chars())
                .map(|(at, letter)| (name(at), Unit::Letter(letter))),
        );
        at += 1 + block.utf16_len();
    }
    anna.splice_text(&text, 3, 6, "").unwrap();
    anna.commit();
    put_back(&mut anna, &gone[..6], TimestampMs(0)).unwrap();
    assert_eq!(shown::of(&anna), before);
    let mut evidence = Evidence::new();
    for change in anna.get_changes(&[]).iter().skip(1) {
        evidence.admit(change.raw_bytes(), &[ANNA]).unwrap();
    }
    bram.splice_text(&text, 5, 0, "XX").unwrap();
    bram.merge(&mut anna).unwrap();
    let lines: Vec<String> = shown::of(&bram).blocks.iter().map(Block::text).collect();
    assert_eq!(lines, ["een", "KXXop", "twee"]);
}

#[test]
fn a_name_of_nothing_is_refused() {
    let mut doc = genesis::new_doc(ANNA);
    let heads = doc.get_heads();
    for nothing in [Cursor::try_from("77@01").unwrap(), Cursor::Start] {
        assert!(put_back(&mut doc, &[(nothing, Unit::Letter('a'))], TimestampMs(0)).is_err());
        assert_eq!(doc.get_heads(), heads);
    }
    assert!(put_back(&mut doc, &[], TimestampMs(0)).unwrap().is_empty());
}
