//! What sled leaves to its caller before anything may be called durable.

use std::collections::BTreeSet;

use super::*;

#[test]
fn an_append_is_answered_after_its_blobs_are_flushed() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    for number in 0..6 {
        let large = NewEvent {
            payload: std::iter::repeat_n(7, 400_000).collect(),
            ..event(number)
        };
        let request = AppendRequest {
            plan: PLAN,
            events: vec![large],
            guards: Vec::new(),
        };
        for answer in append_group_at(&log, 1, vec![request]) {
            answer.unwrap();
        }
        let there: BTreeSet<_> = std::fs::read_dir(directory.path().join("blobs"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(!there.is_empty(), "an event of this size is a blob");
        assert!(there.is_subset(&log.trees.flushed_blobs()), "event {number}");
    }
}
