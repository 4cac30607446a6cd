//! A connection that is doubted: asked at once, and given up when nothing is heard (rule C4).

use schema::limits::CONNECTION_PROBE_MS;

use super::*;

fn reconnects(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Reconnect))
}

#[test]
fn a_doubted_connection_is_asked_at_once_and_ends_when_nobody_answers() {
    let (mut desk, _) = writing();
    desk.probe(5_000);
    let asked = sent(&desk.take_effects());
    assert!(matches!(asked[..], [ClientFrame::Ping { .. }]));
    desk.probe(6_000);
    assert!(sent(&desk.take_effects()).is_empty(), "one question at a time");
    desk.tick(5_000 + CONNECTION_PROBE_MS);
    assert!(!reconnects(&desk.take_effects()));
    desk.tick(5_001 + CONNECTION_PROBE_MS);
    assert!(reconnects(&desk.take_effects()), "rule C4");
}

#[test]
fn a_restore_is_told_to_the_windows_that_show_the_chapter() {
    let (mut desk, _) = writing();
    let restored = ServerFrame::Restored {
        channel: 6,
        position: Position(41),
    };
    let news = hear(&mut desk, 5_000, &restored);
    assert_eq!(
        told(&news, "restored"),
        [json!({ "type": "restored", "position": 41 })],
        "rule R5"
    );
}

#[test]
fn any_word_of_the_server_ends_the_doubt() {
    let (mut desk, _) = writing();
    desk.probe(5_000);
    hear(&mut desk, 6_000, &ServerFrame::Pong { token: 0 });
    desk.tick(20_000);
    assert!(!reconnects(&desk.take_effects()));
    let mut offline = self::desk();
    offline.probe(1_000);
    assert!(sent(&offline.take_effects()).is_empty(), "there is nobody to ask");
}
