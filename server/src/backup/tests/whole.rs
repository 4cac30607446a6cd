//! That a backup that is called whole is so, also what earlier runs wrote of it; and that a run that fails leaves nothing.

use super::*;
use crate::backup::source::{End, Source};
use crate::log::space::RoomError;

/// A source that cannot be read on from a position, or of a data directory of any size.
struct Failing<'a> {
    log: MemoryLog,
    fails_at: Position,
    data: Option<&'a Path>,
}

impl<'a> Failing<'a> {
    const fn at(log: MemoryLog, fails_at: Position) -> Self {
        Self {
            log,
            fails_at,
            data: None,
        }
    }

    const fn of(log: MemoryLog, data: &'a Path) -> Self {
        Self {
            log,
            fails_at: Position(u64::MAX),
            data: Some(data),
        }
    }

    fn back_up(&self, to: &Path) -> Result<Made, BackupError> {
        make::make(self, to, TimestampMs(1), &mut |_| {})
    }
}

impl Source for Failing<'_> {
    fn incarnation(&self) -> IncarnationId {
        LIFE
    }
    fn ends(&self) -> Result<Vec<End>, BackupError> {
        opened(&self.log, &people()).ends()
    }
    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, BackupError> {
        opened(&self.log, &people()).erased(plan)
    }
    fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError> {
        if plan == PLAN && from >= self.fails_at {
            return Err(BackupError::Source("no more".to_owned()));
        }
        opened(&self.log, &people()).page(plan, from, limit)
    }
    fn accounts(&self) -> Result<Vec<u8>, BackupError> {
        Ok(Vec::new())
    }
    fn data(&self) -> Option<&Path> {
        self.data
    }
}

#[test]
fn a_file_of_an_earlier_run_that_was_damaged_is_named_and_written_again() {
    let (log, accounts, to) = (memory(60), people(), TempDir::new().unwrap());
    back_up(&log, &accounts, to.path()).unwrap();
    append(&log, PLAN, 60..90);
    append(&log, OTHER_PLAN, 0..10);
    back_up(&log, &accounts, to.path()).unwrap();
    append(&log, PLAN, 90..95);
    let files = files_in(to.path());
    let is_of_records = |file: &&(String, Vec<u8>)| file.0.ends_with(".records");
    for (name, bytes) in files.iter().filter(is_of_records) {
        for at in [5, 40, bytes.len() / 2, bytes.len() - 1] {
            let mut bent = bytes.clone();
            bent[at] ^= 4;
            std::fs::write(to.path().join(name), &bent).unwrap();
            let made = back_up(&log, &accounts, to.path()).unwrap();
            assert_eq!((made.files_again, made.mended.len()), (1, 1), "{name}, byte {at}");
            assert!(made.mended[0].contains(name), "{name}, byte {at}: {made:?}");
            verify::verify(to.path()).unwrap();
            assert_eq!(backed_up(to.path(), PLAN), in_log(&log, PLAN));
        }
    }
    std::fs::remove_file(to.path().join(&files[1].0)).unwrap();
    back_up(&log, &accounts, to.path()).unwrap();
    let idle = back_up(&log, &accounts, to.path()).unwrap();
    assert_eq!((idle.files_again, idle.mended.len()), (0, 0), "{idle:?}");
}

#[test]
fn a_log_whose_revisions_do_not_follow_is_not_backed_up() {
    struct Twice(MemoryLog);
    impl Source for Twice {
        fn incarnation(&self) -> IncarnationId {
            LIFE
        }
        fn ends(&self) -> Result<Vec<End>, BackupError> {
            opened(&self.0, &people()).ends()
        }
        fn erased(&self, _: PlanId) -> Result<Vec<(Position, Extent)>, BackupError> {
            Ok(Vec::new())
        }
        /// Sealed again, so that nothing but the revision is wrong.
        fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError> {
            let mut page = opened(&self.0, &people()).page(plan, from, limit)?;
            let (before, last) = (page[8].clone(), page.len() - 1);
            assert_eq!(last, 9);
            let mut envelope = page[9].envelope.clone();
            envelope.revision = before.envelope.revision;
            let payload = Arc::clone(page[9].payload.bytes().unwrap());
            page[9] = Record::seal(plan, &before.chain, envelope, salts(), payload);
            Ok(page)
        }
        fn accounts(&self) -> Result<Vec<u8>, BackupError> {
            Ok(Vec::new())
        }
        fn data(&self) -> Option<&Path> {
            None
        }
    }
    let to = TempDir::new().unwrap();
    let refused = make::make(&Twice(memory(10)), to.path(), TimestampMs(1), &mut |_| {});
    assert!(
        matches!(&refused, Err(BackupError::Source(what)) if what.contains("event 9") && what.contains("revision")),
        "{refused:?}"
    );
    assert_eq!(files_in(to.path()), []);
}

#[test]
fn a_run_that_fails_leaves_what_was_there_and_nothing_else() {
    let place = TempDir::new().unwrap();
    let to = place.path().join("of/today");
    let refused = Failing::at(memory(40_000), Position(30_000)).back_up(&to);
    assert!(matches!(refused, Err(BackupError::Source(_))), "{refused:?}");
    assert!(!to.exists(), "{:?}", files_in(&to));

    let log = memory(100);
    back_up(&log, &people(), &to).unwrap();
    let before = files_in(&to);
    append(&log, PLAN, 100..40_000);
    append(&log, OTHER_PLAN, 0..10);
    // The files of a plan that comes before the one that fails are written by then.
    append(&log, PlanId::from_bytes([0; 16]), 0..10);
    let refused = Failing::at(log, Position(30_000)).back_up(&to);
    assert!(matches!(refused, Err(BackupError::Source(_))), "{refused:?}");
    assert_eq!(files_in(&to), before);
    assert_eq!(std::fs::read_dir(to.join("plans")).unwrap().count(), 1);
    verify::verify(&to).unwrap();
}

#[test]
fn a_run_asks_for_the_room_that_what_is_new_takes() {
    let place = TempDir::new().unwrap();
    let (data, to) = (place.path().join("data"), place.path().join("to"));
    std::fs::create_dir_all(data.join("log")).unwrap();
    let log = std::fs::File::create(data.join("log/db")).unwrap();
    // Holes only; more than any disk here has.
    log.set_len(8 << 40).unwrap();
    let source = Failing::of(memory(10), &data);
    let refused = source.back_up(&to);
    assert!(
        matches!(&refused, Err(BackupError::Room(RoomError::Lacking { needed, .. })) if *needed >= 8 << 40),
        "{refused:?}"
    );
    assert!(!to.exists());
    // With all of it in the backup, next to nothing is asked for.
    log.set_len(0).unwrap();
    source.back_up(&to).unwrap();
    log.set_len(8 << 40).unwrap();
    source.back_up(&to).unwrap();
    append(&source.log, PLAN, 10..20);
    let refused = source.back_up(&to);
    assert!(
        matches!(&refused, Err(BackupError::Room(RoomError::Lacking { needed, .. })) if (4 << 40..5 << 40).contains(needed)),
        "{refused:?}"
    );
    verify::verify(&to).unwrap();
}
