//! Strangers' clients against the real server: what the npm packages of automerge-repo see and may do.
//!
//! They know an address, a URL and a token. Everything else they do as they do with any server.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use schema::ids::{ChapterId, PlanId};
use schema::repo::document_id::url;
use schrijftafel_server::cli::sample;
use serde_json::{Value, json};
use tests::automerge_repo::RepoClient;
use tests::native::NativeClient;
use tests::served::{COALITION, PROGRAMME, SECOND_WRITER, Served, WRITER};

use crate::erasure::asked_and_approved;

type Key = (PlanId, ChapterId);

/// A program of one of the sample's people: the library takes no headers, so the token stands in the address.
async fn stranger(server: &Served, person: usize) -> RepoClient {
    let token = server.access_token(person, "write").await.unwrap();
    RepoClient::start(&server.repo_socket(&token)).unwrap()
}

async fn native(server: &Served, key: Key, person: usize) -> NativeClient {
    let cookie = server.sign_in(person).await.unwrap();
    let seed = u64::from_be_bytes(schrijftafel_server::clock::random_bytes());
    server.client(key, Some(&cookie), seed).await.unwrap()
}

async fn reads(client: &mut NativeClient, text: &str) {
    let until = client.until(text, |it| it.text() == text).await;
    until.unwrap_or_else(|error| panic!("{error}; it reads {:?}", client.text()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_client_opens_a_chapter_and_edits_it_with_a_native_one() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = native(&server, key, WRITER).await;
    anna.type_at(0, 0, "Zorg dichtbij").unwrap();
    anna.settled().await.unwrap();

    let mut bram = stranger(&server, SECOND_WRITER).await;
    assert!(bram.find(&url(key.1)).unwrap());
    bram.until("Zorg dichtbij").unwrap();
    bram.splice(4, 0, " is").unwrap();
    reads(&mut anna, "Zorg is dichtbij").await;
    // Both at once, again and again, and both ways.
    for round in 0..20 {
        bram.splice(0, 0, "b").unwrap();
        anna.type_at(anna.text().encode_utf16().count(), 0, "a").unwrap();
        anna.settled().await.unwrap();
        let length = "Zorg is dichtbij".len() + 2 * (round + 1);
        bram.tell("untilLength", json!({ "length": length })).unwrap();
        anna.until("all of it", |it| it.text().len() == length)
            .await
            .unwrap();
    }
    let text = anna.text();
    bram.until(&text).unwrap();
    assert_eq!(text.matches('b').count(), 21, "{text}");
    let errors = bram.tell("errors", json!({})).unwrap();
    assert_eq!(errors["errors"], json!([]));

    // Who wrote it: what Anna typed is hers, what came out of Bram's program was brought by Bram.
    let cookie = server.sign_in(WRITER).await.unwrap();
    let path = format!("/chapters/{}/blame", key.1);
    let blame = server.get(&cookie, &path).await.unwrap();
    let people = sample::people().unwrap();
    let runs = blame["blocks"].as_array().unwrap().iter();
    let written = runs.flat_map(|block| block["runs"].as_array().unwrap());
    let told: BTreeSet<(String, String)> = written
        .map(|run| &run["written"])
        .map(|by| (text_of(&by["actor"]["person"]["name"]), text_of(&by["source"])))
        .collect();
    let expected = [(WRITER, "writer"), (SECOND_WRITER, "brought")];
    let expected = expected.map(|(person, source)| (people[person].name.clone(), source.to_owned()));
    assert_eq!(told, BTreeSet::from(expected.clone()));

    // The lines of the history say it too, although all of it is one stretch of work.
    let path = format!("/chapters/{}/history", key.1);
    let history = server.get(&cookie, &path).await.unwrap();
    let items = history["items"].as_array().unwrap();
    let works: Vec<_> = items.iter().filter(|item| item["kind"] == "work").collect();
    assert_eq!(works.len(), 1, "{items:?}");
    let contributions = works[0]["people"].as_array().unwrap().iter();
    let told: BTreeSet<(String, String)> = contributions
        .map(|by| (text_of(&by["actor"]["person"]["name"]), text_of(&by["source"])))
        .collect();
    assert_eq!(told, BTreeSet::from(expected));
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stranger_may_not_open_or_does_not_exist_is_unavailable() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let others = server.chapter_of_others().await.unwrap();
    let nowhere = ChapterId::from_bytes([0x5a; 16]);
    for (person, chapter) in [(COALITION, key.1), (WRITER, others.1), (WRITER, nowhere)] {
        let mut client = stranger(&server, person).await;
        assert!(!client.find(&url(chapter)).unwrap(), "person {person}, {chapter}");
    }
    let mut writer = stranger(&server, WRITER).await;
    assert!(
        writer.find(&url(key.1)).unwrap(),
        "the same in the same way, with the right"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_no_texts_costs_its_sender_the_connection_and_the_chapter_nothing() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = native(&server, key, WRITER).await;
    anna.type_at(0, 0, "heel").unwrap();
    anna.settled().await.unwrap();
    let before = server.log_length().await.unwrap();

    let mut hostile = stranger(&server, SECOND_WRITER).await;
    assert!(hostile.find(&url(key.1)).unwrap());
    hostile.tell("put", json!({ "key": "evil", "value": 1 })).unwrap();
    let part = json!({ "part": "outside-text" });
    hostile.tell("untilError", part).unwrap();
    assert_eq!(
        server.log_length().await.unwrap(),
        before,
        "not even an actor was bound"
    );
    anna.type_at(4, 0, "al").unwrap();
    anna.settled().await.unwrap();
    let mut fresh = stranger(&server, WRITER).await;
    assert!(fresh.find(&url(key.1)).unwrap());
    fresh.until("heelal").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_under_the_actor_of_another_persons_program_which_goes_on() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = native(&server, key, WRITER).await;
    let mut first = stranger(&server, WRITER).await;
    let mut second = stranger(&server, SECOND_WRITER).await;
    for program in [&mut first, &mut second] {
        assert!(program.find(&url(key.1)).unwrap());
    }
    first.splice(0, 0, "een").unwrap();
    second.until("een").unwrap();
    let mut forged = first.tell("actor", json!({})).unwrap();
    // What the one has not sent yet and what the other sends have the same number under that actor.
    first.tell("goOffline", json!({})).unwrap();
    first.splice(3, 0, " twee").unwrap();
    forged["at"] = 0.into();
    forged["text"] = "nul ".into();
    second.tell("spliceAs", forged).unwrap();
    second
        .tell("untilError", json!({ "part": "foreign-actor" }))
        .unwrap();
    first.tell("comeBack", json!({})).unwrap();
    reads(&mut anna, "een twee").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_chapter_is_read_only_and_what_was_written_meanwhile_comes_when_it_is_opened_again() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut bram = stranger(&server, SECOND_WRITER).await;
    assert!(bram.find(&url(key.1)).unwrap());
    bram.splice(0, 0, "voor").unwrap();
    let mut anna = native(&server, key, WRITER).await;
    reads(&mut anna, "voor").await;

    server.freeze(key.1).await.unwrap();
    anna.until("it is frozen", |it| it.read_only.is_some())
        .await
        .unwrap();
    let before = server.log_length().await.unwrap();
    bram.splice(4, 0, " en na").unwrap();
    anna.idle(Duration::from_secs(2)).await.unwrap();
    assert_eq!(server.log_length().await.unwrap(), before);
    assert_eq!(anna.text(), "voor");

    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let body = json!({ "to": "drafting", "reason": "nog een zin" });
    server.change_state(&programme, key.1, body).await.unwrap();
    bram.tell("untilError", json!({ "part": "you may write here now" }))
        .unwrap();
    reads(&mut anna, "voor en na").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_client_comes_back_after_a_kill_with_what_it_wrote_meanwhile() {
    let program = Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    let mut server = Served::process(program).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut bram = stranger(&server, SECOND_WRITER).await;
    assert!(bram.find(&url(key.1)).unwrap());
    bram.splice(0, 0, "voor").unwrap();
    let mut anna = native(&server, key, WRITER).await;
    reads(&mut anna, "voor").await;

    server.kill().unwrap();
    bram.splice(4, 0, " en tijdens").unwrap();
    let data = server.data().to_owned();
    server.start_again(program, &data).await.unwrap();
    let mut anna = native(&server, key, WRITER).await;
    reads(&mut anna, "voor en tijdens").await;
    anna.type_at(15, 0, " en na").unwrap();
    anna.settled().await.unwrap();
    bram.until("voor en tijdens en na").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_of_an_ended_generation_is_turned_away_and_nothing_is_mixed() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = native(&server, key, WRITER).await;
    anna.type_at(0, 0, "Zorg en een geheim").unwrap();
    anna.settled().await.unwrap();
    let mut bram = stranger(&server, SECOND_WRITER).await;
    assert!(bram.find(&url(key.1)).unwrap());
    bram.until("Zorg en een geheim").unwrap();
    anna.type_at(4, 14, "").unwrap();
    anna.settled().await.unwrap();
    bram.until("Zorg").unwrap();

    let body = json!({ "textOf": key.1, "ground": "unlawful", "explanation": "geheim" });
    asked_and_approved(&server, body).await;
    let told = json!({ "part": "goes on in a new document" });
    bram.tell("untilError", told).unwrap();
    // It comes back by itself with its old document, and is turned away again before anything is merged.
    bram.splice(4, 0, " verder").unwrap();
    let often = json!({ "part": "goes on in a new document", "times": 3 });
    bram.tell("untilError", often).unwrap();
    assert_eq!(bram.tell("text", json!({})).unwrap()["text"], "Zorg verder");
    let mut fresh = stranger(&server, SECOND_WRITER).await;
    assert!(fresh.find(&url(key.1)).unwrap());
    // Behind the marker of the first paragraph, which a fresh text always has.
    fresh.splice(1, 0, "Onze ").unwrap();
    let mut anna = native(&server, key, WRITER).await;
    reads(&mut anna, "Onze Zorg").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_and_messages_pass_between_strangers_and_native_clients() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = native(&server, key, WRITER).await;
    anna.type_at(0, 0, "Zorg dichtbij").unwrap();
    anna.settled().await.unwrap();
    let mut bram = stranger(&server, SECOND_WRITER).await;
    let mut other = stranger(&server, SECOND_WRITER).await;
    for client in [&mut bram, &mut other] {
        assert!(client.find(&url(key.1)).unwrap());
        client.until("Zorg dichtbij").unwrap();
    }
    // From one stranger to another, untouched, and to the native client as a place.
    let cursor = bram.tell("cursor", json!({ "at": 5 })).unwrap()["cursor"].clone();
    let message = json!({ "anchor": cursor, "head": cursor, "colour": "groen" });
    bram.tell("broadcast", json!({ "message": message })).unwrap();
    let heard = other
        .tell("untilHeard", json!({ "field": "colour", "value": "groen" }))
        .unwrap();
    assert_eq!(heard["heard"]["message"], message);
    anna.until("the place of a stranger", |it| {
        it.places.values().any(|place| *place == 5)
    })
    .await
    .unwrap();
    // And from the native client to the strangers, by name.
    anna.stand_at(3).unwrap();
    anna.idle(Duration::from_millis(500)).await.unwrap();
    let name = sample::people().unwrap()[WRITER].name.to_string();
    let heard = other
        .tell(
            "untilHeard",
            json!({ "field": "name", "value": name, "has": "head" }),
        )
        .unwrap();
    let place = other
        .tell("position", json!({ "cursor": heard["heard"]["message"]["head"] }))
        .unwrap();
    assert_eq!(place["at"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn formatting_reads_as_the_server_says() {
    let server = Served::start().await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let plan = server.get(&cookie, "").await.unwrap();
    let mut compared = 0;
    for chapter in plan["chapters"].as_array().unwrap() {
        if chapter["mayOpenText"] != true {
            continue;
        }
        let mut client = stranger(&server, WRITER).await;
        assert!(client.find(chapter["automergeUrl"].as_str().unwrap()).unwrap());
        let theirs = client.tell("spans", json!({})).unwrap();
        let path = format!("/chapters/{}/text", chapter["id"].as_str().unwrap());
        let ours = server.get(&cookie, &path).await.unwrap();
        let (read, said) = (read_spans(&theirs["spans"]), read_document(&ours["document"]));
        assert_eq!(read, said, "{}", chapter["title"]);
        compared += said.len();
    }
    assert!(compared > 15, "{compared} blocks say little");
}

/// A block that holds text: its kind, its level, and its runs with the names of their marks.
type ReadBlock = (String, Option<i64>, Vec<(String, BTreeSet<String>)>);

fn add_run(block: &mut ReadBlock, text: &str, marks: BTreeSet<String>) {
    match block.2.last_mut() {
        Some((known, same)) if *same == marks => known.push_str(text),
        _ => block.2.push((text.to_owned(), marks)),
    }
}

/// Blocks as the JavaScript library reads them.
fn read_spans(spans: &Value) -> Vec<ReadBlock> {
    let mut blocks: Vec<ReadBlock> = Vec::new();
    for span in spans.as_array().unwrap() {
        if span["type"] == "block" {
            let kind = span["value"]["type"].as_str().unwrap().to_owned();
            let level = span["value"]["attrs"]["level"].as_i64();
            blocks.push((kind, level, Vec::new()));
            continue;
        }
        let marks = span["marks"].as_object().into_iter().flatten();
        let marks = marks.filter(|(_, value)| !value.is_null() && **value != json!(false));
        let marks = marks.map(|(name, _)| name.clone()).collect();
        add_run(blocks.last_mut().unwrap(), span["value"].as_str().unwrap(), marks);
    }
    blocks
}

/// The same out of the document of the API. The first text of a list's item or of a quote is named after that there.
fn read_document(node: &Value) -> Vec<ReadBlock> {
    let mut blocks = Vec::new();
    read_node(node, None, &mut blocks);
    blocks
}

fn read_node(node: &Value, item: Option<&str>, blocks: &mut Vec<ReadBlock>) {
    let kind = node["type"].as_str().unwrap();
    let content: Vec<&Value> = node["content"].as_array().into_iter().flatten().collect();
    let list = match kind {
        "bullet_list" => Some("unordered-list-item"),
        "ordered_list" => Some("ordered-list-item"),
        _ => None,
    };
    match kind {
        "paragraph" | "heading" => {
            let level = node["attrs"]["level"].as_i64();
            let mut block = (item.unwrap_or(kind).to_owned(), level, Vec::new());
            for run in content {
                let marks = run["marks"].as_array().into_iter().flatten();
                let marks = marks.map(|mark| mark["type"].as_str().unwrap().to_owned());
                add_run(&mut block, run["text"].as_str().unwrap(), marks.collect());
            }
            blocks.push(block);
        }
        "list_item" | "blockquote" => {
            let item = if kind == "blockquote" { Some(kind) } else { item };
            for (at, child) in content.into_iter().enumerate() {
                read_node(child, item.filter(|_| at == 0), blocks);
            }
        }
        _ => content
            .into_iter()
            .for_each(|child| read_node(child, list, blocks)),
    }
}
