//! Two writers whose changes are known, one of whom forges her next one.

use automerge::legacy::{ElementId, Key, Op, OpId};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, Change, ExpandedChange, ObjType};

use crate::ids::BoundActor;
use crate::text::evidence::{ChangeRefusal, Evidence};
use crate::text::genesis::{GENESIS_HASH, actor_id, new_doc, text_id};

/// Who forges.
pub(super) const ANNA: BoundActor = BoundActor::from_bytes([0xaa; 16]);
/// Who wrote at the same time.
pub(super) const BRAM: BoundActor = BoundActor::from_bytes([0xbb; 16]);

pub(super) fn op(counter: u64, actor: BoundActor) -> OpId {
    OpId::new(counter, &actor_id(actor))
}

pub(super) fn after(counter: u64, actor: BoundActor) -> Key {
    Key::Seq(ElementId::Id(op(counter, actor)))
}

/// Anna wrote "abc" (2–4) and a paragraph marker before it (5, its keys 6–8), and deleted the b (9).
/// Bram, at the same time, wrote "xyz" (2–4). Both are known.
pub(super) struct Scene {
    pub(super) evidence: Evidence,
    anna: AutoCommit,
}

pub(super) fn scene() -> Scene {
    let mut anna = new_doc(ANNA);
    let mut bram = new_doc(BRAM);
    anna.splice_text(text_id(), 0, 0, "abc").unwrap();
    let block = anna.split_block(text_id(), 0).unwrap();
    anna.put(&block, "type", "paragraph").unwrap();
    anna.put_object(&block, "attrs", ObjType::Map).unwrap();
    anna.put_object(&block, "parents", ObjType::List).unwrap();
    anna.splice_text(text_id(), 2, 1, "").unwrap();
    bram.splice_text(text_id(), 0, 0, "xyz").unwrap();
    let mut evidence = Evidence::new();
    for change in anna
        .get_changes(&[GENESIS_HASH])
        .into_iter()
        .chain(bram.get_changes(&[GENESIS_HASH]))
    {
        evidence.admit(change.raw_bytes(), &[ANNA, BRAM]).unwrap();
    }
    assert_eq!(evidence.utf16_len(), 6, "a marker, ac and xyz");
    Scene { evidence, anna }
}

impl Scene {
    /// Anna's next change, one letter at the end, forged.
    pub(super) fn forged(&mut self, forge: impl FnOnce(&mut ExpandedChange)) -> Change {
        let mut anna = self.anna.clone();
        anna.splice_text(text_id(), 3, 0, "!").unwrap();
        anna.commit();
        let mut change = anna.get_last_local_change().unwrap().decode();
        forge(&mut change);
        Change::from(change)
    }

    /// What is said of Anna's next change when it is forged; she can then still write.
    pub(super) fn said(forge: impl FnOnce(&mut ExpandedChange)) -> ChangeRefusal {
        let mut scene = scene();
        let forged = scene.forged(forge);
        let before = (
            scene.evidence.len(),
            scene.evidence.ops(),
            scene.evidence.utf16_len(),
        );
        let refusal = scene.evidence.admit(forged.raw_bytes(), &[ANNA]).unwrap_err();
        let after = (
            scene.evidence.len(),
            scene.evidence.ops(),
            scene.evidence.utf16_len(),
        );
        assert_eq!(before, after, "a refusal changes nothing");
        let honest = scene.forged(|_| {});
        scene.evidence.admit(honest.raw_bytes(), &[ANNA]).unwrap();
        refusal
    }

    pub(super) fn said_of_op(forge: impl FnOnce(&mut Op)) -> ChangeRefusal {
        Self::said(|change| forge(&mut change.operations[0]))
    }
}
