//! Opening a log: whose log a directory holds, whether it may be opened, and why not.
//!
//! # Invariants
//!
//! - A log that is refused is as it was: everything that can refuse it is asked before anything is written.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use schema::ids::{IncarnationId, PlanId};

use super::disk::{Directory, Disk};
use super::file::{self, Files};
use super::meta::{self, Meta};
use super::plan::PlanState;
use super::{SegmentConfig, SegmentLog, Writing, recover, remains};
use crate::clock;
use crate::log::ReadError;
use crate::log::acknowledged::{self, EndError, Keeper, Marks};
use crate::log::compact::Held;
use crate::log::place::Head;
use crate::log::remembered::Remembered;

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be used.
    #[error("the files of the log cannot be used: {0}")]
    Disk(#[from] io::Error),
    /// Another process has it open.
    #[error("the log is in use by another process: is another server using the same data?")]
    InUse,
    /// Written by a newer version.
    #[error("the log has format {found}; this version reads format {}", file::FORMAT)]
    Format {
        /// What the directory says.
        found: u32,
    },
    /// Nothing says which log it is, or that is not whole.
    #[error(
        "the log's file `{}` is missing or damaged; `schrijftafel log repair` makes a whole log of a backup and what can \
         still be read",
        meta::META
    )]
    NoMeta,
    /// The file that says which log it is tells of another than its segments.
    #[error(
        "the log's file `{}` says that this is the log {said}, but its segments are of the log {found}: that file was \
         exchanged. Put the right one back; `schrijftafel log repair` makes a whole log of a backup and what can still be \
         read",
        meta::META
    )]
    OtherMeta {
        /// What it says.
        said: IncarnationId,
        /// What the segments say.
        found: IncarnationId,
    },
    /// There is a log already where a new one was to begin.
    #[error("the directory already holds a log")]
    Exists,
    /// A segment file between others is not there.
    #[error("the log lacks the file {}", file::segment_name(*.number))]
    SegmentMissing {
        /// Its number.
        number: u64,
    },
    /// A segment file does not begin as the one of this log and number.
    #[error("the file {} does not belong to this log or is damaged at its beginning", file::segment_name(*.number))]
    SegmentHeader {
        /// Its number.
        number: u64,
    },
    /// Corrupt, and not at the end.
    #[error("{}", .0.with_way_out())]
    Read(ReadError),
    /// It is not the log that was answered from.
    #[error(transparent)]
    Ends(#[from] EndError),
}

impl OpenError {
    /// The same, where a directory holds the log: a torn end cannot be called one that nobody was told of when the note is
    /// missing that would say so.
    fn of_a_log_in(self, directory: &Path) -> Self {
        match self {
            Self::Read(ReadError::Torn { reason }) if !directory.join(acknowledged::FILE).exists() => {
                let reason = reason.to_string();
                EndError::TornAndMissing { reason }.into()
            }
            other => other,
        }
    }
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl SegmentLog {
    /// Opens the log in a directory, or starts one: reads the last segment, cuts a torn end, and makes missing
    /// index files again.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used, is in use, has another format, or is corrupt.
    pub fn open(path: impl AsRef<Path>, config: SegmentConfig) -> Result<Self, OpenError> {
        let mut log = Self::look(path.as_ref(), config)?;
        if config.cut_torn_ends {
            log.settle(path.as_ref())?;
        }
        Ok(log)
    }

    /// Opens the log in a directory and writes nothing where one is there; [`Self::settle`] has to follow before it is
    /// written to. So whoever serves it can refuse it before anything has changed.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn look(path: &Path, config: SegmentConfig) -> Result<Self, OpenError> {
        let (directory, made) = if config.cut_torn_ends {
            let (directory, made) = Directory::take(path)?.ok_or(OpenError::InUse)?;
            (directory, Some(made))
        } else {
            (Directory::look(path)?.ok_or(OpenError::InUse)?, None)
        };
        let incarnation = life(&directory, config.begins)?;
        let mut log = Self::recover_in(path, directory, config, incarnation)?;
        log.made_lock = made;
        Ok(log)
    }

    /// Holds the place of the log as long as this is open: nobody opens the log meanwhile, if it is held alone.
    #[must_use]
    pub fn keeping(mut self, held: Held) -> Self {
        self.place = Some(held);
        self
    }

    /// Does what opening owes the disk: finishes what a crash interrupted, cuts a torn end off, makes missing index files
    /// again, notes how far the log has come.
    ///
    /// # Errors
    /// [`OpenError`] when the disk fails; opening it again begins anew.
    pub fn settle(&mut self, path: &Path) -> Result<(), OpenError> {
        self.pay()?;
        if let Some(made) = self.made_lock.take() {
            made.keep();
        }
        let ends_of = |(plan, state): (&PlanId, &PlanState)| (*plan, state.head.into());
        let ends = self.plans_now().iter().map(ends_of).collect();
        self.keeper = Some(Keeper::start(path, self.incarnation, ends)?);
        Ok(())
    }

