//! What a client can say that no client of ours would, through real sockets to a real process: it costs the one who says it
//! something, and nobody else.

use std::io::Write;
use std::path::Path;

use automerge::legacy::{ElementId, Key, OpId};
use automerge::{Change, ExpandedChange};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use futures_util::{SinkExt, StreamExt};
use schema::ids::{ActorRef, ChapterId, Generation, IncarnationId, PlanId, Revision, TimestampMs};
use schema::limits::{CHANGE_BYTES_MAX, FRAME_BYTES_MAX};
use schema::log::event::text_event_id;
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{NewEvent, Salts, Stream, Via, Who};
use schema::text::follow::Copy;
use schema::wire::{Have, ServerFrame, Start};
use schrijftafel_server::log::engine::{self, Opening};
use schrijftafel_server::log::{AppendRequest, Direction, ReadRequest, Selector};
use tests::raw::{Author, RawClient};
use tests::served::{SECOND_WRITER, Served, WRITER};
use tests::usage::Usage;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

type ChapterKey = (PlanId, ChapterId);

/// What a server may take more than before for something that it refuses, in MB.
const MEMORY_MB_MAX: u64 = 48;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
}

/// A server of its own, an empty chapter, and one of its writers, greeted.
async fn scene() -> (Served, ChapterKey, RawClient) {
    let server = Served::process(program()).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let anna = writer(&server, WRITER).await;
    (server, key, anna)
}

async fn writer(server: &Served, person: usize) -> RawClient {
    let cookie = server.sign_in(person).await.unwrap();
    RawClient::greeted(&server.socket(), &cookie).await.unwrap()
}

