//! Entry bundles: up to 256 leaf records, each after its length as two bytes (big endian).
//!
//! Why it exists: with the bundles a mirror can compute the whole tree by itself. Leaf records are salted
//! commitments, so a bundle says nothing about who worked when and may be public.

use crate::log::commitment::LEAF_BYTES;
use crate::log::{DecodeError, Leaf};

use super::TILE_WIDTH;

/// Bytes that are not a bundle of leaf records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry ends after the bundle does.
    #[error("the bundle breaks off in entry {0}")]
    Torn(usize),
    /// An entry is not a leaf record.
    #[error("entry {0} of the bundle is not a leaf record")]
    Leaf(usize, #[source] DecodeError),
    /// More leaves than a bundle may have, or none.
    #[error("a bundle has 1 to {TILE_WIDTH} entries")]
    Width,
}

/// The published bytes of leaves that stand beside each other; the caller gives 1 to 256.
#[must_use]
pub fn encode_bundle(leaves: &[Leaf]) -> Vec<u8> {
    let length = u16::try_from(LEAF_BYTES).expect("a leaf record is shorter than 65,536 bytes");
    let entry = |leaf: &Leaf| length.to_be_bytes().into_iter().chain(leaf.to_bytes());
    leaves.iter().flat_map(entry).collect()
}

/// Reads a bundle. Whether its leaves hash to the tile is for the caller to compare ([`Leaf::to_bytes`] under
/// [`crate::audit::TreeHash::of_leaf`]).
///
/// # Errors
/// [`BundleError`] with the number of the faulty entry, from 0.
pub fn decode_bundle(bytes: &[u8]) -> Result<Vec<Leaf>, BundleError> {
    let mut leaves = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let number = leaves.len();
        if number >= usize::from(TILE_WIDTH) {
            return Err(BundleError::Width);
        }
        let (length, after) = rest.split_first_chunk::<2>().ok_or(BundleError::Torn(number))?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(BundleError::Torn(number))?;
        leaves.push(Leaf::from_bytes(entry).map_err(|error| BundleError::Leaf(number, error))?);
        rest = after;
    }
    if leaves.is_empty() {
        Err(BundleError::Width)
    } else {
        Ok(leaves)
    }
}
