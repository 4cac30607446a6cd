//! Who may not write in the next generation asks all the same what became of their words (rules N2 and N4).

use schema::richtext::Block;

use super::*;

fn withdrawn() -> Option<Reason> {
    Some(Reason::new("not-allowed", "withdrawn"))
}

/// The server shows its document of the second generation to somebody who may not write.
fn read_only(request: u32, document: &mut AutoCommit) -> ServerFrame {
    let mut opened = goes_on(request, 2, document, None);
    if let ServerFrame::Opened { read_only, .. } = &mut opened {
        *read_only = withdrawn();
    }
    opened
}

fn words(desk: &Desk) -> String {
    desk.chapters[&KEY]
        .text()
        .blocks
        .iter()
        .map(Block::text)
        .collect()
}

fn outbox(effects: &[Effect]) -> Vec<&Outbox> {
    let rows = effects.iter().filter_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(row),
        _ => None,
    });
    rows.collect()
}

fn asked_actor(effects: &[Effect]) -> Option<(Generation, BoundActor)> {
    sent(effects).into_iter().find_map(|frame| match frame {
        ClientFrame::Bind {
            generation, actors, ..
        } => Some((generation, *actors.first()?)),
        _ => None,
    })
}

fn access(read_only: Option<Reason>) -> ServerFrame {
    ServerFrame::Access {
        channel: 6,
        read_only,
    }
}

/// A desk that was cut off before it heard that its first words were accepted, wrote on, and comes back into the next
/// generation, which starts with those first words, without the right to write. Also the change that was accepted, and
/// where its text stands now.
fn back_as_a_reader() -> (Desk, Vec<u8>, Vec<SameRun>) {
    let mut desk = too_late();
    let chapter = &desk.chapters[&KEY];
    let raw = chapter.unacknowledged[0].raw.clone();
    let length = u32::try_from(chapter.text().utf16_len()).unwrap();
    let mut next = AutoCommit::load(&genesis::new_automerge().save()).unwrap();
    next.apply_changes([automerge::Change::from_bytes(raw.clone()).unwrap()])
        .unwrap();
    desk.disconnected();
    desk.edit(1_900, KEY, 1, &paragraph("onverzonden en meer"));
    let effects = reconnects(&mut desk, &read_only(2, &mut next));
    assert_eq!(
        question(&effects),
        Some((Generation(1), Revision(1), Revision(2))),
        "rule N4"
    );
    let same = SameRun {
        old: 0,
        new: 0,
        length,
    };
    (desk, raw, vec![same])
}

#[test]
fn who_may_no_longer_write_keeps_the_words() {
    let mut desk = too_late();
    let moved = ServerFrame::Moved {
        channel: 6,
        generation: Generation(2),
    };
    hear(&mut desk, 1_100, &moved);
    let effects = hear(
        &mut desk,
        1_100,
        &read_only(
            2,
            &mut AutoCommit::load(&genesis::new_automerge().save()).unwrap(),
        ),
    );
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], "onverzonden");
    assert_eq!(status["refused"][0]["reason"], "not-carried");
    assert!(!told(&effects, "update")[0].to_string().contains("onverzonden"));
}

#[test]
fn words_that_the_server_has_are_not_kept_a_second_time() {
    let (mut desk, raw, same) = back_as_a_reader();
    assert_eq!(
        words(&desk),
        "onverzonden en meer",
        "the old text stays until then"
    );
    let effects = hear(&mut desk, 2_300, &traced(vec![raw], Some(Some(same))));
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(status["refused"][0]["text"], " en meer", "the server lacks these");
    assert_eq!(words(&desk), "onverzonden");
    assert!(outbox(&effects).is_empty());
    let dropped = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::DropOutbox(..)));
    assert_eq!(dropped.count(), 2);
    let kept = |effect: &Effect| matches!(effect, Effect::StoreRefused(_, words) if words.text == " en meer");
    let gone = |effect: &Effect| matches!(effect, Effect::DropOutbox(..));
    let first = effects.iter().position(gone).unwrap();
    let mut transaction = effects[first..]
        .iter()
        .take_while(|effect| gone(effect) || kept(effect));
    assert!(transaction.any(kept), "one transaction");

    let (generation, actor) = asked_actor(&hear(&mut desk, 3_000, &access(None))).unwrap();
    assert_eq!(generation, Generation(2));
    let bound = ServerFrame::Bound {
        channel: 6,
        actors: vec![(actor, ActorRef(Position(30)))],
    };
    let effects = hear(&mut desk, 3_001, &bound);
    assert_eq!(words(&desk), "onverzonden en meer");
    assert_eq!(outbox(&effects).len(), 1);
    assert_eq!(desk.chapters[&KEY].refused, []);
}

