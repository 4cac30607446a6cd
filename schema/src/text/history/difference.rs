//! What changed between two revisions, line by line: words that came and went, lines that became something else,
//! marks put on and taken off, each with the revision that did it.
//!
//! Why it exists: the history page shows it as coloured text and says it in words, so structure and formatting are
//! typed facts here and sentences only in the interface. The preview of a restore is the same thing, from the text
//! as it is to the text as it would be.

mod build;
mod passing;

use std::collections::BTreeMap;

use super::align::{Pair, align};
use super::line::Line;
use super::replay::TextHistory;
use crate::ids::Revision;
use crate::richtext::{Link, Marks};
pub(super) use build::build;
use passing::passing;

/// The difference between two texts of one history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Every line of both texts in reading order.
    pub lines: Vec<DifferenceLine>,
    /// Letters that came, by the revision that wrote them or brought them back.
    pub inserted: BTreeMap<Revision, u32>,
    /// Letters that went, by the revision that deleted them; unknown for a look backwards.
    pub deleted: BTreeMap<Option<Revision>, u32>,
    /// Words that stand in neither text: one wrote them and another took them out in between, in reading order.
    pub passing: Vec<Passing>,
}

/// Words that came and went between the two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// The words.
    pub text: String,
    /// The last revision in which their author wrote some of them.
    pub written: Revision,
    /// The last revision in which somebody else deleted some of them.
    pub deleted: Revision,
}

/// One line of either text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DifferenceLine {
    /// What it was; none for a new line.
    pub before: Option<Line>,
    /// What it is; none for a line that went.
    pub after: Option<Line>,
    /// Its words.
    pub runs: Vec<DifferenceRun>,
    /// What changed that is not words.
    pub structure: Vec<StructureChange>,
}

/// Words with the same fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceRun {
    /// What happened to them.
    pub fate: Fate,
    /// The words.
    pub text: String,
    /// How they look; for words that went, how they looked.
    pub marks: Marks,
    /// For words that somebody brought back or took out: the last revision in which another wrote some of them.
    pub written: Option<Revision>,
}

/// What happened to some words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Same,
    /// They came, in that revision: were written then, or brought back.
    Inserted(Revision),
    /// They went, in that revision; unknown for a look backwards.
    Deleted(Option<Revision>),
}

/// A change that is not words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureChange {
    /// What changed.
    pub what: Structure,
    /// The revision that did it, where one can be named.
    pub by: Option<Revision>,
}

/// Kinds of changes that are not words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Structure {
    /// The line became something else.
    Style {
        /// What it was.
        before: Line,
        /// What it is.
        after: Line,
    },
    /// The line was split off from the one above.
    Split,
    /// The line was joined to the one above.
    Joined,
    /// The line came and has no words.
    Added,
    /// The line went and had no words.
    Removed,
    /// A mark was put on some words.
    MarkAdded {
        /// The mark.
        mark: Mark,
        /// The words.
        text: String,
    },
    /// A mark was taken off some words.
    MarkRemoved {
        /// The mark.
        mark: Mark,
        /// The words.
        text: String,
    },
}

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Bold.
    Strong,
    /// Italic.
    Em,
    /// A link.
    Link(Link),
}

impl DifferenceLine {
    /// Whether neither the line nor a word of it changed.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.before.is_some() == self.after.is_some()
            && self.structure.is_empty()
            && self.runs.iter().all(|run| run.fate == Fate::Same)
    }
}

impl Difference {
    /// Whether the two texts are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(DifferenceLine::is_same)
    }
}

impl TextHistory {
    /// The difference from the text after `before` to the text after `after`. `author` names who made a revision:
    /// words of equal names are one run.
    #[must_use]
    pub fn difference<A: PartialEq>(
        &self,
        before: Revision,
        after: Revision,
        author: impl Fn(Revision) -> A,
    ) -> Difference {
        let (before, after) = (self.view(before), self.view(after));
        let steps = align(&before, &after).into_iter().map(Step::from);
        let passing = passing(&before, &after, &author);
        Difference {
            passing,
            ..build(&before, &after, steps, author)
        }
    }
}

/// One step through two texts, for [`build`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// In both texts, with the marks and style of each.
    Both { before: usize, after: usize },
    /// In both texts exactly as it was.
    Untouched(usize),
    /// Only before.
    Gone(usize),
    /// Only after.
    New(usize),
}

impl From<Pair> for Step {
    fn from(pair: Pair) -> Self {
        match pair {
            Pair::Both { before, after } => Self::Both { before, after },
            Pair::Before(before) => Self::Gone(before),
            Pair::After(after) => Self::New(after),
        }
    }
}
