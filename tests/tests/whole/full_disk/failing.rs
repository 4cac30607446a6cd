//! A disk that fails otherwise than by being full: a flush fails, or nothing may be written any more, under a running
//! server of either engine. What people see is the same; see [`super`].
//!
//! The server is the real one. What fails is what the C library asks of the operating system (`failing.c`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;
use tests::preload;

use super::*;

/// The program, on a disk that fails while it is told to.
struct FailingDisk {
    place: TempDir,
}

impl FailingDisk {
    fn new() -> Self {
        let disk = Self {
            place: tempfile::tempdir().unwrap(),
        };
        let library = preload::compiled(disk.place.path(), "failing", include_str!("failing.c"));
        let script = format!(
            "#!/bin/sh\nexport LD_PRELOAD='{}' DISK_FAULT='{}'\nexec '{}' \"$@\"\n",
            library.display(),
            disk.file("fault").display(),
            program().display(),
        );
        fs::write(disk.program(), script).unwrap();
        fs::set_permissions(disk.program(), fs::Permissions::from_mode(0o755)).unwrap();
        disk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn program(&self) -> PathBuf {
        self.file("program")
    }

    fn fail(&self, what: &str) {
        fs::write(self.file("fault"), what).unwrap();
    }

    fn work_again(&self) {
        fs::remove_file(self.file("fault")).unwrap();
    }
}

async fn writing_stops_and_resumes(engine: &str, fault: &str, reason: &str) {
    let disk = FailingDisk::new();
    let arguments = ["--engine", engine];
    let mut server = Served::process_on(&disk.program(), disk.place.path(), &arguments).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let mut alder = writer(&server, key, WRITER).await;
    alder.type_at(0, 0, "eerst").unwrap();
    alder.settled().await.unwrap();
    wait_for_a_signature(&server).await;

    disk.fail(fault);
    let typed = type_until_sent_away(&mut alder, "daarna ").await;
    let why = wait_for_readiness(&server, 503).await;
    assert!(why.contains("not writing") && why.contains(reason), "{why}");
    reading_goes_on(&server, key, &programme, "eerst").await;

    disk.work_again();
    wait_for_readiness(&server, 200).await;
    comes_back(&mut alder).await;
    add_party(&server, &programme, "Weer op tijd").await.unwrap();
    let everything = "daarna ".repeat(typed) + "eerst";
    assert_eq!(writer(&server, key, SECOND_WRITER).await.text(), everything);
    server.kill().unwrap();
    verify(server.data());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_that_fails_stops_sled_until_flushes_work_again() {
    writing_stops_and_resumes("sled", "flush", "Input/output error").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_that_fails_stops_segments_until_flushes_work_again() {
    writing_stops_and_resumes("segments", "flush", "Input/output error").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_turns_read_only_stops_sled_until_it_can_be_written() {
    writing_stops_and_resumes("sled", "write", "Read-only file system").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_turns_read_only_stops_segments_until_it_can_be_written() {
    writing_stops_and_resumes("segments", "write", "Read-only file system").await;
}
