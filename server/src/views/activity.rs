//! What happened to a plan, as a list people can read: typing in one go is one entry.
//!
//! Why it exists: a plan has hundreds of thousands of keystrokes and a few hundred decisions. The list keeps one
//! small entry per stretch of typing and one per decision, so any page of it is found without reading the log.

mod typed;

use std::collections::BTreeMap;
use std::sync::Arc;

use minicbor::{Decode, Encode};
use schema::domain::actor::Actors;
use schema::domain::{At, Caller, Event, chapter};
use schema::ids::{
    ActorRef, ChapterId, CommandId, CommitmentId, PartyId, PersonId, Position, Revision, TimestampMs,
};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_RESTORED};
use schema::log::{Kind, Record, Stream, Via};

pub use typed::Typed;
pub(super) use typed::{Markers, StoredMarkers};

/// A pause after which typing is a new entry.
const PAUSE_MS: u64 = 15 * 60 * 1_000;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Subject {
    /// The plan's structure.
    #[n(0)]
    Plan,
    /// People's roles.
    #[n(1)]
    Rights,
    /// A chapter's place or state.
    #[n(2)]
    Chapter(#[n(0)] ChapterId),
    /// A chapter's text.
    #[n(3)]
    Text(#[n(0)] ChapterId),
    /// A commitment.
    #[n(4)]
    Commitment(#[n(0)] CommitmentId),
    /// A request to erase content.
    #[n(5)]
    Erasure,
}

/// One thing that happened, or one stretch of typing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position of its first event.
    pub first: Position,
    /// Position of its last event.
    pub last: Position,
    /// Revision of its last event, in its stream.
    pub revision: Revision,
    /// How many events it is.
    pub count: u64,
    /// Time of its first event.
    pub started_at: TimestampMs,
    /// Time of its last event.
    pub at: TimestampMs,
    /// Kind of its events.
    pub kind: Kind,
    /// Actor of its last event.
    pub who: ActorRef,
    /// By which way.
    pub via: Via,
    /// The command behind its first event, if any.
    pub command: Option<CommandId>,
    /// What it is about.
    pub subject: Subject,
    /// The decided event; none for texts, for what this program cannot read and for what was erased.
    pub event: Option<Arc<Event>>,
    /// For a stretch of typing, how much.
    pub typed: Option<Typed>,
}

/// Which entries are asked for; what is not named does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Done by this person.
    pub person: Option<PersonId>,
    /// Done for this party.
    pub party: Option<PartyId>,
    /// About this sort of thing.
    pub subject: Option<SubjectKind>,
    /// Not before this time.
    pub from: Option<TimestampMs>,
    /// Before this time.
    pub until: Option<TimestampMs>,
}

/// The sorts of [`Subject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SubjectKind {
    /// [`Subject::Plan`].
    Plan,
    /// [`Subject::Chapter`].
    Chapter,
    /// [`Subject::Text`].
    Text,
    /// [`Subject::Commitment`].
    Commitment,
    /// [`Subject::Rights`].
    Rights,
    /// [`Subject::Erasure`].
    Erasure,
}

impl Subject {
    /// Its sort.
    #[must_use]
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Plan => SubjectKind::Plan,
            Self::Rights => SubjectKind::Rights,
            Self::Chapter(_) => SubjectKind::Chapter,
            Self::Text(_) => SubjectKind::Text,
            Self::Commitment(_) => SubjectKind::Commitment,
            Self::Erasure => SubjectKind::Erasure,
        }
    }

    /// What a stream is about; `None` for actors, which nobody did.
    #[must_use]
    pub const fn of(stream: &Stream) -> Option<Self> {
        match stream {
            Stream::Plan => Some(Self::Plan),
            Stream::Rights => Some(Self::Rights),
            Stream::Actors => None,
            Stream::Chapter(chapter) => Some(Self::Chapter(*chapter)),
            Stream::Text(chapter, _) => Some(Self::Text(*chapter)),
            Stream::Commitment(commitment) => Some(Self::Commitment(*commitment)),
            Stream::Erasures => Some(Self::Erasure),
        }
    }

    /// The stream in which this was decided; none for texts, which are merged.
    #[must_use]
    pub const fn decided_in(&self) -> Option<Stream> {
        match self {
            Self::Plan => Some(Stream::Plan),
            Self::Rights => Some(Stream::Rights),
            Self::Chapter(chapter) => Some(Stream::Chapter(*chapter)),
            Self::Commitment(commitment) => Some(Stream::Commitment(*commitment)),
            Self::Erasure => Some(Stream::Erasures),
            Self::Text(_) => None,
        }
    }
}

impl Filter {
    /// Whether a caller, subject and time are asked for.
    #[must_use]
    pub fn takes(&self, caller: Option<Caller>, subject: SubjectKind, at: TimestampMs) -> bool {
        self.person
            .is_none_or(|person| caller.is_some_and(|caller| caller.person == person))
            && self
                .party
                .is_none_or(|party| caller.is_some_and(|caller| caller.party == party))
            && self.subject.is_none_or(|asked| asked == subject)
            && self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
    }
}

/// Everything that happened, by the position of each entry's last event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    entries: BTreeMap<Position, Entry>,
    typing: Typing,
    markers: Markers,
}

