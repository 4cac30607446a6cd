//! What the answer to an `Open` says, to whom it belongs, and how many a connection may have.

use automerge::ChangeHash;
use schema::ids::ActorRef;
use schema::limits::{CHANNELS_PER_CONNECTION_MAX, OUTBOX_BYTES_MAX, TAIL_BYTES_MAX};
use schema::text::evidence::Evidence;
use schema::wire::{ClientFrame, Have, Start};

use super::world::{ALDER, BREE, COALITIE, PROGRAMME, World, chapter_id, id16, plan_id};
use super::*;
use crate::core::chapter::{Entry, EntryChange, Live};
use crate::core::open::start_for;

fn open(request: u32, chapter: ChapterId, have: Option<Have>) -> ClientFrame {
    let plan = plan_id();
    ClientFrame::Open {
        request,
        plan,
        chapter,
        have,
    }
}

/// The answers to openings that a connection has heard: the request, the channel or the code.
fn answers(world: &mut World, session: SessionId) -> Vec<(u32, Result<u32, String>)> {
    let frames = world.inbox.remove(&session).unwrap_or_default().into_iter();
    let answer = |frame| match frame {
        ServerFrame::Opened { request, channel, .. } => Some((request, Ok(channel))),
        ServerFrame::Closed { request, reason, .. } => Some((request?, Err(reason.code))),
        _ => None,
    };
    frames.filter_map(answer).collect()
}

#[test]
fn every_opening_is_answered_under_its_own_number() {
    let mut world = World::with_plan();
    let alder = world.opened(1, Some(ALDER));
    world.inbox.clear();
    let unknown = ChapterId::from_bytes(id16(7));
    world.say(1, &open(70, unknown, None));
    world.say(1, &open(71, chapter_id(), None));
    let heard = answers(&mut world, 1);
    assert_eq!(
        heard.iter().map(|(request, _)| *request).collect::<Vec<_>>(),
        [70, 71],
        "rule O1"
    );
    assert!(heard[0].1.is_err(), "rule O2");
    assert_eq!(
        heard[1].1,
        Ok(alder.channel),
        "the same channel on every connection"
    );
}

#[test]
fn the_answer_says_where_the_text_is_and_whether_one_may_write() {
    let mut world = World::with_plan();
    world.set_history("open");
    let mut alder = world.opened(1, Some(ALDER));
    for at in 0..3 {
        alder.type_at(&mut world, at, "a");
    }
    let mut reader = world.opened(2, Some(COALITIE));
    reader.take(&mut world);
    world.handle(Input::Disconnected { session: 2 });
    reader.greet(&mut world);
    let have = Have {
        incarnation: IncarnationId::from_bytes(id16(250)),
        generation: Generation(1),
        next: Revision(2),
    };
    world.say(2, &open(5, chapter_id(), Some(have)));
    let frames = Vec::from(world.inbox.remove(&2).unwrap());
    let [
        _,
        ServerFrame::Opened {
            generation,
            schema_version,
            head,
            read_only,
            start,
            ..
        },
        ServerFrame::Changes { first, items, .. },
        ..,
    ] = &frames[..]
    else {
        panic!("{frames:?}");
    };
    assert_eq!(
        (*generation, *schema_version, *head),
        (Generation(1), 1, Revision(4)),
        "rule O5"
    );
    assert_eq!(read_only.as_ref().unwrap().code, "not-allowed", "rule O5");
    assert_eq!(
        (start, *first, items.len()),
        (&Start::Tail, Revision(2), 2),
        "rule O3"
    );
}

/// Chapters of the writers' team, beside the one that is there.
fn many_chapters(world: &mut World, count: u8) -> Vec<ChapterId> {
    let team = schema::ids::TeamId::from_bytes(id16(110));
    let make = |n: u8| {
        let mut id = [0xcc; 16];
        id[0] = n;
        let chapter = ChapterId::from_bytes(id);
        let command = serde_json::json!({ "chapter": [chapter, { "type": "create", "title": format!("Hoofdstuk {n}"), "team": team }] });
        let made = world.command_as(PROGRAMME, CommandId::from_bytes(id), command, None);
        made.unwrap();
        chapter
    };
    (0..count).map(make).collect()
}

