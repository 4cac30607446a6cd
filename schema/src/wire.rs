//! The frames of the native sync protocol: what may pass over `/sync`, byte for byte.
//!
//! One binary WebSocket message is one frame; one frame is one deterministic CBOR array `[tag, field, …]`.
//! The rules that give frames their meaning are numbered in `docs/protocol.md`; this file is only their shape.
//!
//! # Invariants
//!
//! - [`decode_client`] and [`decode_server`] are total: any bytes give a frame or a [`FrameError`], never a panic and never more memory
//!   than a small multiple of the input.
//! - Frames that go to many readers carry nothing of one reader, so the server encodes them once.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::ids::{
    ActorRef, BoundActor, ChapterId, DeviceId, Generation, IncarnationId, PageSessionId, PartyId, PersonId,
    PlanId, Position, Revision, TimestampMs,
};
use crate::limits::{FRAME_BYTES_MAX, SERVER_FRAME_BYTES_MAX};
use crate::text::generation::SameRun;

/// Protocol versions this code speaks, best first.
pub const VERSIONS: &[u16] = &[2, 1];
/// From this version on a client is told of restores (rule R5).
pub const RESTORED_SINCE: u16 = 2;

/// The server's number for an open chapter, the same on every connection while the server runs.
pub type ChannelId = u32;

/// The SHA-256 hash of an automerge change.
pub type ChangeHash = minicbor::bytes::ByteArray<32>;

/// What a client already has of a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Have {
    /// The log's life in which it was received.
    #[n(0)]
    pub incarnation: IncarnationId,
    /// The generation.
    #[n(1)]
    pub generation: Generation,
    /// The first revision it does not have.
    #[n(2)]
    pub next: Revision,
}

/// From client to server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ClientFrame {
    /// First frame of a connection.
    #[n(0)]
    Hello {
        /// Versions the client speaks, best first.
        #[n(0)]
        versions: Vec<u16>,
        /// The installation.
        #[n(1)]
        device: DeviceId,
        /// The opened page.
        #[n(2)]
        page: PageSessionId,
    },
    /// Asks for a chapter; answered by `Opened` or `Closed` with the same `request`.
    #[n(1)]
    Open {
        /// Chosen by the client, unique on the connection.
        #[n(0)]
        request: u32,
        /// The plan.
        #[n(1)]
        plan: PlanId,
        /// The chapter.
        #[n(2)]
        chapter: ChapterId,
        /// Where to resume, if the client has anything.
        #[n(3)]
        have: Option<Have>,
    },
    /// Asks the server to bind fresh actors to this person, party and page session.
    #[n(2)]
    Bind {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// The generation they are for.
        #[n(1)]
        generation: Generation,
        /// 16 random bytes each, made by the client.
        #[n(2)]
        actors: Vec<BoundActor>,
    },
    /// Offers changes, in causal order.
    #[n(3)]
    Push {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// The generation they were made in.
        #[n(1)]
        generation: Generation,
        /// Raw automerge change chunks.
        #[n(2)]
        changes: Vec<ByteVec>,
    },
    /// Where this person's cursor is; passes, is never stored.
    #[n(4)]
    Presence {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Opaque to the server.
        #[n(1)]
        payload: ByteVec,
    },
    /// The client no longer wants the chapter.
    #[n(5)]
    Close {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
    },
    /// Heartbeat.
    #[n(6)]
    Ping {
        /// Comes back in `Pong`.
        #[n(0)]
        token: u32,
    },
    /// Asks what became of the text of an ended generation, to carry unsent changes over (rule N4).
    #[n(7)]
    Trace {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// The generation that has ended.
        #[n(1)]
        generation: Generation,
        /// The first revision of it that the client does not have.
        #[n(2)]
        next: Revision,
        /// The first revision of the current generation that the client's text of it does not contain.
        #[n(3)]
        to: Revision,
    },
    /// Of which chapters of a plan this device stores text, open or not (rule N5).
    #[n(8)]
    Held {
        /// The plan.
        #[n(0)]
        plan: PlanId,
        /// The chapters.
        #[n(1)]
        chapters: Vec<ChapterId>,
    },
    /// This device stores nothing any more of the generations before one (rule N5).
    #[n(9)]
    Wiped {
        /// The plan.
        #[n(0)]
        plan: PlanId,
        /// The chapter.
        #[n(1)]
        chapter: ChapterId,
        /// The generation.
        #[n(2)]
        before: Generation,
    },
}

