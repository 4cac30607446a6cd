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

use schema::audit::{Frontier, TreeHead};
use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Record;

use super::opening::leaf_hash;
use super::state::State;
use super::{DIRECTORY, directory_of};
use crate::log::{EventLog, ReadError};

/// The newest checkpoint of each plan of one life of a log, and what was read of the plan so far.
#[derive(Debug, Default)]
pub struct Signed(BTreeMap<PlanId, Held>);

#[derive(Debug)]
struct Held {
    signed: TreeHead,
    read: Frontier,
}

impl Signed {
    /// What was signed in a data directory; nothing where nothing was.
    ///
    /// # Errors
    /// When a checkpoint is there and cannot be read.
    pub fn of(data: &Path, incarnation: IncarnationId) -> io::Result<Self> {
        let audit = data.join(DIRECTORY);
        let entries = match fs::read_dir(&audit) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            entries => entries?,
        };
        let mut plans = BTreeMap::new();
        for entry in entries {
            let Ok(plan) = entry?.file_name().to_string_lossy().parse::<PlanId>() else {
                continue;
            };
            let Some(newest) = State::load(&directory_of(&audit, plan, incarnation))?.newest else {
                continue;
            };
            let held = Held {
                signed: newest.head(),
                read: Frontier::new(),
            };
            plans.insert(plan, held);
        }
        Ok(Self(plans))
    }

    /// Where each plan ended when it was last signed.
    pub fn ends(&self) -> impl Iterator<Item = (PlanId, Position)> + '_ {
        self.0
            .iter()
            .map(|(plan, held)| (*plan, Position(held.signed.size)))
    }

    /// Whether the log still has everything that was signed, by its ends alone.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] naming the first event of the first plan that is gone.
    pub fn check_ends<L: EventLog + ?Sized>(&self, log: &L) -> Result<(), ReadError> {
        for (plan, signed) in self.ends() {
            let end = log.next_position(plan);
            if end < signed {
                return Err(corrupt(
                    plan,
                    end,
                    format!("it is missing, though {signed} events were signed"),
                ));
            }
        }
        Ok(())
    }

    /// Takes in the next event of a plan, from its first on.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] at the last signed event, when what was read up to there is not what was signed.
    pub fn take(&mut self, plan: PlanId, record: &Record) -> Result<(), ReadError> {
        let Some(held) = self.0.get_mut(&plan) else {
            return Ok(());
        };
        if held.read.size() >= held.signed.size {
            return Ok(());
        }
        let position = record.envelope.position;
        let full = held.read.append(leaf_hash(plan, record), |_, _| {});
        full.map_err(|full| corrupt(plan, position, full.to_string()))?;
        if held.read.size() < held.signed.size || held.read.head() == held.signed {
            return Ok(());
        }
        let what = "the events up to here are not those that were signed; `schrijftafel audit check` names the first";
        Err(corrupt(plan, position, what.to_owned()))
    }
}

const fn corrupt(plan: PlanId, position: Position, what: String) -> ReadError {
    ReadError::Corrupt { plan, position, what }
}
