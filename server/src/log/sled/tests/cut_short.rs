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

/// Also within sled's notes and before them, and where nothing beside the file says how far it went.
#[test]
fn wherever_the_file_is_cut_a_start_that_is_refused_changes_nothing() {
    let whole = TempDir::new().unwrap();
    let begins = closed(&whole.path().join("log"));
    let length = std::fs::metadata(whole.path().join("log").join("db"))
        .unwrap()
        .len();
    let last = *begins.last().unwrap();
    let spread = (0..40).map(|number| last * number / 39);
    let behind = (1..20).map(|number| last + (usize::try_from(length).unwrap() - last) * number / 20);
    let mut grown = Vec::new();
    for at in spread.chain([1, 19, 20, 21, 40]).chain(behind) {
        for has_note in [true, false] {
            let place = changed(&whole, |bytes| bytes.truncate(at));
            if !has_note {
                std::fs::remove_file(place.path().join("log").join("acknowledged")).unwrap();
            }
            let before = files_of(&place);
            let started = start(&place).map(|log| (log.next_position(PLAN), log.next_position(NEW)));
            wait_until_closed(&place.path().join("log")).unwrap();
            if started.is_err() && files_of(&place) != before {
                grown.push((at, has_note, started));
            }
        }
    }
    assert!(grown.is_empty(), "of {length}, last {last}, {grown:#?}");
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
