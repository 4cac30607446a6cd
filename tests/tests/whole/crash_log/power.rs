//! Killing the log on a disk that loses what was not flushed: both engines, the embedded one above all, whose files
//! nobody but sled opens.
//!
//! The disk is `power.c`: writes wait in the memory of the process until the file is flushed, and some reach the file
//! sooner, whole or in part. What it cannot try: names and lengths that are lost, and a disk that lies about a flush.

use std::fs;

use tests::preload::{self, Surroundings};

use super::*;

/// The library, for as long as the value lives.
struct LossyDisk {
    place: tempfile::TempDir,
    library: std::path::PathBuf,
}

impl LossyDisk {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let library = preload::compiled(place.path(), "power", include_str!("power.c"));
        Self { place, library }
    }

    fn under(&self, seed: u64) -> Surroundings {
        preload::with(&self.library, vec![("POWER_SEED", seed.to_string().into())])
    }
}

/// A file that a process of its own wrote on the disk, and whether all of it is there.
fn is_whole_after(disk: &LossyDisk, how: &str) -> bool {
    let path = disk.place.path().join(how);
    let mut child = Command::new(env!("CARGO_BIN_EXE_crash_log_child"));
    child.arg(&path).arg(how).envs(disk.under(7));
    assert!(child.status().unwrap().success());
    let found = fs::read(path).unwrap();
    assert_eq!(found.len(), tests::crash_log::FILE_BYTES);
    found.iter().all(|byte| *byte == tests::crash_log::FILE_BYTE)
}

#[test]
fn the_disk_keeps_what_was_flushed_and_loses_the_rest() {
    let disk = LossyDisk::new();
    assert!(is_whole_after(&disk, "write-flushed"));
    assert!(!is_whole_after(&disk, "write-unflushed"));
}

#[test]
fn sled_loses_and_doubles_nothing_when_the_power_goes() {
    nothing_is_lost_when_the_power_goes(EngineKind::Sled);
}

#[test]
fn segments_lose_and_double_nothing_when_the_power_goes() {
    nothing_is_lost_when_the_power_goes(EngineKind::Segments);
}

fn nothing_is_lost_when_the_power_goes(kind: EngineKind) {
    let rounds = number_from("CRASH_ROUNDS", 200) / 5;
    let mut seed = number_from("CRASH_SEED", 0x5eed) ^ 0x9041;
    let disk = LossyDisk::new();
    let mut total = 0;
    for life in 0..rounds.div_ceil(LIFE_ROUNDS) {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        drop(engine::create(&log, kind, IncarnationId::from_bytes([9; 16])).unwrap());
        engine::wait_until_closed(&log).unwrap();
        let mut acknowledged = Acknowledged::new();
        for round in 0..LIFE_ROUNDS {
            let wait = Duration::from_millis(next_random(&mut seed) % 120);
            let surroundings = disk.under(next_random(&mut seed));
            kill_after((&log, &surroundings), wait, &mut acknowledged);
            let when = format!("{kind}, life {life}, round {round}, {wait:?}");
            check(&log, &acknowledged, (true, &when));
        }
        let wait = Duration::from_millis(next_random(&mut seed) % 300);
        let surroundings = disk.under(next_random(&mut seed));
        kill_compaction_after((&log, &surroundings), wait);
        let when = format!("{kind}, life {life}, compaction, {wait:?}");
        check(&log, &acknowledged, (true, &when));
        total += acknowledged.len() as u64;
    }
    println!("{kind}: {total} appends acknowledged in {rounds} rounds");
    assert!(
        total > rounds,
        "the child had no time to append: nothing was tested"
    );
}
