//! A page of records between server and command: `{ length, u32 ‖ record } …`, each as the engines store it.

use schema::log::Record;

/// Bytes of a page after which no further record is put in it.
const PAGE_BYTES: usize = 32 << 20;

/// Puts records in a page; fewer than all when they are large, but always one.
#[must_use]
pub fn encode(records: &[Record]) -> Vec<u8> {
    let mut page = Vec::new();
    for record in records {
        let bytes = record.encode();
        page.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        page.extend(bytes);
        if page.len() >= PAGE_BYTES {
            break;
        }
    }
    page
}

/// Reads a page.
///
/// # Errors
/// What is wrong with it.
pub fn decode(mut page: &[u8]) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    while !page.is_empty() {
        let cut_off = || "a page of records is cut off".to_owned();
        let (length, rest) = page.split_first_chunk::<4>().ok_or_else(cut_off)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let (bytes, rest) = rest.split_at_checked(length).ok_or_else(cut_off)?;
        records.push(Record::decode(bytes).map_err(|error| error.to_string())?);
        page = rest;
    }
    Ok(records)
}
