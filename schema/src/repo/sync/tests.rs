//! Sync messages of real documents, and of people who mean no good.

use automerge::sync::{BloomFilter, Have, State, SyncDoc};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Automerge, TextEncoding};
use proptest::prelude::*;

use super::*;
use crate::ids::BoundActor;
use crate::text::genesis::{self, text_id};

const FIRST: Generation = Generation(1);

/// A document in which somebody typed.
fn typed(person: u8, words: &[&str]) -> AutoCommit {
    let mut doc = genesis::new_doc(BoundActor::from_bytes([person; 16]));
    for word in words {
        doc.splice_text(text_id(), 0, 0, word).unwrap();
        doc.commit();
    }
    doc
}

/// What the client of a document says first, to a server that said what it says to those who may write.
fn first_said(client: &Automerge, server: &Automerge) -> Vec<u8> {
    greeted(client, server, |hello| Message::decode(&written(hello)).unwrap()).encode()
}

/// What a client answers to the greeting that is made of automerge's.
fn greeted(client: &Automerge, server: &Automerge, greeting: impl FnOnce(Message) -> Message) -> Message {
    let (mut clients, mut servers) = (State::new(), State::new());
    let hello = greeting(server.generate_sync_message(&mut servers).unwrap());
    client.clone().receive_sync_message(&mut clients, hello).unwrap();
    client.generate_sync_message(&mut clients).unwrap()
}

#[test]
fn changes_are_taken_out_and_the_rest_stays() {
    let server = genesis::new_automerge();
    let mut client = typed(1, &["een", "twee"]);
    let said = first_said(client.document(), &server);
    let taken = read(&said, Matter::Written).unwrap();
    assert_eq!(taken.message.heads, client.get_heads());
    assert!(taken.message.changes.is_empty());
    let hashes: Vec<_> = taken.changes.iter().map(|change| change.header.hash).collect();
    let own: Vec<_> = client
        .get_changes(&server.get_heads())
        .iter()
        .map(automerge::Change::hash)
        .collect();
    assert_eq!(hashes, own, "one by one, although they are most of the document");
    let passed_over = read(&said, Matter::Not).unwrap();
    assert!(passed_over.changes.is_empty());
}

#[test]
fn changes_that_inflate_to_more_than_may_wait_are_too_much() {
    const LETTERS: usize = 400_000;
    let server = genesis::new_automerge();
    let mut client = typed(1, &["een"]);
    for number in 0..=REPO_WAITING_BYTES_MAX / LETTERS {
        let value = format!("{number}{}", "a".repeat(LETTERS));
        client.put(automerge::ROOT, "k", value).unwrap();
        client.commit();
    }
    let said = first_said(client.document(), &server);
    assert_eq!(read(&said, Matter::Written).map(drop), Err(SyncError::TooMuch));
}

#[test]
fn a_whole_document_is_not_taken() {
    let server = genesis::new_automerge();
    let mut client = typed(1, &["een", "twee"]);
    let said = greeted(client.document(), &server, |hello| {
        assert!(
            hello.flags.is_some(),
            "automerge says by itself that it reads whole documents"
        );
        hello
    });
    let refused = read(&said.clone().encode(), Matter::Written).unwrap_err();
    assert_eq!(refused, SyncError::WholeDocument);
    assert!(
        read(&said.encode(), Matter::Not).is_ok(),
        "who may not write may say so"
    );
}

#[test]
fn who_may_only_read_is_told_by_a_flag() {
    let server = typed(1, &["tekst"]).document().clone();
    let mut state = State::new_read_only();
    let message = server.generate_sync_message(&mut state).unwrap();
    let sent = Message::decode(&written(message)).unwrap();
    assert!(says_read_only(&sent));
}

fn empty_message(have: Vec<Have>) -> Message {
    Message {
        heads: Vec::new(),
        need: Vec::new(),
        have,
        changes: ChunkList::empty(),
        flags: None,
        version: automerge::sync::MessageVersion::V1,
    }
}

/// A sync message with one summary of these bytes.
fn with_summary(summary: &[u8]) -> Vec<u8> {
    let mut said = vec![0x42, 0, 0, 1, 0];
    said.push(summary.len() as u8);
    said.extend(summary);
    said.push(0);
    said
}

