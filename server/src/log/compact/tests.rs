//! Compaction of real directories: nothing is lost, erased bytes are gone, and every crash between two steps is
//! brought to an end.

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::ids::*;
use schema::log::{Kind, NewEvent, Record, Salts, Stream, Via, Who};
use tempfile::TempDir;

use super::*;
use crate::log::upkeep::records_from;
use crate::log::{AppendRequest, EventLog, Extent, MemoryLog};

const PLANS: [PlanId; 3] = [
    PlanId::from_bytes([1; 16]),
    PlanId::from_bytes([2; 16]),
    PlanId::from_bytes([3; 16]),
];
const SECRET: &str = "de naam van mevrouw Jansen-Pietersen";

fn event(plan: PlanId, number: u64) -> NewEvent {
    let text = if number.is_multiple_of(10) {
        format!("{number} {SECRET}")
    } else {
        format!("{number} gewone tekst")
    };
    NewEvent {
        id: EventId::from_bytes(u128::from(number).to_be_bytes()),
        stream: Stream::Text(ChapterId::from_bytes(*plan.as_bytes()), Generation(1)),
        kind: Kind::new("text.changed", 1),
        who: Who::Itself,
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: Arc::from(text.into_bytes()),
    }
}

fn append(log: &dyn EventLog, plan: PlanId, numbers: std::ops::Range<u64>) {
    let mut number = 0_u8;
    let mut salts = || {
        number = number.wrapping_add(1);
        Salts {
            envelope: [number; 32],
            payload: [number; 32],
        }
    };
    let events: Vec<NewEvent> = numbers.map(|number| event(plan, number)).collect();
    for chunk in events.chunks(100) {
        let request = AppendRequest {
            plan,
            events: chunk.to_vec(),
            guards: Vec::new(),
        };
        for answer in log.append_group(TimestampMs(1_000), &mut salts, vec![request]) {
            answer.unwrap();
        }
    }
}

fn contents(log: &dyn EventLog) -> BTreeMap<PlanId, Vec<Record>> {
    let whole = |plan| {
        let records = records_from(log, plan, Position(0));
        (plan, records.collect::<Result<_, _>>().unwrap())
    };
    log.plans().into_iter().map(whole).collect()
}

/// A log with content that was erased from it, and what it holds.
fn erased_log(directory: &TempDir) -> (PathBuf, BTreeMap<PlanId, Vec<Record>>) {
    let path = directory.path().join("log");
    let log = engine::open_or_start(&path, None).unwrap();
    for plan in PLANS {
        append(log.as_ref(), plan, 0..1_300);
        for position in (0..1_300).step_by(10) {
            log.erase(plan, Position(position), Extent::PayloadAndEnvelopeSalt)
                .unwrap();
        }
    }
    let held = contents(log.as_ref());
    (path, held)
}

/// Whether any file below holds these bytes.
fn holds(directory: &Path, bytes: &[u8]) -> bool {
    let mut entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.any(|path| {
        if path.is_dir() {
            holds(&path, bytes)
        } else {
            let content = fs::read(&path).unwrap();
            content.windows(bytes.len()).any(|window| window == bytes)
        }
    })
}

#[test]
fn nothing_is_lost_and_the_erased_bytes_are_in_no_file() {
    let directory = TempDir::new().unwrap();
    let (path, held) = erased_log(&directory);
    engine::wait_until_closed(&path).unwrap();
    assert!(
        holds(directory.path(), SECRET.as_bytes()),
        "erasing alone leaves bytes"
    );
    let incarnation = engine::open_or_start(&path, None).unwrap().incarnation();
    let mut steps = Vec::new();
    let done = compact(&path, &mut |progress| steps.push(progress)).unwrap();
    assert_eq!((done.verified.plans, done.verified.events), (3, 3_900));
    assert_eq!(steps.last(), Some(&Progress::Swapping));
    assert!(steps.contains(&Progress::Copied {
        events: 3_900,
        total: 3_900
    }));
    assert!(!holds(directory.path(), SECRET.as_bytes()));
    assert!(
        holds(directory.path(), b"gewone tekst"),
        "the scan finds what is there"
    );
    let log = engine::open_or_start(&path, None).unwrap();
    assert_eq!(log.incarnation(), incarnation);
    assert_eq!(contents(log.as_ref()), held);
    append(log.as_ref(), PLANS[0], 1_300..1_310);
    log.verify().unwrap();
}

