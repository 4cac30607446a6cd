//! Whose log a directory holds, and why one could not be opened.

use std::io;
use std::path::Path;

use schema::ids::IncarnationId;

use super::disk::Disk;
use super::file;
use super::meta::{self, Meta};
use crate::clock;
use crate::log::ReadError;
use crate::log::acknowledged::{self, EndError};

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be used.
    #[error("the log cannot be opened: {0}")]
    Disk(#[from] io::Error),
    /// Another process has it open.
    #[error("the log is in use by another process")]
    InUse,
    /// Written by a newer version, or no log of this engine.
    #[error("the log has format {found:?}; this version reads format {}", file::FORMAT)]
    Format {
        /// What the directory says.
        found: Option<u32>,
    },
    /// Nothing says which log it is, or that is not whole.
    #[error(
        "the log's file `{}` is missing or damaged; `schrijftafel log repair` makes a whole log of a backup and what can \
         still be read",
        meta::META
    )]
    NoMeta,
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
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is not the log that was answered from.
    #[error(transparent)]
    Ends(#[from] EndError),
}

impl OpenError {
    /// The same, where a directory holds the log: a torn end cannot be called one that nobody was told of when the note is
    /// missing that would say so.
    pub(super) fn of_a_log_in(self, directory: &Path) -> Self {
        match self {
            Self::Read(ReadError::Torn { reason }) if !directory.join(acknowledged::FILE).exists() => {
                EndError::TornAndMissing { reason }.into()
            }
            other => other,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Engine(error.to_string())
    }
}

/// The life of the log on a disk; where there is none, one `begins` or is refused.
pub(super) fn life(disk: &dyn Disk, begins: bool) -> Result<IncarnationId, OpenError> {
    match meta::read(disk)? {
        Meta::Log(incarnation) => Ok(incarnation),
        Meta::Unknown(Some(file::FORMAT)) => Err(OpenError::NoMeta),
        Meta::Unknown(found) => Err(OpenError::Format { found }),
        Meta::None if !begins => Err(OpenError::NoMeta),
        Meta::None => {
            let incarnation = IncarnationId::from_bytes(clock::random_bytes());
            meta::start(disk, incarnation)?;
            Ok(incarnation)
        }
    }
}
