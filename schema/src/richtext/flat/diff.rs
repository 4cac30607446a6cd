//! The smallest flat change between two rows of blocks: whole blocks are aligned first, then words, then letters.

use std::ops::Range;

use super::super::model::{Block, Marks};
use super::super::spans::{FlatText, MarkName};
use super::align::{self, Shared};
use super::units::{Unit, What, units, words};
use super::{FlatOp, marker_of, same_marker};

/// What makes `new` of a text. `new` must be in normal form and hold at least one block.
#[must_use]
pub fn diff(old: &FlatText, new: &[Block]) -> Vec<FlatOp> {
    diff_range(old, 0..old.blocks.len(), new)
}

/// What makes `new` of the blocks `range` of a text, and leaves all others alone.
#[must_use]
pub fn diff_range(old: &FlatText, range: Range<usize>, new: &[Block]) -> Vec<FlatOp> {
    let all = 0..old.blocks.len();
    if old.headless && range == (0..0) && !new.is_empty() {
        // The first block has no marker: what comes before it takes its place, and it becomes a block of its own.
        let new: Vec<Block> = new.iter().chain(old.blocks.first()).cloned().collect();
        return diff_range(old, 0..1, &new);
    }
    if old.utf16_len() == 0 && range == (1..1) && !new.is_empty() {
        // A first block without marker and letters is only there as long as nothing else is.
        let new: Vec<Block> = old.blocks.iter().chain(new).cloned().collect();
        return diff_range(old, all, &new);
    }
    let blocks = old.blocks.get(range.clone()).unwrap_or_default();
    let mut at = old
        .blocks
        .iter()
        .take(range.start)
        .map(|block| block.utf16_len() + 1)
        .sum::<usize>();
    at -= usize::from(old.headless && range.start > 0);
    let mut starts = Vec::with_capacity(blocks.len() + 1);
    for (index, block) in blocks.iter().enumerate() {
        starts.push(at);
        at += block.utf16_len() + usize::from(!(old.headless && range.start + index == 0));
    }
    starts.push(at);
    let headless = old.headless && range.start == 0;
    let first = new.first().filter(|first| same_marker(first, &Block::default()));
    let alone = new.len() == 1 && range == all;
    let bare = headless && first.is_some_and(|first| alone || first.utf16_len() > 0);
    Differ {
        old: blocks,
        new,
        starts,
        headless,
        bare,
        writer: Writer::default(),
    }
    .run()
}

struct Differ<'a> {
    old: &'a [Block],
    new: &'a [Block],
    /// Flat position of every old block, and of what follows them.
    starts: Vec<usize>,
    /// The first old block has no marker.
    headless: bool,
    /// The first new block, in the place of that one, needs none either.
    bare: bool,
    writer: Writer<'a>,
}

impl<'a> Differ<'a> {
    fn run(mut self) -> Vec<FlatOp> {
        let texts = |blocks: &[Block]| blocks.iter().map(Block::text).collect::<Vec<String>>();
        let (old_texts, new_texts) = (texts(self.old), texts(self.new));
        let same = |a: usize, b: usize| {
            let pair = self.old.get(a).zip(self.new.get(b));
            // A block without a marker can only stay the first.
            let first = a > 0 || !self.headless || (b == 0 && self.bare);
            first && pair.is_some_and(|(a, b)| same_marker(a, b)) && old_texts.get(a) == new_texts.get(b)
        };
        let runs = align::shared(self.old.len(), self.new.len(), same).unwrap_or_default();
        for (gap, run) in gaps(&runs, (self.old.len(), self.new.len())) {
            self.gap(gap);
            for step in 0..run.len {
                self.same_text(run.old + step, run.new + step);
            }
        }
        self.writer.finish()
    }

    /// Equal marker, equal letters: only marks can differ.
    fn same_text(&mut self, old: usize, new: usize) {
        let (Some(a), Some(b)) = (self.old.get(old), self.new.get(new)) else {
            return;
        };
        if a.content != b.content {
            let (a, b) = (
                self.old_units(old..old + 1),
                self.new_units(new..new + 1, old == 0),
            );
            a.iter().zip(&b).for_each(|(a, b)| self.writer.retain(a, b));
        }
    }

