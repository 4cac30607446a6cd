//! Many threads that append at once, as fast as they can or at a given pace, and how long each append took.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::subjects::Appending;

/// The clock of a measurement.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Lets many threads append for a while; how many appends were durable per second.
pub fn run(appenders: u64, seconds: u64, append: Appending) -> u64 {
    let (done, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let threads: Vec<_> = (0..appenders)
        .map(|appender| {
            let (append, done, over) = (append.clone(), done.clone(), over.clone());
            std::thread::spawn(move || {
                for number in (appender..).step_by(appenders as usize) {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    append(number);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(seconds));
    let count = done.load(Ordering::Relaxed);
    over.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("an appender panicked");
    }
    count / seconds.max(1)
}

/// The median and the 99th of a hundred, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    pub median: u128,
    pub p99: u128,
}

/// Appends at a pace, spread over threads that wait until their turn; how long each append took from its turn on.
pub fn paced(appenders: u64, seconds: u64, per_second: u64, append: &Appending) -> Latency {
    let start = now();
    let all = Arc::new(Mutex::new(Vec::new()));
    let threads: Vec<_> = (0..appenders)
        .map(|appender| {
            let (append, all) = (append.clone(), all.clone());
            std::thread::spawn(move || {
                let mut taken = Vec::new();
                for number in (appender..per_second * seconds).step_by(appenders as usize) {
                    let turn = start + Duration::from_nanos(number * 1_000_000_000 / per_second.max(1));
                    std::thread::sleep(turn.saturating_duration_since(now()));
                    append(number);
                    taken.push(turn.elapsed().as_micros());
                }
                all.lock().expect("no appender panicked").extend(taken);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("an appender panicked");
    }
    let mut taken = std::mem::take(&mut *all.lock().expect("no appender panicked"));
    taken.sort_unstable();
    let at = |of_hundred: usize| taken.get(taken.len() * of_hundred / 100).copied().unwrap_or(0);
    Latency {
        median: at(50),
        p99: at(99),
    }
}