/// What somebody sees who comes now.
async fn text(server: &Served, key: ChapterKey) -> String {
    let cookie = server.sign_in(WRITER).await.unwrap();
    let seed = u64::from_be_bytes(schrijftafel_server::clock::random_bytes());
    let client = server.client(key, Some(&cookie), seed).await;
    client.unwrap().text()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lies_about_what_they_have_gets_the_whole_text() {
    let (server, key, mut anna) = scene().await;
    let opened = anna.open(key, None).await.unwrap();
    let mut author = Author::fresh();
    anna.bind(opened.channel, author.actor).await.unwrap();
    let changes: Vec<_> = (0..4).map(|_| author.types("waar ")).collect();
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    anna.push(opened.channel, &changes).await.unwrap();
    assert_eq!(anna.answers(4).await.unwrap(), ["yours"; 4]);

    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let incarnation = RawClient::incarnation(&server.socket(), &cookie).await.unwrap();
    let strange = IncarnationId::from_bytes([0x5e; 16]);
    let mut liar = writer(&server, SECOND_WRITER).await;
    for (incarnation, generation, next) in [
        (incarnation, 1, 6),
        (incarnation, 1, u64::MAX),
        (incarnation, 1, 0),
        (incarnation, 2, 3),
        (incarnation, u32::MAX, 3),
        (strange, 1, 3),
    ] {
        let have = Have {
            incarnation,
            generation: Generation(generation),
            next: Revision(next),
        };
        let opened = liar.open(key, Some(have.clone())).await.unwrap();
        let Start::Snapshot { next, document } = opened.start else {
            panic!("rule O4: {have:?} is believed");
        };
        assert_eq!(opened.head, Revision(5));
        assert!(next <= opened.head, "rule O4");
        assert!(Copy::load(&document).is_ok());
    }
    let have = Have {
        incarnation,
        generation: Generation(1),
        next: Revision(3),
    };
    let opened = liar.open(key, Some(have)).await.unwrap();
    assert_eq!(opened.start, Start::Tail, "rule O3");
    let first = liar.until(|frame| match frame {
        ServerFrame::Changes { first, items, .. } => Some((first, items.len())),
        _ => None,
    });
    assert_eq!(first.await.unwrap(), (Revision(3), 2), "rule O3");
    assert_eq!(text(&server, key).await, "waar waar waar waar ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_frames_of_another_played_back_say_nothing_new() {
    let (server, key, mut anna) = scene().await;
    let opened = anna.open(key, None).await.unwrap();
    let mut author = Author::fresh();
    anna.bind(opened.channel, author.actor).await.unwrap();
    let change = author.types("van Anna");
    anna.push(opened.channel, &[&change]).await.unwrap();
    assert_eq!(anna.answers(1).await.unwrap(), ["yours"]);
    let before = server.log_length().await.unwrap();

    for (person, expected) in [(SECOND_WRITER, "foreign-actor"), (WRITER, "known")] {
        let cookie = server.sign_in(person).await.unwrap();
        let mut replayed = RawClient::connect(&server.socket(), &cookie).await.unwrap();
        for frame in anna.said.clone() {
            replayed.say_bytes(frame).await.unwrap();
        }
        assert_eq!(replayed.answers(1).await.unwrap(), [expected], "rules A2 and P4");
        replayed.is_heard().await.unwrap();
    }
    assert_eq!(
        server.log_length().await.unwrap(),
        before,
        "nothing of it is in the log"
    );
    anna.is_heard().await.unwrap();
    assert_eq!(text(&server, key).await, "van Anna");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_out_of_order_or_with_a_gap_are_refused_and_welcome_in_order() {
    let (server, key, mut anna) = scene().await;
    let opened = anna.open(key, None).await.unwrap();
    let channel = opened.channel;
    let mut author = Author::fresh();
    anna.bind(channel, author.actor).await.unwrap();
    let [one, two, three] = [author.types("een "), author.types("twee "), author.types("drie ")];
    anna.push(channel, &[&three, &two]).await.unwrap();
    assert_eq!(anna.answers(2).await.unwrap(), ["unknown-parents"; 2], "rule P5");
    anna.push(channel, &[&one, &three]).await.unwrap();
    let mut answers = anna.answers(2).await.unwrap();
    answers.sort();
    assert_eq!(answers, ["unknown-parents", "yours"], "rule P5");
    anna.push(channel, &[&two, &three, &one]).await.unwrap();
    let mut answers = anna.answers(3).await.unwrap();
    answers.sort();
    assert_eq!(answers, ["known", "yours", "yours"], "rule P2");
    assert_eq!(text(&server, key).await, "drie twee een ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_chapters_are_refused_one_by_one_and_others_go_on() {
    let (server, key, mut anna) = scene().await;
    let opened = anna.open(key, None).await.unwrap();
    let mut author = Author::fresh();
    anna.bind(opened.channel, author.actor).await.unwrap();
    let mut greedy = writer(&server, SECOND_WRITER).await;
    let before = Usage::of(&server).unwrap();
    const AT_ONCE: u32 = 250;
    for round in 0..10_000 / AT_ONCE {
        for number in 0..AT_ONCE {
            let mut id = [0xee; 16];
            id[..4].copy_from_slice(&(round * AT_ONCE + number).to_be_bytes());
            // Every other one in a plan that is not there either.
            let plan = if number % 2 == 0 {
                key.0
            } else {
                PlanId::from_bytes(id)
            };
            greedy.ask((plan, ChapterId::from_bytes(id)), None).await.unwrap();
        }
        for _ in 0..AT_ONCE {
            let closed = |frame| matches!(frame, ServerFrame::Closed { request: Some(_), .. }).then_some(());
            greedy.until(closed).await.unwrap();
        }
    }
    greedy
        .open(key, None)
        .await
        .expect("rule O6: what is refused takes no place");
    let after = Usage::of(&server).unwrap();
    assert!(
        after.now_mb <= before.now_mb + MEMORY_MB_MAX,
        "{} MB more",
        after.now_mb - before.now_mb
    );
    let change = author.types("gaat door");
    anna.push(opened.channel, &[&change]).await.unwrap();
    assert_eq!(anna.answers(1).await.unwrap(), ["yours"]);
}

/// The head of a message of so many bytes, or of its first part; what follows is masked with zeroes.
fn head(opcode: u8, bytes: u64, is_whole: bool) -> Vec<u8> {
    let mut head = vec![opcode | if is_whole { 0x80 } else { 0 }, 0x80 | 127];
    head.extend(bytes.to_be_bytes());
    head.extend([0; 4]);
    head
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_megabytes_are_refused_at_their_head() {
    const BINARY: u8 = 2;
    const TEXT: u8 = 1;
    let (server, _, mut anna) = scene().await;
    let before = Usage::of(&server).unwrap();
    for (opcode, bytes) in [(BINARY, 100 << 20), (TEXT, 100 << 20), (BINARY, u64::MAX >> 1)] {
        let mut loud = writer(&server, SECOND_WRITER).await;
        loud.socket
            .get_mut()
            .write_all(&head(opcode, bytes, true))
            .await
            .unwrap();
        assert_eq!(loud.goodbye().await.unwrap().0, "malformed-frame", "rule C5");
    }
    // The same in a hundred parts, each of which is small enough.
    let mut loud = writer(&server, SECOND_WRITER).await;
    let part = vec![0; FRAME_BYTES_MAX];
    for number in 0..100 {
        let opcode = if number == 0 { BINARY } else { 0 };
        let socket = loud.socket.get_mut();
        let said = async {
            socket.write_all(&head(opcode, part.len() as u64, false)).await?;
            socket.write_all(&part).await
        };
        // It may be cut off before it has said everything, or not be read any more.
        let waited = tokio::time::timeout(std::time::Duration::from_secs(5), said).await;
        if !matches!(waited, Ok(Ok(()))) {
            assert!(number < 20, "{number} MB were taken");
            break;
        }
    }
    assert_eq!(loud.goodbye().await.unwrap().0, "malformed-frame", "rule C5");
    let after = Usage::of(&server).unwrap();
    assert!(
        after.peak_mb <= before.peak_mb + MEMORY_MB_MAX,
        "{} MB more",
        after.peak_mb - before.peak_mb
    );
    anna.is_heard().await.unwrap();
}

/// A change chunk whose contents are so many zeroes, compressed.
fn bomb(bytes: usize) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let zeroes = vec![0; 1 << 20];
    for _ in 0..bytes / zeroes.len() {
        encoder.write_all(&zeroes).unwrap();
    }
    let compressed = encoder.finish().unwrap();
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 2];
    let mut length = compressed.len();
    while length >= 0x80 {
        chunk.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    chunk.push(length as u8);
    chunk.extend(compressed);
    chunk
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_inflates_without_end_is_refused_when_it_is_larger_than_a_change() {
    let (server, key, mut anna) = scene().await;
    let opened = anna.open(key, None).await.unwrap();
    let mut author = Author::fresh();
    anna.bind(opened.channel, author.actor).await.unwrap();
    let bomb = bomb(64 << 20);
    assert!(bomb.len() < CHANGE_BYTES_MAX, "it is small: {}", bomb.len());
    let before = Usage::of(&server).unwrap();
    for _ in 0..4 {
        anna.push(opened.channel, &[&bomb, &bomb]).await.unwrap();
        assert_eq!(anna.answers(2).await.unwrap(), ["too-large"; 2], "rule P3");
    }
    // A compressed message, which nobody agreed on.
    let mut squeezed = writer(&server, SECOND_WRITER).await;
    let mut frame = head(2, 4, true);
    frame[0] |= 0x40;
    frame.extend([1, 2, 3, 4]);
    squeezed.socket.get_mut().write_all(&frame).await.unwrap();
    assert_eq!(squeezed.goodbye().await.unwrap().0, "malformed-frame", "rule C5");
    let after = Usage::of(&server).unwrap();
    assert!(
        after.peak_mb <= before.peak_mb + MEMORY_MB_MAX,
        "{} MB more",
        after.peak_mb - before.peak_mb
    );
    let change = author.types("gaat door");
    anna.push(opened.channel, &[&change]).await.unwrap();
    assert_eq!(anna.answers(1).await.unwrap(), ["yours"]);
}

/// The same change, but it follows an operation that does not exist: the library panics on it.
fn spoiled(raw: &[u8]) -> Change {
    let mut change: ExpandedChange = Change::from_bytes(raw.to_vec()).unwrap().decode();
    change.operations[0].key = Key::Seq(ElementId::Id(OpId::new(9_000, &change.actor_id)));
    Change::from(change)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_makes_the_library_panic_costs_nobody_else_a_word() {
    let (mut server, key, mut anna) = scene().await;
    let opened = anna.open(key, None).await.unwrap();
    let mut author = Author::fresh();
    anna.bind(opened.channel, author.actor).await.unwrap();
    let good = author.types("goed ");
    let bad = spoiled(&author.types("kwaad "));
    anna.push(opened.channel, &[&good, bad.raw_bytes()])
        .await
        .unwrap();
    let mut answers = anna.answers(2).await.unwrap();
    answers.sort();
    assert_eq!(answers, ["unknown-reference", "yours"], "acceptance keeps it out");
    anna.is_heard().await.unwrap();

    // An earlier program let it in: it stands in the log when the server starts.
    server.kill().unwrap();
    append(&server.data().join("log"), key, &bad);
    let data = server.data().to_owned();
    server.start_again(program(), &data).await.unwrap();
    assert_eq!(text(&server, key).await, "goed ");
    let mut anna = writer(&server, WRITER).await;
    let opened = anna.open(key, None).await.unwrap();
    assert_eq!(opened.generation, Generation(2), "rebuilt without it");
}

/// Puts a change into a log that no server uses, as the last author of the text.
fn append(log: &Path, (plan, chapter): ChapterKey, change: &Change) {
    let log = engine::open_existing(log, Opening::Serve).unwrap();
    let stream = Stream::Text(chapter, Generation(1));
    let last = ReadRequest {
        plan,
        selector: Selector::Stream(stream),
        from: u64::MAX,
        direction: Direction::Backward,
        limit: 1,
    };
    let who: ActorRef = log.read(&last).unwrap()[0].envelope.who;
    let event = NewEvent {
        id: text_event_id(chapter, Generation(1), &change.hash().0),
        stream,
        kind: TEXT_CHANGED,
        who: Who::Actor(who),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: change.raw_bytes().into(),
    };
    let request = AppendRequest {
        plan,
        events: vec![event],
        guards: Vec::new(),
    };
    let mut salts = || Salts {
        envelope: [1; 32],
        payload: [2; 32],
    };
    let now: TimestampMs = schrijftafel_server::clock::now_ms();
    let appended = log.append_group(now, &mut salts, vec![request]).remove(0);
    appended.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_frame_ends_its_connection_and_no_other() {
    let (server, _, mut anna) = scene().await;
    for bytes in [
        vec![],
        vec![0xff; 40],
        vec![0x9f; 1 << 16],
        b"GET / HTTP/1.1".to_vec(),
    ] {
        let mut noisy = writer(&server, SECOND_WRITER).await;
        noisy.say_bytes(bytes).await.unwrap();
        assert_eq!(noisy.goodbye().await.unwrap().0, "malformed-frame", "rule C5");
        assert!(
            noisy.hear().await.unwrap().is_none(),
            "rule C6: nothing comes after it"
        );
    }
    let mut noisy = writer(&server, SECOND_WRITER).await;
    noisy.socket.send(Message::Text("hallo".into())).await.unwrap();
    assert_eq!(noisy.goodbye().await.unwrap().0, "malformed-frame", "rule C5");
    drop(noisy.socket.next().await);
    anna.is_heard().await.unwrap();
}
