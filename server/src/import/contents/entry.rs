//! One line of a table of contents: `3. Opgaven ......... 14`, `[Opgaven](#opgaven)`, `| H3 Opgaven | 14 |`.

use crate::import::lines::{Line, bare, starts_small, without_bullet, without_tags};
use crate::import::numbering::{Label, Numbering, numbering};

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its line in the file.
    pub line: usize,
    /// Its text, without page number.
    pub text: String,
    /// Its title without number, in small letters, without punctuation.
    pub form: String,
    /// Its number.
    pub number: Option<Numbering>,
    /// 1 for chapters.
    pub depth: usize,
    /// How far it stands from the margin.
    pub indent: usize,
    page: Page,
}

/// How an entry says where to find its chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// A number behind dots, a tab, a bar, or spaces; or a link.
    Clear,
    /// A number behind one space.
    Weak,
    /// Not at all; an item of a list.
    Item,
    /// Not at all.
    None,
}

impl Entry {
    /// Reads a line as an entry; `None` when it has no letters.
    pub fn read(line: &Line) -> Option<Self> {
        let dressed = without_tags(&line.text);
        let linked = dressed.contains("](#");
        let indent = dressed
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count();
        let (text, page) = split_page(&dressed);
        let text = bare(&text.replace(['…', '|'], " "));
        let page = match page {
            _ if linked => Page::Clear,
            Page::None if without_bullet(&dressed) != dressed.as_str() => Page::Item,
            page => page,
        };
        if !text.chars().any(char::is_alphabetic) {
            return None;
        }
        let number = numbering(&text);
        Some(Self {
            line: line.number,
            form: plain_form(&text),
            text,
            number,
            depth: 1,
            indent,
            page,
        })
    }

    /// It says on which page its chapter starts.
    pub fn numbers_page(&self) -> bool {
        matches!(self.page, Page::Clear | Page::Weak)
    }

    /// It is an item of a list.
    pub fn is_item(&self) -> bool {
        self.page == Page::Item
    }

    /// It goes on where the line before broke off.
    pub fn starts_small(&self) -> bool {
        starts_small(&self.text)
    }

    /// Takes the second half of a broken entry.
    pub fn extend(&mut self, rest: &Self) {
        self.text = format!("{} {}", self.text, rest.text);
        self.form = plain_form(&self.text);
        self.page = rest.page;
    }

    /// How well a heading answers to the entry; 0 is not at all.
    pub fn answers(&self, heading: &str) -> u32 {
        let form = plain_form(heading);
        if form.is_empty() || self.form.is_empty() {
            return 0;
        }
        let found = numbering(&bare(heading));
        let numbers = (self.number.as_ref(), found.as_ref());
        let same_number =
            matches!(numbers, (Some(one), Some(other)) if one.parts == other.parts && kin(one, other));
        let other_number = matches!(numbers, (Some(one), Some(other)) if one.parts != other.parts);
        let words = shared_words(&self.form, &form);
        match (form == self.form, words) {
            _ if other_number => 0,
            (true, _) if same_number || numbers == (None, None) => 5,
            (_, 1..) if same_number => 4,
            (true, _) => 3,
            (_, 60..) => 2,
            _ if same_number
                && self
                    .number
                    .as_ref()
                    .is_some_and(|number| number.label != Label::Bare) =>
            {
                2
            }
            _ => 0,
        }
    }
}

/// `H1` and `Hoofdstuk 1` and `1.` are the same number; `Bijlage 1` is another.
fn kin(one: &Numbering, other: &Numbering) -> bool {
    let chapter = |number: &Numbering| matches!(number.label, Label::Chapter | Label::Bare);
    one.label == other.label || chapter(one) && chapter(other)
}

/// Percentage of the words of both that they share.
fn shared_words(one: &str, other: &str) -> usize {
    let one: std::collections::BTreeSet<&str> = one.split(' ').collect();
    let other: std::collections::BTreeSet<&str> = other.split(' ').collect();
    one.intersection(&other).count() * 100 / one.union(&other).count().max(1)
}

/// A title as two people might both write it: without number, small letters, only letters and digits.
pub fn plain_form(title: &str) -> String {
    let bare = bare(title);
    let rest = numbering(&bare)
        .map(|number| number.rest)
        .filter(|rest| !rest.is_empty())
        .unwrap_or(bare);
    let words = rest
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The text before the page number at the end of a line, and how clear it is that it is one.
fn split_page(text: &str) -> (&str, Page) {
    let text = text.trim_end_matches([' ', '\t', '|', '*', '_']);
    let before = text.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = text.len() - before.len();
    if digits == 0 || digits > 4 {
        return (text, Page::None);
    }
    let title = before.trim_end_matches([' ', '\t', '.', '…', '|', '·', '_', '*', '\u{a0}']);
    let gap = before.get(title.len()..).unwrap_or_default();
    let wide = gap.contains(['\t', '|', '…', '·'])
        || gap.contains("..")
        || gap.contains("  ")
        || gap.contains(". .");
    match gap {
        _ if title.is_empty() || gap.is_empty() => (text, Page::None),
        _ if wide => (title, Page::Clear),
        // "Hoofdstuk 3" ends in its own number.
        _ if numbering(&bare(text)).is_some_and(|number| number.rest.is_empty()) => (text, Page::None),
        " " => (title, Page::Weak),
        _ => (text, Page::None),
    }
}