    fn old_units(&self, range: Range<usize>) -> Vec<Unit<'a>> {
        let place = (
            range.start,
            self.starts.get(range.start).copied().unwrap_or_default(),
        );
        let headless = self.headless && range.start == 0;
        units(self.old.get(range).unwrap_or_default(), place, headless)
    }

    /// The units of new blocks; `at_start` says that they take the place of the first old block.
    fn new_units(&self, range: Range<usize>, at_start: bool) -> Vec<Unit<'a>> {
        let bare = self.bare && at_start && range.start == 0;
        units(
            self.new.get(range.clone()).unwrap_or_default(),
            (range.start, 0),
            bare,
        )
    }

    fn gap(&mut self, (old, new): Gap) {
        let at = self.starts.get(old.start).copied().unwrap_or_default();
        let at_start = old.start == 0 && !old.is_empty();
        let (a, b) = (self.old_units(old.clone()), self.new_units(new.clone(), at_start));
        match shared_units(&a, &b) {
            Some(runs) => self.write(&a, &b, &runs, at),
            // Too different to align as one: block by block, the rest as new.
            None if old.len() > 1 && new.len() > 1 => {
                let pairs = old.len().min(new.len()) - 1;
                for step in 0..pairs {
                    self.gap((
                        old.start + step..old.start + step + 1,
                        new.start + step..new.start + step + 1,
                    ));
                }
                self.gap((old.start + pairs..old.end, new.start + pairs..new.end));
            }
            None => self.write(&a, &b, &[], at),
        }
    }

    fn write(&mut self, a: &[Unit<'a>], b: &[Unit<'a>], runs: &[Shared], mut at: usize) {
        for ((old, new), run) in gaps(runs, (a.len(), b.len())) {
            let (removed, added) = (a.get(old).unwrap_or_default(), b.get(new).unwrap_or_default());
            self.writer.replace(removed, added, at);
            at = removed.last().map_or(at, Unit::end);
            let kept = a.iter().skip(run.old).zip(b.iter().skip(run.new)).take(run.len);
            for (old, new) in kept {
                self.writer.retain(old, new);
                at = old.end();
            }
        }
    }
}

/// A stretch of the old row and the stretch of the new row in its place.
type Gap = (Range<usize>, Range<usize>);

/// What lies between shared runs, each with the run after it (the last one with an empty run at the end).
fn gaps(runs: &[Shared], (old_len, new_len): (usize, usize)) -> Vec<(Gap, Shared)> {
    let end = Shared {
        old: old_len,
        new: new_len,
        len: 0,
    };
    let (mut old, mut new) = (0, 0);
    let mut found = Vec::with_capacity(runs.len() + 1);
    for run in runs.iter().chain([&end]) {
        found.push(((old..run.old, new..run.new), *run));
        (old, new) = (run.old + run.len, run.new + run.len);
    }
    found
}

/// Runs of units that stay: common ends by the letter, the inside by the word, what is left by the letter again.
fn shared_units(a: &[Unit<'_>], b: &[Unit<'_>]) -> Option<Vec<Shared>> {
    let shortest = a.len().min(b.len());
    let head = a.iter().zip(b).take_while(|(a, b)| a.same(b)).count();
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(shortest - head)
        .take_while(|(a, b)| a.same(b))
        .count();
    let inner_a = a.get(head..a.len() - tail).unwrap_or_default();
    let inner_b = b.get(head..b.len() - tail).unwrap_or_default();
    let mut runs = vec![Shared {
        old: 0,
        new: 0,
        len: head,
    }];
    for run in shared_words(inner_a, inner_b)? {
        runs.push(Shared {
            old: run.old + head,
            new: run.new + head,
            len: run.len,
        });
    }
    runs.push(Shared {
        old: a.len() - tail,
        new: b.len() - tail,
        len: tail,
    });
    runs.retain(|run| run.len > 0);
    Some(runs)
}

