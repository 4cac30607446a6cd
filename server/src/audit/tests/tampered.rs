//! What somebody can do to the files of a log who knows their format, on either engine: a check of the log names the
//! first wrong event; where they sealed everything behind it anew, a check against what was signed does.

use std::collections::BTreeMap;
use std::fs;

use schema::ids::{ActorRef, Revision};
use schema::log::commitment::CHAIN_START;
use schema::log::{EnvelopeSalt, Payload, Record};

use super::*;
use crate::log::engine::{self, Engine, EngineError, EngineKind, Opening};
use crate::log::place::BatchMark;
use crate::log::{ReadError, segments, sled};

const ENGINES: [EngineKind; 2] = [EngineKind::Sled, EngineKind::Segments];
const LIFE: IncarnationId = IncarnationId::from_bytes([9; 16]);
const EVENTS: u64 = 120;
/// The event that is not what it was.
const AT: usize = 50;

type Tampering = fn(&mut Vec<Record>);

const TAMPERINGS: [(&str, Tampering); 7] = [
    ("another content", |records| {
        let Payload::Present { bytes, .. } = &mut records[AT].payload else {
            panic!("nothing is erased")
        };
        *bytes = Arc::from(*b"{\"title\":\"Regioplan Overal\"}");
    }),
    ("another author", |records| {
        records[AT].envelope.who = ActorRef(Position(3));
    }),
    ("another kind", |records| {
        records[AT].envelope.kind = Kind::new("plan.created", 1);
    }),
    ("backdated", |records| {
        records[AT].envelope.recorded_at = records[AT - 1].envelope.recorded_at;
    }),
    ("dropped", |records| drop(records.remove(AT))),
    ("moved", |records| records.swap(AT, AT + 1)),
    ("inserted", |records| {
        let mut forged = records[AT - 1].clone();
        forged.envelope.id = EventId::from_bytes([0xfe; 16]);
        records.insert(AT, forged);
    }),
];

/// A history whose events lie an hour apart.
fn history() -> Arc<MemoryLog> {
    let log = Arc::new(MemoryLog::new(LIFE));
    for hour in 0..EVENTS {
        let at = TimestampMs(START_MS + hour * 3_600_000);
        write_at(&log, at, 1, None);
    }
    log
}

fn records_of(log: &dyn EventLog) -> Vec<Record> {
    opening::read(log, PLAN, 0, 1_024).unwrap()
}

/// Numbers and times that fit the places, as somebody would see to who means to be believed.
fn renumber(records: &mut [Record]) {
    let mut next: BTreeMap<Stream, Revision> = BTreeMap::new();
    let mut latest = TimestampMs(0);
    for (position, record) in (0..).zip(records) {
        let envelope = &mut record.envelope;
        let revision = next.entry(envelope.stream).or_default();
        (envelope.position, envelope.revision) = (Position(position), *revision);
        *revision = revision.next();
        latest = latest.max(envelope.recorded_at);
        envelope.recorded_at = latest;
    }
}

/// Commitments and chain as if this had been written.
fn seal_anew(records: &mut [Record]) {
    let mut chain = CHAIN_START;
    for record in records {
        let (EnvelopeSalt::Present(envelope), Payload::Present { salt, bytes }) =
            (record.envelope_salt, record.payload.clone())
        else {
            panic!("nothing is erased")
        };
        let salts = Salts {
            envelope,
            payload: salt,
        };
        *record = Record::seal(PLAN, &chain, record.envelope.clone(), salts, bytes);
        chain = record.chain;
    }
}

/// A log whose files hold these events, with every checksum right, and that never noted how far it had come.
fn stored(kind: EngineKind, records: &[Record]) -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("log");
    drop(engine::create(&path, kind, LIFE).unwrap());
    engine::wait_until_closed(&path).unwrap();
    match kind {
        EngineKind::Sled => write_to_sled(&path, records),
        EngineKind::Segments => write_to_a_segment(&path, records),
    }
    engine::wait_until_closed(&path).unwrap();
    (place, path)
}

const ALONE: BatchMark = BatchMark {
    index: 0,
    remaining: 0,
};

fn write_to_sled(path: &Path, records: &[Record]) {
    let db = ::sled::open(path).unwrap();
    let events = db.open_tree("events").unwrap();
    for record in records {
        let key = sled::frame::key(PLAN, record.envelope.position);
        events
            .insert(key, sled::frame::encode(&key, ALONE, record))
            .unwrap();
    }
    db.flush().unwrap();
}

fn write_to_a_segment(path: &Path, records: &[Record]) {
    use segments::{file, frame};
    let path = path.join(file::segment_name(0));
    let header = fs::read(&path).unwrap();
    let header = &header[..file::HEADER_BYTES as usize];
    let binding = file::decode_header(header, 0, LIFE).unwrap();
    let mut frames = Vec::new();
    for record in records {
        let group = file::HEADER_BYTES + u32::try_from(frames.len()).unwrap();
        let said = frame::Header {
            group,
            plan: PLAN,
            mark: ALONE,
        };
        frame::push(&mut frames, file::HEADER_BYTES, binding, said, record);
    }
    fs::write(path, [header, &frames].concat()).unwrap();
}

/// The first fault that opening or checking names.
fn fault_of(path: &Path) -> Option<(PlanId, Position)> {
    let error = match engine::open_existing(path, Opening::Check) {
        Ok(log) => log.verify().err()?,
        Err(
            EngineError::Sled(sled::OpenError::Read(error))
            | EngineError::Segments(segments::OpenError::Read(error)),
        ) => error,
        Err(other) => panic!("{other}"),
    };
    match error {
        ReadError::Corrupt { plan, position, .. } => Some((plan, position)),
        other => panic!("{other}"),
    }
}

#[test]
fn every_way_of_tampering_is_named_at_the_first_wrong_event() {
    let whole = records_of(history().as_ref());
    for kind in ENGINES {
        let (_place, path) = stored(kind, &whole);
        assert_eq!(fault_of(&path), None, "{kind}: as it was written");
        for (what, tamper) in TAMPERINGS {
            let mut records = whole.clone();
            tamper(&mut records);
            renumber(&mut records);
            let (_place, path) = stored(kind, &records);
            let wanted = Some((PLAN, Position(AT as u64)));
            assert_eq!(fault_of(&path), wanted, "{kind}: {what}");
        }
    }
}

#[test]
fn what_was_sealed_anew_holds_together_and_is_named_by_what_was_signed() {
    let log = history();
    let world = World::of(log.clone());
    assert_eq!(world.signed(), EVENTS);
    for kind in ENGINES {
        for (what, tamper) in TAMPERINGS {
            let mut records = records_of(log.as_ref());
            tamper(&mut records);
            renumber(&mut records);
            seal_anew(&mut records);
            let (_place, path) = stored(kind, &records);
            let forged: Box<dyn Engine> = engine::open_existing(&path, Opening::Check).unwrap();
            forged.verify().unwrap();
            let alarm = checking::check(forged.as_ref(), &world.plan_log())
                .unwrap()
                .unwrap_err();
            let wanted = (AlarmKind::LogChanged, Some(Position(AT as u64)));
            assert_eq!((alarm.kind, alarm.position), wanted, "{kind}: {what}");
        }
        let (_place, path) = stored(kind, &records_of(log.as_ref()));
        let true_one = engine::open_existing(&path, Opening::Check).unwrap();
        let checked = checking::check(true_one.as_ref(), &world.plan_log()).unwrap();
        assert_eq!(checked, Ok(EVENTS), "{kind}");
    }
}
