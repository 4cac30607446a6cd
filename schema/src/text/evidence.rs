//! Accepts a change to a text, or refuses it, on evidence instead of by applying it.
//!
//! # Why it exists
//!
//! Applying a change costs milliseconds in a large text and lets a hostile one panic the server, corrupt its
//! document or, worse, only the documents of peers that receive changes in another order. [`Evidence`] is an
//! index of everything that one chapter generation holds, so that the question "does this fit?" is answered
//! in microseconds at any size.
//!
//! # Invariants
//!
//! - What is admitted applies at every peer, in any order that respects parents, and saves and loads.
//! - What an honest automerge client makes of a text is admitted, in any such order.
//! - A panic of automerge ends as a refusal, with nothing of ours half done. (The browser's build does not unwind; it
//!   judges nothing.)
//! - A refusal changes nothing. [`Evidence::retract_to`] takes back what the log did not keep.
//!
//! # Reading order
//!
//! [`Evidence::admit`] is the way of a change. `history.rs` knows changes, actors and who had seen what;
//! `facts.rs` what each operation is (`ops.rs`: one actor's, in runs); `order.rs` which element stands before which;
//! `rules.rs` judges an operation by the three.

mod facts;
mod history;
mod ops;
mod order;
mod rules;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Change, ChangeHash};

use self::facts::Facts;
use self::history::History;
use self::values::Values;
use super::change::{ChangeHeader, inspect, inspect_within};
use super::genesis;
pub use super::refusal::ChangeRefusal;
use crate::ids::{BoundActor, Revision};
use crate::limits::{
    CHANGE_OPS_MAX, CHANGE_START_AHEAD_MAX, CHAPTER_UTF16_MAX, DERIVED_ACTOR_LEVEL_MAX,
    GENERATION_VALUE_BYTES_MAX, MARK_NAMES_MAX,
};

/// What is known of one generation of a chapter's text: enough to judge any further change.
#[derive(Debug, Clone)]
pub struct Evidence {
    history: History,
    facts: Facts,
    values: Values,
    /// Operations and UTF-16 units of the text that the generation started with.
    start: (u64, u64),
    /// Bytes that were no letters at its start.
    start_value_bytes: u64,
}

/// A change that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Its identity.
    pub hash: ChangeHash,
    /// Whose it is; for a derived actor the actor it derives from.
    pub actor: BoundActor,
    /// How many operations it holds.
    pub ops: u32,
    /// The uncompressed chunk, to be stored and passed on.
    pub raw: Vec<u8>,
    /// Whether it was here before.
    pub arrival: Arrival,
}

/// Whether an admitted change was here before, so that a retry gets its first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Seen for the first time; now part of the evidence.
    New,
    /// Known; the revision once [`Evidence::place`] was told.
    Again(Option<Revision>),
}

impl Default for Evidence {
    fn default() -> Self {
        Self::new()
    }
}

impl Evidence {
    /// A text that holds the first change only.
    #[must_use]
    pub fn new() -> Self {
        let header = inspect(genesis::GENESIS_CHANGE)
            .expect("the constant is a change, tested")
            .header;
        let mut history = History::default();
        let standing = history
            .stand(&header)
            .expect("the first change stands on nothing");
        let mut facts = Facts::default();
        facts.add_genesis(standing.actor);
        history.add(&header, &standing);
        let start = (facts.ops(), facts.utf16_len());
        Self {
            history,
            facts,
            values: Values::default(),
            start,
            start_value_bytes: 0,
        }
    }

    /// What was taken in so far is the start of the generation: a fresh document of the text it began with.
    pub fn starts_here(&mut self) {
        self.start = (self.ops(), self.utf16_len());
        self.start_value_bytes = self.values.bytes();
    }

    /// How many operations a fresh document needs for the text as it stands: those of the start, and one for each
    /// unit that the text has grown by. Formatting since the start is counted only by the next start.
    #[must_use]
    pub fn needed_ops(&self) -> u64 {
        let (ops, utf16_len) = self.start;
        (ops + self.utf16_len())
            .saturating_sub(utf16_len)
            .max(self.utf16_len())
    }

