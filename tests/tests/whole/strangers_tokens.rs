//! Programs sign in with access tokens: as far as the scope goes, by whichever way they can, until it is withdrawn or
//! the server comes back from a backup.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use schema::repo::document_id::url;
use schema::repo::{self, Said};
use schema::wire::ServerFrame;
use serde_json::json;
use tests::automerge_repo::RepoClient;
use tests::operator::{run, said};
use tests::raw::RawClient;
use tests::served::{AccessToken, SECOND_WRITER, Served, WRITER};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PROGRAM: &str = env!("CARGO_BIN_EXE_schrijftafel_under_test");

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A raw socket, or the status it was refused with.
async fn connect(address: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = address.into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn status(address: &str, headers: &[(&'static str, &str)]) -> u16 {
    connect(address, headers).await.err().unwrap_or(101)
}

fn bearer(token: &AccessToken) -> String {
    format!("Bearer {}", token.secret)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_chapter_open_sees_that_a_program_came_whose_and_when_it_goes() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut anna = RawClient::greeted(&server.socket(), &cookie).await.unwrap();
    anna.open(key, None).await.unwrap();
    // Bram himself, and then his program.
    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let mut bram = RawClient::greeted(&server.socket(), &cookie).await.unwrap();
    bram.open(key, None).await.unwrap();
    let came = |frame| match frame {
        ServerFrame::Presence {
            peer, name, program, ..
        } => Some((peer, name, program)),
        _ => None,
    };
    let (_, name, program) = anna.until(came).await.unwrap();
    assert_eq!(program, None);
    let token = server.access_token(SECOND_WRITER, "read").await.unwrap();
    let mut reader = RepoClient::start(&server.repo_socket(&token)).unwrap();
    assert!(reader.find(&url(key.1)).unwrap());
    let (peer, of, program) = anna.until(came).await.unwrap();
    assert_eq!((of, program.as_deref()), (name, Some("Een programma")), "rule V1");
    server.withdraw(SECOND_WRITER, &token).await.unwrap();
    let left = anna.until(|frame| match frame {
        ServerFrame::Left { peer, .. } => Some(peer),
        _ => None,
    });
    assert_eq!(left.await.unwrap(), peer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_reads_opens_a_chapter_and_writes_nothing() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut anna = server.client(key, Some(&cookie), 11).await.unwrap();
    anna.type_at(0, 0, "Zorg dichtbij").unwrap();
    anna.settled().await.unwrap();

    // Bram writes here himself; his program was given less.
    let token = server.access_token(SECOND_WRITER, "read").await.unwrap();
    let mut reader = RepoClient::start(&server.repo_socket(&token)).unwrap();
    assert!(reader.find(&url(key.1)).unwrap());
    reader.until("Zorg dichtbij").unwrap();
    let before = server.log_length().await.unwrap();
    reader.splice(0, 0, "Niet ").unwrap();
    anna.idle(Duration::from_secs(2)).await.unwrap();
    assert_eq!(server.log_length().await.unwrap(), before);
    assert_eq!(anna.text(), "Zorg dichtbij");
    // It reads on.
    anna.type_at(13, 0, " huis").unwrap();
    anna.settled().await.unwrap();
    reader.until("Niet Zorg dichtbij huis").unwrap();

    // The same with a token that writes.
    let token = server.access_token(SECOND_WRITER, "write").await.unwrap();
    let mut writer = RepoClient::start(&server.repo_socket(&token)).unwrap();
    assert!(writer.find(&url(key.1)).unwrap());
    writer.until("Zorg dichtbij huis").unwrap();
    writer.splice(0, 0, "Wel ").unwrap();
    let text = "Wel Zorg dichtbij huis";
    anna.until("what may be written", |it| it.text() == text)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn withdrawing_a_token_ends_what_it_opened_within_a_second_and_nothing_else() {
    let server = Served::start().await.unwrap();
    let (first, second) = (
        server.access_token(WRITER, "write").await.unwrap(),
        server.access_token(WRITER, "write").await.unwrap(),
    );
    let address = format!("{}/automerge-repo", server.socket());
    let mut sockets = Vec::new();
    for token in [&first, &second] {
        let mut socket = connect(&address, &[("authorization", &bearer(token))])
            .await
            .unwrap();
        let join = Said::Join {
            sender: "program".to_owned(),
            versions: vec!["1".to_owned()],
        };
        socket
            .send(Message::Binary(repo::encode(&join).into()))
            .await
            .unwrap();
        let greeted = next_said(&mut socket).await;
        assert!(matches!(greeted, Some(Said::Peer { .. })), "{greeted:?}");
        sockets.push(socket);
    }
    server.withdraw(WRITER, &first).await.unwrap();
    let said = tokio::time::timeout(Duration::from_secs(1), next_said(&mut sockets[0]));
    match said.await.expect("it ends within a second") {
        Some(Said::Error { message, .. }) => assert!(message.contains("not-signed-in"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(status(&address, &[("authorization", &bearer(&first))]).await, 401);
    let other = tokio::time::timeout(Duration::from_secs(2), next_said(&mut sockets[1]));
    assert!(other.await.is_err(), "the other program goes on");
}

/// What the server says next; none when the connection is over.
async fn next_said(socket: &mut Socket) -> Option<Said> {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(bytes) = message {
            return Some(repo::decode(&bytes).unwrap());
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_opens_for_a_token_shown_in_four_ways_and_for_nobody_else() {
    let server = Served::start().await.unwrap();
    let token = server.access_token(WRITER, "read").await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let session = cookie.split_once('=').unwrap().1;
    let address = format!("{}/automerge-repo", server.socket());
    let by_query = server.repo_socket_for_pages(&token);
    let own = bearer(&token);
    let basic = format!("Basic {}", STANDARD.encode(format!("program:{}", token.secret)));
    let foreign = ("origin", "https://elsewhere.example");

    assert_eq!(status(&address, &[("authorization", &own)]).await, 101);
    assert_eq!(status(&address, &[("authorization", &basic)]).await, 101);
    assert_eq!(status(&address, &[("cookie", &cookie)]).await, 101);
    assert_eq!(status(&by_query, &[]).await, 101);
    assert_eq!(status(&by_query, &[foreign]).await, 101, "shown on purpose");
    // What a browser sends by itself is not believed from another site.
    for ambient in [("cookie", cookie.as_str()), ("authorization", basic.as_str())] {
        assert_eq!(status(&address, &[ambient, foreign]).await, 403, "{}", ambient.0);
    }
    assert_eq!(status(&address, &[]).await, 401);
    let of_session = format!("Bearer {session}");
    assert_eq!(status(&address, &[("authorization", &of_session)]).await, 401);
    for wrong in [session, "", "x", &"0".repeat(64)] {
        let by_query = format!("{address}?token={wrong}");
        assert_eq!(status(&by_query, &[("cookie", &cookie)]).await, 401, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_in_no_line_of_the_operators_log_and_in_no_file() {
    let told = tempfile::NamedTempFile::new().unwrap();
    let server = Served::process_telling(Path::new(PROGRAM), "debug", told.reopen().unwrap()).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let token = server.access_token(WRITER, "write").await.unwrap();
    let by_query = server.repo_socket_for_pages(&token);
    assert_eq!(status(&by_query, &[]).await, 101);
    let mut client = RepoClient::start(&server.repo_socket(&token)).unwrap();
    assert!(client.find(&url(key.1)).unwrap());
    client.tell("put", json!({ "key": "evil", "value": 1 })).unwrap();
    client
        .tell("untilError", json!({ "part": "outside-text" }))
        .unwrap();
    // In Node the library takes a refused handshake for a fault of the program and ends it.
    drop(client);
    let accounts = std::fs::read_to_string(server.data().join("accounts/accounts.json")).unwrap();
    assert!(accounts.contains(&token.id) && !accounts.contains(&token.secret));
    server.withdraw(WRITER, &token).await.unwrap();
    assert_eq!(status(&by_query, &[]).await, 401, "refused, and told");

    let log = std::fs::read_to_string(told.path()).unwrap();
    assert!(
        log.contains("token-not-valid") && log.contains(&token.id),
        "{log}"
    );
    assert!(!log.contains(&token.secret));
}

/// The one that was withdrawn after the backup would work again otherwise; the backup cannot tell them apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_works_after_a_restore_and_sessions_do() {
    let mut server = Served::process(Path::new(PROGRAM)).unwrap();
    let withdrawn = server.access_token(WRITER, "write").await.unwrap();
    let kept = server.access_token(SECOND_WRITER, "read").await.unwrap();
    let session = server.sign_in(WRITER).await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let (backup, restored) = (place.path().join("backup"), place.path().join("data"));
    let data = server.data().to_owned();
    let _ = said(&run(
        PROGRAM,
        &["backup"],
        &[("--data", &data), ("--to", &backup)],
    ));
    server.withdraw(WRITER, &withdrawn).await.unwrap();
    assert_eq!(status(&server.repo_socket_for_pages(&kept), &[]).await, 101);
    server.kill().unwrap();

    let paths = [("--from", backup.as_path()), ("--data", restored.as_path())];
    let told = said(&run(PROGRAM, &["restore"], &paths));
    assert!(told.contains("programs that have ended: 2."), "{told}");
    server.start_again(Path::new(PROGRAM), &restored).await.unwrap();
    for token in [&withdrawn, &kept] {
        assert_eq!(status(&server.repo_socket_for_pages(token), &[]).await, 401);
    }
    let own = server.socket();
    assert_eq!(
        status(&own, &[("cookie", &session)]).await,
        101,
        "a session goes on"
    );
    let anew = server.access_token(SECOND_WRITER, "read").await.unwrap();
    assert_eq!(status(&server.repo_socket_for_pages(&anew), &[]).await, 101);
}
