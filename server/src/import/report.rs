//! What an import says about itself: what became of the file, what was left out, where it is unsure.
//!
//! Why it exists: nobody compares 115 pages by eye. Whoever imports a plan must be able to see in a minute that
//! nothing of the text is missing, and what a person should look at.

use std::fmt;

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

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} lines, read as {}", self.lines, self.layout)?;
        writeln!(f, "{} chapters, {} words", self.chapters.len(), self.words())?;
        for (number, chapter) in (1..).zip(&self.chapters) {
            writeln!(f, "{number:>4}. {chapter}")?;
        }
        if !self.furniture.is_empty() {
            writeln!(f, "left out as page furniture, {} words", self.words_left_out())?;
        }
        for found in &self.furniture {
            writeln!(f, "    - {found}")?;
        }
        if self.joined > 0 {
            writeln!(
                f,
                "{} paragraphs cut by a page break were made whole",
                self.joined
            )?;
        }
        for moved in &self.moved {
            let text = start(&moved.text);
            writeln!(
                f,
                "    - line {}: moved behind the paragraph it stood in: {text}",
                moved.line
            )?;
        }
        if !self.unsure.is_empty() {
            writeln!(f, "please look at")?;
        }
        for unsure in &self.unsure {
            writeln!(f, "    - {unsure}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Markdown => "Markdown",
            Self::Paragraphs => "plain text, a line per paragraph",
            Self::Wrapped => "plain text with broken lines",
        })
    }
}

impl fmt::Display for ChapterCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            title,
            line,
            words,
            headings,
            paragraphs,
            items,
            quotes,
            ..
        } = self;
        write!(
            f,
            "{title} (line {line}: {words} words, {headings} headings, {paragraphs} paragraphs"
        )?;
        write!(f, ", {items} list items, {quotes} quotes; {})", self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contents => "named in the table of contents",
            Self::Numbered => "numbered",
            Self::Named => "by its name",
            Self::Level => "by its level",
            Self::Front => "before the first chapter",
            Self::Whole => "the whole text",
            Self::Split => "part of a longer chapter",
        })
    }
}

impl fmt::Display for Furniture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, {} times: “{}”, lines",
            self.kind,
            self.spots.len(),
            start(&self.text)
        )?;
        for (index, spot) in self.spots.iter().enumerate() {
            write!(f, "{} {}", if index > 0 { "," } else { "" }, spot.first_line)?;
            if spot.last_line > spot.first_line {
                write!(f, "–{}", spot.last_line)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for FurnitureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RunningLine => "header or footer",
            Self::PageNumber => "page number",
            Self::Navigation => "navigation bar",
            Self::Contents => "table of contents",
            Self::Cover => "title page",
            Self::Metadata => "settings of the file",
            Self::Comment => "comment in the markup",
        })
    }
}

impl fmt::Display for Unsure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line() {
            write!(f, "line {line}: ")?;
        }
        match self {
            Self::RepeatedTextKept { text, times, .. } => {
                write!(f, "“{}” recurs {times} times; kept", start(text))
            }
            Self::ContentsEntryNotFound { entry, .. } => {
                write!(f, "no heading found for “{entry}” in the contents")
            }
            Self::TitleFromContents { title, start, .. } => {
                write!(
                    f,
                    "the chapter that starts with “{start}” is called “{title}” in the contents"
                )
            }
            Self::TextBeforeFirstHeading { .. } => {
                write!(f, "text before the first heading is a chapter of its own")
            }
            Self::NoChapters => write!(f, "nothing shows where chapters start; the text is one chapter"),
            Self::HeadingsGuessed { count } => {
                write!(f, "{count} headings were recognised by their look only")
            }
            Self::HeadingInSentence { text, .. } => {
                write!(
                    f,
                    "the heading “{text}” stood in the middle of a sentence; title of an illustration?"
                )
            }
            Self::StartsInSentence { start, .. } => write!(f, "“{start}” starts in the middle of a sentence"),
            Self::ImageLeftOut { target, .. } => write!(f, "the image {target} is not taken along"),
            Self::LinkInTitle { target, .. } => {
                write!(f, "the title of the chapter no longer leads to {target}")
            }
            Self::NumberKept { number, .. } => write!(f, "the number {number} does not follow; kept as text"),
            Self::ChapterSplit { title, parts } => {
                write!(f, "“{title}” is too long and is now {parts} chapters")
            }
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
