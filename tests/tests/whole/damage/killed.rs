//! Flipped bits in a log of sled whose process was killed: sled has no notes then and reads all of its file, so it cuts
//! off or panics over damage anywhere. Nothing that is asked of such a log changes it, and a backup mends it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use schema::ids::PlanId;
use schema::log::Record;
use schrijftafel_server::log::engine::{self, Opening};
use schrijftafel_server::log::sled::doubt::Doubt;
use tempfile::TempDir;
use tests::crash_log::EVENTS_PER_APPEND;
use tests::every_event::every_event;

use super::{bytes_below, copy_tree, flip_a_bit, run, verify};

/// Bits flipped in each log, one at a time, unless a tenth of `DAMAGE_FLIPS` is more: each takes some processes.
const FLIPS: u64 = 16;
const APPENDERS: usize = 8;
/// Acknowledgements of one process before it is killed.
const APPENDS: usize = 900;
/// Processes killed until one was killed between two groups.
const KILLS_MAX: usize = 5;

pub(super) const SCHRIJFTAFEL: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");
const APPENDING: &str = env!("CARGO_BIN_EXE_crash_log_child");

pub(super) type Plans = BTreeMap<PlanId, Vec<Record>>;

/// A log that was killed, what it holds, and a backup.
pub(super) struct Scene {
    place: TempDir,
    pub(super) held: Plans,
}

impl Scene {
    /// Killed in its first life between two groups; the backup holds all of it.
    fn killed_between_groups() -> Self {
        let mut scene = (0..KILLS_MAX)
            .map(|_| Self::killed_once())
            .find(|scene| !scene.doubt().is_any())
            .expect("a kill mostly falls between two groups, and then it raises no doubt");
        scene.look();
        scene.back_up();
        scene
    }

    /// Killed in its first life, maybe within a group: that leaves a torn end.
    fn killed_once() -> Self {
        let scene = Self::begin();
        scene.append_and_kill(["0"; APPENDERS]);
        scene
    }

    /// Killed, started, and killed again; the backup is from between.
    pub(super) fn killed_after_the_backup() -> Self {
        let mut scene = Self::killed_once();
        scene.back_up();
        scene.append_and_kill(["100000"; APPENDERS]);
        scene.look();
        scene
    }

    fn begin() -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("good")).unwrap();
        Self {
            place,
            held: Plans::new(),
        }
    }

    pub(super) fn good(&self) -> PathBuf {
        self.place.path().join("good")
    }

    fn doubt(&self) -> Doubt {
        Doubt::of(&self.good().join("log"), std::iter::empty()).unwrap()
    }

    fn backup(&self) -> PathBuf {
        self.place.path().join("backup")
    }

    /// A copy of the data, to be damaged.
    pub(super) fn copy(&self, name: &str) -> PathBuf {
        let copy = self.place.path().join(name);
        if copy.exists() {
            std::fs::remove_dir_all(&copy).unwrap();
        }
        copy_tree(&self.good(), &copy);
        copy
    }

    fn append_and_kill(&self, firsts: [&str; APPENDERS]) {
        let mut child = Command::new(APPENDING)
            .arg(self.good().join("log"))
            .args(firsts)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let acknowledged = output.lines().take(1 + APPENDS).filter(Result::is_ok).count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(acknowledged, 1 + APPENDS);
    }

    fn look(&mut self) {
        self.held = contents(&self.copy("looked-at"));
        let events: usize = self.held.values().map(Vec::len).sum();
        assert!(events >= APPENDS * 3);
    }

    /// Of a copy: opening a log gives sled notes.
    fn back_up(&self) {
        let copy = self.copy("backed-up");
        let mut program = Command::new(SCHRIJFTAFEL);
        let program = program.args(["backup", "--data"]).arg(copy);
        let made = run(program.arg("--to").arg(self.backup()));
        assert!(made.0, "{}", made.1);
    }

    fn repair(&self, data: &Path) -> (bool, String) {
        let mut program = Command::new(SCHRIJFTAFEL);
        let program = program.args(["log", "repair", "--data"]).arg(data);
        run(program.arg("--from").arg(self.backup()))
    }
}

/// Opens a log as a server does, and ends.
pub(super) fn start(data: &Path) -> (bool, String) {
    run(Command::new(APPENDING).arg(data.join("log")))
}

pub(super) fn contents(data: &Path) -> Plans {
    let log = engine::open_existing(&data.join("log"), Opening::Serve).unwrap();
    let plans = log.plans().into_iter();
    plans
        .map(|plan| (plan, every_event(log.as_ref(), plan)))
        .collect()
}

