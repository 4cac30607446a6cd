//! The tree of events: which entry holds which event, and what is read, changed and cut through that.
//!
//! Entries are packs or single events ([`pack`]); nobody above asks which.
//!
//! # Memory
//!
//! sled lets go of what it has cached only after it has looked 64 times into one of 256 parts of its cache, however
//! large the pages were. Pages of packs are ten times larger than pages of events, so reading a long log held hundreds of
//! megabytes more than `cache_bytes`. So nothing here walks with sled's own iterator, which looks once per page: each
//! entry is looked up, and one that is read for a single event some times more ([`Trees::look_again`]).

use std::collections::BTreeMap;
use std::ops::Range;

use ::sled::{Batch, IVec};
use schema::ids::{PlanId, Position};
use schema::log::Record;

use super::shelf::{Found, Shelf, behind};
use super::{Trees, missing};
use crate::log::ReadError;
use crate::log::place::BatchMark;
use crate::log::sled::frame;
use crate::log::sled::pack::{self, Place, Stored};

impl Trees {
    /// Every plan with an event: one look per plan, not per event.
    pub(in crate::log::sled) fn plans(&self) -> Result<Vec<PlanId>, ReadError> {
        let mut plans = Vec::new();
        let mut next = self.events.first()?;
        while let Some((key, value)) = next {
            let plan = Stored::read(&key, value)?.place.plan;
            plans.push(plan);
            next = self.events.get_gt(pack::last_key(plan, Position(u64::MAX)))?;
        }
        Ok(plans)
    }

    pub(in crate::log::sled) fn append(&self, batch: Batch) -> Result<(), ReadError> {
        Ok(self.events.apply_batch(batch)?)
    }

    pub(in crate::log::sled) fn last_position(&self, plan: PlanId) -> Result<Option<Position>, ReadError> {
        let last = self.entry_at(plan, Position(u64::MAX))?;
        Ok(last
            .and_then(|stored| stored.place.end().0.checked_sub(1))
            .map(Position))
    }

    pub(in crate::log::sled) fn event(
        &self,
        plan: PlanId,
        position: Position,
    ) -> Result<(BatchMark, Record), ReadError> {
        self.count.add_events(1);
        self.entry_of(plan, position)?.event(position)
    }

    /// The events of `first..end` in order. A gap is an error at the missing position; where a pack is damaged, each of
    /// its positions is one.
    pub(in crate::log::sled) fn events(
        &self,
        plan: PlanId,
        first: Position,
        end: Position,
    ) -> impl DoubleEndedIterator<Item = Result<(BatchMark, Record), ReadError>> {
        let (entries, failed) = match self.entries_from(plan, first, end) {
            Ok(entries) => (Some(entries), None),
            Err(error) => (None, Some(error)),
        };
        let found = entries.into_iter().flatten().flat_map(move |item| {
            let (stored, failed) = match item {
                Ok(stored) => (Some(stored), None),
                Err(error) => (None, Some(error)),
            };
            let events = stored.into_iter().flat_map(move |stored| {
                let wanted = stored.place.first.max(first).0..stored.place.end().min(end).0;
                wanted.map(move |position| {
                    self.count.add_events(1);
                    stored.event(Position(position))
                })
            });
            failed.map(Err).into_iter().chain(events)
        });
        failed.map(Err).into_iter().chain(found)
    }

    /// Events changed where they stand, to be applied with [`Self::append`].
    pub(in crate::log::sled) fn changed(
        &self,
        plan: PlanId,
        positions: &[Position],
        change: impl Fn(Record) -> Record,
    ) -> Result<Batch, ReadError> {
        let mut entries: BTreeMap<Position, (Stored, BTreeMap<Position, Vec<u8>>)> = BTreeMap::new();
        for position in positions {
            let stored = self.entry_of(plan, *position)?;
            self.count.add_events(1);
            let (mark, record) = stored.event(*position)?;
            let frame = frame::encode(&frame::key(plan, *position), mark, &change(record));
            let entry = entries.entry(stored.place.first);
            entry
                .or_insert_with(|| (stored, BTreeMap::new()))
                .1
                .insert(*position, frame);
        }
        let mut batch = Batch::default();
        for (stored, changed) in entries.into_values() {
            let frames = stored.frames()?;
            let frames: Vec<&[u8]> = frames
                .map(|(position, frame)| changed.get(&position).map_or(frame, Vec::as_slice))
                .collect();
            batch.insert(stored.place.key(), pack::encode(&stored.place, &frames));
        }
        Ok(batch)
    }

