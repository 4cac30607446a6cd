//! Clauses about what survives: reopening and failed flushes.

use super::*;

pub fn everything_answered_is_there_after_reopening<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..1_500, 250);
    let before = all(subject.log(), &Selector::All);
    let subject = subject.reopen();
    assert_eq!(all(subject.log(), &Selector::All), before);
    assert_eq!(subject.log().plans(), [PLAN]);
    fill(subject.log(), 1_500..2_600, 250);
    let subject = subject.reopen();
    assert_eq!(all(subject.log(), &Selector::All).len(), 2_599);
    every_stream_is_whole(subject.log());
}

fn every_stream_is_whole(log: &dyn EventLog) {
    for record in all(log, &Selector::All) {
        let Some(last) = log.last_revision(PLAN, &record.envelope.stream).unwrap() else {
            panic!("stream {} has events", record.envelope.stream);
        };
        assert!(record.envelope.revision <= last);
    }
}

pub fn ids_and_guards_hold_after_reopening<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..1_200, 100);
    let subject = subject.reopen();
    let log = subject.log();
    for number in [1, 500, 1_024, 1_199] {
        let again = append(log, batch(vec![varied(number)])).unwrap();
        assert_eq!(again.placed[0].position.0, u64::from(number) - 1);
        assert!(again.placed[0].repeated);
    }
    let last = log.last_revision(PLAN, &text()).unwrap().unwrap();
    let next = append(
        log,
        guarded(vec![event(5_000, text())], text(), Expected::Exact(last)),
    )
    .unwrap();
    assert_eq!(
        (next.placed[0].position.0, next.placed[0].revision),
        (1_199, last.next())
    );
}

pub fn a_failed_flush_stops_the_engine_until_it_is_reopened<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..4, 3);
    subject.fail_next_flush();
    let group = vec![batch(vec![event(4, text())]), batch(vec![event(5, text())])];
    for answer in append_group_at(subject.log(), 1_000, group) {
        assert!(matches!(answer, Err(AppendError::Stopped { .. })), "{answer:?}");
    }
    let later = append(subject.log(), batch(vec![event(6, text())]));
    assert!(matches!(later, Err(AppendError::Stopped { .. })), "{later:?}");
    assert_eq!(
        positions(&all(subject.log(), &Selector::All)),
        [0, 1, 2],
        "not durable, so not visible"
    );
    assert_eq!(subject.log().find(PLAN, id(4)).unwrap(), None);
    let subject = subject.reopen();
    let again = append(subject.log(), batch(vec![event(6, text())])).unwrap();
    let records = all(subject.log(), &Selector::All);
    assert_eq!(records.last().unwrap().envelope.id, id(6));
    assert_eq!(
        again.placed[0].position.0 + 1,
        records.len() as u64,
        "dense, whatever the disk kept"
    );
}

pub fn the_incarnation_survives_reopening<S: Subject>() {
    let subject = S::fresh();
    let incarnation = subject.log().incarnation();
    assert_eq!(subject.reopen().log().incarnation(), incarnation);
}
