//! Which changes are known, whose they are, and which of them each had seen.
//!
//! Why it exists: a reference to an operation outside the change's own past applies here, where the
//! operation happens to be known, and panics automerge at a peer that has not got it yet. So the past of the
//! parents is needed for every change, as a clock (per actor the last sequence number seen).
//!
//! Invariant: an actor's change has the actor's previous change in its past, so a clock says everything about
//! an actor with one number. Whole clocks are kept only often enough that finding one walks over at most
//! [`CLOCK_STEPS_MAX`] changes per parent.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;

use crate::ids::Revision;
use crate::text::change::ChangeHeader;
use crate::text::refusal::ChangeRefusal;

/// How many changes lie at most between a change and the kept clocks that cover its past.
const CLOCK_STEPS_MAX: u32 = 64;
const NO_REVISION: u64 = u64::MAX;

/// The known changes of one generation, in the order in which they were taken in.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    changes: Vec<Known>,
    parents: Vec<u32>,
    by_hash: BTreeMap<ChangeHash, u32>,
    clocks: BTreeMap<u32, Box<[u32]>>,
    actors: Vec<Actor>,
    by_actor: BTreeMap<Vec<u8>, u32>,
}

#[derive(Debug, Clone)]
struct Known {
    hash: ChangeHash,
    actor: u32,
    seq: u32,
    start_op: u32,
    ops: u32,
    /// The place of its first operation among those of its actor.
    ops_at: u32,
    /// The highest counter in its past, itself included.
    op_last: u32,
    parents_at: u32,
    steps: u32,
    revision: u64,
}

#[derive(Debug, Clone)]
struct Actor {
    bytes: Vec<u8>,
    changes: Vec<u32>,
    ops: u32,
}

/// Where a new change would stand.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    /// The index of its actor, perhaps one that is not known yet.
    pub(super) actor: u32,
    /// Operations its actor made before.
    pub(super) ops_before: u32,
    /// Counter of its first operation.
    pub(super) start_op: u32,
    seq: u32,
    op_last: u32,
    steps: u32,
    parents: Vec<u32>,
    clock: Vec<u32>,
}

impl Standing {
    /// Whether the change's parents had seen the `seq`-th change of an actor.
    pub(super) fn had_seen(&self, actor: u32, seq: u32) -> bool {
        self.clock.get(actor as usize).is_some_and(|seen| *seen >= seq)
    }
}

impl History {
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    pub(super) fn actors(&self) -> usize {
        self.actors.len()
    }

    pub(super) fn find(&self, hash: &ChangeHash) -> Option<u32> {
        self.by_hash.get(hash).copied()
    }

    pub(super) fn find_actor(&self, bytes: &[u8]) -> Option<u32> {
        self.by_actor.get(bytes).copied()
    }

    pub(super) fn actor_bytes(&self, actor: u32) -> &[u8] {
        self.actors
            .get(actor as usize)
            .map_or(&[], |actor| actor.bytes.as_slice())
    }

    pub(super) fn revision_of(&self, hash: &ChangeHash) -> Option<Revision> {
        let known = self.known(self.find(hash)?)?;
        (known.revision != NO_REVISION).then_some(Revision(known.revision))
    }

    pub(super) fn place(&mut self, hash: &ChangeHash, revision: Revision) {
        if let Some(index) = self.find(hash)
            && let Some(known) = self.changes.get_mut(index as usize)
        {
            known.revision = revision.0;
        }
    }

    /// Finds an operation: the sequence number of its change and its place among its actor's operations.
    pub(super) fn locate(&self, actor: u32, counter: u32) -> Option<(u32, u32)> {
        let changes = &self.actors.get(actor as usize)?.changes;
        let after = changes
            .partition_point(|index| self.known(*index).is_some_and(|known| known.start_op <= counter));
        let known = self.known(*changes.get(after.checked_sub(1)?)?)?;
        let offset = counter - known.start_op;
        (offset < known.ops).then(|| (known.seq, known.ops_at + offset))
    }

    /// Checks that a change follows: known parents, its actor's next number, its actor's own past, the first
    /// operation after the last of the parents (right after it, unless it was written beside newer text).
    pub(super) fn stand(&self, header: &ChangeHeader) -> Result<Standing, ChangeRefusal> {
        let parents = self.resolve_parents(&header.parents)?;
        let clock = self.clock_of(&parents);
        let actor = self.find_actor(&header.actor).unwrap_or(self.actors.len() as u32);
        let (seq_last, ops_before) = self
            .actors
            .get(actor as usize)
            .map_or((0, 0), |known| (known.changes.len() as u32, known.ops));
        let seq = u32::try_from(header.seq).map_err(|_| ChangeRefusal::CounterTooLarge)?;
        if seq <= seq_last {
            return Err(ChangeRefusal::SequenceTaken);
        }
        if seq > seq_last + 1 {
            return Err(ChangeRefusal::SequenceGap);
        }
        if clock.get(actor as usize).copied().unwrap_or(0) != seq_last {
            return Err(ChangeRefusal::OwnPastMissing);
        }
        let past = parents.iter().filter_map(|index| self.known(*index));
        let (op_last, steps) = past.fold((0, 1_u32), |(op, steps), known| {
            (op.max(known.op_last), steps.saturating_add(known.steps))
        });
        // automerge loses an empty change that counts on from elsewhere when it saves and loads.
        let next = u64::from(op_last) + 1;
        if header.start_op < next || (header.ops == 0 && header.start_op > next) {
            return Err(ChangeRefusal::StartOpWrong);
        }
        let start_op = u32::try_from(header.start_op).map_err(|_| ChangeRefusal::CounterTooLarge)?;
        let op_last = u32::try_from(header.start_op - 1 + header.ops);
        let op_last = op_last.map_err(|_| ChangeRefusal::CounterTooLarge)?;
        Ok(Standing {
            actor,
            ops_before,
            start_op,
            seq,
            op_last,
            steps,
            parents,
            clock,
        })
    }

