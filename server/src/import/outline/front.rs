//! What stands before the first chapter: the title page, and perhaps a preface that no heading calls by its name.

use super::{Outline, Start};
use crate::import::contents::Contents;
use crate::import::lines::{is_sentence, words};
use crate::import::named::named;
use crate::import::piece::Piece;
use crate::import::report::{Reason, Unsure, start};

/// A paragraph this long is text, not part of a title page; so is a shorter one that is a sentence.
const PROSE_WORDS_MIN: usize = 20;
/// A title page has no more words than this.
const COVER_WORDS_MAX: usize = 150;
/// What text before the first heading is called when nothing names it.
const UNNAMED: &str = "Vooraf";

/// Settles the title page and the preface.
pub fn settle(
    pieces: &[Piece],
    contents: Option<&Contents>,
    unmatched: &mut Vec<Unsure>,
    outline: &mut Outline,
) {
    let Some(first) = outline.starts.keys().next().copied() else {
        let whole = Start {
            reason: Reason::Whole,
            title: None,
        };
        outline.cover_end = cover(pieces, pieces.len());
        if outline.cover_end == pieces.len() {
            outline.cover_end = 0;
        }
        outline.starts.insert(outline.cover_end, whole);
        outline.unsure.push(Unsure::NoChapters);
        return;
    };
    outline.cover_end = cover(pieces, first);
    let before = pieces.get(outline.cover_end..first).unwrap_or_default();
    let Some(piece) = before.first() else { return };
    match top_headings(before) {
        headings if headings.first() == Some(&0) => {
            for (nth, at) in headings.into_iter().enumerate() {
                let title = if nth == 0 {
                    preface_name(before, contents, unmatched)
                } else {
                    None
                };
                if let Some(title) = &title {
                    let (line, start) = (piece.line, start(&piece.text()));
                    outline.unsure.push(Unsure::TitleFromContents {
                        line,
                        title: title.clone(),
                        start,
                    });
                }
                outline.starts.insert(
                    outline.cover_end + at,
                    Start {
                        reason: Reason::Front,
                        title,
                    },
                );
            }
        }
        _ => {
            let title = preface_name(before, contents, unmatched);
            outline
                .unsure
                .push(Unsure::TextBeforeFirstHeading { line: piece.line });
            let title = Some(title.unwrap_or_else(|| UNNAMED.to_owned()));
            outline.starts.insert(
                outline.cover_end,
                Start {
                    reason: Reason::Front,
                    title,
                },
            );
        }
    }
}

/// Pieces of the title page: up to the next heading, if no prose stands among them. The title itself may be followed
/// by prose; then only the title is the title page.
fn cover(pieces: &[Piece], first: usize) -> usize {
    let front = pieces.get(..first).unwrap_or_default();
    let titled = front
        .first()
        .is_some_and(|piece| piece.heading().is_some() && named(&piece.text()).is_none());
    let after_title = (1..front.len())
        .find(|at| is_section(front, *at))
        .unwrap_or(first);
    let page = front.get(..after_title).unwrap_or_default();
    let prose = page
        .iter()
        .position(|piece| piece.heading().is_none() && is_prose(&piece.text()));
    let all: usize = page.iter().map(|piece| words(&piece.text())).sum();
    match prose {
        None if all <= COVER_WORDS_MAX && (titled || after_title < first || first < pieces.len()) => {
            after_title
        }
        Some(at) if titled && is_above(front, pieces.get(first)) => page.get(..at).map_or(0, |page| {
            page.iter().take_while(|p| p.heading().is_some()).count()
        }),
        _ => 0,
    }
}

fn is_prose(text: &str) -> bool {
    words(text) >= PROSE_WORDS_MIN || is_sentence(text)
}

/// The title of the plan is no deeper than its chapters; one of their level with prose below it is a chapter.
fn is_above(front: &[Piece], chapter: Option<&Piece>) -> bool {
    let title = front.first().and_then(Piece::heading);
    chapter
        .and_then(Piece::heading)
        .is_none_or(|level| title.is_some_and(|title| title < level))
}

/// A heading with text of its own: it ends the title page.
fn is_section(front: &[Piece], at: usize) -> bool {
    let mut behind = front
        .iter()
        .skip(at + 1)
        .take_while(|piece| piece.heading().is_none());
    front.get(at).is_some_and(|piece| piece.heading().is_some())
        && behind.any(|piece| words(&piece.text()) >= PROSE_WORDS_MIN / 2)
}

/// Headings of the highest level among the pieces.
fn top_headings(pieces: &[Piece]) -> Vec<usize> {
    let top = pieces.iter().filter_map(Piece::heading).min();
    let headings = pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| piece.heading().is_some() && piece.heading() == top);
    headings.map(|(at, _)| at).collect()
}

/// What the table of contents calls the text before the first chapter: its first entry, if no heading answers to it.
fn preface_name(
    before: &[Piece],
    contents: Option<&Contents>,
    unmatched: &mut Vec<Unsure>,
) -> Option<String> {
    let first = contents?
        .entries
        .iter()
        .find(|entry| named(&entry.text).is_some() || entry.number.is_none())?;
    let at = unmatched.iter().position(|missing| {
        matches!(missing, Unsure::ContentsEntryNotFound { entry, line } if *entry == first.text && *line == first.line)
    })?;
    let heading = before
        .first()
        .filter(|piece| piece.heading().is_some())
        .map(Piece::text)
        .unwrap_or_default();
    (named(&heading).is_none()).then(|| {
        unmatched.remove(at);
        first.text.clone()
    })
}
