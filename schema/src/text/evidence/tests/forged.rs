//! One change per rule about its place, its author and its spelling, made by hand to break that rule alone.

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ChangeHash, ExpandedChange};

use super::scene::{ANNA, BRAM, Scene, scene};
use crate::ids::BoundActor;
use crate::limits::{CHANGE_START_AHEAD_MAX, CHAPTER_UTF16_MAX};
use crate::text::evidence::{Arrival, ChangeRefusal, Evidence};
use crate::text::genesis::{GENESIS_ACTOR, GENESIS_HASH, new_doc, text_id};

#[test]
fn changes_follow_what_their_author_had() {
    use ChangeRefusal::{
        BadParents, CounterTooLarge, OwnPastMissing, SequenceGap, SequenceTaken, StartOpWrong, UnknownParents,
    };
    let start = |to: u64| move |change: &mut ExpandedChange| change.start_op = to.try_into().unwrap();
    assert_eq!(
        Scene::said(|change| change.deps = vec![ChangeHash([9; 32])]),
        UnknownParents
    );
    assert_eq!(Scene::said(|change| change.deps = vec![]), BadParents);
    assert_eq!(
        Scene::said(|change| change.deps = [&change.deps[..], &change.deps].concat()),
        BadParents
    );
    assert_eq!(
        Scene::said(|change| change.deps = vec![GENESIS_HASH]),
        OwnPastMissing
    );
    assert_eq!(Scene::said(|change| change.seq = 3), SequenceGap);
    assert_eq!(Scene::said(|change| change.seq = 1), SequenceTaken);
    assert_eq!(Scene::said(start(9)), StartOpWrong, "a counter that is taken");
    assert_eq!(Scene::said(start(13 + CHANGE_START_AHEAD_MAX)), StartOpWrong);
    assert_eq!(Scene::said(start(u64::from(u32::MAX))), CounterTooLarge);
}

#[test]
fn numbers_stay_near_the_count_however_often_a_change_runs_ahead() {
    let mut scene = scene();
    let far = scene.evidence.ops() + CHANGE_START_AHEAD_MAX;
    let first = scene.forged(|change| change.start_op = far.try_into().unwrap());
    scene.evidence.admit(first.raw_bytes(), &[ANNA]).unwrap();
    let mut next = |start: u64| {
        let mut change = first.decode();
        change.hash = None;
        change.deps = vec![first.hash()];
        change.seq += 1;
        change.start_op = start.try_into().unwrap();
        let change = automerge::Change::from(change);
        scene.evidence.admit(change.raw_bytes(), &[ANNA]).map(|_| ())
    };
    assert_eq!(
        next(far + CHANGE_START_AHEAD_MAX),
        Err(ChangeRefusal::StartOpWrong)
    );
    assert_eq!(next(far + 2), Err(ChangeRefusal::StartOpWrong));
    assert_eq!(next(far + 1), Ok(()), "who counts on from there writes on");
}

#[test]
fn an_actor_is_the_senders_own_or_derives_from_it() {
    let said = |actor: &[u8]| {
        let mut scene = scene();
        let actor = ActorId::from(actor);
        let forged = scene.forged(|change| {
            change.actor_id = actor;
            change.seq = 1;
        });
        scene
            .evidence
            .admit(forged.raw_bytes(), &[ANNA])
            .map(|admitted| admitted.actor)
    };
    let derived = |level: &[u8], of: BoundActor| [&[0x13, 0xb2, 0x23, 0x09], level, of.as_bytes()].concat();
    assert_eq!(said(&derived(&[1], ANNA)), Ok(ANNA));
    assert_eq!(said(&derived(&[0x80, 2], ANNA)), Ok(ANNA), "level 256");
    for actor in [
        &[0xdd; 16][..],
        &derived(&[1], BRAM),
        &derived(&[0], ANNA),
        &derived(&[0x81, 2], ANNA),
        &derived(&[0x81, 0], ANNA),
        &[&[1], ANNA.as_bytes().as_slice()].concat(),
        GENESIS_ACTOR.as_bytes(),
    ] {
        assert_eq!(said(actor), Err(ChangeRefusal::WrongActor), "{actor:?}");
    }
}

