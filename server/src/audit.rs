//! The log that outsiders can check: a tree per plan, signed checkpoints, witnesses' cosignatures, proofs.
//!
//! # Why it exists
//!
//! `schema::audit` says what a proof is; here are the files, the keys, the time and the sockets of it. A plan's log
//! is published under the name of its plan and incarnation, so a restore from backup is another log, openly.
//!
//! # Invariants
//!
//! - Only durable events are followed, and nothing is signed, published or answered before it is durable itself.
//! - Writing never waits for anything here.
//! - The log, not these files, is the truth: they can be built again. What was signed cannot, and binds.
//!
//! # Reading order
//!
//! [`tree_files`] (hashes on disk), [`opening`] (going on after a restart), [`state`] (what was signed), [`plan_log`]
//! (what readers ask), [`signing`] (the thread that signs), [`witnesses`] and [`witness_client`] (who else signs);
//! [`held`], [`signed`] and [`checking`] hold a log against what was signed of it, [`same_keys`] the keys; [`noted`] tells
//! that anything was.

pub mod alarm;
mod bell;
pub mod chain_mark;
pub mod checking;
pub mod held;
pub mod noted;
pub mod opening;
pub mod plan_log;
pub mod same_keys;
pub mod signed;
mod signing;
pub mod state;
pub mod tree_files;
mod witness_client;
pub mod witnesses;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use schema::audit::note::{KeyName, NoteError};
use schema::audit::{Extent, LogKey, PlanOrigin, Proof, SignedCheckpoint, Trust};
use schema::ids::{IncarnationId, PlanId, TimestampMs};
use schema::limits::{AUDIT_FOLLOW_MS, CHECKPOINT_INTERVAL_MS, CHECKPOINT_WAIT_MS};
use schema::log::Record;
use tokio::sync::watch;

pub use alarm::{Alarm, AlarmKind};
pub use plan_log::{Consistency, PlanLog, ProveError};
pub use state::{Progress, Stamped, State, TroubleKind};
pub use witnesses::WitnessConfig;

use self::bell::Bell;
use self::opening::TreeError;
use self::signing::Signing;
use self::witness_client::WitnessClient;
use crate::clock;
use crate::keys::{KeyPeriod, Keys, KeysError};
use crate::log::EventLog;

/// The name of the published logs in the data directory.
const DIRECTORY: &str = "audit";

/// How it works.
#[derive(Debug, Clone)]
pub struct AuditConfig {
    /// Time between two checkpoints of a plan, at least.
    pub interval_ms: u64,
    /// Who is asked to cosign.
    pub witnesses: WitnessConfig,
    /// The clock.
    pub now: fn() -> TimestampMs,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            interval_ms: CHECKPOINT_INTERVAL_MS,
            witnesses: WitnessConfig::default(),
            now: clock::now_ms,
        }
    }
}

