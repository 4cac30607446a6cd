//! Shared parts of the whole-system tests: real clients without a browser, real servers, real input.

pub mod crash_log;
pub mod native;
pub mod traces;
