//! Packs: how events are laid together, what damage in one concerns, and directories from before there were any.

use schema::limits::SLED_PACK_BYTES_MAX;

use super::opening::{check_whole, filled, tamper, unanswered};
use super::*;
use crate::log::compact;
use crate::log::sled::pack::{Place, Stored};
use crate::log::sled::tampering::{change_value, entry_of, places, take_apart};

fn place(first: u64, count: u16) -> Place {
    let first = Position(first);
    Place {
        plan: PLAN,
        first,
        count,
    }
}

fn raw_events(directory: &TempDir) -> ::sled::Tree {
    raw(directory).open_tree("events").unwrap()
}

fn packs(directory: &TempDir) -> Vec<Place> {
    places(&raw_events(directory))
}

#[test]
fn a_pack_byte_by_byte() {
    let frames: [&[u8]; 2] = [&[0xaa, 0xbb, 0xcc], &[0xdd]];
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let two = place(5, 2);
    assert_eq!(
        hex(&two.key()),
        format!("{}00000000000000050002", "01".repeat(16))
    );
    assert_eq!(hex(&pack::encode(&two, &frames)), "85ad21d800030001aabbccdd");
    // One event is stored as it was before there were packs.
    let one = place(5, 1);
    assert_eq!(one.key(), frame::key(PLAN, Position(5)));
    assert_eq!(pack::encode(&one, &frames[..1]), frames[0]);
    for known in [one, two] {
        assert_eq!(Place::of(&known.key()), Some(known));
    }
    for strange in [&two.key()[..25], &[1; 23], &[], place(5, 0).key().as_slice()] {
        assert_eq!(Place::of(strange), None);
    }
}

#[test]
fn what_is_appended_together_lies_together() {
    let directory = TempDir::new().unwrap();
    let log = open(&directory).unwrap();
    let of = |plan: PlanId, numbers: std::ops::Range<u64>, bytes: usize| AppendRequest {
        plan,
        events: numbers
            .map(|number| NewEvent {
                payload: std::iter::repeat_n(7, bytes).collect(),
                ..event(number)
            })
            .collect(),
        guards: Vec::new(),
    };
    let other = PlanId::from_bytes([2; 16]);
    let groups = [
        vec![of(PLAN, 0..3, 50), of(other, 0..2, 50), of(PLAN, 3..5, 50)],
        vec![of(PLAN, 5..6, 50)],
        vec![
            of(PLAN, 6..8, 50),
            of(PLAN, 8..9, 2 * SLED_PACK_BYTES_MAX),
            of(PLAN, 9..11, 50),
        ],
    ];
    for group in groups {
        for answer in append_group_at(&log, 1, group) {
            answer.unwrap();
        }
    }
    assert_eq!(log.verify().unwrap().events, 13);
    drop(log);
    let of_other = Place {
        plan: other,
        ..place(0, 2)
    };
    assert_eq!(
        packs(&directory),
        [
            place(0, 5),
            place(5, 1),
            place(6, 2),
            place(8, 1),
            place(9, 2),
            of_other
        ]
    );
}

