//! After an absence: what is told of one's own words, and of the words of others beside them.

use super::offline::{state_row, visited};
use super::*;

const BRAM: BoundActor = BoundActor::from_bytes([8; 16]);
const CARLA: BoundActor = BoundActor::from_bytes([10; 16]);
/// Oneself, on another device.
const ELSEWHERE: BoundActor = BoundActor::from_bytes([11; 16]);

/// The server has the chapter as the device last had it, and acknowledges everything; answers the reports.
fn back_online(desk: &mut Desk, now: u64, others: Vec<Item>) -> Vec<Json> {
    let effects = arrive(desk, now, others);
    named(desk, &effects)
}

fn arrive(desk: &mut Desk, now: u64, others: Vec<Item>) -> Vec<Effect> {
    let mut effects = heard(desk, now, others);
    assert!(desk.waiting.is_empty(), "what waits is on disk");
    effects.extend(acknowledged(desk, now));
    effects
}

/// The first connection, and what others wrote meanwhile.
fn heard(desk: &mut Desk, now: u64, others: Vec<Item>) -> Vec<Effect> {
    let mut effects = open_again(desk, now, 1, 1 + others.len() as u64);
    if !others.is_empty() {
        let changes = ServerFrame::Changes {
            channel: 6,
            first: Revision(1),
            items: others,
        };
        effects.extend(hear(desk, now, &changes));
    }
    effects
}

fn open_again(desk: &mut Desk, now: u64, request: u32, head: u64) -> Vec<Effect> {
    desk.connected(now);
    hear(desk, now, &welcome());
    let opened = ServerFrame::Opened {
        request,
        channel: 6,
        generation: Generation(1),
        schema_version: 1,
        head: Revision(head),
        read_only: None,
        start: Start::Tail,
        erased_before: None,
    };
    hear(desk, now, &opened)
}

fn acknowledged(desk: &mut Desk, now: u64) -> Vec<Effect> {
    let waiting: Vec<[u8; 32]> = desk.chapters[&KEY]
        .unacknowledged
        .iter()
        .map(|change| change.hash)
        .collect();
    let waiting = waiting.into_iter();
    waiting.flat_map(|hash| hear(desk, now, &known(hash))).collect()
}

fn known(hash: [u8; 32]) -> ServerFrame {
    ServerFrame::Known {
        channel: 6,
        hash: hash.into(),
        position: Position(9),
    }
}

/// The reports, once the server has said who the actors are of which it was asked.
fn named(desk: &mut Desk, effects: &[Effect]) -> Vec<Json> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::AskWriters(_, ticket, actors) => Some((*ticket, actors)),
        _ => None,
    });
    let mut told = reports(effects);
    for (ticket, actors) in asked {
        let items: Vec<Json> = actors.iter().map(|actor| writer(*actor)).collect();
        desk.writers(ticket, &json!({ "items": items }).to_string());
        told.extend(reports(&desk.take_effects()));
    }
    told
}

/// What the server says of an actor.
fn writer(actor: BoundActor) -> Json {
    let name = match actor {
        BRAM => "Bram",
        CARLA => "Carla",
        _ => "oneself",
    };
    json!({ "textActor": actor, "actor": name, "source": "writer", "isYou": actor == ELSEWHERE })
}

/// What a report says that somebody did.
fn did(name: &str, added: &[&str], removed: &[&str]) -> Json {
    json!({ "by": { "actor": name, "source": "writer" }, "added": added, "removed": removed })
}

