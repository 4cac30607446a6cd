//! The number in front of a title: `Hoofdstuk 3. Ambitie`, `H3 Ambitie`, `3 Ambitie`, `3.1 Doel`, `Bijlage B`.
//!
//! Why it exists: numbers are the strongest sign of structure that survives copying from Word or a PDF. A heading,
//! a table of contents and a list all carry them, each in its own way.

/// A number in front of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbering {
    /// The word before the number.
    pub label: Label,
    /// The number, part by part: `3.1` is `[3, 1]`.
    pub parts: Vec<u32>,
    /// What follows it.
    pub rest: String,
}

/// The word before the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// `Hoofdstuk 1`, `H1`, `Chapter 1`.
    Chapter,
    /// `Deel 1`, `Part 1`.
    Part,
    /// `Bijlage 1`, `Appendix A`.
    Appendix,
    /// No word.
    Bare,
}

impl Numbering {
    /// How deep the number goes: `3` is 1, `3.1` is 2.
    pub fn depth(&self) -> usize {
        self.parts.len()
    }

    /// The number of a chapter: one part, and a word that says so or none.
    pub fn chapter(&self) -> Option<u32> {
        match (self.label, self.parts.as_slice()) {
            (Label::Chapter | Label::Bare, [number]) => Some(*number),
            _ => None,
        }
    }
}

/// Reads the number in front of a bare title.
pub fn numbering(title: &str) -> Option<Numbering> {
    let title = title.trim();
    labelled(title)
        .or_else(|| short_label(title))
        .or_else(|| bare_number(title))
}

/// `Hoofdstuk 1. Titel`, `DEEL II – Titel`, `Bijlage A: Titel`.
fn labelled(title: &str) -> Option<Numbering> {
    let (word, rest) = title.split_once(char::is_whitespace)?;
    let label = match word.to_lowercase().as_str() {
        "hoofdstuk" | "chapter" | "hfdst." => Label::Chapter,
        "deel" | "part" => Label::Part,
        "bijlage" | "appendix" => Label::Appendix,
        _ => return None,
    };
    let rest = rest.trim_start();
    let end = rest
        .find(|letter: char| !letter.is_alphanumeric() && letter != '.')
        .unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    let parts = parts(number.trim_end_matches('.')).or_else(|| spelled(number).map(|number| vec![number]))?;
    Some(Numbering {
        label,
        parts,
        rest: after_separator(rest).to_owned(),
    })
}

/// `H1 Titel`, `H1. Titel`.
fn short_label(title: &str) -> Option<Numbering> {
    let rest = title.strip_prefix(['H', 'h'])?;
    let end = rest
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    let separated = rest.is_empty() || rest.starts_with([' ', '.', ':', '\t']);
    let parts = parts(number).filter(|_| separated)?;
    Some(Numbering {
        label: Label::Chapter,
        parts,
        rest: after_separator(rest).to_owned(),
    })
}

/// `1. Titel`, `1 Titel`, `1.2 Titel`, `IV. Titel`.
fn bare_number(title: &str) -> Option<Numbering> {
    let end = title
        .find(|letter: char| letter.is_whitespace() || matches!(letter, ')' | ':'))
        .unwrap_or(title.len());
    let (number, rest) = title.split_at(end);
    let dotted = number.ends_with('.') || rest.starts_with([')', ':']);
    let digits = number.trim_end_matches('.');
    let parts = if digits
        .chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.')
    {
        parts(digits)?
    } else {
        vec![roman(digits).filter(|_| dotted)?]
    };
    let rest = after_separator(rest);
    // "1 op de 5 inwoners" opens a sentence, not a chapter.
    let titled = dotted || parts.len() > 1 || rest.chars().next().is_some_and(char::is_uppercase);
    let small = parts.iter().all(|part| *part < 100);
    (titled && small).then(|| Numbering {
        label: Label::Bare,
        parts,
        rest: rest.to_owned(),
    })
}

fn parts(number: &str) -> Option<Vec<u32>> {
    if number.is_empty() || number.len() > 12 {
        return None;
    }
    number.split('.').map(|part| part.parse().ok()).collect()
}

fn after_separator(rest: &str) -> &str {
    rest.trim_start_matches(|letter: char| letter.is_whitespace() || ".:)|–—-".contains(letter))
}

/// `een`, `II`, `B`.
fn spelled(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf",
    ];
    let word = word.trim_end_matches('.');
    let named = NAMES
        .iter()
        .zip(1..)
        .find(|(name, _)| word.replace('é', "e").to_lowercase() == **name);
    let letter = || match word.chars().collect::<Vec<_>>().as_slice() {
        [letter] if letter.is_ascii_uppercase() => Some(u32::from(*letter) - u32::from('A') + 1),
        _ => None,
    };
    named
        .map(|(_, number)| number)
        .or_else(|| roman(word))
        .or_else(letter)
}

/// Roman numbers to 39.
fn roman(word: &str) -> Option<u32> {
    const TENS: [&str; 4] = ["", "X", "XX", "XXX"];
    const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    let numbers = TENS.iter().zip(0..).flat_map(|(tens, ten)| {
        ONES.iter()
            .zip(0..)
            .map(move |(ones, one)| (format!("{tens}{ones}"), ten * 10 + one))
    });
    numbers
        .skip(1)
        .find(|(name, _)| name == word)
        .map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(title: &str) -> Option<(Label, Vec<u32>, String)> {
        numbering(title).map(|found| (found.label, found.parts, found.rest))
    }

    #[test]
    fn the_ways_people_number_chapters() {
        let cases = [
            ("Hoofdstuk 1. Inleiding", Label::Chapter, vec![1], "Inleiding"),
            ("HOOFDSTUK 12 – De regio", Label::Chapter, vec![12], "De regio"),
            ("Hoofdstuk drie: Samen", Label::Chapter, vec![3], "Samen"),
            ("Hoofdstuk IV", Label::Chapter, vec![4], ""),
            ("H2 Regiobeeld", Label::Chapter, vec![2], "Regiobeeld"),
            ("3. Opgaven", Label::Bare, vec![3], "Opgaven"),
            ("3 Opgaven", Label::Bare, vec![3], "Opgaven"),
            ("3.1 Doel", Label::Bare, vec![3, 1], "Doel"),
            ("II. Opgaven", Label::Bare, vec![2], "Opgaven"),
            ("Deel A: Waar we staan", Label::Part, vec![1], "Waar we staan"),
            ("Bijlage B - Begroting", Label::Appendix, vec![2], "Begroting"),
        ];
        for (title, label, parts, rest) in cases {
            assert_eq!(read(title), Some((label, parts, rest.to_owned())), "{title}");
        }
    }

    #[test]
    fn sentences_and_years_are_no_chapters() {
        for text in [
            "1 op de 5 inwoners",
            "2024 Planning",
            "Huis 3",
            "Deelnemers 3",
            "Ik ga.",
            "H20-test",
            "",
            "...",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
