//! Killing the log while it writes: nothing acknowledged is missing, nothing is doubled, the chain holds.
//!
//! SIGKILL ends the process, not the machine: what the operating system holds reaches the disk. Loss of power is
//! another test. `CRASH_ROUNDS` sets how often (20), `CRASH_SEED` the instants. The whole log is verified every
//! fifth round; in every other one, opening verifies its end and the content is compared with what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use schema::ids::{PlanId, Position};
use schema::log::Record;
use schrijftafel_server::log::{Direction, EventLog, ReadRequest, Selector, SledConfig, SledLog};
use tests::crash_log::{Append, EVENTS_PER_APPEND, event_id, payload, plan_of};

const APPENDERS: u32 = 8;

/// Every acknowledged append and the position of its first event.
type Acknowledged = BTreeMap<Append, Position>;

#[test]
fn sigkill_at_any_instant_loses_and_doubles_nothing() {
    let rounds = number_from("CRASH_ROUNDS", 20);
    let mut seed = number_from("CRASH_SEED", 0x5eed);
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::new();
    for round in 0..rounds {
        let before = acknowledged.len();
        let wait = Duration::from_millis(next_random(&mut seed) % 200);
        kill_after(directory.path(), wait, &mut acknowledged);
        let log = SledLog::open(directory.path(), SledConfig::default())
            .unwrap_or_else(|error| panic!("round {round}: {error}"));
        if round % 5 == 4 || round + 1 == rounds {
            log.verify()
                .unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
        let held = check(&log, &acknowledged);
        println!(
            "round {round}: killed after {wait:?}, {} more acknowledged, {held} events held, {} batches cut",
            acknowledged.len() - before,
            log.repairs().len()
        );
    }
    assert!(
        acknowledged.len() as u64 > rounds,
        "the child had no time to append: nothing was tested"
    );
}

/// Runs the child, kills it `wait` after it is ready, and takes down what it acknowledged.
fn kill_after(directory: &std::path::Path, wait: Duration, acknowledged: &mut Acknowledged) {
    let mut child = start(directory, acknowledged);
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
fn start(directory: &std::path::Path, acknowledged: &Acknowledged) -> Child {
    let firsts = (0..APPENDERS).map(|appender| {
        let own = acknowledged.keys().filter(|append| append.appender == appender);
        own.map(|append| append.number).max().unwrap_or(0).to_string()
    });
    Command::new(env!("CARGO_BIN_EXE_crash_log_child"))
        .arg(directory)
        .args(firsts)
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

/// Checks the whole log against what was acknowledged; returns how many events it holds.
fn check(log: &SledLog, acknowledged: &Acknowledged) -> usize {
    let plans: BTreeSet<PlanId> = (0..APPENDERS).map(plan_of).collect();
    let held: BTreeMap<PlanId, Vec<Record>> = plans.iter().map(|plan| (*plan, whole(log, *plan))).collect();
    let events: usize = held.values().map(Vec::len).sum();
    for (append, first) in acknowledged {
        let records = &held[&plan_of(append.appender)];
        for index in 0..EVENTS_PER_APPEND {
            let place = usize::try_from(first.0).unwrap() + index as usize;
            let record = records
                .get(place)
                .unwrap_or_else(|| panic!("{append:?} is missing"));
            assert_eq!(record.envelope.id, event_id(*append, index), "{append:?}");
            assert_eq!(
                record.payload.bytes(),
                Some(&payload(*append, index)),
                "{append:?}"
            );
        }
    }
    for records in held.values() {
        let ids: BTreeSet<_> = records.iter().map(|record| record.envelope.id).collect();
        assert_eq!(ids.len(), records.len(), "an event stands twice");
        assert_eq!(records.len() % EVENTS_PER_APPEND as usize, 0, "half a batch");
    }
    events
}

fn whole(log: &SledLog, plan: PlanId) -> Vec<Record> {
    let mut records = Vec::new();
    loop {
        let page = log
            .read(&ReadRequest {
                plan,
                selector: Selector::All,
                from: records.len() as u64,
                direction: Direction::Forward,
                limit: 4_096,
            })
            .unwrap();
        if page.is_empty() {
            return records;
        }
        records.extend(page);
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
