//! Which engine a directory holds, and the little that operating a log asks of any engine beside the contract.
//!
//! # Why it exists
//!
//! `serve`, `log verify` and `log compact` open whatever is there and need not know what it is. An engine is added
//! here with one variant of [`EngineKind`].

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::str::FromStr;

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::begun;
use super::compact::{Held, parent_of};
use super::copy::{Copied, CopyError};
use super::place::BatchMark;
use super::segments::remains::SegmentRemains;
use super::segments::{self, SegmentConfig, SegmentLog};
use super::sled::doubt::Doubt;
use super::sled::remains::SledRemains;
use super::sled::{self, SledConfig, SledLog};
use super::{Check, EventLog, Extent, ReadError, acknowledged, compact};
use crate::audit::held::NotAsSigned;
use crate::audit::signed::{Lives, Missed};

mod looking;

/// The engines that keep a log in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// [`SledLog`]: the default.
    Sled,
    /// [`SegmentLog`].
    Segments,
}

impl EngineKind {
    /// Room to ask for where so many bytes of records are to be written: of 71 MB sled made 125 MB, segments 77 MB.
    #[must_use]
    pub const fn room_for(self, records_bytes: u64) -> u64 {
        match self {
            Self::Sled => records_bytes.saturating_mul(2),
            Self::Segments => records_bytes.saturating_add(records_bytes / 4),
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sled => "sled",
            Self::Segments => "segments",
        })
    }
}

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(name: &str) -> Result<Self, UnknownEngine> {
        match name {
            "sled" => Ok(Self::Sled),
            "segments" => Ok(Self::Segments),
            _ => Err(UnknownEngine(name.chars().take(64).collect())),
        }
    }
}

/// A name that no engine has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no engine {0:?}; there are sled and segments")]
pub struct UnknownEngine(String);

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

/// A torn end that opening cut off: a batch that a crash left so or that was damaged since.
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
    /// Reads and checks everything: checksums, numbers, commitments, chain, index; and asks `also` of every record.
    ///
    /// # Errors
    /// [`ReadError`] naming plan and position of the first fault.
    fn verify_also(&self, also: Check<'_>) -> Result<Verified, ReadError>;

    /// [`Engine::verify_also`] without asking more.
    ///
    /// # Errors
    /// The same.
    fn verify(&self) -> Result<Verified, ReadError> {
        self.verify_also(&mut |_, _| Ok(()))
    }

    /// What opening cut off.
    fn repairs(&self) -> &[Repair];
}

/// What opening may do to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// To serve or to write anew: torn ends are cut off and kept aside.
    Serve,
    /// To look: a torn end is refused as one ([`ReadError::Torn`]), and everything stays as it is. Of sled a copy is
    /// opened, which needs as much free space as the log takes.
    Check,
}

/// What lies in the files of a log that may not open any more.
pub trait Remains {
    /// The life of the log, where the files still say it.
    fn incarnation(&self) -> Option<IncarnationId>;

    /// Whether more may have been answered than anything in the files tells: what was written last is not whole, or there
    /// is no note of this log that says how far it had answered.
    fn end_is_unknown(&self) -> bool;

    /// The log that the note of what was answered tells of, where it is another than this one: files were exchanged.
    fn strange_note(&self) -> Option<IncarnationId>;

    /// Every plan of which anything is there, with the position after the last.
    ///
    /// # Errors
    /// [`ReadError`] when the engine fails.
    fn ends(&self) -> Result<Vec<(PlanId, Position)>, ReadError>;

    /// The event at a position, with its place in its batch; nothing is checked but its own frame.
    ///
    /// # Errors
    /// [`ReadError`] when it is missing or damaged.
    fn record(&self, plan: PlanId, position: Position) -> Result<(BatchMark, Record), ReadError>;

