//! Groups of lines that recur together: a footer of one line, or a navigation bar of fifteen.

use std::collections::{BTreeMap, BTreeSet};

use crate::import::lines::{Line, form};

/// Fewer repeats than this say nothing about pages.
pub const REPEATS_MIN: usize = 3;

/// The lines that hold something, in order, each with what it shares with its repeats.
#[derive(Debug)]
pub struct Seen {
    rows: Vec<Row>,
}

/// A line that is not blank.
#[derive(Debug)]
pub struct Row {
    /// Index of the line in the file.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// What it shares with its repeats.
    pub form: String,
    /// A page begins here.
    pub opens_page: bool,
}

/// Lines that recur together.
#[derive(Debug)]
pub struct Group {
    /// Their forms, in order.
    pub forms: Vec<String>,
    /// Where they stand: first and last row.
    pub spots: Vec<(usize, usize)>,
}

impl Seen {
    /// The rows of a file.
    pub fn of(lines: &[Line]) -> Self {
        let mut rows = Vec::new();
        let mut opens_page = false;
        for (index, line) in lines.iter().enumerate() {
            opens_page |= line.opens_page;
            let form = form(&line.text);
            if !form.is_empty() {
                rows.push(Row {
                    line: index,
                    text: line.text.clone(),
                    form,
                    opens_page,
                });
                opens_page = false;
            }
        }
        Self { rows }
    }

    /// A row.
    pub fn row(&self, row: usize) -> Option<&Row> {
        self.rows.get(row)
    }

    /// All rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The index of a row's line in the file.
    pub fn line(&self, row: usize) -> Option<usize> {
        self.rows.get(row).map(|row| row.line)
    }

    /// The indexes of the lines of some rows.
    pub fn lines(&self, first: usize, last: usize) -> impl Iterator<Item = usize> {
        self.rows
            .get(first..=last)
            .unwrap_or_default()
            .iter()
            .map(|row| row.line)
    }

    /// The text of some rows, line by line.
    pub fn text(&self, lines: &[Line], first: usize, last: usize) -> String {
        let texts = self
            .lines(first, last)
            .filter_map(|line| lines.get(line))
            .map(|line| line.text.trim());
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// The groups of a file, in order of first appearance.
pub fn find(seen: &Seen) -> Vec<Group> {
    let places = places(seen);
    let chains = chains(&places, &followers(seen, &places));
    let mut group_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, chain) in chains.iter().enumerate() {
        group_of.extend(chain.iter().map(|form| (*form, index)));
    }
    let mut groups: Vec<Group> = chains
        .iter()
        .map(|chain| Group {
            forms: chain.iter().map(|form| (*form).to_owned()).collect(),
            spots: Vec::new(),
        })
        .collect();
    let mut row = 0;
    while let Some(current) = seen.row(row) {
        let mut last = row;
        if let Some(index) = group_of.get(current.form.as_str()) {
            last = end_of_spot(seen, &group_of, *index, row);
            if let Some(group) = groups.get_mut(*index)
                && (last - row + 1) * 2 >= group.forms.len()
            {
                group.spots.push((row, last));
            }
        }
        row = last + 1;
    }
    groups.retain(|group| group.spots.len() >= REPEATS_MIN);
    groups
}

/// Where each form that recurs stands.
fn places(seen: &Seen) -> BTreeMap<&str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, row) in seen.rows().iter().enumerate() {
        places.entry(row.form.as_str()).or_default().push(index);
    }
    places.retain(|_, rows| rows.len() >= REPEATS_MIN);
    places
}

/// For each recurring form the one that nearly always follows it.
fn followers<'a>(seen: &'a Seen, places: &BTreeMap<&'a str, Vec<usize>>) -> BTreeMap<&'a str, &'a str> {
    let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (one, next) in seen.rows().iter().zip(seen.rows().iter().skip(1)) {
        // The footer of one page and the header of the next are two things.
        let same_page = !next.opens_page;
        if same_page && places.contains_key(one.form.as_str()) && places.contains_key(next.form.as_str()) {
            *pairs.entry((&one.form, &next.form)).or_default() += 1;
        }
    }
    let count = |form: &str| places.get(form).map_or(0, Vec::len);
    pairs
        .into_iter()
        .filter(|((one, next), together)| one != next && together * 4 >= count(one).max(count(next)) * 3)
        .map(|(pair, _)| pair)
        .collect()
}

/// Recurring forms joined to those that follow them. Each form is in one chain.
fn chains<'a>(
    places: &BTreeMap<&'a str, Vec<usize>>,
    followers: &BTreeMap<&'a str, &'a str>,
) -> Vec<Vec<&'a str>> {
    let followed: BTreeSet<&str> = followers.values().copied().collect();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut heads: Vec<(&usize, &str)> = places
        .iter()
        .filter_map(|(form, rows)| Some((rows.first()?, *form)))
        .collect();
    // Heads of chains first; what is left then goes round in a ring and may be cut anywhere.
    heads.sort_by_key(|(row, form)| (followed.contains(form), **row));
    let mut chains = Vec::new();
    for (_, head) in heads {
        let mut chain = Vec::new();
        let mut next = Some(head);
        while let Some(form) = next.filter(|form| taken.insert(form)) {
            chain.push(form);
            next = followers.get(form).copied();
        }
        if !chain.is_empty() {
            chains.push(chain);
        }
    }
    chains
}

/// The last row of a spot: rows of the same group that follow each other, each form once.
fn end_of_spot(seen: &Seen, group_of: &BTreeMap<&str, usize>, group: usize, first: usize) -> usize {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut last = first;
    while let Some(row) = seen.row(last) {
        let same = group_of.get(row.form.as_str()) == Some(&group);
        if !same || !used.insert(&row.form) {
            return last - 1;
        }
        last += 1;
    }
    last - 1
}
