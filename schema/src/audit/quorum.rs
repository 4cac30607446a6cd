//! Whose word is enough: at least `required` of the plan's witnesses, each counted once.
//!
//! # Why it exists
//!
//! Each party decides which witnesses it believes. Two witnesses run by one party are one voice, so a witness
//! here is somebody (an opaque id, by custom a party's), with one key or more; and no key counts for two.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::note::BadSignature;
use super::{SignedCheckpoint, UnixSeconds, WitnessKey};
use crate::limits::{KEY_NAME_BYTES_MAX, KEYS_PER_SIGNER_MAX, WITNESSES_PER_PLAN_MAX};

/// Who a witness is to the one who checks: opaque here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WitnessId(String);

/// Text that is no id of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a witness has 1 to {KEY_NAME_BYTES_MAX} bytes")]
pub struct WitnessIdError;

impl TryFrom<String> for WitnessId {
    type Error = WitnessIdError;

    fn try_from(text: String) -> Result<Self, WitnessIdError> {
        let fits = (1..=KEY_NAME_BYTES_MAX).contains(&text.len());
        fits.then_some(Self(text)).ok_or(WitnessIdError)
    }
}

impl FromStr for WitnessId {
    type Err = WitnessIdError;

    fn from_str(text: &str) -> Result<Self, WitnessIdError> {
        text.to_owned().try_into()
    }
}

impl From<WitnessId> for String {
    fn from(id: WitnessId) -> Self {
        id.0
    }
}

impl fmt::Display for WitnessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One voice of a quorum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witness {
    /// Who it is.
    pub id: WitnessId,
    /// Its keys; more than one while keys change.
    pub keys: Vec<WitnessKey>,
}

/// How many of which witnesses must have cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Quorum {
    required: usize,
    witnesses: Vec<Witness>,
}

/// A quorum as JSON writes it, before it is checked.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    required: usize,
    witnesses: Vec<Witness>,
}

/// Why a quorum makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// It could never be met.
    #[error("{required} of {known} witnesses cannot be met")]
    OutOfReach {
        /// How many are asked for.
        required: usize,
        /// How many there are.
        known: usize,
    },
    /// More witnesses or keys than a plan may have, or a witness without keys.
    #[error("at most {WITNESSES_PER_PLAN_MAX} witnesses, each with 1 to {KEYS_PER_SIGNER_MAX} keys")]
    Number,
    /// One voice would count twice.
    #[error("two witnesses have the same id or public key")]
    Twice,
}

/// What the witnesses said about one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which known witnesses cosigned and when, in the order of the quorum.
    pub cosigned: Vec<(WitnessId, UnixSeconds)>,
    /// How many of them are asked for.
    pub required: usize,
}

impl Verdict {
    /// Whether enough witnesses cosigned.
    #[must_use]
    pub const fn is_met(&self) -> bool {
        self.cosigned.len() >= self.required
    }
}

impl Quorum {
    /// `required` of `witnesses`. 0 asks for nobody's word: for a plan that has no witnesses yet.
    ///
    /// # Errors
    /// [`QuorumError`] when it cannot be met, or a voice counts twice.
    pub fn new(required: usize, witnesses: Vec<Witness>) -> Result<Self, QuorumError> {
        let known = witnesses.len();
        if required > known {
            return Err(QuorumError::OutOfReach { required, known });
        }
        let has_keys = |witness: &Witness| (1..=KEYS_PER_SIGNER_MAX).contains(&witness.keys.len());
        if known > WITNESSES_PER_PLAN_MAX || !witnesses.iter().all(has_keys) {
            return Err(QuorumError::Number);
        }
        let (mut ids, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for witness in &witnesses {
            let is_new_key = |key: &WitnessKey| keys.insert(*key.public_bytes());
            if !ids.insert(&witness.id) || !witness.keys.iter().all(is_new_key) {
                return Err(QuorumError::Twice);
            }
        }
        Ok(Self { required, witnesses })
    }

    /// How many must have cosigned.
    #[must_use]
    pub const fn required(&self) -> usize {
        self.required
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Which of the witnesses cosigned the checkpoint, each with its earliest time. Whether the log signed it is
    /// [`SignedCheckpoint::verify_log`]'s to say.
    ///
    /// # Errors
    /// [`BadSignature`] when a signature claims a known key and fails: then nothing under the checkpoint counts.
    pub fn judge(&self, checkpoint: &SignedCheckpoint) -> Result<Verdict, BadSignature> {
        let mut cosigned = Vec::new();
        for witness in &self.witnesses {
            let mut times = Vec::new();
            for key in &witness.keys {
                times.extend(checkpoint.cosigned_at(key)?);
            }
            cosigned.extend(times.into_iter().min().map(|at| (witness.id.clone(), at)));
        }
        Ok(Verdict {
            cosigned,
            required: self.required,
        })
    }
}

impl TryFrom<Written> for Quorum {
    type Error = QuorumError;

    fn try_from(written: Written) -> Result<Self, QuorumError> {
        Self::new(written.required, written.witnesses)
    }
}

impl From<Quorum> for Written {
    fn from(quorum: Quorum) -> Self {
        Self {
            required: quorum.required,
            witnesses: quorum.witnesses,
        }
    }
}
