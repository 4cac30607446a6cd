//! Whether more may have been answered of a damaged log than anything in its files tells.
//!
//! # Why it exists
//!
//! A repair takes every event that is told of, or refuses. What nothing tells of is the end of a plan that lay in bytes that
//! cannot be read any more and was answered after the note of what was answered was written. Most damage is none of that:
//! groups of events are flushed one after the other, so what stood before an event that the note tells of is told of too.
//!
//! # Invariants
//!
//! - In doubt more may have been answered. That nothing more was is said where each place that cannot be read lies before the
//!   end of the last batch that the note tells of, or in a last batch that was never written to its end: that was not
//!   flushed, so nobody was answered.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::doubt::Doubt;
use super::file::{self, SEGMENT_BYTES, SEGMENT_HEADER_BYTES};
use super::remains::Found;
use crate::log::acknowledged::Marks;

/// Bytes that hold something wherever sled wrote: no event ends with so many zeros.
const NOTHING_BYTES: u64 = 64;

/// The places in a log's file that cannot be read.
#[derive(Debug)]
pub(super) struct Unread {
    /// The time at which whole messages stop before each.
    places: Vec<u64>,
    /// Before sled's notes something is not whole, too.
    is_damaged_before: bool,
    /// Behind the last batch nothing was written.
    ends_with_its_batch: bool,
}

impl Unread {
    /// Those of a log of which all whole messages were `found`.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn of(log: &Path, found: &Found, doubt: &Doubt) -> io::Result<Self> {
        let reached = found.batches.reached();
        let mut unread = Self {
            places: found.batches.unread().to_vec(),
            is_damaged_before: doubt.damaged,
            ends_with_its_batch: false,
        };
        if doubt.is_torn() || (doubt.hides && (doubt.is_cut || unread.places.is_empty())) {
            unread.places.push(reached);
        }
        let Some((begun, last)) = found.batches.around(reached).filter(|_| doubt.is_torn()) else {
            return Ok(unread);
        };
        // The header that would say where these bytes lie may be what is damaged.
        let may_tell = !doubt.damaged && !doubt.is_cut;
        let first = last - last % SEGMENT_BYTES as u64 + SEGMENT_HEADER_BYTES as u64;
        let its_end = first.max((last + 1).saturating_sub(NOTHING_BYTES))..last + 1;
        if may_tell && holds_nothing(log, its_end)? {
            unread.places.retain(|place| *place <= begun);
        }
        unread.ends_with_its_batch = may_tell && holds_nothing(log, last + 1..last + 1 + NOTHING_BYTES)?;
        Ok(unread)
    }

    /// Whether an event may have lain in one of them that was answered and of which nothing tells: not what `found` holds,
    /// and not what is noted as `answered`.
    pub(super) fn may_hide_more(&self, found: &Found, answered: &Marks) -> bool {
        let told_until = found.answered_until(answered);
        let untold = self.places.iter().any(|place| told_until < *place);
        untold && !self.lie_in_an_answered_batch(found, answered)
    }

    /// Whether all of them lie in the last batch, and something of that was answered: what the note tells of and is gone can
    /// have been nowhere else.
    fn lie_in_an_answered_batch(&self, found: &Found, answered: &Marks) -> bool {
        let Some((begun, last)) = found.batches.around(found.batches.reached()) else {
            return false;
        };
        let ends = found.ends_there();
        let mut missed = answered
            .iter()
            .filter(|(plan, mark)| ends.get(plan) < Some(&mark.next));
        self.ends_with_its_batch
            && !self.is_damaged_before
            && self.places.iter().all(|place| begun < *place && *place <= last)
            && missed.next().is_some()
    }
}

/// Whether nothing was written where the messages of these times would lie, which are of one segment.
fn holds_nothing(log: &Path, times: Range<u64>) -> io::Result<bool> {
    let file = File::open(log.join(file::NAME))?;
    let segment_bytes = SEGMENT_BYTES as u64;
    let number = times.start / segment_bytes;
    for start in (0..file.metadata()?.len()).step_by(SEGMENT_BYTES) {
        let header = file::header_at(&file, start)?;
        if header.as_ref().and_then(file::number_of) == Some(number) {
            let written = file::segment_at(&file, start)?
                .into_iter()
                .zip(number * segment_bytes..);
            let mut there = written.filter(|(_, time)| times.contains(time));
            return Ok(there.all(|(byte, _)| byte == 0));
        }
    }
    Ok(true)
}
