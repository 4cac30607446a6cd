//! The last revisions that appends asked for lately.
//!
//! # Why it exists
//!
//! Every text event is guarded by three streams, and mostly by one that does not exist (the next generation). To
//! know that a stream is nowhere, an engine has to look everywhere: in the filter of each segment, or in a tree on
//! disk, three times per keystroke. Only the writer asks here, and it notes what it writes, so what is remembered is
//! never out of date.

use std::cell::RefCell;
use std::collections::BTreeMap;

use schema::ids::{EventId, PlanId, Revision};
use schema::limits::LOG_STREAMS_REMEMBERED_MAX;
use schema::log::{Record, Stream};

use super::ReadError;
use super::place::{Head, Known};

/// Streams and their last revision; nothing for a stream without events.
#[derive(Debug, Default)]
pub struct Remembered {
    revisions: RefCell<BTreeMap<(PlanId, Stream), Option<Revision>>>,
}

impl Remembered {
    /// Notes what was written.
    pub fn note(&self, plan: PlanId, record: &Record) {
        self.keep((plan, record.envelope.stream), Some(record.envelope.revision));
    }

    fn keep(&self, stream: (PlanId, Stream), revision: Option<Revision>) {
        let mut revisions = self.revisions.borrow_mut();
        if revisions.len() >= LOG_STREAMS_REMEMBERED_MAX {
            // All of it: what is in use comes back with the next appends.
            revisions.clear();
        }
        revisions.insert(stream, revision);
    }
}

/// A plan as the writer knows it.
#[derive(Debug)]
pub struct WriterView<'a, V> {
    /// The plan.
    pub plan: PlanId,
    /// The plan as everybody sees it.
    pub view: V,
    /// What was asked before.
    pub remembered: &'a Remembered,
}

impl<V: Known> Known for WriterView<'_, V> {
    fn head(&self) -> Head {
        self.view.head()
    }

    fn last_revision(&self, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        let key = (self.plan, *stream);
        if let Some(revision) = self.remembered.revisions.borrow().get(&key) {
            return Ok(*revision);
        }
        let revision = self.view.last_revision(stream)?;
        self.remembered.keep(key, revision);
        Ok(revision)
    }

    fn find(&self, id: EventId) -> Result<Option<Record>, ReadError> {
        self.view.find(id)
    }
}
