//! Comparing a whole log with what was signed of it, event by event, for an operator who wants to be sure.
//!
//! Why it exists: a running server believes its files as far as the last root vouches for them, so an old event that
//! somebody changed on the disk shows only when it is proved. This reads everything.

use schema::audit::Frontier;

use super::alarm::Alarm;
use super::opening::{self, TreeError};
use super::plan_log::PlanLog;
use crate::clock;
use crate::log::EventLog;

/// Events read in one call.
const PAGE: usize = 1_024;

/// Compares a plan's events with its newest checkpoint. Answers how many were compared, or what is wrong.
///
/// # Errors
/// [`TreeError`] when the log cannot be read.
pub fn check(log: &dyn EventLog, plan_log: &PlanLog) -> Result<Result<u64, Alarm>, TreeError> {
    let plan = plan_log.origin().plan;
    let state = plan_log.state();
    let Some(signed) = state.newest.as_ref().map(|newest| newest.head()) else {
        return Ok(Ok(0));
    };
    let files = plan_log.files();
    let has_files = files.root(signed.size).is_ok_and(|root| root == signed.root);
    let (mut frontier, mut differs) = (Frontier::new(), None);
    while frontier.size() < signed.size {
        let next = frontier.size();
        let wanted = usize::try_from(signed.size - next).unwrap_or(PAGE).min(PAGE);
        let records = opening::read(log, plan, next, wanted)?;
        if records.is_empty() {
            // Whoever takes an event out moves those behind it: the first that differs says more than where it ends.
            let alarm = match differs {
                Some(position) => Alarm::changed(signed.size, Some(position), clock::now_ms()),
                None => Alarm::shorter(signed.size, next, clock::now_ms()),
            };
            return Ok(Err(alarm));
        }
        for record in &records {
            let leaf = opening::leaf_hash(plan, record);
            if has_files && differs.is_none() && files.leaf(record.envelope.position.0)? != leaf {
                differs = Some(record.envelope.position.0);
            }
            frontier.append(leaf, |_, _| {}).map_err(std::io::Error::other)?;
        }
    }
    if frontier.head() == signed {
        Ok(Ok(signed.size))
    } else {
        Ok(Err(Alarm::changed(signed.size, differs, clock::now_ms())))
    }
}
