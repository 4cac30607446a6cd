//! Long without a connection: who writes on, what the device may not take, and what is told afterwards.

use super::*;

const ACTOR: BoundActor = BoundActor::from_bytes([77; 16]);

fn state_row() -> State {
    State {
        incarnation: IncarnationId::from_bytes([9; 16]),
        generation: Generation(1),
        next: Revision(1),
        schema_version: 1,
        snapshot: genesis::new_automerge().save().into(),
        may_write: true,
        own: None,
    }
}

/// What a device has that was opened once and holds one actor in reserve.
fn visited() -> Kept {
    Kept {
        state: Some(state_row()),
        actor: Some(ACTOR),
        is_alone: true,
        ..Kept::default()
    }
}

fn rows(effects: &[Effect]) -> Vec<Outbox> {
    let rows = effects.iter().filter_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(row.clone()),
        _ => None,
    });
    rows.collect()
}

/// The server has the chapter as the device last had it, and acknowledges everything; answers the reports.
fn back_online(desk: &mut Desk, now: u64, others: Vec<Item>) -> Vec<Json> {
    desk.connected(now);
    hear(desk, now, &welcome());
    let mut effects = hear(
        desk,
        now,
        &ServerFrame::Opened {
            request: 1,
            channel: 6,
            generation: Generation(1),
            schema_version: 1,
            head: Revision(1 + others.len() as u64),
            read_only: None,
            start: Start::Tail,
            erased_before: None,
        },
    );
    if !others.is_empty() {
        let changes = ServerFrame::Changes {
            channel: 6,
            first: Revision(1),
            items: others,
        };
        effects.extend(hear(desk, now, &changes));
    }
    assert!(desk.waiting.is_empty(), "what waits is on disk");
    let waiting: Vec<[u8; 32]> = desk.chapters[&KEY]
        .unacknowledged
        .iter()
        .map(|change| change.hash)
        .collect();
    for hash in waiting {
        let known = ServerFrame::Known {
            channel: 6,
            hash: hash.into(),
            position: Position(9),
        };
        effects.extend(hear(desk, now, &known));
    }
    reports(&effects)
}

fn reports(effects: &[Effect]) -> Vec<Json> {
    let reports = effects.iter().filter_map(|effect| match effect {
        Effect::Report(_, report) => Some(report.clone()),
        _ => None,
    });
    reports.collect()
}

#[test]
fn an_actor_leaves_the_reserve_with_its_first_words_and_not_before() {
    let mut desk = desk();
    desk.open(KEY, &visited(), 0);
    let is_drop = |effect: &Effect| matches!(effect, Effect::DropActor(_, Generation(1), ACTOR));
    assert!(!desk.take_effects().iter().any(is_drop), "reading needs none");
    desk.edit(1_000, KEY, 0, &paragraph("Zorg"));
    desk.flush(1_001);
    desk.edit(2_000, KEY, 1, &paragraph("Zorg dichtbij"));
    desk.flush(2_001);
    let effects = desk.take_effects();
    assert_eq!(effects.iter().filter(|effect| is_drop(effect)).count(), 1);
    let kinds = effects
        .iter()
        .filter(|effect| is_drop(effect) || matches!(effect, Effect::StoreOutbox(..)));
    assert!(
        kinds.take(1).all(is_drop),
        "in the transaction of the words themselves"
    );
}

#[test]
fn without_a_reserve_one_writes_on_under_the_last_actor_if_the_store_is_ones_own() {
    let mut first = desk();
    first.open(KEY, &visited(), 0);
    first.edit(1_000, KEY, 0, &paragraph("Zorg"));
    first.flush(1_001);
    let outbox = rows(&first.take_effects());
    let later = Kept {
        outbox,
        actor: None,
        ..visited()
    };
    let mut again = desk();
    again.open(KEY, &later, 0);
    assert_eq!(told(&again.take_effects(), "status")[0]["canWrite"], true);
    again.edit(2_000, KEY, 0, &paragraph("Zorg dichtbij"));
    again.flush(2_001);
    let next = automerge::Change::from_bytes(rows(&again.take_effects())[0].raw.to_vec()).unwrap();
    assert_eq!(next.actor_id(), &genesis::actor_id(ACTOR));
    assert_eq!(next.seq(), 2, "after what it wrote before");
    let shared = Kept {
        is_alone: false,
        ..later
    };
    let mut beside = desk();
    beside.open(KEY, &shared, 0);
    let status = &told(&beside.take_effects(), "status")[0];
    assert_eq!(status["canWrite"], false, "another desk may write under it");
}

