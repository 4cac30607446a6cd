//! The block of one's own words comes back over the connection, from three people's changes at once.

use automerge::transaction::Transactable;
use automerge::{Change, ReadDoc};
use schema::text::shown;

use super::*;

/// Closes what was typed; its bytes.
fn typed(desk: &mut Desk, base: u64, edit: &TopRange) -> Vec<u8> {
    desk.edit(1_000, KEY, base, edit);
    desk.flush(1_001);
    stored_and_sent(desk);
    desk.chapters[&KEY].unacknowledged.last().unwrap().raw.clone()
}

/// Somebody else's document with these changes.
fn person(actor: u8, raws: &[&Vec<u8>]) -> AutoCommit {
    let mut doc = genesis::new_doc(BoundActor::from_bytes([actor; 16]));
    let changes = raws.iter().map(|raw| Change::from_bytes(raw.to_vec()).unwrap());
    doc.apply_changes(changes).unwrap();
    doc
}

fn item(doc: &mut AutoCommit) -> Item {
    let raw = doc.get_last_local_change().unwrap().raw_bytes().to_vec();
    Item::Change {
        who: ActorRef(Position(7)),
        raw: raw.into(),
    }
}

#[test]
fn a_block_comes_back_for_words_that_its_deletion_did_not_know_though_a_third_person_did() {
    let (mut desk, _) = writing();
    let heading = |text: &str| json!({ "type": "heading", "attrs": { "level": 2 }, "content": [{ "type": "text", "text": text }] });
    let mut all = paragraph("een arts");
    all.nodes.insert(0, heading("Kop"));
    all.nodes.push(heading("Daarna"));
    let first = typed(&mut desk, 0, &all);
    let mut words = paragraph("een goede arts");
    (words.from, words.to) = (1, 2);
    let second = typed(&mut desk, 1, &words);
    let text = genesis::text_id();
    let mut bram = person(21, &[&first]);
    let old = shown::of(&bram);
    let start = old.blocks[0].utf16_len() + usize::from(!old.headless);
    let length = 1 + "een arts".len();
    bram.splice_text(&text, start, length.cast_signed(), "").unwrap();
    let mut carla = person(22, &[&first, &second]);
    let end = carla.length(&text);
    carla.splice_text(&text, end, 0, "!").unwrap();
    let yours = |raw: &[u8], at| Item::Yours {
        hash: Change::from_bytes(raw.to_vec()).unwrap().hash().0.into(),
        position: Position(at),
    };
    let changes = ServerFrame::Changes {
        channel: 6,
        first: Revision(1),
        items: vec![yours(&first, 5), yours(&second, 6)],
    };
    hear(&mut desk, 1_100, &changes);
    let changes = ServerFrame::Changes {
        channel: 6,
        first: Revision(3),
        items: vec![item(&mut carla), item(&mut bram)],
    };
    let effects = hear(&mut desk, 1_200, &changes);
    let blocks = desk.chapters[&KEY].text().blocks;
    let texts: Vec<String> = blocks.iter().map(schema::richtext::Block::text).collect();
    assert_eq!(texts, ["Kop", "goede ", "Daarna!"]);
    let writes = |effect: &Effect| matches!(effect, Effect::StoreOutbox(..));
    assert!(effects.iter().any(writes), "as a change of its author's");
}
