//! Every word is the work of whom automerge says made its operation; every deletion that of who deleted it first.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutoCommit, ReadDoc};
use proptest::prelude::*;

use super::room::{Room, actions, text_of};
use crate::ids::Revision;
use crate::text::history::{BlameRun, Difference, Fate, Line};

/// The ids of the visible elements, by UTF-16 unit.
fn ids(doc: &AutoCommit) -> Vec<automerge::ObjId> {
    let text = text_of(doc);
    (0..doc.length(&text))
        .map(|index| doc.get(&text, index).unwrap().unwrap().1)
        .collect()
}

/// Ids of letters only.
fn letters(doc: &AutoCommit) -> BTreeSet<automerge::ObjId> {
    let text = text_of(doc);
    let all = (0..doc.length(&text)).map(|index| doc.get(&text, index).unwrap().unwrap());
    all.filter(|(value, _)| !value.is_object())
        .map(|(_, id)| id)
        .collect()
}

fn side(difference: &Difference, after: bool) -> Vec<(Line, String)> {
    let mut lines: Vec<(Line, String)> = Vec::new();
    for line in &difference.lines {
        let own = if after { &line.after } else { &line.before };
        lines.extend(own.clone().map(|own| (own, String::new())));
        for run in &line.runs {
            let here = match run.fate {
                Fate::Same => true,
                Fate::Inserted(_) => after,
                Fate::Deleted(_) => !after,
            };
            if here {
                if lines.is_empty() {
                    lines.push((Line::default(), String::new()));
                }
                lines.last_mut().unwrap().1.push_str(&run.text);
            }
        }
    }
    // Words before the first marker are a line only where there are any.
    lines.retain(|(line, text)| !text.is_empty() || *line != Line::default());
    lines
}

fn lines_at(room: &Room, revision: Revision) -> Vec<(Line, String)> {
    let lines = room.history.view(revision).blame(|revision| revision);
    let text = |runs: &[BlameRun]| runs.iter().map(|run| run.text.as_str()).collect::<String>();
    let mut lines: Vec<_> = lines
        .into_iter()
        .map(|line| (line.line, text(&line.runs)))
        .collect();
    lines.retain(|(line, text)| !text.is_empty() || *line != Line::default());
    lines
}

proptest! {
    #![proptest_config(super::room::cases())]

    #[test]
    fn blame_of_every_position_is_the_change_that_made_it(actions in actions(40)) {
        let room = Room::after(&actions);
        let doc = room.doc_at(room.last());
        let view = room.history.view(room.last());
        for (index, id) in ids(&doc).into_iter().enumerate() {
            let change = doc.hash_for_opid(&id).unwrap();
            let expected = room.changes.iter().position(|known| known.hash() == change).unwrap();
            let written = view.written_at(index).unwrap();
            let put_there = room.history.put_there(view.element_covering(index).unwrap());
            prop_assert_eq!(u64::from(put_there), expected as u64);
            prop_assert!(written.0 <= expected as u64, "written then, or put back by who took it out");
        }
    }

    #[test]
    fn blame_shows_the_whole_text_with_its_marks(actions in actions(40)) {
        let room = Room::after(&actions);
        let lines = room.history.view(room.last()).blame(|_| ());
        let text: String = lines.iter().flat_map(|line| &line.runs).map(|run| run.text.as_str()).collect();
        let doc = room.doc_at(room.last());
        prop_assert_eq!(text, doc.text(text_of(&doc)).unwrap().replace('\u{fffc}', ""));
        for line in &lines {
            for pair in line.runs.windows(2) {
                let looks = |run: &BlameRun| (run.marks.clone(), run.restored);
                prop_assert_ne!(looks(&pair[0]), looks(&pair[1]), "one author: runs differ in marks");
            }
        }
    }

    #[test]
    fn a_difference_holds_both_texts(actions in actions(40), from in any::<u16>(), to in any::<u16>()) {
        let room = Room::after(&actions);
        let count = room.last().0 + 1;
        let (from, to) = (Revision(u64::from(from) % count), Revision(u64::from(to) % count));
        let difference = room.history.difference(from, to, |revision| revision);
        prop_assert_eq!(side(&difference, false), lines_at(&room, from));
        prop_assert_eq!(side(&difference, true), lines_at(&room, to));
    }

    #[test]
    fn every_letter_that_came_or_went_names_the_revision_that_did_it(
        actions in actions(40), from in any::<u16>(), to in any::<u16>(),
    ) {
        let room = Room::after(&actions);
        // What came back did not come: see `put_back`.
        prop_assume!(room.history.origins.is_empty());
        let count = room.last().0 + 1;
        let (from, to) = (u64::from(from) % count, u64::from(to) % count);
        let (from, to) = (from.min(to), from.max(to));
        let mut inserted: BTreeMap<Revision, u32> = BTreeMap::new();
        let mut deleted: BTreeMap<Option<Revision>, u32> = BTreeMap::new();
        let sets: Vec<_> = (from..=to).map(|at| letters(&room.doc_at(Revision(at)))).collect();
        let (first, last) = (&sets[0], &sets[sets.len() - 1]);
        for id in last.difference(first) {
            let came = sets.iter().position(|set| set.contains(id)).unwrap() as u64 + from;
            *inserted.entry(Revision(came)).or_default() += 1;
        }
        for id in first.difference(last) {
            let went = sets.iter().position(|set| !set.contains(id)).unwrap() as u64 + from;
            *deleted.entry(Some(Revision(went))).or_default() += 1;
        }
        let difference = room.history.difference(Revision(from), Revision(to), |revision| revision);
        prop_assert_eq!(difference.inserted, inserted);
        prop_assert_eq!(difference.deleted, deleted);
    }

    #[test]
    fn an_empty_difference_is_an_equal_text(actions in actions(12), from in any::<u16>()) {
        let room = Room::after(&actions);
        let from = Revision(u64::from(from) % (room.last().0 + 1));
        let looks = |revision| {
            let lines = room.history.view(revision).blame(|_| ());
            let run = |run: BlameRun| (run.text, run.marks);
            lines.into_iter().map(|line| (line.line, line.runs.into_iter().map(run).collect::<Vec<_>>())).collect::<Vec<_>>()
        };
        let (old, new) = (looks(from), looks(room.last()));
        if room.history.difference(from, room.last(), |revision| revision).is_empty() {
            prop_assert_eq!(old, new);
        }
        prop_assert!(room.history.difference(from, from, |revision| revision).is_empty());
    }
}