#[test]
fn what_would_cost_too_much_is_too_much() {
    let is_read = |said: Vec<u8>| read(&said, Matter::Written).map(drop);
    assert_eq!(is_read(with_summary(&[1, 10, 7, 0, 0])), Ok(()));
    // Four thousand million bits for every change.
    let probes = [1, 10, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0];
    assert_eq!(is_read(with_summary(&probes)), Err(SyncError::TooMuch));
    // A change, and no bits: automerge divides by their number.
    assert_eq!(is_read(with_summary(&[1, 0, 7])), Err(SyncError::TooMuch));
    assert_eq!(
        is_read(empty_message(vec![Have::default(); REPO_SUMMARIES_MAX]).encode()),
        Ok(())
    );
    let many = empty_message(vec![Have::default(); REPO_SUMMARIES_MAX + 1]).encode();
    assert_eq!(is_read(many), Err(SyncError::TooMuch));
    let mut heads = empty_message(Vec::new());
    heads.heads = vec![ChangeHash([1; 32]); REPO_HASHES_MAX + 1];
    assert_eq!(is_read(heads.encode()), Err(SyncError::TooMuch));
    assert!(matches!(is_read(vec![0x41]), Err(SyncError::Malformed(_))));
    assert!(matches!(is_read(Vec::new()), Err(SyncError::Malformed(_))));
}

#[test]
fn a_document_of_an_earlier_generation_does_not_fit() {
    let mut early = typed(1, &["eerst", "dan"]);
    let mut now = typed(2, &["anders"]);
    let first = first_own(now.document(), Generation(2));
    assert_eq!(first, now.get_changes(&[])[1].hash());
    let knows = |doc: &AutoCommit| {
        let doc = doc.clone();
        move |hash: &ChangeHash| doc.clone().get_change_by_hash(hash).is_some()
    };
    let said = |client: &mut AutoCommit| client.sync().generate_sync_message(&mut State::new()).unwrap();
    assert!(!fits(&said(&mut early), &first, knows(&now)));
    assert!(fits(&said(&mut now), &first, knows(&now)));
    let mut ahead = now.fork();
    ahead.splice_text(text_id(), 0, 0, "verder").unwrap();
    ahead.commit();
    assert!(fits(&said(&mut ahead), &first, knows(&now)));
    let nothing = AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit);
    assert!(fits(&said(&mut nothing.clone()), &first, knows(&now)));
    // In the first generation every document has the first change of all.
    assert_eq!(first_own(early.document(), FIRST), GENESIS_HASH);
    assert!(fits(&said(&mut early), &GENESIS_HASH, knows(&now)));
    // What both sides were known to have, the first change of all perhaps, stands in no summary.
    let summary = |doc: &mut AutoCommit| {
        let mut state = State::new();
        state.shared_heads = vec![GENESIS_HASH];
        doc.sync().generate_sync_message(&mut state).unwrap()
    };
    let only_genesis = |hash: &ChangeHash| *hash == GENESIS_HASH;
    assert!(fits(&summary(&mut early), &GENESIS_HASH, only_genesis));
    assert!(!fits(&summary(&mut early), &first, knows(&now)));
    // With an actor of its own choosing its hash would now and then be in a summary by chance: one in a hundred is.
    let mut alien = AutoCommit::new().with_actor(ActorId::from([7_u8; 16]));
    alien.put(automerge::ROOT, "x", 1).unwrap();
    alien.commit();
    assert!(!fits(&said(&mut alien), &GENESIS_HASH, knows(&now)));
    let mut withheld = said(&mut ahead);
    withheld.have = vec![Have {
        last_sync: vec![ChangeHash([9; 32])],
        bloom: BloomFilter::default(),
    }];
    assert!(!fits(&withheld, &first, knows(&now)));
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..120), kind in 0x42_u8..0x44) {
        let _ = read(&bytes, Matter::Written);
        let _ = read(&[&[kind], bytes.as_slice()].concat(), Matter::Written);
    }

    /// What is let through does automerge no harm, whoever asks for an answer to it.
    #[test]
    fn what_is_let_through_can_be_answered(summary in prop::collection::vec(any::<u8>(), 0..30)) {
        if let Ok(taken) = read(&with_summary(&summary), Matter::Written) {
            let server = typed(1, &["een", "twee", "drie"]).document().clone();
            let mut state = State::new();
            server.clone().receive_sync_message(&mut state, taken.message).unwrap();
            let _ = server.generate_sync_message(&mut state);
        }
    }
}
