//! The batches of sled's file: which one an event was written with, and whether what was written before the last group of
//! events is all there.
//!
//! # Why it exists
//!
//! A group of appends is one batch, and is written only when the group before it was flushed. So bytes before the last
//! group that cannot be read are damage, however few they are, while within the last group they may be what a loss of
//! power left. Both look alike to sled, which cuts off from there on.
//!
//! # Invariants
//!
//! - Two things are written between groups and need not be on the disk when the next group is: blocks of the index
//!   ([`super::sealing`]) and the padding at the end of a segment. Where a gap may be one of these, nothing is said of it.

use std::collections::BTreeMap;

use super::file::{Kind, Message, SEGMENT_BYTES, SEGMENT_HEADER_BYTES};

/// Bytes at the end of a segment in which sled begins no message.
pub(super) const NO_MESSAGE_BYTES: u64 = 32;

/// The batches of which the first message is whole, by the time of that message.
#[derive(Debug)]
pub(super) struct Batches {
    begun: BTreeMap<u64, Batch>,
    /// The time up to which sled's notes go: it reads nothing before, and what is lacking there was cut off long ago.
    noted: u64,
    reached: Option<Reached>,
    /// Where something lies, or lay, that cannot be read: the time at which whole messages stop before it.
    unread: Vec<u64>,
}

/// A batch, and what follows it up to the next.
#[derive(Debug, Default)]
struct Batch {
    /// The time of its last byte.
    last: u64,
    /// Where messages are lacking between whole ones of the same segment.
    gaps: Vec<u64>,
    /// Whether messages are lacking anywhere.
    is_broken: bool,
    /// Whether a whole message speaks of something else than events.
    tells_of_others: bool,
}

/// One past a message.
#[derive(Debug, Clone, Copy)]
struct Reached {
    time: u64,
    segment: u64,
    /// Nothing follows in its segment.
    is_full: bool,
}

impl Reached {
    fn behind(message: &Message<'_>) -> Self {
        let segment = segment_of(message.time);
        let time = message.time + message.bytes;
        let room = (segment + 1).saturating_mul(SEGMENT_BYTES as u64) - time;
        Self {
            time,
            segment,
            is_full: message.kind == Kind::Cap || room < NO_MESSAGE_BYTES,
        }
    }

    fn is_followed_by(&self, time: u64) -> bool {
        let begins = self.segment.saturating_add(1) * SEGMENT_BYTES as u64 + SEGMENT_HEADER_BYTES as u64;
        time == self.time || (self.is_full && time == begins)
    }
}

impl Batches {
    /// None yet, of a file that sled reads from the time `noted` on.
    pub(super) const fn since(noted: u64) -> Self {
        Self {
            begun: BTreeMap::new(),
            noted,
            reached: None,
            unread: Vec::new(),
        }
    }

    /// Takes in the next message, in the order of time but for what a segment keeps of an earlier use.
    pub(super) fn take(&mut self, message: &Message<'_>, is_of_events: bool) {
        let before = self.reached;
        if before.is_some_and(|reached| message.time < reached.time) {
            return;
        }
        if let Some(reached) = before
            && !reached.is_followed_by(message.time)
            && reached.time >= self.noted
        {
            self.unread.push(reached.time);
            if let Some(batch) = self.holding(reached.time) {
                batch.is_broken = true;
                if segment_of(message.time) == reached.segment {
                    batch.gaps.push(reached.time);
                }
            }
        }
        self.reached = Some(Reached::behind(message));
        match message.kind {
            Kind::Batch => {
                let last = message
                    .payload
                    .first_chunk()
                    .map_or(0, |last| u64::from_le_bytes(*last));
                let begun = Batch {
                    last,
                    ..Batch::default()
                };
                self.begun.insert(message.time, begun);
            }
            Kind::Cap | Kind::Roots | Kind::Other => {}
            Kind::Free | Kind::Node | Kind::Link | Kind::BlobNode | Kind::BlobLink => {
                if !is_of_events && let Some(batch) = self.holding(message.time) {
                    batch.tells_of_others = true;
                }
            }
        }
    }

    /// Takes in that what a message names cannot be read.
    pub(super) fn miss(&mut self, message: &Message<'_>) {
        if message.time >= self.noted {
            self.unread.push(message.time);
        }
    }

    /// Where something cannot be read, but for what may lie behind the last whole message.
    pub(super) fn unread(&self) -> &[u64] {
        &self.unread
    }

    /// One past the last whole message.
    pub(super) fn reached(&self) -> u64 {
        self.reached.map_or(0, |reached| reached.time)
    }

    /// The batch that holds a time: when it began, and the time of its last byte.
    pub(super) fn around(&self, time: u64) -> Option<(u64, u64)> {
        let (begun, batch) = self.begun.range(..=time).next_back()?;
        (time <= batch.last).then_some((*begun, batch.last))
    }

    /// When the batch began with which something was written.
    pub(super) fn of(&self, time: u64) -> u64 {
        let before = self.begun.range(..=time).next_back();
        before.map(|(begun, _)| *begun).unwrap_or_default()
    }

    /// Whether every message of the batch that began then is whole.
    pub(super) fn is_whole(&self, begun: u64) -> bool {
        let batch = self.begun.get(&begun);
        batch.is_some_and(|batch| !batch.is_broken && batch.last < self.reached())
    }

    /// Whether the last batch does not end: some of it is damaged, or was never written.
    pub(super) fn is_torn(&self) -> bool {
        let last = self.begun.last_key_value();
        last.is_some_and(|(begun, _)| !self.is_whole(*begun))
    }

    /// Where the newest bytes are lacking that had been flushed when the batch `last` began. `before` is the batch with
    /// the group of events before that; what `seals` says: a block of the index may have been written in between.
    pub(super) fn lacking_before(&self, last: u64, before: Option<u64>, seals: bool) -> Option<u64> {
        let before = before.and_then(|before| self.begun.get(&before));
        let flushed = before.map_or(0, |before| before.last);
        let is_damage = |batch: &Batch, gap: u64| gap <= flushed || !(seals || batch.tells_of_others);
        let gaps = self.begun.range(..last).flat_map(|(_, batch)| {
            let gaps = batch.gaps.iter().copied();
            gaps.filter(|gap| is_damage(batch, *gap))
        });
        gaps.max()
    }

    fn holding(&mut self, time: u64) -> Option<&mut Batch> {
        self.begun.range_mut(..=time).next_back().map(|(_, batch)| batch)
    }
}

const fn segment_of(time: u64) -> u64 {
    time / SEGMENT_BYTES as u64
}
