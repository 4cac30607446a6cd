//! The Rust implementation of automerge-repo, `samod`, as a stranger's client: it shares no code with the npm packages
//! but automerge, and none with ours.

use std::path::Path;
use std::time::Duration;

use automerge::transaction::Transactable;
use automerge::{ObjId, ROOT, ReadDoc};
use samod::{DocHandle, DocumentId, Repo};
use schema::ids::{ChapterId, PlanId};
use schema::repo::SERVER_PEER;
use schema::repo::document_id::document_id;
use serde_json::json;
use tests::native::NativeClient;
use tests::samod_client::connected;
use tests::served::{COALITION, PROGRAMME, SECOND_WRITER, Served, WRITER};

use crate::sockets::writer;

/// A repository that is connected for one of the sample's people.
async fn repo(server: &Served, person: usize) -> Repo {
    let token = server.access_token(person, "write").await.unwrap();
    connected(server, &token).await.unwrap()
}

async fn find(repo: &Repo, chapter: ChapterId) -> Option<DocHandle> {
    let id: DocumentId = document_id(chapter).parse().unwrap();
    let found = tokio::time::timeout(Duration::from_secs(30), repo.find(id)).await;
    found.expect("an answer in time").unwrap()
}

fn text_id(handle: &DocHandle) -> ObjId {
    handle.with_document(|doc| doc.get(ROOT, "text").unwrap().unwrap().1)
}

fn text(handle: &DocHandle) -> String {
    let text = text_id(handle);
    handle.with_document(|doc| doc.text(&text).unwrap())
}

fn type_at(handle: &DocHandle, at: usize, words: &str) {
    let id = text_id(handle);
    handle.with_document(|doc| {
        let typed = doc.transact(|tx| tx.splice_text(&id, at, 0, words));
        typed.expect("samod types");
    });
}

async fn reads(handle: &DocHandle, wanted: &str) {
    for _ in 0..600 {
        if text(handle) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("samod does not get {wanted:?}: {}", text(handle));
}

/// A repository that typed "voor" into a chapter, and a native writer who has it.
async fn with_words_before(server: &Served, key: (PlanId, ChapterId)) -> (Repo, DocHandle, NativeClient) {
    let repo = repo(server, SECOND_WRITER).await;
    let handle = find(&repo, key.1).await.expect("it is there");
    type_at(&handle, 0, "voor");
    let mut anna = writer(server, key, WRITER).await;
    anna.until("the words before", |it| it.text() == "voor")
        .await
        .unwrap();
    (repo, handle, anna)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samod_edits_a_chapter_with_a_native_client_and_hears_when_it_is_durable() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut anna = server.client(key, Some(&cookie), 71).await.unwrap();
    anna.type_at(0, 0, "Zorg").unwrap();
    anna.settled().await.unwrap();

    let repo = repo(&server, SECOND_WRITER).await;
    let handle = find(&repo, key.1).await.expect("it is there");
    assert_eq!(text(&handle), "Zorg");
    type_at(&handle, 4, " dichtbij");
    let server_connection = repo.when_connected(SERVER_PEER.into()).await.unwrap();
    let heard = handle.they_have_our_changes(server_connection.id());
    tokio::time::timeout(Duration::from_secs(30), heard)
        .await
        .expect("it hears in time");
    // What it heard is durable, so whoever comes now reads it at once.
    let fresh = server.client(key, Some(&cookie), 72).await.unwrap();
    assert_eq!(fresh.text(), "Zorg dichtbij");
    anna.until("the words of samod", |it| it.text() == "Zorg dichtbij")
        .await
        .unwrap();
    anna.type_at(13, 0, " huis").unwrap();
    anna.settled().await.unwrap();
    reads(&handle, "Zorg dichtbij huis").await;
    repo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samod_finds_nothing_where_it_may_not() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let repo = repo(&server, COALITION).await;
    assert!(find(&repo, key.1).await.is_none());
    assert!(find(&repo, ChapterId::from_bytes([0x5a; 16])).await.is_none());
    repo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samod_comes_back_after_a_kill_with_what_it_wrote_meanwhile() {
    let program = Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    let mut server = Served::process(program).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let (repo, handle, _before) = with_words_before(&server, key).await;

    server.kill().unwrap();
    type_at(&handle, 4, " en tijdens");
    let data = server.data().to_owned();
    server.start_again(program, &data).await.unwrap();
    let mut anna = writer(&server, key, WRITER).await;
    anna.until("what it wrote meanwhile", |it| it.text() == "voor en tijdens")
        .await
        .unwrap();
    anna.type_at(15, 0, " en na").unwrap();
    anna.settled().await.unwrap();
    reads(&handle, "voor en tijdens en na").await;
    repo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samod_reads_a_frozen_chapter_and_writes_in_it_when_it_is_opened_again() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let (repo, handle, mut anna) = with_words_before(&server, key).await;

    server.freeze(key.1).await.unwrap();
    anna.until("it is frozen", |it| it.read_only.is_some())
        .await
        .unwrap();
    let before = server.log_length().await.unwrap();
    type_at(&handle, 4, " en na");
    anna.idle(Duration::from_secs(2)).await.unwrap();
    assert_eq!(server.log_length().await.unwrap(), before);
    // Who comes while it is frozen reads it and writes nothing either.
    let second = self::repo(&server, SECOND_WRITER).await;
    let late = find(&second, key.1).await.expect("it may be read");
    assert_eq!(text(&late), "voor");
    type_at(&late, 0, "ook ");
    anna.idle(Duration::from_secs(2)).await.unwrap();
    assert_eq!(server.log_length().await.unwrap(), before);
    assert_eq!(anna.text(), "voor");

    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let body = json!({ "to": "drafting", "reason": "nog een zin" });
    server.change_state(&programme, key.1, body).await.unwrap();
    anna.until("what was written meanwhile", |it| it.text() == "ook voor en na")
        .await
        .unwrap();
    repo.stop().await;
    second.stop().await;
}
