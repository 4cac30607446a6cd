//! Changes that clients push, and the actors they write them under (rules A1 and P1–P5 of `docs/protocol.md`).

use std::sync::Arc;

use automerge::ChangeHash;
use schema::domain::actor::{ActorBound, TextBinding};
use schema::ids::{ActorRef, BoundActor, ChapterId, Generation};
use schema::limits::ACTORS_PER_SESSION_MAX;
use schema::log::Via;
use schema::log::kinds::derived_event_id;
use schema::text::change;
use schema::wire::ServerFrame;

use super::batch::{Batch, Offered, TextPlace};
use super::chapter::LiveChapter;
use super::offer::is_free;
use super::plan_room::{Binding, PlanRoom, Work};
use super::refusals::{NotTaken, Tried};
use super::session;
use super::{Core, SessionId, Speaks, Visitor};

pub(super) struct BindRequest {
    pub(super) session: SessionId,
    pub(super) chapter: ChapterId,
    pub(super) generation: Generation,
    pub(super) actors: Vec<BoundActor>,
}

pub(super) struct PushRequest {
    pub(super) session: SessionId,
    pub(super) chapter: ChapterId,
    pub(super) generation: Generation,
    pub(super) raw: Arc<[u8]>,
}

impl PushRequest {
    /// The same, as work that waits.
    pub(super) fn later(&self) -> Work {
        Work::Push {
            session: self.session,
            chapter: self.chapter,
            generation: self.generation,
            raw: Arc::clone(&self.raw),
        }
    }
}

impl Core {
    /// Binds fresh actors to the person and page (rule A1); refuses silently-used or foreign ones.
    pub(super) fn bind(&mut self, room: &mut PlanRoom, batch: &mut Batch, request: BindRequest) {
        let BindRequest {
            session: id,
            chapter,
            generation,
            actors,
        } = request;
        let Some(session) = self.sessions.get(&id) else {
            return;
        };
        let (Some(caller), session::Phase::Open { device, page, .. }) =
            (session.visitor.caller, session.phase)
        else {
            return;
        };
        let live = room.chapters.get(&chapter).and_then(LiveChapter::live);
        let Some(live) = live.filter(|live| live.generation == generation) else {
            return;
        };
        let allowed = session.visitor.may_write(&room.state, chapter);
        let mut refused = |code| {
            let tried = Tried {
                action: "bind",
                chapter: Some(chapter),
                code,
            };
            self.log_refusal(id, tried);
        };
        if let Err(refusal) = allowed {
            return refused(refusal.code());
        }
        // Actors of a generation's start are nobody's: who wrote its words is said by the generation before.
        let (fresh, known): (Vec<_>, Vec<_>) = actors.into_iter().partition(|actor| is_free(room, actor));
        let fresh: Vec<_> = fresh
            .into_iter()
            .filter(|actor| !live.evidence.has_actor(actor))
            .collect();
        let by = (caller, page, chapter, generation);
        let bound = room.bound_by.get(&by).copied().unwrap_or_default() + batch.binds(&by);
        let left = ACTORS_PER_SESSION_MAX.saturating_sub(bound);
        if fresh.len() > left {
            refused("too-many-actors");
        }
        self.answer_known(room, (id, chapter), generation, &known);
        for actor in fresh.into_iter().take(left) {
            let mut bound = ActorBound::person(&room.state, &caller);
            bound.device = Some(device);
            bound.page_session = Some(page);
            bound.text = Some(TextBinding {
                chapter,
                generation,
                actor,
            });
            let event = derived_event_id(b"actor", &[actor.as_bytes()]);
            batch.guarded.insert(schema::log::Stream::Rights);
            batch.bind(event, bound, Via::Browser, Some(id));
        }
    }

    /// Tells which of these actors are bound to this very person here already: who comes back after a restore from a
    /// backup cannot know which of its bindings were lost (rule A3).
    fn answer_known(
        &mut self,
        room: &PlanRoom,
        (id, chapter): (SessionId, ChapterId),
        generation: Generation,
        actors: &[BoundActor],
    ) {
        let caller = self.sessions.get(&id).and_then(|session| session.visitor.caller);
        let own = |actor: &&BoundActor| {
            let binding = room.actors.get(*actor);
            binding.is_some_and(|binding| {
                (binding.caller, binding.chapter, binding.generation) == (caller, chapter, generation)
            })
        };
        let bound: Vec<_> = actors
            .iter()
            .filter(own)
            .filter_map(|actor| Some((*actor, room.actors.get(actor)?.who)))
            .collect();
        if let Some(open) = room.chapters.get(&chapter).filter(|_| !bound.is_empty()) {
            let frame = ServerFrame::Bound {
                channel: open.channel,
                actors: bound,
            };
            self.send(id, &frame);
        }
    }

