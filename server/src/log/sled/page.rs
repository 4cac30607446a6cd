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
        Kind::Cap | Kind::Batch | Kind::Roots | Kind::Other => Some(Said::Nothing),
    }
}

/// A page as it was last written whole.
pub(super) struct Page<'a> {
    /// The one that holds the keys behind it; 0 for none.
    pub(super) next: u64,
    /// The page below it that goes up in the one before it; 0 for none.
    pub(super) merges: u64,
    /// How every key in it begins.
    pub(super) prefix: &'a [u8],
    /// No key in it is before this one.
    pub(super) lowest: &'a [u8],
    /// Every key in it is before this one; empty where nothing bounds it.
    pub(super) highest: &'a [u8],
    pub(super) held: Held,
}

/// What a page holds.
pub(super) enum Held {
    /// With their whole keys.
    Entries(Vec<Entry>),
    /// Other pages, each under the lowest key it may hold.
    Pages(Vec<(Vec<u8>, u64)>),
}

impl<'a> Page<'a> {
    /// What follows a page, the two marks of merging, the length of the common prefix, the lowest and highest key, the
    /// entries.
    pub(super) fn read(payload: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(payload);
        let (next, merges) = (cursor.number()?, cursor.number()?);
        cursor.byte()?;
        let prefix_bytes = usize::from(cursor.byte()?);
        let lowest = cursor.bytes()?;
        let prefix = lowest.get(..prefix_bytes)?;
        let highest = cursor.bytes()?;
        let is_leaf = cursor.byte()? == 0;
        let count = usize::try_from(cursor.number()?).ok()?;
        let mut keys = Vec::new();
        for _ in 0..count {
            keys.push([prefix, cursor.bytes()?].concat());
        }
        let held = if is_leaf {
            let mut entries = Vec::with_capacity(keys.len());
            for key in keys {
                let value = place_of(cursor.bytes()?, cursor, payload);
                entries.push(Entry { key, value });
            }
            Held::Entries(entries)
        } else {
            let mut pages = Vec::with_capacity(keys.len());
            for key in keys {
                pages.push((key, cursor.number()?));
            }
            Held::Pages(pages)
        };
        Some(Self {
            next,
            merges,
            prefix,
            lowest,
            highest,
            held,
        })
    }
}

/// One change to a page. Its keys are without the page's prefix.
pub(super) enum Change<'a> {
    /// It holds this entry now.
    Set {
        key: &'a [u8],
        /// In the bytes that were read.
        value: Range<usize>,
    },
    /// It holds nothing under this key any more.
    Removed(&'a [u8]),
    /// A page below it is going up in the one before.
    Merges(u64),
    /// That page has.
    Merged,
    /// Nothing that a reader needs.
    Other,
}

impl<'a> Change<'a> {
    pub(super) fn read(payload: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(payload);
        Some(match cursor.byte()? {
            0 => Self::Set {
                key: cursor.bytes()?,
                value: place_of(cursor.bytes()?, cursor, payload),
            },
            1 => Self::Removed(cursor.bytes()?),
            2 => Self::Merges(cursor.number()?),
            3 => Self::Merged,
            _ => Self::Other,
        })
    }
}

fn node(payload: &[u8]) -> Option<Said> {
    let page = Page::read(payload)?;
    Some(Said::All {
        prefix: page.prefix.to_vec(),
        entries: match page.held {
            Held::Entries(entries) => entries,
            Held::Pages(_) => Vec::new(),
        },
    })
}

fn link(payload: &[u8]) -> Option<Said> {
    Some(match Change::read(payload)? {
        Change::Set { key, value } => Said::Set(Entry {
            key: key.to_vec(),
            value,
        }),
        Change::Removed(key) => Said::Removed(key.to_vec()),
        Change::Merges(_) | Change::Merged | Change::Other => Said::Nothing,
    })
}

/// Where a value lies that was just read.
fn place_of(value: &[u8], after: Cursor<'_>, payload: &[u8]) -> Range<usize> {
    let end = payload.len() - after.0.len();
    end - value.len()..end
}