/// What each instant of a compaction leaves, told by its names: log, log.compacting, log.old.
#[test]
fn a_crash_at_every_step_leaves_a_log_that_opens() {
    type Leave = fn(&Path, &Names);
    let crashes: [(&str, Leave); 4] = [
        ("while writing anew", |log, names| {
            fs::create_dir(&names.new).unwrap();
            fs::copy(log.join("conf"), names.new.join("conf")).unwrap();
            fs::write(names.new.join("db"), b"half a file").unwrap();
        }),
        ("between the renames", |log, names| {
            copy_of(log, &names.new);
            fs::rename(log, &names.old).unwrap();
        }),
        ("before the old one was removed", |log, names| {
            copy_of(log, &names.old);
        }),
        ("while the old one was removed", |log, names| {
            copy_of(log, &names.old);
            fs::remove_file(names.old.join("db")).unwrap();
        }),
    ];
    for (instant, leave) in crashes {
        let directory = TempDir::new().unwrap();
        let (path, held) = erased_log(&directory);
        engine::wait_until_closed(&path).unwrap();
        let names = Names::of(&path);
        leave(&path, &names);
        let log = engine::open_or_start(&path, None).unwrap_or_else(|error| panic!("{instant}: {error}"));
        assert_eq!(contents(log.as_ref()), held, "{instant}");
        assert!(!names.new.exists() && !names.old.exists(), "{instant}");
        drop(log);
        compact(&path, &mut |_| ()).unwrap_or_else(|error| panic!("{instant}: {error}"));
    }
}

/// Until the log in its place has opened, the replaced one may be the only whole one.
#[test]
fn the_replaced_log_stays_while_the_one_in_its_place_is_only_looked_at_or_damaged() {
    let directory = TempDir::new().unwrap();
    let (path, held) = erased_log(&directory);
    engine::wait_until_closed(&path).unwrap();
    let names = Names::of(&path);
    copy_of(&path, &names.old);
    copy_of(&path, &names.new);
    let looked_at = engine::open_existing(&path, Opening::Check).unwrap();
    assert_eq!(contents(looked_at.as_ref()), held);
    drop(looked_at);
    assert!(
        names.old.exists() && names.new.exists(),
        "looking clears nothing away"
    );
    fs::write(path.join("db"), [7; 4_096]).unwrap();
    assert!(engine::open_or_start(&path, None).is_err());
    assert!(compact(&path, &mut |_| ()).is_err());
    assert!(names.old.exists() && !names.new.exists());
    fs::remove_dir_all(&path).unwrap();
    fs::rename(&names.old, &path).unwrap();
    let log = engine::open_or_start(&path, None).unwrap();
    assert_eq!(contents(log.as_ref()), held);
}

#[test]
fn a_log_that_waits_for_its_second_rename_is_looked_at_where_it_is() {
    let directory = TempDir::new().unwrap();
    let (path, held) = erased_log(&directory);
    engine::wait_until_closed(&path).unwrap();
    let names = Names::of(&path);
    copy_of(&path, &names.new);
    fs::rename(&path, &names.old).unwrap();
    let log = engine::open_existing(&path, Opening::Check).unwrap();
    assert_eq!(contents(log.as_ref()), held);
    drop(log);
    assert!(!path.exists() && names.new.exists() && names.old.exists());
}

fn copy_of(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        } else {
            copy_of(&path, &to.join(path.file_name().unwrap()));
        }
    }
}

#[test]
fn an_old_log_alone_is_refused_with_what_to_do() {
    let directory = TempDir::new().unwrap();
    let (path, _) = erased_log(&directory);
    engine::wait_until_closed(&path).unwrap();
    fs::rename(&path, &Names::of(&path).old).unwrap();
    let refused = engine::open_or_start(&path, None)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("log.old is there") && refused.contains("rename it to"),
        "{refused}"
    );
    assert!(!path.exists(), "no empty log was begun in its place");
}

#[test]
fn a_log_in_use_is_not_compacted_and_one_being_compacted_is_not_opened() {
    let directory = TempDir::new().unwrap();
    let (path, held) = erased_log(&directory);
    let mut refused = String::new();
    compact(&path, &mut |progress| {
        if progress == Progress::Verifying {
            refused = engine::open_or_start(&path, None)
                .map(|_| ())
                .unwrap_err()
                .to_string();
        }
    })
    .unwrap();
    assert!(refused.contains("being compacted"), "{refused}");
    let log = engine::open_or_start(&path, None).unwrap();
    assert!(compact(&path, &mut |_| ()).is_err());
    assert_eq!(contents(log.as_ref()), held);
}

#[test]
fn a_damaged_log_is_not_compacted_and_stays_as_it_is() {
    let directory = TempDir::new().unwrap();
    let memory = MemoryLog::new(IncarnationId::from_bytes([5; 16]));
    append(&memory, PLANS[0], 0..20);
    let mut records = contents(&memory).remove(&PLANS[0]).unwrap();
    records[7].chain[0] ^= 1;
    let path = directory.path().join("log");
    drop(engine::open_or_start(&path, None).unwrap());
    engine::wait_until_closed(&path).unwrap();
    write_raw(&path, &records);
    let before = size_of(&path);
    let refused = compact(&path, &mut |_| ()).unwrap_err().to_string();
    assert!(refused.contains("record 7 of plan"), "{refused}");
    assert!(!Names::of(&path).new.exists());
    assert!(size_of(&path) >= before);
}

/// Writes records behind the engine's back.
fn write_raw(path: &Path, records: &[Record]) {
    let db = ::sled::open(path).unwrap();
    let events = db.open_tree("events").unwrap();
    for record in records {
        let key = crate::log::sled::frame::key(PLANS[0], record.envelope.position);
        let mark = crate::log::place::BatchMark {
            index: 0,
            remaining: 0,
        };
        let frame = crate::log::sled::frame::encode(&key, mark, record);
        events.insert(key, frame).unwrap();
    }
    db.flush().unwrap();
}

