//! Checking everything: what `schrijftafel log verify` does.
//!
//! Every segment is read from its first frame to its last. A sealed segment's index file must be, byte for byte, the
//! one its frames make.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use schema::ids::{PlanId, Revision};
use schema::log::{Record, Stream};

use super::disk::read_whole;
use super::file::{FileKind, Files, index_name};
use super::frame::corrupt;
use super::part::Part;
use super::replay::{Heads, replay};
use super::{SegmentLog, table};
use crate::log::{Check, ReadError, Verified};

/// A segment, and how much of its file is durable.
pub(super) struct Extent {
    pub(super) part: Arc<Part>,
    /// Nothing: all of a sealed one.
    pub(super) end: Option<u64>,
}

impl SegmentLog {
    /// Every segment, as far as it is durable now.
    pub(super) fn extents(&self) -> Vec<Extent> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = &writing.tail;
        let of = |part: &Arc<Part>| Extent {
            part: Arc::clone(part),
            end: (part.binding() == tail.part.binding()).then_some(tail.end),
        };
        writing.parts.iter().map(of).collect()
    }
}

/// The checks that go on from segment to segment.
#[derive(Default)]
pub(super) struct Verifying {
    heads: Heads,
    revisions: BTreeMap<(PlanId, Stream), Revision>,
    verified: Verified,
}

impl Verifying {
    pub(super) fn segment(
        &mut self,
        files: &Files,
        extent: &Extent,
        also: Check<'_>,
    ) -> Result<(), ReadError> {
        let binding = extent.part.binding();
        let file = files.get(binding.number, FileKind::Segment)?;
        let end = extent.end.map_or_else(|| file.size(), Ok)?;
        let (revisions, events) = (&mut self.revisions, &mut self.verified.events);
        let mut check = |plan: PlanId, record: &Record| {
            *events += 1;
            follows(revisions, plan, record)?;
            also(plan, record)
        };
        let replayed = replay(file.as_ref(), (binding, end), &mut self.heads, &mut check)?;
        if let Some(fault) = replayed.fault {
            return Err(fault.into_error());
        }
        let is_sealed = extent.part.while_growing(|_| ()).is_none();
        if is_sealed {
            let name = index_name(binding.number);
            if read_whole(files.disk(), &name)? != table::encode(binding, end, &replayed.index) {
                return Err(ReadError::Engine(format!(
                    "index file {name} is damaged; rebuild the index"
                )));
            }
            let plans = replayed.index.plans().values();
            self.verified.blocks += plans.map(|plan| plan.chunks().len() as u64).sum::<u64>();
        }
        Ok(())
    }

    pub(super) fn done(mut self) -> Verified {
        self.verified.plans = self.heads.len() as u64;
        self.verified
    }
}

fn follows(
    revisions: &mut BTreeMap<(PlanId, Stream), Revision>,
    plan: PlanId,
    record: &Record,
) -> Result<(), ReadError> {
    let envelope = &record.envelope;
    let last = revisions.insert((plan, envelope.stream), envelope.revision);
    if envelope.revision == last.map_or(Revision(0), Revision::next) {
        Ok(())
    } else {
        let what = "its revision does not follow the one before in its stream";
        Err(corrupt(plan, envelope.position, what))
    }
}