/// One place in a chapter's event stream, as sent to a reader.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Item {
    /// Somebody's accepted change.
    #[n(0)]
    Change {
        /// Its actor's binding.
        #[n(0)]
        who: ActorRef,
        /// The raw automerge change chunk.
        #[n(1)]
        raw: ByteVec,
    },
    /// A change this very connection pushed, now durable.
    #[n(1)]
    Yours {
        /// Its hash.
        #[n(0)]
        hash: ChangeHash,
        /// Its place in the plan's log.
        #[n(1)]
        position: Position,
    },
    /// An event of the text stream that changes no text for the reader (quarantined, erased, another kind).
    #[n(2)]
    Void,
}

/// How an opened chapter starts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Start {
    /// What the client has is good; `Changes` follow from where it is.
    #[n(0)]
    Tail,
    /// Begin anew from this document; `Changes` follow from `next`.
    #[n(1)]
    Snapshot {
        /// The first revision that the snapshot does not contain.
        #[n(0)]
        next: Revision,
        /// `Automerge::save` of the server's copy.
        #[n(1)]
        document: ByteVec,
    },
}

/// Why something was refused: a stable code for programs, and nothing for people (they get their own language).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Reason {
    /// Stable, kebab-case.
    #[n(0)]
    pub code: String,
    /// English, for logs; never text of a document.
    #[n(1)]
    pub detail: String,
}

/// Code of [`ServerFrame::Refused`] for a change of a generation that has ended: not a refusal of what it says,
/// which is carried over (rule N2).
pub const GENERATION_ENDED: &str = "generation-ended";
/// The code of a goodbye because the log takes no appends: what was not acknowledged stays in the outbox.
pub const LOG_UNAVAILABLE: &str = "log-unavailable";
/// The code of a goodbye because a change that was taken on this connection could not be applied (rule P8).
pub const CHANGE_FAILED: &str = "change-failed";
/// The code of a goodbye after too many changes that no honest client makes (rule P9).
pub const BAD_CHANGES: &str = "bad-changes";
/// The code of a goodbye because the server stops, to come back after a while (rule C6).
pub const STOPPING: &str = "stopping";

/// From server to client.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ServerFrame {
    /// Answers `Hello`.
    #[n(0)]
    Welcome {
        /// The version both speak from here on.
        #[n(0)]
        version: u16,
        /// The life of the log.
        #[n(1)]
        incarnation: IncarnationId,
        /// The server's clock.
        #[n(2)]
        now: TimestampMs,
    },
    /// Answers `Open`.
    #[n(1)]
    Opened {
        /// The client's number.
        #[n(0)]
        request: u32,
        /// The server's number, used from here on.
        #[n(1)]
        channel: ChannelId,
        /// The current generation.
        #[n(2)]
        generation: Generation,
        /// The rich-text schema version it is written in.
        #[n(3)]
        schema_version: u16,
        /// The first revision that nobody has yet: reached means caught up.
        #[n(4)]
        head: Revision,
        /// Absent: may write. Else why not.
        #[n(5)]
        read_only: Option<Reason>,
        /// Where the text starts.
        #[n(6)]
        start: Start,
        /// Every generation before this one is erased (rule N3); absent: none is.
        #[n(7)]
        erased_before: Option<Generation>,
    },
    /// Consecutive places of the stream, from `first`.
    #[n(2)]
    Changes {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Revision of the first item.
        #[n(1)]
        first: Revision,
        /// The items.
        #[n(2)]
        items: Vec<Item>,
    },
    /// A pushed change that was already in the log: where it stands.
    #[n(3)]
    Known {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Its hash.
        #[n(1)]
        hash: ChangeHash,
        /// Its place in the plan's log.
        #[n(2)]
        position: Position,
    },
    /// A pushed change was not accepted; nothing changed.
    #[n(4)]
    Refused {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Its hash, as far as the server could compute one (zeroes otherwise).
        #[n(1)]
        hash: ChangeHash,
        /// Why.
        #[n(2)]
        reason: Reason,
    },
    /// Answers `Bind`: these actors may now write.
    #[n(5)]
    Bound {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Actor and the position of its `actor.bound/1`.
        #[n(1)]
        actors: Vec<(BoundActor, ActorRef)>,
    },
    /// The right to write changed while connected.
    #[n(6)]
    Access {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Absent: may write. Else why not.
        #[n(1)]
        read_only: Option<Reason>,
    },
    /// Somebody else is here, with their latest cursor.
    #[n(7)]
    Presence {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Distinguishes pages of the same person while they are here.
        #[n(1)]
        peer: u64,
        /// Who.
        #[n(2)]
        person: PersonId,
        /// Their display name.
        #[n(3)]
        name: String,
        /// For which party.
        #[n(4)]
        party: PartyId,
        /// The party's display name.
        #[n(5)]
        party_name: String,
        /// What they sent; empty until they send something.
        #[n(6)]
        payload: ByteVec,
        /// By what they know the program of theirs that is here; absent: they are here themselves.
        #[n(7)]
        program: Option<String>,
    },
    /// Somebody left.
    #[n(8)]
    Left {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Who, see `Presence`.
        #[n(1)]
        peer: u64,
    },
    /// The chapter goes on in another generation: open it again.
    #[n(9)]
    Moved {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// The generation to open.
        #[n(1)]
        generation: Generation,
    },
    /// The chapter cannot be opened, or can no longer be read.
    #[n(10)]
    Closed {
        /// The client's number of the `Open` it answers, if it answers one.
        #[n(0)]
        request: Option<u32>,
        /// The chapter, if it was open.
        #[n(1)]
        channel: Option<ChannelId>,
        /// Why.
        #[n(2)]
        reason: Reason,
    },
    /// Answers `Ping`.
    #[n(11)]
    Pong {
        /// From the `Ping`.
        #[n(0)]
        token: u32,
    },
    /// The server ends the connection.
    #[n(12)]
    Bye {
        /// Why.
        #[n(0)]
        reason: Reason,
        /// Come back after so long, ms; absent: do not come back as you are.
        #[n(1)]
        retry_after_ms: Option<u32>,
    },
    /// Answers `Trace`, in one frame or more.
    #[n(13)]
    Traced {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Raw changes of the ended generation that the client lacks, in order.
        #[n(1)]
        changes: Vec<ByteVec>,
        /// Absent: another frame follows.
        #[n(2)]
        end: Option<TraceEnd>,
    },
    /// Of these chapters every generation before one is erased: delete it, then say `Wiped` (rule N5).
    #[n(14)]
    Wipe {
        /// The plan.
        #[n(0)]
        plan: PlanId,
        /// Each chapter with the generation before which it is erased.
        #[n(1)]
        chapters: Vec<(ChapterId, Generation)>,
    },
    /// Earlier text was brought back: what `Changes` said just before is that (rule R5).
    #[n(15)]
    Restored {
        /// The chapter.
        #[n(0)]
        channel: ChannelId,
        /// Where the restore stands in the plan's log.
        #[n(1)]
        position: Position,
    },
}

