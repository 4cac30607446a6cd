//! The start of a generation: the payload of `text.generation/1`, always revision 0 of its stream.
//!
//! Why it exists: the history of a chapter lives in the log, not in the live document, so a chapter moves to a
//! fresh document when it must (a quarantine, an erasure, a frozen version, growth). This event says from what.
//!
//! Encoded as a deterministic CBOR array; drawn in `docs/storage.md`.

use automerge::{Automerge, AutomergeError};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use super::carry::Carried;
use super::{genesis, write};
use crate::domain::canonical;
use crate::ids::{BoundActor, TimestampMs};
use crate::richtext::{document, spans};

/// The rich-text schema that this program writes.
pub const RICHTEXT_VERSION: u16 = 1;

/// Why a generation was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Reason {
    /// The chapter is new.
    #[n(0)]
    New,
    /// A change of the generation before could not be applied.
    #[n(1)]
    Quarantine,
    /// The text of the generations before is erased.
    #[n(2)]
    Erasure,
    /// The generation before held far more operations than its text needs.
    #[n(3)]
    Growth,
}

/// Equal stretches of old and new visible text, in UTF-16 units with one unit per block marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct SameRun {
    /// Where it starts in the old text.
    #[n(0)]
    pub old: u32,
    /// Where it starts in the new text.
    #[n(1)]
    pub new: u32,
    /// How long it is.
    #[n(2)]
    pub length: u32,
}

/// The payload of `text.generation/1`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GenerationStarted {
    /// The rich-text schema it is written in.
    #[n(0)]
    pub schema_version: u16,
    /// Why.
    #[n(1)]
    pub reason: Reason,
    /// Content hash of the old visible text, if there was one.
    #[n(2)]
    pub old_content: Option<ByteArray<32>>,
    /// Content hash of the text it starts with.
    #[n(3)]
    pub new_content: ByteArray<32>,
    /// The identity map.
    #[n(4)]
    pub same: Vec<SameRun>,
    /// The changes it starts with, after the fixed first one.
    #[n(5)]
    pub seed: Vec<ByteVec>,
    /// Which of the revisions that follow at once stand for changes of the generation before.
    #[n(6)]
    pub carried: Vec<CarriedLink>,
}

/// A change that was carried over from the generation before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct CarriedLink {
    /// The change there.
    #[n(0)]
    pub from: ByteArray<32>,
    /// The change here.
    #[n(1)]
    pub to: ByteArray<32>,
}

impl From<&Carried> for CarriedLink {
    fn from(carried: &Carried) -> Self {
        Self {
            from: carried.from.0.into(),
            to: carried.hash.0.into(),
        }
    }
}

impl GenerationStarted {
    /// Its bytes.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    /// Reads a stored payload.
    ///
    /// # Errors
    /// When it is no `text.generation/1`.
    pub fn read(payload: &[u8]) -> Result<Self, minicbor::decode::Error> {
        minicbor::decode(payload)
    }
}

/// The payload that starts a new chapter: an empty text.
#[must_use]
pub fn first_payload() -> Vec<u8> {
    GenerationStarted {
        schema_version: RICHTEXT_VERSION,
        reason: Reason::New,
        old_content: None,
        new_content: content_hash(&genesis::new_automerge()).into(),
        same: Vec::new(),
        seed: Vec::new(),
        carried: Vec::new(),
    }
    .payload()
}

/// SHA-256 over the canonical JSON of the document that the text shows: equal for equal looks.
#[must_use]
pub fn content_hash(doc: &Automerge) -> [u8; 32] {
    let blocks = spans::read(doc, &genesis::text_id())
        .map(|text| text.blocks)
        .unwrap_or_default();
    let json = canonical::to_vec(&document::from_blocks(&blocks)).unwrap_or_default();
    Sha256::digest(json).into()
}

/// A fresh document with the same visible text as an old one: the payload that records it, with the changes that
/// make it.
///
/// # Errors
/// When automerge cannot read the old text or write the new one.
pub fn start_from(
    old: &Automerge,
    reason: Reason,
    actor: BoundActor,
    now: TimestampMs,
) -> Result<GenerationStarted, AutomergeError> {
    let text = genesis::text_id();
    let shown = spans::read(old, &text)?;
    let blocks = shown
        .blocks
        .get(usize::from(shown.is_empty())..)
        .unwrap_or_default();
    let mut doc = genesis::new_doc(actor);
    let seed = write::blocks(&mut doc, 0, blocks, now)?;
    let length = u32::try_from(shown.utf16_len()).unwrap_or(u32::MAX);
    // A text without a first marker gets one.
    let new = u32::from(shown.headless && !blocks.is_empty());
    Ok(GenerationStarted {
        schema_version: RICHTEXT_VERSION,
        reason,
        old_content: Some(content_hash(old).into()),
        new_content: content_hash(doc.document()).into(),
        same: vec![SameRun { old: 0, new, length }],
        seed: seed.into_iter().map(Into::into).collect(),
        carried: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;

    use super::*;

    #[test]
    fn the_next_generation_shows_the_same() {
        let mut old = genesis::new_doc(BoundActor::from_bytes([3; 16]));
        let text = genesis::text_id();
        old.splice_text(&text, 0, 0, "zonder kop 🏡").unwrap();
        let started = start_from(
            old.document(),
            Reason::Quarantine,
            BoundActor::from_bytes([4; 16]),
            TimestampMs(0),
        )
        .unwrap();
        assert_eq!(started.old_content, Some(started.new_content));
        assert_eq!(GenerationStarted::read(&started.payload()).unwrap(), started);
        assert_eq!(
            started.same,
            [SameRun {
                old: 0,
                new: 1,
                length: 13
            }]
        );
    }

    #[test]
    fn an_empty_text_stays_empty() {
        let old = genesis::new_automerge();
        let started = start_from(
            &old,
            Reason::Quarantine,
            BoundActor::from_bytes([4; 16]),
            TimestampMs(0),
        )
        .unwrap();
        assert!(started.seed.is_empty());
    }
}
