//! Taking people in: an account, a role, a link, and how somebody without a role is still known.

use super::*;

const LINKS: &str = "/plans/{plan}/sign-in-links";

/// A person with a role, made by the programme team.
async fn taken_in(api: &mut Api) -> String {
    let person = json!({ "name": "Noor de Vries", "mail": "noor@example.org" });
    let made = api.post("/plans/{plan}/people").by(PROGRAMMATEAM).fresh();
    let made = made.json(&person).send().await.ok();
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let right = json!({ "personId": id, "partyId": TREKKER.party, "role": "writer", "teamId": CARE_TEAM });
    let given = api.post("/plans/{plan}/rights").by(PROGRAMMATEAM).fresh();
    assert_eq!(
        given.json(&right).send().await.ok().json()["person"]["name"],
        "Noor de Vries"
    );
    id
}

#[tokio::test]
async fn a_new_person_gets_a_role_and_comes_in_by_a_link_once() {
    let mut api = api().await;
    let id = taken_in(&mut api).await;
    let wanted = json!({ "personId": id, "partyId": TREKKER.party });
    let link = api.post(LINKS).by(PROGRAMMATEAM).json(&wanted).send().await.ok();
    assert_eq!(link.status, StatusCode::CREATED);
    let token = json!({ "token": link.json()["token"] });
    let session = api.post("/session").json(&token).send().await.ok();
    assert_eq!(
        session.json()["person"],
        json!({ "id": id, "name": "Noor de Vries" })
    );
    let again = api.post("/session").json(&token).send().await;
    assert_eq!(again.problem(), "link-not-valid");
}

#[tokio::test]
async fn only_who_gives_roles_makes_people_and_links_and_only_for_people_with_a_role() {
    let mut api = api().await;
    let person = json!({ "name": "Noor" });
    let wanted = json!({ "personId": TREKKER.person, "partyId": TREKKER.party });
    for who in [TREKKER, COALITIE, BESTUURDER] {
        let refused = api
            .post("/plans/{plan}/people")
            .by(who)
            .fresh()
            .json(&person)
            .send()
            .await;
        assert_eq!(refused.problem(), "not-allowed");
        let refused = api.post(LINKS).by(who).json(&wanted).send().await;
        assert_eq!(refused.problem(), "not-allowed");
    }
    let stranger = json!({ "personId": STRANGER.person, "partyId": TREKKER.party });
    let refused = api.post(LINKS).by(PROGRAMMATEAM).json(&stranger).send().await;
    assert_eq!(refused.problem(), "no-such-grant");
}

/// A plan in which nobody of the other one has a role but whom its programme team, here a stranger, gave one.
const OTHER_PLAN: PlanId = PlanId::from_bytes([77; 16]);

#[tokio::test]
async fn who_gives_somebody_of_another_plan_a_role_cannot_sign_in_as_them() {
    let mut api = api().await;
    let party = Party {
        name: line("Elders"),
        sector: line("programma"),
    };
    let create = plan::Command::Create {
        title: line("Regioplan Elders"),
        areas: vec![line("Elders")],
        party,
    };
    api.command_in(OTHER_PLAN, STRANGER, Command::Plan(create)).await;
    let right = json!({ "personId": TREKKER.person, "partyId": STRANGER.party, "role": "bestuurder" });
    let given = api
        .post(&format!("/plans/{OTHER_PLAN}/rights"))
        .by(STRANGER)
        .fresh();
    given.json(&right).send().await.ok();
    let wanted = json!({ "personId": TREKKER.person, "partyId": STRANGER.party });
    let links = format!("/plans/{OTHER_PLAN}/sign-in-links");
    let refused = api.post(&links).by(STRANGER).json(&wanted).send().await;
    assert_eq!(refused.problem(), "not-allowed");
    let own = json!({ "personId": STRANGER.person, "partyId": STRANGER.party });
    let link = api.post(&links).by(STRANGER).json(&own).send().await;
    assert_eq!(link.status, StatusCode::CREATED);
}

