//! Reading a stream, a time or an actor reads what it answers and a little of the index, not the log.

use schema::domain::actor::ACTOR_BOUND;

use super::*;

/// Forty blocks and a half.
const EVENTS: u64 = 40 * 1_024 + 512;
/// Where an actor is bound that writes twice right after, in the middle of the log.
const BOUND_AT: u64 = 20 * 1_024 + 100;
/// Every this many events stands one in the rare stream.
const RARE: u64 = 5_000;

fn rare() -> Stream {
    Stream::Commitment(CommitmentId::from_bytes([9; 16]))
}

fn stored(number: u64) -> NewEvent {
    let usual = event(number * 64 + 1);
    if number == BOUND_AT {
        NewEvent {
            stream: Stream::Actors,
            kind: ACTOR_BOUND,
            who: Who::Itself,
            ..usual
        }
    } else if number == BOUND_AT + 1 || number == BOUND_AT + 2 {
        let who = Who::Actor(ActorRef(Position(BOUND_AT)));
        NewEvent { who, ..usual }
    } else if number % RARE == 7 {
        NewEvent {
            stream: rare(),
            ..usual
        }
    } else {
        usual
    }
}

/// One group per block, a second apart.
fn filled(directory: &TempDir) -> SledLog {
    let log = open(directory).unwrap();
    let mut salts = || Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    let numbers: Vec<u64> = (0..EVENTS).collect();
    for (second, block) in (1_u64..).zip(numbers.chunks(1_024)) {
        let request = AppendRequest {
            plan: PLAN,
            events: block.iter().map(|number| stored(*number)).collect(),
            guards: Vec::new(),
        };
        for answer in log.append_group(TimestampMs(second * 1_000), &mut salts, vec![request]) {
            answer.unwrap();
        }
    }
    log
}

/// What a page reads, and how many events it holds.
fn cost(log: &SledLog, selector: Selector, direction: Direction, limit: usize) -> (usize, Reads) {
    let before = log.reads();
    let request = ReadRequest {
        limit,
        ..page(selector, direction)
    };
    let found = log.read(&request).unwrap().len();
    let after = log.reads();
    let read = Reads {
        events: after.events - before.events,
        index: after.index - before.index,
    };
    (found, read)
}

#[test]
fn a_look_up_reads_what_it_answers() {
    let directory = tempfile::tempdir().unwrap();
    let log = filled(&directory);

    let (found, read) = cost(&log, Selector::Stream(rare()), Direction::Forward, 4_096);
    assert_eq!(found as u64, read.events);
    assert_eq!(found, 9);
    assert!(
        read.index <= 12,
        "one entry per block that holds the stream: {read:?}"
    );

    let span = Selector::Span {
        from: TimestampMs(30_000),
        end: TimestampMs(31_000),
    };
    let (found, read) = cost(&log, span, Direction::Forward, 4_096);
    assert_eq!(found, 1_024);
    assert!(read.events <= 1_024 + 2 * 17, "two searches by halving: {read:?}");
    assert_eq!(read.index, 0);

    let actor = || Selector::Actor(ActorRef(Position(BOUND_AT)));
    let (found, read) = cost(&log, actor(), Direction::Forward, 3);
    assert_eq!(found, 3);
    assert!(
        read.events <= 1_024 + 1 && read.index <= 1,
        "the block it began in: {read:?}"
    );

    let (found, read) = cost(&log, actor(), Direction::Backward, 4_096);
    assert_eq!(found, 3);
    assert!(
        read.events <= 1_024 + 512 + 1,
        "its block and the unwritten one: {read:?}"
    );
    assert!(read.index <= 20, "summaries of the blocks since: {read:?}");
}
