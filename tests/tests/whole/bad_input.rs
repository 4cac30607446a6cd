//! Commands that are given what they can do nothing with: each says in one line why, and says nothing in it twice.

use std::path::Path;
use std::process::Command;

use schema::ids::PlanId;

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");

/// The one line in which a command says why it did nothing.
fn refused(directory: &Path, arguments: &[&str]) -> String {
    refused_of(Command::new(PROGRAM).current_dir(directory), arguments)
}

fn refused_of(command: &mut Command, arguments: &[&str]) -> String {
    let run = command.args(arguments).output().unwrap();
    assert_eq!(run.status.code(), Some(1), "{arguments:?}");
    let said = String::from_utf8(run.stderr).unwrap();
    let line = said.lines().last().unwrap_or_default().to_owned();
    line.strip_prefix("schrijftafel: ")
        .unwrap_or_else(|| panic!("{arguments:?}: {said}"))
        .to_owned()
}

#[test]
fn a_command_says_each_cause_once() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "{no").unwrap();
    std::fs::create_dir(directory.path().join("data")).unwrap();
    let commands: [&[&str]; 7] = [
        &["log", "verify", "--data", "file"],
        &["log", "compact", "--data", "nowhere"],
        &["backup", "--data", "data", "--to", "file"],
        &["restore", "--from", "file", "--data", "new"],
        &["keys", "rotate", "--data", "file"],
        &["import-plan", "--data", "data", "file"],
        &["serve", "--data", "file", "--listen", "127.0.0.1:0"],
    ];
    for arguments in commands {
        let line = refused(directory.path(), arguments);
        let parts: Vec<_> = line.split(": ").collect();
        let last = parts.last().unwrap();
        assert_eq!(line.matches(last).count(), 1, "{arguments:?}: {line}");
    }
}

#[test]
fn a_backup_whose_directory_is_named_without_to_says_how_to_name_it() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("data")).unwrap();
    let line = refused(directory.path(), &["backup", "--data", "data", "copy"]);
    assert!(
        line.contains("schrijftafel backup --data data --to copy"),
        "{line}"
    );
    assert!(!directory.path().join("copy").exists());
}

/// A service that makes copies of the keys has no terminal.
#[test]
#[cfg(target_os = "linux")]
fn who_cannot_be_asked_for_a_passphrase_is_told_where_to_give_it() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("data")).unwrap();
    let mut alone = Command::new("setsid");
    alone
        .args(["--wait", PROGRAM])
        .current_dir(directory.path())
        .env_remove("SCHRIJFTAFEL_PASSPHRASE");
    let line = refused_of(
        &mut alone,
        &["keys", "backup", "--data", "data", "--to", "keys.age"],
    );
    assert!(
        line.contains("SCHRIJFTAFEL_PASSPHRASE") && !line.contains("os error"),
        "{line}"
    );
}

/// It may be the only copy of other keys.
#[test]
fn keys_are_not_copied_over_a_file_that_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let [keys, archive] = ["data/keys", "keys.age"].map(|name| directory.path().join(name));
    std::fs::create_dir_all(&keys).unwrap();
    std::fs::write(keys.join("log-key-0001.json"), r#"{"public":"","fromMs":0}"#).unwrap();
    std::fs::write(&archive, "others").unwrap();
    let copying = ["keys", "backup", "--data", "data", "--to", "keys.age"];
    let mut asked = Command::new(PROGRAM);
    asked
        .current_dir(directory.path())
        .env("SCHRIJFTAFEL_PASSPHRASE", "vier woorden zijn genoeg");
    let line = refused_of(&mut asked, &copying);
    assert!(
        line.contains("keys.age is there already") && line.contains("--force"),
        "{line}"
    );
    assert_eq!(std::fs::read(&archive).unwrap(), b"others");
    // After what was asked before.
    assert!(asked.arg("--force").status().unwrap().success());
    assert!(
        std::fs::read(&archive)
            .unwrap()
            .starts_with(b"age-encryption.org")
    );
}

/// A backup below the log would go with the log when that is compacted.
#[test]
fn nothing_is_written_into_the_data_directory_or_around_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    std::fs::create_dir_all(data.join("log")).unwrap();
    let plan = PlanId::from_bytes([1; 16]).to_string();
    let commands: [&[&str]; 5] = [
        &["backup", "--data", "data", "--to", "data/log"],
        &["backup", "--data", "data", "--to", "data"],
        &["backup", "--data", "data", "--to", "."],
        &["keys", "backup", "--data", "data", "--to", "data/log/keys.age"],
        &[
            "export",
            "--data",
            "data",
            "--plan",
            &plan,
            "--out",
            "data/log/plan",
        ],
    ];
    for arguments in commands {
        let line = refused(directory.path(), arguments);
        assert!(line.contains("lies in"), "{arguments:?}: {line}");
    }
    let is_empty = |place: &Path| std::fs::read_dir(place).unwrap().next().is_none();
    assert!(is_empty(&data.join("log")));
}
