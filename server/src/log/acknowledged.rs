//! How far a log had come when it last answered, in a small file of our own beside the engine's.
//!
//! # Why it exists
//!
//! sled cuts its own file at the first segment it cannot read, before anybody can look, and says nothing: one
//! damaged byte took every later event with it, and what was left looked like a whole, shorter log (measured, see
//! ADR 0010). A segment file that was cut short, or damaged in its last group, looks like one with a torn end. A log
//! that is shorter than what was answered is not torn; it is damaged, and must not be written on.
//!
//! # Invariants
//!
//! - What stands in the file was flushed before it was written there, so a crash can only leave it behind the log.
//! - A group of events is flushed as one, and groups one after the other: what is noted of one event of a group is noted of the
//!   whole group, and of everything that was written before it.
//! - It is replaced as a whole: written beside, flushed, renamed, the directory flushed.
//! - It trails the log by up to [`EVERY`]; closing the log brings it level, and so does [`Keeper::level`] where others may
//!   still hold the log when the process ends.
//! - A file that is missing or damaged says nothing: it is made again from the log, aloud where the log has events; a
//!   check that may change nothing refuses it. One that names another log says that this directory lost the log it had.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use minicbor::{Decode, Encode};
use schema::ids::{IncarnationId, PlanId, Position};

use crate::durable::{self, Readers};
use crate::log::ReadError;
use crate::log::copy::SLED_FILE;
use crate::log::place::Head;

/// The file's name.
pub(in crate::log) const FILE: &str = "acknowledged";
/// The format of the file.
const FORMAT: u32 = 1;
/// How long a new head may wait before it is written down.
const EVERY: Duration = Duration::from_secs(1);

/// Where a plan ended when its last append was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(in crate::log) struct Mark {
    /// The position of the next event.
    #[n(0)]
    pub(in crate::log) next: Position,
    /// The chain value of the last event.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(in crate::log) chain: [u8; 32],
}

impl From<Head> for Mark {
    fn from(head: Head) -> Self {
        Self {
            next: head.next,
            chain: head.chain,
        }
    }
}

/// The marks of every plan.
pub(in crate::log) type Marks = BTreeMap<PlanId, Mark>;

/// What was written down of a log: which it was, and where its plans ended.
#[derive(Debug, Encode, Decode)]
pub(in crate::log) struct Acknowledged {
    #[n(0)]
    format: u32,
    /// The log.
    #[n(1)]
    pub(in crate::log) incarnation: IncarnationId,
    /// Its ends.
    #[n(2)]
    pub(in crate::log) marks: Marks,
    /// Where its plans ended when it was opened last; none in a file of a program that did not write it.
    #[n(3)]
    pub(in crate::log) opened: Option<BTreeMap<PlanId, Position>>,
    /// Bytes of sled's file when this was written: one that is shorter since may have been cut off. None for another engine,
    /// and in a file of a program that did not write it.
    #[n(4)]
    pub(in crate::log) file_bytes: Option<u64>,
}

/// Why a log is not the one that was answered from.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// A plan ends before what had been answered as durable.
    #[error(
        "plan {plan} ends at position {end}, but everything before {answered} had been answered as durable: \
         the file is damaged; `schrijftafel log repair` takes the missing events from a backup"
    )]
    Shorter {
        /// The plan.
        plan: PlanId,
        /// The position after the last event found.
        end: Position,
        /// The position after the last event answered.
        answered: Position,
    },
    /// The note is of another log than the one that is there.
    #[error(
        "the log that lies here is {found}, but its file `{FILE}` tells of the log {noted}: files were exchanged, or nothing \
         of that log can be read any more. Put back what belongs together; `schrijftafel log repair` goes on from a backup with \
         the log of which that is"
    )]
    OtherLog {
        /// The log that is there.
        found: IncarnationId,
        /// The log of the note.
        noted: IncarnationId,
    },
    /// The file is there and says nothing.
    #[error("the log's file `{FILE}` is damaged{UNTOLD}")]
    Unreadable,
    /// The end is cut off, and the file that would say whether that was answered is not there.
    #[error(
        "the end of the log is cut off ({reason}), and its file `{FILE}` is missing, so nothing tells whether anybody had \
         been told that what is gone was stored. A start takes it for what a crash cut off, and takes it off; \
         `schrijftafel log repair` has back what a backup holds of it, before that"
    )]
    TornAndMissing {
        /// What is lacking.
        reason: String,
    },
    /// The log holds events, and the file is not there.
    #[error("the log's file `{FILE}` is missing{UNTOLD}")]
    Missing,
}

/// What is not known without the file, and what can be done.
const UNTOLD: &str = ", which tells how far the log had come: what was answered after the last checkpoint signed beside the \
                      log may be gone from its end, and nothing tells. Hold a checkpoint of a witness or another party \
                      against the log; `schrijftafel log repair` has back what a backup holds. A start goes on with what is \
                      there, and writes the file anew";

/// The ends that were answered of a log; none where nothing says so.
///
/// # Errors
/// [`EndError`]; a damaged file is one only where it `must_be_whole`.
pub(in crate::log) fn answered(
    directory: &Path,
    incarnation: IncarnationId,
    must_be_whole: bool,
) -> Result<Marks, EndError> {
    let path = directory.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Marks::new()),
        // Read as nothing, which no checksum fits.
        Err(_) => Vec::new(),
    };
    match decode(&bytes) {
        Some(stored) if stored.incarnation == incarnation => Ok(stored.marks),
        Some(stored) => Err(EndError::OtherLog {
            found: incarnation,
            noted: stored.incarnation,
        }),
        None if must_be_whole => Err(EndError::Unreadable),
        None => {
            tracing::warn!(
                "{} is damaged; it cannot say whether the log lost its end",
                path.display()
            );
            Ok(Marks::new())
        }
    }
}

