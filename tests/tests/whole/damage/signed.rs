//! A log that is whole by itself and shorter than what was signed of it, as one that sled cut off behind its last note:
//! every command names it, and a backup mends it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tests::audited::{AuditedServer, free_address, until};

use super::gone::signed_and_killed;
use super::killing::is_killed_before;
use super::{bytes_below, copy_tree, run, verify};

const SCHRIJFTAFEL: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");

#[test]
fn a_log_that_is_shorter_than_what_was_signed_is_damaged_for_a_check_and_for_a_start() {
    let place = tempfile::tempdir().unwrap();
    let [data, shorter, backup] = ["data", "shorter", "backup"].map(|name| place.path().join(name));
    let log = data.join("log");
    let address = free_address().unwrap();
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &address).unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    copy_tree(&log, &shorter);
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &address).unwrap();
    server.write("Dit is ondertekend").unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    // The admin door of a server that was killed is nobody's.
    assert_eq!(verify(&data), (true, String::new()));
    let mut making = Command::new(SCHRIJFTAFEL);
    let making = making.args(["backup", "--data"]).arg(&data);
    assert!(run(making.arg("--to").arg(&backup)).0);

    fs::remove_dir_all(&log).unwrap();
    copy_tree(&shorter, &log);
    let (is_whole, said) = verify(&data);
    assert!(!is_whole && said.contains("events were signed"), "{said}");
    let said = refused_start(&data, &address);
    assert!(said.contains("shorter than when it was last signed"), "{said}");

    let mut mending = Command::new(SCHRIJFTAFEL);
    let mending = mending.args(["log", "repair", "--data"]).arg(&data);
    assert!(run(mending.arg("--from").arg(&backup)).0);
    assert_eq!(verify(&data), (true, String::new()));
}

/// What a server says that does not start.
pub(crate) fn refused_start(data: &Path, address: &str) -> String {
    let mut serving = Command::new(SCHRIJFTAFEL)
        .args(["serve", "--listen", address, "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ended = until("the start is refused", || Ok(serving.try_wait()?));
    // One that serves is ended too.
    let _ = serving.kill();
    assert_eq!(ended.unwrap().code(), Some(1));
    let said = serving.wait_with_output().unwrap().stderr;
    String::from_utf8_lossy(&said).into_owned()
}

/// Hashes of events are written a moment before the first checkpoint of them is signed.
#[test]
fn a_server_killed_before_its_first_signature_has_lost_nothing() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let address = free_address().unwrap();
    let mut serving = Command::new(SCHRIJFTAFEL);
    serving.args(["demo", "--listen", &address, "--data"]).arg(&data);
    // The first says that nothing was signed, the second holds the first checkpoint.
    assert!(is_killed_before(&mut serving, place.path(), ("state.json", 2)));
    let hashed = bytes_below(&data.join("audit"))
        .into_iter()
        .any(|(file, bytes)| file.ends_with("hashes-0") && !bytes.is_empty());
    assert!(hashed && !data.join("signed-logs").exists());
    fs::remove_file(data.join("admin.sock")).unwrap();
    let looked_at = Command::new(SCHRIJFTAFEL)
        .args(["log", "verify", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&looked_at.stdout).into_owned();
    assert!(
        looked_at.status.success() && said.contains("nothing was signed yet"),
        "{said}{}",
        String::from_utf8_lossy(&looked_at.stderr)
    );

    // What a loss of these files leaves is told apart from it.
    let lost = place.path().join("lost");
    copy_tree(&data, &lost);
    for (file, _) in bytes_below(&lost.join("audit")) {
        if file.ends_with("state.json") {
            fs::remove_file(file).unwrap();
        }
    }
    let (is_whole, said) = verify(&lost);
    assert!(
        !is_whole && said.contains("no signed checkpoint is left"),
        "{said}"
    );

    signed_and_killed(&data, &address);
    let states = bytes_below(&data.join("audit")).into_keys();
    for state in states.filter(|file| file.ends_with("state.json")) {
        // As it was before the first signature.
        fs::write(state, r#"{"newest":null,"witnessed":null,"witnesses":{}}"#).unwrap();
    }
    let (is_whole, said) = verify(&data);
    assert!(!is_whole && said.contains("signed last"), "{said}");
}

#[test]
fn a_log_without_the_note_of_how_far_it_had_come_is_not_called_whole() {
    let place = tempfile::tempdir().unwrap();
    super::write(&place.path().join("log"), super::EngineKind::Sled);
    fs::remove_file(place.path().join("log").join("acknowledged")).unwrap();
    let (is_whole, said) = verify(place.path());
    assert!(!is_whole && said.contains("`acknowledged` is missing"), "{said}");
}

/// Cut shorter after a kill, it looks as a crash leaves it: what else is there says what is certain.
#[test]
fn of_a_log_of_sled_that_is_cut_short_a_check_says_what_is_certain_and_what_a_start_does() {
    let place = tempfile::tempdir().unwrap();
    let whole = place.path().join("whole");
    let address = free_address().unwrap();
    signed_and_killed(&whole, &address);
    let scene = |name: &str, lacks: &[&str]| {
        let data = place.path().join(name);
        copy_tree(&whole, &data);
        let file = data.join("log/db");
        let bytes = fs::read(&file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        fs::write(&file, &bytes[..used - 8]).unwrap();
        for name in lacks {
            let path = data.join(name);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        let (is_whole, said) = verify(&data);
        assert!(!is_whole);
        (data, said)
    };
    let says = |said: &str, words: &[&str]| {
        for words in words {
            assert!(said.contains(words), "{words}: {said}");
        }
    };

    let (_, said) = scene("noted", &[]);
    says(&said, &["had been answered as durable", "log repair"]);

    // What is signed is gone: a start refuses it, and a check does not say that a start would go on.
    let (data, said) = scene("signed", &["log/acknowledged"]);
    let gone = ["shorter than when it was last signed", "log repair"];
    says(&said, &gone);
    assert!(!said.contains("takes it off"), "{said}");
    says(&refused_start(&data, &address), &gone);

    let (_, said) = scene("nothing", &["log/acknowledged", "audit", "signed-logs"]);
    says(
        &said,
        &[
            "not whole",
            "`acknowledged` is missing",
            "nothing tells whether",
            "takes it off",
            "log repair",
        ],
    );
    assert!(!said.contains("as answered is there"), "{said}");
}

/// Cut in the middle of a batch it looks as after a crash: only the note could tell that somebody had been answered.
#[test]
fn of_segments_that_are_cut_short_and_lack_the_note_a_check_says_what_it_cannot_tell() {
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("log");
    super::write(&log, super::EngineKind::Segments);
    let last = log.join("0000000000.seg");
    let length = fs::metadata(&last).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(&last).unwrap();
    file.set_len(length - 9).unwrap();
    let (is_whole, said) = verify(place.path());
    assert!(!is_whole && said.contains("its frame is cut off"), "{said}");
    fs::remove_file(log.join("acknowledged")).unwrap();
    let (is_whole, said) = verify(place.path());
    for words in [
        "cut off",
        "`acknowledged` is missing",
        "nothing tells whether",
        "log repair",
    ] {
        assert!(!is_whole && said.contains(words), "{said}");
    }
}