    fn pay(&mut self) -> Result<(), OpenError> {
        let owed = std::mem::take(&mut self.owed);
        let writing = self.writing.get_mut().unwrap_or_else(PoisonError::into_inner);
        owed.settle(&self.files, &mut writing.tail)
    }

    /// Opens the log on any disk.
    ///
    /// # Errors
    /// As [`SegmentLog::open`].
    pub fn open_on(disk: Arc<dyn Disk>, config: SegmentConfig) -> Result<Self, OpenError> {
        let incarnation = life(disk.as_ref(), config.begins)?;
        let mut log = Self::recover(disk, config, incarnation, &Marks::new())?;
        if config.cut_torn_ends {
            log.pay()?;
        }
        Ok(log)
    }

    /// Starts a log of a given life in an empty or new directory, for records that come from another log.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used or already holds a log.
    pub fn create(
        path: impl AsRef<Path>,
        config: SegmentConfig,
        incarnation: IncarnationId,
    ) -> Result<Self, OpenError> {
        let (directory, made) = Directory::take(path.as_ref())?.ok_or(OpenError::InUse)?;
        if meta::read(&directory)? != Meta::None {
            return Err(OpenError::Exists);
        }
        made.keep();
        meta::start(&directory, incarnation)?;
        let mut log = Self::recover_in(path.as_ref(), directory, config, incarnation)?;
        log.settle(path.as_ref())?;
        Ok(log)
    }

    /// With what was written down as answered; a log on another disk than a directory has no such note.
    fn recover_in(
        path: &Path,
        directory: Directory,
        config: SegmentConfig,
        incarnation: IncarnationId,
    ) -> Result<Self, OpenError> {
        let serves = config.cut_torn_ends;
        let answered = acknowledged::answered(path, incarnation, !serves)?;
        let recovered = Self::recover(Arc::new(directory), config, incarnation, &answered);
        let log = recovered.map_err(|error| error.of_a_log_in(path))?;
        acknowledged::is_there(path, !log.plans_now().is_empty(), !serves)?;
        let head = |plan| log.plans_now().get(&plan).map_or(Head::START, |state| state.head);
        acknowledged::check(
            &answered,
            |plan| head(plan).next,
            |plan, last| {
                let record = log.view(plan).event(last)?;
                Ok::<_, OpenError>(record.chain)
            },
        )?;
        Ok(log)
    }

    fn recover(
        disk: Arc<dyn Disk>,
        config: SegmentConfig,
        incarnation: IncarnationId,
        answered: &Marks,
    ) -> Result<Self, OpenError> {
        let files = Arc::new(Files::new(disk));
        let recovered = recover::log(&files, incarnation, config, answered)?;
        Ok(Self {
            keeper: None,
            files,
            incarnation,
            config,
            plans: RwLock::new(recovered.plans),
            writing: Mutex::new(Writing {
                tail: recovered.tail,
                parts: recovered.parts,
                sealing: None,
                remembered: Remembered::default(),
                stopped: None,
            }),
            erasing: RwLock::default(),
            fail_next_flush: AtomicBool::new(false),
            cuts: recovered.cuts,
            repairs: recovered.repairs,
            owed: recovered.owed,
            made_lock: None,
            place: None,
        })
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// The life that the segments tell of, where none of them is of the one that `meta` says. Of a log in order only one
/// header is read.
pub(super) fn other_life(disk: &dyn Disk, said: IncarnationId) -> io::Result<Option<IncarnationId>> {
    let mut other = None;
    for life in remains::lives_in_headers(disk)? {
        let life = life?;
        if life == Some(said) {
            return Ok(None);
        }
        other = other.or(life);
    }
    Ok(other)
}

/// The life of the log on a disk; where there is none, one `begins` or is refused.
fn life(disk: &dyn Disk, begins: bool) -> Result<IncarnationId, OpenError> {
    match meta::read(disk)? {
        Meta::Log(said) => match other_life(disk, said)? {
            Some(found) => Err(OpenError::OtherMeta { said, found }),
            None => Ok(said),
        },
        Meta::Damaged => Err(OpenError::NoMeta),
        Meta::Other(found) => Err(OpenError::Format { found }),
        Meta::None if !begins => Err(OpenError::NoMeta),
        Meta::None => {
            let incarnation = IncarnationId::from_bytes(clock::random_bytes());
            meta::start(disk, incarnation)?;
            Ok(incarnation)
        }
    }
}
