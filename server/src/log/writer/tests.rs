//! The writer over the memory engine: order, sharing of groups, bounds, the end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use schema::ids::*;
use schema::log::{Kind, NewEvent, Record, Stream, Via, Who};

use super::*;
use crate::log::acknowledged::remembered;
use crate::log::engine::{self, EngineKind, Opening};
use crate::log::{
    AdoptError, Direction, EraseError, Extent, Health, MemoryLog, ReadError, ReadRequest, ReopeningConfig,
    ReopeningLog, SaltSource, Selector,
};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);

fn request(number: u32) -> AppendRequest {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    let event = NewEvent {
        id: EventId::from_bytes(id),
        stream: Stream::Plan,
        kind: Kind::new("plan.noted", 1),
        who: Who::Itself,
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: Arc::from(&b"{}"[..]),
    };
    AppendRequest {
        plan: PLAN,
        events: vec![event],
        guards: Vec::new(),
    }
}

/// A memory log whose appends wait for a permit and are counted.
struct Slow {
    inner: MemoryLog,
    /// Groups that have come to the engine; they wait there for a permit.
    entered: AtomicUsize,
    groups: AtomicUsize,
    permits: Mutex<Receiver<()>>,
}

impl Slow {
    fn start(queue_requests_max: usize) -> (LogWriter, Arc<Self>, mpsc::Sender<()>) {
        let (permit, permits) = mpsc::channel();
        let inner = MemoryLog::new(IncarnationId::from_bytes([9; 16]));
        let log = Arc::new(Self {
            inner,
            entered: AtomicUsize::new(0),
            groups: AtomicUsize::new(0),
            permits: Mutex::new(permits),
        });
        let config = WriterConfig {
            queue_requests_max,
            ..WriterConfig::default()
        };
        (LogWriter::start(log.clone(), config).unwrap(), log, permit)
    }
}

impl EventLog for Slow {
    fn incarnation(&self) -> IncarnationId {
        self.inner.incarnation()
    }
    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        self.permits.lock().unwrap().recv().unwrap();
        self.groups.fetch_add(1, Ordering::SeqCst);
        self.inner.append_group(now, salts, group)
    }
    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        self.inner.read(request)
    }
    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        self.inner.find(plan, id)
    }
    fn next_position(&self, plan: PlanId) -> Position {
        self.inner.next_position(plan)
    }
    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        self.inner.last_revision(plan, stream)
    }
    fn plans(&self) -> Vec<PlanId> {
        self.inner.plans()
    }
    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        self.inner.erase_all(plan, positions, extent)
    }
    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        self.inner.adopt(plan, records)
    }
    fn health(&self) -> Health {
        self.inner.health()
    }
}

fn submit(writer: &LogWriter, number: u32, answers: &mpsc::Sender<u64>) -> Result<(), SubmitError> {
    let answers = answers.clone();
    let done = Box::new(move |answer: Result<Appended, AppendError>| {
        answers.send(answer.unwrap().placed[0].position.0).unwrap();
    });
    writer.submit(request(number), done)
}

#[test]
fn what_waits_during_a_flush_shares_the_next_one() {
    let (writer, log, permit) = Slow::start(1_000);
    let (answer, answers) = mpsc::channel();
    for number in 0..200 {
        submit(&writer, number, &answer).unwrap();
    }
    permit.send(()).unwrap();
    permit.send(()).unwrap();
    let positions: Vec<u64> = answers.iter().take(200).collect();
    assert_eq!(
        positions,
        (0..200).collect::<Vec<_>>(),
        "in the order of submission"
    );
    assert!(log.groups.load(Ordering::SeqCst) <= 2);
}

#[test]
fn nothing_is_answered_before_the_group_is_done() {
    let (writer, _, permit) = Slow::start(10);
    let (answer, answers) = mpsc::channel();
    submit(&writer, 1, &answer).unwrap();
    assert!(
        answers
            .recv_timeout(std::time::Duration::from_millis(30))
            .is_err()
    );
    permit.send(()).unwrap();
    assert_eq!(answers.recv(), Ok(0));
}

