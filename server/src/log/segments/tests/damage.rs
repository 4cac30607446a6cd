//! Damage that no loss of power explains: refused by name, or found by `verify`; and what can be made again, is.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::log::engine::Remains;

const EVENTS: u64 = 230;

fn open(directory: &TempDir) -> Result<SegmentLog, OpenError> {
    SegmentLog::open(directory.path(), config(16 << 10))
}

/// Four segments and a bit: groups of 10 events.
fn filled() -> TempDir {
    let directory = TempDir::new().unwrap();
    append(&open(&directory).unwrap(), 0..EVENTS, 10);
    directory
}

fn path(directory: &TempDir, name: &str) -> PathBuf {
    directory.path().join(name)
}

fn flip(directory: &TempDir, name: &str, at: usize) {
    let path = path(directory, name);
    let mut bytes = fs::read(&path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

/// The name of the last segment file, and the places of its frames.
fn last_segment(directory: &TempDir) -> (String, Vec<(Position, frame::Place)>) {
    let log = open(directory).unwrap();
    let last = log.extents().pop().unwrap().part;
    let places = last.while_growing(|index| {
        let chunks = index.plans()[&PLAN].chunks();
        chunks.iter().flat_map(part::Chunk::events).collect()
    });
    (file::segment_name(last.binding().number), places.unwrap())
}

/// Of another log, whole: what it says is refused for what it is, with and without the note of what was answered.
#[test]
fn an_exchanged_meta_is_called_that_and_the_segments_are_read_by_a_repair() {
    let (directory, other) = (filled(), filled());
    let said = open(&other).unwrap().incarnation();
    let log = open(&directory).unwrap();
    let found = log.incarnation();
    drop(log);
    fs::copy(path(&other, meta::META), path(&directory, meta::META)).unwrap();
    for is_noted in [true, false] {
        if !is_noted {
            fs::remove_file(path(&directory, "acknowledged")).unwrap();
        }
        let refused = open(&directory);
        assert!(
            matches!(refused, Err(OpenError::OtherMeta { said: a, found: b }) if (a, b) == (said, found)),
            "{refused:?}"
        );
        let remains = remains::SegmentRemains::open(directory.path()).unwrap();
        assert_eq!(remains.incarnation(), Some(found));
        assert_eq!(remains.ends().unwrap(), [(PLAN, Position(EVENTS))]);
    }
}

#[test]
fn corruption_before_the_last_group_is_refused_with_plan_and_position() {
    let directory = filled();
    let (name, places) = last_segment(&directory);
    let whole = fs::read(path(&directory, &name)).unwrap();
    let (_, last_group) = places.split_at(places.len() - 10);
    assert!(places.len() > 20);
    for (position, place) in places.iter().filter(|place| !last_group.contains(place)) {
        for at in [
            place.offset,
            place.offset + 6,
            place.offset + 20,
            place.offset + place.length - 1,
        ] {
            flip(&directory, &name, at as usize);
            let Err(OpenError::Read(ReadError::Corrupt {
                plan,
                position: found,
                ..
            })) = open(&directory)
            else {
                panic!("byte {at} must be refused");
            };
            assert_eq!((plan, found), (PLAN, *position), "byte {at}");
            fs::write(path(&directory, &name), &whole).unwrap();
        }
    }
    assert!(open(&directory).unwrap().cuts().is_empty());
}

#[test]
fn a_damaged_last_group_that_was_not_answered_is_cut_to_the_last_whole_batch_and_kept_aside() {
    let directory = filled();
    let (name, places) = last_segment(&directory);
    let (position, place) = places[places.len() - 4];
    flip(&directory, &name, place.offset as usize + 50);
    let refused = open(&directory);
    assert!(
        matches!(refused, Err(OpenError::Read(ReadError::Corrupt { position: found, .. })) if found == position),
        "it was answered: {refused:?}"
    );
    // As if the server had died before it answered.
    fs::remove_file(path(&directory, "acknowledged")).unwrap();
    let log = open(&directory).unwrap();
    let batch = Position(position.0 - 6);
    let [cut] = log.cuts() else {
        panic!("one cut: {:?}", log.cuts())
    };
    assert_eq!(log.next_position(PLAN), batch);
    let kept = fs::read(path(&directory, &file::cut_name(cut.segment, cut.offset))).unwrap();
    assert_eq!(kept.len() as u64, cut.bytes);
    append(&log, batch.0..batch.0 + 10, 10);
    drop(log);
    let log = open(&directory).unwrap();
    assert!(log.cuts().is_empty());
    assert_eq!(log.verify().unwrap().events, EVENTS);
}

#[test]
fn any_flipped_byte_is_found() {
    let directory = filled();
    drop(open(&directory).unwrap());
    let names = |directory: &TempDir| -> Vec<String> {
        let entries = fs::read_dir(directory.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let (last, _) = last_segment(&directory);
    let mut tried = 0;
    for name in names(&directory)
        .iter()
        .filter(|name| **name != "lock" && **name != last)
    {
        let whole = fs::read(path(&directory, name)).unwrap();
        for at in (0..whole.len()).step_by(211).chain([whole.len() - 1]) {
            flip(&directory, name, at);
            let found = match open(&directory) {
                Err(_) => true,
                // An index file that opening found damaged was made again, byte for byte.
                Ok(log) => log.verify().is_err() || fs::read(path(&directory, name)).unwrap() == whole,
            };
            assert!(found, "byte {at} of {name}");
            fs::write(path(&directory, name), &whole).unwrap();
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(open(&directory).unwrap().verify().unwrap().events, EVENTS);
}

#[test]
fn a_sealed_segment_that_is_damaged_is_refused_when_read_and_the_rest_stays_readable() {
    let directory = filled();
    flip(&directory, &file::segment_name(0), 1_000);
    let log = open(&directory).unwrap();
    let request = |from| ReadRequest {
        plan: PLAN,
        selector: Selector::All,
        from,
        direction: Direction::Forward,
        limit: 4_096,
    };
    let named = |error: ReadError| {
        matches!(
            error,
            ReadError::Corrupt {
                plan: PLAN,
                position: Position(3),
                ..
            }
        )
    };
    assert!(named(log.read(&request(0)).unwrap_err()));
    assert!(named(log.verify().unwrap_err()));
    assert_eq!(log.read(&request(4)).unwrap().len() as u64, EVENTS - 4);
}

#[test]
fn missing_damaged_and_foreign_index_files_are_made_again() {
    let directory = filled();
    let name = path(&directory, &file::index_name(1));
    let stored = fs::read(&name).unwrap();
    let other = fs::read(path(&directory, &file::index_name(0))).unwrap();
    let damages: [Option<&[u8]>; 5] = [
        None,
        Some(b""),
        Some(b"no index"),
        Some(&other),
        Some(&stored[..stored.len() / 2]),
    ];
    for damage in damages {
        match damage {
            None => fs::remove_file(&name).unwrap(),
            Some(bytes) => fs::write(&name, bytes).unwrap(),
        }
        let log = open(&directory).unwrap();
        assert_eq!(fs::read(&name).unwrap(), stored);
        assert_eq!(log.verify().unwrap().events, EVENTS);
    }
    let rebuild_index = SegmentConfig {
        rebuild_index: true,
        ..config(16 << 10)
    };
    // A damaged block is found when it is read; the operator asks for all of them to be made again.
    flip(&directory, &file::index_name(1), 100);
    assert!(open(&directory).unwrap().verify().is_err());
    drop(SegmentLog::open(directory.path(), rebuild_index).unwrap());
    assert_eq!(fs::read(&name).unwrap(), stored);
}

#[test]
fn a_missing_segment_a_foreign_one_and_another_format_are_refused() {
    let directory = filled();
    let second = path(&directory, &file::segment_name(1));
    let stored = fs::read(&second).unwrap();
    fs::remove_file(&second).unwrap();
    assert!(matches!(
        open(&directory),
        Err(OpenError::SegmentMissing { number: 1 })
    ));
    fs::copy(path(&directory, &file::segment_name(0)), &second).unwrap();
    assert!(matches!(
        open(&directory),
        Err(OpenError::SegmentHeader { number: 1 })
    ));
    fs::write(&second, stored).unwrap();
    let meta = path(&directory, meta::META);
    let stored = fs::read(&meta).unwrap();
    let damages: [&dyn Fn(); 4] = [
        &|| flip(&directory, meta::META, 15),
        &|| flip(&directory, meta::META, 20),
        &|| fs::write(&meta, "").unwrap(),
        &|| fs::remove_file(&meta).unwrap(),
    ];
    for damage in damages {
        fs::write(&meta, &stored).unwrap();
        damage();
        assert!(matches!(open(&directory), Err(OpenError::NoMeta)));
        let remains = remains::SegmentRemains::open(directory.path()).unwrap();
        let ends = remains.ends().unwrap();
        assert_eq!(ends.iter().map(|(_, end)| end.0).sum::<u64>(), EVENTS);
    }
    // Whole, and of a version to come.
    let mut newer = stored.clone();
    newer[15] += 1;
    let checksum = crc32c::crc32c(&newer[12..]).to_be_bytes();
    newer[8..12].copy_from_slice(&checksum);
    fs::write(&meta, &newer).unwrap();
    let refused = open(&directory).err().unwrap();
    assert!(matches!(refused, OpenError::Format { found: 2 }), "{refused}");
    fs::write(&meta, stored).unwrap();
    assert_eq!(open(&directory).unwrap().verify().unwrap().events, EVENTS);
}

#[test]
fn a_log_in_use_is_not_opened_twice_and_none_is_begun_over_another() {
    let directory = filled();
    let incarnation = IncarnationId::from_bytes([5; 16]);
    let first = open(&directory).unwrap();
    assert!(matches!(open(&directory), Err(OpenError::InUse)));
    drop(first);
    let begun = SegmentLog::create(directory.path(), config(1 << 20), incarnation);
    assert!(matches!(begun, Err(OpenError::Exists)));
    let fresh = TempDir::new().unwrap();
    let log = SegmentLog::create(fresh.path(), config(1 << 20), incarnation).unwrap();
    assert_eq!(log.incarnation(), incarnation);
}

#[test]
fn erased_content_is_in_no_file_any_more() {
    let directory = filled();
    let log = open(&directory).unwrap();
    // In a sealed segment and in the one that grows; the shortest record, then still shorter.
    for position in [5, EVENTS - 5] {
        log.erase(PLAN, Position(position), Extent::Payload).unwrap();
        log.erase(PLAN, Position(position), Extent::PayloadAndEnvelopeSalt)
            .unwrap();
    }
    drop(log);
    for entry in fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for gone in ["payload of 5 payload", "payload of 225 payload"] {
            assert!(
                !bytes.windows(gone.len()).any(|window| window == gone.as_bytes()),
                "{gone} in {}",
                path.display()
            );
        }
    }
    assert_eq!(open(&directory).unwrap().verify().unwrap().events, EVENTS);
}
