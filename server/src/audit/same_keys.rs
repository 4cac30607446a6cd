//! Whether the keys of a data directory are those that signed there before, and declaring that they are lost.
//!
//! # Why it exists
//!
//! A directory of keys that was exchanged for another server's signs just as well, under the same names, and every party
//! and witness then sees a stranger's key. So the newest checkpoint of each log is held against the keys that are there:
//! one of them signed it, or whoever operates the server declared the keys lost that did.
//!
//! # Invariants
//!
//! - Nothing is signed with keys that do not go on from those that signed last.
//! - What was declared lost is written beside the keys, so that it means nothing beside another server's.

use std::path::Path;

use schema::audit::note::KeyId;
use schema::audit::{LogKey, PlanOrigin, SignedCheckpoint};
use schema::ids::TimestampMs;

use super::signed::Lives;
use super::{AuditError, DIRECTORY, directory_of, name_of, state, unusable};
use crate::keys::{Keys, KeysError};

/// Whether the keys are those that signed every log here, of every life; nothing is said where there is no key. Writes
/// nothing.
///
/// # Errors
/// [`KeysError::OfOthers`] for the first log of which they are not; or when something cannot be read.
pub fn ensure_all(data: &Path) -> Result<(), AuditError> {
    let keys = Keys::of(data);
    if !keys.are_there(false)? {
        return Ok(());
    }
    for (origin, stamped) in Lives::beside(data).map_err(unusable(data))?.newest() {
        let directory = directory_of(&data.join(DIRECTORY), origin.plan, origin.incarnation);
        ensure(&keys, (origin, &directory), &stamped.note)?;
    }
    Ok(())
}

/// Whether the keys go on from those that signed a checkpoint of a log, of which a directory tells.
///
/// # Errors
/// [`KeysError::OfOthers`] when they do not; or when they cannot be read.
pub(super) fn ensure(
    keys: &Keys,
    (origin, told_in): (PlanOrigin, &Path),
    signed: &SignedCheckpoint,
) -> Result<(), KeysError> {
    let held: Vec<LogKey> = keys
        .periods(&name_of(origin))?
        .into_iter()
        .map(|period| period.key)
        .collect();
    if held
        .iter()
        .any(|key| matches!(signed.note().is_signed_by(key), Ok(true)))
    {
        return Ok(());
    }
    let signers = signers_of(origin, signed);
    let lost = keys.declared_lost()?;
    if signers
        .iter()
        .any(|signer| lost.contains(&declared(origin, *signer)))
    {
        return Ok(());
    }
    Err(KeysError::OfOthers {
        origin,
        signed_with: shown(signers),
        directory: keys.directory().display().to_string().into(),
        state: state::file_in(told_in).display().to_string().into(),
        held: shown(held.iter().map(LogKey::id)),
    })
}

/// Makes a new key. Where there is none and checkpoints were signed, those that signed them are declared lost.
///
/// # Errors
/// [`KeysError::OfOthers`] where the keys are not those that signed here; or when files cannot be read or written.
pub fn rotate(data: &Path, now: TimestampMs) -> Result<(), AuditError> {
    let keys = Keys::of(data);
    if keys.are_there(false)? {
        ensure_all(data)?;
    } else {
        let lives = Lives::beside(data).map_err(unusable(data))?;
        let lost = lives.newest().flat_map(|(origin, stamped)| {
            let signers = signers_of(origin, &stamped.note);
            signers.into_iter().map(move |signer| declared(origin, signer))
        });
        keys.declare_lost(lost)?;
    }
    Ok(keys.rotate(now)?)
}

/// The ids of the keys that signed for the log itself, under its name.
fn signers_of(origin: PlanOrigin, signed: &SignedCheckpoint) -> Vec<KeyId> {
    let name = name_of(origin);
    let lines = signed.note().signatures().iter();
    lines
        .filter(|line| *line.name() == name)
        .map(|line| line.id())
        .collect()
}

/// How a key of a log is named that is lost.
fn declared(origin: PlanOrigin, signer: KeyId) -> String {
    format!("{origin}+{signer}")
}

fn shown(ids: impl IntoIterator<Item = KeyId>) -> Box<str> {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.join(", ").into()
}
