//! A real full disk under a real server: writing stops with a clear state, reading goes on, nothing acknowledged is
//! lost, and work resumes by itself when there is room.
//!
//! The disk is a small tmpfs, so these tests need the right to mount. Without it they say so, loudly, and test
//! nothing; `FULL_DISK_REQUIRED=1` makes that a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use schrijftafel_server::clock::passed_ms;
use schrijftafel_server::log::engine::{self, EngineKind};
use serde_json::json;
use tests::crash_log::{Append, request};
use tests::native::NativeClient;
use tests::operator;
use tests::served::{PROGRAMME, SECOND_WRITER, Served, WRITER};

#[cfg(target_os = "linux")]
mod failing;
mod reading;

/// How long anything may take to come.
const PATIENCE_MS: u64 = 30_000;
const DISK_BYTES: u64 = 160 << 20;
/// The accounts look at the disk once a second.
const ACCOUNTS_LOOK: Duration = Duration::from_millis(1_100);

/// A mounted disk of its own.
struct Disk {
    place: PathBuf,
    _directory: tempfile::TempDir,
}

impl Disk {
    /// None, with a loud word, where mounting is not allowed.
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().to_owned();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"])
            .arg(&place)
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            let _directory = directory;
            return Some(Self { place, _directory });
        }
        let required = std::env::var_os("FULL_DISK_REQUIRED").is_some();
        assert!(!required, "FULL_DISK_REQUIRED is set and no disk can be mounted");
        eprintln!("SKIPPED, NOT TESTED: a disk of its own cannot be mounted here (needs root)");
        None
    }

    fn ballast(&self) -> PathBuf {
        self.place.join("ballast")
    }

    /// Fills the disk until only so much is free.
    fn fill_until(&self, free: u64) {
        use std::io::Write;
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.ballast())
            .unwrap();
        let block = vec![0x42; 4_096];
        while schrijftafel_server::log::space::free_bytes(&self.place).unwrap() > free {
            if file.write_all(&block).is_err() {
                return;
            }
        }
    }

    fn may_only_be_read(&self) {
        let remounted = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&self.place)
            .status();
        assert!(remounted.unwrap().success());
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
}

async fn writer(server: &Served, key: schema::sync::ChapterKey, person: usize) -> NativeClient {
    let cookie = server.sign_in(person).await.unwrap();
    let seed = u64::from_be_bytes(schrijftafel_server::clock::random_bytes());
    server.client(key, Some(&cookie), seed).await.unwrap()
}

