//! A block comes back for words that nobody saw who deleted it, and for nothing else.

use automerge::transaction::Transactable;
use schema::ids::BoundActor;
use schema::richtext::flat;
use schema::richtext::model::BlockKind;

use super::*;

const ANNA: BoundActor = BoundActor::from_bytes([1; 16]);
const BRAM: BoundActor = BoundActor::from_bytes([2; 16]);
const CARLA: BoundActor = BoundActor::from_bytes([3; 16]);

/// A heading "Kop", a bullet "een arts" and a heading "Daarna"; their markers stand at 0, 4 and 13.
fn chapter() -> AutoCommit {
    let mut doc = genesis::new_doc(ANNA);
    let text = genesis::text_id();
    let blocks = [
        Block::new(BlockKind::heading(2), "Kop"),
        Block::new(BlockKind::BulletItem, "een arts"),
        Block::new(BlockKind::heading(2), "Daarna"),
    ];
    let ops = flat::diff(&text::of(&doc), &blocks);
    flat::apply(&mut doc, &text, &ops).unwrap();
    doc.commit();
    doc
}

/// What Anna's device puts back when she typed "xy" at 8 and Bram took out these units, who saw her letters or not.
fn put_back(deleted: Range<usize>, bram_saw: bool, own: &[BoundActor]) -> Vec<FlatOp> {
    put_back_for(&[(8, "xy")], deleted, bram_saw, own)
}

/// The same for other letters of hers, typed one after the other.
fn put_back_for(
    typed: &[(usize, &str)],
    deleted: Range<usize>,
    bram_saw: bool,
    own: &[BoundActor],
) -> Vec<FlatOp> {
    let text = genesis::text_id();
    let mut doc = chapter();
    let mut bram = doc.fork().with_actor(genesis::actor_id(BRAM));
    for (at, letters) in typed {
        doc.splice_text(&text, *at, 0, letters).unwrap();
    }
    doc.commit();
    if bram_saw {
        bram.merge(&mut doc).unwrap();
    }
    bram.splice_text(&text, deleted.start, deleted.len().cast_signed(), "")
        .unwrap();
    bram.commit();
    received_by(&mut doc, &mut [bram], own)
}

/// What a device puts back that hears of what others did, all at once.
fn received_by(doc: &mut AutoCommit, others: &mut [AutoCommit], own: &[BoundActor]) -> Vec<FlatOp> {
    let (heads, before) = (doc.get_heads(), text::of(doc));
    for other in others {
        doc.merge(other).unwrap();
    }
    let came = doc.get_changes(&heads).into_iter();
    let raws: Vec<_> = came.map(|change| change.raw_bytes().to_vec()).collect();
    let now = text::of(doc);
    let stayed = text::stayed(doc, &heads, (before.utf16_len(), now.utf16_len())).unwrap();
    let received = Received {
        before: &before,
        now: &now,
        stayed: &stayed,
        heads: &heads,
        raws: &raws,
    };
    let own: Vec<String> = own
        .iter()
        .map(|actor| genesis::actor_id(*actor).to_string())
        .collect();
    let markers = lost(doc, &received, &own).into_iter();
    let at = |name: &Cursor| doc.get_cursor_position(genesis::text_id(), name, None).unwrap();
    markers
        .map(|(name, block)| FlatOp::InsertBlock { at: at(&name), block })
        .collect()
}

fn bullet_at(at: usize) -> FlatOp {
    FlatOp::InsertBlock {
        at,
        block: Block::new(BlockKind::BulletItem, ""),
    }
}

#[test]
fn words_that_the_deletion_did_not_know_get_their_block_back_once() {
    assert_eq!(put_back(1..13, false, &[ANNA]), [bullet_at(1)]);
    assert!(
        put_back(1..13, false, &[BRAM]).is_empty(),
        "only their author's device does it"
    );
}

#[test]
fn words_in_two_neighbouring_blocks_that_went_get_both_back() {
    let heading = FlatOp::InsertBlock {
        at: 6,
        block: Block::new(BlockKind::heading(2), ""),
    };
    let typed = [(18, "z"), (8, "xy")];
    assert_eq!(
        put_back_for(&typed, 4..20, false, &[ANNA]),
        [bullet_at(4), heading]
    );
}

/// Anna typed "xy" at 8, which Carla has read; Bram, who has not, took the block out.
fn three() -> [AutoCommit; 3] {
    let text = genesis::text_id();
    let mut anna = chapter();
    let mut bram = anna.fork().with_actor(genesis::actor_id(BRAM));
    anna.splice_text(&text, 8, 0, "xy").unwrap();
    anna.commit();
    let carla = anna.fork().with_actor(genesis::actor_id(CARLA));
    bram.splice_text(&text, 1, 12, "").unwrap();
    bram.commit();
    [anna, bram, carla]
}

/// Carla read Anna's words and wrote elsewhere; that says nothing of what Bram had read.
#[test]
fn what_somebody_else_had_seen_says_nothing_of_who_deleted() {
    let text = genesis::text_id();
    for carla_saw_the_deletion in [false, true] {
        let [mut anna, mut bram, mut carla] = three();
        if carla_saw_the_deletion {
            carla.merge(&mut bram).unwrap();
        }
        let end = carla.length(&text);
        carla.splice_text(&text, end, 0, "!").unwrap();
        carla.commit();
        assert_eq!(
            received_by(&mut anna, &mut [carla, bram], &[ANNA]),
            [bullet_at(1)]
        );
    }
}

/// Bram and Carla both took the block out, and Carla had read what stood in it.
#[test]
fn who_had_seen_the_words_and_took_the_block_out_too_joins_them() {
    let text = genesis::text_id();
    let [mut anna, bram, mut carla] = three();
    carla.splice_text(&text, 4, 1, "").unwrap();
    carla.commit();
    assert_eq!(received_by(&mut anna, &mut [bram, carla], &[ANNA]), []);
}

#[test]
fn who_joins_blocks_joins_them() {
    assert!(put_back(4..5, false, &[ANNA]).is_empty(), "all words stay");
    assert!(
        put_back(4..7, true, &[ANNA]).is_empty(),
        "the new words were seen"
    );
    assert!(put_back(6..14, false, &[ANNA]).is_empty(), "the block stays");
    assert!(
        put_back(3..16, false, &[ANNA]).is_empty(),
        "the rest goes on in the same block"
    );
}

#[test]
fn letters_under_way_into_a_block_that_is_gone_bring_one_like_it() {
    let before = text::of(&chapter());
    let typed = |at| FlatOp::InsertText {
        at,
        text: "x".to_owned(),
        marks: schema::richtext::Marks::default(),
    };
    let gone = [FlatOp::DeleteText { at: 1, len: 12 }];
    let ops = with_blocks(vec![typed(8)], &before, &gone);
    assert_eq!(flat::rebase(&ops, &gone), [bullet_at(1), typed(1)]);
    let joined = [FlatOp::DeleteText { at: 1, len: 14 }];
    for (at, others) in [(2, &gone), (8, &joined)] {
        assert_eq!(with_blocks(vec![typed(at)], &before, others), [typed(at)]);
    }
}
