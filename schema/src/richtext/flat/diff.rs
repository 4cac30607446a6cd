//! The smallest flat change between two rows of blocks: whole blocks are aligned first, then words, then letters.

use std::cmp::Ordering;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::super::model::Block;
use super::super::spans::FlatText;
use super::align::{self, Shared};
use super::borders;
use super::units::{Unit, units, words};
use super::writer::Writer;
use super::{FlatOp, known, marker_of, same_marker};

/// What makes `new` of a text. `new` must be in normal form and hold at least one block.
#[must_use]
pub fn diff(old: &FlatText, new: &[Block]) -> Vec<FlatOp> {
    diff_range(old, 0..old.blocks.len(), new)
}

/// How much of a text's stretch stayed at both its ends, in UTF-16 units with one for every block's marker.
///
/// Why it exists: whether the first or the second of two equal letters is the new one, two texts cannot say. Who
/// typed it can, and authorship depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// From the start on.
    pub head: usize,
    /// Up to the end.
    pub tail: usize,
    /// All that lies between was touched, as one: a word in the place of another is whoever's put it there.
    #[serde(default)]
    pub whole: bool,
}

/// As [`diff_range`], where whoever made the change says what stayed; what is not true of the two is not believed.
#[must_use]
pub fn diff_kept(old: &FlatText, range: Range<usize>, new: &[Block], kept: Option<Kept>) -> Vec<FlatOp> {
    diff_in(old, range, new, kept)
}

/// As [`diff_range`], where it is known of each unit whether it stayed: undo takes one text away and gives another one back, and
/// where both have a word or a full stop the one that comes back is the one that went. `stayed` are the stretches that stand in
/// both, counted from the start of the range in UTF-16 units with one for every block; what is not true is not believed.
#[must_use]
pub fn diff_stayed(old: &FlatText, range: Range<usize>, new: &[Block], stayed: &[Shared]) -> Vec<FlatOp> {
    match with_first_block(old, range.clone(), new) {
        Some((range, new)) => diff_range(old, range, &new),
        None => Differ::new(old, range, new).run_known(stayed),
    }
}

/// What makes `new` of the blocks `range` of a text, and leaves all others alone.
#[must_use]
pub fn diff_range(old: &FlatText, range: Range<usize>, new: &[Block]) -> Vec<FlatOp> {
    diff_in(old, range, new, None)
}

fn diff_in(old: &FlatText, range: Range<usize>, new: &[Block], kept: Option<Kept>) -> Vec<FlatOp> {
    match with_first_block(old, range.clone(), new) {
        Some((range, new)) => Differ::new(old, range, &new).run(None),
        None => Differ::new(old, range, new).run(kept),
    }
}

/// What comes before or behind a first block without marker changes that one too: the range and the blocks with it.
fn with_first_block(
    old: &FlatText,
    range: Range<usize>,
    new: &[Block],
) -> Option<(Range<usize>, Vec<Block>)> {
    if old.headless && range == (0..0) && !new.is_empty() {
        // What comes before it takes its place, and it becomes a block of its own.
        return Some((0..1, new.iter().chain(old.blocks.first()).cloned().collect()));
    }
    if old.utf16_len() == 0 && range == (1..1) && !new.is_empty() {
        // Without letters it is only there as long as nothing else is.
        return Some((
            0..old.blocks.len(),
            old.blocks.iter().chain(new).cloned().collect(),
        ));
    }
    None
}

