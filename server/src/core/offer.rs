//! How waiting work becomes one append: each piece is judged against the durable state and put in the batch.

use std::sync::Arc;

use schema::domain::actor::{ActorBound, TextBinding};
use schema::domain::policy::{Action, may};
use schema::domain::{Caller, Event, decide};
use schema::ids::{ActorRef, BoundActor, Generation, PlanId, Position, Revision};
use schema::limits::BATCH_EVENTS_MAX;
use schema::log::course::Course;
use schema::log::event::command_event_id;
use schema::log::kinds::{TEXT_GENERATION, TEXT_RESTORED, derived_event_id};
use schema::log::{NewEvent, Stream, Via, Who};

use super::batch::{Batch, Offered, Part, TextPlace};
use super::chapter::{Live, Phase};
use super::open::OpenRequest;
use super::plan_room::{PlanRoom, Work};
use super::push::{BindRequest, PushRequest};
use super::{
    CommandAnswer, CommandRequest, Core, CoreRefusal, Effect, Expected, Purpose, Ticket, WriteRequest,
};

impl Core {
    /// Forms the plan's next batch, if the log is free and anything waits.
    pub(super) fn pump(&mut self, plan: PlanId) {
        let Some(mut room) = self.plans.remove(&plan) else {
            return;
        };
        if room.is_free() {
            let mut batch = Batch::default();
            while let Some(work) = room.queue.pop_front() {
                let Some(work) = self.unless_stopped(&mut room, work) else {
                    continue;
                };
                let is_alone = work.is_alone();
                if let Offered::NotYet(work) = self.offer(plan, &mut room, &mut batch, work) {
                    // Work waits for the batch before it. What waits for nothing would hold up the plan for good.
                    if batch.events.is_empty() {
                        tracing::error!(plan = %plan, "work waits for an empty batch, it is given up");
                        self.give_up(&work, "the work could not be done");
                        continue;
                    }
                    room.queue.push_front(work);
                    break;
                }
                // What comes behind it would be judged by the state before it, and stand in the log after it.
                if batch.is_full() || (is_alone && !batch.events.is_empty()) {
                    break;
                }
            }
            if !batch.events.is_empty() {
                let (request, parts) = batch.request(plan, &room);
                room.in_flight = Some(parts);
                self.effects.push(Effect::Append { request });
            }
        }
        // A plan that does not exist takes no place: anybody can name any number of those.
        if !room.is_of_nothing() {
            self.plans.insert(plan, room);
        }
    }

