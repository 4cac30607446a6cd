//! What an import says about itself: what became of the file, what was left out, where it is unsure.
//!
//! Why it exists: nobody compares 115 pages by eye. Whoever imports a plan must be able to see in a minute that
//! nothing of the text is missing, and what a person should look at.

mod shown;

use super::lines::words;

/// The account of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// How the file was read.
    pub layout: Layout,
    /// Lines in the file.
    pub lines: usize,
    /// The chapters, in order.
    pub chapters: Vec<ChapterCounts>,
    /// What was recognised as belonging to pages, not to the text, and left out.
    pub furniture: Vec<Furniture>,
    /// Blocks that stood in the middle of a sentence (a footnote, a pull quote) and now follow its paragraph.
    pub moved: Vec<Moved>,
    /// Paragraphs that a page break had cut and that are whole again.
    pub joined: usize,
    /// What a person should look at.
    pub unsure: Vec<Unsure>,
}

/// How the file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// As Markdown.
    #[default]
    Markdown,
    /// As plain text, one line per paragraph.
    Paragraphs,
    /// As plain text, lines broken at a width.
    Wrapped,
}

/// The size of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChapterCounts {
    /// Its title.
    pub title: String,
    /// The line of the file where it starts.
    pub line: usize,
    /// Why it is a chapter.
    pub reason: Reason,
    /// Words, title included.
    pub words: usize,
    /// Length in UTF-16 units.
    pub utf16: usize,
    /// Headings inside it.
    pub headings: usize,
    /// Paragraphs.
    pub paragraphs: usize,
    /// Items of lists.
    pub items: usize,
    /// Block quotes.
    pub quotes: usize,
}

/// Why a heading opens a chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The table of contents names it.
    Contents,
    /// It carries a number in a row of chapters.
    Numbered,
    /// It is a part every plan has (foreword, glossary, colophon, appendix).
    Named,
    /// It has the level of a chapter.
    Level,
    /// It stands before the first chapter.
    Front,
    /// The file has no chapters.
    Whole,
    /// A chapter was too long.
    Split,
}

/// Something that belongs to pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Furniture {
    /// What it is.
    pub kind: FurnitureKind,
    /// Its text, at its first place.
    pub text: String,
    /// Every place, with the text that stood there.
    pub spots: Vec<Spot>,
}

/// Sorts of furniture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FurnitureKind {
    /// A header or footer.
    RunningLine,
    /// A page number.
    PageNumber,
    /// A bar that names the chapters.
    Navigation,
    /// The table of contents: the chapters take its place.
    Contents,
    /// The title page.
    Cover,
    /// The settings at the head of a Markdown file.
    Metadata,
    /// A comment in the markup.
    Comment,
}

/// A place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// First line, from 1.
    pub first_line: usize,
    /// Last line.
    pub last_line: usize,
    /// What stood there.
    pub text: String,
}

/// A block that stood in the middle of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its line.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// Something a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsure {
    /// A line recurs, but nothing shows that it belongs to the page.
    RepeatedTextKept {
        /// Its first line.
        line: usize,
        /// Its text.
        text: String,
        /// How often.
        times: usize,
    },
    /// The table of contents names something that no heading answers to.
    ContentsEntryNotFound {
        /// The line in the table of contents.
        line: usize,
        /// The entry.
        entry: String,
    },
    /// A chapter got its title from the table of contents.
    TitleFromContents {
        /// Where the chapter starts.
        line: usize,
        /// The title.
        title: String,
        /// How the text starts.
        start: String,
    },
    /// Text before the first heading became a chapter.
    TextBeforeFirstHeading {
        /// Its line.
        line: usize,
    },
    /// Nothing showed where chapters start.
    NoChapters,
    /// Headings were recognised by their look only.
    HeadingsGuessed {
        /// How many.
        count: usize,
    },
    /// A heading without text: probably the title of an illustration.
    HeadingInSentence {
        /// Its line.
        line: usize,
        /// Its text.
        text: String,
    },
    /// A paragraph starts in the middle of a sentence, and what came before is not clear.
    StartsInSentence {
        /// Its line.
        line: usize,
        /// How it starts.
        start: String,
    },
    /// An image is not taken along.
    ImageLeftOut {
        /// Its line.
        line: usize,
        /// Its address.
        target: String,
    },
    /// A chapter's title led somewhere; a title is plain text.
    LinkInTitle {
        /// Its line.
        line: usize,
        /// Its address.
        target: String,
    },
    /// A number in a list does not follow from counting and became text.
    NumberKept {
        /// Its line.
        line: usize,
        /// The number.
        number: String,
    },
    /// A chapter was longer than a chapter may be.
    ChapterSplit {
        /// Its title.
        title: String,
        /// In how many.
        parts: usize,
    },
}

impl ImportReport {
    /// Words of all chapters.
    #[must_use]
    pub fn words(&self) -> usize {
        self.chapters.iter().map(|chapter| chapter.words).sum()
    }

    /// Words in what was left out.
    #[must_use]
    pub fn words_left_out(&self) -> usize {
        self.furniture
            .iter()
            .flat_map(|found| &found.spots)
            .map(|spot| words(&spot.text))
            .sum()
    }
}

impl Unsure {
    /// The line to look at, when there is one.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match self {
            Self::RepeatedTextKept { line, .. }
            | Self::ContentsEntryNotFound { line, .. }
            | Self::TitleFromContents { line, .. }
            | Self::TextBeforeFirstHeading { line }
            | Self::HeadingInSentence { line, .. }
            | Self::StartsInSentence { line, .. }
            | Self::ImageLeftOut { line, .. }
            | Self::LinkInTitle { line, .. }
            | Self::NumberKept { line, .. } => Some(*line),
            Self::NoChapters | Self::HeadingsGuessed { .. } | Self::ChapterSplit { .. } => None,
        }
    }
}

/// The first words of a text, on one line.
pub fn start(text: &str) -> String {
    const LETTERS_SHOWN: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = line.chars().take(LETTERS_SHOWN).collect();
    if shown.len() < line.len() {
        format!("{}…", shown.trim_end())
    } else {
        shown
    }
}
