//! What is let through is what automerge reads the same way; what is not never reaches it.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, Change};
use proptest::prelude::*;

use super::*;
use crate::ids::BoundActor;
use crate::text::genesis::{new_doc, text_id};

fn changes_of(doc: &mut AutoCommit) -> Vec<Change> {
    doc.get_changes(&[])
}

fn written() -> AutoCommit {
    let mut doc = new_doc(BoundActor::from_bytes([1; 16]));
    doc.splice_text(text_id(), 0, 0, "De regio werkt samen 🏠.")
        .unwrap();
    doc.commit_with(
        CommitOptions::default()
            .with_time(1_700_000_000)
            .with_message("met bericht"),
    );
    let mut other = doc.fork().with_actor([2; 16].into());
    let block = other.split_block(text_id(), 0).unwrap();
    other.put(&block, "type", "heading").unwrap();
    other.splice_text(text_id(), 4, 3, &"lang ".repeat(200)).unwrap();
    doc.splice_text(text_id(), 2, 1, "x").unwrap();
    doc.merge(&mut other).unwrap();
    doc.splice_text(text_id(), 9, 4, "samen").unwrap();
    doc.commit();
    doc
}

#[test]
fn the_header_is_what_automerge_reads() {
    for mut change in changes_of(&mut written()) {
        let inspected = inspect(change.raw_bytes()).unwrap();
        assert_eq!(inspected.raw, change.raw_bytes());
        assert_eq!(
            inspect(&change.bytes()).unwrap(),
            inspected,
            "compressed or not, it is one change"
        );
        let header = inspected.header;
        assert_eq!(header.hash, change.hash());
        assert_eq!(header.parents, change.deps());
        assert_eq!(header.actor, change.actor_id().to_bytes());
        assert_eq!(
            (header.seq, header.start_op),
            (change.seq(), change.start_op().get())
        );
        assert_eq!(header.time, change.timestamp());
        assert_eq!(header.ops, change.len() as u64);
        assert_eq!(header.other_actors.len(), change.other_actor_ids().len());
    }
}

#[test]
fn a_compressed_change_is_stored_inflated() {
    let mut large = changes_of(&mut written())
        .into_iter()
        .find(|change| change.len() > 500)
        .unwrap();
    assert_eq!(large.bytes()[8], TYPE_COMPRESSED);
    assert_eq!(inspect(&large.bytes()).unwrap().raw, large.raw_bytes());
}

/// 126 bytes or less that claim `inserts` insertions of null after the head of the text.
fn bomb(inserts: u64) -> Vec<u8> {
    let mut run = vec![];
    signed(&mut run, inserts as i64);
    let with = |value: u8| [run.as_slice(), &[value]].concat();
    let mut insert = vec![0];
    leb::write_unsigned(&mut insert, inserts);
    let columns: [(u8, Vec<u8>); 8] = [
        (0x01, with(1)),
        (0x02, with(1)),
        (0x13, with(0)),
        (0x34, insert),
        (0x42, with(1)),
        (0x56, with(0)),
        (0x57, vec![]),
        (0x70, with(0)),
    ];
    let mut contents = vec![1];
    contents.extend(crate::text::genesis::GENESIS_HASH.0);
    contents.extend([16]);
    contents.extend([9; 16]);
    contents.extend([1, 2, 0, 0, 1, 16]);
    contents.extend([0; 16]);
    contents.push(columns.len() as u8);
    for (column, data) in &columns {
        leb::write_unsigned(&mut contents, u64::from(*column));
        contents.push(data.len() as u8);
    }
    contents.extend(columns.iter().flat_map(|(_, data)| data.clone()));
    sealed(&contents)
}

