//! Subscriptions over the memory engine, with appends going on meanwhile.

use std::time::Duration;

use schema::ids::*;
use schema::log::{Kind, NewEvent, Stream, Via, Who};

use super::*;
use crate::log::{AppendRequest, MemoryLog, WriterConfig};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const OTHER: PlanId = PlanId::from_bytes([2; 16]);

fn writer() -> LogWriter {
    let log = MemoryLog::new(IncarnationId::from_bytes([9; 16]));
    LogWriter::start(Arc::new(log), WriterConfig::default()).unwrap()
}

fn request(plan: PlanId, number: u64) -> AppendRequest {
    let rare = number.is_multiple_of(10);
    let event = NewEvent {
        id: EventId::from_bytes(u128::from(number).to_be_bytes()),
        stream: if rare { Stream::Rights } else { Stream::Plan },
        kind: Kind::new(if rare { "rights.given" } else { "plan.noted" }, 1),
        who: Who::Itself,
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: Arc::from(&b"{}"[..]),
    };
    AppendRequest {
        plan,
        events: vec![event],
        guards: Vec::new(),
    }
}

async fn append(writer: &LogWriter, plan: PlanId, numbers: std::ops::Range<u64>) {
    for number in numbers {
        writer.append(request(plan, number)).await.unwrap();
    }
}

fn plan_from(from: u64, selector: Selector) -> Following {
    Following::Plan {
        plan: PLAN,
        selector,
        from,
    }
}

async fn take(subscription: &mut Subscription, count: usize) -> Vec<(PlanId, u64)> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(20), subscription.next());
        let (plan, record) = next.await.expect("an event comes").unwrap().unwrap();
        taken.push((plan, record.envelope.position.0));
    }
    taken
}

async fn is_quiet(subscription: &mut Subscription) -> bool {
    tokio::time::timeout(Duration::from_millis(20), subscription.next())
        .await
        .is_err()
}

