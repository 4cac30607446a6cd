//! Clauses about reading: pages, selectors, proofs.

use super::*;

pub fn a_page_forward_and_backward<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..11, 3);
    let page = |from, direction, limit| positions(&read(log, Selector::All, from, direction, limit));
    assert_eq!(page(0, Direction::Forward, 4), [0, 1, 2, 3]);
    assert_eq!(page(8, Direction::Forward, 4), [8, 9]);
    assert!(page(10, Direction::Forward, 4).is_empty());
    assert!(page(u64::MAX, Direction::Forward, 4).is_empty());
    assert_eq!(page(u64::MAX, Direction::Backward, 3), [9, 8, 7]);
    assert_eq!(page(1, Direction::Backward, 4), [1, 0]);
    assert!(page(5, Direction::Forward, 0).is_empty());
    assert_eq!(page(0, Direction::Forward, usize::MAX).len(), 10);
}

pub fn a_stream_is_read_by_revision<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..3_000, 700);
    let commitment = Stream::Commitment(CommitmentId::from_bytes([97 % 7; 16]));
    let whole = all(log, &Selector::Stream(commitment));
    let revisions: Vec<_> = whole.iter().map(|record| record.envelope.revision.0).collect();
    assert_eq!(revisions, (0..whole.len() as u64).collect::<Vec<_>>());
    assert!(whole.len() > 3 && whole.iter().all(|record| record.envelope.stream == commitment));
    let back = read(log, Selector::Stream(commitment), 2, Direction::Backward, 9);
    assert_eq!(back, [whole[2].clone(), whole[1].clone(), whole[0].clone()]);
    let last = read(log, Selector::Stream(text()), u64::MAX, Direction::Backward, 1);
    assert_eq!(
        Some(last[0].envelope.revision),
        log.last_revision(PLAN, &text()).unwrap()
    );
}

pub fn a_kind_prefix_an_actor_and_a_span_select<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..200, 1);
    let kinds = all(log, &Selector::KindPrefix("commitment.".into()));
    assert_eq!(positions(&kinds), [96, 193]);
    assert_eq!(all(log, &Selector::Actor(ActorRef(Position(3)))).len(), 40);
    let (from, end) = (TimestampMs(1_010), TimestampMs(1_013));
    assert_eq!(positions(&all(log, &Selector::Span { from, end })), [9, 10, 11]);
    assert_eq!(all(log, &Selector::Span { from: end, end: from }), []);
    let backward = read(
        log,
        Selector::Span { from, end },
        u64::MAX,
        Direction::Backward,
        2,
    );
    assert_eq!(positions(&backward), [11, 10]);
}

pub fn an_unknown_plan_or_stream_is_empty<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    assert_eq!(all(log, &Selector::All), []);
    assert_eq!(log.plans(), []);
    assert_eq!(log.next_position(PLAN), Position(0));
    fill(log, 1..5, 2);
    assert_eq!(all(log, &Selector::Stream(Stream::Rights)), []);
}

pub fn an_event_is_found_by_its_id<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..2_500, 500);
    for number in [1, 2, 1_023, 1_024, 1_025, 2_048, 2_499] {
        let found = log.find(PLAN, id(number)).unwrap().unwrap();
        assert_eq!(
            (found.envelope.position.0, found.envelope.id),
            (u64::from(number) - 1, id(number))
        );
    }
    assert_eq!(log.find(PLAN, id(0)).unwrap(), None);
    assert_eq!(log.find(OTHER_PLAN, id(1)).unwrap(), None);
}

pub fn every_record_proves_itself_after_the_one_before<S: Subject>() {
    let subject = S::fresh();
    fill(subject.log(), 1..50, 7);
    let mut chain = CHAIN_START;
    for record in all(subject.log(), &Selector::All) {
        assert!(
            record.is_proved_after(PLAN, &chain),
            "at {}",
            record.envelope.position
        );
        chain = record.chain;
    }
    assert_ne!(chain, CHAIN_START);
}

pub fn every_reading_agrees_with_a_scan<S: Subject>() {
    let subject = S::fresh();
    let log = subject.log();
    fill(log, 1..3_200, 333);
    assert_eq!(all(log, &Selector::All).len(), 3_199);
    every_reading_agrees(log);
}

/// Every selector, forward and backward, gives what a scan of the whole plan gives.
pub(super) fn every_reading_agrees(log: &dyn EventLog) {
    let everything = all(log, &Selector::All);
    let selectors = [
        Selector::Stream(text()),
        Selector::KindPrefix("text".into()),
        Selector::KindPrefix("commitment.amended".into()),
        Selector::KindPrefix("nothing".into()),
        Selector::Actor(ActorRef(Position(4))),
        Selector::Span {
            from: TimestampMs(1_900),
            end: TimestampMs(3_400),
        },
    ];
    for selector in selectors {
        let scanned: Vec<_> = everything
            .iter()
            .filter(|record| crate::log::select::selects(&selector, &record.envelope))
            .cloned()
            .collect();
        assert_eq!(
            positions(&all(log, &selector)),
            positions(&scanned),
            "{selector:?}"
        );
        let back = read(log, selector.clone(), u64::MAX, Direction::Backward, 10);
        let expected: Vec<_> = scanned.iter().rev().take(10).cloned().collect();
        assert_eq!(positions(&back), positions(&expected), "{selector:?} backward");
    }
}
