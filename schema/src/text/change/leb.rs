//! Reads bytes and LEB128 numbers in their shortest form only, without panics.
//!
//! Why it exists: automerge's own readers are private, and a number with two spellings would be a change with
//! two hashes.

use crate::text::refusal::ChangeRefusal;

/// A place in untrusted bytes.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, count: u64) -> Result<&'a [u8], ChangeRefusal> {
        let count = usize::try_from(count).map_err(|_| ChangeRefusal::Malformed)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(ChangeRefusal::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ChangeRefusal> {
        let taken = self.take(N as u64)?;
        taken.try_into().map_err(|_| ChangeRefusal::Malformed)
    }

    /// Bytes with their length before them.
    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], ChangeRefusal> {
        let count = self.unsigned()?;
        self.take(count)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, ChangeRefusal> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array::<1>()?;
            if shift == 63 && byte > 1 {
                return Err(ChangeRefusal::Malformed);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let overlong = byte == 0 && shift > 0;
                return if overlong {
                    Err(ChangeRefusal::Malformed)
                } else {
                    Ok(value)
                };
            }
        }
        Err(ChangeRefusal::Malformed)
    }

    pub(super) fn signed(&mut self) -> Result<i64, ChangeRefusal> {
        let mut value = 0_i64;
        let mut previous = 0_u8;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array::<1>()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(ChangeRefusal::Malformed);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let only_sign = (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if shift > 0 && only_sign {
                    return Err(ChangeRefusal::Malformed);
                }
                let negative = byte & 0x40 != 0 && shift < 57;
                return Ok(if negative {
                    value | (-1 << (shift + 7))
                } else {
                    value
                });
            }
            previous = byte;
        }
        Err(ChangeRefusal::Malformed)
    }
}

/// Appends a number in its shortest form.
pub(super) fn write_unsigned(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signed_bytes(mut value: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let byte = (value & 0x7f) as u8;
            value >>= 7;
            if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
                bytes.push(byte);
                return bytes;
            }
            bytes.push(byte | 0x80);
        }
    }

    proptest! {
        #[test]
        fn numbers_read_back(unsigned: u64, signed: i64) {
            let mut bytes = Vec::new();
            write_unsigned(&mut bytes, unsigned);
            prop_assert_eq!(Reader::new(&bytes).unsigned(), Ok(unsigned));
            prop_assert_eq!(Reader::new(&signed_bytes(signed)).signed(), Ok(signed));
        }
    }

    #[test]
    fn only_the_shortest_form_is_read() {
        assert!(Reader::new(&[0x81, 0x00]).unsigned().is_err());
        assert!(Reader::new(&[0xbf, 0x00]).signed().is_err());
        assert_eq!(Reader::new(&[0xff, 0x00]).signed(), Ok(127));
        assert!(Reader::new(&[0xff, 0xff, 0x7f]).signed().is_err());
        assert!(Reader::new(&[0xff; 12]).unsigned().is_err());
        assert!(Reader::new(&[]).signed().is_err());
    }
}
