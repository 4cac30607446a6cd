//! The shape of an event: what stands in a plan's log and how its bytes are made.
//!
//! Why it exists: server, browser and outsiders must compute the same hashes from the same event.
//! The bytes are drawn in `docs/storage.md`; golden files keep old bytes readable forever.
//!
//! Reading order: [`stream`] (where an event stands), [`event`] (what is asked to be appended),
//! [`envelope`] (what the log adds), [`commitment`] (what is hashed), [`record`] (what is stored), [`course`] (what
//! became of a command).

mod codec;
pub mod commitment;
pub mod course;
pub mod envelope;
pub mod event;
pub mod kinds;
pub mod record;
pub mod stream;
#[cfg(test)]
mod tests;

pub use codec::DecodeError;
pub use commitment::Leaf;
pub use envelope::Envelope;
pub use event::{Kind, NewEvent, Via, Who};
pub use record::{EnvelopeSalt, Payload, Record, Salts};
pub use stream::Stream;
