//! Markdown as blocks, in the order of the file.
//!
//! Why it exists: pulldown-cmark speaks of nested starts and ends, a chapter is a flat row of blocks that name what
//! they stand in. Everything with letters comes out; tables become a paragraph per row, images their description,
//! HTML the text inside it.

mod html;
mod letters;
mod tags;

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};
use schema::limits::LINE_CHARS_MAX;
use schema::richtext::{Block, BlockKind, Container, Link, Marks};

use super::piece::{Number, Piece};
use super::report::{Furniture, FurnitureKind, Spot, Unsure};
use super::source::Source;
use letters::Letters;
pub use letters::{Vocabulary, glue};

/// Containers a block may stand in; what is nested deeper stays at this depth.
const NESTING_MAX: usize = 6;

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The blocks.
    pub pieces: Vec<Piece>,
    /// Markup that is no text (comments, link targets nothing refers to).
    pub furniture: Vec<Furniture>,
    /// What is not taken along.
    pub unsure: Vec<Unsure>,
}

/// Reads a Markdown text.
pub fn read(source: &Source) -> Read {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let parser = Parser::new_ext(&source.text, options);
    let targets: Vec<(String, Range<usize>)> = parser
        .reference_definitions()
        .iter()
        .map(|(name, target)| (name.to_lowercase(), target.span.clone()))
        .collect();
    let mut reader = Reader::new(source);
    for (event, range) in parser.into_offset_iter() {
        reader.event(event, range);
    }
    reader.close();
    for (name, span) in targets {
        if !reader.used_targets.contains(&name) {
            reader.leave_out(
                FurnitureKind::Comment,
                span.start,
                source.text.get(span).unwrap_or_default(),
            );
        }
    }
    reader.read
}

struct Reader<'a> {
    source: &'a Source,
    vocabulary: Vocabulary,
    read: Read,
    open: Vec<Open>,
    /// The block being filled, and the container it opened.
    current: Option<(Piece, Option<usize>)>,
    letters: Letters,
    links: Vec<Target>,
    used_targets: BTreeSet<String>,
    code: bool,
    html_block: bool,
    cells: usize,
    /// Where the last letters ended.
    end: usize,
}

/// Something that blocks stand in.
enum Open {
    Container {
        container: Container,
        number: Option<Number>,
        state: State,
    },
    List {
        ordered: bool,
    },
    Note {
        label: String,
        named: bool,
    },
}

/// How far a container has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No block yet: the next one opens it.
    Fresh,
    /// Opened.
    Opened,
    /// Never opened, because the block that should have done it opened another: `- > text` is an item.
    Dissolved,
}

