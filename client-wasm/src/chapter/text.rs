//! The visible text of a chapter's document.

use automerge::AutoCommit;
use schema::richtext::{FlatText, spans};
use schema::text::genesis;

/// The blocks of a document; an unreadable one is an empty text.
pub fn of(doc: &AutoCommit) -> FlatText {
    spans::read(doc, &genesis::text_id()).unwrap_or_default()
}
