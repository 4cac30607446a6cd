//! Damage in sled's own file: which is doubted before sled may open it, and what is read behind it without sled.

use std::path::Path;

use super::*;
use crate::log::engine::Remains;
use crate::log::sled::doubt::{Doubt, lost};
use crate::log::sled::file;
use crate::log::sled::remains::{Lost, SledRemains};

const EVENTS: u64 = 3_000;
/// Events that are flushed together.
const GROUP: u64 = 30;
const ROUNDS: usize = 40;
/// Its keys begin as those of the other plan do.
const NEXT: PlanId = PlanId::from_bytes([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);

fn is_doubtful(log: &Path) -> std::io::Result<bool> {
    Ok(Doubt::of(log, std::iter::empty())?.hides)
}

/// The files of a log that was never closed, as a kill leaves them: sled has no notes of where it was.
fn killed() -> TempDir {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    for first in (0..EVENTS).step_by(GROUP as usize) {
        append(&log, first..first + GROUP, 10);
    }
    let files = TempDir::new().unwrap();
    copy(directory.path(), files.path());
    files
}

/// With one byte of its file changed.
fn damaged(whole: &TempDir, at: usize) -> TempDir {
    let directory = TempDir::new().unwrap();
    copy(whole.path(), directory.path());
    let path = directory.path().join("db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[at] ^= 0x14;
    std::fs::write(path, bytes).unwrap();
    directory
}

pub(super) fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

fn used_bytes(directory: &TempDir) -> usize {
    let db = std::fs::read(directory.path().join("db")).unwrap();
    db.iter().rposition(|byte| *byte != 0).unwrap()
}

/// Places from the first segment's header to the last message.
fn places(directory: &TempDir) -> impl Iterator<Item = usize> + use<> {
    let used = used_bytes(directory);
    (0..ROUNDS).map(move |round| 7 + (used - 7) * round / ROUNDS)
}

/// The positions that are not read, of those that are said to be there.
fn unread(log: &TempDir) -> Vec<u64> {
    let remains = SledRemains::open(log.path()).unwrap();
    let ends = remains.ends().unwrap();
    assert_eq!(ends.iter().map(|(plan, _)| *plan).collect::<Vec<_>>(), [PLAN]);
    let positions = (0..ends[0].1.0).map(Position);
    let lost = positions.filter(|position| remains.record(PLAN, *position).is_err());
    lost.map(|position| position.0).collect()
}

#[test]
fn a_log_that_was_not_damaged_is_not_doubted() {
    let whole = killed();
    assert!(!is_doubtful(whole.path()).unwrap());
    for _ in 0..3 {
        // The second time with notes of sled's, the third time with more behind them.
        let log = open(&whole).unwrap();
        append(&log, EVENTS..EVENTS + 10, 10);
        drop(log);
        drop(raw(&whole));
        assert!(!is_doubtful(whole.path()).unwrap());
    }
}

#[test]
fn a_log_that_sled_would_cut_is_doubted_first() {
    let whole = killed();
    let mut doubted = 0;
    for at in places(&whole) {
        let directory = damaged(&whole, at);
        if is_doubtful(directory.path()).unwrap() {
            doubted += 1;
        } else if let Ok(log) = open(&directory) {
            assert_eq!(log.next_position(PLAN), Position(EVENTS), "byte {at}");
            log.verify().unwrap();
        }
    }
    assert!(doubted > ROUNDS / 2, "{doubted}");
}

/// sled would make the file as long as before, with nothing in it.
#[test]
fn a_file_that_was_cut_off_is_doubted() {
    let whole = killed();
    drop(open(&whole).unwrap());
    drop(raw(&whole));
    assert!(!is_doubtful(whole.path()).unwrap());
    let length = std::fs::metadata(whole.path().join("db")).unwrap().len();
    for bytes in [
        file::SEGMENT_BYTES as u64,
        2 * file::SEGMENT_BYTES as u64 + 100,
        length,
    ] {
        let cut = TempDir::new().unwrap();
        copy(whole.path(), cut.path());
        let db = std::fs::File::options()
            .write(true)
            .open(cut.path().join("db"))
            .unwrap();
        db.set_len(length - bytes).unwrap();
        assert!(is_doubtful(cut.path()).unwrap(), "{bytes} bytes");
    }
}

/// Nothing beside the log says here what was answered. Of the last group nobody can tell.
#[test]
fn what_was_flushed_before_the_last_group_is_neither_cut_nor_forgotten() {
    let whole = killed();
    std::fs::remove_file(whole.path().join("acknowledged")).unwrap();
    let mut refused = 0;
    for at in places(&whole) {
        let directory = damaged(&whole, at);
        let ends = SledRemains::open(directory.path()).unwrap().ends().unwrap();
        assert!(ends[0].1.0 >= EVENTS - 2 * GROUP, "byte {at}: {ends:?}");
        let opened = TempDir::new().unwrap();
        copy(directory.path(), opened.path());
        let Ok(log) = open(&opened) else { continue };
        let end = log.next_position(PLAN);
        match lost(directory.path(), &log).unwrap() {
            None => assert!(end == ends[0].1 && end.0 >= EVENTS - GROUP, "byte {at}: {end}"),
            Some(Lost { first, was_durable }) => {
                assert!(was_durable || end.0 >= EVENTS - GROUP, "byte {at}: {end}");
                assert!(first.is_none_or(|(_, position)| position >= end), "byte {at}");
                refused += usize::from(was_durable);
            }
        }
    }
    assert!(refused > ROUNDS / 4, "{refused}");
}

/// How the keys of a page begin is said only where it is written whole; sled leaves it out of every change after that.
#[test]
fn events_after_a_damaged_page_are_found_by_their_own_checksums() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    for first in (0..600).step_by(6) {
        for plan in [PLAN, NEXT] {
            let events = (first..first + 6).map(event).collect();
            let guards = Vec::new();
            let request = AppendRequest { plan, events, guards };
            append_group_at(&log, 1, vec![request]).remove(0).unwrap();
        }
    }
    let whole = TempDir::new().unwrap();
    copy(directory.path(), whole.path());
    std::fs::remove_file(whole.path().join("acknowledged")).unwrap();
    let mut pages = Vec::new();
    let mut note = |message: &file::Message<'_>| {
        let is_page = message.kind == file::Kind::Node;
        pages.extend(is_page.then_some(message.offset));
    };
    file::each_message(whole.path(), &mut note).unwrap();
    for offset in &pages {
        let directory = damaged(&whole, usize::try_from(*offset).unwrap() + 3);
        let ends = SledRemains::open(directory.path()).unwrap().ends().unwrap();
        assert_eq!(
            ends,
            [(PLAN, Position(600)), (NEXT, Position(600))],
            "byte {offset}"
        );
    }
    assert!(pages.len() > 20, "{}", pages.len());
}

