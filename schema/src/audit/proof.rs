//! A proof of one event that needs no server: what is shown of it, the way to the root, the signed checkpoint.
//!
//! # Why it exists
//!
//! Every statement in the interface can show its proof. The file can be kept for years and checked by anybody
//! who knows the log's key and the witnesses they believe; nothing else is trusted, not even who handed it over.
//!
//! # Invariants
//!
//! - The index of the leaf is the position it states: no proof can be read at another place.
//! - [`verify`] checks everything before it says anything. A quorum that is not met is no error but part of the
//!   answer: how much the witnesses' word is needed is for the reader to weigh.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::checkpoint::LogSignatureError;
use super::disclosure::DisclosureError;
use super::merkle::{self, NotProved};
use super::note::BadSignature;
use super::{Disclosure, LogKey, PlanOrigin, Quorum, SignedCheckpoint, TreeHash, TreeHead, Verdict};
use crate::ids::{Position, TimestampMs};
use crate::limits::{PROOF_FILE_BYTES_MAX, PROOF_JSON_BYTES_MAX};
use crate::log::{Envelope, Kind, Leaf};

/// Version of the JSON form.
const PROOF_VERSION: u16 = 1;

/// A proof as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proof {
    version: Version,
    /// What is shown of the event. The position in its leaf is the leaf's index in the tree.
    pub disclosure: Disclosure,
    /// The inclusion proof, from the leaf's sibling upwards.
    pub path: Vec<TreeHash>,
    /// The checkpoint that the path leads to, with all signatures under it.
    pub checkpoint: SignedCheckpoint,
}

/// What the one who checks believes beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trust {
    /// The log that the proof must be of.
    #[serde(with = "origin_text")]
    pub origin: PlanOrigin,
    /// The log's keys, named by the origin; more than one while keys change.
    pub log_keys: Vec<LogKey>,
    /// The witnesses, and how many of them are enough.
    pub quorum: Quorum,
}

/// A proof as people keep it: the server's answer, with what it says one must believe to check it. Those keys are hints:
/// who knows others from elsewhere checks with these.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProofFile {
    /// The proof.
    pub proof: Proof,
    /// What the server says to believe.
    pub trust: Trust,
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The log.
    pub origin: PlanOrigin,
    /// The leaf in it.
    pub leaf: Leaf,
    /// The envelope, where it is shown.
    pub envelope: Option<Envelope>,
    /// The payload, where it is shown.
    pub payload: Option<Vec<u8>>,
    /// Size and root of the tree it was proved in.
    pub head: TreeHead,
    /// Which witnesses cosigned that tree and when, and whether they are enough.
    pub witnesses: Verdict,
}

impl Verified {
    /// Where the event stands.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.leaf.position
    }

    /// When the server says it was recorded; the witnesses' times bound it from above.
    #[must_use]
    pub fn recorded_at(&self) -> Option<TimestampMs> {
        self.envelope.as_ref().map(|envelope| envelope.recorded_at)
    }

    /// What kind of event.
    #[must_use]
    pub fn kind(&self) -> Option<&Kind> {
        self.envelope.as_ref().map(|envelope| &envelope.kind)
    }
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Larger than `PROOF_JSON_BYTES_MAX`, or as a file than `PROOF_FILE_BYTES_MAX`.
    #[error("a proof has at most {PROOF_JSON_BYTES_MAX} bytes")]
    TooLong,
    /// Not a proof in JSON.
    #[error("the file is not a proof")]
    Json(#[from] serde_json::Error),
    /// The checkpoint is another log's.
    #[error("the proof is of another log: {0}")]
    OtherLog(String),
    /// The leaf is another plan's.
    #[error("the leaf is of another plan than its log")]
    OtherPlan,
    /// The log did not sign the checkpoint.
    #[error(transparent)]
    Log(#[from] LogSignatureError),
    /// A witness's signature fails.
    #[error(transparent)]
    Witness(#[from] BadSignature),
    /// The leaf is not in the tree.
    #[error("the event is not proved to be in the log: {0}")]
    Inclusion(#[from] NotProved),
    /// What is shown is not what the leaf commits to.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
}

impl Proof {
    /// Puts a proof together, unchecked.
    #[must_use]
    pub const fn new(disclosure: Disclosure, path: Vec<TreeHash>, checkpoint: SignedCheckpoint) -> Self {
        Self {
            version: Version,
            disclosure,
            path,
            checkpoint,
        }
    }

    /// The index of the leaf in the tree.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.disclosure.leaf.position.0
    }

    /// The proof as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a proof holds only text and lists, which JSON can write")
    }

    /// Reads a proof. Nothing in it is checked yet: that is [`verify`].
    ///
    /// # Errors
    /// [`ProofError::TooLong`] or [`ProofError::Json`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > PROOF_JSON_BYTES_MAX {
            return Err(ProofError::TooLong);
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl ProofFile {
    /// Reads a file. Nothing in it is checked yet.
    ///
    /// # Errors
    /// [`ProofError::TooLong`] or [`ProofError::Json`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > PROOF_FILE_BYTES_MAX {
            return Err(ProofError::TooLong);
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// Checks a proof against what the reader believes: origin, the log's signature, the witnesses', the way to the
/// root, and what is shown.
///
/// # Errors
/// [`ProofError`] by the first of them that fails.
pub fn verify(proof: &Proof, trust: &Trust) -> Result<Verified, ProofError> {
    let Proof {
        disclosure,
        path,
        checkpoint,
        ..
    } = proof;
    let stated = checkpoint.checkpoint();
    if stated.origin != trust.origin.origin() {
        return Err(ProofError::OtherLog(stated.origin.to_string()));
    }
    if disclosure.leaf.plan != trust.origin.plan {
        return Err(ProofError::OtherPlan);
    }
    checkpoint.verify_log(&trust.log_keys)?;
    let witnesses = trust.quorum.judge(checkpoint)?;
    let leaf = TreeHash::of_leaf(&disclosure.leaf.to_bytes());
    merkle::verify_inclusion(&stated.head, proof.index(), &leaf, path)?;
    let shown = disclosure.check()?;
    let payload = shown.as_ref().and_then(|shown| shown.payload).map(<[u8]>::to_vec);
    Ok(Verified {
        origin: trust.origin,
        leaf: disclosure.leaf,
        envelope: shown.map(|shown| shown.envelope),
        payload,
        head: stated.head,
        witnesses,
    })
}

/// The number that says how to read the rest; other versions are refused by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u16(PROOF_VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u16::deserialize(from)? {
            PROOF_VERSION => Ok(Self),
            other => Err(serde::de::Error::custom(format!(
                "unknown version {other} of a proof"
            ))),
        }
    }
}

mod origin_text {
    //! An origin in JSON is its text.
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::PlanOrigin;

    pub(super) fn serialize<S: Serializer>(origin: &PlanOrigin, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(origin)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PlanOrigin, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}
