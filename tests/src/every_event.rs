//! All that a log holds of a plan, page by page, as tests compare it before and after something happened to it.

use schema::ids::PlanId;
use schema::log::Record;
use schrijftafel_server::log::{Direction, EventLog, ReadRequest, Selector};

/// Every event of a plan, first to last.
///
/// # Panics
/// When one cannot be read.
#[must_use]
pub fn every_event(log: &(impl EventLog + ?Sized), plan: PlanId) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let page = log.read(&ReadRequest {
            plan,
            selector: Selector::All,
            from: records.len() as u64,
            direction: Direction::Forward,
            limit: 4_096,
        });
        let page = page.expect("a log that can be read");
        if page.is_empty() {
            return records;
        }
        records.extend(page);
    }
}
