//! The thread that follows the log, grows the trees and signs checkpoints.
//!
//! # Why it exists
//!
//! Writing must not wait for audit: this thread reads what is durable, at its own pace. It is the only one that signs,
//! so nobody can sign two futures of one log.
//!
//! # Invariants
//!
//! - Signed is only a tree that grew, whose files are flushed, and that still gives the last signed root.
//! - A clock that went back makes a plan due; it never stops signing.
//! - What is wrong with one plan does not hold up another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use schema::audit::{Checkpoint, LogSigner, SignedCheckpoint};
use schema::ids::PlanId;
use schema::limits::{AUDIT_FOLLOW_EVENTS_MAX, AUDIT_FOLLOW_MS, CHECKPOINT_ON_DEMAND_MS};

use super::alarm::Alarm;
use super::chain_mark::ChainMark;
use super::noted;
use super::opening::{self, TreeError};
use super::plan_log::PlanLog;
use super::same_keys;
use super::state::Stamped;
use super::tree_files::GrowingTree;
use super::{AuditError, Shared};

/// How long the thread sleeps when it hears nothing: a plan whose checkpoint waits for its minute is looked at then.
const REST: Duration = Duration::from_secs(1);

/// Rounds, of a second or so, before files that could not be read are tried again.
const ROUNDS_AFTER_ERROR: u32 = 5;
/// Rounds before a log that is not what was signed is read again, which may take minutes of work.
const ROUNDS_AFTER_ALARM: u32 = 600;

pub(super) struct Signing {
    shared: Arc<Shared>,
    trees: BTreeMap<PlanId, GrowingTree>,
    wanted: BTreeSet<PlanId>,
    /// Plans that are in trouble, and for how many rounds they are left alone.
    resting: BTreeMap<PlanId, u32>,
}

impl Signing {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            trees: BTreeMap::new(),
            wanted: BTreeSet::new(),
            resting: BTreeMap::new(),
        }
    }

    /// Until the server ends.
    pub(super) fn run(mut self) {
        loop {
            let heard = self.shared.bell.hear(REST);
            if heard.stop {
                return;
            }
            self.wanted.extend(heard.asked);
            if self.wanted.is_empty() {
                // While people type, events come by the dozen per second; one look takes them all.
                self.shared.bell.gather(Duration::from_millis(AUDIT_FOLLOW_MS));
                let more = self.shared.bell.hear(Duration::ZERO);
                if more.stop {
                    return;
                }
                self.wanted.extend(more.asked);
            }
            self.round();
        }
    }

    /// Somebody waits for a checkpoint of a plan.
    #[cfg(test)]
    pub(super) fn want(&mut self, plan: PlanId) {
        self.wanted.insert(plan);
    }

    /// Looks at every plan once.
    pub(super) fn round(&mut self) {
        for plan in self.shared.log.plans() {
            if self.is_resting(plan) {
                continue;
            }
            let Ok(plan_log) = self.shared.plan_or_new(plan) else {
                tracing::error!(%plan, "the audit files of plan {plan} cannot be made");
                continue;
            };
            if let Err(error) = self.look_at(plan, &plan_log) {
                // Whatever failed is opened and checked anew; the alarm stays until that went well.
                self.trees.remove(&plan);
                self.resting.insert(plan, ROUNDS_AFTER_ERROR);
                plan_log.set_alarm(Some(Alarm::unreadable(&error, self.shared.now())));
            }
        }
    }

    fn is_resting(&mut self, plan: PlanId) -> bool {
        let Some(rounds) = self.resting.get_mut(&plan) else {
            return false;
        };
        *rounds = rounds.saturating_sub(1);
        if *rounds == 0 {
            self.resting.remove(&plan);
        }
        true
    }

    fn look_at(&mut self, plan: PlanId, plan_log: &PlanLog) -> Result<(), AuditError> {
        if plan_log.state().doubted.is_some() {
            self.trees.remove(&plan);
        }
        if !self.trees.contains_key(&plan) {
            match opening::open(self.shared.log.as_ref(), plan_log)? {
                Err(alarm) => {
                    plan_log.set_alarm(Some(alarm));
                    self.resting.insert(plan, ROUNDS_AFTER_ALARM);
                    return Ok(());
                }
                Ok(tree) => {
                    plan_log.set_alarm(None);
                    self.trees.insert(plan, tree);
                }
            }
        }
        let Some(tree) = self.trees.get_mut(&plan) else {
            return Ok(());
        };
        let there = self.shared.log.next_position(plan).0;
        let end = there.min(tree.frontier().size() + AUDIT_FOLLOW_EVENTS_MAX);
        opening::extend(self.shared.log.as_ref(), plan, tree, end)?;
        if end < there {
            self.shared.bell.ring();
        }
        let size = tree.frontier().size();
        if size <= plan_log.signed_size() {
            self.wanted.remove(&plan);
        } else if self.shared.is_due(plan_log, self.wanted.contains(&plan)) && !plan_log.is_in_doubt() {
            sign(&self.shared, plan_log, tree)?;
            self.wanted.remove(&plan);
        }
        Ok(())
    }
}

impl Shared {
    /// Whether enough time went by since the last checkpoint.
    fn is_due(&self, plan_log: &PlanLog, is_wanted: bool) -> bool {
        let state = plan_log.state();
        let Some(newest) = &state.newest else { return true };
        let interval_ms = if is_wanted {
            self.config.interval_ms.min(CHECKPOINT_ON_DEMAND_MS)
        } else {
            self.config.interval_ms
        };
        let now = self.now();
        now < newest.signed_at || now.0 - newest.signed_at.0 >= interval_ms
    }
}

fn sign(shared: &Shared, plan_log: &PlanLog, tree: &mut GrowingTree) -> Result<(), AuditError> {
    tree.sync().map_err(TreeError::Files)?;
    let state = plan_log.state();
    if let Some(newest) = &state.newest {
        let signed = newest.head();
        if plan_log.files().root(signed.size).map_err(TreeError::Files)? != signed.root {
            plan_log.set_alarm(Some(Alarm::changed(signed.size, None, shared.now())));
            return Ok(());
        }
    }
    let now = shared.now();
    let origin = plan_log.origin();
    let name = origin
        .to_string()
        .parse()
        .expect("the origin of a plan is a key name");
    shared.keys.retire(now)?;
    if let Some(newest) = &state.newest {
        same_keys::ensure(&shared.keys, (origin, plan_log.directory()), &newest.note)?;
    }
    let signers = shared.keys.signers(&name, now)?;
    let note = signed_by(Checkpoint::new(origin.origin(), tree.frontier().head()), &signers)?;
    let size = note.checkpoint().head.size;
    let last = opening::read(shared.log.as_ref(), origin.plan, size - 1, 1).map_err(TreeError::Log)?;
    let stamped = Stamped {
        signed_at: now,
        note,
        chain: last.first().map(|record| ChainMark::of(record.chain)),
    };
    plan_log.publish(stamped).map_err(TreeError::Files)?;
    noted::note(&shared.data, [origin]).map_err(TreeError::Files)?;
    tracing::debug!(%origin, size, "signed a checkpoint of {size} events");
    shared.tell_changed();
    shared.ring_witnesses();
    Ok(())
}

fn signed_by(checkpoint: Checkpoint, signers: &[LogSigner]) -> Result<SignedCheckpoint, AuditError> {
    let (newest, older) = signers.split_first().ok_or(AuditError::NoKey)?;
    let mut note = SignedCheckpoint::sign(checkpoint, newest)?;
    for signer in older {
        note.sign_also(signer)?;
    }
    Ok(note)
}
