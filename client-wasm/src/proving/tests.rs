//! What the page says is proved, and every lie is named.

pub(crate) mod sample;

use schema::audit::merkle::consistency_proof;
use schema::audit::{Extent, LogSigner};
use schema::domain::Event;
use schema::domain::actor::{ACTOR_BOUND, ActorBound, Identity};
use schema::domain::commitment::{self, Content};
use schema::ids::{ActorRef, CommitmentId};
use schema::log::Stream;
use serde_json::json;

use self::sample::{AGREED, ANNA, AT, GGD, Log, PLAN, origin, trust};
use super::*;

/// What the page says of the change at position 2.
fn page() -> Value {
    json!({
        "plan": PLAN,
        "position": 2,
        "at": date_time::format(TimestampMs(AT + 2)),
        "people": [{ "person": ANNA, "party": GGD }],
        "subject": AGREED.to_string(),
        "kind": "commitment.amended/1",
        "fields": [{ "field": "title", "old": "Nachtzorg", "new": "Nachtzorg samen" }],
    })
}

fn asked(page: &Value, answer: &Value, actor: Option<&Value>) -> Value {
    let actor = actor.map(Value::to_string);
    let told = told(statement(
        &page.to_string(),
        &answer.to_string(),
        actor.as_deref(),
    ));
    serde_json::from_str(&told).unwrap()
}

/// The answer to the page as it is, but for one claim.
fn with(claim: &str, value: Value) -> Value {
    let log = Log::of("Nachtzorg samen", 5);
    let mut page = page();
    page[claim] = value;
    let actor = log.answer(0, Extent::Everything);
    asked(&page, &log.answer(2, Extent::Everything), Some(&actor))
}

