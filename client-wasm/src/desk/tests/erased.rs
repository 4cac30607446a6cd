//! A chapter whose earlier generations are erased (rule N3).

use super::*;

#[test]
fn unsent_words_of_an_erased_generation_stay_with_their_author_alone() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("onverzonden"));
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    let effects = moved_on(&mut desk, Some(Generation(2)));
    let is_gone = |effect: &Effect| matches!(effect, Effect::DropOutbox(..));
    assert!(effects.iter().any(is_gone));
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], "onverzonden");
    assert_eq!(status["refused"][0]["reason"], "text-erased", "rule N3");
    let stored = effects.iter().find_map(|effect| match effect {
        Effect::StoreAnew(_, state) => Some(state.generation),
        _ => None,
    });
    assert_eq!(
        stored,
        Some(Generation(2)),
        "nothing of the text before stays on the device"
    );
    let actor = sent(&effects).into_iter().find_map(|frame| match frame {
        ClientFrame::Bind { actors, .. } => actors.first().copied(),
        _ => None,
    });
    let bound = ServerFrame::Bound {
        channel: 6,
        actors: vec![(actor.unwrap(), ActorRef(Position(9)))],
    };
    let effects = hear(&mut desk, 1_100, &bound);
    let writes = |effect: &Effect| matches!(effect, Effect::StoreOutbox(..));
    assert!(
        !effects.iter().any(writes),
        "nothing of it comes back into the text"
    );
}
