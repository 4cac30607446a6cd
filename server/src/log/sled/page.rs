//! What a message of sled's file says of a page: which entries it has now, or which one changed.
//!
//! Why it stands apart from [`super::file`]: that knows checksums and places, this knows trees. Nothing here knows what
//! an entry means to us.

use std::ops::Range;

use super::file::{Cursor, Kind};

/// What is said of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It holds these entries and no others.
    All {
        /// How every key in it begins. A change to the page leaves that out, until the page is written whole again.
        prefix: Vec<u8>,
        /// With their whole keys.
        entries: Vec<Entry>,
    },
    /// It holds this one instead of what it had under its key, which is without the page's prefix.
    Set(Entry),
    /// It holds nothing under this key any more, which is without the page's prefix.
    Removed(Vec<u8>),
    /// Nothing about entries.
    Nothing,
}

/// An entry, with the place of its value in the bytes that were read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) value: Range<usize>,
}

/// Reads what the payload of a message says, or a file in `blobs`; nothing where it is not what sled writes.
pub(super) fn read(kind: Kind, payload: &[u8]) -> Option<Said> {
    match kind {
        Kind::Free => Some(Said::All {
            prefix: Vec::new(),
            entries: Vec::new(),
        }),
        Kind::Node | Kind::BlobNode => node(payload),
        Kind::Link | Kind::BlobLink => link(payload),
        Kind::Cap | Kind::Batch | Kind::Other => Some(Said::Nothing),
    }
}

/// What follows a page, two marks of merging, the length of the common prefix, the lowest and highest key, the entries.
fn node(payload: &[u8]) -> Option<Said> {
    let mut cursor = Cursor(payload);
    cursor.number()?;
    cursor.number()?;
    cursor.byte()?;
    let prefix_bytes = usize::from(cursor.byte()?);
    let lowest = cursor.bytes()?;
    let prefix = lowest.get(..prefix_bytes)?;
    cursor.bytes()?;
    let is_leaf = cursor.byte()? == 0;
    let count = usize::try_from(cursor.number()?).ok()?;
    let mut keys = Vec::new();
    for _ in 0..if is_leaf { count } else { 0 } {
        keys.push([prefix, cursor.bytes()?].concat());
    }
    let mut entries = Vec::with_capacity(keys.len());
    for key in keys {
        let value = place_of(cursor.bytes()?, cursor, payload);
        entries.push(Entry { key, value });
    }
    Some(Said::All {
        prefix: prefix.to_vec(),
        entries,
    })
}

fn link(payload: &[u8]) -> Option<Said> {
    let mut cursor = Cursor(payload);
    match cursor.byte()? {
        0 => {
            let key = cursor.bytes()?.to_vec();
            let value = place_of(cursor.bytes()?, cursor, payload);
            Some(Said::Set(Entry { key, value }))
        }
        1 => Some(Said::Removed(cursor.bytes()?.to_vec())),
        _ => Some(Said::Nothing),
    }
}

/// Where a value lies that was just read.
fn place_of(value: &[u8], after: Cursor<'_>, payload: &[u8]) -> Range<usize> {
    let end = payload.len() - after.0.len();
    end - value.len()..end
}
