//! A restore brings back what was, loses nothing that others type meanwhile, and can be undone.

use automerge::{AutoCommit, ReadDoc, Span};
use proptest::prelude::*;

use super::room::{Action, Room, actions, spans, text_of};
use super::since::goes_on;
use crate::ids::Revision;
use crate::richtext::spans::from_spans;
use crate::text::history::restore::{Ground, Placement, Scope, Section};
use crate::text::history::{BlameLine, Line};

/// What a reader sees: blocks, and the words with every mark, also unknown ones.
fn looks(doc: &AutoCommit) -> (crate::richtext::FlatText, Vec<Span>) {
    let spans = spans(doc);
    let words = spans
        .iter()
        .filter(|span| matches!(span, Span::Text { .. }))
        .cloned()
        .collect();
    (from_spans(spans), words)
}

fn pick(room: &Room, number: u16) -> Revision {
    Revision(u64::from(number) % (room.last().0 + 1))
}

/// The lines of a section: from its heading to the next of the same or a higher level.
fn lines_of(room: &Room, at: Revision, section: &Section) -> Vec<(Line, String)> {
    let view = room.history.view(at);
    let number = view.sections().iter().position(|other| other == section).unwrap();
    let mut headings = 0;
    let lines = view.blame(|_| ()).into_iter().skip_while(|line| {
        headings += usize::from(line.line.heading_level().is_some());
        headings <= number
    });
    let mut lines = lines.map(words);
    let first = lines.next().unwrap();
    let inside = |(line, _): &(Line, String)| line.heading_level().is_none_or(|level| level > section.level);
    std::iter::once(first).chain(lines.take_while(inside)).collect()
}

fn words(line: BlameLine) -> (Line, String) {
    (line.line, line.runs.into_iter().map(|run| run.text).collect())
}

