//! A plan out of the log as an open file, and into a log again.
//!
//! # Why it exists
//!
//! Who leaves takes everything along, and who comes brings it: the same records, byte for byte, with every proof they
//! had. What the file looks like and when it is right, `schema::export` says; here is what needs a log.
//!
//! # Invariants
//!
//! - An export has the events up to a position that is fixed when it begins, however much is written meanwhile.
//! - Memory holds a page of events, whatever the length of the plan.
//! - A plan is taken over only from a file that was checked from its first line to its last.

pub mod adopting;
pub mod checking;
pub mod seals;

use schema::audit::{PlanOrigin, SignedCheckpoint};
use schema::export::{Header, Made, Seals, Show, WriteError, Writer};
use schema::ids::PlanId;
use schema::log::Record;

use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};

/// Events in one piece of an export.
const PAGE_EVENTS: usize = 512;

/// Name and version of this program, as a file says who wrote it.
pub const PROGRAM: &str = concat!("schrijftafel/", env!("CARGO_PKG_VERSION"));

/// Where an export finds what was signed of a plan's log.
pub trait CheckpointSource: Send + Sync {
    /// The keys, the witnesses and the newest checkpoint of a log.
    fn seals(&self, origin: PlanOrigin) -> Seals;
}

/// Why an export ends before the plan does.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log is damaged.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It has fewer events than it had when the export began.
    #[error("the log of plan {0} became shorter while it was exported")]
    Shorter(PlanId),
}

/// An export under way. It reads a page of the log whenever it is asked for the next piece.
#[derive(Debug)]
pub struct PlanExport {
    plan: PlanId,
    end: u64,
    checkpoint: Option<SignedCheckpoint>,
    begun: Vec<u8>,
    writer: Option<Writer>,
}

impl PlanExport {
    /// Begins an export of the first `end` events of a plan. A checkpoint of more than these is left out.
    #[must_use]
    pub fn begin(origin: PlanOrigin, end: u64, made: Made, mut seals: Seals) -> Self {
        let fits = |note: &SignedCheckpoint| note.checkpoint().head.size <= end;
        seals.checkpoint = seals.checkpoint.filter(fits);
        let header = Header::new(origin, end, made, &seals);
        let mut begun = Vec::new();
        let writer = Writer::begin(header, &mut begun);
        Self {
            plan: origin.plan,
            end,
            checkpoint: seals.checkpoint,
            begun,
            writer: Some(writer),
        }
    }

    /// How many of the events are written.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.writer.as_ref().map_or(self.end, Writer::taken)
    }

    /// The next piece, in whole lines; nothing after the last. `show` says what of each event is shown.
    ///
    /// # Errors
    /// [`ExportError`]; then the export has no end.
    pub fn piece(
        &mut self,
        log: &dyn EventLog,
        mut show: impl FnMut(&Record) -> Show,
    ) -> Result<Option<Vec<u8>>, ExportError> {
        let Some(mut writer) = self.writer.take() else {
            return Ok(None);
        };
        let mut piece = std::mem::take(&mut self.begun);
        let from = writer.taken();
        let left = usize::try_from(self.end - from).unwrap_or(usize::MAX);
        if left > 0 {
            let request = ReadRequest {
                plan: self.plan,
                selector: Selector::All,
                from,
                direction: Direction::Forward,
                limit: left.min(PAGE_EVENTS),
            };
            let records = log.read(&request)?;
            if records.is_empty() {
                return Err(ExportError::Shorter(self.plan));
            }
            for record in records.iter().take(left) {
                writer.event(record, show(record), &mut piece)?;
            }
        }
        if writer.taken() < self.end {
            self.writer = Some(writer);
        } else {
            writer.end(self.checkpoint.take(), &mut piece);
        }
        Ok(Some(piece))
    }
}