/// What happened between two states of a text, marker for marker: where the one has a first marker and the other
/// has none, that is an operation too. For moving positions, see [`super::rebase`].
#[must_use]
pub fn between(old: &FlatText, new: &FlatText) -> Vec<FlatOp> {
    let mut ops = diff(old, &new.blocks);
    let (grown, shrunk) = ops
        .iter()
        .map(FlatOp::growth)
        .fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    let inserts_first = |op: &&FlatOp| match op {
        FlatOp::InsertText { at, .. } | FlatOp::InsertBlock { at, .. } => *at == 0,
        FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => true,
        FlatOp::DeleteText { .. } | FlatOp::DeleteBlock { .. } => false,
    };
    match (old.utf16_len() + grown - shrunk).cmp(&new.utf16_len()) {
        Ordering::Less => {
            let block = new.blocks.first().map(marker_of).unwrap_or_default();
            ops.insert(0, FlatOp::InsertBlock { at: 0, block });
        }
        Ordering::Greater => {
            let at = ops.iter().take_while(inserts_first).count();
            ops.insert(at, FlatOp::DeleteBlock { at: 0 });
        }
        Ordering::Equal => {}
    }
    ops
}

impl Kept {
    /// Both ends as numbers of units, if they are the same in both rows and do not overlap.
    fn counts(self, a: &[Unit<'_>], b: &[Unit<'_>]) -> Option<(usize, usize)> {
        let head = same_length(a.iter().zip(b), self.head)?;
        let tail = same_length(a.iter().rev().zip(b.iter().rev()), self.tail)?;
        (head + tail <= a.len().min(b.len())).then_some((head, tail))
    }
}

