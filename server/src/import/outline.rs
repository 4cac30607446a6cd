//! Which headings open a chapter.
//!
//! Why it exists: levels lie. In a real plan a paragraph may be a `#` and the colophon a `##`. So the witnesses are
//! heard in the order of their word: the table of contents, numbers that count chapters, then levels; the names
//! that parts of plans have are added to each. What stands before the first chapter is the title page or a preface.

mod front;

use std::collections::{BTreeMap, BTreeSet};

use super::contents::Contents;
use super::named::{Named, named};
use super::numbering::{Label, numbering};
use super::piece::Piece;
use super::report::{Reason, Unsure};

/// Chapters a witness must name to be believed.
const CHAPTERS_MIN: usize = 2;

/// Where chapters start.
#[derive(Debug, Default)]
pub struct Outline {
    /// Index of the first piece of each chapter.
    pub starts: BTreeMap<usize, Start>,
    /// Pieces before this are the title page.
    pub cover_end: usize,
    /// What a person should look at.
    pub unsure: Vec<Unsure>,
}

/// The start of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Why here.
    pub reason: Reason,
    /// A title that does not come from the first piece; that piece then stays in the text.
    pub title: Option<String>,
}

/// Finds the chapters. `contents` comes with the line where it stood.
pub fn choose(pieces: &[Piece], contents: Option<&Contents>) -> Outline {
    let headings = headings(pieces);
    let mut outline = Outline::default();
    let mut unmatched = Vec::new();
    let mut chosen = contents
        .map(|contents| by_contents(&headings, contents, &mut unmatched))
        .unwrap_or_default();
    if chosen.len() < CHAPTERS_MIN {
        chosen = by_numbers(&headings);
    }
    if chosen.len() >= CHAPTERS_MIN {
        let numbered = by_numbers(&headings).len() >= CHAPTERS_MIN && contents.is_none();
        let counted = chosen.clone();
        add_named(&headings, &mut chosen);
        add_equals(&headings, &counted, &mut chosen, numbered);
    } else {
        chosen = by_level(&headings);
    }
    outline.starts = chosen
        .into_iter()
        .map(|(index, reason)| (index, Start { reason, title: None }))
        .collect();
    front::settle(pieces, contents, &mut unmatched, &mut outline);
    outline.unsure.extend(unmatched);
    outline
}

/// A heading and its place among the pieces.
struct Heading {
    index: usize,
    level: usize,
    text: String,
}

fn headings(pieces: &[Piece]) -> Vec<Heading> {
    let headings = pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| piece.note.is_none());
    headings
        .filter_map(|(index, piece)| {
            Some(Heading {
                index,
                level: piece.heading()?,
                text: piece.text(),
            })
        })
        .collect()
}

type Chosen = BTreeMap<usize, Reason>;

/// The headings that answer best to the entries, in order. Deeper entries are headings inside chapters.
fn by_contents(headings: &[Heading], contents: &Contents, unmatched: &mut Vec<Unsure>) -> Chosen {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut after = 0;
    for entry in contents.entries.iter().filter(|entry| entry.depth == 1) {
        let answers = headings
            .iter()
            .enumerate()
            .skip(after)
            .map(|(at, heading)| (entry.answers(&heading.text), at));
        let best = answers
            .filter(|(answer, _)| *answer > 1)
            .max_by_key(|(answer, at)| {
                let level = headings.get(*at).map_or(0, |heading| heading.level);
                (*answer, std::cmp::Reverse((level, *at)))
            });
        match best.and_then(|(_, at)| Some((at, headings.get(at)?))) {
            Some((at, heading)) => {
                found.push((heading.index, heading.level));
                after = at + 1;
            }
            None => unmatched.push(Unsure::ContentsEntryNotFound {
                line: entry.line,
                entry: entry.text.clone(),
            }),
        }
    }
    // A table of contents without numbers or indents may name paragraphs as chapters; then levels decide.
    let flat = contents
        .entries
        .iter()
        .all(|entry| entry.number.is_none() && entry.indent == 0);
    let top = found.iter().map(|(_, level)| *level).min().unwrap_or_default();
    let tops = found.iter().filter(|(_, level)| *level == top).count();
    let titles: BTreeSet<usize> = headings
        .iter()
        .filter(|heading| named(&heading.text).is_some())
        .map(|heading| heading.index)
        .collect();
    found.retain(|(index, level)| !flat || tops < CHAPTERS_MIN || *level == top || titles.contains(index));
    found
        .into_iter()
        .map(|(index, _)| (index, Reason::Contents))
        .collect()
}

