//! A log whose file lost its end within its last segment, wherever: a start refuses it and changes no byte.

use std::path::Path;

use super::damaged::copy;
use super::last_group::{files_of, start};
use super::*;
use crate::log::engine::wait_until_closed;
use crate::log::sled::{doubt, file, tail};

/// Its only event is older than sled's notes.
const IDLE: PlanId = PlanId::from_bytes([2; 16]);
/// Its first event is younger than them.
const NEW: PlanId = PlanId::from_bytes([3; 16]);

fn write(log: &SledLog, plan: PlanId, numbers: std::ops::Range<u64>) {
    let events = numbers.map(event).collect();
    let guards = Vec::new();
    let request = AppendRequest { plan, events, guards };
    append_group_at(log, 1, vec![request]).remove(0).unwrap();
}

/// A log that was closed, opened, written on and closed, and where each message of its file begins.
fn closed(log: &Path) -> Vec<usize> {
    let open = || SledLog::open(log, SledConfig::default()).unwrap();
    let first = open();
    write(&first, IDLE, 0..3);
    for number in 0..8 {
        write(&first, PLAN, number..number + 1);
    }
    drop(first);
    wait_until_closed(log).unwrap();
    let second = open();
    for number in 8..16 {
        write(&second, PLAN, number..number + 1);
        write(&second, NEW, number - 8..number - 7);
    }
    drop(second);
    wait_until_closed(log).unwrap();
    assert!(tail::noted_until(log).unwrap() > 0);
    let mut begins = Vec::new();
    file::each_message(log, &mut |message| {
        begins.push(usize::try_from(message.time).unwrap());
    })
    .unwrap();
    begins
}

fn changed(from: &TempDir, change: impl FnOnce(&mut Vec<u8>)) -> TempDir {
    let place = TempDir::new().unwrap();
    copy(from.path(), place.path());
    let db = place.path().join("log").join("db");
    let mut bytes = std::fs::read(&db).unwrap();
    change(&mut bytes);
    std::fs::write(&db, bytes).unwrap();
    place
}

#[test]
fn a_start_that_is_refused_over_it_changes_nothing() {
    let whole = TempDir::new().unwrap();
    let begins = closed(&whole.path().join("log"));
    drop(start(&changed(&whole, |_| ())).unwrap());
    // Of the first messages sled makes its trees.
    for at in begins.iter().skip(begins.len() / 4).step_by(2) {
        for (scene, at) in [("between", *at), ("within", at + 7)] {
            for is_cut in [false, true] {
                let place = changed(&whole, |bytes| {
                    if is_cut {
                        bytes.truncate(at);
                    } else {
                        bytes[at..].fill(0);
                    }
                });
                let before = files_of(&place);
                let started = start(&place).map(|log| (log.next_position(PLAN), log.next_position(NEW)));
                assert!(started.is_err(), "{scene} {at}, cut: {is_cut}: {started:?}");
                assert!(
                    files_of(&place) == before,
                    "{scene} {at}, cut: {is_cut}: a refused start changed something: {started:?}"
                );
            }
        }
    }
}

/// A log that a kill left, written on after sled wrote its notes if `has_notes`; large enough that sled has used segments
/// again, if `is_large`.
fn killed(is_large: bool, has_notes: bool) -> TempDir {
    let home = TempDir::new().unwrap();
    let log = home.path().join("log");
    let (groups, events) = if is_large { (40, 300) } else { (8, 1) };
    let first = SledLog::open(&log, SledConfig::default()).unwrap();
    for number in 0..groups {
        write(&first, PLAN, number * events..(number + 1) * events);
    }
    let last = if has_notes {
        drop(first);
        wait_until_closed(&log).unwrap();
        let second = SledLog::open(&log, SledConfig::default()).unwrap();
        write(&second, PLAN, groups * events..(groups + 1) * events);
        second
    } else {
        first
    };
    let left = TempDir::new().unwrap();
    std::fs::create_dir(left.path().join("log")).unwrap();
    copy(&log, &left.path().join("log"));
    drop(last);
    assert_eq!(
        tail::noted_until(&left.path().join("log")).unwrap() > 0,
        has_notes
    );
    left
}

/// Where a file is cut: spread over all of it, and at the edges of segments.
fn cuts(length: usize) -> Vec<usize> {
    let spread = (0..14).map(|number| length * number / 14);
    let edges = (1..).map(|number| number * file::SEGMENT_BYTES);
    let edges = edges.take_while(|edge| edge + 21 < length).take(3);
    let near = edges.flat_map(|edge| [edge - 1, edge, edge + 1, edge + 21]);
    spread.chain([1, 19, 20, 21]).chain(near).collect()
}

/// Also before sled's notes and within their segment, and where nothing beside the file says how far it went.
#[test]
fn wherever_the_file_is_cut_a_start_that_is_refused_changes_nothing() {
    let mut refused = 0;
    for (is_large, has_notes) in [(false, false), (false, true), (true, false), (true, true)] {
        let whole = killed(is_large, has_notes);
        let length = std::fs::metadata(whole.path().join("log").join("db"))
            .unwrap()
            .len();
        for at in cuts(usize::try_from(length).unwrap()) {
            for has_note in [true, false] {
                let place = changed(&whole, |bytes| bytes.truncate(at));
                if !has_note {
                    std::fs::remove_file(place.path().join("log").join("acknowledged")).unwrap();
                }
                let before = files_of(&place);
                let started = start(&place).map(|log| log.next_position(PLAN));
                wait_until_closed(&place.path().join("log")).unwrap();
                refused += u64::from(started.is_err());
                assert!(
                    started.is_ok() || files_of(&place) == before,
                    "large {is_large}, notes {has_notes}, note {has_note}: cut at {at} of {length}: {started:?}"
                );
            }
        }
    }
    assert!(refused > 30, "{refused}");
}

/// A plan that nobody writes to does not show in what sled reads; that alone raises no doubt.
#[test]
fn a_plan_that_rests_raises_no_doubt() {
    let whole = TempDir::new().unwrap();
    closed(&whole.path().join("log"));
    for _ in 0..2 {
        let doubt = doubt::Doubt::of(&whole.path().join("log"), std::iter::empty()).unwrap();
        assert!(!doubt.hides && !doubt.lacks, "{doubt:?}");
        let log = start(&whole).unwrap();
        assert_eq!(doubt.torn(log.as_ref()), None);
        drop(log);
        wait_until_closed(&whole.path().join("log")).unwrap();
    }
}