fn in_plan(positions: impl IntoIterator<Item = u64>) -> Vec<(PlanId, u64)> {
    positions.into_iter().map(|position| (PLAN, position)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn catch_up_and_live_join_without_gap_or_repetition() {
    let writer = writer();
    append(&writer, PLAN, 0..700).await;
    let mut subscription = writer.subscribe(plan_from(300, Selector::All)).unwrap();
    let appending = tokio::spawn({
        let writer = writer.clone();
        async move { append(&writer, PLAN, 700..2_000).await }
    });
    assert_eq!(take(&mut subscription, 1_700).await, in_plan(300..2_000));
    appending.await.unwrap();
    assert!(is_quiet(&mut subscription).await);
    append(&writer, PLAN, 2_000..2_001).await;
    assert_eq!(take(&mut subscription, 1).await, in_plan([2_000]));
}

#[tokio::test]
async fn a_slow_reader_holds_one_page_and_misses_nothing() {
    let writer = writer();
    let mut subscription = writer.subscribe(plan_from(0, Selector::All)).unwrap();
    append(&writer, PLAN, 0..1).await;
    assert_eq!(take(&mut subscription, 1).await, in_plan([0]));
    append(&writer, PLAN, 1..3_000).await;
    assert!(subscription.is_behind());
    for position in 1..3_000 {
        assert_eq!(take(&mut subscription, 1).await, in_plan([position]));
        assert!(subscription.page.len() <= SUBSCRIPTION_PAGE_EVENTS_MAX);
    }
    assert!(!subscription.is_behind());
}

#[tokio::test]
async fn selectors_select_while_live_too() {
    let writer = writer();
    append(&writer, PLAN, 0..25).await;
    let mut kinds = writer
        .subscribe(plan_from(5, Selector::KindPrefix("rights.".into())))
        .unwrap();
    let mut stream = writer
        .subscribe(plan_from(1, Selector::Stream(Stream::Rights)))
        .unwrap();
    assert_eq!(take(&mut kinds, 2).await, in_plan([10, 20]));
    assert_eq!(take(&mut stream, 2).await, in_plan([10, 20]));
    assert!(is_quiet(&mut kinds).await && is_quiet(&mut stream).await);
    append(&writer, PLAN, 25..41).await;
    assert_eq!(take(&mut kinds, 2).await, in_plan([30, 40]));
    assert_eq!(take(&mut stream, 2).await, in_plan([30, 40]));
}

#[tokio::test]
async fn everything_resumes_by_its_token_at_any_event() {
    let writer = writer();
    append(&writer, PLAN, 0..300).await;
    append(&writer, OTHER, 0..20).await;
    let everything = |after| Following::Everything {
        selector: Selector::All,
        after,
    };
    let mut seen: BTreeMap<PlanId, Vec<u64>> = BTreeMap::new();
    let mut token: Option<ResumeToken> = None;
    for _ in 0..64 {
        let mut subscription = writer.subscribe(everything(token)).unwrap();
        for (plan, position) in take(&mut subscription, 5).await {
            seen.entry(plan).or_default().push(position);
        }
        token = Some(subscription.token().to_string().parse().unwrap());
    }
    assert_eq!(seen[&PLAN], (0..300).collect::<Vec<_>>());
    assert_eq!(seen[&OTHER], (0..20).collect::<Vec<_>>());
    let mut subscription = writer.subscribe(everything(token)).unwrap();
    assert!(is_quiet(&mut subscription).await);
    append(&writer, PlanId::from_bytes([0; 16]), 0..1).await;
    assert_eq!(
        take(&mut subscription, 1).await,
        [(PlanId::from_bytes([0; 16]), 0)],
        "a plan that came later"
    );
}

#[tokio::test]
async fn a_busy_plan_does_not_hold_up_the_others() {
    let writer = writer();
    append(&writer, PLAN, 0..2_000).await;
    append(&writer, OTHER, 0..1).await;
    let mut all = writer
        .subscribe(Following::Everything {
            selector: Selector::All,
            after: None,
        })
        .unwrap();
    let first_pages = take(&mut all, SUBSCRIPTION_PAGE_EVENTS_MAX + 1).await;
    assert!(first_pages.contains(&(OTHER, 0)));
}

#[tokio::test]
async fn a_foreign_token_and_a_narrow_selector_are_refused() {
    let writer = writer();
    let theirs = IncarnationId::from_bytes([8; 16]);
    let foreign = ResumeToken {
        incarnation: theirs,
        next: BTreeMap::new(),
    };
    let refused = writer.subscribe(Following::Everything {
        selector: Selector::All,
        after: Some(foreign),
    });
    assert!(matches!(refused, Err(SubscribeError::Incarnation { .. })));
    let selector = Selector::Stream(Stream::Plan);
    let refused = writer.subscribe(Following::Everything {
        selector,
        after: None,
    });
    assert!(matches!(refused, Err(SubscribeError::Selector)));
    for text in ["", "zz", "0", "é", &"00".repeat(17)] {
        assert!(text.parse::<ResumeToken>().is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn a_dropped_wait_loses_nothing_and_the_end_comes_after_the_last_event() {
    let writer = writer();
    let mut subscription = writer.subscribe(plan_from(0, Selector::All)).unwrap();
    for number in 0..50 {
        let _ = tokio::time::timeout(Duration::ZERO, subscription.next()).await;
        append(&writer, PLAN, number..number + 1).await;
    }
    let mut positions = take(&mut subscription, 1).await;
    drop(writer);
    while let Some((plan, record)) = subscription.next().await.unwrap() {
        positions.push((plan, record.envelope.position.0));
    }
    let last = positions.last().copied();
    assert_eq!(last, Some((PLAN, 49)));
    assert!(positions.windows(2).all(|pair| pair[0].1 + 1 == pair[1].1));
}
