//! What a chapter looks like: one flat rich text, seen as blocks, as automerge spans and as an editor document.
//!
//! # Why it exists
//!
//! A chapter is merged as a flat sequence of letters and block markers (the conventions of
//! `@automerge/prosemirror`), but written and read as a tree of headings, lists and quotes. Every reader of a
//! chapter (editor, history, import, export) must see the same tree in the same letters, also in letters that a
//! merge or a stranger's program put in an odd order. So the translation is here, once, and it is total.
//!
//! # Invariants
//!
//! - Every block marker is exactly one text block of the document, in the same order: nothing is invented
//!   and nothing is hidden, so that positions translate both ways.
//! - `document::from_blocks` accepts every list of blocks; `spans::read` every span sequence.
//! - `document::to_blocks(document::from_blocks(blocks)) == normal(blocks)`.
//!
//! # Reading order
//!
//! [`model`] names the parts, [`spans`] reads and writes them in automerge, [`tree`] says what stands in what,
//! [`document`] is the editor's view of it, [`flat`] the changes between two of them;
//! [`table`] is how tables will stand in the text.

pub mod model;
pub mod spans;
pub mod tree;
pub mod document;
pub mod flat;
pub mod table;

pub use model::{Block, BlockKind, Container, Level, Link, Marks, Run};
pub use spans::FlatText;

/// Version of the rich-text schema below; every generation names the version it is written in.
pub const RICHTEXT_VERSION: u32 = 1;

#[cfg(test)]
mod tests;
