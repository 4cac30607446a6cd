//! Commands through the API: rights, revisions, retries.

use super::*;

pub(super) async fn commitment(api: &mut Api) -> (String, String) {
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({
        "title": "Nachtzorg samen organiseren",
        "chapterId": care,
        "ownerPartyId": TREKKER.party,
        "partyIds": [COALITIE.party],
    });
    let made = api
        .post("/plans/{plan}/commitments")
        .by(TREKKER)
        .fresh()
        .json(&body)
        .send()
        .await
        .ok();
    assert_eq!(made.status, StatusCode::CREATED);
    let location = made.headers[header::LOCATION].to_str().unwrap();
    let path = location.strip_prefix("/api/v1").unwrap().to_owned();
    (path, made.etag())
}

#[tokio::test]
async fn a_commitment_is_made_amended_and_restored() {
    let mut api = api().await;
    let (path, tag) = commitment(&mut api).await;
    let patch = json!({ "measuredBy": "GGD", "ownerPartyId": null });
    let amended = api
        .patch(&path)
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag)
        .json(&patch)
        .send()
        .await
        .ok();
    assert_ne!(amended.etag(), tag);
    assert_eq!(amended.json()["ownerPartyId"], Value::Null);
    assert_eq!(amended.json()["stage"], "direction");
    let body = json!({ "toRevision": 0, "reason": "te vroeg" });
    let restores = format!("{path}/restores");
    let refused = api
        .post(&restores)
        .by(TREKKER)
        .fresh()
        .with("if-match", &amended.etag())
        .json(&body);
    assert_eq!(refused.send().await.problem(), "not-allowed");
    let restored = api
        .post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("if-match", &amended.etag());
    let restored = restored.json(&body).send().await.ok();
    assert_eq!(restored.json()["ownerPartyId"], TREKKER.party.to_string());
    let before = api
        .get(&format!("{path}?revision=1"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(before["measuredBy"], "GGD");
    let changes = api
        .get(&format!("{path}/changes"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    let told: Vec<_> = changes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| {
            (
                of["kind"].as_str().unwrap(),
                of["actor"]["person"]["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("restored", "Petra"), ("amended", "Tarik"), ("created", "Tarik")]
    );
    let field = &changes["items"][1]["fields"][0];
    assert_eq!(
        field,
        &json!({ "field": "ownerPartyId", "old": TREKKER.party, "new": null })
    );
}

#[tokio::test]
async fn a_coalition_member_sees_who_changed_it_and_cannot_edit_it() {
    let mut api = api().await;
    let (path, tag) = commitment(&mut api).await;
    let seen = api.get(&path).by(COALITIE).send().await.ok().json();
    assert_eq!(
        (&seen["mayEdit"], &seen["mayRestore"]),
        (&json!(false), &json!(false))
    );
    let patch = json!({ "measuredBy": "niemand" });
    for (who, code) in [
        (COALITIE, "not-allowed"),
        (OTHER_WRITER, "not-your-chapter"),
        (STRANGER, "not-in-plan"),
    ] {
        let refused = api
            .patch(&path)
            .by(who)
            .fresh()
            .with("if-match", &tag)
            .json(&patch)
            .send()
            .await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::FORBIDDEN, code)
        );
    }
    assert_eq!(
        api.get(&path).by(COALITIE).send().await.ok().etag(),
        tag,
        "nothing changed"
    );
}

#[tokio::test]
async fn of_two_edits_on_one_revision_the_second_is_refused() {
    let mut api = api().await;
    let (path, tag) = commitment(&mut api).await;
    let first = json!({ "measuredBy": "GGD" });
    api.patch(&path)
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag)
        .json(&first)
        .send()
        .await
        .ok();
    let second = json!({ "measuredBy": "Vektis" });
    let refused = api
        .patch(&path)
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag)
        .json(&second)
        .send()
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::PRECONDITION_FAILED, "revision-mismatch")
    );
    let missing = api.patch(&path).by(TREKKER).fresh().json(&second).send().await;
    assert_eq!(missing.problem(), "precondition-required");
    let foreign = api.patch(&path).by(TREKKER).fresh().with("if-match", "\"x\"");
    assert_eq!(foreign.json(&second).send().await.problem(), "revision-mismatch");
    for bad in ["7", "\"0\", \"1\"", "W/\"1\""] {
        let refused = api
            .patch(&path)
            .by(TREKKER)
            .fresh()
            .with("if-match", bad)
            .json(&second)
            .send()
            .await;
        assert_eq!(refused.problem(), "bad-request", "{bad}");
    }
    let whichever = api.patch(&path).by(TREKKER).fresh().with("if-match", "*");
    whichever.json(&second).send().await.ok();
}

