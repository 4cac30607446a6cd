//! Reading pages: by position, by stream, or filtered chunk by chunk.

use std::ops::Range;

use schema::ids::{Position, Revision};
use schema::limits::LOG_PAGE_EVENTS_MAX;
use schema::log::{Record, Stream};

use super::SegmentLog;
use super::plan::PlanView;
use crate::log::index::Reads;
use crate::log::place::Known;
use crate::log::select::{first_at_or_after, first_of, first_of_actor, range_of, selects};
use crate::log::{Direction, ReadError, ReadRequest, Selector};

impl SegmentLog {
    /// What was read since it was opened: a look-up that reads more than it answers shows here.
    #[must_use]
    pub fn reads(&self) -> Reads {
        self.files.count.so_far()
    }
}

/// Reads one page of what the view shows.
pub(super) fn page(view: &PlanView<'_>, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
    let limit = request.limit.min(LOG_PAGE_EVENTS_MAX);
    let end = view.head().next;
    let everything = range_of(request, 0..end.0);
    let event = |position| view.event(position);
    match &request.selector {
        Selector::Stream(stream) => stream_page(view, request, *stream, limit),
        Selector::All => {
            let page = first_of(everything, request.direction, limit);
            in_order(view, page, request.direction)
        }
        Selector::Span { from, end: until } => {
            let first = first_at_or_after(*from, end, event)?;
            let last = first_at_or_after(*until, end, event)?;
            let spanned = everything.start.max(first.0)..everything.end.min(last.0);
            let page = first_of(spanned, request.direction, limit);
            in_order(view, page, request.direction)
        }
        Selector::KindPrefix(_) => filtered(view, request, everything, limit),
        Selector::Actor(actor) => {
            let first = first_of_actor(*actor, end, event)?;
            let since = everything.start.max(first.0)..everything.end;
            filtered(view, request, since, limit)
        }
    }
}

fn in_order(view: &PlanView<'_>, range: Range<u64>, direction: Direction) -> Result<Vec<Record>, ReadError> {
    let positions: Vec<Position> = range.map(Position).collect();
    let mut records = view.events(&positions)?;
    if direction == Direction::Backward {
        records.reverse();
    }
    Ok(records)
}

fn filtered(
    view: &PlanView<'_>,
    request: &ReadRequest,
    mut range: Range<u64>,
    limit: usize,
) -> Result<Vec<Record>, ReadError> {
    let mut page = Vec::new();
    while !range.is_empty() && page.len() < limit {
        let next = match request.direction {
            Direction::Forward => range.start,
            Direction::Backward => range.end - 1,
        };
        let (_, chunk) = view.chunk_at(Position(next))?;
        let here = chunk.first.0.max(range.start)..chunk.end().0.min(range.end);
        match request.direction {
            Direction::Forward => range.start = here.end,
            Direction::Backward => range.end = here.start,
        }
        if chunk.summary.may_hold(&request.selector) {
            let found = in_order(view, here, request.direction)?.into_iter();
            let selected = found.filter(|record| selects(&request.selector, &record.envelope));
            page.extend(selected.take(limit - page.len()));
        }
    }
    Ok(page)
}

fn stream_page(
    view: &PlanView<'_>,
    request: &ReadRequest,
    stream: Stream,
    limit: usize,
) -> Result<Vec<Record>, ReadError> {
    // A group may have become visible since the view was taken; what is asked is what the view shows.
    let count = view.last_revision(&stream)?.map_or(0, |last| last.0 + 1);
    let wanted = first_of(range_of(request, 0..count), request.direction, limit);
    let mut records = view.events(&stream_positions(view, &stream, &wanted)?)?;
    if request.direction == Direction::Backward {
        records.reverse();
    }
    Ok(records)
}

/// The positions of a range of revisions, oldest first.
fn stream_positions(
    view: &PlanView<'_>,
    stream: &Stream,
    wanted: &Range<u64>,
) -> Result<Vec<Position>, ReadError> {
    let mut newest_first = Vec::new();
    let mut below = wanted.end;
    let mut segments = view.segments();
    while below > wanted.start {
        let run = view.run_at(stream, Revision(below - 1), &mut segments)?;
        let Some(run) = run.filter(|run| run.last().0 + 1 >= below) else {
            return Err(ReadError::Engine(format!(
                "the index does not know event {} of stream {stream}; rebuild the index",
                below - 1
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
