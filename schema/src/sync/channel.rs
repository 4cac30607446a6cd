//! One open chapter as the client sees it: its place in the stream and its unacknowledged changes.
//!
//! # Invariants
//!
//! - The cursor is the first revision not yet received; it only moves over consecutive items (rule R3).
//! - A change stays in the outbox until the server said where it stands or refused it (rules P2, P4). After a
//!   cut everything in the outbox is offered again, in order; the server answers a known change with its place.
//! - Changes made in another generation than the server's current one are never pushed (rule N2): the owner
//!   carries their content over and queues what results.

use std::collections::VecDeque;

use minicbor::bytes::ByteVec;

use crate::ids::{ActorRef, BoundActor, ChapterId, Generation, IncarnationId, PlanId, Position, Revision};
use crate::limits::{ACTORS_PER_SESSION_MAX, IN_FLIGHT_CHANGES_MAX};
use crate::sync::client::ClientError;
use crate::sync::peer::PeerPresence;
use crate::text::generation::SameRun;
use crate::wire::{ChannelId, ClientFrame, Have, Item, Reason, ServerFrame, Start, TraceEnd};

/// Bytes of changes put in one push frame, well under `FRAME_BYTES_MAX`; a single larger change goes alone.
const PUSH_BYTES: usize = 256 * 1024;

/// A change made here and not yet acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its automerge hash.
    pub hash: [u8; 32],
    /// The generation it was made in.
    pub generation: Generation,
    /// The raw change chunk.
    pub raw: Vec<u8>,
}

/// What a channel tells its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelEvent {
    /// The server's answer to opening: what is known of the chapter now.
    Opened {
        /// The current generation.
        generation: Generation,
        /// Rich-text schema version.
        schema_version: u16,
        /// Absent: may write.
        read_only: Option<Reason>,
        /// Every generation before this one is erased; absent: none is.
        erased_before: Option<Generation>,
    },
    /// Begin anew from this document. Changes of one's own that it lacks are the owner's to keep.
    Snapshot {
        /// The generation it belongs to.
        generation: Generation,
        /// The first revision it does not contain.
        next: Revision,
        /// `Automerge::save` bytes.
        document: Vec<u8>,
    },
    /// Somebody's changes, in stream order; apply them in one call. May contain changes already applied.
    Changes {
        /// The first revision after them, to resume from.
        next: Revision,
        /// Raw chunks with their actors' bindings.
        changes: Vec<(ActorRef, Vec<u8>)>,
    },
    /// A change of one's own is durable.
    Acknowledged {
        /// Its hash.
        hash: [u8; 32],
        /// Its place in the plan's log.
        position: Position,
    },
    /// A change of one's own was not accepted. It has left the outbox; what it said is the owner's to keep.
    Refused {
        /// The change.
        change: Outgoing,
        /// Why.
        reason: Reason,
    },
    /// These actors may write now.
    Bound(Vec<(BoundActor, ActorRef)>),
    /// Earlier text was brought back; the restore stands at this position of the plan.
    Restored(Position),
    /// The right to write changed.
    Access(Option<Reason>),
    /// The chapter goes on in this generation, and all of the one before was received.
    Moved(Generation),
    /// The rest of an ended generation, which was asked for.
    Missed(Vec<Vec<u8>>),
    /// …and what of its last text stands in the current one; none where the server cannot say.
    Traced(Option<Vec<SameRun>>),
    /// Everything the server had when it was opened has been received.
    CaughtUp,
    /// Somebody is here.
    Presence(PeerPresence),
    /// Somebody left.
    Left {
        /// See [`PeerPresence::peer`].
        peer: u64,
    },
    /// The chapter cannot be read (any more).
    Closed(Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No `Open` is on its way on this connection.
    Idle,
    /// `Open` sent.
    Opening { request: u32 },
    /// The server answered.
    Open {
        channel: ChannelId,
        head: Revision,
        caught_up: bool,
    },
    /// The server said no.
    Closed,
}

/// See the module's text.
#[derive(Debug)]
pub struct Channel {
    plan: PlanId,
    chapter: ChapterId,
    phase: Phase,
    /// Where to resume.
    have: Option<Have>,
    /// The server's current generation, once it has said so.
    generation: Option<Generation>,
    outbox: VecDeque<Outgoing>,
    /// How many of the outbox's first changes are on the way on this connection.
    in_flight: usize,
    binds: Vec<(Generation, BoundActor)>,
    presence: Option<Vec<u8>>,
    /// The generation and revision from which on an ended text is asked for, and the revision it is laid beside.
    trace: Option<(Generation, Revision, Revision)>,
    /// Hold pushes back while the owner has not yet rebuilt after a refusal or a snapshot.
    held: bool,
}

impl Channel {
    pub(super) fn new(plan: PlanId, chapter: ChapterId, have: Option<Have>, outbox: Vec<Outgoing>) -> Self {
        Self {
            plan,
            chapter,
            phase: Phase::Idle,
            have,
            generation: None,
            outbox: outbox.into(),
            in_flight: 0,
            binds: Vec::new(),
            presence: None,
            trace: None,
            held: false,
        }
    }

