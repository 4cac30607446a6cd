//! Who undoes a deletion puts words back and writes none.

mod laws;

use automerge::transaction::Transactable;

use super::room::{Action, Room, WRITERS};
use crate::ids::{BoundActor, Revision};
use crate::richtext::flat;
use crate::richtext::model::{Block, BlockKind};
use crate::text::history::{BlameRun, Fate, Structure, TextHistory};
use crate::text::{genesis, shown};

const WRITER: usize = 0;
const UNDOER: usize = 1;

fn delete(room: &mut Room, who: usize, at: u16, count: u8) {
    room.act(&Action::Delete { who, at, count });
    room.sync_all();
}

fn insert(room: &mut Room, who: usize, at: u16, text: &str) {
    room.type_text(who, at, text);
    room.sync_all();
}

fn text(room: &Room) -> String {
    runs(room).into_iter().map(|(text, _, _)| text).collect()
}

/// The runs of the text as it is, each with its writer and who put it back.
fn runs(room: &Room) -> Vec<(String, usize, Option<usize>)> {
    let lines = room
        .history
        .view(room.last())
        .blame(|revision| room.writer(revision));
    let run = |run: BlameRun| {
        let restored = run.restored.map(|restored| room.writer(restored));
        (run.text, room.writer(run.written), restored)
    };
    lines.into_iter().flat_map(|line| line.runs).map(run).collect()
}

/// "een twee drie vier" after the two words in the middle were taken out and put back.
fn both_words_back() -> [(String, usize, Option<usize>); 3] {
    [
        run("een ", WRITER, None),
        run("twee drie ", WRITER, Some(UNDOER)),
        run("vier", WRITER, None),
    ]
}

fn run(text: &str, writer: usize, restored: Option<usize>) -> (String, usize, Option<usize>) {
    (text.to_owned(), writer, restored)
}

#[test]
fn words_that_their_deleter_puts_back_keep_their_author() {
    let mut room = Room::written("wij betalen samen");
    let before = room.last();
    delete(&mut room, UNDOER, 4, 7);
    let between = room.last();
    insert(&mut room, UNDOER, 4, "betalen");
    let expected = [
        run("wij ", WRITER, None),
        run("betalen", WRITER, Some(UNDOER)),
        run(" samen", WRITER, None),
    ];
    assert_eq!(runs(&room), expected);
    let whole = room
        .history
        .difference(before, room.last(), |revision| room.writer(revision));
    assert!(
        whole.is_empty(),
        "it was there before and is there after: {whole:?}"
    );
    let came = room
        .history
        .difference(between, room.last(), |revision| room.writer(revision));
    let came = came
        .lines
        .iter()
        .flat_map(|line| &line.runs)
        .find(|run| run.text == "betalen")
        .unwrap();
    assert_eq!(
        (came.fate, came.written),
        (Fate::Inserted(room.last()), Some(Revision(1)))
    );
}

#[test]
fn however_often_it_is_done_and_undone() {
    let mut room = Room::written("wij betalen samen");
    for _ in 0..3 {
        delete(&mut room, UNDOER, 4, 8);
        insert(&mut room, UNDOER, 4, "betalen ");
    }
    let expected = [
        run("wij ", WRITER, None),
        run("betalen ", WRITER, Some(UNDOER)),
        run("samen", WRITER, None),
    ];
    assert_eq!(runs(&room), expected);
}

#[test]
fn deletions_that_are_undone_one_by_one() {
    let mut room = Room::written("een twee drie vier");
    delete(&mut room, UNDOER, 9, 5);
    delete(&mut room, UNDOER, 4, 5);
    assert_eq!(runs(&room), [run("een vier", WRITER, None)]);
    insert(&mut room, UNDOER, 4, "twee ");
    insert(&mut room, UNDOER, 9, "drie ");
    assert_eq!(runs(&room), both_words_back());
}

#[test]
fn words_that_went_letter_by_letter_and_come_back_in_pieces() {
    let mut room = Room::written("een twee drie vier");
    for at in (4..14).rev() {
        delete(&mut room, UNDOER, at, 1);
    }
    for (at, piece) in [(4, "tw"), (6, "ee d"), (10, "rie"), (13, " ")] {
        insert(&mut room, UNDOER, at, piece);
    }
    assert_eq!(runs(&room), both_words_back());
}

