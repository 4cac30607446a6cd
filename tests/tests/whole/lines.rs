//! Lines that are slow, dead or cut off, through real sockets to a real process: the server notices in time, and whoever
//! comes back goes on where they were.

#![expect(
    clippy::disallowed_methods,
    reason = "how long something takes is what is tested"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use schema::ids::{ChapterId, Generation, PlanId, Revision};
use schema::limits::{
    CHANGE_MESSAGE_BYTES_MAX, CONNECTION_IDLE_MS, LAST_FRAMES_MS_MAX, OUTBOX_FRAMES_MAX, RESTART_RETRY_MS,
};
use schema::wire::{ClientFrame, Have, ServerFrame, Start};
use tests::native::NativeClient;
use tests::proxy::DeadLine;
use tests::raw::{Author, RawClient};
use tests::served::{SECOND_WRITER, Served, WRITER};
use tokio::io::AsyncWriteExt;

/// What a busy machine may add to the time after which the server notices something.
const SLACK: Duration = Duration::from_secs(4);

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))
}

async fn scene() -> (Served, (PlanId, ChapterId)) {
    let server = Served::process(program()).unwrap();
    let key = server.empty_chapter().await.unwrap();
    (server, key)
}

async fn greeted(server: &Served, url: &str, person: usize) -> RawClient {
    let cookie = server.sign_in(person).await.unwrap();
    RawClient::greeted(url, &cookie).await.unwrap()
}

