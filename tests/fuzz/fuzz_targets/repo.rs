//! Messages of automerge-repo clients: the message, the id of its document, the sync message inside, and what automerge
//! answers to what is let through.

#![no_main]

use std::sync::LazyLock;

use automerge::Automerge;
use automerge::sync::{State, SyncDoc};
use libfuzzer_sys::fuzz_target;
use schema::ids::Generation;
use schema::repo::document_id::{chapter_of, document_id};
use schema::repo::presence::payload_of;
use schema::repo::sync::{Matter, read, written};
use schema::repo::{Said, decode, encode};
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
        let mut state = State::new();
        if SERVER.clone().receive_sync_message(&mut state, taken.message).is_ok()
            && let Some(answer) = SERVER.generate_sync_message(&mut state)
        {
            drop(written(answer));
        }
    }
}
