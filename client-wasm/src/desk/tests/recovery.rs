//! After a restore from backup: what the device holds goes back, waits for the others, or stays as words.

use automerge::ReadDoc;
use automerge::transaction::Transactable;

use super::*;

const NEW_LIFE: IncarnationId = IncarnationId::from_bytes([10; 16]);

/// Anna has written "een" (acknowledged), Bram "twee " on top of it, Anna "drie " on top of that (acknowledged). The
/// backup has none of it.
struct Scene {
    desk: Desk,
    anna: BoundActor,
    brams: Vec<u8>,
    hashes: Vec<[u8; 32]>,
}

impl Scene {
    fn new() -> Self {
        let (mut desk, anna) = writing();
        let mut hashes = vec![typed(&mut desk, 1_000, 0, "een")];
        acknowledge(&mut desk, hashes[0], 1);
        let mut doc = desk.chapters.get_mut(&KEY).unwrap().doc.as_mut().unwrap().fork();
        doc.set_actor(genesis::actor_id(BoundActor::from_bytes([8; 16])));
        doc.splice_text(genesis::text_id(), 0, 0, "twee ").unwrap();
        let brams = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
        let theirs = ServerFrame::Changes {
            channel: 6,
            first: Revision(2),
            items: vec![theirs(&brams)],
        };
        hear(&mut desk, 1_500, &theirs);
        hashes.push(typed(&mut desk, 2_000, 2, "drie twee een"));
        acknowledge(&mut desk, hashes[1], 3);
        desk.take_effects();
        Self {
            desk,
            anna,
            brams,
            hashes,
        }
    }

    /// The restored server, which has only the beginning, is there.
    fn restored(&mut self) -> Vec<Effect> {
        self.desk.disconnected();
        self.desk.take_effects();
        self.desk.connected(9_000);
        let welcome = ServerFrame::Welcome {
            version: 1,
            incarnation: NEW_LIFE,
            now: schema::ids::TimestampMs(0),
        };
        hear(&mut self.desk, 9_000, &welcome);
        let opened = ServerFrame::Opened {
            request: 2,
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
        };
        hear(&mut self.desk, 9_000, &opened)
    }

    fn bind(&mut self, actor: BoundActor) -> Vec<Effect> {
        let bound = ServerFrame::Bound {
            channel: 6,
            actors: vec![(actor, ActorRef(Position(40)))],
        };
        hear(&mut self.desk, 9_100, &bound)
    }

    fn text(&mut self) -> String {
        let doc = self.desk.chapters.get_mut(&KEY).unwrap().doc.as_mut().unwrap();
        doc.text(genesis::text_id()).unwrap().replace('\u{fffc}', "")
    }
}

fn theirs(raw: &[u8]) -> Item {
    Item::Change {
        who: ActorRef(Position(1)),
        raw: raw.to_vec().into(),
    }
}

/// The paragraph becomes `text`, as one change that is stored and sent.
fn typed(desk: &mut Desk, now: u64, base: u64, text: &str) -> [u8; 32] {
    desk.edit(now, KEY, base, &paragraph(text));
    desk.flush(now + 1);
    stored_and_sent(desk)
}

fn acknowledge(desk: &mut Desk, hash: [u8; 32], first: u64) {
    let frame = ServerFrame::Changes {
        channel: 6,
        first: Revision(first),
        items: vec![Item::Yours {
            hash: hash.into(),
            position: Position(first + 10),
        }],
    };
    hear(desk, 1_400, &frame);
}

fn claimed(effects: &[Effect]) -> Vec<BoundActor> {
    let frames = sent(effects).into_iter().filter_map(|frame| match frame {
        ClientFrame::Bind { actors, .. } => Some(actors),
        _ => None,
    });
    frames.flatten().collect()
}

fn pushed(effects: &[Effect]) -> Vec<Vec<u8>> {
    let frames = sent(effects).into_iter().filter_map(|frame| match frame {
        ClientFrame::Push { changes, .. } => Some(changes),
        _ => None,
    });
    frames.flatten().map(|raw| raw.to_vec()).collect()
}

fn in_outbox(effects: &[Effect]) -> Vec<[u8; 32]> {
    let rows = effects.iter().filter_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(*row.hash),
        _ => None,
    });
    rows.collect()
}

