//! Words that the server has not go along into the next generation (rules N1, N2, N4 and A4).

use schema::text::generation::SameRun;
use schema::wire::TraceEnd;

use super::*;

mod reader;

/// A desk with words that were pushed and came too late for their generation.
fn too_late() -> Desk {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("onverzonden"));
    desk.flush(1_001);
    let hash = stored_and_sent(&mut desk);
    let ended = ServerFrame::Refused {
        channel: 6,
        hash: hash.into(),
        reason: Reason::new(wire::GENERATION_ENDED, "on its way when the generation ended"),
    };
    let effects = hear(&mut desk, 1_050, &ended);
    assert!(told(&effects, "document").is_empty(), "it stays in the text");
    desk
}

fn is_store(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::StoreAnew(..) | Effect::DropOutbox(..) | Effect::StoreOutbox(..) | Effect::StoreTail(..)
    )
}

/// What is stored for the new generation, in one transaction, and the change in it.
fn went_along(effects: &[Effect]) -> Outbox {
    let anew =
        |effect: &Effect| matches!(effect, Effect::StoreAnew(_, state) if state.generation == Generation(2));
    let effects = &effects[effects.iter().position(anew).unwrap()..];
    let stores = effects.iter().take_while(|effect| is_store(effect)).count();
    let all = effects.iter().filter(|effect| is_store(effect)).count();
    assert_eq!(stores, all, "one transaction");
    assert!(matches!(&effects[1], Effect::DropOutbox(..)));
    let row = effects.iter().find_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(row.clone()),
        _ => None,
    });
    let row = row.unwrap();
    assert_eq!(row.generation, Generation(2));
    row
}

#[test]
fn words_that_came_too_late_are_in_the_new_generation_at_once() {
    let mut desk = too_late();
    let effects = moved_to_the_next_generation(&mut desk);
    let row = went_along(&effects);
    let update = told(&effects, "update").pop().unwrap().to_string();
    assert!(
        update.contains("begin") && update.contains("onverzonden"),
        "{update}"
    );
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(
        (&status["refused"], &status["canWrite"]),
        (&json!([]), &json!(true)),
        "one types on"
    );
    let bound = sent(&effects).into_iter().find_map(|frame| match frame {
        ClientFrame::Bind { actors, .. } => actors.first().copied(),
        _ => None,
    });
    let change = automerge::Change::from_bytes(row.raw.to_vec()).unwrap();
    assert_eq!(change.actor_id(), &genesis::actor_id(bound.unwrap()), "rule A4");
    desk.stored(&[*row.hash]);
    let pushed = sent(&desk.take_effects());
    assert!(matches!(
        &pushed[..],
        [ClientFrame::Push {
            generation: Generation(2),
            ..
        }]
    ));
}

#[test]
fn what_is_typed_on_an_older_state_while_the_generation_changes_arrives() {
    let mut desk = too_late();
    moved_to_the_next_generation(&mut desk);
    // The editor had not heard of the new generation when this was typed.
    desk.edit(1_200, KEY, 1, &paragraph("onverzonden en meer"));
    let (_, text) = desk.chapters[&KEY].bridge.as_ref().unwrap().current();
    let words: String = text.blocks.iter().map(schema::richtext::Block::text).collect();
    assert!(
        words.contains("begin") && words.contains("onverzonden en meer"),
        "{words}"
    );
    assert_eq!(words.matches("onverzonden").count(), 1);
}

/// The same desk, which was away when the generation ended; what it asks then.
fn back_from_away(desk: &mut Desk) -> (Generation, Revision, Revision) {
    desk.disconnected();
    desk.take_effects();
    desk.connected(2_000);
    hear(desk, 2_000, &welcome());
    question(&opened_anew(desk, 2)).expect("rule N4")
}

fn question(effects: &[Effect]) -> Option<(Generation, Revision, Revision)> {
    sent(effects).into_iter().find_map(|frame| match frame {
        ClientFrame::Trace {
            generation, next, to, ..
        } => Some((generation, next, to)),
        _ => None,
    })
}

/// The server shows its document of a generation; every answer is to one more request.
fn opened_anew(desk: &mut Desk, generation: u32) -> Vec<Effect> {
    let mut fresh = genesis::new_doc(BoundActor::from_bytes([8; 16]));
    automerge::transaction::Transactable::splice_text(&mut fresh, genesis::text_id(), 0, 0, "begin ")
        .unwrap();
    hear(desk, 2_000, &goes_on(generation, generation, &mut fresh, None))
}

fn traced(changes: Vec<Vec<u8>>, end: Option<Option<Vec<SameRun>>>) -> ServerFrame {
    ServerFrame::Traced {
        channel: 6,
        changes: changes.into_iter().map(Into::into).collect(),
        end: end.map(|same| TraceEnd { same }),
    }
}

