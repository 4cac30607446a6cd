//! The records as they lie in the files of a damaged log: what a repair may take, without opening the log.
//!
//! # Why it exists
//!
//! A reader that goes from frame to frame stops at the first damaged one. A repair wants every whole frame there is,
//! also behind damage, behind a missing file, and in a file whose index is gone.
//!
//! What opening would cut, as the torn end of the last group, is no remains: a crash left it so, or it is damage, and
//! nothing tells which. What is known to have been answered and is gone must be missed. Inside a plan it is a gap. At a
//! plan's end it is told by what was written down as answered, by a batch that does not end, or by the plan that the
//! damaged bytes name.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::OpenError;
use super::disk::{Directory, Disk, DiskFile, read_range};
use super::erase::{self, Erasure};
use super::file::{self, FileKind, Files, HEADER_BYTES};
use super::frame::{self, Binding, FRAME_HEADER_BYTES, Header, Place, corrupt};
use super::meta::{self, Meta};
use super::opening;
use super::scan::{Found, Next, Scan};
use crate::log::acknowledged::{self, Marks};
use crate::log::engine::Remains;
use crate::log::place::BatchMark;
use crate::log::{Extent, ReadError};

/// A damaged log.
#[derive(Debug)]
pub struct SegmentRemains {
    files: Files,
    /// None where nothing says it any more.
    incarnation: Option<IncarnationId>,
    plans: BTreeMap<PlanId, Left>,
    /// Where the plans ended when they last answered; none where no note of this log says so.
    answered: Option<Marks>,
    /// Of a note that is of another log, which.
    strange_note: Option<IncarnationId>,
    /// What was written last is not whole, and more may have been answered of it than the note tells.
    may_lack_answered: bool,
    /// The segment and group of the last whole frame.
    last_group: (u64, u32),
    /// Content that was being taken out when the log stopped.
    announced: Vec<Erasure>,
}

/// What is left of a plan.
#[derive(Debug, Default)]
struct Left {
    slots: BTreeMap<Position, Slot>,
    erased: Vec<(Position, Extent)>,
    /// Where damaged bytes name the plan: segment and offset.
    lost: Vec<(u64, u32)>,
}

/// Where a whole frame lies.
#[derive(Debug, Clone, Copy)]
struct Slot {
    binding: Binding,
    place: Place,
    header: Header,
}

impl Slot {
    const fn at(&self) -> (u64, u32) {
        (self.binding.number, self.place.offset)
    }

    const fn group(&self) -> (u64, u32) {
        (self.binding.number, self.header.group)
    }
}

impl Left {
    /// One past the last event that there was, as far as can be told.
    fn end(&self, last_group: (u64, u32)) -> Position {
        let Some((last, slot)) = self.slots.last_key_value() else {
            return Position(0);
        };
        let lost = self.lost.iter().filter(|at| **at > slot.at()).count() as u64;
        let was_durable = slot.group() < last_group;
        let rest = if was_durable {
            u64::from(slot.header.mark.remaining)
        } else {
            0
        };
        Position(last.next().0 + lost.max(rest))
    }
}

