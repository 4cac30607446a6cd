//! One live chapter: the evidence that admits changes, its stream in memory, its readers, the server's copy.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::ChangeHash;
use schema::ids::{ActorRef, BoundActor, ChapterId, ErasureId, Generation, Position, Revision, TimestampMs};
use schema::limits::{
    CHANGES_FRAME_BYTES, CHAPTER_CHANGE_BYTES, COPY_OP_BYTES, COPY_UNPACKED_MS, FOLLOW_CHANGES_MAX,
    FOLLOW_DELAY_MS, FOLLOW_REST_TIMES, TAIL_BYTES_MAX,
};
use schema::text::evidence::Evidence;
use schema::text::follow::{Copy, FollowFailure};
use schema::wire::{ChannelId, Item, Reason, ServerFrame};

use super::growth::Growing;
use super::plan_room::Work;
use super::presence::Presence;
use super::trace::TraceRequest;
use super::{SessionId, Ticket};

/// One place of the text stream, as kept in memory while the chapter is open.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the plan.
    pub position: Position,
    /// Its actor.
    pub who: ActorRef,
    /// The change; `None` for an event that changes no text for readers.
    pub change: Option<EntryChange>,
}

/// An accepted change.
#[derive(Debug, Clone)]
pub struct EntryChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// The raw chunk.
    pub raw: Arc<[u8]>,
}

/// A chapter's current generation as read from the log.
#[derive(Debug)]
pub struct LoadedChapter {
    /// The generation.
    pub generation: Generation,
    /// Its rich-text schema version.
    pub schema_version: u16,
    /// The index over its seed and all its changes.
    pub evidence: Evidence,
    /// Its stream, by revision.
    pub entries: Vec<Entry>,
    /// The server's copy.
    pub copy: Copy,
    /// The first revision that `copy` does not contain; all of them unless a change cannot be applied.
    pub copied: usize,
    /// A change that stands in the log and that no rule of ours lets in: an earlier program took it. The evidence and
    /// the copy hold what came before it.
    pub failure: Option<FollowFailure>,
}

/// Why a generation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// This change failed.
    Failure(ChangeHash),
    /// What was written before is erased by this request: the next one starts with the text as it stands.
    Erasure(ErasureId),
    /// It holds far more operations than its text needs.
    Growth,
}

/// What is known of a generation that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The generation.
    pub generation: Generation,
    /// Why it ended.
    pub cause: Cause,
    /// The last good copy.
    pub copy: Arc<Copy>,
    /// The first revision that nobody has.
    pub head: Revision,
    /// Everything after the copy, by revision.
    pub later: Vec<Entry>,
    /// Who the actors of `later` are, to carry their changes over in their name.
    pub actors: BTreeMap<ActorRef, (BoundActor, schema::domain::Caller)>,
}

/// The start of a chapter's next generation, made by the shell with `schema::text::generation`.
#[derive(Debug)]
pub struct Successor {
    /// The new generation.
    pub generation: Generation,
    /// Why the generation before it ended.
    pub after: After,
    /// Payload of `text.generation/1`.
    pub payload: Arc<[u8]>,
    /// Changes carried over, each with its author's binding and its hash.
    pub carried: Vec<(ActorRef, ChangeHash, Arc<[u8]>)>,
}

/// What ended the generation before.
#[derive(Debug)]
pub enum After {
    /// A failing change: the payload of `text.quarantined/1`, which names it.
    Quarantine(Arc<[u8]>),
    /// This request to erase.
    Erasure(ErasureId),
    /// Growth: what the fresh document is, so that nobody waits until it is read back from the log.
    Growth {
        /// The head of the generation before when the fresh document was made: it holds everything below.
        head: Revision,
        /// The fresh document.
        fresh: Box<Fresh>,
    },
}

/// A generation that just started, as reading it from the log would give it.
#[derive(Debug)]
pub struct Fresh {
    /// Its rich-text schema version.
    pub schema_version: u16,
    /// The index over its seed.
    pub evidence: Evidence,
    /// The server's copy.
    pub copy: Copy,
}

