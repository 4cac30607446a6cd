//! Whether events of texts stand where they may, asked of every record while a log is checked.
//!
//! Why it stands beside the engines: they prove that a log is the one that was written, whatever it says. This asks
//! whether what was written reaches its readers ([`schema::text::order`]). A log that fails here serves as before.

use std::collections::BTreeMap;

use schema::ids::PlanId;
use schema::log::Record;
use schema::text::order::TextOrder;

use super::engine::{Engine, Verified};
use super::{Check, EventLog, ReadError, upkeep};

#[cfg(test)]
mod tests;

/// The order of texts in every plan of a log.
#[derive(Debug, Default)]
struct Orders(BTreeMap<PlanId, TextOrder>);

impl Orders {
    fn take(&mut self, plan: PlanId, record: &Record) -> Result<(), ReadError> {
        let order = self.0.entry(plan).or_default();
        let position = record.envelope.position;
        order
            .take(&record.envelope)
            .map_err(|fault| ReadError::Misplaced {
                plan,
                position,
                fault,
            })
    }
}

/// Reads and checks everything of a log: what its engine checks, the order of texts, and what `also` asks of every record.
///
/// # Errors
/// [`ReadError`] naming plan and position of the first fault.
pub fn verify_also(log: &dyn Engine, also: Check<'_>) -> Result<Verified, ReadError> {
    let mut orders = Orders::default();
    log.verify_also(&mut |plan, record| {
        orders.take(plan, record)?;
        also(plan, record)
    })
}

/// [`verify_also`] without asking more.
///
/// # Errors
/// The same.
pub fn verify(log: &dyn Engine) -> Result<Verified, ReadError> {
    verify_also(log, &mut |_, _| Ok(()))
}

/// Proves every event of a plan to follow the one before, and to stand where it may; answers how many.
///
/// # Errors
/// [`ReadError`] with the first fault.
pub fn prove<L: EventLog + ?Sized>(log: &L, plan: PlanId) -> Result<u64, ReadError> {
    prove_also(log, plan, &mut |_, _| Ok(()))
}

/// [`prove`], and asks `also` of every record.
///
/// # Errors
/// The same.
pub fn prove_also<L: EventLog + ?Sized>(log: &L, plan: PlanId, also: Check<'_>) -> Result<u64, ReadError> {
    let mut orders = Orders::default();
    upkeep::prove(log, plan, &mut |plan, record| {
        orders.take(plan, record)?;
        also(plan, record)
    })
}