fn hashes_of(raws: Vec<Vec<u8>>) -> Vec<[u8; 32]> {
    let hashes = raws
        .into_iter()
        .map(|raw| automerge::Change::from_bytes(raw).unwrap().hash().0);
    hashes.collect()
}

#[test]
fn acknowledged_words_go_back_once_their_actor_is_bound_and_wait_for_what_they_build_on() {
    let mut scene = Scene::new();
    assert_eq!(scene.text(), "drie twee een");
    let effects = scene.restored();
    assert_eq!(
        in_outbox(&effects),
        scene.hashes,
        "they are on disk before anything else happens"
    );
    assert!(claimed(&effects).contains(&scene.anna), "rule L1");
    assert!(pushed(&effects).is_empty());
    let status = told(&effects, "status").pop().unwrap();
    assert_ne!(status["status"], "saved");
    assert_eq!(status["canWrite"], false, "new letters need another actor");

    let anna = scene.anna;
    let effects = scene.bind(anna);
    assert_eq!(hashes_of(pushed(&effects)), scene.hashes[..1]);
    assert_eq!(scene.text(), "een");

    // Bram's device brings his words back: then the rest follows, in the order in which it was written.
    let theirs = ServerFrame::Changes {
        channel: 6,
        first: Revision(1),
        items: vec![
            Item::Yours {
                hash: scene.hashes[0].into(),
                position: Position(50),
            },
            theirs(&scene.brams),
        ],
    };
    let effects = hear(&mut scene.desk, 9_200, &theirs);
    assert_eq!(hashes_of(pushed(&effects)), scene.hashes[1..]);
    assert_eq!(scene.text(), "drie twee een");
    assert!(!scene.desk.chapters[&KEY].is_recovering());
}

#[test]
fn what_nobody_brings_back_stays_as_words() {
    let mut scene = Scene::new();
    scene.restored();
    let anna = scene.anna;
    scene.bind(anna);
    assert_eq!(scene.desk.due_ms(), Some(39_000));
    scene.desk.tick(38_000);
    assert!(told(&scene.desk.take_effects(), "status").is_empty());
    scene.desk.tick(39_000);
    let effects = scene.desk.take_effects();
    let status = told(&effects, "status").pop().unwrap();
    let words = &status["refused"][0];
    assert_eq!(words["reason"], "lost-in-recovery", "rule L2");
    let text = words["text"].as_str().unwrap();
    assert!(text.contains("twee") && text.contains("drie"), "{text}");
    let dropped = |hash: [u8; 32]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::DropOutbox(_, of) if *of == hash))
    };
    assert!(dropped(scene.hashes[1]) && !dropped(scene.hashes[0]));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::StoreRefused(..)))
    );
    assert_eq!(scene.text(), "een");
}

#[test]
fn new_letters_come_under_another_actor() {
    let mut scene = Scene::new();
    let effects = scene.restored();
    let fresh = claimed(&effects).into_iter().find(|actor| *actor != scene.anna);
    scene.bind(fresh.unwrap());
    let anna = scene.anna;
    scene.bind(anna);
    let (version, _) = scene.desk.chapters[&KEY].bridge.as_ref().unwrap().current();
    typed(&mut scene.desk, 9_500, version, "een nieuw");
    let last = scene.desk.chapters[&KEY]
        .unacknowledged
        .last()
        .unwrap()
        .raw
        .clone();
    let change = automerge::Change::from_bytes(last).unwrap();
    assert_eq!(schema::sync::reoffer::actor_of(&change), fresh);
    assert_eq!(scene.text(), "een nieuw");
}

#[test]
fn a_generation_that_is_lost_stays_as_words() {
    let (mut desk, _) = writing();
    moved_to_the_next_generation(&mut desk);
    desk.disconnected();
    desk.take_effects();
    desk.connected(9_000);
    let mut scene = Scene {
        desk,
        anna: BoundActor::from_bytes([0; 16]),
        brams: Vec::new(),
        hashes: Vec::new(),
    };
    scene.desk.disconnected();
    scene.desk.connected(9_000);
    let welcome = ServerFrame::Welcome {
        version: 1,
        incarnation: NEW_LIFE,
        now: schema::ids::TimestampMs(0),
    };
    hear(&mut scene.desk, 9_000, &welcome);
    let opened = ServerFrame::Opened {
        request: 3,
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
    };
    let effects = hear(&mut scene.desk, 9_000, &opened);
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], "begin ", "rule L3");
}
