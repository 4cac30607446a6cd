//! What every engine must do, said once. The clauses know no engine; each engine is a [`Subject`].

use std::sync::Arc;

use schema::ids::*;
use schema::log::commitment::CHAIN_START;
use schema::log::{Kind, NewEvent, Record, Salts, Stream, Via, Who};
use tempfile::TempDir;

use looking_up::Counting;

use super::index::Reads;
use super::{
    AdoptError, AppendError, AppendRequest, Appended, Direction, EraseError, EventLog, Expected, Extent,
    Guard, Health, MemoryLog, ReadRequest, SegmentConfig, SegmentLog, Selector, SledConfig, SledLog,
};

pub(super) mod adopting;
mod agreement;
pub(super) mod appending;
pub(super) mod erasing;
pub(super) mod following;
pub(super) mod lasting;
pub(super) mod looking_up;
pub(super) mod reading;

/// An engine under test.
pub(super) trait Subject: Sized {
    /// An empty log.
    fn fresh() -> Self;
    /// The log.
    fn log(&self) -> &dyn EventLog;
    /// Lets go of the log without a farewell and opens it again.
    fn reopen(self) -> Self;
    /// Makes the next flush fail.
    fn fail_next_flush(&self);
    /// The log for those who share it, and what must outlive it.
    fn into_log(self) -> (Arc<dyn EventLog>, Option<TempDir>);
}

macro_rules! conformance {
    ($subject:ty: $($part:ident { $($clause:ident)* })*) => {
        $(mod $part {
            $(#[test] fn $clause() { crate::log::conformance::$part::$clause::<$subject>(); })*
        })*
    };
    ($subject:ty) => {
        crate::log::conformance::conformance! { $subject:
            appending {
                positions_are_dense_per_plan_and_revisions_per_stream
                time_never_decreases_within_a_plan
                an_actor_binding_refers_to_itself
                a_guard_on_a_stream_not_written_to_holds_the_batch_back
                a_guard_sees_what_the_same_group_placed
                a_batch_is_all_or_nothing
                a_repeated_batch_returns_its_first_places
                idempotency_comes_before_guards
                a_known_id_with_other_content_is_refused
                a_partly_known_batch_is_refused
                the_same_request_twice_in_one_group_is_appended_once
                an_invalid_batch_is_refused_by_name
                plans_do_not_see_each_other
            }
            reading {
                a_page_forward_and_backward
                a_stream_is_read_by_revision
                a_kind_prefix_an_actor_and_a_span_select
                an_unknown_plan_or_stream_is_empty
                an_event_is_found_by_its_id
                every_record_proves_itself_after_the_one_before
                every_reading_agrees_with_a_scan
            }
            following {
                catch_up_and_live_join_without_gap_or_repetition
                a_selector_selects_what_is_there_and_what_comes
                everything_goes_on_behind_its_token
            }
            lasting {
                everything_answered_is_there_after_reopening
                ids_and_guards_hold_after_reopening
                a_failed_flush_stops_the_engine_until_it_is_reopened
                the_incarnation_survives_reopening
            }
            erasing {
                erased_content_is_gone_and_the_proofs_hold
                erasing_again_or_less_changes_nothing
                what_is_not_there_cannot_be_erased
                an_erased_event_keeps_its_id_and_place
                many_are_erased_at_once_or_none_when_one_is_not_there
                of_many_each_is_erased_or_not_when_the_flush_fails
                erasure_lasts_and_a_failed_flush_stops_it
            }
            adopting {
                another_log_is_taken_over_record_for_record
                what_does_not_continue_the_plan_is_refused_as_a_whole
                a_known_id_is_not_adopted_again
                what_was_adopted_lasts_and_a_failed_flush_stops_it
            }
        }
    };
}
pub(super) use conformance;

/// What an engine that reads from a disk must do too.
macro_rules! conformance_on_disk {
    ($subject:ty) => {
        crate::log::conformance::conformance!($subject);
        crate::log::conformance::conformance! { $subject:
            looking_up {
                a_stream_is_looked_up
                a_time_is_looked_up
                an_actor_is_looked_up
            }
        }
    };
}
pub(super) use conformance_on_disk;

/// The memory engine under test.
pub(super) struct Memory(MemoryLog);

impl Subject for Memory {
    fn fresh() -> Self {
        Self(MemoryLog::new(IncarnationId::from_bytes([9; 16])))
    }
    fn log(&self) -> &dyn EventLog {
        &self.0
    }
    fn reopen(self) -> Self {
        Self(self.0.reopen())
    }
    fn fail_next_flush(&self) {
        self.0.fail_next_flush();
    }
    fn into_log(self) -> (Arc<dyn EventLog>, Option<TempDir>) {
        (Arc::new(self.0), None)
    }
}

mod memory {
    super::conformance!(crate::log::conformance::Memory);
}

/// The embedded engine under test.
pub(super) struct OnDisk {
    log: SledLog,
    directory: TempDir,
}

impl OnDisk {
    fn open(directory: TempDir) -> Self {
        let log = SledLog::open(directory.path(), SledConfig::default()).unwrap();
        Self { log, directory }
    }
}

impl Subject for OnDisk {
    fn fresh() -> Self {
        Self::open(TempDir::new().unwrap())
    }
    fn log(&self) -> &dyn EventLog {
        &self.log
    }
    fn reopen(self) -> Self {
        drop(self.log);
        Self::open(self.directory)
    }
    fn fail_next_flush(&self) {
        self.log.fail_next_flush();
    }
    fn into_log(self) -> (Arc<dyn EventLog>, Option<TempDir>) {
        (Arc::new(self.log), Some(self.directory))
    }
}

impl Counting for OnDisk {
    fn fresh_to_count() -> Self {
        Self::fresh()
    }
    fn reads(&self) -> Reads {
        self.log.reads()
    }
}

mod on_disk {
    super::conformance_on_disk!(crate::log::conformance::OnDisk);
}

/// The engine of segment files under test. Its files are small, so that the clauses reach several of them.
pub(super) struct InSegments {
    log: SegmentLog,
    directory: TempDir,
}

impl InSegments {
    fn open(directory: TempDir) -> Self {
        let config = SegmentConfig {
            segment_bytes: 64 << 10,
            ..SegmentConfig::default()
        };
        Self::open_as(directory, config)
    }

    fn open_as(directory: TempDir, config: SegmentConfig) -> Self {
        let log = SegmentLog::open(directory.path(), config).unwrap();
        Self { log, directory }
    }
}

impl Subject for InSegments {
    fn fresh() -> Self {
        Self::open(TempDir::new().unwrap())
    }
    fn log(&self) -> &dyn EventLog {
        &self.log
    }
    fn reopen(self) -> Self {
        drop(self.log);
        Self::open(self.directory)
    }
    fn fail_next_flush(&self) {
        self.log.fail_next_flush();
    }
    fn into_log(self) -> (Arc<dyn EventLog>, Option<TempDir>) {
        (Arc::new(self.log), Some(self.directory))
    }
}

impl Counting for InSegments {
    fn fresh_to_count() -> Self {
        let config = SegmentConfig {
            segment_bytes: 1 << 20,
            ..SegmentConfig::default()
        };
        Self::open_as(TempDir::new().unwrap(), config)
    }
    fn reads(&self) -> Reads {
        self.log.reads()
    }
}

mod in_segments {
    super::conformance_on_disk!(crate::log::conformance::InSegments);
}

// What the clauses are told in.

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const OTHER_PLAN: PlanId = PlanId::from_bytes([2; 16]);

fn text() -> Stream {
    Stream::Text(ChapterId::from_bytes([3; 16]), Generation(1))
}

fn id(number: u32) -> EventId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    EventId::from_bytes(bytes)
}