#[test]
fn what_the_page_says_is_what_was_recorded() {
    let told = with("kind", json!("commitment.amended/1"));
    let ok = &told["ok"];
    for claim in ["time", "person", "content"] {
        assert_eq!(ok[claim], "asRecorded", "{claim} of {told}");
    }
    assert_eq!(ok["actor"], json!({ "person": ANNA, "party": GGD }));
    assert_eq!(ok["actorPosition"], 0);
    assert_eq!(ok["sealed"]["cosigned"][0]["id"], "ggd");
    assert_eq!(
        (&ok["sealed"]["isMet"], &ok["sealed"]["size"]),
        (&json!(true), &json!(5))
    );
    assert_eq!(ok["sealed"]["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_new_commitment_is_every_field_that_was_filled_in() {
    let log = Log::of("Nachtzorg samen", 5);
    let mut page = page();
    page["position"] = json!(1);
    page["at"] = json!(date_time::format(TimestampMs(AT + 1)));
    page["kind"] = json!("commitment.created/1");
    page["fields"] = json!([{ "field": "title", "old": null, "new": "Nachtzorg" }]);
    let told = asked(&page, &log.answer(1, Extent::Everything), None);
    assert_eq!(told["ok"]["content"], "asRecorded", "{told}");
    assert_eq!(told["ok"]["person"], "withheld");
}

/// Whatever the domain makes of a new commitment is what the page shows of it, and nothing less or more is.
#[test]
fn the_first_content_is_held_against_what_the_domain_writes() {
    let written = json!({
        "title": "Nachtzorg", "solution": "Eén team", "partyIds": [GGD], "measuredBy": null, "results": [],
        "chapterId": PlanId::from_bytes([7; 16]).to_string(), "scaleAgreed": "regional",
    });
    let content: Content = serde_json::from_value(written).unwrap();
    let fields = serde_json::to_value(Content::default().changes_to(&content)).unwrap();
    let mut log = Log::of("Nachtzorg samen", 3);
    let event = Event::Commitment(
        AGREED,
        commitment::Event::Created {
            content: Box::new(content),
        },
    );
    log.add(Stream::Commitment(AGREED), event.kind(), event.payload());
    let answer = log.answer(3, Extent::Everything);
    let mut page = page();
    page["position"] = json!(3);
    page["at"] = json!(date_time::format(TimestampMs(AT + 3)));
    page["kind"] = json!("commitment.created/1");
    page["fields"] = fields.clone();
    assert!(fields.as_array().unwrap().len() >= 5, "{fields}");
    assert_eq!(asked(&page, &answer, None)["ok"]["content"], "asRecorded");
    for field in 0..fields.as_array().unwrap().len() {
        let mut lacking = page.clone();
        lacking["fields"].as_array_mut().unwrap().remove(field);
        let mut doubled = page.clone();
        doubled["fields"]
            .as_array_mut()
            .unwrap()
            .push(fields[field].clone());
        let mut from_something = page.clone();
        from_something["fields"][field]["old"] = json!("iets");
        for lie in [lacking, doubled, from_something] {
            assert_eq!(
                asked(&lie, &answer, None)["fault"]["code"],
                "otherContent",
                "{lie}"
            );
        }
    }
}

#[test]
fn what_the_server_did_is_nobodys() {
    let mut log = Log::of("Nachtzorg samen", 3);
    let server = ActorBound {
        identity: Identity::Server,
        device: None,
        page_session: None,
        text: None,
        brought: false,
    };
    log.add(Stream::Actors, ACTOR_BOUND, server.payload());
    log.who = ActorRef(Position(3));
    log.add(Stream::Actors, ACTOR_BOUND, server.payload());
    let (answer, actor) = (
        log.answer(4, Extent::Everything),
        log.answer(3, Extent::Everything),
    );
    let page = |people: Value| json!({ "plan": PLAN, "position": 4, "at": date_time::format(TimestampMs(AT + 4)), "people": people });
    let told = asked(&page(json!([])), &answer, Some(&actor));
    assert_eq!(
        (&told["ok"]["person"], &told["ok"]["actor"]),
        (&json!("asRecorded"), &Value::Null),
        "{told}"
    );
    let told = asked(
        &page(json!([{ "person": ANNA, "party": GGD }])),
        &answer,
        Some(&actor),
    );
    assert_eq!(told["fault"]["code"], "otherPerson", "{told}");
}

#[test]
fn every_lie_of_the_page_is_named() {
    let lies = [
        ("position", json!(1), "otherPlace"),
        ("plan", json!(PlanId::from_bytes([9; 16])), "otherLog"),
        ("at", json!("2026-09-09T09:09:09.000Z"), "otherTime"),
        ("at", json!("gisteren"), "otherTime"),
        (
            "people",
            json!([{ "person": ANNA, "party": PartyId::from_bytes([9; 16]) }]),
            "otherPerson",
        ),
        ("people", json!([]), "otherPerson"),
        (
            "subject",
            json!(CommitmentId::from_bytes([9; 16]).to_string()),
            "otherSubject",
        ),
        ("kind", json!("commitment.restored/1"), "otherContent"),
        ("reason", json!("zomaar"), "otherContent"),
        (
            "fields",
            json!([{ "field": "title", "old": "Nachtzorg", "new": "Dagzorg" }]),
            "otherContent",
        ),
        ("fields", json!([]), "otherContent"),
        ("fields", json!(7), "unreadable"),
    ];
    for (claim, lie, code) in lies {
        let told = with(claim, lie);
        assert_eq!(told["fault"]["code"], code, "{claim}: {told}");
    }
}

#[test]
fn what_is_withheld_is_not_told_as_checked() {
    let log = Log::of("Nachtzorg samen", 5);
    let told = asked(&page(), &log.answer(2, Extent::Leaf), None);
    for claim in ["time", "person", "content"] {
        assert_eq!(told["ok"][claim], "withheld", "{told}");
    }
    let actor = log.answer(0, Extent::Leaf);
    let told = asked(&page(), &log.answer(2, Extent::Envelope), Some(&actor));
    let claims = ["time", "person", "content"].map(|claim| &told["ok"][claim]);
    assert_eq!(claims, ["asRecorded", "withheld", "withheld"]);
}

#[test]
fn every_changed_part_of_a_proof_is_noticed() {
    let log = Log::of("Nachtzorg samen", 5);
    let good = log.answer(2, Extent::Everything);
    let other = Log::of("Nachtzorg apart", 5).answer(2, Extent::Everything);
    let parts = [
        ("/proof/path", "notInLog"),
        ("/proof/disclosure/leaf", "notInLog"),
        ("/proof/disclosure/envelope", "altered"),
        ("/proof/checkpoint", "notInLog"),
    ];
    for (part, code) in parts {
        let mut bad = good.clone();
        *bad.pointer_mut(part).unwrap() = match part {
            "/proof/path" => json!([]),
            _ => other.pointer(part).unwrap().clone(),
        };
        let told = asked(&page(), &bad, None);
        assert_eq!(told["fault"]["code"], code, "{part}: {told}");
    }
    let stranger = LogSigner::from_seed(origin().to_string().parse().unwrap(), &[0x99; 32]);
    let mut bad = good;
    bad["trust"]["logKeys"] = json!([stranger.verifier()]);
    assert_eq!(asked(&page(), &bad, None)["fault"]["code"], "logSignature");
}

#[test]
fn the_proof_of_another_actor_is_refused() {
    let log = Log::of("Nachtzorg samen", 5);
    for (position, code) in [(3, "otherPlace"), (1, "otherPlace")] {
        let told = asked(
            &page(),
            &log.answer(2, Extent::Everything),
            Some(&log.answer(position, Extent::Everything)),
        );
        assert_eq!(told["fault"]["code"], code, "{told}");
    }
}

#[test]
fn a_checkpoint_is_checked_by_itself() {
    let log = Log::of("Nachtzorg samen", 5);
    let trust = serde_json::to_string(&trust()).unwrap();
    let note = log.note().to_string();
    let sealed = checkpoint(&PLAN.to_string(), &note, &trust).unwrap();
    assert_eq!((sealed.head.size, sealed.is_met), (5, true));
    let code = |plan: &str, note: &str| checkpoint(plan, note, &trust).unwrap_err().code;
    assert_eq!(
        code(&PlanId::from_bytes([9; 16]).to_string(), &note),
        FaultCode::OtherLog
    );
    assert_eq!(
        code(&PLAN.to_string(), &note.replacen("\n5\n", "\n6\n", 1)),
        FaultCode::LogSignature
    );
    assert_eq!(code(&PLAN.to_string(), "wat?"), FaultCode::Unreadable);
}

#[test]
fn a_log_that_grew_is_told_from_one_that_forked() {
    let (log, fork) = (Log::of("Nachtzorg samen", 9), Log::of("Nachtzorg apart", 9));
    let path = |log: &Log| json!(consistency_proof(5, 9, |node| log.node(node)).unwrap()).to_string();
    let asked =
        |earlier: &Value, later: &Value, path: &str| growth(&earlier.to_string(), &later.to_string(), path);
    asked(&log.head(5), &log.head(9), &path(&log)).unwrap();
    asked(&log.head(5), &log.head(5), "[]").unwrap();
    let forked = |answer: Result<(), Fault>| answer.unwrap_err().code == FaultCode::Forked;
    assert!(forked(asked(&log.head(5), &fork.head(9), &path(&fork))));
    assert!(forked(asked(&log.head(5), &fork.head(9), &path(&log))));
    assert!(forked(asked(&log.head(5), &fork.head(5), "[]")));
    assert!(forked(asked(&log.head(9), &log.head(5), "[]")));
}
