//! What the editor sees of a chapter: numbered states of the document, and edits made on one of them.
//!
//! The worker is the authority (the prosemirror-collab pattern): the editor says on which state it based an edit;
//! the edit is mapped over what came since and written at the document's own heads; the answer is what the
//! editor lacks, with which letters of what it has stand in that: of equal ones two texts do not say it, and whose cursor
//! stands between them would end up behind somebody else's.

mod news;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

pub use news::News;
use schema::richtext::document::{self, DocumentError};
use schema::richtext::flat::align::Shared;
use schema::richtext::flat::{self, FlatOp, Kept};
use schema::richtext::model::Block;
use schema::richtext::{FlatText, tree};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::chapter::own_blocks;

/// States kept for edits that are still based on them; older bases make the editor start anew.
const STATES_MAX: usize = 256;

/// Top nodes `from..to` of a document, replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopRange {
    /// First replaced node.
    pub from: usize,
    /// After the last replaced node.
    pub to: usize,
    /// What stands there instead (ProseMirror JSON).
    pub nodes: Vec<Json>,
    /// What stayed at both ends of the blocks in these nodes, where whoever made the change knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// Undo or redo is in it: what comes may be what went. All that stayed of the blocks in these nodes: `[old, new, length]`,
    /// counted from the start of the range in UTF-16 units, with one for the start of every text block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Vec<[usize; 3]>>,
}

/// A place in the text: the how-manieth block, and the UTF-16 offset in its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Block, in document order.
    pub block: usize,
    /// Offset in its letters.
    pub offset: usize,
}

/// Why an edit of the editor cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Its base is no longer (or not yet) known here.
    #[error("state {0} is not known")]
    UnknownBase(u64),
    /// The nodes are none of our schema.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The replaced range lies outside the document.
    #[error("the range lies outside the document")]
    Range,
}

/// The states the editor knows of.
#[derive(Debug, Clone)]
pub struct Bridge {
    states: VecDeque<State>,
}

#[derive(Debug, Clone)]
struct State {
    version: u64,
    text: Arc<FlatText>,
    /// How positions moved since the state before.
    since: Vec<FlatOp>,
}

impl Bridge {
    /// Starts with one state.
    #[must_use]
    pub fn new(version: u64, text: FlatText) -> Self {
        Self {
            states: VecDeque::from([State {
                version,
                text: Arc::new(text),
                since: Vec::new(),
            }]),
        }
    }

    /// The newest state and its number.
    #[must_use]
    pub fn current(&self) -> (u64, Arc<FlatText>) {
        self.states.back().map_or_else(
            || (0, Arc::default()),
            |state| (state.version, Arc::clone(&state.text)),
        )
    }

    /// A state by number.
    #[must_use]
    pub fn state(&self, version: u64) -> Option<&Arc<FlatText>> {
        let mut states = self.states.iter();
        states
            .find(|state| state.version == version)
            .map(|state| &state.text)
    }

    /// Where the unit at a place in a state stands in the newest state, in UTF-16 units; for one that went, where what
    /// followed it stands. None if the state is not known.
    #[must_use]
    pub fn position_now(&self, version: u64, place: Place) -> Option<usize> {
        let mut text = self.state(version)?;
        let mut at = position_of(text, place);
        for later in self.states.iter().filter(|state| state.version > version) {
            let stayed = flat::stayed(text.utf16_len(), &later.since);
            let run = stayed.iter().find(|run| at < run.old + run.len);
            at = run.map_or(later.text.utf16_len(), |run| run.new + at.saturating_sub(run.old));
            text = &later.text;
        }
        Some(at)
    }

    /// The editor has this state: older ones are no longer needed.
    pub fn seen(&mut self, version: u64) {
        while self.states.len() > 1 && self.states.front().is_some_and(|state| state.version < version) {
            self.states.pop_front();
        }
    }

    /// The next state; returns what the editor lacks of it. `stayed` are the stretches of the newest state that stand in
    /// the next one, in UTF-16 units and ascending, where that is known.
    pub fn advance(&mut self, text: FlatText, stayed: Option<&[Shared]>) -> News {
        let (version, before) = self.current();
        let ranges = changed(&before, &text);
        let in_range = match (ranges.first(), stayed) {
            (Some(range), Some(stayed)) => news::stayed_in(range, (&before, &text), stayed),
            _ => None,
        };
        let since = match stayed {
            Some(stayed) => flat::along(before.utf16_len(), &text, stayed),
            None => flat::between(&before, &text),
        };
        self.states.push_back(State {
            version: version + 1,
            text: Arc::new(text),
            since,
        });
        if self.states.len() > STATES_MAX {
            self.states.pop_front();
        }
        News {
            version: version + 1,
            ranges,
            stayed: in_range,
        }
    }

