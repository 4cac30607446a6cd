//! sled's own file read as bytes, without sled: every message in it that is whole, wherever damage lies.
//!
//! # Why it exists
//!
//! sled goes from message to message and cuts its file off, or panics, at the first one that it cannot read. What lies
//! behind is healthy, each message with a checksum of its own. So this looks on behind damage, byte by byte, and
//! writes nothing.
//!
//! # Bytes (sled 0.34.7)
//!
//! The file is segments of 512 KiB: a header of 20 bytes, then messages until one does not fit.
//!
//! | message | bytes |
//! |---|---|
//! | CRC32 of the payload and of what follows here, inverted | 4, little endian |
//! | kind | 1 |
//! | length of the payload, number of the segment, page | 3 numbers of 1 to 9 bytes |
//! | payload | |
//!
//! The number of a segment and the place in it are the message's time: what comes later in a page replaces what came
//! before. A segment that is used again keeps the rest of its earlier messages, with their earlier number.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes of a segment: sled's default, which the engine never changes.
pub(super) const SEGMENT_BYTES: usize = 512 << 10;
/// Bytes before a segment's first message.
pub(super) const SEGMENT_HEADER_BYTES: usize = 20;
/// Bytes of a message's checksum.
const CHECKSUM_BYTES: usize = 4;
/// The file of messages.
pub(super) const NAME: &str = "db";

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The page is free.
    Free,
    /// All that a page holds.
    Node,
    /// One change to a page.
    Link,
    /// The payload is the number of a file in `blobs` that holds a [`Kind::Node`].
    BlobNode,
    /// The payload is the number of a file in `blobs` that holds a [`Kind::Link`].
    BlobLink,
    /// Padding: nothing follows in its segment.
    Cap,
    /// What follows is one batch up to a time that the payload says: all of it counts, or none.
    Batch,
    /// The pages at which the trees begin.
    Roots,
    /// What sled notes for itself.
    Other,
}

impl Kind {
    const fn of(code: u8) -> Option<Self> {
        match code {
            4 => Some(Self::Free),
            8 => Some(Self::Node),
            9 => Some(Self::BlobNode),
            10 => Some(Self::Link),
            11 => Some(Self::BlobLink),
            2 => Some(Self::Cap),
            3 => Some(Self::Batch),
            6 => Some(Self::Roots),
            1 | 5 | 7 => Some(Self::Other),
            _ => None,
        }
    }
}

/// A whole message.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) kind: Kind,
    /// Grows with time: what is larger was written later.
    pub(super) time: u64,
    /// The page it is about.
    pub(super) page: u64,
    /// Its length, with its header.
    pub(super) bytes: u64,
    /// Where the payload begins in the file.
    pub(super) offset: u64,
    pub(super) payload: &'a [u8],
}

