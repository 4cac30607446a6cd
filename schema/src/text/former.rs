//! Carries what somebody wrote in a document of an ended generation into the generation that runs now.
//!
//! # Why it exists
//!
//! Our own pages carry over what they had not sent. A program that knows no generations cannot: it holds the old document,
//! and goes on in it. Whoever has the rest of that generation, and all that came after, can do it for the program: the
//! difference that its words make, written at the start of the next generation, where automerge merges it with what came
//! since; and so on, generation by generation. That is one change, and several only where it is more than one may hold.
//!
//! # Invariants
//!
//! - The same words give the same changes, under the same actor, whoever carries them and how often: they are written
//!   once.
//! - Where some of the words were carried before, only what they lack is written; that holds too where some of the changes
//!   that carry them became durable and the others did not.
//! - Only over generations that ended because they had grown: what failed or was erased is given to nobody.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use automerge::transaction::CommitOptions;
use automerge::{AutoCommit, AutomergeError, ChangeHash};
use sha2::{Digest, Sha256};

use super::change::{inspect, inspect_within};
use super::follow::{Copy, FollowFailure, follow};
use super::generation::{GenerationStarted, Reason};
use super::genesis::{actor_id, load_options, text_id};
use super::shown;
use crate::ids::{BoundActor, ChapterId, Generation};
use crate::limits::REPO_FORMER_CHANGE_OPS_MAX;
use crate::richtext::flat::align::Shared;
use crate::richtext::flat::{self, FlatOp};
use crate::richtext::{FlatText, tree};

/// A generation that came after the one that the words were written in.
#[derive(Debug, Clone)]
pub struct Following {
    /// Which.
    pub generation: Generation,
    /// What it started with.
    pub started: GenerationStarted,
    /// What was written in it, in order, so far.
    pub changes: Vec<Arc<[u8]>>,
}

/// Words of an ended generation that it never got.
#[derive(Debug)]
pub struct Unsent<'a> {
    /// Of which chapter.
    pub chapter: ChapterId,
    /// The generation as it ended.
    pub old: &'a Copy,
    /// The same with the words.
    pub mine: &'a Copy,
    /// The changes that make them, in order.
    pub changes: &'a [Arc<[u8]>],
}