    /// What an edit based on a state means now, as operations on the newest state.
    ///
    /// # Errors
    /// [`EditError`]; the editor is then to start anew.
    pub fn translate(&self, base: u64, edit: &TopRange) -> Result<Vec<FlatOp>, EditError> {
        let old = self.state(base).ok_or(EditError::UnknownBase(base))?;
        let new = document::nodes_to_blocks(&edit.nodes)?;
        let range = blocks_of(old, edit.from..edit.to).ok_or(EditError::Range)?;
        let ops = match &edit.back {
            Some(stayed) => {
                let runs = stayed.iter().map(|[old, new, len]| Shared {
                    old: *old,
                    new: *new,
                    len: *len,
                });
                flat::diff_stayed(old, range, &new, &runs.collect::<Vec<Shared>>())
            }
            None => flat::diff_kept(old, range, &new, edit.kept),
        };
        let states = self.states.iter().zip(self.states.iter().skip(1));
        let later = states.filter(|(_, next)| next.version > base);
        Ok(later.fold(ops, |ops, (state, next)| {
            let ops = own_blocks::with_blocks(ops, &state.text, &next.since);
            flat::rebase(&ops, &next.since)
        }))
    }
}

/// The blocks that top nodes were made of.
fn blocks_of(text: &FlatText, nodes: Range<usize>) -> Option<Range<usize>> {
    let blocks = tree::normal(&text.blocks);
    let tops = tree::build(&blocks);
    let end_of_all = blocks.len();
    let start_of = |at: usize| tops.get(at).map_or(end_of_all, |(_, range)| range.start);
    (nodes.start <= nodes.end && nodes.end <= tops.len()).then(|| start_of(nodes.start)..start_of(nodes.end))
}

/// What differs between two states, as one range of top nodes; none if they look the same.
fn changed(before: &FlatText, after: &FlatText) -> Vec<TopRange> {
    let (old, new) = (tree::normal(&before.blocks), tree::normal(&after.blocks));
    let (old_tops, new_tops) = (extents(&old), extents(&new));
    let same = |a: &Range<usize>, b: &Range<usize>| old.get(a.clone()) == new.get(b.clone());
    let head = old_tops
        .iter()
        .zip(&new_tops)
        .take_while(|(a, b)| same(a, b))
        .count();
    let rest = old_tops.len().min(new_tops.len()) - head;
    let tail = old_tops
        .iter()
        .rev()
        .zip(new_tops.iter().rev())
        .take(rest)
        .take_while(|(a, b)| same(a, b))
        .count();
    let (from, to, new_to) = (head, old_tops.len() - tail, new_tops.len() - tail);
    if from == to && from == new_to {
        return Vec::new();
    }
    let fresh = new_tops.get(from..new_to).unwrap_or_default();
    let blocks: &[Block] = match (fresh.first(), fresh.last()) {
        (Some(first), Some(last)) => new.get(first.start..last.end).unwrap_or_default(),
        _ => &[],
    };
    let nodes = if blocks.is_empty() {
        Vec::new()
    } else {
        nodes(blocks)
    };
    vec![TopRange {
        from,
        to,
        nodes,
        kept: None,
        back: None,
    }]
}

fn extents(blocks: &[Block]) -> Vec<Range<usize>> {
    tree::build(blocks).into_iter().map(|(_, range)| range).collect()
}

fn nodes(blocks: &[Block]) -> Vec<Json> {
    document::top_nodes(blocks)
        .into_iter()
        .map(|node| node.json)
        .collect()
}

/// The whole document of a state.
#[must_use]
pub fn whole(text: &FlatText) -> Vec<Json> {
    nodes(&tree::normal(&text.blocks))
}

/// The UTF-16 position of a place.
#[must_use]
pub fn position_of(text: &FlatText, place: Place) -> usize {
    let marker = |at: usize| usize::from(at > 0 || !text.headless);
    let before: usize = text
        .blocks
        .iter()
        .enumerate()
        .take(place.block)
        .map(|(at, block)| marker(at) + block.utf16_len())
        .sum();
    let offset = text
        .blocks
        .get(place.block)
        .map_or(0, |block| place.offset.min(block.utf16_len()));
    before + marker(place.block) + offset
}

/// The place of a UTF-16 position; on a marker it is the start of the marker's block.
#[must_use]
pub fn place_of(text: &FlatText, position: usize) -> Place {
    let mut rest = position;
    for (at, block) in text.blocks.iter().enumerate() {
        let marker = usize::from(at > 0 || !text.headless);
        let length = marker + block.utf16_len();
        if rest <= length || at + 1 == text.blocks.len() {
            return Place {
                block: at,
                offset: rest.saturating_sub(marker).min(block.utf16_len()),
            };
        }
        rest -= length;
    }
    Place { block: 0, offset: 0 }
}

#[cfg(test)]
mod tests;
