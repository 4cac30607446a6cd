//! Puts the steps through two texts together into lines and runs.

use super::{Difference, DifferenceLine, DifferenceRun, Fate, Mark, Step, Structure, StructureChange};
use crate::ids::Revision;
use crate::richtext::Marks;
use crate::text::history::blame::revision;
use crate::text::history::elements::{Content, Element, View};
use crate::text::history::line::Line;

/// The difference that the steps describe.
pub(in crate::text::history) fn build<A: PartialEq>(
    before: &View<'_>,
    after: &View<'_>,
    steps: impl IntoIterator<Item = Step>,
    author: impl Fn(Revision) -> A,
) -> Difference {
    let mut builder = Builder {
        before,
        after,
        author,
        difference: Difference::default(),
        looks: (before.looks(), after.looks()),
        marking: Vec::new(),
        seen: 0,
    };
    for step in steps {
        builder.step(step);
    }
    builder.close_line();
    let mut difference = builder.difference;
    for line in &mut difference.lines {
        note_split_or_join(line);
    }
    difference
}

struct Builder<'a, 'h, F> {
    before: &'a View<'h>,
    after: &'a View<'h>,
    author: F,
    difference: Difference,
    /// The marks of each format, before and after.
    looks: (Vec<Marks>, Vec<Marks>),
    /// Marks noted on the line that is open.
    marking: Vec<Marking>,
    /// Elements with words seen so far.
    seen: usize,
}

impl<A: PartialEq, F: Fn(Revision) -> A> Builder<'_, '_, F> {
    fn step(&mut self, step: Step) {
        let old = |at: usize| self.before.elements.get(at).copied();
        let new = |at: usize| self.after.elements.get(at).copied();
        match step {
            Step::Both { before, after } => {
                if let (Some(old), Some(new)) = (old(before), new(after)) {
                    self.both(&old, &new);
                }
            }
            Step::Untouched(at) => {
                if let Some(old) = old(at) {
                    self.untouched(&old);
                }
            }
            Step::Gone(at) => {
                if let Some(old) = old(at) {
                    self.gone(&old);
                }
            }
            Step::New(at) => {
                if let Some(new) = new(at) {
                    self.came(&new);
                }
            }
        }
    }

    fn both(&mut self, old: &Element, new: &Element) {
        if let (Content::Block(was), Content::Block(is)) = (old.content, new.content) {
            let (was, now) = (
                Line::read(self.before.block(was)),
                Line::read(self.after.block(is)),
            );
            let mut structure = Vec::new();
            if was != now {
                let by = self
                    .after
                    .history
                    .touched(is, (self.before.revision, self.after.revision));
                structure.push(StructureChange {
                    what: Structure::Style {
                        before: was.clone(),
                        after: now.clone(),
                    },
                    by: by.map(revision),
                });
            }
            return self.open(Some(was), Some(now), structure);
        }
        self.words(Fate::Same, new, true);
        let (was, is) = (self.look(false, old.format), self.look(true, new.format));
        if was != is {
            self.note_marks(&was, &is, new);
        }
    }

    fn untouched(&mut self, old: &Element) {
        match old.content {
            Content::Block(object) => {
                let line = Line::read(self.before.block(object));
                self.open(Some(line.clone()), Some(line), Vec::new());
            }
            _ => self.words(Fate::Same, old, false),
        }
    }

    fn gone(&mut self, old: &Element) {
        let by = self
            .before
            .history
            .ended_between(old.node, self.before.revision, self.after.revision)
            .map(revision);
        match old.content {
            Content::Block(object) => {
                self.open(Some(Line::read(self.before.block(object))), None, Vec::new());
                self.note_by(by);
            }
            _ => {
                *self.difference.deleted.entry(by).or_default() += 1;
                self.words(Fate::Deleted(by), old, false);
            }
        }
    }

    fn came(&mut self, new: &Element) {
        let by = revision(self.after.history.put_there(new));
        match new.content {
            Content::Block(object) => {
                self.open(None, Some(Line::read(self.after.block(object))), Vec::new());
                self.note_by(Some(by));
            }
            _ => {
                *self.difference.inserted.entry(by).or_default() += 1;
                self.words(Fate::Inserted(by), new, true);
            }
        }
    }

    fn open(&mut self, before: Option<Line>, after: Option<Line>, structure: Vec<StructureChange>) {
        self.close_line();
        self.difference.lines.push(DifferenceLine {
            before,
            after,
            runs: Vec::new(),
            structure,
        });
    }

    /// Who made or unmade the line just opened; what that was is settled when its words are known.
    fn note_by(&mut self, by: Option<Revision>) {
        if let Some(line) = self.difference.lines.last_mut() {
            let what = if line.after.is_some() {
                Structure::Split
            } else {
                Structure::Joined
            };
            line.structure.push(StructureChange { what, by });
        }
    }

    fn line(&mut self) -> &mut DifferenceLine {
        if self.difference.lines.is_empty() {
            self.open(Some(Line::default()), Some(Line::default()), Vec::new());
        }
        self.difference
            .lines
            .last_mut()
            .expect("a line was there or was just opened")
    }

