//! What automerge-repo calls a chapter: base58check of the chapter's 16 bytes, and `automerge:` before it.
//!
//! Why it is derived and not kept: a chapter has one such name for ever, whichever generation carries its text, and
//! nobody has to look it up. The form is `bs58check`'s: base58 over the bytes and the first four of their double SHA-256.

use sha2::{Digest, Sha256};

use crate::ids::ChapterId;

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Bytes of an id and of its checksum.
const BYTES: usize = 20;
/// No id of 20 bytes is longer.
const LETTERS_MAX: usize = 28;
const SCHEME: &str = "automerge:";

/// Text that names no chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a document: 16 bytes in base58check")]
pub struct ParseDocumentIdError;

/// A chapter's id as these clients write it.
#[must_use]
pub fn document_id(chapter: ChapterId) -> String {
    let mut bytes = chapter.as_bytes().to_vec();
    bytes.extend(checksum(chapter.as_bytes()));
    base58(&bytes)
}

/// The address under which these clients open a chapter.
#[must_use]
pub fn url(chapter: ChapterId) -> String {
    format!("{SCHEME}{}", document_id(chapter))
}

/// The chapter that an id names, if there is such a chapter.
///
/// # Errors
/// [`ParseDocumentIdError`].
pub fn chapter_of(id: &str) -> Result<ChapterId, ParseDocumentIdError> {
    let bytes = from_base58(id).ok_or(ParseDocumentIdError)?;
    let (chapter, sum) = bytes.split_first_chunk::<16>().ok_or(ParseDocumentIdError)?;
    if sum == checksum(chapter) {
        Ok(ChapterId::from_bytes(*chapter))
    } else {
        Err(ParseDocumentIdError)
    }
}

fn checksum(bytes: &[u8; 16]) -> [u8; 4] {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(Sha256::digest(bytes)));
    [a, b, c, d]
}

/// Base58 of a number written in bytes, most significant first; every leading zero byte is a leading `1`.
fn base58(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let zeroes = bytes.iter().take_while(|byte| **byte == 0).count();
    let letter = |digit: &u8| {
        ALPHABET
            .get(usize::from(*digit))
            .map(|letter| char::from(*letter))
    };
    std::iter::repeat_n('1', zeroes)
        .chain(digits.iter().rev().filter_map(letter))
        .collect()
}

/// The 20 bytes that base58 text stands for.
fn from_base58(text: &str) -> Option<[u8; BYTES]> {
    if text.len() > LETTERS_MAX {
        return None;
    }
    let mut bytes = [0_u8; BYTES];
    for letter in text.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        let mut carry = u32::try_from(digit).ok()?;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    // One value has one form: the leading zeroes must be as many as the text says.
    (base58(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From npm `bs58check`: `encode` of these first bytes, followed by 1, 2, … 15.
    const KNOWN: &[(u8, &str)] = &[
        (0, "1Bhh3pU9gLXZiNDL6PEa1Gs9fh"),
        (1, "p3wW1xWC25pYgYq1pcMV3Umt3Q"),
        (0xa7, "3KwqTvgxLtXzRbUvxigA9X92uJ8L"),
        (0xff, "4Z44RBs9SSVgC2j36zk4e7njM7dq"),
    ];

    #[test]
    fn ids_read_back_and_one_wrong_letter_is_noticed() {
        for first in [0, 1, 0x7f, 0xff] {
            let mut bytes = [0xa7; 16];
            bytes[0] = first;
            bytes[1] = 0;
            let chapter = ChapterId::from_bytes(bytes);
            let id = document_id(chapter);
            assert_eq!(chapter_of(&id), Ok(chapter));
            let wrong: String = id.chars().rev().collect();
            assert!(chapter_of(&wrong).is_err());
            assert!(chapter_of(&format!("1{id}")).is_err());
            assert!(chapter_of(&id[1..]).is_err());
        }
        for nothing in ["", "1", "0OIl", "automerge:x", "é"] {
            assert!(chapter_of(nothing).is_err(), "{nothing}");
        }
        assert!(chapter_of(&"z".repeat(28)).is_err());
    }

    #[test]
    fn ids_are_those_of_the_library() {
        for (first, id) in KNOWN {
            let bytes = std::array::from_fn(|index| if index == 0 { *first } else { index as u8 });
            assert_eq!(document_id(ChapterId::from_bytes(bytes)), *id);
        }
        let zeroes = ChapterId::from_bytes([0; 16]);
        assert_eq!(document_id(zeroes), "11111111111111114Ki9Gx");
        assert_eq!(chapter_of("11111111111111114Ki9Gx"), Ok(zeroes));
    }
}
