//! Deterministic CBOR (RFC 8949 §4.2.1): one value has one encoding, and only that one is read.

use std::convert::Infallible;

use minicbor::{Decode, Decoder, Encode};

/// Bytes that are not the encoding of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not CBOR, or not of this shape.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Well formed, but bytes follow.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    /// The same values have another, shorter encoding.
    #[error("not in canonical form")]
    NotCanonical,
}

/// Room for what most values take, so that the bytes are not moved six times while they grow.
const USUAL_BYTES: usize = 512;

/// Encodes a value; its `Encode` writes only definite lengths and shortest integers.
pub(super) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    encode_into(value, &mut bytes);
    bytes
}

/// Encodes a value behind other bytes.
pub(super) fn encode_into<T: Encode<()>>(value: &T, to: &mut Vec<u8>) {
    let Ok(()) = minicbor::encode(value, to).map_err(|error| -> Infallible {
        unreachable!("log values have an encoding and memory does not refuse writes: {error}")
    });
}

/// Decodes a value and encodes it again, so that every other form of it is refused.
pub(super) fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, DecodeError> {
    let mut from = Decoder::new(bytes);
    let value: T = from
        .decode()
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    let trailing = bytes.len().saturating_sub(from.position());
    if trailing > 0 {
        return Err(DecodeError::Trailing(trailing));
    }
    if encode(&value) == bytes {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical)
    }
}
