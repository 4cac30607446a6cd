//! What belongs to a restored section, as stories about headings A and B.

use automerge::ReadDoc;

use super::room::{Action, Room, text_of};
use crate::ids::Revision;
use crate::text::history::restore::{Placement, Scope, ScopeError};

/// Writes, each step a revision: `#` puts a heading of level 1, `=` one of level 2, `-n` deletes n units, else text.
fn story(steps: &[(usize, &str)]) -> Room {
    let mut room = Room::new();
    for (at, step) in steps {
        let at = *at as u16;
        match *step {
            "#" => room.act(&Action::Block {
                who: 0,
                at,
                kind: 1,
                level: 1,
            }),
            "=" => room.act(&Action::Block {
                who: 0,
                at,
                kind: 1,
                level: 2,
            }),
            other => match other.strip_prefix('-') {
                Some(count) => room.act(&Action::Delete {
                    who: 0,
                    at,
                    count: count.parse().unwrap(),
                }),
                None => room.type_text(0, at, other),
            },
        }
        room.act(&Action::Sync { who: 0 });
    }
    room
}

/// The text with `#` for every block marker.
fn text(room: &Room) -> String {
    let doc = room.doc_at(room.last());
    doc.text(text_of(&doc)).unwrap().replace('\u{fffc}', "#")
}

/// Restores the n-th section of the text at a revision.
fn restore(room: &mut Room, to: u64, number: usize) -> Placement {
    let heading = room.history.view(Revision(to)).sections()[number].heading.clone();
    let scope = Scope::Section(heading);
    let placement = room.history.plan_restore(Revision(to), &scope).unwrap().placement;
    room.restore(Revision(to), &scope);
    placement
}

#[test]
fn the_words_of_a_section_and_nothing_else() {
    let mut room = story(&[(0, "#"), (1, "Aa"), (3, "#"), (4, "Bb"), (1, "-1"), (5, "x")]);
    assert_eq!(text(&room), "#a#Bbx");
    assert_eq!(restore(&mut room, 4, 0), Placement::Replaces);
    assert_eq!(text(&room), "#Aa#Bbx");
    assert_eq!(restore(&mut room, 4, 0), Placement::NoChange);
}

#[test]
fn a_deleted_section_comes_back_at_its_place() {
    let mut room = story(&[
        (0, "#"),
        (1, "Aa"),
        (3, "#"),
        (4, "Bb"),
        (6, "#"),
        (7, "Cc"),
        (3, "-3"),
        (3, "x"),
    ]);
    assert_eq!(text(&room), "#Aax#Cc");
    assert_eq!(restore(&mut room, 6, 1), Placement::ComesBack);
    assert_eq!(text(&room), "#Aax#Bb#Cc");
}

#[test]
fn a_section_added_behind_it_since_stays() {
    let mut room = story(&[
        (0, "#"),
        (1, "Aa"),
        (3, "#"),
        (4, "Cc"),
        (3, "#"),
        (4, "Bb"),
        (2, "x"),
    ]);
    assert_eq!(text(&room), "#Axa#Bb#Cc");
    restore(&mut room, 4, 0);
    assert_eq!(text(&room), "#Aa#Bb#Cc");
}

#[test]
fn words_deleted_before_a_new_section_come_back_before_it() {
    let mut room = story(&[(0, "#"), (1, "Aaa"), (2, "-2"), (2, "#"), (3, "Bb")]);
    assert_eq!(text(&room), "#A#Bb");
    restore(&mut room, 2, 0);
    assert_eq!(text(&room), "#Aaa#Bb");
}

#[test]
fn a_neighbour_whose_heading_was_deleted_stays() {
    let mut room = story(&[(0, "#"), (1, "Aa"), (3, "#"), (4, "Bb"), (3, "-1"), (1, "x")]);
    assert_eq!(text(&room), "#xAaBb");
    restore(&mut room, 4, 0);
    assert_eq!(text(&room), "#AaBb");
}

#[test]
fn a_heading_put_inside_it_goes() {
    let mut room = story(&[(0, "#"), (1, "Aa"), (2, "#")]);
    assert_eq!(text(&room), "#A#a");
    restore(&mut room, 2, 0);
    assert_eq!(text(&room), "#Aa");
}

#[test]
fn a_section_takes_its_subsections_along() {
    let mut room = story(&[
        (0, "#"),
        (1, "A"),
        (2, "="),
        (3, "a"),
        (4, "#"),
        (5, "B"),
        (0, "-4"),
    ]);
    assert_eq!(text(&room), "#B");
    restore(&mut room, 6, 0);
    assert_eq!(text(&room), "#A#a#B");
    let levels: Vec<u8> = room
        .history
        .view(room.last())
        .sections()
        .iter()
        .map(|section| section.level)
        .collect();
    assert_eq!(levels, [1, 2, 1]);
}

#[test]
fn a_restored_section_can_be_restored_again_by_its_first_name() {
    let mut room = story(&[(0, "#"), (1, "Aa"), (0, "-3")]);
    restore(&mut room, 2, 0);
    room.act(&Action::Sync { who: 0 });
    room.type_text(0, 1, "x");
    room.act(&Action::Sync { who: 0 });
    assert_eq!(text(&room), "#xAa");
    assert_eq!(restore(&mut room, 2, 0), Placement::Replaces);
    assert_eq!(text(&room), "#Aa");
}

#[test]
fn a_section_that_was_not_there_is_refused() {
    let room = story(&[(0, "x"), (1, "#")]);
    let heading = room.history.view(Revision(2)).sections()[0].heading.clone();
    let refused = room
        .history
        .plan_restore(Revision(1), &Scope::Section(heading))
        .map(|plan| plan.placement);
    assert_eq!(refused, Err(ScopeError::NoSuchSection));
}
