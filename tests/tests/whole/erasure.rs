//! What two people of the programme team had erased is nowhere on the disk once the log is compacted, nor in a backup
//! made afterwards, whatever engine keeps the log; and everything that was recorded is still proved.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use tests::operator::{self, files_holding, said};
use tests::served::{PROGRAMME, SECOND_PROGRAMME, Served, WRITER};

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");
/// Words that nothing else on the disk has, also not by chance.
const SECRET: &str = "Zwanehilde-Jansdochter-0612345678";

fn run(arguments: &[&str], paths: &[(&str, &Path)]) -> Output {
    operator::run(PROGRAM, arguments, paths)
}

/// A commitment whose solution named somebody, and does so no more; answers where both were said.
async fn written(server: &Served) -> String {
    let writer = server.sign_in(WRITER).await.unwrap();
    let seen = server.get(&writer, "").await.unwrap();
    let chapters = seen["chapters"].as_array().unwrap();
    let own = chapters
        .iter()
        .find(|chapter| chapter["mayWrite"] == true)
        .unwrap();
    let content = json!({ "title": "Nachtzorg samen", "chapterId": own["id"], "solution": SECRET });
    let made = server.post(&writer, "/commitments", content).await.unwrap();
    let path = format!("/commitments/{}", made["id"].as_str().unwrap());
    let tag = format!("\"{}\"", made["revision"]);
    let patch = json!({ "solution": "Nachtzorg bellen" });
    server.patch(&writer, &path, &tag, patch).await.unwrap();
    path
}

async fn erased(server: &Served, path: &str) -> Value {
    let asker = server.sign_in(PROGRAMME).await.unwrap();
    let told = server.get(&asker, &format!("{path}/changes")).await.unwrap();
    let made = told["items"][1]["position"].clone();
    let body = json!({ "positions": [made], "ground": "unlawful", "explanation": "telefoonnummer" });
    asked_and_approved(server, body).await
}

