//! Finding a log again at opening: finish what was begun, cut what is torn, make missing index files again.
//!
//! # Why it exists
//!
//! Opening must not grow with the log: of a sealed segment only the index file's footer is read (filters, plans,
//! first keys; about two bytes per event), and only the last segment is read whole.
//!
//! # Invariants
//!
//! - Where a log is there, finding it writes nothing. What has to be done is [`Owed`], and done once everything that can
//!   refuse the log was asked.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use schema::ids::{IncarnationId, PlanId, Position};

use super::disk::{Disk, DiskFile, UNFINISHED, read_range, write_whole};
use super::file::{self, FileKind, Files, HEADER_BYTES};
use super::frame::Binding;
use super::growing::Growing;
use super::part::Part;
use super::plan::PlanState;
use super::replay::{Fault, Heads, replay};
use super::table::{self, Table};
use super::writer::{Tail, seal};
use super::{OpenError, SegmentConfig, erase};
use crate::log::acknowledged::Marks;
use crate::log::{ReadError, Repair};

/// A torn end that was cut off, as bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The segment.
    pub segment: u64,
    /// Where in its file the cut lies.
    pub offset: u64,
    /// How much went.
    pub bytes: u64,
}

/// A log as opening found it.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) plans: BTreeMap<PlanId, PlanState>,
    pub(super) parts: Vec<Arc<Part>>,
    pub(super) tail: Tail,
    pub(super) cuts: Vec<Cut>,
    pub(super) repairs: Vec<Repair>,
    pub(super) owed: Owed,
}

/// What opening has to do on the disk.
#[derive(Debug, Default)]
pub(super) struct Owed {
    /// Names of files that were being written.
    unfinished: Vec<String>,
    /// Full segments without a whole index file, with their lengths.
    unsealed: Vec<(Arc<Part>, u64)>,
    /// Where the last group begins in the last segment, and where the file ends.
    last_group: u64,
    size: u64,
}

impl Owed {
    /// Does it.
    ///
    /// # Errors
    /// When the disk fails: the next opening does it again.
    pub(super) fn settle(self, files: &Files, tail: &mut Tail) -> Result<(), OpenError> {
        let disk = files.disk();
        for unfinished in &self.unfinished {
            disk.remove(unfinished)?;
        }
        let announced = erase::announced(disk)?;
        files.read_as_announced(Vec::new());
        if !announced.is_empty() {
            erase::carry_out(files, &announced)?;
        }
        for (part, size) in &self.unsealed {
            seal(files, part, *size)?;
        }
        let number = tail.part.binding().number;
        tail.file = files.get(number, FileKind::Segment)?;
        let file = tail.file.as_ref();
        if tail.end < self.size {
            cut(disk, number, file, (tail.end, self.size))?;
        }
        write_again(file, 0, HEADER_BYTES.into())?;
        write_again(file, self.last_group, tail.end)?;
        file.sync()?;
        Ok(disk.sync_names()?)
    }
}

/// Finds the log again in a directory whose `meta` was read.
pub(super) fn log(
    files: &Files,
    incarnation: IncarnationId,
    config: SegmentConfig,
    answered: &Marks,
) -> Result<Recovered, OpenError> {
    let disk = files.disk();
    let names = disk.list()?;
    files.read_as_announced(erase::announced(disk)?);
    let unfinished = names.iter().filter(|name| name.ends_with(UNFINISHED));
    let unfinished: Vec<String> = unfinished.cloned().collect();
    let mut numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| file::segment_number(name))
        .collect();
    numbers.sort_unstable();
    if let Some((missing, _)) = (0..).zip(&numbers).find(|(expected, found)| expected != *found) {
        return Err(OpenError::SegmentMissing { number: missing });
    }
    let Some((last, sealed)) = numbers.split_last() else {
        if !config.cut_torn_ends {
            return Err(OpenError::SegmentMissing { number: 0 });
        }
        return begun(disk, incarnation, &unfinished);
    };
    let mut recovering = Recovering {
        files,
        incarnation,
        answered,
        heads: Heads::new(),
        plans: BTreeMap::new(),
        parts: Vec::new(),
        owed: Owed {
            unfinished,
            ..Owed::default()
        },
    };
    for number in sealed {
        recovering.sealed(*number, config.rebuild_index)?;
    }
    recovering.last(*last, config.cut_torn_ends)
}

/// A log that has nothing yet: there is nothing that could be refused.
fn begun(disk: &dyn Disk, incarnation: IncarnationId, unfinished: &[String]) -> Result<Recovered, OpenError> {
    for unfinished in unfinished {
        disk.remove(unfinished)?;
    }
    let tail = Tail::begin(disk, 0, incarnation)?;
    Ok(Recovered {
        plans: BTreeMap::new(),
        parts: vec![Arc::clone(&tail.part)],
        owed: Owed {
            unfinished: Vec::new(),
            unsealed: Vec::new(),
            last_group: tail.end,
            size: tail.end,
        },
        tail,
        cuts: Vec::new(),
        repairs: Vec::new(),
    })
}

struct Recovering<'f> {
    files: &'f Files,
    incarnation: IncarnationId,
    answered: &'f Marks,
    heads: Heads,
    plans: BTreeMap<PlanId, PlanState>,
    parts: Vec<Arc<Part>>,
    owed: Owed,
}

