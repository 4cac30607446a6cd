//! Brings earlier text back, as new changes at the current heads that merge with what others type meanwhile.
//!
//! Why it exists: a CRDT cannot go back, and a chapter replaced as a whole would swallow everyone's work in
//! progress. A restore writes only what differs: elements that stood then and are gone come back at their old place,
//! elements that did not stand then go, marks and block styles are set as they were, all else is left alone.
//! Restoring the text from just before a restore undoes it.
//!
//! # Typing goes on
//!
//! Nobody has to stop for a restore. It is planned on the text of the very document it is written on, however much was
//! written since, and merges with that as any change does. What happened after the text that the restorer looked at is
//! not theirs to take back: it stays, as if it was done at the same moment.
//!
//! # Reading order
//!
//! [`plan`] says what would be done, for a preview (with [`since`], [`going_on`] and [`borders`] under it); [`write`] does it on
//! a document, each letter behind the one that went ([`homes`]); [`links`] remembers which old words the new ones are, so
//! that they keep their first author.

mod borders;
mod edits;
mod going_on;
mod homes;
pub mod links;
mod marks;
pub mod plan;
mod section;
mod since;
pub mod write;
mod writer;

pub use links::{LinkError, RestoredSection, TEXT_RESTORED, TextRestored};
pub use plan::{Ground, Placement, RestorePlan};
pub use section::Section;
pub use write::{Author, RestoreError, Restored};

use super::id::ElementId;

/// How much of the text is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    Chapter,
    /// A heading, as it stood in the text to restore, and what was under it: everything until the next heading of the
    /// same or a higher level.
    Section(ElementId),
}

/// Why nothing can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// The text at that revision had no such heading.
    #[error("there is no such section in the text to restore")]
    NoSuchSection,
}
