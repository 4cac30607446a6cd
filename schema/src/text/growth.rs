//! When a generation has grown too long, so that the chapter goes on in a fresh document.
//!
//! Why it exists: a document holds every letter that was ever typed in it, and opening, merging and memory cost what it
//! holds. The log keeps that history; the live document need not. Counting costs nothing: the evidence that judges
//! changes knows how many operations it has seen and how long the text is.
//!
//! # Invariant
//!
//! A generation that just started is never too long: what its start needed counts as what the text needs. So however
//! a text is made, switches lie at least the spare operations apart, or half of what marks and blocks may say.

use super::evidence::Evidence;
use crate::limits::{GENERATION_OPS_FACTOR, GENERATION_SPARE_OPS, GENERATION_VALUE_BYTES_MAX};

/// How many operations a generation may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrowthLimit {
    /// Times the operations that the text alone needs…
    pub factor: u64,
    /// …and so many besides.
    pub spare_ops: u64,
}

impl Default for GrowthLimit {
    fn default() -> Self {
        Self {
            factor: GENERATION_OPS_FACTOR,
            spare_ops: GENERATION_SPARE_OPS,
        }
    }
}

impl GrowthLimit {
    /// The most operations that a generation of this text may hold.
    #[must_use]
    pub fn ops_max(&self, evidence: &Evidence) -> u64 {
        let times = evidence.needed_ops().saturating_mul(self.factor.max(1));
        times.saturating_add(self.spare_ops)
    }

    /// Whether the chapter should go on in a fresh document.
    #[must_use]
    pub fn is_exceeded(&self, evidence: &Evidence) -> bool {
        let values_added = evidence.value_bytes_added();
        evidence.ops() > self.ops_max(evidence) || values_added > GENERATION_VALUE_BYTES_MAX / 2
    }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{AutoCommit, ReadDoc};

    use super::*;
    use crate::ids::{BoundActor, TimestampMs};
    use crate::text::generation::{Reason, start_from};
    use crate::text::genesis::{new_doc, text_id};

    const ANNA: BoundActor = BoundActor::from_bytes([7; 16]);
    const LIMIT: GrowthLimit = GrowthLimit {
        factor: 2,
        spare_ops: 50,
    };

    fn written(doc: &mut AutoCommit, evidence: &mut Evidence, at: usize, delete: isize, text: &str) {
        doc.splice_text(text_id(), at, delete, text).unwrap();
        doc.commit();
        let change = doc.get_last_local_change().unwrap();
        evidence.admit(change.raw_bytes(), &[ANNA]).unwrap();
    }

    #[test]
    fn letters_that_stand_never_exceed_it_and_letters_that_went_do() {
        let (mut doc, mut evidence) = (new_doc(ANNA), Evidence::new());
        for _ in 0..40 {
            let end = doc.length(text_id());
            written(&mut doc, &mut evidence, end, 0, "blijft");
        }
        assert!(!LIMIT.is_exceeded(&evidence), "all of it is text");
        let mut rounds = 0;
        while !LIMIT.is_exceeded(&evidence) {
            written(&mut doc, &mut evidence, 0, 0, "gaat");
            written(&mut doc, &mut evidence, 0, 4, "");
            rounds += 1;
        }
        assert_eq!(evidence.ops(), 1 + 240 + 8 * rounds);
        assert!(evidence.ops() > 2 * 240 + 50 && evidence.ops() <= 2 * 240 + 50 + 8);
    }

    #[test]
    fn a_text_that_needs_much_for_its_form_is_not_begun_anew_for_it() {
        let (mut doc, mut evidence) = (new_doc(ANNA), Evidence::new());
        for _ in 0..60 {
            let block = doc.split_block(text_id(), 0).unwrap();
            doc.put(&block, "type", "unordered-list-item").unwrap();
            doc.put_object(&block, "attrs", automerge::ObjType::Map).unwrap();
        }
        doc.commit();
        let raw = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        evidence.admit(&raw, &[ANNA]).unwrap();
        assert!(LIMIT.is_exceeded(&evidence), "the form is not known to be needed");
        let server = BoundActor::from_bytes([9; 16]);
        let started = start_from(doc.document(), Reason::Growth, server, TimestampMs(0)).unwrap();
        let mut next = Evidence::new();
        for raw in &started.seed {
            next.admit_trusted(raw).unwrap();
        }
        next.starts_here();
        assert!(next.ops() > 2 * next.utf16_len());
        assert!(!LIMIT.is_exceeded(&next), "a fresh document is never too long");
    }
}
