//! What is said to have stayed is the same letters, whatever was merged in whatever order.

use automerge::transaction::Transactable;
use proptest::prelude::*;

use super::*;
use crate::ids::BoundActor;
use crate::richtext::model::Block;
use crate::richtext::spans::insert_marker;

/// What an author does: at which place (in parts of the text), how many units go, how many letters or blocks come.
type Act = (usize, usize, usize, bool);

fn acts() -> impl Strategy<Value = Vec<Act>> {
    proptest::collection::vec((0..1000_usize, 0..4_usize, 0..4_usize, any::<bool>()), 1..8)
}

/// Letters that nobody typed before, so that equal ones are the same one.
struct Fresh(u32);

impl Fresh {
    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .filter_map(|_| {
                self.0 += 1;
                char::from_u32(0x4e00 + self.0)
            })
            .collect()
    }
}

fn act(doc: &mut AutoCommit, fresh: &mut Fresh, (place, went, came, is_block): Act) {
    let text = genesis::text_id();
    let length = of(doc).utf16_len();
    let at = place * length / 1000;
    let went = went.min(length - at);
    doc.splice_text(&text, at, went.cast_signed(), &fresh.letters(came))
        .unwrap();
    if is_block {
        insert_marker(doc, &text, at, &Block::default()).unwrap();
    }
    doc.commit();
}

/// The units of a text, a line feed for every marker.
fn units(text: &FlatText) -> Vec<u16> {
    let blocks = text.blocks.iter().enumerate();
    let of_block = |(index, block): (usize, &Block)| {
        let marker = (index > 0 || !text.headless).then_some('\n');
        marker.into_iter().chain(block.text().chars()).collect::<String>()
    };
    blocks.map(of_block).collect::<String>().encode_utf16().collect()
}

proptest! {
    #[test]
    fn the_same_letters_stand_in_every_stretch_that_stayed(first in acts(), mine in acts(), theirs in acts(), notes: bool) {
        let mut fresh = Fresh(0);
        let mut doc = genesis::new_doc(BoundActor::from_bytes([1; 16]));
        for one in first {
            act(&mut doc, &mut fresh, one);
        }
        let mut other = doc.fork().with_actor(genesis::actor_id(BoundActor::from_bytes([2; 16])));
        mine.into_iter().for_each(|one| act(&mut doc, &mut fresh, one));
        theirs.into_iter().for_each(|one| act(&mut other, &mut fresh, one));
        if notes {
            doc.update_diff_cursor();
        }
        let (before, old) = (doc.get_heads(), of(&doc));
        let changes = other.get_changes(&before);
        doc.apply_changes(changes).unwrap();
        let new = of(&doc);
        let stayed = stayed(&mut doc, &before, (old.utf16_len(), new.utf16_len())).expect("the patches lead to the text");
        let (was, is) = (units(&old), units(&new));
        let mut kept = Vec::new();
        for Shared { old, new, len } in stayed {
            prop_assert_eq!(&was[old..old + len], &is[new..new + len]);
            kept.extend_from_slice(&was[old..old + len]);
        }
        let line_feed = u16::from(b'\n');
        for letter in was.iter().filter(|letter| **letter != line_feed && is.contains(letter)) {
            prop_assert!(kept.contains(letter), "a letter that stands in both did not stay");
        }
    }
}
