//! Reading an index file: its footer when it is opened, a block when it is asked.

use std::io;

use super::super::disk::{DiskFile, read_range};
use super::super::file::FORMAT;
use super::super::frame::Binding;
use super::{Footer, FooterBlock, Table, seed};

/// The last bytes of an index file.
pub(super) const MAGIC: [u8; 8] = *b"segindex";
const TRAILER_BYTES: u64 = 24;
/// No footer is longer: the filter of a segment of the smallest events takes under 1 MB.
const FOOTER_BYTES_MAX: u64 = 64 << 20;

/// Opens the table of a segment; nothing when it is damaged or of another segment, and has to be made again.
///
/// # Errors
/// When the disk fails.
pub fn read(file: &dyn DiskFile, binding: Binding, segment_bytes: u64) -> io::Result<Option<Table>> {
    let Some(trailer_at) = file.size()?.checked_sub(TRAILER_BYTES) else {
        return Ok(None);
    };
    let trailer = read_range(file, trailer_at, TRAILER_BYTES)?;
    let Some((offset, checksum)) = decode_trailer(&trailer) else {
        return Ok(None);
    };
    let Some(length) = trailer_at
        .checked_sub(offset)
        .filter(|length| *length <= FOOTER_BYTES_MAX)
    else {
        return Ok(None);
    };
    let footer = read_range(file, offset, length)?;
    if checksum_of(seed(binding), offset, &footer) != checksum {
        return Ok(None);
    }
    let footer: Option<Footer> = minicbor::decode(&footer).ok();
    let footer = footer.filter(|footer| (footer.salt, footer.segment_bytes) == (binding.salt, segment_bytes));
    Ok(footer.map(|footer| Table::new(binding, footer)))
}

fn decode_trailer(trailer: &[u8]) -> Option<(u64, u32)> {
    let (offset, rest) = trailer.split_first_chunk::<8>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let (format, magic) = rest.split_first_chunk::<4>()?;
    let known = u32::from_be_bytes(*format) == FORMAT && magic == MAGIC;
    known.then(|| (u64::from_be_bytes(*offset), u32::from_be_bytes(*checksum)))
}

/// A block's entries, still as bytes; nothing when it is damaged.
pub(super) fn block(file: &dyn DiskFile, block: &FooterBlock, seed: u32) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = read_range(file, block.offset, block.length)?;
    let Some(checksum) = bytes.first_chunk::<4>().copied() else {
        return Ok(None);
    };
    bytes.drain(..4);
    let whole = u32::from_be_bytes(checksum) == checksum_of(seed, block.offset, &bytes);
    Ok(whole.then_some(bytes))
}

/// The entries of a block, in order.
pub(super) fn entries(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (key_length, rest) = bytes.split_first_chunk::<2>()?;
        let (value_length, rest) = rest.split_first_chunk::<4>()?;
        let (key, rest) = rest.split_at_checked(u16::from_be_bytes(*key_length).into())?;
        let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*value_length) as usize)?;
        bytes = rest;
        Some((key, value))
    })
}

pub(super) fn checksum_of(seed: u32, offset: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &offset.to_be_bytes()), bytes)
}
