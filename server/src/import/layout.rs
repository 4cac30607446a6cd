//! How the file was laid out: Markdown, a line per paragraph (Word), or lines broken at a width (PDF, mail).
//!
//! Why it exists: a line end means three different things in the three, and every later step has to know which.

use super::lines::{Line, heading_level};
use super::report::Layout;

/// Lines shorter than this say nothing about the width of a page.
const LONG_LINE_CHARS: usize = 40;
/// Wider than this no page breaks its lines.
const WIDTH_CHARS_MAX: usize = 160;
/// Fewer long lines than this say nothing.
const LONG_LINES_MIN: usize = 10;

/// How a file is laid out, and at which width its lines are broken, if they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How to read it.
    pub layout: Layout,
    /// Characters in a full line.
    pub width: Option<usize>,
}

/// Looks at all lines.
pub fn detect(lines: &[Line]) -> Shape {
    let width = width(lines);
    let layout = match width {
        _ if is_markdown(lines) => Layout::Markdown,
        Some(_) => Layout::Wrapped,
        None => Layout::Paragraphs,
    };
    Shape { layout, width }
}

/// Puts a blank line between lines that are paragraphs of their own.
pub fn spaced(lines: Vec<Line>, shape: Shape) -> Vec<Line> {
    if shape.layout != Layout::Paragraphs {
        return lines;
    }
    let blank = |number| Line {
        number,
        text: String::new(),
        opens_page: false,
        breaks: false,
    };
    lines
        .into_iter()
        .flat_map(|line| [blank(line.number), line])
        .collect()
}

fn is_markdown(lines: &[Line]) -> bool {
    let underlined = lines.iter().zip(lines.iter().skip(1)).any(|(title, rule)| {
        let rule = rule.text.trim();
        rule.len() >= 3 && !title.is_blank() && title.text.len() < 100 && rule.chars().all(|sign| sign == '=')
            || rule.len() >= 3
                && !title.is_blank()
                && title.text.len() < 60
                && rule.chars().all(|sign| sign == '-')
    });
    let headed = lines
        .iter()
        .any(|line| heading_level(&line.text).is_some_and(|level| level < line.text.trim().len()));
    let bold: usize = lines.iter().map(|line| line.text.matches("**").count()).sum();
    let linked = lines
        .iter()
        .any(|line| line.text.contains("](http") || line.text.contains("](#"));
    underlined || headed || linked || bold >= 2
}

fn width(lines: &[Line]) -> Option<usize> {
    let mut lengths: Vec<usize> = lines
        .iter()
        .map(|line| line.text.trim().chars().count())
        .filter(|length| *length >= LONG_LINE_CHARS)
        .collect();
    lengths.sort_unstable();
    let at = |share: usize| {
        lengths
            .get((lengths.len() * share / 100).min(lengths.len().saturating_sub(1)))
            .copied()
    };
    let (full, longest) = (at(90)?, at(98)?);
    let filled = lengths.iter().filter(|length| **length * 10 >= full * 7).count();
    (lengths.len() >= LONG_LINES_MIN && longest <= WIDTH_CHARS_MAX && filled * 2 >= lengths.len())
        .then_some(full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::lines::split;

    #[test]
    fn a_width_shows_in_long_lines_of_one_length() {
        let wrapped =
            "Dit is een regel van een alinea die op de gewone breedte is afgebroken\nen zo verder\n"
                .repeat(12);
        assert_eq!(detect(&split(&wrapped)).layout, Layout::Wrapped);
        let word = "Dit is een alinea. ".repeat(30) + "\nKop\n";
        assert_eq!(detect(&split(&word.repeat(12))).layout, Layout::Paragraphs);
        assert_eq!(detect(&split("Titel\n=====\n\ntekst")).layout, Layout::Markdown);
    }
}
