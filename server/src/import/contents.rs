//! The table of contents of the file itself: what its makers say the chapters are.
//!
//! Why it exists: it is the best witness there is. It also is no text of the plan: the chapters take its place, so
//! it is left out and listed in the report.

mod entry;

use std::collections::BTreeMap;

use super::lines::{Line, bare, heading_level, joined, stretches, without_bullet, words};
use super::report::{Furniture, FurnitureKind, Spot};
pub use entry::{Entry, plain_form};

/// Entries that make a table of contents when it has a title.
const ENTRIES_MIN: usize = 2;
/// Entries that make one when it has none.
const UNTITLED_ENTRIES_MIN: usize = 4;
/// What goes on for longer is no table of contents.
const ENTRIES_MAX: usize = 400;
/// Places where a row of entries without a title is looked for.
const STARTS_MAX: usize = 100;
/// An entry is never longer.
const ENTRY_CHARS_MAX: usize = 140;

/// A table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What it names, in order.
    pub entries: Vec<Entry>,
    /// Index of its first line (its title, if it has one).
    pub first: usize,
    /// Index of its last line.
    pub last: usize,
}

impl Contents {
    /// As the report lists it.
    pub fn furniture(&self, lines: &[Line]) -> Option<Furniture> {
        let rows = lines.get(self.first..=self.last)?;
        let text = rows
            .iter()
            .map(|line| line.text.trim())
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>();
        let spot = Spot {
            first_line: rows.first()?.number,
            last_line: rows.last()?.number,
            text: text.join("\n"),
        };
        Some(Furniture {
            kind: FurnitureKind::Contents,
            text: spot.text.clone(),
            spots: vec![spot],
        })
    }
}

/// Finds the table of contents: under its title, else as a row of entries near the start.
pub fn find(lines: &[Line]) -> Option<Contents> {
    let titles = Titles::of(lines);
    let titled = lines.iter().enumerate().filter(|(_, line)| is_title(&line.text));
    titled
        .take(STARTS_MAX)
        .filter_map(|(index, _)| {
            read(lines, &titles, index + 1).map(|found| Contents {
                first: index,
                ..found
            })
        })
        .find(|found| found.entries.len() >= ENTRIES_MIN && (titles.answer(found) || found.numbers_pages()))
        .or_else(|| untitled(lines, &titles))
}

/// A row of entries without a title of its own, in the first tenth of the file.
fn untitled(lines: &[Line], titles: &Titles) -> Option<Contents> {
    let near = lines.len() / 10 + 40;
    let starts = lines
        .iter()
        .enumerate()
        .take(near)
        .filter(|(_, line)| !line.is_blank());
    starts
        .filter(|(_, line)| Entry::read(line).is_some_and(|entry| entry.numbers_page() || entry.is_item()))
        .take(STARTS_MAX)
        .filter_map(|(index, _)| read(lines, titles, index))
        .find(|found| {
            let items = found
                .entries
                .iter()
                .all(|entry| entry.is_item() || entry.numbers_page());
            items && found.entries.len() >= UNTITLED_ENTRIES_MIN && titles.answer(found)
        })
}

impl Contents {
    fn numbers_pages(&self) -> bool {
        self.entries.iter().filter(|entry| entry.numbers_page()).count() * 3 >= self.entries.len() * 2
    }
}

fn is_title(text: &str) -> bool {
    const TITLES: [&str; 6] = [
        "inhoud",
        "inhoudsopgave",
        "inhoudsoverzicht",
        "inhoudstafel",
        "table of contents",
        "contents",
    ];
    text.len() < 60 && TITLES.contains(&bare(text).trim_end_matches(':').to_lowercase().as_str())
}

