//! What comes back stands around what others typed inside it, as if it had never gone.

use automerge::transaction::Transactable;
use proptest::prelude::*;
use schema::ids::BoundActor;
use schema::richtext::flat;
use schema::richtext::model::{Block, BlockKind};
use schema::text::shown;

use super::*;

const ANNA: BoundActor = BoundActor::from_bytes([1; 16]);
const BRAM: BoundActor = BoundActor::from_bytes([2; 16]);

/// Anna's document, what she took out of it, and Bram's, who does not know.
struct Room {
    anna: AutoCommit,
    bram: AutoCommit,
    taken_out: TakenOut,
}

impl Room {
    fn new(lines: &[&str]) -> Self {
        let mut anna = genesis::new_doc(ANNA);
        let blocks: Vec<Block> = lines
            .iter()
            .map(|line| Block::new(BlockKind::Paragraph, line))
            .collect();
        let ops = flat::diff(&shown::of(&anna), &blocks);
        flat::apply(&mut anna, &genesis::text_id(), &ops).unwrap();
        anna.commit();
        let bram = anna.fork().with_actor(genesis::actor_id(BRAM));
        Self {
            anna,
            bram,
            taken_out: TakenOut::default(),
        }
    }

    /// Anna does this in her editor.
    fn does(&mut self, ops: &[FlatOp], brings_back: bool) {
        let text = shown::of(&self.anna);
        let ops = if brings_back {
            self.taken_out.placed(&self.anna, &text, ops)
        } else {
            ops.to_vec()
        };
        self.taken_out.note(&self.anna, &text, &ops);
        flat::apply(&mut self.anna, &genesis::text_id(), &ops).unwrap();
        self.anna.commit();
    }

    fn takes_out(&mut self, from: usize, to: usize) {
        let text = shown::of(&self.anna);
        let ops: Vec<FlatOp> = units(&text)
            .filter(|(at, _)| (from..to).contains(at))
            .map(|(at, what)| match what {
                Some(letter) => FlatOp::DeleteText {
                    at,
                    len: letter.len_utf16(),
                },
                None => FlatOp::DeleteBlock { at },
            })
            .collect();
        self.does(&ops, false);
    }

    fn bram_types(&mut self, at: usize, letters: &str) {
        let text = genesis::text_id();
        self.bram.splice_text(&text, at, 0, letters).unwrap();
        self.bram.commit();
    }

    fn meet(&mut self) {
        self.anna.merge(&mut self.bram).unwrap();
    }

    fn undoes(&mut self, at: usize, row: &str) {
        let row: Vec<FlatOp> = row
            .split_inclusive('\n')
            .flat_map(|line| {
                let letters = line.strip_suffix('\n');
                let text = insert((at, letters.unwrap_or(line).to_owned()), &Marks::default());
                let block = Block::new(BlockKind::Paragraph, "");
                [Some(text), letters.map(|_| FlatOp::InsertBlock { at, block })]
            })
            .flatten()
            .collect();
        self.does(&row, true);
    }

    fn reads(&self) -> String {
        read(&self.anna)
    }
}

/// The text, with a line end for every marker but the first.
fn read(doc: &AutoCommit) -> String {
    let lines: Vec<String> = shown::of(doc).blocks.iter().map(Block::text).collect();
    lines.join("\n")
}

#[test]
fn a_sentence_comes_back_around_what_was_typed_in_it() {
    for (at, row) in [
        (4, "komt elke dag"),
        (4, "komt elke dag "),
        (12, "komt elke dag"),
        (12, " komt elke dag"),
        (12, " komt elke dag "),
    ] {
        let mut room = Room::new(&["Zij komt elke dag."]);
        let start = usize::from(!shown::of(&room.anna).headless);
        room.takes_out(start + 4, start + 17);
        room.bram_types(start + 8, " nu echt");
        room.meet();
        assert_eq!(room.reads(), "Zij  nu echt.");
        room.undoes(start + at, row);
        assert_eq!(room.reads(), "Zij komt nu echt elke dag.", "{row:?} at {at}");
        assert!(room.taken_out.units.is_empty(), "it is no longer gone");
    }
}

/// What was typed over it goes, in front of the others' letters; what comes back is placed beside those.
#[test]
fn also_where_something_was_typed_over_it() {
    let mut room = Room::new(&["Zij komt elke dag."]);
    let start = usize::from(!shown::of(&room.anna).headless);
    let over = |text: &str| insert((start + 4, text.to_owned()), &Marks::default());
    let gone = FlatOp::DeleteText {
        at: start + 4,
        len: 14,
    };
    room.does(&[over("kwam."), gone], false);
    room.bram_types(start + 8, " nu");
    room.meet();
    assert_eq!(room.reads(), "Zij kwam. nu");
    let typed = FlatOp::DeleteText {
        at: start + 4,
        len: 5,
    };
    room.does(&[over("komt elke dag."), typed], true);
    assert_eq!(room.reads(), "Zij komt nu elke dag.");
}

