//! From a file to chapters: Markdown, pasted text, or the text of a PDF, as a person would divide it.
//!
//! # Why it exists
//!
//! Every region already has a plan, and it is 115 pages of PDF. It must come in whole: the right chapters in the
//! right order, no sentence lost, and an account of what was left out, so that nobody has to compare by eye.
//!
//! # Invariants
//!
//! - Pure: bytes in, chapters and report out. A file that cannot be read is a typed error and nothing else happens.
//! - Every word of the file is in a chapter or in the report's list of page furniture. A full sentence is furniture
//!   only where pages cut other sentences with it.
//! - Nothing here knows a particular plan. What it goes by are general signs: numbers, levels, a table of
//!   contents, repetition at the distance of pages.
//!
//! # Reading order
//!
//! [`decode`] → [`lines`] → [`furniture`] → [`layout`] → [`contents`] → [`headings`] → [`source`] → [`markdown`] →
//! [`mend`] → [`outline`] → [`chapters`]; [`report`] is what is said about it.

mod decode;
mod lines;
mod numbering;
mod named;
mod furniture;
mod layout;
mod contents;
mod headings;
mod source;
mod piece;
mod markdown;
mod mend;
mod outline;
mod chapters;
pub mod report;

use schema::domain::values::{Line as Title, ValueError};
use schema::richtext::Block;

pub use report::ImportReport;

use lines::Line;
use report::{Furniture, FurnitureKind, Spot, Unsure};

/// A plan as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The title on its title page.
    pub title: Option<String>,
    /// Its chapters, in order.
    pub chapters: Vec<ImportedChapter>,
    /// What was done with the file.
    pub report: ImportReport,
}

/// A chapter as read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedChapter {
    /// Its title, with its number if it has one.
    pub title: String,
    /// The line of the file where it starts.
    pub line: usize,
    /// Its text, without the title.
    pub blocks: Vec<Block>,
}

/// Why a file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than the limit.
    #[error(
        "the file is {bytes} bytes; at most {max} can be imported: divide it between two chapters, and import one part after the \
         other"
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// A format that is not text.
    #[error("the file is {format}; save it as plain text or Markdown in UTF-8 and try again")]
    OtherFormat {
        /// What it looks like.
        format: &'static str,
    },
    /// A plan as another command takes it over, with every event.
    #[error("the file is an export of a plan: `schrijftafel import-plan` takes it over, with its history")]
    AnExport,
    /// Bytes that no text has.
    #[error("line {line}, byte {column} is not text; is this the right file?")]
    Binary {
        /// Line, from 1.
        line: usize,
        /// Byte in the line, from 1.
        column: usize,
    },
    /// Text in another encoding.
    #[error(
        "line {line}, byte {column} (0x{byte:02X}) is not UTF-8; save the file as plain text in UTF-8 and try again"
    )]
    NotUtf8 {
        /// Line, from 1.
        line: usize,
        /// Byte in the line, from 1.
        column: usize,
        /// The byte.
        byte: u8,
    },
    /// No letters at all.
    #[error("there is no text in the file: is it the right one, and was it copied whole?")]
    Empty,
    /// Page furniture and nothing else.
    #[error("the file holds no text of a plan: all of it was recognised as {what}")]
    OnlyFurniture {
        /// What it was taken for.
        what: String,
    },
    /// A paragraph that no chapter can hold.
    #[error(
        "the paragraph that begins at line {line} is {utf16} characters long; one holds at most {max}: divide it by an empty line"
    )]
    ParagraphTooLong {
        /// Its line.
        line: usize,
        /// Its length in UTF-16 units.
        utf16: usize,
        /// The limit.
        max: usize,
    },
    /// A title that no chapter can have.
    #[error("the title at line {line} cannot be that of a chapter: {why} (it starts {start:?})")]
    Title {
        /// Its line.
        line: usize,
        /// How it starts.
        start: String,
        /// What is wrong with it.
        why: ValueError,
    },
    /// More chapters than a plan can have.
    #[error(
        "the file would give {chapters} chapters; a plan has at most {max}: make headings of parts of chapters a level lower"
    )]
    TooManyChapters {
        /// How many.
        chapters: usize,
        /// The limit.
        max: usize,
    },
}

