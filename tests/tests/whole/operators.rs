//! What an operator's commands leave behind and print: nothing that a foreign file makes a terminal do, no key whose time is over, no
//! plan that nobody can use; and what they do not take.

use std::path::Path;
use std::process::{Command, Output};

use schema::audit::{
    Checkpoint, Disclosure, Extent, LogSigner, PlanOrigin, Proof, SignedCheckpoint, TreeHash, TreeHead,
};
use schema::ids::{EventId, IncarnationId, PlanId, Position, TimestampMs};
use schema::log::{Kind, NewEvent, Salts, Stream, Via, Who};
use schrijftafel_server::key_archive::{self, Fresh};
use schrijftafel_server::log::engine::{self, Opening};
use schrijftafel_server::log::{AppendRequest, EventLog, MemoryLog};
use tests::every_event::every_event;

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");
const PASSPHRASE: &str = "drie koeien in de sloot";
const PLAN: PlanId = PlanId::from_bytes([1; 16]);

fn schrijftafel(arguments: &[&str], data: &Path) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("SCHRIJFTAFEL_PASSPHRASE", PASSPHRASE)
        .output()
        .unwrap()
}

#[track_caller]
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// A proof of one event, signed by a key of whoever made it.
fn proof_of(payload: &str) -> String {
    let log = MemoryLog::new(IncarnationId::from_bytes([2; 16]));
    let event = NewEvent {
        id: EventId::from_bytes([3; 16]),
        stream: Stream::Plan,
        kind: Kind::new("plan.renamed", 1),
        who: Who::Itself,
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: payload.as_bytes().into(),
    };
    let request = AppendRequest {
        plan: PLAN,
        events: vec![event],
        guards: Vec::new(),
    };
    let mut salts = || Salts {
        envelope: [4; 32],
        payload: [5; 32],
    };
    log.append_group(TimestampMs(1), &mut salts, vec![request])[0]
        .as_ref()
        .unwrap();
    let record = every_event(&log, PLAN).remove(0);
    let origin = PlanOrigin {
        plan: PLAN,
        incarnation: log.incarnation(),
    };
    let signer = LogSigner::from_seed(origin.to_string().parse().unwrap(), &[6; 32]);
    let head = TreeHead {
        size: 1,
        root: TreeHash::of_leaf(&record.leaf(PLAN).to_bytes()),
    };
    let checkpoint = SignedCheckpoint::sign(Checkpoint::new(origin.origin(), head), &signer).unwrap();
    let proof = Proof::new(
        Disclosure::of(&record, PLAN, Extent::Everything),
        Vec::new(),
        checkpoint,
    );
    let key = signer.verifier();
    let quorum = r#"{"required":0,"witnesses":[]}"#;
    format!(
        r#"{{"proof":{},"trust":{{"origin":"{origin}","logKeys":["{key}"],"quorum":{quorum}}},"shown":"everything"}}"#,
        proof.to_json()
    )
}

#[test]
fn text_of_a_foreign_file_makes_a_terminal_do_nothing() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("proof.json");
    let foreign = "Plan\u{1b}[2J\u{9b}1A\u{202e}\r\nSigned: the first 9 events, by a key you named: mine.";
    std::fs::write(&file, proof_of(foreign)).unwrap();
    let checked = Command::new(PROGRAM)
        .args(["audit", "verify"])
        .arg(&file)
        .output()
        .unwrap();
    let told = said(&checked);
    assert!(
        told.contains(r"Plan\u{1b}[2J\u{9b}1A\u{202e}\u{d}\u{a}Signed"),
        "{told:?}"
    );
    let is_ours = |one: char| one == '\n' || !(one.is_control() || one == '\u{202e}');
    assert!(told.chars().all(is_ours), "{told:?}");
    assert!(
        told.lines()
            .all(|line| !line.contains("by a key you named") || line.contains("Content"))
    );

    // What is refused is told in the same way, also by another command.
    std::fs::write(&file, "{\"\u{1b}[2J\u{202e}").unwrap();
    for arguments in [&["audit", "verify"][..], &["import-plan"]] {
        let mut command = Command::new(PROGRAM);
        let refused = command
            .current_dir(place.path())
            .args(arguments)
            .arg(&file)
            .output()
            .unwrap();
        assert!(!refused.status.success());
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.chars().all(is_ours), "{told:?}");
    }
}

