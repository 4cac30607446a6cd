//! Clauses about placing: numbers, time, guards, idempotency.

use super::*;

pub fn positions_are_dense_per_plan_and_revisions_per_stream<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    append(
        log,
        batch(vec![event(1, text()), event(2, Stream::Plan), event(3, text())]),
    )
    .unwrap();
    let second = append(log, batch(vec![event(4, Stream::Plan), event(5, Stream::Rights)])).unwrap();
    let places: Vec<_> = second
        .placed
        .iter()
        .map(|p| (p.position.0, p.revision.0, p.repeated))
        .collect();
    assert_eq!(places, [(3, 1, false), (4, 0, false)]);
    assert_eq!(log.next_position(PLAN), Position(5));
    assert_eq!(log.last_revision(PLAN, &text()).unwrap(), Some(Revision(1)));
    assert_eq!(log.last_revision(PLAN, &Stream::Actors).unwrap(), None);
    let stored: Vec<_> = all(log, &Selector::All)
        .iter()
        .map(|record| {
            (
                record.envelope.position.0,
                record.envelope.revision.0,
                record.envelope.id,
            )
        })
        .collect();
    assert_eq!(
        stored,
        [
            (0, 0, id(1)),
            (1, 0, id(2)),
            (2, 1, id(3)),
            (3, 1, id(4)),
            (4, 0, id(5))
        ]
    );
}

pub fn time_never_decreases_within_a_plan<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    append_at(log, 2_000, batch(vec![event(1, text())])).unwrap();
    let earlier = append_at(log, 1_500, batch(vec![event(2, text())])).unwrap();
    assert_eq!(earlier.placed[0].recorded_at, TimestampMs(2_000));
    let other = AppendRequest {
        plan: OTHER_PLAN,
        ..batch(vec![event(1, text())])
    };
    assert_eq!(
        append_at(log, 1_500, other).unwrap().placed[0].recorded_at,
        TimestampMs(1_500)
    );
    let later = append_at(log, 2_001, batch(vec![event(3, text())])).unwrap();
    assert_eq!(later.placed[0].recorded_at, TimestampMs(2_001));
}

pub fn an_actor_binding_refers_to_itself<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    let binding = |number| NewEvent {
        who: Who::Itself,
        ..event(number, Stream::Actors)
    };
    append(log, batch(vec![binding(1), event(2, text()), binding(3)])).unwrap();
    let whos: Vec<_> = all(log, &Selector::All)
        .iter()
        .map(|record| record.envelope.who.0.0)
        .collect();
    assert_eq!(whos, [0, 0, 2]);
}

pub fn a_guard_on_a_stream_not_written_to_holds_the_batch_back<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    let rights = Stream::Rights;
    append(log, guarded(vec![event(1, rights)], rights, Expected::NoStream)).unwrap();
    append(
        log,
        guarded(vec![event(2, text())], rights, Expected::Exact(Revision(0))),
    )
    .unwrap();
    append(log, batch(vec![event(3, rights)])).unwrap();
    let late = append(
        log,
        guarded(vec![event(4, text())], rights, Expected::Exact(Revision(0))),
    );
    let expected = Expected::Exact(Revision(0));
    let conflict = AppendError::Conflict {
        stream: rights,
        expected,
        actual: Some(Revision(1)),
    };
    assert_eq!(late, Err(conflict));
    let exists = append(log, guarded(vec![event(4, text())], rights, Expected::NoStream));
    assert!(matches!(
        exists,
        Err(AppendError::Conflict {
            actual: Some(Revision(1)),
            ..
        })
    ));
    let absent = append(log, guarded(vec![event(4, text())], Stream::Actors, expected));
    assert!(matches!(absent, Err(AppendError::Conflict { actual: None, .. })));
    assert_eq!(log.next_position(PLAN), Position(3));
}

pub fn a_guard_sees_what_the_same_group_placed<S: Subject>() {
    let subject = S::fresh();
    let first = guarded(vec![event(1, Stream::Plan)], Stream::Plan, Expected::NoStream);
    let rival = guarded(vec![event(2, Stream::Plan)], Stream::Plan, Expected::NoStream);
    let after = guarded(
        vec![event(3, Stream::Plan)],
        Stream::Plan,
        Expected::Exact(Revision(0)),
    );
    let answers = append_group_at(subject.log(), 1_000, vec![first, rival, after]);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(
        answers[1],
        Err(AppendError::Conflict {
            actual: Some(Revision(0)),
            ..
        })
    ));
    assert_eq!(positions(&all(subject.log(), &Selector::All)), [0, 1]);
}

pub fn a_batch_is_all_or_nothing<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    append(log, batch(vec![event(1, text())])).unwrap();
    let guards = vec![
        Guard {
            stream: text(),
            expected: Expected::Exact(Revision(0)),
        },
        Guard {
            stream: Stream::Plan,
            expected: Expected::Exact(Revision(5)),
        },
    ];
    let refused = AppendRequest {
        guards,
        ..batch(vec![event(2, text()), event(3, Stream::Plan)])
    };
    assert!(append(log, refused).is_err());
    assert_eq!(log.next_position(PLAN), Position(1));
    assert_eq!(log.find(PLAN, id(2)).unwrap(), None);
    assert_eq!(log.last_revision(PLAN, &Stream::Plan).unwrap(), None);
}

