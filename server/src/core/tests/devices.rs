//! Devices store text, and are told once it is erased (rule N5).

use schema::ids::{DeviceId, PlanId};

use super::closing::{approve_erasing, close_text};
use super::person::Person;
use super::world::{ALDER, BREE, OUTSIDER, World, chapter_id, id16, plan_id};
use super::*;
use crate::core::devices::DeviceFact;

const SECOND: Generation = Generation(2);

/// What became known since it was last asked, of the device of a connection.
fn news_of(world: &mut World, session: SessionId) -> Vec<DeviceFact> {
    let device = DeviceId::from_bytes(id16(session as u8));
    let news = std::mem::take(&mut world.news);
    let (theirs, others) = news
        .into_iter()
        .partition(|news: &DeviceNews| news.device == device);
    world.news = others;
    theirs.into_iter().map(|news: DeviceNews| news.what).collect()
}

fn erase(world: &mut World) {
    let erasure = approve_erasing(world);
    close_text(world, erasure);
}

#[test]
fn an_opened_chapter_is_on_the_device_in_the_generation_it_had() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    let opened = |generation| vec![DeviceFact::Opened(chapter_id(), Generation(generation))];
    assert_eq!(news_of(&mut world, 1), opened(1));
    alder.type_at(&mut world, 0, "tekst");
    alder.take(&mut world);
    erase(&mut world);
    let _bree = world.opened(2, Some(BREE));
    assert_eq!(news_of(&mut world, 2), opened(2));
    alder.reconnect(&mut world, 3);
    assert_eq!(news_of(&mut world, 3), opened(1), "it stores what it had before");
    alder.wiped(&mut world, SECOND);
    assert_eq!(news_of(&mut world, 3), [DeviceFact::Wiped(chapter_id(), SECOND)]);
}

#[test]
fn who_connects_with_erased_text_is_told_without_opening_it() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "geheim");
    alder.holds(&mut world, vec![chapter_id()]);
    assert_eq!(alder.to_wipe, [], "nothing of it is erased");
    erase(&mut world);
    world.restart();
    let mut back = Person::new(4, Some(ALDER));
    back.reconnect(&mut world, 4);
    back.close(&mut world);
    news_of(&mut world, 4);
    let unknown = ChapterId::from_bytes(id16(99));
    back.holds(&mut world, vec![unknown, chapter_id()]);
    assert_eq!(back.to_wipe, [(chapter_id(), SECOND)], "rule N5");
    let holds = DeviceFact::Holds(vec![chapter_id()]);
    assert_eq!(news_of(&mut world, 4), [holds], "of chapters that are there only");
    back.wiped(&mut world, Generation(7));
    let wiped = DeviceFact::Wiped(chapter_id(), SECOND);
    assert_eq!(news_of(&mut world, 4), [wiped], "nothing after that is erased");
}

#[test]
fn who_is_connected_and_has_it_not_open_is_told_when_it_is_erased() {
    let mut world = World::with_plan();
    let mut stores = Person::new(1, Some(ALDER));
    stores.reconnect(&mut world, 1);
    stores.close(&mut world);
    stores.holds(&mut world, vec![chapter_id()]);
    let mut opened_later = Person::new(5, Some(ALDER));
    opened_later.greet(&mut world);
    opened_later.holds(&mut world, Vec::new());
    opened_later.open(&mut world);
    opened_later.close(&mut world);
    let mut open = world.opened(2, Some(BREE));
    open.holds(&mut world, vec![chapter_id()]);
    let mut never_said = world.opened(3, Some(BREE));
    never_said.close(&mut world);
    erase(&mut world);
    for person in [&mut stores, &mut opened_later, &mut open, &mut never_said] {
        person.take(&mut world);
    }
    assert_eq!(stores.to_wipe, [(chapter_id(), SECOND)]);
    assert_eq!(opened_later.to_wipe, [(chapter_id(), SECOND)]);
    assert_eq!((open.to_wipe.len(), open.moved), (0, Some(SECOND)), "rule N1");
    assert_eq!(never_said.to_wipe, [], "an older page would not understand");
}

#[test]
fn of_strangers_nothing_is_noted_and_whoever_left_is_heard() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "geheim");
    alder.take(&mut world);
    world.withdraw_writer(ALDER);
    erase(&mut world);
    let nobody = Caller {
        person: PersonId::from_bytes(id16(77)),
        ..OUTSIDER
    };
    world.news.clear();
    for (session, who) in [(6, None), (7, Some(nobody))] {
        let mut stranger = Person::new(session, who);
        stranger.reconnect(&mut world, session);
        stranger.holds(&mut world, vec![chapter_id()]);
        stranger.wiped(&mut world, SECOND);
        stranger.take(&mut world);
        assert_eq!(
            (stranger.to_wipe.len(), news_of(&mut world, session)),
            (0, vec![])
        );
    }
    let mut left = Person::new(8, Some(ALDER));
    left.reconnect(&mut world, 8);
    assert!(left.closed.is_some(), "no right to open it");
    left.holds(&mut world, vec![chapter_id()]);
    left.wiped(&mut world, SECOND);
    assert_eq!(left.to_wipe, [(chapter_id(), SECOND)]);
    assert_eq!(news_of(&mut world, 8).len(), 2);
    let other = PlanId::from_bytes(id16(66));
    let chapters = vec![chapter_id()];
    world.say(
        8,
        &ClientFrame::Held {
            plan: other,
            chapters,
        },
    );
    assert_eq!(
        world.core.plan_count(),
        1,
        "a plan that is not there takes no place"
    );
    assert_ne!(plan_id(), other);
}

#[test]
fn a_device_that_is_there_is_news_once_a_minute_and_when_it_goes() {
    let mut world = World::with_plan();
    let _alder = world.opened(1, Some(ALDER));
    news_of(&mut world, 1);
    let ping = ClientFrame::Ping { token: 0 };
    let start = world.now;
    for second in [10, 50, 61, 90] {
        world.now = start + second * 1_000;
        world.say(1, &ping);
    }
    assert_eq!(news_of(&mut world, 1), [DeviceFact::Seen]);
    world.now = start + 100_000;
    world.handle(Input::Disconnected { session: 1 });
    let last = world.news.last().map(|news| (news.at.0 - start, news.plan));
    assert_eq!(
        last,
        Some((90_000, plan_id())),
        "the last it said, not when that was noticed"
    );
    assert_eq!(news_of(&mut world, 1), [DeviceFact::Seen]);
    let mut idle = Person::new(5, Some(BREE));
    idle.greet(&mut world);
    world.now = start + 200_000;
    world.say(5, &ping);
    assert_eq!(news_of(&mut world, 5), [], "nothing is known to be on it");
}
