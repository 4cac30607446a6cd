//! The plan's own structure through the API: chapters and their states, rights, parties, teams.

use super::*;

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
    let history = api.get(&format!("{path}/history")).by(PROGRAMMATEAM);
    let history = history.send().await.ok().json();
    let told = ["state", "version", "reason"].map(|part| history["items"][0][part].clone());
    assert_eq!(told, ["frozen", "concept 7 december", "aanlevering"]);
    assert_eq!(history["items"][1]["version"], json!(null), "an offer names none");
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
