//! Shared parts of the whole-system tests: real clients without a browser, real servers, real input.

// Drivers of a real server from outside: they wait and measure in real time.
#![allow(clippy::disallowed_methods)]

pub mod crash_log;
pub mod native;
pub mod traces;
