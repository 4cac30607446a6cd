//! The commands around export files, as processes: written, checked, taken over; and what they say of files that are
//! not right.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use schema::audit::PlanOrigin;
use schema::export::{Made, Seals, Show};
use schema::ids::TimestampMs;
use schrijftafel_server::cli::sample;
use schrijftafel_server::export::PlanExport;
use schrijftafel_server::http::app::Settings;
use schrijftafel_server::log::engine::{self, Opening};
use schrijftafel_server::log::{AppendRequest, EventLog};
use schrijftafel_server::node::Node;
use tests::audited::free_address;
use tests::every_event::every_event;

use crate::damage::gone::signed_and_killed;

/// A data directory with the sample plan, closed.
fn sample_data(data: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let node = Node::open_whole(data, Settings::default()).await.unwrap();
        assert!(sample::load(&node.app).await.unwrap());
        node.close();
    });
    drop(runtime);
    engine::wait_until_closed(&data.join("log")).unwrap();
}

fn schrijftafel(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn export(data: &Path, out: &Path) -> Output {
    let plan = sample::plan_id().to_string();
    schrijftafel(&[
        "export",
        "--plan",
        &plan,
        "--data",
        text(data),
        "--out",
        text(out),
    ])
}

fn chains(data: &Path) -> Vec<[u8; 32]> {
    let log = engine::open_existing(&data.join("log"), Opening::Check).unwrap();
    let events = every_event(log.as_ref(), sample::plan_id());
    events.iter().map(|record| record.chain).collect()
}

#[test]
fn a_plan_goes_from_one_server_to_another_with_every_proof() {
    let directory = tempfile::tempdir().unwrap();
    let (data, other) = (directory.path().join("data"), directory.path().join("other"));
    let file = directory.path().join("plan.jsonl");
    sample_data(&data);
    said(&export(&data, &file));
    assert!(
        refused(&export(&data, &file)).contains("is there already"),
        "no file is overwritten"
    );
    let verdict = said(&schrijftafel(&["audit", "verify", text(&file)]));
    assert!(
        verdict.contains("none missing") && verdict.contains("Not signed"),
        "{verdict}"
    );
    for engine in ["sled", "segments"] {
        let other = other.join(engine);
        let import = [
            "import-plan",
            text(&file),
            "--accept-unsigned",
            "--engine",
            engine,
            "--data",
            text(&other),
        ];
        let first = said(&schrijftafel(&import));
        assert!(first.contains(" 0 were here already"), "{first}");
        assert_eq!(
            chains(&other),
            chains(&data),
            "the same records, so the same roots"
        );
        assert!(said(&schrijftafel(&import)).contains(" 0 events added"));
        said(&schrijftafel(&["log", "verify", "--data", text(&other)]));
    }
    let again = directory.path().join("again.jsonl");
    said(&export(&other.join("segments"), &again));
    let roots = [&file, &again].map(|file| {
        let json = said(&schrijftafel(&["audit", "verify", "--json", text(file)]));
        let told: serde_json::Value = serde_json::from_str(&json).unwrap();
        (
            told["root"].clone(),
            told["register"].clone(),
            told["size"].clone(),
        )
    });
    assert_eq!(roots[0], roots[1]);
    assert!(!roots[0].1.as_array().unwrap().is_empty());
}

#[test]
fn what_does_not_verify_is_named_and_not_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let (file, bad) = (
        directory.path().join("plan.jsonl"),
        directory.path().join("bad.jsonl"),
    );
    sample_data(&data);
    said(&export(&data, &file));
    let whole = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let without_seventh = [&lines[..8], &lines[9..]].concat().join("\n") + "\n";
    let cut_off = lines[..lines.len() - 1].join("\n") + "\n";
    let by_windows = lines.join("\r\n") + "\r\n";
    for (content, fault) in [
        (without_seventh, "event 7"),
        (cut_off, "last line"),
        (by_windows, "as Windows ends lines"),
    ] {
        fs::write(&bad, content).unwrap();
        let verdict = refused(&schrijftafel(&["audit", "verify", text(&bad)]));
        assert!(verdict.contains(fault), "{verdict}");
        let empty = directory.path().join("empty");
        let import = schrijftafel(&["import-plan", text(&bad), "--data", text(&empty)]);
        assert!(refused(&import).contains(fault));
        assert!(!empty.exists(), "nothing is left that a command takes for a log");
    }
    let key = "example.org+4e4e4e4e+AQ==";
    let asked = schrijftafel(&["audit", "verify", text(&file), "--key", key]);
    assert!(!asked.status.success(), "a key that is none is refused");
}

