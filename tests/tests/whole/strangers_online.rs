//! Strangers' programs against a running server: `aics-tlog` checks what is published over HTTP, `aics-witness`
//! cosigns it. They are not ours, and know of us only what C2SP says.
//!
//! They need Python 3.12 or later. Without it these tests say so, loudly, and test nothing; `STRANGERS_REQUIRED=1`
//! makes that a failure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema::audit::WitnessKey;
use serde_json::Value;
use tests::audited::{AuditedServer, Running, free_address, run, until};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
}

/// The folder of their commands.
fn strangers() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // Beside the test program, so wherever this build has its target directory.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let installed = Command::new(root.join("scripts/strangers.sh"))
        .arg(target)
        .output()
        .unwrap();
    if installed.status.success() {
        return Some(PathBuf::from(String::from_utf8(installed.stdout).unwrap().trim()));
    }
    let why = String::from_utf8_lossy(&installed.stderr).into_owned();
    assert!(std::env::var_os("STRANGERS_REQUIRED").is_none(), "{why}");
    assert_eq!(
        installed.status.code(),
        Some(3),
        "strangers' tools are not installed: {why}"
    );
    eprintln!("SKIPPED, NOT TESTED: {why}");
    None
}

/// Runs one of their commands; its report.
#[track_caller]
fn said(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(done.status.success(), "{command:?}: {said}");
    said
}

#[test]
fn a_strangers_witness_cosigns_and_a_strangers_tool_checks_everything() {
    let Some(tools) = strangers() else { return };
    let place = tempfile::tempdir().unwrap();
    let (data, config) = (place.path().join("server"), place.path().join("witness.json"));
    let address = free_address().unwrap();
    let their_address = free_address().unwrap();

    let vkey = said(
        Command::new(tools.join("aics-witness"))
            .args([
                "init",
                "--name",
                "stranger.example/w1",
                "--listen",
                &their_address,
                "--config",
            ])
            .arg(&config),
    );
    let words = vkey.split_whitespace();
    let key: WitnessKey = words
        .into_iter()
        .find_map(|word| word.parse().ok())
        .expect("a vkey");
    fs::create_dir_all(&data).unwrap();
    let configured = format!(
        "required = 1\n[[witness]]\nid = \"stranger\"\nurl = \"http://{their_address}\"\nkeys = [\"{key}\"]\n"
    );
    fs::write(data.join("witnesses.toml"), configured).unwrap();
    let server = AuditedServer::start(program(), &data, &address).unwrap();

    // What we print for strangers' witnesses is what they read.
    let logs: Value = until("the first log is published", || {
        let printed = run(program(), &["audit", "witness-config", "--each-log"], &data)?;
        Ok(Some(serde_json::from_str(&printed)?))
    })
    .unwrap();
    let origin = logs["logs"][0]["origin"].as_str().unwrap();
    let log_key = logs["logs"][0]["vkeys"][0].as_str().unwrap();
    said(
        Command::new(tools.join("aics-witness"))
            .args(["add-log", "--origin", origin, "--vkey", log_key, "--config"])
            .arg(&config),
    );
    let _witness = start_witness(&tools, &config, &their_address);
    let first = server.signed_by(2).unwrap();
    assert!(first.cosigned_at(&key).unwrap().is_some());

    let saved = place.path().join("earlier");
    let tlog = |what: &str| {
        let mut command = Command::new(tools.join("aics-tlog"));
        command.args([
            what,
            "--tiles",
            &server.published(),
            "--log-key",
            log_key,
            "--origin",
            origin,
        ]);
        command.args(["--witness-key", &key.to_string(), "--quorum", "1"]);
        command
    };
    said(tlog("verify-checkpoint").arg("--save-checkpoint").arg(&saved));
    for title in ["Een", "Twee"] {
        server.write(title).unwrap();
    }
    let second = server.signed_by(2).unwrap();
    assert!(second.checkpoint().head.size > first.checkpoint().head.size);
    said(tlog("verify-consistency").arg("--old-checkpoint").arg(&saved));

    let entry = place.path().join("entry");
    for index in [0, 3, second.checkpoint().head.size - 1] {
        let mut inclusion = tlog("verify-inclusion");
        said(
            inclusion
                .args(["--index", &index.to_string(), "--entry-out"])
                .arg(&entry),
        );
        let leaf = schema::log::Leaf::from_bytes(&fs::read(&entry).unwrap()).unwrap();
        assert_eq!((leaf.plan, leaf.position.0), (AuditedServer::plan(), index));
    }
    // They also say no: another plan's key is not this one's.
    let other = log_key.replacen("schrijftafel.org", "schrijftafel.example", 1);
    let mut wrong = Command::new(tools.join("aics-tlog"));
    wrong.args([
        "verify-checkpoint",
        "--tiles",
        &server.published(),
        "--log-key",
        &other,
    ]);
    assert!(!wrong.output().unwrap().status.success());
}

fn start_witness(tools: &Path, config: &Path, address: &str) -> Running {
    let mut command = Command::new(tools.join("aics-witness"));
    command.arg("serve").arg("--config").arg(config);
    let running = Running::start(&mut command, "", 0).unwrap();
    until("the stranger's witness listens", || {
        Ok(std::net::TcpStream::connect(address).ok())
    })
    .unwrap();
    running
}
