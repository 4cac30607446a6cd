//! Of whom a restore took which words: only what they wrote themselves, and only what has not come back.

use std::collections::BTreeMap;

use super::room::{Action, Room, actor};
use crate::ids::{Revision, TimestampMs};
use crate::text::history::quotes::OwnWords;
use crate::text::history::restore::Scope;
use crate::text::history::sessions::Session;

const ANNA: usize = 0;
const BRAM: usize = 1;

/// Restores the chapter to a revision; answers the session that is.
fn restored(room: &mut Room, to: Revision) -> Session<char> {
    let before = room.last().0;
    room.restore(to, &Scope::Chapter);
    room.sync_all();
    Session {
        first: Revision(before + 1),
        last: room.last(),
        started_at: TimestampMs(0),
        ended_at: TimestampMs(0),
        restore: Some(before + 1),
        work: BTreeMap::new(),
    }
}

fn types(room: &mut Room, who: usize, at: u16, text: &str) -> Revision {
    room.type_text(who, at, text);
    room.sync_all();
    room.last()
}

/// How many words of somebody each session took, and which.
fn taken(room: &Room, who: usize, sessions: &[Session<char>]) -> Vec<(usize, Vec<String>, usize)> {
    let is_own =
        |revision: Revision| *room.changes[usize::try_from(revision.0).unwrap()].actor_id() == actor(who);
    let taken = room.history.own_words_taken(sessions, is_own).into_iter();
    let told = taken.map(|OwnWords { count, places }| {
        let words = places.quotes.into_iter().map(|quote| quote.words);
        (count, words.collect(), places.more)
    });
    told.collect()
}

fn words(count: usize, quoted: &[&str]) -> (usize, Vec<String>, usize) {
    (count, quoted.iter().map(|words| (*words).to_owned()).collect(), 0)
}

#[test]
fn each_is_told_of_their_own_words_only() {
    let mut room = Room::new();
    let to = types(&mut room, ANNA, 0, "De zorg.");
    types(&mut room, ANNA, 3, "goede nacht");
    types(&mut room, BRAM, 0, "Samen thuis ");
    let session = [restored(&mut room, to)];
    assert_eq!(taken(&room, ANNA, &session), [words(2, &["goede nachtzorg."])]);
    assert_eq!(taken(&room, BRAM, &session), [words(2, &["Samen thuis"])]);
}

#[test]
fn what_came_back_since_did_not_go() {
    let mut room = Room::new();
    let to = types(&mut room, ANNA, 0, "De zorg.");
    let before = types(&mut room, BRAM, 8, " Voor elkaar.");
    let first = restored(&mut room, to);
    assert_eq!(
        taken(&room, BRAM, std::slice::from_ref(&first)),
        [words(2, &["Voor elkaar."])]
    );
    let undo = restored(&mut room, before);
    assert_eq!(
        taken(&room, BRAM, &[first.clone(), undo.clone()]),
        [words(0, &[]), words(0, &[])]
    );
    let again = restored(&mut room, to);
    let told = taken(&room, BRAM, &[first, undo, again]);
    assert_eq!(
        told,
        [words(0, &[]), words(0, &[]), words(2, &["Voor elkaar."])],
        "gone again: only the restore that took them last is told"
    );
}

#[test]
fn what_others_wrote_between_is_another_place() {
    let mut room = Room::new();
    let to = types(&mut room, ANNA, 0, "De zorg.");
    types(&mut room, BRAM, 3, "warme goede ");
    types(&mut room, ANNA, 9, "en ook ");
    let session = [restored(&mut room, to)];
    assert_eq!(taken(&room, BRAM, &session), [words(2, &["warme", "goede"])]);
    assert_eq!(taken(&room, ANNA, &session), [words(2, &["en ook"])]);
}

#[test]
fn words_that_somebody_took_out_by_hand_were_taken_by_no_restore() {
    let mut room = Room::new();
    let to = types(&mut room, ANNA, 0, "De zorg.");
    types(&mut room, BRAM, 8, " Voor elkaar.");
    let (who, at, count) = (ANNA, 8, 5);
    room.act(&Action::Delete { who, at, count });
    room.sync_all();
    let session = [restored(&mut room, to)];
    assert_eq!(taken(&room, BRAM, &session), [words(1, &["elkaar."])]);
}

#[test]
fn what_somebody_had_taken_out_themselves_was_taken_by_no_restore() {
    let mut room = Room::new();
    let before = types(&mut room, ANNA, 0, "De zorg. Voor elkaar.");
    let (who, at, count) = (ANNA, 8, 13);
    room.act(&Action::Delete { who, at, count });
    room.sync_all();
    let without = room.last();
    let brings = restored(&mut room, before);
    let takes = restored(&mut room, without);
    assert_eq!(
        taken(&room, ANNA, &[brings, takes]),
        [words(0, &[]), words(0, &[])]
    );
}
