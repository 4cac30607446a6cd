//! A segment as its readers see it: the same questions, whether its index is in memory or in a file.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use schema::ids::{PlanId, Position, Revision};
use schema::log::Stream;

use super::file::Files;
use super::frame::{Binding, Place};
use super::growing::Growing;
use super::table::Table;
use crate::log::ReadError;
use crate::log::index::Summary;

/// Up to 1,024 events of a plan that follow each other in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The position of the first one.
    pub first: Position,
    /// Where each lies.
    pub places: Vec<Place>,
    /// Their kinds and actors.
    pub summary: Summary,
}

impl Chunk {
    /// One past its last position.
    #[must_use]
    pub fn end(&self) -> Position {
        Position(self.first.0 + self.places.len() as u64)
    }

    /// Position and place of each event.
    pub fn events(&self) -> impl Iterator<Item = (Position, Place)> + '_ {
        (self.first.0..).map(Position).zip(self.places.iter().copied())
    }
}

/// Events of one stream that follow each other in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The revision of the first one.
    pub first: Revision,
    /// Where each stands in the plan.
    pub positions: Vec<Position>,
}

impl Run {
    /// The revision of its last event.
    #[must_use]
    pub fn last(&self) -> Revision {
        Revision((self.first.0 + self.positions.len() as u64).saturating_sub(1))
    }

    /// Revision and position of each event.
    pub fn places(&self) -> impl DoubleEndedIterator<Item = (Revision, Position)> + '_ {
        let numbered = self.positions.iter().enumerate();
        numbered.map(|(index, position)| (Revision(self.first.0 + index as u64), *position))
    }
}

/// A segment.
#[derive(Debug)]
pub struct Part {
    binding: Binding,
    index: RwLock<Index>,
}

#[derive(Debug)]
enum Index {
    Growing(Box<Growing>),
    Sealed(Arc<Table>),
}

impl Part {
    /// A segment whose index is in memory.
    #[must_use]
    pub fn growing(binding: Binding, index: Growing) -> Self {
        Self {
            binding,
            index: RwLock::new(Index::Growing(Box::new(index))),
        }
    }

    /// A segment whose index is in a file.
    #[must_use]
    pub fn sealed(binding: Binding, table: Table) -> Self {
        Self {
            binding,
            index: RwLock::new(Index::Sealed(Arc::new(table))),
        }
    }

    /// What its frames are bound to.
    #[must_use]
    pub fn binding(&self) -> Binding {
        self.binding
    }

    /// Changes the index in memory. One that is sealed does not change.
    pub fn grow(&self, change: impl FnOnce(&mut Growing)) {
        if let Index::Growing(growing) = &mut *self.write() {
            change(growing);
        }
    }

    /// What `make` makes of the index in memory; nothing when it is in a file.
    pub fn while_growing<T>(&self, make: impl FnOnce(&Growing) -> T) -> Option<T> {
        match &*self.read() {
            Index::Growing(growing) => Some(make(growing)),
            Index::Sealed(_) => None,
        }
    }

    /// Lets go of the index in memory: it is in a file now.
    pub fn seal(&self, table: Table) {
        *self.write() = Index::Sealed(Arc::new(table));
    }

    /// The chunk that holds a position.
    ///
    /// # Errors
    /// When the index file cannot be read.
    pub fn chunk_at(
        &self,
        files: &Files,
        plan: PlanId,
        position: Position,
    ) -> Result<Option<Chunk>, ReadError> {
        let table = match &*self.read() {
            Index::Growing(growing) => return Ok(growing.chunk_at(plan, position)),
            Index::Sealed(table) => Arc::clone(table),
        };
        let chunk = table.chunk_at(files, plan, position)?;
        Ok(chunk.filter(|chunk| (chunk.first..chunk.end()).contains(&position)))
    }

    /// The run of a stream that holds a revision, or the last one before it.
    ///
    /// # Errors
    /// When the index file cannot be read.
    pub fn run_at(
        &self,
        files: &Files,
        plan: PlanId,
        stream: &Stream,
        revision: Revision,
    ) -> Result<Option<Run>, ReadError> {
        let table = match &*self.read() {
            Index::Growing(growing) => return Ok(growing.run_at(plan, stream, revision)),
            Index::Sealed(table) => Arc::clone(table),
        };
        table.run_at(files, plan, stream, revision)
    }

    /// The last revision of a stream in it.
    ///
    /// # Errors
    /// When the index file cannot be read.
    pub fn last_revision(
        &self,
        files: &Files,
        plan: PlanId,
        stream: &Stream,
    ) -> Result<Option<Revision>, ReadError> {
        if let Index::Growing(growing) = &*self.read() {
            return Ok(growing.last_revision(plan, stream));
        }
        let run = self.run_at(files, plan, stream, Revision(u64::MAX))?;
        Ok(run.map(|run| run.last()))
    }

    /// The events whose id may have this fingerprint.
    ///
    /// # Errors
    /// When the index file cannot be read.
    pub fn candidates(&self, files: &Files, plan: PlanId, print: u64) -> Result<Vec<Position>, ReadError> {
        let table = match &*self.read() {
            Index::Growing(growing) => return Ok(growing.candidates(plan, print)),
            Index::Sealed(table) if !table.may_hold_id(print) => return Ok(Vec::new()),
            Index::Sealed(table) => Arc::clone(table),
        };
        table.candidates(files, plan, print)
    }

    /// Nothing panics while it holds this lock for writing but a broken invariant in the index, which the next
    /// opening makes again; reading on is right.
    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}
