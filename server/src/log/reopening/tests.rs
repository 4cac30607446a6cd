//! Failed flushes under the embedded engine: reading goes on, writing comes back, nothing answered is lost.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use schema::log::{Kind, NewEvent, Salts, Via, Who};
use tempfile::TempDir;

use super::*;
use crate::log::conformance::Subject;
use crate::log::{Direction, Selector, SledConfig, SledLog};

const PLAN: PlanId = PlanId::from_bytes([1; 16]);

/// What a test does to the disk.
#[derive(Default)]
struct Disk {
    /// Every flush fails.
    full: AtomicBool,
    /// No engine can be opened.
    broken: AtomicBool,
    opened: AtomicU32,
}

/// The embedded engine on such a disk.
struct OnDisk {
    log: SledLog,
    disk: Arc<Disk>,
}

impl OnDisk {
    fn fail_if_full(&self) {
        if self.disk.full.load(Ordering::SeqCst) {
            self.log.fail_next_flush();
        }
    }
}

impl EventLog for OnDisk {
    fn incarnation(&self) -> IncarnationId {
        self.log.incarnation()
    }
    fn append_group(
        &self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        group: Vec<AppendRequest>,
    ) -> Vec<Result<Appended, AppendError>> {
        self.fail_if_full();
        self.log.append_group(now, salts, group)
    }
    fn read(&self, request: &ReadRequest) -> Result<Vec<Record>, ReadError> {
        self.log.read(request)
    }
    fn next_position(&self, plan: PlanId) -> Position {
        self.log.next_position(plan)
    }
    fn last_revision(&self, plan: PlanId, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        self.log.last_revision(plan, stream)
    }
    fn find(&self, plan: PlanId, id: EventId) -> Result<Option<Record>, ReadError> {
        self.log.find(plan, id)
    }
    fn plans(&self) -> Vec<PlanId> {
        self.log.plans()
    }
    fn erase_all(&self, plan: PlanId, positions: &[Position], extent: Extent) -> Result<(), EraseError> {
        self.fail_if_full();
        self.log.erase_all(plan, positions, extent)
    }
    fn adopt(&self, plan: PlanId, records: Vec<Record>) -> Result<(), AdoptError> {
        self.fail_if_full();
        self.log.adopt(plan, records)
    }
    fn health(&self) -> Health {
        self.log.health()
    }
}

/// The reopening log under the contract of every engine; it never reopens by itself while a clause looks.
struct Patient {
    log: Option<ReopeningLog>,
    disk: Arc<Disk>,
    directory: TempDir,
}

impl Patient {
    fn open(directory: TempDir) -> Self {
        let disk = Arc::new(Disk::default());
        let config = ReopeningConfig {
            reserve_bytes: 1,
            reopen_ms: (3_600_000, 3_600_000),
        };
        let opener = opener(directory.path().join("log"), &disk);
        let log = ReopeningLog::open(directory.path().to_owned(), config, opener).unwrap();
        Self {
            log: Some(log),
            disk,
            directory,
        }
    }
}

impl Subject for Patient {
    fn fresh() -> Self {
        Self::open(TempDir::new().unwrap())
    }
    fn log(&self) -> &dyn EventLog {
        self.log.as_ref().unwrap()
    }
    fn reopen(mut self) -> Self {
        drop(self.log.take());
        Self::open(self.directory)
    }
    fn fail_next_flush(&self) {
        self.disk.full.store(true, Ordering::SeqCst);
    }
    fn into_log(self) -> (Arc<dyn EventLog>, Option<TempDir>) {
        (Arc::new(self.log.unwrap()), Some(self.directory))
    }
}

mod contract {
    crate::log::conformance::conformance!(crate::log::reopening::tests::Patient);
}

struct Fixture {
    log: ReopeningLog,
    disk: Arc<Disk>,
    _directory: TempDir,
}

fn opener(path: std::path::PathBuf, disk: &Arc<Disk>) -> Opener {
    let disk = Arc::clone(disk);
    Box::new(move || {
        if disk.broken.load(Ordering::SeqCst) {
            return Err("input/output error".to_owned());
        }
        disk.opened.fetch_add(1, Ordering::SeqCst);
        let log = SledLog::open(&path, SledConfig::default()).map_err(|error| error.to_string())?;
        let disk = Arc::clone(&disk);
        Ok(Box::new(OnDisk { log, disk }))
    })
}

fn fixture(reserve_bytes: u64) -> Fixture {
    let directory = TempDir::new().unwrap();
    let disk = Arc::new(Disk::default());
    let opener = opener(directory.path().join("log"), &disk);
    let config = ReopeningConfig {
        reserve_bytes,
        reopen_ms: (20, 40),
    };
    Fixture {
        log: ReopeningLog::open(directory.path().to_owned(), config, opener).unwrap(),
        disk,
        _directory: directory,
    }
}

