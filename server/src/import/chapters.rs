//! Chapters out of pieces and their starts: titles, heading levels, footnotes in their chapter, nothing too long.

use std::collections::{BTreeMap, BTreeSet};

use schema::limits::CHAPTER_UTF16_MAX;
use schema::richtext::{Block, BlockKind};

use super::lines::words;
use super::outline::{Outline, Start};
use super::piece::Piece;
use super::report::{ChapterCounts, Furniture, FurnitureKind, Reason, Spot, Unsure};
use super::{ImportError, ImportedChapter};

/// The chapters, and what the report says of them.
#[derive(Debug, Default)]
pub struct Bound {
    /// The chapters.
    pub chapters: Vec<ImportedChapter>,
    /// Their sizes.
    pub counts: Vec<ChapterCounts>,
    /// The title of the plan.
    pub title: Option<String>,
    /// The title page, if there is one.
    pub cover: Option<Furniture>,
    /// What a person should look at.
    pub unsure: Vec<Unsure>,
}

/// Binds the pieces into chapters. `fallback` is the title of a text without any heading.
pub fn bind(pieces: Vec<Piece>, outline: &Outline, fallback: &str) -> Result<Bound, ImportError> {
    let levels = levels(&pieces, outline);
    let mut bound = Bound {
        unsure: outline.unsure.clone(),
        ..Bound::default()
    };
    let mut cover: Vec<Piece> = Vec::new();
    let mut drafts: Vec<Draft> = Vec::new();
    for (index, piece) in pieces.into_iter().enumerate() {
        if index < outline.cover_end {
            cover.push(piece);
            continue;
        }
        if let Some(start) = outline.starts.get(&index) {
            bound
                .unsure
                .extend(links(&piece).filter(|_| start.title.is_none() && piece.heading().is_some()));
            let (draft, rest) = Draft::open(piece, start, fallback);
            drafts.push(draft);
            if let (Some(draft), Some(rest)) = (drafts.last_mut(), rest) {
                draft.pieces.push(rest);
            }
        } else if let Some(draft) = drafts.last_mut() {
            draft.pieces.push(piece);
        }
    }
    bound.title = cover
        .iter()
        .find(|piece| piece.heading().is_some())
        .or(cover.first())
        .map(Piece::text);
    bound.cover = cover_furniture(&cover);
    for draft in with_own_notes(drafts) {
        for draft in draft.split(&mut bound.unsure)? {
            let chapter = draft.chapter(&levels);
            bound.counts.push(counts(&chapter, draft.reason));
            bound.chapters.push(chapter);
        }
    }
    Ok(bound)
}

/// The addresses a title leads to.
fn links(title: &Piece) -> impl Iterator<Item = Unsure> {
    let links = title
        .block
        .content
        .iter()
        .filter_map(|run| run.marks.link.as_ref());
    links.map(|link| Unsure::LinkInTitle {
        line: title.line,
        target: link.href().to_owned(),
    })
}

/// A chapter in the making.
#[derive(Debug, Clone)]
struct Draft {
    title: String,
    line: usize,
    reason: Reason,
    pieces: Vec<Piece>,
}

impl Draft {
    /// The chapter that starts with a piece: a heading gives its title and is not repeated in the text.
    fn open(piece: Piece, start: &Start, fallback: &str) -> (Self, Option<Piece>) {
        let own = piece.heading().is_some() && start.title.is_none();
        let title = match &start.title {
            Some(title) => title.clone(),
            // A tab or a line break in a heading is a space in a title.
            None if own => piece.text().split_whitespace().collect::<Vec<_>>().join(" "),
            None => fallback.to_owned(),
        };
        let draft = Self {
            title,
            line: piece.line,
            reason: start.reason,
            pieces: Vec::new(),
        };
        (draft, (!own).then_some(piece))
    }

    /// The chapter itself, or parts of it that fit: cut before its highest headings, else between blocks.
    fn split(self, unsure: &mut Vec<Unsure>) -> Result<Vec<Self>, ImportError> {
        if size(&self.pieces) <= CHAPTER_UTF16_MAX {
            return Ok(vec![self]);
        }
        let mut parts = Parts::default();
        for section in sections(self.pieces) {
            if size(&section) > CHAPTER_UTF16_MAX {
                for piece in section {
                    parts.add(vec![piece])?;
                }
            } else {
                parts.add(section)?;
            }
        }
        let parts = parts.full;
        unsure.push(Unsure::ChapterSplit {
            title: self.title.clone(),
            parts: parts.len(),
        });
        let (title, count) = (self.title, parts.len());
        let part = |(nth, pieces): (usize, Vec<Piece>)| Self {
            title: format!("{title} ({nth}/{count})"),
            line: pieces.first().map_or(self.line, |piece| piece.line),
            reason: Reason::Split,
            pieces,
        };
        Ok((1..).zip(parts).map(part).collect())
    }

