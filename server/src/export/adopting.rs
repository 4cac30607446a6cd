//! Takes a plan over from an export file: the same records, so the same leaves and the same roots.
//!
//! # Invariants
//!
//! - The file is read twice: no log is asked for before all of it was checked, so that one that is refused begins none, and
//!   what is written is checked again.
//! - A plan that is there already is gone on with where it is the beginning of the same plan (an import that was
//!   interrupted), and left alone otherwise.

use std::io::{Read, Seek, SeekFrom};

use schema::export::{Fault, FaultKind, Report, Taken, Trusted};
use schema::ids::{PlanId, Position};
use schema::limits::BATCH_BYTES_MAX;
use schema::log::Record;

use super::checking::{CheckError, check};
use crate::log::{AdoptError, Direction, EventLog, ReadError, ReadRequest, Selector};

/// Events written with one flush.
const PAGE_EVENTS: usize = 1_024;

/// What taking over did.
#[derive(Debug)]
pub struct Adopted {
    /// What the file says.
    pub report: Report,
    /// Events that were there already.
    pub known: u64,
    /// Events that were added.
    pub added: u64,
}

/// Why a plan was not taken over.
#[derive(Debug, thiserror::Error)]
pub enum AdoptPlanError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Files(#[from] std::io::Error),
    /// The file does not verify.
    #[error("the export does not verify: {0}")]
    Fault(#[from] Fault),
    /// A selection, or a file of which content is kept back, is not the plan.
    #[error(
        "the export is not whole: {left_out} events are left out and {withheld} have no content because whoever exported has no right to it"
    )]
    NotWhole {
        /// Left out by a filter.
        left_out: u64,
        /// Without content.
        withheld: u64,
    },
    /// Another plan with the same id, or one that went on in another way.
    #[error("plan {plan} is here already, and its event {position} is another one than in the file")]
    OtherPlan {
        /// The plan.
        plan: PlanId,
        /// The first event that differs.
        position: Position,
    },
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log does not take the events.
    #[error(transparent)]
    Adopt(#[from] AdoptError),
}

/// An export that verifies and is whole, before anything is done with it.
#[derive(Debug)]
pub struct Checked<'a, F> {
    file: F,
    trusted: &'a Trusted,
    report: Report,
}

impl<'a, F: Read + Seek> Checked<'a, F> {
    /// Reads and checks a file. `tell` hears of every line.
    ///
    /// # Errors
    /// [`AdoptPlanError`].
    pub fn of(mut file: F, trusted: &'a Trusted, mut tell: impl FnMut()) -> Result<Self, AdoptPlanError> {
        let report = pass(&mut file, trusted, |_| {
            tell();
            Ok(())
        })?;
        if report.counts.withheld > 0 || !report.is_whole() {
            return Err(AdoptPlanError::NotWhole {
                left_out: report.counts.left_out,
                withheld: report.counts.withheld,
            });
        }
        Ok(Self {
            file,
            trusted,
            report,
        })
    }

    /// What the file says.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Takes its plan over into a log. `tell` hears of every line.
    ///
    /// # Errors
    /// [`AdoptPlanError`]; before anything was written, unless the log or the file fails on the way.
    pub fn adopt(mut self, log: &dyn EventLog, mut tell: impl FnMut()) -> Result<Adopted, AdoptPlanError> {
        self.file.seek(SeekFrom::Start(0))?;
        let plan = self.report.header.plan;
        let mut taking = Taking {
            log,
            plan,
            here: log.next_position(plan),
            records: Vec::new(),
            bytes: 0,
            known: 0,
            added: 0,
        };
        let again = pass(&mut self.file, self.trusted, |taken| {
            tell();
            taking.take(taken)
        })?;
        taking.write()?;
        // Whoever changes the file between the two passes gets what the second one checked, and is told so.
        if again.head != self.report.head {
            let kind = FaultKind::End;
            return Err(Fault {
                line: 1,
                position: None,
                kind,
            }
            .into());
        }
        Ok(Adopted {
            report: self.report,
            known: taking.known,
            added: taking.added,
        })
    }
}

fn pass<F: Read>(
    file: &mut F,
    trusted: &Trusted,
    taker: impl FnMut(Taken) -> Result<(), AdoptPlanError>,
) -> Result<Report, AdoptPlanError> {
    check(file, trusted.clone(), taker).map_err(|error| match error {
        CheckError::Files(error) => AdoptPlanError::Files(error),
        CheckError::Fault(fault) => AdoptPlanError::Fault(fault),
        CheckError::Taker(error) => error,
    })
}

/// Events on their way into the log.
struct Taking<'a> {
    log: &'a dyn EventLog,
    plan: PlanId,
    /// Where the plan ended before.
    here: Position,
    records: Vec<Record>,
    bytes: usize,
    known: u64,
    added: u64,
}

impl Taking<'_> {
    /// What is here already comes first: where it differs, nothing was written yet.
    fn take(&mut self, taken: Taken) -> Result<(), AdoptPlanError> {
        let Taken::Event(record, _) = taken else {
            return Ok(());
        };
        let position = record.envelope.position;
        if position < self.here {
            if !self.has(&record)? {
                let plan = self.plan;
                return Err(AdoptPlanError::OtherPlan { plan, position });
            }
            self.known += 1;
            return Ok(());
        }
        self.bytes += record.payload.bytes().map_or(0, |bytes| bytes.len());
        self.records.push(*record);
        if self.records.len() >= PAGE_EVENTS || self.bytes >= BATCH_BYTES_MAX {
            self.write()?;
        }
        Ok(())
    }

    /// Equal chain values are equal events, up to there.
    fn has(&self, record: &Record) -> Result<bool, ReadError> {
        let request = ReadRequest {
            plan: self.plan,
            selector: Selector::All,
            from: record.envelope.position.0,
            direction: Direction::Forward,
            limit: 1,
        };
        let found = self.log.read(&request)?;
        Ok(found.first().is_some_and(|found| found.chain == record.chain))
    }

    fn write(&mut self) -> Result<(), AdoptPlanError> {
        let records = std::mem::take(&mut self.records);
        self.bytes = 0;
        if records.is_empty() {
            return Ok(());
        }
        let count = records.len() as u64;
        self.log.adopt(self.plan, records)?;
        self.added += count;
        Ok(())
    }
}
