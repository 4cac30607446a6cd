//! The records as they lie in a damaged log's files: what a repair may take, without opening the log and without sled.
//!
//! # Why it exists
//!
//! sled cuts a damaged file off, or panics, before anybody can look. Here each message of its file that is whole says
//! what it says, also behind damage; the newest word on a key counts. That a record is the right one is proved by its
//! own checksum, its commitments and the chain, not by how it was found.
//!
//! # Invariants
//!
//! - Nothing is written. The log's file is locked as sled locks it, so nobody else writes either.
//! - What a page no longer held when it was last written whole is `superseded`: it does not say that there was an event,
//!   but is taken where nothing newer is left of one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::batches::Batches;
use super::blobs;
use super::block::{self, BLOCK_EVENTS};
use super::doubt::Doubt;
use super::file::{self, Kind, Message};
use super::frame;
use super::ids::SEGMENT_EVENTS;
use super::near;
use super::pack::{Place, Stored};
use super::page::{self, Said};
use super::tail;
use super::trees::{OpenError, extent_of, missing};
use super::untold::Unread;
use crate::log::acknowledged::{self, Acknowledged, Marks};
use crate::log::copy::{self, CopyError};
use crate::log::engine::Remains;
use crate::log::place::BatchMark;
use crate::log::{Extent, ReadError};

/// The key of the log's life in the tree `meta`.
const INCARNATION_KEY: &[u8] = b"incarnation";

/// A damaged log.
#[derive(Debug)]
pub struct SledRemains {
    log: PathBuf,
    /// Held: nobody writes while this reads.
    file: Option<File>,
    found: Found,
    unread: Unread,
    /// Taken for the life in the file.
    is_of_its_file: bool,
    /// What was written down as answered.
    noted: Option<Acknowledged>,
}

/// What whole messages still say and an opened copy does not hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// The first event of a plan that lies behind what cannot be read; none where what was lost was the last of its plan.
    pub first: Option<(PlanId, Position)>,
    /// Whether it had been flushed: something was written after it, and a group of events is written only when everything
    /// before it is flushed. Of the last group nothing tells.
    pub was_durable: bool,
}

/// What the messages say.
#[derive(Debug)]
pub(super) struct Found {
    entries: BTreeMap<Place, Version>,
    /// Where each plan ends, by all its entries.
    pub(super) ends: BTreeMap<PlanId, Position>,
    pub(super) batches: Batches,
    /// The blocks of events and segments of ids that the index has: which of both, whose, and its number.
    sealed: BTreeSet<(u8, PlanId, u64)>,
    /// Events in the longest entry.
    longest: u16,
    erased: BTreeMap<(PlanId, Position), Extent>,
    /// Each page as it was last written whole.
    whole_pages: BTreeMap<u64, Whole>,
    incarnation: Option<(u64, IncarnationId)>,
}

/// A page that was written whole.
#[derive(Debug, Default)]
struct Whole {
    time: u64,
    /// How its keys begin.
    prefix: Vec<u8>,
}

/// The newest word on a key.
#[derive(Debug, Clone, Copy)]
struct Version {
    time: u64,
    /// When the key was first heard of.
    first: u64,
    /// Whether that was when it was written, and not when its page was written anew.
    is_as_written: bool,
    page: u64,
    /// None where it was taken away.
    value: Option<At>,
}

/// Where a value lies.
#[derive(Debug, Clone, Copy)]
struct At {
    /// The file in `blobs`, if not the log's own.
    blob: Option<i64>,
    offset: u64,
    length: usize,
}

impl SledRemains {
    /// Reads the log's file and checks nothing of what it says but that its messages are whole.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used or is in use.
    pub fn open(log: &Path) -> Result<Self, OpenError> {
        let file = copy::unused(log).map_err(|error| match error {
            CopyError::Files { source, .. } => source,
            in_use => io::Error::other(in_use.to_string()),
        });
        let file = file.map_err(::sled::Error::Io)?;
        let noted = tail::noted_until(log).map_err(::sled::Error::Io)?;
        let mut found = Found::since(noted);
        if file.is_some() {
            let mut take = |message: &Message<'_>| found.take(log, message);
            file::each_message(log, &mut take).map_err(::sled::Error::Io)?;
        }
        let doubt = Doubt::of(log, std::iter::empty()).map_err(::sled::Error::Io)?;
        let unread = Unread::of(log, &found, &doubt).map_err(::sled::Error::Io)?;
        Ok(Self {
            log: log.to_owned(),
            file,
            found,
            unread,
            is_of_its_file: false,
            noted: acknowledged::remembered(log),
        })
    }

