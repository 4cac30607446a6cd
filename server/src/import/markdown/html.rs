//! The little HTML that converters leave in Markdown: its text is kept, bold, italic and links too.

use std::ops::Range;

use schema::richtext::BlockKind;

use super::Reader;
use super::letters::last_letters;
use crate::import::lines::tag_len;
use crate::import::report::{FurnitureKind, Unsure};

impl Reader<'_> {
    /// Tags and the text between them.
    pub(super) fn html(&mut self, html: &str, range: Range<usize>) {
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            let (before, tag) = rest.split_at(open);
            self.html_text(before, range.clone());
            let length = tag_len(tag).unwrap_or(1);
            let (tag, behind) = tag.split_at(length);
            match length {
                1 => self.html_text(tag, range.clone()),
                _ => self.tag(tag, range.clone()),
            }
            rest = behind;
        }
        self.html_text(rest, range);
    }

    fn html_text(&mut self, text: &str, range: Range<usize>) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.letters.soft_break();
            }
            if !line.trim().is_empty() {
                self.push(&unescaped(line), range.clone());
            }
        }
    }

    fn tag(&mut self, tag: &str, range: Range<usize>) {
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        let (ends, inner) = inner
            .strip_prefix('/')
            .map_or((false, inner), |inner| (true, inner));
        let name = inner
            .split(|letter: char| !letter.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let step = |count: usize| if ends { count.saturating_sub(1) } else { count + 1 };
        match name.as_str() {
            _ if tag.starts_with("<!--") => self.leave_out(FurnitureKind::Comment, range.start, tag),
            "b" | "strong" => self.letters.strong = step(self.letters.strong),
            "i" | "em" => self.letters.em = step(self.letters.em),
            "br" => self.letters.hard_break(),
            "sup" => self.superscript(ends, range),
            "a" if ends => self.unlink(),
            "a" => self.link(&attribute(inner, "href"), "", false),
            "img" => {
                let (line, target) = (self.source.line(range.start), attribute(inner, "src"));
                self.read.unsure.push(Unsure::ImageLeftOut { line, target });
                self.html_text(&attribute(inner, "alt"), range);
            }
            "td" | "th" if ends => {}
            "td" | "th" if self.current.is_some() => self.push(" | ", range),
            "p" | "div" | "li" | "tr" | "table" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
                if self.html_block =>
            {
                self.close();
            }
            _ => {}
        }
    }

    /// A raised number refers to a footnote: `tekst[3]`; at the start of a paragraph it is the footnote's own.
    fn superscript(&mut self, ends: bool, range: Range<usize>) {
        let letters = self
            .current
            .as_ref()
            .and_then(|(piece, _)| last_letters(&piece.block))
            .unwrap_or_default();
        let number = letters.rsplit_once('[').map(|(_, number)| number.to_owned());
        if !ends && !letters.is_empty() {
            self.push("[", range);
        } else if let Some(number) = number.filter(|number| ends && !number.contains(']')) {
            self.push("]", range);
            self.refer(&number);
        } else if !ends && self.current.is_none() {
            self.begin(BlockKind::Paragraph, None, range.start);
        }
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag
        .split_once(&format!("{name}="))
        .map(|(_, value)| value)
        .unwrap_or_default();
    let quote = value.chars().next().filter(|sign| matches!(sign, '"' | '\''));
    let value = match quote {
        Some(quote) => value.trim_start_matches(quote).split(quote).next(),
        None => value.split_whitespace().next(),
    };
    unescaped(value.unwrap_or_default())
}

fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let known = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    known
        .iter()
        .fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}
