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

const OTHER: ChapterKey = (KEY.0, ChapterId::from_bytes([12; 16]));

/// What a device stores of a chapter of the first generation, with a letter that was not sent.
pub(super) fn stored_with_unsent(text: &str) -> Kept {
    let mut doc = genesis::new_doc(BoundActor::from_bytes([8; 16]));
    let snapshot = doc.save();
    {
        use automerge::transaction::Transactable;
        doc.splice_text(genesis::text_id(), 0, 0, text).unwrap();
    }
    let change = doc.get_last_local_change().unwrap();
    let outbox = vec![Outbox {
        hash: change.hash().0.into(),
        generation: Generation(1),
        raw: change.raw_bytes().to_vec().into(),
    }];
    let state = State {
        incarnation: IncarnationId::from_bytes([9; 16]),
        generation: Generation(1),
        next: Revision(1),
        schema_version: 1,
        snapshot: snapshot.into(),
        may_write: true,
        own: None,
    };
    Kept {
        state: Some(state),
        outbox,
        ..Kept::default()
    }
}

/// What is done in the store and said to the shell, in order.
fn done(effects: &[Effect]) -> Vec<&'static str> {
    let done = effects.iter().filter_map(|effect| match effect {
        Effect::DropOutbox(..) => Some("drop-outbox"),
        Effect::StoreRefused(..) => Some("store-refused"),
        Effect::DropKept(_) => Some("drop-kept"),
        Effect::StoreAnew(..) => Some("store-anew"),
        Effect::ReadHeld => Some("read-held"),
        Effect::ReadKept(..) => Some("read-kept"),
        Effect::Confirm(_, Generation(2)) => Some("confirm"),
        _ => None,
    });
    done.collect()
}

fn wiped(key: ChapterKey) -> ClientFrame {
    ClientFrame::Wiped {
        plan: key.0,
        chapter: key.1,
        before: Generation(2),
    }
}

#[test]
fn a_chapter_that_nobody_opens_is_let_go_of_and_that_is_said_once_it_is_durable() {
    let mut desk = desk();
    desk.connected(0);
    let effects = hear(&mut desk, 0, &welcome());
    assert_eq!(done(&effects), ["read-held"], "rule N5");
    desk.held(vec![OTHER, KEY]);
    let plan = KEY.0;
    let ClientFrame::Held { chapters: said, .. } = sent(&desk.take_effects()).remove(0) else {
        panic!("it says what it stores");
    };
    assert_eq!(said, [OTHER.1, KEY.1]);
    let wipe = ServerFrame::Wipe {
        plan,
        chapters: vec![(OTHER.1, Generation(2))],
    };
    assert_eq!(done(&hear(&mut desk, 10, &wipe)), ["read-kept"]);
    desk.wipe(20, OTHER, Generation(2), &stored_with_unsent("onverzonden"));
    let effects = desk.take_effects();
    assert_eq!(
        done(&effects),
        ["drop-outbox", "store-refused", "drop-kept", "confirm"]
    );
    let words = effects.iter().find_map(|effect| match effect {
        Effect::StoreRefused(_, words) => Some((words.text.as_str(), words.reason.as_str())),
        _ => None,
    });
    assert_eq!(words, Some(("onverzonden", "text-erased")), "rule N3");
    let shown = &told(&effects, "status")[0];
    assert_eq!(
        (&shown["refused"][0]["text"], &shown["waiting"]),
        (&json!("onverzonden"), &json!(0)),
        "on every page"
    );
    assert!(sent(&effects).is_empty(), "nothing is said before it is durable");
    desk.wiped(OTHER, Generation(2));
    assert_eq!(sent(&desk.take_effects()), [wiped(OTHER)]);
}

#[test]
fn what_is_stored_of_the_fresh_text_stays() {
    let mut desk = desk();
    let mut kept = stored_with_unsent("blijft");
    kept.state.as_mut().unwrap().generation = Generation(2);
    desk.wipe(20, OTHER, Generation(2), &kept);
    assert_eq!(done(&desk.take_effects()), ["confirm"]);
    desk.wipe(20, OTHER, Generation(2), &Kept::default());
    assert_eq!(done(&desk.take_effects()), ["drop-kept", "confirm"]);
    desk.wiped(OTHER, Generation(2));
    assert!(
        sent(&desk.take_effects()).is_empty(),
        "who is offline is asked again"
    );
}

#[test]
fn an_open_chapter_says_so_after_its_fresh_text_is_stored() {
    let (mut desk, _) = writing();
    let wipe = ServerFrame::Wipe {
        plan: KEY.0,
        chapters: vec![(KEY.1, Generation(2))],
    };
    assert!(
        done(&hear(&mut desk, 10, &wipe)).is_empty(),
        "it is sent the fresh text"
    );
    let effects = moved_on(&mut desk, Some(Generation(2)));
    assert_eq!(done(&effects), ["store-anew", "confirm"]);
    desk.wiped(KEY, Generation(2));
    assert_eq!(sent(&desk.take_effects()), [wiped(KEY)]);
    desk.close(15, KEY);
    let ClientFrame::Held { chapters, .. } = sent(&desk.take_effects()).remove(1) else {
        panic!("closed, it is still stored");
    };
    assert_eq!(chapters, [KEY.1]);
    assert_eq!(done(&hear(&mut desk, 16, &wipe)), ["read-kept"]);
}

#[test]
fn a_chapter_that_is_closed_to_its_reader_is_let_go_of_too() {
    let (mut desk, _) = writing();
    let wipe = ServerFrame::Wipe {
        plan: KEY.0,
        chapters: vec![(KEY.1, Generation(2))],
    };
    let closed = ServerFrame::Closed {
        request: None,
        channel: Some(6),
        reason: Reason::new("not-allowed", "withdrawn"),
    };
    hear(&mut desk, 20, &closed);
    assert_eq!(
        done(&hear(&mut desk, 30, &wipe)),
        ["read-kept"],
        "closed, it is sent nothing"
    );
}
