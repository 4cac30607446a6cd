//! A backup of a running server by the command, a lost disk, a restore, and people's devices that bring back what was
//! written since; the admin door; and a backup that is killed while it is made.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use schema::ids::{ChapterId, PlanId};
use schrijftafel_server::backup::verify::verify;
use tests::native::NativeClient;
use tests::operator::{self, said};
use tests::served::{PROGRAMME, SECOND_WRITER, Served, WRITER};

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");

fn run(arguments: &[&str], paths: &[(&str, &Path)]) -> Output {
    operator::run(PROGRAM, arguments, paths)
}

fn served() -> Served {
    Served::process(Path::new(PROGRAM)).unwrap()
}

async fn writer(server: &Served, key: (PlanId, ChapterId), person: usize, seed: u64) -> NativeClient {
    let cookie = server.sign_in(person).await.unwrap();
    server.client(key, Some(&cookie), seed).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_people_wrote_after_the_backup_comes_back_from_their_devices() {
    let mut server = served();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = writer(&server, key, WRITER, 1).await;
    anna.type_at(0, 0, "In de kopie. ").unwrap();
    anna.settled().await.unwrap();
    server.sign_in(PROGRAMME).await.unwrap();
    server.sign_in(SECOND_WRITER).await.unwrap();

    let place = tempfile::tempdir().unwrap();
    let (backup, restored) = (place.path().join("backup"), place.path().join("data"));
    let data = server.data().to_owned();
    let told = said(&run(&["backup"], &[("--data", &data), ("--to", &backup)]));
    assert!(told.contains("is whole"), "{told}");

    // Bram comes after the backup: his actor is lost too. They write by turns, each on top of the other.
    let mut bram = writer(&server, key, SECOND_WRITER, 2).await;
    for turn in 0..4 {
        let (writes, reads) = match turn % 2 {
            0 => (&mut bram, &mut anna),
            _ => (&mut anna, &mut bram),
        };
        let hash = writes.type_at(0, 0, &format!("beurt {turn}. ")).unwrap();
        writes.settled().await.unwrap();
        reads.until("the other has it", |it| it.has(&hash)).await.unwrap();
    }
    let written = anna.text();
    assert!(written.contains("beurt 3") && written.contains("In de kopie"));
    server.kill().unwrap();
    anna.cut();
    bram.cut();

    let told = said(&run(
        &["restore", "--last-known", "100000"],
        &[("--from", &backup), ("--data", &restored)],
    ));
    assert!(told.contains("known to be lost"), "{told}");
    server.start_again(Path::new(PROGRAM), &restored).await.unwrap();
    let fresh = writer(&server, key, SECOND_WRITER, 3).await;
    assert!(
        fresh.text().contains("In de kopie") && !fresh.text().contains("beurt"),
        "{}",
        fresh.text()
    );

    // Anna alone brings back nothing: all she wrote since builds on Bram's first turn.
    anna.connect().await.unwrap();
    anna.idle(Duration::from_millis(300)).await.unwrap();
    assert_eq!(anna.only_here(), 4);
    bram.connect().await.unwrap();
    for _ in 0..20 {
        anna.idle(Duration::from_millis(100)).await.unwrap();
        bram.idle(Duration::from_millis(100)).await.unwrap();
    }
    assert_eq!((anna.only_here(), bram.only_here()), (0, 0));
    for client in [&anna, &bram] {
        assert!(client.refused.is_empty(), "{:?}", client.refused);
    }
    let mut again = writer(&server, key, WRITER, 4).await;
    again
        .until("everything is back", |it| it.text() == written)
        .await
        .unwrap();

    // The plan's history says what happened, and who wrote what is as it was.
    let cookie = server.sign_in(PROGRAMME).await.unwrap();
    let events = server.get(&cookie, "/events?limit=200").await.unwrap();
    let items = events["items"].as_array().unwrap();
    let recovered = items
        .iter()
        .find(|item| item["kind"] == "plan.recovered/1")
        .unwrap();
    assert_eq!(recovered["details"]["recovery"]["lastKnown"], 100_000);
    assert!(recovered["actor"]["person"].is_null());
    let typed = items.iter().filter(|item| item["kind"] == "text.changed/1");
    let writers: std::collections::BTreeSet<_> = typed
        .filter(|item| item["position"].as_u64() > recovered["position"].as_u64())
        .map(|item| item["actor"]["person"]["id"].to_string())
        .collect();
    assert_eq!(writers.len(), 2, "{writers:?}");
    server.kill().unwrap();
    let told = said(&run(&["log", "verify"], &[("--data", &restored)]));
    assert!(told.contains("the log is whole"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_is_for_the_operator_and_there_while_the_server_is() {
    let mut server = served();
    let data = server.data().to_owned();
    let socket = data.join("admin.sock");
    for _ in 0..500 {
        if socket.exists() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&socket)), (0o700, 0o600));
    let told = said(&run(&["log", "verify"], &[("--data", &data)]));
    assert!(told.contains("the log of the running server is whole"), "{told}");

    let people = server
        .get(&server.sign_in(PROGRAMME).await.unwrap(), "/rights")
        .await
        .unwrap();
    let first = &people["items"][0];
    let (person, party) = (
        first["person"]["id"].as_str().unwrap(),
        first["party"]["id"].as_str().unwrap(),
    );
    for _ in ["running", "stopped"] {
        let link = said(&run(
            &["sign-in-link", "--person", person, "--party", party],
            &[("--data", &data)],
        ));
        assert!(link.contains("/aanmelden#token="), "{link}");
        let strange = run(
            &["sign-in-link", "--person", person, "--party", person],
            &[("--data", &data)],
        );
        assert!(!strange.status.success());
        assert!(String::from_utf8_lossy(&strange.stderr).contains("has no role"));
        // Killed, it leaves the name of the socket: the command then opens the directory itself.
        server.kill().unwrap();
        assert!(socket.exists());
    }
    let told = said(&run(&["log", "verify"], &[("--data", &data)]));
    assert!(told.contains("the log is whole"), "{told}");
    server.start_again(Path::new(PROGRAM), &data).await.unwrap();
    let told = said(&run(&["log", "verify"], &[("--data", &data)]));
    assert!(
        told.contains("running server"),
        "the stale name was replaced: {told}"
    );
}

/// A backup killed at any instant leaves the one before it, and the next run needs no help.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_killed_at_any_instant_leaves_the_one_before() {
    let rounds: u64 = std::env::var("CRASH_ROUNDS").map_or(30, |rounds| rounds.parse().unwrap());
    let server = served();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = writer(&server, key, WRITER, 1).await;
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    let data = server.data().to_owned();
    let arguments = [("--data", data.as_path()), ("--to", backup.as_path())];
    let started = schrijftafel_server::clock::passed_ms();
    said(&run(&["backup"], &arguments));
    let mut whole_run = std::time::Duration::from_millis(schrijftafel_server::clock::passed_ms() - started);
    let (mut last, mut killed) = (verify(&backup).unwrap().1.events, 0);
    for round in 0..rounds {
        anna.type_at(0, 0, "x").unwrap();
        anna.settled().await.unwrap();
        let mut child = Command::new(PROGRAM)
            .arg("backup")
            .args([
                "--data".as_ref(),
                data.as_os_str(),
                "--to".as_ref(),
                backup.as_os_str(),
            ])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(whole_run * u32::try_from(round % 30).unwrap() / 24).await;
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            // The first run was slowed by something else: what ends before it is killed tells nothing.
            whole_run = whole_run * 7 / 8;
        } else {
            killed += 1;
        }
        let events = verify(&backup)
            .unwrap_or_else(|error| panic!("round {round}: {error}"))
            .1
            .events;
        assert!(events >= last, "round {round}: {events} after {last}");
        last = events;
    }
    assert!(killed > rounds / 4, "too few of {rounds} were killed: {killed}");
    said(&run(&["backup"], &arguments));
    let (manifest, verified) = verify(&backup).unwrap();
    // The last checkpoint that the server signed is there, and is of no event that the backup lacks.
    let part = &manifest.plans[0];
    let note = part
        .checkpoint
        .as_ref()
        .expect("a checkpoint was signed long ago");
    let signed = schema::audit::SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let size = signed.checkpoint().head.size;
    assert!((1..=part.next.0).contains(&size), "{size} of {}", part.next);
    assert!(verified.events > last - 1);
    let there = walk(&backup);
    assert_eq!(there, manifest.files().count() + 1, "nothing is left lying about");
}

fn walk(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { walk(&path) } else { 1 })
        .sum()
}
