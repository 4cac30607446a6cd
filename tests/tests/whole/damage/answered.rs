//! What a repair says of a server's log that was damaged after the server was killed, when nothing is missing of what it had
//! answered: that, in one sentence, and that all is done.

use std::fs;
use std::path::Path;
use std::process::Command;

use schema::ids::IncarnationId;
use schrijftafel_server::log::engine::{self, EngineKind};
use tests::audited::{AuditedServer, free_address, until};

use super::gone::asked;
use super::killed::{SCHRIJFTAFEL, contents, holds_all};
use super::last_group::used;
use super::{copy_tree, verify};

/// Bits flipped in each log, one at a time.
const FLIPS: usize = 9;

#[test]
fn a_repair_after_which_nothing_answered_is_missing_says_so_and_is_all_done() {
    let place = tempfile::tempdir().unwrap();
    let [data, backup, damaged] = ["data", "backup", "damaged"].map(|name| place.path().join(name));
    let log = data.join("log");
    fs::create_dir(&data).unwrap();
    drop(engine::create(&log, EngineKind::Sled, IncarnationId::from_bytes([9; 16])).unwrap());
    engine::wait_until_closed(&log).unwrap();
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &free_address().unwrap()).unwrap();
    server.write("Eerst dit").unwrap();
    server.signed_by(1).unwrap();
    assert!(asked(&["backup"], &[("--data", &data), ("--to", &backup)]).0);
    let used = used(&log.join("db"));
    let noted = fs::read(log.join("acknowledged")).unwrap();
    server.write("Dan dat").unwrap();
    // What is noted now was answered when all of the backup was.
    until("it is noted", || {
        Ok((fs::read(log.join("acknowledged"))? != noted).then_some(()))
    })
    .unwrap();
    server.running.kill();
    fs::remove_file(data.join("admin.sock")).unwrap();
    copy_tree(&data, &damaged);
    let held = contents(&damaged);
    fs::remove_dir_all(&damaged).unwrap();

    let mut mended = 0;
    for number in 1..=FLIPS {
        copy_tree(&data, &damaged);
        let path = damaged.join("log").join("db");
        let mut bytes = fs::read(&path).unwrap();
        let at = used * number / (FLIPS + 1);
        bytes[at] ^= 4;
        fs::write(&path, bytes).unwrap();
        mended += u32::from(!verify(&damaged).0);
        let (code, said) = repaired(&damaged, &backup);
        assert_eq!(code, Some(0), "byte {at} of {used}: {said}");
        assert!(
            said.contains("Nothing is missing of what anybody was told was stored")
                || said.contains("the log is whole"),
            "byte {at} of {used}: {said}"
        );
        assert!(holds_all(&contents(&damaged), &held), "byte {at} of {used}");
        fs::remove_dir_all(&damaged).unwrap();
    }
    assert!(mended > 0);
}

fn repaired(data: &Path, backup: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(SCHRIJFTAFEL);
    command
        .args(["log", "repair", "--data"])
        .arg(data)
        .arg("--from")
        .arg(backup);
    let done = command.env("RUST_LOG", "off").output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8_lossy(&said).into_owned())
}
