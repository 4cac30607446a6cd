//! A change that means harm, or that the library fails on, costs its sender the connection and the others nothing.

use schema::ids::Generation;
use schema::limits::{BAD_CHANGES_MAX, BAD_CHANGES_RETRY_MS, PRESENCE_INTERVAL_MS};

use super::world::{ALDER, BREE, World};
use super::*;
use crate::logged::Logged;

#[test]
fn whoever_sent_a_change_that_cannot_be_applied_is_sent_away_and_named() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    alder.type_at(&mut world, 0, "goed ");
    world.settle_copy();
    world.hold_follow = true;
    bree.take(&mut world);
    let offender = bree.type_at(&mut world, 0, "kwaad ");
    alder.type_at(&mut world, 5, "eerlijk");
    let logged = Logged::start();
    world.fail_follow(&offender);
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!(bree.goodbye.as_deref(), Some("change-failed"), "rule P8");
    assert_eq!(
        bree.retry_after_ms,
        Some(BAD_CHANGES_RETRY_MS),
        "other words go on"
    );
    assert_eq!(
        (alder.goodbye.as_deref(), alder.moved),
        (None, Some(Generation(2)))
    );
    let told = logged.text();
    let line = told
        .lines()
        .find(|line| line.contains("cannot be applied"))
        .unwrap();
    assert!(line.contains("\"session\":2"), "{line}");
    assert!(line.contains(&BREE.person.to_string()), "{line}");

    alder.go_on(&mut world, BoundActor::from_bytes([71; 16]));
    alder.type_at(&mut world, 0, "verder ");
    alder.take(&mut world);
    assert_eq!(alder.text(), "verder goed eerlijk", "the others go on");
    assert!(!alder.peers.contains_key(&2), "nobody sees the one who is gone");
}

#[test]
fn what_the_copy_holds_is_nobodys_fault_any_more() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let early = alder.type_at(&mut world, 0, "vroeg ");
    world.ask_for_copy();
    world.hold_follow = true;
    alder.type_at(&mut world, 0, "later ");
    world.pass(10_000);
    // The library names a change that it took before.
    world.fail_held_follow(&early);
    alder.take(&mut world);
    assert_eq!(
        (alder.goodbye.as_deref(), alder.moved),
        (None, Some(Generation(2)))
    );
}

#[test]
fn an_honest_mistake_is_refused_and_a_row_of_bad_changes_ends_the_connection() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    assert!(alder.peers.contains_key(&2));
    let logged = Logged::start();
    for _ in 1..BAD_CHANGES_MAX {
        bree.push(&mut world, vec![0; 40]);
    }
    bree.take(&mut world);
    assert_eq!(
        bree.refused,
        vec!["malformed"; BAD_CHANGES_MAX as usize - 1],
        "rule P5"
    );
    bree.type_at(&mut world, 0, "eerlijk ");
    bree.take(&mut world);
    assert_eq!(
        (bree.acknowledged, &bree.goodbye),
        (1, &None),
        "a mistake ends nothing"
    );

    bree.push(&mut world, vec![0; 40]);
    bree.take(&mut world);
    assert_eq!(bree.goodbye.as_deref(), Some("bad-changes"), "rule P9");
    assert_eq!(bree.retry_after_ms, Some(BAD_CHANGES_RETRY_MS));
    let told = logged.text();
    let line = told.lines().find(|line| line.contains("bad changes")).unwrap();
    assert!(line.contains(&BREE.person.to_string()), "it is named: {line}");
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    alder.type_at(&mut world, 0, "verder ");
    alder.take(&mut world);
    assert_eq!(alder.text(), "verder eerlijk ", "nobody else notices");
    assert!(!alder.peers.contains_key(&2), "but that she is gone");
}

#[test]
fn what_builds_on_something_refused_counts_for_nothing() {
    let mut world = World::with_plan();
    let mut bree = world.opened(2, Some(BREE));
    bree.type_unsent("nooit verstuurd ");
    for _ in 0..2 * BAD_CHANGES_MAX {
        bree.type_at(&mut world, 0, "daarop ");
    }
    bree.take(&mut world);
    assert_eq!(
        bree.refused,
        vec!["unknown-parents"; 2 * BAD_CHANGES_MAX as usize]
    );
    assert_eq!(bree.goodbye, None);
}

#[test]
fn who_is_sent_away_while_the_log_stands_still_is_seen_to_leave() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    assert!(alder.peers.contains_key(&2));
    world.handle(Input::LogHealth(Health::Stopped {
        reason: "disk full".into(),
    }));
    bree.type_at(&mut world, 0, "past niet");
    bree.take(&mut world);
    assert_eq!(bree.goodbye.as_deref(), Some("log-unavailable"), "rule P7");
    world.pass(PRESENCE_INTERVAL_MS);
    alder.take(&mut world);
    assert!(!alder.peers.contains_key(&2), "rule V1");
}
