//! One open chapter on this device: the merged document, what the server accepted of it, what it has not yet.
//!
//! # Invariants
//!
//! - `doc` = accepted changes + own unacknowledged ones (+ an open transaction of at most a pause of typing).
//! - `base` and `tail` hold exactly what was accepted, so the document can be rebuilt without what was refused.
//! - Nothing typed vanishes: what cannot be sent becomes [`RefusedWords`], or is carried into the next generation.

mod given_back;
mod halves;
pub mod meanwhile;
pub mod moving;
pub(crate) mod own_blocks;
mod placed;
mod receiving;
mod recovery;
pub mod steps;
mod taken_out;
mod waiting;
pub mod withheld;
mod words;
mod writing;

use std::collections::BTreeSet;

use automerge::{AutoCommit, AutomergeError, Change};
use schema::domain::{Refusal, RefusalClass};
use schema::ids::{BoundActor, Generation, Revision};
use schema::richtext::FlatText;
use schema::richtext::flat::align::Shared;
use schema::richtext::flat::{self, FlatOp};
use schema::sync::Outgoing;
use schema::text::genesis;
use schema::text::shown as text;
use schema::wire::{Have, Reason};

use crate::bridge::{Bridge, News};
use crate::presence::Peers;
use crate::stored::{Kept, RefusedWords, State};

/// The rich-text schema this program can write.
const SCHEMA_VERSION: u16 = 1;

/// Reason of words whose generation ended before they were written into the next one.
const NOT_CARRIED: &str = "not-carried";

/// Reason of words that were written in a text of which what was before is erased.
pub const TEXT_ERASED: &str = "text-erased";

/// What one meant to say in a text that has since been replaced.
#[derive(Debug, Clone)]
struct Carry {
    /// The text without it.
    accepted: FlatText,
    /// What one did to it.
    mine: Vec<FlatOp>,
    /// Under which id the words are kept until they stand in the new text.
    kept: Option<String>,
}

/// See the module's text.
#[derive(Debug)]
pub struct Chapter {
    /// The merged document, once there is one.
    pub doc: Option<AutoCommit>,
    /// Where the accepted stream is.
    pub have: Option<Have>,
    /// The generation the document belongs to.
    pub generation: Generation,
    schema_version: u16,
    base: Vec<u8>,
    tail: Vec<Vec<u8>>,
    /// Own changes that are not acknowledged, oldest first.
    pub unacknowledged: Vec<Outgoing>,
    /// The actor this page writes with.
    pub actor: Option<BoundActor>,
    /// What the editor sees, once there is a document.
    pub bridge: Option<Bridge>,
    /// Why one may not write; `None` = may.
    pub read_only: Option<Reason>,
    /// The chapter is gone for this person.
    pub closed: Option<Reason>,
    /// The server said that a change of this device failed; in which chapter shows when it is opened again.
    pub failed: bool,
    /// The others.
    pub peers: Peers,
    /// Words that wait while the chapter is closed to their author.
    withheld: Option<withheld::Withheld>,
    /// Words that were refused.
    pub refused: Vec<RefusedWords>,
    /// Where the last of them stood.
    places: Option<words::Places>,
    carry: Option<Carry>,
    dirty: Option<Dirty>,
    /// The actor comes from the reserve on this device and has not written yet.
    is_fresh: bool,
    /// Actors under which this device wrote in this generation.
    own: BTreeSet<BoundActor>,
    /// What the server lost and this device holds, while it is on its way back.
    recovery: Option<recovery::Recovery>,
    /// Every generation before this one is erased, as the server said last.
    pub erased_before: Option<Generation>,
    /// The next generation, until this device's words can go along.
    pending: Option<moving::Pending>,
    /// The actor under which they go.
    next_actor: Option<BoundActor>,
    /// Everything of the generation before this one was received.
    complete_before: Option<Generation>,
    /// Actors that are bound again for what waits in the outbox.
    rebound: BTreeSet<BoundActor>,
    /// What undo may bring back.
    taken_out: taken_out::TakenOut,
    given_back: given_back::GivenBack,
}

/// An open transaction.
#[derive(Debug, Clone, Copy)]
struct Dirty {
    since_ms: u64,
    last_ms: u64,
}

/// What carrying over showed, and the id under which the words were kept meanwhile.
pub type Carried = (Shown, Option<String>);

/// What a step of the chapter brought about.
#[derive(Debug)]
pub enum Shown {
    /// The editor starts from the whole document.
    Whole,
    /// The editor lacks this.
    News(News),
}

/// Whether a chapter is closed by a decision, and not because nobody is signed in or too many are open.
#[must_use]
pub fn is_decision(reason: &Reason) -> bool {
    Refusal::from_code(&reason.code)
        .is_some_and(|refusal| matches!(refusal.class(), RefusalClass::Forbidden | RefusalClass::NotFound))
}

