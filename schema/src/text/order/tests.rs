//! Each rule, by the shortest log that breaks it and by one that keeps it.

use super::*;
use crate::ids::{EventId, Revision, TimestampMs};
use crate::log::Kind;

const CHAPTER: ChapterId = ChapterId::from_bytes([3; 16]);
const OTHER: ChapterId = ChapterId::from_bytes([4; 16]);

/// An event: its stream, its kind's name and who it names.
type Said = (Stream, &'static str, u64);

const BOUND: Said = (Stream::Actors, "actor.bound", 0);

const fn text(generation: u32, name: &'static str) -> Said {
    (Stream::Text(CHAPTER, Generation(generation)), name, 0)
}

const fn chapter(name: &'static str) -> Said {
    (Stream::Chapter(CHAPTER), name, 0)
}

/// The faults of a log, by position.
fn faults_of(log: &[Said], via: Via) -> Vec<(u64, OrderFault)> {
    let mut order = TextOrder::default();
    let judged = (0..).zip(log).map(|(position, (stream, name, who))| {
        let fault = order.take(&Envelope {
            position: Position(position),
            stream: *stream,
            revision: Revision(0),
            id: EventId::from_bytes([0; 16]),
            kind: Kind::new(name, 1),
            recorded_at: TimestampMs(0),
            who: ActorRef(Position(*who)),
            via,
            causation: None,
            correlation: None,
            payload_commitment: [0; 32],
        });
        fault.err().map(|fault| (position, fault))
    });
    judged.flatten().collect()
}

#[test]
fn a_life_of_a_chapter_breaks_no_rule() {
    let log = [
        BOUND,
        chapter("chapter.created"),
        text(1, "text.generation"),
        text(1, "text.changed"),
        (Stream::Text(OTHER, Generation(1)), "text.generation", 0),
        text(2, "text.generation"),
        text(2, "text.changed"),
        (Stream::Text(OTHER, Generation(1)), "text.changed", 0),
        chapter("chapter.frozen"),
        chapter("chapter.reopened"),
        text(2, "text.changed"),
    ];
    assert_eq!(faults_of(&log, Via::Browser), []);
}

#[test]
fn a_change_behind_the_next_generation_is_named_and_what_follows_is_judged_on() {
    let log = [
        BOUND,
        text(1, "text.generation"),
        text(2, "text.generation"),
        text(1, "text.changed"),
        text(2, "text.changed"),
        text(1, "text.changed"),
    ];
    let lost = OrderFault::AfterSuccessor {
        chapter: CHAPTER,
        generation: Generation(1),
        newest: Generation(2),
        began: Position(2),
    };
    assert_eq!(faults_of(&log, Via::Browser), [(3, lost), (5, lost)]);
}

#[test]
fn a_change_of_a_generation_that_has_not_begun_is_named() {
    let unbegun = |generation| OrderFault::NotBegun {
        chapter: CHAPTER,
        generation: Generation(generation),
    };
    let log = [
        BOUND,
        text(1, "text.changed"),
        text(1, "text.generation"),
        text(2, "text.changed"),
    ];
    assert_eq!(faults_of(&log, Via::Browser), [(1, unbegun(1)), (3, unbegun(2))]);
}

#[test]
fn generations_begin_from_1_without_a_gap_and_once() {
    let not_next = |generation, expected| OrderFault::NotNext {
        chapter: CHAPTER,
        generation: Generation(generation),
        expected: Generation(expected),
    };
    let log = [
        BOUND,
        text(1, "text.generation"),
        text(3, "text.generation"),
        text(3, "text.changed"),
        text(3, "text.generation"),
        text(2, "text.generation"),
    ];
    assert_eq!(
        faults_of(&log, Via::Server),
        [(2, not_next(3, 2)), (4, not_next(3, 4)), (5, not_next(2, 4))]
    );
}

#[test]
fn a_frozen_chapter_takes_what_the_server_carries_over_and_nothing_else() {
    let log = [
        BOUND,
        text(1, "text.generation"),
        chapter("chapter.frozen"),
        text(2, "text.generation"),
        text(2, "text.changed"),
    ];
    let frozen = OrderFault::Frozen {
        chapter: CHAPTER,
        frozen: Position(2),
    };
    for via in [Via::Browser, Via::Token, Via::Restore, Via::Import] {
        assert_eq!(faults_of(&log, via), [(4, frozen)], "{via:?}");
    }
    assert_eq!(faults_of(&log, Via::Server), []);
}

#[test]
fn an_author_is_bound_before_what_is_written_in_their_name() {
    let stream = Stream::Text(CHAPTER, Generation(1));
    let log = [
        BOUND,
        text(1, "text.generation"),
        (stream, "text.changed", 1),
        (stream, "text.changed", 4),
        (Stream::Actors, "actor.bound", 4),
        (stream, "text.changed", 4),
    ];
    let no_author = |position| OrderFault::NoAuthor {
        who: ActorRef(Position(position)),
    };
    assert_eq!(
        faults_of(&log, Via::Browser),
        [(2, no_author(1)), (3, no_author(4))]
    );
}

#[test]
fn what_a_newer_program_wrote_breaks_no_rule() {
    let log = [
        BOUND,
        text(7, "text.annotated"),
        chapter("chapter.split"),
        (Stream::Plan, "text.changed", 9),
    ];
    assert_eq!(faults_of(&log, Via::Browser), []);
}