#[tokio::test]
async fn a_retry_gets_the_first_answer() {
    let mut api = api().await;
    let (path, tag) = commitment(&mut api).await;
    let key = CommandId::from_bytes([250; 16]).to_string();
    let patch = json!({ "measuredBy": "GGD" });
    let mut answers = Vec::new();
    for _ in 0..2 {
        let ask = api
            .patch(&path)
            .by(TREKKER)
            .with("idempotency-key", &key)
            .with("if-match", &tag);
        answers.push(ask.json(&patch).send().await.ok());
    }
    assert_eq!(answers[0].etag(), answers[1].etag());
    assert_eq!(answers[0].text, answers[1].text);
    let changes = api
        .get(&format!("{path}/changes"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(changes["items"].as_array().unwrap().len(), 2);
    let without = api
        .patch(&path)
        .by(TREKKER)
        .with("if-match", &tag)
        .json(&patch)
        .send()
        .await;
    assert_eq!(without.problem(), "bad-request");
}

#[tokio::test]
async fn a_chapter_made_twice_by_one_key_is_one_chapter() {
    let mut api = api().await;
    let key = CommandId::from_bytes([251; 16]).to_string();
    let body = json!({ "title": "Zorg", "teamId": CARE_TEAM });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let ask = api
            .post("/plans/{plan}/chapters")
            .by(PROGRAMMATEAM)
            .with("idempotency-key", &key);
        ids.push(ask.json(&body).send().await.ok().json()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn bodies_that_say_something_else_are_refused_and_change_nothing() {
    let mut api = api().await;
    let (path, tag) = commitment(&mut api).await;
    for body in [
        json!({ "eigenaar": "x" }),
        json!({ "title": "" }),
        json!({ "title": 7 }),
        json!({ "termEnd": "2026-02-30" }),
        json!({ "results": [{ "kind": "quantitative", "target": "1,5" }] }),
        json!({ "money": [{ "year": 2026, "source": "SPUK", "amountCents": 1.5 }] }),
        json!([]),
    ] {
        let refused = api
            .patch(&path)
            .by(TREKKER)
            .fresh()
            .with("if-match", &tag)
            .json(&body)
            .send()
            .await;
        assert_eq!(refused.problem(), "bad-request", "{body}");
    }
    for (body, code) in [
        (json!({ "title": null }), "title-missing"),
        (json!({ "ownerPartyId": STRANGER.party }), "no-such-party"),
        (
            json!({ "termStart": "2027-01-01", "termEnd": "2026-01-01" }),
            "term-reversed",
        ),
        (
            json!({ "money": [{ "year": 2026, "source": "SPUK", "amountCents": -500 }] }),
            "below-zero",
        ),
    ] {
        let refused = api
            .patch(&path)
            .by(TREKKER)
            .fresh()
            .with("if-match", &tag)
            .json(&body)
            .send()
            .await;
        assert_eq!(refused.problem(), code);
    }
    let huge = json!({ "solution": "x".repeat(schema::limits::API_BODY_BYTES_MAX) });
    let refused = api
        .patch(&path)
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag)
        .json(&huge)
        .send()
        .await;
    assert_eq!(refused.problem(), "too-large");
    let mut text = api.patch(&path).by(TREKKER).fresh().with("if-match", &tag);
    text.body = Body::from("title=x");
    assert_eq!(text.send().await.problem(), "unsupported-media-type");
    assert_eq!(api.get(&path).by(TREKKER).send().await.ok().etag(), tag);
}
