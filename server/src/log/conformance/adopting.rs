//! Clauses about records that come from another log.

use schema::log::{Envelope, Payload};

use super::*;

/// A log with erased and present content, in one plan.
fn source() -> MemoryLog {
    let log = MemoryLog::new(IncarnationId::from_bytes([4; 16]));
    fill(&log, 1..1_500, 250);
    for (position, extent) in [(3, Extent::Payload), (1_100, Extent::PayloadAndEnvelopeSalt)] {
        log.erase(PLAN, Position(position), extent).unwrap();
    }
    log
}

pub fn another_log_is_taken_over_record_for_record<S: Subject>() {
    let records = all(&source(), &Selector::All);
    let subject = S::fresh();
    let log = subject.log();
    for page in records.chunks(400) {
        log.adopt(PLAN, page.to_vec()).unwrap();
    }
    log.adopt(PLAN, Vec::new()).unwrap();
    assert_eq!(all(log, &Selector::All), records);
    assert_eq!(log.plans(), [PLAN]);
    assert_eq!(log.next_position(PLAN), Position(1_499));
    reading::every_reading_agrees(log);
    let again = append(log, batch(vec![varied(700)])).unwrap();
    assert_eq!(
        (again.placed[0].position, again.placed[0].repeated),
        (Position(699), true)
    );
    let last = log.last_revision(PLAN, &text()).unwrap().unwrap();
    let next = guarded(vec![event(9_000, text())], text(), Expected::Exact(last));
    assert_eq!(append(log, next).unwrap().placed[0].position, Position(1_499));
}

/// What is done to good records, and where the refusal points.
type Spoiling = (&'static str, fn(&mut Vec<Record>), u64);

const SPOILED: [Spoiling; 6] = [
    ("a gap", |records| drop(records.remove(7)), 8),
    ("another order", |records| records.swap(5, 6), 6),
    ("another chain", |records| records[9].chain[0] ^= 1, 9),
    (
        "another content",
        |records| records[4].payload = other_payload(),
        4,
    ),
    (
        "another revision",
        |records| reseal(records, 2, |envelope| envelope.revision.0 += 1),
        2,
    ),
    (
        "another time",
        |records| reseal(records, 8, |envelope| envelope.recorded_at.0 = 1),
        8,
    ),
];

/// Changes an envelope and seals it again after the record before: its proof holds, its numbers do not.
fn reseal(records: &mut [Record], at: usize, change: fn(&mut Envelope)) {
    let mut envelope = records[at].envelope.clone();
    change(&mut envelope);
    records[at] = sealed_after(&records[at - 1], envelope);
}

fn sealed_after(before: &Record, envelope: Envelope) -> Record {
    let salts = Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    Record::seal(
        PLAN,
        &before.chain,
        envelope,
        salts,
        Arc::from(&b"sealed again"[..]),
    )
}

fn other_payload() -> Payload {
    Payload::Present {
        salt: [8; 32],
        bytes: Arc::from(&b"other"[..]),
    }
}

pub fn what_does_not_continue_the_plan_is_refused_as_a_whole<S: Subject>() {
    let good: Vec<Record> = all(&source(), &Selector::All).into_iter().take(12).collect();
    let subject = S::fresh();
    let log = subject.log();
    for (what, spoil, position) in SPOILED {
        let mut records = good.clone();
        spoil(&mut records);
        let refused = log.adopt(PLAN, records).unwrap_err();
        let at = match refused {
            AdoptError::OutOfOrder { found, .. } => found,
            AdoptError::NotProved { position, .. } => position,
            AdoptError::Stopped { reason } => panic!("{what}: {reason}"),
        };
        assert_eq!(at, Position(position), "{what}");
        assert_eq!(log.next_position(PLAN), Position(0), "{what}");
    }
    let elsewhere = log.adopt(OTHER_PLAN, good.clone()).unwrap_err();
    assert!(
        matches!(
            elsewhere,
            AdoptError::NotProved {
                position: Position(0),
                ..
            }
        ),
        "{elsewhere}"
    );
    log.adopt(PLAN, good[..5].to_vec()).unwrap();
    let twice = log.adopt(PLAN, good.clone()).unwrap_err();
    let expected = AdoptError::OutOfOrder {
        plan: PLAN,
        expected: Position(5),
        found: Position(0),
    };
    assert_eq!(twice, expected);
    log.adopt(PLAN, good[5..].to_vec()).unwrap();
    assert_eq!(all(log, &Selector::All), good);
}

/// A record that proves itself after the end of the plan and still has the id of an event before it.
pub fn a_known_id_is_not_adopted_again<S: Subject>() {
    let good: Vec<Record> = all(&source(), &Selector::All).into_iter().take(12).collect();
    let mut envelope = good[11].envelope.clone();
    envelope.position = Position(12);
    envelope.stream = Stream::Commitment(CommitmentId::from_bytes([0xc; 16]));
    envelope.revision = Revision(0);
    let again = sealed_after(&good[11], envelope);
    let refused = AdoptError::NotProved {
        plan: PLAN,
        position: Position(12),
    };
    let at_once = S::fresh();
    let both = [good.clone(), vec![again.clone()]].concat();
    assert_eq!(at_once.log().adopt(PLAN, both), Err(refused.clone()));
    let later = S::fresh();
    later.log().adopt(PLAN, good).unwrap();
    assert_eq!(later.log().adopt(PLAN, vec![again]), Err(refused));
}

pub fn what_was_adopted_lasts_and_a_failed_flush_stops_it<S: Subject>() {
    let records = all(&source(), &Selector::All);
    let subject = S::fresh();
    subject.log().adopt(PLAN, records[..1_100].to_vec()).unwrap();
    let subject = subject.reopen();
    assert_eq!(all(subject.log(), &Selector::All), records[..1_100]);
    subject.fail_next_flush();
    let stopped = subject.log().adopt(PLAN, records[1_100..].to_vec());
    assert!(matches!(stopped, Err(AdoptError::Stopped { .. })), "{stopped:?}");
    let subject = subject.reopen();
    let held = usize::try_from(subject.log().next_position(PLAN).0).unwrap();
    subject.log().adopt(PLAN, records[held..].to_vec()).unwrap();
    assert_eq!(all(subject.log(), &Selector::All), records);
}
