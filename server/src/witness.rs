//! A witness of its own (C2SP `tlog-witness`): what a party runs to watch other people's logs.
//!
//! # Why it exists
//!
//! That nobody rewrites history unseen, the one who runs the server included, rests on somebody else remembering. This
//! program remembers: per log one size and one root. It needs no log, no accounts and no trust in the server.
//!
//! # Invariants
//!
//! - What it promises is durable before it answers; a state never goes backwards.
//! - One data directory belongs to one running witness, and its key to that directory: a key without its states has
//!   forgotten what it promised and may not sign again.
//!
//! Reading order: [`config`] (which logs), [`store`] (what it promised), [`refused`] (what it did not), [`http`] (how it is
//! asked).

pub mod config;
pub mod http;
pub mod refused;
pub mod store;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schema::audit::WitnessSigner;
use schema::audit::note::KeyName;
use schema::audit::witness::Rules;
use schema::ids::TimestampMs;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::store::Store;
use crate::clock;
use crate::durable::{self, Readers};

const KEY_FILE: &str = "witness-key.json";
const STATES: &str = "states";
const LOCK_FILE: &str = "lock";

/// A witness over a data directory. Clones share it.
#[derive(Clone)]
pub struct Witness {
    shared: Arc<Shared>,
}

struct Shared {
    signer: WitnessSigner,
    rules: Rules,
    store: Store,
    now: fn() -> TimestampMs,
    /// Held for as long as the witness lives.
    _alone: File,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredKey {
    name: String,
    seed: Zeroizing<String>,
}

impl Witness {
    /// Opens the witness of a data directory, or makes one under `name`.
    ///
    /// # Errors
    /// When the directory is in use, was damaged, belongs to a witness of another name, or lost what it promised.
    pub fn open(data: &Path, name: Option<&str>, rules: Rules) -> Result<Self> {
        Self::with_clock(data, name, rules, clock::now_ms)
    }

    pub(crate) fn with_clock(
        data: &Path,
        name: Option<&str>,
        rules: Rules,
        now: fn() -> TimestampMs,
    ) -> Result<Self> {
        durable::make_directory(data, Readers::Owner)
            .with_context(|| format!("cannot make {}", data.display()))?;
        let alone = File::create(data.join(LOCK_FILE)).context("cannot make the lock file")?;
        if alone.try_lock().is_err() {
            bail!("{} is in use by another witness", data.display());
        }
        let states = data.join(STATES);
        let signer = match durable::read(&data.join(KEY_FILE))? {
            Some(bytes) => {
                ensure!(
                    states.is_dir(),
                    "the key is here but what it promised is gone: retire this witness and start another one under a \
                     new name"
                );
                stored_key(&bytes, name)?
            }
            None => {
                let name =
                    name.context("a new witness needs a name: --name, for example witness.gemeente.example")?;
                durable::make_directory(&states, Readers::Default)?;
                new_key(data, name.parse()?)?
            }
        };
        Ok(Self {
            shared: Arc::new(Shared {
                signer,
                rules,
                store: Store::open(states)?,
                now,
                _alone: alone,
            }),
        })
    }

    /// What verifies its cosignatures.
    #[must_use]
    pub fn vkey(&self) -> String {
        self.shared.signer.verifier().to_string()
    }
}

fn stored_key(bytes: &[u8], name: Option<&str>) -> Result<WitnessSigner> {
    let stored: StoredKey =
        serde_json::from_slice(bytes).with_context(|| format!("{KEY_FILE} does not hold a key"))?;
    if let Some(asked) = name {
        ensure!(
            asked == stored.name,
            "this witness is called {}, not {asked}: a new name is a new witness, in a directory of its own",
            stored.name
        );
    }
    let seed = Zeroizing::new(STANDARD.decode(stored.seed.as_bytes())?);
    let seed: Zeroizing<[u8; 32]> =
        Zeroizing::new(seed.as_slice().try_into().context("a seed has 32 bytes")?);
    Ok(WitnessSigner::from_seed(stored.name.parse()?, &seed))
}

fn new_key(data: &Path, name: KeyName) -> Result<WitnessSigner> {
    let seed = Zeroizing::new(clock::random_bytes::<32>());
    let stored = StoredKey {
        name: name.to_string(),
        seed: Zeroizing::new(STANDARD.encode(seed.as_slice())),
    };
    let text = Zeroizing::new(serde_json::to_vec_pretty(&stored)?);
    durable::replace(&data.join(KEY_FILE), &text, Readers::Owner)?;
    Ok(WitnessSigner::from_seed(name, &seed))
}
