//! What a device keeps of a chapter, as bytes for IndexedDB.
//!
//! Three kinds of rows: one *state* (a snapshot of what the server accepted, and where the stream is), *tail* rows
//! (accepted changes after the snapshot, keyed by the revision after them) and *outbox* rows (own changes not yet
//! acknowledged). Rows that belong together are written in one transaction by `worker.ts`.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use schema::ids::{BoundActor, Generation, IncarnationId, Revision};
use schema::wire::Have;

/// The state row.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct State {
    /// The log's life.
    #[n(0)]
    pub incarnation: IncarnationId,
    /// The generation.
    #[n(1)]
    pub generation: Generation,
    /// The first revision that the snapshot does not contain.
    #[n(2)]
    pub next: Revision,
    /// The rich-text schema version.
    #[n(3)]
    pub schema_version: u16,
    /// `Automerge::save` of what was accepted.
    #[n(4)]
    pub snapshot: ByteVec,
    /// Whether this person could write when last online.
    #[n(5)]
    pub may_write: bool,
    /// Actors under which this device wrote in this generation, as far as the tail does not say so itself.
    #[n(6)]
    pub own: Option<Vec<BoundActor>>,
}

/// A tail row.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Tail {
    /// The first revision after these changes.
    #[n(0)]
    pub next: Revision,
    /// Raw changes.
    #[n(1)]
    pub changes: Vec<ByteVec>,
    /// Whether they were written on this device.
    #[n(2)]
    pub own: Option<bool>,
}

/// An outbox row.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Outbox {
    /// The change's hash.
    #[n(0)]
    pub hash: ByteArray<32>,
    /// The generation it was made in.
    #[n(1)]
    pub generation: Generation,
    /// The raw change.
    #[n(2)]
    pub raw: ByteVec,
}

/// Words that the server refused, kept for their author.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, serde::Serialize)]
pub struct RefusedWords {
    /// Distinguishes them on this device.
    #[n(0)]
    pub id: String,
    /// The words.
    #[n(1)]
    pub text: String,
    /// Code of the reason.
    #[n(2)]
    pub reason: String,
    /// When, UTC ms.
    #[n(3)]
    pub at: u64,
    /// The part of a word in the text right behind which they begin, where they go on in it.
    #[n(4)]
    pub before: Option<String>,
    /// The part of a word right before which they end, where it goes on.
    #[n(5)]
    pub behind: Option<String>,
}

/// Everything a device had of a chapter.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The state row, if the chapter was ever opened.
    pub state: Option<State>,
    /// Tail rows in order.
    pub tail: Vec<Tail>,
    /// Outbox rows in the order they were made.
    pub outbox: Vec<Outbox>,
    /// Refused words.
    pub refused: Vec<RefusedWords>,
    /// An actor bound earlier that has not written yet.
    pub actor: Option<BoundActor>,
    /// No other desk uses this device's store: what it holds of an actor is all that the actor ever wrote.
    pub is_alone: bool,
}

impl Kept {
    /// Where the stream is to be resumed.
    #[must_use]
    pub fn have(&self) -> Option<Have> {
        let state = self.state.as_ref()?;
        let next = self.tail.last().map_or(state.next, |tail| tail.next);
        Some(Have {
            incarnation: state.incarnation,
            generation: state.generation,
            next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a device kept it that knew of nothing around the words.
    #[derive(Encode)]
    struct Before(#[n(0)] String, #[n(1)] String, #[n(2)] String, #[n(3)] u64);

    #[test]
    fn refused_words_of_before_are_read_with_nothing_around_them() {
        let before = Before(
            "1-0".to_owned(),
            "te laat".to_owned(),
            "chapter-frozen".to_owned(),
            7,
        );
        let read: RefusedWords = minicbor::decode(&minicbor::to_vec(&before).unwrap()).unwrap();
        let words = RefusedWords {
            id: "1-0".to_owned(),
            text: "te laat".to_owned(),
            reason: "chapter-frozen".to_owned(),
            at: 7,
            before: None,
            behind: None,
        };
        assert_eq!(read, words);
    }
}
