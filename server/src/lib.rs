//! The server as a library: a pure core (`core`) and the shell around it.
//!
//! Folders follow the way of the data: `http` → `shell` → `core` → `log` → `views` → back out. Nothing imports
//! against it. `accounts` stands beside the log: names, sign-in links, sessions; `audit` follows it: signed checkpoints and
//! proofs. `export` beside it reads plans out of the log as files and takes them in. `metrics` tells those who watch over
//! the server how it is; `witness` is a program of its own, for parties that watch somebody's log.

#[cfg(test)]
mod logged;
mod causes;
pub mod clock;
pub mod counted;
pub mod durable;
pub mod keys;
pub mod log;
pub mod core;
pub mod shell;
pub mod views;
pub mod accounts;
pub mod admin;
pub mod audit;
pub mod backup;
pub mod erasing;
pub mod export;
pub mod witness;
pub mod http;
pub mod metrics;
pub mod import;
pub mod key_archive;
pub mod node;
pub mod cli;
