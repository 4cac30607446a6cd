//! What a difference says in words, on small stories.

use automerge::ReadDoc;

use super::room::{Action, Room, text_of};
use crate::ids::Revision;
use crate::richtext::{BlockKind, Level};
use crate::text::history::{Difference, Fate, Mark, Structure};

/// The history of one writer who did these things one after the other; revision i is after the i-th.
fn story(actions: &[Action]) -> Room {
    let mut room = Room::new();
    for action in actions {
        room.act(action);
        room.act(&Action::Sync { who: 0 });
    }
    room
}

fn insert(at: u16, word: usize) -> Action {
    Action::Insert { who: 0, at, word }
}

fn between(room: &Room, from: u64, to: u64) -> Difference {
    room.history.difference(Revision(from), Revision(to), |_| ())
}

fn structure(difference: &Difference) -> Vec<Structure> {
    difference
        .lines
        .iter()
        .flat_map(|line| &line.structure)
        .map(|change| change.what.clone())
        .collect()
}

#[test]
fn words_and_their_deletion() {
    let room = story(&[
        insert(0, 1),
        Action::Delete {
            who: 0,
            at: 1,
            count: 2,
        },
    ]);
    let difference = between(&room, 1, 2);
    let runs: Vec<_> = difference.lines[0]
        .runs
        .iter()
        .map(|run| (run.fate, run.text.as_str()))
        .collect();
    assert_eq!(
        runs,
        [
            (Fate::Same, "z"),
            (Fate::Deleted(Some(Revision(2))), "or"),
            (Fate::Same, "g")
        ]
    );
}

#[test]
fn a_deletion_looked_at_backwards_has_no_author() {
    let room = story(&[
        insert(0, 1),
        Action::Delete {
            who: 0,
            at: 0,
            count: 1,
        },
        insert(0, 0),
    ]);
    let difference = between(&room, 3, 1);
    assert_eq!(difference.deleted.keys().collect::<Vec<_>>(), [&None]);
    assert_eq!(difference.inserted.keys().collect::<Vec<_>>(), [&Revision(1)]);
}

#[test]
fn a_word_made_bold_and_plain_again() {
    let mark = |on| Action::Mark {
        who: 0,
        at: 1,
        count: 2,
        name: 0,
        on,
    };
    let room = story(&[insert(0, 1), mark(true), mark(false)]);
    assert_eq!(
        structure(&between(&room, 1, 2)),
        [Structure::MarkAdded {
            mark: Mark::Strong,
            text: "or".into()
        }]
    );
    let removed = between(&room, 2, 3);
    assert_eq!(
        structure(&removed),
        [Structure::MarkRemoved {
            mark: Mark::Strong,
            text: "or".into()
        }]
    );
    assert_eq!(removed.lines[0].structure[0].by, Some(Revision(3)));
    assert!(between(&room, 1, 3).is_empty());
}

#[test]
fn a_line_that_became_a_heading() {
    let block = Action::Block {
        who: 0,
        at: 0,
        kind: 0,
        level: 1,
    };
    let room = story(&[
        block,
        insert(1, 1),
        Action::Retype {
            who: 0,
            at: 1,
            kind: 1,
        },
    ]);
    let difference = between(&room, 2, 3);
    let Structure::Style { before, after } = &structure(&difference)[0] else {
        panic!("{difference:?}")
    };
    assert_eq!(before.kind, BlockKind::Paragraph);
    assert_eq!(after.kind, BlockKind::Heading(Level::nearest(2)));
    assert_eq!(difference.lines[0].structure[0].by, Some(Revision(3)));
}

#[test]
fn a_line_split_and_joined() {
    let block = |at| Action::Block {
        who: 0,
        at,
        kind: 0,
        level: 1,
    };
    let room = story(&[
        block(0),
        insert(1, 1),
        block(3),
        Action::Delete {
            who: 0,
            at: 3,
            count: 1,
        },
    ]);
    assert_eq!(structure(&between(&room, 2, 3)), [Structure::Split]);
    let joined = between(&room, 3, 4);
    assert_eq!(structure(&joined), [Structure::Joined]);
    assert_eq!(joined.lines[1].structure[0].by, Some(Revision(4)));
    assert_eq!(
        (joined.lines[1].before.is_some(), joined.lines[1].after.is_some()),
        (true, false)
    );
}

