//! The admin door: how commands of the operator reach a server that is running.
//!
//! # Why it exists
//!
//! The embedded log belongs to one process. Without a way in, every backup and every sign-in link would need the
//! server stopped. The way in is a socket in the data directory, so whoever may read the data may knock, and nobody
//! on the network can.
//!
//! # Invariants
//!
//! - Never on a network: a Unix domain socket of mode 0600 in a directory of mode 0700, with a router of its own.
//! - The door is there while the server is. A name left by a crash is removed at the next start, which holds the
//!   log's lock.
//! - A command asks at the door first and opens the directory itself only when nobody answers.
//!
//! Reading order: [`door`] (the server's half), [`client`] (the command's half), [`records`] (bytes between them).

pub mod client;
pub mod door;
pub mod records;

use std::path::{Path, PathBuf};

/// The name of the socket in the data directory.
const SOCKET: &str = "admin.sock";

/// Where the door of a data directory is.
#[must_use]
pub fn socket_of(data: &Path) -> PathBuf {
    data.join(SOCKET)
}