proptest! {
    #![proptest_config(super::room::cases())]

    #[test]
    fn a_restored_chapter_is_as_it_was(actions in actions(40), to in any::<u16>()) {
        let mut room = Room::after(&actions);
        let to = pick(&room, to);
        room.restore(to, &Scope::Chapter);
        prop_assert_eq!(looks(&room.doc_at(room.last())), looks(&room.doc_at(to)));
        prop_assert_eq!(room.history.view(room.last()).spans(), spans(&room.doc_at(room.last())));
        let again = room.history.plan_restore(to, &Scope::Chapter).unwrap();
        prop_assert_eq!(again.placement, Placement::NoChange);
    }

    #[test]
    fn restored_words_keep_their_first_author(
        actions in actions(30), to in any::<u16>(), back in any::<u16>(),
    ) {
        let mut room = Room::after(&actions);
        let (to, back) = (pick(&room, to), pick(&room, back));
        for revision in [to, back, to] {
            room.restore(revision, &Scope::Chapter);
            prop_assert_eq!(room.authors(room.last()), room.authors(revision));
        }
    }

    #[test]
    fn a_restore_is_undone_by_a_restore(actions in actions(40), to in any::<u16>()) {
        let mut room = Room::after(&actions);
        let (to, before) = (pick(&room, to), room.last());
        room.restore(to, &Scope::Chapter);
        room.restore(before, &Scope::Chapter);
        prop_assert_eq!(looks(&room.doc_at(room.last())), looks(&room.doc_at(before)));
        prop_assert!(room.history.difference(before, room.last(), |_| ()).is_empty());
    }

    #[test]
    fn what_is_written_is_what_the_preview_shows(actions in actions(30), to in any::<u16>(), section in any::<u16>()) {
        let mut room = Room::after(&actions);
        let (to, before) = (pick(&room, to), room.last());
        let scope = some_scope(&room, to, section);
        let preview = room.history.plan_restore(to, &scope).unwrap().preview(|_| ());
        room.restore(to, &scope);
        let made = room.history.difference(before, room.last(), |_| ());
        prop_assert_eq!(preview.is_empty(), made.is_empty());
        let count = |counts: Vec<u32>| counts.into_iter().sum::<u32>();
        prop_assert_eq!(
            count(preview.inserted.into_values().collect()),
            count(made.inserted.into_values().collect())
        );
        prop_assert_eq!(
            count(preview.deleted.into_values().collect()),
            count(made.deleted.into_values().collect())
        );
    }

    #[test]
    fn typing_at_the_same_moment_is_never_lost(
        before in actions(30), meanwhile in actions(8), to in any::<u16>(), section in any::<u16>(), typed in any::<u16>(),
    ) {
        let mut room = Room::after(&before);
        let to = pick(&room, to);
        let scope = some_scope(&room, to, section);
        // Writers go on from the text before the restore; their changes arrive after it.
        for action in meanwhile.iter().filter(|action| !matches!(action, Action::Sync { .. })) {
            room.act(action);
        }
        room.type_text(1, typed, "🦉");
        room.act(&Action::Insert { who: 1, at: typed, word: 3 });
        room.restore(to, &scope);
        let count = |room: &Room, sign: char| room.doc_at(room.last()).text(text_of(&room.doc_at(room.last()))).unwrap().matches(sign).count();
        let after_restore = count(&room, '🏠');
        let typed = meanwhile.iter().filter(|action| matches!(action, Action::Insert { word: 3, .. })).count() + 1;
        // Who takes a house out takes one that was typed; who gives one back writes one more than was typed.
        let counts = !meanwhile.iter().any(|action| matches!(action, Action::Delete { .. } | Action::GiveBack { .. }));
        room.sync_all();
        prop_assert_eq!(room.history.view(room.last()).spans(), spans(&room.doc_at(room.last())));
        prop_assert_eq!(count(&room, '🦉'), 1);
        if counts {
            prop_assert_eq!(count(&room, '🏠'), after_restore + typed);
        }
    }

    #[test]
    fn a_restore_on_a_text_that_the_log_is_ahead_of_merges_with_the_rest(
        before in actions(30), meanwhile in actions(12), to in any::<u16>(), section in any::<u16>(),
    ) {
        let mut room = Room::after(&before);
        let (to, stood) = (pick(&room, to), room.last());
        let scope = some_scope(&room, to, section);
        meanwhile.iter().for_each(|action| room.act(action));
        room.sync_all();
        let now = room.history.reached_by(&room.doc_at(stood).get_heads());
        prop_assert_eq!(now, Some(stood));
        let ground = Ground { now: stood, seen: stood };
        let made = room.restore_on(ground, to, &scope);
        if scope == Scope::Chapter {
            let mut alone = room.doc_at(stood);
            alone.apply_changes(made).unwrap();
            prop_assert_eq!(looks(&alone), looks(&room.doc_at(to)));
        }
        prop_assert_eq!(room.history.view(room.last()).spans(), spans(&room.doc_at(room.last())));
    }

    #[test]
    fn what_was_typed_after_the_text_that_was_looked_at_stays(
        before in actions(30), to in any::<u16>(), at in any::<u16>(), section in any::<u16>(),
    ) {
        let mut room = Room::after(&before);
        let (to, seen) = (pick(&room, to), room.last());
        let scope = some_scope(&room, to, section);
        room.type_text(0, at, "🦉");
        room.sync_all();
        let text = |room: &Room, at| room.doc_at(at).text(text_of(&room.doc_at(at))).unwrap();
        let ground = Ground { now: room.last(), seen };
        let goes_on = !goes_on(&room, (room.last(), seen)).is_empty();
        room.restore_on(ground, to, &scope);
        let restored = text(&room, room.last());
        prop_assert_eq!(restored.matches('🦉').count(), 1, "{}", restored);
        if scope == Scope::Chapter && !goes_on {
            prop_assert_eq!(restored.replace('🦉', ""), text(&room, to));
        }
        // Who has seen it takes it away.
        room.restore(to, &Scope::Chapter);
        prop_assert_eq!(text(&room, room.last()), text(&room, to));
    }

    #[test]
    fn a_section_comes_back_and_the_rest_is_left_alone(
        actions in actions(40), to in any::<u16>(), section in any::<u16>(),
    ) {
        let mut room = Room::new();
        for at in [0, 1, 2] {
            room.act(&Action::Block { who: 0, at, kind: 1, level: at as u8 + 1 });
            room.act(&Action::Insert { who: 0, at: at + 1, word: 1 });
        }
        room.sync_all();
        actions.iter().for_each(|action| room.act(action));
        room.sync_all();
        let (to, before) = (pick(&room, to), room.last());
        let sections = room.history.view(to).sections();
        if sections.is_empty() {
            return Ok(());
        }
        let section = &sections[usize::from(section) % sections.len()];
        let wanted = lines_of(&room, to, section);
        let old = room.doc_at(before).text(text_of(&room.doc_at(before))).unwrap();
        room.restore(to, &Scope::Section(section.heading.clone()));
        let restored = room.history.view(room.last());
        let lines: Vec<_> = restored.blame(|_| ()).into_iter().map(words).collect();
        // Its last line may have been joined by words that stay.
        let (last, whole) = wanted.split_last().unwrap();
        let found = lines.windows(wanted.len()).any(|window| {
            window.starts_with(whole) && window[whole.len()].0 == last.0 && window[whole.len()].1.starts_with(&last.1)
        });
        prop_assert!(found, "{wanted:?} not in {lines:?}");
        let new = room.doc_at(room.last()).text(text_of(&room.doc_at(room.last()))).unwrap();
        let stood = room.history.view(before).sections().into_iter().any(|other| other.heading == section.heading);
        if stood {
            let heading = heading_index(&room, before, section);
            let same: String = old.encode_utf16().take(heading).map(|unit| char::from_u32(unit.into()).unwrap_or('?')).collect();
            let now: String = new.encode_utf16().take(heading).map(|unit| char::from_u32(unit.into()).unwrap_or('?')).collect();
            prop_assert_eq!(same, now, "before the heading");
        }
    }
}

