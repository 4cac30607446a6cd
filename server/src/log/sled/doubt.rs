//! Whether sled would throw something whole away in opening a log: asked before it may.
//!
//! # Why it exists
//!
//! sled goes on from its last notes to the first message that it cannot read, takes that for the end, and overwrites
//! what follows. After a loss of power that is right: what follows was not flushed. Where the disk is damaged it
//! destroys what a repair would have found. Both look alike, so a doubtful log is first opened as a copy
//! ([`crate::log::engine`]); [`Doubt`] says which logs are. What that
//! copy holds is then held against what lies in the file ([`lost`]): what was written before the last group had been
//! flushed, and nothing that was flushed may go.
//!
//! Before its notes sled reads a page only when it is asked for, and so refuses a damaged one when it has written already.
//! So all that lies there is read too ([`super::whole`]).
//!
//! A log that ends before what was answered or signed of it is refused too, and a copy shows that as well without a
//! change to the log. Over an end that is not whole sled may panic when it has already made the file longer, so such a
//! log is opened as a copy too.
//!
//! # Invariants
//!
//! - It may doubt a healthy log, which costs time and room. A log that it does not doubt loses nothing whole, but for a
//!   last batch that does not end.
//! - Of the last group nothing tells whether it was flushed: that passes for a torn end until
//!   [`crate::log::acknowledged`] has come level, and is called one ([`Doubt::torn`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use schema::ids::{PlanId, Position};

use super::batches::NO_MESSAGE_BYTES;
use super::blobs;
use super::file::{self, Kind, Message, SEGMENT_BYTES, SEGMENT_HEADER_BYTES};
use super::remains::{Lost, SledRemains};
use super::tail::{self, Tail, TornEnd};
use super::trees::OpenError;
use super::whole;
use crate::log::EventLog;
use crate::log::acknowledged;

/// What sled's file makes one doubt, before sled has opened it.
#[derive(Debug, Default)]
pub struct Doubt {
    /// Something whole may lie behind bytes at which sled would stop reading, or its file ends before its notes do: it
    /// would make it longer again, with nothing in it.
    pub hides: bool,
    /// Something is not whole before sled's notes, which it may or may not read when it has already written.
    pub damaged: bool,
    /// The log may end before what was answered of it, or before what was signed, or its file is shorter than it was. sled
    /// gives segments at the end of the file back, so that alone says nothing.
    pub lacks: bool,
    /// A whole note says how far the log had answered.
    pub is_noted: bool,
    /// The file ends before its notes or before where it ended when the note of what was answered was written.
    pub(super) is_cut: bool,
    tail: Tail,
}

impl Doubt {
    /// Looks at what sled will read of a log's file; nothing is doubted where there is none. `signed` are ends that the
    /// plans must have.
    ///
    /// Of a plan that does not show there, only the note of what was answered can tell whether it has to: since the log was
    /// opened last sled has noted nothing, so what a plan got after that must be there. Where the note does not say how the
    /// plans ended then, it is believed, unless the last batch does not end.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn of(log: &Path, signed: impl Iterator<Item = (PlanId, Position)>) -> io::Result<Self> {
        let file = match File::open(log.join(file::NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            file => file?,
        };
        let noted = acknowledged::remembered(log);
        let is_noted = noted.is_some();
        let (answered, opened, noted_bytes) = match noted {
            Some(noted) => (noted.marks, noted.opened, noted.file_bytes),
            // Nothing tells how long the file was.
            None => (BTreeMap::new(), None, Some(u64::MAX)),
        };
        let answered = answered.into_iter().map(|(plan, mark)| (plan, mark.next));
        let answered: BTreeMap<PlanId, Position> = answered.collect();
        let mut wanted = answered.clone();
        for (plan, signed) in signed {
            let end = wanted.entry(plan).or_default();
            *end = signed.max(*end);
        }
        let segments = Segments::of(log, &file)?;
        let mut tail = tail::tail_of(log, &wanted)?;
        let lacks = wanted.iter().any(|(plan, wanted)| {
            let must_show = match &opened {
                Some(opened) => opened.get(plan).copied().unwrap_or_default() < *wanted,
                None => tail.is_torn || answered.get(plan) < Some(wanted),
            };
            must_show && tail.ends.get(plan) < Some(wanted)
        });
        let is_shorter = noted_bytes > Some(file.metadata()?.len());
        tail.is_torn |= segments.end_is_unreadable;
        Ok(Self {
            hides: segments.hide,
            damaged: !whole::are_whole(log, &file, &segments.not_read)?,
            lacks: lacks || is_shorter,
            is_noted,
            is_cut: is_shorter || segments.end_is_gone,
            tail,
        })
    }