#[test]
fn a_full_device_ends_typing_without_a_connection_and_shows_the_words() {
    let (mut desk, _) = writing();
    desk.edit(1_000, KEY, 0, &paragraph("nergens anders"));
    desk.flush(1_001);
    desk.take_effects();
    desk.set_full(true);
    let status = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(status["canWrite"], true, "what is typed goes to the server");
    desk.disconnected();
    let status = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(status["canWrite"], false);
    assert_eq!(status["readOnlyReason"], "device-full");
    assert_eq!(status["unkept"], "nergens anders");
    assert_eq!(desk.unstored(), 1);
    desk.set_full(false);
    let status = told(&desk.take_effects(), "status").pop().unwrap();
    assert_eq!(
        (&status["canWrite"], &status["unkept"]),
        (&json!(true), &Json::Null)
    );
}

#[test]
fn words_that_waited_are_reported_once_all_of_them_have_arrived() {
    let mut desk = desk();
    desk.open(KEY, &visited(), 1);
    desk.edit(1_000, KEY, 0, &paragraph("Drie hele woorden"));
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    let told = back_online(&mut desk, 60_000, Vec::new());
    assert_eq!(
        told,
        [json!({ "added": 3, "removed": 0, "refused": 0, "shared": [] })]
    );
    assert!(back_online_again(&mut desk).is_empty(), "and only once");
}

fn back_online_again(desk: &mut Desk) -> Vec<Json> {
    desk.disconnected();
    desk.take_effects();
    desk.connected(90_000);
    reports(&hear(desk, 90_000, &welcome()))
}

#[test]
fn a_moment_without_a_connection_is_not_worth_a_word() {
    let mut desk = desk();
    desk.open(KEY, &visited(), 1);
    desk.edit(1_000, KEY, 0, &paragraph("Drie hele woorden"));
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    assert!(back_online(&mut desk, 4_000, Vec::new()).is_empty());
}

/// A change of somebody else at a place of the text as everybody had it.
fn others(doc: &mut AutoCommit, at: usize, text: &str) -> Item {
    use automerge::transaction::Transactable;
    doc.set_actor(genesis::actor_id(BoundActor::from_bytes([8; 16])));
    doc.splice_text(genesis::text_id(), at, 0, text).unwrap();
    doc.commit();
    Item::Change {
        who: ActorRef(Position(1)),
        raw: doc.get_last_local_change().unwrap().raw_bytes().to_vec().into(),
    }
}

/// Two paragraphs, "een" and "twee", that everybody has; and the document itself.
fn two_paragraphs() -> (Kept, AutoCommit) {
    let mut doc = genesis::new_doc(BoundActor::from_bytes([8; 16]));
    let nodes = [paragraph("een").nodes, paragraph("twee").nodes].concat();
    let blocks = schema::richtext::document::nodes_to_blocks(&nodes).unwrap();
    let ops = schema::richtext::flat::diff(&schema::richtext::FlatText::default(), &blocks);
    schema::richtext::flat::apply(&mut doc, &genesis::text_id(), &ops).unwrap();
    doc.commit();
    let state = State {
        snapshot: doc.save().into(),
        ..state_row()
    };
    let kept = Kept {
        state: Some(state),
        ..visited()
    };
    (kept, doc)
}

/// The second paragraph, rewritten.
fn second(text: &str) -> TopRange {
    TopRange {
        from: 1,
        to: 2,
        ..paragraph(text)
    }
}