#[tokio::test]
async fn the_same_request_again_makes_nobody_new_and_renames_nobody() {
    let mut api = api().await;
    let key = CommandId::from_bytes([201; 16]).to_string();
    let mut answers = Vec::new();
    for name in ["Noor", "Noor", "Iemand anders"] {
        let asked = api
            .post("/plans/{plan}/people")
            .by(PROGRAMMATEAM)
            .with("idempotency-key", &key);
        answers.push(asked.json(&json!({ "name": name })).send().await);
    }
    let other = answers.pop().unwrap();
    assert_eq!(other.problem(), "idempotency-key-reused");
    let ids: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.ok().json()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1]);
    let person = api.app.accounts.person(ids[0].parse().unwrap()).unwrap();
    assert_eq!(person.name, line("Noor"));
}

#[tokio::test]
async fn somebody_who_never_got_a_role_is_forgotten_and_the_same_request_does_not_bring_them_back() {
    let mut api = api().await;
    let key = CommandId::from_bytes([202; 16]).to_string();
    let add = async |api: &mut Api| {
        let asked = api.post("/plans/{plan}/people").by(PROGRAMMATEAM);
        let asked = asked.with("idempotency-key", &key);
        asked.json(&json!({ "name": "Noor" })).send().await
    };
    let id = add(&mut api).await.ok().json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/plans/{{plan}}/people/{id}");
    let refused = api.ask(Method::DELETE, &path).by(TREKKER).send().await;
    assert_eq!(refused.problem(), "not-allowed");
    for _ in 0..2 {
        let gone = api.ask(Method::DELETE, &path).by(PROGRAMMATEAM).send().await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
    let again = add(&mut api).await;
    assert_eq!(again.problem(), "idempotency-key-reused");
    assert_eq!(api.app.accounts.person(id.parse().unwrap()), None);
}

/// Withdraws the only role of somebody.
async fn lose_role(api: &mut Api, id: &str) {
    let rights = api
        .get("/plans/{plan}/rights")
        .by(PROGRAMMATEAM)
        .send()
        .await
        .ok()
        .json();
    let all = rights["items"].as_array().unwrap();
    let right = all.iter().find(|right| right["person"]["id"] == id).unwrap();
    let path = format!(
        "/api/v1/plans/{{plan}}/rights/{}?reason=klaar",
        right["id"].as_str().unwrap()
    );
    let gone = api
        .ask(Method::DELETE, &path)
        .by(PROGRAMMATEAM)
        .fresh()
        .send()
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn somebody_whose_only_role_was_withdrawn_is_still_known_without_roles() {
    let mut api = api().await;
    let id = taken_in(&mut api).await;
    lose_role(&mut api, &id).await;
    let plan = api
        .get("/plans/{plan}")
        .by(PROGRAMMATEAM)
        .send()
        .await
        .ok()
        .json();
    let people = plan["people"].as_array().unwrap();
    let person = people.iter().find(|person| person["id"] == id.as_str()).unwrap();
    assert_eq!(person["roles"], json!([]));
}

#[tokio::test]
async fn somebody_without_roles_is_forgotten_and_what_they_did_stays() {
    let mut api = api().await;
    let id = taken_in(&mut api).await;
    let path = format!("/api/v1/plans/{{plan}}/people/{id}");
    let forget = async |api: &mut Api, who| api.ask(Method::DELETE, &path).by(who).send().await;
    assert_eq!(
        forget(&mut api, PROGRAMMATEAM).await.problem(),
        "person-has-roles"
    );
    lose_role(&mut api, &id).await;
    for who in [TREKKER, COALITIE, BESTUURDER] {
        assert_eq!(forget(&mut api, who).await.problem(), "not-allowed");
    }
    assert!(api.app.accounts.person(id.parse().unwrap()).is_some());
    for _ in 0..2 {
        let gone = forget(&mut api, PROGRAMMATEAM).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(api.app.accounts.person(id.parse().unwrap()), None);
    let plan = api
        .get("/plans/{plan}")
        .by(PROGRAMMATEAM)
        .send()
        .await
        .ok()
        .json();
    let people = plan["people"].as_array().unwrap();
    let person = people.iter().find(|person| person["id"] == id.as_str()).unwrap();
    assert_eq!(person["name"], "");
    let stranger = PersonId::from_bytes([98; 16]);
    let stranger = format!("/api/v1/plans/{{plan}}/people/{stranger}");
    let refused = api.ask(Method::DELETE, &stranger).by(PROGRAMMATEAM).send().await;
    assert_eq!(refused.problem(), "no-such-grant");
}
