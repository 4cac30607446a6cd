//! Copies of a log: whose they are, and what is left of them.

use schema::ids::IncarnationId;

use super::*;
use crate::log::compact;
use crate::log::engine::{self, EngineKind, Opening};

const LIFE: IncarnationId = IncarnationId::from_bytes([9; 16]);

/// A place with a log that nobody has open.
fn place() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let log = place.path().join("log");
    drop(engine::create(&log, EngineKind::Sled, LIFE).unwrap());
    engine::wait_until_closed(&log).unwrap();
    (place, log)
}

fn names_in(place: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(place.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_copy_goes_with_whoever_reads_it_and_the_log_may_be_opened_meanwhile() {
    let (place, log) = place();
    let looked_at = engine::open_existing(&log, Opening::Check).unwrap();
    assert_eq!(names_in(&place).len(), 2);
    let serving = engine::open_or_start(&log, None).unwrap();
    assert_eq!((looked_at.incarnation(), serving.incarnation()), (LIFE, LIFE));
    assert_eq!(names_in(&place).len(), 2, "a copy that is read is not stale");
    drop(looked_at);
    assert_eq!(names_in(&place), ["log"]);
}

#[test]
fn a_copy_that_a_killed_process_left_is_cleared_away_by_the_next() {
    for opening in [Opening::Check, Opening::Serve] {
        let (place, log) = place();
        let stale = place.path().join("log.reading-Ab12cd");
        copy_tree_to(&log, &stale);
        drop(engine::open_existing(&log, opening).unwrap());
        assert_eq!(names_in(&place), ["log"]);
    }
}

fn copy_tree_to(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    copy_tree(from, to).unwrap();
}

#[test]
fn a_log_in_use_is_not_copied() {
    let (place, log) = place();
    let serving = engine::open_or_start(&log, None).unwrap();
    let refused = engine::open_existing(&log, Opening::Check)
        .map(|_| ())
        .unwrap_err();
    assert!(
        refused.to_string().contains("in use by another process"),
        "{refused}"
    );
    assert_eq!(names_in(&place), ["log"]);
    drop(serving);
}

#[test]
fn a_log_for_which_there_is_no_room_twice_is_not_copied() {
    let (place, log) = place();
    // Eight terabytes that are all hole.
    let file = File::options().write(true).open(log.join(SLED_FILE)).unwrap();
    file.set_len(8 << 40).unwrap();
    let (standing, held) = compact::standing(&log, true).unwrap();
    let refused = Copied::of(&standing, &held).map(|_| ()).unwrap_err();
    assert!(
        matches!(refused, CopyError::Room(RoomError::Lacking { needed, free, .. }) if needed > free),
        "{refused}"
    );
    assert_eq!(names_in(&place), ["log"]);
}
