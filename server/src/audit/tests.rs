//! A published log over a log in memory: what it signs, what it proves, and what it refuses to sign.

mod doubt;
mod exchanged_keys;
mod growing;
mod signed;
mod state_file;
mod tampered;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use schema::audit::{Extent, Proof, Quorum, Trust, Verified, proof};
use schema::ids::{EventId, IncarnationId, PlanId, Position, TimestampMs};
use schema::log::{Kind, NewEvent, Salts, Stream, Via, Who};
use tempfile::TempDir;

use super::signing::Signing;
use super::*;
use crate::log::{AppendRequest, MemoryLog};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const START_MS: u64 = 1_790_000_000_000;

/// A log whose salts follow from positions, so that the same events make the same leaves.
fn log_of(incarnation: u8, events: u64, changed: Option<u64>) -> Arc<MemoryLog> {
    let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([incarnation; 16])));
    write(&log, events, changed);
    log
}

fn write(log: &MemoryLog, events: u64, changed: Option<u64>) {
    write_at(log, TimestampMs(START_MS), events, changed);
}

fn write_at(log: &MemoryLog, at: TimestampMs, events: u64, changed: Option<u64>) {
    for _ in 0..events {
        let position = log.next_position(PLAN).0;
        let is_changed = changed == Some(position);
        let event = NewEvent {
            id: EventId::from_bytes(u128::from(position).to_be_bytes()),
            stream: Stream::Plan,
            kind: Kind::new("plan.renamed", 1),
            who: Who::Itself,
            via: Via::Server,
            causation: None,
            correlation: None,
            payload: format!("{{\"title\":\"{position} {is_changed}\"}}")
                .into_bytes()
                .into(),
        };
        let request = AppendRequest {
            plan: PLAN,
            events: vec![event],
            guards: Vec::new(),
        };
        let salt = |which| {
            let mut salt = [which; 32];
            salt[..8].copy_from_slice(&position.to_be_bytes());
            salt
        };
        let mut salts = || Salts {
            envelope: salt(1),
            payload: salt(2),
        };
        let appended = log.append_group(at, &mut salts, vec![request]);
        appended[0].as_ref().unwrap();
    }
}

/// A server's published logs, looked at by hand instead of by a thread.
struct World {
    log: Arc<MemoryLog>,
    data: TempDir,
    audit: Audit,
    signing: Signing,
}

impl World {
    fn of(log: Arc<MemoryLog>) -> Self {
        Self::over(log, tempfile::tempdir().unwrap(), AuditConfig::default())
    }

    fn over(log: Arc<MemoryLog>, data: TempDir, config: AuditConfig) -> Self {
        let audit = Audit::open(log.clone(), data.path(), config).unwrap();
        let mut signing = Signing::new(audit.shared.clone());
        signing.round();
        Self {
            log,
            data,
            audit,
            signing,
        }
    }

    /// The server ends and starts again, perhaps over another log.
    fn restarted(self, log: Arc<MemoryLog>) -> Self {
        let config = self.audit.shared.config.clone();
        Self::over(log, self.data, config)
    }

    fn plan_log(&self) -> Arc<PlanLog> {
        self.audit.plan(PLAN).unwrap()
    }

    fn signed(&self) -> u64 {
        self.plan_log().signed_size()
    }

    fn prove(&self, position: u64) -> Result<Proof, ProveError> {
        let records = opening::read(self.log.as_ref(), PLAN, position, 1).unwrap();
        self.audit
            .prove(&self.plan_log(), &records[0], Extent::Everything)
    }

    #[track_caller]
    fn verified(&self, position: u64) -> Verified {
        let proof = self.prove(position).unwrap();
        let trust: Trust = self
            .audit
            .trust(self.plan_log().origin(), &proof.checkpoint)
            .unwrap();
        assert_eq!(trust.quorum, Quorum::new(0, Vec::new()).unwrap());
        proof::verify(&proof, &trust).unwrap()
    }

    fn alarm(&self) -> Option<(AlarmKind, Option<Position>)> {
        let alarm = self.plan_log().state().alarm.clone()?;
        Some((alarm.kind, alarm.position))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.plan_log().directory().join(name)
    }
}