#[test]
fn nothing_is_kept_where_the_server_has_all() {
    let mut desk = too_late();
    let raw = desk.chapters[&KEY].unacknowledged[0].raw.clone();
    let effects = reconnects(
        &mut desk,
        &read_only(
            2,
            &mut AutoCommit::load(&genesis::new_automerge().save()).unwrap(),
        ),
    );
    assert!(question(&effects).is_some());
    let effects = hear(&mut desk, 20_000, &traced(vec![raw], Some(Some(Vec::new()))));
    let report = |effect: &Effect| matches!(effect, Effect::Report(_, report) if report["added"] == 1);
    assert!(effects.iter().any(report), "that it arrived after all is told");
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!((&status["refused"], &status["waiting"]), (&json!([]), &json!(0)));
    assert_eq!(words(&desk), "", "and deleted since, as the map says");
    let (_, actor) = asked_actor(&hear(&mut desk, 21_000, &access(None))).unwrap();
    let bound = ServerFrame::Bound {
        channel: 6,
        actors: vec![(actor, ActorRef(Position(30)))],
    };
    hear(&mut desk, 21_001, &bound);
    desk.flush(21_002);
    assert!(outbox(&desk.take_effects()).is_empty());
}

#[test]
fn who_may_write_again_before_the_answer_takes_the_words_along() {
    let (mut desk, raw, same) = back_as_a_reader();
    let (generation, actor) = asked_actor(&hear(&mut desk, 2_260, &access(None))).unwrap();
    assert_eq!(generation, Generation(2));
    let effects = hear(&mut desk, 2_300, &traced(vec![raw], Some(Some(same))));
    let row = outbox(&effects).pop().unwrap();
    let change = automerge::Change::from_bytes(row.raw.to_vec()).unwrap();
    assert_eq!(change.actor_id(), &genesis::actor_id(actor));
    assert_eq!(words(&desk), "onverzonden en meer");
    assert_eq!(desk.chapters[&KEY].refused, []);
}

#[test]
fn who_may_no_longer_write_before_the_answer_keeps_the_words() {
    let mut desk = too_late();
    back_from_away(&mut desk);
    hear(&mut desk, 2_100, &access(withdrawn()));
    let effects = hear(&mut desk, 2_300, &traced(Vec::new(), Some(Some(Vec::new()))));
    assert!(outbox(&effects).is_empty());
    assert_eq!(desk.chapters[&KEY].refused[0].text, "onverzonden");
    assert_eq!(words(&desk), "begin ");
}

/// The question of what became of the old text was still open when the connection broke; it is asked again.
#[test]
fn who_may_no_longer_write_when_the_connection_is_back_keeps_the_words_and_reads_on() {
    let mut desk = too_late();
    back_from_away(&mut desk);
    let effects = opened_again(&mut desk, withdrawn());
    assert_eq!(
        question(&effects),
        Some((Generation(1), Revision(1), Revision(2)))
    );
    let effects = hear(&mut desk, 2_300, &traced(Vec::new(), Some(Some(Vec::new()))));
    let status = told(&effects, "status").pop().unwrap();
    assert_eq!(
        (&status["refused"][0]["text"], &status["refused"][0]["reason"]),
        (&json!("onverzonden"), &json!("not-carried"))
    );
    assert!(desk.chapters[&KEY].unacknowledged.is_empty(), "nothing waits");
    let shown = told(&effects, "update")[0].to_string();
    assert!(
        shown.contains("begin") && !shown.contains("onverzonden"),
        "{shown}"
    );
}

/// What this program cannot write in waits for a newer one.
#[test]
fn words_are_kept_beside_a_text_of_a_newer_schema() {
    let mut desk = too_late();
    let mut opened = goes_on(
        2,
        2,
        &mut AutoCommit::load(&genesis::new_automerge().save()).unwrap(),
        None,
    );
    if let ServerFrame::Opened { schema_version, .. } = &mut opened {
        *schema_version = 2;
    }
    let effects = reconnects(&mut desk, &opened);
    let (_, actor) = asked_actor(&effects).unwrap();
    hear(&mut desk, 2_300, &traced(Vec::new(), Some(Some(Vec::new()))));
    let bound = ServerFrame::Bound {
        channel: 6,
        actors: vec![(actor, ActorRef(Position(30)))],
    };
    let effects = hear(&mut desk, 2_301, &bound);
    let status = told(&effects, "status").pop();
    assert!(outbox(&effects).is_empty());
    assert_eq!(
        desk.chapters[&KEY].refused_to_show()[0].text,
        "onverzonden",
        "{status:?}"
    );
}