#[test]
fn paragraphs_in_which_others_wrote_too_are_named_and_no_others() {
    let (kept, mut doc) = two_paragraphs();
    let mut desk = desk();
    desk.open(KEY, &kept, 1);
    desk.edit(1_000, KEY, 0, &second("twee en meer"));
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    let end = schema::richtext::spans::read(&doc, &genesis::text_id())
        .unwrap()
        .utf16_len();
    let item = others(&mut doc, end, " van Bram");
    let told = back_online(&mut desk, 5_000, vec![item]);
    let shared = &told[0]["shared"];
    assert_eq!(
        (&shared[0]["added"], &shared[0]["removed"]),
        (&json!(["van Bram"]), &json!([]))
    );
    let excerpt = shared[0]["excerpt"].as_str().unwrap();
    assert!(
        excerpt.contains("en meer") && excerpt.contains("van Bram"),
        "as it reads now: {excerpt}"
    );
    assert!(shared[1].is_null());

    let (kept, mut doc) = two_paragraphs();
    let mut desk = self::desk();
    desk.open(KEY, &kept, 1);
    desk.edit(1_000, KEY, 0, &second("twee en meer"));
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    let first = desk.chapters[&KEY].text();
    let start = usize::from(!first.headless);
    let item = others(&mut doc, start, "Bram: ");
    let told = back_online(&mut desk, 60_000, vec![item]);
    assert_eq!(told[0]["shared"], json!([]), "another paragraph");
    assert_eq!(told[0]["added"], 2);
}

/// What is told of the second paragraph, rewritten here, after others took letters out of it or put some in.
fn told_beside(own: &TopRange, at: usize, len: isize, text: &str) -> Json {
    use automerge::transaction::Transactable;
    let (kept, mut doc) = two_paragraphs();
    let mut desk = desk();
    desk.open(KEY, &kept, 1);
    desk.edit(1_000, KEY, 0, own);
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    doc.set_actor(genesis::actor_id(BoundActor::from_bytes([8; 16])));
    doc.splice_text(genesis::text_id(), at, len, text).unwrap();
    doc.commit();
    let item = Item::Change {
        who: ActorRef(Position(1)),
        raw: doc.get_last_local_change().unwrap().raw_bytes().to_vec().into(),
    };
    back_online(&mut desk, 5_000, vec![item])[0]["shared"].clone()
}

#[test]
fn what_others_took_out_of_ones_paragraph_is_quoted_and_no_quote_is_empty() {
    let (_, doc) = two_paragraphs();
    let text = schema::richtext::spans::read(&doc, &genesis::text_id()).unwrap();
    let (end, word) = (text.utf16_len(), text.utf16_len() - "twee".len());
    let shared = told_beside(&second("twee en meer"), word, 4, "");
    assert_eq!(shared[0]["removed"], json!(["twee"]));
    assert_eq!(
        (&shared[0]["excerpt"], &shared[0]["added"]),
        (&json!("en meer"), &json!([]))
    );
    let emptied = TopRange {
        nodes: vec![json!({ "type": "paragraph" })],
        ..second("")
    };
    let shared = told_beside(&emptied, end, 0, " van Bram");
    assert_eq!(
        shared,
        json!([{ "excerpt": "van Bram", "added": ["van Bram"], "removed": [] }]),
        "one's own side of it is empty"
    );
}

#[test]
fn refused_words_are_reported_as_that() {
    let mut desk = desk();
    desk.open(KEY, &visited(), 1);
    desk.edit(1_000, KEY, 0, &paragraph("dit mag niet"));
    desk.flush(1_001);
    let hash = stored_and_sent(&mut desk);
    desk.connected(2_000);
    hear(&mut desk, 2_000, &welcome());
    let reason = Reason::new("chapter-frozen", "frozen");
    let opened = ServerFrame::Opened {
        request: 1,
        channel: 6,
        generation: Generation(1),
        schema_version: 1,
        head: Revision(1),
        read_only: Some(reason.clone()),
        start: Start::Tail,
        erased_before: None,
    };
    hear(&mut desk, 2_000, &opened);
    let refused = ServerFrame::Refused {
        channel: 6,
        hash: hash.into(),
        reason,
    };
    let told = reports(&hear(&mut desk, 2_000, &refused));
    assert_eq!(
        told,
        [json!({ "added": 0, "removed": 0, "refused": 3, "shared": [] })]
    );
}

#[test]
fn a_server_that_no_longer_speaks_this_protocol_is_told_apart() {
    let (mut desk, _) = writing();
    let bye = ServerFrame::Bye {
        reason: Reason::new("no-common-version", "version 9 and later"),
        retry_after_ms: None,
    };
    let effects = hear(&mut desk, 1_000, &bye);
    let is_told = |effect: &Effect| matches!(effect, Effect::Goodbye(code) if code == "no-common-version");
    assert!(effects.iter().any(is_told));
}
