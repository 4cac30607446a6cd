//! Damage before the last group of events of a log that was killed, where nothing beside the log says what was answered:
//! never taken for a torn end. Damage within the last group is.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::damaged::copy;
use super::*;
use crate::log::engine::{self, Opening};
use crate::logged::Logged;

const OTHER: PlanId = PlanId::from_bytes([2; 16]);
/// Bytes tried in each place.
const TRIES: usize = 6;

/// The files of a log as a kill leaves them, and which bytes of sled's file its last two groups are.
struct Killed {
    files: TempDir,
    last_but_one: Range<usize>,
    last: Range<usize>,
    /// Where the plans ended before each of the two.
    before: BTreeMap<PlanId, u64>,
    between: BTreeMap<PlanId, u64>,
}

impl Killed {
    /// After `earlier` groups of one event; of the last two, each writes so many events of a plan.
    fn after(earlier: u64, last_but_one: (PlanId, u64), last: (PlanId, u64)) -> Self {
        let directory = TempDir::new().unwrap();
        let log = open(&directory).unwrap();
        let mut ends = BTreeMap::new();
        // Both plans have an event, so that a plan without one says nothing by that.
        write(&log, &mut ends, (OTHER, 1));
        for _ in 0..earlier {
            write(&log, &mut ends, (PLAN, 1));
        }
        // Index blocks that are under way may be what is lacking, so none is.
        log.verify().unwrap();
        let (before, first) = (ends.clone(), used(directory.path()));
        write(&log, &mut ends, last_but_one);
        let (between, second) = (ends.clone(), used(directory.path()));
        log.verify().unwrap();
        write(&log, &mut ends, last);
        let third = used(directory.path());
        let files = TempDir::new().unwrap();
        std::fs::create_dir(files.path().join("log")).unwrap();
        copy(directory.path(), &files.path().join("log"));
        std::fs::remove_file(files.path().join("log").join("acknowledged")).unwrap();
        Self {
            files,
            last_but_one: first..second,
            last: second..third,
            before,
            between,
        }
    }

    /// With other bytes in sled's file.
    fn changed(&self, change: impl FnOnce(&mut [u8])) -> TempDir {
        let place = TempDir::new().unwrap();
        copy(self.files.path(), place.path());
        let path = place.path().join("log").join("db");
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(path, bytes).unwrap();
        place
    }
}

fn write(log: &SledLog, ends: &mut BTreeMap<PlanId, u64>, (plan, count): (PlanId, u64)) {
    let end = ends.entry(plan).or_default();
    let request = AppendRequest {
        plan,
        events: (*end..*end + count).map(event).collect(),
        guards: Vec::new(),
    };
    append_group_at(log, 1, vec![request]).remove(0).unwrap();
    *end += count;
}

/// One past the last byte of sled's file that holds anything.
fn used(log: &Path) -> usize {
    let db = std::fs::read(log.join("db")).unwrap();
    db.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

pub(super) fn files_of(place: &TempDir) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = std::fs::read_dir(place.path().join("log")).unwrap();
    let files = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file());
    files
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

pub(super) fn start(place: &TempDir) -> Result<Box<dyn Engine>, engine::EngineError> {
    engine::open_existing(&place.path().join("log"), Opening::Serve)
}

/// Places from the first byte to the last.
fn places(bytes: &Range<usize>, tries: usize) -> impl Iterator<Item = usize> + use<> {
    let (start, length) = (bytes.start, bytes.len());
    assert!(length > 20, "a group takes {length} bytes");
    (0..tries).map(move |number| start + (length - 1) * number / (tries - 1))
}

fn ensure_refused_before_the_last_group(killed: &Killed, tries: usize, scene: &str) {
    for at in places(&killed.last_but_one, tries) {
        let place = killed.changed(|bytes| bytes[at] ^= 0x10);
        let before = files_of(&place);
        let started = start(&place).map(|log| (log.next_position(PLAN), log.next_position(OTHER)));
        assert!(started.is_err(), "{scene}, byte {at}: {started:?}");
        assert!(
            files_of(&place) == before,
            "{scene}, byte {at}: a refused start changed something"
        );
    }
}

/// sled writes every tenth change to a page as the whole page, and pages split: all of that comes by.
#[test]
fn damage_before_the_last_group_is_never_a_torn_end() {
    for earlier in 0..24 {
        for (last_but_one, last) in [(PLAN, PLAN), (OTHER, PLAN)] {
            let killed = Killed::after(earlier, (last_but_one, 1), (last, 1));
            let scene = format!("{earlier} earlier, {last_but_one} then {last}");
            ensure_refused_before_the_last_group(&killed, TRIES, &scene);
        }
    }
    ensure_refused_before_the_last_group(&Killed::after(5, (PLAN, 40), (PLAN, 40)), 60, "packs");
    ensure_refused_before_the_last_group(
        &Killed::after(5, (PLAN, 40), (OTHER, 1)),
        40,
        "packs, then another plan",
    );
}

