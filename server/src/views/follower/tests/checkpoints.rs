//! Checkpoints on a disk, the log that goes on after them, and what an erasure leaves of both.

use std::fs;
use std::path::{Path, PathBuf};

use schema::domain::values::Line;
use tempfile::TempDir;

use super::*;
use crate::log::Extent;
use crate::log::gated::GatedLog;
use crate::views::plan_view::Facts;
use crate::views::{Checkpoints, RebuildError, Standing, Unready};

const SECRET: &str = "Geheimzinnige Zilverreiger";

fn checkpoints(directory: &TempDir, writer: &LogWriter) -> Checkpoints {
    Checkpoints::open(directory.path(), writer.log().incarnation()).unwrap()
}

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join(format!("{PLAN}.view"))
}

fn view(views: &Views) -> PlanView {
    views.look(PLAN, Clone::clone).unwrap()
}

async fn rename(writer: &LogWriter, views: &Views, n: u8, title: &str) -> Position {
    let state = views.look(PLAN, |view| view.state.clone()).unwrap_or_default();
    let title: Line = title.parse().unwrap();
    let position = command(writer, &state, n, &Command::Plan(plan::Command::Rename { title })).await;
    views.at_least(PLAN, position).await.unwrap();
    position
}

/// A plan with a few events, its views, and the checkpoint of a clean stop.
async fn stopped(directory: &TempDir) -> (LogWriter, PlanView) {
    let writer = writer();
    let views = Views::start(&writer, Some(checkpoints(directory, &writer)));
    let position = command(&writer, &PlanState::default(), 1, &create()).await;
    views.at_least(PLAN, position).await.unwrap();
    for n in 2..6 {
        rename(&writer, &views, n, &format!("Plan {n}")).await;
    }
    views.close();
    let left = view(&views);
    (writer, left)
}

async fn opened(writer: &LogWriter, directory: &TempDir) -> Views {
    let views = Views::start(writer, Some(checkpoints(directory, writer)));
    views.whole().await.unwrap();
    views
}

