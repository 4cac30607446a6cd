//! Clauses about what reading costs: a stream, a time and an actor are looked up, not sought through the log. They are for
//! engines that read from a disk.

use schema::domain::actor::ACTOR_BOUND;

use super::*;
use crate::log::index::Reads;

/// An engine that counts what it reads.
pub trait Counting: Subject {
    /// An empty log whose files are few beside the events of these clauses.
    fn fresh_to_count() -> Self;
    /// What was read since it was opened.
    fn reads(&self) -> Reads;
}

/// Events that are appended at once, a second apart: as many as an engine sums up in one entry of its index.
const GROUP: u32 = 1_024;
/// Forty groups and a half.
const EVENTS: u32 = 40 * GROUP + 512;
/// Where an actor is bound that writes twice right after, in the middle of the log.
const BOUND_AT: u32 = 20 * GROUP + 100;
/// Every this many events stands one in the rare stream.
const RARE: u32 = 5_000;

fn rare() -> Stream {
    Stream::Commitment(CommitmentId::from_bytes([9; 16]))
}

fn bound() -> ActorRef {
    ActorRef(Position(u64::from(BOUND_AT)))
}

fn stored(number: u32) -> NewEvent {
    let usual = event(number, text());
    if number == BOUND_AT {
        NewEvent {
            stream: Stream::Actors,
            kind: ACTOR_BOUND,
            who: Who::Itself,
            ..usual
        }
    } else if number == BOUND_AT + 1 || number == BOUND_AT + 2 {
        NewEvent {
            who: Who::Actor(bound()),
            ..usual
        }
    } else if number % RARE == 7 {
        NewEvent {
            stream: rare(),
            ..usual
        }
    } else {
        usual
    }
}

fn filled<S: Counting>() -> S {
    let subject = S::fresh_to_count();
    let numbers: Vec<u32> = (0..EVENTS).collect();
    for (second, group) in (1_u64..).zip(numbers.chunks(GROUP as usize)) {
        let events = group.iter().map(|number| stored(*number)).collect();
        append_at(subject.log(), second * 1_000, batch(events)).unwrap();
    }
    // An index that a thread writes beside the appends is then written as far as it goes.
    subject.reopen()
}

/// How many events a page holds, and what it read.
fn cost<S: Counting>(subject: &S, selector: Selector, direction: Direction, limit: usize) -> (u64, Reads) {
    let before = subject.reads();
    let from = match direction {
        Direction::Forward => 0,
        Direction::Backward => u64::MAX,
    };
    let found = read(subject.log(), selector, from, direction, limit).len();
    let after = subject.reads();
    let read = Reads {
        events: after.events - before.events,
        index: after.index - before.index,
    };
    (found as u64, read)
}

pub fn a_stream_is_looked_up<S: Counting>() {
    let subject: S = filled();
    let (found, read) = cost(&subject, Selector::Stream(rare()), Direction::Forward, 4_096);
    assert_eq!((found, read.events), (9, 9));
    assert!(
        (1..=3 * found).contains(&read.index),
        "where its events are, and where those lie: {read:?}"
    );
    let (found, read) = cost(&subject, Selector::Stream(text()), Direction::Backward, 1);
    assert_eq!((found, read.events), (1, 1), "the newest of a long one");
    assert!(read.index <= 3, "{read:?}");
}

pub fn a_time_is_looked_up<S: Counting>() {
    let subject: S = filled();
    let span = Selector::Span {
        from: TimestampMs(30_000),
        end: TimestampMs(31_000),
    };
    // 2^16 events: at most 16 looks for each end of the span.
    let halving = 2 * 16;
    let (found, read) = cost(&subject, span, Direction::Forward, 4_096);
    assert_eq!(found, u64::from(GROUP));
    assert!(read.events > found, "the ends of it were sought: {read:?}");
    assert!(
        read.events <= found + halving && read.index <= halving + 3,
        "two searches by halving: {read:?}"
    );
}

pub fn an_actor_is_looked_up<S: Counting>() {
    let subject: S = filled();
    let actor = || Selector::Actor(bound());
    let group = u64::from(GROUP);
    let (found, read) = cost(&subject, actor(), Direction::Forward, 3);
    assert_eq!(found, 3);
    assert!(
        (3..=group + 1).contains(&read.events) && read.index <= 4,
        "from where it was bound: {read:?}"
    );
    let (found, read) = cost(&subject, actor(), Direction::Backward, 4_096);
    assert_eq!(found, 3);
    assert!(
        read.events <= group + 512 + 1,
        "where it occurs, and what is not summed up yet: {read:?}"
    );
    assert!(read.index <= 32, "what the events since sum up to: {read:?}");
}
