//! The index of the segment that is being written, in memory.
//!
//! # Why it exists
//!
//! A segment's index is a pure function of its frames. While the segment grows its index lies here; when it is
//! sealed the same content becomes a file ([`super::table`]). Losing either loses nothing.

use std::collections::BTreeMap;

use schema::ids::{PlanId, Position, Revision};
use schema::log::{Record, Stream};

use super::frame::Place;
use super::part::{Chunk, Run};
use crate::log::index::{Prints, Summary, fingerprint};
use crate::log::place::Head;

/// Events per chunk of places, and per run of a stream: what one look-up reads.
pub const CHUNK_EVENTS: u64 = 1_024;

/// Everything known of one segment's events.
#[derive(Debug, Default)]
pub struct Growing {
    plans: BTreeMap<PlanId, GrowingPlan>,
}

/// The events of one plan in one segment.
#[derive(Debug)]
pub struct GrowingPlan {
    first: Position,
    head: Head,
    chunks: Vec<Chunk>,
    streams: BTreeMap<Stream, Run>,
    prints: Prints,
}

impl Growing {
    /// Takes the next event of a plan in.
    pub fn push(&mut self, plan: PlanId, record: &Record, place: Place) {
        let position = record.envelope.position;
        self.plans
            .entry(plan)
            .or_insert_with(|| GrowingPlan::new(position))
            .push(record, place);
    }

    /// The plans with an event in it.
    #[must_use]
    pub fn plans(&self) -> &BTreeMap<PlanId, GrowingPlan> {
        &self.plans
    }

    /// The chunk that holds a position.
    #[must_use]
    pub fn chunk_at(&self, plan: PlanId, position: Position) -> Option<Chunk> {
        let plan = self.plans.get(&plan)?;
        let number = position.0.checked_sub(plan.first.0)? / CHUNK_EVENTS;
        plan.chunks.get(usize::try_from(number).ok()?).cloned()
    }

    /// The run of a stream that holds a revision, or the last one before it.
    #[must_use]
    pub fn run_at(&self, plan: PlanId, stream: &Stream, revision: Revision) -> Option<Run> {
        let whole = self.plans.get(&plan)?.streams.get(stream)?;
        let last = whole.positions.len().checked_sub(1)? as u64;
        let wanted = revision.0.checked_sub(whole.first.0)?.min(last);
        let first = wanted - wanted % CHUNK_EVENTS;
        let positions = whole.positions.iter().skip(usize::try_from(first).ok()?);
        Some(Run {
            first: Revision(whole.first.0 + first),
            positions: positions.take(CHUNK_EVENTS as usize).copied().collect(),
        })
    }

    /// The last revision of a stream.
    #[must_use]
    pub fn last_revision(&self, plan: PlanId, stream: &Stream) -> Option<Revision> {
        self.plans.get(&plan)?.streams.get(stream).map(Run::last)
    }

    /// The events whose id may have this fingerprint.
    #[must_use]
    pub fn candidates(&self, plan: PlanId, print: u64) -> Vec<Position> {
        let Some(plan) = self.plans.get(&plan) else {
            return Vec::new();
        };
        let same = plan.prints.with(print);
        same.map(|offset| Position(plan.first.0 + u64::from(offset)))
            .collect()
    }
}

impl GrowingPlan {
    fn new(first: Position) -> Self {
        Self {
            first,
            head: Head::START,
            chunks: Vec::new(),
            streams: BTreeMap::new(),
            prints: Prints::default(),
        }
    }

    fn push(&mut self, record: &Record, place: Place) {
        let envelope = &record.envelope;
        let offset = envelope.position.0 - self.first.0;
        if offset.is_multiple_of(CHUNK_EVENTS) {
            self.chunks.push(Chunk {
                first: envelope.position,
                places: Vec::new(),
                summary: Summary::default(),
            });
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.places.push(place);
            chunk.summary.push(envelope);
        }
        let run = self.streams.entry(envelope.stream).or_insert_with(|| Run {
            first: envelope.revision,
            positions: Vec::new(),
        });
        run.positions.push(envelope.position);
        let offset = u32::try_from(offset).expect("a segment has fewer events than bytes");
        self.prints.push(fingerprint(envelope.id), offset);
        self.head = Head::after(record);
    }

    /// Its first position in the segment.
    #[must_use]
    pub fn first(&self) -> Position {
        self.first
    }

    /// Where it ends.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Places and summary of every 1,024 events.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The whole run of each stream.
    #[must_use]
    pub fn streams(&self) -> &BTreeMap<Stream, Run> {
        &self.streams
    }

    /// Fingerprint of each id, and its event's offset from the first one.
    #[must_use]
    pub fn prints(&self) -> &Prints {
        &self.prints
    }
}