    fn offer(&mut self, plan: PlanId, room: &mut PlanRoom, batch: &mut Batch, work: Work) -> Offered {
        match work {
            Work::Open {
                session,
                request,
                chapter,
                have,
            } => {
                let open = OpenRequest {
                    session,
                    request,
                    chapter,
                    have,
                };
                self.open(plan, room, open);
                Offered::Taken
            }
            Work::Bind {
                session,
                chapter,
                generation,
                actors,
            } => {
                let bind = BindRequest {
                    session,
                    chapter,
                    generation,
                    actors,
                };
                self.bind(room, batch, bind);
                Offered::Taken
            }
            Work::Push {
                session,
                chapter,
                generation,
                raw,
            } => {
                let push = PushRequest {
                    session,
                    chapter,
                    generation,
                    raw,
                };
                self.push(room, batch, &push)
            }
            Work::Recall { ticket, request } => {
                let result = room.answers.find(request.id, &request.content);
                self.effects.push(Effect::RecallAnswer { ticket, result });
                Offered::Taken
            }
            Work::ReadCopy { ticket, chapter } => {
                self.offer_copy(plan, room, ticket, chapter);
                Offered::Taken
            }
            Work::Device { session, word } => {
                self.device_said(plan, room, session, word);
                Offered::Taken
            }
            // From here on: one request with its events is a batch of its own.
            work if !batch.events.is_empty() => Offered::NotYet(work),
            Work::Command { ticket, request } => self.offer_command(room, batch, ticket, request),
            Work::Write { ticket, request } => self.offer_write(plan, room, batch, (ticket, request)),
            Work::CloseText { erasure } => self.offer_closing(plan, room, erasure),
            Work::Succeed { chapter, successor } => {
                self.offer_successor((plan, room), batch, chapter, successor)
            }
            Work::CarriedOut { erasure } => super::erasing::say_carried_out(room, batch, erasure),
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
        match room.answers.find(request.id, &request.content) {
            Ok(None) => {}
            Ok(Some(first)) => return self.answer(ticket, Ok(first)),
            Err(refusal) => return self.answer(ticket, Err(refusal)),
        }
        let stream = request.command.stream();
        let current = room.state.revisions.get(&stream).copied();
        let decided = decide(&room.state, &request.caller, self.clock, &request.command);
        let events = match decided.map_err(|refusal| (refusal, refusal.is_about_the_caller())) {
            // Whether somebody was earlier is told to whoever may do this at all.
            Err((refusal, true)) => return self.answer(ticket, Err(refusal.into())),
            _ if !is_expected(request.expected, current) => {
                return self.answer(ticket, Err(CoreRefusal::Stale { current }));
            }
            Err((refusal, false)) => return self.answer(ticket, Err(refusal.into())),
            Ok(events) => events,
        };
        if events.is_empty() {
            let course = Course::unchanged(current);
            room.answers.keep(request.id, &request.content, course);
            return self.answer(ticket, Ok(course.into()));
        }
        let who = if let Some(who) = room.speaker(request.caller, request.origin) {
            who
        } else {
            let bound = speaker_of(room, &request.caller, request.origin);
            let id = derived_event_id(b"speaker", &[request.id.as_bytes()]);
            batch.bind(id, bound, request.origin.via, None);
            if !room.is_unwritten() {
                return Offered::NotYet(Work::Command { ticket, request });
            }
            // A plan begins with one append: of a speaker alone, were the power to go, nobody could make anything. The speaker
            // stands in the first place, and nowhere else.
            batch.guarded.extend([Stream::Actors]);
            ActorRef(Position(0))
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
            let id = command_event_id(request.id, &request.content, index);
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
            content: request.content,
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
        match room.answers.find(request.id, &request.content) {
            Ok(None) => {}
            Ok(Some(first)) => return self.answer(ticket, Ok(first)),
            Err(refusal) => return self.answer(ticket, Err(refusal)),
        }
        if let Err(refusal) = may(&room.state, Some(&request.caller), &action_of(&request)) {
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
        let current = room
            .state
            .revisions
            .get(&Stream::Chapter(request.chapter))
            .copied();
        if let Purpose::Restore { seen, .. } = &request.purpose
            && *seen != current
        {
            return self.answer(ticket, Err(CoreRefusal::Stale { current }));
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
                            content: request.content,
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
            Phase::Loading(waiting) | Phase::Switching(_, waiting) => {
                waiting.push(Work::Write { ticket, request });
                Offered::Taken
            }
        }
    }
}

fn is_expected(expected: Option<Expected>, current: Option<Revision>) -> bool {
    match expected {
        None => true,
        Some(Expected::At(expected)) => current == Some(expected),
        Some(Expected::Foreign) => false,
    }
}

/// What must be allowed to whoever has the server write text.
fn action_of(request: &WriteRequest) -> Action {
    match &request.purpose {
        #[cfg(test)]
        Purpose::Write => Action::WriteText(request.chapter),
        Purpose::Fill => Action::Structure,
        Purpose::Restore { .. } => Action::RestoreText(request.chapter),
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
    if let Purpose::Restore { payload, .. } = &request.purpose {
        let stream = Stream::Chapter(request.chapter);
        let event = NewEvent {
            id: command_event_id(request.id, &request.content, 0),
            stream,
            kind: TEXT_RESTORED,
            who: Who::Actor(who),
            via: Via::Restore,
            causation: None,
            correlation: Some(request.id),
            payload: Arc::clone(payload),
        };
        batch.add(event, Part::Restored(request.chapter));
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