    /// What is noted of erased content.
    ///
    /// # Errors
    /// [`ReadError`] when the engine fails.
    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError>;
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine says why.
    #[error(transparent)]
    Sled(#[from] sled::OpenError),
    /// The engine says why.
    #[error(transparent)]
    Segments(#[from] segments::OpenError),
    /// Another engine was asked for than the one that made the directory.
    #[error(
        "the log in {directory} was made by the engine {found}, not {asked}; `schrijftafel log move --to {asked}` moves it"
    )]
    OtherEngine {
        /// Where the log is.
        directory: String,
        /// Whose it is.
        found: EngineKind,
        /// Whose it should be.
        asked: EngineKind,
    },
    /// The directory was left half-way by a compaction and cannot be brought to an end.
    #[error(transparent)]
    Unsettled(#[from] compact::SettleError),
    /// It cannot be copied to be looked at.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// There is no log to work on.
    #[error("there is no log in {0}; --data names the data directory of a server")]
    NoLog(String),
    /// There was a log, and nothing of it can be opened.
    #[error(
        "the log in {directory} is gone: {left} was left by it, and none is begun anew in its place. Mount its disk or put \
         it back; `schrijftafel log repair` mends what is left of it from a backup, `schrijftafel restore` makes a new \
         data directory of one. To begin without it, move the whole data directory away"
    )]
    Gone {
        /// Where the log was.
        directory: String,
        /// What tells that there was one.
        left: String,
    },
    /// Two engines may have kept a log there.
    #[error(
        "{directory} holds files of both engines, {sleds} of sled and {of_segments} of segments: move those away that \
         are not the log's"
    )]
    OfBoth {
        /// Which directory.
        directory: String,
        /// A file of sled.
        sleds: String,
        /// A file of the engine of segments.
        of_segments: String,
    },
    /// What lies there is no log.
    #[error("{directory} holds {name}, but no log: none is begun beside what is there")]
    OfNone {
        /// Which directory.
        directory: String,
        /// What lies there.
        name: String,
    },
    /// It cannot be told what a directory holds.
    #[error("{directory} cannot be read: {source}")]
    Unread {
        /// Which directory.
        directory: String,
        /// Why not.
        source: io::Error,
    },
    /// Another log was signed in its data directory, and this one does not go on from it.
    #[error("the log in {directory} is not the one that was signed: {source}")]
    OtherLog {
        /// Where the log is.
        directory: String,
        /// What was signed.
        source: Missed,
    },
    /// It lost events that were signed in its data directory: written on or written anew, they would be lost for good.
    #[error(
        "the log in {directory} is shorter than when it was last signed; `schrijftafel log repair` mends it from a \
         backup, or restore one"
    )]
    Shorter {
        /// Where the log is.
        directory: String,
        /// The first event that is gone.
        source: Missed,
    },
    /// Its events hold together and are others than those that were signed in its data directory.
    #[error(
        "the log in {directory} is not the one that was signed: {source}. `schrijftafel log verify` and `schrijftafel audit \
         check` read all of it; `schrijftafel log repair` mends it from a backup of the signed one"
    )]
    NotAsSigned {
        /// Where the log is.
        directory: String,
        /// Which plan, and how many events.
        source: NotAsSigned,
    },
    /// Nothing tells whether it did.
    #[error("what was signed of the log in {directory} cannot be read")]
    Signed {
        /// Where the log is.
        directory: String,
        /// Why not.
        source: io::Error,
    },
}

/// The engine whose files lie in a directory; none when there is no log, or no saying whose.
#[must_use]
pub fn kind_of(directory: &Path) -> Option<EngineKind> {
    begun::kind_in(directory).ok().flatten()
}

/// Whether a log is there to be opened; none where one may begin.
///
/// # Errors
/// [`EngineError`] where there was a log that is gone, or what is there is none.
pub fn is_begun(directory: &Path) -> Result<bool, EngineError> {
    Ok(begun::kind_to_open(directory)?.is_some())
}

/// Which log a directory holds, as its note of what was answered says, without opening it; none where nothing says so.
#[must_use]
pub fn noted_life(directory: &Path) -> Option<IncarnationId> {
    acknowledged::remembered(directory).map(|noted| noted.incarnation)
}

