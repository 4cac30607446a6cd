//! A record's frame in a segment file.
//!
//! ```text
//!  0         4         8         12        16               32       34       36
//!  ├─────────┼─────────┼─────────┼─────────┼────────────────┼────────┼────────┼─────────┬────────┐
//!  │ CRC32C  │ length  │ record  │ group   │ plan id        │ index  │ remain │ record  │ zeros  │
//! ```
//!
//! The checksum covers everything after itself, and before that the file's number and salt and the frame's own
//! offset: bytes that lie elsewhere, or are left from an earlier use of the disk, are no frame.

use schema::ids::{PlanId, Position};
use schema::limits::PAYLOAD_BYTES_MAX;
use schema::log::{EnvelopeSalt, Payload, Record};

use crate::log::ReadError;
use crate::log::place::BatchMark;

/// Bytes before the record.
pub const FRAME_HEADER_BYTES: usize = 36;
/// No frame is longer: the largest payload, and room for everything else of a record.
pub const FRAME_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + (64 << 10);

/// What binds a frame to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The segment's number.
    pub number: u64,
    /// Random, made with the file. Nobody who can have content written knows it, so none can look like a frame.
    pub salt: u64,
}

/// Where a frame lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the file's beginning.
    pub offset: u32,
    /// Bytes of the whole frame.
    pub length: u32,
}

impl Place {
    /// One past its last byte.
    #[must_use]
    pub fn end(self) -> u64 {
        u64::from(self.offset) + u64::from(self.length)
    }
}

/// A frame's header, but for checksum and lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Offset of the first frame that was written and flushed together with this one.
    pub group: u32,
    /// The plan.
    pub plan: PlanId,
    /// Where the event stands in its batch.
    pub mark: BatchMark,
}

/// A frame as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'b> {
    /// Its header.
    pub header: Header,
    /// The record's bytes.
    pub record: &'b [u8],
}

impl Frame<'_> {
    /// Its record.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] at `expected` when it is none, or another than that.
    pub fn record(&self, plan: PlanId, expected: Position) -> Result<Record, ReadError> {
        let record =
            Record::decode(self.record).map_err(|error| corrupt(plan, expected, &error.to_string()))?;
        if (self.header.plan, record.envelope.position) == (plan, expected) {
            Ok(record)
        } else {
            Err(corrupt(plan, expected, "another event lies in its place"))
        }
    }
}

/// Frames a record at the end of `to`, whose first byte will lie at `base` in the file.
pub fn push(to: &mut Vec<u8>, base: u32, binding: Binding, header: Header, record: &Record) -> Place {
    let start = to.len();
    to.extend([0; FRAME_HEADER_BYTES]);
    record.encode_into(to);
    let record_bytes = to.len() - start - FRAME_HEADER_BYTES;
    to.extend(std::iter::repeat_n(0, room_of(record)));
    let place = Place {
        offset: base.saturating_add(length_of(start)),
        length: length_of(to.len() - start),
    };
    let frame = to.get_mut(start..).unwrap_or_default();
    fill_header(frame, binding, place, (header, record_bytes));
    place
}

/// Zeros behind a record. Without salt₁ it is a byte longer; where the payload is gone already, that byte is kept
/// free, so that what is left of an event always fits where it stands.
fn room_of(record: &Record) -> usize {
    let may_grow =
        record.payload == Payload::Erased && matches!(record.envelope_salt, EnvelopeSalt::Present(_));
    usize::from(may_grow)
}

/// The frame that fills a place with another record; nothing when the record is longer than the place.
#[must_use]
pub fn refill(binding: Binding, place: Place, header: Header, record: &Record) -> Option<Vec<u8>> {
    let mut frame = vec![0; FRAME_HEADER_BYTES];
    record.encode_into(&mut frame);
    let record_bytes = frame.len() - FRAME_HEADER_BYTES;
    if frame.len() > place.length as usize {
        return None;
    }
    frame.resize(place.length as usize, 0);
    fill_header(&mut frame, binding, place, (header, record_bytes));
    Some(frame)
}

