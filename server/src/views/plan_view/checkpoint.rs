//! A view's checkpoint: the facts it was folded from, so that a start folds only what came after.
//!
//! # Why it exists
//!
//! Folding five million keystrokes takes minutes. A checkpoint holds what is left of them (a stretch of typing is one
//! entry) and every decided event as it was decided. It holds **facts, never state**: the state is folded from them
//! again by the code that folds the log, so no rule of the domain has a second form on disk.
//!
//! # Invariants
//!
//! - Read back, it equals the view it was taken of (tested at every cut of random histories).
//! - It says of which log, plan and position it is, and by which rules it was folded. Whoever reads it decides what
//!   that is worth; damaged bytes are never facts.
//!
//! Bytes: `docs/storage.md`, "Checkpoints of read models".

use std::collections::BTreeMap;
use std::sync::Arc;

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use schema::domain::actor::{ActorBound, Actors};
use schema::domain::event::KNOWN_KINDS;
use schema::domain::{At, Caller, Event};
use schema::ids::{
    ActorRef, ChapterId, CommandId, IncarnationId, PartyId, PersonId, PlanId, Position, Revision, TimestampMs,
};
use schema::log::course::Done;
use schema::log::{Kind, Via};
use schema::text::history::restore::TextRestored;

use super::{Edit, PlanView};
use crate::views::activity::{Activity, Entry, Markers, StoredMarkers, Subject, Typed};

/// The first bytes of a checkpoint; the last two are the version of the format.
const MAGIC: [u8; 8] = *b"stview\x00\x02";
/// Counts the rules by which views are folded: another count makes every server fold its views again.
const FOLD: u32 = 3;

/// Of what a checkpoint is, and by which rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Origin {
    /// The rules: their count, and which kinds of events they know.
    #[n(0)]
    pub fold: Fold,
    /// The log.
    #[n(1)]
    pub incarnation: IncarnationId,
    /// The plan.
    #[n(2)]
    pub plan: PlanId,
}

/// The rules by which a view was folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Fold {
    #[n(0)]
    count: u32,
    /// CRC32C of the kinds that were known: a new kind means another fold without anybody thinking of it.
    #[n(1)]
    kinds: u32,
}

impl Fold {
    /// Those of this program.
    #[must_use]
    pub fn current() -> Self {
        Self {
            count: FOLD,
            kinds: crc32c::crc32c(KNOWN_KINDS.join("\n").as_bytes()),
        }
    }

    /// Those of the next program, for tests.
    #[cfg(test)]
    pub const fn after(self) -> Self {
        Self {
            count: self.count + 1,
            ..self
        }
    }

    /// Those of the program before, for tests.
    #[cfg(test)]
    pub const fn before(self) -> Self {
        Self {
            count: self.count - 1,
            ..self
        }
    }

    /// Whether a newer program folded by them.
    #[must_use]
    pub const fn is_newer(self) -> bool {
        self.count > FOLD
    }
}

/// Why bytes are no checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Another kind of file, or a format this program does not know.
    #[error("it is no checkpoint in a format this program reads")]
    Format,
    /// Its checksum does not match, or it ends too early.
    #[error("it is damaged")]
    Damaged,
    /// The checksum matches and the content does not.
    #[error("it is malformed: {0}")]
    Malformed(String),
}

/// Everything a view was folded from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Facts {
    /// Of what.
    #[n(0)]
    pub origin: Origin,
    /// The position after the last folded event.
    #[n(1)]
    pub next: Position,
    /// The chain value of that event.
    #[n(2)]
    pub chain: ByteArray<32>,
    #[n(3)]
    actors: Vec<(ActorRef, ByteVec)>,
    #[n(4)]
    entries: Vec<StoredEntry>,
    #[n(5)]
    typing: Vec<StoredStretch>,
    #[n(6)]
    text_edits: Vec<(ChapterId, Position, Revision, TimestampMs, ActorRef, Via)>,
    #[n(7)]
    restores: Vec<(Position, ByteVec)>,
    #[n(8)]
    restored_by: Vec<(CommandId, Position)>,
    #[n(9)]
    courses: Vec<(CommandId, Done)>,
    /// None in a checkpoint of the rules before.
    #[n(10)]
    markers: Option<StoredMarkers>,
}

/// An entry of the activity; its decided event in the bytes that the log has of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct StoredEntry {
    #[n(0)]
    first: Position,
    #[n(1)]
    last: Position,
    #[n(2)]
    revision: Revision,
    #[n(3)]
    count: u64,
    #[n(4)]
    started_at: TimestampMs,
    #[n(5)]
    at: TimestampMs,
    #[n(6)]
    kind: Kind,
    #[n(7)]
    who: ActorRef,
    #[n(8)]
    via: Via,
    #[n(9)]
    subject: Subject,
    #[n(10)]
    event: Option<ByteVec>,
    #[n(11)]
    typed: Option<Typed>,
    #[n(12)]
    command: Option<CommandId>,
}

/// A view at one moment, without what follows from its decided events: cheap to take while readers look at the
/// view, and encoded when they no longer wait for it.
#[derive(Debug, Clone)]
pub struct Moment(PlanView);

impl PlanView {
    /// What a checkpoint needs of it.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment(Self {
            actors: self.actors.clone(),
            activity: self.activity.clone(),
            text_edits: self.text_edits.clone(),
            restores: self.restores.clone(),
            restored_by: self.restored_by.clone(),
            courses: self.courses.clone(),
            next: self.next,
            chain: self.chain,
            ..Self::default()
        })
    }
}

impl Moment {
    /// The position after its last event.
    #[must_use]
    pub const fn next_position(&self) -> Position {
        self.0.next
    }