    /// Judges a change that `sender` pushed, and takes it in when it fits.
    ///
    /// # Errors
    ///
    /// The first rule it breaks; the evidence is then as it was.
    pub fn admit(&mut self, raw: &[u8], sender: &[BoundActor]) -> Result<Admitted, ChangeRefusal> {
        self.admit_within(raw, sender, CHANGE_OPS_MAX)
    }

    /// The same for a change of at most `ops_max` operations.
    ///
    /// # Errors
    ///
    /// As [`Evidence::admit`].
    pub fn admit_within(
        &mut self,
        raw: &[u8],
        sender: &[BoundActor],
        ops_max: u64,
    ) -> Result<Admitted, ChangeRefusal> {
        let inspected = inspect_within(raw, ops_max)?;
        if let Some(known) = self.known(&inspected.header, &inspected.raw) {
            return Ok(known);
        }
        let owner = owner(&inspected.header.actor).ok_or(ChangeRefusal::WrongActor)?;
        if !sender.contains(&owner) {
            return Err(ChangeRefusal::WrongActor);
        }
        let far = self.ops() + CHANGE_START_AHEAD_MAX;
        let (len, utf16_len, value_bytes) = (self.len(), self.utf16_len(), self.values.bytes());
        let names = self.values.mark_names();
        let admitted = self.take_in(&inspected.header, inspected.raw, owner)?;
        // Last, so that what follows a change that was refused is told just that.
        if inspected.header.start_op > far {
            self.retract_to(len);
            return Err(ChangeRefusal::StartOpWrong);
        }
        // Deleting from a text that is too long is always welcome.
        let is_long = self.utf16_len() > utf16_len.max(CHAPTER_UTF16_MAX as u64);
        if is_long || self.values.bytes() > value_bytes.max(GENERATION_VALUE_BYTES_MAX) {
            self.retract_to(len);
            return Err(ChangeRefusal::TextTooLong);
        }
        if self.values.mark_names() > names.max(MARK_NAMES_MAX) {
            self.retract_to(len);
            return Err(ChangeRefusal::TooManyMarkNames);
        }
        Ok(admitted)
    }

    /// Takes in a change from the log, where it stands because it was admitted before: by the same rules,
    /// whoever its actor is and however long the text.
    ///
    /// # Errors
    ///
    /// The first rule it breaks; then the log and these rules disagree.
    pub fn admit_trusted(&mut self, raw: &[u8]) -> Result<Admitted, ChangeRefusal> {
        let inspected = inspect(raw)?;
        if let Some(known) = self.known(&inspected.header, &inspected.raw) {
            return Ok(known);
        }
        let owner = owner(&inspected.header.actor).ok_or(ChangeRefusal::WrongActor)?;
        self.take_in(&inspected.header, inspected.raw, owner)
    }

    /// Remembers at which revision of the text's stream a change stands.
    pub fn place(&mut self, hash: &ChangeHash, revision: Revision) {
        self.history.place(hash, revision);
    }