fn reports(effects: &[Effect]) -> Vec<Json> {
    let reports = effects.iter().filter_map(|effect| match effect {
        Effect::Report(_, report) => Some(report.clone()),
        _ => None,
    });
    reports.collect()
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

#[test]
fn a_word_that_was_completed_or_typed_against_is_not_one_that_was_taken_out() {
    let cases = [
        ("twee", "tweemaal in de week", 4, 0),
        ("dag, nacht", "dag en avond, nacht", 2, 0),
        ("in week", "in dezeweek", 1, 0),
        ("in de week", "in week", 0, 1),
    ];
    for (before, after, added, removed) in cases {
        let (mut kept, mut doc) = two_paragraphs();
        let word = length(&doc) - "twee".len();
        splice(&mut doc, BRAM, (word, 4, before));
        kept.state = kept.state.map(|state| State {
            snapshot: doc.save().into(),
            ..state
        });
        let mut desk = away_with(&kept, &typed(before, after));
        let told = back_online(&mut desk, 60_000, Vec::new());
        let (came, went) = (&told[0]["added"], &told[0]["removed"]);
        assert_eq!(
            (came, went),
            (&json!(added), &json!(removed)),
            "{before} → {after}"
        );
    }
}

/// An edit of the second paragraph, as an editor tells it: it knows which letters stayed.
fn typed(before: &str, after: &str) -> TopRange {
    let same = |(a, b): &(char, char)| a == b;
    let head = before.chars().zip(after.chars()).take_while(same).count();
    let rest = (before.len() - head).min(after.len() - head);
    let ends = before.chars().rev().zip(after.chars().rev());
    let kept = schema::richtext::flat::Kept {
        head: 1 + head,
        tail: ends.take(rest).take_while(same).count(),
        whole: false,
    };
    TopRange {
        kept: Some(kept),
        ..second(after)
    }
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
    splice(doc, BRAM, (at, 0, text))
}

/// What somebody takes out of a text and puts in there, as a change.
fn splice(doc: &mut AutoCommit, who: BoundActor, (at, len, text): (usize, isize, &str)) -> Item {
    use automerge::transaction::Transactable;
    doc.set_actor(genesis::actor_id(who));
    doc.splice_text(genesis::text_id(), at, len, text).unwrap();
    doc.commit();
    Item::Change {
        who: ActorRef(Position(1)),
        raw: doc.get_last_local_change().unwrap().raw_bytes().to_vec().into(),
    }
}

/// How long a document's text is.
fn length(doc: &AutoCommit) -> usize {
    schema::text::shown::of(doc).utf16_len()
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
    assert_eq!(shared[0]["edits"], json!([did("Bram", &["van Bram"], &[])]));
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
    let (kept, mut doc) = two_paragraphs();
    let mut desk = away_with(&kept, own);
    let item = splice(&mut doc, BRAM, (at, len, text));
    back_online(&mut desk, 5_000, vec![item])[0]["shared"].clone()
}

/// A desk that wrote something without a connection.
fn away_with(kept: &Kept, own: &TopRange) -> Desk {
    let mut desk = desk();
    desk.open(KEY, kept, 1);
    desk.edit(1_000, KEY, 0, own);
    desk.flush(1_001);
    stored_and_sent(&mut desk);
    desk
}

#[test]
fn what_others_took_out_of_ones_paragraph_is_quoted_and_no_quote_is_empty() {
    let (_, doc) = two_paragraphs();
    let text = schema::richtext::spans::read(&doc, &genesis::text_id()).unwrap();
    let (end, word) = (text.utf16_len(), text.utf16_len() - "twee".len());
    let shared = told_beside(&second("twee en meer"), word, 4, "");
    assert_eq!(shared[0]["edits"], json!([did("Bram", &[], &["twee"])]));
    assert_eq!(shared[0]["excerpt"], "en meer");
    let emptied = TopRange {
        nodes: vec![json!({ "type": "paragraph" })],
        ..second("")
    };
    let shared = told_beside(&emptied, end, 0, " van Bram");
    assert_eq!(
        shared,
        json!([{ "excerpt": "van Bram", "edits": [did("Bram", &["van Bram"], &[])] }]),
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
fn where_two_others_wrote_at_ones_own_spot_each_is_named_with_their_own_words() {
    let (kept, doc) = two_paragraphs();
    let mut desk = away_with(&kept, &second("twee en meer"));
    let end = length(&doc);
    let mut theirs = doc.clone();
    let items = vec![
        splice(&mut doc.clone(), CARLA, (end, 0, " van Carla")),
        splice(&mut theirs, BRAM, (end, 0, " van Bram")),
        splice(&mut theirs, BRAM, (end - 4, 4, "")),
    ];
    let told = back_online(&mut desk, 5_000, items);
    let shared = told[0]["shared"].as_array().unwrap();
    assert_eq!(shared.len(), 1);
    let mut edits = shared[0]["edits"].as_array().unwrap().clone();
    edits.sort_by_key(|edit| edit["by"]["actor"].to_string());
    assert_eq!(
        edits,
        [
            did("Bram", &["van Bram"], &["twee"]),
            did("Carla", &["van Carla"], &[])
        ]
    );
    assert!(!shared[0]["edits"].to_string().contains("meer"));
}

#[test]
fn words_of_oneself_on_another_device_are_not_those_of_somebody_else() {
    let (kept, doc) = two_paragraphs();
    let end = length(&doc);
    let elsewhere = splice(&mut doc.clone(), ELSEWHERE, (end, 0, " op de telefoon"));
    let mut desk = away_with(&kept, &second("twee en meer"));
    let told = back_online(&mut desk, 60_000, vec![elsewhere.clone()]);
    assert_eq!((&told[0]["added"], &told[0]["shared"]), (&json!(2), &json!([])));
    let mut desk = away_with(&kept, &second("twee en meer"));
    assert!(
        back_online(&mut desk, 5_000, vec![elsewhere]).is_empty(),
        "after a moment it is not worth a word"
    );
}

#[test]
fn without_an_answer_of_the_server_nobody_is_named() {
    let (kept, doc) = two_paragraphs();
    let mut desk = away_with(&kept, &second("twee en meer"));
    let item = splice(&mut doc.clone(), BRAM, (length(&doc), 0, " van Bram"));
    let effects = arrive(&mut desk, 5_000, vec![item]);
    assert!(reports(&effects).is_empty(), "it waits for the answer");
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::AskWriters(KEY, ticket, actors) => Some((*ticket, actors.clone())),
        _ => None,
    });
    let (ticket, actors) = asked.unwrap();
    assert_eq!(actors, [BRAM]);
    desk.writers(ticket, "");
    let told = reports(&desk.take_effects());
    assert_eq!(
        told[0]["shared"][0]["edits"],
        json!([{ "by": null, "added": ["van Bram"], "removed": [] }])
    );
    desk.writers(ticket, "");
    assert!(desk.take_effects().is_empty(), "told once");
}

#[test]
fn what_others_did_before_the_connection_broke_again_is_told_too() {
    let (kept, doc) = two_paragraphs();
    let mut desk = away_with(&kept, &second("twee en meer"));
    let item = splice(&mut doc.clone(), BRAM, (length(&doc), 0, " van Bram"));
    heard(&mut desk, 3_000, vec![item]);
    desk.disconnected();
    desk.take_effects();
    let mut effects = open_again(&mut desk, 5_000, 2, 2);
    effects.extend(acknowledged(&mut desk, 5_000));
    let told = named(&mut desk, &effects);
    assert_eq!(
        told[0]["shared"][0]["edits"],
        json!([did("Bram", &["van Bram"], &[])])
    );
}

/// Of two changes that waited the first had arrived, and Bram had written at the same spot.
#[test]
fn words_that_arrived_before_the_connection_broke_again_are_counted_and_those_of_others_are_not() {
    let (kept, doc) = two_paragraphs();
    let mut desk = away_with(&kept, &second("twee en meer"));
    let (version, _) = desk.chapters[&KEY].bridge.as_ref().unwrap().current();
    desk.edit(2_000, KEY, version, &second("twee en meer van onszelf"));
    desk.flush(2_001);
    stored_and_sent(&mut desk);
    let item = splice(&mut doc.clone(), BRAM, (length(&doc), 0, " van Bram erbij"));
    heard(&mut desk, 3_000, vec![item]);
    let first = desk.chapters[&KEY].unacknowledged[0].hash;
    let effects = hear(&mut desk, 3_000, &known(first));
    assert!(reports(&effects).is_empty(), "one change still waits");
    desk.disconnected();
    desk.take_effects();
    let mut effects = open_again(&mut desk, 60_000, 2, 2);
    effects.extend(acknowledged(&mut desk, 60_000));
    let told = named(&mut desk, &effects);
    assert_eq!((&told[0]["added"], &told[0]["removed"]), (&json!(4), &json!(0)));
    assert_eq!(
        told[0]["shared"][0]["edits"],
        json!([did("Bram", &["van Bram erbij"], &[])])
    );
}

/// The chapter went on in another generation meanwhile: Bram wrote before that, Carla after it.
#[test]
fn what_others_did_in_a_generation_that_ended_meanwhile_is_told_too() {
    let (kept, doc) = two_paragraphs();
    let mut desk = away_with(&kept, &second("twee en meer"));
    let mut old = doc.clone();
    let Item::Change { raw, .. } = splice(&mut old, BRAM, (length(&doc), 0, " van Bram")) else {
        unreachable!("a splice is a change");
    };
    let seed = schema::text::generation::start_from(
        old.document(),
        schema::text::generation::Reason::Growth,
        BoundActor::from_bytes([12; 16]),
        schema::ids::TimestampMs(0),
    );
    let mut fresh = genesis::new_doc(CARLA);
    let seed = seed.unwrap().seed.into_iter();
    let seed = seed.map(|raw| automerge::Change::from_bytes(raw.into()).unwrap());
    fresh.apply_changes(seed).unwrap();
    let end = length(&fresh);
    splice(&mut fresh, CARLA, (end, 0, " van Carla"));
    desk.connected(60_000);
    hear(&mut desk, 60_000, &welcome());
    hear(&mut desk, 60_000, &goes_on(1, 2, &mut fresh, None));
    let traced = ServerFrame::Traced {
        channel: 6,
        changes: vec![raw],
        end: Some(wire::TraceEnd { same: None }),
    };
    let effects = hear(&mut desk, 60_000, &traced);
    let written = effects.iter().find_map(|effect| match effect {
        Effect::StoreOutbox(_, row) => Some(*row.hash),
        _ => None,
    });
    desk.stored(&[written.unwrap()]);
    let effects = acknowledged(&mut desk, 60_000);
    let told = named(&mut desk, &effects);
    let edits: Vec<&Json> = told[0]["shared"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| &each["edits"])
        .collect();
    assert_eq!(
        edits,
        [
            &json!([did("Bram", &["van Bram"], &[])]),
            &json!([did("Carla", &["van Carla"], &[])])
        ]
    );
    assert_eq!(told[0]["added"], 2);
}
