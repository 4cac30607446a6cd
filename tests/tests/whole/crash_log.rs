//! Killing the log while it writes and while it is compacted: nothing acknowledged is missing, nothing is doubled, the
//! chain holds.
//!
//! SIGKILL ends the process, not the machine: what the operating system holds reaches the disk. Loss of power is
//! tried in [`power`]. `CRASH_ROUNDS` sets how often (200, `make soak` thousands), `CRASH_SEED` the instants. A log lives for
//! some rounds and is followed by a fresh one, so that rounds stay short and its beginning is killed often too. Every
//! second life is one of the engine of segment files.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;
use schrijftafel_server::clock::passed_ms;
use schrijftafel_server::log::engine::{self, EngineKind};
use tests::crash_log::{Append, EVENTS_PER_APPEND, event_id, payload, plan_of};
use tests::every_event::every_event;

#[cfg(target_os = "linux")]
mod power;

const APPENDERS: u32 = 8;
/// Rounds that one log lives.
const LIFE_ROUNDS: u64 = 4;

/// Every acknowledged append and the position of its first event.
type Acknowledged = BTreeMap<Append, Position>;
/// A log, and what a process that opens it is told beside its arguments.
type Placed<'a> = (&'a Path, &'a [(&'static str, OsString)]);

#[test]
fn sigkill_at_any_instant_loses_and_doubles_nothing() {
    let rounds = number_from("CRASH_ROUNDS", 200) * 3 / 4;
    let mut seed = number_from("CRASH_SEED", 0x5eed);
    let mut total = 0;
    for life in 0..rounds.div_ceil(LIFE_ROUNDS) {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        begin(&log, life);
        let mut acknowledged = Acknowledged::new();
        for round in 0..LIFE_ROUNDS {
            let wait = Duration::from_millis(next_random(&mut seed) % 120);
            kill_after((&log, &[]), wait, &mut acknowledged);
            let whole = round + 1 == LIFE_ROUNDS;
            let when = format!("life {life}, round {round}, {wait:?}");
            check(&log, &acknowledged, (whole, &when));
        }
        total += acknowledged.len() as u64;
    }
    println!("{total} appends acknowledged in {rounds} rounds");
    assert!(
        total > rounds,
        "the child had no time to append: nothing was tested"
    );
}

#[test]
fn sigkill_while_compacting_leaves_a_log_that_opens_with_everything() {
    let rounds = number_from("CRASH_ROUNDS", 200) / 4;
    let mut seed = number_from("CRASH_SEED", 0x5eed) ^ 0xc0de;
    let (mut compacted, mut left_over) = (0, 0);
    for life in 0..rounds.div_ceil(LIFE_ROUNDS) {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        begin(&log, life);
        let mut acknowledged = Acknowledged::new();
        kill_after((&log, &[]), Duration::from_millis(20), &mut acknowledged);
        if life / 2 % 2 == 0 {
            // Every second log of each engine is started first; the others are compacted as the kill left them.
            check(&log, &acknowledged, (true, "before the first compaction"));
        }
        let takes_ms = time_of_a_compaction(&log);
        for round in 0..LIFE_ROUNDS {
            let wait = Duration::from_millis(next_random(&mut seed) % (takes_ms + takes_ms / 4));
            compacted += kill_compaction_after((&log, &[]), wait);
            let beside = || std::fs::read_dir(place.path()).unwrap().count() - 1;
            left_over += u64::from(beside() > 0);
            check(
                &log,
                &acknowledged,
                (true, &format!("life {life}, round {round}, {wait:?}")),
            );
            assert_eq!(beside(), 0, "opening clears away what was left");
        }
    }
    println!("{compacted} compactions ended, {left_over} kills left something beside the log");
    assert!(left_over > 0, "no kill met a compaction: nothing was tested");
}

/// Begins a log of segment files in every second life. Otherwise the child begins one, with the default engine.
fn begin(log: &Path, life: u64) {
    if life % 2 == 1 {
        let incarnation = IncarnationId::from_bytes([9; 16]);
        drop(engine::create(log, EngineKind::Segments, incarnation).unwrap());
    }
}

