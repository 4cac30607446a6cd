//! One connection with many chapters: handshake, heartbeat, routing of frames to channels.
//!
//! The shell around it owns the socket: it calls [`Client::connected`] and [`Client::disconnected`], feeds
//! bytes and time, and sends what [`Client::take_frames`] gives. An `Err` means: close the socket, connect
//! again; nothing is lost by that, because the outboxes stay.

use std::collections::BTreeMap;

use crate::ids::{
    BoundActor, ChapterId, DeviceId, Generation, IncarnationId, PageSessionId, PlanId, Revision,
};
use crate::limits::{CONNECTION_IDLE_MS, CONNECTION_PROBE_MS, RECONNECT_MS};
use crate::sync::channel::{Channel, ChannelEvent, Outgoing};
use crate::wire::{self, ClientFrame, FrameError, Have, Reason, ServerFrame, VERSIONS};

/// The client's name for an open chapter.
pub type ChapterKey = (PlanId, ChapterId);

/// What a connection tells its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// The handshake is done.
    Online {
        /// The life of the server's log.
        incarnation: IncarnationId,
    },
    /// Something about one chapter.
    Chapter(ChapterKey, ChannelEvent),
    /// Everything before a generation is erased: what the device stores of it is to go (rule N5).
    Wipe(ChapterKey, Generation),
    /// The server asks to go; reconnect after so long, or not at all.
    Bye {
        /// Why.
        reason: Reason,
        /// Come back after so many milliseconds.
        retry_after_ms: Option<u32>,
    },
}

/// Why a connection cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The server sent bytes that are no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Revisions are missing between what was received and what came.
    #[error("expected revision {expected}, received {received}")]
    Gap {
        /// The next one wanted.
        expected: Revision,
        /// The one that came.
        received: Revision,
    },
    /// A frame that has no place here.
    #[error("unexpected: {0}")]
    Unexpected(&'static str),
    /// Nothing was heard for `CONNECTION_IDLE_MS`, or for `CONNECTION_PROBE_MS` after it was asked.
    #[error("the server is silent")]
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Offline,
    /// `Hello` sent.
    Greeting,
    Online(IncarnationId),
}

/// See the module's text.
#[derive(Debug)]
pub struct Client {
    device: DeviceId,
    page: PageSessionId,
    phase: Phase,
    channels: BTreeMap<ChapterKey, Channel>,
    frames: Vec<ClientFrame>,
    next_request: u32,
    heard_at_ms: u64,
    pinged_at_ms: u64,
    /// Since when an answer to [`Client::probe`] is awaited.
    probed_at_ms: Option<u64>,
    failures: u32,
    /// When the server said goodbye: how long to stay away (rule C6).
    retry_after_ms: Option<u32>,
}

impl Client {
    /// A client that is not connected yet.
    #[must_use]
    pub fn new(device: DeviceId, page: PageSessionId) -> Self {
        Self {
            device,
            page,
            phase: Phase::Offline,
            channels: BTreeMap::new(),
            frames: Vec::new(),
            next_request: 1,
            heard_at_ms: 0,
            pinged_at_ms: 0,
            probed_at_ms: None,
            failures: 0,
            retry_after_ms: None,
        }
    }

    /// Whether the handshake is done.
    #[must_use]
    pub fn is_online(&self) -> bool {
        matches!(self.phase, Phase::Online(_))
    }

    /// The channel of a chapter.
    #[must_use]
    pub fn channel(&self, key: &ChapterKey) -> Option<&Channel> {
        self.channels.get(key)
    }

    /// Wants a chapter from now on, on this and every later connection.
    pub fn open(&mut self, key: ChapterKey, have: Option<Have>, outbox: Vec<Outgoing>) {
        self.channels
            .insert(key, Channel::new(key.0, key.1, have, outbox));
    }

    /// Asks again for a chapter that the server closed; a new connection does so by itself.
    pub fn reopen(&mut self, key: &ChapterKey) {
        if let Some(channel) = self.channels.get_mut(key) {
            channel.reopen();
        }
    }

    /// No longer wants a chapter; its outbox is given back.
    pub fn close(&mut self, key: &ChapterKey) -> Vec<Outgoing> {
        let Some(mut channel) = self.channels.remove(key) else {
            return Vec::new();
        };
        if let Some(id) = channel.channel() {
            self.frames.push(ClientFrame::Close { channel: id });
        }
        channel.take_outbox()
    }

