//! Cosignatures of witnesses (C2SP `tlog-cosignature`, `cosignature/v1`): a witness's word, with its time, that
//! this is the longest tree of the log it has seen, and that it only grew.
//!
//! Why it exists: a log can show one past to one party and another to the next, and sign both. It cannot make
//! witnesses of different parties cosign both.

#[cfg(test)]
mod tests;

use super::SignedCheckpoint;
use super::note::{BadSignature, NoteSignature, SigningKey, VerifierKey};
use crate::ids::TimestampMs;

/// Kind of signature that witnesses make: Ed25519 over a header, a time and the checkpoint.
pub const COSIGNATURE_V1: u8 = 0x04;

/// Verifies what a witness cosigned.
pub type WitnessKey = VerifierKey<COSIGNATURE_V1>;
/// Signs for a witness.
pub type WitnessSigner = SigningKey<COSIGNATURE_V1>;

/// Seconds since 1970-01-01T00:00:00Z, at least 1 and at most 2⁶³ − 1: the time of a cosignature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// A time within the range of cosignatures.
    #[must_use]
    pub fn new(seconds: u64) -> Option<Self> {
        (seconds > 0 && i64::try_from(seconds).is_ok()).then_some(Self(seconds))
    }

    /// A clock's time, cut to whole seconds.
    #[must_use]
    pub fn from_ms(time: TimestampMs) -> Option<Self> {
        Self::new(time.0 / 1_000)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl WitnessSigner {
    /// Cosigns a checkpoint. Whether it may be cosigned, [`super::witness::decide`] says.
    #[must_use]
    pub fn cosign(&self, checkpoint: &SignedCheckpoint, at: UnixSeconds) -> NoteSignature {
        let signature = self.sign_bytes(&message(checkpoint, at));
        let bytes = [at.0.to_be_bytes().as_slice(), &signature].concat();
        NoteSignature::new(self.verifier().name().clone(), self.verifier().id(), bytes)
    }
}

impl SignedCheckpoint {
    /// When the witness cosigned the checkpoint; the earliest time if it did so more than once, because that
    /// is since when it stands.
    ///
    /// # Errors
    /// [`BadSignature`] when a signature claims this key and fails: then nothing under the checkpoint counts.
    pub fn cosigned_at(&self, key: &WitnessKey) -> Result<Option<UnixSeconds>, BadSignature> {
        let mut earliest = None;
        for signature in self.note().claimed_by(key) {
            let at = verified_time(self, key, signature.bytes()).ok_or_else(|| key.bad_signature())?;
            earliest = Some(earliest.map_or(at, |before: UnixSeconds| before.min(at)));
        }
        Ok(earliest)
    }
}

fn verified_time(checkpoint: &SignedCheckpoint, key: &WitnessKey, bytes: &[u8]) -> Option<UnixSeconds> {
    let (seconds, signature) = bytes.split_first_chunk::<8>()?;
    let at = UnixSeconds::new(u64::from_be_bytes(*seconds))?;
    key.verify_bytes(&message(checkpoint, at), signature)
        .then_some(at)
}

/// What is signed: two lines that no checkpoint begins with, then the text of the note.
fn message(checkpoint: &SignedCheckpoint, at: UnixSeconds) -> Vec<u8> {
    format!("cosignature/v1\ntime {}\n{}", at.0, checkpoint.note().text()).into_bytes()
}