    /// The same, where the life in the file counts if it is the `wanted` one. Otherwise our own note comes first, because
    /// sled once began another life in a file of which it could read nothing.
    #[must_use]
    pub fn taken_for(self, wanted: IncarnationId) -> Self {
        let is_of_its_file = self.life_in_file() == Some(wanted);
        Self {
            is_of_its_file,
            ..self
        }
    }

    fn life_in_file(&self) -> Option<IncarnationId> {
        self.found.incarnation.map(|(_, said)| said)
    }

    /// The note, where it is of this log.
    fn own_note(&self) -> Option<&Acknowledged> {
        self.noted
            .as_ref()
            .filter(|noted| Some(noted.incarnation) == self.incarnation())
    }

    /// What was lost by a copy of this log in which plans have these ends.
    #[must_use]
    pub fn lost(&self, end: impl Fn(PlanId) -> Position) -> Option<Lost> {
        let (last, before) = self.found.last_groups()?;
        let lacking = self
            .found
            .batches
            .lacking_before(last, before, self.found.seals_before(last));
        let last_is_whole = self.found.batches.is_whole(last);
        let was_durable = |place: &Place, version: &Version| {
            // What a whole last group does not hold is of a group before it.
            let lacks_a_group = || last_is_whole && self.entry_of(place.plan, end(place.plan)).is_none();
            lacking.is_some() || self.found.batches.of(version.first) < last || lacks_a_group()
        };
        let lost = |first, was_durable| Lost { first, was_durable };
        if let Some(first) = self.first_behind(&end, was_durable) {
            return Some(lost(Some(first), true));
        }
        // sled passes over the rest of a segment and goes on: then nothing of the last group is behind it.
        if lacking.is_some_and(|lacking| before.is_none_or(|before| before < lacking)) {
            return Some(lost(None, true));
        }
        let first = self.first_behind(&end, |_, _| true)?;
        Some(lost(Some(first), false))
    }

    /// The first event of a plan at or behind its `end`, of those that count.
    fn first_behind(
        &self,
        end: impl Fn(PlanId) -> Position,
        counts: impl Fn(&Place, &Version) -> bool,
    ) -> Option<(PlanId, Position)> {
        let mut behind = self.found.entries.iter().filter(|(place, version)| {
            let is_there = version.value.is_some() && self.found.is_live(version);
            is_there && place.end() > end(place.plan) && counts(place, version)
        });
        let (place, _) = behind.next()?;
        Some((place.plan, end(place.plan).max(place.first)))
    }

    /// The newest entry that holds an event; one that was superseded only where there is no other.
    fn entry_of(&self, plan: PlanId, position: Position) -> Option<(Place, At)> {
        let begins_at = |first, count| Place { plan, first, count };
        let first = Position(position.0.saturating_sub(u64::from(self.found.longest)));
        let near = begins_at(first, 0)..=begins_at(position, u16::MAX);
        let holding = self
            .found
            .entries
            .range(near)
            .filter(|(place, _)| place.holds(position));
        let there = holding.filter_map(|(place, version)| Some((*place, version, version.value?)));
        let newest = there.max_by_key(|(_, version, _)| (self.found.is_live(version), version.time));
        newest.map(|(place, _, at)| (place, at))
    }

    fn value(&self, at: At) -> io::Result<Vec<u8>> {
        let mut value = vec![0; at.length];
        match (at.blob, &self.file) {
            (Some(number), _) => {
                File::open(blobs::path(&self.log, number))?.read_exact_at(&mut value, at.offset)?;
            }
            (None, Some(file)) => file.read_exact_at(&mut value, at.offset)?,
            (None, None) => return Err(io::ErrorKind::NotFound.into()),
        }
        Ok(value)
    }
}

impl Remains for SledRemains {
    fn incarnation(&self) -> Option<IncarnationId> {
        let noted = self.noted.as_ref().map(|noted| noted.incarnation);
        let in_file = self.life_in_file();
        if self.is_of_its_file {
            in_file
        } else {
            noted.or(in_file)
        }
    }

    fn end_is_unknown(&self) -> bool {
        self.own_note()
            .is_none_or(|noted| self.unread.may_hide_more(&self.found, &noted.marks))
    }

    fn strange_note(&self) -> Option<IncarnationId> {
        let noted = self.noted.as_ref().map(|noted| noted.incarnation);
        noted.filter(|_| self.own_note().is_none())
    }

