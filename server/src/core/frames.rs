//! What clients say: frames in, work queued or frames out. Rule numbers refer to `docs/protocol.md`.

use std::sync::Arc;

use automerge::ChangeHash;
use schema::domain::actor::{ActorBound, TextBinding};
use schema::domain::policy::{Action, may};
use schema::ids::{BoundActor, ChapterId, Generation, PlanId, Revision, TimestampMs};
use schema::limits::{
    ACTORS_PER_SESSION_MAX, CHANNELS_PER_CONNECTION_MAX, CONNECTION_IDLE_MS, PENDING_CHANGES_MAX,
    PUSH_CHANGES_MAX,
};
use schema::log::Via;
use schema::log::kinds::derived_event_id;
use schema::text::change;
use schema::text::evidence::ChangeRefusal;
use schema::wire::{self, ClientFrame, Have, Reason, ServerFrame, Start, VERSIONS};

use super::batch::{Batch, Offered, TextPlace, is_free};
use super::chapter::{LiveChapter, Phase, Reader};
use super::plan_room::{PlanRoom, Work};
use super::session;
use super::{Core, Effect, Frame, SessionId};

pub(super) struct OpenRequest {
    pub(super) session: SessionId,
    pub(super) request: u32,
    pub(super) chapter: ChapterId,
    pub(super) have: Option<Have>,
}

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

impl Core {
    pub(super) fn send(&mut self, session: SessionId, frame: &ServerFrame) {
        self.send_encoded(session, wire::encode(frame).into());
    }

    pub(super) fn send_encoded(&mut self, session: SessionId, frame: Frame) {
        self.effects.push(Effect::Send { session, frame });
    }

    /// Says goodbye and ends a connection (rule C6).
    pub(super) fn end(&mut self, session: SessionId, reason: &Reason, retry_after_ms: Option<u32>) {
        self.send(
            session,
            &ServerFrame::Bye {
                reason: reason.clone(),
                retry_after_ms,
            },
        );
        self.effects.push(Effect::Disconnect { session });
        self.forget(session);
    }