/// Somebody who has the chapter open.
#[derive(Debug, Default)]
pub struct Reader {
    /// Why they may not write, as last told.
    pub read_only: Option<Reason>,
    /// Where they are.
    pub presence: Option<Presence>,
    /// Which version of everyone's presence they were told.
    pub told: BTreeMap<SessionId, u64>,
    /// What they asked about an ended generation since they opened the chapter.
    pub traced: Option<TraceRequest>,
}

/// Where a chapter is between closed and open.
#[derive(Debug)]
pub enum Phase {
    /// The shell reads it; this work waits for it.
    Loading(Vec<Work>),
    /// Open.
    Live(Box<Live>),
    /// The generation has ended for this cause; the shell makes the next one. Pushes are refused meanwhile.
    Switching(Cause, Vec<Work>),
}

/// An open generation.
#[derive(Debug)]
pub struct Live {
    /// The generation.
    pub generation: Generation,
    /// Its rich-text schema version.
    pub schema_version: u16,
    /// Admits changes.
    pub evidence: Evidence,
    /// The stream, by revision; all durable.
    pub entries: Vec<Entry>,
    /// Durable changes by hash.
    pub by_hash: BTreeMap<ChangeHash, usize>,
    /// The server's copy.
    pub copy: Arc<Copy>,
    /// The first revision that `copy` does not contain.
    pub copied: usize,
    /// The revision a running [`super::Effect::Follow`] goes to, and since when it runs.
    following: Option<(usize, TimestampMs)>,
    /// Not before then the copy follows unasked.
    rests_until: TimestampMs,
    /// When the copy last followed or was asked for.
    pub copy_used: TimestampMs,
    /// When the oldest change that the copy lacks was accepted.
    pub behind_since: Option<TimestampMs>,
    /// Who waits for a copy that contains so many entries.
    pub copy_waiters: Vec<(Ticket, usize)>,
    /// Bytes of the changes in `entries`.
    raw_bytes: u64,
    /// Whether the next generation is being made.
    pub growing: Option<Growing>,
}

/// See the module's text.
#[derive(Debug)]
pub struct LiveChapter {
    /// Its number on every connection.
    pub channel: ChannelId,
    /// Closed, opening, open.
    pub phase: Phase,
    /// Who has it open.
    pub readers: BTreeMap<SessionId, Reader>,
    /// Who pushed what the copy does not contain yet, by revision: should it fail there, it is theirs.
    pub senders: BTreeMap<usize, SessionId>,
    /// Since when nobody has.
    pub idle_since: TimestampMs,
    /// Whether readers have yet to be told who came, moved or left.
    pub presence_waits: bool,
    /// When they were last told.
    pub presence_at: TimestampMs,
    /// Not before then a fresh generation is tried again.
    pub grow_after: TimestampMs,
}

impl LiveChapter {
    /// A chapter that the shell is about to read.
    #[must_use]
    pub fn loading(channel: ChannelId, now: TimestampMs) -> Self {
        Self {
            channel,
            phase: Phase::Loading(Vec::new()),
            readers: BTreeMap::new(),
            senders: BTreeMap::new(),
            idle_since: now,
            presence_waits: false,
            presence_at: TimestampMs::default(),
            grow_after: TimestampMs::default(),
        }
    }

    /// The open generation, if there is one.
    pub fn live(&self) -> Option<&Live> {
        match &self.phase {
            Phase::Live(live) => Some(live),
            Phase::Loading(_) | Phase::Switching(..) => None,
        }
    }

    /// The open generation, if there is one.
    pub fn live_mut(&mut self) -> Option<&mut Live> {
        match &mut self.phase {
            Phase::Live(live) => Some(live),
            Phase::Loading(_) | Phase::Switching(..) => None,
        }
    }

