//! The report as lines of text, for the command line.

use std::fmt;

use crate::counted::counted;

use super::{ChapterCounts, Furniture, FurnitureKind, ImportReport, Layout, Reason, Unsure, start};

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, read as {}", counted(self.lines, "line"), self.layout)?;
        let (chapters, words) = (
            counted(self.chapters.len(), "chapter"),
            counted(self.words(), "word"),
        );
        writeln!(f, "{chapters}, {words}")?;
        for (number, chapter) in (1..).zip(&self.chapters) {
            writeln!(f, "{number:>4}. {chapter}")?;
        }
        if !self.furniture.is_empty() {
            writeln!(
                f,
                "left out as page furniture, {}",
                counted(self.words_left_out(), "word")
            )?;
        }
        for found in &self.furniture {
            writeln!(f, "    - {found}")?;
        }
        if self.joined > 0 {
            writeln!(
                f,
                "made whole where a page break cut: {}",
                counted(self.joined, "paragraph")
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
            "{title} (line {line}: {}, {}, {}, {}, {}; {})",
            counted(*words, "word"),
            counted(*headings, "heading"),
            counted(*paragraphs, "paragraph"),
            counted(*items, "list item"),
            counted(*quotes, "quote"),
            self.reason
        )
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
            "{}, {}: “{}”, lines",
            self.kind,
            counted(self.spots.len(), "time"),
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
                write!(f, "recognised by their look only: {}", counted(*count, "heading"))
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
                write!(
                    f,
                    "“{title}” is too long and is now {}",
                    counted(*parts, "chapter")
                )
            }
        }
    }
}