#[test]
fn who_was_away_keeps_the_old_text_until_what_became_of_it_is_known() {
    let mut desk = too_late();
    let question = back_from_away(&mut desk);
    assert_eq!(question, (Generation(1), Revision(1), Revision(2)));
    // Meanwhile one types on, in the text that is still shown.
    desk.edit(2_100, KEY, 1, &paragraph("onverzonden!"));
    let effects = desk.take_effects();
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::StoreAnew(..)))
    );
    assert!(
        hear(&mut desk, 2_200, &traced(Vec::new(), None)).is_empty(),
        "another frame follows"
    );
    let effects = hear(&mut desk, 2_200, &traced(Vec::new(), Some(Some(Vec::new()))));
    went_along(&effects);
    let update = told(&effects, "update").pop().unwrap().to_string();
    assert!(
        update.contains("begin") && update.contains("onverzonden!"),
        "{update}"
    );
}

#[test]
fn a_change_that_was_accepted_unheard_goes_along_no_second_time() {
    let mut desk = too_late();
    let raw = desk.chapters[&KEY].unacknowledged[0].raw.clone();
    back_from_away(&mut desk);
    let effects = hear(&mut desk, 2_200, &traced(vec![raw], Some(Some(Vec::new()))));
    let writes = |effect: &Effect| matches!(effect, Effect::StoreOutbox(..));
    assert!(!effects.iter().any(writes), "the server has it");
    let gone = |effect: &Effect| matches!(effect, Effect::DropOutbox(..));
    assert!(effects.iter().any(gone));
    let (_, text) = desk.chapters[&KEY].bridge.as_ref().unwrap().current();
    assert_eq!(
        text.blocks[0].text(),
        "begin ",
        "and deleted since, as the map says"
    );
}

#[test]
fn an_answer_that_broke_off_is_asked_for_again() {
    let mut desk = too_late();
    let raw = desk.chapters[&KEY].unacknowledged[0].raw.clone();
    back_from_away(&mut desk);
    hear(&mut desk, 2_200, &traced(vec![raw], None));
    let question = back_from_away_again(&mut desk);
    assert_eq!(question, Some((Generation(1), Revision(1), Revision(2))));
    let effects = hear(&mut desk, 2_300, &traced(Vec::new(), Some(None)));
    went_along(&effects);
}

/// The connection broke once more; the server has what the channel has.
fn back_from_away_again(desk: &mut Desk) -> Option<(Generation, Revision, Revision)> {
    question(&opened_again(desk, None))
}

fn opened_again(desk: &mut Desk, read_only: Option<Reason>) -> Vec<Effect> {
    let mut opened = goes_on(3, 2, &mut AutoCommit::new(), None);
    if let ServerFrame::Opened {
        start, read_only: no, ..
    } = &mut opened
    {
        (*start, *no) = (Start::Tail, read_only);
    }
    reconnects(desk, &opened)
}

/// The connection breaks, and the next one hears this of the chapter.
fn reconnects(desk: &mut Desk, opened: &ServerFrame) -> Vec<Effect> {
    desk.disconnected();
    desk.take_effects();
    desk.connected(2_250);
    hear(desk, 2_250, &welcome());
    hear(desk, 2_250, opened)
}

#[test]
fn a_generation_that_ends_before_the_answer_is_not_taken_for_the_one_that_is_lacking() {
    let mut desk = too_late();
    back_from_away(&mut desk);
    let moved = ServerFrame::Moved {
        channel: 6,
        generation: Generation(3),
    };
    hear(&mut desk, 2_150, &moved);
    let effects = opened_anew(&mut desk, 3);
    assert_eq!(
        question(&effects),
        Some((Generation(1), Revision(1), Revision(2)))
    );
    let wrote = |effect: &Effect| matches!(effect, Effect::StoreAnew(..));
    assert!(
        !effects.iter().any(wrote),
        "what became of the old text is not known"
    );
}

#[test]
fn words_that_the_server_took_and_could_not_apply_stay_as_words() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("kwaad"));
    desk.flush(1_001);
    let hash = stored_and_sent(&mut desk);
    let yours = Item::Yours {
        hash: hash.into(),
        position: Position(9),
    };
    let taken = ServerFrame::Changes {
        channel: 6,
        first: Revision(1),
        items: vec![yours],
    };
    hear(&mut desk, 1_050, &taken);
    let goodbye = ServerFrame::Bye {
        reason: Reason::new(CHANGE_FAILED, "it could not be applied"),
        retry_after_ms: Some(5_000),
    };
    hear(&mut desk, 1_100, &goodbye);
    desk.disconnected();
    desk.take_effects();
    desk.connected(2_000);
    hear(&mut desk, 2_000, &welcome());
    let effects = opened_anew(&mut desk, 2);
    let status = told(&effects, "status").pop().unwrap();
    let kept = &status["refused"][0];
    assert_eq!(
        (&kept["text"], &kept["reason"]),
        (&json!("kwaad"), &json!("change-failed")),
        "rule P8"
    );
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::StoreRefused(..)))
    );
    assert!(told(&effects, "update")[0].to_string().contains("begin"));
}
