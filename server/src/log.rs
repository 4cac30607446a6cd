//! The event log: one ordered log per plan, durable before it answers.
//!
//! Every engine keeps the same contract, checked by one conformance suite that knows no engine
//! (`server/src/log/conformance.rs`). Engines share a contract, not code.
//!
//! # Invariants
//!
//! - Positions are dense per plan, revisions dense per stream.
//! - An answer `Ok` means: flushed to disk. A failed flush poisons the engine until it is reopened.
//! - Idempotency comes first, then guards: a known event id answers with its first position.
//! - `recorded_at` never decreases within a plan.
//!
//! # Reading order
//!
//! [`EventLog`] is the contract, [`place`] the rules of appending, [`adopt`] those of taking over, [`memory`] the plainest engine, [`sled`] the
//! embedded default, [`engine`] which of them a directory holds, [`order`] what is asked beside what engines check,
//! [`compact`] a log written anew, [`copy`] one that is only looked at, [`reopening`] what gets over a full disk, [`writer`] the group commit that many callers share, [`subscription`] catch-up then live.

pub mod acknowledged;
pub mod adopt;
mod begun;
pub mod compact;
#[cfg(test)]
mod conformance;
pub mod copy;
#[cfg(test)]
pub mod gated;
pub mod engine;
pub mod index;
pub mod memory;
pub mod order;
pub mod place;
pub mod remembered;
pub mod reopening;
pub mod segments;
pub mod select;
pub mod sled;
pub mod space;
pub mod subscription;
pub mod upkeep;
pub mod writer;

pub use self::sled::{SledConfig, SledLog};
pub use engine::{Engine, Repair, Verified};
pub use memory::MemoryLog;
pub use reopening::{ReopeningConfig, ReopeningLog};
pub use segments::{SegmentConfig, SegmentLog};
pub use subscription::{Following, ResumeToken, SubscribeError, Subscription};
pub use upkeep::{AdoptError, EraseError, Extent, Health};
pub use writer::{LogWriter, WriterConfig};

use std::sync::Arc;

use schema::ids::{EventId, IncarnationId, PlanId, Position, Revision, TimestampMs};
use schema::log::{NewEvent, Record, Stream};
use schema::text::order::OrderFault;

use crate::audit::held::NotAsSigned;

/// What must hold of a stream, written or not, for a batch to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The stream looked at.
    pub stream: Stream,
    /// What is expected of it.
    pub expected: Expected,
}

/// The expected revision of a guarded stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Its last event has this revision.
    Exact(Revision),
    /// It has no event yet.
    NoStream,
}

/// One all-or-nothing append.
#[derive(Debug, Clone)]
pub struct AppendRequest {
    /// The plan.
    pub plan: PlanId,
    /// In order; 1 to `BATCH_EVENTS_MAX`.
    pub events: Vec<NewEvent>,
    /// All must hold. Events no rule depends on need none.
    pub guards: Vec<Guard>,
}

/// Where a batch stands. On a repeated batch: where it stood the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position, revision and time of each event of the batch, in its order.
    pub placed: Vec<Placed>,
}

/// The place of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Position in the plan.
    pub position: Position,
    /// Revision in its stream.
    pub revision: Revision,
    /// When it was recorded.
    pub recorded_at: TimestampMs,
    /// Whether it stood there before this call (idempotency).
    pub repeated: bool,
}

/// Why nothing was appended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A guard failed: catch up and check again.
    #[error("stream {stream} is at {actual:?}, expected {expected:?}")]
    Conflict {
        /// The guarded stream.
        stream: Stream,
        /// What was asked.
        expected: Expected,
        /// Its last revision, if it has any.
        actual: Option<Revision>,
    },
    /// An event id is known with other content.
    #[error("event id {id} is already used with other content")]
    IdReused {
        /// The id.
        id: EventId,
    },
    /// The batch is partly known and partly new, is empty, or exceeds a limit.
    #[error("invalid batch: {0}")]
    InvalidBatch(&'static str),
    /// The engine stopped writing (failed flush, full disk); reading goes on.
    #[error("the log has stopped writing: {reason}")]
    Stopped {
        /// What the operating system said.
        reason: Arc<str>,
    },
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Every event of the plan; `from` is a position.
    All,
    /// One stream; `from` is a revision.
    Stream(Stream),
    /// Events whose kind name starts so; `from` is a position.
    KindPrefix(String),
    /// Events of one actor; `from` is a position.
    Actor(schema::ids::ActorRef),
    /// Events recorded in `from_ms..end_ms`; `from` is a position.
    Span {
        /// Inclusive.
        from: TimestampMs,
        /// Exclusive.
        end: TimestampMs,
    },
}

/// Reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first, starting at `from` (inclusive).
    Forward,
    /// Newest first, starting at `from` (inclusive).
    Backward,
}

