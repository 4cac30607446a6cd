//! The open file of one plan that proves itself: every event in order, in JSON Lines, and what was signed over them.
//!
//! # Why it exists
//!
//! Who leaves Schrijftafel takes everything along, and whoever is handed the file years later can check it without
//! a server: that no event was changed, added, left out or moved, how far others have signed for that, and that the
//! register shown is what the events say. Server, command line and browser run this code.
//!
//! # Invariants
//!
//! - One file has one form: each line is written again from the record in it and must come out byte for byte alike.
//!   So nothing readable on a line can differ from what was hashed.
//! - Whatever is left out by a filter still has its commitment there, so that a selection is proved like the whole.
//! - Memory grows with what is replayed (actors, structure, commitments) and 16 bytes per event for its id, never with text.
//! - No personal name is in the file: the log holds none.
//!
//! # Reading order
//!
//! [`header`] (the first line and the last), [`event_line`] (an event as CloudEvent), [`writer`]; [`reading`],
//! [`verifier`] and [`fault`] (what can be wrong), [`seal`] (who signed), [`replay`] (the register), [`summary`]
//! (what is told of it). The format is drawn in `docs/storage.md`; the reasons are in `docs/adr/0020-export.md`.

pub mod event_line;
pub mod fault;
pub mod header;
pub mod reading;
pub mod replay;
pub mod seal;
pub mod summary;
#[cfg(test)]
mod tests;
pub mod verifier;
pub mod writer;

pub use event_line::Withheld;
pub use fault::{Fault, FaultKind};
pub use header::{Header, KeyPeriod, Made, Seals, Trailer};
pub use reading::{Reading, Stopped};
pub use replay::Replay;
pub use seal::{Cosigned, Seal, Trusted};
pub use summary::Summary;
pub use verifier::{Report, Taken, Verifier};
pub use writer::{Show, WriteError, Writer};

/// Name and version of the format, the first thing in every file.
pub const FORMAT: &str = "schrijftafel-export/1";