pub fn a_repeated_batch_returns_its_first_places<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    let request = batch(vec![event(1, text()), event(2, Stream::Plan)]);
    let first = append_at(log, 1_000, request.clone()).unwrap();
    append_at(log, 2_000, batch(vec![event(3, text())])).unwrap();
    let again = append_at(log, 3_000, request).unwrap();
    assert!(again.placed.iter().all(|placed| placed.repeated));
    for (before, after) in first.placed.iter().zip(&again.placed) {
        assert_eq!(
            (before.position, before.revision),
            (after.position, after.revision)
        );
        assert_eq!(before.recorded_at, after.recorded_at);
    }
    assert_eq!(log.next_position(PLAN), Position(3));
}

pub fn idempotency_comes_before_guards<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    let request = guarded(vec![event(1, Stream::Plan)], Stream::Plan, Expected::NoStream);
    append(log, request.clone()).unwrap();
    assert!(
        append(log, request).unwrap().placed[0].repeated,
        "although its guard does not hold any more"
    );
}

pub fn a_known_id_with_other_content_is_refused<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    append(log, batch(vec![event(1, text())])).unwrap();
    let reused = Err(AppendError::IdReused { id: id(1) });
    let other_payload = NewEvent {
        payload: Arc::from(&b"other"[..]),
        ..event(1, text())
    };
    assert_eq!(append(log, batch(vec![other_payload])), reused);
    assert_eq!(append(log, batch(vec![event(1, Stream::Plan)])), reused);
    let other_kind = NewEvent {
        kind: Kind::new("text.changed", 2),
        ..event(1, text())
    };
    assert_eq!(append(log, batch(vec![other_kind])), reused);
    let other_who = NewEvent {
        who: Who::Actor(ActorRef(Position(9))),
        via: Via::Token,
        ..event(1, text())
    };
    assert!(
        append(log, batch(vec![other_who])).unwrap().placed[0].repeated,
        "sent again from a new session"
    );
}

pub fn a_partly_known_batch_is_refused<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    append(log, batch(vec![event(1, text())])).unwrap();
    let partly = append(log, batch(vec![event(1, text()), event(2, text())]));
    assert!(matches!(partly, Err(AppendError::InvalidBatch(_))));
    assert_eq!(log.next_position(PLAN), Position(1));
}

pub fn the_same_request_twice_in_one_group_is_appended_once<S: Subject>() {
    let subject = S::fresh();
    let request = batch(vec![event(1, text()), event(2, text())]);
    let answers = append_group_at(subject.log(), 1_000, vec![request.clone(), request]);
    let places = |index: usize| {
        let placed = answers[index].as_ref().unwrap().placed.iter();
        placed
            .map(|placed| (placed.position.0, placed.repeated))
            .collect::<Vec<_>>()
    };
    assert_eq!(places(0), [(0, false), (1, false)]);
    assert_eq!(places(1), [(0, true), (1, true)]);
    assert_eq!(subject.log().next_position(PLAN), Position(2));
}

pub fn an_invalid_batch_is_refused_by_name<S: Subject>() {
    use schema::limits::{BATCH_EVENTS_MAX, PAYLOAD_BYTES_MAX};
    let subject = S::fresh();
    let too_many = (0..=u32::try_from(BATCH_EVENTS_MAX).unwrap())
        .map(|n| event(n, text()))
        .collect();
    let too_large = NewEvent {
        payload: vec![0; PAYLOAD_BYTES_MAX + 1].into(),
        ..event(1, text())
    };
    let bad_kind = NewEvent {
        kind: Kind::new("Text Changed", 1),
        ..event(1, text())
    };
    let no_version = NewEvent {
        kind: Kind::new("text.changed", 0),
        ..event(1, text())
    };
    let twice = vec![event(1, text()), event(1, text())];
    let batches = [
        Vec::new(),
        too_many,
        vec![too_large],
        vec![bad_kind],
        vec![no_version],
        twice,
    ];
    for events in batches {
        let answer = append(subject.log(), batch(events));
        assert!(matches!(answer, Err(AppendError::InvalidBatch(_))), "{answer:?}");
    }
    assert_eq!(subject.log().next_position(PLAN), Position(0));
}

pub fn plans_do_not_see_each_other<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    let elsewhere = AppendRequest {
        plan: OTHER_PLAN,
        ..batch(vec![event(1, text()), event(2, text())])
    };
    let answers = append_group_at(log, 1_000, vec![batch(vec![event(1, text())]), elsewhere]);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(
        (log.next_position(PLAN), log.next_position(OTHER_PLAN)),
        (Position(1), Position(2))
    );
    assert_eq!(log.plans(), [PLAN, OTHER_PLAN]);
    assert_eq!(positions(&all(log, &Selector::All)), [0]);
    assert_eq!(log.find(PLAN, id(2)).unwrap(), None);
}
