//! Plain text as Markdown: its bullets and numbers become lists, everything else is escaped.

use crate::import::lines::{Line, is_bullet, opens_lettered_item, without_bullet};

/// Where in the lists of a plain text the reader is.
#[derive(Debug, Default)]
pub struct Plain {
    /// Open lists: how far they stand from the margin, and their sign.
    open: Vec<(usize, char)>,
    /// The line before was blank (or there was none).
    after_text: bool,
    after_item: bool,
}

impl Plain {
    /// Writes one line.
    pub fn write(&mut self, line: &Line, push: &mut dyn FnMut(&str)) {
        let text = line.text.trim();
        if text.is_empty() {
            self.after_text = false;
            push("");
            return;
        }
        let indent = line
            .text
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count();
        if let Some((sign, rest)) = self.bullet(text) {
            self.open_list(indent, sign);
            push(&format!("{}- {}", self.margin(), escaped(rest)));
            self.after_item = true;
        } else if let Some((number, rest)) = numbered(text).filter(|(number, _)| self.counts(number)) {
            self.open_list(indent, '1');
            push(&format!("{}{number} {}", self.margin(), escaped(rest)));
            self.after_item = true;
        } else {
            self.paragraph(text, push);
        }
        self.after_text = true;
    }

    fn paragraph(&mut self, text: &str, push: &mut dyn FnMut(&str)) {
        if !self.after_text {
            self.open.clear();
            self.after_item = false;
        }
        let own = opens_lettered_item(text) || is_row(text);
        if own {
            push("");
        }
        match text.strip_prefix("> ") {
            Some(quote) => push(&format!("> {}", escaped(quote))),
            None => push(&escaped(text)),
        }
        if own {
            push("");
        }
    }

    /// The sign and the text of an item. A lone `o` is a sign only inside a list.
    fn bullet<'a>(&self, text: &'a str) -> Option<(char, &'a str)> {
        let sign = text.chars().next()?;
        let rest = without_bullet(text);
        match text.strip_prefix("o ") {
            Some(rest) if !self.open.is_empty() => Some(('o', rest.trim_start())),
            _ if is_bullet(sign) && rest.len() < text.len() && !rest.is_empty() => Some((sign, rest)),
            _ => None,
        }
    }

    /// In the middle of a paragraph only 1 may open a list.
    fn counts(&self, number: &str) -> bool {
        !self.after_text || self.after_item || number.starts_with("1.") || number.starts_with("1)")
    }

    fn open_list(&mut self, indent: usize, sign: char) {
        while self.open.last().is_some_and(|(open, _)| *open > indent) {
            self.open.pop();
        }
        if let Some(at) = self
            .open
            .iter()
            .position(|(open, known)| *open == indent && *known == sign)
        {
            self.open.truncate(at + 1);
        } else {
            self.open.push((indent, sign));
        }
    }

    fn margin(&self) -> String {
        "    ".repeat(self.open.len().saturating_sub(1).min(4))
    }
}

/// `12. text`, `3) text`.
fn numbered(text: &str) -> Option<(&str, &str)> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .filter(|digits| (1..=3).contains(digits))?;
    let (number, rest) = text.split_at_checked(digits + 1)?;
    (number.ends_with(['.', ')']) && rest.starts_with([' ', '\t'])).then(|| (number, rest.trim_start()))
}

/// Cells apart by tabs or wide gaps: a row that must not run into the next.
fn is_row(text: &str) -> bool {
    text.contains('\t') || text.contains("   ")
}

/// A text in which nothing means anything to Markdown.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    for (index, letter) in text.chars().enumerate() {
        let opens =
            index == 0 && matches!(letter, '+' | '-' | '=') || index == digits && matches!(letter, '.' | ')');
        if opens || "\\`*_[]<>#&|~!$".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
