//! A log that is gone, and one that was put in its place: no command begins another in silence or calls what is there
//! whole; whoever puts the log back or restores it goes on.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::audited::{AuditedServer, free_address, until};

use super::signed::refused_start;
use super::{bytes_below, copy_tree, run, verify};

const SCHRIJFTAFEL: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");

/// What a command says.
pub(crate) fn asked(arguments: &[&str], paths: &[(&str, &Path)]) -> (bool, String) {
    let mut command = Command::new(SCHRIJFTAFEL);
    command.args(arguments);
    for (name, path) in paths {
        command.arg(name).arg(path);
    }
    run(&mut command)
}

#[test]
fn a_log_that_is_gone_is_missed_by_every_command_and_goes_on_when_it_is_back() {
    let place = tempfile::tempdir().unwrap();
    let [data, elsewhere, backup, restored] =
        ["data", "elsewhere", "backup", "restored"].map(|name| place.path().join(name));
    let log = data.join("log");
    let address = free_address().unwrap();
    signed_and_killed(&data, &address);
    assert!(asked(&["backup"], &[("--data", &data), ("--to", &backup)]).0);

    fs::rename(&log, &elsewhere).unwrap();
    let before = bytes_below(&data);
    let (is_whole, said) = verify(&data);
    assert!(!is_whole && said.contains("is gone"), "{said}");
    let said = refused_start(&data, &address);
    assert!(said.contains("is gone") && said.contains("restore"), "{said}");
    let made = [
        "new-plan",
        "--title",
        "Regioplan",
        "--party",
        "GGD",
        "--person",
        "Anna",
    ];
    let (is_made, said) = asked(&made, &[("--data", &data)]);
    assert!(!is_made && said.contains("is gone"), "{said}");
    let (is_mended, said) = asked(&["log", "repair"], &[("--data", &data), ("--from", &backup)]);
    assert!(!is_mended && said.contains("is gone"), "{said}");
    assert!(bytes_below(&data) == before, "a refusal changed something");

    // A log that an earlier program began anew in its place, or that was taken from elsewhere.
    let other = place.path().join("other");
    fs::create_dir(&other).unwrap();
    super::write(&other.join("log"), super::EngineKind::Sled);
    copy_tree(&other.join("log"), &log);
    let (is_whole, said) = verify(&data);
    assert!(!is_whole && said.contains("not whole"), "{said}");
    let said = refused_start(&data, &address);
    assert!(said.contains("not the one that was signed"), "{said}");
    fs::remove_dir_all(&log).unwrap();

    fs::rename(&elsewhere, &log).unwrap();
    assert_eq!(verify(&data), (true, String::new()));
    drop(AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &address).unwrap());

    // A restore is another log, which says of which it is one.
    assert!(asked(&["restore"], &[("--from", &backup), ("--data", &restored)]).0);
    for kept in ["audit", "keys"] {
        copy_tree(&data.join(kept), &restored.join(kept));
    }
    assert_eq!(verify(&restored), (true, String::new()));
    let server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &restored, &address).unwrap();
    server.signed_by(1).unwrap();
}

/// Within so many looks a log that rests has noted how far it came, three times over.
const LOOKS_MAX: u32 = 30;

/// Runs a server until it has signed and that is noted, and kills it.
pub(crate) fn signed_and_killed(data: &Path, address: &str) {
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), data, address).unwrap();
    server.signed_by(1).unwrap();
    let written = |name: &str| fs::metadata(data.join(name)).and_then(|file| file.modified());
    let mut looks = 0;
    until("it is noted", || {
        // The log says once a second how far it had come; sled may write on after that.
        let is_level = written("log/acknowledged")? > written("log/db")? || looks > LOOKS_MAX;
        looks += 1;
        Ok((is_level && data.join("signed-logs").exists()).then_some(()))
    })
    .unwrap();
    server.running.kill();
    fs::remove_file(data.join("admin.sock")).unwrap();
    assert_eq!(verify(data), (true, String::new()));
}

