//! While the log does not write: reading goes on, writing is answered at once with when to try again.
//!
//! # Why it exists
//!
//! A full disk may last an hour. Chapters stay open for their readers; only who wants to write is sent away, with
//! the text kept on the device (rule P2 of `docs/protocol.md`), and comes back by itself.
//!
//! # Invariants
//!
//! - Nothing of a batch that the log refused is visible. What was admitted for it is still in the chapter's evidence,
//!   and after a failed flush its events may stand in the log all the same: the plan takes nothing more until it has
//!   been read again.
//! - Connections are ended only for who writes, and once for everybody when the plan is read again.

use std::collections::BTreeSet;
use std::sync::Arc;

use schema::ids::PlanId;
use schema::limits::{LOG_RETRY_MS, PENDING_CHANGES_MAX};
use schema::wire::{LOG_UNAVAILABLE, Reason};

use super::batch::Part;
use super::growth::let_go;
use super::plan_room::{PlanRoom, Work};
use super::{Core, CoreRefusal, Effect, SessionId, Ticket};
use crate::log::Health;

impl Core {
    /// The shell says whether the log takes appends.
    pub(super) fn log_health(&mut self, health: Health) {
        self.log_stopped = match health {
            Health::Writing => None,
            Health::Stopped { reason } => Some(reason),
        };
        self.resume();
    }

    /// Reads again, once the log writes, every plan that had to stop.
    pub(super) fn resume(&mut self) {
        if self.log_stopped.is_some() {
            return;
        }
        let held_up: Vec<PlanId> = self
            .plans
            .iter()
            .filter(|(_, room)| room.stopped.is_some() || !room.parked.is_empty())
            .map(|(plan, _)| *plan)
            .collect();
        for plan in held_up {
            let Some(mut room) = self.plans.remove(&plan) else {
                continue;
            };
            if room.stopped.is_some() {
                tracing::info!(plan = %plan, "the log writes again, the plan is read again");
                self.abandon(plan, room, &[], "the log writes again");
            } else {
                room.queue.extend(std::mem::take(&mut room.parked));
                self.plans.insert(plan, room);
                self.pump(plan);
            }
        }
    }

    /// The log refused a batch and may have kept it: the plan goes on for readers only.
    pub(super) fn suspend(&mut self, plan: PlanId, mut room: PlanRoom, parts: &[Part], reason: &Arc<str>) {
        tracing::error!(plan = %plan, "append failed, the plan can be read only: {reason}");
        room.stopped = Some(Arc::clone(reason));
        for session in writers_of(parts) {
            self.send_away(session, reason);
        }
        for ticket in tickets_of(parts) {
            self.not_written(ticket, reason);
        }
        self.plans.insert(plan, room);
        self.pump(plan);
    }

    /// Gives back work that may be done now; answers what would write while the log does not.
    pub(super) fn unless_stopped(&mut self, room: &mut PlanRoom, work: Work) -> Option<Work> {
        let Some(reason) = room.stopped.clone().or_else(|| self.log_stopped.clone()) else {
            return Some(work);
        };
        match &work {
            Work::Open { .. } | Work::ReadCopy { .. } | Work::Recall { .. } | Work::Device { .. } => {
                return Some(work);
            }
            Work::Command { request, .. } if room.answers.knows(request.id) => return Some(work),
            Work::Write { request, .. } if room.answers.knows(request.id) => return Some(work),
            Work::Command { ticket, .. } | Work::Write { ticket, .. } => self.not_written(*ticket, &reason),
            Work::Push { session, .. } => self.send_away(*session, &reason),
            // Whoever opens a chapter asks for an actor; that must not cost them the reading.
            Work::Bind { .. } if room.parked.len() < PENDING_CHANGES_MAX => room.parked.push(work),
            Work::Bind { session, .. } => self.send_away(*session, &reason),
            // Said again once the log writes.
            Work::CarriedOut { .. } => room.parked.push(work),
            // Asked again until it is done.
            Work::CloseText { .. } => {}
            // Reading the chapter again finds the failing change again; a long text goes on as it is.
            Work::Succeed { .. } => {
                if !let_go(room, &work) {
                    room.stopped = Some(reason);
                }
            }
        }
        None
    }

    fn send_away(&mut self, session: SessionId, reason: &str) {
        if self.sessions.contains_key(&session) {
            self.end(session, &Reason::new(LOG_UNAVAILABLE, reason), Some(LOG_RETRY_MS));
        }
    }

    fn not_written(&mut self, ticket: Ticket, reason: &Arc<str>) {
        let result = Err(CoreRefusal::NotWriting(Arc::clone(reason)));
        self.effects.push(Effect::CommandAnswer { ticket, result });
    }
}

/// Whose changes are in a batch.
fn writers_of(parts: &[Part]) -> BTreeSet<SessionId> {
    let writer = |part: &Part| match part {
        Part::Text { session, .. } => *session,
        _ => None,
    };
    parts.iter().filter_map(writer).collect()
}

/// Who waits for the answer to a batch.
pub(super) fn tickets_of(parts: &[Part]) -> impl Iterator<Item = Ticket> {
    parts.iter().filter_map(|part| match part {
        Part::Answer { ticket, .. } => Some(*ticket),
        _ => None,
    })
}
