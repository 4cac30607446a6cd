//! Bytes on disk that must be read forever, and look-ups over many segments.

use std::path::Path;

use super::*;
use crate::log::place::BatchMark;
use crate::log::segments::frame::{Binding, Header, Place};
use crate::log::segments::growing::Growing;

fn record(number: u64) -> Record {
    let log = crate::log::MemoryLog::new(IncarnationId::from_bytes([9; 16]));
    append(&log, number..number + 1, 1);
    all(&log, PLAN).remove(0)
}

const BINDING: Binding = Binding {
    number: 3,
    salt: 0x1122_3344_5566_7788,
};

#[test]
fn an_index_file_says_what_the_index_in_memory_says() {
    let directory = TempDir::new().unwrap();
    let log = SegmentLog::open(directory.path(), config(200 << 10)).unwrap();
    append(&log, 0..3_000, 500);
    let growing: Vec<_> = log
        .extents()
        .iter()
        .map(|extent| extent.part.while_growing(|_| ()).is_some())
        .collect();
    assert_eq!(
        growing,
        [false, false, true],
        "the log spans sealed segments and a growing one"
    );
    let memory = crate::log::MemoryLog::new(log.incarnation());
    append(&memory, 0..3_000, 500);
    let streams = [
        Stream::Rights,
        event(1, 0).stream,
        event(2, 0).stream,
        Stream::Plan,
    ];
    for stream in streams {
        assert_eq!(
            log.last_revision(PLAN, &stream).unwrap(),
            memory.last_revision(PLAN, &stream).unwrap()
        );
    }
    for number in (0..3_000).step_by(7) {
        let id = event(number, 0).id;
        assert_eq!(log.find(PLAN, id).unwrap(), memory.find(PLAN, id).unwrap());
    }
    assert_eq!(log.find(PLAN, event(3_000, 0).id).unwrap(), None);
    let selectors = [
        Selector::Stream(Stream::Rights),
        Selector::Stream(event(1, 0).stream),
        Selector::Actor(ActorRef(Position(3))),
        Selector::KindPrefix("text".into()),
        Selector::All,
    ];
    for selector in selectors {
        for (from, direction) in [
            (0, Direction::Forward),
            (70, Direction::Forward),
            (90, Direction::Backward),
        ] {
            let request = ReadRequest {
                plan: PLAN,
                selector: selector.clone(),
                from,
                direction,
                limit: 2_500,
            };
            assert_eq!(
                log.read(&request).unwrap(),
                memory.read(&request).unwrap(),
                "{request:?}"
            );
        }
    }
}

#[test]
fn a_frame_is_bound_to_its_file_and_offset() {
    let header = Header {
        group: 48,
        plan: PLAN,
        mark: BatchMark {
            index: 1,
            remaining: 2,
        },
    };
    let mut bytes = Vec::new();
    let place = frame::push(&mut bytes, 64, BINDING, header, &record(4));
    assert_eq!(
        place,
        Place {
            offset: 64,
            length: u32::try_from(bytes.len()).unwrap()
        }
    );
    assert_eq!(frame::decode(BINDING, 64, &bytes).unwrap().header, header);
    let other_file = Binding { number: 4, ..BINDING };
    let other_salt = Binding { salt: 1, ..BINDING };
    assert!(frame::decode(BINDING, 65, &bytes).is_err());
    assert!(frame::decode(other_file, 64, &bytes).is_err());
    assert!(frame::decode(other_salt, 64, &bytes).is_err());
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(frame::decode(BINDING, 64, &flipped).is_err(), "byte {at}");
    }
}

#[test]
fn what_is_left_of_an_event_always_fits_in_its_place() {
    let header = Header {
        group: 48,
        plan: PLAN,
        mark: BatchMark {
            index: 0,
            remaining: 0,
        },
    };
    let mut empty = record(0);
    for before in [None, Some(Extent::Payload)] {
        if let Some(extent) = before {
            empty = extent.of(PLAN, empty);
        }
        let mut bytes = Vec::new();
        let place = frame::push(&mut bytes, 48, BINDING, header, &empty);
        let left = Extent::PayloadAndEnvelopeSalt.of(PLAN, empty.clone());
        let frame = frame::refill(BINDING, place, header, &left).expect("it fits");
        assert_eq!(frame.len(), bytes.len());
        assert_eq!(
            frame::decode(BINDING, 48, &frame)
                .unwrap()
                .record(PLAN, Position(0))
                .unwrap(),
            left
        );
    }
}

#[test]
fn the_stored_bytes_are_the_golden_ones() {
    let header = Header {
        group: 48,
        plan: PLAN,
        mark: BatchMark {
            index: 0,
            remaining: 0,
        },
    };
    let mut frame = Vec::new();
    let record = record(4);
    let place = frame::push(&mut frame, 48, BINDING, header, &record);
    let mut index = Growing::default();
    index.push(PLAN, &record, place);
    let segment = [
        file::encode_header(BINDING, IncarnationId::from_bytes([9; 16])),
        frame,
    ]
    .concat();
    let table = super::super::table::encode(BINDING, segment.len() as u64, &index);
    golden("segment-file-1.hex", &segment);
    golden("segment-index-1.hex", &table);
}

/// Golden bytes, as `schema/src/log/tests/golden.rs` keeps them. `GOLDEN=write` writes them anew.
fn golden(name: &str, bytes: &[u8]) {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/log")).join(name);
    let mut hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.push('\n');
    if std::env::var_os("GOLDEN").is_some_and(|mode| mode == "write") {
        std::fs::write(&path, &hex).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(hex, golden, "{name}: the bytes of the log changed");
}