    /// Takes one message of a socket.
    pub(super) fn received(&mut self, id: SessionId, bytes: &[u8]) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.heard_at = now;
        let phase = session.phase;
        let frame = match wire::decode_client(bytes) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::warn!(session = id, "frame refused: {error}");
                return self.end(id, &Reason::new("malformed-frame", error), None);
            }
        };
        match (phase, frame) {
            (
                session::Phase::Greeting,
                ClientFrame::Hello {
                    versions,
                    device,
                    page,
                },
            ) => {
                let Some(version) = VERSIONS
                    .iter()
                    .copied()
                    .find(|version| versions.contains(version))
                else {
                    return self.end(
                        id,
                        &Reason::new("no-common-version", "no version in common"),
                        None,
                    );
                };
                session.phase = session::Phase::Open { device, page };
                let incarnation = self.incarnation;
                self.send(
                    id,
                    &ServerFrame::Welcome {
                        version,
                        incarnation,
                        now,
                    },
                );
            }
            (session::Phase::Open { .. }, ClientFrame::Hello { .. }) | (session::Phase::Greeting, _) => {
                self.end(id, &Reason::new("out-of-turn", "one hello comes first"), None);
            }
            (session::Phase::Open { .. }, frame) => self.said(id, frame),
        }
    }

    fn said(&mut self, id: SessionId, frame: ClientFrame) {
        match frame {
            ClientFrame::Ping { token } => self.send(id, &ServerFrame::Pong { token }),
            ClientFrame::Open {
                request,
                plan,
                chapter,
                have,
            } => {
                let open = self.sessions.get(&id).map_or(0, |session| session.channels.len());
                if open >= CHANNELS_PER_CONNECTION_MAX {
                    let reason = Reason::new("too-many-chapters", "close a chapter first");
                    return self.send(
                        id,
                        &ServerFrame::Closed {
                            request: Some(request),
                            channel: None,
                            reason,
                        },
                    );
                }
                self.queue(
                    plan,
                    Work::Open {
                        session: id,
                        request,
                        chapter,
                        have,
                    },
                );
            }
            ClientFrame::Bind {
                channel,
                generation,
                actors,
            } => {
                let Some((plan, chapter)) = self.channel_of(id, channel) else {
                    return;
                };
                self.queue(
                    plan,
                    Work::Bind {
                        session: id,
                        chapter,
                        generation,
                        actors,
                    },
                );
            }
            ClientFrame::Push {
                channel,
                generation,
                changes,
            } => {
                self.said_push(id, channel, generation, changes);
            }
            ClientFrame::Presence { channel, payload } => self.said_presence(id, channel, payload.into()),
            ClientFrame::Close { channel } => {
                if let Some((plan, chapter)) = self.channel_of(id, channel) {
                    self.leave(id, plan, chapter);
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.channels.remove(&channel);
                    }
                }
            }
            ClientFrame::Hello { .. } => {}
        }
    }

    /// The chapter behind a channel that this connection has open; a channel it has not open is not answered
    /// with anything it could learn from.
    pub(super) fn channel_of(&mut self, id: SessionId, channel: u32) -> Option<(PlanId, ChapterId)> {
        let found = self
            .sessions
            .get(&id)
            .and_then(|session| session.channels.get(&channel))
            .copied();
        if found.is_none() {
            tracing::warn!(session = id, "frame for a channel that is not open");
            let reason = Reason::new("not-open", "this connection has not opened that chapter");
            self.send(
                id,
                &ServerFrame::Closed {
                    request: None,
                    channel: Some(channel),
                    reason,
                },
            );
        }
        found
    }

    fn said_push(
        &mut self,
        id: SessionId,
        channel: u32,
        generation: Generation,
        changes: Vec<minicbor::bytes::ByteVec>,
    ) {
        let Some((plan, chapter)) = self.channel_of(id, channel) else {
            return;
        };
        let waiting = self.plans.get(&plan).map_or(0, |room| room.queue.len());
        if changes.len() > PUSH_CHANGES_MAX || waiting + changes.len() > PENDING_CHANGES_MAX {
            return self.end(id, &Reason::new("busy", "too many changes at once"), Some(2_000));
        }
        if let Some(room) = self.plans.get_mut(&plan) {
            let works = changes.into_iter().map(|raw| Work::Push {
                session: id,
                chapter,
                generation,
                raw: Vec::from(raw).into(),
            });
            room.queue.extend(works);
        }
        self.pump(plan);
    }

    pub(super) fn queue(&mut self, plan: PlanId, work: Work) {
        if let std::collections::btree_map::Entry::Vacant(e) = self.plans.entry(plan) {
            e.insert(PlanRoom::loading());
            self.effects.push(Effect::LoadPlan { plan });
        }
        if let Some(room) = self.plans.get_mut(&plan) {
            room.queue.push_back(work);
        }
        self.pump(plan);
    }

    /// Answers an `Open` (rules O1–O5), or lets it wait until the chapter is read.
    pub(super) fn open(&mut self, plan: PlanId, room: &mut PlanRoom, open: OpenRequest) {
        let Some(session) = self.sessions.get(&open.session) else {
            return;
        };
        let caller = session.visitor.caller;
        if let Err(refusal) = may(&room.state, caller.as_ref(), &Action::ReadConcept(open.chapter)) {
            tracing::info!(
                session = open.session,
                code = refusal.code(),
                "chapter not opened: {refusal}"
            );
            let reason = Reason::new(refusal.code(), refusal);
            let frame = ServerFrame::Closed {
                request: Some(open.request),
                channel: None,
                reason,
            };
            return self.send(open.session, &frame);
        }
        self.ensure_loading(plan, room, open.chapter);
        let Some(chapter) = room.chapters.get_mut(&open.chapter) else {
            return;
        };
        let channel = chapter.channel;
        let live = match &mut chapter.phase {
            Phase::Loading(waiting) | Phase::Switching(waiting) => {
                let OpenRequest {
                    session,
                    request,
                    chapter,
                    have,
                } = open;
                return waiting.push(Work::Open {
                    session,
                    request,
                    chapter,
                    have,
                });
            }
            Phase::Live(live) => live,
        };
        let resumed = open.have.filter(|have| {
            have.incarnation == self.incarnation
                && have.generation == live.generation
                && have.next <= live.head()
                && have.next > Revision(0)
        });
        let (next, start) = match resumed {
            Some(have) => (have.next, Start::Tail),
            None => {
                let next = Revision(live.copied as u64);
                (
                    next,
                    Start::Snapshot {
                        next,
                        document: live.copy.snapshot().to_vec().into(),
                    },
                )
            }
        };
        let read_only = may(&room.state, caller.as_ref(), &Action::WriteText(open.chapter))
            .err()
            .map(reason_of);
        let opened = ServerFrame::Opened {
            request: open.request,
            channel,
            generation: live.generation,
            schema_version: live.schema_version,
            head: live.head(),
            read_only: read_only.clone(),
            start,
        };
        let tail = live.tail(channel, next);
        chapter.readers.insert(
            open.session,
            Reader {
                read_only,
                presence: Vec::new(),
            },
        );
        self.send(open.session, &opened);
        for frame in &tail {
            self.send(open.session, frame);
        }
        if let Some(session) = self.sessions.get_mut(&open.session) {
            session.channels.insert(channel, (plan, open.chapter));
        }
        self.introduce(room, open.chapter, open.session);
    }

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
        let (Some(caller), session::Phase::Open { device, page }) = (session.visitor.caller, session.phase)
        else {
            return;
        };
        let current = room
            .chapters
            .get(&chapter)
            .and_then(LiveChapter::live)
            .map(|live| live.generation);
        let allowed = may(&room.state, Some(&caller), &Action::WriteText(chapter)).is_ok();
        if !allowed || current != Some(generation) {
            tracing::info!(
                session = id,
                "actor not bound: no right to write, or another generation"
            );
            return;
        }
        let fresh: Vec<_> = actors.into_iter().filter(|actor| is_free(room, actor)).collect();
        for actor in fresh.into_iter().take(ACTORS_PER_SESSION_MAX) {
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

    /// Judges one pushed change (rules P1–P5) and takes it into the batch.
    pub(super) fn push(&mut self, room: &mut PlanRoom, batch: &mut Batch, request: PushRequest) -> Offered {
        let PushRequest {
            session: id,
            chapter,
            generation,
            raw,
        } = request;
        let Some(session) = self.sessions.get(&id) else {
            return Offered::Taken;
        };
        let caller = session.visitor.caller;
        let inspected = match change::inspect(&raw) {
            Ok(inspected) => inspected,
            Err(refusal) => {
                return self.refuse_push(
                    room,
                    (id, chapter),
                    ChangeHash([0; 32]),
                    &reason_of_change(refusal),
                );
            }
        };
        let hash = inspected.header.hash;
        if let Err(refusal) = may(&room.state, caller.as_ref(), &Action::WriteText(chapter)) {
            return self.refuse_push(room, (id, chapter), hash, &reason_of(refusal));
        }
        let actor = base_actor(&inspected.header.actor);
        let binding = actor.and_then(|actor| room.actors.get(&actor)).copied();
        let of_caller = |binding: &super::plan_room::Binding| {
            binding.caller == caller && binding.chapter == chapter && binding.generation == generation
        };
        let (Some(actor), Some(binding)) = (actor, binding.filter(of_caller)) else {
            let reason = Reason::new("foreign-actor", "the actor is not bound to this person here");
            return self.refuse_push(room, (id, chapter), hash, &reason);
        };
        let Some(open) = room.chapters.get_mut(&chapter) else {
            return Offered::Taken;
        };
        let channel = open.channel;
        let Some(live) = open.live_mut().filter(|live| live.generation == generation) else {
            let reason = Reason::new("generation-ended", "the chapter goes on in another generation");
            return self.refuse_push(room, (id, chapter), hash, &reason);
        };
        if let Some(at) = live.by_hash.get(&hash) {
            let position = live
                .entries
                .get(*at)
                .map(|entry| entry.position)
                .unwrap_or_default();
            self.send(
                id,
                &ServerFrame::Known {
                    channel,
                    hash: hash.0.into(),
                    position,
                },
            );
            return Offered::Taken;
        }
        if live.evidence.contains(&hash) {
            // On its way in this very batch: answered once that is durable.
            return Offered::NotYet(Work::Push {
                session: id,
                chapter,
                generation,
                raw,
            });
        }
        match live.evidence.admit(&raw, &[actor]) {
            Ok(admitted) => {
                batch.guard_text(chapter, generation);
                let place = TextPlace {
                    chapter,
                    generation,
                    who: binding.who,
                    via: Via::Browser,
                    correlation: None,
                };
                batch.text(place, Some(id), hash, admitted.raw.into());
                Offered::Taken
            }
            Err(refusal) => self.refuse_push(room, (id, chapter), hash, &reason_of_change(refusal)),
        }
    }

    fn refuse_push(
        &mut self,
        room: &PlanRoom,
        (session, chapter): (SessionId, ChapterId),
        hash: ChangeHash,
        reason: &Reason,
    ) -> Offered {
        tracing::warn!(session, chapter = %chapter, code = reason.code, "change refused: {}", reason.detail);
        if let Some(open) = room.chapters.get(&chapter) {
            let frame = ServerFrame::Refused {
                channel: open.channel,
                hash: hash.0.into(),
                reason: reason.clone(),
            };
            self.send(session, &frame);
        }
        Offered::Taken
    }

    /// A reader closes one chapter.
    pub(super) fn leave(&mut self, id: SessionId, plan: PlanId, chapter: ChapterId) {
        let now = self.now;
        let Some(open) = self
            .plans
            .get_mut(&plan)
            .and_then(|room| room.chapters.get_mut(&chapter))
        else {
            return;
        };
        open.readers.remove(&id);
        open.idle_since = now;
        let channel = open.channel;
        let others: Vec<SessionId> = open.readers.keys().copied().collect();
        for other in others {
            self.send(other, &ServerFrame::Left { channel, peer: id });
        }
    }

    /// A connection is gone; what it pushed and is not yet durable goes its way.
    pub(super) fn forget(&mut self, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        for (plan, chapter) in session.channels.into_values() {
            self.leave(id, plan, chapter);
        }
    }

    /// Ends silent connections, lets copies follow, closes idle chapters.
    pub(super) fn tick(&mut self) {
        let now = self.now;
        let silent = |heard: TimestampMs| now.0.saturating_sub(heard.0) > CONNECTION_IDLE_MS;
        let gone: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(|(_, session)| silent(session.heard_at))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            self.end(
                id,
                &Reason::new("silent", "nothing was heard for too long"),
                Some(0),
            );
        }
        let plans: Vec<PlanId> = self.plans.keys().copied().collect();
        for plan in plans {
            self.tick_plan(plan);
        }
    }
}

/// A refusal as it goes over the wire.
pub(super) fn reason_of(refusal: schema::domain::Refusal) -> Reason {
    Reason::new(refusal.code(), refusal)
}

/// A refused change as it goes over the wire.
fn reason_of_change(refusal: ChangeRefusal) -> Reason {
    let code = serde_json::to_value(refusal).ok();
    Reason::new(
        code.as_ref().and_then(|code| code.as_str()).unwrap_or("refused"),
        refusal,
    )
}

/// The actor that may have been bound: automerge's derived form ends in the actor it derives from. Whether the
/// rest is that form is for acceptance to judge.
fn base_actor(actor: &[u8]) -> Option<BoundActor> {
    actor.last_chunk::<16>().copied().map(BoundActor::from_bytes)
}
