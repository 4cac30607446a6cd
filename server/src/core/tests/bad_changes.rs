//! A change that means harm, or that the library fails on, costs its sender the connection and the others nothing.

use schema::ids::{BoundActor, Generation};
use schema::limits::{
    BAD_CHANGES_FORGOTTEN_MS, BAD_CHANGES_MAX, BAD_CHANGES_RETRY_MS, BAD_CHANGES_RETRY_MS_MAX,
    PRESENCE_INTERVAL_MS, REFUSALS_LOGGED_MAX,
};

use super::person::Person;
use super::world::{ALDER, BREE, World};
use super::*;
use crate::logged::Logged;

#[test]
fn whoever_sent_a_change_that_cannot_be_applied_is_sent_away_and_named() {
    let (mut world, mut alder, mut bree, offender) = World::with_offender();
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

/// Bree's page, or a program of hers, each by its own sign-in.
fn signed_in(session: SessionId, by: u8) -> Person {
    let mut bree = Person::new(session, Some(BREE));
    bree.sign_in = Some(SignIn {
        id: [by; 16],
        ends_at: TimestampMs(u64::MAX),
        within: None,
    });
    bree
}

/// Comes back under another number and pushes bad changes until it is sent away; after how many, and for how long.
fn errs(world: &mut World, session: SessionId, by: u8) -> (usize, Option<u32>) {
    let mut bree = signed_in(session, by);
    bree.greet(world);
    bree.take(world);
    if bree.goodbye.is_none() {
        bree.open(world);
    }
    while bree.goodbye.is_none() {
        bree.push(world, vec![0; 40]);
        bree.take(world);
    }
    assert_eq!(bree.goodbye.as_deref(), Some("bad-changes"), "rule P9");
    (bree.refused.len(), bree.retry_after_ms)
}

#[test]
fn whoever_comes_back_and_goes_on_rests_longer_each_time() {
    let mut world = World::with_plan();
    let mut rest = BAD_CHANGES_RETRY_MS;
    let all = BAD_CHANGES_MAX as usize;
    assert_eq!(errs(&mut world, 10, 1), (all, Some(rest)));
    for session in 11..20 {
        world.pass(u64::from(rest) - 1);
        let early = errs(&mut world, session + 100, 1);
        assert_eq!(
            early,
            (0, Some(1)),
            "who comes too early is told for how long still"
        );
        world.pass(1);
        rest = (rest * 2).min(BAD_CHANGES_RETRY_MS_MAX);
        assert_eq!(errs(&mut world, session, 1), (1, Some(rest)));
    }
    assert_eq!(rest, BAD_CHANGES_RETRY_MS_MAX);
    world.pass(BAD_CHANGES_FORGOTTEN_MS);
    assert_eq!(
        errs(&mut world, 20, 1),
        (all, Some(BAD_CHANGES_RETRY_MS)),
        "who sent none for long is as new"
    );
}

#[test]
fn a_program_that_errs_costs_its_persons_page_nothing() {
    let mut world = World::with_plan();
    errs(&mut world, 10, 1);
    let mut page = signed_in(11, 2);
    page.reconnect(&mut world, 11);
    page.type_at(&mut world, 0, "eerlijk");
    page.take(&mut world);
    assert_eq!((page.acknowledged, &page.goodbye), (1, &None));
}

#[test]
fn a_program_that_comes_back_for_ever_fills_no_log() {
    let mut world = World::with_plan();
    let logged = Logged::start();
    for session in 10..100 {
        errs(&mut world, session, 1);
    }
    let lines = logged.text().lines().count();
    assert!(lines <= REFUSALS_LOGGED_MAX as usize + 1, "{lines} lines");
}

#[test]
fn changes_under_somebody_elses_actor_count_too() {
    let mut world = World::with_plan();
    let alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    let forged = bree.forge(&alder, "namens Alder");
    for _ in 0..BAD_CHANGES_MAX {
        assert_eq!(bree.goodbye, None);
        bree.push(&mut world, forged.clone());
        bree.take(&mut world);
    }
    assert_eq!(bree.refused, vec!["foreign-actor"; BAD_CHANGES_MAX as usize]);
    assert_eq!(bree.goodbye.as_deref(), Some("bad-changes"), "rule P9");
}

/// The request for an actor that comes when the generation has ended is not answered, and words wait behind it already.
#[test]
fn words_that_come_as_their_generation_ends_are_no_offence_whoever_their_actor_is() {
    let (mut world, mut alder, _, offender) = World::with_offender();
    world.hold_switch = true;
    world.fail_follow(&offender);
    let fresh = BoundActor::from_bytes([77; 16]);
    alder.bind(&mut world, fresh);
    alder.write_under(fresh);
    for _ in 0..BAD_CHANGES_MAX {
        alder.type_at(&mut world, 0, "x");
    }
    alder.take(&mut world);
    let answers = vec!["generation-ended"; BAD_CHANGES_MAX as usize];
    assert_eq!(alder.refused, answers, "rule N2");
    assert_eq!(alder.goodbye, None, "rule P9");
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
