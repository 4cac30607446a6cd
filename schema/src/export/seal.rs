//! Who signed for an export, up to where, and whether the one who checks believes them.
//!
//! # Why it exists
//!
//! A file can always be consistent in itself: whoever makes it can make all of it. What makes it true is a signature
//! of a key that the reader knows from elsewhere. A key that only the file names proves that one hand signed, and no
//! more; the answer keeps both apart.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fault::FaultKind;
use super::header::Header;
use crate::audit::checkpoint::LogSignatureError;
use crate::audit::note::KeyName;
use crate::audit::quorum::QuorumError;
use crate::audit::{
    LogKey, Quorum, SignedCheckpoint, TreeHead, Trust, UnixSeconds, Witness, WitnessId, WitnessKey,
};
use crate::ids::TimestampMs;

/// What the one who checks believes beforehand.
#[derive(Debug, Clone)]
pub struct Trusted {
    log_keys: Vec<LogKey>,
    quorum: Quorum,
}

/// What was signed of the plan, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The tree that was signed: its size is how many events the signatures are about.
    pub head: TreeHead,
    /// When the last of these events was recorded; nothing when a filter left it out.
    pub until: Option<TimestampMs>,
    /// The key of the log that signed.
    pub key: LogKey,
    /// Whether the reader named the key; otherwise only the file does.
    pub is_key_trusted: bool,
    /// Who cosigned.
    pub cosigned: Vec<Cosigned>,
}

/// The first events of an export, as many as were signed.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignedPart {
    /// Their tree.
    pub head: TreeHead,
    /// When the last of them was recorded, if it is shown.
    pub until: Option<TimestampMs>,
}

/// A witness's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cosigned {
    /// Whose.
    pub id: WitnessId,
    /// When, by the witness's clock, in seconds since 1970.
    pub at_seconds: u64,
    /// Whether the reader named the witness; otherwise only the file does.
    pub is_trusted: bool,
}

impl Default for Trusted {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new(), 0).expect("nobody's word is asked for")
    }
}

impl Trusted {
    /// These keys of the log, and `required` of these witnesses. A log's key is taken under whatever name, because a
    /// server signs all its logs with one. Keys of witnesses with the same name are one voice.
    ///
    /// # Errors
    /// [`QuorumError`] when so many witnesses cannot be had, or one voice would count twice.
    pub fn new(
        log_keys: Vec<LogKey>,
        witnesses: Vec<WitnessKey>,
        required: usize,
    ) -> Result<Self, QuorumError> {
        let mut voices: BTreeMap<String, Vec<WitnessKey>> = BTreeMap::new();
        for key in witnesses {
            voices.entry(key.name().to_string()).or_default().push(key);
        }
        let voice = |(name, keys)| {
            WitnessId::try_from(name)
                .map(|id| Witness { id, keys })
                .map_err(|_| QuorumError::Number)
        };
        let witnesses = voices.into_iter().map(voice).collect::<Result<_, _>>()?;
        Ok(Self {
            log_keys,
            quorum: Quorum::new(required, witnesses)?,
        })
    }

    /// What a proof of one event is checked with: the keys named here, and where none are those that its file names.
    #[must_use]
    pub fn over(&self, file: &Trust) -> Trust {
        let mut trust = file.clone();
        if !self.log_keys.is_empty() {
            let name = file.origin.to_string().parse::<KeyName>();
            let name = name.expect("a log's keys are named by its origin");
            let keys = self.log_keys.iter();
            trust.log_keys = keys.map(|key| key.under_name(name.clone())).collect();
        }
        if !self.quorum.witnesses().is_empty() {
            trust.quorum = self.quorum.clone();
        }
        trust
    }

