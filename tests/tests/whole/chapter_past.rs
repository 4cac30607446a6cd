//! How long questions about a long chapter's past take: the editing history of a real paper, 259,778 edits.
//!
//! Not among the everyday tests, as it takes a minute:
//! `cargo test -p tests --release --test whole -- --ignored chapter_past --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use automerge::transaction::{CommitOptions, Transactable};
use schema::ids::{
    ActorRef, BoundActor, ChapterId, EventId, Generation, IncarnationId, PlanId, Position, TimestampMs,
};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION};
use schema::log::{Kind, NewEvent, Salts, Stream, Via, Who};
use schema::text::generation::first_payload;
use schema::text::genesis::{new_doc, text_id};
use schema::text::history::restore::Scope;
use schrijftafel_server::log::{AppendRequest, EventLog, MemoryLog};
use schrijftafel_server::views::chapter_history::{ChapterHistories, HistoryError, Past};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const CHAPTER: ChapterId = ChapterId::from_bytes([2; 16]);
const STREAM: Stream = Stream::Text(CHAPTER, Generation(1));
/// Edits that one change holds; 1 is a keystroke each, the worst a history can be.
const EDITS_PER_CHANGE: usize = 1;
/// Longest that any question but the first may take, in an optimised build.
const ANSWER_MS_MAX: u128 = 1_000;

#[test]
#[ignore = "a minute of work; part of the figures in docs/performance.md"]
fn questions_about_a_long_past_are_answered_at_once() {
    let Some(trace) = tests::traces::read_or_skip::<serde_json::Value>("automerge-paper.json.gz") else {
        return;
    };
    let log = written(&trace);
    let histories = ChapterHistories::new(Arc::clone(&log) as Arc<dyn EventLog>);

    timed("first question (reads the log)", &histories, |past| {
        past.element_count()
    });
    let text = timed("text and blame now", &histories, |past| {
        let lines = past
            .view(past.revision_at(None).unwrap())
            .blame(past.author(|who| who));
        lines
            .into_iter()
            .flat_map(|line| line.runs)
            .map(|run| run.text)
            .collect::<String>()
    });
    assert_eq!(text, trace["endContent"].as_str().unwrap());
    let middle = Position(log.next_position(PLAN).0 / 2);
    let quick = [
        timed_ms("text and blame half-way", &histories, |past| {
            past.view(past.revision_at(Some(middle)).unwrap())
                .blame(|_| ())
                .len()
        }),
        timed_ms("difference from half-way to now", &histories, |past| {
            let from = past.revision_at(Some(middle)).unwrap();
            let to = past.revision_at(None).unwrap();
            past.history()
                .difference(from, to, past.author(|who| who))
                .lines
                .len()
        }),
        timed_ms("sessions", &histories, |past| past.sessions(|who| who).len()),
        timed_ms("preview of a restore to half-way", &histories, |past| {
            let to = past.revision_at(Some(middle)).unwrap();
            past.history()
                .plan_restore(to, &Scope::Chapter)
                .unwrap()
                .preview(|_| ())
                .lines
                .len()
        }),
    ];
    if !cfg!(debug_assertions) {
        assert!(quick.iter().all(|ms| *ms <= ANSWER_MS_MAX), "{quick:?}");
    }
}

fn timed<T>(what: &str, histories: &ChapterHistories, question: impl FnOnce(&Past) -> T) -> T {
    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let start = Instant::now();
    let answer = histories
        .ask((PLAN, CHAPTER), |past| Ok::<_, HistoryError>(question(past)))
        .unwrap();
    println!("{what}: {} ms", start.elapsed().as_millis());
    answer
}

fn timed_ms(what: &str, histories: &ChapterHistories, question: impl FnOnce(&Past) -> usize) -> u128 {
    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let start = Instant::now();
    assert!(timed(what, histories, question) > 0);
    start.elapsed().as_millis()
}

/// The trace as one writer's changes in a log.
fn written(trace: &serde_json::Value) -> Arc<MemoryLog> {
    let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([9; 16])));
    let mut doc = new_doc(BoundActor::from_bytes([3; 16]));
    let mut events = vec![
        event(0, Stream::Actors, Kind::new("actor.bound", 1), b"{}".to_vec()),
        event(1, STREAM, TEXT_GENERATION, first_payload()),
    ];
    for edits in trace["txns"].as_array().unwrap().chunks(EDITS_PER_CHANGE) {
        for patch in edits.iter().flat_map(|edit| edit["patches"].as_array().unwrap()) {
            let number = |at: usize| patch[at].as_i64().unwrap();
            let (at, delete) = (
                usize::try_from(number(0)).unwrap(),
                isize::try_from(number(1)).unwrap(),
            );
            doc.splice_text(text_id(), at, delete, patch[2].as_str().unwrap())
                .unwrap();
        }
        doc.commit_with(CommitOptions::default().with_time(0));
        let change = doc.get_last_local_change().unwrap();
        events.push(event(
            events.len() as u64,
            STREAM,
            TEXT_CHANGED,
            change.raw_bytes().to_vec(),
        ));
    }
    let mut salts = || Salts {
        envelope: [1; 32],
        payload: [2; 32],
    };
    for (batch, events) in events.chunks(1_000).enumerate() {
        let request = AppendRequest {
            plan: PLAN,
            events: events.to_vec(),
            guards: Vec::new(),
        };
        let at = TimestampMs(batch as u64 * 60_000);
        log.append_group(at, &mut salts, vec![request]).remove(0).unwrap();
    }
    log
}

fn event(number: u64, stream: Stream, kind: Kind, payload: Vec<u8>) -> NewEvent {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let who = if number == 0 {
        Who::Itself
    } else {
        Who::Actor(ActorRef(Position(0)))
    };
    NewEvent {
        id: EventId::from_bytes(id),
        stream,
        kind,
        who,
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: payload.into(),
    }
}