/// Reads entries from a line on, until something else comes.
fn read(lines: &[Line], titles: &Titles, first: usize) -> Option<Contents> {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut rows = lines
        .iter()
        .enumerate()
        .skip(first)
        .filter(|(_, line)| !line.is_blank())
        .peekable();
    while let Some((index, line)) = rows.next() {
        let goes_on = rows.peek().and_then(|(_, next)| Entry::read(next));
        let goes_on = goes_on.is_some_and(|next| next.starts_small() && next.numbers_page());
        let Some(entry) = next_entry(line, &entries, goes_on).filter(|_| entries.len() < ENTRIES_MAX) else {
            break;
        };
        if continues(&entries, &entry) {
            join_last(&mut entries, index, &entry);
        } else {
            entries.push((index, entry));
        }
    }
    // Without page numbers the last entries may be the first lines of the text.
    while let Some((_, entry)) = entries.last() {
        if entry.numbers_page() || titles.later(&entry.form, entry.line) {
            break;
        }
        entries.pop();
    }
    let last = entries.last()?.0;
    // It may name itself.
    let others = entries
        .into_iter()
        .map(|(_, entry)| entry)
        .filter(|entry| !is_title(&entry.text));
    Some(Contents {
        first,
        last,
        entries: depths(others.collect()),
    })
}

/// The line as the next entry, unless the table of contents ends before it. `goes_on`: its second half follows.
fn next_entry(line: &Line, entries: &[(usize, Entry)], goes_on: bool) -> Option<Entry> {
    let heading = heading_level(&line.text).is_some();
    let entry =
        Entry::read(line).filter(|entry| !heading && entry.text.chars().count() <= ENTRY_CHARS_MAX)?;
    let repeated = entries
        .iter()
        .any(|(_, known)| known.form == entry.form && !entry.numbers_page());
    let paged = entries.len() >= 2 && entries.iter().all(|(_, known)| known.numbers_page());
    let short = words(&entry.text) <= 12 && !entry.text.ends_with(['.', ';', ',', ':']);
    let fits = entry.numbers_page() || short && (!paged || goes_on);
    (fits && !repeated).then_some(entry)
}

/// A long entry goes on on the next line: the first half has no page number, the second has and starts small.
fn continues(entries: &[(usize, Entry)], entry: &Entry) -> bool {
    entry.starts_small()
        && entries
            .last()
            .is_some_and(|(_, last)| !last.numbers_page() || !entry.numbers_page())
}

fn join_last(entries: &mut [(usize, Entry)], index: usize, entry: &Entry) {
    if let Some((at, last)) = entries.last_mut() {
        *at = index;
        last.extend(entry);
    }
}

/// Depth by number (`2.1`), else by indentation.
fn depths(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut indents: Vec<usize> = entries.iter().map(|entry| entry.indent).collect();
    indents.sort_unstable();
    indents.dedup();
    for entry in &mut entries {
        let by_indent = indents
            .iter()
            .position(|indent| *indent == entry.indent)
            .unwrap_or_default()
            + 1;
        entry.depth = entry
            .number
            .as_ref()
            .map_or(by_indent, super::numbering::Numbering::depth);
    }
    entries
}

/// What stands alone in the file, and where: single lines, and short stretches of lines.
struct Titles {
    last_line: BTreeMap<String, usize>,
}

impl Titles {
    fn of(lines: &[Line]) -> Self {
        let mut last_line = BTreeMap::new();
        for line in lines.iter().filter(|line| line.text.len() <= ENTRY_CHARS_MAX) {
            last_line.insert(plain_form(without_bullet(&line.text)), line.number);
        }
        for stretch in stretches(lines)
            .into_iter()
            .filter(|stretch| (1..4).contains(&(stretch.last - stretch.first)))
        {
            if let Some(line) = lines.get(stretch.first) {
                last_line.insert(plain_form(&joined(lines, stretch)), line.number);
            }
        }
        Self { last_line }
    }

    /// Whether a title stands further on in the file.
    fn later(&self, form: &str, line: usize) -> bool {
        self.last_line.get(form).is_some_and(|last| *last > line)
    }

    /// Whether at least half of the entries do.
    fn answer(&self, contents: &Contents) -> bool {
        let end = contents.entries.last().map_or(0, |entry| entry.line);
        let found = contents
            .entries
            .iter()
            .filter(|entry| self.later(&entry.form, end))
            .count();
        found * 2 >= contents.entries.len()
    }
}

#[cfg(test)]
mod tests;
