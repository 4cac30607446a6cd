//! Appenders as the server has them: one thread that submits, so many appends in flight, as fast as they become durable
//! or at a given pace. A thread per appender would measure how the machine wakes threads.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::subjects::Submitting;

/// The clock of a measurement.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Keeps so many appends in flight for a while; how many were durable per second.
pub fn run(in_flight: u64, seconds: u64, mut submit: Submitting) -> u64 {
    let (answer, answered) = mpsc::channel();
    let mut next = 0;
    let mut submit_one = || {
        let answer = answer.clone();
        // Who no longer measures does not listen either.
        let durable = move || answer.send(()).unwrap_or_default();
        submit(next, Box::new(durable));
        next += 1;
    };
    (0..in_flight).for_each(|_| submit_one());
    let (start, time) = (now(), Duration::from_secs(seconds));
    let mut done = 0;
    while start.elapsed() < time && answered.recv().is_ok() {
        done += 1;
        submit_one();
        for () in answered.try_iter().take(usize::try_from(in_flight).unwrap_or(1)) {
            done += 1;
            submit_one();
        }
    }
    done / seconds.max(1)
}

/// The median and the 99th of a hundred, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    pub median: u128,
    pub p99: u128,
}

/// Submits at a pace, each append in its turn; how long each took from its turn on until it was durable.
pub fn paced(seconds: u64, per_second: u64, mut submit: Submitting) -> Latency {
    let (taken, all) = mpsc::channel();
    let start = now();
    for number in 0..per_second * seconds {
        let turn = start + Duration::from_nanos(number * 1_000_000_000 / per_second.max(1));
        let rest = turn.saturating_duration_since(now());
        if !rest.is_zero() {
            std::thread::sleep(rest);
        }
        let taken = taken.clone();
        let durable = move || taken.send(turn.elapsed().as_micros()).unwrap_or_default();
        submit(number, Box::new(durable));
    }
    drop((taken, submit));
    let mut taken: Vec<u128> = all.iter().collect();
    taken.sort_unstable();
    let at = |of_hundred: usize| taken.get(taken.len() * of_hundred / 100).copied().unwrap_or(0);
    Latency {
        median: at(50),
        p99: at(99),
    }
}
