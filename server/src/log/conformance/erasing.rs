//! Clauses about content that is taken away.

use schema::log::{EnvelopeSalt, Payload};

use super::*;

const BOTH: [Extent; 2] = [Extent::Payload, Extent::PayloadAndEnvelopeSalt];

fn erase(log: &dyn EventLog, position: u64, extent: Extent) -> Result<(), EraseError> {
    log.erase(PLAN, Position(position), extent)
}

fn every_record_is_proved(records: &[Record]) {
    let mut chain = CHAIN_START;
    for record in records {
        assert!(
            record.is_proved_after(PLAN, &chain),
            "{}",
            record.envelope.position
        );
        chain = record.chain;
    }
}

pub fn erased_content_is_gone_and_the_proofs_hold<S: Subject>() {
    for extent in BOTH {
        let subject = S::fresh();
        let log = subject.log();
        // Two blocks of an index, so that both sealed and open places are erased.
        fill(log, 1..1_300, 100);
        let before = all(log, &Selector::All);
        for position in [0, 700, 1_023, 1_024, 1_298] {
            erase(log, position, extent).unwrap();
        }
        let after = all(log, &Selector::All);
        every_record_is_proved(&after);
        let noted = log.erased(PLAN).unwrap();
        for (was, is) in before.iter().zip(&after) {
            let erased = [0, 700, 1_023, 1_024, 1_298].contains(&is.envelope.position.0);
            assert_eq!((&is.envelope, is.chain), (&was.envelope, was.chain));
            assert_eq!(is.leaf(PLAN), was.leaf(PLAN));
            assert_eq!(is.payload == Payload::Erased, erased);
            assert_eq!(noted.contains(&(is.envelope.position, extent)), erased);
            let salt_gone = matches!(is.envelope_salt, EnvelopeSalt::Erased { .. });
            assert_eq!(salt_gone, erased && extent == Extent::PayloadAndEnvelopeSalt);
        }
        reading::every_reading_agrees(log);
        let next = append(log, batch(vec![event(9_000, text())])).unwrap();
        assert_eq!(next.placed[0].position, Position(1_299));
        every_record_is_proved(&all(log, &Selector::All));
    }
}

pub fn erasing_again_or_less_changes_nothing<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..4, 3);
    erase(log, 1, Extent::Payload).unwrap();
    let once = all(log, &Selector::All);
    erase(log, 1, Extent::Payload).unwrap();
    assert_eq!(all(log, &Selector::All), once);
    erase(log, 1, Extent::PayloadAndEnvelopeSalt).unwrap();
    let wholly = all(log, &Selector::All);
    let noted = vec![(Position(1), Extent::PayloadAndEnvelopeSalt)];
    assert_eq!(log.erased(PLAN).unwrap(), noted);
    assert_ne!(wholly, once);
    for extent in BOTH {
        erase(log, 1, extent).unwrap();
        assert_eq!(all(log, &Selector::All), wholly);
        assert_eq!(log.erased(PLAN).unwrap(), noted);
    }
}

pub fn many_are_erased_at_once_or_none_when_one_is_not_there<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..1_300, 100);
    let before = all(log, &Selector::All);
    log.erase_all(PLAN, &[], Extent::Payload).unwrap();
    let some: Vec<Position> = [3, 1_290, 3, 1_024].map(Position).into();
    let beyond = [some.clone(), vec![Position(1_299)]].concat();
    let refused = log.erase_all(PLAN, &beyond, Extent::Payload);
    assert!(
        matches!(refused, Err(EraseError::NoSuchEvent { position, .. }) if position == Position(1_299)),
        "{refused:?}"
    );
    assert_eq!(all(log, &Selector::All), before);
    log.erase_all(PLAN, &some, Extent::PayloadAndEnvelopeSalt)
        .unwrap();
    let after = all(log, &Selector::All);
    every_record_is_proved(&after);
    let noted: Vec<_> = [3, 1_024, 1_290]
        .map(|position| (Position(position), Extent::PayloadAndEnvelopeSalt))
        .into();
    assert_eq!(log.erased(PLAN).unwrap(), noted);
    let subject = subject.reopen();
    assert_eq!(all(subject.log(), &Selector::All), after);
}

pub fn of_many_each_is_erased_or_not_when_the_flush_fails<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..600, 100);
    let before = all(subject.log(), &Selector::All);
    let positions: Vec<Position> = (0..599).map(Position).collect();
    subject.fail_next_flush();
    let refused = subject.log().erase_all(PLAN, &positions, Extent::Payload);
    assert!(matches!(refused, Err(EraseError::Stopped { .. })), "{refused:?}");
    let subject = subject.reopen();
    for (was, is) in before.iter().zip(all(subject.log(), &Selector::All)) {
        assert!(is == *was || is == Extent::Payload.of(PLAN, was.clone()));
    }
    subject
        .log()
        .erase_all(PLAN, &positions, Extent::Payload)
        .unwrap();
    let left = all(subject.log(), &Selector::All);
    every_record_is_proved(&left);
    assert!(left.iter().all(|record| record.payload == Payload::Erased));
}

pub fn what_is_not_there_cannot_be_erased<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..4, 3);
    let beyond = erase(subject.log(), 3, Extent::Payload);
    assert!(
        matches!(beyond, Err(EraseError::NoSuchEvent { position, .. }) if position == Position(3)),
        "{beyond:?}"
    );
    let elsewhere = subject.log().erase(OTHER_PLAN, Position(0), Extent::Payload);
    assert!(
        matches!(elsewhere, Err(EraseError::NoSuchEvent { .. })),
        "{elsewhere:?}"
    );
}

/// Content that is gone cannot be told from other content, so its id answers for both.
pub fn an_erased_event_keeps_its_id_and_place<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    append(log, batch(vec![event(1, text()), event(2, text())])).unwrap();
    erase(log, 1, Extent::PayloadAndEnvelopeSalt).unwrap();
    let other = NewEvent {
        payload: Arc::from(&b"other content"[..]),
        ..event(2, text())
    };
    for again in [event(2, text()), other] {
        let placed = append(log, batch(vec![again])).unwrap().placed[0];
        assert_eq!((placed.position, placed.repeated), (Position(1), true));
    }
    let found = log.find(PLAN, id(2)).unwrap().unwrap();
    assert_eq!(found.payload, Payload::Erased);
    assert_eq!(log.last_revision(PLAN, &text()).unwrap(), Some(Revision(1)));
}

pub fn erasure_lasts_and_a_failed_flush_stops_it<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..4, 3);
    erase(subject.log(), 0, Extent::Payload).unwrap();
    let subject = subject.reopen();
    let log = subject.log();
    assert_eq!(all(log, &Selector::All)[0].payload, Payload::Erased);
    subject.fail_next_flush();
    for _ in 0..2 {
        let refused = erase(log, 1, Extent::Payload);
        assert!(matches!(refused, Err(EraseError::Stopped { .. })), "{refused:?}");
    }
    assert!(matches!(log.health(), Health::Stopped { .. }));
    let subject = subject.reopen();
    assert_eq!(subject.log().health(), Health::Writing);
    erase(subject.log(), 1, Extent::Payload).unwrap();
    every_record_is_proved(&all(subject.log(), &Selector::All));
}