/// A message holds a few packs at most, and most of them stand in later ones too.
#[test]
fn behind_damage_all_but_the_damaged_is_read() {
    let whole = killed();
    assert_eq!(unread(&whole), Vec::<u64>::new());
    let mut lost = 0;
    for at in places(&whole) {
        let few = unread(&damaged(&whole, at)).len();
        assert!(few <= 200, "byte {at}: {few} events");
        lost += usize::from(few > 0);
    }
    assert!(lost < ROUNDS / 2, "{lost}");
}

#[test]
fn events_that_were_taken_away_are_not_there_any_more() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    append(&log, 0..1_000, 10);
    drop(log);
    let trees = Trees::open(directory.path(), SledConfig::default()).unwrap();
    trees.cut_from(PLAN, Position(990)).unwrap();
    drop(trees);
    std::fs::remove_file(directory.path().join("acknowledged")).unwrap();
    let remains = SledRemains::open(directory.path()).unwrap();
    assert_eq!(remains.ends().unwrap(), [(PLAN, Position(990))]);
    assert!(remains.record(PLAN, Position(989)).is_ok());
    assert!(remains.record(PLAN, Position(990)).is_err());
    assert!(remains.incarnation().is_some(), "sled's own file says it");
}

#[test]
fn what_was_erased_is_read_as_erased_and_noted() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    append(&log, 0..100, 10);
    log.erase(PLAN, Position(30), Extent::Payload).unwrap();
    log.erase(PLAN, Position(31), Extent::PayloadAndEnvelopeSalt)
        .unwrap();
    drop(log);
    let remains = SledRemains::open(directory.path()).unwrap();
    let noted = [
        (Position(30), Extent::Payload),
        (Position(31), Extent::PayloadAndEnvelopeSalt),
    ];
    assert_eq!(remains.erased(PLAN).unwrap(), noted);
    for (position, extent) in noted {
        let (_, record) = remains.record(PLAN, position).unwrap();
        assert_eq!(Extent::gone_from(&record), Some(extent));
    }
}

/// Values too large for sled's file lie in files of their own.
#[test]
fn what_lies_in_a_file_of_its_own_is_read_unless_that_is_damaged() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    let mut large = event(0);
    large.payload = Arc::from(vec![b'w'; 300 << 10]);
    let request = AppendRequest {
        plan: PLAN,
        events: vec![large],
        guards: Vec::new(),
    };
    let mut salts = || Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    log.append_group(TimestampMs(1), &mut salts, vec![request])[0]
        .as_ref()
        .unwrap();
    drop(log);
    assert_eq!(unread(&directory), Vec::<u64>::new());
    assert!(!is_doubtful(directory.path()).unwrap());
    let mut changed = 0;
    for entry in std::fs::read_dir(directory.path().join("blobs")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
        changed += 1;
    }
    assert!(changed > 0);
    assert!(is_doubtful(directory.path()).unwrap());
    assert_eq!(unread(&directory), [0]);
}

#[test]
fn notes_of_sleds_that_a_crash_cut_off_are_no_damage() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    append(&log, 0..100, 10);
    drop(log);
    let notes = directory.path().join("snap.7FFFFFFFFFFFFFFF.generating");
    drop(raw(&directory));
    std::fs::write(&notes, b"half of it").unwrap();
    assert!(!is_doubtful(directory.path()).unwrap());
    assert_eq!(open(&directory).unwrap().next_position(PLAN), Position(100));
    assert!(!notes.exists());
}