    /// Judges one pushed change (rules P1–P5) and takes it into the batch.
    pub(super) fn push(&mut self, room: &mut PlanRoom, batch: &mut Batch, request: &PushRequest) -> Offered {
        let (id, chapter, generation) = (request.session, request.chapter, request.generation);
        let Some(session) = self.sessions.get(&id) else {
            return Offered::Taken;
        };
        let header = match change::inspect(&request.raw) {
            Ok(inspected) => inspected.header,
            Err(refusal) => {
                let why = NotTaken::Unacceptable(refusal);
                let hash = change::name_of(&request.raw).unwrap_or(ChangeHash([0; 32]));
                return self.refuse_push(room, (id, chapter), hash, why);
            }
        };
        let hash = header.hash;
        let speaks = session.visitor.speaks;
        if base_actor(&header.actor).is_some_and(|actor| batch.binds_actor(&actor)) {
            // Its actor is bound in this very batch (rule A4).
            return Offered::NotYet(request.later());
        }
        let Some(open) = room.chapters.get(&chapter) else {
            return Offered::Taken;
        };
        let has_ended = open.live().is_none_or(|live| generation < live.generation);
        let (actor, who) = match author(room, &session.visitor, request, &header.actor) {
            Ok(found) => found,
            // A request for its actor that came when the generation had ended was not answered, so this one may be honest.
            Err(NotTaken::ForeignActor) if has_ended => {
                return self.refuse_push(room, (id, chapter), hash, NotTaken::GenerationEnded);
            }
            Err(NotTaken::ForeignActor) if speaks == Speaks::AutomergeRepo => {
                return self.push_brought(room, batch, request);
            }
            Err(why) => return self.refuse_push(room, (id, chapter), hash, why),
        };
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return Offered::Taken;
        };
        let channel = open.channel;
        let Some(live) = open.live_mut().filter(|live| live.generation == generation) else {
            return self.refuse_push(room, (id, chapter), hash, NotTaken::GenerationEnded);
        };
        if batch.holds(chapter, &hash) {
            // On its way in this very batch: answered once that is durable.
            return Offered::NotYet(request.later());
        }
        if let Some(position) = live.place_of(&hash) {
            let hash = hash.0.into();
            let known = ServerFrame::Known {
                channel,
                hash,
                position,
            };
            self.send(id, &known);
            return Offered::Taken;
        }
        match live.evidence.admit(&request.raw, &[actor]) {
            Ok(admitted) => {
                batch.guard_text(chapter, generation);
                let place = TextPlace {
                    chapter,
                    generation,
                    who,
                    via: via_of(speaks),
                    correlation: None,
                };
                batch.text(place, Some(id), hash, admitted.raw.into());
                Offered::Taken
            }
            Err(refusal) => self.refuse_push(room, (id, chapter), hash, NotTaken::Unacceptable(refusal)),
        }
    }

    /// Refuses a change, and counts it where no honest client makes such a one (rule P9).
    pub(super) fn refuse_push(
        &mut self,
        room: &PlanRoom,
        (session, chapter): (SessionId, ChapterId),
        hash: ChangeHash,
        why: NotTaken,
    ) -> Offered {
        let reason = why.reason();
        let tried = Tried {
            action: "push",
            chapter: Some(chapter),
            code: &reason.code,
        };
        self.log_refusal(session, tried);
        if let Some(open) = room.chapters.get(&chapter) {
            let frame = ServerFrame::Refused {
                channel: open.channel,
                hash: hash.0.into(),
                reason,
            };
            self.send(session, &frame);
        }
        if !why.may_be_honest() {
            self.sent_a_bad_change(session, chapter);
        }
        Offered::Taken
    }
}

/// Who writes a change: a person with the right to, under an actor bound to them here (rules P2 and P3).
fn author(
    room: &PlanRoom,
    visitor: &Visitor,
    request: &PushRequest,
    actor: &[u8],
) -> Result<(BoundActor, ActorRef), NotTaken> {
    visitor
        .may_write(&room.state, request.chapter)
        .map_err(NotTaken::NotAllowed)?;
    let caller = visitor.caller;
    let actor = base_actor(actor);
    let is_own = |binding: &&Binding| {
        binding.caller == caller
            && binding.chapter == request.chapter
            && binding.generation == request.generation
    };
    let place = |actor| (actor, request.chapter, request.generation);
    let brought = || room.brought.get(&place(actor?)).filter(is_own);
    let first = actor.and_then(|actor| room.actors.get(&actor)).filter(is_own);
    let binding = first.or_else(brought);
    Ok((
        actor.ok_or(NotTaken::ForeignActor)?,
        binding.ok_or(NotTaken::ForeignActor)?.who,
    ))
}

/// By which way what is said on a connection comes.
pub(super) const fn via_of(speaks: Speaks) -> Via {
    match speaks {
        Speaks::Native => Via::Browser,
        Speaks::AutomergeRepo => Via::Token,
    }
}

/// The actor that may have been bound: automerge's derived form ends in the actor it derives from. Whether the
/// rest is that form is for acceptance to judge.
fn base_actor(actor: &[u8]) -> Option<BoundActor> {
    actor.last_chunk::<16>().copied().map(BoundActor::from_bytes)
}