fn heading_index(room: &Room, at: Revision, section: &Section) -> usize {
    let view = room.history.view(at);
    (0..view.utf16_len())
        .find(|index| view.element_at(*index).as_ref() == Some(&section.heading))
        .unwrap()
}

pub fn some_scope(room: &Room, to: Revision, number: u16) -> Scope {
    let sections = room.history.view(to).sections();
    let chosen = sections.get(usize::from(number) % (sections.len() + 1));
    chosen.map_or(Scope::Chapter, |section| Scope::Section(section.heading.clone()))
}

/// What stands at the end of a text, and a word typed there after the restorer looked: on the same line or on the next.
fn typed_behind(is_next_line: bool) -> String {
    let mut room = Room::new();
    let start = room
        .doc_at(room.last())
        .length(text_of(&room.doc_at(room.last()))) as u16;
    room.type_text(0, start, "oud.");
    room.sync_all();
    let to = room.last();
    room.act(&Action::Delete {
        who: 0,
        at: start,
        count: 4,
    });
    room.type_text(0, start, "nieuw.");
    room.sync_all();
    let seen = room.last();
    let end = start + 6;
    if is_next_line {
        room.act(&Action::Block {
            who: 0,
            at: end,
            kind: 0,
            level: 1,
        });
    }
    room.type_text(0, end + u16::from(is_next_line), "🦉");
    room.sync_all();
    restored_lines(&mut room, seen, to).join("|")
}

/// Restores the chapter for somebody who saw it as it was then, and answers the words of its lines.
fn restored_lines(room: &mut Room, seen: Revision, to: Revision) -> Vec<String> {
    room.restore_seen(seen, to);
    let lines = room.history.view(room.last()).blame(|_| ());
    lines.into_iter().map(|line| words(line).1).collect()
}

#[test]
fn who_types_where_text_comes_back_goes_on_behind_it() {
    assert_eq!(typed_behind(false), "oud.🦉");
    assert_eq!(typed_behind(true), "oud.|🦉");
}

#[test]
fn a_paragraph_that_comes_back_takes_no_words_from_the_end_of_the_one_before() {
    let mut room = Room::new();
    let start = room
        .doc_at(room.last())
        .length(text_of(&room.doc_at(room.last()))) as u16;
    room.type_text(0, start, "een.");
    room.act(&Action::Block {
        who: 0,
        at: start + 4,
        kind: 0,
        level: 1,
    });
    room.type_text(0, start + 5, "twee.");
    room.sync_all();
    let to = room.last();
    room.act(&Action::Delete {
        who: 0,
        at: start + 4,
        count: 6,
    });
    room.sync_all();
    let seen = room.last();
    room.type_text(0, start + 4, "🦉");
    room.sync_all();
    assert_eq!(restored_lines(&mut room, seen, to), ["een.🦉", "twee."]);
}
