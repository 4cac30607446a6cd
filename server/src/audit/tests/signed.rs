//! Holding a log against what was signed of it, without a server; and before anything is done to it.

use std::collections::BTreeMap;
use std::fs;

use schema::domain::{Event, plan};

use super::*;
use crate::audit::held::NotAsSigned;
use crate::audit::signed::{Missed, Signed};
use crate::log::compact;
use crate::log::engine::{self, EngineKind, Opening};
use crate::log::{EventLog, ReadError};

const EVENTS: u64 = 300;
/// The life of [`log_of`] with this number.
const LIFE: u8 = 9;

fn signed_in(world: &World) -> Signed {
    Signed::of(world.data.path(), IncarnationId::from_bytes([LIFE; 16])).unwrap()
}

/// The position of the first fault that reading a log against what was signed finds.
fn fault(world: &World, log: &MemoryLog) -> Option<Position> {
    let mut signed = signed_in(world);
    let faults = signed.check_ends(log).and_then(|()| {
        let records = opening::read(log, PLAN, 0, 4_096).unwrap();
        records
            .iter()
            .try_for_each(|record| Ok(signed.take(PLAN, record)?))
    });
    match faults {
        Ok(()) => None,
        Err(Missed::Events(ReadError::Corrupt {
            plan: PLAN, position, ..
        })) => Some(position),
        // Told at the last of them.
        Err(Missed::Events(ReadError::NotAsSigned(NotAsSigned { plan: PLAN, events }))) => {
            Some(Position(events - 1))
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_log_may_go_on_from_what_was_signed_and_lack_or_change_nothing_of_it() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    assert_eq!(world.signed(), EVENTS);
    let ends: Vec<_> = signed_in(&world).ends().collect();
    assert_eq!(ends, [(PLAN, Position(EVENTS))]);
    assert_eq!(fault(&world, &log_of(LIFE, EVENTS, None)), None);
    assert_eq!(fault(&world, &log_of(LIFE, EVENTS + 20, None)), None);
    let shorter = log_of(LIFE, EVENTS - 1, None);
    assert_eq!(fault(&world, &shorter), Some(Position(EVENTS - 1)));
    assert_eq!(fault(&world, &log_of(LIFE, 0, None)), Some(Position(0)));
    let changed = log_of(LIFE, EVENTS, Some(12));
    assert_eq!(fault(&world, &changed), Some(Position(EVENTS - 1)));
    let changed_later = log_of(LIFE, EVENTS + 20, Some(EVENTS));
    assert_eq!(fault(&world, &changed_later), None);
}

#[test]
fn another_life_of_a_log_is_not_held_against_what_was_signed_of_this_one() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    let other = Signed::of(world.data.path(), IncarnationId::from_bytes([LIFE + 1; 16])).unwrap();
    assert_eq!(other.ends().count(), 0);
    let nothing = Signed::of(
        &world.data.path().join("elsewhere"),
        IncarnationId::from_bytes([LIFE; 16]),
    );
    assert_eq!(nothing.unwrap().ends().count(), 0);
}

/// The log of the data directory on disk, with so many of the events; nobody has it open.
fn stored(world: &World, kind: EngineKind, events: u64) -> PathBuf {
    let log = world.data.path().join("log");
    let records = opening::read(world.log.as_ref(), PLAN, 0, usize::try_from(events).unwrap()).unwrap();
    let stored = engine::create(&log, kind, world.log.incarnation()).unwrap();
    for some in records.chunks(10) {
        stored.adopt(PLAN, some.to_vec()).unwrap();
    }
    drop(stored);
    engine::wait_until_closed(&log).unwrap();
    log
}

#[test]
fn a_shorter_log_is_not_opened_written_anew_or_moved_and_the_one_it_replaced_stays() {
    for (kind, other) in [
        (EngineKind::Sled, EngineKind::Segments),
        (EngineKind::Segments, EngineKind::Sled),
    ] {
        let world = World::of(log_of(LIFE, EVENTS, None));
        let log = stored(&world, kind, EVENTS - 20);
        let replaced = world.data.path().join("log.old");
        fs::create_dir(&replaced).unwrap();
        let refusals = [
            engine::open_existing(&log, Opening::Serve)
                .err()
                .map(|error| error.to_string()),
            engine::open_or_start(&log, None)
                .err()
                .map(|error| error.to_string()),
            compact::compact(&log, &mut |_| ())
                .err()
                .map(|error| error.to_string()),
            compact::move_to(&log, other, &mut |_| ())
                .err()
                .map(|error| error.to_string()),
        ];
        for refused in refusals {
            let refused = refused.expect("it is refused");
            assert!(
                refused.contains("shorter than when it was last signed"),
                "{kind}: {refused}"
            );
        }
        assert!(replaced.exists(), "{kind}");
    }
}

fn bytes_below(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(bytes_below(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// Nothing but the signature tells that events are gone: the log's own note of how far it had come is behind.
#[test]
fn a_start_that_refuses_a_log_as_shorter_than_signed_has_cut_nothing_of_it() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    let log = stored(&world, EngineKind::Sled, 0);
    let note = fs::read(log.join("acknowledged")).unwrap();
    fs::remove_dir_all(&log).unwrap();
    stored(&world, EngineKind::Sled, EVENTS);
    fs::write(log.join("acknowledged"), note).unwrap();
    // As a kill leaves it: sled reads all of its file then.
    for entry in fs::read_dir(&log).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("snap.") {
            fs::remove_file(path).unwrap();
        }
    }
    let whole = bytes_below(&log);
    let db = log.join("db");
    let used = whole[&db].iter().rposition(|byte| *byte != 0).unwrap();
    let mut refused_as_shorter = 0;
    // The last place is in the last group, of which nothing in the file tells that it was answered.
    let places = (0..40).map(|round| 7 + (used - 7) * round / 40);
    for at in places.chain([used - 20]) {
        fs::remove_dir_all(&log).unwrap();
        for (path, bytes) in &whole {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let mut damaged = whole[&db].clone();
        damaged[at] ^= 0x14;
        fs::write(&db, damaged).unwrap();
        let before = bytes_below(&log);
        match engine::open_existing(&log, Opening::Serve) {
            Ok(opened) => {
                assert_eq!(opened.next_position(PLAN), Position(EVENTS), "byte {at}");
                drop(opened);
                engine::wait_until_closed(&log).unwrap();
            }
            Err(error) => {
                assert!(bytes_below(&log) == before, "byte {at}: {error}");
                refused_as_shorter += u32::from(error.to_string().contains("last signed"));
            }
        }
    }
    assert!(refused_as_shorter > 0);
}

/// A log of another life in the data directory, which says or does not say that it was restored from the signed one.
fn another_life(world: &World, kind: EngineKind, from: Option<IncarnationId>) -> PathBuf {
    let log = world.data.path().join("log");
    let life = IncarnationId::from_bytes([LIFE + 1; 16]);
    let other = engine::create(&log, kind, life).unwrap();
    let records = opening::read(world.log.as_ref(), PLAN, 0, 200).unwrap();
    other.adopt(PLAN, records).unwrap();
    if let Some(incarnation) = from {
        let recovered = plan::Event::Recovered(plan::Recovery {
            incarnation,
            kept: Position(199),
            made_at_ms: TimestampMs(START_MS),
            last_known: None,
            checkpoint: None,
        });
        let recovered = Event::Plan(recovered);
        let event = NewEvent {
            id: EventId::from_bytes([77; 16]),
            stream: recovered.stream(),
            kind: recovered.kind(),
            who: Who::Itself,
            via: Via::Server,
            causation: None,
            correlation: None,
            payload: recovered.payload().into(),
        };
        let request = AppendRequest {
            plan: PLAN,
            events: vec![event],
            guards: Vec::new(),
        };
        let mut salts = || Salts {
            envelope: [3; 32],
            payload: [4; 32],
        };
        let appended = other.append_group(TimestampMs(START_MS), &mut salts, vec![request]);
        appended[0].as_ref().unwrap();
    }
    drop(other);
    engine::wait_until_closed(&log).unwrap();
    log
}

#[test]
fn another_log_than_the_signed_one_opens_only_if_it_was_restored_from_it() {
    let stranger = IncarnationId::from_bytes([LIFE + 2; 16]);
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        for from in [None, Some(stranger)] {
            let world = World::of(log_of(LIFE, EVENTS, None));
            let log = another_life(&world, kind, from);
            let before = bytes_below(&log);
            for refused in [
                engine::open_or_start(&log, None).err(),
                engine::open_existing(&log, Opening::Serve).err(),
            ] {
                let refused = refused.expect("it is refused").to_string();
                assert!(
                    refused.contains("not the one that was signed"),
                    "{kind}: {refused}"
                );
                assert!(refused.contains("300 events"), "{kind}: {refused}");
            }
            engine::wait_until_closed(&log).unwrap();
            if kind == EngineKind::Segments {
                assert!(bytes_below(&log) == before, "{kind}");
            }
        }
        let world = World::of(log_of(LIFE, EVENTS, None));
        let log = another_life(&world, kind, Some(IncarnationId::from_bytes([LIFE; 16])));
        engine::open_or_start(&log, None).unwrap();
    }
}

/// `audit` is gone, or was exchanged with the log: the note beside it still tells which log was signed.
#[test]
fn another_log_than_the_noted_one_is_refused_where_no_checkpoint_is_left_of_it() {
    let own = IncarnationId::from_bytes([LIFE; 16]);
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        for from in [None, Some(own)] {
            let world = World::of(log_of(LIFE, EVENTS, None));
            fs::remove_dir_all(world.data.path().join("audit")).unwrap();
            let log = another_life(&world, kind, from);
            let opened = engine::open_existing(&log, Opening::Check).unwrap();
            let signed = Signed::of(world.data.path(), opened.incarnation()).unwrap();
            let missed = signed.check_ends(opened.as_ref()).err();
            drop(opened);
            let refused = engine::open_or_start(&log, None)
                .err()
                .map(|error| error.to_string());
            match from {
                None => {
                    assert!(matches!(missed, Some(Missed::Log { events: None, .. })), "{kind}");
                    let refused = refused.unwrap();
                    let words = ["not the one that was signed", "signed-logs", &own.to_string()];
                    assert!(
                        words.iter().all(|word| refused.contains(word)),
                        "{kind}: {refused}"
                    );
                }
                Some(_) => assert!(missed.is_none() && refused.is_none(), "{kind}: {refused:?}"),
            }
        }
    }
}