impl Fixture {
    fn append(&self, number: u8) -> Result<Appended, AppendError> {
        let event = NewEvent {
            id: EventId::from_bytes([number; 16]),
            stream: Stream::Plan,
            kind: Kind::new("plan.noted", 1),
            who: Who::Itself,
            via: Via::Server,
            causation: None,
            correlation: None,
            payload: Arc::from([number]),
        };
        let request = AppendRequest {
            plan: PLAN,
            events: vec![event],
            guards: Vec::new(),
        };
        let mut salts = || Salts {
            envelope: [1; 32],
            payload: [2; 32],
        };
        let mut answers = self
            .log
            .append_group(TimestampMs(1_000), &mut salts, vec![request]);
        answers.remove(0)
    }

    fn held(&self) -> Result<Vec<u8>, ReadError> {
        let request = ReadRequest {
            plan: PLAN,
            selector: Selector::All,
            from: 0,
            direction: Direction::Forward,
            limit: 100,
        };
        let records = self.log.read(&request)?;
        Ok(records
            .iter()
            .map(|record| record.envelope.id.as_bytes()[0])
            .collect())
    }

    fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..500 {
            if holds(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{what} did not come");
    }
}

#[test]
fn after_a_failed_flush_reading_goes_on_and_writing_comes_back() {
    let it = fixture(0);
    it.append(1).unwrap();
    it.disk.full.store(true, Ordering::SeqCst);
    assert!(matches!(it.append(2), Err(AppendError::Stopped { .. })));
    assert!(matches!(it.log.health(), Health::Stopped { .. }));
    // Whenever it is asked, also while the engine is closed and opened.
    for _ in 0..50 {
        let held = it.held().unwrap();
        assert_eq!(held[0], 1);
        std::thread::sleep(Duration::from_millis(2));
    }
    it.disk.full.store(false, Ordering::SeqCst);
    it.wait_until("writing", |it| it.log.health() == Health::Writing);
    assert!(it.disk.opened.load(Ordering::SeqCst) >= 2);
    // The same command again: either the disk had kept it, and it stands where it stood, or it is new.
    it.append(2).unwrap();
    it.append(3).unwrap();
    assert_eq!(it.held().unwrap(), [1, 2, 3]);
}

#[test]
fn an_engine_that_cannot_be_opened_is_tried_again_and_hides_no_plan() {
    let it = fixture(0);
    it.append(1).unwrap();
    it.disk.broken.store(true, Ordering::SeqCst);
    it.disk.full.store(true, Ordering::SeqCst);
    it.append(2).unwrap_err();
    it.wait_until("the loss of the engine", |it| it.held().is_err());
    assert_eq!(it.log.plans(), [PLAN]);
    assert!(it.log.next_position(PLAN) >= Position(1));
    let Health::Stopped { reason } = it.log.health() else {
        panic!("there is no engine");
    };
    assert!(reason.contains("input/output error"), "{reason}");
    it.disk.full.store(false, Ordering::SeqCst);
    it.disk.broken.store(false, Ordering::SeqCst);
    it.wait_until("writing", |it| it.log.health() == Health::Writing);
    it.append(2).unwrap();
    assert_eq!(it.held().unwrap(), [1, 2]);
}

#[test]
fn below_the_reserve_nothing_is_written_and_the_engine_stays() {
    let it = fixture(u64::MAX);
    let Err(AppendError::Stopped { reason }) = it.append(1) else {
        panic!("there is never so much room");
    };
    assert!(reason.contains("kept in reserve"), "{reason}");
    assert_eq!(it.log.health(), Health::Stopped { reason });
    assert_eq!(it.held().unwrap(), Vec::<u8>::new());
    assert_eq!(it.disk.opened.load(Ordering::SeqCst), 1);
}

#[test]
fn an_engine_that_comes_back_with_less_is_not_put_to_use() {
    let first = TempDir::new().unwrap();
    let second = TempDir::new().unwrap();
    let life = IncarnationId::from_bytes([7; 16]);
    for directory in [&first, &second] {
        drop(SledLog::create(directory.path(), SledConfig::default(), life).unwrap());
    }
    let paths = Mutex::new(vec![second.path().to_owned(), first.path().to_owned()]);
    let disk = Arc::new(Disk::default());
    let of_engine = Arc::clone(&disk);
    let opener: Opener = Box::new(move || {
        let path = paths.lock().unwrap().pop().ok_or("no more")?;
        let log = SledLog::open(&path, SledConfig::default()).map_err(|error| error.to_string())?;
        let disk = Arc::clone(&of_engine);
        Ok(Box::new(OnDisk { log, disk }))
    });
    let config = ReopeningConfig {
        reserve_bytes: 0,
        reopen_ms: (20, 10_000),
    };
    let it = Fixture {
        log: ReopeningLog::open(first.path().to_owned(), config, opener).unwrap(),
        disk,
        _directory: TempDir::new().unwrap(),
    };
    it.append(1).unwrap();
    it.disk.full.store(true, Ordering::SeqCst);
    it.append(2).unwrap_err();
    it.wait_until("the refusal", |it| it.held().is_err());
    let Health::Stopped { reason } = it.log.health() else {
        panic!("a log that lost an event writes");
    };
    assert!(reason.contains("ended at 1 and now ends at 0"), "{reason}");
}
