//! A long log: how it is written in full batches, what it takes on disk, how fast it is read, and what opening costs.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use schema::ids::TimestampMs;
use schema::log::Salts;
use schrijftafel_server::log::engine::{self, EngineKind, Opening};
use schrijftafel_server::log::{AppendRequest, Direction, EventLog, ReadRequest, Selector};

use crate::load::now;
use crate::subjects::{FRAME_BYTES, PLAN, request};

/// Events per batch and flush.
const BATCH: u64 = 1_024;

/// Writes a log of so many text events and says what it costs.
pub fn measure(kind: EngineKind, directory: &Path, events: u64) -> anyhow::Result<()> {
    let path = directory.join(format!("long-{kind}"));
    std::fs::create_dir_all(&path)?;
    let path = path.join("log");
    let log = engine::open_or_start(&path, Some(kind))?;
    let start = now();
    fill(log.as_ref(), events)?;
    let per_second = events * 1_000 / u64::try_from(start.elapsed().as_millis())?.max(1);
    drop(log);
    engine::wait_until_closed(&path)?;
    let bytes = size_of(&path)?;
    println!(
        "{kind:>8}: written {per_second}/s in batches of {BATCH}; {} bytes per event, {} of the raw bytes",
        bytes / events,
        crate::ratio(bytes, events * FRAME_BYTES as u64),
    );
    let reopened = Command::new(std::env::current_exe()?)
        .args(["--reopen", &path.display().to_string()])
        .output()?;
    anyhow::ensure!(
        reopened.status.success(),
        "{}",
        String::from_utf8_lossy(&reopened.stderr)
    );
    print!("{kind:>8}: {}", String::from_utf8_lossy(&reopened.stdout));
    Ok(())
}

fn fill(log: &dyn EventLog, events: u64) -> anyhow::Result<()> {
    let mut salts = || Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    for first in (0..events).step_by(BATCH as usize) {
        let requests = (first..events.min(first + BATCH)).map(request);
        let batch = AppendRequest {
            plan: PLAN,
            events: requests.flat_map(|request| request.events).collect(),
            guards: Vec::new(),
        };
        for answer in log.append_group(TimestampMs(first), &mut salts, vec![batch]) {
            answer?;
        }
    }
    Ok(())
}

/// In a process of its own, so that its memory is that of an opened log and nothing else.
pub fn reopen(path: &Path) -> anyhow::Result<()> {
    let start = now();
    let log = engine::open_existing(path, Opening::Serve)?;
    let opened = start.elapsed();
    let opened_bytes = resident_bytes()?;
    let start = now();
    let events = read_all(log.as_ref())?;
    let read = start.elapsed();
    println!(
        "reopened in {} ms with {} MB resident; {} events read at {}/s on one core, {} MB resident then",
        opened.as_millis(),
        opened_bytes >> 20,
        events,
        u128::from(events) * 1_000 / read.as_millis().max(1),
        resident_bytes()? >> 20,
    );
    Ok(())
}

fn read_all(log: &dyn EventLog) -> anyhow::Result<u64> {
    let mut from = 0;
    loop {
        let page = log.read(&ReadRequest {
            plan: PLAN,
            selector: Selector::All,
            from,
            direction: Direction::Forward,
            limit: 1_024,
        })?;
        if page.is_empty() {
            return Ok(from);
        }
        from += page.len() as u64;
    }
}

/// Memory of this process, as Linux counts it.
fn resident_bytes() -> anyhow::Result<u64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("resident memory is read on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line
        .and_then(|line| line.split_whitespace().next())
        .context("VmRSS")?;
    Ok(kilobytes.parse::<u64>()? << 10)
}

/// Bytes of all files below.
pub fn size_of(directory: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            size_of(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}