    /// Judges the checkpoint of an export. `signed` are its first events, as many as the header announces.
    pub(super) fn judge(
        &self,
        header: &Header,
        signed: Option<SignedPart>,
        checkpoint: Option<&SignedCheckpoint>,
    ) -> Result<Option<Seal>, FaultKind> {
        let (Some(signed), Some(checkpoint)) = (signed, checkpoint) else {
            return self.unsigned(header.checkpoint_size.is_none() && checkpoint.is_none());
        };
        let head = signed.head;
        let stated = checkpoint.checkpoint();
        if stated.origin != header.log().origin() {
            let found = stated.origin.to_string();
            return Err(FaultKind::OtherLog { found });
        }
        if stated.head.size != head.size {
            return Err(FaultKind::OtherCheckpoint);
        }
        if stated.head.root != head.root {
            return Err(FaultKind::NotAsSigned { size: head.size });
        }
        let key = self.signing_key(header, checkpoint)?;
        Ok(Some(Seal {
            head,
            until: signed.until,
            key,
            is_key_trusted: !self.log_keys.is_empty(),
            cosigned: self.cosigned(header, checkpoint)?,
        }))
    }

    fn unsigned(&self, is_announced_so: bool) -> Result<Option<Seal>, FaultKind> {
        if !is_announced_so {
            Err(FaultKind::OtherCheckpoint)
        } else if self.log_keys.is_empty() && self.quorum.required() == 0 {
            Ok(None)
        } else {
            Err(FaultKind::NotSigned)
        }
    }

    fn signing_key(&self, header: &Header, checkpoint: &SignedCheckpoint) -> Result<LogKey, FaultKind> {
        let name: KeyName = header.origin.parse().map_err(|_| FaultKind::NoKey)?;
        let named: Vec<LogKey> = if self.log_keys.is_empty() {
            header.keys.iter().map(|period| period.key.clone()).collect()
        } else {
            self.log_keys
                .iter()
                .map(|key| key.under_name(name.clone()))
                .collect()
        };
        if named.is_empty() {
            return Err(FaultKind::NoKey);
        }
        // All of them, so that a false signature of one is not hidden by a good one of another.
        checkpoint.verify_log(&named).map_err(|error| match error {
            LogSignatureError::Bad(bad) => FaultKind::Signature {
                name: bad.name.to_string(),
            },
            LogSignatureError::Missing => FaultKind::ForeignKey,
        })?;
        let signed = |key: &LogKey| matches!(checkpoint.note().is_signed_by(key), Ok(true));
        named.into_iter().find(signed).ok_or(FaultKind::ForeignKey)
    }

    fn cosigned(&self, header: &Header, checkpoint: &SignedCheckpoint) -> Result<Vec<Cosigned>, FaultKind> {
        let trusted = told(&self.quorum, checkpoint, true)?;
        if trusted.len() < self.quorum.required() {
            return Err(FaultKind::TooFewWitnesses {
                required: self.quorum.required(),
                found: trusted.len(),
            });
        }
        let named = Quorum::new(0, header.witnesses.clone());
        let named = named.map_err(|error| FaultKind::Witnesses {
            what: error.to_string(),
        })?;
        let is_known = |key: &WitnessKey| {
            let mut known = self.quorum.witnesses().iter().flat_map(|voice| &voice.keys);
            known.any(|other| other.public_bytes() == key.public_bytes())
        };
        let others: Vec<Witness> = named
            .witnesses()
            .iter()
            .filter(|voice| !voice.keys.iter().any(is_known))
            .cloned()
            .collect();
        let others = Quorum::new(0, others).map_err(|error| FaultKind::Witnesses {
            what: error.to_string(),
        })?;
        let mut all = trusted;
        all.extend(told(&others, checkpoint, false)?);
        Ok(all)
    }
}

fn told(
    quorum: &Quorum,
    checkpoint: &SignedCheckpoint,
    is_trusted: bool,
) -> Result<Vec<Cosigned>, FaultKind> {
    let verdict = quorum.judge(checkpoint).map_err(|bad| FaultKind::Cosignature {
        name: bad.name.to_string(),
    })?;
    let cosigned = |(id, at): (WitnessId, UnixSeconds)| Cosigned {
        id,
        at_seconds: at.get(),
        is_trusted,
    };
    Ok(verdict.cosigned.into_iter().map(cosigned).collect())
}