    /// What is not yet acknowledged, oldest first.
    pub fn outbox(&self) -> impl Iterator<Item = &Outgoing> {
        self.outbox.iter()
    }

    /// Where the stream would be resumed.
    #[must_use]
    pub fn have(&self) -> Option<&Have> {
        self.have.as_ref()
    }

    /// Whether everything known at opening has been received.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        matches!(self.phase, Phase::Open { caught_up: true, .. })
    }

    /// Whether the chapter is open on the current connection.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    pub(super) fn channel(&self) -> Option<ChannelId> {
        match self.phase {
            Phase::Open { channel, .. } => Some(channel),
            _ => None,
        }
    }

    pub(super) fn request(&self) -> Option<u32> {
        match self.phase {
            Phase::Opening { request } => Some(request),
            _ => None,
        }
    }

    pub(super) fn push(&mut self, change: Outgoing) {
        self.outbox.push_back(change);
    }

    pub(super) fn bind(&mut self, generation: Generation, actor: BoundActor) {
        self.binds.push((generation, actor));
    }

    pub(super) fn set_presence(&mut self, payload: Vec<u8>) {
        self.presence = Some(payload);
    }

    pub(super) fn trace(&mut self, trace: (Generation, Revision, Revision)) {
        self.trace = Some(trace);
    }

    pub(super) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Takes everything out of the outbox: the owner replaces it (a refusal, a new generation).
    pub(super) fn take_outbox(&mut self) -> Vec<Outgoing> {
        self.in_flight = 0;
        self.outbox.drain(..).collect()
    }

    pub(super) fn disconnected(&mut self) {
        self.in_flight = 0;
        self.trace = None;
        self.generation = None;
        self.phase = Phase::Idle;
    }

    /// Asks again for a chapter that the server closed.
    pub(super) fn reopen(&mut self) {
        if matches!(self.phase, Phase::Closed) {
            self.disconnected();
        }
    }

    /// Appends the frames that can go out now.
    pub(super) fn flush(&mut self, next_request: &mut u32, to: &mut Vec<ClientFrame>) {
        match self.phase {
            Phase::Idle => {
                let request = *next_request;
                *next_request = next_request.wrapping_add(1);
                self.phase = Phase::Opening { request };
                to.push(ClientFrame::Open {
                    request,
                    plan: self.plan,
                    chapter: self.chapter,
                    have: self.have.clone(),
                });
            }
            Phase::Open { channel, .. } => self.flush_open(channel, to),
            Phase::Opening { .. } | Phase::Closed => {}
        }
    }

    fn flush_open(&mut self, channel: ChannelId, to: &mut Vec<ClientFrame>) {
        let Some(generation) = self.generation else { return };
        let actors: Vec<_> = self
            .binds
            .drain(..)
            .filter(|(of, _)| *of == generation)
            .map(|(_, actor)| actor)
            .collect();
        for actors in actors.chunks(ACTORS_PER_SESSION_MAX) {
            to.push(ClientFrame::Bind {
                channel,
                generation,
                actors: actors.to_vec(),
            });
        }
        while let Some(changes) = self.next_push(generation) {
            to.push(ClientFrame::Push {
                channel,
                generation,
                changes,
            });
        }
        if let Some((generation, next, to_revision)) = self.trace.take() {
            to.push(ClientFrame::Trace {
                channel,
                generation,
                next,
                to: to_revision,
            });
        }
        if let Some(payload) = self.presence.take() {
            to.push(ClientFrame::Presence {
                channel,
                payload: payload.into(),
            });
        }
    }

    fn next_push(&mut self, generation: Generation) -> Option<Vec<ByteVec>> {
        if self.held {
            return None;
        }
        let room = IN_FLIGHT_CHANGES_MAX.saturating_sub(self.in_flight);
        let mut bytes = 0;
        let changes: Vec<_> = self
            .outbox
            .iter()
            .skip(self.in_flight)
            .take(room)
            .take_while(|change| change.generation == generation)
            .take_while(|change| {
                let first = bytes == 0;
                bytes += change.raw.len();
                first || bytes <= PUSH_BYTES
            })
            .map(|change| change.raw.clone().into())
            .collect();
        self.in_flight += changes.len();
        (!changes.is_empty()).then_some(changes)
    }

    /// Takes one frame that is for this chapter.
    pub(super) fn receive(
        &mut self,
        incarnation: IncarnationId,
        frame: ServerFrame,
        to: &mut Vec<ChannelEvent>,
    ) -> Result<(), ClientError> {
        match frame {
            ServerFrame::Opened {
                channel,
                generation,
                schema_version,
                head,
                read_only,
                start,
                erased_before,
                ..
            } => {
                self.generation = Some(generation);
                self.phase = Phase::Open {
                    channel,
                    head,
                    caught_up: false,
                };
                to.push(ChannelEvent::Opened {
                    generation,
                    schema_version,
                    read_only,
                    erased_before,
                });
                self.start(incarnation, generation, start, to)?;
                self.note_caught_up(to);
            }
            ServerFrame::Changes { first, items, .. } => {
                self.take_items(first, items, to)?;
                self.note_caught_up(to);
            }
            ServerFrame::Known { hash, position, .. } => self.acknowledge(*hash, position, to),
            ServerFrame::Refused { hash, reason, .. } => self.refuse(*hash, reason, to),
            ServerFrame::Bound { actors, .. } => to.push(ChannelEvent::Bound(actors)),
            ServerFrame::Restored { position, .. } => to.push(ChannelEvent::Restored(position)),
            ServerFrame::Access { read_only, .. } => to.push(ChannelEvent::Access(read_only)),
            frame @ ServerFrame::Presence { .. } => {
                to.extend(PeerPresence::of(frame).map(ChannelEvent::Presence));
            }
            ServerFrame::Left { peer, .. } => to.push(ChannelEvent::Left { peer }),
            ServerFrame::Moved { generation, .. } => {
                self.disconnected();
                to.push(ChannelEvent::Moved(generation));
            }
            ServerFrame::Traced { changes, end, .. } => trace(changes, end, to),
            ServerFrame::Closed { reason, .. } => {
                self.phase = Phase::Closed;
                to.push(ChannelEvent::Closed(reason));
            }
            ServerFrame::Welcome { .. }
            | ServerFrame::Pong { .. }
            | ServerFrame::Bye { .. }
            | ServerFrame::Wipe { .. } => {
                return Err(ClientError::Unexpected("a frame of the connection on a channel"));
            }
        }
        Ok(())
    }

    fn start(
        &mut self,
        incarnation: IncarnationId,
        generation: Generation,
        start: Start,
        to: &mut Vec<ChannelEvent>,
    ) -> Result<(), ClientError> {
        match start {
            Start::Tail => match &self.have {
                Some(have) if have.generation == generation && have.incarnation == incarnation => Ok(()),
                _ => Err(ClientError::Unexpected("a tail without anything to continue")),
            },
            Start::Snapshot { next, document } => {
                self.have = Some(Have {
                    incarnation,
                    generation,
                    next,
                });
                to.push(ChannelEvent::Snapshot {
                    generation,
                    next,
                    document: document.into(),
                });
                Ok(())
            }
        }
    }

    fn take_items(
        &mut self,
        first: Revision,
        items: Vec<Item>,
        to: &mut Vec<ChannelEvent>,
    ) -> Result<(), ClientError> {
        let Some(have) = &mut self.have else {
            return Err(ClientError::Unexpected("changes before a start"));
        };
        if first > have.next {
            return Err(ClientError::Gap {
                expected: have.next,
                received: first,
            });
        }
        let already = usize::try_from(have.next.0 - first.0).unwrap_or(usize::MAX);
        let mut changes = Vec::new();
        let mut own = Vec::new();
        for item in items.into_iter().skip(already) {
            have.next = have.next.next();
            match item {
                Item::Change { who, raw } => changes.push((who, raw.into())),
                Item::Yours { hash, position } => own.push((*hash, position)),
                Item::Void => {}
            }
        }
        let next = have.next;
        to.push(ChannelEvent::Changes { next, changes });
        for (hash, position) in own {
            self.acknowledge(hash, position, to);
        }
        Ok(())
    }

    fn note_caught_up(&mut self, to: &mut Vec<ChannelEvent>) {
        if let (Phase::Open { head, caught_up, .. }, Some(have)) = (&mut self.phase, &self.have)
            && !*caught_up
            && have.next >= *head
        {
            *caught_up = true;
            to.push(ChannelEvent::CaughtUp);
        }
    }

    fn remove(&mut self, hash: [u8; 32]) -> Option<Outgoing> {
        let at = self.outbox.iter().position(|change| change.hash == hash)?;
        if at < self.in_flight {
            self.in_flight -= 1;
        }
        self.outbox.remove(at)
    }

    fn acknowledge(&mut self, hash: [u8; 32], position: Position, to: &mut Vec<ChannelEvent>) {
        if self.remove(hash).is_some() {
            to.push(ChannelEvent::Acknowledged { hash, position });
        }
    }

    fn refuse(&mut self, hash: [u8; 32], reason: Reason, to: &mut Vec<ChannelEvent>) {
        if let Some(change) = self.remove(hash) {
            to.push(ChannelEvent::Refused { change, reason });
        }
    }
}

/// What became of an ended generation, part by part.
fn trace(changes: Vec<ByteVec>, end: Option<TraceEnd>, to: &mut Vec<ChannelEvent>) {
    to.push(ChannelEvent::Missed(changes.into_iter().map(Vec::from).collect()));
    to.extend(end.map(|end| ChannelEvent::Traced(end.same)));
}
