//! The lines of the file and what their shape tells: the questions every later step asks.
//!
//! Why it exists: a page header, a table of contents and a lost heading are all recognised by the look of a line,
//! not by what it says. These small functions are that look, in one place.

/// Fewer words with a full stop are a label or a slogan.
const SENTENCE_WORDS_MIN: usize = 4;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    /// Its text, without line end.
    pub text: String,
    /// A page break (`\f`) stands right before it.
    pub opens_page: bool,
    /// It ended in two spaces: a line break in Markdown.
    pub breaks: bool,
}

impl Line {
    /// Nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Lines that follow each other without a blank line: first and last index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Index of the first line.
    pub first: usize,
    /// Index of the last line.
    pub last: usize,
}

/// The lines of a text. A page break inside a line ends it.
pub fn split(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, row) in text.split('\n').enumerate() {
        for (part, text) in row.split('\u{c}').enumerate() {
            let (opens_page, breaks) = (part > 0, text.ends_with("  "));
            lines.push(Line {
                number: index + 1,
                text: text.trim_end().to_owned(),
                opens_page,
                breaks,
            });
        }
    }
    lines
}

/// The stretches of lines between blank lines.
pub fn stretches(lines: &[Line]) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        match found.last_mut() {
            _ if line.is_blank() => {}
            Some(stretch) if stretch.last + 1 == index => stretch.last = index,
            _ => found.push(Stretch {
                first: index,
                last: index,
            }),
        }
    }
    found
}

/// The text of some lines, joined by spaces.
pub fn joined(lines: &[Line], stretch: Stretch) -> String {
    let texts = lines.get(stretch.first..=stretch.last).unwrap_or_default().iter();
    texts.map(|line| line.text.trim()).collect::<Vec<_>>().join(" ")
}

/// A line without its dress: heading marks, list and quote marks, emphasis, tags, table bars, link targets.
pub fn bare(text: &str) -> String {
    let text = without_link_targets(&without_tags(text));
    let text = text
        .trim()
        .trim_start_matches(['#', '>', '|', ' ', '\t'])
        .trim_end_matches(['#', '|', ' ']);
    let text = without_bullet(text);
    let letters = text
        .chars()
        .filter(|letter| !matches!(letter, '*' | '`' | '\\' | '_'));
    letters
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What repeated lines have in common: bare, small letters, every number as `0`.
pub fn form(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    for letter in bare(text).chars() {
        if !letter.is_ascii_digit() {
            form.extend(letter.to_lowercase());
        } else if !form.ends_with('0') {
            form.push('0');
        }
    }
    form
}

/// The text behind a bullet, if the line starts with one.
pub fn without_bullet(text: &str) -> &str {
    let trimmed = text.trim_start();
    let mut letters = trimmed.chars();
    match letters.next() {
        Some(first) if is_bullet(first) && letters.as_str().starts_with([' ', '\t']) => {
            letters.as_str().trim_start()
        }
        _ => text,
    }
}

/// Signs that open an item of a list, in Markdown or in text taken from a PDF or Word.
pub fn is_bullet(letter: char) -> bool {
    const BULLETS: &str = "-*+•◦▪‣·●○■□➢➤►▶✓–—§\u{f0b7}\u{f0a7}";
    BULLETS.contains(letter)
}

/// Whether the line has a shape of its own in Markdown: heading, item, quote, table row.
pub fn is_structured(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with(['#', '>', '|']) || without_bullet(text).len() < text.len()
}

/// Whether the line is a Markdown heading (`# …`).
pub fn heading_level(text: &str) -> Option<usize> {
    let indent = text.len() - text.trim_start().len();
    let text = text.trim_start_matches(' ');
    let level = text.chars().take_while(|letter| *letter == '#').count();
    let rest = text.get(level..)?;
    (indent < 4 && (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t'])))
        .then_some(level)
}

/// Whether a text ends as a sentence does, closing quotes and brackets aside.
pub fn ends_sentence(text: &str) -> bool {
    let text = text
        .trim_end()
        .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '*', '_', ' ']);
    text.is_empty() || text.ends_with(['.', '!', '?', ':', ';', '…'])
}

/// Whether a text is a sentence of its own: some words and the sign that ends them.
pub fn is_sentence(text: &str) -> bool {
    let text = text
        .trim_end()
        .trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '*', '_', ' ']);
    words(text) >= SENTENCE_WORDS_MIN && text.ends_with(['.', '!', '?', '…'])
}