/// Opens the log of a directory, or starts one there with the engine that is asked for (sled when none is). A
/// compaction that a crash interrupted is brought to its end first.
///
/// # Errors
/// [`EngineError`], also when another engine made the directory than the one that is asked for, or there was a log that
/// is gone.
pub fn open_or_start(directory: &Path, asked: Option<EngineKind>) -> Result<Box<dyn Engine>, EngineError> {
    let held = compact::settle(directory)?;
    let found = begun::kind_to_open(directory)?;
    if let (Some(found), Some(asked)) = (found, asked)
        && found != asked
    {
        return Err(EngineError::OtherEngine {
            directory: directory.display().to_string(),
            found,
            asked,
        });
    }
    let kind = found.or(asked).unwrap_or(EngineKind::Sled);
    let log = serve(directory, kind, &held)?;
    held.opened();
    Ok(log)
}

/// Opens the log of a directory, to serve or only to look.
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
    match opening {
        Opening::Serve => {
            let held = compact::settle(directory)?;
            let log = open_held(directory, &held)?;
            held.opened();
            Ok(log)
        }
        Opening::Check => match looking::look(directory) {
            Err(EngineError::NoLog(shown)) => Err(why_none(directory, shown)),
            looked_at => looked_at,
        },
    }
}

/// Why there is no log to work on.
fn why_none(directory: &Path, shown: String) -> EngineError {
    match begun::kind_to_open(directory) {
        Err(why) => why,
        Ok(_) => EngineError::NoLog(shown),
    }
}

/// Opens the log of a directory that no compaction can touch meanwhile.
pub(super) fn open_held(directory: &Path, held: &Held) -> Result<Box<dyn Engine>, EngineError> {
    match begun::kind_to_open(directory)? {
        Some(kind) => serve(directory, kind, held),
        None => Err(EngineError::NoLog(directory.display().to_string())),
    }
}

/// Opens a log to serve, which holds everything that was answered and signed. One that is to be refused is refused before
/// anything is written.
fn serve(directory: &Path, kind: EngineKind, held: &Held) -> Result<Box<dyn Engine>, EngineError> {
    let lives = signed_beside(directory)?;
    match kind {
        EngineKind::Sled => {
            let doubt = doubt_of(directory, &lives)?;
            if doubt.is_any() {
                try_copy(directory, held, (&doubt, &lives))?;
            }
            let log = open(directory, kind, Opening::Serve)?;
            if let Some(torn) = doubt.torn(log.as_ref()) {
                let told = if doubt.is_noted {
                    "what `acknowledged` tells of as answered is there"
                } else {
                    "without `acknowledged` nothing tells whether it had been answered"
                };
                tracing::warn!("{torn}. It is taken off; {told}");
            }
            ensure_as_signed(directory, log.as_ref(), &lives)?;
            Ok(log)
        }
        EngineKind::Segments => {
            let mut log = SegmentLog::look(directory, segments_config(directory, Opening::Serve)?)?;
            ensure_as_signed(directory, &log, &lives)?;
            log.settle(directory)?;
            Ok(Box::new(log))
        }
    }
}

/// sled writes to what it opens, so a log that it might cut or that may have lost its end is opened as a copy first.
fn try_copy(directory: &Path, held: &Held, (doubt, lives): (&Doubt, &Lives)) -> Result<(), EngineError> {
    tracing::warn!("something in the log's file cannot be read or is missing: checking a copy of it first");
    held.alone(directory)?;
    // A log was there where something of it may be in the file still.
    let begins = !doubt.hides && !doubt.damaged && begins(directory, Opening::Serve)?;
    let tried = SledLog::try_copy(Copied::of(directory, held)?, begins)?;
    if doubt.hides
        && let Some(lost) = sled::doubt::lost(directory, &tried)?
        && lost.was_durable
    {
        return Err(sled::OpenError::from(lost).into());
    }
    ensure_as_signed(directory, &tried, lives)?;
    if doubt.damaged {
        tracing::warn!(
            "every event is whole; `schrijftafel log compact` rids the file of what cannot be read, and the next start of \
             this check"
        );
    }
    Ok(())
}

