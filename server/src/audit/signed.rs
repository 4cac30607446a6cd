//! What was signed of a log, held against the log as it is: it may be longer, and must begin with that.
//!
//! # Why it exists
//!
//! A log that lost its end looks like a whole, shorter one. How far it had come is written down beside it once a second;
//! a checkpoint is a second witness, on other files, that a server in this same data directory gave away. So whoever
//! checks a log, mends it or opens it to write asks the checkpoints too, without a running server.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use schema::audit::PlanOrigin;
use schema::domain::{Event, plan};
use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::held::{Held, NotAsSigned};
use super::opening::leaf_hash;
use super::state::{DamagedState, Stamped, State};
use super::tree_files::TreeFiles;
use super::{DIRECTORY, directory_of, noted, signers};
use crate::counted::counted;
use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};

/// Recoveries read at a time; a plan has one for each time it was restored.
const RECOVERIES: usize = 1_024;

/// The newest checkpoints in a data directory, of every life of its log.
#[derive(Debug, Default)]
pub struct Lives {
    newest: Vec<Newest>,
    damaged: Vec<(IncarnationId, DamagedState)>,
}

/// The newest checkpoint of a plan in one life of the log.
#[derive(Debug, Clone)]
struct Newest {
    origin: PlanOrigin,
    /// None where only the note is left that there was one.
    stamped: Option<Arc<Stamped>>,
    /// The hashes under it.
    files: TreeFiles,
    /// Where that is written, and how to go on without it.
    way_out: String,
}

/// The newest checkpoint of each plan of one life of a log, and what was read of the plan so far; and what was signed
/// beside it of other lives.
#[derive(Debug, Default)]
pub struct Signed {
    plans: BTreeMap<PlanId, Own>,
    others: Vec<Newest>,
    damaged: Vec<DamagedState>,
}

/// One of its plans.
#[derive(Debug)]
struct Own {
    held: Held,
    newest: Arc<Stamped>,
    files: TreeFiles,
}

/// What was signed and is not in the log.
#[derive(Debug, thiserror::Error)]
pub enum Missed {
    /// Events, from this one on; or the log cannot be read.
    #[error(transparent)]
    Events(#[from] ReadError),
    /// All of another log, of which this one is no restore.
    #[error(
        "{} of plan {} were signed of the log {}, from which it was not restored: put that log back, or restore a backup \
         of it. To go on without it, {way_out}",
        some(*.events), origin.plan, origin.incarnation
    )]
    Log {
        /// Of which plan and log.
        origin: PlanOrigin,
        /// How many, where that is still told.
        events: Option<u64>,
        /// How to go on without it.
        way_out: String,
    },
}

fn some(events: Option<u64>) -> String {
    events.map_or_else(|| "events".to_owned(), |events| counted(events, "event"))
}

impl Lives {
    /// What was signed in a data directory; nothing where nothing was.
    ///
    /// # Errors
    /// When a checkpoint is there and cannot be read.
    pub fn beside(data: &Path) -> io::Result<Self> {
        // What was signed and has no directory any more is missed by its note.
        let noted = noted::all(data)?;
        let mut origins = noted.clone();
        origins.extend(origins_below(&data.join(DIRECTORY))?);
        let mut lives = Self::default();
        for origin in origins {
            lives.take(data, origin, noted.contains(&origin))?;
        }
        Ok(lives)
    }

    fn take(&mut self, data: &Path, origin: PlanOrigin, is_noted: bool) -> io::Result<()> {
        let directory = directory_of(&data.join(DIRECTORY), origin.plan, origin.incarnation);
        let (state, damaged) = State::load(&directory, &signers(data, origin))?;
        self.damaged
            .extend(damaged.map(|damaged| (origin.incarnation, damaged)));
        if state.newest.is_none() && !is_noted {
            return Ok(());
        }
        let written = directory
            .exists()
            .then(|| format!("move {} away", directory.display()));
        let noted = is_noted.then(|| {
            let file = data.join(noted::FILE);
            format!("take the line of that log out of {}", file.display())
        });
        let steps: Vec<String> = written.into_iter().chain(noted).collect();
        self.newest.push(Newest {
            origin,
            stamped: state.newest,
            files: TreeFiles::of(directory),
            way_out: steps.join(" and "),
        });
        Ok(())
    }

    /// The newest checkpoints that are left, each with the log it is of.
    pub fn newest(&self) -> impl Iterator<Item = (PlanOrigin, &Stamped)> {
        let newest = self.newest.iter();
        newest.filter_map(|newest| Some((newest.origin, newest.stamped.as_deref()?)))
    }

    /// The same, for one of the lives.
    #[must_use]
    pub fn of(&self, life: IncarnationId) -> Signed {
        let (own, others): (Vec<Newest>, Vec<Newest>) = self
            .newest
            .iter()
            .cloned()
            .partition(|newest| newest.origin.incarnation == life);
        let held = |own: Newest| {
            let newest = own.stamped?;
            let of_plan = Own {
                held: Held::against(newest.head()),
                newest,
                files: own.files,
            };
            Some((own.origin.plan, of_plan))
        };
        let damaged = self.damaged.iter().filter(|(of, _)| *of == life);
        Signed {
            plans: own.into_iter().filter_map(held).collect(),
            others,
            damaged: damaged.map(|(_, damaged)| damaged.clone()).collect(),
        }
    }
}