#[test]
fn a_connection_has_so_many_chapters_open_or_on_their_way_and_no_more() {
    const MORE: usize = 10;
    let mut world = World::with_plan();
    let count = u8::try_from(CHANNELS_PER_CONNECTION_MAX + MORE).unwrap();
    let chapters = many_chapters(&mut world, count);
    // Nothing is read yet while the client asks for all of them at once.
    world.restart();
    let mut alder = person::Person::new(1, Some(ALDER));
    alder.greet(&mut world);
    world.hold_reading = true;
    for (request, chapter) in (0..).zip(&chapters) {
        world.say(1, &open(request, *chapter, None));
    }
    assert_eq!(
        world.held(),
        CHANNELS_PER_CONNECTION_MAX,
        "no more are read for it"
    );
    world.release();
    let heard = answers(&mut world, 1);
    let refused: Vec<_> = heard
        .iter()
        .filter_map(|(_, answer)| answer.as_ref().err())
        .collect();
    assert_eq!((heard.len(), refused.len()), (chapters.len(), MORE));
    assert!(refused.iter().all(|code| *code == "too-many-chapters"), "rule O6");

    // One that is closed makes room for another; one that is refused takes none.
    let channel = heard
        .iter()
        .find_map(|(_, answer)| answer.as_ref().ok().copied())
        .unwrap();
    world.say(1, &ClientFrame::Close { channel });
    let unknown = ChapterId::from_bytes(id16(7));
    world.say(1, &open(100, unknown, None));
    world.say(1, &open(101, *chapters.last().unwrap(), None));
    world.say(1, &open(102, *chapters.last().unwrap(), None));
    let heard = answers(&mut world, 1);
    assert!(heard[0].1.as_ref().is_err_and(|code| code != "too-many-chapters"));
    assert!(heard[1].1.is_ok(), "rule O6");
    assert_eq!(heard[2].1, Err("too-many-chapters".to_owned()), "rule O6");
    drop(world.opened(2, Some(BREE)));
}

/// A chapter with so many changes of so many bytes after its start.
fn long(changes: u8, bytes: usize) -> Live {
    let entry = |n: u8| Entry {
        position: Position(u64::from(n)),
        who: ActorRef(Position(0)),
        change: (n > 0).then(|| EntryChange {
            hash: ChangeHash([n; 32]),
            raw: vec![n; bytes].into(),
        }),
    };
    let entries: Vec<Entry> = (0..=changes).map(entry).collect();
    Live::new(LoadedChapter {
        generation: Generation(1),
        schema_version: 1,
        evidence: Evidence::new(),
        copied: entries.len(),
        entries,
        copy: Copy::new(),
        failure: None,
    })
}

#[test]
fn whoever_lacks_more_than_a_queue_should_hold_gets_the_text_and_not_every_change() {
    let bytes = usize::try_from(TAIL_BYTES_MAX).unwrap() / 8;
    let live = long(20, bytes);
    let have = |next| Have {
        incarnation: IncarnationId::from_bytes(id16(250)),
        generation: Generation(1),
        next: Revision(next),
    };
    assert!(OUTBOX_BYTES_MAX as u64 >= 2 * TAIL_BYTES_MAX);
    for (next, is_tail) in [(1, false), (12, false), (13, true), (21, true), (22, false)] {
        let (_, start) = start_for(&live, Some(&have(next)));
        assert_eq!(
            start == Start::Tail,
            is_tail,
            "rules O3 and O4, from revision {next}"
        );
    }
    let few = long(20, 100);
    assert_eq!(
        start_for(&few, Some(&have(1))),
        (Revision(1), Start::Tail),
        "rule O3"
    );
}
