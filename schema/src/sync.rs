//! The client's half of the native protocol, without any I/O: bytes and time in, bytes and events out.
//!
//! Why it exists: the browser's worker, the native test clients and the load generator must keep the same
//! rules (`docs/protocol.md`), so they run the same machine. The server's half is `server/src/core`.
//!
//! # Reading order
//!
//! [`channel`] is one open chapter: where it is in the stream and which changes await their acknowledgement.
//! [`client`] is one connection with many channels: handshake, heartbeat, routing. [`reoffer`] is what a device does
//! after the log was restored from a backup.

pub mod channel;
pub mod client;
pub mod peer;
pub mod reoffer;

pub use channel::{Channel, ChannelEvent, Outgoing};
pub use client::{ChapterKey, Client, ClientError, ClientEvent};
pub use peer::PeerPresence;
pub use reoffer::Reoffer;

#[cfg(test)]
mod tests;
