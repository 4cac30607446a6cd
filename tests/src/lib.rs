//! Shared parts of the whole-system tests: real clients without a browser, real servers, real input.

#![expect(
    clippy::disallowed_methods,
    reason = "drivers of a real server wait and measure in real time"
)]

pub mod audited;
pub mod automerge_repo;
pub mod crash_log;
pub mod every_event;
pub mod growth;
pub mod native;
pub mod operator;
pub mod preload;
pub mod presence;
pub mod proxy;
pub mod raw;
pub mod samod_client;
pub mod served;
pub mod simulation;
pub mod traces;
pub mod typing;
pub mod usage;

/// What a benchmark was asked: its arguments without the `--bench` that cargo adds.
pub fn bench_arguments() -> Vec<String> {
    std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect()
}
