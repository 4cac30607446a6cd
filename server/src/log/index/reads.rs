//! What reading costs: how many events and entries of the index an engine has read.
//!
//! Why it exists: an answer does not show whether it was looked up or the whole log was read for it. Both engines on disk
//! count, and one clause of their conformance asks what a page may cost.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was read since the log was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reads {
    /// Events, each with its checksum.
    pub events: u64,
    /// Entries of the index that were sought on the disk.
    pub index: u64,
}

/// The count of an engine.
#[derive(Debug, Default)]
pub struct ReadCount {
    events: AtomicU64,
    index: AtomicU64,
}

impl ReadCount {
    /// So many events are read.
    pub fn add_events(&self, count: usize) {
        self.events.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// An entry of the index is sought.
    pub fn add_index(&self) {
        self.index.fetch_add(1, Ordering::Relaxed);
    }

    /// All until now.
    #[must_use]
    pub fn so_far(&self) -> Reads {
        Reads {
            events: self.events.load(Ordering::Relaxed),
            index: self.index.load(Ordering::Relaxed),
        }
    }
}
