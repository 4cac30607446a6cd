//! The engine itself on a real full disk: once a write failed, everything that was answered can still be read.
//!
//! Why it stands beside the tests of the server: those read a few events that lie in memory. sled divides and joins pages
//! when somebody reads, and cannot once a write has failed, so here each event is read of plans of many lengths, most of
//! which nobody has read before.

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;

use schema::ids::{ChapterId, EventId, Generation, IncarnationId, PlanId, Position, TimestampMs};
use schema::log::{Kind, NewEvent, Record, Salts, Stream, Via, Who};
use schrijftafel_server::log::reopening::Opener;
use schrijftafel_server::log::{
    AppendError, AppendRequest, Direction, EventLog, Extent, Health, ReadRequest, ReopeningConfig,
    ReopeningLog, Selector, SledConfig, SledLog,
};

use super::*;

/// Plans end at every place of a page, in packs and in single events.
const PLANS: u64 = 40;

fn plan(number: u64) -> PlanId {
    PlanId::from_bytes((u128::from(number % 7) << 120 | u128::from(number)).to_be_bytes())
}

fn stream(number: u64) -> Stream {
    Stream::Text(ChapterId::from_bytes([number as u8 % 3; 16]), Generation(1))
}

/// Bytes that sled does not put in its file, but in one of their own.
const LARGE: u64 = 150_000;

fn id(of: u64, number: u64) -> EventId {
    EventId::from_bytes((u128::from(of) << 64 | u128::from(number)).to_be_bytes())
}

fn event(of: u64, number: u64) -> NewEvent {
    let bytes = match number % 41 {
        40 => LARGE,
        rest => 20 + (rest * 37 + of * 13) % 1_500,
    };
    NewEvent {
        id: id(of, number),
        stream: stream(number),
        kind: Kind::new("crash.tested", 1),
        who: Who::Itself,
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: std::iter::repeat_n(number as u8, bytes as usize).collect(),
    }
}

fn append(log: &dyn EventLog, of: u64, numbers: std::ops::Range<u64>) -> Result<(), AppendError> {
    append_events(log, of, numbers.map(|number| event(of, number)).collect())
}

fn append_events(log: &dyn EventLog, of: u64, events: Vec<NewEvent>) -> Result<(), AppendError> {
    let request = AppendRequest {
        plan: plan(of),
        events,
        guards: Vec::new(),
    };
    let mut salts = || Salts {
        envelope: [1; 32],
        payload: [2; 32],
    };
    log.append_group(TimestampMs(1), &mut salts, vec![request])
        .remove(0)
        .map(|_| ())
}

fn page(plan: PlanId, selector: Selector, from: u64, direction: Direction) -> ReadRequest {
    ReadRequest {
        plan,
        selector,
        from,
        direction,
        limit: 50,
    }
}

/// What is answered of each plan up to an end.
type Answers = BTreeMap<PlanId, (u64, Vec<Vec<Record>>)>;

/// Everything that may be asked of a plan up to an end.
fn all_of(log: &dyn EventLog, of: u64, end: u64) -> Vec<Vec<Record>> {
    let plan = plan(of);
    let mut pages = Vec::new();
    for from in (0..end).step_by(50) {
        let forward = |selector, from| page(plan, selector, from, Direction::Forward);
        pages.push(log.read(&forward(Selector::All, from)).unwrap());
        pages.push(log.read(&forward(Selector::Stream(stream(from)), 0)).unwrap());
    }
    for selector in [Selector::All, Selector::KindPrefix("crash".to_owned())] {
        let backward = page(plan, selector, end - 1, Direction::Backward);
        pages.push(log.read(&backward).unwrap());
    }
    for number in (0..end).step_by(7) {
        let found = log.find(plan, id(of, number)).unwrap();
        pages.push(vec![found.expect("it was answered")]);
    }
    for page in &mut pages {
        page.retain(|record| record.envelope.position.0 < end);
    }
    pages
}

fn everything(log: &dyn EventLog) -> Answers {
    let of_plan = |of| {
        let end = log.next_position(plan(of)).0;
        (plan(of), (end, all_of(log, of, end)))
    };
    (0..=PLANS).map(of_plan).collect()
}

