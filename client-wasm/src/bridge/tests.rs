//! The editor, replaying what it is told, always has the document of the newest state.

use proptest::prelude::*;
use schema::richtext::model::BlockKind;

use super::*;

fn text(lines: &[(&str, BlockKind)]) -> FlatText {
    let blocks = lines
        .iter()
        .map(|(line, kind)| Block::new(kind.clone(), line))
        .collect();
    FlatText {
        blocks,
        headless: false,
    }
}

fn replay(document: &mut Vec<Json>, ranges: &[TopRange]) {
    for range in ranges {
        document.splice(range.from..range.to, range.nodes.iter().cloned());
    }
}

fn any_kind() -> impl Strategy<Value = BlockKind> {
    prop_oneof![
        Just(BlockKind::Paragraph),
        Just(BlockKind::heading(2)),
        Just(BlockKind::BulletItem),
        Just(BlockKind::NumberedItem),
        Just(BlockKind::Quote),
    ]
}

fn any_text() -> impl Strategy<Value = FlatText> {
    let line = prop_oneof!["[a-z ]{0,8}", Just("é🏡".to_owned()), Just("שלום".to_owned())];
    proptest::collection::vec((line, any_kind()), 1..8).prop_map(|lines| FlatText {
        blocks: lines
            .iter()
            .map(|(line, kind)| Block::new(kind.clone(), line))
            .collect(),
        headless: false,
    })
}

proptest! {
    #[test]
    fn the_editor_follows_every_state(states in proptest::collection::vec(any_text(), 1..6)) {
        let mut bridge = Bridge::new(0, FlatText::default());
        let mut document = whole(&FlatText::default());
        for state in states {
            let news = bridge.advance(state.clone(), None);
            replay(&mut document, &news.ranges);
            prop_assert_eq!(&document, &whole(&state));
        }
    }

    #[test]
    fn a_place_survives_its_position(state in any_text(), at in 0_usize..100) {
        let position = at % (state.utf16_len() + 1);
        let place = place_of(&state, position.max(1));
        prop_assert_eq!(place_of(&state, position_of(&state, place)), place);
    }
}

#[test]
fn an_edit_on_an_older_state_is_moved_over_what_came_since() {
    let start = text(&[("Zorg dichtbij", BlockKind::Paragraph)]);
    let mut bridge = Bridge::new(7, start);
    bridge.advance(
        text(&[
            ("Kop", BlockKind::heading(1)),
            ("Zorg dichtbij", BlockKind::Paragraph),
        ]),
        None,
    );
    let nodes = whole(&text(&[("Zorg heel dichtbij", BlockKind::Paragraph)]));
    let ops = bridge
        .translate(
            7,
            &TopRange {
                from: 0,
                to: 1,
                nodes,
                kept: None,
                back: None,
            },
        )
        .unwrap();
    assert!(
        matches!(&ops[..], [FlatOp::InsertText { at: 10, text, .. }] if text.contains("heel")),
        "{ops:?}"
    );
}

#[test]
fn an_unknown_state_or_range_is_an_error() {
    let bridge = Bridge::new(3, text(&[("a", BlockKind::Paragraph)]));
    let range = |from, to| TopRange {
        from,
        to,
        nodes: Vec::new(),
        kept: None,
        back: None,
    };
    assert!(matches!(
        bridge.translate(2, &range(0, 1)),
        Err(EditError::UnknownBase(2))
    ));
    assert!(matches!(bridge.translate(3, &range(0, 2)), Err(EditError::Range)));
    assert!(matches!(bridge.translate(3, &range(1, 0)), Err(EditError::Range)));
}

#[test]
fn a_place_in_an_older_state_stays_with_its_letter() {
    let one = |line| text(&[(line, BlockKind::Paragraph)]);
    let mut bridge = Bridge::new(7, one("Plan A. Plan B."));
    bridge.advance(one("Plan A. Erbij. Plan B."), None);
    bridge.advance(one("A. Erbij. Plan B."), None);
    let now = |offset| bridge.position_now(7, Place { block: 0, offset });
    assert_eq!(now(15), Some(18), "at the end");
    assert_eq!(now(13), Some(16), "before the B");
    assert_eq!(now(2), Some(1), "in a word that went");
    assert_eq!(
        bridge.position_now(6, Place { block: 0, offset: 0 }),
        None,
        "a state nobody knows"
    );
}
