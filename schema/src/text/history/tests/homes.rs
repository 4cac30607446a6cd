//! What a restore brings back stands behind what went: for who types there, for who gives the same back, and for readers.

use automerge::ReadDoc;
use automerge::legacy::{ElementId as ElementRef, Key};

use super::room::{Action, Room, text_of};
use crate::ids::Revision;
use crate::text::history::restore::Scope;

fn text(room: &Room) -> String {
    let doc = room.doc_at(room.last());
    doc.text(text_of(&doc)).unwrap().replace('\u{fffc}', "|")
}

fn find(room: &Room, words: &str) -> u16 {
    u16::try_from(text(room).find(words).unwrap()).unwrap()
}

/// Two lines of which a restore takes out the second; answers the moment before.
fn second_line_restored_away(room: &mut Room) -> Revision {
    let first = room.last();
    room.act(&Action::Block {
        who: 0,
        at: 3,
        kind: 2,
        level: 1,
    });
    room.type_text(0, 4, "twee");
    room.sync_all();
    assert_eq!(text(room), "een|twee");
    let before = room.last();
    room.restore(first, &Scope::Chapter);
    room.sync_all();
    assert_eq!(text(room), "een");
    before
}

#[test]
fn letters_under_way_to_the_end_of_a_line_stay_in_it_when_lines_come_back_behind_it() {
    let mut room = Room::written("een");
    let before = second_line_restored_away(&mut room);
    room.type_text(1, 3, " en");
    room.restore(before, &Scope::Chapter);
    room.type_text(1, 6, " meer");
    room.sync_all();
    assert_eq!(text(&room), "een en meer|twee");
}

#[test]
fn what_was_typed_within_what_goes_stands_within_it_when_it_comes_back() {
    let mut room = Room::written("de wijk");
    let first = room.last();
    room.type_text(0, 2, " oude mooie");
    room.sync_all();
    let before = room.last();
    let at = find(&room, " mooie");
    room.type_text(1, at, " en");
    room.restore(first, &Scope::Chapter);
    let seen = room.last();
    room.sync_all();
    assert_eq!(text(&room), "de en wijk");
    room.restore_seen(seen, before);
    assert_eq!(text(&room), "de oude en mooie wijk");
}

/// Undo of the same deletion names the same letters: whoever gave them back at that moment sees what to leave out.
#[test]
fn each_letter_and_marker_comes_back_behind_the_one_that_went() {
    let mut room = Room::written("een");
    let before = second_line_restored_away(&mut room);
    let gone = room.doc_at(before);
    let names: Vec<String> = (3..8)
        .map(|at| gone.get_cursor(text_of(&gone), at, None).unwrap().to_string())
        .collect();
    let made = room.restore(before, &Scope::Chapter);
    let behind = |key: &Key| match key {
        Key::Seq(ElementRef::Id(id)) => Some(format!("{}@{}", id.counter(), id.actor())),
        _ => None,
    };
    let operations = made[0].decode().operations;
    let back: Vec<String> = operations
        .iter()
        .filter(|op| op.insert)
        .filter_map(|op| behind(&op.key))
        .collect();
    assert_eq!(back, names);
    assert_eq!(text(&room), "een|twee");
    let authors = room.authors(room.last());
    assert!(authors.iter().all(|written| room.writer(written.unwrap()) == 0));
}

#[test]
fn words_that_went_in_an_earlier_document_come_back_at_their_place() {
    let mut room = Room::written("een drie");
    room.type_text(0, 4, "twee ");
    room.sync_all();
    let before = room.last();
    room.act(&Action::Delete {
        who: 0,
        at: 4,
        count: 5,
    });
    room.begin_anew();
    room.restore(before, &Scope::Chapter);
    room.sync_all();
    assert!(text(&room).ends_with("een twee drie"));
    let at = find(&room, "twee ");
    room.act(&Action::Delete { who: 1, at, count: 5 });
    room.sync_all();
    room.type_text(1, at, "en ");
    room.restore(before, &Scope::Chapter);
    room.sync_all();
    assert!(text(&room).ends_with("een en twee drie"), "{}", text(&room));
}

#[test]
fn who_types_on_where_words_went_finds_them_before_what_came_since() {
    let mut room = Room::written("tekst.");
    let first = room.last();
    room.type_text(0, 6, " een twee");
    room.sync_all();
    let before = room.last();
    room.restore(first, &Scope::Chapter);
    let seen = room.last();
    room.sync_all();
    room.type_text(0, 6, " drie");
    room.sync_all();
    room.restore_seen(seen, before);
    assert_eq!(text(&room), "tekst. een twee drie");
}

/// Of one's own words nothing but their place says that they are the same.
#[test]
fn own_words_that_were_given_back_meanwhile_do_not_come_twice() {
    let mut room = Room::written("de zin blijft");
    let first = room.last();
    room.type_text(0, 6, " XYZW");
    room.sync_all();
    let before = room.last();
    let gone = room.take_out(0, 6, 5);
    room.restore(first, &Scope::Chapter);
    let seen = room.last();
    room.sync_all();
    room.give_back(0, &gone);
    room.sync_all();
    assert_eq!(text(&room), "de zin XYZW blijft");
    room.restore_seen(seen, before);
    assert_eq!(text(&room), "de zin XYZW blijft");
}

#[test]
fn more_than_one_change_holds_comes_back() {
    let mut room = Room::written(&"Zorg dichtbij. ".repeat(700));
    let before = room.last();
    for _ in 0..700 {
        room.act(&Action::Delete {
            who: 0,
            at: 0,
            count: 15,
        });
    }
    room.sync_all();
    assert_eq!(text(&room), "");
    let made = room.restore(before, &Scope::Chapter);
    assert!(made.len() > 1);
    assert_eq!(text(&room), "Zorg dichtbij. ".repeat(700));
}
