//! A block of the file on its way into a chapter, with what later steps need to know about it.

use schema::richtext::{Block, BlockKind, Container};

/// A block with its origin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// The block. A heading has the level of the file here.
    pub block: Block,
    /// A heading's level in the file (1 to 6).
    pub level: Option<usize>,
    /// The line of the file where it starts.
    pub line: usize,
    /// The lines of the file it comes from: several stretches, if pages had cut it.
    pub spans: Vec<(usize, usize)>,
    /// The number it carried as an item of a numbered list.
    pub number: Option<Number>,
    /// Characters in its last line of the file: a full line goes on in the next.
    pub last_line_chars: usize,
    /// It is a line of a code block: its line ends are its own.
    pub code: bool,
    /// The footnote it belongs to.
    pub note: Option<String>,
    /// The footnotes it refers to.
    pub refers: Vec<String>,
}

/// The number of an item as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Its value.
    pub value: u64,
    /// `.` or `)`.
    pub sign: char,
}

impl Piece {
    /// Its letters.
    pub fn text(&self) -> String {
        self.block.text()
    }

    /// Its level, if it is a heading.
    pub fn heading(&self) -> Option<usize> {
        self.level
            .filter(|_| matches!(self.block.kind, BlockKind::Heading(_)))
    }

    /// Plain text outside lists and quotes.
    pub fn is_paragraph(&self) -> bool {
        self.block.kind == BlockKind::Paragraph && self.block.parents.is_empty()
    }

    /// Running text: a paragraph or an item.
    pub fn is_running(&self) -> bool {
        matches!(
            self.block.kind,
            BlockKind::Paragraph | BlockKind::BulletItem | BlockKind::NumberedItem
        )
    }

    /// The containers it stands in, its own included.
    pub fn containers(&self) -> Vec<Container> {
        self.block
            .parents
            .iter()
            .copied()
            .chain(self.block.kind.opens())
            .collect()
    }

    /// All its letters look the same way: bold or italic.
    pub fn is_emphasised(&self) -> bool {
        let mut runs = self
            .block
            .content
            .iter()
            .filter(|run| !run.text.trim().is_empty())
            .peekable();
        runs.peek().is_some() && runs.all(|run| run.marks.strong || run.marks.em)
    }
}
