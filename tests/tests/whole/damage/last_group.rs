//! Damage in the group before the last of a log whose process was killed a moment later, of both engines: no start takes
//! it for a torn end, a check names it, a backup mends it and loses nothing. And a last group that is torn starts.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use schema::ids::{IncarnationId, PlanId, TimestampMs};
use schema::log::{Record, Salts};
use schrijftafel_server::log::EventLog;
use schrijftafel_server::log::engine::{self, EngineKind, Opening};
use tempfile::TempDir;
use tests::crash_log::{Append, plan_of, request};
use tests::every_event::every_event;

use super::killed::{SCHRIJFTAFEL, start};
use super::{bytes_below, copy_tree, run, verify};

/// Groups before the last two, of one append each.
const EARLIER: u64 = 40;
/// Bytes tried in the group before the last.
const TRIES: usize = 16;

/// A killed log and a backup without its last group.
struct Scene {
    place: TempDir,
    /// The file that events are written to, below the data.
    file: PathBuf,
    last_but_one: Range<usize>,
    last: Range<usize>,
    held: Vec<(PlanId, Vec<Record>)>,
}

impl Scene {
    fn of(kind: EngineKind) -> Self {
        let place = tempfile::tempdir().unwrap();
        let [writing, backed_up, good] = ["writing", "backed-up", "good"].map(|name| place.path().join(name));
        for data in [&writing, &backed_up, &good] {
            fs::create_dir(data).unwrap();
        }
        let log = engine::create(&writing.join("log"), kind, IncarnationId::from_bytes([9; 16])).unwrap();
        // As far as it had come when it last noted that.
        let noted = fs::read(writing.join("log").join("acknowledged")).unwrap();
        let file = Path::new("log").join(match kind {
            EngineKind::Sled => "db",
            EngineKind::Segments => "0000000000.seg",
        });
        for number in 0..EARLIER {
            append(log.as_ref(), Append { appender: 0, number });
        }
        let first = used(&writing.join(&file));
        append(
            log.as_ref(),
            Append {
                appender: 2,
                number: 0,
            },
        );
        let second = used(&writing.join(&file));
        copy_tree(&writing.join("log"), &backed_up.join("log"));
        let last = Append {
            appender: 0,
            number: EARLIER,
        };
        append(log.as_ref(), last);
        let third = used(&writing.join(&file));
        copy_tree(&writing.join("log"), &good.join("log"));
        fs::write(good.join("log").join("acknowledged"), noted).unwrap();
        let held = log.plans().into_iter();
        let held = held.map(|plan| (plan, every_event(log.as_ref(), plan))).collect();
        let made = run(std::process::Command::new(SCHRIJFTAFEL)
            .args(["backup", "--data"])
            .arg(&backed_up)
            .arg("--to")
            .arg(place.path().join("backup")));
        assert!(made.0, "{}", made.1);
        Self {
            place,
            file,
            last_but_one: first..second,
            last: second..third,
            held,
        }
    }

    /// A copy of the data with other bytes in the file of events.
    fn changed(&self, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
        let data = self.place.path().join("changed");
        if data.exists() {
            fs::remove_dir_all(&data).unwrap();
        }
        copy_tree(&self.place.path().join("good"), &data);
        let mut bytes = fs::read(data.join(&self.file)).unwrap();
        change(&mut bytes);
        fs::write(data.join(&self.file), bytes).unwrap();
        data
    }

    fn ensure_all_is_there(&self, data: &Path) {
        let log = engine::open_existing(&data.join("log"), Opening::Serve).unwrap();
        for (plan, records) in &self.held {
            assert!(every_event(log.as_ref(), *plan) == *records, "plan {plan}");
        }
    }
}

fn append(log: &dyn EventLog, append: Append) {
    let mut salts = || Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    let answers = log.append_group(TimestampMs(1), &mut salts, vec![request(append)]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// One past the last byte that holds anything.
pub(super) fn used(file: &Path) -> usize {
    let bytes = fs::read(file).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

#[test]
fn of_sled_no_start_takes_damage_before_the_last_group_for_a_torn_end() {
    damage_before_the_last_group_is_refused_and_mended(EngineKind::Sled);
}

#[test]
fn of_segments_no_start_takes_damage_before_the_last_group_for_a_torn_end() {
    damage_before_the_last_group_is_refused_and_mended(EngineKind::Segments);
}

fn damage_before_the_last_group_is_refused_and_mended(kind: EngineKind) {
    let scene = Scene::of(kind);
    for number in 0..TRIES {
        let Range { start: first, end } = scene.last_but_one;
        let at = first + (end - first - 1) * number / (TRIES - 1);
        let data = scene.changed(|bytes| bytes[at] ^= 0x10);
        let before = bytes_below(&data);
        let (starts, said) = start(&data);
        assert!(!starts, "{kind}, byte {at}: a start took it for a torn end");
        assert!(
            bytes_below(&data) == before,
            "{kind}, byte {at}: a refused start changed something"
        );
        assert!(said.contains("log repair"), "{kind}, byte {at}: {said}");
        let (is_whole, said) = verify(&data);
        assert!(!is_whole, "{kind}, byte {at}: {said}");
        assert!(
            bytes_below(&data) == before,
            "{kind}, byte {at}: looking changed something"
        );
        let mut mending = std::process::Command::new(SCHRIJFTAFEL);
        let mending = mending.args(["log", "repair", "--data"]).arg(&data);
        let (mended, said) = run(mending.arg("--from").arg(scene.place.path().join("backup")));
        assert!(mended, "{kind}, byte {at}: {said}");
        scene.ensure_all_is_there(&data);
    }
}

#[test]
fn a_last_group_that_is_torn_is_named_and_starts() {
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        let scene = Scene::of(kind);
        let Range { start: first, end } = scene.last;
        let whole = fs::read(scene.place.path().join("good").join(&scene.file)).unwrap();
        for number in 0..10 {
            let at = first + (end - first - 1) * number / 9;
            for piece in [at..end, first..at, at..end.min(at + 64)] {
                let data = scene.changed(|bytes| bytes[piece.clone()].fill(0));
                let before = bytes_below(&data);
                let (is_whole, said) = verify(&data);
                // Where all of it is gone nothing is left to tell; zeros are something in a segment that ends with its last frame.
                let is_gone = kind == EngineKind::Sled && piece == (first..end);
                let is_changed = before[&data.join(&scene.file)] != whole;
                assert!(
                    is_whole == (is_gone || !is_changed),
                    "{kind}, {piece:?} of {first}..{end}: {said}"
                );
                assert!(
                    bytes_below(&data) == before,
                    "{kind}, {piece:?}: looking changed something"
                );
                let log = engine::open_existing(&data.join("log"), Opening::Serve);
                let log = log.unwrap_or_else(|error| panic!("{kind}, {piece:?}: {error}"));
                let found = every_event(log.as_ref(), plan_of(2));
                assert!(
                    !found.is_empty(),
                    "{kind}, {piece:?}: the group before went along"
                );
                drop(log);
                engine::wait_until_closed(&data.join("log")).unwrap();
                let (is_whole, said) = verify(&data);
                assert!(
                    is_whole,
                    "{kind}, {piece:?}: cut off, and still called torn: {said}"
                );
            }
        }
    }
}