struct Target {
    link: Option<Link>,
    address: String,
    image: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            source,
            vocabulary: Vocabulary::of(&source.text),
            read: Read::default(),
            open: Vec::new(),
            current: None,
            letters: Letters::default(),
            links: Vec::new(),
            used_targets: BTreeSet::new(),
            code: false,
            html_block: false,
            cells: 0,
            end: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => {
                for line in text.lines() {
                    self.begin(BlockKind::Paragraph, None, range.start);
                    self.push(line, range.clone());
                    self.close();
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(&text, range);
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range),
            Event::FootnoteReference(label) => {
                self.push(&format!("[{label}]"), range);
                self.refer(&label);
            }
            Event::SoftBreak => self.letters.soft_break(),
            Event::HardBreak => self.letters.hard_break(),
            Event::Rule => self.close(),
            Event::TaskListMarker(_) => {}
        }
    }

    fn item(&mut self, start: usize) {
        let ordered = matches!(self.open.last(), Some(Open::List { ordered: true }));
        let container = if ordered {
            Container::NumberedItem
        } else {
            Container::BulletItem
        };
        let number = self
            .source
            .text
            .get(start..)
            .and_then(item_number)
            .filter(|_| ordered);
        self.enter(container, number);
    }

    fn enter(&mut self, container: Container, number: Option<Number>) {
        self.close();
        self.open.push(Open::Container {
            container,
            number,
            state: State::Fresh,
        });
    }

    /// Begins a block. A container that waits for its first block is opened by it; of several that wait, an item
    /// goes before a quote and the inner one before the outer, and the others dissolve.
    fn begin(&mut self, kind: BlockKind, level: Option<usize>, start: usize) {
        self.close();
        let opened = self.opened_now();
        let mut piece = Piece {
            level,
            line: self.source.line(start),
            code: self.code,
            ..Piece::default()
        };
        piece.block = Block {
            kind,
            ..Block::default()
        };
        for (index, open) in self.open.iter_mut().enumerate() {
            match open {
                Open::Container {
                    container,
                    number,
                    state,
                } if Some(index) == opened => {
                    *state = State::Opened;
                    piece.block.kind = container.opened_by();
                    piece.number = *number;
                }
                Open::Container { state, .. } if *state == State::Fresh => *state = State::Dissolved,
                Open::Container {
                    container,
                    state: State::Opened,
                    ..
                } => piece.block.parents.push(*container),
                Open::Note { label, named } => {
                    piece.note = Some(label.clone());
                    if !std::mem::replace(named, true) {
                        piece.block.push(&format!("[{label}] "), &Marks::default());
                    }
                }
                Open::Container { .. } | Open::List { .. } => {}
            }
        }
        piece.block.parents.truncate(NESTING_MAX);
        self.current = Some((piece, opened));
    }

    fn opened_now(&self) -> Option<usize> {
        let waits = |want_item: bool| {
            self.open.iter().rposition(|open| match open {
                Open::Container { container, state, .. } => {
                    *state == State::Fresh && container.is_item() == want_item
                }
                Open::List { .. } | Open::Note { .. } => false,
            })
        };
        waits(true).or_else(|| waits(false))
    }

    fn push(&mut self, text: &str, range: Range<usize>) {
        if self.current.is_none() {
            self.begin(BlockKind::Paragraph, None, range.start);
        }
        let link = self
            .links
            .iter()
            .rev()
            .find(|target| !target.image)
            .and_then(|target| target.link.clone());
        if let Some((piece, _)) = &mut self.current {
            self.letters.push(&mut piece.block, text, link, &self.vocabulary);
            self.end = range.end;
        }
    }

    fn refer(&mut self, label: &str) {
        if let Some((piece, _)) = &mut self.current {
            piece.refers.push(label.to_owned());
        }
    }

    fn link(&mut self, address: &str, title: &str, image: bool) {
        let link = Link::new(address, Some(title)).filter(|_| !image && !address.starts_with('#'));
        self.links.push(Target {
            link,
            address: address.to_owned(),
            image,
        });
    }

    /// An address that is not safe to click is kept as text.
    fn unlink(&mut self) {
        let Some(target) = self.links.pop() else { return };
        let letters = self
            .current
            .as_ref()
            .and_then(|(piece, _)| letters::last_letters(&piece.block));
        let shown = letters.is_some_and(|letters| letters.ends_with(&target.address));
        if target.link.is_none() && !target.image && !target.address.starts_with('#') && !shown {
            let end = self.source.text.len();
            self.push(&format!(" ({})", target.address), end..end);
        }
    }

    /// Ends the block; one without letters is dropped, and its container waits for another.
    fn close(&mut self) {
        let Some((mut piece, opened)) = self.current.take() else {
            return;
        };
        self.letters.forget_break();
        letters::finish(&mut piece.block);
        if piece.heading().is_some() && piece.text().chars().count() > LINE_CHARS_MAX {
            // Markdown takes a whole paragraph for a heading where a rule stands right below it.
            piece.level = None;
            piece.block.kind = BlockKind::Paragraph;
        }
        piece.last_line_chars = self.source.line_chars(self.end);
        piece.spans = vec![(
            piece.line,
            self.source.line(self.end.saturating_sub(1)).max(piece.line),
        )];
        if !piece.text().is_empty() {
            self.read.pieces.push(piece);
        } else if let Some(Open::Container { state, .. }) = opened.and_then(|index| self.open.get_mut(index))
        {
            *state = State::Fresh;
        }
    }

    fn leave_out(&mut self, kind: FurnitureKind, start: usize, text: &str) {
        let line = self.source.line(start);
        let last_line = self.source.line(start + text.trim_end().len().saturating_sub(1));
        let text = text.trim().to_owned();
        let spot = Spot {
            first_line: line,
            last_line,
            text: text.clone(),
        };
        self.read.furniture.push(Furniture {
            kind,
            text,
            spots: vec![spot],
        });
    }
}

/// The number at the start of an item.
fn item_number(text: &str) -> Option<Number> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (value, rest) = text.split_at(digits);
    Some(Number {
        value: value.parse().ok()?,
        sign: rest.chars().next()?,
    })
}

#[cfg(test)]
mod tests;