#[test]
fn the_end_first_when_the_begin_went_first() {
    let mut room = Room::written("een twee drie vier");
    delete(&mut room, UNDOER, 4, 5);
    delete(&mut room, UNDOER, 4, 5);
    insert(&mut room, UNDOER, 4, "drie ");
    insert(&mut room, UNDOER, 4, "twee ");
    assert_eq!(runs(&room), both_words_back());
}

#[test]
fn who_clears_a_sentence_and_writes_another_with_its_words_writes() {
    let mut room = Room::written("De verzekeraar betaalt niet en de gemeente betaalt alles.");
    delete(&mut room, UNDOER, 0, 57);
    let words = [
        "De ",
        "gemeente ",
        "betaalt niet ",
        "en de ",
        "verzekeraar ",
        "betaalt alles",
        ".",
    ];
    let mut at = 0;
    for word in words {
        insert(&mut room, UNDOER, at, word);
        at += word.len() as u16;
    }
    assert_eq!(runs(&room), [run(&words.concat(), UNDOER, None)]);
}

#[test]
fn around_what_somebody_typed_in_that_place_meanwhile() {
    let mut room = Room::written("een twee drie vier");
    room.type_text(2, 9, "en ");
    room.act(&Action::Delete {
        who: UNDOER,
        at: 4,
        count: 10,
    });
    room.sync_all();
    insert(&mut room, UNDOER, 4, "twee ");
    insert(&mut room, UNDOER, 12, "drie ");
    let expected = [
        run("een ", WRITER, None),
        run("twee ", WRITER, Some(UNDOER)),
        run("en ", 2, None),
        run("drie ", WRITER, Some(UNDOER)),
        run("vier", WRITER, None),
    ];
    assert_eq!(runs(&room), expected);
}

/// As the editor's core writes it: in one change, and within a word.
#[test]
fn around_what_somebody_typed_in_a_word_of_it() {
    let mut room = Room::written("een twee drie vier");
    room.type_text(2, 6, "XX");
    room.act(&Action::Delete {
        who: UNDOER,
        at: 4,
        count: 10,
    });
    room.sync_all();
    assert_eq!(text(&room), "een XXvier");
    room.edit(UNDOER, |doc, text| {
        doc.splice_text(text, 6, 0, "ee drie ").unwrap();
        doc.splice_text(text, 4, 0, "tw").unwrap();
    });
    room.sync_all();
    let expected = [
        run("een ", WRITER, None),
        run("tw", WRITER, Some(UNDOER)),
        run("XX", 2, None),
        run("ee drie ", WRITER, Some(UNDOER)),
        run("vier", WRITER, None),
    ];
    assert_eq!(runs(&room), expected);
}

/// Sanne's sentence is taken out, she types on in the gap, and it comes back in front of that or behind it.
#[test]
fn beside_what_somebody_typed_in_the_gap_since() {
    for (at, expected) in [
        (4, ["een ", "twee drie ", "en ", "vier"]),
        (7, ["een ", "en ", "twee drie ", "vier"]),
    ] {
        let mut room = Room::written("een twee drie vier");
        for _ in 0..2 {
            delete(&mut room, UNDOER, 4, 10);
            insert(&mut room, 2, 4, "en ");
            insert(&mut room, UNDOER, at, "twee drie ");
            let shown: Vec<_> = runs(&room);
            let expected = expected.map(|words| match words {
                "en " => run(words, 2, None),
                "twee drie " => run(words, WRITER, Some(UNDOER)),
                words => run(words, WRITER, None),
            });
            assert_eq!(shown, expected);
            let typed = if at == 4 { 14 } else { 4 };
            delete(&mut room, 2, typed, 3);
        }
    }
}

