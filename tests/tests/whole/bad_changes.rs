//! Changes that mean harm, or that the library fails on, through real sockets: they cost their sender the connection, and
//! the chapter and its other writers nothing.
//!
//! No change is known that acceptance lets in and the library then fails on; the fuzzing looks for one. So that what
//! happens then is seen all the same, the server here merges with a library that fails on one letter.

use std::sync::Arc;

use automerge::legacy::{ElementId, Key, OpId};
use automerge::{Change, ExpandedChange, ReadDoc};
use schema::ids::{ChapterId, Generation, PlanId};
use schema::limits::{BAD_CHANGES_MAX, BAD_CHANGES_RETRY_MS, CHANGE_OPS_MAX};
use schema::repo::document_id::url;
use schema::text::change::inspect;
use schema::text::follow::{Copy, FollowFailure, follow};
use schema::text::genesis;
use schema::wire::ServerFrame;
use schrijftafel_server::http::app::Settings;
use serde_json::json;
use tests::automerge_repo::RepoClient;
use tests::native::NativeClient;
use tests::raw::{Author, RawClient};
use tests::served::{SECOND_WRITER, Served, WRITER};

type ChapterKey = (PlanId, ChapterId);

/// The letter that the library of these tests cannot take.
const TRIPS: &str = "☠";

/// The library, with a fault.
fn faulty(copy: &Copy, batch: &[Arc<[u8]>]) -> Result<Copy, FollowFailure> {
    let trips = |raw: &&Arc<[u8]>| raw.windows(TRIPS.len()).any(|part| part == TRIPS.as_bytes());
    match batch.iter().find(trips) {
        Some(raw) => Err(FollowFailure {
            offender: inspect(raw).unwrap().header.hash,
            what: "the library panicked".to_owned(),
        }),
        None => follow(copy, batch),
    }
}

async fn with_a_fault() -> (Served, ChapterKey) {
    let server = Served::start_with(Settings {
        follow: faulty,
        ..Settings::default()
    });
    let server = server.await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    (server, key)
}

async fn anna(server: &Served, key: ChapterKey) -> NativeClient {
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut anna = server.client(key, Some(&cookie), 31).await.unwrap();
    anna.type_at(0, 0, "Zorg").unwrap();
    anna.settled().await.unwrap();
    anna
}

/// The chapter goes on without the offender, on the same connection of whoever writes beside them.
async fn goes_on(anna: &mut NativeClient) {
    let moved = anna.until("the next generation", |it| it.generation() == Generation(2));
    moved.await.unwrap();
    anna.until("its text", |it| it.text().ends_with("Zorg"))
        .await
        .unwrap();
    // A fresh text has a marker for its first paragraph.
    let end = anna.doc.length(genesis::text_id());
    anna.type_at(end, 0, " dichtbij").unwrap();
    anna.settled().await.unwrap();
    let plain = anna.text().replace('\u{fffc}', "");
    assert_eq!((plain.as_str(), anna.refused.len()), ("Zorg dichtbij", 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_the_library_fails_on_costs_its_sender_the_connection_and_the_others_go_on() {
    let (server, key) = with_a_fault().await;
    let mut anna = anna(&server, key).await;
    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let mut bram = RawClient::greeted(&server.socket(), &cookie).await.unwrap();
    let opened = bram.open(key, None).await.unwrap();
    let mut author = Author::fresh();
    bram.bind(opened.channel, author.actor).await.unwrap();
    let bad = author.types(TRIPS);
    bram.push(opened.channel, &[&bad]).await.unwrap();
    assert_eq!(bram.answers(1).await.unwrap(), ["yours"], "acceptance lets it in");
    let goodbye = bram.goodbye().await.unwrap();
    assert_eq!(
        goodbye,
        ("change-failed".to_owned(), Some(BAD_CHANGES_RETRY_MS)),
        "rule P8"
    );
    goes_on(&mut anna).await;

    // When it comes back it finds the chapter without it, and may write.
    let mut bram = RawClient::greeted(&server.socket(), &cookie).await.unwrap();
    assert_eq!(bram.open(key, None).await.unwrap().generation, Generation(2));
    let mut fresh = server.client(key, Some(&cookie), 32).await.unwrap();
    fresh.type_at(1, 0, "Onze ").unwrap();
    fresh.settled().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_of_a_strangers_program_costs_it_the_same() {
    let (server, key) = with_a_fault().await;
    let mut anna = anna(&server, key).await;
    let token = server.access_token(SECOND_WRITER, "write").await.unwrap();
    let mut bram = RepoClient::start(&server.repo_socket(&token)).unwrap();
    assert!(bram.find(&url(key.1)).unwrap());
    bram.until("Zorg").unwrap();
    bram.splice(0, 0, TRIPS).unwrap();
    bram.tell("untilError", json!({ "part": "change-failed" }))
        .unwrap();
    goes_on(&mut anna).await;
    // Its library comes back with the document that holds the change, and is told what to do about it.
    let told = json!({ "part": "remove your copy" });
    bram.tell("untilError", told).unwrap();
    let found = bram.tell("findAnew", json!({ "url": url(key.1) })).unwrap();
    assert_eq!(found["found"], true);
    bram.splice(1, 0, "Onze ").unwrap();
    anna.until("its words", |it| it.text().contains("Onze Zorg dichtbij"))
        .await
        .unwrap();
}

/// A change that follows an operation that does not exist.
fn lying(author: &mut Author) -> Vec<u8> {
    let raw = author.types("gelogen");
    let mut change: ExpandedChange = Change::from_bytes(raw).unwrap().decode();
    change.operations[0].key = Key::Seq(ElementId::Id(OpId::new(9_000, &change.actor_id)));
    Change::from(change).raw_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_is_refused_with_its_reason_and_whoever_goes_on_so_is_sent_away() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = anna(&server, key).await;
    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let mut bram = RawClient::greeted(&server.socket(), &cookie).await.unwrap();
    let channel = bram.open(key, None).await.unwrap().channel;
    let mut author = Author::fresh();
    bram.bind(channel, author.actor).await.unwrap();
    let honest = author.types("eerlijk ");
    let claims = Author::new(author.actor).types(&"a".repeat(CHANGE_OPS_MAX as usize + 1));
    let lies = lying(&mut Author::new(author.actor));
    for round in 1..BAD_CHANGES_MAX {
        let (bad, code) = if round % 2 == 0 {
            (&claims, "too-many-operations")
        } else {
            (&lies, "unknown-reference")
        };
        bram.push(channel, &[bad]).await.unwrap();
        assert_eq!(bram.answers(1).await.unwrap(), [code], "rule P5");
    }
    bram.push(channel, &[&honest]).await.unwrap();
    assert_eq!(
        bram.answers(1).await.unwrap(),
        ["yours"],
        "a mistake ends nothing"
    );
    bram.push(channel, &[&claims]).await.unwrap();
    let refused = bram.until(|frame| match frame {
        ServerFrame::Refused { reason, .. } => Some(reason.code),
        _ => None,
    });
    assert_eq!(refused.await.unwrap(), "too-many-operations");
    let goodbye = bram.goodbye().await.unwrap();
    assert_eq!(
        goodbye,
        ("bad-changes".to_owned(), Some(BAD_CHANGES_RETRY_MS)),
        "rule P9"
    );

    anna.until("the honest words", |it| it.text().contains("eerlijk"))
        .await
        .unwrap();
    anna.type_at(0, 0, "Onze ").unwrap();
    anna.settled().await.unwrap();
    assert_eq!(anna.generation(), Generation(1), "the chapter notices nothing");
}
