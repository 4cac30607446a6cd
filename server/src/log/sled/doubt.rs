//! Whether sled would throw something whole away in opening a log: asked before it may.
//!
//! # Why it exists
//!
//! sled goes on from its last notes to the first message that it cannot read, takes that for the end, and overwrites
//! what follows. After a loss of power that is right: what follows was never answered. Where the disk is damaged it
//! destroys what a repair would have found. Both look alike, so a doubtful log is first opened as a copy
//! ([`crate::log::engine`]); [`is_doubtful`] says which logs are, and reads no more than sled will read itself. What that
//! copy holds is then held against what lies in the file ([`lost`]): what was written before the last group had been
//! flushed, and nothing that was flushed may go.
//!
//! A log that ends before what was answered or signed of it is refused too, and a copy shows that as well without a
//! change to the log: [`may_lack`] says which logs may.
//!
//! # Invariants
//!
//! - It may doubt a healthy log, which costs time and room. A log that it does not doubt loses nothing whole, but for a
//!   last batch that does not end.
//! - Of the last group nothing tells whether it was flushed: that passes for a torn end until
//!   [`crate::log::acknowledged`] has come level.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use schema::ids::{PlanId, Position};

use super::batches::NO_MESSAGE_BYTES;
use super::file::{self, Kind, Message, SEGMENT_BYTES, SEGMENT_HEADER_BYTES};
use super::remains::{self, Lost, SledRemains, blob_is_whole};
use super::trees::OpenError;
use crate::log::EventLog;
use crate::log::acknowledged;

/// Bytes of a full segment that are in the file, where it is the last.
const LEAST_BYTES: u64 = SEGMENT_BYTES as u64 - NO_MESSAGE_BYTES;
/// How the names of sled's notes begin; the time up to which they go follows, in hexadecimal.
const NOTES: &str = "snap.";

/// Whether something whole lies behind bytes at which sled would stop reading, or its file is shorter than its notes say:
/// it would make it longer again, with nothing in it.
///
/// # Errors
/// What the operating system says.
pub fn is_doubtful(log: &Path) -> io::Result<bool> {
    let file = match File::open(log.join(file::NAME)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let until = noted_until(log)?;
    let noted = until / SEGMENT_BYTES as u64;
    let length = file.metadata()?.len();
    let mut ends = Vec::new();
    let mut newest = None;
    for start in (0..length).step_by(SEGMENT_BYTES) {
        let Some(header) = file::header_at(&file, start)? else {
            continue;
        };
        let number = file::number_of(&header);
        newest = number.max(newest);
        if number.is_some_and(|number| number < noted) {
            if start + LEAST_BYTES > length {
                return Ok(true);
            }
            continue;
        }
        let mut looked = Looked::at(log, number, noted);
        file::each_in_segment(&file::segment_at(&file, start)?, start, &mut |message| {
            looked.take(message);
        });
        if looked.hides {
            return Ok(true);
        }
        ends.extend(number.map(|number| (number, looked.is_full())));
    }
    // Only the last segment may be one that is not full.
    ends.sort_unstable();
    ends.pop();
    let newest_noted = until.checked_sub(1).map(|last| last / SEGMENT_BYTES as u64);
    Ok(newest < newest_noted || ends.iter().any(|(_, is_full)| !is_full))
}

/// What sled, opening a copy of a doubtful log, has not kept of it. Reads all of the log's file.
///
/// # Errors
/// What reading the file says.
pub fn lost<L: EventLog + ?Sized>(log: &Path, opened: &L) -> Result<Option<Lost>, OpenError> {
    Ok(SledRemains::open(log)?.lost(|plan| opened.next_position(plan)))
}

/// Whether a log may end before what was answered of it, or before these ends, which were signed. Reads what sled will
/// read itself. Of a plan that does not show there so far, the note of what was answered is believed, unless the last
/// batch does not end: what is damaged in it may have been answered.
///
/// # Errors
/// What the operating system says.
pub fn may_lack(log: &Path, signed: impl Iterator<Item = (PlanId, Position)>) -> io::Result<bool> {
    let marks = acknowledged::remembered(log)
        .map(|(_, marks)| marks)
        .unwrap_or_default();
    let answered: BTreeMap<PlanId, Position> =
        marks.into_iter().map(|(plan, mark)| (plan, mark.next)).collect();
    let mut wanted = answered.clone();
    for (plan, signed) in signed {
        let end = wanted.entry(plan).or_default();
        *end = signed.max(*end);
    }
    let tail = match remains::tail_of(log, &wanted) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        tail => tail?,
    };
    Ok(wanted.iter().any(|(plan, wanted)| {
        let shows = tail.ends.get(plan) >= Some(wanted);
        !shows && (tail.is_torn || answered.get(plan) < Some(wanted))
    }))
}

/// The time up to which sled's notes go; it reads no message before.
///
/// # Errors
/// What the operating system says.
pub(super) fn noted_until(log: &Path) -> io::Result<u64> {
    let mut until = 0;
    for entry in fs::read_dir(log)? {
        let name = entry?.file_name();
        let time = name.to_str().and_then(|name| name.strip_prefix(NOTES));
        let time = time.and_then(|time| u64::from_str_radix(time, 16).ok());
        until = time.unwrap_or(0).max(until);
    }
    Ok(until)
}

/// One segment, message by message.
struct Looked<'a> {
    log: &'a Path,
    /// By its header, if that is whole.
    number: Option<u64>,
    /// Segments before this one are not read by sled.
    noted: u64,
    /// Where sled stands: it reads on as long as the next message begins there.
    at: u64,
    /// It was told that nothing follows in this segment.
    is_capped: bool,
    hides: bool,
}

impl<'a> Looked<'a> {
    const fn at(log: &'a Path, number: Option<u64>, noted: u64) -> Self {
        Self {
            log,
            number,
            noted,
            at: SEGMENT_HEADER_BYTES as u64,
            is_capped: false,
            hides: false,
        }
    }

    fn take(&mut self, message: &Message<'_>) {
        let (number, at) = (
            message.time / SEGMENT_BYTES as u64,
            message.time % SEGMENT_BYTES as u64,
        );
        if self.number.is_none() {
            // sled passes over a segment without a header, whatever it holds.
            self.hides |= number >= self.noted;
        }
        if self.number != Some(number) || self.is_capped {
            return;
        }
        self.hides |= at != self.at;
        self.at = at + message.bytes;
        self.is_capped = message.kind == Kind::Cap;
        if matches!(message.kind, Kind::BlobNode | Kind::BlobLink) {
            self.hides |= !blob_is_whole(self.log, message.payload);
        }
    }

    fn is_full(&self) -> bool {
        self.is_capped || self.at + NO_MESSAGE_BYTES > SEGMENT_BYTES as u64
    }
}