    /// Takes the copy that a follow has made: what it contains fails nobody any more.
    pub fn followed(&mut self, now: TimestampMs, copy: Copy) {
        if let Phase::Live(live) = &mut self.phase {
            live.followed(now, copy);
            self.senders = self.senders.split_off(&live.copied);
        }
    }

    /// Whose connection brought a change of the running generation that the copy does not contain yet.
    #[must_use]
    pub fn sender_of(&self, hash: &ChangeHash) -> Option<SessionId> {
        let at = self.live()?.by_hash.get(hash)?;
        self.senders.get(at).copied()
    }

    /// What waits for the chapter or for its copy.
    #[must_use]
    pub fn into_waiting(self, chapter: ChapterId) -> Vec<Work> {
        let read_copy = |(ticket, _)| Work::ReadCopy { ticket, chapter };
        match self.phase {
            Phase::Loading(waiting) | Phase::Switching(_, waiting) => waiting,
            Phase::Live(live) => live.copy_waiters.into_iter().map(read_copy).collect(),
        }
    }

    /// Whether it is open for nobody, and nothing is on its way in it.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        let busy = self.live().is_none_or(|live| {
            live.following.is_some() || live.growing.is_some() || !live.copy_waiters.is_empty()
        });
        !busy && self.readers.is_empty()
    }

    /// Lets work wait until the chapter is open.
    pub fn park(&mut self, work: Work) {
        if let Phase::Loading(waiting) | Phase::Switching(_, waiting) = &mut self.phase {
            waiting.push(work);
        }
    }
}

