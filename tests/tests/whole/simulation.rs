//! A thousand runs of the whole system, each from a seed; see `tests::simulation`.
//!
//! `SIM_SEED=n` runs one seed and prints its steps; `SIM_SEEDS=n` runs so many instead of 1,000, from `SIM_FIRST` (1). One
//! takes a third of a second of one core, two thirds of it in automerge, so a thousand take three minutes of two idle cores;
//! `make soak` runs many more.
//!
//! # What it finds
//!
//! Broken on purpose, one at a time, forty seeds each (fifty for the last): the first seed that failed, and how many. So
//! it was when the simulator was written; the same numbers have given other runs since the product changed.
//!
//! | broken | first | of 40 |
//! |---|---|---|
//! | the log answers before it has flushed | 2 | 22 |
//! | a client that resumes is not sent the first change it lacks | 2 | 26 |
//! | the right to write is not asked when a change is taken | 26 | 1 |
//! | an acknowledgement drops the outbox row of another change too | 30 | 3 |
//! | what was not sent is not carried into the next generation | 4 | 4 of 50 |
//!
//! Found in the product by its first hundred and fifty seeds:
//!
//! - A clock set back kept letters out of the outbox, dead connections alive and copies behind. Tests beside the code hold
//!   it: `a_clock_set_back_keeps_no_letter_waiting` and its like in the core.
//! - An actor in reserve of an ended generation was used in the next, whose changes were then refused as `foreign-actor`.
//!   Only these runs hold it.
//! - A chapter left and opened again before its last letters were on disk showed a text without them. That was mended in
//!   `client-wasm/web/src/core/runner.ts`, for which the simulator stands in: nothing here holds it.
//! - Later, once generations grew in it: a change that waited behind a fresh generation was logged in the one that had
//!   ended, after its end (seed 101). `core::tests::waiting` holds it.
//! - A second generation that ended while words waited for their place in the next was taken for the one they were written
//!   in, and letters that the server had stood twice (seeds 225 and 955). `desk::tests::moving` of the client holds it.
//! - Words on their way into a fresh generation waited for good when their writer came back without the right to write
//!   (seed 568, before its text was compared by words). `desk::tests::moving` holds it.
//! - Letters of which a device had no acknowledgement, when their generation ended while it might not write, stood twice once
//!   it might (seed 208): it did not ask what became of them. `desk::tests::moving::reader` holds it.
//!
//! Not found here: a wrong guard on rights in an append, since one core is the only writer of its log; what several windows
//! on one device do to each other, since a device has one; and letters that stand twice after a change that failed, which
//! happens and is let pass (`ledger::Ledger::copies_max`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tests::simulation::{run, steps};

/// Seeds of a run that names no number.
const SEEDS: u64 = 1_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn nothing_is_lost_whatever_goes_wrong() {
    if let Some(seed) = number("SIM_SEED") {
        return run(seed, true).unwrap_or_else(|wrong| panic!("SIM_SEED={seed}: {wrong}"));
    }
    let first = number("SIM_FIRST").unwrap_or(1);
    let end = first + number("SIM_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(first);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    if let Err(wrong) = run(seed, false) {
                        println!("SIM_SEED={seed}: {wrong}");
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} seeds failed: {failed:?}; SIM_SEED=n replays one",
        failed.len()
    );
}

#[test]
fn a_seed_repeats_itself() {
    for seed in [1, 2, 3] {
        assert_eq!(steps(seed), steps(seed), "seed {seed}");
    }
}
