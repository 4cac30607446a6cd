//! What became of words that waited on this device, told once they have arrived or were refused.
//!
//! Why it exists: whoever wrote without a connection wants to know three things afterwards: is it there, did somebody
//! else write in the same paragraphs, and was something not taken. Counting changes answers none of them.

use std::collections::BTreeSet;

use schema::richtext::flat::{self, FlatOp, align};
use schema::richtext::{FlatText, tree};
use schema::sync::ChapterKey;
use serde_json::{Value as Json, json};

use super::{Desk, Effect};
use crate::bridge::{Place, place_of, position_of};
use crate::chapter::{Chapter, steps};

/// Words that waited for less are not worth a report: the connection was gone for a moment.
const WAITED_MS: u64 = 10_000;
/// Paragraphs that a report names; there may be more.
const PARAGRAPHS_MAX: usize = 5;
/// Stretches of words that a report quotes of what came, or went, in one paragraph.
const QUOTES_MAX: usize = 3;
/// Letters of a paragraph's beginning in a report, and of a stretch that came or went.
const EXCERPT_CHARS: usize = 90;

/// How a chapter stood when its waiting words began their way to the server.
#[derive(Debug, Clone)]
pub(super) struct Before {
    /// The text as the server had it.
    accepted: FlatText,
    /// The text with one's own words.
    mine: FlatText,
    /// Which refused words were there already.
    refused: BTreeSet<String>,
    /// Since when the oldest of the words waited, UTC ms.
    since_ms: u64,
}

impl Desk {
    /// Notes how a chapter stands if something of it waits; after a cut, what is left of it.
    pub(super) fn note_before(&mut self, key: ChapterKey) {
        let (Some(chapter), Some(report)) = (self.chapters.get(&key), self.reports.get_mut(&key)) else {
            return;
        };
        if chapter.waiting() > 0 {
            report.before = Before::of(chapter);
        }
    }

    /// Tells what became of the words that waited, once all of them have an answer.
    pub(super) fn tell_reunion(&mut self, key: ChapterKey) {
        let caught_up = self
            .client
            .channel(&key)
            .is_some_and(|channel| channel.is_caught_up());
        let (Some(chapter), Some(report)) = (self.chapters.get(&key), self.reports.get_mut(&key)) else {
            return;
        };
        let is_over = chapter.closed.is_some() || caught_up;
        if !is_over || !chapter.is_settled() {
            return;
        }
        let before = report.before.take();
        let told = before.and_then(|before| before.report(self.now_ms, chapter));
        self.effects
            .extend(told.map(|report| Effect::Report(key, report)));
    }
}

impl Before {
    fn of(chapter: &Chapter) -> Option<Self> {
        Some(Self {
            accepted: chapter.accepted_text()?,
            mine: chapter.text(),
            refused: chapter.refused.iter().map(|words| words.id.clone()).collect(),
            since_ms: chapter.waiting_since_ms().unwrap_or(u64::MAX),
        })
    }

    /// What there is to say; nothing after a moment in which nobody else came near and all was taken.
    fn report(&self, now_ms: u64, chapter: &Chapter) -> Option<Json> {
        let is_long = now_ms.saturating_sub(self.since_ms) >= WAITED_MS;
        let refused = chapter
            .refused
            .iter()
            .filter(|words| !self.refused.contains(&words.id))
            .map(|words| count_words(&words.text))
            .sum::<usize>();
        let added = count_words(&steps::inserted(&flat::diff(&self.accepted, &normal(&self.mine))));
        let removed = (words_of(&self.accepted) + added).saturating_sub(words_of(&self.mine));
        // Where words were refused the text lacks them: what differs there is not what others did.
        let shared = if refused == 0 {
            self.shared_paragraphs(&chapter.text())
        } else {
            Vec::new()
        };
        let merged = added.saturating_sub(refused);
        if !(is_long || refused > 0 || !shared.is_empty()) || merged + removed + refused == 0 {
            return None;
        }
        Some(json!({
            "added": merged,
            "removed": if refused == 0 { removed } else { 0 },
            "refused": refused,
            "shared": shared,
        }))
    }

    /// The paragraphs in which both oneself and others changed something: how they begin now, and what others did there.
    fn shared_paragraphs(&self, now: &FlatText) -> Vec<Json> {
        let own = touched(&self.mine, &flat::diff(&self.mine, &normal(&self.accepted)));
        let ops = flat::diff(&self.mine, &normal(now));
        let texts = Letters::of(&self.mine, &ops);
        let shared = touched(&self.mine, &ops);
        let shared = shared.intersection(&own);
        let told = shared.filter_map(|block| texts.told(&self.mine, *block, &ops));
        told.take(PARAGRAPHS_MAX).collect()
    }
}

/// Two texts, letter by letter: UTF-16 units, a line feed for every marker.
struct Letters {
    mine: Vec<u16>,
    now: Vec<u16>,
}

impl Letters {
    /// One's own text, and what operations make of it.
    fn of(mine: &FlatText, ops: &[FlatOp]) -> Self {
        let mine = letters(mine);
        let mut now = Vec::new();
        let mut from = 0;
        for op in ops {
            let Some(at) = place(op) else { continue };
            now.extend_from_slice(mine.get(from..at).unwrap_or_default());
            match op {
                FlatOp::InsertText { text, .. } => now.extend(text.encode_utf16()),
                FlatOp::InsertBlock { .. } => now.push(MARKER),
                _ => {}
            }
            from = at + op.growth().1;
        }
        now.extend_from_slice(mine.get(from..).unwrap_or_default());
        Self { mine, now }
    }

