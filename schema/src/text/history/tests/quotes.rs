//! What a session is quoted by: whole words of the text, each place by itself.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::room::{Action, Room, actions, cases};
use crate::ids::{Revision, TimestampMs};
use crate::text::history::quotes::{Places, Quote, Quotes, Taken};
use crate::text::history::sessions::Session;

const SENTENCE: &str = "De zorg begint in maart in de hele regio.";

/// A text that stood before the session, and what was written in it then: at a place, so many letters less, and words.
fn session(before: &str, steps: &[(u16, u8, &str)]) -> (Places, Places) {
    let mut room = Room::new();
    room.type_text(0, 0, before);
    room.sync_all();
    let first = room.last().0 + 1;
    for (at, count, text) in steps {
        if *count > 0 {
            let (who, at, count) = (0, *at, *count);
            room.act(&Action::Delete { who, at, count });
        }
        match *text {
            "" => {}
            "¶" => {
                let (who, at) = (0, *at);
                let (kind, level) = (0, 1);
                room.act(&Action::Block { who, at, kind, level });
            }
            text => room.type_text(0, *at, text),
        }
    }
    room.sync_all();
    shown(&room, first)
}

/// What came and what went, whoever wrote it.
fn shown(room: &Room, first: u64) -> (Places, Places) {
    let Quotes { came, mut went } = quotes(room, first);
    for quote in &mut went.quotes {
        quote.taken.clear();
    }
    (came, went)
}

/// The quotes of the session from a revision until the end.
fn quotes(room: &Room, first: u64) -> Quotes {
    let session = Session::<char> {
        first: Revision(first),
        last: room.last(),
        started_at: TimestampMs(0),
        ended_at: TimestampMs(0),
        restore: None,
        work: BTreeMap::new(),
    };
    room.history.quotes(&[session]).pop().unwrap()
}

fn places(words: &[&str], more: usize) -> Places {
    let quotes = words.iter().map(|words| Quote {
        words: (*words).to_owned(),
        taken: Vec::new(),
    });
    Places {
        quotes: quotes.collect(),
        more,
    }
}

/// What came and nothing that went, all of it quoted.
fn came(words: &[&str]) -> (Places, Places) {
    (places(words, 0), Places::default())
}

fn went(words: &[&str]) -> (Places, Places) {
    (Places::default(), places(words, 0))
}

#[test]
fn what_stands_apart_is_quoted_apart() {
    let steps = [(35, 0, "grote "), (3, 0, "goede ")];
    assert_eq!(session(SENTENCE, &steps), came(&["goede", "grote"]));
}

#[test]
fn words_that_follow_each_other_are_quoted_together_whenever_they_came() {
    let steps = [(3, 0, "goede "), (3, 0, "en "), (3, 0, "warme ")];
    assert_eq!(session(SENTENCE, &steps), came(&["warme en goede"]));
    let beside = [(18, 0, "vast "), (8, 6, "start")];
    assert_eq!(
        session(SENTENCE, &beside),
        (places(&["start", "vast"], 0), places(&["begint"], 0)),
        "\"in\" stands between them and is not new"
    );
    assert_eq!(
        session("De zorg.", &[(3, 0, "goede "), (13, 0, "st")]),
        came(&["goede zorgst."])
    );
}

#[test]
fn letters_inside_a_word_are_quoted_with_the_word_and_once() {
    assert_eq!(session(SENTENCE, &[(3, 0, "nacht")]), came(&["nachtzorg"]));
    let steps = [(7, 0, "en"), (3, 0, "nacht"), (0, 0, "Al")];
    assert_eq!(session(SENTENCE, &steps), came(&["AlDe nachtzorgen"]));
}

#[test]
fn a_word_is_not_quoted_for_what_came_or_went_beside_it() {
    let dog = "Dat is.";
    assert_eq!(session(dog, &[(6, 0, ", een hond")]), came(&["een hond."]));
    assert_eq!(session("Dat is, een hond.", &[(6, 10, "")]), went(&["een hond."]));
    assert_eq!(session(dog, &[(3, 0, ",")]), came(&[]), "a comma is no word");
    assert_eq!(session("Dat, is.", &[(3, 1, "")]), went(&[]));
    assert_eq!(session("nachtzorg", &[(5, 0, " ")]), came(&[]));
    assert_eq!(session(dog, &[(7, 0, " Ja!")]), came(&["Ja!"]));
    assert_eq!(
        session(dog, &[(4, 0, "hond – of kat – ")]),
        came(&["hond – of kat"]),
        "a dash between them parts no words"
    );
    assert_eq!(session("Een mail.", &[(4, 0, "e-")]), came(&["e-mail."]));
    assert_eq!(session(dog, &[(7, 0, " 🏠")]), came(&["🏠"]));
}