    fn words(&mut self, fate: Fate, element: &Element, is_after: bool) {
        self.seen += 1;
        let run = DifferenceRun {
            fate,
            text: String::new(),
            marks: self.look(is_after, element.format),
            written: self.first_written(fate, element),
        };
        let last = self.difference.lines.last().and_then(|line| line.runs.last());
        let goes_on = last.is_some_and(|last| self.is_like(last, &run));
        let (view, written) = (if is_after { self.after } else { self.before }, run.written);
        let line = self.line();
        if !goes_on {
            line.runs.push(run);
        }
        if let Some(last) = line.runs.last_mut() {
            view.push_text(element, &mut last.text);
            last.fate = later(last.fate, fate);
            last.written = last.written.max(written);
        }
    }

    /// The revision in which another wrote what somebody brought back or took out.
    fn first_written(&self, fate: Fate, element: &Element) -> Option<Revision> {
        let (Fate::Inserted(by) | Fate::Deleted(Some(by))) = fate else {
            return None;
        };
        let written = revision(self.after.history.written(element));
        (!self.same_maker(written, by)).then_some(written)
    }

    fn is_like(&self, a: &DifferenceRun, b: &DifferenceRun) -> bool {
        let same_fate = match (a.fate, b.fate) {
            (Fate::Same, Fate::Same) => true,
            (Fate::Inserted(a), Fate::Inserted(b)) => self.same_maker(a, b),
            (Fate::Deleted(a), Fate::Deleted(b)) => self.same_makers(a, b),
            _ => false,
        };
        same_fate && a.marks == b.marks && self.same_makers(a.written, b.written)
    }

    fn note_marks(&mut self, was: &Marks, is: &Marks, new: &Element) {
        let mut text = String::new();
        self.after.push_text(new, &mut text);
        for (name, old, new_mark) in changed_marks(was, is) {
            let by = self.after.mark_revision(new.format, name).map(revision);
            let (removed, added) = (old.map(|mark| (mark, false)), new_mark.map(|mark| (mark, true)));
            for (mark, put_on) in removed.into_iter().chain(added) {
                self.note_mark(mark, put_on, &text, by);
            }
        }
    }

    /// Notes a mark on one element, together with the same mark on the words just before it.
    fn note_mark(&mut self, mark: Mark, put_on: bool, words: &str, by: Option<Revision>) {
        let seen = self.seen;
        let joined = self.marking.iter().position(|marking| {
            marking.put_on == put_on
                && marking.last + 1 == seen
                && marking.mark == mark
                && self.same_makers(marking.by, by)
        });
        if let Some(marking) = joined.and_then(|at| self.marking.get_mut(at)) {
            marking.last = seen;
            marking.text.push_str(words);
        } else {
            self.marking.push(Marking {
                mark,
                put_on,
                by,
                text: words.to_owned(),
                last: seen,
            });
        }
    }

    fn same_makers(&self, a: Option<Revision>, b: Option<Revision>) -> bool {
        a == b || a.zip(b).is_some_and(|(a, b)| self.same_maker(a, b))
    }

    fn same_maker(&self, a: Revision, b: Revision) -> bool {
        a == b || (self.author)(a) == (self.author)(b)
    }

    /// Moves the marks noted so far to the line they are on.
    fn close_line(&mut self) {
        let marking = std::mem::take(&mut self.marking);
        if let Some(line) = self.difference.lines.last_mut() {
            line.structure.extend(marking.into_iter().map(
                |Marking {
                     mark,
                     put_on,
                     by,
                     text,
                     ..
                 }| {
                    let what = if put_on {
                        Structure::MarkAdded { mark, text }
                    } else {
                        Structure::MarkRemoved { mark, text }
                    };
                    StructureChange { what, by }
                },
            ));
        }
    }

    fn look(&self, is_after: bool, format: u32) -> Marks {
        let looks = if is_after { &self.looks.1 } else { &self.looks.0 };
        looks.get(format as usize).cloned().unwrap_or_default()
    }
}

/// A mark put on or taken off words that may still go on.
struct Marking {
    mark: Mark,
    put_on: bool,
    by: Option<Revision>,
    text: String,
    /// The element it reached.
    last: usize,
}

/// A run keeps the latest revision of its author.
fn later(a: Fate, b: Fate) -> Fate {
    match (a, b) {
        (Fate::Inserted(a), Fate::Inserted(b)) => Fate::Inserted(a.max(b)),
        (Fate::Deleted(a), Fate::Deleted(b)) => Fate::Deleted(a.max(b)),
        (a, _) => a,
    }
}

/// The marks that differ: name, what it was, what it is.
fn changed_marks(was: &Marks, is: &Marks) -> Vec<(&'static str, Option<Mark>, Option<Mark>)> {
    let on = |on: bool, mark: Mark| on.then_some(mark);
    let mut changed = vec![
        (
            "strong",
            on(was.strong, Mark::Strong),
            on(is.strong, Mark::Strong),
        ),
        ("em", on(was.em, Mark::Em), on(is.em, Mark::Em)),
        (
            "link",
            was.link.clone().map(Mark::Link),
            is.link.clone().map(Mark::Link),
        ),
    ];
    changed.retain(|(_, was, is)| was != is);
    changed
}

/// What became of a line that came or went as a whole: split from or joined to words that stayed; a blank line of its own;
/// or nothing beside its words, which say who did it.
fn note_split_or_join(line: &mut DifferenceLine) {
    let stays = line.runs.iter().any(|run| run.fate == Fate::Same);
    let is_blank = line.runs.is_empty();
    line.structure.retain_mut(|change| {
        let blank = match change.what {
            Structure::Split => Structure::Added,
            Structure::Joined => Structure::Removed,
            _ => return true,
        };
        if is_blank {
            change.what = blank;
        }
        stays || is_blank
    });
}
