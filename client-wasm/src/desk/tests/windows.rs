//! Windows of one browser on one document.

use super::*;
use crate::desk::windows::Sight;

fn at(window: Window, version: u64) -> Sight {
    Sight { window, version }
}

/// A desk on whose chapter two windows look, at its first state.
fn two_windows() -> Desk {
    let (mut desk, _) = writing();
    desk.join(KEY, 1);
    desk.join(KEY, 2);
    desk.take_effects();
    desk
}

#[test]
fn a_window_that_comes_is_told_how_the_chapter_stands() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, at(1, 0), &paragraph("Zorg"));
    desk.take_effects();
    desk.join(KEY, 2);
    let told: Vec<Json> = desk
        .take_effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::TellWindow(_, 2, message) => Some(message),
            _ => None,
        })
        .collect();
    assert_eq!(told[0]["type"], "document");
    assert_eq!(told[0]["version"], 1);
    assert!(told[0].to_string().contains("Zorg"));
    assert_eq!(told[0]["at"], 1_000, "when it was last changed, here");
    assert!(told.iter().any(|message| message["type"] == "status"));
}

#[test]
fn who_reads_without_a_connection_is_told_how_old_the_text_is() {
    let (mut desk, _) = writing();
    desk.edit(7_000, KEY, at(1, 0), &paragraph("Zorg"));
    desk.flush(7_900);
    desk.take_effects();
    desk.join(KEY, 2);
    let dated = desk.take_effects().into_iter().find_map(|effect| match effect {
        Effect::TellWindow(_, 2, message) if message["type"] == "document" => Some(message),
        _ => None,
    });
    assert_eq!(
        dated.unwrap()["at"],
        7_000,
        "to a second, as the change itself says"
    );
    let (mut empty, _) = writing();
    empty.join(KEY, 2);
    let told = empty.take_effects();
    assert!(
        told.iter()
            .any(|effect| matches!(effect, Effect::TellWindow(_, 2, message) if message["at"].is_null()))
    );
}

#[test]
fn an_edit_is_confirmed_to_the_window_that_made_it_and_is_news_to_the_other() {
    let mut desk = two_windows();
    desk.edit(1_000, KEY, at(1, 0), &paragraph("Zorg"));
    let effects = desk.take_effects();
    let answer = effects.iter().find_map(|effect| match effect {
        Effect::TellWindow(_, 1, message) => Some(message),
        _ => None,
    });
    let news = effects.iter().find_map(|effect| match effect {
        Effect::TellOthers(_, 1, message) => Some(message),
        _ => None,
    });
    let (answer, news) = (answer.unwrap(), news.unwrap());
    assert_eq!(
        (&answer["confirms"], &news["confirms"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(answer["ranges"], news["ranges"]);
}

#[test]
fn a_window_that_lags_behind_still_has_its_base() {
    let mut desk = two_windows();
    for (version, text) in [(0, "Zorg"), (1, "Zorg dicht"), (2, "Zorg dichtbij")] {
        desk.edit(1_000, KEY, at(1, version), &paragraph(text));
        desk.seen(KEY, at(1, version + 1));
    }
    desk.take_effects();
    // The second window has seen no more than the first state with words.
    desk.seen(KEY, at(2, 1));
    desk.edit(1_001, KEY, at(2, 1), &paragraph("Goede Zorg"));
    let text = desk.chapters[&KEY].text();
    assert_eq!(text.blocks[0].text(), "Goede Zorg dichtbij");
    assert!(desk.chapters[&KEY].refused.is_empty());
}

#[test]
fn a_chapter_that_nobody_shows_stays_until_its_words_have_arrived() {
    let mut desk = two_windows();
    desk.edit(1_000, KEY, at(1, 0), &paragraph("Zorg"));
    desk.leave(1_010, KEY, 1);
    assert!(desk.is_open(&KEY), "the other window shows it");
    desk.leave(1_020, KEY, 2);
    assert!(desk.is_open(&KEY), "something waits");
    let hash = stored_and_sent(&mut desk);
    let known = ServerFrame::Known {
        channel: 6,
        hash: hash.into(),
        position: Position(9),
    };
    let effects = hear(&mut desk, 1_100, &known);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Closed(KEY))));
    assert!(!desk.is_open(&KEY));
    assert!(
        sent(&effects)
            .iter()
            .any(|frame| matches!(frame, ClientFrame::Close { channel: 6 })),
        "the server no longer sends it either"
    );
}

#[test]
fn a_window_that_comes_back_to_a_closed_chapter_has_it_asked_for_again() {
    let mut desk = two_windows();
    desk.edit(1_000, KEY, at(1, 0), &paragraph("Zorg"));
    let signed_out = ServerFrame::Closed {
        request: None,
        channel: Some(6),
        reason: Reason::new("not-signed-in", "the session lapsed"),
    };
    hear(&mut desk, 1_100, &signed_out);
    desk.join(KEY, 3);
    let effects = desk.take_effects();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reconnect)));
    desk.disconnected();
    reconnected(&mut desk);
    desk.edit(1_200, KEY, at(3, 1), &paragraph("Zorg dichtbij"));
    assert!(desk.chapters[&KEY].refused.is_empty(), "one may write again");
}