/// What was typed behind words that were put back was typed behind them: they do not come back behind it.
#[test]
fn words_that_were_put_back_once_are_not_moved_over_what_was_typed_behind_them() {
    let mut room = Room::written("een twee drie vier");
    delete(&mut room, UNDOER, 4, 10);
    insert(&mut room, UNDOER, 4, "twee drie ");
    insert(&mut room, WRITER, 14, "niet ");
    delete(&mut room, UNDOER, 4, 10);
    insert(&mut room, UNDOER, 9, "twee drie ");
    let expected = [
        run("een niet ", WRITER, None),
        run("twee drie ", UNDOER, None),
        run("vier", WRITER, None),
    ];
    assert_eq!(runs(&room), expected);
}

/// A page writes what it puts back as one change, and its paragraphs from behind to the front.
#[test]
fn paragraphs_that_went_together_come_back_together() {
    let (writer, undoer) = ([7; 16], [9; 16]);
    let paragraph = |text: &str| Block::new(BlockKind::Paragraph, text);
    let whole = [paragraph("Een zin hier."), paragraph("Tweede zin en rest.")];
    let mut doc = genesis::new_doc(BoundActor::from_bytes(writer));
    let mut history = TextHistory::new();
    history.push(Revision(0), &genesis::genesis()).unwrap();
    let shows = [
        (writer, &whole[..]),
        (undoer, &[paragraph("Een en rest.")]),
        (undoer, &whole),
    ];
    for (revision, (actor, blocks)) in (1..).zip(shows) {
        doc.set_actor(actor.into());
        let ops = flat::diff(&shown::of(&doc), blocks);
        flat::apply(&mut doc, &genesis::text_id(), &ops).unwrap();
        doc.commit();
        let change = doc.get_last_local_change().unwrap();
        history.push(Revision(revision), &change).unwrap();
    }
    let lines = history.view(Revision(3)).blame(|revision| revision);
    let (first, back) = (Revision(1), Some(Revision(3)));
    let runs = lines.iter().flat_map(|line| &line.runs);
    let runs: Vec<_> = runs
        .map(|run| (run.text.as_str(), run.written, run.restored))
        .collect();
    let expected = [
        ("Een ", first, None),
        ("zin hier.", first, back),
        ("Tweede zin ", first, back),
        ("en rest.", first, None),
    ];
    assert_eq!(runs, expected);
    assert_eq!(lines[1].begun, Some(first));
}

#[test]
fn among_words_that_the_same_person_took_out_before_for_good() {
    let mut room = Room::written("een twee drie vier vijf");
    delete(&mut room, UNDOER, 9, 5);
    for _ in 0..2 {
        delete(&mut room, UNDOER, 0, 18);
        insert(&mut room, UNDOER, 0, "een twee vier vijf");
        assert_eq!(runs(&room), [run("een twee vier vijf", WRITER, Some(UNDOER))]);
    }
}

/// A page gives back a long text in several changes, the end of it first.
#[test]
fn a_long_text_that_comes_back_in_portions() {
    let sentence = "De wijkverpleging komt elke ochtend langs bij wie dat wil, ook in het weekend. ";
    let long = sentence.repeat(3);
    let mut room = Room::written(&format!("een {long}vier"));
    for _ in 0..2 {
        let count = long.len() as u8;
        let (who, at) = (UNDOER, 4);
        room.act(&Action::Delete { who, at, count });
        room.sync_all();
        let (first, rest) = long.split_at(90);
        let (middle, last) = rest.split_at(70);
        for portion in [last, middle, first] {
            insert(&mut room, UNDOER, 4, portion);
        }
        let expected = [
            run("een ", WRITER, None),
            run(&long, WRITER, Some(UNDOER)),
            run("vier", WRITER, None),
        ];
        assert_eq!(runs(&room), expected);
    }
}

/// Two take out the same words at once; whoever puts them back has put them back.
#[test]
fn over_the_beginning_of_fresh_documents() {
    for anew in 1..4 {
        let mut room = Room::written("een twee drie vier");
        delete(&mut room, UNDOER, 4, 10);
        for _ in 0..anew {
            room.begin_anew();
        }
        // The text begins with a paragraph then.
        insert(&mut room, WRITER, 4, " en");
        insert(&mut room, UNDOER, 8, "twee drie ");
        let [_, back, last] = both_words_back();
        assert_eq!(runs(&room), [run("een en ", WRITER, None), back, last]);
    }
}

