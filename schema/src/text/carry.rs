//! Carries honest changes of an ended generation over into the next one.
//!
//! # Why it exists
//!
//! When a change fails in the server's copy, its generation ends at the last good state. What others wrote
//! after it is not theirs to lose: each of their changes is taken as the difference it made to what the
//! chapter shows, and written into the next document under an actor of its author, linked to the change it
//! stands for. What builds on the failed change cannot be carried and is named instead.
//!
//! # Invariants
//!
//! - After all that was carried, the next document shows what the old one shows without the failed change.
//! - Every change made here is admitted by acceptance like any other, and the result was followed by a copy.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use automerge::transaction::CommitOptions;
use automerge::{AutoCommit, Automerge, Change, ChangeHash};

use super::change::inspect;
use super::evidence::Evidence;
use super::follow::{Copy, FollowFailure, follow};
use super::generation::GenerationStarted;
use super::genesis::{actor_id, load_options, text_id};
use super::refusal::ChangeRefusal;
use crate::ids::BoundActor;
use crate::richtext::flat;
use crate::richtext::spans::{self, FlatText};

/// A change that came after the last good copy.
#[derive(Debug, Clone)]
pub struct Later {
    /// The change, as the log holds it.
    pub raw: Arc<[u8]>,
    /// An actor of its author in the next generation; the same for two changes or not.
    pub actor: BoundActor,
}

/// A change of the next generation that stands for one of the ended generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Which of the later changes it stands for.
    pub later: usize,
    /// The hash of that one.
    pub from: ChangeHash,
    /// Its own hash.
    pub hash: ChangeHash,
    /// Its bytes.
    pub raw: Arc<[u8]>,
}

/// The next generation after everything that could be carried.
#[derive(Debug, Clone)]
pub struct CarriedOver {
    /// The carried changes in order. A change that made no visible difference has none.
    pub carried: Vec<Carried>,
    /// Those of the later changes that could not be carried: the failed one and what builds on it.
    pub left: Vec<usize>,
    /// The next generation's copy.
    pub copy: Copy,
    /// The next generation's evidence.
    pub evidence: Evidence,
}

/// Why nothing could be carried over at all.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CarryFailure {
    /// A seed change is refused.
    #[error("a seed change of the next generation is refused: {0}")]
    Seed(#[from] ChangeRefusal),
    /// The next generation cannot be merged.
    #[error("the next generation cannot be merged")]
    Follow(#[from] FollowFailure),
    /// The next generation cannot be opened for writing.
    #[error("the next generation cannot be opened: {0}")]
    Open(String),
}

/// Carries `later`, in log order, over into the generation that `started` describes. `good` is the copy it was
/// started from; `offender` the change that failed.
///
/// # Errors
///
/// When the next generation itself does not work; a single change that cannot be carried is named as left.
pub fn carry_over(
    good: &Copy,
    started: &GenerationStarted,
    later: &[Later],
    offender: ChangeHash,
) -> Result<CarriedOver, CarryFailure> {
    let seed: Vec<Arc<[u8]>> = started.seed.iter().map(|raw| Arc::from(raw.as_slice())).collect();
    let mut evidence = Evidence::new();
    for raw in &seed {
        evidence.admit_trusted(raw)?;
    }
    let seeded = follow(&Copy::new(), &seed)?;
    let next = AutoCommit::load_with_options(seeded.snapshot(), load_options());
    let mut next = next.map_err(|error| CarryFailure::Open(error.to_string()))?;
    let mut old = good.doc().clone();
    let (mut carried, mut left) = (Vec::new(), Vec::new());
    for (index, change) in later.iter().enumerate() {
        let hash = inspect(&change.raw).map(|inspected| inspected.header.hash);
        let Some((from, after)) = hash.ok().filter(|hash| *hash != offender).and_then(|hash| {
            let after = applied(&old, &change.raw, &hash)?;
            Some((hash, after))
        }) else {
            left.push(index);
            continue;
        };
        match rewritten(&after, &next, change) {
            Ok(None) => {}
            Ok(Some((doc, raw))) => match evidence.admit(&raw, &[change.actor]) {
                Ok(admitted) => {
                    next = doc;
                    carried.push(Carried {
                        later: index,
                        from,
                        hash: admitted.hash,
                        raw: raw.into(),
                    });
                }
                Err(_) => left.push(index),
            },
            Err(_) => left.push(index),
        }
        old = after;
    }
    let raw: Vec<Arc<[u8]>> = carried.iter().map(|change| Arc::clone(&change.raw)).collect();
    let copy = follow(&seeded, &raw)?;
    Ok(CarriedOver {
        carried,
        left,
        copy,
        evidence,
    })
}

/// The old document with one more change; `None` if it cannot be applied or read.
fn applied(old: &Automerge, raw: &[u8], hash: &ChangeHash) -> Option<Automerge> {
    let apply = || {
        let mut doc = old.clone();
        doc.apply_changes([Change::try_from(raw).ok()?]).ok()?;
        doc.get_change_meta_by_hash(hash)?;
        spans::read(&doc, &text_id()).ok()?;
        Some(doc)
    };
    catch_unwind(AssertUnwindSafe(apply)).ok().flatten()
}

/// The next document made to show what the old one shows, as one change of the author at the author's time;
/// `None` if it shows that already.
fn rewritten(
    after: &Automerge,
    next: &AutoCommit,
    change: &Later,
) -> Result<Option<(AutoCommit, Vec<u8>)>, automerge::AutomergeError> {
    let wanted: FlatText = spans::read(after, &text_id())?;
    let there = spans::read(next, &text_id())?;
    let ops = flat::diff(&there, &wanted.blocks);
    let time = Change::try_from(change.raw.as_ref()).map_or(0, |change| change.timestamp());
    let mut doc = next.clone().with_actor(actor_id(change.actor));
    flat::apply(&mut doc, &text_id(), &ops)?;
    if doc
        .commit_with(CommitOptions::default().with_time(time))
        .is_none()
    {
        return Ok(None);
    }
    let made = doc
        .get_last_local_change()
        .map(|change| change.raw_bytes().to_vec());
    Ok(made.map(|raw| (doc, raw)))
}

#[cfg(test)]
mod tests;
