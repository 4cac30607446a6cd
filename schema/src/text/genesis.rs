//! The fixed first change of every chapter text.
//!
//! Why it exists: two clients that start the same chapter offline must start the same document, and the
//! identity of the text object must be known without looking. So the first change is the same bytes
//! everywhere: actor of 16 zero bytes, sequence 1, time 0, no message, `ROOT["text"] = Text`.

use automerge::legacy::OpId;
use automerge::{ActorId, AutoCommit, Automerge, Change, ChangeHash, LoadOptions, ObjId, TextEncoding};

use crate::ids::BoundActor;

/// Who made the first change: nobody. No person is ever bound to it.
pub const GENESIS_ACTOR: BoundActor = BoundActor::from_bytes([0; 16]);
/// The key of the text in the document's root.
pub const TEXT_KEY: &str = "text";
/// The first change, byte for byte; the same in every chapter and generation.
pub const GENESIS_CHANGE: &[u8] = &[
    0x85, 0x6f, 0x4a, 0x83, 0xd7, 0x77, 0x6c, 0x7c, 0x1, 0x2f, 0x0, 0x10, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
    0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x1, 0x1, 0x0, 0x0, 0x0, 0x5, 0x15, 0x6, 0x34, 0x1, 0x42,
    0x2, 0x56, 0x2, 0x70, 0x2, 0x7f, 0x4, 0x74, 0x65, 0x78, 0x74, 0x1, 0x7f, 0x4, 0x7f, 0x0, 0x7f, 0x0,
];
/// The hash of [`GENESIS_CHANGE`].
pub const GENESIS_HASH: ChangeHash = ChangeHash([
    0xd7, 0x77, 0x6c, 0x7c, 0x30, 0xd6, 0x35, 0xc5, 0x98, 0xd6, 0x53, 0xf6, 0x6d, 0x70, 0xe4, 0x50, 0xbe,
    0x4e, 0xf3, 0xce, 0xe7, 0x92, 0x25, 0x5b, 0x58, 0xe8, 0xa7, 0xe4, 0xcc, 0xf, 0xe8, 0x8f,
]);

/// The text object of any chapter document.
#[must_use]
pub fn text_id() -> ObjId {
    // The zero actor sorts before every other, so its index is 0 in every document.
    ObjId::Id(1, ActorId::from(*GENESIS_ACTOR.as_bytes()), 0)
}

/// The operation that made the text object.
#[must_use]
pub fn text_op() -> OpId {
    OpId::new(1, &ActorId::from(*GENESIS_ACTOR.as_bytes()))
}

/// The automerge form of a bound actor.
#[must_use]
pub fn actor_id(actor: BoundActor) -> ActorId {
    ActorId::from(*actor.as_bytes())
}

/// [`GENESIS_CHANGE`], parsed.
#[must_use]
pub fn genesis() -> Change {
    Change::try_from(GENESIS_CHANGE).expect("the constant is a change, tested below")
}

/// A chapter document that holds the first change only, in UTF-16 positions.
#[must_use]
pub fn new_automerge() -> Automerge {
    let mut doc = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    doc.apply_changes([genesis()])
        .expect("the first change applies to an empty document");
    doc
}

/// A chapter document that holds the first change only, to be written by `actor`.
#[must_use]
pub fn new_doc(actor: BoundActor) -> AutoCommit {
    let mut doc = AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit).with_actor(actor_id(actor));
    doc.apply_changes([genesis()])
        .expect("the first change applies to an empty document");
    doc
}

/// How every chapter document is loaded: UTF-16 positions, everything verified.
#[must_use]
pub fn load_options() -> LoadOptions<'static> {
    LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit)
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ObjType, ROOT, ReadDoc};

    use super::*;

    #[test]
    fn the_constants_are_what_automerge_makes() {
        let mut doc = AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit)
            .with_actor(ActorId::from(*GENESIS_ACTOR.as_bytes()));
        doc.put_object(ROOT, TEXT_KEY, ObjType::Text).unwrap();
        let hash = doc.commit_with(CommitOptions::default().with_time(0)).unwrap();
        let change = doc.get_change_by_hash(&hash).unwrap();
        assert_eq!(
            change.raw_bytes(),
            GENESIS_CHANGE,
            "{:?} {:?}",
            change.raw_bytes(),
            hash.0
        );
        assert_eq!(hash, GENESIS_HASH);
    }

    #[test]
    fn the_text_is_found_and_written_in_utf16_positions() {
        let mut doc = new_doc(BoundActor::from_bytes([7; 16]));
        doc.splice_text(text_id(), 0, 0, "a🏠b").unwrap();
        assert_eq!(doc.length(text_id()), 4);
        assert_eq!(doc.get(ROOT, TEXT_KEY).unwrap().unwrap().1, text_id());
        assert_eq!(doc.get_actor(), &ActorId::from([7; 16]));
    }
}