/// Says something, so as not to be silent itself, until a frame is what is wanted.
async fn awake_until(client: &mut RawClient, wanted: impl Fn(&ServerFrame) -> bool) {
    loop {
        let heard = tokio::time::timeout(Duration::from_secs(5), client.hear()).await;
        match heard {
            Ok(Ok(Some(frame))) if wanted(&frame) => return,
            Ok(Ok(Some(_))) => {}
            Ok(ended) => panic!("the connection lasts: {ended:?}"),
            Err(_) => client.say(&ClientFrame::Ping { token: 1 }).await.unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_gone_without_a_word_is_noticed_within_half_a_minute() {
    let (server, key) = scene().await;
    let line = DeadLine::to(&server.socket()).await.unwrap();
    let mut phone = greeted(&server, line.url(), WRITER).await;
    phone.open(key, None).await.unwrap();
    let mut bram = greeted(&server, &server.socket(), SECOND_WRITER).await;
    bram.open(key, None).await.unwrap();
    awake_until(&mut bram, |frame| matches!(frame, ServerFrame::Presence { .. })).await;
    phone.is_heard().await.unwrap();
    let died = Instant::now();
    line.dies();
    awake_until(&mut bram, |frame| matches!(frame, ServerFrame::Left { .. })).await;
    let noticed = died.elapsed();
    let limit = Duration::from_millis(CONNECTION_IDLE_MS);
    assert!(
        noticed + Duration::from_secs(1) > limit,
        "rule C4: a pause is no end, {noticed:?}"
    );
    assert!(
        noticed < limit + SLACK,
        "rule C4: others see it after {noticed:?}"
    );
    let let_go = Duration::from_millis(LAST_FRAMES_MS_MAX) + SLACK;
    let closed = tokio::time::timeout(let_go, line.server_closed());
    closed.await.expect("and the server lets go of the socket");
}

/// A line that ends without a word is no bad frame of anybody, and many lines end so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_cut_is_not_told_as_a_bad_frame() {
    let told = tempfile::NamedTempFile::new().unwrap();
    let file = told.reopen().unwrap();
    let server = Served::process_telling(program(), "schrijftafel_server=debug", file).unwrap();
    let cut = greeted(&server, &server.socket(), WRITER).await;
    drop(cut);
    let mut bad = greeted(&server, &server.socket(), SECOND_WRITER).await;
    bad.socket.get_mut().write_all(&[0xff; 16]).await.unwrap();
    assert_eq!(bad.goodbye().await.unwrap().0, "malformed-frame", "rule C5");
    let is_told = |words: &str| {
        let text = std::fs::read_to_string(told.path()).unwrap();
        text.lines().filter(|line| line.contains(words)).count()
    };
    let told_by = Instant::now() + SLACK;
    while is_told("the connection is lost") == 0 && Instant::now() < told_by {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(is_told("the connection is lost"), 1);
    assert_eq!(is_told("malformed-frame"), 1, "of the one that was bad");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_byte_now_and_then_is_as_good_as_silence() {
    let (server, key) = scene().await;
    let mut slow = greeted(&server, &server.socket(), WRITER).await;
    slow.open(key, None).await.unwrap();
    let started = Instant::now();
    // The head of a message of 16 bytes that takes an hour to come.
    let sending = async {
        for byte in [0x82, 0x90, 0, 0, 0, 0, 7, 7, 7] {
            slow.socket.get_mut().write_all(&[byte]).await.unwrap();
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
    };
    let _ = tokio::time::timeout(Duration::from_millis(CONNECTION_IDLE_MS) - SLACK, sending).await;
    let (code, retry) = slow.goodbye().await.unwrap();
    assert_eq!((code.as_str(), retry), ("silent", Some(0)), "rule C4");
    let limit = Duration::from_millis(CONNECTION_IDLE_MS) + SLACK;
    assert!(
        started.elapsed() < limit,
        "rule C4: after {:?}",
        started.elapsed()
    );
    assert!(slow.hear().await.unwrap().is_none());
}

/// A chapter that two people have open.
struct Text {
    key: (PlanId, ChapterId),
    channel: u32,
    author: Author,
    /// The first revision that nobody has.
    head: Revision,
    /// The first revision that the slow one has not received.
    next: Revision,
}

impl Text {
    /// An empty chapter in which somebody has typed once.
    async fn begun(server: &Served, anna: &mut RawClient) -> Self {
        let key = server.empty_chapter().await.unwrap();
        let channel = anna.open(key, None).await.unwrap().channel;
        let mut author = Author::fresh();
        anna.bind(channel, author.actor).await.unwrap();
        let first = author.types("begin");
        anna.push(channel, &[&first]).await.unwrap();
        anna.answers(1).await.unwrap();
        Self {
            key,
            channel,
            author,
            head: Revision(2),
            next: Revision(0),
        }
    }
}

/// Takes what comes, which must go on without a gap, until it ends or every text is there.
async fn reads_on(reader: &mut RawClient, texts: &mut [Text]) {
    while texts.iter().any(|text| text.next < text.head) {
        match reader.hear().await {
            Ok(Some(ServerFrame::Changes {
                channel,
                first,
                items,
            })) => {
                let text = texts.iter_mut().find(|text| text.channel == channel).unwrap();
                assert_eq!(first, text.next, "rule R1");
                text.next = Revision(first.0 + items.len() as u64);
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_too_slow_is_cut_off_and_catches_up_from_where_it_was() {
    /// The system keeps megabytes between the two ends, and one text takes no more than two that are no letters.
    const TEXTS: usize = 6;
    const CHANGES_MAX: u64 = 1_500 * TEXTS as u64;
    let (server, _) = scene().await;
    let mut anna = greeted(&server, &server.socket(), WRITER).await;
    let mut texts = Vec::new();
    for _ in 0..TEXTS {
        texts.push(Text::begun(&server, &mut anna).await);
    }
    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let incarnation = RawClient::incarnation(&server.socket(), &cookie).await.unwrap();
    let slow = RawClient::greeted_on_a_narrow_line(&server.socket(), &cookie).await;
    let mut slow = slow.unwrap();
    for text in &mut texts {
        let Start::Snapshot { next, .. } = slow.open(text.key, None).await.unwrap().start else {
            panic!("it had nothing");
        };
        text.next = next;
        reads_on(&mut slow, std::slice::from_mut(text)).await;
    }
    // From here on it does not read, until the server has cut it off.
    let (mut made, mut is_cut_off) = (0, false);
    while !is_cut_off && made < CHANGES_MAX {
        let text = &mut texts[made as usize % TEXTS];
        let change = text
            .author
            .types_saying("a", "x".repeat(CHANGE_MESSAGE_BYTES_MAX));
        anna.push(text.channel, &[&change]).await.unwrap();
        (made, text.head) = (made + 1, text.head.next());
        let answered = anna.until(|frame| match frame {
            ServerFrame::Changes { .. } => Some(()),
            ServerFrame::Left { .. } => {
                is_cut_off = true;
                None
            }
            _ => None,
        });
        answered.await.unwrap();
    }
    assert!(is_cut_off, "rule C7: {made} frames wait for it");
    assert!(
        made > OUTBOX_FRAMES_MAX as u64,
        "rule C7: cut off after {made} frames"
    );
    reads_on(&mut slow, &mut texts).await;
    assert!(
        texts.iter().any(|text| text.next < text.head),
        "what did not fit does not come"
    );

    let mut slow = greeted(&server, &server.socket(), SECOND_WRITER).await;
    for text in &mut texts {
        let have = Have {
            incarnation,
            generation: Generation(1),
            next: text.next,
        };
        let opened = slow.open(text.key, Some(have)).await.unwrap();
        assert_eq!(
            (opened.start, opened.head),
            (Start::Tail, text.head),
            "rules C7 and O3"
        );
        reads_on(&mut slow, std::slice::from_mut(text)).await;
        assert_eq!(text.next, text.head);
    }
    slow.is_heard().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_says_when_to_come_back_and_everybody_does_with_what_they_had() {
    let (mut server, key) = scene().await;
    let cookie = server.sign_in(WRITER).await.unwrap();
    let mut anna: NativeClient = server.client(key, Some(&cookie), 1).await.unwrap();
    anna.type_at(0, 0, "voor ").unwrap();
    anna.settled().await.unwrap();
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(greeted(&server, &server.socket(), SECOND_WRITER).await);
    }
    let asked = Instant::now();
    server.ask_to_stop().unwrap();
    let mut hints = Vec::new();
    for other in &mut others {
        let (code, retry) = other.goodbye().await.unwrap();
        assert_eq!(code, "stopping", "rule C6");
        hints.push(retry.expect("rule C6: when to come back"));
    }
    let heard = anna.idle(Duration::from_secs(10)).await.unwrap_err().to_string();
    assert!(heard.contains("stopping"), "rule C6: {heard}");
    assert!(server.ended().unwrap(), "it ends well");
    let limit = Duration::from_millis(LAST_FRAMES_MS_MAX) + SLACK;
    assert!(asked.elapsed() < limit, "it stopped after {:?}", asked.elapsed());
    let (first, last) = RESTART_RETRY_MS;
    assert!(hints.iter().all(|hint| (first..last).contains(hint)), "{hints:?}");
    hints.sort_unstable();
    hints.dedup();
    assert_eq!(hints.len(), others.len(), "not all at the same moment");

    let wait = anna.client.disconnected();
    assert!(wait >= u64::from(first), "rule C6: its client waits {wait} ms");
    anna.cut();
    anna.type_at(5, 0, "en na").unwrap();
    let data = server.data().to_owned();
    server.start_again(program(), &data).await.unwrap();
    anna.connect().await.unwrap();
    anna.settled().await.unwrap();
    let cookie = server.sign_in(SECOND_WRITER).await.unwrap();
    let bram = server.client(key, Some(&cookie), 2).await.unwrap();
    assert_eq!(bram.text(), "voor en na");
}