#[test]
fn a_blank_line_is_somebodys_too() {
    let mut room = Room::new();
    room.type_text(0, 0, "een twee");
    room.sync_all();
    let before = room.last();
    for _ in 0..2 {
        room.act(&Action::Block {
            who: 1,
            at: 4,
            kind: 0,
            level: 1,
        });
        room.sync_all();
    }
    let came = room.history.difference(before, room.last(), |revision| revision);
    let blank: Vec<_> = came
        .lines
        .iter()
        .filter(|line| line.runs.is_empty())
        .flat_map(|line| &line.structure)
        .collect();
    assert_eq!(blank.len(), 1, "{came:?}");
    assert_eq!(blank[0].what, Structure::Added);
    assert_eq!(blank[0].by.map(|by| room.writer(by)), Some(1));
}

#[test]
fn words_that_another_took_out_in_between_are_told_and_ones_own_are_not() {
    let mut room = Room::new();
    room.type_text(0, 0, "een vier");
    room.sync_all();
    let before = room.last();
    room.type_text(0, 4, "twee drie ");
    room.sync_all();
    room.act(&Action::Delete {
        who: 1,
        at: 4,
        count: 5,
    });
    room.sync_all();
    room.act(&Action::Delete {
        who: 0,
        at: 4,
        count: 5,
    });
    room.sync_all();
    let difference = room
        .history
        .difference(before, room.last(), |revision| room.writer(revision));
    assert!(difference.is_empty());
    let told: Vec<_> = difference.passing.iter().collect();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (
            told[0].text.as_str(),
            room.writer(told[0].written),
            room.writer(told[0].deleted)
        ),
        ("twee ", 0, 1)
    );
    room.type_text(1, 4, "twee ");
    room.sync_all();
    let back = room
        .history
        .difference(before, room.last(), |revision| room.writer(revision));
    assert_eq!(back.passing, []);
}

#[test]
fn words_taken_out_here_and_there_in_a_line_are_told_once_and_spaces_never() {
    let mut room = Room::new();
    room.type_text(0, 0, "een drie vijf");
    room.sync_all();
    let before = room.last();
    room.type_text(0, 9, "vier ");
    room.type_text(0, 4, "twee ");
    room.sync_all();
    let last_line = length(&room);
    room.act(&Action::Block {
        who: 0,
        at: last_line,
        kind: 0,
        level: 1,
    });
    room.type_text(0, last_line + 1, "x y");
    room.sync_all();
    for (at, count) in [(4, 5), (9, 5), (15, 1)] {
        room.act(&Action::Delete { who: 1, at, count });
    }
    room.sync_all();
    let told = room
        .history
        .difference(before, room.last(), |revision| room.writer(revision))
        .passing;
    let told: Vec<_> = told.iter().map(|words| words.text.as_str()).collect();
    assert_eq!(told, ["twee  … vier "]);
}

#[test]
fn words_that_another_took_out_are_told_with_who_wrote_them_and_ones_own_without() {
    let mut room = Room::new();
    room.type_text(0, 0, "een ");
    room.sync_all();
    room.type_text(1, 4, "twee");
    room.sync_all();
    let before = room.last();
    room.act(&Action::Delete {
        who: 1,
        at: 0,
        count: 8,
    });
    room.sync_all();
    let difference = room
        .history
        .difference(before, room.last(), |revision| room.writer(revision));
    let runs: Vec<_> = difference.lines[0]
        .runs
        .iter()
        .map(|run| (run.text.as_str(), run.written.map(|by| room.writer(by))))
        .collect();
    assert_eq!(runs, [("een ", Some(0)), ("twee", None)]);
}

fn length(room: &Room) -> u16 {
    let doc = room.doc_at(room.last());
    u16::try_from(doc.length(text_of(&doc))).unwrap()
}
