//! Which engine a directory holds, and the little that operating a log asks of any engine beside the contract.
//!
//! # Why it exists
//!
//! `serve`, `log verify` and `log compact` open whatever is there and need not know what it is. An engine is added
//! here with one variant of [`EngineKind`].

use std::fs::File;
use std::path::Path;

use schema::ids::{IncarnationId, PlanId, Position};

use super::sled::{OpenError, SledConfig, SledLog};
use super::{EventLog, ReadError, compact};

/// The engines that keep a log in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// [`SledLog`].
    Sled,
}

/// What `log verify` has checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Plans.
    pub plans: u64,
    /// Events: checksum, numbers, commitments, chain.
    pub events: u64,
    /// Index blocks, compared with what the events make.
    pub blocks: u64,
}

/// A torn end that opening cut off: a batch that was never answered, or was damaged since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// The plan.
    pub plan: PlanId,
    /// The first position taken off.
    pub first: Position,
    /// How many stored events went.
    pub removed: u64,
}

/// A log on disk, as an operator handles it.
pub trait Engine: EventLog {
    /// Reads and checks everything: checksums, numbers, commitments, chain, index.
    ///
    /// # Errors
    /// [`ReadError`] naming plan and position of the first fault.
    fn verify(&self) -> Result<Verified, ReadError>;

    /// What opening cut off.
    fn repairs(&self) -> &[Repair];
}

/// What opening may do to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// To serve: torn ends are cut off and kept aside.
    Serve,
    /// To check: a torn end is a fault like any other, and stays where it is.
    Check,
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine says why.
    #[error(transparent)]
    Sled(#[from] OpenError),
    /// The directory was left half-way by a compaction and cannot be brought to an end.
    #[error(transparent)]
    Unsettled(#[from] compact::SettleError),
    /// There is no log to work on.
    #[error("there is no log in {0}")]
    NoLog(String),
}

/// The engine whose files lie in a directory; none when there is no log.
#[must_use]
pub fn kind_of(directory: &Path) -> Option<EngineKind> {
    // sled writes its settings to `conf` before anything else.
    directory.join("conf").exists().then_some(EngineKind::Sled)
}

/// Opens the log of a directory, or starts one there with the default engine. A compaction that a crash
/// interrupted is brought to its end first.
///
/// # Errors
/// [`EngineError`].
pub fn open_or_start(directory: &Path) -> Result<Box<dyn Engine>, EngineError> {
    let _held = compact::settle(directory)?;
    open(
        directory,
        kind_of(directory).unwrap_or(EngineKind::Sled),
        Opening::Serve,
    )
}

/// Opens the log of a directory.
///
/// # Errors
/// [`EngineError`], also when there is none.
pub fn open_existing(directory: &Path, opening: Opening) -> Result<Box<dyn Engine>, EngineError> {
    if !directory
        .parent()
        .is_none_or(|place| place.as_os_str().is_empty() || place.exists())
    {
        return Err(EngineError::NoLog(directory.display().to_string()));
    }
    let _held = compact::settle(directory)?;
    let Some(kind) = kind_of(directory) else {
        return Err(EngineError::NoLog(directory.display().to_string()));
    };
    open(directory, kind, opening)
}

/// Opens the log of a directory that no compaction can touch meanwhile.
pub(super) fn open(
    directory: &Path,
    kind: EngineKind,
    opening: Opening,
) -> Result<Box<dyn Engine>, EngineError> {
    match kind {
        EngineKind::Sled => {
            let config = SledConfig {
                cut_torn_ends: opening == Opening::Serve,
                ..SledConfig::default()
            };
            Ok(Box::new(SledLog::open(directory, config)?))
        }
    }
}

/// Starts a log of a given engine and life in a new directory.
///
/// # Errors
/// [`EngineError`], also when there is a log already.
pub fn create(
    directory: &Path,
    kind: EngineKind,
    incarnation: IncarnationId,
) -> Result<Box<dyn Engine>, EngineError> {
    match kind {
        EngineKind::Sled => Ok(Box::new(SledLog::create(
            directory,
            SledConfig::default(),
            incarnation,
        )?)),
    }
}

/// Waits until everything that held the log of a directory has let go of it. sled's threads outlive its last
/// handle by a moment.
///
/// # Errors
/// When the lock cannot be asked for.
pub fn wait_until_closed(directory: &Path) -> std::io::Result<()> {
    match kind_of(directory) {
        Some(EngineKind::Sled) => File::open(directory.join("db"))?.lock(),
        None => Ok(()),
    }
}
