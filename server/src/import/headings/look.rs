//! What a title looks like when nothing marks it as one.

use crate::import::contents::Contents;
use crate::import::lines::{bare, ends_sentence, is_capitals, words};
use crate::import::named::named;
use crate::import::numbering::{Label, numbering};

/// Longer than this is no title.
const TITLE_WORDS_MAX: usize = 16;
/// Longer than this is no title unless something else says so.
const SHORT_TITLE_WORDS_MAX: usize = 8;
/// Letters of a title at most.
const TITLE_CHARS_MAX: usize = 140;

/// What makes a line look like a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// `Hoofdstuk 3. …`, `Bijlage A …`.
    Chapter,
    /// A name that parts of plans have.
    Named,
    /// The table of contents has it, this deep.
    Contents(usize),
    /// `3. …`, `3.1 …`: this deep.
    Number(usize),
    /// All capitals.
    Capitals,
    /// All bold.
    Bold,
    /// A short line.
    Short,
}

impl Look {
    /// Whether such a title may go over several lines.
    pub fn may_break(self) -> bool {
        matches!(self, Self::Chapter | Self::Contents(_) | Self::Capitals)
    }

    /// Whether such a title is sure enough to stand right above its text.
    pub fn may_stand_above(self) -> bool {
        matches!(
            self,
            Self::Chapter | Self::Named | Self::Contents(_) | Self::Number(_) | Self::Capitals
        )
    }

    /// Whether it is a title even where what follows starts small: capitals do so after a finished sentence.
    pub fn stands_firm(self, finished: bool) -> bool {
        self == Self::Chapter || finished && matches!(self, Self::Capitals | Self::Contents(_))
    }

    /// How deep a numbered title is.
    pub fn number_depth(self) -> Option<usize> {
        match self {
            Self::Number(depth) => Some(depth),
            _ => None,
        }
    }
}

/// The look of a text, dressed as in the file.
pub fn look(raw: &str, contents: Option<&Contents>) -> Option<Look> {
    let text = bare(raw);
    let title =
        text.chars().count() <= TITLE_CHARS_MAX && words(&text) <= TITLE_WORDS_MAX && words(&text) > 0;
    if !title || text.ends_with([',', ';']) || text.contains("://") {
        return None;
    }
    let number = numbering(&text);
    let sentence = ends_sentence(&text) && !text.ends_with('?');
    match &number {
        Some(number) if number.label != Label::Bare => {
            return (!sentence || number.rest.is_empty()).then_some(Look::Chapter);
        }
        _ if sentence => return None,
        _ if named(&text).is_some() => return Some(Look::Named),
        _ => {}
    }
    let bold = is_bold(raw);
    let strong = bold || number.is_some() || is_capitals(&text);
    let (answer, depth) = answered(&text, contents);
    if answer >= if strong { 2 } else { 3 } {
        return Some(Look::Contents(depth));
    }
    match number {
        Some(number) if number.rest.chars().next().is_some_and(char::is_uppercase) => {
            Some(Look::Number(number.depth()))
        }
        Some(_) => None,
        None if is_capitals(&text) && !text.starts_with('(') => Some(Look::Capitals),
        None if bold => Some(Look::Bold),
        None => is_short(&text).then_some(Look::Short),
    }
}

/// How well an entry of the table of contents answers, and how deep it is.
fn answered(text: &str, contents: Option<&Contents>) -> (u32, usize) {
    let entries = contents
        .map(|contents| contents.entries.as_slice())
        .unwrap_or_default();
    let answers = entries.iter().map(|entry| (entry.answers(text), entry.depth));
    answers
        .max_by_key(|(answer, depth)| (*answer, std::cmp::Reverse(*depth)))
        .unwrap_or_default()
}

fn is_bold(raw: &str) -> bool {
    let inner = raw
        .trim()
        .strip_prefix("**")
        .and_then(|raw| raw.strip_suffix("**"));
    inner.is_some_and(|inner| !inner.is_empty() && !inner.contains("**"))
}

fn is_short(text: &str) -> bool {
    let starts = text.chars().next().is_some_and(char::is_uppercase);
    let plain =
        !text.contains(['|', '@', '\t', '=']) && !text.ends_with(|letter: char| letter.is_ascii_digit());
    starts && plain && words(text) <= SHORT_TITLE_WORDS_MAX && !text.contains(". ") && !text.contains(": ")
}