    fn chapter(&self, levels: &BTreeMap<usize, u64>) -> ImportedChapter {
        let block = |piece: &Piece| match piece.heading() {
            Some(level) => {
                let level = levels.get(&level).copied().unwrap_or(u64::MAX);
                Block {
                    kind: BlockKind::heading(level),
                    ..piece.block.clone()
                }
            }
            None => piece.block.clone(),
        };
        let blocks = self.pieces.iter().map(block).collect();
        ImportedChapter {
            title: self.title.clone(),
            line: self.line,
            blocks,
        }
    }
}

/// Parts of a chapter that was too long.
#[derive(Debug, Default)]
struct Parts {
    full: Vec<Vec<Piece>>,
    /// Length of the last part.
    last: usize,
}

impl Parts {
    /// Adds pieces to the last part, or to a new one where they do not fit.
    fn add(&mut self, pieces: Vec<Piece>) -> Result<(), ImportError> {
        let (own, line) = (size(&pieces), pieces.first().map_or(0, |piece| piece.line));
        if own > CHAPTER_UTF16_MAX {
            // Beside its text it takes one for its mark; a chapter of it alone has no other.
            return Err(ImportError::ParagraphTooLong {
                line,
                utf16: own - pieces.len(),
                max: CHAPTER_UTF16_MAX - 1,
            });
        }
        let fits = self.last + own <= CHAPTER_UTF16_MAX;
        match self.full.last_mut().filter(|_| fits) {
            Some(last) => {
                last.extend(pieces);
                self.last += own;
            }
            None => {
                self.full.push(pieces);
                self.last = own;
            }
        }
        Ok(())
    }
}

/// Length in UTF-16 units, a block marker included.
fn size(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.block.utf16_len() + 1).sum()
}

/// Pieces cut before each heading of the highest level among them.
fn sections(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let top = pieces.iter().filter_map(Piece::heading).min();
    let mut sections: Vec<Vec<Piece>> = Vec::new();
    for piece in pieces {
        match sections
            .last_mut()
            .filter(|_| piece.heading().is_none() || piece.heading() != top)
        {
            Some(section) => section.push(piece),
            None => sections.push(vec![piece]),
        }
    }
    sections
}

/// The levels of headings inside chapters, counted from 1: a plan whose chapters are `##` has paragraphs at `###`.
fn levels(pieces: &[Piece], outline: &Outline) -> BTreeMap<usize, u64> {
    let inside = pieces
        .iter()
        .enumerate()
        .skip(outline.cover_end)
        .filter(|(index, _)| {
            outline
                .starts
                .get(index)
                .is_none_or(|start| start.title.is_some())
        });
    let used: BTreeSet<usize> = inside.filter_map(|(_, piece)| piece.heading()).collect();
    used.into_iter().zip(1..).collect()
}

/// Footnotes go to the end of the chapter that first refers to them.
fn with_own_notes(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let mut notes: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    let referred: BTreeSet<String> = drafts
        .iter()
        .flat_map(|draft| &draft.pieces)
        .flat_map(|piece| piece.refers.iter().cloned())
        .collect();
    for draft in &mut drafts {
        let pieces = std::mem::take(&mut draft.pieces);
        for piece in pieces {
            match piece.note.clone().filter(|note| referred.contains(note)) {
                Some(note) => notes.entry(note).or_default().push(piece),
                None => draft.pieces.push(piece),
            }
        }
    }
    for draft in &mut drafts {
        let refers: Vec<String> = draft
            .pieces
            .iter()
            .flat_map(|piece| piece.refers.iter().cloned())
            .collect();
        for note in refers {
            draft.pieces.extend(notes.remove(&note).unwrap_or_default());
        }
    }
    // What only a footnote refers to stays at the end.
    if let Some(last) = drafts.last_mut() {
        last.pieces.extend(notes.into_values().flatten());
    }
    drafts
}

fn cover_furniture(cover: &[Piece]) -> Option<Furniture> {
    let text = cover.iter().map(Piece::text).collect::<Vec<_>>().join("\n");
    let spot = |piece: &Piece, (first_line, last_line)| Spot {
        first_line,
        last_line,
        text: piece.text(),
    };
    let spots = cover
        .iter()
        .flat_map(|piece| piece.spans.iter().map(move |span| spot(piece, *span)));
    let spots: Vec<Spot> = spots.collect();
    (!spots.is_empty()).then_some(Furniture {
        kind: FurnitureKind::Cover,
        text,
        spots,
    })
}

fn counts(chapter: &ImportedChapter, reason: Reason) -> ChapterCounts {
    let count =
        |fits: fn(&BlockKind) -> bool| chapter.blocks.iter().filter(|block| fits(&block.kind)).count();
    let text: usize = chapter.blocks.iter().map(|block| words(&block.text())).sum();
    ChapterCounts {
        title: chapter.title.clone(),
        line: chapter.line,
        reason,
        words: text + words(&chapter.title),
        utf16: chapter.blocks.iter().map(Block::utf16_len).sum(),
        headings: count(|kind| matches!(kind, BlockKind::Heading(_))),
        paragraphs: count(|kind| matches!(kind, BlockKind::Paragraph)),
        items: count(|kind| matches!(kind, BlockKind::BulletItem | BlockKind::NumberedItem)),
        quotes: count(|kind| matches!(kind, BlockKind::Quote)),
    }
}