#[test]
fn what_nobody_signed_is_taken_over_only_when_that_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let [data, other, file] = ["data", "other", "plan.jsonl"].map(|name| directory.path().join(name));
    let import = |more: &[&str]| {
        let import = [&["import-plan", text(&file), "--data", text(&other)], more].concat();
        schrijftafel(&import)
    };
    sample_data(&data);
    said(&export(&data, &file));
    let said_no = refused(&import(&[]));
    assert!(
        said_no.contains("no signature is there for any") && said_no.contains("--accept-unsigned"),
        "{said_no}"
    );
    assert!(!other.exists());

    signed_and_killed(&data, &free_address().unwrap());
    fs::remove_file(&file).unwrap();
    said(&export(&data, &file));
    let done = said(&import(&[]));
    assert!(
        done.contains("Signed: all") && done.contains("only the file names"),
        "{done}"
    );
    fs::remove_dir_all(&other).unwrap();

    // A server that is killed before it signs what was written last.
    write_one_more(&data);
    fs::remove_file(&file).unwrap();
    said(&export(&data, &file));
    assert!(refused(&import(&[])).contains("no signature is there for the last "));
    assert!(!other.exists());
    let done = said(&import(&["--accept-unsigned"]));
    assert!(done.contains("not yet the "), "{done}");
    assert_eq!(chains(&other), chains(&data));
}

/// Adds to the sample plan what nobody signs.
fn write_one_more(data: &Path) {
    let log = engine::open_existing(&data.join("log"), Opening::Serve).unwrap();
    let event = schema::log::NewEvent {
        id: schema::ids::EventId::from_bytes([9; 16]),
        stream: schema::log::Stream::Plan,
        kind: schema::log::Kind::new("plan.renamed", 1),
        who: schema::log::Who::Actor(schema::ids::ActorRef(schema::ids::Position(0))),
        via: schema::log::Via::Server,
        causation: None,
        correlation: None,
        payload: br#"{"title":"Nog niet getekend"}"#.to_vec().into(),
    };
    let request = AppendRequest {
        plan: sample::plan_id(),
        events: vec![event],
        guards: Vec::new(),
    };
    let mut salts = || schema::log::Salts {
        envelope: [1; 32],
        payload: [2; 32],
    };
    let now = schrijftafel_server::clock::now_ms();
    log.append_group(now, &mut salts, vec![request])[0]
        .as_ref()
        .unwrap();
    drop(log);
    engine::wait_until_closed(&data.join("log")).unwrap();
}

#[test]
fn a_selection_and_another_plan_are_not_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let (data, other) = (directory.path().join("data"), directory.path().join("other"));
    let selection = directory.path().join("selection.jsonl");
    sample_data(&data);
    let log = engine::open_existing(&data.join("log"), Opening::Check).unwrap();
    fs::write(&selection, selected(log.as_ref())).unwrap();
    drop(log);
    engine::wait_until_closed(&data.join("log")).unwrap();
    said(&schrijftafel(&["audit", "verify", text(&selection)]));
    let import = schrijftafel(&["import-plan", text(&selection), "--data", text(&other)]);
    assert!(refused(&import).contains("not whole"));
    assert!(!other.exists());
    // The sample plan has a fixed id, and a history of its own each time it is loaded.
    sample_data(&other);
    let file = directory.path().join("plan.jsonl");
    said(&export(&data, &file));
    let before = chains(&other);
    let import = [
        "import-plan",
        text(&file),
        "--accept-unsigned",
        "--data",
        text(&other),
    ];
    assert!(refused(&schrijftafel(&import)).contains("is here already"));
    assert_eq!(chains(&other), before);
}

/// An export without texts.
fn selected(log: &dyn EventLog) -> Vec<u8> {
    let plan = sample::plan_id();
    let origin = PlanOrigin {
        plan,
        incarnation: log.incarnation(),
    };
    let made = Made {
        program: "test".to_owned(),
        at: TimestampMs(0),
        filter: Some([("subject".to_owned(), "plan".to_owned())].into()),
    };
    let mut export = PlanExport::begin(origin, log.next_position(plan).0, made, Seals::default());
    let mut file = Vec::new();
    let show = |record: &schema::log::Record| match record.envelope.stream {
        schema::log::Stream::Text(..) => Show::LeftOut,
        _ => Show::Whole,
    };
    while let Some(piece) = export.piece(log, show).unwrap() {
        file.extend(piece);
    }
    file
}
