//! One Markdown text out of the lines that are left: headings marked, plain text made safe.
//!
//! Why it exists: only one reader of blocks is needed (`markdown`), and every block still knows its line in the file.

mod plain;

use std::collections::BTreeMap;

use super::headings::Guess;
use super::layout::Shape;
use super::lines::Line;
use super::report::Layout;
use plain::Plain;

/// A Markdown text and where its parts come from.
#[derive(Debug, Default)]
pub struct Source {
    /// The text.
    pub text: String,
    starts: Vec<(usize, usize)>,
}

impl Source {
    /// The line of the file that a place in the text comes from.
    pub fn line(&self, offset: usize) -> usize {
        let behind = self.starts.partition_point(|(start, _)| *start <= offset);
        behind
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .map_or(1, |(_, line)| *line)
    }

    /// Characters of the line of the text that a place ends.
    pub fn line_chars(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        before.get(start..).unwrap_or_default().trim().chars().count()
    }

    /// A title that may come from several lines: each of its words knows its own.
    fn push_title(&mut self, level: usize, lines: &[Line], dress: impl Fn(&str) -> String) {
        let first = lines.first().map_or(1, |line| line.number);
        self.push(first, "");
        self.starts.push((self.text.len(), first));
        self.text.push_str(&"#".repeat(level.min(6)));
        for line in lines {
            self.text.push(' ');
            self.starts.push((self.text.len(), line.number));
            self.text.push_str(&dress(line.text.trim()));
        }
        self.text.push('\n');
        self.push(first, "");
    }

    fn push(&mut self, line: usize, text: &str) {
        self.starts.push((self.text.len(), line));
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// Writes the lines as Markdown.
pub fn write(lines: &[Line], shape: Shape, guesses: &BTreeMap<usize, Guess>) -> Source {
    let mut source = Source::default();
    let mut plain = Plain::default();
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        if let Some(guess) = guesses.get(&index) {
            let title = lines.get(index..=guess.last).unwrap_or_default();
            let markup = shape.layout == Layout::Markdown;
            source.push_title(guess.level, title, |text| {
                if markup {
                    text.to_owned()
                } else {
                    plain::escaped(text)
                }
            });
            plain = Plain::default();
            index = guess.last + 1;
            continue;
        }
        match shape.layout {
            Layout::Markdown => source.push(line.number, &line_break_kept(line)),
            Layout::Paragraphs | Layout::Wrapped => {
                plain.write(line, &mut |text| source.push(line.number, text));
            }
        }
        index += 1;
    }
    source
}

/// Trailing spaces were cut off with the line end; in Markdown two of them mean a line break.
fn line_break_kept(line: &Line) -> String {
    if line.breaks {
        format!("{}  ", line.text)
    } else {
        line.text.clone()
    }
}
