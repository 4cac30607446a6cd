//! A restore is told to whoever reads the chapter, behind the changes that it is (rule R5).

use std::sync::Arc;

use schema::ids::{BoundActor, Position};
use schema::log::Stream;

use super::person::Person;
use super::world::{ALDER, BREE, PROGRAMME, World, chapter_id, id16, plan_id};
use super::*;
use crate::log::EventLog;

/// The programme team brings words back; the log takes them when it is let.
fn restore(world: &mut World, ticket: Ticket) {
    let raw = Person::new(8, Some(PROGRAMME)).type_unsent("Terug. ");
    let seen = world
        .log
        .last_revision(plan_id(), &Stream::Chapter(chapter_id()))
        .unwrap();
    let request = WriteRequest {
        caller: PROGRAMME,
        origin: Origin {
            device: DeviceId::from_bytes(id16(1)),
            page: PageSessionId::from_bytes(id16(1)),
            via: Via::Restore,
        },
        plan: plan_id(),
        chapter: chapter_id(),
        id: CommandId::from_bytes(id16(77)),
        content: ContentDigest::default(),
        actor: BoundActor::from_bytes([9; 16]),
        generation: Generation(1),
        changes: vec![raw.into()],
        purpose: Purpose::Restore {
            payload: Arc::from(&b"{}"[..]),
            seen,
        },
    };
    let request = Box::new(request);
    world.handle(Input::Write { ticket, request });
}

/// Somebody whose device speaks these versions.
fn reading(world: &mut World, session: SessionId, versions: &[u16]) -> Person {
    let who = if session == 1 { ALDER } else { BREE };
    let mut person = Person::new(session, Some(who));
    person.versions = versions.to_vec();
    person.reconnect(world, session);
    person
}

#[test]
fn who_reads_is_told_of_a_restore_once_it_is_durable_and_its_changes_are_there() {
    let mut world = World::with_plan();
    world.set_history("open");
    let mut alder = reading(&mut world, 1, &[2, 1]);
    let mut old = reading(&mut world, 2, &[1]);
    alder.type_at(&mut world, 0, "Zorg");
    world.hold_appends = true;
    restore(&mut world, 900);
    alder.take(&mut world);
    assert!(alder.restored.is_empty(), "rule R2: nothing before it is durable");
    world.release();
    let answer = world.answers.remove(&900).unwrap().unwrap();
    alder.take(&mut world);
    old.take(&mut world);
    let [(position, text)] = &alder.restored[..] else {
        panic!("rule R5: told once: {:?}", alder.restored);
    };
    assert_eq!(answer.position, Some(*position), "rule R5");
    assert!(*position > Position(0));
    assert!(
        text.contains("Terug. "),
        "rule R5: the changes come first: {text}"
    );
    assert!(
        old.text().contains("Terug. "),
        "who speaks version 1 gets the changes"
    );
    assert!(old.restored.is_empty(), "rule R5: and no frame they do not know");
    alder.type_at(&mut world, 0, "Meer ");
    alder.take(&mut world);
    assert_eq!(alder.restored.len(), 1, "typing is no restore");
}
