//! The past of a chapter's text: who wrote and deleted what, what it was, how to bring it back.
//!
//! Why it exists: automerge merges and shows the present; the plan must answer for years who wrote which words, for
//! which party, and when they went. All of it is read from one index of the generation's changes in log order, so
//! no question applies a change to a document (automerge panics on some hostile ones).
//!
//! # Reading order
//!
//! [`id`] names elements, [`sequence`] keeps one sequence with its deleted elements, [`replay`] fills it from changes,
//! [`put_back`] knows words again that their deleter put back, `generation` carries it over into a fresh document, `same` says what stands in two revisions, [`elements`] shows it at a revision, [`blame`] says who wrote what, [`difference`] compares two revisions,
//! [`restore`] brings one back, [`sessions`] lists who worked when, [`quotes`] by which words that is recognised.

mod align;
pub mod blame;
pub mod difference;
pub mod elements;
mod generation;
pub mod id;
pub mod line;
mod put_back;
pub mod quotes;
pub mod replay;
pub mod restore;
mod same;
mod sequence;
pub mod sessions;
mod standing;
mod touched;

#[cfg(test)]
mod tests;

pub use blame::{BlameLine, BlameRun};
pub use difference::{
    Difference, DifferenceLine, DifferenceRun, Fate, Mark, Passing, Structure, StructureChange,
};
pub use elements::View;
pub use id::{ElementId, ParseElementIdError};
pub use line::Line;
pub use replay::{ReplayError, TextHistory};
