//! The trees in sled, and the little the engine asks of them.
//!
//! `meta` says format and incarnation, `events` holds the records, `index` what can be rebuilt, `cut` the bytes
//! of torn batches that opening took off the end.

use std::path::Path;
use std::time::Duration;

use ::sled::{Batch, Db, IVec, Tree};
use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::block::Entry;
use super::platter::Platter;
use super::{SledConfig, frame};
use crate::clock;
use crate::log::ReadError;
use crate::log::place::BatchMark;

/// The format of the whole directory.
const FORMAT: u32 = 1;
/// How often a lock that another holds is tried again, and how long between.
const LOCK_TRIES: u32 = 60;
const LOCK_RETRY: Duration = Duration::from_millis(50);

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be used or is in use by another process.
    #[error("the log cannot be opened: {0}")]
    Engine(#[from] ::sled::Error),
    /// Written by a newer version, or no log at all.
    #[error("the log has format {found:?}; this version reads format {FORMAT}")]
    Format {
        /// What the directory says.
        found: Option<u32>,
    },
    /// There is a log already where a new one was to begin.
    #[error("the directory already holds a log")]
    Exists,
    /// Corrupt, and not at the end.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<::sled::Error> for ReadError {
    fn from(error: ::sled::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// The trees.
#[derive(Debug)]
pub(super) struct Trees {
    db: Db,
    platter: Platter,
    meta: Tree,
    events: Tree,
    index: Tree,
    cut: Tree,
}

impl Trees {
    pub(super) fn open(path: &Path, config: SledConfig) -> Result<Self, OpenError> {
        let db = open_when_free(
            &::sled::Config::new()
                .path(path)
                .cache_capacity(config.cache_bytes)
                .flush_every_ms(None),
        )?;
        let platter = Platter::of(path).map_err(ReadError::from)?;
        let meta = db.open_tree("meta")?;
        let events = db.open_tree("events")?;
        let index = db.open_tree("index")?;
        let cut = db.open_tree("cut")?;
        Ok(Self {
            db,
            platter,
            meta,
            events,
            index,
            cut,
        })
    }

    /// The life of this log; begins one in a new directory.
    pub(super) fn incarnation(&self) -> Result<IncarnationId, OpenError> {
        match self.meta.get("incarnation")? {
            None if self.events.is_empty() => {
                let incarnation = IncarnationId::from_bytes(clock::random_bytes());
                self.start(incarnation).map(|()| incarnation)
            }
            found => {
                let format = self.format()?;
                let bytes = found.and_then(|bytes| bytes.as_ref().try_into().ok());
                match (format, bytes) {
                    (Some(FORMAT), Some(bytes)) => Ok(IncarnationId::from_bytes(bytes)),
                    _ => Err(OpenError::Format { found: format }),
                }
            }
        }
    }

    /// Begins a life in a directory that holds none.
    pub(super) fn start(&self, incarnation: IncarnationId) -> Result<(), OpenError> {
        let empty = self.events.is_empty() && self.meta.get("incarnation")?.is_none();
        if !empty {
            return Err(OpenError::Exists);
        }
        let mut batch = Batch::default();
        batch.insert("format", FORMAT.to_be_bytes().as_slice());
        batch.insert("incarnation", incarnation.as_bytes().as_slice());
        self.meta.apply_batch(batch)?;
        self.flush()?;
        Ok(())
    }

    fn format(&self) -> Result<Option<u32>, OpenError> {
        let format = self.meta.get("format")?;
        Ok(format
            .and_then(|bytes| bytes.as_ref().try_into().ok())
            .map(u32::from_be_bytes))
    }

    /// Every plan with an event: one look per plan, not per event.
    pub(super) fn plans(&self) -> Result<Vec<PlanId>, ReadError> {
        let mut plans = Vec::new();
        let mut next = self.events.first()?;
        while let Some((key, _)) = next {
            let (plan, _) = frame::place_of(&key)
                .ok_or_else(|| ReadError::Engine("a key in the tree of events is no event's".to_owned()))?;
            plans.push(plan);
            next = self.events.get_gt(frame::key(plan, Position(u64::MAX)))?;
        }
        Ok(plans)
    }

    pub(super) fn append(&self, batch: Batch) -> Result<(), ReadError> {
        Ok(self.events.apply_batch(batch)?)
    }

    pub(super) fn flush(&self) -> Result<(), ReadError> {
        self.db.flush()?;
        Ok(self.platter.flush()?)
    }

    /// Blobs that are on the disk, by name.
    #[cfg(test)]
    pub(super) fn flushed_blobs(&self) -> std::collections::BTreeSet<std::ffi::OsString> {
        self.platter.flushed()
    }

    pub(super) fn last_position(&self, plan: PlanId) -> Result<Option<Position>, ReadError> {
        let last = self.events.range(whole(plan)).next_back().transpose()?;
        Ok(last
            .and_then(|(key, _)| frame::place_of(&key))
            .map(|(_, position)| position))
    }

    pub(super) fn event(&self, plan: PlanId, position: Position) -> Result<(BatchMark, Record), ReadError> {
        match self.events.get(frame::key(plan, position))? {
            Some(frame) => frame::decode(plan, position, &frame),
            None => Err(missing(plan, position)),
        }
    }

    /// The events of `first..end` in order. A gap is an error at the missing position.
    pub(super) fn events(
        &self,
        plan: PlanId,
        first: Position,
        end: Position,
    ) -> impl DoubleEndedIterator<Item = Result<(BatchMark, Record), ReadError>> {
        let range = frame::key(plan, first)..frame::key(plan, end.max(first));
        self.events.range(range).map(move |item| {
            let (key, frame) = item?;
            let (_, position) = frame::place_of(&key).ok_or_else(|| missing(plan, first))?;
            frame::decode(plan, position, &frame)
        })
    }

    /// Moves everything from `first` on into the tree `cut`; returns how many events that was.
    pub(super) fn cut_from(&self, plan: PlanId, first: Position) -> Result<u64, ReadError> {
        let mut removed = 0;
        for item in self
            .events
            .range(frame::key(plan, first)..=frame::key(plan, Position(u64::MAX)))
        {
            let (key, frame) = item?;
            let unique = self.db.generate_id()?.to_be_bytes();
            self.cut.insert([key.as_ref(), &unique].concat(), frame)?;
            self.events.remove(key)?;
            removed += 1;
        }
        self.flush()?;
        Ok(removed)
    }

    /// Throws the index away: it is built again from the events.
    pub(super) fn clear_index(&self) -> Result<(), ReadError> {
        Ok(self.index.clear()?)
    }

    pub(super) fn write_index(&self, batch: Batch) -> Result<(), ReadError> {
        Ok(self.index.apply_batch(batch)?)
    }

    pub(super) fn index_entry(&self, key: &[u8]) -> Result<Option<IVec>, ReadError> {
        Ok(self.index.get(key)?)
    }

    pub(super) fn index_prefix(
        &self,
        prefix: &[u8],
    ) -> impl DoubleEndedIterator<Item = Result<(IVec, IVec), ReadError>> {
        self.index.scan_prefix(prefix).map(|item| Ok(item?))
    }

    /// The entry at `key`, or the last one before it that begins with `prefix`.
    pub(super) fn index_at_or_before(
        &self,
        prefix: &[u8],
        key: &[u8],
    ) -> Result<Option<(IVec, IVec)>, ReadError> {
        let found = self.index.range(prefix..=key).next_back().transpose()?;
        Ok(found)
    }
}

/// Makes a batch of index entries.
pub(super) fn batch_of(entries: impl IntoIterator<Item = Entry>) -> Batch {
    let mut batch = Batch::default();
    for (key, value) in entries {
        batch.insert(key, value);
    }
    batch
}

pub(super) fn missing(plan: PlanId, position: Position) -> ReadError {
    ReadError::Corrupt {
        plan,
        position,
        what: "it is missing".to_owned(),
    }
}

fn whole(plan: PlanId) -> std::ops::RangeInclusive<frame::Key> {
    frame::key(plan, Position(0))..=frame::key(plan, Position(u64::MAX))
}

/// Opens the database. A lock that another holds is waited for: sled's threads may hold it for a moment after
/// the last handle went, and a restarted service may overlap the one that is ending.
pub(super) fn open_when_free(config: &::sled::Config) -> ::sled::Result<Db> {
    for _ in 0..LOCK_TRIES {
        match config.open() {
            Err(::sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                std::thread::sleep(LOCK_RETRY);
            }
            answer => return answer,
        }
    }
    config.open()
}
