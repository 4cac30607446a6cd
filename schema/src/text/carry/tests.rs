//! A generation ends in the middle of work, and everyone's words but the failed ones go on.

use automerge::legacy::{ElementId, Key, OpId};
use automerge::transaction::Transactable;
use automerge::{ExpandedChange, ReadDoc};
use proptest::prelude::*;

use super::*;
use crate::ids::TimestampMs;
use crate::text::generation::{Reason, start_from};
use crate::text::genesis::{GENESIS_HASH, new_doc};
use crate::text::room::{Room, cases, past, steps};

const SERVER: BoundActor = BoundActor::from_bytes([0xee; 16]);

fn raw(changes: &[Change]) -> Vec<Arc<[u8]>> {
    changes.iter().map(|change| change.raw_bytes().into()).collect()
}

/// A fresh actor for the author of a change: the first byte says who.
fn fresh(change: &Change) -> BoundActor {
    let mut bytes = [0xf0; 16];
    bytes[1] = change.actor_id().to_bytes()[change.actor_id().to_bytes().len() - 1];
    BoundActor::from_bytes(bytes)
}

fn later(changes: &[Change]) -> Vec<Later> {
    changes
        .iter()
        .map(|change| Later {
            raw: change.raw_bytes().into(),
            actor: fresh(change),
        })
        .collect()
}

fn shown(doc: &Automerge) -> Vec<crate::richtext::Block> {
    spans::read(doc, &text_id()).unwrap().blocks
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn everything_but_the_failed_change_and_what_builds_on_it_goes_on(
        steps in steps(40),
        cut in any::<prop::sample::Index>(),
        bad in any::<prop::sample::Index>(),
    ) {
        let changes = Room::played(3, &steps).changes();
        let cut = 1 + cut.index(changes.len());
        let (before, after) = changes.split_at(cut.min(changes.len()));
        let good = follow(&Copy::new(), &raw(&before[1..])).unwrap();
        let offender = if after.is_empty() { ChangeHash([0; 32]) } else { bad.get(after).hash() };
        let started = start_from(good.doc(), Reason::Quarantine, SERVER, TimestampMs(5)).unwrap();

        let over = carry_over(&good, &started, &later(after), offender).unwrap();

        let builds_on = |change: &&Change| past(&changes, &[change.hash()]).iter().any(|one| one.hash() == offender);
        let (lost, kept): (Vec<&Change>, Vec<&Change>) = after.iter().partition(builds_on);
        let left: Vec<ChangeHash> = over.left.iter().map(|index| after[*index].hash()).collect();
        prop_assert_eq!(left, lost.iter().map(|change| change.hash()).collect::<Vec<_>>());
        let kept: Vec<Change> = kept.into_iter().cloned().collect();
        let expected = follow(&good, &raw(&kept)).unwrap();
        prop_assert_eq!(shown(over.copy.doc()), shown(expected.doc()));
        for carried in &over.carried {
            prop_assert_eq!(after[carried.later].hash(), carried.from);
            let change = Change::try_from(carried.raw.as_ref()).unwrap();
            let author = fresh(&after[carried.later]);
            prop_assert_eq!(change.actor_id(), &actor_id(author), "in its author's name");
            prop_assert_eq!(change.timestamp(), after[carried.later].timestamp());
        }
    }
}

#[test]
fn a_change_that_panics_ends_the_generation_and_nobody_elses_words() {
    let mut anna = new_doc(BoundActor::from_bytes([0xaa; 16]));
    anna.splice_text(text_id(), 0, 0, "de zorg").unwrap();
    let shared = anna.get_changes(&[GENESIS_HASH]);
    let good = follow(&Copy::new(), &raw(&shared)).unwrap();
    let mut bram = anna.fork().with_actor([0xbb; 16].into());
    anna.splice_text(text_id(), 0, 2, "De").unwrap();
    anna.commit();
    let panics = {
        let mut change: ExpandedChange = anna.get_last_local_change().unwrap().decode();
        change.operations[0].key = Key::Seq(ElementId::Id(OpId::new(9_000, &change.actor_id)));
        Change::from(change)
    };
    bram.splice_text(text_id(), 7, 0, " dichtbij 🏠").unwrap();
    bram.commit();
    let brams = bram.get_last_local_change().unwrap();
    let batch = [panics.clone(), brams.clone()];
    let failure = follow(&good, &raw(&batch)).unwrap_err();
    assert_eq!(failure.offender, panics.hash());

    let started = start_from(good.doc(), Reason::Quarantine, SERVER, TimestampMs(5)).unwrap();
    let over = carry_over(&good, &started, &later(&batch), failure.offender).unwrap();

    assert!(
        over.copy
            .doc()
            .text(text_id())
            .unwrap()
            .ends_with("de zorg dichtbij 🏠")
    );
    assert_eq!(over.left, [0]);
    let [carried] = over.carried.as_slice() else {
        panic!("{:?}", over.carried)
    };
    assert_eq!((carried.later, carried.from), (1, brams.hash()));
    assert!(over.evidence.contains(&carried.hash));
}