impl Recovering<'_> {
    fn sealed(&mut self, number: u64, rebuild: bool) -> Result<(), OpenError> {
        let file = self.files.get(number, FileKind::Segment)?;
        let (binding, size) = self.header(number, file.as_ref())?;
        let stored = if rebuild { None } else { self.table(binding, size)? };
        let part = match stored {
            Some(table) => {
                self.heads
                    .extend(table.plans().map(|(plan, _, head)| (plan, head)));
                let firsts: Vec<_> = table.plans().map(|(plan, first, _)| (plan, first)).collect();
                let part = Arc::new(Part::sealed(binding, table));
                for (plan, first) in firsts {
                    self.plan(plan).goes_on_in(&part, first);
                }
                part
            }
            None => self.made_again(binding, size, file.as_ref())?,
        };
        self.parts.push(part);
        Ok(())
    }

    fn made_again(
        &mut self,
        binding: Binding,
        size: u64,
        file: &dyn DiskFile,
    ) -> Result<Arc<Part>, OpenError> {
        tracing::info!(
            segment = binding.number,
            "making the index of segment {} again",
            binding.number
        );
        let replayed = replay(file, (binding, size), &mut self.heads, &mut |_, _| Ok(()))?;
        if let Some(fault) = replayed.fault {
            return Err(fault.into_error().into());
        }
        let part = self.growing(binding, replayed.index);
        self.owed.unsealed.push((Arc::clone(&part), size));
        Ok(part)
    }

    fn table(&self, binding: Binding, size: u64) -> Result<Option<Table>, ReadError> {
        match self.files.get(binding.number, FileKind::Index) {
            Ok(file) => Ok(table::read(file.as_ref(), binding, size)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn last(mut self, number: u64, cut_torn_ends: bool) -> Result<Recovered, OpenError> {
        let file = self.files.get(number, FileKind::Segment)?;
        let (binding, size) = self.header(number, file.as_ref())?;
        let replayed = replay(
            file.as_ref(),
            (binding, size),
            &mut self.heads,
            &mut |_, _| Ok(()),
        )?;
        let end = replayed.whole_end;
        let (mut cuts, mut repairs) = (Vec::new(), Vec::new());
        match replayed.fault {
            None => {}
            Some(Fault::Torn(torn)) if !cut_torn_ends && !self.lacks_answered() => {
                let reason = Box::new(torn.reason);
                return Err(ReadError::Torn { reason }.into());
            }
            Some(Fault::Torn(torn)) if !self.lacks_answered() => {
                let bytes = size - end;
                tracing::warn!(
                    segment = number,
                    offset = end,
                    "{bytes} bytes are a torn end: {}",
                    torn.reason
                );
                cuts.push(Cut {
                    segment: number,
                    offset: end,
                    bytes,
                });
                repairs = torn.repairs;
            }
            Some(fault) => return Err(fault.into_error().into()),
        }
        self.owed.last_group = replayed.last_group;
        self.owed.size = size;
        let part = self.growing(binding, replayed.index);
        self.parts.push(Arc::clone(&part));
        for (plan, state) in &mut self.plans {
            state.head = self.heads.get(plan).copied().unwrap_or(state.head);
        }
        Ok(Recovered {
            plans: self.plans,
            parts: self.parts,
            tail: Tail { part, file, end },
            cuts,
            repairs,
            owed: self.owed,
        })
    }

    /// Whether something was answered that is not among the whole batches: then the end is damaged, not torn.
    fn lacks_answered(&self) -> bool {
        let next = |plan| self.heads.get(plan).map_or(Position(0), |head| head.next);
        self.answered.iter().any(|(plan, mark)| next(plan) < mark.next)
    }

    fn header(&self, number: u64, file: &dyn DiskFile) -> Result<(Binding, u64), OpenError> {
        let size = file.size()?;
        let header = read_range(file, 0, size.min(HEADER_BYTES.into()))?;
        let binding = file::decode_header(&header, number, self.incarnation);
        let binding = binding.ok_or(OpenError::SegmentHeader { number })?;
        Ok((binding, size))
    }

    fn growing(&mut self, binding: Binding, index: Growing) -> Arc<Part> {
        let firsts: Vec<_> = index
            .plans()
            .iter()
            .map(|(plan, events)| (*plan, events.first()))
            .collect();
        let part = Arc::new(Part::growing(binding, index));
        for (plan, first) in firsts {
            self.plan(plan).goes_on_in(&part, first);
        }
        part
    }

    fn plan(&mut self, plan: PlanId) -> &mut PlanState {
        self.plans.entry(plan).or_insert_with(PlanState::empty)
    }
}

/// Keeps what is behind the last whole batch in a file of its own, then cuts it off. Zeros are not kept: the file
/// had grown and nothing had been written there yet.
fn cut(disk: &dyn Disk, number: u64, file: &dyn DiskFile, (end, size): (u64, u64)) -> io::Result<()> {
    let torn = read_range(file, end, size - end)?;
    if torn.iter().any(|byte| *byte != 0) {
        match write_whole(disk, &file::cut_name(number, end), &torn) {
            // Nobody was told that these bytes are there. A full disk must not keep the log closed over them.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                tracing::warn!("no room to keep the torn end of segment {number}");
            }
            kept => kept?,
        }
    }
    file.cut_to(end)?;
    tracing::warn!(
        segment = number,
        offset = end,
        "cut {} bytes of a torn end",
        size - end
    );
    file.sync()
}

/// What was written last may have met a failing flush, after which it can be read and yet is not on the disk, and no
/// later flush brings it there. Written again, the next flush does.
fn write_again(file: &dyn DiskFile, start: u64, end: u64) -> io::Result<()> {
    let bytes = read_range(file, start, end - start)?;
    file.write_at(start, &bytes)
}