/// Why words cannot be carried over.
#[derive(Debug, thiserror::Error)]
pub enum FormerFailure {
    /// A generation between ended because a change failed or text was erased.
    #[error("a generation in between was not left because it had grown")]
    NotGrown,
    /// A generation cannot be merged.
    #[error(transparent)]
    Follow(#[from] FollowFailure),
    /// A document cannot be read or written.
    #[error(transparent)]
    Automerge(#[from] AutomergeError),
    /// The library panicked.
    #[error("the library panicked")]
    Panicked,
}

/// The changes, in order, that bring the words into the last of the generations that follow; none when they are there, or
/// never made a difference that one sees.
///
/// # Errors
/// [`FormerFailure`].
pub fn carry_on(unsent: &Unsent<'_>, following: &[Following]) -> Result<Vec<Vec<u8>>, FormerFailure> {
    let carried = catch_unwind(AssertUnwindSafe(|| through(unsent, following)));
    carried.unwrap_or(Err(FormerFailure::Panicked))
}

fn through(unsent: &Unsent<'_>, following: &[Following]) -> Result<Vec<Vec<u8>>, FormerFailure> {
    let Some((last, between)) = following.split_last() else {
        return Ok(Vec::new());
    };
    let (mut old, mut mine) = (unsent.old.clone(), unsent.mine.clone());
    for next in between {
        let made = into(unsent, (&old, &mine), next)?;
        old = follow(&start_of(next)?, &next.changes)?;
        let made: Vec<Arc<[u8]>> = made.into_iter().map(Arc::from).collect();
        mine = follow(&old, &made)?;
    }
    into(unsent, (&old, &mine), last)
}

/// The changes of the next generation that make the difference between two states of the one before it.
fn into(
    unsent: &Unsent<'_>,
    (old, mine): (&Copy, &Copy),
    next: &Following,
) -> Result<Vec<Vec<u8>>, FormerFailure> {
    if next.started.reason != Reason::Growth {
        return Err(FormerFailure::NotGrown);
    }
    let carriers = Carriers::of(unsent, next.generation);
    let (known, there) = carriers.known(&next.changes);
    let Some((actor, time)) = carriers.next(&there) else {
        return Ok(Vec::new());
    };
    let start = follow(&start_of(next)?, &known)?;
    let mut doc = AutoCommit::load_with_options(start.snapshot(), load_options())?;
    let ops = if known.is_empty() {
        let ops = difference(old, mine)?;
        let ops = flat::rebase(&ops, &moved(old, &doc, &next.started)?);
        behind_the_first_marker(ops, &shown::of(&loaded(old)?), &shown::of(&doc))
    } else {
        let wanted = loaded(mine)?;
        flat::diff(&shown::of(&doc), &tree::normal(&shown::of(&wanted).blocks))
    };
    doc.set_actor(actor_id(actor));
    let mut changes = Vec::new();
    for portion in flat::in_changes(&ops, || shown::of(&doc)) {
        flat::apply(&mut doc, &text_id(), &portion)?;
        let made = doc.commit_with(CommitOptions::default().with_time(time));
        let change = made.and_then(|_| doc.get_last_local_change());
        changes.extend(change.map(|change| change.raw_bytes().to_vec()));
    }
    Ok(changes)
}

/// What the words did to the text, letter by letter as the document knows it.
fn difference(old: &Copy, mine: &Copy) -> Result<Vec<FlatOp>, AutomergeError> {
    let (before, mut after) = (shown::of(&loaded(old)?), loaded(mine)?);
    let now = shown::of(&after);
    let lengths = (before.utf16_len(), now.utf16_len());
    Ok(match shown::stayed(&mut after, &old.doc().get_heads(), lengths) {
        Some(stayed) => flat::diff_known(&before, &now, &stayed),
        None => flat::diff(&before, &tree::normal(&now.blocks)),
    })
}

/// A text that began without a marker begins with one in the next generation: what was typed at its start is typed in
/// that first paragraph, not in front of it.
fn behind_the_first_marker(mut ops: Vec<FlatOp>, old: &FlatText, new: &FlatText) -> Vec<FlatOp> {
    if old.headless && !new.headless {
        for op in &mut ops {
            if let FlatOp::InsertText { at: at @ 0, .. } | FlatOp::InsertBlock { at: at @ 0, .. } = op {
                *at = 1;
            }
        }
    }
    ops
}

/// How positions of the old text moved until the start of the next generation.
fn moved(old: &Copy, next: &AutoCommit, started: &GenerationStarted) -> Result<Vec<FlatOp>, AutomergeError> {
    let same = started.same.iter().map(|run| Shared {
        old: run.old as usize,
        new: run.new as usize,
        len: run.length as usize,
    });
    let old = shown::of(&loaded(old)?);
    let same: Vec<Shared> = same.collect();
    Ok(flat::along(old.utf16_len(), &shown::of(next), &same))
}

fn loaded(copy: &Copy) -> Result<AutoCommit, AutomergeError> {
    AutoCommit::load_with_options(copy.snapshot(), load_options())
}

fn start_of(next: &Following) -> Result<Copy, FollowFailure> {
    let seed: Vec<Arc<[u8]>> = next
        .started
        .seed
        .iter()
        .map(|raw| Arc::from(raw.as_slice()))
        .collect();
    follow(&Copy::new(), &seed)
}

/// Under which actors these words may stand in a generation: one for each of their changes, because each may have been
/// the last when they were carried.
struct Carriers(Vec<(BoundActor, i64)>);

impl Carriers {
    fn of(unsent: &Unsent<'_>, generation: Generation) -> Self {
        // What a program wrote at once may be more than one change of ours may hold.
        let header = |raw: &Arc<[u8]>| Some(inspect_within(raw, REPO_FORMER_CHANGE_OPS_MAX).ok()?.header);
        let headers = unsent.changes.iter().filter_map(header);
        let carrier = |hash: &ChangeHash| carrier(unsent.chapter, generation, hash);
        Self(
            headers
                .map(|header| (carrier(&header.hash), header.time))
                .collect(),
        )
    }

    /// What of these words stands in the generation already, and under which actors.
    fn known(&self, changes: &[Arc<[u8]>]) -> (Vec<Arc<[u8]>>, BTreeSet<BoundActor>) {
        let theirs: BTreeSet<BoundActor> = self.0.iter().map(|(actor, _)| *actor).collect();
        let (mut known, mut there) = (Vec::new(), BTreeSet::new());
        for raw in changes {
            let bytes = inspect(raw)
                .ok()
                .and_then(|change| change.header.actor.try_into().ok());
            let actor = bytes.map(BoundActor::from_bytes);
            if let Some(actor) = actor.filter(|actor| theirs.contains(actor)) {
                known.push(Arc::clone(raw));
                there.insert(actor);
            }
        }
        (known, there)
    }

    /// The actor under which what is lacking is written, with the time of the change that it stands for: of those that
    /// are not there the last. Where all of them are, the last goes on: what it carries may have been cut off.
    fn next(&self, there: &BTreeSet<BoundActor>) -> Option<(BoundActor, i64)> {
        let mut last = self.0.iter().rev();
        let fresh = last.find(|(actor, _)| !there.contains(actor));
        fresh.or(self.0.last()).copied()
    }
}

/// Under which actor words are carried into a generation whose last change had this hash.
#[must_use]
pub fn carrier(chapter: ChapterId, generation: Generation, last: &ChangeHash) -> BoundActor {
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/carried-for-a-program/1");
    hasher.update(chapter.as_bytes());
    hasher.update(generation.0.to_be_bytes());
    hasher.update(last.0);
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = <[u8; 32]>::from(hasher.finalize());
    BoundActor::from_bytes(id)
}

#[cfg(test)]
mod tests;
