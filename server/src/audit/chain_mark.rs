//! The chain value of the last event under a checkpoint, written down beside it.
//!
//! Why it exists: a start may not read the whole log, and the root shows an event that was exchanged only to who does. Every
//! chain value follows from all events before it, so this one tells at the price of one event whether any of them is another.
//! Unlike the checkpoint nobody signed it, so it carries a checksum: one that is damaged says nothing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A chain value, if it is as it was written. As text: its hexadecimal digits, `-`, and those of their CRC32C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainMark(Option<[u8; 32]>);

impl ChainMark {
    /// That of an event.
    #[must_use]
    pub const fn of(chain: [u8; 32]) -> Self {
        Self(Some(chain))
    }

    /// Whether this is certainly another than that of the event which stands there now.
    #[must_use]
    pub fn is_not(&self, chain: &[u8; 32]) -> bool {
        self.0.is_some_and(|noted| noted != *chain)
    }

    fn read(text: &str) -> Option<[u8; 32]> {
        let (digits, sum) = text.split_once('-')?;
        let mut chain = [0; 32];
        if digits.len() != 64 || text != digits.to_ascii_lowercase() + "-" + sum {
            return None;
        }
        for (place, byte) in chain.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(place * 2..place * 2 + 2)?, 16).ok()?;
        }
        (sum == checksum(&chain)).then_some(chain)
    }
}

fn checksum(chain: &[u8; 32]) -> String {
    format!("{:08x}", crc32c::crc32c(chain))
}

impl Serialize for ChainMark {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(chain) => {
                let digits: String = chain.iter().map(|byte| format!("{byte:02x}")).collect();
                to.serialize_str(&format!("{digits}-{}", checksum(chain)))
            }
            None => to.serialize_str(""),
        }
    }
}

impl<'de> Deserialize<'de> for ChainMark {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(Self::read(&String::deserialize(from)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_nothing_where_a_bit_of_it_is_another() {
        let chain = [0xa5; 32];
        let text = serde_json::to_string(&ChainMark::of(chain)).unwrap();
        let mark: ChainMark = serde_json::from_str(&text).unwrap();
        assert!(mark.is_not(&[1; 32]) && !mark.is_not(&chain));
        for at in 1..text.len() - 1 {
            for bit in 0..7 {
                let mut bent = text.clone().into_bytes();
                bent[at] ^= 1 << bit;
                let Ok(bent) = serde_json::from_slice::<ChainMark>(&bent) else {
                    continue;
                };
                assert!(
                    !bent.is_not(&chain) && !bent.is_not(&[1; 32]),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }
}
