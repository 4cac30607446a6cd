//! Commands through the API: rights, revisions, retries.

use super::*;

async fn commitment(api: &mut Api) -> (String, String) {
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
    for bad in ["7", "\"x\"", "*"] {
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

#[tokio::test]
async fn a_chapter_is_offered_frozen_and_reopened() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let changes = format!("{path}/state-changes");
    let tag = api.get(&path).by(TREKKER).send().await.ok().etag();
    let offer = json!({ "to": "reading" });
    let refused = api
        .post(&changes)
        .by(OTHER_WRITER)
        .fresh()
        .with("if-match", &tag)
        .json(&offer)
        .send()
        .await;
    assert_eq!(refused.problem(), "not-trekker");
    let offered = api
        .post(&changes)
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag)
        .json(&offer)
        .send()
        .await
        .ok();
    assert_eq!(offered.json()["state"], "reading");
    let freeze = json!({ "to": "frozen", "version": "concept 7 december", "reason": "aanlevering" });
    let stale = api
        .post(&changes)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("if-match", &tag)
        .json(&freeze)
        .send()
        .await;
    assert_eq!(stale.problem(), "revision-mismatch");
    let frozen = api
        .post(&changes)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("if-match", &offered.etag());
    let frozen = frozen.json(&freeze).send().await.ok();
    assert_eq!(
        (&frozen.json()["state"], &frozen.json()["version"]),
        (&json!("frozen"), &json!("concept 7 december"))
    );
    let seen = api.get(&path).by(TREKKER).send().await.ok();
    assert_eq!(seen.json()["mayWrite"], false);
    let without = json!({ "to": "drafting" });
    let refused = api
        .post(&changes)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("if-match", &seen.etag())
        .json(&without);
    assert_eq!(refused.send().await.problem(), "bad-request");
    let reopen = json!({ "to": "drafting", "reason": "opmerkingen" });
    let reopened = api
        .post(&changes)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("if-match", &seen.etag());
    assert_eq!(
        reopened.json(&reopen).send().await.ok().json()["state"],
        "drafting"
    );
}

#[tokio::test]
async fn chapters_are_renamed_moved_and_assigned_at_once() {
    let mut api = api().await;
    let housing = api.chapter("Wonen", HOME_TEAM).await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let patch = json!({ "title": "Zorg en wonen", "parentId": housing, "teamId": null });
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let moved = api
        .patch(&path)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&patch)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(
        (&moved["parentId"], &moved["title"]),
        (&json!(housing), &json!("Zorg en wonen"))
    );
    assert_eq!(
        moved["team"][0]["person"]["name"], "Wim",
        "the team of the chapter above"
    );
    let circle = json!({ "parentId": care });
    let path = format!("/plans/{{plan}}/chapters/{housing}");
    let refused = api
        .patch(&path)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&circle)
        .send()
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::CONFLICT, "chapter-under-itself")
    );
    let refused = api
        .patch(&path)
        .by(TREKKER)
        .fresh()
        .json(&json!({ "title": "x" }))
        .send()
        .await;
    assert_eq!(refused.problem(), "not-allowed");
}

#[tokio::test]
async fn rights_are_given_and_withdrawn() {
    let mut api = api().await;
    let body = json!({ "personId": BESTUURDER.person, "partyId": BESTUURDER.party, "role": "writer", "teamId": CARE_TEAM });
    let path = "/plans/{plan}/rights";
    assert_eq!(
        api.post(path)
            .by(TREKKER)
            .fresh()
            .json(&body)
            .send()
            .await
            .problem(),
        "not-allowed"
    );
    let given = api
        .post(path)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&body)
        .send()
        .await
        .ok();
    assert_eq!(given.json()["team"]["name"], "Zorg");
    let location = given.headers[header::LOCATION].to_str().unwrap().to_owned();
    let rights = api.get(path).by(COALITIE).send().await.ok().json();
    assert_eq!(rights["items"].as_array().unwrap().len(), 6);
    let without = json!({ "personId": BESTUURDER.person, "partyId": BESTUURDER.party, "role": "writer" });
    assert_eq!(
        api.post(path)
            .by(PROGRAMMATEAM)
            .fresh()
            .json(&without)
            .send()
            .await
            .problem(),
        "bad-request"
    );
    let withdraw = format!("{location}?reason=andere+baan");
    let gone = api
        .ask(Method::DELETE, &withdraw)
        .by(PROGRAMMATEAM)
        .fresh()
        .send()
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = api
        .ask(Method::DELETE, &withdraw)
        .by(PROGRAMMATEAM)
        .fresh()
        .send()
        .await;
    assert_eq!(again.problem(), "no-such-grant");
}

#[tokio::test]
async fn the_last_of_the_programmateam_stays() {
    let mut api = api().await;
    let rights = api
        .get("/plans/{plan}/rights")
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    let mut items = rights["items"].as_array().unwrap().iter();
    let last = items.find(|of| of["role"] == "programmateam").unwrap();
    let path = format!(
        "/api/v1/plans/{{plan}}/rights/{}?reason=weg",
        last["id"].as_str().unwrap()
    );
    let refused = api
        .ask(Method::DELETE, &path)
        .by(PROGRAMMATEAM)
        .fresh()
        .send()
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::CONFLICT, "last-programmateam")
    );
}

#[tokio::test]
async fn the_programmateam_makes_parties_teams_challenges_and_strands() {
    let mut api = api().await;
    let party = json!({ "name": "GGD Waterland", "sector": "publieke gezondheid" });
    let made = api
        .post("/plans/{plan}/parties")
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&party)
        .send()
        .await
        .ok();
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let renamed = json!({ "name": "GGD Water en Land", "sector": "publieke gezondheid" });
    let path = format!("/plans/{{plan}}/parties/{id}");
    api.patch(&path)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&renamed)
        .send()
        .await
        .ok();
    api.post("/plans/{plan}/teams")
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&json!({ "name": "Jeugd" }))
        .send()
        .await
        .ok();
    let put = |kind: &str| {
        format!(
            "/api/v1/plans/{{plan}}/{kind}/{}",
            CommandId::from_bytes([77; 16])
        )
    };
    let challenge = json!({ "title": "Druk op de nachtzorg", "priority": 1 });
    api.ask(Method::PUT, &put("challenges"))
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&challenge)
        .send()
        .await
        .ok();
    let strand = json!({ "title": "Dichtbij huis", "kind": "ambitie" });
    api.ask(Method::PUT, &put("strands"))
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&strand)
        .send()
        .await
        .ok();
    let plan = api.get("/plans/{plan}").by(COALITIE).send().await.ok().json();
    let names: Vec<_> = plan["parties"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["name"].clone())
        .collect();
    assert!(names.contains(&json!("GGD Water en Land")));
    assert_eq!(plan["teams"][0]["name"], "Jeugd");
    assert_eq!(plan["challenges"][0]["priority"], 1);
    assert_eq!(plan["strands"][0]["kind"], "ambitie");
    let refused = api
        .ask(Method::PUT, &put("strands"))
        .by(TREKKER)
        .fresh()
        .json(&strand)
        .send()
        .await;
    assert_eq!(refused.problem(), "not-allowed");
}