    /// Whether a change is part of the evidence.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.history.find(hash).is_some()
    }

    /// Whether anything here was written under an actor, or under one derived from it.
    #[must_use]
    pub fn has_actor(&self, actor: &BoundActor) -> bool {
        (0..self.history.actors() as u32).any(|known| owner(self.history.actor_bytes(known)) == Some(*actor))
    }

    /// The revision that [`Evidence::place`] was told for a change.
    #[must_use]
    pub fn revision_of(&self, hash: &ChangeHash) -> Option<Revision> {
        self.history.revision_of(hash)
    }

    /// How many changes were taken in, the first one included; a mark for [`Evidence::retract_to`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.history.len()
    }

    /// Never: the first change is always there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// How many operations were taken in; what decides when a generation has grown too long.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.facts.ops()
    }

    /// About what the operations take in memory; what was said of each change is not counted.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.facts.bytes() as u64
    }

    /// Length of the visible text in UTF-16 units, a block marker counting as one.
    #[must_use]
    pub fn utf16_len(&self) -> u64 {
        self.facts.utf16_len()
    }

    /// How many bytes that are no letters came since the generation started.
    #[must_use]
    pub fn value_bytes_added(&self) -> u64 {
        self.values.bytes().saturating_sub(self.start_value_bytes)
    }

    /// Takes the newest changes back until `len` are left (never the first one): those that the log did not
    /// keep.
    pub fn retract_to(&mut self, len: usize) {
        while self.history.len() > len.max(1) {
            let Some((actor, ops)) = self.history.pop() else {
                return;
            };
            self.facts.retract(actor, ops);
            self.facts.keep_actors(self.history.actors());
            self.values.keep(self.history.len());
        }
    }

    fn known(&self, header: &ChangeHeader, raw: &[u8]) -> Option<Admitted> {
        self.history.find(&header.hash)?;
        Some(Admitted {
            hash: header.hash,
            actor: owner(&header.actor)?,
            ops: u32::try_from(header.ops).ok()?,
            raw: raw.to_vec(),
            arrival: Arrival::Again(self.history.revision_of(&header.hash)),
        })
    }

    fn take_in(
        &mut self,
        header: &ChangeHeader,
        raw: Vec<u8>,
        actor: BoundActor,
    ) -> Result<Admitted, ChangeRefusal> {
        let standing = self.history.stand(header)?;
        let expanded = contained(|| Change::try_from(raw.as_slice()).map(|change| change.decode()))?;
        let expanded = expanded.map_err(|_| ChangeRefusal::Malformed)?;
        self.facts
            .keep_actors(self.history.actors().max(standing.actor as usize + 1));
        let keys = self.facts.keys();
        let brought = values::of(&expanded);
        let judged = rules::judge(&self.history, &mut self.facts, &expanded, &standing).and_then(|()| {
            // The columns were walked and the operations judged, so encoding them again cannot fail.
            if contained(|| Change::from(expanded).hash())? == header.hash {
                Ok(())
            } else {
                Err(ChangeRefusal::NotCanonical)
            }
        });
        if let Err(refusal) = judged {
            let added = self.facts.ops_of(standing.actor) - standing.ops_before;
            self.facts.retract(standing.actor, added);
            self.facts.keep_actors(self.history.actors());
            self.facts.keep_keys(keys);
            return Err(refusal);
        }
        self.history.add(header, &standing);
        self.values.add(self.history.len(), brought);
        let ops = u32::try_from(header.ops).map_err(|_| ChangeRefusal::TooManyOperations)?;
        Ok(Admitted {
            hash: header.hash,
            actor,
            ops,
            raw,
            arrival: Arrival::New,
        })
    }
}

/// Has automerge do something that touches nothing of ours.
fn contained<T>(work: impl FnOnce() -> T) -> Result<T, ChangeRefusal> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| ChangeRefusal::LibraryFailed)
}

/// The first bytes of an actor that automerge derives when it writes beside the actor's own last change.
const DERIVED_MAGIC: [u8; 4] = [0x13, 0xb2, 0x23, 0x09];

/// Whose actor this is: 16 bytes are a bound actor; magic ‖ level as LEB128 ‖ 16 bytes derive from one.
#[must_use]
pub fn owner(actor: &[u8]) -> Option<BoundActor> {
    if let Ok(bound) = <[u8; 16]>::try_from(actor) {
        return Some(BoundActor::from_bytes(bound));
    }
    let (level, bound) = actor.strip_prefix(&DERIVED_MAGIC)?.split_last_chunk::<16>()?;
    let level = match *level {
        [low] if low < 0x80 => u64::from(low),
        [low, high] if low >= 0x80 && high > 0 && high < 0x80 => u64::from(low & 0x7f) | u64::from(high) << 7,
        _ => return None,
    };
    (1..=DERIVED_ACTOR_LEVEL_MAX)
        .contains(&level)
        .then(|| BoundActor::from_bytes(*bound))
}

#[cfg(test)]
mod tests;
