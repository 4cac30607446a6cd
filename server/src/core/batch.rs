//! How waiting work becomes one append, and what follows once the log has answered.
//!
//! A batch is either **one** command with its events, or as many text changes and bindings as wait. So every
//! decision sees the durable state and nothing else, and a text change never shares a batch with the
//! withdrawal of the right to make it.

use std::collections::BTreeSet;
use std::sync::Arc;

use automerge::ChangeHash;
use schema::domain::actor::{ACTOR_BOUND, ActorBound, TextBinding};
use schema::domain::policy::{Action, may};
use schema::domain::{Caller, Event, decide};
use schema::ids::{ActorRef, BoundActor, ChapterId, EventId, Generation, PlanId};
use schema::limits::BATCH_EVENTS_MAX;
use schema::log::event::{command_event_id, text_event_id};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_RESTORED, derived_event_id};
use schema::log::{NewEvent, Stream, Via, Who};

use super::chapter::{Live, Phase};
use super::plan_room::{PlanRoom, Work};
use super::{
    CommandAnswer, CommandRequest, Core, CoreRefusal, Effect, Expected, Purpose, SessionId, Ticket,
    WriteRequest,
};
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
    /// A restore, a quarantine, a new generation: nothing to fold, but the stream moves.
    Other(Stream),
    /// After the events of a quarantine: the generation that the chapter goes on in.
    Succeeded {
        /// The chapter.
        chapter: ChapterId,
        /// Its new generation.
        generation: Generation,
    },
    /// After the events of a command or write: who gets the answer.
    Answer {
        /// Where.
        ticket: Ticket,
        /// The request's id.
        id: schema::ids::CommandId,
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

    fn request(self, plan: PlanId, room: &PlanRoom) -> (AppendRequest, Vec<Part>) {
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
        let guards = known.chain(successors).collect();
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

impl Core {
    /// Forms the plan's next batch, if the log is free and anything waits.
    pub(super) fn pump(&mut self, plan: PlanId) {
        let Some(mut room) = self.plans.remove(&plan) else {
            return;
        };
        if room.is_free() {
            let mut batch = Batch::default();
            while let Some(work) = room.queue.pop_front() {
                if let Offered::NotYet(work) = self.offer(plan, &mut room, &mut batch, work) {
                    room.queue.push_front(work);
                    break;
                }
                if batch.is_full() {
                    break;
                }
            }
            if !batch.events.is_empty() {
                let (request, parts) = batch.request(plan, &room);
                room.in_flight = Some(parts);
                self.effects.push(Effect::Append { request });
            }
        }
        self.plans.insert(plan, room);
    }

    fn offer(&mut self, plan: PlanId, room: &mut PlanRoom, batch: &mut Batch, work: Work) -> Offered {
        match work {
            Work::Open {
                session,
                request,
                chapter,
                have,
            } => {
                self.open(
                    plan,
                    room,
                    super::frames::OpenRequest {
                        session,
                        request,
                        chapter,
                        have,
                    },
                );
                Offered::Taken
            }
            Work::Bind {
                session,
                chapter,
                generation,
                actors,
            } => {
                self.bind(
                    room,
                    batch,
                    super::frames::BindRequest {
                        session,
                        chapter,
                        generation,
                        actors,
                    },
                );
                Offered::Taken
            }
            Work::Push {
                session,
                chapter,
                generation,
                raw,
            } => self.push(
                room,
                batch,
                super::frames::PushRequest {
                    session,
                    chapter,
                    generation,
                    raw,
                },
            ),
            Work::ReadCopy { ticket, chapter } => {
                self.offer_copy(plan, room, ticket, chapter);
                Offered::Taken
            }
            // From here on: one request with its events is a batch of its own.
            work if !batch.events.is_empty() => Offered::NotYet(work),
            Work::Command { ticket, request } => self.offer_command(room, batch, ticket, request),
            Work::Write { ticket, request } => self.offer_write(plan, room, batch, (ticket, request)),
            Work::Succeed { chapter, successor } => {
                super::quarantine::succeed(room, batch, chapter, *successor)
            }
        }
    }

    fn answer(&mut self, ticket: Ticket, result: Result<CommandAnswer, CoreRefusal>) -> Offered {
        self.effects.push(Effect::CommandAnswer { ticket, result });
        Offered::Taken
    }

    fn offer_command(
        &mut self,
        room: &mut PlanRoom,
        batch: &mut Batch,
        ticket: Ticket,
        request: Box<CommandRequest>,
    ) -> Offered {
        if let Some(first) = room.answers.get(&request.id) {
            return self.answer(ticket, Ok(*first));
        }
        let stream = request.command.stream();
        let current = room.state.revisions.get(&stream).copied();
        if let Some(Expected::At(expected)) = request.expected
            && current != Some(expected)
        {
            return self.answer(ticket, Err(CoreRefusal::Stale { current }));
        }
        let events = match decide(&room.state, &request.caller, self.now, &request.command) {
            Ok(events) => events,
            Err(refusal) => {
                tracing::info!(code = refusal.code(), person = %request.caller.person, "command refused: {refusal}");
                return self.answer(ticket, Err(refusal.into()));
            }
        };
        if events.is_empty() {
            return self.answer(
                ticket,
                Ok(CommandAnswer {
                    position: None,
                    revision: current,
                }),
            );
        }
        let Some(who) = room.speaker(request.caller, request.origin) else {
            let bound = speaker_of(room, &request.caller, request.origin);
            let id = derived_event_id(b"speaker", &[request.id.as_bytes()]);
            batch.bind(id, bound, request.origin.via, None);
            return Offered::NotYet(Work::Command { ticket, request });
        };
        batch.guarded.extend(request.command.depends_on(&room.state));
        for (index, event) in (0..).zip(events) {
            let new = |id, stream, kind, payload: Arc<[u8]>| NewEvent {
                id,
                stream,
                kind,
                who: Who::Actor(who),
                via: request.origin.via,
                causation: None,
                correlation: Some(request.id),
                payload,
            };
            let id = command_event_id(request.id, index);
            batch.add(
                new(id, event.stream(), event.kind(), event.payload().into()),
                Part::Domain(Box::new(event.clone()), who),
            );
            if let Event::Chapter(chapter, schema::domain::chapter::Event::Created { .. }) = event {
                let generation = Generation(1);
                let payload = schema::text::generation::first_payload();
                let stream = Stream::Text(chapter, generation);
                let id = derived_event_id(b"generation", &[chapter.as_bytes(), &generation.0.to_be_bytes()]);
                batch.add(
                    new(id, stream, TEXT_GENERATION, payload.into()),
                    Part::Other(stream),
                );
            }
        }
        batch.parts.push(Part::Answer {
            ticket,
            id: request.id,
        });
        Offered::Taken
    }

    fn offer_write(
        &mut self,
        plan: PlanId,
        room: &mut PlanRoom,
        batch: &mut Batch,
        (ticket, request): (Ticket, Box<WriteRequest>),
    ) -> Offered {
        if let Some(first) = room.answers.get(&request.id) {
            return self.answer(ticket, Ok(*first));
        }
        let action = match &request.purpose {
            Purpose::Write => Action::WriteText(request.chapter),
            Purpose::Fill => Action::Structure,
            Purpose::Restore(_) => Action::RestoreText(request.chapter),
        };
        if let Err(refusal) = may(&room.state, Some(&request.caller), &action) {
            tracing::info!(code = refusal.code(), person = %request.caller.person, "text refused: {refusal}");
            return self.answer(ticket, Err(refusal.into()));
        }
        let Some(binding) = room.actors.get(&request.actor).copied() else {
            let text = TextBinding {
                chapter: request.chapter,
                generation: request.generation,
                actor: request.actor,
            };
            let mut bound = speaker_of(room, &request.caller, request.origin);
            bound.text = Some(text);
            batch.bind(
                derived_event_id(b"actor", &[request.actor.as_bytes()]),
                bound,
                request.origin.via,
                None,
            );
            return Offered::NotYet(Work::Write { ticket, request });
        };
        if binding.caller != Some(request.caller) {
            return self.answer(ticket, Err(CoreRefusal::NotFound));
        }
        self.ensure_loading(plan, room, request.chapter);
        let Some(chapter) = room.chapters.get_mut(&request.chapter) else {
            return self.answer(ticket, Err(CoreRefusal::NotFound));
        };
        match &mut chapter.phase {
            Phase::Live(live) => {
                let mark = live.evidence.len();
                match write_changes(live, &request, binding.who, batch) {
                    Ok(()) => {
                        batch.parts.push(Part::Answer {
                            ticket,
                            id: request.id,
                        });
                        Offered::Taken
                    }
                    Err(refusal) => {
                        live.evidence.retract_to(mark);
                        *batch = Batch::default();
                        self.answer(ticket, Err(refusal))
                    }
                }
            }
            Phase::Loading(waiting) | Phase::Switching(waiting) => {
                waiting.push(Work::Write { ticket, request });
                Offered::Taken
            }
        }
    }
}

/// The binding of a person who acts through the API.
fn speaker_of(room: &PlanRoom, caller: &Caller, origin: super::Origin) -> ActorBound {
    let mut bound = ActorBound::person(&room.state, caller);
    bound.device = Some(origin.device);
    bound.page_session = Some(origin.page);
    bound
}

fn write_changes(
    live: &mut Live,
    request: &WriteRequest,
    who: ActorRef,
    batch: &mut Batch,
) -> Result<(), CoreRefusal> {
    if request.purpose == Purpose::Fill && live.entries.len() > 1 {
        return Err(CoreRefusal::Stale { current: None });
    }
    if request.generation != live.generation || request.changes.len() >= BATCH_EVENTS_MAX {
        return Err(CoreRefusal::Stale { current: None });
    }
    batch.guard_text(request.chapter, live.generation);
    if let Purpose::Restore(payload) = &request.purpose {
        let stream = Stream::Chapter(request.chapter);
        let event = NewEvent {
            id: command_event_id(request.id, 0),
            stream,
            kind: TEXT_RESTORED,
            who: Who::Actor(who),
            via: Via::Restore,
            causation: None,
            correlation: Some(request.id),
            payload: Arc::clone(payload),
        };
        batch.add(event, Part::Other(stream));
    }
    let place = TextPlace {
        chapter: request.chapter,
        generation: live.generation,
        who,
        via: request.origin.via,
        correlation: Some(request.id),
    };
    for raw in &request.changes {
        let sender = [request.actor];
        let admitted = live.evidence.admit(raw, &sender).map_err(CoreRefusal::Change)?;
        batch.text(place, None, admitted.hash, admitted.raw.into());
    }
    Ok(())
}

/// Admitting an honest binding needs a fresh 16-byte actor that nobody has.
pub(super) fn is_free(room: &PlanRoom, actor: &BoundActor) -> bool {
    !room.actors.contains_key(actor) && *actor != BoundActor::from_bytes([0; 16])
}
