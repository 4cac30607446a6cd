//! Reads a change chunk without trusting it, before any call of automerge.
//!
//! # Why it exists
//!
//! automerge's columns are run-length encoded: 126 bytes can claim two million operations, a string can claim
//! a gigabyte, an index can point nowhere. automerge allocates and walks first, and panics on some of it.
//! [`inspect`] walks the runs themselves, at the cost of the bytes and not of what they claim, and lets
//! through only what automerge's parser and decoder handle in bounded time and memory.
//!
//! # Invariants
//!
//! - Total: any bytes give an answer, none a panic.
//! - The hash is computed here: SHA-256 of type, length and contents of the uncompressed chunk.
//!
//! # Reading order
//!
//! [`inspect`] opens the chunk, [`ChangeHeader`] is what stands before the columns; `columns.rs` walks the
//! columns, `leb.rs` reads numbers.

mod columns;
mod leb;

use std::io::Read;

use automerge::ChangeHash;
use sha2::{Digest, Sha256};

use self::leb::Reader;
use super::refusal::ChangeRefusal;
use crate::limits;

/// A change that is safe to hand to automerge's parser. Says nothing yet about whether it fits the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The uncompressed chunk, header and checksum included: the form that is stored and passed on.
    pub raw: Vec<u8>,
    /// What stands before the columns.
    pub header: ChangeHeader,
}

/// What a change says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeHeader {
    /// SHA-256 of the uncompressed chunk: the identity of the change.
    pub hash: ChangeHash,
    /// The heads its author had seen.
    pub parents: Vec<ChangeHash>,
    /// The automerge actor, as bytes.
    pub actor: Vec<u8>,
    /// The how-manieth change of that actor this is, from 1.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// The author's clock; a claim.
    pub time: i64,
    /// Other actors its operations refer to.
    pub other_actors: Vec<Vec<u8>>,
    /// Operations, as summed from the runs of the action column.
    pub ops: u64,
}

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const TYPE_CHANGE: u8 = 1;
const TYPE_COMPRESSED: u8 = 2;
/// An actor of 16 bytes in its longest derived form (magic, level, actor).
const ACTOR_BYTES_MAX: usize = 32;

/// Opens one change chunk, raw or compressed, and checks everything that can be checked without knowing the
/// text.
///
/// # Errors
///
/// The first rule that the bytes break.
pub fn inspect(bytes: &[u8]) -> Result<Inspected, ChangeRefusal> {
    inspect_within(bytes, limits::CHANGE_OPS_MAX)
}

/// The same for one that is taken apart and stored by nobody, and so may claim `ops_max` operations.
///
/// # Errors
///
/// The first rule that the bytes break.
pub fn inspect_within(bytes: &[u8], ops_max: u64) -> Result<Inspected, ChangeRefusal> {
    if bytes.len() > limits::CHANGE_BYTES_MAX {
        return Err(ChangeRefusal::TooLarge);
    }
    let (kind, checksum, contents) = open_chunk(bytes)?;
    let raw = match kind {
        TYPE_CHANGE => bytes.to_vec(),
        TYPE_COMPRESSED => wrap(checksum, &inflate(contents)?),
        0 | 3 => return Err(ChangeRefusal::NotAChange),
        _ => return Err(ChangeRefusal::Malformed),
    };
    if raw.len() > limits::CHANGE_BYTES_MAX {
        return Err(ChangeRefusal::TooLarge);
    }
    let (_, checksum, contents) = open_chunk(&raw)?;
    let hash = hash(contents);
    if hash.0.get(..4) != Some(&checksum) {
        return Err(ChangeRefusal::ChecksumWrong);
    }
    let header = read_contents(contents, hash, ops_max)?;
    Ok(Inspected { raw, header })
}

/// The hash by which whoever made a change knows it, also of one that [`inspect`] refuses: it can be told so. None where
/// the bytes are no chunk of a change, or unpack to more than a change may have.
#[must_use]
pub fn name_of(bytes: &[u8]) -> Option<ChangeHash> {
    match open_chunk(bytes).ok()? {
        (TYPE_CHANGE, _, contents) => Some(hash(contents)),
        (TYPE_COMPRESSED, _, contents) => Some(hash(&inflate(contents).ok()?)),
        _ => None,
    }
}

/// The chunk around the contents of a change, with the checksum they have. For tests and fuzzing: real changes
/// come sealed from automerge.
#[must_use]
pub fn sealed(contents: &[u8]) -> Vec<u8> {
    let [a, b, c, d, ..] = hash(contents).0;
    wrap([a, b, c, d], contents)
}