/// Nothing of it is left but the note that there was something.
#[test]
fn what_was_signed_is_missed_where_all_of_it_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let address = free_address().unwrap();
    signed_and_killed(&data, &address);
    fs::remove_dir_all(data.join("audit")).unwrap();
    let before = bytes_below(&data);
    let (is_whole, said) = verify(&data);
    assert!(
        !is_whole && said.contains("no signed checkpoint is left") && said.contains("before you start"),
        "{said}"
    );
    let (is_as_signed, said) = asked(&["audit", "check"], &[("--data", &data)]);
    assert!(
        !is_as_signed && said.contains("no signed checkpoint is left"),
        "{said}"
    );
    assert!(bytes_below(&data) == before, "looking changed something");
    let noted = fs::read_to_string(data.join("signed-logs")).unwrap();
    signed_and_killed(&data, &address);
    assert_eq!(fs::read_to_string(data.join("signed-logs")).unwrap(), noted);

    // Another log in its place, with nothing of `audit`.
    fs::remove_dir_all(data.join("audit")).unwrap();
    fs::remove_dir_all(data.join("log")).unwrap();
    let other = place.path().join("other");
    fs::create_dir(&other).unwrap();
    super::write(&other.join("log"), super::EngineKind::Segments);
    copy_tree(&other.join("log"), &data.join("log"));
    let before = bytes_below(&data);
    for looking in [&["log", "verify"], &["audit", "check"]] {
        let (is_whole, said) = asked(looking, &[("--data", &data)]);
        assert!(
            !is_whole && said.contains("was not restored"),
            "{looking:?}: {said}"
        );
    }
    let said = refused_start(&data, &address);
    assert!(said.contains("not the one that was signed"), "{said}");
    assert!(bytes_below(&data) == before, "a refusal changed something");
}

#[test]
fn keys_of_another_server_are_refused_by_a_start_and_by_a_check_until_the_loss_is_declared() {
    let place = tempfile::tempdir().unwrap();
    let [data, other] = ["data", "other"].map(|name| place.path().join(name));
    let address = free_address().unwrap();
    for directory in [&other, &data] {
        signed_and_killed(directory, &address);
    }
    assert!(asked(&["audit", "check"], &[("--data", &data)]).0);
    fs::remove_dir_all(data.join("keys")).unwrap();
    copy_tree(&other.join("keys"), &data.join("keys"));
    let before = bytes_below(&data);
    let said = refused_start(&data, &address);
    assert!(said.contains("not the keys that signed here"), "{said}");
    for refusing in [&["audit", "check"], &["keys", "rotate"]] {
        let (is_done, said) = asked(refusing, &[("--data", &data)]);
        assert!(
            !is_done && said.contains("not the keys that signed here"),
            "{refusing:?}: {said}"
        );
    }
    assert!(bytes_below(&data) == before, "a refusal changed something");
    fs::rename(data.join("keys"), place.path().join("strange-keys")).unwrap();
    assert!(asked(&["keys", "rotate"], &[("--data", &data)]).0);
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &address).unwrap();
    server.write("Met de nieuwe sleutel").unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    fs::remove_file(data.join("admin.sock")).unwrap();
    assert!(asked(&["audit", "check"], &[("--data", &data)]).0);
}

#[test]
fn a_damaged_note_of_what_was_signed_is_named_and_made_anew_by_a_start() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let address = free_address().unwrap();
    signed_and_killed(&data, &address);
    let states = bytes_below(&data.join("audit"));
    let (state, text) = states
        .iter()
        .find(|(file, _)| file.ends_with("state.json"))
        .unwrap();
    let text = String::from_utf8(text.clone()).unwrap();
    // Origin, size and root of the checkpoint are lines of their own.
    let mut lines: Vec<String> = text.split("\\n").map(str::to_owned).collect();
    let other = if lines[2].starts_with('A') { "B" } else { "A" };
    lines[2].replace_range(..1, other);
    fs::write(state, lines.join("\\n")).unwrap();
    let (is_whole, said) = verify(&data);
    assert!(
        !is_whole && said.contains("every event of the log is whole") && said.contains("state.json"),
        "{said}"
    );
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &address).unwrap();
    server.write("Na de schade").unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    fs::remove_file(data.join("admin.sock")).unwrap();
    assert_eq!(verify(&data), (true, String::new()));

    let audit = bytes_below(&data.join("audit"));
    for (file, _) in audit {
        if file.ends_with("state.json") || file.ends_with("checkpoints.jsonl") {
            fs::remove_file(file).unwrap();
        }
    }
    let (is_whole, said) = verify(&data);
    assert!(
        !is_whole
            && said.contains("every event of the log is whole")
            && said.contains("no signed checkpoint is left"),
        "{said}"
    );
    signed_and_killed(&data, &address);
}