impl Chapter {
    /// A chapter from what the device kept.
    #[must_use]
    pub fn new(kept: &Kept) -> Self {
        let unacknowledged = kept
            .outbox
            .iter()
            .map(|row| Outgoing {
                hash: *row.hash,
                generation: row.generation,
                raw: row.raw.to_vec(),
            })
            .collect();
        let mut chapter = Self {
            doc: None,
            have: kept.have(),
            generation: Generation(0),
            schema_version: SCHEMA_VERSION,
            base: Vec::new(),
            tail: Vec::new(),
            unacknowledged,
            actor: kept.actor,
            bridge: None,
            read_only: None,
            closed: None,
            failed: false,
            peers: Peers::default(),
            refused: kept.refused.clone(),
            withheld: None,
            places: None,
            carry: None,
            dirty: None,
            is_fresh: kept.actor.is_some(),
            own: BTreeSet::new(),
            recovery: None,
            erased_before: None,
            pending: None,
            next_actor: None,
            complete_before: None,
            rebound: BTreeSet::new(),
            taken_out: taken_out::TakenOut::default(),
            given_back: given_back::GivenBack::default(),
        };
        chapter.remember_own(kept);
        if let Some(state) = &kept.state {
            chapter.restore(kept, state);
        }
        if kept.is_alone {
            chapter.go_on_as_before();
        }
        chapter
    }

    fn restore(&mut self, kept: &Kept, state: &State) {
        self.generation = state.generation;
        self.schema_version = state.schema_version;
        self.base = state.snapshot.to_vec();
        self.tail = kept
            .tail
            .iter()
            .flat_map(|row| row.changes.iter().map(|raw| raw.to_vec()))
            .collect();
        self.read_only = (!state.may_write).then(|| Reason::new("not-allowed", "as it was when last online"));
        // What was kept and cannot be read is asked for anew from the server; the outbox is untouched by that.
        match self.rebuilt(true) {
            Ok(doc) => {
                self.show_first(doc);
            }
            Err(_) => self.have = None,
        }
    }

    /// The accepted document, with or without one's own unacknowledged changes.
    fn rebuilt(&self, with_own: bool) -> Result<AutoCommit, AutomergeError> {
        let mut doc = AutoCommit::load_with_options(&self.base, genesis::load_options())?;
        let own = self
            .unacknowledged
            .iter()
            .filter(|change| with_own && change.generation == self.generation);
        let raws = self.tail.iter().chain(own.map(|change| &change.raw));
        let changes: Result<Vec<_>, _> = raws.map(|raw| Change::from_bytes(raw.clone())).collect();
        doc.apply_changes(changes?)?;
        if let Some(actor) = self.actor {
            doc.set_actor(genesis::actor_id(actor));
        }
        Ok(doc)
    }

    /// States go on through a rebuilding: an edit that is under way from the editor still has its base.
    fn show_first(&mut self, doc: AutoCommit) -> Shown {
        self.doc = Some(doc);
        self.show(None)
    }