/// Splits a chunk into type, checksum and contents; nothing may follow.
fn open_chunk(bytes: &[u8]) -> Result<(u8, [u8; 4], &[u8]), ChangeRefusal> {
    let mut reader = Reader::new(bytes);
    if reader.array::<4>()? != MAGIC {
        return Err(ChangeRefusal::Malformed);
    }
    let checksum = reader.array::<4>()?;
    let [kind] = reader.array::<1>()?;
    let contents = reader.prefixed()?;
    if reader.is_empty() {
        Ok((kind, checksum, contents))
    } else {
        Err(ChangeRefusal::Malformed)
    }
}

fn inflate(compressed: &[u8]) -> Result<Vec<u8>, ChangeRefusal> {
    let cap = limits::CHANGE_INFLATED_BYTES_MAX;
    let mut contents = Vec::with_capacity(compressed.len().saturating_mul(4).min(cap));
    // One byte more than the cap, so that "exactly the cap" and "too much" differ.
    flate2::bufread::DeflateDecoder::new(compressed)
        .take(cap as u64 + 1)
        .read_to_end(&mut contents)
        .map_err(|_| ChangeRefusal::Malformed)?;
    if contents.len() > cap {
        Err(ChangeRefusal::TooLarge)
    } else {
        Ok(contents)
    }
}

/// The uncompressed chunk around contents that came compressed; the checksum is the same for both forms.
fn wrap(checksum: [u8; 4], contents: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(contents.len() + 16);
    chunk.extend(MAGIC);
    chunk.extend(checksum);
    chunk.push(TYPE_CHANGE);
    leb::write_unsigned(&mut chunk, contents.len() as u64);
    chunk.extend(contents);
    chunk
}

fn hash(contents: &[u8]) -> ChangeHash {
    let mut prefix = vec![TYPE_CHANGE];
    leb::write_unsigned(&mut prefix, contents.len() as u64);
    let mut hasher = Sha256::new();
    hasher.update(&prefix);
    hasher.update(contents);
    ChangeHash(hasher.finalize().into())
}

fn read_contents(contents: &[u8], hash: ChangeHash, ops_max: u64) -> Result<ChangeHeader, ChangeRefusal> {
    let mut reader = Reader::new(contents);
    let parents = read_parents(&mut reader)?;
    let actor = read_actor(&mut reader)?;
    let seq = reader.unsigned()?;
    let start_op = reader.unsigned()?;
    if seq == 0 || start_op == 0 {
        return Err(ChangeRefusal::Malformed);
    }
    let time = reader.signed()?;
    if !(0..=limits::CHANGE_TIME_MAX).contains(&time) {
        return Err(ChangeRefusal::TimeOutOfRange);
    }
    let message = reader.prefixed()?;
    if message.len() > limits::CHANGE_MESSAGE_BYTES_MAX {
        return Err(ChangeRefusal::MessageTooLong);
    }
    std::str::from_utf8(message).map_err(|_| ChangeRefusal::Malformed)?;
    let other_actors = read_other_actors(&mut reader)?;
    let ops = columns::walk(&mut reader, other_actors.len() as u64 + 1, ops_max)?;
    if !reader.is_empty() {
        return Err(ChangeRefusal::ForeignBytes);
    }
    let ops_last = start_op.checked_add(ops).ok_or(ChangeRefusal::CounterTooLarge)?;
    if seq > u64::from(u32::MAX) || ops_last > u64::from(u32::MAX) {
        return Err(ChangeRefusal::CounterTooLarge);
    }
    Ok(ChangeHeader {
        hash,
        parents,
        actor,
        seq,
        start_op,
        time,
        other_actors,
        ops,
    })
}

fn read_parents(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, ChangeRefusal> {
    let count = reader.unsigned()?;
    if count > limits::CHANGE_PARENTS_MAX as u64 {
        return Err(ChangeRefusal::TooManyParents);
    }
    (0..count).map(|_| Ok(ChangeHash(reader.array()?))).collect()
}

fn read_actor(reader: &mut Reader<'_>) -> Result<Vec<u8>, ChangeRefusal> {
    let actor = reader.prefixed()?;
    if actor.is_empty() || actor.len() > ACTOR_BYTES_MAX {
        return Err(ChangeRefusal::Malformed);
    }
    Ok(actor.to_vec())
}

/// At least two bytes stand for each, so the length of the chunk bounds how many there are.
fn read_other_actors(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, ChangeRefusal> {
    let count = reader.unsigned()?;
    let mut actors = Vec::new();
    for _ in 0..count {
        actors.push(read_actor(reader)?);
    }
    Ok(actors)
}

#[cfg(test)]
mod tests;