impl SegmentRemains {
    /// Reads every segment that is there and notes each whole frame; changes nothing.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be used, is in use, or is of another format.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let directory = Directory::look(path)?.ok_or(OpenError::InUse)?;
        let files = Files::new(Arc::new(directory));
        let mut noted = acknowledged::remembered(path);
        let incarnation = match meta::read(files.disk())? {
            // Where only that file was exchanged, the segments are what there is to mend.
            Meta::Log(said) => Some(opening::other_life(files.disk(), said)?.unwrap_or(said)),
            Meta::None | Meta::Damaged => match life_in_headers(files.disk())? {
                Some(incarnation) => Some(incarnation),
                None => noted.as_ref().map(|noted| noted.incarnation),
            },
            Meta::Other(found) => return Err(OpenError::Format { found }),
        };
        let strange_note = noted.take_if(|noted| Some(noted.incarnation) != incarnation);
        // Where it cannot be read, the backup's copy comes back; the erasure is in the log and is carried out again.
        let announced = erase::announced(files.disk()).unwrap_or_default();
        let mut remains = Self {
            files,
            incarnation,
            plans: BTreeMap::new(),
            answered: noted.map(|noted| noted.marks),
            strange_note: strange_note.map(|noted| noted.incarnation),
            may_lack_answered: false,
            last_group: (0, 0),
            announced,
        };
        remains.look()?;
        Ok(remains)
    }

    fn look(&mut self) -> io::Result<()> {
        let numbers = numbers_in(self.files.disk())?;
        let last = numbers.last().copied();
        for number in numbers {
            let file = self.files.get(number, FileKind::Segment)?;
            let size = file.size()?;
            let header = header_of(file.as_ref())?;
            let binding = |incarnation| file::decode_header(&header, number, incarnation);
            // Without its header a segment's checksums cannot be told from chance.
            if let Some(binding) = self.incarnation.and_then(binding) {
                let frames = Frames::of(file.as_ref(), (binding, size), Some(number) == last)?;
                self.may_lack_answered |= frames.torn.is_some() && !self.tells_of_all(&frames);
                for found in frames.found {
                    let is_torn = frames
                        .torn
                        .is_some_and(|torn| u64::from(found.place.offset) > torn);
                    if !is_torn || self.was_answered(&found) {
                        self.note(binding, found);
                    }
                }
                for (offset, plan) in frames.lost {
                    self.plans.entry(plan).or_default().lost.push((number, offset));
                }
                self.note_announced(binding);
            }
        }
        Ok(())
    }

    fn note(
        &mut self,
        binding: Binding,
        Found {
            place,
            header,
            record,
        }: Found,
    ) {
        let Ok(record) = record else {
            return;
        };
        let position = record.envelope.position;
        let left = self.plans.entry(header.plan).or_default();
        if let Some(extent) = Extent::gone_from(&record) {
            left.erased.push((position, extent));
        }
        let slot = Slot {
            binding,
            place,
            header,
        };
        self.last_group = self.last_group.max(slot.group());
        left.slots.entry(position).or_insert(slot);
    }

    /// Whether nothing was answered of a torn end that nothing tells of: its last frame was never written to its end, so its
    /// group was not flushed; or all that is damaged lies within a group of which the note tells, which is then all of it.
    fn tells_of_all(&self, frames: &Frames) -> bool {
        let group = frames.found.iter().map(|frame| frame.header.group).max();
        let mut last_group = frames
            .found
            .iter()
            .filter(|frame| Some(frame.header.group) == group);
        frames.is_unfinished || (frames.is_torn_within && last_group.any(|frame| self.was_answered(frame)))
    }

    fn was_answered(&self, found: &Found) -> bool {
        let mark = self
            .answered
            .as_ref()
            .and_then(|marks| marks.get(&found.header.plan));
        let position = found.record.as_ref().ok().map(|record| record.envelope.position);
        mark.zip(position)
            .is_some_and(|(mark, position)| position < mark.next)
    }

    /// The frames that were about to be written over others, which may be half of each now.
    fn note_announced(&mut self, binding: Binding) {
        let found = |erasure: &Erasure| {
            let frame = frame::decode(binding, erasure.offset, &erasure.frame).ok()?;
            Some(Found {
                place: Place {
                    offset: erasure.offset,
                    length: u32::try_from(erasure.frame.len()).unwrap_or(u32::MAX),
                },
                header: frame.header,
                record: Record::decode(frame.record).map_err(|error| error.to_string()),
            })
        };
        let here = |erasure: &&Erasure| erasure.number == binding.number;
        let announced: Vec<Found> = self.announced.iter().filter(here).filter_map(found).collect();
        for found in announced {
            self.note(binding, found);
        }
    }

    /// Where the frame of an event lies.
    #[cfg(test)]
    pub fn place_of(&self, plan: PlanId, position: Position) -> Option<(Binding, Place, Header)> {
        let slot = self.plans.get(&plan)?.slots.get(&position)?;
        Some((slot.binding, slot.place, slot.header))
    }

    fn bytes(&self, Slot { binding, place, .. }: Slot) -> io::Result<Vec<u8>> {
        let is_here = |new: &&Erasure| (new.number, new.offset) == (binding.number, place.offset);
        if let Some(erasure) = self.announced.iter().find(is_here) {
            return Ok(erasure.frame.clone());
        }
        let file = self.files.get(binding.number, FileKind::Segment)?;
        read_range(file.as_ref(), place.offset.into(), place.length.into())
    }
}

impl Remains for SegmentRemains {
    fn incarnation(&self) -> Option<IncarnationId> {
        self.incarnation
    }

    fn end_is_unknown(&self) -> bool {
        // Damaged bytes that name no plan that there was may be of any.
        let names_none = |left: &Left| left.slots.is_empty() && !left.lost.is_empty();
        self.may_lack_answered || self.answered.is_none() || self.plans.values().any(names_none)
    }

    fn strange_note(&self) -> Option<IncarnationId> {
        self.strange_note
    }

    fn ends(&self) -> Result<Vec<(PlanId, Position)>, ReadError> {
        // Damaged bytes may name a plan that never was.
        let there = self.plans.iter().filter(|(_, left)| !left.slots.is_empty());
        let mut ends: BTreeMap<PlanId, Position> = there
            .map(|(plan, left)| (*plan, left.end(self.last_group)))
            .collect();
        for (plan, mark) in self.answered.iter().flatten() {
            let end = ends.entry(*plan).or_default();
            *end = mark.next.max(*end);
        }
        Ok(ends.into_iter().collect())
    }