async fn wait_for_readiness(server: &Served, wanted: u16) -> String {
    let start = passed_ms();
    loop {
        let (status, body) = server.readiness().await.unwrap();
        if status == wanted {
            return body;
        }
        assert!(passed_ms() - start < PATIENCE_MS, "still {status}: {body}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for the first checkpoint. Of a server that dies between the first hash of its log and the first signature nothing
/// tells whether one was signed, and `log verify` says so: a disk that fails in between leaves that behind.
async fn wait_for_a_signature(server: &Served) {
    let start = passed_ms();
    while !server.data().join("signed-logs").exists() {
        assert!(passed_ms() - start < PATIENCE_MS, "nothing is signed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn add_party(server: &Served, cookie: &str, name: &str) -> anyhow::Result<serde_json::Value> {
    let body = json!({ "name": name, "sector": "zorg" });
    server.post(cookie, "/parties", body).await
}

/// Types until the server says that it cannot save; returns how many letters were typed.
async fn type_until_sent_away(client: &mut NativeClient, text: &str) -> usize {
    for typed in 1..10_000 {
        client.type_at(0, 0, text).unwrap();
        if let Err(error) = client.settled().await {
            assert!(error.to_string().contains("log-unavailable"), "{error}");
            return typed;
        }
    }
    panic!("the disk never filled");
}

/// What holds while nothing can be saved: refusals are clear, reading goes on.
async fn reading_goes_on(server: &Served, key: schema::sync::ChapterKey, programme: &str, text: &str) {
    let refused = add_party(server, programme, "Te laat")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("503") && refused.contains("log-unavailable"),
        "{refused}"
    );
    let plan = server.get(programme, "").await.unwrap();
    assert!(!plan.to_string().contains("Te laat"));
    server.get(programme, "/events").await.unwrap();
    let read = server
        .get(programme, &format!("/chapters/{}/text", key.1))
        .await
        .unwrap();
    assert!(read.to_string().contains(text), "{read}");
}

/// As a page does: tries again until the server takes what waits.
async fn comes_back(client: &mut NativeClient) {
    let start = passed_ms();
    loop {
        client.cut();
        let came = match client.connect().await {
            // Who comes at the very moment in which the log writes again is asked to come once more.
            Err(error) if error.to_string().contains("read-again") => Err(error),
            connected => {
                connected.unwrap();
                client.settled().await
            }
        };
        match came {
            Ok(()) => break,
            Err(error) => assert!(passed_ms() - start < PATIENCE_MS, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(client.refused.is_empty(), "{:?}", client.refused);
}

fn verify(data: &Path) {
    let checked = Command::new(program())
        .args(["log", "verify", "--data"])
        .arg(data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn below_the_reserve_writing_stops_and_resumes_by_itself() {
    let Some(disk) = Disk::mount() else { return };
    let mut server = Served::process_on(program(), &disk.place, &[]).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let mut alder = writer(&server, key, WRITER).await;
    alder.type_at(0, 0, "eerst").unwrap();
    alder.settled().await.unwrap();
    wait_for_a_signature(&server).await;
    wait_for_readiness(&server, 200).await;

    disk.fill_until(32 << 20);
    let why = wait_for_readiness(&server, 503).await;
    assert!(
        why.contains("not writing") && why.contains("kept in reserve"),
        "{why}"
    );
    reading_goes_on(&server, key, &programme, "eerst").await;
    type_until_sent_away(&mut alder, "daarna ").await;

    disk.make_room();
    wait_for_readiness(&server, 200).await;
    comes_back(&mut alder).await;
    add_party(&server, &programme, "Weer op tijd").await.unwrap();
    assert_eq!(writer(&server, key, SECOND_WRITER).await.text(), "daarna eerst");
    server.kill().unwrap();
    verify(server.data());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_met_the_full_disk_is_opened_again_by_itself() {
    let Some(disk) = Disk::mount() else { return };
    let mut server = Served::process_on(program(), &disk.place, &["--disk-reserve", "0"]).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let mut alder = writer(&server, key, WRITER).await;
    let sentence = "Een zin die op de schijf moet passen. ".repeat(40);
    alder.type_at(0, 0, &sentence).unwrap();
    alder.settled().await.unwrap();
    wait_for_a_signature(&server).await;

    disk.fill_until(0);
    let typed = type_until_sent_away(&mut alder, &sentence).await;
    wait_for_readiness(&server, 503).await;
    reading_goes_on(&server, key, &programme, &sentence.repeat(typed)).await;
    tokio::time::sleep(ACCOUNTS_LOOK).await;
    let refused = server.sign_in(SECOND_WRITER).await.unwrap_err().to_string();
    assert!(refused.contains("log-unavailable"), "{refused}");

    disk.make_room();
    wait_for_readiness(&server, 200).await;
    comes_back(&mut alder).await;
    let everything = sentence.repeat(typed + 1);
    assert_eq!(alder.text(), everything);
    add_party(&server, &programme, "Weer op tijd").await.unwrap();
    tokio::time::sleep(ACCOUNTS_LOOK).await;
    assert_eq!(
        writer(&server, key, SECOND_WRITER).await.text(),
        everything,
        "somebody signs in afterwards and finds it all, once"
    );
    server.kill().unwrap();
    verify(server.data());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_a_second_log_asks_for_room_first_and_leaves_nothing() {
    let Some(disk) = Disk::mount() else { return };
    for engine in ["sled", "segments"] {
        let mut server = Served::process_on(program(), &disk.place, &["--engine", engine]).unwrap();
        server.empty_chapter().await.unwrap();
        server.kill().unwrap();
        let program = program().to_str().unwrap();
        let compact = || operator::run(program, &["log", "compact"], &[("--data", server.data())]);
        let backup = tempfile::tempdir().unwrap();
        let to = [("--data", server.data()), ("--to", backup.path())];
        operator::said(&operator::run(program, &["backup"], &to));
        disk.fill_until(0);
        let from = [("--data", server.data()), ("--from", backup.path())];
        // Without its note the log is not called whole, so there is something to mend.
        let [note, aside] = ["log/acknowledged", "note"].map(|name| server.data().join(name));
        fs::rename(&note, &aside).unwrap();
        let refused = operator::run(program, &["log", "repair"], &from);
        fs::rename(&aside, &note).unwrap();
        asks_for_room(&refused, server.data(), "are free");
        let refused = compact();
        assert_eq!(refused.status.code(), Some(1), "{engine}");
        asks_for_room(&refused, server.data(), "are lacking");
        let onto_it = disk.place.join("backup");
        let to = [("--data", server.data()), ("--to", onto_it.as_path())];
        let refused = operator::run(program, &["backup"], &to);
        asks_for_room(&refused, &onto_it, "are lacking");
        assert!(!onto_it.exists(), "{engine}: nothing is begun");
        let restored = disk.place.join("restored");
        let from = [("--data", restored.as_path()), ("--from", backup.path())];
        let refused = operator::run(program, &["restore"], &from);
        asks_for_room(&refused, &restored, "are lacking");
        assert!(!restored.exists(), "{engine}: nothing is begun");
        let names = fs::read_dir(server.data()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let logs: Vec<String> = names.filter(|name| name.starts_with("log")).collect();
        assert_eq!(logs, ["log"], "{engine}: nothing is left beside it");
        disk.make_room();
        // Room for the log, and not for the accounts to be written to when a server starts.
        disk.fill_until(9 << 20);
        let refused = operator::run(program, &["restore"], &from);
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            why.contains("are lacking") && !restored.exists(),
            "{engine}: {why}"
        );
        disk.make_room();
        verify(server.data());
        operator::said(&compact());
        verify(server.data());
    }
}

/// A command was refused because a directory has no room, and says how much.
fn asks_for_room(refused: &Output, directory: &Path, how_much: &str) {
    let why = String::from_utf8_lossy(&refused.stderr);
    let place = format!("bytes are needed in {}", directory.display());
    assert!(why.contains(&place) && why.contains(how_much), "{why}");
}

/// A copy of a data directory on a disk that nobody may write to: segments are checked where they lie, sled in a copy.
#[test]
fn a_log_is_verified_and_backed_up_where_it_may_only_be_read() {
    for kind in [EngineKind::Segments, EngineKind::Sled] {
        may_only_be_read(kind);
    }
}

fn may_only_be_read(kind: EngineKind) {
    let Some(disk) = Disk::mount() else { return };
    let log = disk.place.join("log");
    let life = schema::ids::IncarnationId::from_bytes([9; 16]);
    let begun = engine::create(&log, kind, life).unwrap();
    let append = Append {
        appender: 0,
        number: 0,
    };
    let mut salts = || schema::log::Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    let answers = begun.append_group(schema::ids::TimestampMs(1), &mut salts, vec![request(append)]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    drop(begun);
    engine::wait_until_closed(&log).unwrap();
    disk.may_only_be_read();
    verify(&disk.place);
    let backup = tempfile::tempdir().unwrap();
    let to = [("--data", disk.place.as_path()), ("--to", backup.path())];
    operator::said(&operator::run(program().to_str().unwrap(), &["backup"], &to));
    let (_, found) = schrijftafel_server::backup::verify::verify(backup.path()).unwrap();
    assert_eq!(found.events, 3, "{kind}");
}

#[test]
fn a_disk_that_may_only_be_read_is_named_at_the_start() {
    let Some(disk) = Disk::mount() else { return };
    disk.may_only_be_read();
    let started = Command::new(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(disk.place.join("data"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&started.stderr).into_owned();
    assert_eq!(started.status.code(), Some(1), "{said}");
    assert!(said.contains("The disk may only be read"), "{said}");
}
