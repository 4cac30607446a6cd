//! The server as a library: a pure core (`core`) and the shell around it.
//!
//! Folders follow the way of the data: `http` → `shell` → `core` → `log` → `views` → back out. Nothing imports
//! against it. `accounts` stands beside the log: names, sign-in links, sessions.

#[cfg(test)]
mod logged;
pub mod clock;
pub mod log;
pub mod core;
pub mod shell;
pub mod views;
pub mod accounts;
pub mod http;
pub mod import;
pub mod node;
pub mod cli;