/// Reads every whole message of a log's file, segment by segment in the order in which they were written.
///
/// # Errors
/// What the operating system says.
pub(super) fn each_message(log: &Path, each: &mut dyn FnMut(&Message<'_>)) -> io::Result<()> {
    let file = File::open(log.join(NAME))?;
    let mut segments = Vec::new();
    for start in (0..file.metadata()?.len()).step_by(SEGMENT_BYTES) {
        segments.push((written_as(&segment_at(&file, start)?), start));
    }
    segments.sort_unstable();
    for (_, start) in segments {
        each_in_segment(&segment_at(&file, start)?, start, each);
    }
    Ok(())
}

/// Reads every whole message of the segments that sled reads where its notes go up to a time; those segments of which the
/// header is damaged first.
///
/// # Errors
/// What the operating system says.
pub(super) fn each_message_since(
    log: &Path,
    noted: u64,
    each: &mut dyn FnMut(&Message<'_>),
) -> io::Result<()> {
    let file = File::open(log.join(NAME))?;
    let mut segments = Vec::new();
    for start in (0..file.metadata()?.len()).step_by(SEGMENT_BYTES) {
        let number = header_at(&file, start)?.as_ref().and_then(number_of);
        if number.is_none_or(|number| number >= noted / SEGMENT_BYTES as u64) {
            segments.push((number, start));
        }
    }
    segments.sort_unstable();
    for (_, start) in segments {
        each_in_segment(&segment_at(&file, start)?, start, each);
    }
    Ok(())
}

/// The header of the segment that begins at `start`; none where the file ends in it.
///
/// # Errors
/// What the operating system says.
pub(super) fn header_at(file: &File, start: u64) -> io::Result<Option<[u8; SEGMENT_HEADER_BYTES]>> {
    let mut header = [0; SEGMENT_HEADER_BYTES];
    match file.read_exact_at(&mut header, start) {
        Ok(()) => Ok(Some(header)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A segment's number, as its header says it, or its first whole message.
fn written_as(segment: &[u8]) -> u64 {
    let header = segment.first_chunk().and_then(number_of);
    header.unwrap_or_else(|| {
        let mut first = None;
        each_in_segment(segment, 0, &mut |message| {
            first = first.or(Some(message.time / SEGMENT_BYTES as u64));
        });
        first.unwrap_or_default()
    })
}

/// The number in a segment's header: CRC32 of what follows ‖ its time ‖ the time up to which all was stable; all three
/// with other bits than they are written with. None where its checksum does not match.
pub(super) fn number_of(header: &[u8; SEGMENT_HEADER_BYTES]) -> Option<u64> {
    let (checksum, covered) = header.split_first_chunk::<4>()?;
    let time = covered.first_chunk::<8>()?;
    if crc32fast::hash(covered) != !u32::from_le_bytes(*checksum) {
        return None;
    }
    let time = u64::from_le_bytes(*time) ^ (u64::MAX >> 1);
    Some(time / SEGMENT_BYTES as u64)
}

/// The time up to which all was on the disk when a segment was begun, as its header says it.
pub(super) fn stable_of(header: &[u8; SEGMENT_HEADER_BYTES]) -> u64 {
    let time = header
        .last_chunk::<8>()
        .map_or(0, |time| u64::from_le_bytes(*time));
    // It is one less than nothing where nothing was.
    i64::try_from(time ^ (u64::MAX >> 1)).map_or(0, i64::unsigned_abs)
}

/// The bytes of the segment that begins at `start`; the last one may be short.
///
/// # Errors
/// What the operating system says.
pub(super) fn segment_at(mut file: &File, start: u64) -> io::Result<Vec<u8>> {
    let mut segment = Vec::with_capacity(SEGMENT_BYTES);
    file.seek(SeekFrom::Start(start))?;
    file.take(SEGMENT_BYTES as u64).read_to_end(&mut segment)?;
    Ok(segment)
}

/// Every whole message of a segment, in order.
pub(super) fn each_in_segment(segment: &[u8], start: u64, each: &mut dyn FnMut(&Message<'_>)) {
    let mut at = SEGMENT_HEADER_BYTES;
    while let Some(rest) = segment.get(at..)
        && !rest.is_empty()
    {
        let Some((found, payload)) = Header::read(rest) else {
            // None begins here; one may begin at any byte behind.
            at += 1;
            continue;
        };
        each(&found.message(payload, start, at));
        at += found.bytes + payload.len();
    }
}

/// The message that bytes begin with at a place in a segment of this number, if it is whole and of this use of the segment.
pub(super) fn message_of(bytes: &[u8], segment: u64, at: usize) -> Option<Message<'_>> {
    let (found, payload) = Header::read(bytes)?;
    (found.segment == segment).then(|| found.message(payload, 0, at))
}

/// Whether bytes begin as a message of a segment with this number does, whole or not.
pub(super) fn begins_message(bytes: &[u8], segment: u64) -> bool {
    Header::begin(bytes).is_some_and(|(found, _)| found.segment == segment)
}

struct Header {
    kind: Kind,
    segment: u64,
    page: u64,
    /// Its own length.
    bytes: usize,
}

impl Header {
    /// The message that begins at a place in the segment that begins at `start`.
    const fn message<'a>(&self, payload: &'a [u8], start: u64, at: usize) -> Message<'a> {
        Message {
            kind: self.kind,
            time: self
                .segment
                .saturating_mul(SEGMENT_BYTES as u64)
                .saturating_add(at as u64),
            page: self.page,
            bytes: (self.bytes + payload.len()) as u64,
            offset: start + (at + self.bytes) as u64,
            payload,
        }
    }

    /// The header and payload of the message that `bytes` begin with, if its checksum says that it is one.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (found, payload) = Self::begin(bytes)?;
        let checksum = bytes.first_chunk::<CHECKSUM_BYTES>()?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(payload);
        hasher.update(bytes.get(CHECKSUM_BYTES..found.bytes)?);
        (!hasher.finalize() == u32::from_le_bytes(*checksum)).then_some((found, payload))
    }

    /// The same, whatever its checksum says.
    fn begin(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let covered = bytes.get(CHECKSUM_BYTES..)?;
        let mut cursor = Cursor(covered);
        let kind = Kind::of(cursor.byte()?)?;
        let length = usize::try_from(cursor.number()?).ok()?;
        let segment = cursor.number()?;
        let page = cursor.number()?;
        let found = Self {
            kind,
            segment,
            page,
            bytes: CHECKSUM_BYTES + covered.len() - cursor.0.len(),
        };
        Some((found, cursor.take(length)?))
    }
}

/// Reads sled's encodings off the front of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of 1 to 9 bytes: up to 240 it is the first byte, above that the first byte tells how many follow.
    pub(super) fn number(&mut self) -> Option<u64> {
        match self.byte()? {
            small @ 0..=240 => Some(u64::from(small)),
            tens @ 241..=248 => Some(240 + 256 * (u64::from(tens) - 241) + u64::from(self.byte()?)),
            249 => Some(2_288 + 256 * u64::from(self.byte()?) + u64::from(self.byte()?)),
            longer => {
                let bytes = self.take(usize::from(longer) - 247)?;
                let number = bytes
                    .iter()
                    .rev()
                    .fold(0, |number, byte| number << 8 | u64::from(*byte));
                Some(number)
            }
        }
    }

    /// Bytes after their length.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }
}
