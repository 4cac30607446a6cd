//! Fingerprints of event ids, and the Bloom filter that says of most unknown ids "certainly not".
//!
//! Why it exists: every append asks whether its ids are known, and almost always they are not. A filter in
//! memory answers that without the disk. The bytes are stored, so neither mixing nor probing may ever change.

use schema::ids::EventId;

/// Bits of a filter per event, so that one unknown id in about 300 is a perhaps.
const BITS_PER_EVENT: u64 = 12;
/// Bits set per id.
const PROBES: u64 = 8;

/// Eight bytes that stand for an id. Ids may be made by clients in any way, so both halves are mixed.
#[must_use]
pub fn fingerprint(id: EventId) -> u64 {
    fingerprint_of(*id.as_bytes())
}

/// Eight bytes that stand for sixteen.
#[must_use]
pub fn fingerprint_of(bytes: [u8; 16]) -> u64 {
    let number = u128::from_be_bytes(bytes);
    let [high, low] = [number >> 64, number & u128::from(u64::MAX)]
        .map(|half| u64::try_from(half).expect("half of 128 bits"));
    mix(high ^ mix(low))
}

/// The finaliser of SplitMix64.
#[must_use]
pub fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A Bloom filter over fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    bits: Vec<u8>,
}

impl Filter {
    /// An empty filter for so many fingerprints.
    #[must_use]
    pub fn for_events(events: u64) -> Self {
        let bytes = usize::try_from((events.max(1) * BITS_PER_EVENT).div_ceil(8));
        Self {
            bits: vec![0; bytes.expect("a filter fits in memory")],
        }
    }

    /// A filter as it was stored.
    #[must_use]
    pub fn from_bytes(bits: Vec<u8>) -> Self {
        Self { bits }
    }

    /// Its stored form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bits
    }

    /// Takes a fingerprint in.
    pub fn insert(&mut self, print: u64) {
        for (byte, mask) in probes(print, self.bits.len()) {
            if let Some(byte) = self.bits.get_mut(byte) {
                *byte |= mask;
            }
        }
    }

    /// False: certainly not. True: perhaps.
    #[must_use]
    pub fn may_hold(&self, print: u64) -> bool {
        probes(print, self.bits.len())
            .all(|(byte, mask)| self.bits.get(byte).is_some_and(|byte| byte & mask != 0))
    }
}

/// Byte and mask of each probed bit, by double hashing.
fn probes(print: u64, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let step = mix(print) | 1;
    let bits = (bytes as u64 * 8).max(1);
    (0..PROBES).map(move |probe| {
        let bit = print.wrapping_add(probe.wrapping_mul(step)) % bits;
        (
            usize::try_from(bit / 8).expect("a filter's bytes fit"),
            1 << (bit % 8),
        )
    })
}
