//! What is inside a document's sync message: the changes are taken out before anything is applied.
//!
//! # Why it exists
//!
//! automerge's own `receive_sync_message` applies what it is given. Here the changes are taken out first, go the way of
//! every pushed change, and only the rest of the message (heads, needs, summaries) reaches automerge, when the log has
//! the changes.
//!
//! # Invariants
//!
//! - What [`read`] lets through costs automerge time in proportion to the message and the chapter: a summary names how
//!   many bits it looks at per change, and an empty one divides by zero.
//! - Only single changes are taken. A message of the second version holds a whole document; nobody sends one to a
//!   server that does not say it reads them ([`written`] takes that flag out).

use automerge::sync::{ChunkList, Message, MessageFlags};
use automerge::{Automerge, ChangeHash};

use crate::ids::Generation;
use crate::limits::{
    REPO_FORMER_CHANGE_OPS_MAX, REPO_HASHES_MAX, REPO_SUMMARIES_MAX, REPO_SUMMARY_PROBES_MAX,
    REPO_WAITING_BYTES_MAX, REPO_WAITING_CHANGES_MAX,
};
use crate::text::change::{Inspected, inspect_within};
use crate::text::genesis::GENESIS_HASH;
use crate::text::refusal::ChangeRefusal;

/// A sync message, taken apart.
#[derive(Debug)]
pub struct Taken {
    /// Without its changes.
    pub message: Message,
    /// The changes, as they are safe to hand to acceptance.
    pub changes: Vec<Inspected>,
}

/// Why a sync message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// No sync message.
    #[error("malformed sync message: {0}")]
    Malformed(String),
    /// More heads, needs or summaries than a message may hold, or a summary that costs too much.
    #[error("a sync message names too much")]
    TooMuch,
    /// A whole document.
    #[error("a sync message must hold single changes (version 1)")]
    WholeDocument,
    /// One of its changes can be none of a chapter's.
    #[error("{0}")]
    Change(#[from] ChangeRefusal),
}

/// Takes a sync message apart. Changes are looked at only when they `matter`: whoever may not write may say what they
/// like.
///
/// # Errors
/// [`SyncError`].
pub fn read(data: &[u8], matter: Matter) -> Result<Taken, SyncError> {
    let decoded = Message::decode(data);
    let mut message = decoded.map_err(|error| SyncError::Malformed(error.to_string()))?;
    if message.heads.len() > REPO_HASHES_MAX
        || message.need.len() > REPO_HASHES_MAX
        || message.have.len() > REPO_SUMMARIES_MAX
        || message.changes.len() > REPO_WAITING_CHANGES_MAX
    {
        return Err(SyncError::TooMuch);
    }
    for have in &message.have {
        if have.last_sync.len() > REPO_HASHES_MAX || !is_cheap(&have.bloom.to_bytes()) {
            return Err(SyncError::TooMuch);
        }
    }
    let taken = std::mem::replace(&mut message.changes, ChunkList::empty());
    let changes = match matter {
        Matter::Not => Vec::new(),
        Matter::Written => all_changes(&taken)?,
    };
    Ok(Taken { message, changes })
}

/// Whether the changes of a message are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// They are.
    Written,
    /// Their sender may only read.
    Not,
}

/// Every change, inflated. A few bytes inflate to very many, so what they come to is counted as it grows.
fn all_changes(chunks: &ChunkList) -> Result<Vec<Inspected>, SyncError> {
    let (mut changes, mut bytes) = (Vec::new(), 0);
    for chunk in chunks.iter() {
        let change = one_change(chunk)?;
        bytes += change.raw.len();
        if bytes > REPO_WAITING_BYTES_MAX {
            return Err(SyncError::TooMuch);
        }
        changes.push(change);
    }
    Ok(changes)
}

/// One that is too long to be stored is taken too: in a document of an ended generation its words go along, cut. In the
/// one that runs acceptance refuses it.
fn one_change(chunk: &[u8]) -> Result<Inspected, SyncError> {
    match inspect_within(chunk, REPO_FORMER_CHANGE_OPS_MAX) {
        Err(ChangeRefusal::NotAChange) => Err(SyncError::WholeDocument),
        inspected => Ok(inspected?),
    }
}

/// Whether a summary may be asked about every change of a chapter.
fn is_cheap(summary: &[u8]) -> bool {
    let mut rest = summary;
    if rest.is_empty() {
        return true;
    }
    let (Some(entries), Some(bits), Some(probes)) =
        (leading(&mut rest), leading(&mut rest), leading(&mut rest))
    else {
        return false;
    };
    entries == 0 || (bits > 0 && !rest.is_empty() && probes <= REPO_SUMMARY_PROBES_MAX)
}

/// The number in LEB128 at the start of bytes that automerge itself wrote.
fn leading(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..35).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// A message as it is sent. To somebody who writes without the flags, of which any would say that this server reads
/// whole documents; to somebody who may only read with them, because one of them says so.
#[must_use]
pub fn written(mut message: Message) -> Vec<u8> {
    if !says_read_only(&message) {
        message.flags = None;
    }
    message.encode()
}

fn says_read_only(message: &Message) -> bool {
    let flags = message.flags.as_ref();
    flags.is_some_and(|flags| flags.contains(MessageFlags::READ_ONLY))
}

/// Whether the sender's document grew out of the one that carries the chapter now. One of an earlier generation shares
/// nothing with it but the first change of all; merged, both texts would stand there. `first_own` is that of
/// [`first_own`]; `knows` says what this generation holds. One in a hundred that does not fit passes for one that does,
/// because a summary is no list: what it then sends is refused.
#[must_use]
pub fn fits(message: &Message, first_own: &ChangeHash, knows: impl Fn(&ChangeHash) -> bool) -> bool {
    if message.heads.is_empty() || message.heads.iter().any(&knows) {
        return true;
    }
    let Some(have) = message.have.first() else {
        return false;
    };
    // A summary leaves out what both sides were known to have, and every generation has the first change of all.
    let is_own = |hash: &ChangeHash| hash == first_own || *hash != GENESIS_HASH;
    have.last_sync.iter().all(&knows)
        && (have.last_sync.iter().any(is_own) || have.bloom.contains_hash(first_own))
}

/// The first change that this generation has and no other: of the chapter's first generation the first of all, of a
/// later one the first that its text was written with.
#[must_use]
pub fn first_own(doc: &Automerge, generation: Generation) -> ChangeHash {
    if generation == Generation(1) {
        return GENESIS_HASH;
    }
    let changes = doc.get_changes_meta(&[]);
    let mut hashes = changes.iter().map(|change| change.hash);
    hashes.find(|hash| *hash != GENESIS_HASH).unwrap_or(GENESIS_HASH)
}

#[cfg(test)]
mod tests;