/// Runs the child, kills it `wait` after it is ready, and takes down what it acknowledged.
fn kill_after(log: Placed<'_>, wait: Duration, acknowledged: &mut Acknowledged) {
    let mut child = start(log, acknowledged);
    let output = BufReader::new(child.stdout.take().unwrap());
    let (ready, is_ready) = mpsc::channel();
    let listening = std::thread::spawn(move || listen(output, &ready));
    is_ready
        .recv_timeout(Duration::from_secs(60))
        .expect("the child opens the log");
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    for (append, position) in listening.join().unwrap() {
        let first = *acknowledged.entry(append).or_insert(position);
        assert_eq!(
            first, position,
            "{append:?} was acknowledged at another place before"
        );
    }
}

/// Every appender begins with what it was last told: a client that repeats its last append to be sure.
fn start((directory, surroundings): Placed<'_>, acknowledged: &Acknowledged) -> Child {
    let firsts = (0..APPENDERS).map(|appender| {
        let own = acknowledged.keys().filter(|append| append.appender == appender);
        own.map(|append| append.number).max().unwrap_or(0).to_string()
    });
    Command::new(env!("CARGO_BIN_EXE_crash_log_child"))
        .arg(directory)
        .args(firsts)
        .envs(surroundings.iter().cloned())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads acknowledgements until the child is gone. A line without its end was torn by the kill.
fn listen(mut output: BufReader<impl std::io::Read>, ready: &mpsc::Sender<()>) -> Vec<(Append, Position)> {
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    while output.read_line(&mut line).unwrap_or(0) > 0 && line.ends_with('\n') {
        if line == "ready\n" {
            ready.send(()).unwrap();
        } else {
            let words: Vec<u64> = line
                .split_whitespace()
                .map(|word| word.parse().unwrap())
                .collect();
            let appender = u32::try_from(words[0]).unwrap();
            acknowledged.push((
                Append {
                    appender,
                    number: words[1],
                },
                Position(words[2]),
            ));
        }
        line.clear();
    }
    acknowledged
}

/// How long one takes from the start of its process, in milliseconds.
fn time_of_a_compaction(directory: &Path) -> u64 {
    let start = passed_ms();
    let mut child = compaction((directory, &[]));
    let output = BufReader::new(child.stdout.take().unwrap());
    let ended = output
        .lines()
        .map_while(Result::ok)
        .any(|line| line == "compacted");
    let takes_ms = passed_ms() - start;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ended, "a compaction failed");
    takes_ms
}

fn compaction((directory, surroundings): Placed<'_>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_crash_log_child"))
        .arg(directory)
        .arg("compact")
        .envs(surroundings.iter().cloned())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Compacts over and over until it is killed; returns how many compactions came to their end.
fn kill_compaction_after(log: Placed<'_>, wait: Duration) -> usize {
    let mut child = compaction(log);
    let output = BufReader::new(child.stdout.take().unwrap());
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line == "compacted")
        .count()
}

/// Opens the log as the server does, which verifies its ends, verifies all of it if asked, and compares it with what
/// was acknowledged.
fn check(directory: &Path, acknowledged: &Acknowledged, (verified, when): (bool, &str)) {
    let log = engine::open_or_start(directory, None).unwrap_or_else(|error| panic!("{when}: {error}"));
    if verified {
        log.verify().unwrap_or_else(|error| panic!("{when}: {error}"));
    }
    let plans: BTreeSet<PlanId> = (0..APPENDERS).map(plan_of).collect();
    let held: BTreeMap<PlanId, Vec<Record>> = plans
        .iter()
        .map(|plan| (*plan, every_event(log.as_ref(), *plan)))
        .collect();
    for (append, first) in acknowledged {
        let records = &held[&plan_of(append.appender)];
        for index in 0..EVENTS_PER_APPEND {
            let place = usize::try_from(first.0).unwrap() + index as usize;
            let record = records
                .get(place)
                .unwrap_or_else(|| panic!("{when}: {append:?} is missing"));
            assert_eq!(record.envelope.id, event_id(*append, index), "{when}: {append:?}");
            assert_eq!(
                record.payload.bytes(),
                Some(&payload(*append, index)),
                "{when}: {append:?}"
            );
        }
    }
    for records in held.values() {
        let ids: BTreeSet<_> = records.iter().map(|record| record.envelope.id).collect();
        assert_eq!(ids.len(), records.len(), "{when}: an event stands twice");
        assert_eq!(
            records.len() % EVENTS_PER_APPEND as usize,
            0,
            "{when}: half a batch"
        );
    }
}

fn number_from(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
        Err(_) => default,
    }
}

/// xorshift64*.
fn next_random(seed: &mut u64) -> u64 {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
}