    /// Takes a change in where [`History::stand`] said it stands.
    pub(super) fn add(&mut self, header: &ChangeHeader, standing: &Standing) {
        let index = self.changes.len() as u32;
        let ops = standing.op_last + 1 - standing.start_op;
        if standing.actor as usize == self.actors.len() {
            self.actors.push(Actor {
                bytes: header.actor.clone(),
                changes: Vec::new(),
                ops: 0,
            });
            self.by_actor.insert(header.actor.clone(), standing.actor);
        }
        if let Some(actor) = self.actors.get_mut(standing.actor as usize) {
            actor.changes.push(index);
            actor.ops += ops;
        }
        let keeps_clock = standing.steps > CLOCK_STEPS_MAX;
        if keeps_clock {
            let mut clock = standing.clock.clone();
            clock.resize(clock.len().max(standing.actor as usize + 1), 0);
            raise(&mut clock, standing.actor, standing.seq);
            self.clocks.insert(index, clock.into_boxed_slice());
        }
        self.changes.push(Known {
            hash: header.hash,
            actor: standing.actor,
            seq: standing.seq,
            start_op: standing.start_op,
            ops,
            ops_at: standing.ops_before,
            op_last: standing.op_last,
            parents_at: self.parents.len() as u32,
            steps: if keeps_clock { 0 } else { standing.steps },
            revision: NO_REVISION,
        });
        self.parents.extend(&standing.parents);
        self.by_hash.insert(header.hash, index);
    }

    /// Takes the newest change out again and says whose it was and how many operations it had.
    pub(super) fn pop(&mut self) -> Option<(u32, u32)> {
        let gone = self.changes.pop()?;
        let index = self.changes.len() as u32;
        self.parents.truncate(gone.parents_at as usize);
        self.by_hash.remove(&gone.hash);
        self.clocks.remove(&index);
        if let Some(actor) = self.actors.get_mut(gone.actor as usize) {
            actor.changes.pop();
            actor.ops -= gone.ops;
            // Actors are known from their first change on, so an actor without one is the newest.
            if actor.changes.is_empty()
                && let Some(actor) = self.actors.pop()
            {
                self.by_actor.remove(&actor.bytes);
            }
        }
        Some((gone.actor, gone.ops))
    }

    fn known(&self, index: u32) -> Option<&Known> {
        self.changes.get(index as usize)
    }

    fn resolve_parents(&self, hashes: &[ChangeHash]) -> Result<Vec<u32>, ChangeRefusal> {
        if hashes.is_empty() != self.changes.is_empty() {
            return Err(ChangeRefusal::BadParents);
        }
        let mut parents = Vec::with_capacity(hashes.len());
        for hash in hashes {
            parents.push(self.find(hash).ok_or(ChangeRefusal::UnknownParents)?);
        }
        let mut sorted = parents.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.len() == parents.len() {
            Ok(parents)
        } else {
            Err(ChangeRefusal::BadParents)
        }
    }

    /// Per actor the last change that `changes` or their past hold.
    fn clock_of(&self, changes: &[u32]) -> Vec<u32> {
        // What a kept clock covers is covered with its whole past, so the walk stops there.
        let mut covered = vec![0; self.actors.len()];
        let mut walked = BTreeSet::new();
        let mut open = changes.to_vec();
        while let Some(index) = open.pop() {
            let Some(known) = self.known(index) else { continue };
            if covered
                .get(known.actor as usize)
                .is_some_and(|seen| *seen >= known.seq)
            {
                continue;
            }
            if let Some(kept) = self.clocks.get(&index) {
                for (actor, seq) in kept.iter().enumerate() {
                    raise(&mut covered, actor as u32, *seq);
                }
            } else if walked.insert(index) {
                open.extend(self.parents_of(index));
            }
        }
        for known in walked.into_iter().filter_map(|index| self.known(index)) {
            raise(&mut covered, known.actor, known.seq);
        }
        covered
    }

    fn parents_of(&self, index: u32) -> &[u32] {
        let at = |index| self.known(index).map(|known| known.parents_at as usize);
        let end = at(index + 1).unwrap_or(self.parents.len());
        at(index)
            .and_then(|start| self.parents.get(start..end))
            .unwrap_or(&[])
    }
}

fn raise(clock: &mut [u32], actor: u32, seq: u32) {
    if let Some(seen) = clock.get_mut(actor as usize) {
        *seen = seq.max(*seen);
    }
}
