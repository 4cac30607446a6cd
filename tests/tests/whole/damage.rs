//! Flipped bits under a log on disk: `schrijftafel log verify` names them, or nothing that was answered is changed; and
//! looking changes nothing. Logs of killed processes, and what mends them, are in [`killed`];
//! damage in the group before the last in [`last_group`]; a log that lacks what was signed in [`signed`], one that is gone
//! in [`gone`], that a refused start changes nothing in [`refused`], a repair that is killed in [`repair_killed`], and damage
//! beside a log in [`beside`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema::log::Record;
use schrijftafel_server::log::engine::{self, EngineKind, Opening};
use schrijftafel_server::log::{EventLog, LogWriter, WriterConfig};
use tests::crash_log::{Append, plan_of, request};
use tests::every_event::every_event;

mod answered;
mod beside;
pub(crate) mod gone;
mod killed;
mod killing;
mod last_group;
mod refused;
mod repair_killed;
pub(crate) mod signed;

/// Bits flipped, one at a time, unless `DAMAGE_FLIPS` says otherwise.
const FLIPS: u64 = 60;
const APPENDS: u64 = 400;
/// The exit status of a repair that may lack what was answered last.
const DONE_IN_PART: i32 = 3;

#[test]
fn a_flipped_bit_is_found_or_touches_nothing() {
    a_flipped_bit_is_found(EngineKind::Sled);
}

#[test]
fn a_flipped_bit_in_segments_is_found_or_touches_nothing() {
    a_flipped_bit_is_found(EngineKind::Segments);
}

fn a_flipped_bit_is_found(kind: EngineKind) {
    let directory = tempfile::tempdir().unwrap();
    let good = directory.path().join("good");
    fs::create_dir(&good).unwrap();
    write(&good.join("log"), kind);
    if kind == EngineKind::Sled {
        lies_in_packs(&good.join("log"));
    }
    let held = contents(&good.join("log"));
    assert_eq!(held.len() as u64, APPENDS * 3);
    let (whole, said) = verify(&good);
    assert!(whole, "before anything is flipped: {said}");
    let mut seed = 0x5eed_u64;
    let (mut found, mut harmless) = (0, 0);
    let flips = std::env::var("DAMAGE_FLIPS").map_or(FLIPS, |text| text.parse().unwrap());
    for flip in 0..flips {
        let copy = directory.path().join("copy");
        copy_tree(&good, &copy);
        let place = flip_a_bit(&copy.join("log"), &mut seed);
        let before = bytes_below(&copy);
        let (whole, said) = verify(&copy);
        assert!(
            bytes_below(&copy) == before,
            "flip {flip} at {place}: looking changed something"
        );
        if whole {
            assert!(
                contents(&copy.join("log")) == held,
                "flip {flip} at {place}: changed, and called whole"
            );
            harmless += 1;
        } else {
            assert!(
                said.starts_with("schrijftafel: "),
                "flip {flip} at {place}: {said}"
            );
            found += 1;
        }
        fs::remove_dir_all(&copy).unwrap();
    }
    println!("{found} found, {harmless} in bytes that hold nothing");
    assert!(found > 0);
}

fn write(log: &Path, kind: EngineKind) {
    let log = engine::open_or_start(log, Some(kind)).unwrap();
    let log: std::sync::Arc<dyn EventLog> = std::sync::Arc::from(log as Box<dyn EventLog>);
    let writer = LogWriter::start(log, WriterConfig::default()).unwrap();
    for number in 0..APPENDS {
        let done = Box::new(|answer: Result<_, _>| drop(answer.unwrap()));
        let append = Append { appender: 0, number };
        writer.submit(request(append), done).unwrap();
    }
    writer.finish();
}

/// What is flipped are packs: a bit that is missed would concern several events.
fn lies_in_packs(log: &Path) {
    engine::wait_until_closed(log).unwrap();
    let events = sled::open(log).unwrap().open_tree("events").unwrap();
    assert!((events.len() as u64) < APPENDS, "{} entries", events.len());
}

fn contents(log: &Path) -> Vec<Record> {
    let log = engine::open_existing(log, Opening::Serve).unwrap();
    every_event(log.as_ref(), plan_of(0))
}

/// Whether `log verify` calls the log whole, and what it says if not.
fn verify(data: &Path) -> (bool, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    run(program.args(["log", "verify", "--data"]).arg(data))
}

/// Whether a program did what was asked, or as much of it as it could, and what it said: without panics, which are no way to say something, not even
/// those of sled that are caught.
fn run(program: &mut Command) -> (bool, String) {
    let done = program.env("RUST_LOG", "off").output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let code = done.status.code();
    assert!(
        matches!(code, Some(0 | 1 | DONE_IN_PART)),
        "{program:?} ended with {code:?}: {said}"
    );
    assert!(!said.contains("panicked at"), "{program:?}: {said}");
    (code != Some(1), said)
}

/// Every file below with what it holds.
fn bytes_below(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files_below(directory).into_iter();
    files
        .map(|file| {
            let bytes = fs::read(&file).unwrap();
            (file, bytes)
        })
        .collect()
}

fn flip_a_bit(log: &Path, seed: &mut u64) -> String {
    let mut files = files_below(log);
    files.sort();
    let total: u64 = files.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    let mut at = next_random(seed) % total;
    for file in files {
        let length = fs::metadata(&file).unwrap().len();
        if at < length {
            let mut bytes = fs::read(&file).unwrap();
            bytes[usize::try_from(at).unwrap()] ^= 1 << (next_random(seed) % 8);
            fs::write(&file, bytes).unwrap();
            return format!("{} {at}", file.display());
        }
        at -= length;
    }
    unreachable!("the place lies in one of the files")
}

pub(crate) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

pub(crate) fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// xorshift64*.
fn next_random(seed: &mut u64) -> u64 {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
}
