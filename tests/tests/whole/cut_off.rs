//! Loading the sample and importing a file, killed again and again: done once more they end as if nothing had happened.
//!
//! `CUT_OFF_SEED` sets the instants.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use schema::ids::PlanId;
use schrijftafel_server::cli::sample;
use schrijftafel_server::clock::passed_ms;
use schrijftafel_server::http::app::Settings;
use schrijftafel_server::node::Node;
use schrijftafel_server::views::chapter_history::HistoryError;
use tests::every_event::every_event;

/// Kills before a run may take all the time it needs.
const KILLS: u32 = 12;
/// The part of a whole run's time that passes between two kills, at most.
const PART: u64 = 3;

/// Runs a command until it says `last` or for `wait`; kills it then. Says whether it came to the end.
fn run_for(wait: Duration, arguments: &[&str], last: &str) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (said, hears) = mpsc::channel();
    let wanted = last.to_owned();
    let listening = std::thread::spawn(move || {
        let found = output
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains(&wanted));
        let _ = said.send(found);
    });
    let ended = hears.recv_timeout(wait).unwrap_or(false);
    child.kill().unwrap();
    child.wait().unwrap();
    listening.join().unwrap();
    ended
}

/// Runs a command to its end; answers how many milliseconds that took.
fn run_whole(arguments: &[&str], last: &str) -> u64 {
    let started = passed_ms();
    assert!(run_for(Duration::from_secs(300), arguments, last));
    passed_ms() - started
}

/// Runs a command again and again, killed in between, and once to its end. Answers how often it was cut off.
fn run_through_kills(arguments: &[&str], last: &str, whole_ms: u64) -> u32 {
    let mut seed = std::env::var("CUT_OFF_SEED").map_or(0x5eed, |seed| seed.parse().unwrap());
    let mut cut_off = 0;
    for _ in 0..KILLS {
        let wait = Duration::from_millis(next_random(&mut seed) % (whole_ms / PART).max(1));
        cut_off += u32::from(!run_for(wait, arguments, last));
    }
    assert!(
        run_for(Duration::from_secs(300), arguments, last),
        "it comes to its end"
    );
    cut_off
}

fn next_random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// What is in a plan, apart from times and salts: its events by kind, and the title and text of its chapters in order.
async fn content(data: &Path, plan: PlanId) -> (BTreeMap<String, usize>, Vec<(String, String)>) {
    let node = Node::open_whole(data, Settings::default()).await.unwrap();
    let mut kinds = BTreeMap::new();
    for record in every_event(node.app.log.as_ref(), plan) {
        *kinds.entry(record.envelope.kind.to_string()).or_default() += 1;
    }
    let order = node.app.views.look(plan, |view| {
        let order = view.state.chapters.in_reading_order().into_iter();
        order
            .map(|(_, id)| (id, view.state.chapters.get(id).unwrap().title.to_string()))
            .collect::<Vec<_>>()
    });
    let texts = order.unwrap().into_iter().map(|(id, title)| {
        let text = node.app.histories.ask((plan, id), |past| {
            let lines = past.view(past.revision_at(None)?).blame(|_| ());
            let lines = lines
                .into_iter()
                .map(|line| line.runs.into_iter().map(|run| run.text).collect());
            Ok::<_, HistoryError>(lines.collect::<Vec<String>>().join("\n"))
        });
        (title, text.unwrap())
    });
    let texts = texts.collect();
    node.close();
    (kinds, texts)
}

#[test]
fn a_sample_cut_off_at_any_instant_loads_as_if_it_never_was() {
    let (whole, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = |data: &Path| {
        let data = data.to_str().unwrap().to_owned();
        [
            "demo".to_owned(),
            "--listen".to_owned(),
            "127.0.0.1:0".to_owned(),
            "--data".to_owned(),
            data,
        ]
    };
    let (once, often) = (demo(whole.path()), demo(cut.path()));
    let once: Vec<&str> = once.iter().map(String::as_str).collect();
    let often: Vec<&str> = often.iter().map(String::as_str).collect();
    let whole_ms = run_whole(&once, "Open one link");
    let cut_off = run_through_kills(&often, "Open one link", whole_ms);
    assert!(cut_off >= KILLS / 2, "the instants lie before its end: {cut_off}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let expected = runtime.block_on(content(whole.path(), sample::plan_id()));
    assert!(expected.1.len() >= 8);
    assert_eq!(runtime.block_on(content(cut.path(), sample::plan_id())), expected);
}

/// Chapters enough that a kill falls among them.
fn document() -> String {
    let sentence = "In dit deel gaat het over zorg dichtbij, in gewone zinnen die lang genoeg zijn om tekst te heten.\n\n";
    (1..=60)
        .map(|nth| format!("# Hoofdstuk {nth}. Over deel {nth}\n\n{}", sentence.repeat(20)))
        .collect()
}

#[test]
fn an_import_cut_off_at_any_instant_goes_on_and_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plan.md");
    std::fs::write(&file, document()).unwrap();
    let file = file.to_str().unwrap();
    let import = |data: &Path| {
        let (plan, person) = new_plan(data);
        let data = data.to_str().unwrap();
        let arguments = [
            "import", file, "--data", data, "--plan", &plan, "--person", &person,
        ];
        (arguments.map(str::to_owned), plan)
    };
    let (whole, cut) = (directory.path().join("whole"), directory.path().join("cut"));
    let ((once, one), (often, other)) = (import(&whole), import(&cut));
    let once: Vec<&str> = once.iter().map(String::as_str).collect();
    let often: Vec<&str> = often.iter().map(String::as_str).collect();
    let whole_ms = run_whole(&once, "60 chapters written");
    let cut_off = run_through_kills(&often, "were there already", whole_ms);
    assert!(cut_off >= KILLS / 3, "the instants lie before its end: {cut_off}");
    assert!(run_for(
        Duration::from_secs(300),
        &often,
        "0 chapters written, 60 were there already"
    ));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let expected = runtime.block_on(content(&whole, one.parse().unwrap()));
    assert_eq!(expected.1.len(), 60);
    assert_eq!(runtime.block_on(content(&cut, other.parse().unwrap())), expected);
}

/// A region starts: the ids that the command prints.
fn new_plan(data: &Path) -> (String, String) {
    let arguments = [
        "--title",
        "Regioplan Waterland",
        "--party",
        "Programmabureau",
        "--person",
        "Petra Prins",
    ];
    let run = || {
        Command::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
            .args(["new-plan", "--data", data.to_str().unwrap()])
            .args(arguments)
            .output()
            .unwrap()
    };
    let made = run();
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(
        made.status.success() && said.contains("/aanmelden#token="),
        "{said}"
    );
    let after = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} in {said}"))
            .trim()
            .to_owned()
    };
    let again = run();
    assert!(!again.status.success(), "the same title twice is a mistake");
    assert!(
        String::from_utf8(again.stderr)
            .unwrap()
            .contains("sign-in-link --person")
    );
    (after("Plan:"), after("Person:"))
}

#[test]
fn an_import_into_a_directory_that_is_not_there_makes_none() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("plan.md");
    std::fs::write(&file, document()).unwrap();
    let mistyped = directory.path().join("dta");
    let id = "00000000-0000-0000-0000-000000000001";
    let refused = Command::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
        .args([
            "import",
            file.to_str().unwrap(),
            "--plan",
            id,
            "--person",
            id,
            "--data",
        ])
        .arg(&mistyped)
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("there is no data of a server in"),
        "{said}"
    );
    assert!(!mistyped.exists());
}
