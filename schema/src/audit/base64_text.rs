//! Bytes as standard base64 with padding (RFC 4648 §4), the only text form of bytes in C2SP notes and in proofs.
//!
//! Why it exists: other alphabets, missing padding and stray bits are refused in one place, so that one value
//! has one text and a signed line cannot be written in two ways.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// The text of some bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a text, if it is their canonical form.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Exactly `N` bytes of a text.
pub(super) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

/// For `#[serde(serialize_with = …)]`: bytes as base64 text.
pub(crate) fn serialize<S: Serializer, B: AsRef<[u8]>>(bytes: &B, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&encode(bytes.as_ref()))
}

/// For `#[serde(deserialize_with = …)]`: base64 text as bytes of the asked shape.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, B: TryFrom<Vec<u8>>>(from: D) -> Result<B, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    let bytes = decode(&text).ok_or_else(|| D::Error::custom("not base64"))?;
    B::try_from(bytes).map_err(|_| D::Error::custom("base64 of another length"))
}