/// How many pairs, all of them the same, make up a length in UTF-16 units.
fn same_length<'r, 'u: 'r>(
    pairs: impl Iterator<Item = (&'r Unit<'u>, &'r Unit<'u>)>,
    length: usize,
) -> Option<usize> {
    let (mut count, mut left) = (0, length);
    for (a, b) in pairs {
        if left == 0 {
            break;
        }
        left = left.checked_sub(a.end() - a.at).filter(|_| a.same(b))?;
        count += 1;
    }
    (left == 0).then_some(count)
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
    fn new(old: &'a FlatText, range: Range<usize>, new: &'a [Block]) -> Self {
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
        let alone = new.len() == 1 && range == (0..old.blocks.len());
        let bare = headless && first.is_some_and(|first| alone || first.utf16_len() > 0);
        Self {
            old: blocks,
            new,
            starts,
            headless,
            bare,
            writer: Writer::default(),
        }
    }

    fn run(mut self, kept: Option<Kept>) -> Vec<FlatOp> {
        if kept.is_some_and(|kept| self.between_kept(kept)) {
            return self.writer.finish();
        }
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

    /// Writes the change where it is known of each unit whether it stayed.
    fn run_known(mut self, stayed: &[Shared]) -> Vec<FlatOp> {
        let (a, b) = (
            self.old_units(0..self.old.len()),
            self.new_units(0..self.new.len(), !self.old.is_empty()),
        );
        let at = self.starts.first().copied().unwrap_or_default();
        // A first block without marker is told with one.
        let (more, new_more) = (usize::from(self.headless), usize::from(self.bare));
        let counted = stayed.iter().filter_map(|run| {
            let skipped = more.saturating_sub(run.old).max(new_more.saturating_sub(run.new));
            Some(Shared {
                old: (run.old + skipped).checked_sub(more)? + at,
                new: (run.new + skipped).checked_sub(new_more)?,
                len: run.len.checked_sub(skipped)?,
            })
        });
        let runs = known::with_kinds(&a, &b, &counted.collect::<Vec<Shared>>());
        self.write(&a, &b, &runs, at);
        self.writer.finish()
    }

    /// Writes the change between what is said to have stayed; `false`, with nothing written, where that is not true
    /// or where whole blocks came in the place of others.
    fn between_kept(&mut self, kept: Kept) -> bool {
        let (a, b) = (
            self.old_units(0..self.old.len()),
            self.new_units(0..self.new.len(), !self.old.is_empty()),
        );
        // A first block without marker is one unit shorter here than told.
        let headless = usize::from(self.headless && self.bare);
        let head = kept.head.saturating_sub(headless);
        let Some((head, tail)) = (Kept { head, ..kept }).counts(&a, &b) else {
            return false;
        };
        let inner_a = a.get(head..a.len() - tail).unwrap_or_default();
        let inner_b = b.get(head..b.len() - tail).unwrap_or_default();
        let one_sided = inner_a.is_empty() || inner_b.is_empty();
        if !one_sided && inner_a.iter().chain(inner_b).any(Unit::is_marker) {
            return false;
        }
        let grain = if kept.whole { Grain::Words } else { Grain::Letters };
        let Some(runs) = runs_between(&a, &b, (head, tail), grain) else {
            return false;
        };
        let at = self.starts.first().copied().unwrap_or_default();
        self.write(&a, &b, &runs, at);
        true
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
pub(super) type Gap = (Range<usize>, Range<usize>);

/// What lies between shared runs, each with the run after it (the last one with an empty run at the end).
pub(super) fn gaps(runs: &[Shared], (old_len, new_len): (usize, usize)) -> Vec<(Gap, Shared)> {
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

/// Runs of units that stay: what only came or only went by the letter, all else by the word and only then by the letter.
fn shared_units(a: &[Unit<'_>], b: &[Unit<'_>]) -> Option<Vec<Shared>> {
    let (head, tail) = common_ends(a, b);
    let ends = match a.len().cmp(&b.len()) {
        Ordering::Less if head + tail == a.len() => borders::slid(b, (head, tail)),
        Ordering::Greater if head + tail == b.len() => borders::slid(a, (head, tail)),
        _ => borders::whole_words((a, b), (head, tail)),
    };
    runs_between(a, b, ends, Grain::Letters)
}

/// How much of a word that was replaced by another version of it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grain {
    /// Of two texts: the letters that both have.
    Letters,
    /// Of an edit that is known: a word that somebody put in the place of another is theirs, whatever letters both have.
    Words,
}

/// How many units two rows share at their start, and how many of the rest at their end.
fn common_ends(a: &[Unit<'_>], b: &[Unit<'_>]) -> (usize, usize) {
    let head = a.iter().zip(b).take_while(|(a, b)| a.same(b)).count();
    let rest = a.len().min(b.len()) - head;
    let backwards = a.iter().rev().zip(b.iter().rev()).take(rest);
    (head, backwards.take_while(|(a, b)| a.same(b)).count())
}

/// The common ends as runs, and between them what the words share.
fn runs_between(
    a: &[Unit<'_>],
    b: &[Unit<'_>],
    (head, tail): (usize, usize),
    grain: Grain,
) -> Option<Vec<Shared>> {
    let inner_a = a.get(head..a.len() - tail).unwrap_or_default();
    let inner_b = b.get(head..b.len() - tail).unwrap_or_default();
    let mut runs = vec![Shared {
        old: 0,
        new: 0,
        len: head,
    }];
    for run in shared_words(inner_a, inner_b, grain)? {
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

fn shared_words(a: &[Unit<'_>], b: &[Unit<'_>], grain: Grain) -> Option<Vec<Shared>> {
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
        if grain == Grain::Letters {
            runs.extend(shared_ends(a, b, old, new));
        }
        runs.push(run);
    }
    let as_one = grain == Grain::Words;
    Some(borders::without_stray_spaces((a, b), &runs, as_one))
}

/// From this length on a change is judged as a passage and not word by word.
const PASSAGE_UTF16_MIN: usize = 120;

/// Two passages that share less than one letter in so many are two passages: stray words in common do not make
/// the one a version of the other.
const SHARED_PART_MIN: usize = 4;

/// The common letters at both ends of two words that differ, where the one is a version of the other: it holds the
/// other whole, or more than half of it is the same. Two words that begin alike are two words.
fn shared_ends(a: &[Unit<'_>], b: &[Unit<'_>], old: Range<usize>, new: Range<usize>) -> [Shared; 2] {
    let (x, y) = (
        a.get(old.clone()).unwrap_or_default(),
        b.get(new.clone()).unwrap_or_default(),
    );
    let (head, tail) = common_ends(x, y);
    let (shorter, longer) = (x.len().min(y.len()), x.len().max(y.len()));
    let is_version = head + tail == shorter || (head + tail) * 2 > longer;
    let (head, tail) = if is_version { (head, tail) } else { (0, 0) };
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
