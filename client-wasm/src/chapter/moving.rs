//! A chapter goes on in another generation while this device has words that the server has not: they go along whole.
//!
//! # Why it exists
//!
//! Who is connected has received all of the generation that ended, so the next one starts with the very text on the screen,
//! and what was not sent is written into it at once. Who was away lacks the rest of that generation: it is asked for,
//! together with what of its text still stands (rule N4), and until that comes the chapter stays as it was.
//!
//! # Invariants
//!
//! - The old text, with what was typed in it, stays on the screen and on the disk until the moment at which the new one
//!   holds the same words; both sides of that moment are one transaction of the store.
//! - What the server accepted before the generation ended is not written a second time.
//! - The words go under an actor of the new generation that this page has asked for. They are pushed behind that request
//!   (rule A4).
//! - Who may not write then asks all the same: what the server lacks of their words is kept for them, and written when they
//!   may write again.

use std::collections::BTreeSet;

use automerge::{AutoCommit, AutomergeError, Change, ChangeHash};
use schema::ids::{BoundActor, Generation, Revision};
use schema::richtext::flat::{self, FlatOp, align::Shared};
use schema::richtext::{FlatText, tree};
use schema::sync::Outgoing;
use schema::text::generation::SameRun;
use schema::text::genesis;
use schema::wire::Have;

use super::meanwhile::Since;
use super::taken_out::TakenOut;
use super::{Chapter, Shown, text};

/// The next generation, while what this device wrote in the one before waits for its place in it.
#[derive(Debug)]
pub(super) struct Pending {
    /// Where the server's document is.
    start: Have,
    document: Vec<u8>,
    /// What came after it.
    after: Vec<Vec<u8>>,
    next: Revision,
    /// What this device lacked of the generation before.
    missed: Vec<Vec<u8>>,
}

/// What a chapter became when it moved.
#[derive(Debug)]
pub struct Moved {
    /// What the editor lacks.
    pub shown: Shown,
    /// Changes of the generation before that leave the outbox.
    pub left: Vec<[u8; 32]>,
    /// What they said, as changes of this generation, to be stored and then pushed.
    pub made: Vec<Outgoing>,
    /// What was received after the document that is stored, and the revision behind it.
    pub after: Vec<Vec<u8>>,
    /// The first revision that is not known here.
    pub next: Revision,
    /// What it was before.
    pub ended: Ended,
}

/// A generation that ended, with the words of everybody.
#[derive(Debug)]
pub struct Ended {
    /// Its document, all of it.
    pub doc: AutoCommit,
    /// The actors under which this device wrote in it.
    pub actors: BTreeSet<BoundActor>,
    /// What the next generation started with, and the changes of one's own that went along into it.
    pub next: Since,
}

/// What is to be asked about an ended generation: which, from which revision on, and until which of the next one.
pub type Question = (Generation, Revision, Revision);

impl Chapter {
    /// The actor that was asked for, for the generation that the chapter goes on in; none while one may not write.
    pub fn expect(&mut self, actor: Option<BoundActor>) {
        self.next_actor = actor;
    }

    /// Everything of the generation before this one was received. While words wait for their place, that generation is
    /// not the one they were written in: of theirs something is still lacking.
    pub fn complete(&mut self, next: Generation) {
        if self.pending.is_none() {
            self.complete_before = Some(next);
        }
    }

    /// Whether words of this device are to go along into a generation.
    #[must_use]
    pub fn goes_along(&self, have: &Have) -> bool {
        let erased = self.erased_before.is_some_and(|kept| self.generation < kept);
        let onward = self.doc.is_some() && self.generation < have.generation;
        onward && !erased && !self.unacknowledged.is_empty()
    }

    /// Whether the next generation is here, and words wait for their place in it.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Takes the server's document of the next generation. Answers what has to be asked before the words can go along;
    /// nothing when all is known and [`Chapter::go_along`] can follow at once.
    pub fn meet(&mut self, have: Have, document: Vec<u8>) -> Option<Question> {
        let known = self.complete_before == Some(have.generation);
        let same_life = self
            .have
            .as_ref()
            .is_some_and(|had| had.incarnation == have.incarnation);
        self.pending = Some(Pending {
            next: have.next,
            start: have,
            document,
            after: Vec::new(),
            missed: Vec::new(),
        });
        if known || !same_life {
            return None;
        }
        self.question()
    }

    /// What is to be asked, as long as there is no answer.
    #[must_use]
    pub fn question(&self) -> Option<Question> {
        let pending = self.pending.as_ref()?;
        let had = self.have.as_ref()?;
        Some((had.generation, had.next, pending.start.next))
    }

    /// Keeps what comes in the next generation until the words are in it; gives back what is not for it.
    pub fn wait_with(&mut self, next: Revision, raws: Vec<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
        match &mut self.pending {
            Some(pending) => {
                pending.next = next;
                pending.after.extend(raws);
                None
            }
            None => Some(raws),
        }
    }

    /// Takes a part of what this device lacked of the generation that ended. Asked anew, it comes anew.
    pub fn miss(&mut self, raws: Vec<Vec<u8>>) {
        if let Some(pending) = &mut self.pending {
            pending.missed.extend(raws);
        }
    }

    /// The connection broke before the answer was whole.
    pub fn ask_anew(&mut self) {
        if let Some(pending) = &mut self.pending {
            pending.missed.clear();
        }
    }