/// Why logs cannot be published or signed.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The files below `data/audit`.
    #[error("the audit files in {0} cannot be used")]
    Files(String, #[source] std::io::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// There is nothing to sign with.
    #[error("there is no key to sign with")]
    NoKey,
    /// More signatures than a note may have.
    #[error("a checkpoint cannot carry its signatures")]
    Note(#[from] NoteError),
}

/// The published logs of a server. Clones share them.
#[derive(Clone)]
pub struct Audit {
    shared: Arc<Shared>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

struct Shared {
    data: PathBuf,
    directory: PathBuf,
    log: Arc<dyn EventLog>,
    keys: Keys,
    config: AuditConfig,
    plans: RwLock<BTreeMap<PlanId, Arc<PlanLog>>>,
    bell: Bell,
    witness_bells: Vec<Arc<Bell>>,
    changed: watch::Sender<u64>,
}

/// The newest checkpoint signed of a plan in a data directory that no server serves.
///
/// # Errors
/// When what was signed cannot be read.
pub fn newest_checkpoint(
    data: &Path,
    plan: PlanId,
    incarnation: IncarnationId,
) -> std::io::Result<Option<String>> {
    let directory = directory_of(&data.join(DIRECTORY), plan, incarnation);
    let (state, _) = State::load(&directory, &signers(data, PlanOrigin { plan, incarnation }))?;
    Ok(state.newest.map(|newest| newest.note.to_string()))
}

/// What is known beside a plan's audit files of who signed there.
#[derive(Debug, Clone, Default)]
pub struct Signers {
    /// The keys that ever did.
    pub keys: Vec<LogKey>,
    /// Whether any did.
    pub have_signed: bool,
}

/// Who signed a plan's log in a data directory, as far as that can be read.
#[must_use]
pub fn signers(data: &Path, origin: PlanOrigin) -> Signers {
    let periods = Keys::of(data).periods(&name_of(origin)).unwrap_or_default();
    Signers {
        keys: periods.into_iter().map(|period| period.key).collect(),
        have_signed: noted::all(data).is_ok_and(|noted| noted.contains(&origin)),
    }
}

/// Whether there is what signing needs, or it can be made. Writes nothing.
///
/// # Errors
/// [`AuditError`] when keys are lost, damaged or not those that signed here.
pub fn ensure_signable(data: &Path) -> Result<(), AuditError> {
    Keys::of(data).are_there(has_signed(data)?)?;
    same_keys::ensure_all(data)
}

/// Whether anything was signed in a data directory.
fn has_signed(data: &Path) -> Result<bool, AuditError> {
    let noted = noted::all(data).map_err(unusable(data))?;
    Ok(data.join(DIRECTORY).exists() || !noted.is_empty())
}

fn unusable(path: &Path) -> impl FnOnce(std::io::Error) -> AuditError {
    let path = path.display().to_string();
    move |error| AuditError::Files(path, error)
}

/// Where a plan's files are.
fn directory_of(audit: &Path, plan: PlanId, incarnation: IncarnationId) -> PathBuf {
    audit.join(plan.to_string()).join(incarnation.to_string())
}

impl Audit {
    /// The published logs of a data directory, to read. A key is made if nothing was signed here yet.
    ///
    /// # Errors
    /// [`AuditError`] when files or keys cannot be used.
    pub fn open(log: Arc<dyn EventLog>, data: &Path, config: AuditConfig) -> Result<Self, AuditError> {
        let directory = data.join(DIRECTORY);
        let keys = Keys::of(data);
        let witness_bells = config
            .witnesses
            .witnesses
            .iter()
            .map(|_| Arc::default())
            .collect();
        let shared = Shared {
            data: data.to_owned(),
            directory,
            log,
            keys,
            config,
            plans: RwLock::default(),
            bell: Bell::default(),
            witness_bells,
            changed: watch::channel(0).0,
        };
        shared.keys.ensure(has_signed(data)?)?;
        let mut signed = Vec::new();
        for plan in shared.log.plans() {
            let plan_log = shared.plan_or_new(plan)?;
            signed.extend((plan_log.signed_size() > 0).then(|| plan_log.origin()));
        }
        noted::note(data, signed).map_err(unusable(data))?;
        Ok(Self {
            shared: Arc::new(shared),
            threads: Arc::default(),
        })
    }

    /// Follows the log, signs, and asks witnesses, until [`Audit::close`]. Inside a tokio runtime.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(&self, mut grown: watch::Receiver<u64>) -> std::io::Result<()> {
        let signing = Signing::new(self.shared.clone());
        let mut threads = vec![spawn("audit", move || signing.run())?];
        for (witness, bell) in self
            .shared
            .config
            .witnesses
            .witnesses
            .iter()
            .zip(&self.shared.witness_bells)
        {
            let client = WitnessClient {
                shared: self.shared.clone(),
                witness: witness.clone(),
                bell: bell.clone(),
            };
            // Not waited for at the end: it may be in the middle of a question to somebody who does not answer.
            drop(spawn("witness", move || client.run())?);
        }
        self.threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .append(&mut threads);
        let shared = Arc::downgrade(&self.shared);
        tokio::spawn(async move {
            while grown.changed().await.is_ok() {
                let Some(shared) = shared.upgrade() else { return };
                shared.bell.ring();
                drop(shared);
                // While people type, the log grows hundreds of times a second, and the thread looks twice.
                tokio::time::sleep(Duration::from_millis(AUDIT_FOLLOW_MS)).await;
            }
        });
        self.shared.bell.ring();
        Ok(())
    }

    /// Ends the threads. What is being signed is finished.
    pub fn close(&self) {
        self.shared.bell.stop();
        for bell in &self.shared.witness_bells {
            bell.stop();
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("the audit thread ended by a panic");
            }
        }
    }

    /// A plan's published log; none for a plan without events.
    #[must_use]
    pub fn plan(&self, plan: PlanId) -> Option<Arc<PlanLog>> {
        if let Some(known) = self.shared.known(plan) {
            return Some(known);
        }
        if self.shared.log.next_position(plan).0 == 0 {
            return None;
        }
        self.shared.plan_or_new(plan).ok()
    }

    /// Waits until a checkpoint holds the event at `index`. False when that takes too long, or nothing is signed.
    pub async fn signed(&self, plan_log: &PlanLog, index: u64) -> bool {
        let mut changed = self.shared.changed.subscribe();
        let waiting = async {
            while plan_log.signed_size() <= index && !plan_log.is_in_doubt() {
                self.shared.bell.ask(plan_log.origin().plan);
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        let in_time = tokio::time::timeout(Duration::from_millis(CHECKPOINT_WAIT_MS), waiting).await;
        in_time.is_ok() && plan_log.signed_size() > index
    }

    /// Proves an event. One that is not what was signed raises the alarm: nothing is signed any more.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn prove(&self, plan_log: &PlanLog, record: &Record, extent: Extent) -> Result<Proof, ProveError> {
        let proved = plan_log.prove(record, extent);
        if let Err(ProveError::NotAsSigned(index)) = proved {
            let alarm = Alarm::changed(plan_log.signed_size(), Some(index), self.shared.now());
            plan_log.set_alarm(Some(alarm));
            plan_log.doubt(index);
        }
        proved
    }

    /// The keys of a plan's log and when they sign, oldest first.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn keys(&self, origin: PlanOrigin) -> Result<Vec<KeyPeriod>, KeysError> {
        self.shared.keys.periods(&name_of(origin))
    }

    /// The server's keys under a name that fits a prefix of origins.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn keys_under(&self, name: &KeyName) -> Result<Vec<KeyPeriod>, KeysError> {
        self.shared.keys.periods(name)
    }

    /// What one must believe to check a checkpoint: the keys that signed it, and the witnesses.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn trust(&self, origin: PlanOrigin, checkpoint: &SignedCheckpoint) -> Result<Trust, KeysError> {
        let signed = |key: &LogKey| matches!(checkpoint.note().is_signed_by(key), Ok(true));
        let keys = self.keys(origin)?.into_iter().map(|period| period.key);
        Ok(Trust {
            origin,
            log_keys: keys.filter(signed).collect(),
            quorum: self.shared.config.witnesses.quorum.clone(),
        })
    }

    /// The witnesses that are asked.
    #[must_use]
    pub fn witnesses(&self) -> &WitnessConfig {
        &self.shared.config.witnesses
    }

    /// Every alarm, with its plan.
    #[must_use]
    pub fn alarms(&self) -> Vec<(PlanId, Alarm)> {
        let of_plan = |(plan, log): (PlanId, Arc<PlanLog>)| {
            log.state().alarms().into_iter().map(move |alarm| (plan, alarm))
        };
        self.shared.plans().into_iter().flat_map(of_plan).collect()
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

fn name_of(origin: PlanOrigin) -> KeyName {
    origin
        .to_string()
        .parse()
        .expect("the origin of a plan is a key name")
}

impl Shared {
    fn now(&self) -> TimestampMs {
        (self.config.now)()
    }

    fn plans(&self) -> Vec<(PlanId, Arc<PlanLog>)> {
        let plans = self.plans.read().unwrap_or_else(PoisonError::into_inner);
        plans.iter().map(|(plan, log)| (*plan, log.clone())).collect()
    }

    fn known(&self, plan: PlanId) -> Option<Arc<PlanLog>> {
        self.plans
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&plan)
            .cloned()
    }

    fn plan_or_new(&self, plan: PlanId) -> Result<Arc<PlanLog>, AuditError> {
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = plans.get(&plan) {
            return Ok(known.clone());
        }
        let origin = PlanOrigin {
            plan,
            incarnation: self.log.incarnation(),
        };
        let directory = directory_of(&self.directory, plan, origin.incarnation);
        // What cannot be read is refused here.
        self.keys.periods(&name_of(origin))?;
        let opened = PlanLog::open(origin, directory.clone(), &signers(&self.data, origin));
        let opened = Arc::new(opened.map_err(unusable(&directory))?);
        plans.insert(plan, opened.clone());
        Ok(opened)
    }

    fn tell_changed(&self) {
        self.changed.send_modify(|times| *times = times.wrapping_add(1));
    }

    fn ring_witnesses(&self) {
        for bell in &self.witness_bells {
            bell.ring();
        }
    }
}
