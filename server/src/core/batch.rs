//! What goes into one append, and what each event of it means once the log has answered.
//!
//! A batch is either **one** command with its events, or as many text changes and bindings as wait. So every
//! decision sees the durable state and nothing else, and a text change never shares a batch with the
//! withdrawal of the right to make it.

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use schema::domain::Event;
use schema::domain::actor::{ACTOR_BOUND, ActorBound};
use schema::ids::{ActorRef, BoundActor, ChapterId, EventId, Generation, PlanId, Revision};
use schema::limits::BATCH_EVENTS_MAX;
use schema::log::event::{ContentDigest, text_event_id};
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{NewEvent, Stream, Via, Who};

use super::chapter::Fresh;
use super::plan_room::{BoundBy, PlanRoom, Work};
use super::quarantine::Next;
use super::{SessionId, Ticket};
use crate::log::{AppendRequest, Guard};

/// What one event of a batch means once it is durable.
#[derive(Debug)]
pub enum Part {
    /// A change of a text.
    Text {
        /// The chapter.
        chapter: ChapterId,
        /// Who pushed it; none when the server wrote it.
        session: Option<SessionId>,
        /// Its actor.
        who: ActorRef,
        /// Its hash.
        hash: ChangeHash,
        /// The raw chunk.
        raw: Arc<[u8]>,
    },
    /// An actor.
    Bind {
        /// Who asked; none for actors of commands and of the server.
        session: Option<SessionId>,
        /// The binding.
        bound: Box<ActorBound>,
    },
    /// An event of an aggregate, with its actor.
    Domain(Box<Event>, ActorRef),
    /// Before the changes that bring earlier text back in a chapter: that this is what they are.
    Restored(ChapterId),
    /// A quarantine, a new generation: nothing to fold, but the stream moves.
    Other(Stream),
    /// After the event that starts it, and what is carried over: the generation that the chapter goes on in.
    Succeeded {
        /// The chapter.
        chapter: ChapterId,
        /// Its new generation.
        next: Next,
    },
    /// After the events of a command or write: who gets the answer.
    Answer {
        /// Where.
        ticket: Ticket,
        /// The request's id.
        id: schema::ids::CommandId,
        /// What it asked.
        content: ContentDigest,
    },
}

impl Part {
    pub(super) fn is_event(&self) -> bool {
        !matches!(self, Self::Answer { .. } | Self::Succeeded { .. })
    }
}

/// A batch being formed.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<NewEvent>,
    pub(super) parts: Vec<Part>,
    pub(super) guarded: BTreeSet<Stream>,
    /// Generations that must not have a successor.
    pub(super) current: BTreeSet<(ChapterId, Generation)>,
    /// Streams of texts that must end here.
    pub(super) exact: Vec<(Stream, Revision)>,
}

/// What became of a piece of work offered to a batch.
pub(super) enum Offered {
    /// Done or in the batch.
    Taken,
    /// It must wait for the next batch: what is in this one comes first.
    NotYet(Work),
}

impl Batch {
    pub(super) fn add(&mut self, event: NewEvent, part: Part) {
        self.events.push(event);
        self.parts.push(part);
    }

    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= BATCH_EVENTS_MAX
    }

    /// Whether a change of a chapter is in it.
    pub(super) fn holds(&self, chapter: ChapterId, change: &ChangeHash) -> bool {
        let is_it = |part: &Part| matches!(part, Part::Text { chapter: of, hash, .. } if *of == chapter && hash == change);
        self.parts.iter().any(is_it)
    }

    /// Whether an actor is bound in it.
    pub(super) fn binds_actor(&self, actor: &BoundActor) -> bool {
        let is_it = |part: &Part| matches!(part, Part::Bind { bound, .. } if bound.text.as_ref().is_some_and(|text| text.actor == *actor));
        self.parts.iter().any(is_it)
    }

    /// How many actors of a page in a generation are in it.
    pub(super) fn binds(&self, by: &BoundBy) -> usize {
        let is_theirs = |part: &&Part| {
            let Part::Bind { bound, .. } = part else {
                return false;
            };
            let text = bound.text.as_ref();
            text.zip(bound.caller().zip(bound.page_session))
                .is_some_and(|(text, (caller, page))| (caller, page, text.chapter, text.generation) == *by)
        };
        self.parts.iter().filter(is_theirs).count()
    }

    pub(super) fn bind(&mut self, id: EventId, bound: ActorBound, via: Via, session: Option<SessionId>) {
        let event = NewEvent {
            id,
            stream: Stream::Actors,
            kind: ACTOR_BOUND,
            who: Who::Itself,
            via,
            causation: None,
            correlation: None,
            payload: bound.payload().into(),
        };
        self.add(
            event,
            Part::Bind {
                session,
                bound: Box::new(bound),
            },
        );
    }

    /// When the events before are durable, the chapter goes on in this generation.
    pub(super) fn goes_on(
        &mut self,
        chapter: ChapterId,
        generation: Generation,
        (who, fresh): (ActorRef, Option<Box<Fresh>>),
    ) {
        let next = Next {
            generation,
            who,
            fresh,
        };
        self.parts.push(Part::Succeeded { chapter, next });
    }

    /// A generation must end before this revision.
    pub(super) fn ends_at(&mut self, chapter: ChapterId, generation: Generation, head: Revision) {
        let last = head
            .before()
            .map(|last| (Stream::Text(chapter, generation), last));
        self.exact.extend(last);
    }

    pub(super) fn guard_text(&mut self, chapter: ChapterId, generation: Generation) {
        self.guarded.insert(Stream::Rights);
        self.guarded.insert(Stream::Chapter(chapter));
        self.current.insert((chapter, generation));
    }

    pub(super) fn text(
        &mut self,
        place: TextPlace,
        session: Option<SessionId>,
        hash: ChangeHash,
        raw: Arc<[u8]>,
    ) {
        let TextPlace {
            chapter,
            generation,
            who,
            via,
            correlation,
        } = place;
        let event = NewEvent {
            id: text_event_id(chapter, generation, &hash.0),
            stream: Stream::Text(chapter, generation),
            kind: TEXT_CHANGED,
            who: Who::Actor(who),
            via,
            causation: None,
            correlation,
            payload: Arc::clone(&raw),
        };
        self.add(
            event,
            Part::Text {
                chapter,
                session,
                who,
                hash,
                raw,
            },
        );
    }

    pub(super) fn request(self, plan: PlanId, room: &PlanRoom) -> (AppendRequest, Vec<Part>) {
        let known = self.guarded.into_iter().map(|stream| Guard {
            stream,
            expected: match room.state.revisions.get(&stream) {
                Some(revision) => crate::log::Expected::Exact(*revision),
                None => crate::log::Expected::NoStream,
            },
        });
        let successors = self.current.into_iter().map(|(chapter, generation)| Guard {
            stream: Stream::Text(chapter, generation.next()),
            expected: crate::log::Expected::NoStream,
        });
        let exact = self.exact.into_iter().map(|(stream, revision)| Guard {
            stream,
            expected: crate::log::Expected::Exact(revision),
        });
        let guards = known.chain(successors).chain(exact).collect();
        (
            AppendRequest {
                plan,
                events: self.events,
                guards,
            },
            self.parts,
        )
    }
}

/// Where a text event goes and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextPlace {
    pub(super) chapter: ChapterId,
    pub(super) generation: Generation,
    pub(super) who: ActorRef,
    pub(super) via: Via,
    pub(super) correlation: Option<schema::ids::CommandId>,
}
