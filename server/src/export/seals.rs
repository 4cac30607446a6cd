//! What was signed of a plan's log, as an export carries it along.
//!
//! Why it exists: an export is checked without the server, so the keys, the witnesses and the newest checkpoint travel
//! with it. A running server has them at hand; a command finds them in the data directory.

use std::path::{Path, PathBuf};

use schema::audit::PlanOrigin;
use schema::audit::quorum::Witness;
use schema::export::{KeyPeriod, Seals};

use super::CheckpointSource;
use crate::audit::state::State;
use crate::audit::{Audit, PlanLog, WitnessConfig, signers};
use crate::keys::{self, Keys, KeysError};
use schema::date_time as time;

impl CheckpointSource for Audit {
    fn seals(&self, origin: PlanOrigin) -> Seals {
        let published = self.plan(origin.plan);
        let state = published.as_ref().map(|published| published.state());
        made_of(
            state.as_deref(),
            self.keys(origin),
            self.witnesses().quorum.witnesses(),
        )
    }
}

/// The audit files of a data directory that no server has open.
#[derive(Debug)]
pub struct AuditFiles {
    data: PathBuf,
    witnesses: Vec<Witness>,
}

impl AuditFiles {
    /// Of a data directory.
    ///
    /// # Errors
    /// When the file that names the witnesses cannot be read.
    pub fn of(data: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            data: data.to_owned(),
            witnesses: WitnessConfig::read(data)?.quorum.witnesses().to_vec(),
        })
    }
}

impl CheckpointSource for AuditFiles {
    fn seals(&self, origin: PlanOrigin) -> Seals {
        let directory = self
            .data
            .join("audit")
            .join(origin.plan.to_string())
            .join(origin.incarnation.to_string());
        let published = directory
            .is_dir()
            .then(|| PlanLog::open(origin, directory, &signers(&self.data, origin)).ok())
            .flatten();
        let state = published.map(|published| published.state());
        let keys = origin
            .to_string()
            .parse()
            .map_or_else(|_| Ok(Vec::new()), |name| Keys::of(&self.data).periods(&name));
        made_of(state.as_deref(), keys, &self.witnesses)
    }
}

fn made_of(
    state: Option<&State>,
    keys: Result<Vec<keys::KeyPeriod>, KeysError>,
    witnesses: &[Witness],
) -> Seals {
    let keys = keys.unwrap_or_else(|error| {
        tracing::warn!("an export goes without keys: {error}");
        Vec::new()
    });
    Seals {
        keys: keys
            .into_iter()
            .map(|period| KeyPeriod {
                key: period.key,
                from: Some(time::format(period.from)),
                until: period.until.map(time::format),
            })
            .collect(),
        witnesses: witnesses.to_vec(),
        checkpoint: state.and_then(|state| Some(state.newest.as_ref()?.note.clone())),
    }
}
