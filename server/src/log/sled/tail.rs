//! The messages after sled's notes, which is what sled will read in opening: read before it may, and without it.
//!
//! # Why it exists
//!
//! sled takes what does not end there for what a crash left, cuts it off and says nothing. So who opens or checks a log
//! asks first where the plans end by these messages, and whether what was written last is whole.
//!
//! # Invariants
//!
//! - What a crash leaves of an end is called torn where anything of it shows: a batch that does not end, a message that
//!   begins and is not whole, or bytes where nothing was written before. What is gone without a trace only the notes of
//!   what was answered and signed tell.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use schema::ids::{PlanId, Position};

use super::batches::NO_MESSAGE_BYTES;
use super::file::{self, SEGMENT_BYTES};
use super::remains::Found;
use crate::log::EventLog;

/// How the names of sled's notes begin; the time up to which they go follows, in hexadecimal.
const NOTES: &str = "snap.";

/// What the messages after sled's notes say of the ends of plans.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Where those plans end of which they hold an event.
    pub(super) ends: BTreeMap<PlanId, Position>,
    /// Whether the last batch does not end.
    pub(super) is_torn: bool,
    /// Whether nothing says which log it is, where these messages are all there are.
    pub(super) tells_no_life: bool,
}

/// What was written last to a log's file is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct TornEnd {
    /// The first event of it; none where nothing tells of which plan it was.
    pub first: Option<(PlanId, Position)>,
}

impl fmt::Display for TornEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was written last to the log's file is not whole")?;
        match self.first {
            Some((plan, position)) => write!(f, ", from event {position} of plan {plan} on")?,
            None => f.write_str(", and nothing of it tells of which plan it was")?,
        }
        f.write_str(": a crash left it so, or it is damage")
    }
}

impl Tail {
    /// What sled does not keep of the end, held against the log as it opened; nothing where the end is whole.
    pub(super) fn torn<L: EventLog + ?Sized>(&self, opened: &L) -> Option<TornEnd> {
        let mut beyond = self.ends.iter().filter_map(|(plan, end)| {
            let opened = opened.next_position(*plan);
            (opened < *end).then_some((*plan, opened))
        });
        let first = beyond.next();
        (self.is_torn || first.is_some()).then_some(TornEnd { first })
    }
}

/// Reads the messages after sled's notes. Where plans may end, as `near` says, tells which keys they are about.
///
/// # Errors
/// What the operating system says.
pub(super) fn tail_of(log: &Path, near: &BTreeMap<PlanId, Position>) -> io::Result<Tail> {
    let noted = noted_until(log)?;
    let mut found = Found::since(noted);
    found.ends.clone_from(near);
    file::each_message_since(log, noted, &mut |message| found.take(log, message))?;
    Ok(Tail {
        ends: found.ends_there(),
        is_torn: found.batches.is_torn(),
        tells_no_life: noted == 0 && !found.tells_life(),
    })
}

/// Whether something was written to a segment from `at` on that cannot be read: where it is used for the first time, or the
/// file ends within it, any byte tells, else a message of this use that begins.
pub(super) fn is_unreadable(segment: &[u8], (number, start): (u64, u64), at: u64) -> bool {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let Some(rest) = segment.get(at..) else {
        return false;
    };
    // sled begins no message in the last bytes, and leaves the very last as it was.
    let last = SEGMENT_BYTES.saturating_sub(at + NO_MESSAGE_BYTES as usize);
    let rest = rest.get(..last).unwrap_or(rest);
    let is_first_use = number.saturating_mul(SEGMENT_BYTES as u64) == start || segment.len() < SEGMENT_BYTES;
    let holds_anything = rest.iter().any(|byte| *byte != 0);
    (is_first_use && holds_anything) || file::begins_message(rest, number)
}

/// The name of the notes that go up to a time.
pub(super) fn notes_name(until: u64) -> String {
    format!("{NOTES}{until:016X}")
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