fn signed(to: &mut Vec<u8>, mut value: i64) {
    while value > 63 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[test]
fn the_operation_bomb_is_refused_by_its_runs() {
    let bytes = bomb(2_000_000);
    assert!(bytes.len() <= 144, "{} bytes", bytes.len());
    assert_eq!(inspect(&bytes), Err(ChangeRefusal::TooManyOperations));
    // The same bytes with few insertions are a change to automerge, so the refusal is for the number alone.
    assert_eq!(Change::try_from(bomb(50).as_slice()).unwrap().len(), 50);
    assert_eq!(inspect(&bomb(50)).unwrap().header.ops, 50);
    assert_eq!(
        inspect(&bomb(limits::CHANGE_OPS_MAX)).unwrap().header.ops,
        limits::CHANGE_OPS_MAX
    );
    assert_eq!(
        inspect(&bomb(limits::CHANGE_OPS_MAX + 1)),
        Err(ChangeRefusal::TooManyOperations)
    );
    assert_eq!(
        inspect(&bomb(i64::MAX as u64)),
        Err(ChangeRefusal::TooManyOperations)
    );
    let long = bomb(limits::CHANGE_OPS_MAX + 1);
    let within = |ops_max| inspect_within(&long, ops_max).map(|inspected| inspected.header.ops);
    assert_eq!(within(limits::CHANGE_OPS_MAX + 1), Ok(limits::CHANGE_OPS_MAX + 1));
    assert_eq!(
        within(limits::CHANGE_OPS_MAX),
        Err(ChangeRefusal::TooManyOperations)
    );
}

#[test]
fn an_inflating_bomb_is_cut_off() {
    let contents = vec![0; 4 << 20];
    let mut compressed = Vec::new();
    flate2::bufread::DeflateEncoder::new(contents.as_slice(), flate2::Compression::fast())
        .read_to_end(&mut compressed)
        .unwrap();
    let mut bytes = [MAGIC.as_slice(), &[0; 4], &[TYPE_COMPRESSED]].concat();
    leb::write_unsigned(&mut bytes, compressed.len() as u64);
    bytes.extend(compressed);
    assert!(bytes.len() < limits::CHANGE_BYTES_MAX);
    assert_eq!(inspect(&bytes), Err(ChangeRefusal::TooLarge));
}

#[test]
fn other_chunks_and_torn_ones_are_refused() {
    let mut doc = written();
    assert_eq!(inspect(&doc.save()), Err(ChangeRefusal::NotAChange));
    assert_eq!(
        inspect(&vec![0; limits::CHANGE_BYTES_MAX + 1]),
        Err(ChangeRefusal::TooLarge)
    );
    let change = changes_of(&mut doc).pop().unwrap();
    let bytes = change.raw_bytes();
    for end in 0..bytes.len() {
        assert!(inspect(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert_eq!(inspect(&[bytes, &[0]].concat()), Err(ChangeRefusal::Malformed));
    let mut flipped = bytes.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(inspect(&flipped), Err(ChangeRefusal::ChecksumWrong));
}

#[test]
fn claims_about_the_author_are_refused() {
    let mut doc = new_doc(BoundActor::from_bytes([1; 16]));
    doc.set_author(Some(automerge::Author::from(b"iemand anders".to_vec())));
    doc.splice_text(text_id(), 0, 0, "a").unwrap();
    let change = changes_of(&mut doc).pop().unwrap();
    assert!(change.author().is_some());
    assert_eq!(inspect(change.raw_bytes()), Err(ChangeRefusal::ForeignBytes));
}

#[test]
fn times_and_messages_have_limits() {
    let with = |options: CommitOptions| {
        let mut doc = new_doc(BoundActor::from_bytes([1; 16]));
        doc.splice_text(text_id(), 0, 0, "a").unwrap();
        doc.commit_with(options);
        inspect(changes_of(&mut doc).pop().unwrap().raw_bytes()).map(|inspected| inspected.header.time)
    };
    assert_eq!(with(CommitOptions::default().with_time(5)), Ok(5));
    assert_eq!(
        with(CommitOptions::default().with_time(-5)),
        Err(ChangeRefusal::TimeOutOfRange)
    );
    assert_eq!(
        with(CommitOptions::default().with_time(i64::MAX)),
        Err(ChangeRefusal::TimeOutOfRange)
    );
    let long = "x".repeat(limits::CHANGE_MESSAGE_BYTES_MAX + 1);
    assert_eq!(
        with(CommitOptions::default().with_message(long)),
        Err(ChangeRefusal::MessageTooLong)
    );
}

static CHANGES: LazyLock<Vec<Change>> = LazyLock::new(|| changes_of(&mut written()));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_get_an_answer(bytes: Vec<u8>, contents: Vec<u8>) {
        let _ = inspect(&bytes);
        let _ = inspect(&sealed(&contents));
    }

    #[test]
    fn what_is_let_through_automerge_can_decode(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        which in any::<prop::sample::Index>(),
    ) {
        let original = which.get(CHANGES.as_slice()).raw_bytes().to_vec();
        let (_, _, contents) = open_chunk(&original).unwrap();
        let mut contents = contents.to_vec();
        for (place, byte) in edits {
            *place.get_mut(contents.as_mut_slice()) = byte;
        }
        if let Ok(inspected) = inspect(&sealed(&contents))
            && let Ok(change) = Change::try_from(inspected.raw.as_slice())
        {
            prop_assert_eq!(change.len() as u64, inspected.header.ops);
            prop_assert_eq!(change.hash(), inspected.header.hash);
            prop_assert_eq!(change.decode().operations.len(), change.len());
        }
    }
}