#[test]
fn a_log_moves_to_the_other_engine_and_back_and_the_old_one_stays() {
    let directory = TempDir::new().unwrap();
    let (path, held) = erased_log(&directory);
    let incarnation = engine::open_or_start(&path, None).unwrap().incarnation();
    let copied = std::cell::Cell::new(0);
    let mut watch = |progress| {
        if let Progress::Copied { events, .. } = progress {
            copied.set(events);
        }
    };
    let same = move_to(&path, EngineKind::Sled, &mut watch).unwrap_err();
    assert!(matches!(same, CompactError::SameEngine { .. }), "{same}");
    let (moved, kept) = move_to(&path, EngineKind::Segments, &mut watch).unwrap();
    assert_eq!(
        (moved.verified.plans, moved.verified.events, copied.get()),
        (3, 3_900, 3_900)
    );
    assert_eq!(engine::kind_of(&path), Some(EngineKind::Segments));
    assert_eq!(engine::kind_of(&kept), Some(EngineKind::Sled));
    let refused = engine::open_or_start(&path, Some(EngineKind::Sled))
        .map(|_| ())
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("was made by the engine segments, not sled"),
        "{refused}"
    );
    for place in [&path, &kept] {
        let log = engine::open_or_start(place, None).unwrap();
        assert_eq!(
            (contents(log.as_ref()), log.incarnation()),
            (held.clone(), incarnation)
        );
    }
    let (_, second) = move_to(&path, EngineKind::Sled, &mut watch).unwrap();
    assert_eq!(
        contents(engine::open_or_start(&path, None).unwrap().as_ref()),
        held
    );
    engine::wait_until_closed(&path).unwrap();
    let full = move_to(&path, EngineKind::Segments, &mut watch).unwrap_err();
    assert!(matches!(full, CompactError::KeptBefore { .. }), "{full}");
    fs::remove_dir_all(&kept).unwrap();
    fs::remove_dir_all(&second).unwrap();
    move_to(&path, EngineKind::Segments, &mut watch).unwrap();
    assert!(!holds(&path, SECRET.as_bytes()));
}

const ENGINES: [EngineKind; 2] = [EngineKind::Sled, EngineKind::Segments];

/// A log of 250 events, of whose last batch of 50 a kill left a part.
fn torn_log(directory: &TempDir, kind: EngineKind) -> (PathBuf, Vec<Record>) {
    let path = directory.path().join("log");
    let log = engine::open_or_start(&path, Some(kind)).unwrap();
    fs::copy(path.join("acknowledged"), directory.path().join("note")).unwrap();
    append(log.as_ref(), PLANS[0], 0..250);
    let held = contents(log.as_ref()).remove(&PLANS[0]).unwrap();
    drop(log);
    engine::wait_until_closed(&path).unwrap();
    match kind {
        EngineKind::Sled => {
            let db = ::sled::open(&path).unwrap();
            let events = db.open_tree("events").unwrap();
            for position in 230..250 {
                let lose = |frames: &mut BTreeMap<u64, Vec<u8>>| drop(frames.remove(&position).unwrap());
                crate::log::sled::tampering::change_frames(&events, PLANS[0], position, lose);
            }
            db.flush().unwrap();
        }
        EngineKind::Segments => {
            let name = crate::log::segments::file::segment_name(0);
            let file = fs::File::options().write(true).open(path.join(name)).unwrap();
            file.set_len(file.metadata().unwrap().len() - 20).unwrap();
        }
    }
    (path, held)
}

#[test]
fn a_torn_end_is_named_by_a_check_and_cut_off_by_a_compaction() {
    for kind in ENGINES {
        let directory = TempDir::new().unwrap();
        let (path, held) = torn_log(&directory, kind);
        // As if the kill had come before anybody was answered.
        fs::copy(directory.path().join("note"), path.join("acknowledged")).unwrap();
        let checked = engine::open_existing(&path, Opening::Check);
        let refused = checked.map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("so do `log compact`"), "{kind}: {refused}");
        engine::wait_until_closed(&path).unwrap();
        let done = compact(&path, &mut |_| ()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(done.verified.events, 200, "{kind}");
        let log = engine::open_existing(&path, Opening::Check).unwrap();
        assert_eq!(contents(log.as_ref())[&PLANS[0]], held[..200], "{kind}");
        log.verify().unwrap();
    }
}

#[test]
fn an_end_that_was_answered_is_not_compacted_away() {
    for kind in ENGINES {
        let directory = TempDir::new().unwrap();
        let (path, _) = torn_log(&directory, kind);
        for _ in 0..2 {
            let refused = compact(&path, &mut |_| ()).unwrap_err();
            assert!(matches!(refused, CompactError::Open(_)), "{kind}: {refused}");
            assert!(!refused.to_string().contains("log compact"), "{kind}: {refused}");
            assert!(!Names::of(&path).new.exists(), "{kind}");
        }
        let checked = engine::open_existing(&path, Opening::Check);
        let refused = checked.map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("is corrupt"), "{kind}: {refused}");
    }
}