    /// The view, without what follows from its decided events.
    pub(super) const fn view(&self) -> &PlanView {
        &self.0
    }

    /// The facts of it.
    #[must_use]
    pub fn facts(&self, origin: Origin) -> Facts {
        let view = &self.0;
        let (entries, typing, markers) = view.activity.parts();
        let edit = |(chapter, Edit { at, via }): (&ChapterId, &Edit)| {
            (*chapter, at.position, at.revision, at.recorded_at, at.who, *via)
        };
        Facts {
            origin,
            next: view.next,
            chain: view.chain.into(),
            actors: view
                .actors
                .iter()
                .map(|(actor, bound)| (actor, bound.payload().into()))
                .collect(),
            entries: entries.values().map(StoredEntry::of).collect(),
            typing: typing.iter().map(stored_stretch).collect(),
            text_edits: view.text_edits.iter().map(edit).collect(),
            restores: view
                .restores
                .iter()
                .map(|(_, at, restored)| (at, restored.payload().into()))
                .collect(),
            restored_by: view
                .restored_by
                .iter()
                .map(|(command, at)| (*command, *at))
                .collect(),
            courses: view
                .courses
                .iter()
                .map(|(command, done)| (*command, *done))
                .collect(),
            markers: Some(markers.stored()),
        }
    }
}

impl Facts {
    /// The bytes of a checkpoint.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let body = minicbor::to_vec(self).expect("facts have an encoding and memory does not refuse writes");
        let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + body.len());
        bytes.extend(MAGIC);
        bytes.extend(crc32c::crc32c(&body).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    /// Reads what [`Facts::encode`] wrote, and nothing else.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(CheckpointError::Format)?;
        let (checksum, body) = rest.split_first_chunk::<4>().ok_or(CheckpointError::Damaged)?;
        if crc32c::crc32c(body) != u32::from_be_bytes(*checksum) {
            return Err(CheckpointError::Damaged);
        }
        minicbor::decode(body).map_err(malformed)
    }

    /// The view that was folded from these facts.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] when an actor or a restore is none.
    pub fn into_view(self) -> Result<PlanView, CheckpointError> {
        let mut view = PlanView {
            actors: actors(self.actors)?,
            courses: self.courses.into_iter().collect(),
            next: self.next,
            chain: self.chain.into(),
            ..PlanView::default()
        };
        let mut entries = BTreeMap::new();
        for stored in self.entries {
            let entry = stored.entry();
            if let Some(stream) = entry.subject.decided_in() {
                view.take_decided(entry.decided_at(), (stream, &entry.kind), entry.event.as_deref());
            }
            entries.insert(entry.last, entry);
        }
        view.activity = Activity::from_parts(
            entries,
            self.typing.into_iter().map(stretch).collect(),
            Markers::from_stored(self.markers.unwrap_or_default()),
        );
        for (chapter, position, revision, recorded_at, who, via) in self.text_edits {
            let at = At {
                position,
                revision,
                recorded_at,
                who,
            };
            view.text_edits.insert(chapter, Edit { at, via });
        }
        for (position, payload) in self.restores {
            let restored = TextRestored::read(&payload).map_err(malformed)?;
            let Some(Subject::Chapter(chapter)) = view.activity.at(position).map(|entry| entry.subject)
            else {
                return Err(malformed(format!(
                    "no chapter is restored at position {position}"
                )));
            };
            view.restores.insert(chapter, position, restored);
        }
        // Behind the events: an erasure among them lets go of the commands whose restores are not known.
        view.restored_by = self.restored_by.into_iter().collect();
        Ok(view)
    }
}

impl StoredEntry {
    fn of(entry: &Entry) -> Self {
        Self {
            first: entry.first,
            last: entry.last,
            revision: entry.revision,
            count: entry.count,
            started_at: entry.started_at,
            at: entry.at,
            kind: entry.kind.clone(),
            who: entry.who,
            via: entry.via,
            subject: entry.subject,
            event: entry.event.as_ref().map(|event| event.payload().into()),
            typed: entry.typed,
            command: entry.command,
        }
    }

    fn entry(self) -> Entry {
        // What cannot be read was written by a program that knows more kinds: it is shown by its kind, as from the log.
        let event = self
            .subject
            .decided_in()
            .zip(self.event)
            .and_then(|(stream, payload)| Event::read(&self.kind, &stream, &payload).ok());
        Entry {
            first: self.first,
            last: self.last,
            revision: self.revision,
            count: self.count,
            started_at: self.started_at,
            at: self.at,
            kind: self.kind,
            who: self.who,
            via: self.via,
            subject: self.subject,
            event: event.map(Arc::new),
            typed: self.typed,
            command: self.command,
        }
    }
}

fn actors(stored: Vec<(ActorRef, ByteVec)>) -> Result<Actors, CheckpointError> {
    let read = |(actor, payload): (ActorRef, ByteVec)| ActorBound::read(&payload).map(|bound| (actor, bound));
    stored
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(malformed)
}

type StoredStretch = (ChapterId, Option<PersonId>, Option<PartyId>, Position);

fn stored_stretch(((chapter, writer), last): (&(ChapterId, Option<Caller>), &Position)) -> StoredStretch {
    (
        *chapter,
        writer.map(|of| of.person),
        writer.map(|of| of.party),
        *last,
    )
}

fn stretch((chapter, person, party, last): StoredStretch) -> ((ChapterId, Option<Caller>), Position) {
    let writer = person.zip(party).map(|(person, party)| Caller { person, party });
    ((chapter, writer), last)
}

fn malformed(error: impl std::fmt::Display) -> CheckpointError {
    CheckpointError::Malformed(error.to_string())
}
