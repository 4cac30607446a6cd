//! Real sockets: what strangers get who try raw frames, and what ends a connection.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use schema::ids::{ChapterId, DeviceId, Generation, PageSessionId, PlanId};
use schema::limits::{CONNECTION_IDLE_MS, FRAME_BYTES_MAX, LAST_FRAMES_MS_MAX, OUTBOX_BYTES_MAX};
use schema::wire::{self, ClientFrame, ServerFrame, VERSIONS};
use tests::native::NativeClient;
use tests::served::{COALITION, SECOND_WRITER, Served, WRITER};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// One of the sample's people with the chapter open.
pub async fn writer(server: &Served, key: (PlanId, ChapterId), person: usize) -> NativeClient {
    let cookie = server.sign_in(person).await.unwrap();
    let seed = schrijftafel_server::clock::random_bytes::<8>();
    server
        .client(key, Some(&cookie), u64::from_be_bytes(seed))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_get_nothing_into_a_text_by_raw_frames() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = writer(&server, key, WRITER).await;
    anna.type_at(0, 0, "Van Anna").unwrap();
    anna.settled().await.unwrap();

    // A member of the coalition and a writer of another team read the concept, and not how it came about letter by
    // letter; so they push to a channel that is open for others only.
    let others = server.chapter_of_others().await.unwrap();
    let before = server.log_length().await.unwrap();
    for (person, key) in [(COALITION, key), (WRITER, others)] {
        let cookie = server.sign_in(person).await.unwrap();
        let mut intruder = NativeClient::new(&server.socket(), Some(&cookie), key, 3 + person as u64);
        intruder.connect().await.unwrap();
        assert_eq!(intruder.closed.as_ref().unwrap().code, "live-text-withheld");
        assert_eq!(
            intruder.changes(),
            1,
            "nothing but what every document begins with"
        );
        push_unopened(&server, &cookie).await;
    }
    let cookie = server.sign_in(COALITION).await.unwrap();
    let text = server
        .get(&cookie, &format!("/chapters/{}/text", key.1))
        .await
        .unwrap();
    assert!(text["document"].to_string().contains("Van Anna"), "{text}");
    // Nobody at all.
    let mut nobody = NativeClient::new(&server.socket(), None, key, 4);
    nobody.connect().await.unwrap();
    assert_eq!(nobody.closed.as_ref().unwrap().code, "not-signed-in");
    assert_eq!(
        server.log_length().await.unwrap(),
        before,
        "nothing of it is in the log"
    );

    // Somebody who may write, under the actor of somebody else.
    let mut bram = writer(&server, key, SECOND_WRITER).await;
    let stolen = anna.actor();
    bram.doc.set_actor(stolen);
    bram.type_at(0, 0, "Onder Anna's naam").unwrap();
    bram.until("it is refused", |it| !it.refused.is_empty())
        .await
        .unwrap();
    assert_eq!(bram.refused[0].code, "foreign-actor");

    let fresh = writer(&server, key, WRITER).await;
    assert_eq!(fresh.text(), "Van Anna");
}

/// Pushes to the first channel that anybody has opened, without having opened it.
async fn push_unopened(server: &Served, cookie: &str) {
    let mut socket = raw(server, cookie).await;
    socket.send(hello()).await.unwrap();
    let push = ClientFrame::Push {
        channel: 1,
        generation: Generation(1),
        changes: vec![vec![1, 2, 3].into()],
    };
    let push = Message::Binary(wire::encode(&push).into());
    socket.send(push).await.unwrap();
    let mut heard = Vec::new();
    while let Some(Ok(Message::Binary(bytes))) = socket.next().await {
        heard.push(wire::decode_server(&bytes).unwrap());
        if let Some(ServerFrame::Closed { reason, .. }) = heard.last() {
            return assert_eq!(reason.code, "not-open", "rule O2");
        }
    }
    panic!("rule O2: {heard:?}");
}

/// A socket without a protocol machine.
async fn raw(server: &Served, cookie: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let mut request = server.socket().as_str().into_client_request().unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    connect_async(request).await.unwrap().0
}

