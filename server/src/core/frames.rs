//! What clients say: frames in, work queued or frames out. Rule numbers refer to `docs/protocol.md`.

use schema::domain::Refusal;
use schema::ids::{ChapterId, Generation, PlanId, TimestampMs};
use schema::limits::{
    CHANNELS_PER_CONNECTION_MAX, CONNECTION_IDLE_MS, FRAME_BYTES_MAX, IN_FLIGHT_CHANGES_MAX,
    PENDING_CHANGES_MAX, RESTART_RETRY_MS,
};
use schema::wire::{self, ClientFrame, Reason, STOPPING, ServerFrame, VERSIONS};

use super::devices::DeviceWord;
use super::open::OpenRequest;
use super::plan_room::{PlanRoom, Work};
use super::presence::show_presence;
use super::refusals::Tried;
use super::session;
use super::{Core, Effect, Frame, SessionId, SignedOut, Visitor};

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
                self.log_refusal(id, Tried::frame("malformed-frame"));
                return self.end(id, &Reason::new("malformed-frame", error), None);
            }
        };
        if phase == session::Phase::Greeting && self.turned_away(id) {
            return;
        }
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
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
                session.phase = session::Phase::Open {
                    device,
                    page,
                    version,
                };
                let (incarnation, now) = (self.incarnation, self.clock);
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
            (session::Phase::Open { .. }, frame) => {
                self.said(id, frame);
                self.device_heard(id);
            }
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
                let open = OpenRequest {
                    session: id,
                    request,
                    chapter,
                    have,
                };
                self.said_open(plan, open);
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
            ClientFrame::Trace {
                channel,
                generation,
                next,
                to,
            } => self.said_trace(id, channel, (generation, next, to)),
            ClientFrame::Presence { channel, payload } => self.said_presence(id, channel, payload.into()),
            ClientFrame::Close { channel } => {
                if let Some((plan, chapter)) = self.channel_of(id, channel) {
                    self.leave(id, plan, chapter);
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.channels.remove(&channel);
                    }
                }
            }
            ClientFrame::Held { plan, chapters } => {
                self.said_of_device(id, plan, DeviceWord::Held(chapters));
            }
            ClientFrame::Wiped {
                plan,
                chapter,
                before,
            } => self.said_of_device(id, plan, DeviceWord::Wiped(chapter, before)),
            ClientFrame::Hello { .. } => {}
        }
    }

    fn said_open(&mut self, plan: PlanId, open: OpenRequest) {
        let Some(session) = self.sessions.get_mut(&open.session) else {
            return;
        };
        if session.visitor.caller.is_none() {
            // Whoever has not signed in may read no plan: none is looked up for them.
            return self.not_opened(&open, Refusal::NotSignedIn);
        }
        if session.channels.len() + session.opening >= CHANNELS_PER_CONNECTION_MAX {
            let closed = ServerFrame::Closed {
                request: Some(open.request),
                channel: None,
                reason: Reason::new("too-many-chapters", "close a chapter first"),
            };
            return self.send(open.session, &closed);
        }
        session.opening += 1;
        self.queue(plan, open.later());
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
            self.log_refusal(id, Tried::frame("not-open"));
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
        let room = self.plans.get(&plan);
        let waiting = room.map_or(0, |room| room.queue.len());
        let unanswered = room.map_or(0, |room| room.unanswered(id, chapter));
        if unanswered + changes.len() > IN_FLIGHT_CHANGES_MAX || waiting + changes.len() > PENDING_CHANGES_MAX
        {
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

    /// A reader closes one chapter.
    pub(super) fn leave(&mut self, id: SessionId, plan: PlanId, chapter: ChapterId) {
        self.turns.left(&(id, plan, chapter));
        if self.plans.contains_key(&plan) {
            self.left(id, plan, chapter);
        } else {
            self.departed.push((id, plan, chapter));
        }
    }

    /// Tells of everybody who left while their plan was away.
    pub(super) fn tell_departed(&mut self) {
        for (id, plan, chapter) in std::mem::take(&mut self.departed) {
            self.left(id, plan, chapter);
        }
    }

    /// Tells the others in a chapter that somebody is no longer there.
    fn left(&mut self, id: SessionId, plan: PlanId, chapter: ChapterId) {
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
        open.presence_waits = true;
        let effects = show_presence(now, open);
        self.effects.extend(effects);
    }

    /// A socket brought what cannot be a frame (rule C5).
    pub(super) fn unreadable(&mut self, id: SessionId) {
        if self.sessions.contains_key(&id) {
            self.log_refusal(id, Tried::frame("malformed-frame"));
            let detail = format!("no message of at most {FRAME_BYTES_MAX} bytes");
            self.end(id, &Reason::new("malformed-frame", detail), None);
        }
    }

    /// Ends the connections of somebody who is signed in no longer (rule C3).
    pub(super) fn signed_out(&mut self, who: SignedOut) {
        self.end_of(|visitor| match who {
            SignedOut::SignIn(id) => visitor.sign_in.as_ref().is_some_and(|of| of.id == id),
            SignedOut::Person(person) => visitor.caller.is_some_and(|caller| caller.person == person),
        });
    }

    fn end_of(&mut self, ended: impl Fn(&Visitor) -> bool) {
        let has_ended = |session: &session::Session| ended(&session.visitor);
        let gone = self.sessions.iter().filter(|(_, session)| has_ended(session));
        let gone: Vec<SessionId> = gone.map(|(id, _)| *id).collect();
        for id in gone {
            let reason = Reason::new(Refusal::NotSignedIn.code(), "the session has ended");
            self.end(id, &reason, Some(0));
        }
    }

    /// The server stops: everybody is told when to come back, and not all at the same moment (rule C6).
    pub(super) fn stopping(&mut self) {
        let (first, last) = RESTART_RETRY_MS;
        let sessions: Vec<SessionId> = self.sessions.keys().copied().collect();
        for id in sessions {
            // Neighbours in number came at about the same time; a factor without a divisor in common parts them.
            let apart = u32::try_from(id.wrapping_mul(1_619) % u64::from(last - first)).unwrap_or(0);
            self.end(
                id,
                &Reason::new(STOPPING, "the server stops"),
                Some(first + apart),
            );
        }
    }

    /// A connection is gone; what it pushed and is not yet durable goes its way.
    pub(super) fn forget(&mut self, id: SessionId) {
        self.device_leaves(id);
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
        let clock = self.clock;
        self.end_of(|visitor| visitor.sign_in.as_ref().is_some_and(|of| of.ends_at <= clock));
        self.resume();
        self.trace_on();
        self.lines.forget(now);
        self.offenders.forget(now);
        let plans: Vec<PlanId> = self.plans.keys().copied().collect();
        for plan in plans {
            self.tick_plan(plan);
        }
        self.keep_within_memory();
    }
}

/// A refusal as it goes over the wire.
pub(super) fn reason_of(refusal: Refusal) -> Reason {
    Reason::new(refusal.code(), refusal)
}