fn shared_words(a: &[Unit<'_>], b: &[Unit<'_>]) -> Option<Vec<Shared>> {
    let (words_a, words_b) = (words(a), words(b));
    let word = |row: &[Range<usize>], at: usize| row.get(at).cloned().unwrap_or_default();
    let same = |x: usize, y: usize| {
        let (x, y) = (
            a.get(word(&words_a, x)).unwrap_or_default(),
            b.get(word(&words_b, y)).unwrap_or_default(),
        );
        x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.same(y))
    };
    let found = align::shared(words_a.len(), words_b.len(), same)?;
    let as_units = found.iter().map(|run| {
        let (old, new) = (word(&words_a, run.old).start, word(&words_b, run.new).start);
        Shared {
            old,
            new,
            len: word(&words_a, run.old + run.len - 1).end - old,
        }
    });
    let mut by_word: Vec<Shared> = as_units.collect();
    let longest = a.len().max(b.len());
    if longest > PASSAGE_UTF16_MIN {
        by_word.retain(|run| a.iter().skip(run.old).take(run.len).any(Unit::is_word));
        if by_word.iter().map(|run| run.len * SHARED_PART_MIN).sum::<usize>() < longest {
            by_word.clear();
        }
    }
    let mut runs = Vec::new();
    for ((old, new), run) in gaps(&by_word, (a.len(), b.len())) {
        runs.extend(shared_ends(a, b, old, new));
        runs.push(run);
    }
    Some(runs)
}

/// From this length on a change is judged as a passage and not word by word.
const PASSAGE_UTF16_MIN: usize = 120;

/// Two passages that share less than one letter in so many are two passages: stray words in common do not make
/// the one a version of the other.
const SHARED_PART_MIN: usize = 4;

/// The common letters at both ends of two words that differ.
fn shared_ends(a: &[Unit<'_>], b: &[Unit<'_>], old: Range<usize>, new: Range<usize>) -> [Shared; 2] {
    let (x, y) = (
        a.get(old.clone()).unwrap_or_default(),
        b.get(new.clone()).unwrap_or_default(),
    );
    let head = x.iter().zip(y).take_while(|(x, y)| x.same(y)).count();
    let room = x.len().min(y.len()) - head;
    let tail = x
        .iter()
        .rev()
        .zip(y.iter().rev())
        .take(room)
        .take_while(|(x, y)| x.same(y))
        .count();
    [
        Shared {
            old: old.start,
            new: new.start,
            len: head,
        },
        Shared {
            old: old.end - tail,
            new: new.end - tail,
            len: tail,
        },
    ]
}

/// Collects operations in ascending order, and the letters that stay, for their marks.
#[derive(Default)]
struct Writer<'a> {
    ops: Vec<FlatOp>,
    kept: Vec<Kept<'a>>,
}

/// Letters that stay and may change their marks.
struct Kept<'a> {
    range: Range<usize>,
    blocks: (usize, usize),
    from: &'a Marks,
    to: &'a Marks,
}

impl<'a> Writer<'a> {
    fn retain(&mut self, old: &Unit<'a>, new: &Unit<'a>) {
        let (What::Letter(_, from), What::Letter(_, to)) = (old.what, new.what) else {
            return;
        };
        let blocks = (old.block, new.block);
        match self.kept.last_mut() {
            Some(last)
                if last.range.end == old.at
                    && last.blocks == blocks
                    && last.from == from
                    && last.to == to =>
            {
                last.range.end = old.end();
            }
            _ => self.kept.push(Kept {
                range: old.at..old.end(),
                blocks,
                from,
                to,
            }),
        }
    }

