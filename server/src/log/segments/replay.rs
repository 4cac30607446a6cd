//! Reading a segment from its first frame, with every check a record must pass, into an index.
//!
//! # Why it exists
//!
//! Opening reads the last segment so, a lost index file is made again so, and `verify` reads everything so. What
//! each does about damage differs; what counts as damage must not.

use std::collections::BTreeMap;

use schema::ids::{PlanId, Position};
use schema::log::Record;

use super::disk::DiskFile;
use super::file::HEADER_BYTES;
use super::frame::{Binding, Place, corrupt};
use super::growing::Growing;
use super::scan::{Found, Next, Scan};
use crate::log::place::Head;
use crate::log::{Check, ReadError, Repair};

/// Where every plan ends.
pub type Heads = BTreeMap<PlanId, Head>;

/// A segment as read.
#[derive(Debug)]
pub struct Replayed {
    /// The index its whole batches make.
    pub index: Growing,
    /// One past the last whole batch.
    pub whole_end: u64,
    /// Where the last group with a whole batch begins.
    pub last_group: u64,
    /// What keeps the rest from being whole.
    pub fault: Option<Fault>,
}

/// Why a segment does not end with a whole batch.
#[derive(Debug)]
pub enum Fault {
    /// A later group than the last one is there, so what is damaged was durable once. Nothing may repair that.
    Corruption(ReadError),
    /// The last group is not all there: a crash left it so, or it is damage.
    Torn(Torn),
}

/// A last group that is not all there.
#[derive(Debug)]
pub struct Torn {
    /// The first thing that is lacking.
    pub reason: ReadError,
    /// The events of it that can still be told, by plan.
    pub repairs: Vec<Repair>,
}

impl Fault {
    /// Why the segment is not whole, for a reader that may repair nothing.
    #[must_use]
    pub fn into_error(self) -> ReadError {
        match self {
            Self::Corruption(error) => error,
            Self::Torn(torn) => torn.reason,
        }
    }
}

/// Reads a segment up to `end`, and moves the heads on.
///
/// # Errors
/// When a record with a right checksum does not continue its plan, the check fails, or the disk does.
pub fn replay(
    file: &dyn DiskFile,
    (binding, end): (Binding, u64),
    heads: &mut Heads,
    check: Check<'_>,
) -> Result<Replayed, ReadError> {
    let mut scan = Scan::new(file, binding, end);
    let mut replaying = Replaying {
        heads,
        open: Vec::new(),
        replayed: Replayed {
            index: Growing::default(),
            whole_end: HEADER_BYTES.into(),
            last_group: HEADER_BYTES.into(),
            fault: None,
        },
    };
    loop {
        match scan.step()? {
            Next::Frame(found) => replaying.take(*found, check)?,
            Next::End => {
                replaying.replayed.fault = replaying.cut_off().map(Fault::Torn);
                return Ok(replaying.replayed);
            }
            Next::Damaged { offset, named, what } => {
                let fault = replaying.judge(&mut scan, (offset, named, what))?;
                replaying.replayed.fault = Some(fault);
                return Ok(replaying.replayed);
            }
        }
    }
}

struct Replaying<'h> {
    heads: &'h mut Heads,
    /// The frames of a batch whose end is still to come.
    open: Vec<Framed>,
    replayed: Replayed,
}

struct Framed {
    plan: PlanId,
    record: Record,
    place: Place,
}

impl Framed {
    fn position(&self) -> Position {
        self.record.envelope.position
    }
}

