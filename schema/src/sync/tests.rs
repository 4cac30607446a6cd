//! The client's half, fed with frames by hand: what it passes on, what it skips, and when it takes the line down.

use super::*;
use crate::ids::{
    ActorRef, ChapterId, DeviceId, Generation, IncarnationId, PageSessionId, PlanId, Position, Revision,
    TimestampMs,
};
use crate::limits::CONNECTION_IDLE_MS;
use crate::wire::{self, ClientFrame, Have, Item, ServerFrame, Start};

const KEY: ChapterKey = (PlanId::from_bytes([1; 16]), ChapterId::from_bytes([2; 16]));
const LIFE: IncarnationId = IncarnationId::from_bytes([9; 16]);

/// The server answers the greeting; what the client has asked for then.
fn connect(client: &mut Client) -> Vec<ClientFrame> {
    client.connected(0);
    let welcome = ServerFrame::Welcome {
        version: 1,
        incarnation: LIFE,
        now: TimestampMs(0),
    };
    hear(client, &welcome).unwrap();
    let frames = client.take_frames();
    let frames = frames.iter().map(|bytes| wire::decode_client(bytes).unwrap());
    frames.collect()
}

/// A client that is connected and has a chapter open from revision 5 on.
fn reading() -> Client {
    let mut client = Client::new(DeviceId::from_bytes([3; 16]), PageSessionId::from_bytes([4; 16]));
    let have = Have {
        incarnation: LIFE,
        generation: Generation(1),
        next: Revision(5),
    };
    client.open(KEY, Some(have), Vec::new());
    let asked = connect(&mut client);
    let [_, ClientFrame::Open { request, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    let opened = ServerFrame::Opened {
        request,
        channel: 6,
        generation: Generation(1),
        schema_version: 1,
        head: Revision(5),
        read_only: None,
        start: Start::Tail,
        erased_before: None,
    };
    hear(&mut client, &opened).unwrap();
    client
}

fn hear(client: &mut Client, frame: &ServerFrame) -> Result<Vec<ClientEvent>, ClientError> {
    client.receive(0, &wire::encode(frame))
}

/// So many places from a revision on, each a change whose only byte is its revision.
fn changes(first: u8, count: u8) -> ServerFrame {
    let item = |at: u8| Item::Change {
        who: ActorRef(Position(1)),
        raw: vec![at].into(),
    };
    ServerFrame::Changes {
        channel: 6,
        first: Revision(first.into()),
        items: (first..first + count).map(item).collect(),
    }
}

/// The batches of changes in what a client was told.
fn batches(events: Vec<ClientEvent>) -> Vec<Vec<u8>> {
    let batch = |event| match event {
        ClientEvent::Chapter(KEY, ChannelEvent::Changes { changes, .. }) => {
            Some(changes.into_iter().flat_map(|(_, raw)| raw).collect())
        }
        _ => None,
    };
    events.into_iter().filter_map(batch).collect()
}

#[test]
fn what_one_has_is_skipped_and_the_rest_of_a_frame_is_one_batch() {
    let mut client = reading();
    assert_eq!(
        batches(hear(&mut client, &changes(3, 4)).unwrap()),
        [[5, 6]],
        "rules R3 and R4"
    );
    assert_eq!(
        batches(hear(&mut client, &changes(3, 4)).unwrap()),
        [[0; 0]],
        "rule R3: a replay"
    );
    assert_eq!(
        batches(hear(&mut client, &changes(7, 3)).unwrap()),
        [[7, 8, 9]],
        "rule R4"
    );
    let have = client.channel(&KEY).unwrap().have().unwrap();
    assert_eq!(have.next, Revision(10));
}

#[test]
fn a_gap_takes_the_line_down_and_the_next_one_goes_on_before_it() {
    let mut client = reading();
    hear(&mut client, &changes(5, 1)).unwrap();
    let gap = ClientError::Gap {
        expected: Revision(6),
        received: Revision(7),
    };
    assert_eq!(hear(&mut client, &changes(7, 2)), Err(gap), "rule R3");
    client.disconnected();
    let frames = connect(&mut client);
    let resumes = |frame: &ClientFrame| matches!(frame, ClientFrame::Open { have: Some(have), .. } if have.next == Revision(6));
    assert!(frames.iter().any(resumes), "rule R3: {frames:?}");
}

#[test]
fn a_silent_server_is_noticed_and_one_that_answers_is_not() {
    let mut client = reading();
    let mut pinged = 0;
    for now in (0..=CONNECTION_IDLE_MS).step_by(1_000) {
        assert_eq!(client.tick(now), Ok(()));
        pinged += client.take_frames().len();
    }
    assert!(pinged >= 2, "rule C4: a heartbeat every 10 s");
    assert_eq!(
        client.tick(CONNECTION_IDLE_MS + 1),
        Err(ClientError::Silent),
        "rule C4"
    );
    client
        .receive(
            CONNECTION_IDLE_MS + 1,
            &wire::encode(&ServerFrame::Pong { token: 0 }),
        )
        .unwrap();
    assert_eq!(client.tick(CONNECTION_IDLE_MS + 1), Ok(()));
}