impl Signed {
    /// What was signed in a data directory of one life; nothing where nothing was.
    ///
    /// # Errors
    /// When a checkpoint is there and cannot be read.
    pub fn of(data: &Path, life: IncarnationId) -> io::Result<Self> {
        Ok(Lives::beside(data)?.of(life))
    }

    /// The files that should tell what was signed last and do not; an earlier checkpoint stands for each, if there is
    /// one.
    #[must_use]
    pub fn damaged(&self) -> &[DamagedState] {
        &self.damaged
    }

    /// Whether a checkpoint of a plan of this life is left.
    #[must_use]
    pub fn is_signed(&self, plan: PlanId) -> bool {
        self.plans.contains_key(&plan)
    }

    /// Whether a plan was signed here of other lives of the log alone: then only the log itself can say whether it goes on
    /// from them.
    #[must_use]
    pub fn is_of_others_only(&self) -> bool {
        let mut others = self.others.iter();
        others.any(|other| !self.plans.contains_key(&other.origin.plan))
    }

    /// Where each plan ended when it was last signed.
    pub fn ends(&self) -> impl Iterator<Item = (PlanId, Position)> + '_ {
        self.plans
            .iter()
            .map(|(plan, own)| (*plan, Position(own.held.signed().size)))
    }

    /// Whether the log still has everything that was signed, by its ends alone; and goes on from every other life that
    /// was signed here, as a restore says of itself.
    ///
    /// # Errors
    /// [`Missed`] naming the first event of the first plan that is gone, or the log.
    pub fn check_ends<L: EventLog + ?Sized>(&self, log: &L) -> Result<(), Missed> {
        for (plan, signed) in self.ends() {
            let end = log.next_position(plan);
            if end < signed {
                return Err(corrupt(
                    plan,
                    end,
                    format!("it is missing, though {signed} events were signed"),
                )
                .into());
            }
        }
        self.check_lives(log)
    }

    /// The half of [`Self::check_ends`] about other lives.
    ///
    /// # Errors
    /// [`Missed::Log`].
    pub fn check_lives<L: EventLog + ?Sized>(&self, log: &L) -> Result<(), Missed> {
        for other in &self.others {
            if !was_restored_from(log, other.origin)? {
                return Err(Missed::Log {
                    origin: other.origin,
                    events: other.stamped.as_ref().map(|stamped| stamped.head().size),
                    way_out: other.way_out.clone(),
                });
            }
        }
        Ok(())
    }

    /// Takes in the next event of a plan, from its first on.
    ///
    /// # Errors
    /// [`ReadError::NotAsSigned`] at the last signed event, when what was read up to there is not what was signed.
    pub fn take(&mut self, plan: PlanId, record: &Record) -> Result<(), ReadError> {
        match self.plans.get_mut(&plan) {
            Some(own) => Ok(own.held.take(plan, record)?),
            None => Ok(()),
        }
    }

    /// Whether the last signed event of each plan is the one that was signed, as far as what was stored beside the checkpoint
    /// tells: its chain value, which shows any event before it that is another, and the hashes under the checkpoint. Reads one
    /// event a plan; one that cannot be read is told where it is read.
    ///
    /// # Errors
    /// [`NotAsSigned`].
    pub fn check_last<L: EventLog + ?Sized>(&self, log: &L) -> Result<(), NotAsSigned> {
        for (plan, own) in &self.plans {
            let events = own.held.signed().size;
            let Some(last) = events.checked_sub(1) else {
                continue;
            };
            let found = log.read(&ReadRequest {
                plan: *plan,
                selector: Selector::All,
                from: last,
                direction: Direction::Forward,
                limit: 1,
            });
            let is_another = |record: &Record| {
                let chain = own.newest.chain;
                chain.is_some_and(|chain| chain.is_not(&record.chain))
                    || own
                        .files
                        .prove_another(own.held.signed(), last, leaf_hash(*plan, record))
            };
            if found.unwrap_or_default().first().is_some_and(is_another) {
                return Err(NotAsSigned { plan: *plan, events });
            }
        }
        Ok(())
    }
}

/// The logs that have a directory below `audit`.
fn origins_below(audit: &Path) -> io::Result<Vec<PlanOrigin>> {
    let entries = match fs::read_dir(audit) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut origins = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(plan) = entry.file_name().to_string_lossy().parse::<PlanId>() else {
            continue;
        };
        for life in fs::read_dir(entry.path())? {
            if let Ok(incarnation) = life?.file_name().to_string_lossy().parse() {
                origins.push(PlanOrigin { plan, incarnation });
            }
        }
    }
    Ok(origins)
}

/// Whether a plan's log says of itself that it was recovered from a backup of another life.
fn was_restored_from<L: EventLog + ?Sized>(log: &L, from: PlanOrigin) -> Result<bool, ReadError> {
    let recoveries = log.read(&ReadRequest {
        plan: from.plan,
        selector: Selector::KindPrefix("plan.recovered".to_owned()),
        from: 0,
        direction: Direction::Forward,
        limit: RECOVERIES,
    })?;
    Ok(recoveries.iter().any(|record| {
        let envelope = &record.envelope;
        let event = record
            .payload
            .bytes()
            .map(|bytes| Event::read(&envelope.kind, &envelope.stream, bytes));
        matches!(event, Some(Ok(Event::Plan(plan::Event::Recovered(recovery)))) if recovery.incarnation == from.incarnation)
    }))
}

const fn corrupt(plan: PlanId, position: Position, what: String) -> ReadError {
    ReadError::Corrupt { plan, position, what }
}
