//! Which witnesses this server asks: `data/witnesses.toml`.
//!
//! Why it exists: who watches the server is decided by the parties, written down once, and read by people; so it is a
//! short file and not a table in a database. A fault in it is named at the start, before anything is served.

use std::path::Path;

use schema::audit::{Quorum, Witness, WitnessId, WitnessKey};
use schema::ids::PartyId;
use serde::Deserialize;

use crate::durable;

/// Name of the file in the data directory.
pub const WITNESSES_FILE: &str = "witnesses.toml";

/// One witness.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfiguredWitness {
    /// What it is called here, by custom after the party that runs it.
    pub id: WitnessId,
    /// The party that runs it, if it is one of the plan's.
    pub party: Option<PartyId>,
    /// Its address; `/add-checkpoint` follows.
    pub url: String,
    /// Its keys; more than one while keys change.
    pub keys: Vec<WitnessKey>,
}

/// The witnesses and how many of them must cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessConfig {
    /// In the order of the file.
    pub witnesses: Vec<ConfiguredWitness>,
    /// Whose word is enough.
    pub quorum: Quorum,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    required: usize,
    #[serde(default)]
    witness: Vec<ConfiguredWitness>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct WitnessesError {
    file: String,
    fault: String,
}

impl Default for WitnessConfig {
    fn default() -> Self {
        Self {
            witnesses: Vec::new(),
            quorum: Quorum::new(0, Vec::new()).expect("nobody's word is always there"),
        }
    }
}

impl WitnessConfig {
    /// The witnesses of a data directory; none without the file.
    ///
    /// # Errors
    /// [`WitnessesError`] names the fault.
    pub fn read(data: &Path) -> Result<Self, WitnessesError> {
        let path = data.join(WITNESSES_FILE);
        let wrong = |fault: String| WitnessesError {
            file: path.display().to_string(),
            fault,
        };
        let bytes = durable::read(&path).map_err(|error| wrong(error.to_string()))?;
        let Some(bytes) = bytes else {
            return Ok(Self::default());
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("not UTF-8 text".to_owned()))?;
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        if let Some(bad) = written.witness.iter().find(|witness| !is_address(&witness.url)) {
            return Err(format!(
                "the address of witness {} does not begin with https:// or http://",
                bad.id
            ));
        }
        let voice = |witness: &ConfiguredWitness| Witness {
            id: witness.id.clone(),
            keys: witness.keys.clone(),
        };
        let voices = written.witness.iter().map(voice).collect();
        let quorum = Quorum::new(written.required, voices).map_err(|error| error.to_string())?;
        Ok(Self {
            witnesses: written.witness,
            quorum,
        })
    }
}

fn is_address(url: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| url.strip_prefix(scheme).is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use schema::audit::WitnessSigner;

    use super::*;

    fn key(name: &str, seed: u8) -> WitnessKey {
        WitnessSigner::from_seed(name.parse().unwrap(), &[seed; 32])
            .verifier()
            .clone()
    }

    fn file(required: usize, url: &str) -> String {
        format!(
            "required = {required}\n\n[[witness]]\nid = \"gemeente\"\nparty = \"01010101-0101-0101-0101-010101010101\"\n\
             url = \"{url}\"\nkeys = [\"{}\"]\n\n[[witness]]\nid = \"ziekenhuis\"\nurl = \"https://w.example/log\"\n\
             keys = [\"{}\"]\n",
            key("gemeente.example/w", 1),
            key("w.example", 2)
        )
    }

    #[test]
    fn a_file_names_witnesses_parties_and_the_quorum() {
        let config = WitnessConfig::parse(&file(2, "http://127.0.0.1:7380")).unwrap();
        assert_eq!(config.quorum.required(), 2);
        assert_eq!(config.witnesses[0].party, Some(PartyId::from_bytes([1; 16])));
        assert_eq!(config.witnesses[1].keys, [key("w.example", 2)]);
    }

    #[test]
    fn faults_are_named() {
        let fault = |text: &str| WitnessConfig::parse(text).unwrap_err();
        assert!(fault(&file(3, "https://x")).contains("3 of 2"));
        assert!(fault(&file(1, "ftp://x")).contains("gemeente"));
        assert!(fault("required = 1\nwitnes = []\n").contains("witnes"));
        assert!(fault(&file(1, "https://x").replace("+", "-")).contains("verifier key"));
    }

    #[test]
    fn without_a_file_there_are_no_witnesses() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(
            WitnessConfig::read(data.path()).unwrap(),
            WitnessConfig::default()
        );
    }
}
