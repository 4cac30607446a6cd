//! A chapter that was written at for long goes on in a fresh document, and nobody has to stop for that.

use schema::limits::{GENERATION_FREE_TRIES, GENERATION_RETRY_MS};
use schema::log::kinds::TEXT_GENERATION;
use schema::text::generation::{GenerationStarted, Reason, SameRun};

use super::person::Person;
use super::world::{ALDER, BREE, OUTSIDER, World, chapter_id, plan_id};
use super::*;
use crate::log::{Direction, ReadRequest, Selector};

/// Operations that a chapter may hold here beyond twice its text.
const SPARE_OPS: u64 = 60;

/// Writes and deletes until the document is too long; what stays is "blijft ".
fn outgrow(world: &mut World, person: &mut Person) {
    if person.text().is_empty() {
        person.type_at(world, 0, "blijft ");
    }
    for _ in 0..8 {
        person.type_at(world, 0, "gaat ");
        person.delete_at(world, 0, 5);
    }
}

fn actor(n: u8) -> BoundActor {
    BoundActor::from_bytes([n; 16])
}

/// The starts of generations that the log holds.
fn starts(world: &World) -> Vec<GenerationStarted> {
    let request = ReadRequest {
        plan: plan_id(),
        selector: Selector::All,
        from: 0,
        direction: Direction::Forward,
        limit: 4_096,
    };
    let records = crate::log::EventLog::read(&world.log, &request).unwrap();
    let starts = records
        .iter()
        .filter(|record| record.envelope.kind == TEXT_GENERATION);
    starts
        .map(|record| GenerationStarted::read(record.payload.bytes().unwrap()).unwrap())
        .collect()
}

fn live(world: &World) -> &chapter::Live {
    world.core.plans[&plan_id()].chapters[&chapter_id()]
        .live()
        .unwrap()
}

#[test]
fn a_grown_chapter_goes_on_with_the_same_text_in_a_document_that_holds_nothing_else() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    outgrow(&mut world, &mut alder);
    alder.take(&mut world);
    assert_eq!(alder.moved, Some(Generation(2)), "rule N1");
    let evidence = &live(&world).evidence;
    assert_eq!(evidence.ops(), evidence.needed_ops());
    assert!(
        evidence.ops() < 7 + 8,
        "the letters, one marker and the text itself"
    );
    let loads_nothing = world.opened(2, Some(BREE));
    assert_eq!(loads_nothing.text(), "blijft ");
    let started = starts(&world).pop().unwrap();
    assert_eq!(started.reason, Reason::Growth);
    assert_eq!(started.old_content, Some(started.new_content));
    let all = SameRun {
        old: 0,
        new: 1,
        length: 7,
    };
    assert_eq!(started.same, [all], "who wrote what is known through this");
    alder.go_on(&mut world, actor(91));
    let needed = live(&world).evidence.needed_ops();
    alder.type_at(&mut world, 8, "en groeit");
    world.restart();
    assert_eq!(world.opened(4, Some(BREE)).text(), "blijft en groeit");
    assert_eq!(
        live(&world).evidence.needed_ops(),
        needed + 9,
        "also when read from the log"
    );
}

#[test]
fn however_long_it_is_written_at_the_document_stays_within_the_limit() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    for round in 0..12 {
        outgrow(&mut world, &mut alder);
        alder.go_on(&mut world, actor(100 + round));
        let live = live(&world);
        assert!(live.evidence.ops() <= 2 * live.evidence.needed_ops() + SPARE_OPS);
    }
    assert!(starts(&world).len() > 10);
    assert_eq!(alder.text(), "blijft ");
}

#[test]
fn steady_typing_overtakes_a_switch_only_so_often_and_loses_nothing() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.hold_switch = true;
    outgrow(&mut world, &mut alder);
    let mut typed = String::new();
    for round in 0..GENERATION_FREE_TRIES {
        bree.take(&mut world);
        let letter = char::from(b'a' + u8::try_from(round).unwrap());
        typed.insert(0, letter);
        bree.type_at(&mut world, 0, &letter.to_string());
        assert!(world.release_one(), "attempt {round}");
    }
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!(bree.acknowledged, typed.len(), "accepted while it was made");
    assert_eq!((bree.moved, alder.moved), (None, None));
    bree.type_at(&mut world, 0, "te laat ");
    bree.take(&mut world);
    assert_eq!(
        bree.refused,
        ["generation-ended"],
        "rule N2: its author carries it over"
    );
    assert!(world.release_one());
    assert!(!world.release_one(), "that was the last attempt");
    bree.take(&mut world);
    assert_eq!(bree.moved, Some(Generation(2)));
    assert_eq!(world.opened(3, Some(ALDER)).text(), format!("{typed}blijft "));
}

#[test]
fn a_pause_between_two_changes_is_enough() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_switch = true;
    outgrow(&mut world, &mut alder);
    alder.type_at(&mut world, 0, "x");
    assert!(world.release_one() && world.release_one());
    alder.take(&mut world);
    assert_eq!((alder.moved, alder.refused.len()), (Some(Generation(2)), 0));
    assert_eq!(world.opened(3, Some(BREE)).text(), "xblijft ");
}