    /// Replaces units by others at flat position `at`; markers on both sides are paired and changed in place.
    fn replace(&mut self, removed: &[Unit<'a>], added: &[Unit<'a>], at: usize) {
        let is_marker = |unit: &Unit<'_>| matches!(unit.what, What::Marker(_));
        let mut old = removed.chunk_by(|_, next| !is_marker(next)).peekable();
        let mut new = added.chunk_by(|_, next| !is_marker(next)).peekable();
        let leading = |first: Option<&&[Unit<'_>]>| {
            first
                .and_then(|row| row.first())
                .is_some_and(|unit| !is_marker(unit))
        };
        let (old_leads, new_leads) = (leading(old.peek()), leading(new.peek()));
        if old_leads || new_leads {
            let from = if old_leads {
                old.next().unwrap_or_default()
            } else {
                &[]
            };
            self.letters(
                from,
                if new_leads {
                    new.next().unwrap_or_default()
                } else {
                    &[]
                },
                at,
            );
        }
        let end = removed.last().map_or(at, Unit::end);
        loop {
            match (old.next(), new.next()) {
                (None, None) => break,
                (Some([marker, letters @ ..]), Some([wanted, added @ ..])) => {
                    self.update(marker, wanted);
                    self.letters(letters, added, marker.end());
                }
                (Some([marker, letters @ ..]), _) => {
                    self.ops.push(FlatOp::DeleteBlock { at: marker.at });
                    self.letters(letters, &[], marker.end());
                }
                (_, Some([wanted, added @ ..])) => {
                    if let What::Marker(block) = wanted.what {
                        self.ops.push(FlatOp::InsertBlock {
                            at: end,
                            block: marker_of(block),
                        });
                    }
                    self.letters(&[], added, end);
                }
                (_, Some([])) | (Some([]), _) => {}
            }
        }
    }

    fn update(&mut self, old: &Unit<'a>, new: &Unit<'a>) {
        if let (What::Marker(from), What::Marker(to)) = (old.what, new.what)
            && !same_marker(from, to)
        {
            self.ops.push(FlatOp::UpdateBlock {
                at: old.at,
                from: marker_of(from),
                to: marker_of(to),
            });
        }
    }

    fn letters(&mut self, removed: &[Unit<'a>], added: &[Unit<'a>], at: usize) {
        for row in added.chunk_by(|a, b| marks_of(a) == marks_of(b)) {
            let text = row.iter().filter_map(|unit| match unit.what {
                What::Letter(letter, _) => Some(letter),
                What::Marker(_) => None,
            });
            let marks = row.first().and_then(marks_of).cloned().unwrap_or_default();
            self.ops.push(FlatOp::InsertText {
                at,
                text: text.collect(),
                marks,
            });
        }
        if let (Some(first), Some(last)) = (removed.first(), removed.last()) {
            self.ops.push(FlatOp::DeleteText {
                at: first.at,
                len: last.end() - first.at,
            });
        }
    }

    /// The operations: marks first, as they move nothing.
    fn finish(self) -> Vec<FlatOp> {
        let mut ops = Vec::new();
        for name in MarkName::ALL {
            ops.extend(mark_ops(name, &self.kept));
        }
        ops.extend(self.ops);
        ops
    }
}

fn marks_of<'a>(unit: &Unit<'a>) -> Option<&'a Marks> {
    match unit.what {
        What::Letter(_, marks) => Some(marks),
        What::Marker(_) => None,
    }
}

/// The changes of one mark: one per stretch of a block, across letters that go away anyway.
fn mark_ops(name: MarkName, kept: &[Kept<'_>]) -> Vec<FlatOp> {
    let mut ops: Vec<FlatOp> = Vec::new();
    let mut growing = None;
    for piece in kept {
        let wanted = name.value_in(piece.to);
        let changes = name.value_in(piece.from) != wanted;
        match ops.last_mut() {
            Some(FlatOp::Mark { end, value, .. })
                if changes && growing == Some(piece.blocks) && *value == wanted =>
            {
                *end = piece.range.end;
            }
            _ if changes => {
                ops.push(FlatOp::Mark {
                    start: piece.range.start,
                    end: piece.range.end,
                    name,
                    value: wanted,
                });
            }
            _ => {}
        }
        growing = changes.then_some(piece.blocks);
    }
    ops
}