/// A log of plans with some hundred events, never closed again because sled may wait for ever in that, which nobody has read since it was opened, on a disk that then has no room for
/// one more.
fn on_a_full_disk(disk: &Disk) -> (ManuallyDrop<SledLog>, Answers) {
    let place = disk.place.join("log");
    let life = IncarnationId::from_bytes([9; 16]);
    let config = SledConfig {
        cache_bytes: 1 << 20,
        ..SledConfig::default()
    };
    let log = SledLog::create(&place, config, life).unwrap();
    for of in 0..PLANS {
        let mut next = 0;
        for step in (1..=of % 9 + 1).cycle().take(6 + usize::try_from(of).unwrap()) {
            append(&log, of, next..next + step).unwrap();
            next += step;
        }
    }
    // One whose oldest blocks are in the index.
    for first in (0..2_080).step_by(40) {
        append(&log, PLANS, first..first + 40).unwrap();
    }
    log.erase_all(plan(3), &[Position(1), Position(5)], Extent::Payload)
        .unwrap();
    let before = everything(&log);
    drop(log);
    engine::wait_until_closed(&place).unwrap();
    let log = SledLog::open(&place, config).unwrap();
    disk.fill_until(0);
    (ManuallyDrop::new(log), before)
}

/// Appends events of so many bytes to one plan after the other, until nothing is written any more.
fn write_until_it_fails(log: &dyn EventLog, bytes: usize) {
    for of in (0..PLANS / 2).cycle().take(10_000) {
        let next = log.next_position(plan(of)).0;
        let event = NewEvent {
            payload: std::iter::repeat_n(7, bytes).collect(),
            ..event(of, next)
        };
        if append_events(log, of, vec![event]).is_err() {
            assert!(matches!(log.health(), Health::Stopped { .. }));
            return;
        }
    }
    panic!("the disk never filled");
}

fn everything_is_read_after(bytes: usize) {
    let Some(disk) = Disk::mount() else { return };
    let (log, before) = on_a_full_disk(&disk);
    write_until_it_fails(&*log, bytes);
    for of in 0..=PLANS {
        let (end, before) = &before[&plan(of)];
        assert!(all_of(&*log, of, *end) == *before, "plan {of} with {end} events");
    }
    assert_eq!(log.erased(plan(3)).unwrap().len(), 2);
}

#[test]
fn everything_is_read_after_a_write_met_the_full_disk() {
    everything_is_read_after(900);
}

#[test]
fn everything_is_read_after_a_large_event_met_the_full_disk() {
    everything_is_read_after(usize::try_from(LARGE).unwrap());
}

/// sled waits for ever when it is closed after it could not put a large value in a file of its own.
#[test]
fn a_log_that_can_never_be_closed_is_read_on_and_asks_for_a_restart() {
    let Some(disk) = Disk::mount() else { return };
    let place = disk.place.join("log");
    let open: Opener = Box::new(move || {
        let log = SledLog::open(&place, SledConfig::default()).map_err(|error| error.to_string())?;
        Ok(Box::new(log))
    });
    let config = ReopeningConfig {
        reserve_bytes: 0,
        reopen_ms: (20, 40),
    };
    let log = ReopeningLog::open(disk.place.clone(), config, open).unwrap();
    append(&log, 1, 0..30).unwrap();
    disk.fill_until(0);
    write_until_it_fails(&log, usize::try_from(LARGE).unwrap());
    disk.make_room();
    let start = passed_ms();
    let reason = loop {
        match log.health() {
            Health::Stopped { reason } if reason.contains("restart the server") => break reason,
            health => assert!(passed_ms() - start < PATIENCE_MS, "{health:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let Err(AppendError::Stopped { reason: told }) = append(&log, 1, 30..31) else {
        panic!("nothing is written");
    };
    assert_eq!(told, reason);
    let read = log
        .read(&page(plan(1), Selector::All, 0, Direction::Forward))
        .unwrap();
    assert!(read.len() >= 30, "{}", read.len());
    drop(log);
}