#[test]
fn a_fresh_document_that_cannot_be_made_costs_only_the_attempt() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_switch = true;
    outgrow(&mut world, &mut alder);
    world.fail_switch();
    alder.type_at(&mut world, 0, "y");
    assert!(!world.release_one(), "not at every change again");
    world.now += GENERATION_RETRY_MS;
    alder.take(&mut world);
    assert_eq!((alder.moved, alder.refused.len()), (None, 0));
    // It is tried again, and fails when nobody may write any more: then the old generation goes on.
    alder.type_at(&mut world, 0, "z");
    for _ in 0..GENERATION_FREE_TRIES {
        alder.type_at(&mut world, 0, "-");
        assert!(world.release_one());
    }
    world.fail_switch();
    alder.type_at(&mut world, 0, "+");
    alder.take(&mut world);
    assert_eq!(alder.refused.len(), 0, "written again");
    assert_eq!(world.opened(3, Some(BREE)).text(), "+---zyblijft ");
}

#[test]
fn a_fresh_document_of_a_generation_that_was_quarantined_meanwhile_is_not_used() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "blijft ");
    world.settle_copy();
    (world.hold_switch, world.hold_follow) = (true, true);
    let offender = alder.type_at(&mut world, 0, "kwaad ");
    outgrow(&mut world, &mut alder);
    assert!(live(&world).growing.is_some());
    world.now += 2_000;
    world.handle(Input::Tick);
    world.fail_held_follow(&offender);
    world.release();
    let kinds = world.kinds();
    let of = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!((of("text.quarantined/1"), of("text.generation/1")), (1, 2));
    assert_eq!(world.opened(3, Some(BREE)).text(), "blijft ");
}

#[test]
fn while_the_log_does_not_write_a_grown_chapter_stays_open_as_it_is() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_switch = true;
    outgrow(&mut world, &mut alder);
    world.stop_log();
    assert!(world.release_one());
    assert_eq!(world.opened(3, Some(BREE)).text(), "blijft ", "read on");
    world.resume_log();
    alder.take(&mut world);
    assert_eq!(alder.moved, None);
    world.hold_switch = false;
    alder.type_at(&mut world, 0, "weer ");
    alder.take(&mut world);
    assert_eq!(alder.moved, Some(Generation(2)), "made once it writes again");
}

#[test]
fn who_was_away_is_told_the_rest_of_the_generation_and_where_its_text_stands() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    let mut alder = world.opened(1, Some(ALDER));
    outgrow(&mut world, &mut alder);
    alder.go_on(&mut world, actor(91));
    alder.type_at(&mut world, 1, "nu ");
    outgrow(&mut world, &mut alder);
    alder.go_on(&mut world, actor(92));
    assert_eq!(alder.moved, None);
    let head = world.opened(9, Some(BREE)).next.0;
    let mut bree = world.opened(2, Some(BREE));
    bree.trace(&mut world, 1, (1, head));
    assert!(bree.missed.len() > 10, "all of the first generation");
    let all = SameRun {
        old: 0,
        new: 4,
        length: 7,
    };
    assert_eq!(bree.same, Some(vec![all]), "rule N4, over two generations");
    (bree.missed, bree.same) = (Vec::new(), None);
    bree.trace(&mut world, 1, (1, head));
    assert_eq!((bree.missed.len(), &bree.same), (0, &None), "once per opening");
    let mut stranger = world.opened(4, Some(OUTSIDER));
    stranger.channel = bree.channel;
    stranger.trace(&mut world, 1, (1, head));
    assert_eq!((stranger.missed.len(), stranger.same), (0, None));
}

#[test]
fn who_may_no_longer_write_is_told_it_too() {
    let mut world = World::with_plan().growing_to(SPARE_OPS);
    world.set_history("open");
    world.grant_coalitie(BREE);
    let mut alder = world.opened(1, Some(ALDER));
    outgrow(&mut world, &mut alder);
    world.withdraw_writer(BREE);
    let mut bree = world.opened(2, Some(BREE));
    assert_eq!(bree.read_only.as_deref(), Some("not-allowed"));
    bree.trace(&mut world, 1, (1, 1));
    assert!(bree.missed.len() > 10 && bree.same.is_some(), "rule N4");
}

#[test]
fn a_generation_that_a_failing_change_ended_is_not_told() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "goed ");
    world.settle_copy();
    world.hold_follow = true;
    let offender = alder.type_at(&mut world, 0, "kwaad ");
    world.fail_follow(&offender);
    let mut bree = world.opened(2, Some(BREE));
    bree.trace(&mut world, 1, (1, 1));
    assert_eq!(
        (bree.missed.len(), bree.same),
        (0, None),
        "the change that fails goes to nobody"
    );
}

#[test]
fn a_change_pushed_behind_the_request_for_its_actor_waits_for_it() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_appends = true;
    let mut bree = world.opened(2, Some(BREE));
    bree.type_at(&mut world, 0, "meteen");
    bree.take(&mut world);
    assert_eq!((bree.acknowledged, bree.refused.len()), (0, 0));
    world.release();
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!((bree.acknowledged, bree.refused.len()), (1, 0), "rule A4");
    assert_eq!(alder.text(), "meteen");
}
