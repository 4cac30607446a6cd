//! All that a log holds of a plan, as tests compare it before and after something happened to it.

use schema::ids::{PlanId, Position};
use schema::log::Record;
use schrijftafel_server::log::EventLog;
use schrijftafel_server::log::upkeep::records_from;

/// Every event of a plan, first to last.
///
/// # Panics
/// When one cannot be read.
#[must_use]
pub fn every_event(log: &(impl EventLog + ?Sized), plan: PlanId) -> Vec<Record> {
    let records = records_from(log, plan, Position(0));
    records.collect::<Result<_, _>>().expect("a log that can be read")
}
