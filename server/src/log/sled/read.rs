//! Reading pages: by position, by stream, or filtered block by block.

use std::ops::Range;

use schema::ids::{PlanId, Position, Revision};
use schema::limits::LOG_PAGE_EVENTS_MAX;
use schema::log::{Record, Stream};

use super::block::{self, BLOCK_EVENTS};
use super::plan::{Snapshot, last_sealed_run};
use super::trees::{Trees, missing};
use crate::log::select::{first_at_or_after, first_of, first_of_actor, range_of, selects};
use crate::log::{Direction, ReadError, ReadRequest, Selector};

/// Reads one page of what the snapshot shows.
pub(super) fn page(
    trees: &Trees,
    request: &ReadRequest,
    snapshot: &Snapshot,
) -> Result<Vec<Record>, ReadError> {
    let limit = request.limit.min(LOG_PAGE_EVENTS_MAX);
    let everything = range_of(request, 0..snapshot.end.0);
    let event = |position| trees.event(request.plan, position).map(|(_, record)| record);
    match &request.selector {
        Selector::Stream(stream) => stream_page(trees, request, *stream, snapshot, limit),
        Selector::All => {
            let page = first_of(everything, request.direction, limit);
            scan(trees, request.plan, page, request.direction).collect()
        }
        Selector::Span { from, end } => {
            let first = first_at_or_after(*from, snapshot.end, event)?;
            let end = first_at_or_after(*end, snapshot.end, event)?;
            let spanned = everything.start.max(first.0)..everything.end.min(end.0);
            let page = first_of(spanned, request.direction, limit);
            scan(trees, request.plan, page, request.direction).collect()
        }
        Selector::KindPrefix(_) => filtered(trees, request, snapshot, everything, limit),
        Selector::Actor(actor) => {
            let first = first_of_actor(*actor, snapshot.end, event)?;
            let since = everything.start.max(first.0)..everything.end;
            filtered(trees, request, snapshot, since, limit)
        }
    }
}

/// Every record of a range of positions; a gap is an error.
fn scan(
    trees: &Trees,
    plan: PlanId,
    range: Range<u64>,
    direction: Direction,
) -> Box<dyn Iterator<Item = Result<Record, ReadError>> + '_> {
    let (first, end) = (Position(range.start), Position(range.end));
    let found = trees
        .events(plan, first, end)
        .map(|item| item.map(|(_, record)| record));
    match direction {
        Direction::Forward => Box::new(without_gaps(plan, range, found)),
        Direction::Backward => Box::new(without_gaps(plan, range.rev(), found.rev())),
    }
}

fn without_gaps(
    plan: PlanId,
    expected: impl Iterator<Item = u64>,
    mut found: impl Iterator<Item = Result<Record, ReadError>>,
) -> impl Iterator<Item = Result<Record, ReadError>> {
    expected.map(move |position| match found.next() {
        Some(Ok(record)) if record.envelope.position.0 == position => Ok(record),
        Some(Err(error)) => Err(error),
        _ => Err(missing(plan, Position(position))),
    })
}

fn filtered(
    trees: &Trees,
    request: &ReadRequest,
    snapshot: &Snapshot,
    range: Range<u64>,
    limit: usize,
) -> Result<Vec<Record>, ReadError> {
    let mut page = Vec::new();
    for block in blocks_of(&range, request.direction) {
        if page.len() >= limit {
            break;
        }
        if !may_hold(trees, request, snapshot, block)? {
            continue;
        }
        let first = (block * BLOCK_EVENTS).max(range.start);
        let end = ((block + 1) * BLOCK_EVENTS).min(range.end);
        for record in scan(trees, request.plan, first..end, request.direction) {
            let record = record?;
            if page.len() < limit && selects(&request.selector, &record.envelope) {
                page.push(record);
            }
        }
    }
    Ok(page)
}

fn blocks_of(range: &Range<u64>, direction: Direction) -> Box<dyn Iterator<Item = u64>> {
    let blocks = range.start / BLOCK_EVENTS..range.end.div_ceil(BLOCK_EVENTS);
    match direction {
        Direction::Forward => Box::new(blocks),
        Direction::Backward => Box::new(blocks.rev()),
    }
}

/// Whether a block is worth reading. One whose summary is not written yet is.
fn may_hold(
    trees: &Trees,
    request: &ReadRequest,
    snapshot: &Snapshot,
    number: u64,
) -> Result<bool, ReadError> {
    if number * BLOCK_EVENTS >= snapshot.unsealed.0 {
        return Ok(true);
    }
    let key = block::numbered_key(b'b', request.plan, number);
    match trees.index_entry(&key)? {
        Some(value) => Ok(block::decode_summary(&key, &value)?.may_hold(&request.selector)),
        None => Err(block::damaged(&key)),
    }
}

fn stream_page(
    trees: &Trees,
    request: &ReadRequest,
    stream: Stream,
    snapshot: &Snapshot,
    limit: usize,
) -> Result<Vec<Record>, ReadError> {
    let wanted = first_of(range_of(request, 0..snapshot.count), request.direction, limit);
    let mut positions = stream_positions(trees, request.plan, &stream, snapshot, &wanted)?;
    if request.direction == Direction::Backward {
        positions.reverse();
    }
    let record = |position| trees.event(request.plan, position).map(|(_, record)| record);
    positions.into_iter().map(record).collect()
}

/// The positions of a range of revisions, oldest first.
fn stream_positions(
    trees: &Trees,
    plan: PlanId,
    stream: &Stream,
    snapshot: &Snapshot,
    wanted: &Range<u64>,
) -> Result<Vec<Position>, ReadError> {
    let mut newest_first = Vec::new();
    let mut below = wanted.end;
    let mut unsealed = snapshot.runs.iter().rev().cloned();
    while below > wanted.start {
        let run = match unsealed.next() {
            Some(run) => Some(run),
            None => last_sealed_run(trees, plan, stream, Revision(below - 1))?,
        };
        let Some(run) = run.filter(|run| run.last().0 + 1 >= below || run.first.0 >= below) else {
            return Err(block::damaged(&block::stream_key(
                plan,
                stream,
                Revision(below - 1),
            )));
        };
        let places = run
            .places()
            .rev()
            .filter(|(revision, _)| (wanted.start..below).contains(&revision.0));
        newest_first.extend(places.map(|(_, position)| position));
        below = below.min(run.first.0);
    }
    newest_first.reverse();
    Ok(newest_first)
}