/// One page to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRequest {
    /// The plan.
    pub plan: PlanId,
    /// Which events.
    pub selector: Selector,
    /// Position, or revision for [`Selector::Stream`]; inclusive. `u64::MAX` with `Backward` starts at the end.
    pub from: u64,
    /// Order.
    pub direction: Direction,
    /// At most this many events; never more than `LOG_PAGE_EVENTS_MAX`.
    pub limit: usize,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A stored record does not decode or its checksum fails.
    #[error("record {position} of plan {plan} is corrupt: {what}")]
    Corrupt {
        /// The plan.
        plan: PlanId,
        /// The position.
        position: Position,
        /// What is wrong with it.
        what: String,
    },
    /// What was written last is not whole. Only an opening that changes nothing says so.
    #[error(
        "the end of the log is cut off or damaged: what its file `acknowledged` tells of as answered is there, what was \
         answered in the second after that was written may be missing. Starting the server takes the end off, and so do \
         `log compact` and `log move` ({reason})"
    )]
    Torn {
        /// The first thing that is lacking.
        reason: Box<ReadError>,
    },
    /// The event is the one that was written, and should not have been.
    #[error("event {position} of plan {plan} stands where it may not: {fault}")]
    Misplaced {
        /// The plan.
        plan: PlanId,
        /// The position.
        position: Position,
        /// Which rule it breaks.
        fault: OrderFault,
    },
    /// The events hold together, and are another history than the one that was signed in their data directory.
    #[error("{0}; `schrijftafel audit check` names the first that is another")]
    NotAsSigned(#[from] NotAsSigned),
    /// The engine could not read.
    #[error("the log cannot be read: {0}")]
    Engine(String),
}

impl ReadError {
    /// What it says, with what to do where it keeps a log from being opened.
    #[must_use]
    pub fn with_way_out(&self) -> String {
        match self {
            Self::Corrupt { .. } => {
                format!(
                    "{self}; `schrijftafel log repair` keeps what is whole and takes the rest from a backup"
                )
            }
            Self::Torn { .. } | Self::Misplaced { .. } | Self::NotAsSigned(_) | Self::Engine(_) => {
                self.to_string()
            }
        }
    }
}

/// What is asked of every record beside what is checked in any case.
pub type Check<'c> = &'c mut dyn FnMut(PlanId, &Record) -> Result<(), ReadError>;

/// Source of salts: an argument, so that simulations repeat.
pub type SaltSource<'a> = &'a mut dyn FnMut() -> schema::log::Salts;

/// The log contract. Calls block; the shell runs them on threads of their own.
pub trait EventLog: Send + Sync + 'static {
    /// The life of this log.
    fn incarnation(&self) -> IncarnationId;

    /// Appends each request all-or-nothing, in order, and flushes **once** for all of them before answering.
    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>>;

    /// Reads one page. An unknown plan or stream reads as empty.
    ///
    /// # Errors
    /// [`ReadError`] on corruption or when the engine fails.
    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError>;

    /// The position the next event of the plan will get; 0 for an unknown plan.
    fn next_position(&self, plan: PlanId) -> Position;

    /// The last revision of a stream, if it has any event.
    ///
    /// # Errors
    /// [`ReadError`] on corruption or when the engine fails.
    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError>;

    /// The event with this id, if the plan has it: the first answer of a command that is sent again.
    ///
    /// # Errors
    /// [`ReadError`] on corruption or when the engine fails.
    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError>;

    /// Every plan with at least one event.
    fn plans(&self) -> Vec<PlanId>;

    /// Takes the content of events away, durably; many cost about as many flushes as one. Chain, leaves, numbers, index
    /// and the idempotency of ids stay valid; erasing again changes nothing. No reader sees the content again, but the
    /// engine's files may hold its bytes until the log is compacted.
    ///
    /// # Errors
    /// [`EraseError`] when the plan lacks one of the events, and then nothing is erased; or when the engine cannot read
    /// or write, and then of each event all or nothing is.
    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError>;

    /// [`EventLog::erase_all`] of one event.
    ///
    /// # Errors
    /// The same.
    fn erase(&self, plan: PlanId, position: Position, extent: Extent) -> Result<(), EraseError> {
        self.erase_all(plan, &[position], extent)
    }

    /// What of a plan was erased, by position: a backup made before must not keep it. An engine that notes it
    /// answers without reading the plan; it may name an event whose erasing a crash cut off.
    ///
    /// # Errors
    /// [`ReadError`] on corruption or when the engine fails.
    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        upkeep::erased_of(self, plan)
    }

    /// Appends records of another log as they are, all or nothing: they must continue the plan exactly. Durable
    /// when answered. For compaction, a move between engines, a restore and the import of a plan.
    ///
    /// # Errors
    /// [`AdoptError`] for the first record that does not continue the plan, or when the engine does not write.
    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError>;

    /// Whether it takes appends. Never waits for a flush.
    fn health(&self) -> Health;

    /// Whether closing it comes to an end: an engine that failed may wait for ever for what it could not write. Asking
    /// may take some seconds.
    fn can_close(&self) -> bool {
        true
    }

    /// Writes down what an engine notes from time to time beside its events. For the end of a process, in which others
    /// may still hold the log, so that it is never dropped.
    fn level(&self) {}
}

/// The answer to every request of a group that met a stopped engine.
fn all_stopped(requests: usize, reason: &Arc<str>) -> Vec<Result<Appended, AppendError>> {
    (0..requests)
        .map(|_| {
            Err(AppendError::Stopped {
                reason: reason.clone(),
            })
        })
        .collect()
}
