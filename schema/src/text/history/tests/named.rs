//! Letters that name what they replace stand for just that, whatever else stands around.

use super::room::{Action, Room};
use crate::ids::Revision;
use crate::text::letters_back::Unit;

const WRITER: usize = 0;
const UNDOER: usize = 1;

/// The runs of the text as it is, each with its writer and whether it was put back.
fn runs(room: &Room) -> Vec<(String, usize, bool)> {
    let view = room.history.view(room.last());
    let lines = view.blame(|revision| room.writer(revision));
    let runs = lines.into_iter().flat_map(|line| line.runs);
    runs.map(|run| (run.text, room.writer(run.written), run.restored.is_some()))
        .collect()
}

fn run(text: &str, writer: usize, is_back: bool) -> (String, usize, bool) {
    (text.to_owned(), writer, is_back)
}

#[test]
fn they_keep_their_author_around_what_others_type_before_and_after() {
    let mut room = Room::written("een twee drie vier");
    room.type_text(2, 6, "XX");
    let mut gone = room.take_out(UNDOER, 4, 10);
    let unseen = room.last();
    room.sync_all();
    for _ in 0..2 {
        room.give_back(UNDOER, &gone);
        room.sync_all();
        room.type_text(2, 8, "Y");
        room.sync_all();
        let expected = [
            run("een ", WRITER, false),
            run("tw", WRITER, true),
            run("XXY", 2, false),
            run("ee drie ", WRITER, true),
            run("vier", WRITER, false),
        ];
        assert_eq!(runs(&room), expected);
        let whole = room
            .history
            .difference(unseen, room.last(), |revision| room.writer(revision));
        assert_eq!(whole.inserted.values().sum::<u32>(), 3, "XXY and nothing else");
        room.act(&Action::Delete {
            who: 2,
            at: 8,
            count: 1,
        });
        room.sync_all();
        let mut again = room.take_out(UNDOER, 8, 8);
        again.splice(0..0, room.take_out(UNDOER, 4, 2));
        gone = again;
        room.sync_all();
    }
}

#[test]
fn other_letters_are_written_and_so_are_letters_that_another_took_out() {
    let mut room = Room::written("wij betalen");
    let mut gone = room.take_out(UNDOER, 4, 7);
    room.sync_all();
    for (at, letter) in [(0, 'h'), (1, 'a')] {
        gone[at].1 = Unit::Letter(letter);
    }
    room.give_back(UNDOER, &gone);
    room.sync_all();
    let expected = [
        run("wij ", WRITER, false),
        run("ha", UNDOER, false),
        run("talen", WRITER, true),
    ];
    assert_eq!(runs(&room), expected);

    let mut room = Room::written("wij betalen");
    let gone = room.take_out(2, 4, 7);
    room.sync_all();
    room.give_back(UNDOER, &gone);
    room.sync_all();
    assert_eq!(
        runs(&room),
        [run("wij ", WRITER, false), run("betalen", UNDOER, false)]
    );
}

#[test]
fn ones_own_are_simply_ones_own() {
    let mut room = Room::written("wij betalen samen");
    let gone = room.take_out(WRITER, 4, 7);
    room.give_back(WRITER, &gone);
    room.sync_all();
    assert_eq!(runs(&room), [run("wij betalen samen", WRITER, false)]);
}

/// Of two who give back the same at once, the first did; what the other brought is the other's.
#[test]
fn one_letter_stands_for_one() {
    let mut room = Room::written("wij betalen samen");
    let gone = [UNDOER, 2].map(|who| room.take_out(who, 4, 7));
    for (who, gone) in [UNDOER, 2].into_iter().zip(&gone) {
        room.give_back(who, gone);
    }
    room.sync_all();
    let written: Vec<(usize, usize)> = [WRITER, UNDOER, 2]
        .map(|writer| {
            let of = runs(&room).into_iter().filter(|(_, by, _)| *by == writer);
            (writer, of.map(|(text, ..)| text.len()).sum())
        })
        .into();
    assert_eq!(written, [(WRITER, 17), (UNDOER, 0), (2, 7)]);
    assert_eq!(room.last(), Revision(5));
}
