//! A new generation changes nothing for a reader of the past.

use automerge::{Change, ReadDoc};
use proptest::prelude::*;

use super::room::{Room, actions, text_of};
use crate::ids::{BoundActor, Revision, TimestampMs};
use crate::richtext::spans::from_spans;
use crate::text::generation::{Reason, start_from};
use crate::text::genesis;
use crate::text::history::restore::{Ground, Scope};

proptest! {
    #![proptest_config(super::room::cases())]

    #[test]
    fn the_past_is_seen_through_the_start_of_a_generation(
        actions in actions(30), from in any::<u16>(), seen in any::<u16>(),
    ) {
        let mut room = Room::after(&actions);
        let old = room.last();
        let [from, seen] = [from, seen].map(|at| Revision(u64::from(at) % (old.0 + 1)));
        let doc = room.doc_at(old).document().clone();
        let started = start_from(&doc, Reason::Quarantine, BoundActor::from_bytes([0xdd; 16]), TimestampMs(3)).unwrap();
        let mut seed = vec![genesis::genesis()];
        seed.extend(started.seed.iter().map(|raw| Change::try_from(raw.as_slice()).unwrap()));
        let length = started.same.iter().map(|run| run.length as usize).sum();
        prop_assert_eq!(room.history.find_content(&started.old_content.unwrap(), length, 50), Some(old));

        let before = room.history.view(old);
        let (spans, authors) = (before.spans(), room.authors(old));
        let difference = room.history.difference(from, old, |_| ());
        let restore = restored(&room, Ground { now: old, seen }, from);
        room.history.start_generation(old.next(), &seed, (old, &started.same)).unwrap();
        let after = room.history.view(old.next());
        let shift = after.utf16_len() - authors.len();
        prop_assert_eq!(from_spans(after.spans()).blocks, from_spans(spans).blocks);
        prop_assert_eq!(&room.authors(old.next())[shift..], &authors[..]);
        // What somebody gave back of their own is known by its place, which a fresh document does not keep.
        let is_given_back = room.history.view(old).elements.iter().any(|element| room.history.given_back_for(element).is_some());
        if is_given_back || !keeps_order(&room, from, old) || !keeps_order(&room, from, seen) || !keeps_order(&room, seen, old) {
            // What was put back on the other side of something can be read as either having moved.
            return Ok(());
        }
        // Marks outside the schema are not carried over; words and who deleted them are.
        let again = room.history.difference(from, old.next(), |_| ());
        let words = |difference: &crate::text::history::Difference| (difference.inserted.clone(), difference.deleted.clone());
        prop_assert_eq!(words(&again), words(&difference));
        prop_assert_eq!(restored(&room, Ground { now: old.next(), seen }, from), restore);
        prop_assert!(!room.history.work().contains_key(&old.next()));
    }
}

/// Whether what stands in both texts stands in one order.
fn keeps_order(room: &Room, before: Revision, after: Revision) -> bool {
    let history = &room.history;
    let origins = |at| {
        let view = history.view(at);
        view.elements
            .iter()
            .map(|element| history.origin(element.node))
            .collect::<Vec<_>>()
    };
    let before = origins(before);
    let places: Vec<_> = origins(after)
        .iter()
        .filter_map(|origin| before.iter().position(|other| other == origin))
        .collect();
    places.is_sorted()
}

/// The letters that a restore brings and takes.
fn restored(room: &Room, ground: Ground, to: Revision) -> (u32, u32) {
    let plan = room.history.plan_restore_on(ground, to, &Scope::Chapter).unwrap();
    let preview = plan.preview(|_| ());
    (preview.inserted.values().sum(), preview.deleted.values().sum())
}

#[test]
fn writing_goes_on_in_the_new_generation() {
    use automerge::transaction::Transactable;
    let mut room = Room::new();
    room.type_text(0, 0, "oud");
    room.sync_all();
    let old = room.last();
    let doc = room.doc_at(old).document().clone();
    let started = start_from(
        &doc,
        Reason::Quarantine,
        BoundActor::from_bytes([0xdd; 16]),
        TimestampMs(3),
    )
    .unwrap();
    let mut next = genesis::new_doc(BoundActor::from_bytes([0xaa; 16]));
    let seed: Vec<Change> = started
        .seed
        .iter()
        .map(|raw| Change::try_from(raw.as_slice()).unwrap())
        .collect();
    next.apply_changes(seed.clone()).unwrap();
    let seed: Vec<Change> = std::iter::once(genesis::genesis()).chain(seed).collect();
    room.history
        .start_generation(old.next(), &seed, (old, &started.same))
        .unwrap();
    let text = text_of(&next);
    let end = next.length(&text);
    next.splice_text(&text, end, 0, " en nieuw").unwrap();
    next.splice_text(&text, end - 1, 1, "").unwrap();
    next.commit();
    let made = next.get_last_local_change().unwrap();
    room.history.push(old.next().next(), &made).unwrap();
    assert_eq!(room.history.heads(), next.get_heads());
    let difference = room
        .history
        .difference(old, old.next().next(), |revision| revision);
    let came: u32 = difference.inserted.values().sum();
    assert_eq!((came, difference.deleted.values().sum::<u32>()), (9, 1));
    assert_eq!(
        room.history.view(old.next().next()).written_at(end - 2),
        Some(old)
    );
}