    /// Whether the log is opened as a copy first.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.hides || self.damaged || self.lacks || self.tail.is_torn
    }

    /// Whether nothing in the file says which log it is: sled opens that, and then it is refused where a log was.
    #[must_use]
    pub const fn tells_no_life(&self) -> bool {
        self.tail.tells_no_life
    }

    /// Whether what was written last is not whole.
    pub(super) const fn is_torn(&self) -> bool {
        self.tail.is_torn
    }

    /// What sled does not keep of the end, held against the log as it opened; nothing where the end is whole.
    pub fn torn<L: EventLog + ?Sized>(&self, opened: &L) -> Option<TornEnd> {
        self.tail.torn(opened)
    }
}

/// What sled, opening a copy of a doubtful log, has not kept of it. Reads all of the log's file.
///
/// # Errors
/// What reading the file says.
pub fn lost<L: EventLog + ?Sized>(log: &Path, opened: &L) -> Result<Option<Lost>, OpenError> {
    Ok(SledRemains::open(log)?.lost(|plan| opened.next_position(plan)))
}

/// The segments, one by one.
#[derive(Debug, Default)]
struct Segments {
    hide: bool,
    /// Those that sled does not read.
    not_read: Vec<whole::Segment>,
    /// Behind the last message of the newest one something lies that is none.
    end_is_unreadable: bool,
    /// They end before sled's notes do.
    end_is_gone: bool,
}

impl Segments {
    fn of(log: &Path, file: &File) -> io::Result<Self> {
        let until = tail::noted_until(log)?;
        let noted = until / SEGMENT_BYTES as u64;
        let mut segments = Self::default();
        let mut ends = Vec::new();
        let mut newest = None;
        for start in (0..file.metadata()?.len()).step_by(SEGMENT_BYTES) {
            let Some(header) = file::header_at(file, start)? else {
                continue;
            };
            let number = file::number_of(&header);
            newest = number.max(newest);
            let Some(number) = number.filter(|number| *number >= noted) else {
                segments.not_read.push((number, start));
                continue;
            };
            let segment = file::segment_at(file, start)?;
            let mut looked = Looked::at(log, number);
            file::each_in_segment(&segment, start, &mut |message| {
                looked.take(message);
            });
            segments.hide |= looked.hides;
            let reached = number * SEGMENT_BYTES as u64 + looked.at;
            let ends_unreadable =
                !looked.is_capped && tail::is_unreadable(&segment, (number, start), looked.at);
            ends.push((number, looked.is_full(), reached, ends_unreadable));
        }
        // Only the last segment may be one that is not full.
        ends.sort_unstable();
        let last = ends.pop();
        let newest_noted = until.checked_sub(1).map(|last| last / SEGMENT_BYTES as u64);
        let ends_before_its_notes = last.is_some_and(|(_, is_full, reached, _)| !is_full && reached < until);
        segments.end_is_gone = newest < newest_noted || ends_before_its_notes;
        segments.hide |= segments.end_is_gone || ends.iter().any(|(_, is_full, ..)| !is_full);
        segments.end_is_unreadable = last.is_some_and(|(.., ends_unreadable)| ends_unreadable);
        Ok(segments)
    }
}

/// One segment that sled will read, message by message.
struct Looked<'a> {
    log: &'a Path,
    number: u64,
    /// Where sled stands: it reads on as long as the next message begins there.
    at: u64,
    /// It was told that nothing follows in this segment.
    is_capped: bool,
    hides: bool,
}

impl<'a> Looked<'a> {
    const fn at(log: &'a Path, number: u64) -> Self {
        Self {
            log,
            number,
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
        if self.number != number || self.is_capped {
            return;
        }
        self.hides |= at != self.at;
        self.at = at + message.bytes;
        self.is_capped = message.kind == Kind::Cap;
        if matches!(message.kind, Kind::BlobNode | Kind::BlobLink) {
            self.hides |= !blobs::is_whole(self.log, message.payload);
        }
    }

    fn is_full(&self) -> bool {
        self.is_capped || self.at + NO_MESSAGE_BYTES > SEGMENT_BYTES as u64
    }
}