    fn record(&self, plan: PlanId, position: Position) -> Result<(BatchMark, Record), ReadError> {
        let slot = self.plans.get(&plan).and_then(|left| left.slots.get(&position));
        let slot = slot.ok_or_else(|| corrupt(plan, position, "no whole frame of it is there"))?;
        let bytes = self.bytes(*slot)?;
        let frame = frame::decode(slot.binding, slot.place.offset, &bytes);
        let frame = frame.map_err(|what| corrupt(plan, position, what))?;
        Ok((frame.header.mark, frame.record(plan, position)?))
    }

    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, ReadError> {
        let left = self.plans.get(&plan);
        Ok(left.map(|left| left.erased.clone()).unwrap_or_default())
    }
}

/// The numbers of the segments that are there, in order.
fn numbers_in(disk: &dyn Disk) -> io::Result<Vec<u64>> {
    let names = disk.list()?;
    let numbers = names.iter().filter_map(|name| file::segment_number(name));
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn header_of(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    read_range(file, 0, file.size()?.min(HEADER_BYTES.into()))
}

/// The life that the first whole header of a segment names: all of one log name the same.
fn life_in_headers(disk: &dyn Disk) -> io::Result<Option<IncarnationId>> {
    for life in lives_in_headers(disk)? {
        if let Some(life) = life? {
            return Ok(Some(life));
        }
    }
    Ok(None)
}

/// The life that each segment's header names, in order; none of one that is not whole.
pub(super) fn lives_in_headers(
    disk: &dyn Disk,
) -> io::Result<impl Iterator<Item = io::Result<Option<IncarnationId>>>> {
    let numbers = numbers_in(disk)?.into_iter();
    Ok(numbers.map(|number| {
        let segment = disk.open(&file::segment_name(number))?;
        Ok(file::life_in_header(&header_of(segment.as_ref())?))
    }))
}

/// What lies in a segment.
#[derive(Debug)]
struct Frames {
    found: Vec<Found>,
    /// Where the last group is torn, if it is: what stands behind counts only where it was answered.
    torn: Option<u64>,
    /// Only its last frame is, and the file ends before that does.
    is_unfinished: bool,
    /// Whole frames of that group follow behind all that is damaged.
    is_torn_within: bool,
    /// Where damaged bytes begin that name a plan.
    lost: Vec<(u32, PlanId)>,
}

impl Frames {
    /// Every whole frame.
    fn of(file: &dyn DiskFile, (binding, end): (Binding, u64), is_last: bool) -> io::Result<Self> {
        let (mut found, mut damaged) = (Vec::new(), Vec::new());
        let mut scan = Scan::new(file, binding, end);
        let mut at = loop {
            match scan.step()? {
                Next::Frame(frame) => found.push(*frame),
                Next::Damaged { offset, .. } => break offset,
                Next::End => break end,
            }
        };
        while let Some(frame) = scan.look_on()? {
            if at < u64::from(frame.place.offset) {
                damaged.push(at);
            }
            at = frame.place.end();
            found.push(frame);
        }
        if at < end {
            damaged.push(at);
        }
        let (mut torn, mut is_unfinished, mut is_torn_within) = (None, false, false);
        if is_last {
            let last_group = found.iter().map(|frame| u64::from(frame.header.group)).max();
            let last_frame = found.iter().map(|frame| u64::from(frame.place.offset)).max();
            let first = damaged.iter().position(|at| Some(*at) >= last_group);
            let torn_places: Vec<u64> = first.map_or_else(Vec::new, |first| damaged.drain(first..).collect());
            is_torn_within = torn_places.iter().all(|at| Some(*at) < last_frame);
            if let [only] = torn_places[..]
                && Some(only) > last_frame
            {
                is_unfinished = is_unfinished_at(file, (only, end))?;
            }
            torn = torn_places.first().copied();
        }
        let mut lost = Vec::new();
        for at in damaged {
            lost.extend(named_at(file, (at, end))?);
        }
        Ok(Self {
            found,
            torn,
            is_unfinished,
            is_torn_within,
            lost,
        })
    }
}

/// Whether a frame begins there, as it is written first, that goes on behind the file's end.
fn is_unfinished_at(file: &dyn DiskFile, (at, end): (u64, u64)) -> io::Result<bool> {
    let header = read_range(file, at, (end - at).min(FRAME_HEADER_BYTES as u64))?;
    let claimed = u32::try_from(at)
        .ok()
        .and_then(|offset| frame::claimed_length(offset, &header));
    Ok(header.len() < FRAME_HEADER_BYTES
        || claimed.is_some_and(|length| at + length as u64 > end && frame::is_fresh(&header)))
}

/// The plan that damaged bytes name, true or not, and where they begin.
fn named_at(file: &dyn DiskFile, (at, end): (u64, u64)) -> io::Result<Option<(u32, PlanId)>> {
    let header = read_range(file, at, (end - at).min(FRAME_HEADER_BYTES as u64))?;
    let named = header.get(16..32).and_then(|plan| plan.try_into().ok());
    let offset = u32::try_from(at).ok();
    Ok(offset.zip(named.map(PlanId::from_bytes)))
}