impl Live {
    /// Opens what the shell has read.
    #[must_use]
    pub fn new(loaded: LoadedChapter) -> Self {
        let by_hash = loaded
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| entry.change.as_ref().map(|change| (change.hash, at)))
            .collect();
        let raw_bytes = loaded.entries.iter().map(Entry::bytes).sum();
        Self {
            generation: loaded.generation,
            schema_version: loaded.schema_version,
            evidence: loaded.evidence,
            raw_bytes,
            entries: loaded.entries,
            by_hash,
            copy: Arc::new(loaded.copy),
            copied: loaded.copied,
            following: None,
            rests_until: TimestampMs(0),
            copy_used: TimestampMs(0),
            behind_since: None,
            copy_waiters: Vec::new(),
            growing: None,
        }
    }

    /// About what it takes in memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let copied_ops = if self.copy.is_packed() {
            0
        } else {
            self.evidence.ops()
        };
        let copy = self.copy.snapshot().len() as u64 + copied_ops * COPY_OP_BYTES;
        let changes = self.entries.len() as u64 * CHAPTER_CHANGE_BYTES;
        self.evidence.bytes() + changes + self.raw_bytes + copy
    }

    /// Takes whoever waits for the copy, as work to be done again.
    pub fn take_waiting(&mut self, chapter: ChapterId) -> Vec<Work> {
        let waiters = std::mem::take(&mut self.copy_waiters);
        let again = |(ticket, _)| Work::ReadCopy { ticket, chapter };
        waiters.into_iter().map(again).collect()
    }

    /// The first revision that nobody has yet.
    #[must_use]
    pub fn head(&self) -> Revision {
        Revision(self.entries.len() as u64)
    }

    /// Where a durable change stands; what the generation started from stands at its first event.
    #[must_use]
    pub fn place_of(&self, hash: &ChangeHash) -> Option<Position> {
        let at = self.by_hash.get(hash).copied();
        let at = at.or_else(|| self.evidence.contains(hash).then_some(0))?;
        self.entries.get(at).map(|entry| entry.position)
    }

    /// Adds a durable place to the stream.
    pub fn append(&mut self, now: TimestampMs, entry: Entry) {
        if let Some(change) = &entry.change {
            self.by_hash.insert(change.hash, self.entries.len());
        }
        self.raw_bytes += entry.bytes();
        self.entries.push(entry);
        self.behind_since.get_or_insert(now);
    }

    /// Bytes of the changes from a revision on; where all of them are few, of all.
    #[must_use]
    pub fn tail_bytes(&self, from: Revision) -> u64 {
        let all = self.raw_bytes;
        if all <= TAIL_BYTES_MAX {
            return all;
        }
        let start = usize::try_from(from.0).unwrap_or(usize::MAX);
        self.entries.iter().skip(start).map(Entry::bytes).sum()
    }

    /// The stream from a revision on, as frames of a bounded size.
    #[must_use]
    pub fn tail(&self, channel: ChannelId, from: Revision) -> Vec<ServerFrame> {
        let mut frames = Vec::new();
        let mut first = from;
        let mut items = Vec::new();
        let mut bytes = 0;
        let start = usize::try_from(from.0).unwrap_or(usize::MAX);
        for entry in self.entries.iter().skip(start) {
            bytes += entry.change.as_ref().map_or(0, |change| change.raw.len()) + 16;
            items.push(entry.item());
            if bytes >= CHANGES_FRAME_BYTES {
                let next = Revision(first.0 + items.len() as u64);
                frames.push(ServerFrame::Changes {
                    channel,
                    first,
                    items: std::mem::take(&mut items),
                });
                first = next;
                bytes = 0;
            }
        }
        if !items.is_empty() {
            frames.push(ServerFrame::Changes {
                channel,
                first,
                items,
            });
        }
        frames
    }

    /// The changes the copy lacks, when it is time for it to follow; `force` for somebody who waits.
    pub fn follow_now(&mut self, now: TimestampMs, force: bool) -> Option<Vec<Arc<[u8]>>> {
        let behind = self.entries.len() - self.copied.min(self.entries.len());
        let late = self
            .behind_since
            .is_some_and(|since| now.0.saturating_sub(since.0) >= FOLLOW_DELAY_MS);
        let is_time = (late || behind >= FOLLOW_CHANGES_MAX) && now >= self.rests_until;
        if self.following.is_some() || behind == 0 || !(force || is_time) {
            return None;
        }
        self.following = Some((self.entries.len(), now));
        let lacking = self.entries.iter().skip(self.copied);
        Some(
            lacking
                .filter_map(|entry| entry.change.as_ref())
                .map(|change| Arc::clone(&change.raw))
                .collect(),
        )
    }

    /// Takes the copy that a follow has made.
    fn followed(&mut self, now: TimestampMs, copy: Copy) {
        if let Some((reached, since)) = self.following.take() {
            let took = now.0.saturating_sub(since.0);
            self.rests_until = TimestampMs(now.0.saturating_add(took.saturating_mul(FOLLOW_REST_TIMES)));
            self.copied = reached;
            self.copy = Arc::new(copy);
            self.copy_used = now;
            self.behind_since = (reached < self.entries.len()).then_some(now);
        }
    }

    /// Packs a copy that nobody has used for some time: many chapters are open, few are written in.
    pub fn pack_copy(&mut self, now: TimestampMs) {
        let is_used = self.following.is_some() || now.0.saturating_sub(self.copy_used.0) < COPY_UNPACKED_MS;
        if !is_used && !self.copy.is_packed() {
            self.copy = Arc::new(self.copy.packed());
        }
    }
}

impl Fresh {
    /// The same, as a chapter that was read; `entry` is its first event.
    #[must_use]
    pub fn loaded(self, generation: Generation, entry: Entry) -> LoadedChapter {
        LoadedChapter {
            generation,
            schema_version: self.schema_version,
            evidence: self.evidence,
            entries: vec![entry],
            copy: self.copy,
            copied: 1,
            failure: None,
        }
    }
}

impl Entry {
    fn bytes(&self) -> u64 {
        self.change.as_ref().map_or(0, |change| change.raw.len() as u64)
    }

    /// As readers other than its author get it.
    #[must_use]
    pub fn item(&self) -> Item {
        match &self.change {
            Some(change) => Item::Change {
                who: self.who,
                raw: change.raw.to_vec().into(),
            },
            None => Item::Void,
        }
    }
}