/// How an answer to `Trace` ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TraceEnd {
    /// Which stretches of the ended generation's last text stand in the client's text of the current one, and where;
    /// absent: the server cannot say, and the client compares the two.
    #[n(0)]
    pub same: Option<Vec<SameRun>>,
}

/// Bytes that are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than its direction allows.
    #[error("frame of {bytes} bytes exceeds the limit of {bytes_max}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Not a frame of this protocol.
    #[error("malformed frame: {0}")]
    Malformed(String),
    /// A whole frame, and then more.
    #[error("{0} bytes after the end of the frame")]
    TrailingBytes(usize),
}

/// Encodes a frame.
#[must_use]
pub fn encode<T: Encode<()>>(frame: &T) -> Vec<u8> {
    minicbor::to_vec(frame).expect("writing to memory cannot fail")
}

/// Decodes what a client sent.
///
/// # Errors
/// [`FrameError`] for anything that is not exactly one frame of at most [`FRAME_BYTES_MAX`].
pub fn decode_client(bytes: &[u8]) -> Result<ClientFrame, FrameError> {
    decode(bytes, FRAME_BYTES_MAX)
}

/// Decodes what a server sent.
///
/// # Errors
/// [`FrameError`] for anything that is not exactly one frame of at most [`SERVER_FRAME_BYTES_MAX`].
pub fn decode_server(bytes: &[u8]) -> Result<ServerFrame, FrameError> {
    decode(bytes, SERVER_FRAME_BYTES_MAX)
}

fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8], bytes_max: usize) -> Result<T, FrameError> {
    if bytes.len() > bytes_max {
        return Err(FrameError::TooLong {
            bytes: bytes.len(),
            bytes_max,
        });
    }
    let mut decoder = minicbor::Decoder::new(bytes);
    let frame = decoder
        .decode()
        .map_err(|error| FrameError::Malformed(error.to_string()))?;
    match bytes.len() - decoder.position() {
        0 => Ok(frame),
        rest => Err(FrameError::TrailingBytes(rest)),
    }
}

impl Reason {
    /// A reason from a stable code and a detail for logs.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "details are refusals and errors at the end of their life"
    )]
    pub fn new(code: &str, detail: impl ToString) -> Self {
        Self {
            code: code.to_owned(),
            detail: detail.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
