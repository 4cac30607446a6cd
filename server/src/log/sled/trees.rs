//! The trees in sled, and the little the engine asks of them.
//!
//! `meta` says format and incarnation, `events` holds the records ([`events`]), `index` what can be rebuilt, `cut` the
//! bytes of torn batches that opening took off the end, `erased` which events gave up their content.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use std::{fs, io};

use ::sled::{Batch, Db, IVec, Tree};
use schema::ids::{IncarnationId, PlanId, Position};
use schema::limits::{LOG_LOCK_RETRY_MS, LOG_LOCK_TRIES};

use super::block::Entry;
use super::disk::DiskTrees;
use super::panics::EngineDamaged;
use super::platter::Platter;
use super::remains::Lost;
use super::tail::TornEnd;
use super::{SledConfig, frame};
use crate::clock;
use crate::log::acknowledged::EndError;
use crate::log::copy;
use crate::log::index::{ReadCount, Reads};
use crate::log::{Extent, ReadError};

mod events;
mod shelf;

use shelf::behind;

/// The format of the whole directory.
const FORMAT: u32 = 2;
/// The one before: a key for each event, which is read as ever.
const FORMAT_WITHOUT_PACKS: u32 = 1;

/// How the name ends under which sled writes its notes of where it is, before they get their own.
const UNFINISHED: &str = "generating";

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be used.
    #[error("the files of the log cannot be used: {0}")]
    Engine(::sled::Error),
    /// Another process has it open.
    #[error("the log is in use by another process: is another server using the same data?")]
    InUse,
    /// Written by a newer version.
    #[error("the log has format {found}; this version reads format {FORMAT}")]
    Format {
        /// What the directory says.
        found: u32,
    },
    /// sled finds nothing in its file, where something was.
    #[error(
        "the engine's own file says no more which log it holds, and no event; `schrijftafel log repair` makes a whole log \
         of a backup and what can still be read"
    )]
    NoLife,
    /// Events are there, and nothing whole that says which log it is.
    #[error(
        "the log does not say any more which it is and in which format: its `meta` is damaged; `schrijftafel log repair` \
         makes a whole log of a backup and what can still be read"
    )]
    NoMeta,
    /// There is a log already where a new one was to begin.
    #[error("the directory already holds a log")]
    Exists,
    /// sled gives up over what its file holds.
    #[error(transparent)]
    Damaged(#[from] EngineDamaged),
    /// sled would cut off events that had been flushed.
    #[error(
        "event {position} of plan {plan} lies behind damage in the log's file, where sled would cut it off: \
         `schrijftafel log repair` keeps what is whole"
    )]
    BehindDamage {
        /// The plan.
        plan: PlanId,
        /// The first event of it that would be lost.
        position: Position,
    },
    /// What sled would cut off or pass over stood before the last group of events, and no event behind it tells its plan.
    #[error(
        "something in the log's file that was flushed before the last group of events cannot be read, and sled would pass \
         over it: `schrijftafel log verify` checks what is left, `schrijftafel log repair` keeps what is whole and takes the \
         rest from a backup"
    )]
    BeforeLastGroup,
    /// What sled would cut off was written last, so nothing tells whether it had been flushed.
    #[error(
        "{0}. What the log's file `acknowledged` tells of as answered is there, what was answered in the second after that was \
         written may be missing. Starting the server takes it off; `schrijftafel log repair` keeps what is whole"
    )]
    Torn(#[from] TornEnd),
    /// Corrupt, and not at the end.
    #[error("{}", .0.with_way_out())]
    Read(ReadError),
    /// It is not the log that was answered from.
    #[error(transparent)]
    Ends(#[from] EndError),
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<Lost> for OpenError {
    fn from(lost: Lost) -> Self {
        match lost.first {
            None => Self::BeforeLastGroup,
            Some((plan, position)) if lost.was_durable => Self::BehindDamage { plan, position },
            first => Self::Torn(TornEnd { first }),
        }
    }
}

impl From<::sled::Error> for OpenError {
    fn from(error: ::sled::Error) -> Self {
        match EngineDamaged::of(&error) {
            Some(damaged) => Self::Damaged(damaged),
            None if is_in_use(&error) => Self::InUse,
            None => Self::Engine(error),
        }
    }
}

/// Whether sled says that somebody else holds the lock of its file.
fn is_in_use(error: &::sled::Error) -> bool {
    matches!(error, ::sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

impl From<::sled::Error> for ReadError {
    fn from(error: ::sled::Error) -> Self {
        match EngineDamaged::of(&error) {
            Some(damaged) => damaged.into(),
            None => Self::Engine(error.to_string()),
        }
    }
}

/// The trees.
#[derive(Debug)]
pub(super) struct Trees {
    path: PathBuf,
    db: Db,
    platter: Platter,
    meta: Tree,
    events: Tree,
    index: Tree,
    cut: Tree,
    erased: Tree,
    count: ReadCount,
    /// The same trees without sled, since it writes no more.
    disk: OnceLock<DiskTrees>,
    leaving: Mutex<()>,
    /// Whether sled refused to read.
    refuses: AtomicBool,
    #[cfg(test)]
    index_fails: AtomicBool,
}

impl Trees {
    pub(super) fn open(path: &Path, config: SledConfig) -> Result<Self, OpenError> {
        clear_unfinished_notes(path).map_err(::sled::Error::Io)?;
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
        let erased = db.open_tree("erased")?;
        Ok(Self {
            path: path.to_owned(),
            db,
            platter,
            meta,
            events,
            index,
            cut,
            erased,
            count: ReadCount::default(),
            disk: OnceLock::new(),
            leaving: Mutex::default(),
            refuses: AtomicBool::new(false),
            #[cfg(test)]
            index_fails: AtomicBool::new(false),
        })
    }

    pub(super) fn reads(&self) -> Reads {
        self.count.so_far()
    }

    /// The life of this log; where there is none yet, one `begins` or is refused.
    pub(super) fn incarnation(&self, begins: bool) -> Result<IncarnationId, OpenError> {
        match self.meta.get("incarnation")? {
            None if self.events.is_empty() && !begins => Err(OpenError::NoLife),
            None if self.events.is_empty() => {
                let incarnation = IncarnationId::from_bytes(clock::random_bytes());
                self.start(incarnation).map(|()| incarnation)
            }
            found => {
                let format = self.format()?;
                let bytes = found.and_then(|bytes| bytes.as_ref().try_into().ok());
                match (format, bytes) {
                    (Some(FORMAT | FORMAT_WITHOUT_PACKS), Some(bytes)) => {
                        Ok(IncarnationId::from_bytes(bytes))
                    }
                    (Some(FORMAT | FORMAT_WITHOUT_PACKS) | None, _) => Err(OpenError::NoMeta),
                    (Some(found), _) => Err(OpenError::Format { found }),
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

    /// Says that packs may come: a program from before them must not take what it cannot read for a shorter log.
    /// Durable with the next flush.
    pub(super) fn allow_packs(&self) -> Result<(), OpenError> {
        if self.format()? != Some(FORMAT) {
            self.meta.insert("format", FORMAT.to_be_bytes().as_slice())?;
        }
        Ok(())
    }

    fn format(&self) -> Result<Option<u32>, OpenError> {
        let format = self.meta.get("format")?;
        Ok(format
            .and_then(|bytes| bytes.as_ref().try_into().ok())
            .map(u32::from_be_bytes))
    }

    /// Notes that an event gives up content. Comes before the content goes, so that no erased event is unnoted.
    pub(super) fn note_erased(
        &self,
        plan: PlanId,
        position: Position,
        extent: Extent,
    ) -> Result<(), ReadError> {
        let key = frame::key(plan, position);
        let before = self.erased.get(key)?.and_then(|value| extent_of(&value));
        if before.is_none_or(|before| before < extent) {
            self.erased.insert(key, [code_of(extent)].as_slice())?;
        }
        Ok(())
    }

    /// What is noted of a plan, by position.
    pub(super) fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        let mut from = frame::key(plan, Position(0)).to_vec();
        let end = behind(&frame::key(plan, Position(u64::MAX)));
        let mut found = Vec::new();
        while let Some((key, value)) = self.shelf(&self.erased).first(&from..&end)? {
            let place = frame::place_of(&key).map(|(_, position)| position);
            let noted = place
                .zip(extent_of(&value))
                .ok_or_else(|| ReadError::Engine("a note of erased content cannot be read".to_owned()))?;
            found.push(noted);
            from = behind(&key);
        }
        Ok(found)
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

    /// Throws the index away: it is built again from the events.
    pub(super) fn clear_index(&self) -> Result<(), ReadError> {
        Ok(self.index.clear()?)
    }

    /// Lets the index not be written any more.
    #[cfg(test)]
    pub(super) fn fail_index(&self) {
        self.index_fails.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    pub(super) fn write_index(&self, batch: Batch) -> Result<(), ReadError> {
        #[cfg(test)]
        if self.index_fails.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(ReadError::Engine("no space left on device".to_owned()));
        }
        Ok(self.index.apply_batch(batch)?)
    }

    pub(super) fn index_entry(&self, key: &[u8]) -> Result<Option<IVec>, ReadError> {
        self.count.add_index();
        self.shelf(&self.index).get(key)
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
        self.count.add_index();
        self.shelf(&self.index).last(prefix..&behind(key))
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

const fn code_of(extent: Extent) -> u8 {
    match extent {
        Extent::Payload => 1,
        Extent::PayloadAndEnvelopeSalt => 2,
    }
}

pub(super) fn extent_of(value: &[u8]) -> Option<Extent> {
    match value {
        [1] => Some(Extent::Payload),
        [2] => Some(Extent::PayloadAndEnvelopeSalt),
        _ => None,
    }
}

/// Removes notes of sled's that a crash cut off while they were written. It would take them for its newest, and damaged,
/// though those before are still there.
fn clear_unfinished_notes(path: &Path) -> io::Result<()> {
    let names = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        names => names?,
    };
    for entry in names {
        let notes = entry?.path();
        let is_unfinished = notes.extension().is_some_and(|end| end == UNFINISHED);
        // Whoever has the log open may be writing them now.
        if is_unfinished && copy::unused(path).is_ok() {
            fs::remove_file(notes)?;
        }
    }
    Ok(())
}

/// Opens the database. A lock that another holds is waited for: sled's threads may hold it for a moment after
/// the last handle went, and a restarted service may overlap the one that is ending.
pub(super) fn open_when_free(config: &::sled::Config) -> ::sled::Result<Db> {
    for _ in 0..LOG_LOCK_TRIES {
        match config.open() {
            Err(error) if is_in_use(&error) => {
                std::thread::sleep(Duration::from_millis(LOG_LOCK_RETRY_MS));
            }
            answer => return answer,
        }
    }
    config.open()
}
