//! Opening after damage: cut, rebuild, or refuse.

use super::*;
use crate::log::acknowledged::EndError;
use crate::log::sled::tampering::change_frames;

type Damage = (&'static str, fn(&TempDir));

/// As if the crash had come before the last second's answers were written down: the end may be torn.
pub(super) fn unanswered(directory: &TempDir) {
    std::fs::remove_file(directory.path().join("acknowledged")).unwrap();
}

/// Changes one stored frame behind the engine's back.
pub(super) fn tamper(directory: &TempDir, position: u64, change: impl FnOnce(&mut Vec<u8>)) {
    let db = raw(directory);
    let events = db.open_tree("events").unwrap();
    change_frames(&events, PLAN, position, |frames| {
        change(frames.get_mut(&position).unwrap());
    });
    db.flush().unwrap();
}

fn remove(directory: &TempDir, positions: std::ops::Range<u64>) {
    let db = raw(directory);
    let events = db.open_tree("events").unwrap();
    for position in positions {
        change_frames(&events, PLAN, position, |frames| {
            frames.remove(&position).unwrap();
        });
    }
    db.flush().unwrap();
}

pub(super) fn filled(count: u64, size: usize) -> TempDir {
    let directory = TempDir::new().unwrap();
    append(&open(&directory).unwrap(), 0..count, size);
    let events = raw(&directory).open_tree("events").unwrap();
    assert!(
        count < 10 || (events.len() as u64) < count / 4,
        "what is spoilt here lies in packs"
    );
    directory
}

pub(super) fn check_whole(log: &SledLog, events: u64) {
    assert_eq!(log.next_position(PLAN), Position(events));
    let verified = log.verify().unwrap();
    assert_eq!((verified.events, verified.blocks), (events, events / 1_024));
}

#[test]
fn a_batch_whose_end_is_missing_is_cut_off() {
    let directory = filled(30, 10);
    remove(&directory, 27..30);
    unanswered(&directory);
    let log = open(&directory).unwrap();
    assert_eq!(
        log.repairs(),
        [Repair {
            plan: PLAN,
            first: Position(20),
            removed: 7
        }]
    );
    check_whole(&log, 20);
    append(&log, 20..30, 10);
    check_whole(&log, 30);
    drop(log);
    assert_eq!(
        raw(&directory).open_tree("cut").unwrap().len(),
        7,
        "the bytes are kept"
    );
    assert_eq!(open(&directory).unwrap().repairs(), []);
}

#[test]
fn a_batch_that_is_damaged_at_the_end_is_cut_off() {
    for damaged in [20, 25, 29] {
        let directory = filled(30, 10);
        tamper(&directory, damaged, |frame| frame[20] ^= 1);
        unanswered(&directory);
        let log = open(&directory).unwrap();
        assert_eq!(
            log.repairs(),
            [Repair {
                plan: PLAN,
                first: Position(20),
                removed: 10
            }],
            "{damaged}"
        );
        check_whole(&log, 20);
    }
}

#[test]
fn a_plan_whose_only_batch_is_torn_is_gone() {
    let directory = filled(5, 5);
    remove(&directory, 4..5);
    unanswered(&directory);
    let log = open(&directory).unwrap();
    assert_eq!(log.plans(), []);
    append(&log, 0..5, 5);
    check_whole(&log, 5);
}

#[test]
fn a_torn_batch_over_the_edge_of_a_block_takes_the_block_with_it() {
    let directory = filled(1_020, 1_020);
    append(&open(&directory).unwrap(), 1_020..1_040, 20);
    remove(&directory, 1_030..1_040);
    unanswered(&directory);
    let log = open(&directory).unwrap();
    check_whole(&log, 1_020);
    append(&log, 1_020..2_100, 1_080);
    check_whole(&log, 2_100);
    let rights = log
        .read(&page(Selector::Stream(Stream::Rights), Direction::Forward))
        .unwrap();
    assert_eq!(rights.len(), 2_100_usize.div_ceil(64));
}

#[test]
fn corruption_before_whole_batches_is_refused_with_plan_and_position() {
    let damages: [Damage; 3] = [
        ("a flipped bit", |directory| {
            tamper(directory, 14, |frame| frame[50] ^= 4);
        }),
        ("a missing record", |directory| remove(directory, 14..15)),
        ("another record's bytes", |directory| {
            tamper(directory, 14, |frame| *frame = vec![0; 60]);
        }),
    ];
    for (name, damage) in damages {
        let directory = filled(30, 10);
        damage(&directory);
        let Err(OpenError::Read(ReadError::Corrupt { plan, position, .. })) = open(&directory) else {
            panic!("{name} must be refused");
        };
        assert_eq!((plan, position), (PLAN, Position(14)), "{name}");
    }
}

#[test]
fn a_record_with_a_right_checksum_and_a_wrong_chain_is_refused() {
    let directory = filled(30, 10);
    tamper(&directory, 14, |stored| {
        let (mark, mut record) = frame::decode(PLAN, Position(14), stored).unwrap();
        record.envelope.recorded_at = TimestampMs(2);
        *stored = frame::encode(&frame::key(PLAN, Position(14)), mark, &record);
    });
    let Err(OpenError::Read(error)) = open(&directory) else {
        panic!("a changed envelope must be refused")
    };
    assert!(error.to_string().contains("record 14 of plan"), "{error}");
}

#[test]
fn corruption_far_back_is_refused_when_read_and_found_by_verify() {
    let directory = filled(4_000, 2_000);
    tamper(&directory, 500, |frame| frame[50] ^= 4);
    let log = open(&directory).unwrap();
    let corrupt_500 = |error: ReadError| {
        matches!(
            error,
            ReadError::Corrupt {
                position: Position(500),
                ..
            }
        )
    };
    assert!(corrupt_500(
        log.read(&page(Selector::All, Direction::Forward)).unwrap_err()
    ));
    assert!(corrupt_500(log.verify().unwrap_err()));
    let late = log.read(&ReadRequest {
        from: 3_000,
        ..page(Selector::All, Direction::Forward)
    });
    assert_eq!(late.unwrap().len(), 1_000, "the rest stays readable");
}

#[test]
fn a_missing_or_damaged_index_is_rebuilt() {
    let directory = filled(4_500, 1_500);
    let stored = |directory: &TempDir| -> Vec<_> {
        raw(directory)
            .open_tree("index")
            .unwrap()
            .iter()
            .map(Result::unwrap)
            .collect()
    };
    let before = stored(&directory);
    assert!(before.len() > 4 * 4);
    let damages: [fn(&::sled::Tree); 4] = [
        |index| index.clear().unwrap(),
        |index| {
            index.remove(block::numbered_key(b'b', PLAN, 2)).unwrap().unwrap();
        },
        |index| {
            index
                .insert(block::numbered_key(b'b', PLAN, 0), b"????".as_slice())
                .unwrap()
                .unwrap();
        },
        |index| {
            let stray = block::checked(block::numbered_key(b'b', PLAN, 9), b"a block from nowhere");
            index.insert(stray.0, stray.1).unwrap();
        },
    ];
    for damage in damages {
        damage(&raw(&directory).open_tree("index").unwrap());
        check_whole(&open(&directory).unwrap(), 4_500);
        assert_eq!(stored(&directory), before);
    }
    let run = before.iter().find(|(key, _)| key[0] == b's').unwrap();
    raw(&directory)
        .open_tree("index")
        .unwrap()
        .insert(&run.0, b"damaged".as_slice())
        .unwrap();
    assert!(open(&directory).unwrap().verify().is_err());
    let stray = block::stream_key(PLAN, &Stream::Rights, Revision(9_999));
    let stray = block::checked(stray, &[0; 10]);
    let index = raw(&directory).open_tree("index").unwrap();
    index.insert(&run.0, &run.1).unwrap();
    index.insert(stray.0, stray.1).unwrap();
    drop(index);
    assert!(
        open(&directory).unwrap().verify().is_err(),
        "a run that no event made"
    );
    let rebuild_index = SledConfig {
        rebuild_index: true,
        ..SledConfig::default()
    };
    check_whole(&SledLog::open(directory.path(), rebuild_index).unwrap(), 4_500);
    assert_eq!(stored(&directory), before);
}

#[test]
fn another_format_and_a_log_without_its_meta_are_refused() {
    let directory = filled(5, 5);
    let meta = |directory: &TempDir| raw(directory).open_tree("meta").unwrap();
    meta(&directory)
        .insert("format", 3_u32.to_be_bytes().as_slice())
        .unwrap();
    assert!(matches!(open(&directory), Err(OpenError::Format { found: 3 })));
    meta(&directory).clear().unwrap();
    assert!(matches!(open(&directory), Err(OpenError::NoMeta)));
}

#[test]
fn a_log_in_use_is_not_opened_twice() {
    let directory = TempDir::new().unwrap();
    let _first = open(&directory).unwrap();
    assert!(matches!(open(&directory), Err(OpenError::InUse)));
}

#[test]
fn an_end_that_was_answered_is_never_cut() {
    let directory = filled(30, 10);
    remove(&directory, 27..30);
    for _ in 0..2 {
        let Err(OpenError::Read(ReadError::Corrupt { position, .. })) = open(&directory) else {
            panic!("what was answered may not be forgotten")
        };
        assert_eq!(position, Position(20));
    }
    assert_eq!(
        raw(&directory).open_tree("cut").unwrap().len(),
        0,
        "nothing was touched"
    );
}

#[test]
fn a_log_that_lost_whole_batches_at_its_end_is_refused() {
    let directory = filled(30, 10);
    remove(&directory, 20..30);
    assert!(matches!(
        open(&directory),
        Err(OpenError::Ends(EndError::Shorter {
            end: Position(20),
            answered: Position(30),
            ..
        }))
    ));
    remove(&directory, 0..20);
    assert!(matches!(
        open(&directory),
        Err(OpenError::Ends(EndError::Shorter { end: Position(0), .. }))
    ));
}

#[test]
fn a_directory_that_lost_its_whole_log_is_no_empty_one() {
    let directory = filled(3, 3);
    {
        let db = raw(&directory);
        db.open_tree("meta").unwrap().clear().unwrap();
        db.open_tree("events").unwrap().clear().unwrap();
        db.flush().unwrap();
    }
    assert!(matches!(
        open(&directory),
        Err(OpenError::Ends(EndError::OtherLog { .. }))
    ));
}

#[test]
fn a_damaged_note_of_the_end_is_written_anew() {
    let directory = filled(30, 10);
    let path = directory.path().join("acknowledged");
    // It says how the log opened last, too.
    drop(open(&directory).unwrap());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"????").unwrap();
    check_whole(&open(&directory).unwrap(), 30);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

/// sled cuts its own file at a segment it cannot read: whatever byte goes bad, a shorter log is never taken for whole.
#[test]
fn a_damaged_byte_anywhere_in_the_files_loses_nothing_unnoticed() {
    let whole = filled(400, 5);
    let db = std::fs::read(whole.path().join("db")).unwrap();
    let used = db.iter().rposition(|byte| *byte != 0).unwrap();
    let mut refused = 0;
    for round in 0..40 {
        let directory = TempDir::new().unwrap();
        for entry in std::fs::read_dir(whole.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
            }
        }
        let mut bytes = db.clone();
        let at = used * round / 40;
        bytes[at] ^= 0x55;
        std::fs::write(directory.path().join("db"), bytes).unwrap();
        match open(&directory) {
            Ok(log) => check_whole(&log, 400),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 5, "the damage must matter: {refused} of 40 refused");
}