    /// Queues a change that the owner has stored durably.
    pub fn push(&mut self, key: &ChapterKey, change: Outgoing) {
        if let Some(channel) = self.channels.get_mut(key) {
            channel.push(change);
        }
    }

    /// Takes a chapter's whole outbox back, to be replaced.
    pub fn take_outbox(&mut self, key: &ChapterKey) -> Vec<Outgoing> {
        self.channels
            .get_mut(key)
            .map(Channel::take_outbox)
            .unwrap_or_default()
    }

    /// Holds back or releases a chapter's pushes.
    pub fn hold(&mut self, key: &ChapterKey, held: bool) {
        if let Some(channel) = self.channels.get_mut(key) {
            channel.hold(held);
        }
    }

    /// Asks for an actor to be bound; answered by [`ChannelEvent::Bound`].
    pub fn bind(&mut self, key: &ChapterKey, generation: Generation, actor: BoundActor) {
        if let Some(channel) = self.channels.get_mut(key) {
            channel.bind(generation, actor);
        }
    }

    /// Asks what became of the text of an ended generation (rule N4); answered by [`ChannelEvent::Traced`]. Asked again
    /// after a cut.
    pub fn trace(&mut self, key: &ChapterKey, generation: Generation, next: Revision, to: Revision) {
        if let Some(channel) = self.channels.get_mut(key) {
            channel.trace((generation, next, to));
        }
    }

    /// Tells the others where this person's cursor is; only the latest is sent.
    pub fn set_presence(&mut self, key: &ChapterKey, payload: Vec<u8>) {
        if let Some(channel) = self.channels.get_mut(key) {
            channel.set_presence(payload);
        }
    }

    /// Says of which chapters this device stores text, once on each connection after [`ClientEvent::Online`].
    pub fn held(&mut self, keys: impl IntoIterator<Item = ChapterKey>) {
        let mut plans: BTreeMap<PlanId, Vec<ChapterId>> = BTreeMap::new();
        for (plan, chapter) in keys {
            plans.entry(plan).or_default().push(chapter);
        }
        let frames = plans
            .into_iter()
            .map(|(plan, chapters)| ClientFrame::Held { plan, chapters });
        if self.is_online() {
            self.frames.extend(frames);
        }
    }

    /// Says that the owner's store holds nothing any more of the generations before one.
    pub fn wiped(&mut self, (plan, chapter): ChapterKey, before: Generation) {
        // Who is not connected is asked again on the next connection.
        if self.is_online() {
            self.frames.push(ClientFrame::Wiped {
                plan,
                chapter,
                before,
            });
        }
    }

    /// The socket is open.
    pub fn connected(&mut self, now_ms: u64) {
        self.phase = Phase::Greeting;
        self.heard_at_ms = now_ms;
        self.pinged_at_ms = now_ms;
        self.probed_at_ms = None;
        self.frames.clear();
        self.frames.push(ClientFrame::Hello {
            versions: VERSIONS.to_vec(),
            device: self.device,
            page: self.page,
        });
    }

    /// The socket is gone. Returns after how many milliseconds to connect again (before jitter).
    pub fn disconnected(&mut self) -> u64 {
        self.phase = Phase::Offline;
        self.frames.clear();
        for channel in self.channels.values_mut() {
            channel.disconnected();
        }
        let (first, last) = RECONNECT_MS;
        let wait = first.saturating_mul(1 << self.failures.min(16)).min(last);
        self.failures = self.failures.saturating_add(1);
        wait.max(self.retry_after_ms.take().map_or(0, u64::from))
    }

    /// Asks whether the connection still lives, because its owner has reason to doubt it: silence from here on ends it
    /// sooner (rule C4).
    pub fn probe(&mut self, now_ms: u64) {
        if self.phase == Phase::Offline || self.probed_at_ms.is_some() {
            return;
        }
        self.probed_at_ms = Some(now_ms);
        if self.is_online() {
            self.pinged_at_ms = now_ms;
            self.frames.push(ClientFrame::Ping { token: 0 });
        }
    }

