//! Blocks that are written beside the appends: never missed by a reader, never waited for in vain.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::log::sled::ids::SEGMENT_EVENTS;

fn text(number: u64) -> Stream {
    Stream::Text(
        ChapterId::from_bytes([u8::try_from(number).unwrap(); 16]),
        Generation(1),
    )
}

/// One batch of one event, as somebody types.
fn append_one(log: &SledLog, number: u64) -> Result<Appended, AppendError> {
    let request = AppendRequest {
        plan: PLAN,
        events: vec![event(number)],
        guards: Vec::new(),
    };
    append_group_at(log, 1, vec![request]).remove(0)
}

#[test]
fn a_reader_finds_every_event_while_its_block_goes_from_memory_to_the_index() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    let over = AtomicBool::new(false);
    let count = 16 * SEGMENT_EVENTS;
    let reads = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut reads = 0_u64;
            while !over.load(Ordering::SeqCst) {
                let end = log.next_position(PLAN).0;
                if end == 0 {
                    continue;
                }
                // Near the end, where blocks are being written, and anywhere before.
                let near = end.saturating_sub(1 + reads % 2_100);
                for number in [near, reads.wrapping_mul(7_919) % end] {
                    let found = log.find(PLAN, event(number).id).unwrap();
                    let position = found.map(|record| record.envelope.position);
                    assert_eq!(position, (number < end).then_some(Position(number)));
                }
                let revision = log.last_revision(PLAN, &text(reads % 3)).unwrap();
                assert!(end < 64 || revision.is_some(), "a stream is gone at {end}");
                reads += 1;
            }
            reads
        });
        for first in (0..count).step_by(512) {
            append(&log, first..first + 512, 64);
        }
        over.store(true, Ordering::SeqCst);
        reading.join().unwrap()
    });
    assert!(reads > 100, "only {reads} looks");
    let verified = log.verify().unwrap();
    assert_eq!((verified.events, verified.blocks), (count, count / 1_024));
}

#[test]
fn closing_writes_what_is_full() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    // So many at once that they cannot be written before the sealer is told to end.
    let plans: Vec<PlanId> = (1..=40).map(|plan| PlanId::from_bytes([plan; 16])).collect();
    let full_block = |plan: &PlanId| AppendRequest {
        plan: *plan,
        events: (0..1_024).map(event).collect(),
        guards: Vec::new(),
    };
    for answer in append_group_at(&log, 1, plans.iter().map(full_block).collect()) {
        answer.unwrap();
    }
    let SledLog {
        sealer,
        keeper,
        trees,
        plans: indexes,
        ..
    } = log;
    drop(sealer);
    drop((keeper, trees, indexes));
    let index = raw(&directory).open_tree("index").unwrap();
    for plan in plans {
        let blocks = index.scan_prefix(block::plan_prefix(b'b', plan)).count();
        assert_eq!(blocks, 1, "{plan}");
    }
}

#[test]
fn an_index_that_cannot_be_written_stops_writing_and_loses_nothing() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    append(&log, 0..1_020, 1);
    log.trees.fail_index();
    let mut next = 1_020;
    // What was answered before the failure was known is durable; then nobody is answered any more.
    let refusal = loop {
        match append_one(&log, next) {
            Ok(_) => next += 1,
            Err(refusal) => break refusal,
        }
        assert!(next < 1_024 + 5_000, "appends go on without an index");
    };
    assert!(matches!(refusal, AppendError::Stopped { .. }), "{refusal}");
    assert!(matches!(log.health(), Health::Stopped { .. }));
    assert!(log.verify().is_err(), "a check waits for blocks that never come");
    drop(log);
    let log = open(&directory).unwrap();
    assert_eq!(log.next_position(PLAN), Position(next));
    assert_eq!(log.verify().unwrap().events, next);
    append_one(&log, next).unwrap();
}

#[test]
fn blocks_that_sled_did_not_flush_are_found_when_the_next_flush_fails() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    let count = SEGMENT_EVENTS + 100;
    append(&log, 0..count, 64);
    log.sealer.settle().unwrap();
    let asked = || {
        let streams = (0..3).map(text).chain([Stream::Rights]);
        let streams = streams.map(|stream| {
            let pages = [Direction::Forward, Direction::Backward].map(|direction| {
                let read = log.read(&page(Selector::Stream(stream), direction));
                read.unwrap()
            });
            (log.last_revision(PLAN, &stream).unwrap(), pages)
        });
        let found = (0..count).step_by(97).map(|number| {
            let found = log.find(PLAN, event(number).id).unwrap();
            found.expect("it was answered").envelope.position
        });
        (streams.collect::<Vec<_>>(), found.collect::<Vec<_>>())
    };
    let before = asked();
    log.fail_next_flush();
    append_one(&log, count).unwrap_err();
    assert!(
        asked() == before,
        "what sled has, and the disk has not, was looked for on the disk"
    );
}
