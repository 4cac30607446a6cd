//! A chapter written by two people over a log in memory, and questions about its past.

mod growth;
mod world;

use std::sync::Arc;

use schema::ids::{ActorRef, PlanId, Position, Revision};
use schema::text::history::quotes::Places;
use schema::text::history::restore::{Placement, Scope};

use super::{ChapterHistories, HistoryError, Past};
use crate::log::EventLog;
use world::{ANNA, BRAM, CHAPTER, PLAN, World, other_chapter};

fn histories(world: &World) -> ChapterHistories {
    ChapterHistories::new(Arc::clone(&world.log) as Arc<dyn EventLog>)
}

fn ask<T>(histories: &ChapterHistories, question: impl FnOnce(&Past) -> T) -> T {
    histories
        .ask((PLAN, CHAPTER), |past| Ok::<_, HistoryError>(question(past)))
        .unwrap()
}

fn text(past: &Past, position: Option<Position>) -> String {
    let lines = past.view(past.revision_at(position).unwrap()).blame(|_| ());
    lines
        .into_iter()
        .flat_map(|line| line.runs)
        .map(|run| run.text)
        .collect()
}

#[test]
fn the_text_at_any_position_and_who_wrote_it() {
    let mut world = World::new();
    let first = world.write(ANNA, 0, 0, "Zorg dichtbij");
    let second = world.write(BRAM, 4, 1, " thuis en ");
    let histories = histories(&world);
    ask(&histories, |past| {
        assert_eq!(text(past, Some(first)), "Zorg dichtbij");
        assert_eq!(text(past, Some(second)), "Zorg thuis en dichtbij");
        assert_eq!(text(past, None), "Zorg thuis en dichtbij");
        let view = past.view(past.revision_at(None).unwrap());
        let who = |index| past.at(view.written_at(index).unwrap()).unwrap().who;
        assert_eq!((who(0), who(6), who(20)), (ANNA, BRAM, ANNA));
    });
}

#[test]
fn the_past_goes_on_with_the_log() {
    let mut world = World::new();
    let histories = histories(&world);
    for word in ["een ", "twee ", "drie ", "🏠 ", "שלום"] {
        let end = world.len();
        world.write(ANNA, end, 0, word);
        let fresh = self::histories(&world);
        assert_eq!(
            ask(&histories, |past| text(past, None)),
            ask(&fresh, |past| text(past, None))
        );
    }
    assert_eq!(ask(&histories, |past| text(past, None)), "een twee drie 🏠 שלום");
}

#[test]
fn a_position_before_the_text_has_none() {
    let world = World::new();
    let histories = histories(&world);
    let asked = histories.ask((PLAN, CHAPTER), |past| past.revision_at(Some(Position(0))));
    assert!(
        matches!(asked, Err(HistoryError::NoText)),
        "position 0 is an actor's"
    );
    let asked = histories.ask((PLAN, other_chapter(9)), |past| past.revision_at(None));
    assert!(matches!(asked, Err(HistoryError::NoText)));
}

/// One who pauses for minutes writes one session, of which each part can be gone back to.
#[test]
fn a_session_has_parts_to_go_back_to() {
    let mut world = World::new();
    world.write(ANNA, 0, 0, "Zorg");
    let dropped = world.write(ANNA, 4, 0, " dichtbij");
    world.pause(2 * 60_000);
    world.write(BRAM, 0, 13, "Niemand");
    let histories = histories(&world);
    let [whole] = &ask(&histories, |past| past.sessions(|who| who))[..] else {
        panic!("one session")
    };
    let stretch = (whole.from, whole.to);
    let parts = ask(&histories, |past| past.parts(|who| who, stretch));
    let places: Vec<_> = parts.iter().map(|part| (part.from, part.to)).collect();
    assert_eq!(places, [(whole.from, dropped), (dropped, whole.to)]);
    assert_eq!(ask(&histories, |past| text(past, Some(dropped))), "Zorg dichtbij");
    let after = ask(&histories, |past| past.parts(|who| who, (dropped, whole.to)));
    assert_eq!(after.len(), 1, "only what was asked for");
}