    /// Whether the editor may take letters.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.closed.is_none() && self.can_keep()
    }

    /// Whether letters can be written, to be sent once the chapter is open again.
    fn can_keep(&self) -> bool {
        self.doc.is_some()
            && self.actor.is_some()
            && self.carry.is_none()
            && self.read_only.is_none()
            && self.schema_version == SCHEMA_VERSION
    }

    /// Whether letters that were on their way are still taken: what was typed before the editor heard of a closing that may
    /// pass waits with the rest.
    fn takes_edits(&self) -> bool {
        self.can_keep() && !self.closed.as_ref().is_some_and(is_decision)
    }

    /// Code of the reason why not.
    #[must_use]
    pub fn read_only_code(&self) -> Option<&str> {
        let reason = self.closed.as_ref().or(self.read_only.as_ref());
        let newer = (self.schema_version != SCHEMA_VERSION).then_some("newer-schema");
        reason.map(|reason| reason.code.as_str()).or(newer)
    }

    /// Tells the bridge what the document shows now, and what stayed of what it showed, where that is known.
    fn show(&mut self, stayed: Option<&[Shared]>) -> Shown {
        let text = self.doc.as_ref().map(text::of).unwrap_or_default();
        self.show_text(text, stayed)
    }

    fn show_text(&mut self, text: FlatText, stayed: Option<&[Shared]>) -> Shown {
        match &mut self.bridge {
            Some(bridge) => Shown::News(bridge.advance(text, stayed)),
            None => {
                self.bridge = Some(Bridge::new(0, text));
                Shown::Whole
            }
        }
    }

    /// A change of one's own is accepted; returns its bytes for the tail.
    pub fn acknowledged(&mut self, hash: [u8; 32]) -> Option<Vec<u8>> {
        let at = self
            .unacknowledged
            .iter()
            .position(|change| change.hash == hash)?;
        let change = self.unacknowledged.remove(at);
        self.tail.push(change.raw.clone());
        Some(change.raw)
    }

    /// How many changes the tail holds beyond the snapshot.
    #[must_use]
    pub fn tail_len(&self) -> usize {
        self.tail.len()
    }

    /// Makes a new snapshot of what was accepted, so that the tail can go.
    ///
    /// # Errors
    /// When what was accepted cannot be read.
    pub fn snapshot(&mut self, may_write: bool) -> Result<Option<State>, AutomergeError> {
        let Some(have) = self.have.clone() else {
            return Ok(None);
        };
        let mut accepted = self.rebuilt(false)?;
        self.base = accepted.save();
        self.tail.clear();
        Ok(Some(self.state(&have, may_write)))
    }

    fn state(&self, have: &Have, may_write: bool) -> State {
        State {
            incarnation: have.incarnation,
            generation: have.generation,
            next: have.next,
            schema_version: self.schema_version,
            snapshot: self.base.clone().into(),
            may_write,
            own: Some(self.own.iter().copied().collect()),
        }
    }

    /// The server answered an opening.
    pub fn opened(&mut self, schema_version: u16, read_only: Option<Reason>) {
        self.schema_version = schema_version;
        self.read_only = read_only;
        self.closed = None;
    }

    /// Begins anew from the server's document. One's own unacknowledged changes of the same generation stay; those of one
    /// that the log lost become a difference to be carried over once an actor is bound (those of one that ended go along,
    /// see [`moving`]). Returns the hashes that left the outbox with that, and what the editor lacks.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub fn start_over(
        &mut self,
        now_ms: u64,
        have: Have,
        document: Vec<u8>,
    ) -> Result<(Vec<[u8; 32]>, Shown), AutomergeError> {
        let ended = self.doc.is_some() && self.generation != have.generation;
        let mut left = self.hold_what_is_lacking(now_ms, &have, &document)?;
        let erased = self.erased_before.is_some_and(|kept| self.generation < kept);
        if erased {
            // What waited to be written into a generation that is gone stays among the words kept for its author.
            self.carry = None;
        }
        if ended && !self.unacknowledged.is_empty() {
            let mut accepted = self.rebuilt(false)?;
            let mine = moving::own_change(&mut accepted, &mut self.rebuilt(true)?);
            if erased {
                // What they were written in is erased: nothing of it finds its way back into the text (rule N3).
                self.keep_refused(now_ms, &steps::inserted(&mine), TEXT_ERASED);
            } else {
                self.keep_for_later(now_ms, text::of(&accepted), mine);
            }
            left = self.unacknowledged.drain(..).map(|change| change.hash).collect();
        }
        if self.generation != have.generation {
            self.own.clear();
            self.taken_out = taken_out::TakenOut::default();
            self.places = None;
            let first = self.actor.filter(|_| self.generation == Generation(0));
            let next = self.next_actor.take().filter(|_| self.carry.is_none());
            self.actor = first.or(next);
            self.own.extend(self.actor);
            self.complete_before = None;
        }
        self.pending = None;
        self.generation = have.generation;
        self.have = Some(have);
        self.base = document;
        self.tail.clear();
        let doc = self.rebuilt(true)?;
        let shown = self.show_first(doc);
        Ok((left, shown))
    }

    /// Keeps what cannot be written now, to write it when an actor may. The outbox rows go now, the new change is stored
    /// then: in between the words stand among those kept for their author.
    fn keep_for_later(&mut self, now_ms: u64, accepted: FlatText, mine: Vec<FlatOp>) {
        let kept = self.keep_refused(now_ms, &steps::inserted(&mine), NOT_CARRIED);
        self.carry = Some(Carry { accepted, mine, kept });
    }

    /// An actor may write now: this page takes it if it has none, and carries over what waited for one. Then also
    /// answers under which id the words were kept: once the change is stored they can go.
    ///
    /// # Errors
    /// When automerge refuses an edit.
    pub fn bound(
        &mut self,
        now_ms: u64,
        actor: BoundActor,
    ) -> Result<(bool, Option<Carried>), AutomergeError> {
        let must_wait = self.carry.is_some() && self.read_only_code().is_some();
        if self.actor.is_some() || must_wait {
            return Ok((false, None));
        }
        self.actor = Some(actor);
        self.is_fresh = false;
        self.own.insert(actor);
        if let Some(doc) = &mut self.doc {
            doc.set_actor(genesis::actor_id(actor));
        }
        let Some(carry) = self.carry.take() else {
            return Ok((true, None));
        };
        let (_, current) = self.bridge.as_ref().map(Bridge::current).unwrap_or_default();
        let ops = flat::rebase(&carry.mine, &flat::between(&carry.accepted, &current));
        self.write(now_ms, &ops)?;
        self.refused
            .retain(|words| Some(&words.id) != carry.kept.as_ref());
        Ok((true, Some((self.show(None), carry.kept))))
    }

    /// The revision after the last accepted one.
    #[must_use]
    pub fn next(&self) -> Revision {
        self.have.as_ref().map(|have| have.next).unwrap_or_default()
    }

    /// The state row as it would be stored now, without making a new snapshot.
    #[must_use]
    pub fn state_row(&self) -> Option<State> {
        let have = self.have.clone()?;
        self.tail
            .is_empty()
            .then(|| self.state(&have, self.read_only.is_none()))
    }
}
