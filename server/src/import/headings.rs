//! Headings that lost their marks: text from Word or a PDF knows no `#`, but a person still sees the titles.
//!
//! Why it exists: without headings there are no chapters. Signs, strongest first: a word for chapter, a fixed
//! name, an entry of the table of contents, a number in a row of numbers, capitals, bold, a short line before prose.
//! Where a file has headings of its own, only the first of these may add to them.

mod look;

use std::collections::BTreeMap;

use super::contents::Contents;
use super::layout::Shape;
use super::lines::{
    Line, Stretch, bare, ends_sentence, heading_level, is_structured, joined, starts_small, stretches, words,
};
use super::numbering::{Label, numbering};
use super::report::Layout;
use look::{Look, look};

/// With this many headings of its own a file needs no others.
const OWN_HEADINGS_MIN: usize = 3;

/// Lines that are a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// Index of its last line.
    pub last: usize,
    /// Its level, from 1.
    pub level: usize,
}

/// The headings to add, by the index of their first line.
pub fn guess(lines: &[Line], shape: Shape, contents: Option<&Contents>) -> BTreeMap<usize, Guess> {
    let own = own_numbers(lines);
    let mut found = candidates(lines, shape, contents);
    if lines
        .iter()
        .filter(|line| heading_level(&line.text).is_some())
        .count()
        >= OWN_HEADINGS_MIN
    {
        found.retain(|found| {
            found.look == Look::Chapter && !own.contains(&numbering(&found.text).map(|n| n.parts))
        });
    } else {
        keep_rows_of_numbers(&mut found);
    }
    let levels = levels(&found);
    let level = |look: Look| levels.get(&look).copied().unwrap_or(1);
    found
        .iter()
        .map(|found| {
            (
                found.stretch.first,
                Guess {
                    last: found.stretch.last,
                    level: level(found.look),
                },
            )
        })
        .collect()
}

/// A stretch of lines that may be a heading.
#[derive(Debug, Clone)]
struct Candidate {
    stretch: Stretch,
    text: String,
    look: Look,
    /// Prose follows before the next candidate.
    leads: bool,
}

fn own_numbers(lines: &[Line]) -> Vec<Option<Vec<u32>>> {
    let own = lines.iter().filter(|line| heading_level(&line.text).is_some());
    own.filter_map(|line| numbering(&bare(&line.text)))
        .map(|number| Some(number.parts))
        .collect()
}

fn candidates(lines: &[Line], shape: Shape, contents: Option<&Contents>) -> Vec<Candidate> {
    let stretches = stretches(lines);
    let mut found: Vec<Candidate> = Vec::new();
    let mut before = String::new();
    for (index, stretch) in stretches.iter().enumerate() {
        let next = stretches.get(index + 1).map(|next| joined(lines, *next));
        let seen = Surroundings {
            before: &before,
            next: next.as_deref().unwrap_or_default(),
            contents,
        };
        if let Some(candidate) = candidate(lines, shape, *stretch, &seen) {
            found.push(candidate);
        }
        before = joined(lines, *stretch);
    }
    found
}

/// What stands around a stretch.
struct Surroundings<'a> {
    before: &'a str,
    next: &'a str,
    contents: Option<&'a Contents>,
}