#[test]
fn sessions_name_everyone_and_a_restore_stands_apart() {
    let mut world = World::new();
    world.write(ANNA, 0, 0, "Zorg dichtbij");
    world.write(BRAM, 13, 0, " huis");
    let before = world.write(ANNA, 0, 4, "");
    world.pause(super::past::WHOLE.pause_ms + 1);
    world.write(BRAM, 0, 0, "x");
    let restored = world.restore(BRAM, before, &Scope::Chapter);
    let histories = histories(&world);
    let sessions = ask(&histories, |past| past.sessions(|who| who));
    let work: Vec<Vec<_>> = sessions
        .iter()
        .map(|session| {
            session
                .session
                .work
                .iter()
                .map(|(who, work)| (*who, work.inserted, work.deleted))
                .collect()
        })
        .collect();
    assert_eq!(
        work,
        [
            vec![(ANNA, 13, 4), (BRAM, 5, 0)],
            vec![(BRAM, 1, 0)],
            vec![(BRAM, 0, 1)]
        ]
    );
    let came = sessions[0].quotes.came.quotes.iter();
    assert_eq!(
        came.map(|quote| &*quote.words).collect::<Vec<_>>(),
        ["dichtbij huis"]
    );
    assert_eq!(sessions[0].quotes.went, Places::default());
    assert_eq!(sessions[0].to, before);
    assert_eq!(sessions[2].session.restore, Some(restored.0));
    assert_eq!(sessions[2].from, sessions[1].to);
    ask(&histories, |past| {
        assert_eq!(past.restore(restored).unwrap().restored.to_position, before);
        assert_eq!(text(past, None), text(past, Some(before)));
    });
}

#[test]
fn restored_words_keep_their_first_author_in_what_is_kept_and_what_is_read_anew() {
    let mut world = World::new();
    let whole = world.write(ANNA, 0, 0, "Zorg dichtbij");
    let kept = histories(&world);
    ask(&kept, |past| text(past, None));
    world.write(BRAM, 0, 5, "");
    world.restore(BRAM, whole, &Scope::Chapter);
    for histories in [&kept, &histories(&world)] {
        ask(histories, |past| {
            assert_eq!(text(past, None), "Zorg dichtbij");
            let view = past.view(past.revision_at(None).unwrap());
            assert_eq!(past.at(view.written_at(0).unwrap()).unwrap().who, ANNA);
            let again = past
                .history()
                .plan_restore(past.revision_at(Some(whole)).unwrap(), &Scope::Chapter);
            assert_eq!(again.unwrap().placement, Placement::NoChange);
        });
    }
}

#[test]
fn a_quarantined_change_is_no_part_of_the_past_and_the_next_generation_goes_on() {
    let mut world = World::new();
    let good = world.write(ANNA, 0, 0, "Zorg dichtbij");
    let kept = histories(&world);
    let offender = world.write(BRAM, 0, 0, "kapot ");
    assert_eq!(ask(&kept, |past| text(past, None)), "kapot Zorg dichtbij");
    world.quarantine(offender, good);
    let end = world.len();
    world.write(BRAM, end, 0, " huis");
    for histories in [&kept, &histories(&world)] {
        ask(histories, |past| {
            assert_eq!(text(past, Some(offender)), "Zorg dichtbij");
            assert_eq!(text(past, None), "Zorg dichtbij huis");
            assert_eq!(past.generation().unwrap().0, 2);
            let (from, to) = (
                past.revision_at(Some(good)).unwrap(),
                past.revision_at(None).unwrap(),
            );
            let difference = past.history().difference(from, to, past.author(|who| who));
            assert_eq!(
                (
                    difference.inserted.values().sum::<u32>(),
                    difference.deleted.len()
                ),
                (5, 0)
            );
            let view = past.view(to);
            let authors: Vec<_> = (0..view.utf16_len())
                .filter_map(|at| past.at(view.written_at(at)?))
                .map(|at| at.who)
                .collect();
            assert!(authors.contains(&ANNA) && authors.ends_with(&[BRAM; 5]));
        });
    }
}

#[test]
fn bytes_that_are_no_change_are_passed_over() {
    let mut world = World::new();
    world.write(ANNA, 0, 0, "Zorg");
    world.append_raw(BRAM, b"geen verandering".to_vec());
    world.append_raw(BRAM, world.change_on_nothing());
    world.write(ANNA, 4, 0, " dichtbij");
    let histories = histories(&world);
    assert_eq!(ask(&histories, |past| text(past, None)), "Zorg dichtbij");
    assert_eq!(
        ask(&histories, |past| past.revision_at(None).unwrap()),
        Revision(4)
    );
}

#[test]
fn what_was_asked_for_longest_ago_is_let_go() {
    let mut world = World::new();
    for number in 0..4 {
        world.start_chapter(other_chapter(number));
    }
    world.write(ANNA, 0, 0, &"a".repeat(100));
    let histories = histories(&world).keeping(104);
    for number in 0..4 {
        let asked: Result<_, HistoryError> =
            histories.ask((PLAN, other_chapter(number)), |past| Ok(past.element_count()));
        assert_eq!(asked.unwrap(), 1);
    }
    assert_eq!(histories.kept(), 4);
    assert_eq!(ask(&histories, |past| text(past, None)).len(), 100);
    assert_eq!(histories.kept(), 3, "102 of the chapter, 2 of two others");
    histories.forget(PlanId::from_bytes([77; 16]));
    assert_eq!(histories.kept(), 3);
    histories.forget(PLAN);
    assert_eq!(histories.kept(), 0);
}
