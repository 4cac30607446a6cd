//! A change that makes the library panic stands in the log, where an earlier program let it in: it costs its generation,
//! and nobody a word.

use automerge::legacy::{ElementId, Key, OpId};
use automerge::{Change, ChangeHash, ExpandedChange};
use schema::ids::ActorRef;
use schema::log::event::text_event_id;
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{NewEvent, Stream, Who};

use super::world::{ALDER, BREE, World, chapter_id, plan_id};
use super::*;
use crate::log::{Direction, EventLog, ReadRequest, Selector};
use crate::logged::Logged;

/// The same change, but it follows an operation that does not exist.
fn spoiled(raw: &[u8]) -> Change {
    let mut change: ExpandedChange = Change::from_bytes(raw.to_vec()).unwrap().decode();
    change.operations[0].key = Key::Seq(ElementId::Id(OpId::new(9_000, &change.actor_id)));
    Change::from(change)
}

/// Under which actor the last words of a text that the log holds were written.
fn last_author(world: &World) -> ActorRef {
    let request = ReadRequest {
        plan: plan_id(),
        selector: Selector::Stream(Stream::Text(chapter_id(), Generation(1))),
        from: u64::MAX,
        direction: Direction::Backward,
        limit: 1,
    };
    world.log.read(&request).unwrap()[0].envelope.who
}

/// A change as the log holds it.
fn stored(who: ActorRef, hash: ChangeHash, raw: &[u8]) -> NewEvent {
    NewEvent {
        id: text_event_id(chapter_id(), Generation(1), &hash.0),
        stream: Stream::Text(chapter_id(), Generation(1)),
        kind: TEXT_CHANGED,
        who: Who::Actor(who),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: raw.into(),
    }
}

#[test]
fn a_change_that_no_rule_lets_in_is_set_aside_and_its_sender_named() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let mut bree = world.opened(2, Some(BREE));
    bree.type_at(&mut world, 0, "dichtbij");
    let brees = last_author(&world);
    alder.take(&mut world);
    alder.type_at(&mut world, 0, "goed ");
    let alders = last_author(&world);
    bree.take(&mut world);
    let bad = spoiled(&alder.type_unsent("kwaad "));
    let honest = bree.type_unsent("eerlijk ");
    let hash = Change::from_bytes(honest.clone()).unwrap().hash();
    world.append_behind(stored(alders, bad.hash(), bad.raw_bytes()));
    world.append_behind(stored(brees, hash, &honest));

    let logged = Logged::start();
    world.restart();
    let mut reader = world.opened(3, Some(BREE));
    assert_eq!(reader.text(), "eerlijk goed dichtbij");
    assert!(world.kinds().contains(&"text.quarantined/1".to_owned()));
    let told = logged.text();
    let line = told
        .lines()
        .find(|line| line.contains("cannot be applied"))
        .expect("it is told");
    assert!(
        line.contains(&ALDER.person.to_string()),
        "its sender is named: {line}"
    );
    assert!(line.contains(&bad.hash().to_string()), "{line}");
    reader.type_at(&mut world, 0, "verder ");
    reader.take(&mut world);
    assert_eq!(reader.acknowledged, 1, "the chapter goes on");
    world.restart();
    assert_eq!(
        world.opened(4, Some(ALDER)).text(),
        "verder eerlijk goed dichtbij",
        "also when read anew"
    );
}
