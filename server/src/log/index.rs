//! What the indexes of the engines on disk have in common: how an id becomes a fingerprint, how a filter says
//! "certainly not", and what a run of events sums up to,
//! what was read to answer.
//!
//! Why it exists: engines lay their index out in their own way, but must not differ in what it says.

pub mod filter;
pub mod prints;
pub mod reads;
pub mod summary;

pub use filter::{Filter, fingerprint};
pub use prints::Prints;
pub use reads::{ReadCount, Reads};
pub use summary::Summary;