/// The last stretch of typing of each writer in each chapter, by the position of its last event.
pub(super) type Typing = BTreeMap<(ChapterId, Option<Caller>), Position>;

impl Activity {
    /// Newest first, before a position (or from the end).
    pub fn before(&self, position: Option<Position>) -> impl Iterator<Item = &Entry> {
        let end = position.unwrap_or(Position(u64::MAX));
        self.entries.range(..end).rev().map(|(_, entry)| entry)
    }

    /// The entry whose last event stands at a position.
    #[must_use]
    pub fn at(&self, position: Position) -> Option<&Entry> {
        self.entries.get(&position)
    }

    /// The words that a restore wrote. A restore says what it brings back, and its words follow in the same batch.
    #[must_use]
    pub fn words_of(&self, restore: &Entry) -> Option<&Entry> {
        let (_, next) = self.entries.range(restore.last.next()..).next()?;
        (restore.is_restore() && next.is_words_of_restore() && next.command == restore.command)
            .then_some(next)
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing happened yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was noted, where each one's typing stands, and the markers in the texts: all there is, for a checkpoint.
    pub(super) const fn parts(&self) -> (&BTreeMap<Position, Entry>, &Typing, &Markers) {
        (&self.entries, &self.typing, &self.markers)
    }

    /// The same from a checkpoint.
    pub(super) const fn from_parts(
        entries: BTreeMap<Position, Entry>,
        typing: Typing,
        markers: Markers,
    ) -> Self {
        Self {
            entries,
            typing,
            markers,
        }
    }

    /// Takes in a record of a text stream; a stretch of typing by one person for one party grows.
    pub(super) fn add_text(&mut self, actors: &Actors, chapter: ChapterId, record: &Record) {
        let envelope = &record.envelope;
        if envelope.kind.name != TEXT_CHANGED.name {
            if envelope.kind.name == TEXT_GENERATION.name {
                self.markers.begin(chapter, record);
            }
            self.typing.retain(|(of, _), _| *of != chapter);
            self.add(record, Subject::Text(chapter), None, None);
            return;
        }
        let change = record.payload.bytes();
        let typed = change.map_or_else(Typed::default, |change| self.markers.typed(chapter, change));
        let writer = actors
            .get(envelope.who)
            .and_then(schema::domain::actor::ActorBound::caller);
        let stretch = self.typing.insert((chapter, writer), envelope.position);
        let grown = stretch.and_then(|last| self.entries.remove(&last));
        match grown {
            Some(entry) if entry.continues_with(record) => {
                let entry = Entry {
                    last: envelope.position,
                    revision: envelope.revision,
                    count: entry.count + 1,
                    at: envelope.recorded_at,
                    who: envelope.who,
                    typed: entry.typed.map(|before| before.plus(typed)),
                    ..entry
                };
                self.entries.insert(entry.last, entry);
            }
            ended => {
                self.entries.extend(ended.map(|entry| (entry.last, entry)));
                self.add(record, Subject::Text(chapter), None, Some(typed));
            }
        }
    }

    /// Takes in a record of a domain stream. What a team writes after an offer or a freeze is a stretch of its own.
    pub(super) fn add_decided(&mut self, record: &Record, event: Option<Arc<Event>>) {
        if let Some(subject) = Subject::of(&record.envelope.stream) {
            if let Subject::Chapter(chapter) = subject
                && chapter::is_milestone(&record.envelope.kind)
            {
                self.typing.retain(|(of, _), _| *of != chapter);
            }
            self.add(record, subject, event, None);
        }
    }

    /// Lets go of what the event at a position said: its content is erased.
    pub(super) fn erase(&mut self, position: Position) {
        if let Some(entry) = self.entries.get_mut(&position) {
            entry.event = None;
        }
    }

    fn add(&mut self, record: &Record, subject: Subject, event: Option<Arc<Event>>, typed: Option<Typed>) {
        let envelope = &record.envelope;
        let entry = Entry {
            first: envelope.position,
            last: envelope.position,
            revision: envelope.revision,
            count: 1,
            started_at: envelope.recorded_at,
            at: envelope.recorded_at,
            kind: envelope.kind.clone(),
            who: envelope.who,
            via: envelope.via,
            command: envelope.correlation,
            subject,
            event,
            typed,
        };
        self.entries.insert(entry.last, entry);
    }
}

impl Entry {
    /// Whether it says that earlier text came back.
    #[must_use]
    pub fn is_restore(&self) -> bool {
        self.kind == TEXT_RESTORED
    }

    /// Whether it is what a restore wrote: a part of what the restore's own entry tells.
    #[must_use]
    pub fn is_words_of_restore(&self) -> bool {
        self.typed.is_some() && self.via == Via::Restore
    }

    /// Where its last event stands.
    pub(super) const fn decided_at(&self) -> At {
        At {
            position: self.last,
            revision: self.revision,
            recorded_at: self.at,
            who: self.who,
        }
    }

    /// Whether a record goes on with this stretch of typing. Each restore is an act by itself.
    fn continues_with(&self, record: &Record) -> bool {
        let envelope = &record.envelope;
        let same_act = envelope.via != Via::Restore || self.command == envelope.correlation;
        same_act && self.via == envelope.via && envelope.recorded_at.0.saturating_sub(self.at.0) < PAUSE_MS
    }
}

#[cfg(test)]
mod tests;