/// More is no harm: an append that was written and never answered.
pub(super) fn holds_all(found: &Plans, held: &Plans) -> bool {
    held.iter().all(|(plan, records)| {
        found
            .get(plan)
            .is_some_and(|found| found.len() >= records.len() && found[..records.len()] == records[..])
    })
}

/// Whether only the last group is missing of what was held, and nothing is another's. Nothing tells of that group whether
/// it was answered, so damage in it passes for a torn end.
pub(super) fn ensure_all_but_the_last(found: &Plans, held: &Plans, damage: &str) {
    // Every appender waits for its answer, so it has one append in a group.
    let lost_max = APPENDERS * EVENTS_PER_APPEND as usize;
    let mut lost = 0;
    for (plan, records) in held {
        let found = found.get(plan).map_or(&[][..], Vec::as_slice);
        let common = found.len().min(records.len());
        assert!(found[..common] == records[..common], "{damage}");
        lost += records.len() - common;
    }
    assert!(lost <= lost_max, "{damage}: {lost} events are lost");
}

fn flips() -> u64 {
    let asked = std::env::var("DAMAGE_FLIPS").map_or(0, |text| text.parse().unwrap());
    FLIPS.max(asked / 10)
}

#[test]
fn a_killed_log_with_a_flipped_bit_is_found_and_mended_whatever_sled_makes_of_it() {
    let scene = Scene::killed_between_groups();
    assert_eq!(verify(&scene.copy("whole")).1, "");
    let mut seed = 0xdead_u64;
    let (mut found, mut refused) = (0, 0);
    for flip in 0..flips() {
        let looked_at = scene.copy("looked-at");
        let place = flip_a_bit(&looked_at.join("log"), &mut seed);
        let before = bytes_below(&looked_at);
        let (is_whole, said) = verify(&looked_at);
        assert!(
            bytes_below(&looked_at) == before,
            "flip {flip} at {place}: looking changed something"
        );
        let started = scene.copy("started");
        std::fs::remove_dir_all(started.join("log")).unwrap();
        copy_tree(&looked_at.join("log"), &started.join("log"));
        let (starts, why) = start(&started);
        if !starts {
            refused += 1;
            assert!(
                bytes_below(&started).values().eq(before.values()),
                "flip {flip} at {place}: a refused start changed something: {why}"
            );
        }
        if is_whole {
            assert!(starts, "flip {flip} at {place}: {why}");
            assert!(
                holds_all(&contents(&started), &scene.held),
                "flip {flip} at {place}: called whole, and something is gone"
            );
            continue;
        }
        assert!(
            said.starts_with("schrijftafel: "),
            "flip {flip} at {place}: {said}"
        );
        found += 1;
        for data in [&looked_at, &started] {
            let (mended, said) = scene.repair(data);
            assert!(mended, "flip {flip} at {place}: {said}");
        }
        assert!(
            holds_all(&contents(&looked_at), &scene.held),
            "flip {flip} at {place}"
        );
        // A start takes damage in the last group for a torn end, and what it leaves is whole.
        ensure_all_but_the_last(
            &contents(&started),
            &scene.held,
            &format!("flip {flip} at {place}, started"),
        );
        let kept = bytes_below(&looked_at.join("log.damaged"));
        assert!(kept.values().eq(before.values()), "flip {flip} at {place}");
    }
    println!("{found} found, {refused} starts refused");
    assert!(found > 0 && refused > 0);
}

/// What is later than the backup is had from behind the damage, all but the damaged message itself.
#[test]
fn what_is_healthy_behind_the_damage_is_not_lost() {
    let scene = Scene::killed_after_the_backup();
    let mut seed = 0xbeef_u64;
    let (mut mended, mut refused) = (0, 0);
    for flip in 0..flips() {
        let data = scene.copy("damaged");
        let place = flip_a_bit(&data.join("log"), &mut seed);
        let before = bytes_below(&data);
        let (is_mended, said) = scene.repair(&data);
        if !is_mended {
            refused += 1;
            assert!(
                said.contains("is damaged in the log and later than the backup"),
                "{said}"
            );
            assert!(
                bytes_below(&data) == before,
                "flip {flip} at {place}: a refusal changed something"
            );
            continue;
        }
        mended += 1;
        ensure_all_but_the_last(&contents(&data), &scene.held, &format!("flip {flip} at {place}"));
    }
    println!("{mended} mended, {refused} refused");
    assert!(mended > refused);
}
