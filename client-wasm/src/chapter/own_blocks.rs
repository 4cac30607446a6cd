//! Keeps the block of one's own words when somebody takes it out who had not seen them.
//!
//! # Why it exists
//!
//! Letters that come while their paragraph is deleted elsewhere stay, but its marker goes: they end up in the heading or
//! the sentence before. Whoever deleted meant what stood there, and did not mean to glue new words to others. So the
//! device of the person who wrote the first of them gives them their block back, as a change of that person. Nobody
//! else does, so it comes back once.
//!
//! # Invariants
//!
//! - Only a block of which nothing is left that the deletion's author saw, and that ends where its words end: who joins
//!   two paragraphs joins them.
//! - What counts is what those saw who took out its marker. What others saw, whose changes came along, says nothing.

use std::collections::BTreeSet;
use std::ops::Range;

use automerge::legacy::{ElementId, Key, OpType};
use automerge::{AutoCommit, Change, ChangeHash, Cursor, ReadDoc};
use schema::richtext::FlatText;
use schema::richtext::flat::FlatOp;
use schema::richtext::flat::align::Shared;
use schema::richtext::model::Block;
use schema::text::genesis;
use schema::text::shown as text;

/// A text, what it became, and what stayed.
pub(super) struct Received<'a> {
    pub before: &'a FlatText,
    pub now: &'a FlatText,
    pub stayed: &'a [Shared],
    /// The heads of the text before.
    pub heads: &'a [ChangeHash],
    /// The raw changes between them.
    pub raws: &'a [Vec<u8>],
}

/// A block whose marker went and of whose letters some stand.
struct Emptied<'a> {
    block: &'a Block,
    /// The place of its marker in the text before.
    marker: usize,
    /// Where its letters stand now.
    left: Vec<usize>,
}

/// The markers to put back, each with the name of the one that went. `own` are the actors under which one wrote.
pub(super) fn lost(doc: &mut AutoCommit, received: &Received<'_>, own: &[String]) -> Vec<(Cursor, Block)> {
    let mut emptied: Vec<_> = emptied_blocks(received).collect();
    if emptied.is_empty() {
        return Vec::new();
    }
    // A block after it that went too comes back as well, by whoever wrote what nobody saw of it.
    let unseen = unseen_by_deletion(doc, received, &emptied);
    let mut comes_back = unseen.into_iter();
    emptied.retain(|_| comes_back.next().unwrap_or_default());
    let length = received.now.utf16_len();
    let begins_a_block = |at: usize| emptied.iter().any(|other| other.left.first() == Some(&at));
    let blocks = emptied.iter().filter(|emptied| {
        let first = emptied.left.first().copied();
        first.is_some_and(|first| is_own(doc, first, own))
    });
    let markers = blocks.filter_map(|Emptied { block, left, marker }| {
        let end = left.last()? + 1;
        let ends_there = end == length || is_marker(received.now, end) || begins_a_block(end);
        let block = Block {
            content: Vec::new(),
            ..(*block).clone()
        };
        let name = doc.get_cursor(genesis::text_id(), *marker, Some(received.heads));
        name.ok().filter(|_| ends_there).map(|name| (name, block))
    });
    markers.collect()
}

/// Whether one of these actors wrote the letter at a place. The name of a place is that of the letter's author.
fn is_own(doc: &AutoCommit, at: usize, own: &[String]) -> bool {
    let place = doc.get_cursor(genesis::text_id(), at, None);
    place.is_ok_and(|place| {
        let name = place.to_string();
        own.iter().any(|actor| name.ends_with(actor))
    })
}

/// Of each block whether those who took out its marker had seen none of the letters that are left of it.
fn unseen_by_deletion(doc: &mut AutoCommit, received: &Received<'_>, emptied: &[Emptied<'_>]) -> Vec<bool> {
    let names: Vec<_> = emptied
        .iter()
        .map(|emptied| {
            let place = doc.get_cursor(genesis::text_id(), emptied.marker, Some(received.heads));
            place.map(|place| place.to_string()).unwrap_or_default()
        })
        .collect();
    // By which changes each marker went, as what their authors had of the text.
    let mut parents: Vec<BTreeSet<ChangeHash>> = vec![BTreeSet::new(); emptied.len()];
    for raw in received.raws {
        let Ok(change) = Change::from_bytes(raw.clone()) else {
            continue;
        };
        let gone = deleted_elements(&change);
        let taken = parents
            .iter_mut()
            .zip(&names)
            .filter(|(_, name)| gone.contains(*name));
        taken.for_each(|(parents, _)| parents.extend(change.deps()));
    }
    let length = received.now.utf16_len();
    // Mostly one change took them all.
    let mut known: Vec<(BTreeSet<ChangeHash>, Option<Vec<Shared>>)> = Vec::new();
    let blocks = emptied.iter().zip(parents);
    let unseen = blocks.map(|(emptied, parents)| {
        if !known.iter().any(|(of, _)| *of == parents) {
            let heads: Vec<_> = parents.iter().copied().collect();
            let seen_length = doc.length_at(genesis::text_id(), &heads);
            let seen = (!heads.is_empty()).then(|| text::stayed(doc, &heads, (seen_length, length)));
            known.push((parents.clone(), seen.flatten()));
        }
        let seen = known.iter().find(|(of, _)| *of == parents);
        let seen = seen.and_then(|(_, seen)| seen.as_ref());
        let was_seen = |seen: &Vec<Shared>, at: usize| {
            let mut runs = seen.iter();
            runs.any(|run| (run.new..run.new + run.len).contains(&at))
        };
        seen.is_some_and(|seen| !emptied.left.iter().any(|at| was_seen(seen, *at)))
    });
    unseen.collect()
}