fn candidate(lines: &[Line], shape: Shape, stretch: Stretch, seen: &Surroundings) -> Option<Candidate> {
    let first = lines.get(stretch.first)?;
    if heading_level(&first.text).is_some() || is_structured(&first.text) {
        return None;
    }
    let raw = joined(lines, stretch);
    let full = shape
        .width
        .is_some_and(|width| first.text.trim().chars().count() * 20 >= width * 17);
    let broken_off = starts_small(seen.next) || full && stretch.first == stretch.last && !ends_sentence(&raw);
    let whole = look(&raw, seen.contents)
        .filter(|look| stretch.first == stretch.last || look.may_break())
        .filter(|look| !broken_off || look.stands_firm(ends_sentence(seen.before)));
    if let Some(look) = whole.filter(|look| *look != Look::Short || stands_as_title(seen)) {
        return Some(Candidate {
            stretch,
            text: bare(&raw),
            look,
            leads: leads(&raw, seen.next),
        });
    }
    // A title right above its text, without a blank line.
    let second = lines
        .get(stretch.first + 1)
        .filter(|_| stretch.last > stretch.first)?;
    let short = shape
        .width
        .is_some_and(|width| first.text.trim().chars().count() * 10 <= width * 7);
    let prose = words(&second.text) >= 6 && !is_structured(&second.text) && !is_item(&second.text);
    let look = look(&first.text, seen.contents).filter(|look| look.may_stand_above())?;
    let title = Stretch {
        first: stretch.first,
        last: stretch.first,
    };
    (shape.layout != Layout::Markdown && short && prose).then(|| Candidate {
        stretch: title,
        text: bare(&first.text),
        look,
        leads: true,
    })
}

/// A short line is a title when a finished text precedes it and prose follows.
fn stands_as_title(seen: &Surroundings) -> bool {
    let finished = ends_sentence(seen.before) || words(seen.before) <= 8;
    finished && words(seen.next) >= 12 && !is_structured(seen.next)
}

/// Text follows, or a deeper title; not the next item of a list.
fn leads(title: &str, next: &str) -> bool {
    let depth = |text: &str| {
        numbering(&bare(text))
            .filter(|number| number.label == Label::Bare)
            .map(|n| n.depth())
    };
    match (depth(title), depth(next)) {
        (Some(own), Some(next)) => next > own,
        (None, Some(_)) => true,
        (_, None) => !next.is_empty(),
    }
}

fn is_item(text: &str) -> bool {
    numbering(&bare(text)).is_some_and(|number| number.label == Label::Bare)
}

/// Numbers are titles when they count 1, 2, 3 through the file with text between them; else they are a list.
fn keep_rows_of_numbers(found: &mut Vec<Candidate>) {
    let chapter = |found: &Candidate| match found.look {
        Look::Number(1) if !found.leads => None,
        _ => numbering(&found.text).and_then(|number| number.chapter()),
    };
    let mut row: Vec<usize> = Vec::new();
    let mut last = None;
    for candidate in found.iter() {
        let number = chapter(candidate);
        if number.is_some_and(|number| last.map_or(number <= 1, |last| number == last + 1)) {
            last = number;
            row.push(candidate.stretch.first);
        }
    }
    let is_row = row.len() >= 2;
    found.retain(|candidate| match candidate.look {
        Look::Number(1) => is_row && row.contains(&candidate.stretch.first),
        _ => true,
    });
}

/// A level for each look: sure chapters are 1, the others follow in the order in which they first appear.
fn levels(found: &[Candidate]) -> BTreeMap<Look, usize> {
    let sure = found
        .iter()
        .filter(|found| matches!(found.look, Look::Chapter | Look::Contents(1)))
        .count();
    let mut levels = BTreeMap::from([(Look::Chapter, 1), (Look::Named, 1)]);
    let mut next = if sure >= 2 { 2 } else { 1 };
    let deepest = found
        .iter()
        .filter_map(|found| found.look.number_depth())
        .max()
        .unwrap_or_default();
    let mut order: Vec<Look> = found
        .iter()
        .map(|found| found.look)
        .filter(|look| *look != Look::Short)
        .collect();
    order.extend(
        found
            .iter()
            .map(|found| found.look)
            .filter(|look| *look == Look::Short),
    );
    for look in order {
        if levels.contains_key(&look) {
            continue;
        }
        match look {
            Look::Contents(depth) => drop(levels.insert(look, depth)),
            Look::Number(_) => {
                // In a file that says "Hoofdstuk 2", 2.1 is one deeper than it and a bare 2 is an item of its own.
                let top = if sure >= 2 { 1 } else { next };
                levels.extend(
                    (1..=deepest).map(|depth| (Look::Number(depth), (top + depth - 1).max(next.min(2)))),
                );
                next = top + deepest;
            }
            _ => {
                levels.insert(look, next);
                next += 1;
            }
        }
    }
    levels
}
