//! What waits is judged when its turn comes, by what was decided before it, in an order that costs the server least.

use automerge::Change;
use schema::limits::{CHANGE_BYTES_MAX, CHANGE_OPS_MAX, TEXT_REST_QUEUE_MAX};

use super::person::Person;
use super::world::{ALDER, BREE, COALITIE, World};
use super::*;

#[test]
fn a_change_that_waits_behind_a_withdrawal_is_judged_by_it() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.hold_appends = true;
    bree.type_at(&mut world, 0, "eerst");
    let ticket = world.ask_to_withdraw_writer(ALDER);
    alder.type_at(&mut world, 0, "te laat");
    world.release();
    assert!(world.answers[&ticket].is_ok());
    alder.take(&mut world);
    assert_eq!(
        (alder.acknowledged, alder.refused.as_slice()),
        (0, &["not-in-plan".to_owned()][..]),
        "rule P3"
    );
    assert_eq!(world.opened(3, Some(BREE)).text(), "eerst");
}

/// Writes and deletes until the document is too long for a limit of sixty operations.
fn outgrow(world: &mut World, person: &mut Person) {
    person.type_at(world, 0, "blijft ");
    for _ in 0..8 {
        person.type_at(world, 0, "gaat ");
        person.delete_at(world, 0, 5);
    }
}

#[test]
fn a_change_that_waits_behind_a_fresh_document_is_not_logged_in_the_generation_that_ended() {
    let mut world = World::with_plan().growing_to(60);
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.hold_switch = true;
    outgrow(&mut world, &mut alder);
    // The first document was made before the last words came; the second has them.
    assert!(world.release_one());
    // The log is busy while that comes, and then the change.
    world.hold_appends = true;
    bree.bind(&mut world, BoundActor::from_bytes([92; 16]));
    assert!(world.release_one());
    bree.type_at(&mut world, 0, "te laat ");
    world.release();
    bree.take(&mut world);
    assert_eq!(bree.moved, Some(Generation(2)));
    assert_eq!(bree.refused, ["generation-ended"], "rule N2");
    assert_eq!(
        world.kinds().last().map(String::as_str),
        Some("text.generation/1")
    );
    assert_eq!(world.opened(3, Some(ALDER)).text(), "blijft ");
}

#[test]
fn a_change_is_judged_by_its_size_then_its_right_then_its_actor_then_its_generation() {
    let mut world = World::with_plan();
    world.set_history("open");
    let mut alder = world.opened(1, Some(ALDER));
    let mut reader = world.opened(2, Some(COALITIE));
    let before = world.log_length();
    let foreign = reader.forge(&alder, "namens Alder");
    reader.push(&mut world, vec![0; CHANGE_BYTES_MAX + 1]);
    reader.push(&mut world, foreign.clone());
    reader.take(&mut world);
    assert_eq!(
        reader.refused,
        ["too-large", "not-allowed"],
        "rule P3: size before the right"
    );

    let mut bree = world.opened(3, Some(BREE));
    let before_bree = world.log_length();
    bree.generation = Generation(7);
    bree.push(&mut world, foreign);
    bree.type_at(&mut world, 0, "van een ander jaar");
    bree.take(&mut world);
    assert_eq!(
        bree.refused,
        ["foreign-actor", "foreign-actor"],
        "rule P3: the actor before the generation"
    );
    assert_eq!(world.log_length(), before_bree);
    alder.type_at(&mut world, 0, "goed");
    alder.take(&mut world);
    assert_eq!((alder.acknowledged, world.log_length() > before), (1, true));
}

#[test]
fn a_change_before_what_it_builds_on_is_refused_without_a_trace_and_welcome_after_it() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let (first, second) = (alder.type_unsent("een"), alder.type_unsent("twee "));
    let before = world.log_length();
    alder.push(&mut world, second.clone());
    alder.take(&mut world);
    assert_eq!(alder.refused, ["unknown-parents"], "rule P5");
    assert_eq!(world.log_length(), before, "rule P5: no trace");
    alder.push(&mut world, first);
    alder.push(&mut world, second);
    alder.take(&mut world);
    assert_eq!((alder.acknowledged, alder.refused.len()), (2, 1));
    assert_eq!(world.opened(3, Some(BREE)).text(), "twee een");
}

#[test]
fn what_people_type_in_the_moment_after_a_batch_shares_the_next() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.hold_rest = true;
    alder.type_at(&mut world, 0, "een ");
    let before = world.appends;
    alder.take(&mut world);
    assert_eq!(alder.acknowledged, 1, "who types alone waits for nothing");
    alder.type_at(&mut world, 4, "twee ");
    bree.type_at(&mut world, 0, "drie ");
    assert_eq!((world.held(), world.appends), (1, before));
    world.release();
    assert_eq!(world.appends, before + 1);
    alder.take(&mut world);
    bree.take(&mut world);
    assert_eq!((alder.acknowledged, bree.acknowledged), (2, 1));
}

#[test]
fn a_plan_does_not_rest_after_a_command_nor_where_much_waits() {
    let mut world = World::with_plan();
    world.hold_rest = true;
    world.set_history("open");
    assert_eq!(world.held(), 0);
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.hold_appends = true;
    alder.type_at(&mut world, 0, "x");
    for at in 0..TEXT_REST_QUEUE_MAX {
        bree.type_at(&mut world, at, "y");
    }
    world.hold_appends = false;
    let before = world.appends;
    assert!(world.release_one());
    assert_eq!(
        (world.held(), world.appends),
        (1, before + 2),
        "it rests after the second"
    );
}

#[test]
fn a_change_that_is_refused_for_its_size_is_named_too() {
    for letters in [CHANGE_OPS_MAX as usize + 1, CHANGE_BYTES_MAX + 1] {
        let mut world = World::with_plan();
        let mut alder = world.opened(1, Some(ALDER));
        let raw = alder.type_at(&mut world, 0, &"a".repeat(letters));
        let hash = Change::from_bytes(raw).unwrap().hash();
        let frames = world.inbox.remove(&1).unwrap_or_default();
        let names_it = |frame: &ServerFrame| matches!(frame, ServerFrame::Refused { hash: named, .. } if **named == hash.0);
        assert!(frames.iter().any(names_it), "rule P5: {frames:?}");
    }
}
