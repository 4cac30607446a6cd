//! From places to records: frames that lie near each other are read at once.

use schema::ids::{PlanId, Position};
use schema::log::Record;

use super::disk::{DiskFile, read_range};
use super::file::{FileKind, Files};
use super::frame::{self, Frame, Place, corrupt};
use super::part::Part;
use crate::log::ReadError;

/// Bytes between two wanted frames that are read along rather than skipped.
const GAP_BYTES_MAX: u64 = 16 << 10;
/// Bytes read at once, unless one frame is longer.
const SPAN_BYTES_MAX: u64 = 1 << 20;

/// The records at ascending places of one segment.
///
/// # Errors
/// [`ReadError::Corrupt`] for the first one that is not the event at its position.
pub fn records(
    files: &Files,
    part: &Part,
    plan: PlanId,
    wanted: &[(Position, Place)],
) -> Result<Vec<Record>, ReadError> {
    let file = files.get(part.binding().number, FileKind::Segment)?;
    let mut records = Vec::with_capacity(wanted.len());
    let mut rest = wanted;
    while let Some((_, first)) = rest.first() {
        let near = rest
            .iter()
            .zip(rest.iter().skip(1))
            .take_while(|((_, before), (_, next))| is_near(*first, *before, *next));
        let (span, later) = rest.split_at(1 + near.count());
        files.count.add_events(span.len());
        read_span(file.as_ref(), part, plan, span, &mut records)?;
        rest = later;
    }
    Ok(records)
}

fn is_near(first: Place, before: Place, next: Place) -> bool {
    u64::from(next.offset).saturating_sub(before.end()) <= GAP_BYTES_MAX
        && next.end().saturating_sub(u64::from(first.offset)) <= SPAN_BYTES_MAX
}

fn read_span(
    file: &dyn DiskFile,
    part: &Part,
    plan: PlanId,
    span: &[(Position, Place)],
    records: &mut Vec<Record>,
) -> Result<(), ReadError> {
    let (Some((_, first)), Some((_, last))) = (span.first(), span.last()) else {
        return Ok(());
    };
    let start = u64::from(first.offset);
    let bytes = read_range(file, start, last.end().saturating_sub(start))?;
    for (position, place) in span {
        let at = (place.offset - first.offset) as usize;
        let stored = bytes.get(at..at + place.length as usize).unwrap_or_default();
        let frame = decode(part, plan, *position, place.offset, stored)?;
        records.push(frame.record(plan, *position)?);
    }
    Ok(())
}

/// The frame in the bytes of an event's place.
///
/// # Errors
/// [`ReadError::Corrupt`] when it is none.
pub fn decode<'b>(
    part: &Part,
    plan: PlanId,
    position: Position,
    offset: u32,
    stored: &'b [u8],
) -> Result<Frame<'b>, ReadError> {
    frame::decode(part.binding(), offset, stored).map_err(|what| corrupt(plan, position, what))
}
