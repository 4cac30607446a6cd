//! What a run writes, leaves alone, writes again and refuses.

use schema::limits::{BACKUP_FILE_EVENTS_MAX, BACKUP_PIECES_MAX};

use super::*;
use crate::backup::source::{End, Source};

#[test]
fn a_backup_holds_every_record_byte_for_byte_and_a_later_one_adds_what_is_new() {
    let (log, accounts, to) = (memory(300), people(), TempDir::new().unwrap());
    append(&log, OTHER_PLAN, 0..40);
    let first = back_up(&log, &accounts, to.path()).unwrap();
    assert_eq!((first.plans, first.events, first.new_events), (2, 340, 340));
    assert_eq!((first.files_written, first.files_again), (2, 0));
    let before = files_in(to.path());

    let idle = back_up(&log, &accounts, to.path()).unwrap();
    assert_eq!((idle.new_events, idle.files_written), (0, 0));

    append(&log, PLAN, 300..420);
    let second = back_up(&log, &accounts, to.path()).unwrap();
    assert_eq!((second.events, second.new_events), (460, 120));
    assert_eq!((second.files_written, second.files_again), (1, 0));
    let after = files_in(to.path());
    let kept = |file: &&(String, Vec<u8>)| file.0 != "manifest.json";
    for file in before.iter().filter(kept) {
        assert!(after.contains(file), "{} was touched", file.0);
    }
    for plan in [PLAN, OTHER_PLAN] {
        let bytes = |records: Vec<Record>| records.iter().map(Record::encode).collect::<Vec<_>>();
        assert_eq!(bytes(backed_up(to.path(), plan)), bytes(in_log(&log, plan)));
    }
    let (manifest, verified) = verify::verify(to.path()).unwrap();
    assert_eq!((verified.plans, verified.events, verified.files), (2, 460, 4));
    assert_eq!(manifest.incarnation, LIFE);
    let copied = verify::accounts(to.path(), &manifest).unwrap();
    let again = Accounts::temporary();
    again.copy_in(&copied, true, TimestampMs(1)).unwrap();
    assert_eq!(again.person(SANNE).unwrap().name.to_string(), "Sanne");
}

#[test]
fn content_erased_since_leaves_the_backup_with_the_next_run() {
    let (log, accounts, to) = (memory(100), people(), TempDir::new().unwrap());
    back_up(&log, &accounts, to.path()).unwrap();
    append(&log, PLAN, 100..200);
    back_up(&log, &accounts, to.path()).unwrap();
    assert!(holds(&files_in(to.path()), &format!("{SECRET} 42.")));

    log.erase(PLAN, Position(42), Extent::Payload).unwrap();
    let made = back_up(&log, &accounts, to.path()).unwrap();
    assert_eq!((made.new_events, made.files_written, made.files_again), (0, 1, 1));
    let files = files_in(to.path());
    assert!(!holds(&files, &format!("{SECRET} 42.")));
    assert!(holds(&files, &format!("{SECRET} 43.")) && holds(&files, &format!("{SECRET} 142.")));
    assert_eq!(backed_up(to.path(), PLAN), in_log(&log, PLAN));

    // More of the same event may go later.
    log.erase(PLAN, Position(42), Extent::PayloadAndEnvelopeSalt)
        .unwrap();
    assert_eq!(back_up(&log, &accounts, to.path()).unwrap().files_again, 1);
    assert_eq!(back_up(&log, &accounts, to.path()).unwrap().files_again, 0);
    assert_eq!(backed_up(to.path(), PLAN), in_log(&log, PLAN));
    verify::verify(to.path()).unwrap();
}

#[test]
fn many_runs_leave_few_files_and_a_finished_stretch_is_one_that_stays() {
    let (log, accounts, to) = (memory(0), people(), TempDir::new().unwrap());
    let pieces = || Manifest::read(to.path()).unwrap().plans[0].files.len();
    for run in 0..BACKUP_PIECES_MAX as u64 * 3 {
        append(&log, PLAN, run * 10..(run + 1) * 10);
        back_up(&log, &accounts, to.path()).unwrap();
        assert!(pieces() <= BACKUP_PIECES_MAX);
    }
    let so_far = log.next_position(PLAN).0;
    append(&log, PLAN, so_far..BACKUP_FILE_EVENTS_MAX + 500);
    back_up(&log, &accounts, to.path()).unwrap();
    let finished = Manifest::read(to.path()).unwrap().plans[0].files.clone();
    assert_eq!(finished.len(), 2);
    assert_eq!(finished[0].end, Position(BACKUP_FILE_EVENTS_MAX));
    append(
        &log,
        PLAN,
        BACKUP_FILE_EVENTS_MAX + 500..BACKUP_FILE_EVENTS_MAX + 600,
    );
    back_up(&log, &accounts, to.path()).unwrap();
    let later = Manifest::read(to.path()).unwrap().plans[0].files.clone();
    assert_eq!(later[..2], finished);
    // Nothing lies about that the manifest does not name.
    assert_eq!(files_in(to.path()).len(), 1 + 1 + later.len());
    verify::verify(to.path()).unwrap();
}

