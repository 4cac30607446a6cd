//! `log repair` killed at any instant, and between any two of its last renames: the log is the damaged one or the mended one,
//! and a second run mends what is left.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use schema::log::Record;
use schrijftafel_server::clock::passed_ms;
use schrijftafel_server::log::engine::{EngineKind, wait_until_closed};

use tempfile::TempDir;

use super::killed::{SCHRIJFTAFEL, start};
use super::killing::is_killed_before;
use super::{DONE_IN_PART, bytes_below, contents, copy_tree, flip_a_bit, next_random, run, verify, write};

/// Repairs of each engine that are cut off, unless a tenth of `CRASH_ROUNDS` is more.
const KILLS: u64 = 4;

#[test]
fn a_repair_of_sled_killed_at_any_instant_is_done_again() {
    a_killed_repair_is_done_again(EngineKind::Sled);
}

#[test]
fn a_repair_of_segments_killed_at_any_instant_is_done_again() {
    a_killed_repair_is_done_again(EngineKind::Segments);
}

#[test]
fn a_repair_of_sled_killed_between_its_renames_loses_neither_log() {
    a_repair_killed_between_its_renames_loses_neither_log(EngineKind::Sled);
}

#[test]
fn a_repair_of_segments_killed_between_its_renames_loses_neither_log() {
    a_repair_killed_between_its_renames_loses_neither_log(EngineKind::Segments);
}

/// A damaged log, a backup of it from before, and what it held.
struct Scene {
    place: TempDir,
    held: Vec<Record>,
    seed: u64,
}

impl Scene {
    fn of(kind: EngineKind) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut scene = Self {
            place,
            held: Vec::new(),
            seed: 0x5eed,
        };
        let good = scene.path("good");
        std::fs::create_dir(&good).unwrap();
        write(&good.join("log"), kind);
        wait_until_closed(&good.join("log")).unwrap();
        let mut making = Command::new(SCHRIJFTAFEL);
        let making = making.args(["backup", "--data"]).arg(&good);
        let made = run(making.arg("--to").arg(scene.path("backup")));
        assert!(made.0, "{}", made.1);
        scene.held = contents(&good.join("log"));
        wait_until_closed(&good.join("log")).unwrap();
        damage(&good, &scene.path("damaged"), &mut scene.seed);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }
}

fn a_repair_killed_between_its_renames_loses_neither_log(kind: EngineKind) {
    let scene = Scene::of(kind);
    let [damaged, data, started, backup] =
        ["damaged", "data", "started", "backup"].map(|name| scene.path(name));
    let as_damaged = below_log(&damaged, "log");
    copy_anew(&damaged, &data);
    let at_once = repair(&data, &backup).env("RUST_LOG", "off").output().unwrap();
    let mut swapped = 0;
    for rename in 1.. {
        copy_anew(&damaged, &data);
        if !is_killed_before(&mut repair(&data, &backup), scene.place.path(), ("log", rename)) {
            assert_eq!(rename, 4, "{kind}: it gives three names");
            break;
        }
        let when = format!("{kind}, before rename {rename}");
        let is_swapped = !data.join("log").exists();
        swapped += u32::from(is_swapped);
        let before = bytes_below(&data);
        let (is_whole, said) = verify(&data);
        assert_eq!(is_whole, is_swapped, "{when}: {said}");
        assert!(bytes_below(&data) == before, "{when}: looking changed something");
        copy_anew(&data, &started);
        if is_swapped {
            let (starts, said) = start(&started);
            assert!(starts, "{when}: {said}");
            assert_eq!(contents(&started.join("log")), scene.held, "{when}");
            assert!(below_log(&started, "log.damaged") == as_damaged, "{when}");
        }
        let done = repair(&data, &backup).env("RUST_LOG", "off").output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        if is_swapped {
            let words = ["cut off", "log.damaged"];
            assert!(words.iter().all(|word| said.contains(word)), "{when}: {said}");
        }
        // The damaged log is kept, so what that tells of what was answered is told by whichever run ends.
        assert!(
            matches!(done.status.code(), Some(0 | DONE_IN_PART)),
            "{when}: {said}"
        );
        assert_eq!(done.status.code(), at_once.status.code(), "{when}: {said}");
        assert_eq!(verify(&data), (true, String::new()), "{when}");
        assert_eq!(contents(&data.join("log")), scene.held, "{when}");
        assert!(below_log(&data, "log.damaged") == as_damaged, "{when}");
        let left = ["log.mended", "log.compacting", "log.old"];
        assert!(!left.iter().any(|name| data.join(name).exists()), "{when}");
    }
    assert_eq!(swapped, 1, "{kind}");
}

fn a_killed_repair_is_done_again(kind: EngineKind) {
    let Scene {
        place,
        held,
        mut seed,
    } = Scene::of(kind);
    let [damaged, data, backup] = ["damaged", "data", "backup"].map(|name| place.path().join(name));
    let as_damaged = below_log(&damaged, "log");

    copy_anew(&damaged, &data);
    let begun = passed_ms();
    let mended = run(&mut repair(&data, &backup));
    let mut takes_ms = passed_ms() - begun;
    assert!(mended.0, "{}", mended.1);
    let rounds = std::env::var("CRASH_ROUNDS").map_or(0, |rounds| rounds.parse::<u64>().unwrap() / 10);
    let mut cut_off = 0;
    while cut_off < rounds.max(KILLS) {
        copy_anew(&damaged, &data);
        let wait = Duration::from_millis(next_random(&mut seed) % takes_ms.max(1));
        let mut program = repair(&data, &backup);
        let mut child = program
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(wait);
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() {
            cut_off += 1;
        } else {
            // It was faster than the one before.
            takes_ms = takes_ms * 3 / 4;
        }
        let when = format!("{kind}, {cut_off} cut off, {wait:?}");
        let (is_whole, said) = verify(&data);
        assert!(
            is_whole || below_log(&data, "log") == as_damaged,
            "{when}: neither the damaged log nor a whole one: {said}"
        );
        let (is_mended, said) = run(&mut repair(&data, &backup));
        assert!(is_mended, "{when}: {said}");
        assert!(
            contents(&data.join("log")) == held,
            "{when}: not what was written"
        );
    }
    assert_eq!(verify(&data), (true, String::new()));
}

/// A copy of the data with a log that is not whole.
fn damage(good: &Path, damaged: &Path, seed: &mut u64) {
    loop {
        copy_anew(good, damaged);
        flip_a_bit(&damaged.join("log"), seed);
        if !verify(damaged).0 {
            return;
        }
    }
}

fn copy_anew(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    copy_tree(from, to);
}

fn repair(data: &Path, backup: &Path) -> Command {
    let mut program = Command::new(SCHRIJFTAFEL);
    program.args(["log", "repair", "--data"]).arg(data);
    program.arg("--from").arg(backup);
    program
}

/// The files of a log, by their names in it.
fn below_log(data: &Path, name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let log = data.join(name);
    let files = bytes_below(&log).into_iter();
    files
        .map(|(path, bytes)| (path.strip_prefix(&log).unwrap().to_owned(), bytes))
        .collect()
}