#[test]
fn over_a_border_of_paragraphs_too_and_not_where_a_block_began_in_between() {
    let mut room = Room::new(&["Een twee", "drie vier"]);
    let start = usize::from(!shown::of(&room.anna).headless);
    room.takes_out(start + 4, start + 13);
    room.bram_types(start + 11, "XX");
    room.meet();
    assert_eq!(room.reads(), "Een XX vier");
    room.undoes(start + 4, "twee\ndrie");
    assert_eq!(room.reads(), "Een twee\ndrXXie vier");

    let mut room = Room::new(&["Een twee drie"]);
    room.takes_out(start + 4, start + 13);
    let block = Block::new(BlockKind::Paragraph, "");
    let split = FlatOp::InsertBlock { at: start + 6, block };
    flat::apply(&mut room.bram, &genesis::text_id(), &[split]).unwrap();
    room.bram.commit();
    room.meet();
    room.undoes(start + 4, "twee drie");
    assert_eq!(room.reads(), "Een twee drie\n");
}

#[test]
fn other_words_than_those_that_went_stay_where_they_were_put() {
    let mut room = Room::new(&["Zij komt elke dag."]);
    let start = usize::from(!shown::of(&room.anna).headless);
    room.takes_out(start + 4, start + 17);
    room.bram_types(start + 8, "XX");
    room.meet();
    room.undoes(start + 4, "kwam elke dag");
    assert_eq!(room.reads(), "Zij kwam elke dagXX.");
    room.does(
        &[insert((start + 4, "komt elke dag".to_owned()), &Marks::default())],
        false,
    );
    assert_eq!(
        room.reads(),
        "Zij komt elke dagkwam elke dagXX.",
        "pasted, not undone"
    );
}

#[test]
fn no_more_is_remembered_than_fits() {
    let long = "abcdefghi ".repeat(UNITS_MAX / 10 - 1);
    let mut room = Room::new(&[&long, "kort"]);
    let start = usize::from(!shown::of(&room.anna).headless);
    let length = long.len() + start;
    room.takes_out(length + 1, length + 3);
    assert_eq!(room.taken_out.units.len(), 2);
    room.takes_out(start, length);
    assert_eq!(room.taken_out.units.len(), long.len() + 2);
    room.takes_out(start, start + 3);
    room.does(
        &[insert((start, "abcdefghi".to_owned()), &Marks::default())],
        false,
    );
    room.takes_out(start, start + 9);
    assert!(
        room.taken_out.units.len() <= 20,
        "the oldest edits went as a whole"
    );
}

fn places() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0_usize..1_000, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// However much went before, by one key or letter by letter, and wherever in it somebody typed: the text is as if
    /// nothing had gone.
    #[test]
    fn the_text_is_as_if_nothing_had_gone(
        words in "[ab ]{12,30}",
        earlier in proptest::collection::vec((0_usize..1_000, 1_usize..4), 0..4),
        ends in (0_usize..1_000, 0_usize..1_000),
        typed in places(),
        by_letter in 0_u8..3,
        side in any::<bool>(),
    ) {
        let mut room = Room::new(&[&words]);
        let start = usize::from(!shown::of(&room.anna).headless);
        for (at, len) in earlier {
            let length = room.reads().len();
            if length > 6 {
                let from = at % (length - 4);
                room.takes_out(start + from, start + from + len);
            }
        }
        room.bram.merge(&mut room.anna).unwrap();
        let whole = room.reads();
        let (one, other) = (ends.0 % (whole.len() - 1), ends.1 % (whole.len() - 1));
        let (from, to) = (one.min(other), one.max(other) + 2);
        let gone = whole[from..to].to_owned();
        match by_letter {
            0 => room.takes_out(start + from, start + to),
            1 => (from..to).rev().for_each(|at| room.takes_out(start + at, start + at + 1)),
            _ => (from..to).for_each(|_| room.takes_out(start + from, start + from + 1)),
        }
        let mut longer = to - 1;
        for at in typed {
            // Within what went, of which two letters at least.
            let at = from + 1 + at % (longer - from);
            room.bram_types(start + at, "XY");
            longer += 2;
        }
        room.meet();
        let between = longer - (to - 1);
        let at = if side { from } else { from + between };
        room.undoes(start + at, &gone);
        prop_assert_eq!(room.reads(), read(&room.bram));
    }
}
