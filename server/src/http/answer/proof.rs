//! `EventProof`, `ConsistencyProof`, `WitnessState`: what pages show of signatures and witnesses.

use schema::audit::{PlanOrigin, Proof, TreeHash, TreeHead, Trust, WitnessKey};
use schema::ids::{PartyId, Position, TimestampMs};
use serde::Serialize;

use crate::audit::witnesses::ConfiguredWitness;
use crate::audit::{
    Alarm, AlarmKind, Consistency, PlanLog, Progress, Stamped, State, TroubleKind, WitnessConfig,
};
use crate::http::time;
use crate::views::PlanView;

/// `EventProof`.
#[derive(Debug, Serialize)]
pub struct EventProof {
    proof: Proof,
    trust: Trust,
    shown: &'static str,
}

impl EventProof {
    /// A proof, and what this server says one must believe to check it.
    #[must_use]
    pub fn of(proof: Proof, trust: Trust) -> Self {
        let shown = match &proof.disclosure.envelope {
            None => "leaf",
            Some(opened) if opened.payload.is_none() => "envelope",
            Some(_) => "everything",
        };
        Self { proof, trust, shown }
    }
}

#[derive(Debug, Serialize)]
struct Head {
    size: u64,
    root: TreeHash,
}

impl From<TreeHead> for Head {
    fn from(TreeHead { size, root }: TreeHead) -> Self {
        Self { size, root }
    }
}

/// `ConsistencyProof`.
#[derive(Debug, Serialize)]
pub struct ConsistencyAnswer {
    origin: String,
    from: Head,
    to: Head,
    path: Vec<TreeHash>,
    checkpoint: Option<String>,
}

impl ConsistencyAnswer {
    /// What was proved.
    #[must_use]
    pub fn of(origin: PlanOrigin, proved: Consistency) -> Self {
        Self {
            origin: origin.to_string(),
            from: proved.old.into(),
            to: proved.new.into(),
            path: proved.path,
            checkpoint: proved.checkpoint.map(|note| note.to_string()),
        }
    }
}

/// `WitnessState`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WitnessState {
    origin: String,
    event_count: Position,
    checkpoint: Option<Checkpoint>,
    witnessed: Option<Checkpoint>,
    required: usize,
    is_met: bool,
    witnesses: Vec<WitnessProgress>,
    alarms: Vec<AuditAlarm>,
}

/// `SignedCheckpoint`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checkpoint {
    size: u64,
    root: TreeHash,
    signed_at: String,
    note: String,
}

/// `WitnessProgress`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WitnessProgress {
    id: String,
    party_id: Option<PartyId>,
    party_name: Option<String>,
    keys: Vec<WitnessKey>,
    state: &'static str,
    cosigned_size: u64,
    cosigned_at: Option<String>,
    detail: Option<String>,
}

/// `AuditAlarm`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditAlarm {
    kind: AlarmKind,
    detail: String,
    at: String,
    position: Option<Position>,
    witness_id: Option<String>,
}

impl WitnessState {
    /// The state of a plan's log now.
    #[must_use]
    pub fn of(view: &PlanView, plan_log: &PlanLog, config: &WitnessConfig, events: Position) -> Self {
        let state = plan_log.state();
        let size_of = |known: &Option<std::sync::Arc<Stamped>>| known.as_ref().map(|known| known.head().size);
        let shown = |known: &Option<std::sync::Arc<Stamped>>| known.as_deref().map(Checkpoint::of);
        let progress = |witness: &ConfiguredWitness| WitnessProgress::of(view, witness, &state);
        Self {
            origin: plan_log.origin().to_string(),
            event_count: events,
            checkpoint: shown(&state.newest),
            witnessed: shown(&state.witnessed),
            required: config.quorum.required(),
            is_met: state.witnessed.is_some() && size_of(&state.witnessed) == size_of(&state.newest),
            witnesses: config.witnesses.iter().map(progress).collect(),
            alarms: state.alarms().into_iter().map(AuditAlarm::from).collect(),
        }
    }
}

impl Checkpoint {
    fn of(stamped: &Stamped) -> Self {
        let TreeHead { size, root } = stamped.head();
        Self {
            size,
            root,
            signed_at: time::format(stamped.signed_at),
            note: stamped.note.to_string(),
        }
    }
}

impl WitnessProgress {
    fn of(view: &PlanView, witness: &ConfiguredWitness, state: &State) -> Self {
        let progress = state.witnesses.get(&witness.id).cloned().unwrap_or_default();
        let name = |party| view.party_name(party).map(ToString::to_string);
        let newest = state.newest.as_ref().map_or(0, |newest| newest.head().size);
        let seconds = |at: u64| time::format(TimestampMs(at.saturating_mul(1_000)));
        Self {
            id: witness.id.to_string(),
            party_id: witness.party,
            party_name: witness.party.and_then(name),
            keys: witness.keys.clone(),
            state: state_of(&progress, newest),
            cosigned_size: progress.cosigned_size,
            cosigned_at: progress.cosigned_at.map(seconds),
            detail: progress.trouble.map(|trouble| trouble.detail),
        }
    }
}

fn state_of(progress: &Progress, newest: u64) -> &'static str {
    match progress.trouble.as_ref().map(|trouble| trouble.kind) {
        Some(TroubleKind::Refused | TroubleKind::Ahead) => "refused",
        Some(TroubleKind::Failing) => "failing",
        None if progress.cosigned_size >= newest && newest > 0 => "cosigned",
        None => "behind",
    }
}

impl From<Alarm> for AuditAlarm {
    fn from(alarm: Alarm) -> Self {
        Self {
            kind: alarm.kind,
            detail: alarm.detail,
            at: time::format(alarm.at),
            position: alarm.position,
            witness_id: alarm.witness.map(|id| id.to_string()),
        }
    }
}
