//! Cursors of the people in a chapter, as automerge cursors: they stay with the letters while others type.

use std::collections::BTreeMap;

use automerge::{AutoCommit, Cursor, CursorPosition, ReadDoc};
use minicbor::{Decode, Encode};
use schema::ids::Generation;
use schema::richtext::FlatText;
use schema::sync::PeerPresence;
use schema::text::genesis;
use serde_json::{Value as Json, json};

use crate::bridge::{Place, place_of};

/// The presence payload between clients; opaque to the server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Payload {
    /// The generation the cursors are in.
    #[n(0)]
    pub generation: Generation,
    /// Where the selection started.
    #[n(1)]
    pub anchor: String,
    /// Where it ends: the caret.
    #[n(2)]
    pub head: String,
}

/// Who is here.
#[derive(Debug, Default)]
pub struct Peers {
    known: BTreeMap<u64, PeerPresence>,
}

impl Peers {
    /// Somebody came or moved.
    pub fn note(&mut self, peer: PeerPresence) {
        self.known.insert(peer.peer, peer);
    }

    /// Somebody left.
    pub fn left(&mut self, peer: u64) {
        self.known.remove(&peer);
    }

    /// The connection is gone: nobody is known to be here.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// Whether nobody else is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Everybody with their cursor in a state of the document.
    #[must_use]
    pub fn to_json(&self, doc: &AutoCommit, generation: Generation, state: (u64, &FlatText)) -> Json {
        let one = |peer: &PeerPresence| {
            let cursor = cursor_of(peer, doc, generation, state.1);
            json!({
                "key": peer.peer.to_string(),
                "personId": peer.person.to_string(),
                "name": peer.name,
                "party": peer.party_name,
                "program": peer.program,
                "cursor": cursor.map(|(anchor, head)| json!({ "version": state.0, "anchor": anchor, "head": head })),
            })
        };
        self.known.values().map(one).collect()
    }
}

fn cursor_of(
    peer: &PeerPresence,
    doc: &AutoCommit,
    generation: Generation,
    text: &FlatText,
) -> Option<(Place, Place)> {
    let payload: Payload = minicbor::decode(&peer.payload).ok()?;
    if payload.generation != generation {
        return None;
    }
    let place = |cursor: &str| {
        let cursor = Cursor::try_from(cursor).ok()?;
        let position = doc.get_cursor_position(genesis::text_id(), &cursor, None).ok()?;
        Some(place_of(text, position))
    };
    Some((place(&payload.anchor)?, place(&payload.head)?))
}

/// Where one's own selection is, for the others.
#[must_use]
pub fn payload(doc: &AutoCommit, generation: Generation, anchor: usize, head: usize) -> Option<Vec<u8>> {
    let length = doc.length(genesis::text_id());
    let cursor = |at: usize| {
        let position = if at >= length {
            CursorPosition::End
        } else {
            CursorPosition::Index(at)
        };
        doc.get_cursor(genesis::text_id(), position, None)
            .ok()
            .map(|cursor| cursor.to_string())
    };
    let payload = Payload {
        generation,
        anchor: cursor(anchor)?,
        head: cursor(head)?,
    };
    minicbor::to_vec(payload).ok()
}
