//! Letters into blocks: marks, line ends, words that were cut at a line end, bare addresses as links.

use std::collections::BTreeSet;

use schema::richtext::{Block, BlockKind, Link, Marks, Run};

use crate::import::lines::{ends_sentence, starts_small};

/// The marks of the letters that come, and the line end before them.
#[derive(Debug, Default)]
pub struct Letters {
    /// Open bold marks.
    pub strong: usize,
    /// Open italic marks.
    pub em: usize,
    pending: Option<Break>,
}

/// A line end inside a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    Soft,
    Hard,
}

/// The words of the file that have a hyphen inside: they keep it when a line end cuts them there.
#[derive(Debug, Default)]
pub struct Vocabulary {
    hyphened: BTreeSet<String>,
}

impl Vocabulary {
    /// The words of a text.
    pub fn of(text: &str) -> Self {
        let word = |word: &str| {
            word.trim_matches(|letter: char| !letter.is_alphanumeric())
                .to_lowercase()
        };
        let hyphened = text
            .split_whitespace()
            .filter(|text| text.contains('-'))
            .map(word);
        Self {
            hyphened: hyphened.filter(|word| word.contains('-')).collect(),
        }
    }

    /// What stands between the two halves of a text that a line end cut after a hyphen.
    fn hyphen(&self, before: &str, after: &str) -> Hyphen {
        const LOOSE: [&str; 9] = [
            "en",
            "of",
            "of/en",
            "en/of",
            "tot",
            "als",
            "dan",
            "noch",
            "respectievelijk",
        ];
        let letters = |text: &str| {
            text.chars()
                .rev()
                .take_while(|c| c.is_alphanumeric())
                .collect::<Vec<_>>()
        };
        let head: String = letters(before.trim_end_matches('-')).into_iter().rev().collect();
        let tail: String = after
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '/')
            .collect();
        let cut = before.ends_with('-') && !head.is_empty() && starts_small(after);
        if !cut || LOOSE.contains(&tail.as_str()) {
            Hyphen::Sentence
        } else if self.hyphened.contains(&format!("{head}-{tail}").to_lowercase()) {
            Hyphen::Keep
        } else {
            Hyphen::Drop
        }
    }
}

/// What becomes of a hyphen at a line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hyphen {
    /// Nothing was cut: a space.
    Sentence,
    /// The word has a hyphen of its own.
    Keep,
    /// The hyphen came from the line end.
    Drop,
}

impl Letters {
    /// A line end that means a space.
    pub fn soft_break(&mut self) {
        self.pending = self.pending.or(Some(Break::Soft));
    }

    /// A line end that was meant.
    pub fn hard_break(&mut self) {
        self.pending = Some(Break::Hard);
    }

    /// Forgets a line end at the end of a block.
    pub fn forget_break(&mut self) {
        self.pending = None;
    }

    /// Adds letters to a block.
    pub fn push(&mut self, block: &mut Block, text: &str, link: Option<Link>, vocabulary: &Vocabulary) {
        let marks = Marks {
            strong: self.strong > 0,
            em: self.em > 0,
            link,
        };
        if let Some(pending) = self.pending.take() {
            glue(block, text, pending == Break::Hard, vocabulary);
        }
        block.push(text, &marks);
    }
}

/// Puts between a block and what follows it what belongs there: a space, a line end, or nothing.
pub fn glue(block: &mut Block, after: &str, hard: bool, vocabulary: &Vocabulary) {
    let Some(before) = last_letters(block) else { return };
    let hyphen = vocabulary.hyphen(before, after);
    let ended = ends_sentence(before) || !starts_small(after);
    match hyphen {
        Hyphen::Keep => {}
        Hyphen::Drop => {
            if let Some(run) = block.content.last_mut() {
                run.text.pop();
            }
        }
        // A line end in the middle of a sentence is the page's, also where the file insists on it.
        Hyphen::Sentence if hard && ended => push_unmarked(block, "\n"),
        Hyphen::Sentence => push_unmarked(block, " "),
    }
}

/// The last run with letters: only the end of a block decides how it goes on.
pub fn last_letters(block: &Block) -> Option<&str> {
    block
        .content
        .iter()
        .rev()
        .map(|run| run.text.as_str())
        .find(|text| !text.trim_start().is_empty())
}

fn push_unmarked(block: &mut Block, text: &str) {
    match block.content.last_mut() {
        Some(run) if run.marks.link.is_none() => run.text.push_str(text),
        _ => block.push(text, &Marks::default()),
    }
}

/// A block that is complete: no space around it, addresses are links, a heading is not bold all over.
pub fn finish(block: &mut Block) {
    trim(block);
    let content = std::mem::take(&mut block.content);
    for run in content {
        linked(block, &run);
    }
    let bold = block
        .content
        .iter()
        .all(|run| run.marks.strong || run.text.trim().is_empty());
    if bold && matches!(block.kind, BlockKind::Heading(_)) {
        let content = std::mem::take(&mut block.content);
        for run in content {
            block.push(
                &run.text,
                &Marks {
                    strong: false,
                    ..run.marks
                },
            );
        }
    }
}

fn trim(block: &mut Block) {
    while let Some(run) = block.content.first_mut() {
        run.text = run.text.trim_start().to_owned();
        if !run.text.is_empty() {
            break;
        }
        block.content.remove(0);
    }
    while let Some(run) = block.content.last_mut() {
        run.text.truncate(run.text.trim_end().len());
        if !run.text.is_empty() {
            break;
        }
        block.content.pop();
    }
}

/// Adds a run, its bare addresses as links.
fn linked(block: &mut Block, run: &Run) {
    let mut rest = run.text.as_str();
    while let Some(at) = rest
        .find("https://")
        .or_else(|| rest.find("http://"))
        .filter(|_| run.marks.link.is_none())
    {
        let (before, from) = rest.split_at(at);
        let end = from
            .find(|letter: char| letter.is_whitespace() || "<>\"”“|".contains(letter))
            .unwrap_or(from.len());
        let address = from
            .get(..end)
            .unwrap_or_default()
            .trim_end_matches(['.', ',', ';', ':', ')', '\'', '’', '!', '?']);
        block.push(before, &run.marks);
        let link = Link::new(address, None).filter(|_| address.len() > "https://".len());
        block.push(
            address,
            &Marks {
                link,
                ..run.marks.clone()
            },
        );
        rest = from.get(address.len()..).unwrap_or_default();
    }
    block.push(rest, &run.marks);
}
