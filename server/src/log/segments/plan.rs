//! A plan as one moment shows it: its head, and the segments in which its events lie.

use std::sync::Arc;

use schema::ids::{EventId, PlanId, Position, Revision};
use schema::log::{Record, Stream};

use super::fetch;
use super::file::Files;
use super::frame::{Place, corrupt};
use super::part::{Chunk, Part, Run};
use crate::log::ReadError;
use crate::log::index::fingerprint;
use crate::log::place::{Head, Known};

/// What memory holds of a plan.
#[derive(Debug, Clone)]
pub struct PlanState {
    /// Where it ends, for readers.
    pub head: Head,
    /// The segments that hold events of it, oldest first.
    pub parts: Arc<Vec<PlanPart>>,
}

/// A segment, and where the plan begins in it.
#[derive(Debug, Clone)]
pub struct PlanPart {
    /// The plan's first position in the segment.
    pub first: Position,
    /// The segment.
    pub part: Arc<Part>,
}

impl PlanState {
    /// A plan without events.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            head: Head::START,
            parts: Arc::default(),
        }
    }

    /// Notes that the plan goes on in a segment.
    pub fn goes_on_in(&mut self, part: &Arc<Part>, first: Position) {
        let last = self.parts.last();
        if last.is_none_or(|last| last.part.binding() != part.binding()) {
            Arc::make_mut(&mut self.parts).push(PlanPart {
                first,
                part: Arc::clone(part),
            });
        }
    }
}

/// A plan and the files its events lie in.
#[derive(Debug)]
pub struct PlanView<'a> {
    files: &'a Files,
    plan: PlanId,
    state: PlanState,
}

impl<'a> PlanView<'a> {
    /// What `state` shows.
    #[must_use]
    pub fn new(files: &'a Files, plan: PlanId, state: PlanState) -> Self {
        Self { files, plan, state }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> PlanId {
        self.plan
    }

    /// One event.
    ///
    /// # Errors
    /// When it is not there or is corrupt, or the disk fails.
    pub fn event(&self, position: Position) -> Result<Record, ReadError> {
        let mut found = self.events(&[position])?;
        found
            .pop()
            .ok_or_else(|| corrupt(self.plan, position, "it is missing"))
    }

    /// Events at ascending positions.
    ///
    /// # Errors
    /// When one is not there or is corrupt, or the disk fails.
    pub fn events(&self, positions: &[Position]) -> Result<Vec<Record>, ReadError> {
        let mut records = Vec::with_capacity(positions.len());
        let mut rest = positions;
        while let Some(first) = rest.first() {
            let (part, chunk) = self.chunk_at(*first)?;
            let in_chunk = rest.partition_point(|position| *position < chunk.end());
            let (here, later) = rest.split_at(in_chunk);
            let places: Vec<(Position, Place)> = chunk
                .events()
                .filter(|(position, _)| here.binary_search(position).is_ok())
                .collect();
            records.extend(fetch::records(self.files, part, self.plan, &places)?);
            rest = later;
        }
        Ok(records)
    }

    /// The chunk that holds a position, and its segment.
    ///
    /// # Errors
    /// When there is none, or the disk fails.
    pub fn chunk_at(&self, position: Position) -> Result<(&Part, Chunk), ReadError> {
        let after = self.state.parts.partition_point(|part| part.first <= position);
        let part = after.checked_sub(1).and_then(|index| self.state.parts.get(index));
        let missing = || corrupt(self.plan, position, "it is missing");
        let part = &part.ok_or_else(missing)?.part;
        let chunk = part.chunk_at(self.files, self.plan, position)?;
        Ok((part, chunk.ok_or_else(missing)?))
    }

    /// How many segments hold events of the plan.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.state.parts.len()
    }

    /// The run of a stream that holds a revision, or the last one before it, in the first `segments`. Those that hold
    /// none are taken off: they hold none of an earlier revision either, and whoever goes back does not ask them again.
    ///
    /// # Errors
    /// When an index file cannot be read.
    pub fn run_at(
        &self,
        stream: &Stream,
        revision: Revision,
        segments: &mut usize,
    ) -> Result<Option<Run>, ReadError> {
        while let Some(last) = segments.checked_sub(1) {
            let part = self.state.parts.get(last).map(|part| &part.part);
            let run = part.map(|part| part.run_at(self.files, self.plan, stream, revision));
            if let Some(run) = run.transpose()?.flatten() {
                return Ok(Some(run));
            }
            *segments = last;
        }
        Ok(None)
    }

    /// Where an event lies: its segment and place.
    ///
    /// # Errors
    /// When it is not there, or the disk fails.
    pub fn place_of(&self, position: Position) -> Result<(&Part, Place), ReadError> {
        let (part, chunk) = self.chunk_at(position)?;
        let place = chunk.events().find(|(found, _)| *found == position);
        let place = place.ok_or_else(|| corrupt(self.plan, position, "it is missing"))?;
        Ok((part, place.1))
    }
}

impl Known for PlanView<'_> {
    fn head(&self) -> Head {
        self.state.head
    }

    fn last_revision(&self, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        for part in self.state.parts.iter().rev() {
            if let Some(last) = part.part.last_revision(self.files, self.plan, stream)? {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }

    fn find(&self, id: EventId) -> Result<Option<Record>, ReadError> {
        let print = fingerprint(id);
        for part in self.state.parts.iter().rev() {
            for position in part.part.candidates(self.files, self.plan, print)? {
                let record = self.event(position)?;
                if record.envelope.id == id {
                    return Ok(Some(record));
                }
            }
        }
        Ok(None)
    }
}