#[test]
fn a_backup_of_another_log_or_of_a_longer_one_is_not_touched() {
    let (log, accounts, to) = (memory(50), people(), TempDir::new().unwrap());
    back_up(&log, &accounts, to.path()).unwrap();
    let before = files_in(to.path());

    let other_life = MemoryLog::new(IncarnationId::from_bytes([8; 16]));
    append(&other_life, PLAN, 0..60);
    let refused = back_up(&other_life, &accounts, to.path());
    assert!(
        matches!(refused, Err(BackupError::OtherLog { found, .. }) if found == LIFE),
        "{refused:?}"
    );
    // The same life, but an older copy of the disk, or one that went another way.
    for (events, place) in [(30, 30), (60, 49)] {
        let refused = back_up(&memory(events), &accounts, to.path());
        assert!(
            matches!(refused, Err(BackupError::Diverged { plan: PLAN, position, .. }) if position == Position(place)),
            "{refused:?}"
        );
    }
    assert_eq!(files_in(to.path()), before);
}

/// A server whose accounts were lost starts without any, and its next backup would keep that.
#[test]
fn accounts_that_were_lost_do_not_take_the_place_of_those_in_the_backup() {
    let (log, accounts, to) = (memory(50), people(), TempDir::new().unwrap());
    let nobody = Accounts::temporary();
    let first = TempDir::new().unwrap();
    back_up(&log, &nobody, first.path()).unwrap();
    back_up(&log, &accounts, to.path()).unwrap();
    let before = files_in(to.path());
    append(&log, PLAN, 50..60);
    let refused = back_up(&log, &nobody, to.path());
    assert!(
        matches!(refused, Err(BackupError::AccountsGone(_))),
        "{refused:?}"
    );
    let after = files_in(to.path());
    assert!(
        before.iter().all(|file| after.contains(file)),
        "the backup stands"
    );
    // Who was asked to go is not lost.
    accounts.forget_person(SANNE).unwrap();
    back_up(&log, &accounts, to.path()).unwrap();
}

#[test]
fn one_run_at_a_time_and_nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (log, accounts, parent) = (memory(50), people(), TempDir::new().unwrap());
    let to = parent.path().join("of/today");
    back_up(&log, &accounts, &to).unwrap();
    let held = std::fs::File::open(&to).unwrap();
    held.lock().unwrap();
    let refused = back_up(&log, &accounts, &to);
    assert!(matches!(refused, Err(BackupError::Busy(_))), "{refused:?}");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&to), mode(&to.join("manifest.json"))), (0o700, 0o600));
    for (name, _) in files_in(&to) {
        assert_eq!(mode(&to.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn what_the_engine_notes_as_erased_by_mistake_costs_a_file_and_nothing_else() {
    // A crash between the note and the erasing leaves a note: the file is written again, the content stays.
    struct Noting(MemoryLog);
    impl Source for Noting {
        fn incarnation(&self) -> IncarnationId {
            LIFE
        }
        fn ends(&self) -> Result<Vec<End>, BackupError> {
            opened(&self.0, &people()).ends()
        }
        fn erased(&self, _: PlanId) -> Result<Vec<(Position, Extent)>, BackupError> {
            Ok(vec![(Position(3), Extent::Payload)])
        }
        fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError> {
            opened(&self.0, &people()).page(plan, from, limit)
        }
        fn accounts(&self) -> Result<Vec<u8>, BackupError> {
            Ok(Vec::new())
        }
        fn data(&self) -> Option<&Path> {
            None
        }
    }
    let (source, to) = (Noting(memory(10)), TempDir::new().unwrap());
    for again in [0, 1, 1] {
        let made = make::make(&source, to.path(), TimestampMs(1), &mut |_| {}).unwrap();
        assert_eq!(made.files_again, again);
    }
    assert_eq!(backed_up(to.path(), PLAN), in_log(&source.0, PLAN));
}

/// A directory of other things is not made one of a backup, and nothing is written in it.
#[test]
fn a_directory_that_holds_something_else_is_refused() {
    let place = TempDir::new().unwrap();
    let to = place.path().join("letters");
    std::fs::create_dir(&to).unwrap();
    let log = memory(3);
    std::fs::write(to.join("letter.txt"), "Geachte").unwrap();
    let refused = back_up(&log, &people(), &to).unwrap_err();
    assert!(
        refused.to_string().contains("letter.txt and no backup"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 1);
    std::fs::remove_file(to.join("letter.txt")).unwrap();
    // What a first run that was cut off leaves.
    std::fs::create_dir(to.join("plans")).unwrap();
    back_up(&log, &people(), &to).unwrap();
    std::fs::write(to.join("letter.txt"), "Geachte").unwrap();
    back_up(&log, &people(), &to).unwrap();
}
