//! The Rust implementation of automerge-repo, `samod`, as a stranger's client: it shares no code with the npm packages
//! but automerge, and none with ours.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use automerge::transaction::Transactable;
use automerge::{ObjId, ROOT, ReadDoc};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use samod::{BackoffConfig, DialError, Dialer, DocHandle, DocumentId, Repo, Transport};
use schema::ids::ChapterId;
use schema::repo::SERVER_PEER;
use schema::repo::document_id::document_id;
use sha2::{Digest, Sha256};
use tests::served::{COALITION, SECOND_WRITER, Served, WRITER};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Connects to our socket as a program does that sets headers.
struct Program {
    socket: String,
    token: String,
}

impl Dialer for Program {
    type Error = std::convert::Infallible;

    fn url(&self) -> url::Url {
        self.socket.parse().unwrap()
    }

    fn connect(&self) -> BoxFuture<'static, Result<Transport, DialError<Self::Error>>> {
        let mut request = self.socket.as_str().into_client_request().unwrap();
        let bearer = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        async move {
            let (socket, _) = connect_async(request).await.map_err(DialError::transient)?;
            let (to, from) = socket.split();
            // Pings and pongs are the socket's own business.
            let from = from.filter_map(|message| async move {
                match message {
                    Ok(Message::Binary(bytes)) => Some(Ok::<_, Error>(bytes.to_vec())),
                    Ok(_) => None,
                    Err(error) => Some(Err(error)),
                }
            });
            let to = to.with(|bytes: Vec<u8>| async move {
                keep(&bytes);
                Ok::<_, Error>(Message::Binary(bytes.into()))
            });
            Ok(Transport::new(Box::pin(from), Box::pin(to)))
        }
        .boxed()
    }
}

/// Keeps a message for the fuzzer to begin with, where that is asked for.
fn keep(bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("REPO_FRAMES") {
        std::fs::create_dir_all(&folder).unwrap();
        let name: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }
}

/// A repository that is connected for one of the sample's people.
async fn repo(server: &Served, person: usize) -> Repo {
    let token = server.access_token(person, "write").await.unwrap();
    let program = Program {
        socket: format!("{}/automerge-repo", server.socket()),
        token: token.secret,
    };
    let repo = Repo::build_tokio().load().await;
    repo.dial(BackoffConfig::default(), Arc::new(program)).unwrap();
    repo.when_connected(SERVER_PEER.into()).await.unwrap();
    repo
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
    let id = text_id(&handle);
    handle.with_document(|doc| {
        let typed = doc.transact(|tx| tx.splice_text(&id, 4, 0, " dichtbij"));
        typed.expect("samod types");
    });
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
    for _ in 0..600 {
        if text(&handle) == "Zorg dichtbij huis" {
            return repo.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("samod does not get it: {}", text(&handle));
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
