//! The worker without a browser: what it stores, when it sends, what it keeps. The server's frames are real ones.

use automerge::AutoCommit;
use schema::ids::{ActorRef, ChapterId, IncarnationId, PlanId, Position, Revision};
use schema::text::genesis;
use schema::wire::{self, ClientFrame, Item, Reason, ServerFrame, Start};
use serde_json::json;

use super::*;

mod blocks;
mod closing;
mod connection;
mod erased;
mod moving;
mod offline;
mod recovery;
mod refused;
mod reunion;
mod windows;

const KEY: ChapterKey = (PlanId::from_bytes([1; 16]), ChapterId::from_bytes([2; 16]));

/// Most tests have one window.
impl From<u64> for Sight {
    fn from(version: u64) -> Self {
        Self { window: 0, version }
    }
}

fn desk() -> Desk {
    Desk::new(
        DeviceId::from_bytes([3; 16]),
        PageSessionId::from_bytes([4; 16]),
        [5; 32],
    )
}

fn sent(effects: &[Effect]) -> Vec<ClientFrame> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Send(bytes) => Some(wire::decode_client(bytes).unwrap()),
        _ => None,
    });
    frames.collect()
}

fn told(effects: &[Effect], kind: &str) -> Vec<Json> {
    let messages = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(_, message) if message["type"] == kind => Some(message.clone()),
        _ => None,
    });
    messages.collect()
}

fn hear(desk: &mut Desk, now: u64, frame: &ServerFrame) -> Vec<Effect> {
    desk.received(now, &wire::encode(frame));
    desk.take_effects()
}

/// Says that what is in the outbox is on disk; answers the hash of the first of it.
fn stored_and_sent(desk: &mut Desk) -> [u8; 32] {
    let effects = desk.take_effects();
    let hash = effects.iter().find_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(*row.hash),
        _ => None,
    });
    desk.stored(&[hash.unwrap()]);
    desk.take_effects();
    hash.unwrap()
}

fn welcome() -> ServerFrame {
    ServerFrame::Welcome {
        version: 1,
        incarnation: IncarnationId::from_bytes([9; 16]),
        now: schema::ids::TimestampMs(0),
    }
}

/// A desk with the chapter open and an actor bound, and what was sent to get there.
fn writing() -> (Desk, BoundActor) {
    let mut desk = desk();
    desk.open(KEY, &Kept::default(), 0);
    let actor = reconnected(&mut desk);
    (desk, actor)
}

fn reconnected(desk: &mut Desk) -> BoundActor {
    desk.connected(0);
    let asked = sent(&hear(desk, 0, &welcome()));
    let request = asked.iter().find_map(|frame| match frame {
        ClientFrame::Open { request, .. } => Some(*request),
        _ => None,
    });
    let effects = hear(
        desk,
        0,
        &ServerFrame::Opened {
            request: request.unwrap(),
            channel: 6,
            generation: Generation(1),
            schema_version: 1,
            head: Revision(1),
            read_only: None,
            start: Start::Snapshot {
                next: Revision(1),
                document: genesis::new_automerge().save().into(),
            },
            erased_before: None,
        },
    );
    let actors: Vec<BoundActor> = sent(&effects)
        .into_iter()
        .filter_map(|frame| match frame {
            ClientFrame::Bind { actors, .. } => Some(actors),
            _ => None,
        })
        .flatten()
        .collect();
    let actor = actors[0];
    let bound = ServerFrame::Bound {
        channel: 6,
        actors: vec![(actor, ActorRef(Position(3)))],
    };
    hear(desk, 0, &bound);
    actor
}

fn paragraph(text: &str) -> TopRange {
    let nodes = vec![json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })];
    TopRange {
        from: 0,
        to: 1,
        nodes,
        kept: None,
        back: None,
    }
}

#[test]
fn a_change_is_stored_before_it_is_sent() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("Zorg"));
    desk.tick(1_200);
    assert!(
        sent(&desk.take_effects()).is_empty(),
        "the pause of typing is not over"
    );
    desk.tick(1_301);
    let effects = desk.take_effects();
    let row = effects.iter().find_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(row.clone()),
        _ => None,
    });
    assert!(sent(&effects).is_empty(), "rule P1");
    desk.stored(&[*row.unwrap().hash]);
    assert!(
        matches!(&sent(&desk.take_effects())[..], [ClientFrame::Push { changes, .. }] if changes.len() == 1)
    );
}

