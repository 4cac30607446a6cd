//! The server as a library: a pure core (`core`) and the shell around it.
//!
//! Folders follow the way of the data: `http` → `core` → `log` → `views` → back out. Nothing imports against it.

pub mod clock;
pub mod log;
