//! A log that stops and goes on: who reads is not disturbed, who writes is told, and nothing is lost or doubled.

use schema::ids::CommandId;
use schema::limits::PRESENCE_INTERVAL_MS;
use schema::wire::ClientFrame;
use serde_json::json;

use super::person::Person;
use super::world::{ALDER, BREE, PROGRAMME, World, id16};
use super::*;

fn rename(world: &mut World, id: u8, title: &str) -> Result<CommandAnswer, CoreRefusal> {
    let command = json!({ "plan": { "type": "rename", "title": title } });
    world.command_as(PROGRAMME, CommandId::from_bytes(id16(id)), command, None)
}

fn plan_renames(world: &World) -> usize {
    world
        .kinds()
        .iter()
        .filter(|kind| kind.starts_with("plan.renamed"))
        .count()
}

/// Comes back under another session and offers everything unanswered again, as rule P2 says.
fn come_back(world: &mut World, person: &mut Person, session: SessionId, outbox: &[Vec<u8>]) {
    person.reconnect(world, session);
    for raw in outbox {
        person.push(world, raw.clone());
    }
    person.take(world);
}

#[test]
fn who_writes_is_sent_away_and_who_reads_reads_on() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    alder.type_at(&mut world, 0, "eerst ");
    alder.take(&mut world);
    world.fail_appends = true;
    let lost = alder.type_at(&mut world, 6, "bewaard");
    alder.take(&mut world);
    assert_eq!(alder.goodbye.as_deref(), Some("log-unavailable"), "rule P7");
    assert!(
        alder.refused.is_empty(),
        "the change stays in its author's outbox"
    );
    world.stop_log();
    bree.take(&mut world);
    assert_eq!((bree.goodbye.as_deref(), bree.text().as_str()), (None, "eerst "));

    // Somebody comes to read, and one's cursor still reaches the other.
    let mut third = world.opened(3, Some(BREE));
    assert_eq!(
        (third.goodbye.as_deref(), third.text().as_str()),
        (None, "eerst ")
    );
    let channel = bree.channel;
    let payload = vec![4, 2].into();
    world.now += PRESENCE_INTERVAL_MS;
    world.say(2, &ClientFrame::Presence { channel, payload });
    third.take(&mut world);
    assert_eq!(third.peers[&2].1, [4, 2]);

    // Writing is not even tried while the log is known to have stopped.
    let tried = world.appends;
    come_back(&mut world, &mut alder, 11, std::slice::from_ref(&lost));
    assert_eq!(alder.goodbye.as_deref(), Some("log-unavailable"));
    assert_eq!(world.appends, tried);

    world.resume_log();
    bree.take(&mut world);
    assert_eq!(bree.goodbye.as_deref(), Some("read-again"), "rule P7");
    come_back(&mut world, &mut alder, 12, &[lost]);
    bree.reconnect(&mut world, 22);
    assert_eq!((alder.acknowledged, alder.known), (2, 0));
    assert_eq!(bree.text(), "eerst bewaard");
}

/// After a failed flush the events may stand in the log although nobody was told so.
#[test]
fn what_the_log_kept_of_a_refused_batch_is_found_and_not_doubled() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    (world.fail_appends, world.keep_failed) = (true, true);
    let kept = alder.type_at(&mut world, 0, "toch bewaard");
    let length = world.log_length();
    bree.take(&mut world);
    assert_eq!(bree.text(), "", "nobody sees what was not acknowledged");
    world.stop_log();
    world.resume_log();
    come_back(&mut world, &mut alder, 11, &[kept]);
    assert_eq!((alder.acknowledged, alder.known), (0, 1), "rule P4");
    assert_eq!(world.log_length(), length, "appended once");
    alder.type_at(&mut world, 12, "!");
    bree.reconnect(&mut world, 12);
    assert_eq!(bree.text(), "toch bewaard!");
}

/// The refused change is in the evidence of the moment; what depends on it must not be taken on its word.
#[test]
fn changes_that_build_on_a_refused_one_wait_for_it() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.fail_appends = true;
    let first = alder.type_at(&mut world, 0, "een");
    world.fail_appends = false;
    // The log writes again, but the core has not read the plan again yet.
    come_back(&mut world, &mut alder, 11, &[]);
    let second = alder.type_at(&mut world, 3, " twee");
    alder.take(&mut world);
    assert_eq!(alder.goodbye.as_deref(), Some("log-unavailable"));
    assert_eq!(alder.acknowledged, 0);
    world.handle(Input::Tick);
    come_back(&mut world, &mut alder, 12, &[first, second]);
    assert_eq!(alder.acknowledged, 2);
    let bree = world.opened(2, Some(BREE));
    assert_eq!(bree.text(), "een twee");
}

#[test]
fn a_command_is_told_to_come_back_and_is_done_once() {
    for kept in [false, true] {
        let mut world = World::with_plan();
        rename(&mut world, 70, "Eerste").unwrap();
        let before = plan_renames(&world);
        (world.fail_appends, world.keep_failed) = (true, kept);
        let refused = rename(&mut world, 71, "Tweede");
        assert!(matches!(refused, Err(CoreRefusal::NotWriting(_))), "{refused:?}");
        world.stop_log();
        let tried = world.appends;
        let refused = rename(&mut world, 72, "Derde");
        assert!(matches!(refused, Err(CoreRefusal::NotWriting(_))), "{refused:?}");
        assert_eq!(world.appends, tried);
        rename(&mut world, 70, "Eerste").expect("its first answer is known");
        let reused = rename(&mut world, 70, "Anders");
        assert_eq!(reused, Err(CoreRefusal::KeyReused));
        world.resume_log();
        rename(&mut world, 71, "Tweede").unwrap();
        rename(&mut world, 71, "Tweede").unwrap();
        assert_eq!(
            plan_renames(&world),
            before + 1,
            "kept by the failed flush: {kept}"
        );
    }
}

#[test]
fn a_stop_that_is_known_beforehand_ends_nobody_and_actors_are_bound_afterwards() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.stop_log();
    let mut bree = world.opened(2, Some(BREE));
    let tried = world.appends;
    assert_eq!((alder.goodbye.as_deref(), bree.goodbye.as_deref()), (None, None));
    world.resume_log();
    assert_eq!(world.appends, tried + 1, "the actor that waited");
    bree.type_at(&mut world, 0, "daarna");
    bree.take(&mut world);
    alder.take(&mut world);
    assert_eq!((bree.acknowledged, alder.text().as_str()), (1, "daarna"));
    assert_eq!((alder.goodbye.as_deref(), bree.goodbye.as_deref()), (None, None));
}

#[test]
fn who_waits_for_a_copy_gets_it_although_the_plan_is_read_again() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    world.hold_follow = true;
    alder.type_at(&mut world, 0, "voor de kopie");
    let waiting = world.ask_for_copy();
    assert!(!world.copies.contains_key(&waiting), "the copy is behind");
    world.fail_appends = true;
    alder.type_at(&mut world, 0, "x");
    world.stop_log();
    world.hold_follow = false;
    let meanwhile = world.ask_for_copy();
    world.resume_log();
    world.settle_copy();
    assert_eq!(world.copies.get(&waiting), Some(&Ok(())));
    assert_eq!(world.copies.get(&meanwhile), Some(&Ok(())));
}
