//! Strangers' clients that come back after their chapter went on in a fresh document: what they had not sent goes along.

use std::time::Duration;

use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::CHANGE_OPS_MAX;
use schema::repo::document_id::url;
use schema::text::growth::GrowthLimit;
use schrijftafel_server::core::CoreLimits;
use schrijftafel_server::http::app::Settings;
use serde_json::json;
use tests::automerge_repo::RepoClient;
use tests::native::NativeClient;
use tests::served::{SECOND_WRITER, Served, WRITER};

type Key = (PlanId, ChapterId);

/// Operations beyond those of its text that a chapter may hold here.
const SPARE_OPS: u64 = 300;

/// A server whose chapters grow long soon, and a chapter in which Anna wrote and Bram's program read.
struct Scene {
    server: Served,
    key: Key,
    anna: NativeClient,
    bram: RepoClient,
}

impl Scene {
    async fn new() -> Self {
        let growth = GrowthLimit {
            factor: 2,
            spare_ops: SPARE_OPS,
        };
        let limits = CoreLimits {
            growth,
            ..CoreLimits::default()
        };
        let server = Served::start_with(Settings {
            limits,
            ..Settings::default()
        });
        let server = server.await.unwrap();
        let key = server.empty_chapter().await.unwrap();
        let cookie = server.sign_in(WRITER).await.unwrap();
        let mut anna = server.client(key, Some(&cookie), 21).await.unwrap();
        anna.type_at(0, 0, "Zorg dichtbij").unwrap();
        anna.settled().await.unwrap();
        let token = server.access_token(SECOND_WRITER, "write").await.unwrap();
        let mut bram = RepoClient::start(&server.repo_socket(&token)).unwrap();
        assert!(bram.find(&url(key.1)).unwrap());
        bram.until("Zorg dichtbij").unwrap();
        Self {
            server,
            key,
            anna,
            bram,
        }
    }

    /// Anna types and deletes so much that the chapter goes on in a fresh document.
    async fn grows(&mut self) {
        let before = self.anna.generation();
        let end = self.anna.text().encode_utf16().count();
        let words = "wijkzorg ".repeat(30);
        self.anna.type_at(end, 0, &words).unwrap();
        self.anna.settled().await.unwrap();
        self.anna.type_at(end, words.len(), "").unwrap();
        let fresh = self.anna.until("a fresh document", |it| it.generation() > before);
        fresh.await.unwrap();
    }

    async fn reads(&mut self, text: &str) {
        // A fresh text has a marker for its first paragraph.
        let plain = |it: &NativeClient| it.text().replace('\u{fffc}', "");
        let until = self.anna.until(text, |it| plain(it) == text).await;
        until.unwrap_or_else(|error| panic!("{error}; it reads {:?}", self.anna.text()));
    }

    fn bram_hears(&mut self, part: &str) {
        self.bram.tell("untilError", json!({ "part": part })).unwrap();
    }
}