/// Headings that count chapters: those that say so ("Hoofdstuk 1", parts, appendices), else 1, 2, 3 through the file.
fn by_numbers(headings: &[Heading]) -> Chosen {
    let numbers: Vec<_> = headings
        .iter()
        .filter_map(|heading| Some((heading.index, numbering(&heading.text)?)))
        .collect();
    let said = |label: Label| {
        numbers
            .iter()
            .filter(move |(_, number)| number.label == label && number.depth() == 1)
    };
    let chapters: BTreeSet<usize> = said(Label::Chapter).map(|(index, _)| *index).collect();
    let mut row: BTreeSet<usize> = chapters;
    if row.len() < CHAPTERS_MIN {
        row.clear();
        let mut last: Option<u32> = None;
        for (index, number) in numbers
            .iter()
            .filter_map(|(index, number)| Some((index, number.chapter()?)))
        {
            if last.map_or(number <= 1, |last| number == last + 1) {
                row.insert(*index);
                last = Some(number);
            }
        }
    }
    if row.len() >= CHAPTERS_MIN {
        row.extend(said(Label::Part).map(|(index, _)| *index));
    }
    row.into_iter().map(|index| (index, Reason::Numbered)).collect()
}

/// Headings of the level of chapters, where between the chapters there are none that are not chapters.
fn add_equals(headings: &[Heading], counted: &Chosen, chosen: &mut Chosen, numbered: bool) {
    let levels: BTreeSet<usize> = headings
        .iter()
        .filter(|heading| counted.contains_key(&heading.index))
        .map(|heading| heading.level)
        .collect();
    let (Some(level), true) = (levels.first().copied().filter(|_| levels.len() == 1), numbered) else {
        return;
    };
    let (first, last) = (
        counted.keys().next().copied(),
        counted.keys().next_back().copied(),
    );
    let (Some(first), Some(last)) = (first, last) else {
        return;
    };
    let equals: Vec<usize> = headings
        .iter()
        .filter(|heading| heading.level == level && !chosen.contains_key(&heading.index))
        .map(|heading| heading.index)
        .collect();
    if !equals.iter().any(|index| (first..last).contains(index)) {
        let lone_title =
            |index: usize| headings.first().is_some_and(|first| first.index == index) && index == 0;
        chosen.extend(
            equals
                .into_iter()
                .filter(|index| !lone_title(*index))
                .map(|index| (index, Reason::Level)),
        );
    }
}

/// Fixed names before the first and after the last numbered chapter, at most one level deeper than chapters.
fn add_named(headings: &[Heading], chosen: &mut Chosen) {
    let (Some(first), Some(last)) = (chosen.keys().next().copied(), chosen.keys().next_back().copied())
    else {
        return;
    };
    let level = headings
        .iter()
        .filter(|heading| chosen.contains_key(&heading.index))
        .map(|heading| heading.level)
        .max();
    let level = level.unwrap_or(1);
    for heading in headings
        .iter()
        .filter(|heading| !(first..=last).contains(&heading.index))
    {
        let deep_enough = match named(&heading.text) {
            Some(Named::Always) => heading.level <= level + 1,
            Some(Named::Often) => heading.level <= level,
            None => false,
        };
        if deep_enough {
            chosen.insert(heading.index, Reason::Named);
        }
    }
}

/// The highest level that has more than one heading, and what is higher. One single heading at the top is the
/// title of the plan.
fn by_level(headings: &[Heading]) -> Chosen {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for heading in headings {
        *counts.entry(heading.level).or_default() += 1;
    }
    let level = counts
        .iter()
        .find(|(_, count)| **count >= CHAPTERS_MIN)
        .map(|(level, _)| *level);
    let Some(level) = level else {
        return headings
            .iter()
            .take(1)
            .map(|heading| (heading.index, Reason::Whole))
            .collect();
    };
    let title = |heading: &Heading| {
        heading.level < level && headings.first().is_some_and(|first| first.index == heading.index)
    };
    let chapters = headings
        .iter()
        .filter(|heading| heading.level <= level && !title(heading));
    chapters.map(|heading| (heading.index, Reason::Level)).collect()
}