#[test]
fn packs_are_full_and_no_page_of_them_is_a_file_of_its_own() {
    let directory = filled(6_000, 2_000);
    let events = raw_events(&directory);
    let sizes: Vec<usize> = events.iter().map(|entry| entry.unwrap().1.len()).collect();
    assert!(sizes.iter().all(|size| *size <= SLED_PACK_BYTES_MAX));
    let full = sizes
        .iter()
        .filter(|size| **size > SLED_PACK_BYTES_MAX * 8 / 10)
        .count();
    assert!(full + 1 >= sizes.len(), "{full} of {}", sizes.len());
    let blobs = std::fs::read_dir(directory.path().join("blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}

#[test]
fn compacting_lays_single_events_together() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("log");
    let log = SledLog::open(&path, SledConfig::default()).unwrap();
    for number in 0..300 {
        append(&log, number..number + 1, 1);
    }
    let before = log.read(&page(Selector::All, Direction::Forward)).unwrap();
    drop(log);
    let lying = || {
        let db = trees::open_when_free(&::sled::Config::new().path(&path)).unwrap();
        places(&db.open_tree("events").unwrap())
    };
    assert_eq!(lying().len(), 300);
    compact::compact(&path, &mut |_| ()).unwrap();
    let packed = lying();
    assert!(
        packed.iter().rev().skip(1).all(|place| place.count >= 8),
        "{packed:?}"
    );
    let log = SledLog::open(&path, SledConfig::default()).unwrap();
    assert_eq!(
        log.read(&page(Selector::All, Direction::Forward)).unwrap(),
        before
    );
}

#[test]
fn every_flipped_bit_concerns_one_event_or_the_pack_it_lies_in() {
    let directory = filled(3, 3);
    let (place, value) = entry_of(&raw_events(&directory), PLAN, 0);
    assert_eq!(place.count, 3);
    let positions = || (place.first.0..place.end().0).map(Position);
    let read = |value: &[u8]| Stored::read(&place.key(), value.into()).unwrap();
    let whole: Vec<_> = positions()
        .map(|position| read(&value).event(position).unwrap())
        .collect();
    let table = 4 + 2 * usize::from(place.count);
    for bit in 0..value.len() * 8 {
        let mut flipped = value.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let mut damaged = Vec::new();
        for (position, expected) in positions().zip(&whole) {
            match read(&flipped).event(position) {
                Ok(found) => assert_eq!(&found, expected, "bit {bit}"),
                Err(ReadError::Corrupt { position: named, .. }) if bit / 8 < table => {
                    assert_eq!(named, place.first);
                    damaged.push(position);
                }
                Err(ReadError::Corrupt { position: named, .. }) => {
                    assert_eq!(named, position);
                    damaged.push(position);
                }
                Err(error) => panic!("bit {bit}: {error}"),
            }
        }
        let concerned = if bit / 8 < table { whole.len() } else { 1 };
        assert_eq!(damaged.len(), concerned, "bit {bit}");
    }
    for cut in 0..value.len() {
        assert!(read(&value[..cut]).event(place.first).is_err());
    }
    for bit in 0..place.key().len() * 8 {
        let mut key = place.key();
        key[bit / 8] ^= 1 << (bit % 8);
        if let Ok(stored) = Stored::read(&key, value.clone().into()) {
            assert!(stored.frames().is_err(), "bit {bit} of the key");
        }
    }
}

#[test]
fn a_damaged_pack_before_whole_batches_is_refused_at_its_first_event() {
    for table_byte in [1, 5] {
        let directory = filled(60, 1);
        let middle = packs(&directory)[1];
        change_value(&raw_events(&directory), PLAN, middle.first.0, |value| {
            value[table_byte] ^= 1;
        });
        unanswered(&directory);
        let Err(OpenError::Read(ReadError::Corrupt { position, .. })) = open(&directory) else {
            panic!("a pack with whole batches behind it must be refused");
        };
        assert_eq!(position, middle.first);
    }
    let directory = filled(60, 1);
    let middle = packs(&directory)[1];
    raw_events(&directory).remove(middle.key()).unwrap().unwrap();
    unanswered(&directory);
    let Err(OpenError::Read(ReadError::Corrupt { position, .. })) = open(&directory) else {
        panic!("a missing pack with whole batches behind it must be refused");
    };
    assert_eq!(position, middle.first);
}

/// A batch over several packs whose last pack is gone or damaged: it goes as a whole, and the pack in which it began
/// keeps what stands before.
#[test]
fn a_torn_batch_is_cut_out_of_the_pack_it_began_in() {
    type Damage = fn(&::sled::Tree, Place);
    let damages: [Damage; 3] = [
        |events, last| drop(events.remove(last.key()).unwrap().unwrap()),
        |events, last| {
            change_value(events, PLAN, last.first.0, |value| value[0] ^= 1);
        },
        |events, last| {
            change_value(events, PLAN, last.first.0, |value| value.truncate(40));
        },
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        // One group: single events, then one batch of twenty.
        let directory = TempDir::new().unwrap();
        let log = open(&directory).unwrap();
        let batch = |numbers: std::ops::Range<u64>| AppendRequest {
            plan: PLAN,
            events: numbers.map(event).collect(),
            guards: Vec::new(),
        };
        let group: Vec<_> = (0..5).map(|n| batch(n..n + 1)).chain([batch(5..45)]).collect();
        append_group_at(&log, 1, group);
        drop(log);
        let before = packs(&directory);
        assert!(before.len() > 2 && before[0].holds(Position(6)), "{before:?}");
        let last = before[before.len() - 1];
        damage(&raw_events(&directory), last);
        assert!(open(&directory).is_err(), "it had been answered");
        assert_eq!(raw(&directory).open_tree("cut").unwrap().len(), 0);
        unanswered(&directory);
        let log = open(&directory).unwrap();
        check_whole(&log, 5);
        let gone = if number == 0 { u64::from(last.count) } else { 0 };
        assert_eq!(
            log.repairs(),
            [Repair {
                plan: PLAN,
                first: Position(5),
                removed: 40 - gone
            }]
        );
        drop(log);
        assert_eq!(packs(&directory), [place(0, 5)]);
        // A pack that cannot be divided is kept aside as it is.
        let aside = raw(&directory).open_tree("cut").unwrap().len() as u64;
        let undivided = if number == 0 { 0 } else { 1 };
        assert_eq!(aside, 40 - u64::from(last.count) + undivided);
        let log = open(&directory).unwrap();
        append(&log, 5..50, 3);
        check_whole(&log, 50);
    }
}

#[test]
fn erasing_changes_what_it_names_in_each_pack() {
    let directory = filled(60, 10);
    assert!(packs(&directory).len() > 3);
    let log = open(&directory).unwrap();
    let before = log.read(&page(Selector::All, Direction::Forward)).unwrap();
    let named: Vec<Position> = [3, 50, 4, 4, 31, 59, 0].map(Position).into();
    log.erase_all(PLAN, &named, Extent::Payload).unwrap();
    log.erase(PLAN, Position(5), Extent::PayloadAndEnvelopeSalt)
        .unwrap();
    let as_expected = |log: &SledLog| {
        for (record, before) in log
            .read(&page(Selector::All, Direction::Forward))
            .unwrap()
            .into_iter()
            .zip(before.clone())
        {
            let position = record.envelope.position;
            let expected = if position == Position(5) {
                Extent::PayloadAndEnvelopeSalt.of(PLAN, before)
            } else if named.contains(&position) {
                Extent::Payload.of(PLAN, before)
            } else {
                before
            };
            assert_eq!(record, expected);
        }
        check_whole(log, 60);
        assert_eq!(log.erased(PLAN).unwrap().len(), 7);
    };
    as_expected(&log);
    drop(log);
    as_expected(&open(&directory).unwrap());
    // A damaged neighbour does not stand in the way, and stays as it is.
    tamper(&directory, 21, |frame| frame[50] ^= 1);
    assert!(
        packs(&directory)
            .iter()
            .any(|place| place.holds(Position(21)) && place.holds(Position(20)))
    );
    let trees = Trees::open(directory.path(), SledConfig::default()).unwrap();
    let batch = trees.changed(PLAN, &[Position(20)], |record| Extent::Payload.of(PLAN, record));
    trees.append(batch.unwrap()).unwrap();
    assert!(Extent::gone_from(&trees.event(PLAN, Position(20)).unwrap().1).is_some());
    assert!(trees.event(PLAN, Position(21)).is_err());
}

#[test]
fn a_directory_from_before_packs_goes_on() {
    let directory = filled(3_000, 10);
    let before = {
        let log = open(&directory).unwrap();
        log.read(&page(Selector::All, Direction::Forward)).unwrap()
    };
    {
        let db = raw(&directory);
        let events = db.open_tree("events").unwrap();
        take_apart(&events);
        assert_eq!(events.len(), 3_000);
        let meta = db.open_tree("meta").unwrap();
        meta.insert("format", 1_u32.to_be_bytes().as_slice()).unwrap();
    }
    let format = || {
        let meta = raw(&directory).open_tree("meta").unwrap();
        u32::from_be_bytes(meta.get("format").unwrap().unwrap().as_ref().try_into().unwrap())
    };
    let check_only = SledConfig {
        cut_torn_ends: false,
        ..SledConfig::default()
    };
    check_whole(&SledLog::open(directory.path(), check_only).unwrap(), 3_000);
    assert_eq!(format(), 1, "a check changes nothing");
    let log = open(&directory).unwrap();
    assert_eq!(
        log.read(&page(Selector::All, Direction::Forward)).unwrap(),
        before
    );
    append(&log, 3_000..3_050, 10);
    let both = [2_999, 3_000, 3_007].map(Position);
    log.erase_all(PLAN, &both, Extent::Payload).unwrap();
    drop(log);
    // A program from before packs would not find what lies in them.
    assert_eq!(format(), 2);
    let lying = packs(&directory);
    assert!(lying[..3_000].iter().all(|place| place.count == 1));
    assert!(lying[3_000..].iter().any(|place| place.count > 1));
    let log = open(&directory).unwrap();
    assert_eq!(log.next_position(PLAN), Position(3_050));
    assert_eq!(log.verify().unwrap().events, 3_050);
    let backward = log.read(&page(Selector::All, Direction::Backward)).unwrap();
    let positions = backward.iter().map(|record| record.envelope.position.0);
    assert!(positions.eq((0..3_050).rev()));
    for number in [0, 2_999, 3_000, 3_049] {
        let found = log.find(PLAN, event(number).id).unwrap().unwrap();
        assert_eq!(found.envelope.position, Position(number));
    }
}