/// A request to erase, approved by a second person and carried out.
pub async fn asked_and_approved(server: &Served, body: Value) -> Value {
    let asker = server.sign_in(PROGRAMME).await.unwrap();
    let asked = server.post(&asker, "/erasures", body).await.unwrap();
    let one = format!("/erasures/{}", asked["id"].as_str().unwrap());
    let approver = server.sign_in(SECOND_PROGRAMME).await.unwrap();
    let body = json!({ "decision": "approve" });
    server
        .post(&approver, &format!("{one}/decisions"), body)
        .await
        .unwrap();
    for _ in 0..300 {
        let found = server.get(&approver, &one).await.unwrap();
        if found["state"] == "carriedOut" {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not carried out in time");
}

/// Two people of two rooms erase; the operator compacts and makes a backup.
async fn is_gone_from_every_file(engine: &str) {
    let mut server =
        Served::process_on(Path::new(PROGRAM), &std::env::temp_dir(), &["--engine", engine]).unwrap();
    let place = tempfile::tempdir().unwrap();
    let (before, after) = (place.path().join("before"), place.path().join("after"));
    let path = written(&server).await;
    let data = server.data().to_owned();
    said(&run(&["backup"], &[("--data", &data), ("--to", &before)]));
    assert!(
        !files_holding(&data, SECRET).is_empty(),
        "the search finds what is there"
    );
    assert!(!files_holding(&before, SECRET).is_empty(), "also in a backup");

    let done = erased(&server, &path).await;
    assert_eq!(done["events"].as_array().unwrap().len(), 2);
    let told = server
        .get(&server.sign_in(WRITER).await.unwrap(), "/events")
        .await
        .unwrap();
    assert!(!told.to_string().contains(SECRET));
    // A second run of the same backup writes again what was erased since, also before the log is compacted.
    said(&run(&["backup"], &[("--data", &data), ("--to", &before)]));
    assert_eq!(files_holding(&before, SECRET), Vec::<PathBuf>::new());

    server.kill().unwrap();
    said(&run(&["log", "compact"], &[("--data", &data)]));
    assert_eq!(files_holding(&data, SECRET), Vec::<PathBuf>::new());
    said(&run(&["log", "verify"], &[("--data", &data)]));
    said(&run(&["backup"], &[("--data", &data), ("--to", &after)]));
    assert_eq!(files_holding(&after, SECRET), Vec::<PathBuf>::new());

    server.start_again(Path::new(PROGRAM), &data).await.unwrap();
    let writer = server.sign_in(WRITER).await.unwrap();
    let now = server.get(&writer, &path).await.unwrap();
    assert_eq!(now["solution"], "Nachtzorg bellen");
    assert_eq!(
        files_holding(&data, SECRET),
        Vec::<PathBuf>::new(),
        "a start brings nothing back"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sled_lets_go_of_what_was_erased() {
    is_gone_from_every_file("sled").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_let_go_of_what_was_erased() {
    is_gone_from_every_file("segments").await;
}

/// Two people have erased what a chapter said before; somebody has it open.
async fn earlier_text_is_gone_from_every_file(engine: &str) {
    let mut server =
        Served::process_on(Path::new(PROGRAM), &std::env::temp_dir(), &["--engine", engine]).unwrap();
    let place = tempfile::tempdir().unwrap();
    let (before, after) = (place.path().join("before"), place.path().join("after"));
    let data = server.data().to_owned();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut writer = server.client(key, Some(&cookie), 1).await.unwrap();
    writer.type_at(0, 0, "Nachtzorg samen").unwrap();
    let length = SECRET.len();
    writer.type_at(0, 0, SECRET).unwrap();
    writer.settled().await.unwrap();
    said(&run(&["backup"], &[("--data", &data), ("--to", &before)]));
    assert!(
        !files_holding(&data, SECRET).is_empty(),
        "the search finds what is there"
    );
    assert!(!files_holding(&before, SECRET).is_empty(), "also in a backup");
    writer.type_at(0, length, "").unwrap();
    writer.settled().await.unwrap();

    let body = json!({ "textOf": key.1, "ground": "unlawful", "explanation": "telefoonnummer" });
    let done = asked_and_approved(&server, body).await;
    assert_eq!(done["textOf"]["title"], "Op de proef");
    // Who had it open goes on in the fresh text.
    writer.idle(Duration::from_millis(500)).await.unwrap();
    let mut late = server.client(key, Some(&cookie), 2).await.unwrap();
    // Behind the marker of the first paragraph, which a fresh text always has.
    late.type_at(1, 0, "Onze ").unwrap();
    late.settled().await.unwrap();
    said(&run(&["backup"], &[("--data", &data), ("--to", &before)]));
    assert_eq!(files_holding(&before, SECRET), Vec::<PathBuf>::new());

    server.kill().unwrap();
    said(&run(&["log", "compact"], &[("--data", &data)]));
    assert_eq!(files_holding(&data, SECRET), Vec::<PathBuf>::new());
    said(&run(&["log", "verify"], &[("--data", &data)]));
    said(&run(&["backup"], &[("--data", &data), ("--to", &after)]));
    assert_eq!(files_holding(&after, SECRET), Vec::<PathBuf>::new());
    let export = place.path().join("plan.jsonl");
    let plan = key.0.to_string();
    said(&run(
        &["export", "--plan", &plan],
        &[("--data", &data), ("--out", &export)],
    ));
    assert_eq!(files_holding(place.path(), SECRET), Vec::<PathBuf>::new());
    said(&run(&["audit", "verify", export.to_str().unwrap()], &[]));

    server.start_again(Path::new(PROGRAM), &data).await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let text = server
        .get(&cookie, &format!("/chapters/{}/text", key.1))
        .await
        .unwrap();
    assert!(text.to_string().contains("Onze Nachtzorg samen"), "{text}");
    assert_eq!(
        files_holding(&data, SECRET),
        Vec::<PathBuf>::new(),
        "a start brings nothing back"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sled_lets_go_of_earlier_text() {
    earlier_text_is_gone_from_every_file("sled").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_let_go_of_earlier_text() {
    earlier_text_is_gone_from_every_file("segments").await;
}
