//! A block marker and a set of marks in the words of the rich-text model.
//!
//! Why it exists: the history holds what automerge holds; readers ask for "heading 2" and "bold".

use std::sync::Arc;

use automerge::marks::MarkSet;
use automerge::{Span, hydrate};

use crate::richtext::{BlockKind, Container, Marks, spans};

/// What a line of text is, apart from its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its kind.
    pub kind: BlockKind,
    /// What it stands in, outermost first.
    pub parents: Vec<Container>,
}

impl Line {
    /// The heading's level, if it is a heading.
    #[must_use]
    pub fn heading_level(&self) -> Option<u8> {
        match &self.kind {
            BlockKind::Heading(level) => Some(level.get()),
            _ => None,
        }
    }

    pub(super) fn read(marker: hydrate::Map) -> Self {
        let block = spans::from_spans([Span::Block(marker)])
            .blocks
            .into_iter()
            .next()
            .unwrap_or_default();
        Self {
            kind: block.kind,
            parents: block.parents,
        }
    }
}

pub(super) fn read_marks(marks: MarkSet) -> Marks {
    let one = Span::Text {
        text: "x".to_owned(),
        marks: Some(Arc::new(marks)),
    };
    let block = spans::from_spans([one])
        .blocks
        .into_iter()
        .next()
        .unwrap_or_default();
    block
        .content
        .into_iter()
        .next()
        .map(|run| run.marks)
        .unwrap_or_default()
}
