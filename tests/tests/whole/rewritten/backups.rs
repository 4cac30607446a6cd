//! A backup is held against the signed checkpoint in it: as it is made, checked, restored and repaired from.

use std::fs;
use std::path::Path;

use schema::ids::{PlanId, Position, TimestampMs};
use schema::log::Record;
use schrijftafel_server::accounts::Accounts;
use schrijftafel_server::backup::BackupError;
use schrijftafel_server::backup::make;
use schrijftafel_server::backup::manifest::Manifest;
use schrijftafel_server::backup::source::{End, Opened, Source};
use schrijftafel_server::log::engine::{self, EngineKind, Opening};
use schrijftafel_server::log::{EventLog, Extent};
use tests::audited::{AuditedServer, free_address};

use crate::damage::copy_tree;
use crate::damage::gone::{asked, signed_and_killed};

use super::{put_in_place, records_in, sealed_anew};

/// A log of which a server says that this was signed.
struct Signed<'a> {
    log: Opened<'a>,
    checkpoint: Option<String>,
}

impl Source for Signed<'_> {
    fn incarnation(&self) -> schema::ids::IncarnationId {
        self.log.incarnation()
    }
    fn ends(&self) -> Result<Vec<End>, BackupError> {
        let mut ends = self.log.ends()?;
        for end in &mut ends {
            end.checkpoint.clone_from(&self.checkpoint);
        }
        Ok(ends)
    }
    fn erased(&self, plan: PlanId) -> Result<Vec<(Position, Extent)>, BackupError> {
        self.log.erased(plan)
    }
    fn page(&self, plan: PlanId, from: Position, limit: usize) -> Result<Vec<Record>, BackupError> {
        self.log.page(plan, from, limit)
    }
    fn accounts(&self) -> Result<Vec<u8>, BackupError> {
        self.log.accounts()
    }
    fn data(&self) -> Option<&Path> {
        None
    }
}

/// A backup of a data directory, under a checkpoint that its server is said to have signed.
fn back_up(data: &Path, checkpoint: Option<String>, to: &Path) -> Result<(), BackupError> {
    let log = engine::open_existing(&data.join("log"), Opening::Check).unwrap();
    let accounts = Accounts::look(&data.join("accounts")).unwrap();
    let source = Signed {
        log: Opened {
            log: log.as_ref() as &dyn EventLog,
            accounts: &accounts,
            data: None,
        },
        checkpoint,
    };
    make::make(&source, to, TimestampMs(1), &mut |_| {}).map(drop)
}

fn checkpoint_in(backup: &Path) -> Option<String> {
    Manifest::read(backup).unwrap().plans[0].checkpoint.clone()
}

/// Says of a backup that it is under another checkpoint, or under none.
fn say_signed(backup: &Path, checkpoint: Option<String>) {
    let mut manifest = Manifest::read(backup).unwrap();
    manifest.plans[0].checkpoint = checkpoint;
    manifest.write(backup).unwrap();
}

#[test]
fn a_backup_of_another_history_than_the_signed_one_is_refused_wherever_it_is_read() {
    let place = tempfile::tempdir().unwrap();
    let [data, forged, honest, backup, restored] =
        ["data", "forged", "honest", "backup", "restored"].map(|name| place.path().join(name));
    signed_and_killed(&data, &free_address().unwrap());
    assert!(asked(&["backup"], &[("--data", &data), ("--to", &honest)]).0);
    let checkpoint = checkpoint_in(&honest);
    let signed = records_in(&data.join("log"));
    let names = |said: &str| {
        let plan = AuditedServer::plan().to_string();
        for words in [
            "are not those that were signed",
            &plan,
            &format!("{} events", signed.len()),
            "audit check",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    };
    copy_tree(&data, &forged);
    put_in_place(&forged.join("log"), EngineKind::Sled, sealed_anew(signed.clone()));

    // As it is made, of a data directory and of a running server.
    let (is_made, said) = asked(&["backup"], &[("--data", &forged), ("--to", &backup)]);
    assert!(!is_made && !backup.exists());
    names(&said);
    let refused = back_up(&forged, checkpoint.clone(), &backup).unwrap_err();
    assert!(!backup.exists());
    names(&refused.to_string());

    // A backup that was made of it nevertheless.
    back_up(&forged, None, &backup).unwrap();
    assert!(asked(&["backup", "verify"], &[("--from", &backup)]).0);
    say_signed(&backup, checkpoint.clone());
    for (command, paths) in [
        (&["backup", "verify"][..], &[("--from", backup.as_path())][..]),
        (&["restore"], &[("--from", &backup), ("--data", &restored)]),
        (&["log", "repair"], &[("--from", &backup), ("--data", &data)]),
    ] {
        let (is_done, said) = asked(command, paths);
        assert!(!is_done, "{command:?}");
        names(&said);
    }
    assert!(!restored.exists());
    assert_eq!(records_in(&data.join("log")), signed);

    // One of fewer events than were signed.
    let shorter = place.path().join("shorter");
    let fewer = signed[..signed.len() - 1].to_vec();
    put_in_place(&forged.join("log"), EngineKind::Sled, fewer);
    back_up(&forged, None, &shorter).unwrap();
    say_signed(&shorter, checkpoint);
    let (is_whole, said) = asked(&["backup", "verify"], &[("--from", &shorter)]);
    assert!(!is_whole && said.contains("fewer are here"), "{said}");
}

#[test]
fn a_log_that_was_sealed_anew_is_mended_to_what_was_signed_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let [data, honest, backup] = ["data", "honest", "backup"].map(|name| place.path().join(name));
    signed_and_killed(&data, &free_address().unwrap());
    let log = data.join("log");
    assert!(asked(&["backup"], &[("--data", &data), ("--to", &honest)]).0);
    let signed = records_in(&log);
    put_in_place(&log, EngineKind::Sled, sealed_anew(signed.clone()));
    back_up(&data, None, &backup).unwrap();

    let (is_mended, said) = asked(&["log", "repair"], &[("--from", &backup), ("--data", &data)]);
    assert!(!is_mended && said.contains("neither with the backup's"), "{said}");
    assert_ne!(records_in(&log), signed);

    let (is_mended, said) = asked(&["log", "repair"], &[("--from", &honest), ("--data", &data)]);
    assert!(is_mended, "{said}");
    assert_eq!(records_in(&log), signed);
    assert!(asked(&["log", "verify"], &[("--data", &data)]).0);
    assert!(fs::exists(data.join("log.damaged")).unwrap());
}