/// Whether a text goes on in small letters, as the second half of a sentence does.
pub fn starts_small(text: &str) -> bool {
    let text = text
        .trim_start()
        .trim_start_matches(['(', '*', '_', '\'', '‘', '“', '"']);
    text.chars().next().is_some_and(char::is_lowercase) && !opens_lettered_item(text)
}

/// `a) …`, `b. …`: an item, not the middle of a sentence.
pub fn opens_lettered_item(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|letter| letter.is_ascii_lowercase())
        && letters.next().is_some_and(|sign| matches!(sign, ')' | '.'))
        && letters.next().is_none_or(char::is_whitespace)
}

/// All its letters are capitals, and there are enough of them to mean it.
pub fn is_capitals(text: &str) -> bool {
    let mut capitals = 0;
    for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
        if letter.is_lowercase() {
            return false;
        }
        capitals += 1;
    }
    capitals >= 4
}

/// Words of a text: what stands between white space and has a letter or digit.
pub fn words(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

/// A text without HTML tags.
pub fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        out.push_str(before);
        match tag_len(tag) {
            Some(length) => rest = tag.get(length..).unwrap_or_default(),
            None => {
                out.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The bytes of the tag or comment at the start of `text`, if there is one.
pub fn tag_len(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| end + 3);
    }
    let name = text.strip_prefix('<')?;
    let name = name.strip_prefix('/').unwrap_or(name);
    let named = name
        .chars()
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic());
    let end = text.find('>')?;
    let inner = text.get(1..end)?;
    (named && end < 2_000 && !inner.contains(['<', '@']) && !inner.contains("://")
        || named && inner.starts_with("a ") && end < 2_000)
        .then_some(end + 1)
}

/// `[text](target)` as `text`.
fn without_link_targets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let (before, target) = rest.split_at(middle);
        let Some(end) = target.find(')') else { break };
        match before.rfind('[') {
            Some(open) => {
                out.push_str(before.get(..open).unwrap_or_default());
                out.push_str(before.get(open + 1..).unwrap_or_default());
            }
            None => out.push_str(before),
        }
        rest = target.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_undressed_is_what_a_person_reads() {
        assert_eq!(bare("## **3. Regio** in <b>beeld</b> ##"), "3. Regio in beeld");
        assert_eq!(bare("- [Inleiding](#inleiding)"), "Inleiding");
        assert_eq!(bare("| Voorwoord | 2 |"), "Voorwoord | 2");
        assert_eq!(form("Pagina 12 van 340"), "pagina 0 van 0");
        assert_eq!(bare("5 < 6 en x<y"), "5 < 6 en x<y");
    }

    #[test]
    fn the_middle_of_a_sentence_is_told_from_an_item() {
        assert!(starts_small("en (na)zorg"));
        assert!(starts_small("(verder) gaan"));
        assert!(!starts_small("a) eerst dit"));
        assert!(!starts_small("De zorg"));
        assert!(ends_sentence("Zo is het.’"));
        assert!(!ends_sentence("mensen die meer zorg nodig hebben,"));
    }

    #[test]
    fn a_page_break_opens_a_page() {
        let lines = split("een\n\u{c}twee\ndrie");
        assert_eq!(
            lines.iter().map(|line| line.opens_page).collect::<Vec<_>>(),
            [false, false, true, false]
        );
        assert_eq!(lines.last().unwrap().number, 3);
    }
}
