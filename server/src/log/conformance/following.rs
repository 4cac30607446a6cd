//! Clauses about following a log: what is there, then what comes, without gap or repetition, whatever engine reads it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::log::{Following, LogWriter, ResumeToken, Subscription, WriterConfig};

/// How long an event that is durable may take to be told.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a clause over a writer of an engine that already holds events.
fn over<S: Subject, F: Future<Output = ()>>(held: u32, clause: impl FnOnce(LogWriter) -> F) {
    let subject = S::fresh();
    fill(subject.log(), 1..held + 1, 100);
    let (log, _directory) = subject.into_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let writer = LogWriter::start(log, WriterConfig::default()).unwrap();
    runtime.block_on(clause(writer));
}

fn in_plan(selector: Selector, from: u64) -> Following {
    Following::Plan {
        plan: PLAN,
        selector,
        from,
    }
}

async fn append_each(writer: &LogWriter, numbers: std::ops::Range<u32>) {
    for number in numbers {
        writer.append(batch(vec![varied(number)])).await.unwrap();
    }
}

async fn take(subscription: &mut Subscription, count: usize) -> Vec<(PlanId, u64)> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let next = tokio::time::timeout(PATIENCE, subscription.next());
        let (plan, record) = next.await.expect("an event comes").unwrap().unwrap();
        taken.push((plan, record.envelope.position.0));
    }
    taken
}

async fn is_quiet(subscription: &mut Subscription) -> bool {
    let next = tokio::time::timeout(Duration::from_millis(20), subscription.next());
    next.await.is_err()
}

pub fn catch_up_and_live_join_without_gap_or_repetition<S: Subject>() {
    over::<S, _>(1_500, |writer| async move {
        let mut subscription = writer.subscribe(in_plan(Selector::All, 1_000)).unwrap();
        let appending = tokio::spawn({
            let writer = writer.clone();
            async move { append_each(&writer, 1_501..1_701).await }
        });
        let wanted: Vec<_> = (1_000..1_700).map(|position| (PLAN, position)).collect();
        assert_eq!(take(&mut subscription, 700).await, wanted);
        appending.await.unwrap();
        assert!(is_quiet(&mut subscription).await);
    });
}

pub fn a_selector_selects_what_is_there_and_what_comes<S: Subject>() {
    over::<S, _>(1_200, |writer| async move {
        let rare = Selector::KindPrefix("commitment.".to_owned());
        let mut kinds = writer.subscribe(in_plan(rare, 0)).unwrap();
        let wanted: Vec<_> = (1..=12).map(|nth| (PLAN, nth * 97 - 1)).collect();
        assert_eq!(take(&mut kinds, 12).await, wanted);
        assert!(is_quiet(&mut kinds).await);
        append_each(&writer, 1_201..1_262).await;
        assert_eq!(take(&mut kinds, 1).await, [(PLAN, 13 * 97 - 1)]);
        assert!(is_quiet(&mut kinds).await);
    });
}

pub fn everything_goes_on_behind_its_token<S: Subject>() {
    over::<S, _>(300, |writer| async move {
        for number in 1..21 {
            let other = AppendRequest {
                plan: OTHER_PLAN,
                ..batch(vec![varied(number)])
            };
            writer.append(other).await.unwrap();
        }
        let mut seen: BTreeMap<PlanId, Vec<u64>> = BTreeMap::new();
        let mut token: Option<ResumeToken> = None;
        for _ in 0..16 {
            let everything = Following::Everything {
                selector: Selector::All,
                after: token,
            };
            let mut subscription = writer.subscribe(everything).unwrap();
            for (plan, position) in take(&mut subscription, 20).await {
                seen.entry(plan).or_default().push(position);
            }
            token = Some(subscription.token().to_string().parse().unwrap());
        }
        assert_eq!(seen[&PLAN], (0..300).collect::<Vec<_>>());
        assert_eq!(seen[&OTHER_PLAN], (0..20).collect::<Vec<_>>());
    });
}
