//! `log repair` killed at any instant: the log is the damaged one or the mended one, and a second run mends what is left.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use schrijftafel_server::clock::passed_ms;
use schrijftafel_server::log::engine::{EngineKind, wait_until_closed};

use super::killed::SCHRIJFTAFEL;
use super::{bytes_below, contents, copy_tree, flip_a_bit, next_random, run, verify, write};

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

fn a_killed_repair_is_done_again(kind: EngineKind) {
    let place = tempfile::tempdir().unwrap();
    let [good, damaged, data, backup] =
        ["good", "damaged", "data", "backup"].map(|name| place.path().join(name));
    std::fs::create_dir(&good).unwrap();
    write(&good.join("log"), kind);
    wait_until_closed(&good.join("log")).unwrap();
    let mut making = Command::new(SCHRIJFTAFEL);
    let made = run(making
        .args(["backup", "--data"])
        .arg(&good)
        .arg("--to")
        .arg(&backup));
    assert!(made.0, "{}", made.1);
    let held = contents(&good.join("log"));
    wait_until_closed(&good.join("log")).unwrap();
    let mut seed = 0x5eed_u64;
    damage(&good, &damaged, &mut seed);
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