#[test]
fn what_was_typed_offline_survives_a_reload() {
    let (mut desk, _) = writing();
    desk.disconnected();
    desk.take_effects();
    desk.edit(1_000, KEY, 0, &paragraph("zonder netwerk"));
    desk.flush(1_001);
    let outbox = desk
        .take_effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::StoreOutbox(_, row) => Some(row),
            _ => None,
        })
        .collect();
    let state = State {
        incarnation: IncarnationId::from_bytes([9; 16]),
        generation: Generation(1),
        next: Revision(1),
        schema_version: 1,
        snapshot: genesis::new_automerge().save().into(),
        may_write: true,
        own: None,
    };
    let actor = Some(BoundActor::from_bytes([77; 16]));
    let kept = Kept {
        state: Some(state),
        outbox,
        actor,
        ..Kept::default()
    };
    let mut again = self::desk();
    again.open(KEY, &kept, 1);
    let effects = again.take_effects();
    assert!(
        told(&effects, "document")[0]
            .to_string()
            .contains("zonder netwerk")
    );
    let status = &told(&effects, "status")[0];
    assert_eq!(
        (status["status"].as_str(), status["canWrite"].as_bool()),
        (Some("offline"), Some(true))
    );
    again.connected(5_000);
    hear(&mut again, 5_000, &welcome());
    let effects = hear(
        &mut again,
        5_000,
        &ServerFrame::Opened {
            request: 1,
            channel: 6,
            generation: Generation(1),
            schema_version: 1,
            head: Revision(1),
            read_only: None,
            start: Start::Tail,
            erased_before: None,
        },
    );
    assert!(
        sent(&effects)
            .iter()
            .any(|frame| matches!(frame, ClientFrame::Push { .. })),
        "rule P2"
    );
}

#[test]
fn a_server_that_cannot_save_is_told_until_it_acknowledges() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("geen ruimte"));
    desk.flush(1_001);
    let hash = stored_and_sent(&mut desk);
    let goodbye = ServerFrame::Bye {
        reason: Reason::new(LOG_UNAVAILABLE, "disk full"),
        retry_after_ms: Some(5_000),
    };
    let effects = hear(&mut desk, 1_100, &goodbye);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reconnect)));
    assert_eq!(desk.disconnected(), 5_000, "rule C6");
    let status = |effects: &[Effect]| told(effects, "status").last().unwrap()["status"].clone();
    assert_eq!(status(&desk.take_effects()), "stopped");
    reconnected(&mut desk);
    desk.edit(7_000, KEY, 0, &paragraph("geen ruimte!"));
    desk.flush(7_001);
    assert_eq!(
        status(&desk.take_effects()),
        "stopped",
        "connected, and still not saved"
    );
    let known = ServerFrame::Known {
        channel: 6,
        hash: hash.into(),
        position: Position(9),
    };
    let effects = hear(&mut desk, 7_200, &known);
    assert_eq!(status(&effects), "saving");
    assert_eq!(desk.disconnected(), 250, "the long wait is for that goodbye only");
}

#[test]
fn a_refused_change_leaves_the_text_and_stays_as_words() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("mag niet meer"));
    desk.flush(1_001);
    let hash = stored_and_sent(&mut desk);
    let reason = Reason::new("not-allowed", "withdrawn");
    hear(
        &mut desk,
        1_100,
        &ServerFrame::Access {
            channel: 6,
            read_only: Some(reason.clone()),
        },
    );
    let effects = hear(
        &mut desk,
        1_100,
        &ServerFrame::Refused {
            channel: 6,
            hash: hash.into(),
            reason,
        },
    );
    assert!(
        !told(&effects, "document")[0]
            .to_string()
            .contains("mag niet meer")
    );
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], "mag niet meer");
    assert_eq!(status["canWrite"], false);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropOutbox(_, of) if *of == hash))
    );
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::StoreRefused(..)))
    );
}

#[test]
fn others_changes_and_ones_own_merge() {
    let (mut desk, _) = writing();
    let mut other = genesis::new_doc(BoundActor::from_bytes([8; 16]));
    {
        use automerge::transaction::Transactable;
        other.splice_text(genesis::text_id(), 0, 0, "Samen ").unwrap();
    }
    let raw = other.get_last_local_change().unwrap().raw_bytes().to_vec();
    desk.edit(1_000, KEY, 0, &paragraph("zorgen"));
    desk.take_effects();
    let effects = hear(
        &mut desk,
        1_050,
        &ServerFrame::Changes {
            channel: 6,
            first: Revision(1),
            items: vec![Item::Change {
                who: ActorRef(Position(1)),
                raw: raw.into(),
            }],
        },
    );
    let text = told(&effects, "update").pop().unwrap().to_string();
    assert!(text.contains("Samen") && text.contains("zorgen"), "{text}");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::StoreTail(..)))
    );
}

/// The chapter goes on in generation 2, whose text is "begin ".
fn moved_to_the_next_generation(desk: &mut Desk) -> Vec<Effect> {
    moved_on(desk, None)
}

/// The same; what was before some generation is erased.
fn moved_on(desk: &mut Desk, erased_before: Option<Generation>) -> Vec<Effect> {
    let moved = ServerFrame::Moved {
        channel: 6,
        generation: Generation(2),
    };
    hear(desk, 1_100, &moved);
    let mut fresh = genesis::new_doc(BoundActor::from_bytes([8; 16]));
    {
        use automerge::transaction::Transactable;
        fresh.splice_text(genesis::text_id(), 0, 0, "begin ").unwrap();
    }
    hear(desk, 1_100, &goes_on(2, 2, &mut fresh, erased_before))
}

