//! Does a group of recurring lines belong to the page or to the text? Signs are counted; two are needed.

use std::collections::BTreeSet;

use super::groups::{Group, Row, Seen};
use crate::import::lines::{
    bare, ends_sentence, heading_level, is_sentence, is_structured, starts_small, words,
};
use crate::import::numbering::numbering;
use crate::import::report::FurnitureKind;

/// Points that make furniture.
const SIGNS_MIN: i32 = 2;
/// Rows from the edge of a page that headers and footers keep to.
const EDGE_ROWS: usize = 3;
/// Chapters named in one group that make it a navigation bar.
const NAMED_CHAPTERS_MIN: usize = 4;

/// What the signs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It belongs to the page.
    Furniture(FurnitureKind),
    /// Not proved: it stays.
    Text,
}

/// The rows around those that recur: for each row the nearest one before and after it that does not.
#[derive(Debug)]
pub struct Neighbours {
    before: Vec<Option<usize>>,
    after: Vec<Option<usize>>,
}

impl Neighbours {
    /// The neighbours of all rows.
    pub fn of(seen: &Seen, groups: &[Group]) -> Self {
        let mut recurs = vec![false; seen.rows().len()];
        for row in groups
            .iter()
            .flat_map(|group| &group.spots)
            .flat_map(|(first, last)| *first..=*last)
        {
            if let Some(recurs) = recurs.get_mut(row) {
                *recurs = true;
            }
        }
        let nearest = |(row, recurs): (usize, bool), last: &mut Option<usize>| {
            let found = *last;
            *last = if recurs { *last } else { Some(row) };
            Some(found)
        };
        let rows: Vec<(usize, bool)> = recurs.into_iter().enumerate().collect();
        let before = rows.iter().scan(None, |last, row| nearest(*row, last)).collect();
        let mut after: Vec<Option<usize>> = rows
            .iter()
            .rev()
            .scan(None, |last, row| nearest(*row, last))
            .collect();
        after.reverse();
        Self { before, after }
    }
}

/// Judges a group, given the rows already known to be furniture.
pub fn judge(seen: &Seen, neighbours: &Neighbours, group: &Group, furniture: &BTreeSet<usize>) -> Verdict {
    let numbers = page_numbers(seen, group);
    let interruptions = interruptions(seen, group, neighbours);
    // What reads as sentences is text, wherever it stands, unless it cuts other sentences in two.
    if interruptions < SIGNS_MIN && reads_as_sentences(seen, group) {
        return Verdict::Text;
    }
    let signs = interruptions
        + at_edges(seen, group)
        + numbers.signs()
        + beside(group, furniture)
        + recurring(group)
        + i32::from(names_chapters(group)) * 2
        - i32::from(is_text_shaped(seen, group));
    if signs < SIGNS_MIN {
        return Verdict::Text;
    }
    Verdict::Furniture(match (numbers, names_chapters(group)) {
        (_, true) => FurnitureKind::Navigation,
        (PageNumbers::Plain { .. }, _) => FurnitureKind::PageNumber,
        _ => FurnitureKind::RunningLine,
    })
}

/// Most of its words stand in lines that are sentences.
fn reads_as_sentences(seen: &Seen, group: &Group) -> bool {
    let (mut all, mut in_sentences) = (0, 0);
    let rows = group.spots.iter().flat_map(|(first, last)| *first..=*last);
    for row in rows.filter_map(|row| seen.row(row)) {
        let text = bare(&row.text);
        all += words(&text);
        in_sentences += if is_sentence(&text) { words(&text) } else { 0 };
    }
    in_sentences * 2 > all
}

/// It stands in the middle of sentences: a sentence breaks off before it and goes on behind it.
fn interruptions(seen: &Seen, group: &Group, neighbours: &Neighbours) -> i32 {
    let interrupted = group
        .spots
        .iter()
        .filter(|(first, last)| {
            let before = neighbours
                .before
                .get(*first)
                .copied()
                .flatten()
                .and_then(|row| seen.row(row));
            let after = neighbours
                .after
                .get(*last)
                .copied()
                .flatten()
                .and_then(|row| seen.row(row));
            matches!((before, after), (Some(before), Some(after)) if goes_on(before, after))
        })
        .count();
    let rare = interrupted * 6 < group.spots.len();
    i32::try_from(interrupted.min(if rare { 1 } else { 3 })).unwrap_or_default()
}

fn goes_on(before: &Row, after: &Row) -> bool {
    heading_level(&before.text).is_none()
        && words(&before.text) >= 3
        && !ends_sentence(&before.text)
        && starts_small(&after.text)
        && !is_structured(&after.text)
}