#[test]
fn other_spellings_of_a_change_are_refused() {
    // One letter "a" after the head: each column once as automerge writes it, or the action as a run of one.
    let letter = |action: &[u8]| {
        let mut contents = vec![1];
        contents.extend(GENESIS_HASH.0);
        contents.push(16);
        contents.extend(ANNA.as_bytes());
        contents.extend([1, 2, 0, 0, 1, 16]);
        contents.extend([0; 16]);
        contents.extend([
            8,
            0x01,
            2,
            0x02,
            2,
            0x13,
            2,
            0x34,
            2,
            0x42,
            action.len() as u8,
            0x56,
            2,
            0x57,
            1,
            0x70,
            2,
        ]);
        contents.extend([0x7f, 1, 0x7f, 1, 0x7f, 0, 0, 1]);
        contents.extend(action);
        contents.extend([0x7f, 0x16, b'a', 0x7f, 0]);
        crate::text::change::sealed(&contents)
    };
    let mut evidence = Evidence::new();
    assert_eq!(
        evidence.admit(&letter(&[1, 1]), &[ANNA]),
        Err(ChangeRefusal::NotCanonical)
    );
    assert_eq!(
        evidence
            .admit(&letter(&[0x7f, 1]), &[ANNA])
            .map(|admitted| admitted.arrival),
        Ok(Arrival::New)
    );
}

#[test]
fn a_repeated_change_is_known_and_changes_nothing() {
    let mut scene = scene();
    let change = scene.forged(|_| {});
    let arrival = |scene: &mut Scene, sender| {
        scene
            .evidence
            .admit(change.raw_bytes(), &[sender])
            .map(|admitted| admitted.arrival)
    };
    assert_eq!(arrival(&mut scene, BRAM), Err(ChangeRefusal::WrongActor));
    assert_eq!(arrival(&mut scene, ANNA), Ok(Arrival::New));
    let length = scene.evidence.utf16_len();
    assert_eq!(arrival(&mut scene, ANNA), Ok(Arrival::Again(None)));
    assert_eq!(scene.evidence.utf16_len(), length);
}

#[test]
fn a_chapter_has_a_longest_length() {
    let mut doc = new_doc(ANNA);
    let mut evidence = Evidence::new();
    let mut push = |doc: &mut AutoCommit| {
        doc.commit();
        let change = doc.get_last_local_change().unwrap();
        evidence
            .admit(change.raw_bytes(), &[ANNA])
            .map(|_| evidence.utf16_len())
    };
    for piece in 0..15 {
        doc.splice_text(text_id(), piece * 20_000, 0, &"a".repeat(20_000))
            .unwrap();
        push(&mut doc).unwrap();
    }
    let mut longer = doc.clone();
    longer.splice_text(text_id(), 7, 0, "b").unwrap();
    assert_eq!(push(&mut longer), Err(ChangeRefusal::TextTooLong));
    doc.splice_text(text_id(), 7, 1, "b").unwrap();
    assert_eq!(push(&mut doc), Ok(CHAPTER_UTF16_MAX as u64), "one for another");
}

#[test]
fn isolate_with_marks_reaches_outside_its_past_and_is_refused() {
    // automerge 0.12 looks for the place to insert among marks that the isolated heads do not hold. If this
    // test fails after an update of automerge, the switch of generations may use `isolate` again.
    let mut doc = new_doc(ANNA);
    doc.splice_text(text_id(), 0, 0, "abc").unwrap();
    let heads = doc.get_heads();
    doc.mark(
        text_id(),
        Mark::new("strong".into(), true, 1, 3),
        ExpandMark::None,
    )
    .unwrap();
    doc.commit();
    doc.isolate(&heads);
    doc.splice_text(text_id(), 3, 0, "d").unwrap();
    doc.integrate();
    let mut evidence = Evidence::new();
    let said: Vec<_> = doc
        .get_changes(&[GENESIS_HASH])
        .iter()
        .filter_map(|change| evidence.admit(change.raw_bytes(), &[ANNA]).err())
        .collect();
    assert_eq!(said, [ChangeRefusal::OutsideOwnPast]);
}
