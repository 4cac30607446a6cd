//! One person's questions about ended generations are read one at a time, with a rest between them.

use schema::ids::BoundActor;

use super::person::Person;
use super::world::{ALDER, BREE, World};
use super::*;

/// A chapter in its second generation; it holds "blijft ".
fn second_generation(world: &mut World) {
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(world, 0, "blijft ");
    outgrow(world, &mut alder, 91);
    world.handle(Input::Disconnected { session: 1 });
}

/// Types and deletes until the chapter goes on in another generation.
fn outgrow(world: &mut World, person: &mut Person, next_actor: u8) {
    for _ in 0..8 {
        person.type_at(world, 0, "gaat ");
        person.delete_at(world, 0, 5);
    }
    person.go_on(world, BoundActor::from_bytes([next_actor; 16]));
}

/// Asks what became of the first generation.
fn ask(world: &mut World, person: &mut Person) {
    person.trace(world, 1, (1, 1));
}

/// The same, having closed the chapter and opened it anew.
fn ask_again(world: &mut World, person: &mut Person) {
    person.close(world);
    person.open(world);
    ask(world, person);
}

#[test]
fn who_opens_again_to_ask_again_waits_as_long_as_the_last_answer_took() {
    let mut world = World::with_plan().growing_to(60);
    second_generation(&mut world);
    let (mut alder, mut bree) = (world.opened(2, Some(ALDER)), world.opened(3, Some(BREE)));
    world.hold_reading = true;
    ask(&mut world, &mut alder);
    for _ in 0..50 {
        ask_again(&mut world, &mut alder);
    }
    assert_eq!(world.held(), 1, "rule N4: one at a time");
    ask(&mut world, &mut bree);
    assert_eq!(world.held(), 2, "another person does not wait for it");

    world.now += 400;
    assert!(world.release_one());
    alder.take(&mut world);
    assert!(alder.same.is_some());
    assert!(world.release_one(), "what the other one asked");
    world.pass(399);
    assert_eq!(world.held(), 0, "rule N4: a rest as long as it took");
    world.pass(1);
    assert_eq!(world.held(), 1, "what waited is asked once");
    alder.same = None;
    world.release();
    alder.take(&mut world);
    assert!(alder.same.is_some(), "and answered");
    world.pass(60_000);
    assert_eq!(world.held(), 0);
}

#[test]
fn what_a_connection_wanted_to_know_is_not_read_when_it_is_gone() {
    let mut world = World::with_plan().growing_to(60);
    second_generation(&mut world);
    let mut devices: Vec<Person> = (2..6).map(|session| world.opened(session, Some(ALDER))).collect();
    world.hold_reading = true;
    devices.iter_mut().for_each(|device| ask(&mut world, device));
    assert_eq!(world.held(), 1);
    for session in [2, 3, 4] {
        world.handle(Input::Disconnected { session });
    }
    world.now += 10;
    assert!(world.release_one(), "the first is read already");
    world.pass(10);
    assert_eq!(world.held(), 1);
    world.release();
    let last = devices.last_mut().unwrap();
    last.take(&mut world);
    assert!(last.same.is_some(), "rule N4: whoever is still there hears it");
    world.pass(60_000);
    assert_eq!(world.held(), 0, "the others are not read for");
}

/// Laid beside the text of a later generation it would take letters away that others wrote meanwhile.
#[test]
fn an_answer_that_the_next_generation_overtook_is_not_told() {
    let mut world = World::with_plan().growing_to(60);
    second_generation(&mut world);
    let (mut alder, mut bree) = (world.opened(2, Some(ALDER)), world.opened(3, Some(BREE)));
    world.hold_reading = true;
    ask(&mut world, &mut alder);
    bree.type_at(&mut world, 1, "erbij ");
    outgrow(&mut world, &mut bree, 92);
    alder.go_on(&mut world, BoundActor::from_bytes([93; 16]));
    let text = alder.text();
    assert_eq!(text, "erbij blijft ");

    assert!(world.release_one(), "what was asked in the second generation");
    alder.take(&mut world);
    assert_eq!((alder.missed.len(), &alder.same), (0, &None), "rule N4");

    ask(&mut world, &mut alder);
    world.release();
    alder.take(&mut world);
    let kept = alder.same.expect("the answer to what was asked in the third");
    let starts: Vec<u32> = kept.iter().map(|run| run.new).collect();
    assert_eq!(starts, [7], "behind the marker and what was added");
}
