//! What comes back stands around what others typed inside it, as if it had never gone.

use automerge::transaction::Transactable;
use proptest::prelude::*;
use schema::ids::{BoundActor, TimestampMs};
use schema::richtext::flat;
use schema::richtext::model::{Block, BlockKind, Marks};
use schema::text::letters_back::{self, Unit};
use schema::text::shown;

use super::super::placed::insert;
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
        let placed = if brings_back {
            self.taken_out.placed(&self.anna, &text, ops)
        } else {
            Placed {
                ops: ops.to_vec(),
                ..Placed::default()
            }
        };
        self.taken_out.note(&self.anna, &text, &placed.ops);
        if placed.back.is_empty() {
            self.writes(&placed.ops);
        } else {
            self.writes(&placed.others);
            letters_back::put_back(&mut self.anna, &placed.back, TimestampMs(0)).unwrap();
        }
        let length = text.utf16_len() as isize;
        let grown: isize = placed
            .ops
            .iter()
            .map(|op| {
                let (come, go) = op.growth();
                come as isize - go as isize
            })
            .sum();
        assert_eq!(
            shown::of(&self.anna).utf16_len() as isize,
            length + grown,
            "all is told"
        );
    }

    fn writes(&mut self, ops: &[FlatOp]) {
        flat::apply(&mut self.anna, &genesis::text_id(), ops).unwrap();
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

/// What was typed over it goes on both sides of what the other typed in that; what comes back stood behind all of it.
/// A space typed over one is that one, and never went: undo and redo have it on both sides of what they bring.
#[test]
fn a_space_that_parts_what_comes_back_from_what_stays_is_not_taken_out() {
    let over = |at: usize, gone: &str, comes: &str| {
        let gone = FlatOp::DeleteText { at, len: gone.len() };
        [insert((at, comes.to_owned()), &Marks::default()), gone]
    };
    for (old, new, kept) in [
        (" oude woorden", " nieuw", (1, 13)),
        ("oude woorden ", "nieuw ", (0, 12)),
        (" oude woorden ", " nieuw ", (1, 13)),
    ] {
        let mut room = Room::new(&[&format!("Zin{old}eind.")]);
        let start = usize::from(!shown::of(&room.anna).headless) + 3;
        room.takes_out(start + kept.0, start + kept.1);
        let typed = insert((start + kept.0, "nieuw".to_owned()), &Marks::default());
        room.does(&[typed], false);
        for _ in 0..2 {
            room.does(&over(start, new, old), true);
            assert_eq!(room.reads(), format!("Zin{old}eind."));
            room.does(&over(start, old, new), true);
            assert_eq!(room.reads(), format!("Zin{new}eind."));
        }
    }
}

#[test]
fn one_space_that_goes_where_two_come_is_on_one_side() {
    let mut room = Room::new(&["Een woord is genoeg."]);
    let start = usize::from(!shown::of(&room.anna).headless);
    room.takes_out(start + 4, start + 9);
    room.takes_out(start + 4, start + 5);
    assert_eq!(room.reads(), "Een is genoeg.");
    let gone = FlatOp::DeleteText {
        at: start + 3,
        len: 1,
    };
    let comes = insert((start + 3, " woord ".to_owned()), &Marks::default());
    room.taken_out.units.pop();
    room.does(&[comes, gone], true);
    assert!(room.reads().starts_with("Een woord"), "{}", room.reads());
}

#[test]
fn also_where_somebody_typed_inside_what_was_typed_over_it() {
    let mut room = Room::new(&["Zij komt elke dag."]);
    let start = usize::from(!shown::of(&room.anna).headless);
    let insert = |at: usize, text: &str| insert((start + at, text.to_owned()), &Marks::default());
    let delete = |at: usize, len: usize| FlatOp::DeleteText { at: start + at, len };
    room.does(&[insert(4, "kwam nooit"), delete(4, 13)], false);
    room.bram.merge(&mut room.anna).unwrap();
    room.bram_types(start + 9, "echt ");
    room.meet();
    assert_eq!(room.reads(), "Zij kwam echt nooit.");
    room.does(&[insert(4, "komt elke dag "), delete(4, 5), delete(14, 5)], true);
    assert_eq!(room.reads(), "Zij echt komt elke dag.");
}

/// Who goes on in the sentence that went, and saw it go, goes on there too when it is back.
#[test]
fn what_is_typed_on_in_it_stays_in_its_place() {
    let mut room = Room::new(&["Zij komt elke dag."]);
    let start = usize::from(!shown::of(&room.anna).headless);
    room.bram_types(start + 8, " nu");
    room.takes_out(start + 4, start + 17);
    room.meet();
    room.bram.merge(&mut room.anna).unwrap();
    assert_eq!(read(&room.bram), "Zij  nu.");
    for _ in 0..2 {
        room.undoes(start + 4, "komt elke dag");
        let gone = [(4, 8), (11, 20)].map(|(from, to)| (start + from, start + to));
        assert_eq!(room.reads(), "Zij komt nu elke dag.");
        for (from, to) in gone.into_iter().rev() {
            room.takes_out(from, to);
        }
    }
    room.undoes(start + 4, "komt elke dag");
    room.bram_types(start + 7, " echt");
    room.meet();
    assert_eq!(room.reads(), "Zij komt nu echt elke dag.");
}

/// One letter comes back on its side of what was typed beside it.
#[test]
fn a_letter_too_stands_where_it_stood() {
    let mut room = Room::new(&["zorg plan"]);
    let start = usize::from(!shown::of(&room.anna).headless);
    room.takes_out(start + 4, start + 5);
    room.bram_types(start + 5, "en ");
    room.meet();
    assert_eq!(room.reads(), "zorgen plan");
    room.undoes(start + 7, " ");
    assert_eq!(room.reads(), "zorg en plan");
    room.takes_out(start + 4, start + 5);
    room.undoes(start + 9, " ");
    assert_eq!(room.reads(), "zorgen pl an", "another place than where it was");
}

/// Both took it out, and the other's letters are back before the editor's undo arrives.
#[test]
fn what_the_other_gave_back_already_does_not_come_twice() {
    for (from, to, all) in [(4, 17, 17), (8, 17, 17), (4, 12, 17), (4, 5, 5), (8, 9, 9)] {
        let mut room = Room::new(&["Zij komt elke dag."]);
        let start = usize::from(!shown::of(&room.anna).headless);
        let text = genesis::text_id();
        let first = if all == 17 { 4 } else { from };
        let letters: Vec<char> = read(&room.bram).chars().collect();
        let names: Vec<(Cursor, Unit)> = (from..to)
            .map(|at| {
                (
                    room.bram.get_cursor(&text, start + at, None).unwrap(),
                    Unit::Letter(letters[at]),
                )
            })
            .collect();
        let len = (to - from) as isize;
        room.bram.splice_text(&text, start + from, len, "").unwrap();
        room.bram.commit();
        room.takes_out(start + first, start + all);
        room.meet();
        letters_back::put_back(&mut room.bram, &names, TimestampMs(0)).unwrap();
        room.meet();
        room.undoes(start + first, &"Zij komt elke dag."[first..all]);
        assert_eq!(room.reads(), "Zij komt elke dag.", "{from} to {to}");
    }
}

#[test]
fn over_a_border_of_paragraphs_too_and_around_a_block_that_began_in_between() {
    let mut room = Room::new(&["Een twee", "drie vier"]);
    let start = usize::from(!shown::of(&room.anna).headless);
    room.takes_out(start + 4, start + 13);
    room.bram_types(start + 11, "XX");
    room.meet();
    assert_eq!(room.reads(), "Een XX vier");
    room.undoes(start + 4, "twee\ndrie");
    assert_eq!(room.reads(), "Een twee\ndrXXie vier");

    // What arrived while the undo was on its way stands between what it puts in one place.
    let mut room = Room::new(&["Een twee", "drie vier"]);
    room.takes_out(start + 4, start + 13);
    room.bram_types(start + 11, "XXYY");
    room.meet();
    let text = |at: usize, text: &str| insert((start + at, text.to_owned()), &Marks::default());
    let block = FlatOp::InsertBlock {
        at: start + 8,
        block: Block::new(BlockKind::Paragraph, ""),
    };
    room.does(&[text(6, "twee"), block, text(8, "drie")], true);
    assert_eq!(room.reads(), "Een twee\ndrXXYYie vier");

    // A block that came back by itself, for words in it that were not seen, is the one that went.
    let mut room = Room::new(&["Een twee", "drie vier"]);
    let name = room.bram.get_cursor(genesis::text_id(), start + 8, None).unwrap();
    room.bram_types(start + 13, "XX");
    room.takes_out(start + 4, start + 18);
    room.meet();
    let marker = Unit::Marker(Block::new(BlockKind::Paragraph, ""));
    room.bram.merge(&mut room.anna).unwrap();
    letters_back::put_back(&mut room.bram, &[(name, marker)], TimestampMs(0)).unwrap();
    room.meet();
    assert_eq!(room.reads(), "Een \nXX");
    room.undoes(start + 7, "twee\ndrie vier");
    assert_eq!(room.reads(), "Een twee\ndrieXX vier");

    let mut room = Room::new(&["Een twee drie"]);
    room.takes_out(start + 4, start + 13);
    let block = Block::new(BlockKind::Paragraph, "");
    let split = FlatOp::InsertBlock { at: start + 6, block };
    flat::apply(&mut room.bram, &genesis::text_id(), &[split]).unwrap();
    room.bram.commit();
    room.meet();
    room.undoes(start + 4, "twee drie");
    assert_eq!(room.reads(), "Een tw\nee drie");
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

    /// However much went before, by one key or letter by letter, and wherever in it somebody typed, be it before what came
    /// back was there or after: the text is as if nothing had gone.
    #[test]
    fn the_text_is_as_if_nothing_had_gone(
        words in "[ab ]{12,30}",
        earlier in proptest::collection::vec((0_usize..1_000, 1_usize..4), 0..4),
        ends in (0_usize..1_000, 0_usize..1_000),
        typed in prop_oneof![places(), Just(Vec::new())],
        mut late in places(),
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
        let mut bram_types = |room: &mut Room, places: Vec<usize>| {
            for at in places {
                // Within what went, of which two letters at least.
                let at = from + 1 + at % (longer - from);
                room.bram_types(start + at, "XY");
                longer += 2;
            }
            longer - (to - 1)
        };
        // Who had typed more than was taken out and not heard of it is ahead of what comes back: then one letter may stand
        // on the other side.
        late.truncate((to - from).div_ceil(2).saturating_sub(typed.len()));
        let between = bram_types(&mut room, typed);
        room.meet();
        let at = if side { from } else { from + between };
        room.undoes(start + at, &gone);
        bram_types(&mut room, late);
        room.meet();
        prop_assert_eq!(room.reads(), read(&room.bram));
    }
}