#[test]
fn a_full_queue_says_so() {
    let (writer, log, permit) = Slow::start(4);
    let (answer, answers) = mpsc::channel();
    submit(&writer, 0, &answer).unwrap();
    // The group is at the engine: from here on the thread takes nothing more out of the queue.
    while log.entered.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    for number in 1..=4 {
        submit(&writer, number, &answer).unwrap();
    }
    assert_eq!(submit(&writer, 5, &answer), Err(SubmitError::Busy));
    permit.send(()).unwrap();
    permit.send(()).unwrap();
    assert_eq!(answers.iter().take(5).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

/// The engine panics when the test lets go of its permits.
#[test]
fn whoever_waits_for_a_writer_that_panics_is_told() {
    let (writer, _, permit) = Slow::start(10);
    let (answer, answers) = mpsc::channel();
    for number in 0..3 {
        let answer = answer.clone();
        let done = move |result: Result<Appended, AppendError>| answer.send(result.is_err()).unwrap();
        writer.submit(request(number), Box::new(done)).unwrap();
    }
    drop((permit, answer));
    assert_eq!(answers.iter().collect::<Vec<_>>(), [true; 3]);
}

#[test]
fn the_last_handle_waits_until_everything_is_answered() {
    let (writer, log, permit) = Slow::start(100);
    let (answer, answers) = mpsc::channel();
    for number in 0..50 {
        submit(&writer, number, &answer).unwrap();
    }
    for _ in 0..50 {
        permit.send(()).unwrap();
    }
    writer.finish();
    assert_eq!(answers.try_iter().count(), 50);
    assert_eq!(submit(&writer, 51, &answer), Err(SubmitError::Ended));
    drop(writer);
    let page = ReadRequest {
        plan: PLAN,
        selector: Selector::All,
        from: 0,
        direction: Direction::Forward,
        limit: 100,
    };
    assert_eq!(log.read(&page).unwrap().len(), 50);
}

#[tokio::test]
async fn an_awaited_append_is_durable_and_wakes_watchers() {
    let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([9; 16])));
    let writer = LogWriter::start(log.clone(), WriterConfig::default()).unwrap();
    let mut grown = writer.grown();
    let appended = writer.append(request(1)).await.unwrap();
    assert_eq!(
        appended.placed[0].position,
        log.find(PLAN, request(1).events[0].id)
            .unwrap()
            .unwrap()
            .envelope
            .position
    );
    grown.changed().await.unwrap();
    log.fail_next_flush();
    assert!(matches!(
        writer.append(request(2)).await,
        Err(AppendError::Stopped { .. })
    ));
}

/// A clock that a test moves: it leaps a year ahead, is put right, and goes back behind the start.
static WALL: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[tokio::test]
async fn time_never_decreases_whatever_the_clock_does() {
    let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([9; 16])));
    let config = WriterConfig {
        now: || TimestampMs(WALL.load(Ordering::SeqCst)),
        ..WriterConfig::default()
    };
    let writer = LogWriter::start(log, config).unwrap();
    let year = 365 * 24 * 3_600 * 1_000;
    let start = 50 * year;
    let mut times = Vec::new();
    for (number, wall) in (1..).zip([
        start,
        start + 5,
        start + year,
        start + 20,
        start - year,
        start + year + 1,
    ]) {
        WALL.store(wall, Ordering::SeqCst);
        times.push(
            writer.append(request(number)).await.unwrap().placed[0]
                .recorded_at
                .0,
        );
    }
    let ahead = start + year;
    assert_eq!(times, [start, start + 5, ahead, ahead, ahead, ahead + 1]);
}

/// As a server ends: its tasks still hold the log then.
#[tokio::test]
async fn the_end_levels_the_note_of_how_far_the_log_has_come_though_others_hold_the_log() {
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        drop(engine::open_or_start(&path, Some(kind)).unwrap());
        engine::wait_until_closed(&path).unwrap();
        let opened = path.clone();
        let open = move || match engine::open_existing(&opened, Opening::Serve) {
            Ok(log) => Ok(log as Box<dyn EventLog>),
            Err(error) => Err(error.to_string()),
        };
        let config = ReopeningConfig::default();
        let log = ReopeningLog::open(directory.path().to_owned(), config, Box::new(open)).unwrap();
        let held: Arc<dyn EventLog> = Arc::new(log);
        let writer = LogWriter::start(held.clone(), WriterConfig::default()).unwrap();
        for number in 0..40 {
            writer.append(request(number)).await.unwrap();
        }
        writer.finish();
        let marks = remembered(&path).unwrap().marks;
        assert_eq!(marks[&PLAN].next, held.next_position(PLAN), "{kind}");
    }
}