const ALONG: &str = "the words you had not sent are in it";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_without_a_connection_stands_in_the_fresh_document_once() {
    let mut scene = Scene::new().await;
    scene.bram.tell("goOffline", json!({})).unwrap();
    for (at, text) in [(4, ","), (5, " al"), (8, "tijd")] {
        scene.bram.splice(at, 0, text).unwrap();
    }
    let strong = json!({ "start": 0, "end": 4, "name": "strong", "value": true });
    scene.bram.tell("mark", strong).unwrap();
    scene.grows().await;
    assert_eq!(scene.anna.generation(), Generation(2));
    scene.bram.tell("comeBack", json!({})).unwrap();
    scene.reads("Zorg, altijd dichtbij").await;
    // Its library comes back with the old document again and again: nothing is written twice.
    let twice = json!({ "part": ALONG, "times": 3 });
    scene.bram.tell("untilError", twice).unwrap();
    let length = scene.server.log_length().await.unwrap();
    // Nor when its program goes on in the old document all the same.
    scene.bram.splice(0, 0, "De ").unwrap();
    scene.reads("De Zorg, altijd dichtbij").await;
    // An actor and a change.
    assert_eq!(scene.server.log_length().await.unwrap(), length + 2);

    // As it is told, it removes its copy and opens the address again.
    let found = scene
        .bram
        .tell("findAnew", json!({ "url": url(scene.key.1) }))
        .unwrap();
    assert_eq!(found["found"], true);
    let spans = scene.bram.tell("spans", json!({})).unwrap().to_string();
    assert!(spans.contains("\"strong\":true"), "{spans}");
    scene.bram.splice(1, 2, "Alle").unwrap();
    scene.reads("Alle Zorg, altijd dichtbij").await;

    // They are Bram's, brought by him.
    let cookie = scene.server.sign_in(WRITER).await.unwrap();
    let path = format!("/chapters/{}/blame", scene.key.1);
    let blame = scene.server.get(&cookie, &path).await.unwrap();
    let runs = blame["blocks"][0]["runs"].as_array().unwrap();
    let sources: Vec<(&str, &str)> = runs
        .iter()
        .map(|run| {
            (
                run["text"].as_str().unwrap(),
                run["written"]["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert!(sources.contains(&(", altijd", "brought")), "{sources:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paste_that_no_change_of_ours_could_hold_goes_along_whole_and_once() {
    let mut scene = Scene::new().await;
    scene.bram.tell("goOffline", json!({})).unwrap();
    // One change of its document.
    let pasted = ", wijkzorg".repeat(3_000);
    assert!(pasted.len() as u64 > CHANGE_OPS_MAX);
    scene.bram.splice(4, 0, &pasted).unwrap();
    scene.grows().await;
    let length = scene.server.log_length().await.unwrap();
    scene.bram.tell("comeBack", json!({})).unwrap();
    let text = format!("Zorg{pasted} dichtbij");
    scene.reads(&text).await;
    let often = json!({ "part": ALONG, "times": 2 });
    scene.bram.tell("untilError", often).unwrap();
    let changes = scene.server.log_length().await.unwrap() - length - 1;
    assert!(
        (2..6).contains(&changes),
        "{changes} changes under one actor, however often it comes back"
    );
    let anew = json!({ "url": url(scene.key.1) });
    assert_eq!(scene.bram.tell("findAnew", anew).unwrap()["found"], true);
    scene.bram.until(&format!("\u{fffc}{text}")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_for_two_generations_finds_every_word_where_it_was_meant() {
    let mut scene = Scene::new().await;
    scene.bram.tell("goOffline", json!({})).unwrap();
    scene.bram.splice(13, 0, " huis").unwrap();
    scene.grows().await;
    scene.anna.type_at(1, 4, "Hulp").unwrap();
    scene.anna.settled().await.unwrap();
    scene.grows().await;
    assert_eq!(scene.anna.generation(), Generation(3));
    scene.bram.tell("comeBack", json!({})).unwrap();
    scene.reads("Hulp dichtbij huis").await;
    scene.bram_hears(ALONG);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_connected_when_its_chapter_goes_on_loses_nothing() {
    let mut scene = Scene::new().await;
    // Bram alone makes it grow, in the old document also when it has ended: his program knows no generations.
    for _ in 0..80 {
        scene.bram.splice(0, 0, "b").unwrap();
        scene.bram.splice(1, 0, "wijkzorg ").unwrap();
        scene.bram.splice(1, 9, "").unwrap();
        scene.anna.idle(Duration::from_millis(15)).await.unwrap();
    }
    let text = format!("{}Zorg dichtbij", "b".repeat(80));
    assert_eq!(scene.bram.tell("text", json!({})).unwrap()["text"], text);
    scene.reads(&text).await;
    assert!(scene.anna.generation() > Generation(1), "it went on in between");
    scene.bram_hears("goes on in a new document");
}