    fn ends(&self) -> Result<Vec<(PlanId, Position)>, ReadError> {
        let mut ends: BTreeMap<PlanId, Position> = BTreeMap::new();
        for (plan, mark) in self.own_note().into_iter().flat_map(|noted| &noted.marks) {
            ends.insert(*plan, mark.next);
        }
        for (plan, there) in self.found.ends_there() {
            let end = ends.entry(plan).or_default();
            *end = there.max(*end);
        }
        Ok(ends.into_iter().collect())
    }

    fn record(&self, plan: PlanId, position: Position) -> Result<(BatchMark, Record), ReadError> {
        let (place, at) = self
            .entry_of(plan, position)
            .ok_or_else(|| missing(plan, position))?;
        let value = self.value(at).map_err(ReadError::from)?;
        Stored::read(&place.key(), value.into())?.event(position)
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        let of_plan = (plan, Position(0))..=(plan, Position(u64::MAX));
        let noted = self.found.erased.range(of_plan);
        Ok(noted
            .map(|((_, position), extent)| (*position, *extent))
            .collect())
    }
}

impl Found {
    /// Nothing yet, of a log that sled reads from the time `noted` on.
    pub(super) const fn since(noted: u64) -> Self {
        Self {
            entries: BTreeMap::new(),
            ends: BTreeMap::new(),
            batches: Batches::since(noted),
            sealed: BTreeSet::new(),
            longest: 0,
            erased: BTreeMap::new(),
            whole_pages: BTreeMap::new(),
            incarnation: None,
        }
    }

    /// Whether anything says which log it is.
    pub(super) const fn tells_life(&self) -> bool {
        self.incarnation.is_some()
    }

    pub(super) fn take(&mut self, log: &Path, message: &Message<'_>) {
        let is_of_events = if !matches!(message.kind, Kind::BlobNode | Kind::BlobLink) {
            self.hear(message, message.payload, None)
        } else if let Some((number, blob)) = blobs::named(log, message.payload) {
            if let Some(held) = blobs::held(&blob) {
                self.hear(message, held, Some(number))
            } else {
                // One that is damaged is a message that is not whole.
                self.batches.miss(message);
                false
            }
        } else {
            false
        };
        self.batches.take(message, is_of_events);
    }

    /// Takes in what a message says, and tells whether that is of events.
    fn hear(&mut self, message: &Message<'_>, said: &[u8], blob: Option<i64>) -> bool {
        let begin = match blob {
            Some(_) => blobs::HEADER_BYTES as u64,
            None => message.offset,
        };
        let at = |entry: &page::Entry| At {
            blob,
            offset: begin + entry.value.start as u64,
            length: entry.value.len(),
        };
        match page::read(message.kind, said) {
            Some(Said::All { prefix, entries }) => {
                let mut is_of_events = false;
                for entry in &entries {
                    let value = said.get(entry.value.clone());
                    is_of_events |= self.note(message, &entry.key, value, Some(at(entry)));
                }
                let whole = self.whole_pages.entry(message.page).or_default();
                if whole.time <= message.time {
                    whole.time = message.time;
                    whole.prefix = prefix;
                }
                is_of_events
            }
            Some(Said::Set(entry)) => {
                let value = said.get(entry.value.clone()).unwrap_or_default();
                let key = self.key_of(message.page, &entry.key, value);
                Place::of(&key).is_none_or(|place| near::is_its_own(place, value))
                    && self.note(message, &key, Some(value), Some(at(&entry)))
            }
            Some(Said::Removed(key)) => {
                let key = self.whole_key(message.page, &key);
                self.note(message, &key, None, None)
            }
            Some(Said::Nothing) | None => false,
        }
    }

    /// A key as a change to a page says it, behind what all keys in the page begin with.
    fn whole_key(&self, page: u64, key: &[u8]) -> Vec<u8> {
        let prefix = self.whole_pages.get(&page).map(|whole| whole.prefix.as_slice());
        [prefix.unwrap_or_default(), key].concat()
    }

    /// The key of a value that a change to a page gives. Where the page's prefix has changed and the message that said so
    /// is lost, the value tells: it has a checksum over its key, and stands near the end of a plan.
    fn key_of(&self, page: u64, key: &[u8], value: &[u8]) -> Vec<u8> {
        near::own_key(&self.ends, self.whole_key(page, key), (key, value))
    }