/// The same log, of which the first event cannot be read any more: who folds from zero gets stuck.
fn without_the_beginning(writer: &LogWriter) -> (LogWriter, Arc<GatedLog>) {
    let gate = Arc::new(GatedLog::new(Arc::clone(writer.log())));
    gate.close_before(PLAN, Position(2));
    (
        LogWriter::start(gate.clone(), WriterConfig::default()).unwrap(),
        gate,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_reads_the_checkpoint_and_only_what_came_after_it() {
    let directory = tempfile::tempdir().unwrap();
    let (writer, left) = stopped(&directory).await;
    let later = command(
        &writer,
        &left.state,
        9,
        &Command::Plan(plan::Command::Rename {
            title: "Later".parse().unwrap(),
        }),
    )
    .await;
    let (writer, gate) = without_the_beginning(&writer);
    let views = opened(&writer, &directory).await;
    views.at_least(PLAN, later).await.unwrap();
    assert_eq!(view(&views), view(&from_zero(&writer, &gate).await));
}

async fn from_zero(writer: &LogWriter, gate: &GatedLog) -> Views {
    gate.open();
    let views = Views::start(writer, None);
    views.whole().await.unwrap();
    views
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_foreign_or_newer_is_passed_over_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let (writer, left) = stopped(&directory).await;
    let good = fs::read(file(&directory)).unwrap();
    let with_byte = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes
    };
    let mut foreign = Facts::decode(&good).unwrap();
    foreign.origin.incarnation = IncarnationId::from_bytes([99; 16]);
    let mut other_plan = Facts::decode(&good).unwrap();
    other_plan.origin.plan = PlanId::from_bytes([99; 16]);
    let mut other_log = Facts::decode(&good).unwrap();
    other_log.chain = [99; 32].into();
    let mut newer = Facts::decode(&good).unwrap();
    newer.origin.fold = newer.origin.fold.after();
    let unusable = [
        ("cut", good[..good.len() / 2].to_vec()),
        ("bent", with_byte(good.len() - 3, !good[good.len() - 3])),
        ("of a format to come", with_byte(7, 200)),
        ("of the format before", with_byte(7, good[7] - 1)),
        ("empty", Vec::new()),
        ("foreign", foreign.encode()),
        ("of another plan", other_plan.encode()),
        ("of another log", other_log.encode()),
        ("newer", newer.encode()),
    ];
    for (what, bytes) in unusable {
        fs::write(file(&directory), bytes).unwrap();
        let views = opened(&writer, &directory).await;
        assert_eq!(view(&views), left, "{what}");
        views.close();
        assert_eq!(fs::read(file(&directory)).unwrap(), good, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_by_older_rules_is_shown_until_the_new_one_has_caught_up() {
    let directory = tempfile::tempdir().unwrap();
    let (writer, left) = stopped(&directory).await;
    let mut facts = Facts::decode(&fs::read(file(&directory)).unwrap()).unwrap();
    facts.origin.fold = facts.origin.fold.before();
    fs::write(file(&directory), facts.encode()).unwrap();
    let (writer, gate) = without_the_beginning(&writer);

    let views = Views::start(&writer, Some(checkpoints(&directory, &writer)));
    views.shown(PLAN).await.unwrap();
    assert_eq!(view(&views), left);
    assert!(matches!(views.current(PLAN).await, Err(Unready::Building { .. })));
    assert_eq!(views.look_current(PLAN, |_| ()), None);
    rename(&writer, &views, 9, "Onderwijl").await;

    gate.open();
    views.whole().await.unwrap();
    assert_eq!(views.standing(PLAN), Some(Standing::Current));
    let title = views.look_current(PLAN, |view| view.state.plan.as_ref().unwrap().title.to_string());
    assert_eq!(title.as_deref(), Some("Onderwijl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_leaves_nothing_of_what_was_erased() {
    let directory = tempfile::tempdir().unwrap();
    let (writer, _) = stopped(&directory).await;
    let views = opened(&writer, &directory).await;
    let secret = rename(&writer, &views, 10, SECRET).await;
    let last = rename(&writer, &views, 11, "Gewoon").await;
    views.close();
    let views = opened(&writer, &directory).await;
    assert!(
        holds(directory.path(), SECRET),
        "the test looks in the right place"
    );

    let log = writer.log();
    log.erase(PLAN, secret, Extent::Payload).unwrap();
    views.rebuild(PLAN).await.unwrap();

    assert!(!holds(directory.path(), SECRET));
    assert!(!format!("{:?}", view(&views)).contains(SECRET));
    assert_eq!(view(&views).last_position(), last);
    // The file is there again, and holds the rebuilt view.
    let facts = Facts::decode(&fs::read(file(&directory)).unwrap()).unwrap();
    assert_eq!(facts.into_view().unwrap(), view(&views));
}

/// A fold that was begun before the erasure may not bring the content back, whenever it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_during_a_rebuild_writes_nothing_of_the_old_view() {
    let directory = tempfile::tempdir().unwrap();
    let (writer, _) = stopped(&directory).await;
    let gate = Arc::new(GatedLog::new(Arc::clone(writer.log())));
    let writer = LogWriter::start(gate.clone(), WriterConfig::default()).unwrap();
    let views = opened(&writer, &directory).await;
    let secret = rename(&writer, &views, 10, SECRET).await;
    writer.log().erase(PLAN, secret, Extent::Payload).unwrap();
    gate.close(PLAN);
    let rebuilding = tokio::spawn({
        let views = views.clone();
        async move { views.rebuild(PLAN).await }
    });
    while file(&directory).exists() {
        tokio::task::yield_now().await;
    }
    assert!(
        format!("{:?}", view(&views)).contains(SECRET),
        "the old view is shown meanwhile"
    );
    views.close();
    assert!(!file(&directory).exists(), "nothing may write the old view");
    gate.open();
    assert!(matches!(rebuilding.await.unwrap(), Err(RebuildError::Ended)));
    assert!(!holds(directory.path(), SECRET));
}

/// Whether any file under a directory holds these bytes.
fn holds(directory: &Path, words: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        bytes
            .windows(words.len())
            .any(|window| window == words.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_checkpointed_while_it_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let (writer, _) = stopped(&directory).await;
    let _views = opened(&writer, &directory).await;
    let before = Facts::decode(&fs::read(file(&directory)).unwrap()).unwrap().next;
    let stream = Stream::Text(
        schema::ids::ChapterId::from_bytes([5; 16]),
        schema::ids::Generation(1),
    );
    let mut number = 0_u64;
    for _ in 0..9 {
        let events = (0..2_048).map(|_| {
            number += 1;
            NewEvent {
                id: EventId::from_bytes((u128::from(number) << 64).to_be_bytes()),
                stream,
                kind: schema::log::kinds::TEXT_CHANGED,
                who: Who::Actor(ActorRef(Position(0))),
                via: Via::Browser,
                causation: None,
                correlation: None,
                payload: Arc::from(number.to_be_bytes()),
            }
        });
        append(&writer, events.collect()).await;
    }
    let saved = || {
        fs::read(file(&directory))
            .ok()
            .and_then(|bytes| Facts::decode(&bytes).ok())
            .is_some_and(|facts| facts.next > before)
    };
    for _ in 0..1_000 {
        if saved() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no checkpoint after {number} events");
}
