//! Who wrote which words: a view as lines of runs, each run the work of one author.
//!
//! Words that a restore brought back, or that whoever took them out put back, belong to who wrote them first; the run
//! also says which revision brought them.

use super::elements::{Content, Element, View};
use super::line::Line;
use super::replay::TextHistory;
use crate::ids::Revision;
use crate::richtext::Marks;

/// One line and who wrote its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameLine {
    /// What the line is.
    pub line: Line,
    /// The revision that began the line; none for words before the first block marker.
    pub begun: Option<Revision>,
    /// Its words.
    pub runs: Vec<BlameRun>,
}

/// Words of one author with the same marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameRun {
    /// The words.
    pub text: String,
    /// How they look.
    pub marks: Marks,
    /// The last revision in which the author wrote some of them.
    pub written: Revision,
    /// The last revision in which another than the author brought some of them back.
    pub restored: Option<Revision>,
}

impl TextHistory {
    /// The first element that an element stands for: itself, unless it was put there to bring that one back.
    pub(super) fn origin(&self, node: u32) -> u32 {
        self.origins.get(&node).copied().unwrap_or(node)
    }

    /// Notes that a new element stands for an earlier one.
    pub(super) fn stands_for(&mut self, new: u32, old: u32) {
        let first = self.origin(old);
        self.origins.insert(new, first);
        self.newest.insert(first, new);
    }

    /// The revision in which the words of an element were first written.
    pub(super) fn written(&self, element: &Element) -> u32 {
        match self.origins.get(&element.node) {
            None => element.born,
            Some(origin) => self.born(*origin).unwrap_or(element.born),
        }
    }

    /// The revision in which somebody put an element there: wrote it, or brought it back. A new generation is nobody's.
    pub(super) fn put_there(&self, element: &Element) -> u32 {
        let brought = self.brought.get(&element.node).copied();
        brought.unwrap_or_else(|| self.written(element))
    }

    /// The revision that inserted an element.
    pub(super) fn born(&self, node: u32) -> Option<u32> {
        self.text_sequence()?
            .node(node)?
            .versions()
            .next()
            .map(|version| version.born)
    }
}

impl View<'_> {
    /// The text in lines and runs. `author` names who made a revision: runs of equal names are one.
    #[must_use]
    pub fn blame<A: PartialEq>(&self, author: impl Fn(Revision) -> A) -> Vec<BlameLine> {
        let same = |a: Revision, b: Revision| a == b || author(a) == author(b);
        let looks = self.looks();
        let mut lines: Vec<BlameLine> = Vec::new();
        for element in &self.elements {
            if let Content::Block(object) = element.content {
                let line = Line::read(self.block(object));
                lines.push(BlameLine {
                    line,
                    begun: Some(revision(self.history.written(element))),
                    runs: Vec::new(),
                });
                continue;
            }
            if lines.is_empty() {
                lines.push(BlameLine {
                    line: Line::default(),
                    begun: None,
                    runs: Vec::new(),
                });
            }
            let written = revision(self.history.written(element));
            let restored = self.history.brought.get(&element.node).copied().map(revision);
            let run = BlameRun {
                text: String::new(),
                marks: looks.get(element.format as usize).cloned().unwrap_or_default(),
                written,
                restored: restored.filter(|restored| !same(*restored, written)),
            };
            if let Some(line) = lines.last_mut() {
                self.push_text(element, &mut line.run_like(run, same).text);
            }
        }
        lines
    }

    /// The revision that wrote what stands at a UTF-16 position.
    #[must_use]
    pub fn written_at(&self, index: usize) -> Option<Revision> {
        self.element_covering(index)
            .map(|element| revision(self.history.written(element)))
    }
}

impl BlameLine {
    /// The last run if the same people wrote it and brought it back, in the same marks; else a new one.
    fn run_like(&mut self, run: BlameRun, same: impl Fn(Revision, Revision) -> bool) -> &mut BlameRun {
        let goes_on = self.runs.last().is_some_and(|last| {
            let same_restorer = match (last.restored, run.restored) {
                (None, None) => true,
                (Some(last), Some(run)) => same(last, run),
                _ => false,
            };
            same_restorer && same(last.written, run.written) && last.marks == run.marks
        });
        if !goes_on {
            self.runs.push(run);
        } else if let Some(last) = self.runs.last_mut() {
            last.written = last.written.max(run.written);
            last.restored = last.restored.max(run.restored);
        }
        self.runs.last_mut().expect("a run was there or was just pushed")
    }
}

/// The public form of a revision number.
pub(super) fn revision(number: u32) -> Revision {
    Revision(u64::from(number))
}