    /// Takes in what is said of a key. Keys of different trees differ in form, but for notes of erased content, which
    /// are one byte. Tells whether it is said of an event.
    fn note(&mut self, message: &Message<'_>, key: &[u8], value: Option<&[u8]>, at: Option<At>) -> bool {
        if key == INCARNATION_KEY {
            self.note_incarnation(message.time, value);
            return false;
        }
        if let (Some(event), Some(extent)) = (frame::place_of(key), value.and_then(extent_of)) {
            let noted = self.erased.entry(event).or_insert(extent);
            *noted = extent.max(*noted);
            return true;
        }
        self.sealed.extend(block::numbered(key));
        let Some(place) = Place::of(key) else { return false };
        let mut version = Version {
            time: message.time,
            first: message.time,
            is_as_written: matches!(message.kind, Kind::Link | Kind::BlobLink),
            page: message.page,
            value: at,
        };
        self.longest = place.count.max(self.longest);
        let end = self.ends.entry(place.plan).or_default();
        *end = place.end().max(*end);
        let newest = self.entries.entry(place).or_insert(version);
        if newest.first <= version.first {
            (version.first, version.is_as_written) = (newest.first, newest.is_as_written);
        } else {
            (newest.first, newest.is_as_written) = (version.first, version.is_as_written);
        }
        if newest.time <= version.time {
            *newest = version;
        }
        true
    }

    fn note_incarnation(&mut self, time: u64, value: Option<&[u8]>) {
        let said = value.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        if let Some(said) = said
            && self.incarnation.is_none_or(|(before, _)| before <= time)
        {
            self.incarnation = Some((time, IncarnationId::from_bytes(said)));
        }
    }

    /// Up to when everything that was written is told of by `answered`, as far as whole messages tell: to the end of the last
    /// batch of which an event was answered. An event that stands where it was erased is later than its group.
    pub(super) fn answered_until(&self, answered: &Marks) -> u64 {
        let is_answered = |place: &Place| {
            answered
                .get(&place.plan)
                .is_some_and(|mark| place.first < mark.next)
        };
        let is_erased = |place: &Place| {
            let events = (place.plan, place.first)..(place.plan, place.end());
            self.erased.range(events).next().is_some()
        };
        let written = self.entries.iter().filter(|(place, version)| {
            version.is_as_written && version.value.is_some() && is_answered(place) && !is_erased(place)
        });
        let until = written.map(|(_, version)| match self.batches.around(version.first) {
            Some((_, last)) => last,
            None => version.first,
        });
        until.max().unwrap_or_default()
    }

    /// When the batches began that hold the last group of events and the one before, as far as whole messages tell.
    fn last_groups(&self) -> Option<(u64, Option<u64>)> {
        let there = self.entries.values().filter(|version| version.value.is_some());
        there.fold(None, |groups, version| {
            let group = self.batches.of(version.first);
            match groups {
                None => Some((group, None)),
                Some((last, before)) if last < group => Some((group, Some(last).max(before))),
                Some((last, before)) if group < last => Some((last, before.max(Some(group)))),
                same => same,
            }
        })
    }

    /// Whether blocks of the index were due when the batch `last` began that are not there: then they may have been on
    /// their way to the disk.
    fn seals_before(&self, last: u64) -> bool {
        let mut ends: BTreeMap<PlanId, u64> = BTreeMap::new();
        for (place, version) in &self.entries {
            if version.value.is_some() && self.batches.of(version.first) < last {
                let end = ends.entry(place.plan).or_default();
                *end = place.end().0.max(*end);
            }
        }
        ends.iter().any(|(plan, end)| {
            [(b'b', BLOCK_EVENTS), (b'f', SEGMENT_EVENTS)]
                .iter()
                .any(|(tag, events)| {
                    let full = end / events;
                    let there = self.sealed.range((*tag, *plan, 0)..(*tag, *plan, full));
                    (there.count() as u64) < full
                })
        })
    }

    /// Where the plans end of which an event is there.
    pub(super) fn ends_there(&self) -> BTreeMap<PlanId, Position> {
        let mut ends: BTreeMap<PlanId, Position> = BTreeMap::new();
        for (place, version) in &self.entries {
            if version.value.is_some() && self.is_live(version) {
                let end = ends.entry(place.plan).or_default();
                *end = place.end().max(*end);
            }
        }
        ends
    }

    /// Whether its page held it when it was last written whole.
    fn is_live(&self, version: &Version) -> bool {
        let whole = self.whole_pages.get(&version.page);
        whole.is_none_or(|whole| whole.time <= version.time)
    }
}