/// The event that fills a block of the index is the last but one, or the one before.
#[test]
fn damage_beside_an_index_block_is_no_torn_end_either() {
    for earlier in [block::BLOCK_EVENTS - 1, block::BLOCK_EVENTS] {
        for last in [PLAN, OTHER] {
            let killed = Killed::after(earlier, (PLAN, 1), (last, 1));
            // What the thread of index blocks wrote between the two groups is not flushed before the second.
            let own = killed.last_but_one.start..killed.last_but_one.start + 200;
            let killed = Killed {
                last_but_one: own,
                ..killed
            };
            ensure_refused_before_the_last_group(&killed, TRIES, &format!("{earlier} earlier, then {last}"));
        }
    }
}

/// What a loss of power may leave of the last group: nothing of it, its beginning, or all but a piece.
#[test]
fn a_torn_last_group_starts_without_it() {
    for (last_but_one, last) in [
        ((PLAN, 1), (PLAN, 1)),
        ((OTHER, 1), (PLAN, 30)),
        ((PLAN, 30), (PLAN, 30)),
    ] {
        let killed = Killed::after(7, last_but_one, last);
        let end = killed.last.end;
        for at in places(&killed.last, 12) {
            for piece in [at..end, at..end.min(at + 100), killed.last.start..at] {
                let place = killed.changed(|bytes| bytes[piece.clone()].fill(0));
                let log = start(&place).unwrap_or_else(|error| panic!("{piece:?} of {end}: {error}"));
                for (plan, end) in &killed.between {
                    let found = log.next_position(*plan).0;
                    let all = if *plan == last.0 { end + last.1 } else { *end };
                    assert!(found == *end || found == all, "{piece:?}: {plan} ends at {found}");
                }
                assert!(killed.before != killed.between);
            }
        }
    }
}

/// Nothing whole is behind it, so nothing is doubted; but it is said.
#[test]
fn a_start_says_that_it_takes_a_damaged_last_group_off() {
    for (last_but_one, last) in [((PLAN, 1), (PLAN, 1)), ((OTHER, 1), (PLAN, 30))] {
        let killed = Killed::after(7, last_but_one, last);
        for at in places(&killed.last, 24) {
            let place = killed.changed(|bytes| bytes[at] ^= 0x10);
            let logged = Logged::start();
            let log = start(&place).unwrap_or_else(|error| panic!("byte {at}: {error}"));
            assert_eq!(
                log.next_position(PLAN).0,
                killed.between[&PLAN],
                "byte {at} of {:?}",
                killed.last
            );
            assert!(
                logged
                    .text()
                    .contains("what was written last to the log's file is not whole"),
                "byte {at} of {:?}: {}",
                killed.last,
                logged.text()
            );
            drop(log);
            engine::wait_until_closed(&place.path().join("log")).unwrap();
            let logged = Logged::start();
            drop(start(&place).unwrap());
            assert!(!logged.text().contains("not whole"), "byte {at}: said again");
        }
        let whole = killed.changed(|_| ());
        let logged = Logged::start();
        drop(start(&whole).unwrap());
        assert!(!logged.text().contains("not whole"), "{}", logged.text());
    }
}

/// Index blocks are written beside the appends: a loss of power may leave the last group and not them.
#[test]
fn a_lost_index_block_before_the_last_group_is_a_torn_end() {
    let killed = Killed::after(block::BLOCK_EVENTS - 1, (PLAN, 1), (PLAN, 1));
    let mut seals = None;
    let mut note = |message: &file::Message<'_>| {
        if message.kind == file::Kind::Batch {
            seals = Some(
                seals
                    .take()
                    .map_or((0, 0), |(_, last): (u64, u64)| (last, message.offset)),
            );
        }
    };
    file::each_message(&killed.files.path().join("log"), &mut note).unwrap();
    let (index_block, last) = seals.unwrap();
    let lost = usize::try_from(index_block).unwrap() - 10..usize::try_from(last).unwrap() - 30;
    assert!(lost.len() > 1_000, "{lost:?}");
    let place = killed.changed(|bytes| bytes[lost].fill(0));
    let log = start(&place).unwrap();
    assert_eq!(log.next_position(PLAN), Position(block::BLOCK_EVENTS));
    log.verify().unwrap();
}
