//! Messages of automerge-repo clients: the message, the id of its document, the sync message inside, and what automerge
//! answers to what is let through; the changes in it are judged, and what is admitted is followed.
//!
//! What it begins with the real clients have said: `REPO_FRAMES=<folder> cargo nextest run -E 'test(/strangers_/)'` keeps
//! every message of npm's automerge-repo and of samod, and `FUZZ_KEEP=1` makes the corpus of them.

#![no_main]

use std::sync::{Arc, LazyLock};

use automerge::Automerge;
use automerge::sync::{State, SyncDoc};
use libfuzzer_sys::fuzz_target;
use schema::ids::Generation;
use schema::limits::REPO_FORMER_CHANGE_OPS_MAX;
use schema::repo::document_id::{chapter_of, document_id};
use schema::repo::presence::payload_of;
use schema::repo::sync::{Matter, read, written};
use schema::repo::{Said, decode, encode};
use schema::text::change::Inspected;
use schema::text::evidence::{Evidence, owner};
use schema::text::follow::{Copy, follow};
use schema::text::genesis;

static SERVER: LazyLock<Automerge> = LazyLock::new(genesis::new_automerge);

fuzz_target!(|bytes: &[u8]| {
    take_sync(bytes);
    let Ok(said) = decode(bytes) else { return };
    assert_eq!(decode(&encode(&said)).as_ref(), Ok(&said));
    match said {
        Said::Sync { document, data, .. } => {
            if let Ok(chapter) = chapter_of(&document) {
                assert_eq!(document_id(chapter), document);
            }
            take_sync(&data);
        }
        Said::Ephemeral(said) => drop(payload_of(said, Generation(1))),
        _ => {}
    }
});

fn take_sync(data: &[u8]) {
    if let Ok(taken) = read(data, Matter::Written) {
        judge(&taken.changes);
        let mut state = State::new();
        if SERVER
            .clone()
            .receive_sync_message(&mut state, taken.message)
            .is_ok()
            && let Some(answer) = SERVER.generate_sync_message(&mut state)
        {
            drop(written(answer));
        }
    }
}

/// As those of an ended generation are: in the order in which they came, each under an actor that its program chose.
fn judge(changes: &[Inspected]) {
    let mut evidence = Evidence::new();
    let mut batch: Vec<Arc<[u8]>> = Vec::new();
    for change in changes {
        let actor: Vec<_> = owner(&change.header.actor).into_iter().collect();
        if let Ok(admitted) = evidence.admit_within(&change.raw, &actor, REPO_FORMER_CHANGE_OPS_MAX) {
            batch.push(admitted.raw.into());
        }
    }
    if let Err(failure) = follow(&Copy::new(), &batch) {
        panic!("{failure}");
    }
}