#[test]
fn of_many_places_the_first_are_quoted_and_the_others_counted() {
    let steps = [
        (35, 0, "grote "),
        (27, 0, "straks "),
        (15, 0, "pas "),
        (0, 0, "Al "),
    ];
    assert_eq!(
        session(SENTENCE, &steps),
        (places(&["Al", "pas", "straks"], 1), Places::default())
    );
}

#[test]
fn what_only_went_is_quoted_as_it_stood() {
    assert_eq!(
        session(SENTENCE, &[(30, 5, ""), (3, 5, "")]),
        went(&["zorg", "hele"])
    );
    assert_eq!(session("nachtzorg", &[(0, 5, "")]), went(&["nachtzorg"]));
    assert_eq!(session(SENTENCE, &[(2, 1, "")]), went(&[]), "a space is no word");
}

#[test]
fn each_quote_of_what_went_is_told_with_who_wrote_it_and_who_took_it_out() {
    let mut room = Room::new();
    room.type_text(0, 0, "De zorg begint ");
    room.sync_all();
    let of_one = room.last();
    room.type_text(1, 15, "in maart.");
    room.sync_all();
    let of_other = room.last();
    let mut took = |who, at, count| {
        room.act(&Action::Delete { who, at, count });
        room.sync_all();
        (quotes(&room, of_other.0 + 1).went.quotes, room.last())
    };
    let (went, first) = took(0, 3, 4);
    let quote = |words: &str, taken: &[(Revision, Revision)]| Quote {
        words: words.to_owned(),
        taken: taken
            .iter()
            .map(|(written, taken_out)| Taken {
                written: *written,
                taken_out: *taken_out,
            })
            .collect(),
    };
    assert_eq!(went, [quote("zorg", &[(of_one, first)])]);
    let (went, second) = took(0, 14, 5);
    assert_eq!(
        went,
        [
            quote("zorg", &[(of_one, first)]),
            quote("maart.", &[(of_other, second)])
        ],
        "each its own, not all of them together"
    );
    let (went, third) = took(1, 4, 9);
    assert_eq!(
        went,
        [quote(
            "zorg begint in maart.",
            &[
                (of_one, first),
                (of_one, third),
                (of_other, second),
                (of_other, third)
            ]
        )]
    );
}

#[test]
fn blocks_part_what_came_whether_they_came_with_it_or_stood_there() {
    let steps = [(0, 0, "¶"), (1, 0, "Een."), (5, 0, "¶"), (6, 0, "Twee.")];
    assert_eq!(session("", &steps), came(&["Een.", "Twee."]));
    let mut room = Room::new();
    for (at, text) in [(0, "¶"), (1, "zorg"), (5, "¶"), (6, "wonen")] {
        let (who, kind, level) = (0, 0, 1);
        match text {
            "¶" => room.act(&Action::Block { who, at, kind, level }),
            text => room.type_text(0, at, text),
        }
    }
    room.sync_all();
    let first = room.last().0 + 1;
    room.type_text(0, 6, "Mooi ");
    room.type_text(0, 5, " thuis");
    room.sync_all();
    assert_eq!(shown(&room, first), came(&["thuis", "Mooi"]));
}

#[test]
fn a_long_quote_ends_with_a_whole_word_and_says_that_there_is_more() {
    let sentence =
        "De wijkverpleging begint in maart met de nachtzorg in de hele regio en dat doen we samen.";
    let whole = "De wijkverpleging begint in maart met de nachtzorg in de hele regio en dat doen…";
    assert_eq!(session("", &[(0, 0, sentence)]), came(&[whole]));
    let endless = "lang".repeat(400);
    assert_eq!(
        session("", &[(0, 0, &endless)]),
        came(&[&("lang".repeat(20) + "…")])
    );
    assert_eq!(session("", &[(0, 0, " ")]), came(&[]));
}

/// The words of a text, those of different lines apart.
fn words_at(room: &Room, revision: Revision) -> Vec<String> {
    let lines = room.history.view(revision).blame(|_| ());
    let text = lines.into_iter().map(|line| {
        let runs = line.runs.into_iter().map(|run| run.text);
        runs.collect::<String>() + " "
    });
    let text: String = text.collect();
    text.split_whitespace().map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_quote_is_whole_words_that_follow_each_other_in_the_text(actions in actions(60), from in any::<u16>()) {
        let room = Room::after(&actions);
        let first = 1 + u64::from(from) % room.last().0.max(1);
        let (came, went) = shown(&room, first);
        for (found, at) in [(came, room.last()), (went, Revision(first - 1))] {
            let text = words_at(&room, at);
            for Quote { words: quoted, .. } in &found.quotes {
                let words: Vec<&str> = quoted.trim_end_matches('…').split_whitespace().collect();
                prop_assert!(!words.is_empty());
                let stands = text.windows(words.len()).any(|window| window == words.as_slice());
                prop_assert!(stands, "{:?} in {:?}", quoted, text);
            }
        }
    }
}