/// The answer to a request: the chapter goes on in this generation, whose document holds two changes.
fn goes_on(
    request: u32,
    generation: u32,
    fresh: &mut AutoCommit,
    erased_before: Option<Generation>,
) -> ServerFrame {
    ServerFrame::Opened {
        request,
        channel: 6,
        generation: Generation(generation),
        schema_version: 1,
        head: Revision(2),
        read_only: None,
        start: Start::Snapshot {
            next: Revision(2),
            document: fresh.save().into(),
        },
        erased_before,
    }
}

#[test]
fn who_may_not_read_any_more_keeps_the_unsent_words() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("te laat"));
    let signed_out = ServerFrame::Closed {
        request: None,
        channel: Some(6),
        reason: Reason::new("not-signed-in", "the session lapsed"),
    };
    let effects = hear(&mut desk, 1_100, &signed_out);
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["status"], "closed");
    assert_eq!(
        status["refused"],
        json!([]),
        "rule G2: after signing in they are sent"
    );
    desk.edit(1_110, KEY, 1, &paragraph("te laat getypt"));
    let under_way = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(
        under_way["refused"],
        json!([]),
        "what was typed before the editor heard of it goes with the rest of its word"
    );
    assert_eq!(desk.chapters[&KEY].text().blocks[0].text(), "te laat getypt");

    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("te laat"));
    let withdrawn = ServerFrame::Closed {
        request: None,
        channel: Some(6),
        reason: Reason::new("not-in-plan", "the right was withdrawn"),
    };
    let effects = hear(&mut desk, 1_100, &withdrawn);
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], "te laat", "rule G2");
    assert!(!told(&effects, "document")[0].to_string().contains("te laat"));
    let is_stored = |effect: &Effect| matches!(effect, Effect::StoreOutbox(..));
    assert!(
        effects.iter().any(is_stored),
        "it stays a change, which may have arrived"
    );
}

#[test]
fn a_pasted_book_is_refused_whole_and_kept() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph(&"boek ".repeat(200_000)));
    let effects = desk.take_effects();
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["reason"], "chapter-too-long");
    assert_eq!(status["refused"][0]["text"].as_str().unwrap().len(), 1_000_000);
}

#[test]
fn a_long_paste_goes_as_changes_that_are_all_accepted() {
    let (mut desk, actor) = writing();
    let long = "Zorg 🏡 dichtbij. ".repeat(4_000);
    desk.edit(1_000, KEY, 0, &paragraph(&long));
    desk.flush(1_001);
    let mut evidence = schema::text::evidence::Evidence::new();
    let mut doc =
        AutoCommit::load_with_options(&genesis::new_automerge().save(), genesis::load_options()).unwrap();
    let rows = desk.take_effects().into_iter().filter_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(row.raw.to_vec()),
        _ => None,
    });
    let mut count = 0;
    for raw in rows {
        evidence.admit(&raw, &[actor]).unwrap();
        doc.apply_changes([automerge::Change::from_bytes(raw).unwrap()])
            .unwrap();
        count += 1;
    }
    assert!(count > 5, "{count}");
    use automerge::ReadDoc;
    assert_eq!(
        doc.text(genesis::text_id()).unwrap().replace('\u{fffc}', ""),
        long
    );
}

/// The editor sent an edit just before the text was rebuilt under it: its base is still known.
#[test]
fn an_edit_under_way_while_the_text_is_rebuilt_arrives() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("Zorg"));
    desk.flush(1_001);
    desk.take_effects();
    desk.disconnected();
    reconnected(&mut desk);
    desk.edit(1_100, KEY, 1, &paragraph("Zorg dichtbij"));
    let effects = desk.take_effects();
    assert_eq!(told(&effects, "update")[0]["confirms"], true);
    let (_, text) = desk.chapters[&KEY].bridge.as_ref().unwrap().current();
    assert_eq!(text.blocks[0].text(), "Zorg dichtbij");
}

#[test]
fn an_edit_that_is_not_understood_stays_as_words() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 99, &paragraph("op een onbekende stand"));
    let effects = desk.take_effects();
    assert_eq!(told(&effects, "document")[0]["answers"], true);
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], "op een onbekende stand\n");
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::StoreRefused(..)))
    );
}

#[test]
fn a_clock_set_back_keeps_no_letter_waiting() {
    let (mut desk, _) = writing();
    desk.edit(100_000, KEY, 0, &paragraph("Zorg"));
    desk.tick(1_000);
    assert!(
        desk.due_ms().is_some_and(|due| due <= 1_300),
        "{:?}",
        desk.due_ms()
    );
    desk.take_effects();
    desk.tick(1_300);
    stored_and_sent(&mut desk);
}