    /// What others did in a block of one's own text; nothing when there is nothing to quote.
    fn told(&self, text: &FlatText, block: usize, ops: &[FlatOp]) -> Option<Json> {
        let start = position_of(text, Place { block, offset: 0 });
        let end = start + text.blocks.get(block)?.utf16_len();
        let was = between(&self.mine, start, end);
        let is = between(
            &self.now,
            moved(ops, start, Edge::Start),
            moved(ops, end, Edge::End),
        );
        let (removed, added) = changed_words(&was, &is);
        let excerpt = beginning(if is.trim().is_empty() { &was } else { &is });
        let tells = !(excerpt.is_empty() && removed.is_empty() && added.is_empty());
        tells.then(|| json!({ "excerpt": excerpt, "added": added, "removed": removed }))
    }
}

/// What stands for a marker among letters.
const MARKER: u16 = b'\n' as u16;

/// Where an operation inserts or deletes.
const fn place(op: &FlatOp) -> Option<usize> {
    match op {
        FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => None,
        FlatOp::InsertText { at, .. }
        | FlatOp::InsertBlock { at, .. }
        | FlatOp::DeleteText { at, .. }
        | FlatOp::DeleteBlock { at } => Some(*at),
    }
}

fn letters(text: &FlatText) -> Vec<u16> {
    let mut letters = Vec::new();
    for (at, block) in text.blocks.iter().enumerate() {
        if at > 0 || !text.headless {
            letters.push(MARKER);
        }
        letters.extend(block.text().encode_utf16());
    }
    letters
}

fn between(letters: &[u16], start: usize, end: usize) -> String {
    String::from_utf16_lossy(letters.get(start..end).unwrap_or_default())
}

/// Which end of a block a position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

/// Where an end of a block is once operations were done: what comes in at it belongs to the block, but for a new
/// paragraph behind it.
fn moved(ops: &[FlatOp], position: usize, edge: Edge) -> usize {
    let mut moved = position;
    for op in ops {
        let Some(at) = place(op) else { continue };
        let opens = matches!(op, FlatOp::InsertBlock { .. });
        if at > position || (at == position && (edge == Edge::Start || opens)) {
            break;
        }
        let (came, went) = op.growth();
        moved = (moved + came).saturating_sub(went.min(position - at));
    }
    moved
}

/// The words that went and those that came, as stretches of text.
fn changed_words(was: &str, is: &str) -> (Vec<String>, Vec<String>) {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (was.split_whitespace().collect(), is.split_whitespace().collect());
    let same = |a: usize, b: usize| old.get(a) == new.get(b);
    // Too much for that differs: then all of it does.
    let shared = align::shared(old.len(), new.len(), same).unwrap_or_default();
    let gaps = |words: &[&str], runs: Vec<(usize, usize)>| {
        let mut gaps = Vec::new();
        let mut from = 0;
        for (start, end) in runs.into_iter().chain([(words.len(), words.len())]) {
            let gap = words.get(from..start).unwrap_or_default().join(" ");
            gaps.extend((!gap.is_empty()).then(|| beginning(&gap)));
            from = end;
        }
        gaps.truncate(QUOTES_MAX);
        gaps
    };
    let kept = |side: fn(&align::Shared) -> usize| -> Vec<(usize, usize)> {
        let runs = shared.iter();
        runs.map(|run| (side(run), side(run) + run.len)).collect()
    };
    (gaps(&old, kept(|run| run.old)), gaps(&new, kept(|run| run.new)))
}

/// The blocks of a text in which operations change letters or the block's kind. A new paragraph is none of them.
fn touched(text: &FlatText, ops: &[FlatOp]) -> BTreeSet<usize> {
    let mut blocks = BTreeSet::new();
    let mut opened_at = None;
    for op in ops {
        let at = match op {
            FlatOp::InsertBlock { at, .. } => {
                opened_at = Some(*at);
                continue;
            }
            // Letters behind a new marker stand in the new block.
            FlatOp::InsertText { at, .. } if opened_at == Some(*at) => continue,
            FlatOp::InsertText { at, .. } => *at,
            // The first letter that goes lies behind its own block's marker.
            FlatOp::DeleteText { at, .. } | FlatOp::DeleteBlock { at } => *at + 1,
            FlatOp::Mark { start, .. } => *start + 1,
            FlatOp::UpdateBlock { at, .. } => *at + 1,
        };
        blocks.insert(place_of(text, at).block);
    }
    blocks
}

fn normal(text: &FlatText) -> Vec<schema::richtext::model::Block> {
    tree::normal(&text.blocks)
}

fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn words_of(text: &FlatText) -> usize {
    text.blocks.iter().map(|block| count_words(&block.text())).sum()
}

/// The beginning of a paragraph, cut between words.
fn beginning(text: &str) -> String {
    if text.chars().count() <= EXCERPT_CHARS {
        return text.trim().to_owned();
    }
    let cut: String = text.chars().take(EXCERPT_CHARS).collect();
    let whole = cut
        .rsplit_once(char::is_whitespace)
        .map_or(cut.as_str(), |(whole, _)| whole);
    format!("{}…", whole.trim())
}
