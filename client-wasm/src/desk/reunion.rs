//! What became of words that waited on this device, told once they have arrived or were refused.
//!
//! Why it exists: whoever wrote without a connection wants to know three things afterwards: is it there, did somebody
//! else write in the same paragraphs, and was something not taken. Counting changes answers none of them.

use std::collections::BTreeSet;

use schema::richtext::flat::{self, FlatOp};
use schema::richtext::{FlatText, tree};
use schema::sync::ChapterKey;
use serde_json::{Value as Json, json};

use super::{Desk, Effect};
use crate::bridge::place_of;
use crate::chapter::{Chapter, steps};

/// Words that waited for less are not worth a report: the connection was gone for a moment.
const WAITED_MS: u64 = 10_000;
/// Paragraphs that a report names; there may be more.
const PARAGRAPHS_MAX: usize = 5;
/// Letters of a paragraph's beginning in a report.
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

    /// The paragraphs in which both oneself and others changed something, as they read now.
    fn shared_paragraphs(&self, now: &FlatText) -> Vec<Json> {
        let own = touched(&self.mine, &flat::diff(&self.mine, &normal(&self.accepted)));
        let ops = flat::diff(&self.mine, &normal(now));
        let shared = touched(&self.mine, &ops)
            .intersection(&own)
            .copied()
            .collect::<Vec<_>>();
        let excerpt = |block: usize| {
            let text = self
                .mine
                .blocks
                .get(block)
                .map(schema::richtext::model::Block::text);
            json!({ "excerpt": beginning(&text.unwrap_or_default()) })
        };
        shared.into_iter().take(PARAGRAPHS_MAX).map(excerpt).collect()
    }
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