    /// The generation of which the actors are, that the server binds now.
    #[must_use]
    pub fn binds_for(&self) -> Generation {
        let pending = self.pending.as_ref();
        pending.map_or(self.generation, |pending| pending.start.generation)
    }

    /// Goes on in the next generation with every word of this device; where it may not write them, it keeps them. `same`
    /// says what of the old text stands in the server's document; without it the two are compared.
    ///
    /// # Errors
    /// When a document cannot be read or written; then the chapter is as it was.
    pub fn go_along(
        &mut self,
        now_ms: u64,
        same: Option<&[SameRun]>,
    ) -> Result<Option<Moved>, AutomergeError> {
        let Some(pending) = self.pending.take() else {
            return Ok(None);
        };
        let mut old = self.rebuilt(false)?;
        old.apply_changes(parsed(&pending.missed)?)?;
        let mut ended = self.rebuilt(true)?;
        ended.apply_changes(parsed(&pending.missed)?)?;
        let mine = own_change(&mut old, &mut ended);
        let old = text::of(&old);
        let mut next = AutoCommit::load_with_options(&pending.document, genesis::load_options())?;
        let seed = seed_head(&mut next, old.is_empty());
        let start = text::of(&next);
        let started = next.get_heads();
        next.apply_changes(parsed(&pending.after)?)?;
        let mut ops = flat::rebase(&mine, &since(&old, &start, same));
        if !pending.after.is_empty() {
            ops = flat::rebase(&ops, &after(&mut next, &started, &start));
        }
        let left = self.unacknowledged.drain(..).map(|change| change.hash).collect();
        self.generation = pending.start.generation;
        self.have = Some(Have {
            next: pending.next,
            ..pending.start
        });
        self.base = pending.document;
        self.tail.clear();
        self.tail.extend(pending.after.iter().cloned());
        let may_write = self.read_only_code().is_none();
        self.actor = self.next_actor.take().filter(|_| may_write);
        let actors = std::mem::replace(&mut self.own, self.actor.into_iter().collect());
        self.places = None;
        self.complete_before = None;
        self.taken_out = TakenOut::default();
        let now = text::of(&next);
        if let Some(actor) = self.actor {
            next.set_actor(genesis::actor_id(actor));
        }
        self.doc = Some(next);
        let mut made = Vec::new();
        if self.actor.is_some() {
            made = self.write(now_ms, &ops)?;
            made.extend(self.commit(now_ms));
        } else if !ops.is_empty() {
            self.keep_for_later(now_ms, now, ops);
        }
        let since = Since {
            base: vec![seed],
            own: made.iter().map(|change| ChangeHash(change.hash)).collect(),
        };
        Ok(Some(Moved {
            ended: Ended {
                doc: ended,
                actors,
                next: since,
            },
            shown: self.show(None),
            left,
            made,
            after: pending.after,
            next: pending.next,
        }))
    }

    /// The state row of the document that the generation was met with.
    #[must_use]
    pub fn met_row(&self, next: Revision) -> Option<crate::stored::State> {
        let have = self.have.clone()?;
        Some(self.state(&Have { next, ..have }, self.read_only.is_none()))
    }
}

fn parsed(raws: &[Vec<u8>]) -> Result<Vec<Change>, AutomergeError> {
    let parsed: Result<Vec<Change>, _> = raws.iter().map(|raw| Change::from_bytes(raw.clone())).collect();
    Ok(parsed?)
}

/// The last change of what a generation started with: the server wrote that, under an actor that writes nothing else.
fn seed_head(doc: &mut AutoCommit, is_empty: bool) -> ChangeHash {
    let changes = doc.get_changes(&[]);
    let first = changes.get(1).filter(|_| !is_empty);
    let of_seed = |change: &&Change| first.is_some_and(|first| first.actor_id() == change.actor_id());
    let last = changes.iter().rev().find(of_seed);
    last.map_or(genesis::GENESIS_HASH, Change::hash)
}

/// What this device did to the accepted text, letter by letter as its document knows it.
pub(super) fn own_change(accepted: &mut AutoCommit, mine: &mut AutoCommit) -> Vec<FlatOp> {
    let (old, new) = (text::of(accepted), text::of(mine));
    match text::stayed(mine, &accepted.get_heads(), (old.utf16_len(), new.utf16_len())) {
        Some(stayed) => flat::diff_known(&old, &new, &stayed),
        None => flat::diff(&old, &tree::normal(&new.blocks)),
    }
}

/// How positions of the server's document moved by what came after it.
fn after(next: &mut AutoCommit, started: &[ChangeHash], start: &FlatText) -> Vec<FlatOp> {
    let now = text::of(next);
    match text::stayed(next, started, (start.utf16_len(), now.utf16_len())) {
        Some(stayed) => flat::along(start.utf16_len(), &now, &stayed),
        None => flat::between(start, &now),
    }
}

/// How positions of the old text moved until the server's document.
fn since(old: &FlatText, start: &FlatText, same: Option<&[SameRun]>) -> Vec<FlatOp> {
    let Some(same) = same else {
        return flat::between(old, start);
    };
    let shared: Vec<Shared> = same
        .iter()
        .map(|run| Shared {
            old: run.old as usize,
            new: run.new as usize,
            len: run.length as usize,
        })
        .collect();
    flat::along(old.utf16_len(), start, &shared)
}