impl Replaying<'_> {
    fn take(&mut self, found: Found, check: Check<'_>) -> Result<(), ReadError> {
        let Found {
            place,
            header,
            record,
        } = found;
        let head = self.head_of(header.plan);
        let wrong = |what: &str| corrupt(header.plan, head.next, what);
        let record = record.map_err(|error| wrong(&error))?;
        if record.envelope.position != head.next {
            return Err(wrong("another event stands in its place"));
        } else if record.envelope.recorded_at < head.recorded_at {
            return Err(wrong("its time is before that of the event before it"));
        } else if !record.is_proved_after(header.plan, &head.chain) {
            return Err(wrong(
                "it does not follow the record before it, or its content is not the committed one",
            ));
        } else if usize::from(header.mark.index) != self.open.len()
            || self.open.first().is_some_and(|first| first.plan != header.plan)
        {
            return Err(wrong("its batch is not whole"));
        }
        check(header.plan, &record)?;
        self.open.push(Framed {
            plan: header.plan,
            record,
            place,
        });
        if header.mark.remaining == 0 {
            for Framed { plan, record, place } in self.open.drain(..) {
                self.replayed.index.push(plan, &record, place);
                self.heads.insert(plan, Head::after(&record));
            }
            self.replayed.whole_end = place.end();
            self.replayed.last_group = header.group.into();
        }
        Ok(())
    }

    /// What is wrong at the end of the file: nothing, or a batch that does not end.
    fn cut_off(&self) -> Option<Torn> {
        let first = self.open.first()?;
        Some(Torn {
            reason: corrupt(first.plan, first.position(), "its batch is cut off"),
            repairs: self.repairs(BTreeMap::new()),
        })
    }

    /// What a cut behind the last whole batch takes from each plan, with so many events found after the open batch.
    fn repairs(&self, mut found: BTreeMap<PlanId, u64>) -> Vec<Repair> {
        for framed in &self.open {
            *found.entry(framed.plan).or_default() += 1;
        }
        let first_of = |plan| self.heads.get(plan).map_or(Head::START, |head| *head).next;
        found
            .iter()
            .map(|(plan, removed)| Repair {
                plan: *plan,
                first: first_of(plan),
                removed: *removed,
            })
            .collect()
    }

    /// Where a plan ends, the open batch counted.
    fn head_of(&self, plan: PlanId) -> Head {
        let open = self.open.last().filter(|last| last.plan == plan);
        let known = || self.heads.get(&plan).copied().unwrap_or(Head::START);
        open.map_or_else(known, |last| Head::after(&last.record))
    }

    /// Groups are flushed one after the other, so a frame of a group that began after the damage says that the
    /// damaged bytes were durable once.
    fn judge(
        &self,
        scan: &mut Scan<'_>,
        (offset, named, what): (u64, Option<PlanId>, &str),
    ) -> Result<Fault, ReadError> {
        let mut next: BTreeMap<PlanId, Position> = BTreeMap::new();
        let mut missed = None;
        let mut later_group = false;
        let mut found: BTreeMap<PlanId, u64> = BTreeMap::new();
        while let Some(Found { header, record, .. }) = scan.look_on()? {
            later_group |= u64::from(header.group) > offset;
            *found.entry(header.plan).or_default() += 1;
            let expected = next.get(&header.plan).copied();
            let expected = expected.unwrap_or_else(|| self.head_of(header.plan).next);
            let Ok(record) = record else { continue };
            if record.envelope.position != expected {
                missed.get_or_insert((header.plan, expected));
            }
            next.insert(header.plan, record.envelope.position.next());
        }
        // No gap in any plan: then the damaged event was the last of the plan that its bytes name.
        let named = named.filter(|plan| self.heads.contains_key(plan));
        let damaged = missed.or_else(|| named.map(|plan| (plan, self.head_of(plan).next)));
        let error = damaged.map_or_else(
            || {
                ReadError::Engine(format!(
                    "a segment is damaged at byte {offset}: {what}; `schrijftafel log repair` keeps what is whole and takes \
                     the rest from a backup"
                ))
            },
            |(plan, position)| corrupt(plan, position, what),
        );
        Ok(if later_group {
            Fault::Corruption(error)
        } else {
            Fault::Torn(Torn {
                reason: error,
                repairs: self.repairs(found),
            })
        })
    }
}