/// Reads a file. `name` is the title of a text that has none, for instance the name of the file.
///
/// # Errors
/// When the file is no text, too large, or holds nothing that can be a chapter.
pub fn import(bytes: &[u8], name: &str) -> Result<Imported, ImportError> {
    let text = decode::decode(bytes)?;
    let mut report = ImportReport::default();
    let mut lines = lines::split(&text);
    report.lines = lines.last().map_or(0, |line| line.number);
    let title = take_settings(&mut lines, &mut report);
    let found = furniture::find(&lines);
    report.furniture.extend(found.furniture);
    report.unsure.extend(found.unsure);
    let lines = without(lines, |index| found.lines.contains(&index));
    let shape = layout::detect(&lines);
    report.layout = shape.layout;
    let lines = layout::spaced(lines, shape);
    let contents = contents::find(&lines);
    report
        .furniture
        .extend(contents.as_ref().and_then(|contents| contents.furniture(&lines)));
    let lines = without(lines, |index| {
        contents
            .as_ref()
            .is_some_and(|found| (found.first..=found.last).contains(&index))
    });
    let guesses = headings::guess(&lines, shape, contents.as_ref());
    if !guesses.is_empty() {
        report
            .unsure
            .push(Unsure::HeadingsGuessed { count: guesses.len() });
    }
    let source = source::write(&lines, shape, &guesses);
    let read = markdown::read(&source);
    report.furniture.extend(read.furniture);
    report.unsure.extend(read.unsure);
    let mended = mend::mend(read.pieces, shape, &markdown::Vocabulary::of(&source.text));
    report.moved = mended.moved;
    report.joined = mended.joined;
    report.unsure.extend(mended.unsure);
    let outline = outline::choose(&mended.pieces, contents.as_ref());
    let bound = chapters::bind(mended.pieces, &outline, name)?;
    report.furniture.extend(bound.cover);
    report.unsure.extend(bound.unsure);
    report
        .unsure
        .sort_by_key(|unsure| unsure.line().unwrap_or_default());
    report.chapters = bound.counts;
    finished(Imported {
        title: title.or(bound.title),
        chapters: bound.chapters,
        report,
    })
}

/// Nothing is imported that has no text, more chapters than a plan can have, or a title that none can have.
fn finished(imported: Imported) -> Result<Imported, ImportError> {
    use schema::limits::IMPORT_CHAPTERS_MAX;
    let chapters = imported.chapters.len();
    if chapters > IMPORT_CHAPTERS_MAX {
        return Err(ImportError::TooManyChapters {
            chapters,
            max: IMPORT_CHAPTERS_MAX,
        });
    }
    for chapter in &imported.chapters {
        chapter.title.parse::<Title>().map_err(|why| ImportError::Title {
            line: chapter.line,
            start: report::start(&chapter.title),
            why,
        })?;
    }
    if chapters == 0 {
        let kinds = imported
            .report
            .furniture
            .iter()
            .map(|found| found.kind.to_string());
        let kinds: std::collections::BTreeSet<String> = kinds.collect();
        return Err(ImportError::OnlyFurniture {
            what: kinds.into_iter().collect::<Vec<_>>().join(", "),
        });
    }
    Ok(imported)
}

fn without(lines: Vec<Line>, gone: impl Fn(usize) -> bool) -> Vec<Line> {
    let kept = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| match gone(index) {
            true => Line {
                text: String::new(),
                breaks: false,
                ..line
            },
            false => line,
        });
    kept.collect()
}

/// The settings at the head of a Markdown file (`---`, `title: …`, `---`) are no text; the title counts.
fn take_settings(lines: &mut Vec<Line>, report: &mut ImportReport) -> Option<String> {
    const SETTINGS_LINES_MAX: usize = 60;
    let fence = |line: &Line| line.text.trim_end() == "---";
    let end = lines
        .iter()
        .skip(1)
        .take(SETTINGS_LINES_MAX)
        .position(fence)
        .filter(|_| lines.first().is_some_and(fence))?;
    let settings: Vec<Line> = lines.drain(..end + 2).collect();
    let inner = settings.get(1..=end).unwrap_or_default();
    let keyed = |line: &Line| {
        line.text.contains(": ") || line.text.ends_with(':') || line.text.starts_with([' ', '-'])
    };
    if inner.is_empty() || !inner.iter().all(keyed) {
        lines.splice(..0, settings);
        return None;
    }
    let text = inner
        .iter()
        .map(|line| line.text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let spot = Spot {
        first_line: 1,
        last_line: settings.len(),
        text: text.clone(),
    };
    report.furniture.push(Furniture {
        kind: FurnitureKind::Metadata,
        text,
        spots: vec![spot],
    });
    let titles = inner.iter().find_map(|line| {
        line.text
            .strip_prefix("title:")
            .or(line.text.strip_prefix("titel:"))
    });
    titles.map(|title| title.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests;
