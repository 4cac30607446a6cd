//! Page furniture: running headers, footers, page numbers and navigation bars that a PDF leaves in the text.
//!
//! Why it exists: they cut sentences in half and would come back on every "page" of a chapter that has no pages.
//!
//! How: lines that recur are joined into groups (lines that always follow each other), and each group must show
//! that it belongs to the page and not to the text (see [`evidence`]). A recurring label such as "Doel" or
//! "Voorlopers" recurs just as often but never stands in the middle of a sentence or at the edge of a page; what is
//! not proved stays in the text and is named in the report.

mod evidence;
mod groups;

use std::collections::BTreeSet;

use super::lines::{Line, bare, heading_level, joined, words};
use super::report::{Furniture, FurnitureKind, Spot, Unsure};
use evidence::{Neighbours, Verdict};
use groups::Group;

/// Lines of pages take no larger part of a file's words than one in this many; where they seem to, it was the text that
/// recurs. Page numbers alone do not count.
const WORDS_SHARE: usize = 3;
/// A text repeated this often without proof that it is furniture is named in the report.
const REPEATS_NAMED_MIN: usize = 5;

/// What was recognised.
#[derive(Debug, Default)]
pub struct Found {
    /// Indexes of the lines that are furniture.
    pub lines: BTreeSet<usize>,
    /// The same, as the report lists it.
    pub furniture: Vec<Furniture>,
    /// Repeated lines that were kept.
    pub unsure: Vec<Unsure>,
}

/// Finds the furniture among the lines of a file.
pub fn find(lines: &[Line]) -> Found {
    let seen = groups::Seen::of(lines);
    let groups = groups::find(&seen);
    let neighbours = Neighbours::of(&seen, &groups);
    let mut furniture: BTreeSet<usize> = BTreeSet::new();
    let mut verdicts: Vec<Verdict> = vec![Verdict::Text; groups.len()];
    // What stands beside furniture is judged again in the light of it, until nothing changes.
    for _round in 0..4 {
        let before = furniture.len();
        for (group, verdict) in groups.iter().zip(&mut verdicts) {
            if *verdict == Verdict::Text {
                *verdict = evidence::judge(&seen, &neighbours, group, &furniture);
            }
            if let Verdict::Furniture(_) = verdict {
                furniture.extend(group.spots.iter().flat_map(|(first, last)| *first..=*last));
            }
        }
        if furniture.len() == before {
            break;
        }
    }
    keep_the_text(&seen, &groups, &mut verdicts);
    report(lines, &seen, &groups, &verdicts)
}

/// Takes back verdicts, those with most words first, until furniture is no larger part of the file than it can be.
fn keep_the_text(seen: &groups::Seen, groups: &[Group], verdicts: &mut [Verdict]) {
    let all: usize = seen.rows().iter().map(|row| words(&row.text)).sum();
    let size = |group: &Group| -> usize {
        let rows = group.spots.iter().flat_map(|(first, last)| *first..=*last);
        rows.filter_map(|row| seen.row(row))
            .map(|row| words(&row.text))
            .sum()
    };
    let counted = |verdict: &Verdict| match verdict {
        Verdict::Furniture(FurnitureKind::PageNumber) | Verdict::Text => false,
        Verdict::Furniture(_) => true,
    };
    let mut sizes: Vec<(usize, usize)> = groups
        .iter()
        .zip(&*verdicts)
        .enumerate()
        .filter(|(_, (_, verdict))| counted(verdict))
        .map(|(index, (group, _))| (size(group), index))
        .collect();
    sizes.sort_unstable();
    let mut taken: usize = sizes.iter().map(|(size, _)| size).sum();
    while let Some((size, index)) = sizes.pop().filter(|_| taken * WORDS_SHARE > all) {
        taken -= size;
        if let Some(verdict) = verdicts.get_mut(index) {
            *verdict = Verdict::Text;
        }
    }
}

fn report(lines: &[Line], seen: &groups::Seen, groups: &[Group], verdicts: &[Verdict]) -> Found {
    let mut found = Found::default();
    for (group, verdict) in groups.iter().zip(verdicts) {
        match verdict {
            Verdict::Furniture(kind) => {
                found.lines.extend(
                    group
                        .spots
                        .iter()
                        .flat_map(|(first, last)| seen.lines(*first, *last)),
                );
                found.furniture.extend(list(lines, seen, group, *kind));
            }
            Verdict::Text if group.spots.len() >= REPEATS_NAMED_MIN => {
                found.unsure.extend(named(lines, seen, group));
            }
            Verdict::Text => {}
        }
    }
    found
}

/// The group as the report lists it: its text once, and every place.
fn list(lines: &[Line], seen: &groups::Seen, group: &Group, kind: FurnitureKind) -> Option<Furniture> {
    let spots: Vec<Spot> = group
        .spots
        .iter()
        .filter_map(|(first, last)| {
            let (from, to) = (lines.get(seen.line(*first)?)?, lines.get(seen.line(*last)?)?);
            Some(Spot {
                first_line: from.number,
                last_line: to.number,
                text: seen.text(lines, *first, *last),
            })
        })
        .collect();
    let text = spots.first()?.text.clone();
    Some(Furniture { kind, text, spots })
}

fn named(lines: &[Line], seen: &groups::Seen, group: &Group) -> Option<Unsure> {
    let first = seen.line(group.spots.first()?.0)?;
    let line = lines.get(first)?;
    // A heading or an item that recurs is how many plans are built, and a row is data: nothing to ask about.
    let plain = heading_level(&line.text).is_none() && !super::lines::is_structured(&line.text);
    plain.then(|| Unsure::RepeatedTextKept {
        line: line.number,
        text: bare(&joined(lines, super::lines::Stretch { first, last: first })),
        times: group.spots.len(),
    })
}
