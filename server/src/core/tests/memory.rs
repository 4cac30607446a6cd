//! Open chapters take no more memory than they may, and nobody who reads one notices.

use schema::limits::{CHAPTER_IDLE_MS, COPY_UNPACKED_MS, FOLLOW_DELAY_MS};
use serde_json::json;

use super::world::{ALDER, BREE, PROGRAMME, World, chapter_id, id16, plan_id};
use super::*;

/// Three more chapters, each touched by a reader of its text, one after the other.
fn touched(world: &mut World) -> Vec<ChapterId> {
    let chapters: Vec<ChapterId> = (0..3).map(|n| ChapterId::from_bytes(id16(170 + n))).collect();
    for (n, chapter) in (0..).zip(&chapters) {
        let team = schema::ids::TeamId::from_bytes(id16(110));
        let create = json!({ "chapter": [chapter, { "type": "create", "title": "Nog een", "team": team }] });
        world
            .command_as(PROGRAMME, CommandId::from_bytes(id16(180 + n)), create, None)
            .unwrap();
        world.now += 10;
        let (ticket, plan, chapter) = (1_000 + u64::from(n), plan_id(), *chapter);
        world.handle(Input::ReadCopy {
            ticket,
            plan,
            chapter,
        });
        assert!(world.copies[&ticket].is_ok());
    }
    chapters
}

fn open(world: &World) -> Vec<ChapterId> {
    world.core.plans[&plan_id()].chapters.keys().copied().collect()
}

#[test]
fn the_longest_unread_is_closed_first_and_what_is_read_stays() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "blijft open");
    world.settle_copy();
    let chapters = touched(&mut world);
    world.pass(100);
    assert_eq!(open(&world).len(), 4, "all fit");
    let all = world.core.chapters_bytes();
    world.core.limits.chapters_bytes_max = all - 1;
    world.pass(100);
    assert_eq!(open(&world), [chapters[1], chapters[2], chapter_id()]);
    world.core.limits.chapters_bytes_max = 0;
    world.pass(100);
    assert_eq!(open(&world), [chapter_id()], "somebody has it open");
    alder.type_at(&mut world, 0, "en ");
    alder.take(&mut world);
    assert_eq!((alder.acknowledged, alder.goodbye), (2, None));
}

#[test]
fn what_was_closed_is_read_again_with_every_letter() {
    let mut world = World::with_plan();
    world.core.limits.chapters_bytes_max = 0;
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "alles");
    world.settle_copy();
    world.handle(Input::Disconnected { session: 1 });
    world.pass(100);
    assert!(open(&world).is_empty());
    assert_eq!(world.core.chapters_bytes(), 0);
    assert_eq!(world.opened(2, Some(BREE)).text(), "alles");
    assert!(world.core.chapters_bytes() > 0);
}

#[test]
fn a_chapter_that_nobody_reads_any_more_is_closed_after_a_while_and_opens_whole() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "alles");
    world.settle_copy();
    alder.take(&mut world);
    world.pass(2 * CHAPTER_IDLE_MS);
    assert_eq!(open(&world), [chapter_id()], "somebody reads it");
    world.handle(Input::Disconnected { session: 1 });
    world.pass(CHAPTER_IDLE_MS);
    assert_eq!(open(&world), [chapter_id()], "they may come back at once");
    let channel = alder.channel;
    world.pass(1);
    assert!(open(&world).is_empty());
    assert_eq!(world.core.chapters_bytes(), 0);
    let bree = world.opened(2, Some(BREE));
    assert_eq!(bree.text(), "alles");
    assert_ne!(bree.channel, channel, "the channel went with it");
    alder.reconnect(&mut world, 3);
    alder.type_at(&mut world, 5, " en meer");
    alder.take(&mut world);
    assert_eq!((alder.acknowledged, alder.text().as_str()), (2, "alles en meer"));
}

#[test]
fn a_copy_that_nobody_uses_is_kept_packed_and_follows_all_the_same() {
    let mut world = World::with_plan();
    let mut alder = world.opened(1, Some(ALDER));
    alder.type_at(&mut world, 0, "wordt bewaard");
    world.pass(FOLLOW_DELAY_MS);
    let is_packed = |world: &World| live(world).copy.is_packed();
    world.pass(COPY_UNPACKED_MS - 1);
    assert!(!is_packed(&world), "it was just used");
    let bytes = world.core.chapters_bytes();
    world.pass(1);
    assert!(is_packed(&world) && world.core.chapters_bytes() < bytes);

    let mut bree = world.opened(2, Some(BREE));
    bree.type_at(&mut world, 0, "en ");
    world.pass(FOLLOW_DELAY_MS);
    assert!(!is_packed(&world), "it followed");
    world.pass(COPY_UNPACKED_MS);
    let (ticket, plan, chapter) = (1, plan_id(), chapter_id());
    world.handle(Input::ReadCopy {
        ticket,
        plan,
        chapter,
    });
    assert!(world.copies[&ticket].is_ok());
    let read = automerge::ReadDoc::text(live(&world).copy.doc(), schema::text::genesis::text_id()).unwrap();
    assert_eq!(read, "en wordt bewaard");
    assert_eq!(world.opened(3, Some(BREE)).text(), "en wordt bewaard");
}

fn live(world: &World) -> &chapter::Live {
    world.core.plans[&plan_id()].chapters[&chapter_id()]
        .live()
        .unwrap()
}