    /// Moves everything from `first` on into the tree `cut`; returns how many events that was. A pack that begins before
    /// keeps its beginning.
    pub(in crate::log::sled) fn cut_from(&self, plan: PlanId, first: Position) -> Result<u64, ReadError> {
        let mut removed = 0;
        let mut batch = Batch::default();
        for item in self.entries_from(plan, first, Position(u64::MAX))? {
            let stored = item?;
            removed += stored.place.end().0 - stored.place.first.max(first).0;
            self.cut_entry(&stored, first, &mut batch)?;
        }
        self.events.apply_batch(batch)?;
        self.flush()?;
        Ok(removed)
    }

    /// Copies what stands from `first` on, frame by frame; a pack whose lengths are damaged as it is.
    fn cut_entry(&self, stored: &Stored, first: Position, batch: &mut Batch) -> Result<(), ReadError> {
        let Place {
            plan, first: begin, ..
        } = stored.place;
        let mut kept = Vec::new();
        match stored.frames() {
            Ok(frames) => {
                for (position, frame) in frames {
                    if position < first {
                        kept.push(frame);
                    } else {
                        self.keep_aside(&frame::key(plan, position), frame)?;
                    }
                }
            }
            Err(_) if begin >= first => self.keep_aside(&stored.place.key(), stored.value())?,
            Err(error) => return Err(error),
        }
        batch.remove(stored.place.key());
        let count = u16::try_from(kept.len()).expect("it is a part of a pack");
        if count > 0 {
            let place = Place {
                count,
                ..stored.place
            };
            batch.insert(place.key(), pack::encode(&place, &kept));
        }
        Ok(())
    }

    fn keep_aside(&self, key: &[u8], value: &[u8]) -> Result<(), ReadError> {
        let unique = self.db.generate_id()?.to_be_bytes();
        self.cut.insert([key, &unique].concat(), value)?;
        Ok(())
    }

    /// The entry that holds an event.
    fn entry_of(&self, plan: PlanId, position: Position) -> Result<Stored, ReadError> {
        let found = self.entry_at(plan, position)?;
        let stored = found
            .filter(|stored| stored.place.holds(position))
            .ok_or_else(|| missing(plan, position))?;
        self.look_again(&stored)?;
        Ok(stored)
    }

    /// Lets sled count a look at a pack as one at every third of its events: enough to stay below what a key each took.
    fn look_again(&self, stored: &Stored) -> Result<(), ReadError> {
        if self.are_of_disk() {
            return Ok(());
        }
        let key = stored.place.key();
        for _ in 0..stored.place.count / 3 {
            self.events.get(&key)?;
        }
        Ok(())
    }

    /// The last entry of a plan that begins at or before a position.
    fn entry_at(&self, plan: PlanId, position: Position) -> Result<Option<Stored>, ReadError> {
        let (from, to) = (frame::key(plan, Position(0)), pack::last_key(plan, position));
        let found = self.shelf(&self.events).last(&from..&behind(&to))?;
        found.map(|(key, value)| Stored::read(&key, value)).transpose()
    }

    /// The entries that hold something of `first..end`.
    fn entries_from(&self, plan: PlanId, first: Position, end: Position) -> Result<Entries<'_>, ReadError> {
        let before = self.entry_at(plan, first)?;
        let from = match before {
            Some(stored) if stored.place.holds(first) => stored.place.first,
            _ => first,
        };
        Ok(Entries {
            trees: self,
            from: frame::key(plan, from).to_vec(),
            end: frame::key(plan, end.max(from)).to_vec(),
            fails: false,
        })
    }
}

/// Entries between two keys, from either end; each is looked up by itself.
struct Entries<'a> {
    trees: &'a Trees,
    /// No key before this one is left.
    from: Vec<u8>,
    /// Nor this one or one after it.
    end: Vec<u8>,
    /// Nothing follows a failure of sled's.
    fails: bool,
}

impl Entries<'_> {
    /// Takes what a look at the entries that are left finds, and its key.
    fn taken(&mut self, found: Found) -> Option<(IVec, Result<Stored, ReadError>)> {
        match found {
            Ok(found) => found.map(|(key, value)| (key.clone(), Stored::read(&key, value))),
            Err(error) => {
                self.fails = true;
                Some((IVec::default(), Err(error)))
            }
        }
    }

    fn left(&self) -> Option<(Shelf<'_>, Range<&[u8]>)> {
        let is_left = !self.fails && self.from < self.end;
        is_left.then(|| (self.trees.shelf(&self.trees.events), &*self.from..&*self.end))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Stored, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (shelf, left) = self.left()?;
        let found = shelf.first(left);
        let (key, found) = self.taken(found)?;
        // The next key there can be.
        self.from = behind(&key);
        Some(found)
    }
}

impl DoubleEndedIterator for Entries<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let (shelf, left) = self.left()?;
        let found = shelf.last(left);
        let (key, found) = self.taken(found)?;
        self.end = key.to_vec();
        Some(found)
    }
}