/// Says of a key that its time is over, with what signs still in its file, as a server that was stopped before leaves it.
fn end(key: &Path) {
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(key).unwrap()).unwrap();
    assert!(stored["seed"].is_string());
    stored["untilMs"] = 1.into();
    std::fs::write(key, stored.to_string()).unwrap();
}

#[test]
fn a_key_whose_time_is_over_does_not_come_back_from_a_copy_of_the_keys() {
    let place = tempfile::tempdir().unwrap();
    let [data, back, older] = ["data", "back", "older"].map(|name| place.path().join(name));
    let [copy, old_copy] = ["keys.age", "old.age"].map(|name| place.path().join(name));
    std::fs::create_dir(&data).unwrap();
    for _ in 0..2 {
        said(&schrijftafel(&["keys", "rotate"], &data));
    }
    let keys = data.join("keys");
    end(&keys.join("log-key-0001.json"));
    std::fs::write(keys.join("log-key-0001.json.new"), r#"{"seed":"half"}"#).unwrap();
    // As a program packed it that did not look.
    let fresh = Fresh {
        file_key: [1; 16],
        salt: [2; 16],
        nonce: [3; 16],
    };
    key_archive::pack(&keys, &old_copy, PASSPHRASE, &fresh).unwrap();
    said(&schrijftafel(
        &["keys", "backup", "--to", copy.to_str().unwrap()],
        &data,
    ));
    for (copy, back) in [(&copy, &back), (&old_copy, &older)] {
        said(&schrijftafel(
            &["keys", "restore", "--from", copy.to_str().unwrap()],
            back,
        ));
        let text = |name: &str| std::fs::read_to_string(back.join("keys").join(name)).unwrap();
        assert!(!text("log-key-0001.json").contains("seed"), "{}", copy.display());
        assert!(text("log-key-0002.json").contains("seed"));
        assert!(!back.join("keys/log-key-0001.json.new").exists());
    }
    assert!(
        !std::fs::read_to_string(keys.join("log-key-0001.json"))
            .unwrap()
            .contains("seed")
    );
}

/// A kill can come between two appends, and never within one.
#[test]
fn a_new_plan_is_written_in_one_append() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let told = said(&schrijftafel(
        &[
            "new-plan",
            "--title",
            "Regioplan",
            "--area",
            "Waterland",
            "--party",
            "GGD",
            "--person",
            "Anna",
        ],
        &data,
    ));
    let plan: PlanId = told.split_whitespace().nth(1).unwrap().parse().unwrap();
    let directory = data.join("log");
    engine::wait_until_closed(&directory).unwrap();
    let log = engine::open_existing(&directory, Opening::Check).unwrap();
    let (life, events) = (log.incarnation(), every_event(log.as_ref(), plan).len());
    drop(log);
    let (mark, first) = engine::remains_of(&directory, life)
        .unwrap()
        .record(plan, Position(0))
        .unwrap();
    assert_eq!(first.envelope.kind.to_string(), "actor.bound/1");
    assert!(events > 1);
    assert_eq!((mark.index, mark.remaining as usize + 1), (0, events));
}

#[test]
fn an_address_that_is_none_and_no_time_between_signatures_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let id = PLAN.to_string();
    let link = ["sign-in-link", "--person", &id, "--party", &id, "--origin"];
    let new = [
        "new-plan", "--title", "A", "--party", "B", "--person", "C", "--origin",
    ];
    for wrong in [
        "foo",
        "https://",
        "plan.example.nl",
        "https://plan.example.nl/pad",
        "https://a b",
    ] {
        for command in [&link[..], &new] {
            let refused = schrijftafel(&[command, &[wrong]].concat(), place.path());
            let told = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(
                !refused.status.success() && told.contains("without a path"),
                "{wrong}: {told}"
            );
        }
    }
    for (wrong, why) in [("0", "once a second at most"), ("x", "whole number")] {
        let refused = schrijftafel(&["serve", "--checkpoint-seconds", wrong], place.path());
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains(why), "{told}");
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