/// The elements that a change takes out, by name.
fn deleted_elements(change: &Change) -> BTreeSet<String> {
    let ops = change.decode().operations.into_iter();
    let deleted = ops.filter_map(|op| match (op.action, op.key) {
        (OpType::Delete, Key::Seq(ElementId::Id(id))) => Some(format!("{}@{}", id.counter(), id.actor())),
        _ => None,
    });
    deleted.collect()
}

/// Blocks whose marker went and of whose letters some stand.
fn emptied_blocks<'a>(received: &'a Received<'_>) -> impl Iterator<Item = Emptied<'a>> {
    let letters = units(received.before);
    letters.filter_map(|(block, marker, letters)| {
        let marker = marker?;
        if now_at(received.stayed, marker).is_some() {
            return None;
        }
        let left: Vec<usize> = letters.filter_map(|at| now_at(received.stayed, at)).collect();
        (!left.is_empty()).then_some(Emptied { block, marker, left })
    })
}

/// The blocks of a text with the places of their markers and letters.
fn units(text: &FlatText) -> impl Iterator<Item = (&Block, Option<usize>, Range<usize>)> {
    let mut at = 0;
    text.blocks.iter().enumerate().map(move |(index, block)| {
        let marker = (index > 0 || !text.headless).then_some(at);
        let start = at + usize::from(marker.is_some());
        at = start + block.utf16_len();
        (block, marker, start..at)
    })
}

fn is_marker(text: &FlatText, place: usize) -> bool {
    units(text).any(|(_, marker, _)| marker == Some(place))
}

/// Where a unit stands now, if it does.
fn now_at(stayed: &[Shared], at: usize) -> Option<usize> {
    let after = stayed.partition_point(|run| run.old <= at);
    let run = stayed.get(after.checked_sub(1)?)?;
    (at < run.old + run.len).then(|| run.new + at - run.old)
}

/// The first unit from a place on that stands.
fn next_kept(stayed: &[Shared], at: usize) -> Option<usize> {
    let run = stayed.iter().find(|run| run.old + run.len > at)?;
    Some(run.old.max(at))
}

/// The same for letters on their way into a text that changed since: what was typed in a block of which nothing is left
/// comes in a block like it.
#[must_use]
pub fn with_blocks(ops: Vec<FlatOp>, before: &FlatText, since: &[FlatOp]) -> Vec<FlatOp> {
    let stayed = schema::richtext::flat::stayed(before.utf16_len(), since);
    let mut kept = Vec::with_capacity(ops.len());
    let mut last = None;
    for op in ops {
        if let FlatOp::InsertText { at, .. } = &op
            && let Some((block, marker)) = gone_around(before, &stayed, *at)
            && last.replace(marker) != Some(marker)
        {
            kept.push(FlatOp::InsertBlock { at: *at, block });
        }
        kept.push(op);
    }
    kept
}

/// The block around a place, if nothing of it is left and what follows it is.
fn gone_around(before: &FlatText, stayed: &[Shared], at: usize) -> Option<(Block, usize)> {
    let mut blocks = units(before);
    let (block, marker, mut letters) =
        blocks.find(|(_, _, letters)| (letters.start..=letters.end).contains(&at))?;
    let marker = marker?;
    let is_gone = |at: usize| now_at(stayed, at).is_none();
    let next = next_kept(stayed, letters.end);
    let ends_there = next.is_none_or(|next| is_marker(before, next));
    let whole = is_gone(marker) && letters.all(is_gone) && ends_there;
    whole.then(|| {
        let block = Block {
            content: Vec::new(),
            ..block.clone()
        };
        (block, marker)
    })
}

#[cfg(test)]
mod tests;