    /// Time passes: sends heartbeats, notices a dead connection.
    ///
    /// # Errors
    /// [`ClientError::Silent`] when the connection must be taken down.
    pub fn tick(&mut self, now_ms: u64) -> Result<(), ClientError> {
        if self.phase == Phase::Offline {
            return Ok(());
        }
        let is_unanswered = |probed| now_ms.saturating_sub(probed) > CONNECTION_PROBE_MS;
        if now_ms.saturating_sub(self.heard_at_ms) > CONNECTION_IDLE_MS
            || self.probed_at_ms.is_some_and(is_unanswered)
        {
            return Err(ClientError::Silent);
        }
        if now_ms.saturating_sub(self.pinged_at_ms) > CONNECTION_IDLE_MS / 3 {
            self.pinged_at_ms = now_ms;
            self.frames.push(ClientFrame::Ping { token: 0 });
        }
        Ok(())
    }

    /// Takes one message of the socket.
    ///
    /// # Errors
    /// [`ClientError`] when the connection must be taken down.
    pub fn receive(&mut self, now_ms: u64, bytes: &[u8]) -> Result<Vec<ClientEvent>, ClientError> {
        self.heard_at_ms = now_ms;
        self.probed_at_ms = None;
        let frame = wire::decode_server(bytes)?;
        match (self.phase, frame) {
            (
                Phase::Greeting,
                ServerFrame::Welcome {
                    version, incarnation, ..
                },
            ) => {
                if !VERSIONS.contains(&version) {
                    return Err(ClientError::Unexpected("a protocol version that was not offered"));
                }
                self.phase = Phase::Online(incarnation);
                self.failures = 0;
                Ok(vec![ClientEvent::Online { incarnation }])
            }
            (
                _,
                ServerFrame::Bye {
                    reason,
                    retry_after_ms,
                },
            ) => {
                self.retry_after_ms = retry_after_ms;
                Ok(vec![ClientEvent::Bye {
                    reason,
                    retry_after_ms,
                }])
            }
            (Phase::Online(_), ServerFrame::Pong { .. }) => Ok(Vec::new()),
            (Phase::Online(_), ServerFrame::Wipe { plan, chapters }) => Ok(chapters
                .into_iter()
                .map(|(chapter, before)| ClientEvent::Wipe((plan, chapter), before))
                .collect()),
            (Phase::Online(incarnation), frame) => self.route(incarnation, frame),
            (Phase::Greeting | Phase::Offline, _) => {
                Err(ClientError::Unexpected("a frame before the welcome"))
            }
        }
    }

    fn route(
        &mut self,
        incarnation: IncarnationId,
        frame: ServerFrame,
    ) -> Result<Vec<ClientEvent>, ClientError> {
        let (request, id) = address(&frame);
        let found = self.channels.iter_mut().find(|(_, channel)| {
            (request.is_some() && channel.request() == request) || (id.is_some() && channel.channel() == id)
        });
        // A frame for a chapter that was closed here meanwhile is late, not wrong.
        let Some((key, channel)) = found else {
            return Ok(Vec::new());
        };
        let key = *key;
        let mut events = Vec::new();
        channel.receive(incarnation, frame, &mut events)?;
        Ok(events
            .into_iter()
            .map(|event| ClientEvent::Chapter(key, event))
            .collect())
    }

    /// The encoded frames to send now, in order. Empty while the handshake waits for its answer.
    pub fn take_frames(&mut self) -> Vec<Vec<u8>> {
        if self.is_online() {
            for channel in self.channels.values_mut() {
                channel.flush(&mut self.next_request, &mut self.frames);
            }
        }
        self.frames.drain(..).map(|frame| wire::encode(&frame)).collect()
    }
}

fn address(frame: &ServerFrame) -> (Option<u32>, Option<u32>) {
    match frame {
        ServerFrame::Opened { request, .. } => (Some(*request), None),
        ServerFrame::Closed { request, channel, .. } => (*request, *channel),
        ServerFrame::Changes { channel, .. }
        | ServerFrame::Known { channel, .. }
        | ServerFrame::Refused { channel, .. }
        | ServerFrame::Bound { channel, .. }
        | ServerFrame::Restored { channel, .. }
        | ServerFrame::Access { channel, .. }
        | ServerFrame::Presence { channel, .. }
        | ServerFrame::Left { channel, .. }
        | ServerFrame::Moved { channel, .. }
        | ServerFrame::Traced { channel, .. } => (None, Some(*channel)),
        ServerFrame::Welcome { .. }
        | ServerFrame::Pong { .. }
        | ServerFrame::Bye { .. }
        | ServerFrame::Wipe { .. } => (None, None),
    }
}