/// What is to be doubted of a log of sled: also whether it is another than was signed beside it.
fn doubt_of(directory: &Path, lives: &Lives) -> Result<Doubt, EngineError> {
    // Without its note it is none that was signed.
    let nobodys = IncarnationId::from_bytes([0; 16]);
    let signed = lives.of(acknowledged::remembered(directory).map_or(nobodys, |noted| noted.incarnation));
    let mut doubt = Doubt::of(directory, signed.ends()).map_err(|source| CopyError::Files {
        log: directory.display().to_string(),
        source,
    })?;
    doubt.lacks |= signed.is_of_others_only();
    doubt.lacks |= doubt.tells_no_life() && begun::left(directory)?.is_some();
    Ok(doubt)
}

/// What was signed of a log lies in the data directory around it.
fn ensure_as_signed<L: EventLog + ?Sized>(
    directory: &Path,
    log: &L,
    lives: &Lives,
) -> Result<(), EngineError> {
    let shown = || directory.display().to_string();
    let signed = lives.of(log.incarnation());
    signed.check_ends(log).map_err(|source| match source {
        Missed::Events(_) => EngineError::Shorter {
            directory: shown(),
            source,
        },
        Missed::Log { .. } => EngineError::OtherLog {
            directory: shown(),
            source,
        },
    })?;
    signed.check_last(log).map_err(|source| EngineError::NotAsSigned {
        directory: shown(),
        source,
    })
}

/// What was signed in the data directory around a log.
fn signed_beside(directory: &Path) -> Result<Lives, EngineError> {
    Lives::beside(parent_of(directory)).map_err(|source| EngineError::Signed {
        directory: directory.display().to_string(),
        source,
    })
}

/// Opens the log of a directory that no compaction can touch meanwhile. A log begins there if it was begun before and cut
/// off; what was left by a log is not taken for that.
pub(crate) fn open(
    directory: &Path,
    kind: EngineKind,
    opening: Opening,
) -> Result<Box<dyn Engine>, EngineError> {
    match kind {
        EngineKind::Sled => {
            let config = SledConfig {
                begins: begins(directory, opening)?,
                cut_torn_ends: opening == Opening::Serve,
                ..SledConfig::default()
            };
            Ok(Box::new(SledLog::open(directory, config)?))
        }
        EngineKind::Segments => {
            let config = segments_config(directory, opening)?;
            Ok(Box::new(SegmentLog::open(directory, config)?))
        }
    }
}

fn segments_config(directory: &Path, opening: Opening) -> Result<SegmentConfig, EngineError> {
    Ok(SegmentConfig {
        begins: begins(directory, opening)?,
        cut_torn_ends: opening == Opening::Serve,
        ..SegmentConfig::default()
    })
}

/// Whether a log may begin in a directory.
fn begins(directory: &Path, opening: Opening) -> Result<bool, EngineError> {
    Ok(opening == Opening::Serve && begun::left(directory)?.is_none())
}

/// Opens what is left of a damaged log, to be read only. Where its files tell of two lives, of which one is the `wanted`
/// one, they are taken for that.
///
/// # Errors
/// [`EngineError`], also when there is none.
pub fn remains_of(directory: &Path, wanted: IncarnationId) -> Result<Box<dyn Remains>, EngineError> {
    match begun::kind_in(directory)? {
        Some(EngineKind::Sled) => Ok(Box::new(SledRemains::open(directory)?.taken_for(wanted))),
        Some(EngineKind::Segments) => Ok(Box::new(SegmentRemains::open(directory)?)),
        None => Err(why_none(directory, directory.display().to_string())),
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
        EngineKind::Segments => Ok(Box::new(SegmentLog::create(
            directory,
            SegmentConfig::default(),
            incarnation,
        )?)),
    }
}

/// Waits until everything that held the log of a directory has let go of it. sled's threads outlive its last
/// handle by a moment.
///
/// # Errors
/// When the lock cannot be asked for.
pub fn wait_until_closed(directory: &Path) -> io::Result<()> {
    match kind_of(directory) {
        Some(EngineKind::Sled) => File::open(directory.join("db"))?.lock(),
        Some(EngineKind::Segments) => File::open(directory.join(segments::disk::LOCK))?.lock(),
        None => Ok(()),
    }
}