fn event(number: u32, stream: Stream) -> NewEvent {
    NewEvent {
        id: id(number),
        stream,
        kind: Kind::new("text.changed", 1),
        who: Who::Actor(ActorRef(Position(0))),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: Arc::from(format!("payload {number}").into_bytes()),
    }
}

fn batch(events: Vec<NewEvent>) -> AppendRequest {
    AppendRequest {
        plan: PLAN,
        events,
        guards: Vec::new(),
    }
}

fn guarded(events: Vec<NewEvent>, stream: Stream, expected: Expected) -> AppendRequest {
    AppendRequest {
        guards: vec![Guard { stream, expected }],
        ..batch(events)
    }
}

fn append_at(log: &dyn EventLog, now: u64, request: AppendRequest) -> Result<Appended, AppendError> {
    append_group_at(log, now, vec![request]).remove(0)
}

/// Appends a group at a time, with salts that are always the same.
pub(super) fn append_group_at(
    log: &dyn EventLog,
    now: u64,
    group: Vec<AppendRequest>,
) -> Vec<Result<Appended, AppendError>> {
    let mut salts = || Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    log.append_group(TimestampMs(now), &mut salts, group)
}

fn append(log: &dyn EventLog, request: AppendRequest) -> Result<Appended, AppendError> {
    append_at(log, 1_000, request)
}

/// Appends `count` events in batches of `size`, to streams and by actors that `number` decides.
fn fill(log: &dyn EventLog, numbers: std::ops::Range<u32>, size: usize) {
    let events: Vec<NewEvent> = numbers.map(varied).collect();
    for chunk in events.chunks(size) {
        let now = 1_000
            + u64::from(u32::from_be_bytes(
                chunk[0].id.as_bytes()[..4].try_into().unwrap(),
            ));
        append_at(log, now, batch(chunk.to_vec())).unwrap();
    }
}

fn varied(number: u32) -> NewEvent {
    let commitment = CommitmentId::from_bytes([u8::try_from(number % 7).unwrap(); 16]);
    let rare = number.is_multiple_of(97);
    NewEvent {
        kind: if rare {
            Kind::new("commitment.amended", 1)
        } else {
            Kind::new("text.changed", 1)
        },
        who: Who::Actor(ActorRef(Position(u64::from(number % 5)))),
        ..event(
            number,
            if rare {
                Stream::Commitment(commitment)
            } else {
                text()
            },
        )
    }
}

fn read(
    log: &dyn EventLog,
    selector: Selector,
    from: u64,
    direction: Direction,
    limit: usize,
) -> Vec<Record> {
    log.read(&ReadRequest {
        plan: PLAN,
        selector,
        from,
        direction,
        limit,
    })
    .unwrap()
}

/// Every event of the plan, page by page.
fn all(log: &dyn EventLog, selector: &Selector) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let from = match (selector, records.last()) {
            (_, None) => 0,
            (Selector::Stream(_), Some(last)) => last.envelope.revision.0 + 1,
            (_, Some(last)) => last.envelope.position.0 + 1,
        };
        let page = read(log, selector.clone(), from, Direction::Forward, 1_000);
        if page.is_empty() {
            return records;
        }
        records.extend(page);
    }
}

fn positions(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.envelope.position.0).collect()
}