fn fill_header(frame: &mut [u8], binding: Binding, place: Place, (header, record_bytes): (Header, usize)) {
    let lengths = [place.length, length_of(record_bytes), header.group].map(u32::to_be_bytes);
    let marks = [header.mark.index, header.mark.remaining].map(u16::to_be_bytes);
    let fields = lengths
        .iter()
        .flatten()
        .chain(header.plan.as_bytes())
        .chain(marks.iter().flatten());
    let (checksum, covered) = frame.split_at_mut(4);
    for (to, from) in covered.iter_mut().zip(fields) {
        *to = *from;
    }
    checksum.copy_from_slice(&checksum_of(binding, place.offset, covered).to_be_bytes());
}

/// The length that a frame's first bytes claim, if they can be the beginning of one at `offset`.
#[must_use]
pub fn claimed_length(offset: u32, bytes: &[u8]) -> Option<usize> {
    let length = number_at(bytes, 4)? as usize;
    let record = number_at(bytes, 8)? as usize;
    let group = number_at(bytes, 12)?;
    let fits = (FRAME_HEADER_BYTES..=FRAME_BYTES_MAX).contains(&length)
        && record <= length - FRAME_HEADER_BYTES
        && group <= offset;
    fits.then_some(length)
}

/// Whether a frame's first bytes claim that its record fills it, as every record does until something of it is erased.
#[must_use]
pub fn is_fresh(bytes: &[u8]) -> bool {
    let (length, record) = (number_at(bytes, 4), number_at(bytes, 8));
    length.is_some() && length == record.and_then(|record| record.checked_add(FRAME_HEADER_BYTES as u32))
}

/// Reads the frame that fills `bytes`; says what is wrong with it otherwise.
///
/// # Errors
/// What is wrong.
pub fn decode(binding: Binding, offset: u32, bytes: &[u8]) -> Result<Frame<'_>, &'static str> {
    if claimed_length(offset, bytes) != Some(bytes.len()) {
        return Err("no frame begins there");
    }
    let (checksum, covered) = bytes.split_first_chunk::<4>().ok_or("its frame is cut off")?;
    if u32::from_be_bytes(*checksum) != checksum_of(binding, offset, covered) {
        return Err("its checksum does not match");
    }
    let record_length = number_at(bytes, 8).ok_or("its frame is cut off")? as usize;
    let read = || {
        let plan = bytes.get(16..32)?.try_into().ok()?;
        let half = |at: usize| {
            let half = bytes.get(at..at + 2)?.try_into().ok()?;
            Some(u16::from_be_bytes(half))
        };
        Some(Frame {
            header: Header {
                group: number_at(bytes, 12)?,
                plan: PlanId::from_bytes(plan),
                mark: BatchMark {
                    index: half(32)?,
                    remaining: half(34)?,
                },
            },
            record: bytes.get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + record_length)?,
        })
    };
    read().ok_or("its frame is cut off")
}

/// The error for a record that is not what was written.
pub(super) fn corrupt(plan: PlanId, position: Position, what: &str) -> ReadError {
    ReadError::Corrupt {
        plan,
        position,
        what: what.to_owned(),
    }
}

fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

fn length_of(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a group of frames is shorter than 4 GiB")
}

fn checksum_of(binding: Binding, offset: u32, covered: &[u8]) -> u32 {
    let mut bound = [0; 20];
    let (number, rest) = bound.split_at_mut(8);
    let (salt, place) = rest.split_at_mut(8);
    number.copy_from_slice(&binding.number.to_be_bytes());
    salt.copy_from_slice(&binding.salt.to_be_bytes());
    place.copy_from_slice(&offset.to_be_bytes());
    crc32c::crc32c_append(crc32c::crc32c(&bound), covered)
}