/// It keeps to the first or last rows of pages, where the file tells where pages end.
fn at_edges(seen: &Seen, group: &Group) -> i32 {
    let near = |row: usize, span: std::ops::RangeInclusive<isize>| {
        span.filter_map(|step| row.checked_add_signed(step))
            .any(|row| seen.row(row).is_some_and(|row| row.opens_page))
    };
    let rows = isize::try_from(EDGE_ROWS).unwrap_or(isize::MAX);
    let edges = group
        .spots
        .iter()
        .filter(|(first, last)| near(*first, 1 - rows..=0) || near(*last, 1..=rows))
        .count();
    if edges * 5 >= group.spots.len() * 3 { 2 } else { 0 }
}

/// What the numbers in a group tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageNumbers {
    /// No number that rises.
    None,
    /// A rising number in a line with other words.
    InLine,
    /// A rising number alone, or with the word for page.
    Plain {
        /// They stand at the distance of pages.
        apart: bool,
    },
}

impl PageNumbers {
    fn signs(self) -> i32 {
        match self {
            Self::None => 0,
            Self::InLine | Self::Plain { apart: false } => 1,
            Self::Plain { apart: true } => 2,
        }
    }
}

fn page_numbers(seen: &Seen, group: &Group) -> PageNumbers {
    let rows: Vec<&Row> = group
        .spots
        .iter()
        .filter_map(|(first, _)| seen.row(*first))
        .collect();
    let Some(form) = rows.first().map(|row| bare(&row.text)) else {
        return PageNumbers::None;
    };
    let numbers: Vec<Vec<u32>> = rows.iter().map(|row| numbers(&row.text)).collect();
    let slots = numbers.iter().map(Vec::len).min().unwrap_or_default();
    let rises = (0..slots).any(|slot| rising(&numbers, slot));
    if !rises
        || numbers
            .iter()
            .flatten()
            .all(|number| (1900..=2100).contains(number))
    {
        return PageNumbers::None;
    }
    let letters: String = form
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .collect();
    let plain = [
        "",
        "pagina",
        "paginavan",
        "page",
        "pageof",
        "pag",
        "blz",
        "bladzijde",
        "p",
    ];
    if plain.contains(&letters.as_str()) {
        let span = group.spots.last().map_or(0, |(last, _)| *last)
            - group.spots.first().map_or(0, |(first, _)| *first);
        return PageNumbers::Plain {
            apart: span >= (group.spots.len() - 1) * 10 || !letters.is_empty(),
        };
    }
    // "Stap 3" and "Hoofdstuk 3" rise too, and are text.
    let label = words(&form) <= 2 || numbering(&form).is_some_and(|numbering| numbering.rest.is_empty());
    if label {
        PageNumbers::None
    } else {
        PageNumbers::InLine
    }
}

fn numbers(text: &str) -> Vec<u32> {
    let parts = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|part| !part.is_empty());
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// Nearly every number is a little higher than the one before.
fn rising(numbers: &[Vec<u32>], slot: usize) -> bool {
    let values: Vec<u32> = numbers.iter().filter_map(|row| row.get(slot).copied()).collect();
    let steps = values.iter().zip(values.iter().skip(1));
    let small = steps
        .filter(|(one, next)| next > one && **next - **one <= 10)
        .count();
    values.len() >= 3 && small * 10 >= (values.len() - 1) * 9
}

/// Most of its spots stand right beside what is already known to be furniture.
fn beside(group: &Group, furniture: &BTreeSet<usize>) -> i32 {
    let beside = group
        .spots
        .iter()
        .filter(|(first, last)| {
            first.checked_sub(1).is_some_and(|row| furniture.contains(&row))
                || furniture.contains(&(last + 1))
        })
        .count();
    i32::from(beside * 2 > group.spots.len())
}

/// Four lines the same again and again, or one line very often: a sign, but not enough alone.
fn recurring(group: &Group) -> i32 {
    i32::from(group.forms.len() >= 4 || group.spots.len() >= 8)
}

/// A bar that names the chapters (`H1 Inleiding H2 …`).
fn names_chapters(group: &Group) -> bool {
    let all = group.forms.join(" ");
    let named = all.match_indices("h0").filter(|(at, _)| {
        let behind = all.get(at + 2..).unwrap_or_default();
        !behind.starts_with(char::is_alphanumeric)
    });
    named.count() >= NAMED_CHAPTERS_MIN
}

/// Headings, items and rows recur in plans that are built by a pattern.
fn is_text_shaped(seen: &Seen, group: &Group) -> bool {
    group
        .spots
        .iter()
        .filter_map(|(first, _)| seen.row(*first))
        .all(|row| is_structured(&row.text))
}
