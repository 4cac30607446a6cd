//! Which messages make each page: sled's notes of that, and what its file says since.
//!
//! The notes (`snap.` and the time up to which they go) are written at each opening, whole or not at all:
//!
//! | what | bytes |
//! |---|---|
//! | the time up to which they go, and one | 8, little endian |
//! | where the last segment begins, and one | a number of 1 to 9 bytes |
//! | each page, from 0 on: 0 and a message where it is free, else the number of its messages and these | |
//! | how many bytes that was, CRC32 of them | 8, 4, little endian |
//!
//! A message is told by its time (8 bytes), 0 or 1 for one that names a file in `blobs`, its place in the file, the name
//! of that file, and its length.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::strange;
use crate::log::sled::batches::NO_MESSAGE_BYTES;
use crate::log::sled::file::{self, Cursor, Kind, Message, SEGMENT_BYTES, SEGMENT_HEADER_BYTES};
use crate::log::sled::tail;

/// Bytes after what the notes say.
const END_BYTES: usize = 12;

/// A message in sled's file.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) time: u64,
    pub(super) offset: u64,
    /// With its header.
    pub(super) bytes: usize,
}

/// What makes a page.
#[derive(Debug, Default)]
pub(super) enum State {
    /// It is free, or never was.
    #[default]
    Gone,
    There {
        /// The message that says all of it.
        base: At,
        /// Those that changed it since, in order.
        changes: Vec<At>,
    },
}

/// Every page, up to the first message that is not there.
///
/// # Errors
/// What the operating system says, or that the notes are damaged.
pub(super) fn of(log: &Path, file: &File) -> io::Result<Vec<State>> {
    let noted = tail::noted_until(log)?;
    let mut pages = match noted {
        0 => Vec::new(),
        noted => notes(&fs::read(log.join(tail::notes_name(noted)))?).ok_or_else(strange)?,
    };
    let first = noted / SEGMENT_BYTES as u64;
    let mut segments = BTreeMap::new();
    let mut stable = noted;
    for start in (0..file.metadata()?.len()).step_by(SEGMENT_BYTES) {
        let header = file::header_at(file, start)?;
        let Some((header, number)) = header.and_then(|header| Some((header, file::number_of(&header)?)))
        else {
            continue;
        };
        if number >= first {
            segments.insert(number, start);
            stable = file::stable_of(&header).max(stable);
        }
    }
    // What is not there of the segments before was needed no more, and its place may have been used again.
    let mut expected = stable / SEGMENT_BYTES as u64;
    for (number, start) in segments {
        if number > expected {
            break;
        }
        let at = if number == first {
            noted % SEGMENT_BYTES as u64
        } else {
            0
        };
        let at = usize::try_from(at).map_err(|_| strange())?;
        let segment = file::segment_at(file, start)?;
        let goes_on = replay(
            &mut pages,
            &segment,
            (number, start),
            at.max(SEGMENT_HEADER_BYTES),
        );
        if number == expected {
            if !goes_on {
                break;
            }
            expected += 1;
        }
    }
    Ok(pages)
}

/// Takes in the messages of a segment from a place on; tells whether the next segment goes on from it.
fn replay(pages: &mut Vec<State>, segment: &[u8], (number, start): (u64, u64), mut at: usize) -> bool {
    while let Some(rest) = segment.get(at..)
        && let Some(message) = file::message_of(rest, number, at)
    {
        if message.kind == Kind::Cap {
            return true;
        }
        let Ok(bytes) = usize::try_from(message.bytes) else {
            return false;
        };
        take(
            pages,
            &message,
            At {
                time: message.time,
                offset: start + at as u64,
                bytes,
            },
        );
        at += bytes;
    }
    at + NO_MESSAGE_BYTES as usize >= SEGMENT_BYTES
}

fn take(pages: &mut Vec<State>, message: &Message<'_>, at: At) {
    let state = match message.kind {
        Kind::Free => State::Gone,
        Kind::Node | Kind::BlobNode | Kind::Roots => State::There {
            base: at,
            changes: Vec::new(),
        },
        Kind::Link | Kind::BlobLink => {
            let page = usize::try_from(message.page).ok();
            // One of a page that was written whole elsewhere since says nothing new.
            if let Some(State::There { changes, .. }) = page.and_then(|page| pages.get_mut(page)) {
                changes.push(at);
            }
            return;
        }
        Kind::Cap | Kind::Batch | Kind::Other => return,
    };
    let Ok(page) = usize::try_from(message.page) else {
        return;
    };
    if pages.len() <= page {
        pages.resize_with(page + 1, State::default);
    }
    if let Some(known) = pages.get_mut(page) {
        *known = state;
    }
}

/// What sled's notes say; nothing where they are damaged.
fn notes(bytes: &[u8]) -> Option<Vec<State>> {
    let (said, end) = bytes.split_at_checked(bytes.len().checked_sub(END_BYTES)?)?;
    let checksum = end.last_chunk::<4>()?;
    if crc32fast::hash(said) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let mut cursor = Cursor(said);
    cursor.take(8)?;
    cursor.number()?;
    let mut pages = Vec::new();
    while !cursor.0.is_empty() {
        pages.push(match cursor.byte()? {
            0 => {
                cursor.take(8)?;
                place(&mut cursor)?;
                State::Gone
            }
            messages => {
                let base = noted(&mut cursor)?;
                let mut changes = Vec::with_capacity(usize::from(messages) - 1);
                for _ in 1..messages {
                    changes.push(noted(&mut cursor)?);
                }
                State::There { base, changes }
            }
        });
    }
    Some(pages)
}

fn noted(cursor: &mut Cursor<'_>) -> Option<At> {
    let time = u64::from_le_bytes(*cursor.take(8)?.first_chunk()?);
    let offset = place(cursor)?;
    let bytes = usize::try_from(cursor.number()?).ok()?;
    Some(At { time, offset, bytes })
}

/// Where a message lies.
fn place(cursor: &mut Cursor<'_>) -> Option<u64> {
    let names_a_file = cursor.byte()? == 1;
    let offset = cursor.number()?;
    if names_a_file {
        cursor.take(8)?;
    }
    Some(offset)
}

/// What the page of roots says: each tree's name, and the page at which it begins.
pub(super) fn roots(said: &[u8]) -> Option<BTreeMap<Vec<u8>, u64>> {
    let mut cursor = Cursor(said);
    let mut roots = BTreeMap::new();
    while !cursor.0.is_empty() {
        let name = cursor.bytes()?.to_vec();
        roots.insert(name, cursor.number()?);
    }
    Some(roots)
}
