//! Ids beyond one segment: filters, buckets, and the way back to the event.

use super::*;
use crate::log::index::fingerprint;
use crate::log::sled::ids::{Ids, SEGMENT_EVENTS};

fn id(number: u64) -> EventId {
    event(number).id
}

#[test]
fn a_sealed_segment_still_knows_its_ids_and_rarely_guesses() {
    let mut ids = Ids::default();
    for number in 0..SEGMENT_EVENTS + 10 {
        ids.push(fingerprint(id(number)), Position(number));
    }
    let segment = ids.full(0).unwrap().seal();
    assert_eq!(
        ids.candidates(id(7)).positions,
        [Position(7)],
        "until it is written"
    );
    ids.sealed(segment);
    assert!((0..SEGMENT_EVENTS).all(|number| ids.candidates(id(number)).segments == [0]));
    assert_eq!(
        ids.candidates(id(SEGMENT_EVENTS + 3)).positions,
        [Position(SEGMENT_EVENTS + 3)]
    );
    let unknown = SEGMENT_EVENTS + 10..SEGMENT_EVENTS + 20_010;
    let guesses = unknown
        .filter(|number| !ids.candidates(id(*number)).segments.is_empty())
        .count();
    assert!(guesses < 200, "{guesses} of 20,000 unknown ids ask the disk");
}

#[test]
fn ids_of_a_long_log_are_known_before_and_after_reopening() {
    let directory = TempDir::new().unwrap();
    let count = 2 * SEGMENT_EVENTS + 1_500;
    let log = open(&directory).unwrap();
    for first in (0..count).step_by(3_000) {
        append(&log, first..count.min(first + 3_000), 1_500);
    }
    let check = |log: &SledLog| {
        for number in [
            0,
            1,
            1_024,
            SEGMENT_EVENTS - 1,
            SEGMENT_EVENTS,
            2 * SEGMENT_EVENTS,
            count - 1,
        ] {
            let found = log.find(PLAN, id(number)).unwrap().unwrap();
            assert_eq!(found.envelope.position, Position(number));
        }
        assert_eq!(log.find(PLAN, id(count)).unwrap(), None);
    };
    check(&log);
    drop(log);
    check(&open(&directory).unwrap());
    let db = raw(&directory);
    db.open_tree("index")
        .unwrap()
        .remove(block::numbered_key(b'f', PLAN, 0))
        .unwrap()
        .unwrap();
    drop(db);
    check(&open(&directory).unwrap());
}