fn hello() -> Message {
    let hello = ClientFrame::Hello {
        versions: VERSIONS.to_vec(),
        device: DeviceId::from_bytes([1; 16]),
        page: PageSessionId::from_bytes([2; 16]),
    };
    Message::Binary(wire::encode(&hello).into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_is_too_long_is_answered_before_the_connection_ends() {
    let server = Served::start().await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut socket = raw(&server, &cookie).await;
    socket.send(hello()).await.unwrap();
    let too_long = vec![0; FRAME_BYTES_MAX + 1];
    socket.send(Message::Binary(too_long.into())).await.unwrap();
    let mut heard = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(bytes) = message {
            heard.push(wire::decode_server(&bytes).unwrap());
        }
    }
    let Some(ServerFrame::Bye { reason, .. }) = heard.last() else {
        panic!("rule C5: {heard:?}");
    };
    assert_eq!(reason.code, "malformed-frame");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_what_was_open_within_a_second() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut anna = server.client(key, Some(&cookie), 1).await.unwrap();
    anna.type_at(0, 0, "Nog aangemeld").unwrap();
    anna.settled().await.unwrap();
    server.sign_out(&cookie).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(1), anna.idle(Duration::from_secs(60)));
    let error = ended.await.expect("it ends within a second").unwrap_err();
    assert!(error.to_string().contains("not-signed-in"), "rule C3: {error}");
    anna.cut();
    anna.connect().await.unwrap();
    assert_eq!(anna.closed.as_ref().unwrap().code, "not-signed-in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_meant_for_somebody_else_offers_nothing_in_the_name_of_whoever_is_signed_in() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let (anna, bram) = (
        server.sign_in(WRITER).await.unwrap(),
        server.sign_in(SECOND_WRITER).await.unwrap(),
    );
    let shown = server.shown(&anna).await.unwrap();
    let meant = format!("{}?as={shown}", server.socket());
    let mut client = NativeClient::new(&meant, Some(&bram), key, 1);
    client.connect().await.unwrap();
    assert_eq!(client.closed.as_ref().unwrap().code, "not-signed-in", "rule C3");
    let mut client = NativeClient::new(&meant, Some(&anna), key, 2);
    client.connect().await.unwrap();
    client.type_at(0, 0, "Van Anna zelf").unwrap();
    client.settled().await.unwrap();
    assert!(client.closed.is_none() && client.refused.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_does_not_read_is_cut_off_and_what_waited_for_it_is_gone() {
    let server = Served::start().await.unwrap();
    let key = server.empty_chapter().await.unwrap();
    let mut anna = writer(&server, key, WRITER).await;
    let mut letters = 7_u64;
    for _ in 0..20 {
        // Letters without a pattern, so that the saved document is no smaller than they are.
        let words: String = (0..10_000)
            .map(|_| {
                letters = letters.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b'!' + ((letters >> 33) % 90) as u8)
            })
            .collect();
        anna.type_at(0, 0, &words).unwrap();
    }
    anna.settled().await.unwrap();
    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let mut socket = raw(&server, &cookie).await;
    socket.send(hello()).await.unwrap();
    const ASKED: u32 = 600;
    for request in 0..ASKED {
        let open = ClientFrame::Open {
            request,
            plan: key.0,
            chapter: key.1,
            have: None,
        };
        // It may have been cut off before it has asked everything.
        let asked = socket.send(Message::Binary(wire::encode(&open).into()));
        if asked.await.is_err() {
            break;
        }
    }
    // Nothing is read any more while a send waits, so the server hears nothing of it either. A busy machine may need
    // a while before the queue is full.
    let patience = Duration::from_millis(2 * (CONNECTION_IDLE_MS + LAST_FRAMES_MS_MAX));
    let is_cut_off = async {
        while socket.send(Message::Ping(Vec::new().into())).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let cut_off = tokio::time::timeout(patience, is_cut_off).await;
    assert!(cut_off.is_ok(), "rule C4: it is still connected");
    let mut bytes = 0;
    while let Some(Ok(message)) = socket.next().await {
        bytes += message.len();
    }
    assert!(
        bytes < OUTBOX_BYTES_MAX,
        "rule C7: {bytes} bytes were kept for it"
    );
}