/// Which log a directory holds and how far it had come, for whoever reads what is left of it; nothing where the file
/// does not tell.
pub(in crate::log) fn remembered(directory: &Path) -> Option<Acknowledged> {
    decode(&fs::read(directory.join(FILE)).ok()?)
}

/// Whether the file is there, as it must be beside a log that ever answered anything. Where it will be written anew,
/// that is only said aloud.
///
/// # Errors
/// [`EndError::Missing`], where it `must_be_there`.
pub(in crate::log) fn is_there(
    directory: &Path,
    has_events: bool,
    must_be_there: bool,
) -> Result<(), EndError> {
    if !has_events || directory.join(FILE).exists() {
        return Ok(());
    }
    if must_be_there {
        return Err(EndError::Missing);
    }
    tracing::warn!("{}: {}", directory.display(), EndError::Missing);
    Ok(())
}

/// Whether every plan still holds what was answered; `end` and `chain_at` are what the log says now.
///
/// # Errors
/// The first plan that does not.
pub(in crate::log) fn check<E: From<EndError> + From<ReadError>>(
    answered: &Marks,
    end: impl Fn(PlanId) -> Position,
    chain_at: impl Fn(PlanId, Position) -> Result<[u8; 32], E>,
) -> Result<(), E> {
    for (plan, mark) in answered {
        let end = end(*plan);
        if end < mark.next {
            return Err(EndError::Shorter {
                plan: *plan,
                end,
                answered: mark.next,
            }
            .into());
        }
        let Some(last) = mark.next.0.checked_sub(1).map(Position) else {
            continue;
        };
        if chain_at(*plan, last)? != mark.chain {
            return Err(ReadError::Corrupt {
                plan: *plan,
                position: last,
                what: "it is not the event that had been answered as durable".to_owned(),
            }
            .into());
        }
    }
    Ok(())
}

/// Writes the ends down from time to time, on a thread of its own: an append never waits for it.
#[derive(Debug)]
pub(in crate::log) struct Keeper {
    shared: Arc<Shared>,
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    directory: PathBuf,
    incarnation: IncarnationId,
    opened: BTreeMap<PlanId, Position>,
    marks: Mutex<Marks>,
    changed: AtomicBool,
    /// Held from taking the flag down until the file is replaced: who finds it down knows that the file is level.
    writing: Mutex<()>,
}

impl Keeper {
    /// Starts with what opening found, and writes that down first.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(in crate::log) fn start(
        directory: &Path,
        incarnation: IncarnationId,
        marks: Marks,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            incarnation,
            opened: marks.iter().map(|(plan, mark)| (*plan, mark.next)).collect(),
            marks: Mutex::new(marks),
            changed: AtomicBool::new(false),
            writing: Mutex::default(),
        });
        shared.write();
        let (wake, woken) = channel();
        let keeping = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("log-ends".to_owned())
            .spawn(move || keeping.keep(&woken))?;
        Ok(Self {
            shared,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Where the plans end that a group of events was flushed of: the file tells of all of a group or of none of it.
    pub(in crate::log) fn set(&self, heads: impl IntoIterator<Item = (PlanId, Head)>) {
        let mut marks = self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.extend(heads.into_iter().map(|(plan, head)| (plan, head.into())));
        drop(marks);
        if !self.shared.changed.swap(true, Ordering::SeqCst)
            && let Some(wake) = &self.wake
        {
            // A thread that is gone has written its last word already.
            let _ = wake.send(());
        }
    }

    /// Writes down now what was set, and returns when it is written.
    pub(in crate::log) fn level(&self) {
        self.shared.write_changes();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn keep(&self, woken: &Receiver<()>) {
        while woken.recv().is_ok() {
            // Nothing more comes until the flag is taken down, so this waits its time or until the log closes.
            let _ = woken.recv_timeout(EVERY);
            self.write_changes();
        }
        self.write_changes();
    }

    fn write_changes(&self) {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.changed.swap(false, Ordering::SeqCst) {
            self.write();
        }
    }

    fn write(&self) {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stored = Acknowledged {
            format: FORMAT,
            incarnation: self.incarnation,
            marks,
            opened: Some(self.opened.clone()),
            file_bytes: fs::metadata(self.directory.join(SLED_FILE))
                .ok()
                .map(|file| file.len()),
        };
        let path = self.directory.join(FILE);
        if let Err(error) = durable::replace(&path, &encode(&stored), Readers::Default) {
            tracing::warn!("how far the log has come cannot be written down: {error}");
        }
    }
}

/// CRC32C (u32, big endian) ‖ CBOR.
fn encode(stored: &Acknowledged) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    minicbor::encode(stored, &mut bytes).expect("memory does not refuse writes");
    let (checksum, covered) = bytes.split_at_mut(4);
    checksum.copy_from_slice(&crc32c::crc32c(covered).to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Acknowledged> {
    let (checksum, covered) = bytes.split_first_chunk::<4>()?;
    if u32::from_be_bytes(*checksum) != crc32c::crc32c(covered) {
        return None;
    }
    let stored: Acknowledged = minicbor::decode(covered).ok()?;
    (stored.format == FORMAT).then_some(stored)
}