#[test]
fn what_a_visit_before_a_fresh_document_took_out_is_not_put_back_by_another() {
    let mut room = Room::written("een twee drie vier");
    delete(&mut room, UNDOER, 4, 10);
    room.begin_anew();
    insert(&mut room, WRITERS - 1, 5, "twee drie ");
    assert_eq!(runs(&room)[1], run("twee drie ", WRITERS - 1, None));
}

#[test]
fn words_that_two_took_out_at_once() {
    for undoer in [UNDOER, 2] {
        let mut room = Room::written("een twee drie vier");
        for who in [UNDOER, 2] {
            room.act(&Action::Delete {
                who,
                at: 4,
                count: 10,
            });
        }
        room.sync_all();
        insert(&mut room, undoer, 4, "twee drie ");
        let back = run("twee drie ", WRITER, Some(undoer));
        assert_eq!(runs(&room)[1], back);
    }
}

#[test]
fn their_own_words_are_simply_theirs() {
    let mut room = Room::written("wij betalen samen");
    let before = room.last();
    delete(&mut room, WRITER, 4, 7);
    insert(&mut room, WRITER, 4, "betalen");
    assert_eq!(runs(&room), [run("wij betalen samen", WRITER, None)]);
    let typed_again = room
        .history
        .difference(before, room.last(), |revision| room.writer(revision));
    assert_eq!(typed_again.inserted.values().sum::<u32>(), 7);
}

#[test]
fn who_types_over_words_that_begin_alike_writes() {
    let typed = [
        (6, 7, "bet", "er zorgen"),
        (4, 9, "u", "w werk"),
        (3, 10, " ", "en meer"),
    ];
    for (at, count, letters, rest) in typed {
        let mut room = Room::written("wij u betalen samen");
        delete(&mut room, UNDOER, at, count);
        for (step, letter) in letters.chars().enumerate() {
            insert(&mut room, UNDOER, at + step as u16, &letter.to_string());
        }
        insert(&mut room, UNDOER, at + letters.len() as u16, rest);
        let mut mine = runs(&room);
        mine.retain(|(_, writer, _)| *writer == UNDOER);
        assert_eq!(mine, [run(&format!("{letters}{rest}"), UNDOER, None)]);
    }
}

#[test]
fn what_another_took_out_is_not_put_back_but_written() {
    let mut room = Room::written("wij betalen samen");
    delete(&mut room, 2, 4, 7);
    insert(&mut room, UNDOER, 4, "betalen");
    let expected = [
        run("wij ", WRITER, None),
        run("betalen", UNDOER, None),
        run(" samen", WRITER, None),
    ];
    assert_eq!(runs(&room), expected);
}

#[test]
fn the_same_words_elsewhere_are_written() {
    let mut room = Room::written("wij betalen samen");
    delete(&mut room, UNDOER, 4, 8);
    insert(&mut room, UNDOER, 0, "betalen ");
    let expected = [run("betalen ", UNDOER, None), run("wij samen", WRITER, None)];
    assert_eq!(runs(&room), expected);
}

#[test]
fn a_paragraph_that_was_joined_is_split_again_as_it_was() {
    for (kind, same) in [(0, true), (1, false)] {
        let mut room = Room::written("een twee");
        let block = |who, kind| Action::Block {
            who,
            at: 4,
            kind,
            level: 1,
        };
        room.act(&block(WRITER, 0));
        room.sync_all();
        let before = room.last();
        delete(&mut room, UNDOER, 4, 1);
        room.act(&block(UNDOER, kind));
        room.sync_all();
        let view = room.history.view(room.last());
        let lines = view.blame(|revision| room.writer(revision));
        let begun = lines
            .last()
            .and_then(|line| line.begun)
            .map(|begun| room.writer(begun));
        assert_eq!(begun, Some(if same { WRITER } else { UNDOER }));
        let difference = room
            .history
            .difference(before, room.last(), |revision| room.writer(revision));
        let structure: Vec<&Structure> = difference
            .lines
            .iter()
            .flat_map(|line| &line.structure)
            .map(|change| &change.what)
            .collect();
        assert_eq!(structure.is_empty(), same, "{structure:?}");
    }
}
