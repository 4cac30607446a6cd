//! Programs with access tokens: made on the pages, opening what their scope says and no more, withdrawn at once.

use super::*;

const TOKENS: &str = "/access-tokens";
const COMMITMENTS: &str = "/plans/{plan}/commitments";

/// A token's secret and id.
pub(super) async fn made(api: &mut Api, who: Caller, scope: &str) -> (String, String) {
    let body = json!({ "name": "Weekbericht", "scope": scope, "days": 30 });
    let made = api.post(TOKENS).by(who).json(&body).send().await.ok();
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (format!("Bearer {}", text("token")), text("id"))
}

#[tokio::test]
async fn a_token_is_shown_once_and_then_known_by_its_name() {
    let mut api = api().await;
    let (bearer, id) = made(&mut api, TREKKER, "read").await;
    let listed = api.get(TOKENS).by(TREKKER).send().await.ok();
    let secret = bearer.strip_prefix("Bearer ").unwrap();
    assert!(!listed.text.contains(secret), "{}", listed.text);
    let item = &listed.json()["items"][0];
    assert_eq!(
        (&item["id"], &item["name"], &item["scope"]),
        (&json!(id), &json!("Weekbericht"), &json!("read"))
    );
    assert_eq!(item["usedAt"], Value::Null);
    let faults = contract::faults(&mut api, "AccessTokenList", &listed.json(), TOKENS).await;
    assert!(faults.is_empty(), "{faults:#?}");
    let others = api.get(TOKENS).by(OTHER_WRITER).send().await.ok().json();
    assert_eq!(others["items"], json!([]));

    let me = api
        .get("/session")
        .with("authorization", &bearer)
        .send()
        .await
        .ok();
    assert_eq!(me.json()["person"]["name"], "Tarik");
    for _ in 0..200 {
        let listed = api.get(TOKENS).by(TREKKER).send().await.ok().json();
        if listed["items"][0]["usedAt"].is_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("its use is not noted");
}

#[tokio::test]
async fn a_token_does_what_its_person_may_cut_by_its_scope() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let home = api.chapter("Wonen", HOME_TEAM).await;
    let (reads, _) = made(&mut api, TREKKER, "read").await;
    let (writes, _) = made(&mut api, TREKKER, "write").await;
    let own = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [TREKKER.party] });
    let others = json!({ "title": "Nachtzorg", "chapterId": home, "partyIds": [TREKKER.party] });
    let mut asked = Vec::new();
    for (bearer, body) in [(&reads, &own), (&writes, &own), (&writes, &others)] {
        let post = api.post(COMMITMENTS).with("authorization", bearer).fresh();
        let answer = post.json(body).send().await;
        asked.push(if answer.status.is_success() {
            "done".to_owned()
        } else {
            answer.problem()
        });
    }
    assert_eq!(asked, ["token-reads-only", "done", "not-your-chapter"]);
    for bearer in [&reads, &writes] {
        let plan = api
            .get("/plans/{plan}")
            .with("authorization", bearer)
            .send()
            .await
            .ok();
        assert_eq!(plan.json()["title"], "Regioplan Waterland");
    }
    let events = api.get("/plans/{plan}/events").by(TREKKER).send().await.ok();
    assert_eq!(events.json()["items"][0]["actor"]["person"]["name"], "Tarik");
}

#[tokio::test]
async fn what_a_program_did_to_a_commitment_is_told_as_its_doing() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let (writes, _) = made(&mut api, TREKKER, "write").await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [OTHER_WRITER.party] });
    let post = api.post(COMMITMENTS).with("authorization", &writes).fresh();
    let id = post.json(&body).send().await.ok().json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = format!("{COMMITMENTS}/{id}");
    let told = api.get(&one).by(TREKKER).send().await.ok().json();
    assert_eq!(told["lastChangedVia"], "token");
    let news = api
        .get("/plans/{plan}/for-me")
        .by(OTHER_WRITER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(news["commitments"][0]["change"]["via"], "token");

    let patch = api.patch(&one).by(TREKKER).fresh().with("if-match", "*");
    patch
        .json(&json!({ "title": "Nachtzorg samen" }))
        .send()
        .await
        .ok();
    let changes = api
        .get(&format!("{one}/changes"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let ways: Vec<&Value> = changes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["via"])
        .collect();
    assert_eq!(ways, ["browser", "token"]);
    let told = api.get(&one).by(TREKKER).send().await.ok().json();
    assert_eq!(told["lastChangedVia"], "browser");
}

#[tokio::test]
async fn what_was_withdrawn_or_is_no_token_opens_nothing() {
    let mut api = api().await;
    let (bearer, id) = made(&mut api, TREKKER, "read").await;
    let one = format!("/api/v1{TOKENS}/{id}");
    let foreign = api.ask(Method::DELETE, &one).by(OTHER_WRITER).send().await;
    assert_eq!(foreign.problem(), "no-such-access-token");
    api.get("/plans").with("authorization", &bearer).send().await.ok();
    let gone = api.ask(Method::DELETE, &one).by(TREKKER).send().await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let session = format!("Bearer {}", token_of(TREKKER).secret());
    let unknown = format!("Bearer {}", "0".repeat(64));
    for wrong in [&bearer, &session, &unknown, "Bearer x"] {
        // A cookie beside it does not help: the request says that it is a program's.
        let answer = api
            .get("/plans")
            .by(TREKKER)
            .with("authorization", wrong)
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "token-not-valid"),
            "{wrong}"
        );
    }
    let again = api.ask(Method::DELETE, &one).by(TREKKER).send().await;
    assert_eq!(again.problem(), "no-such-access-token");
}

#[tokio::test]
async fn its_term_and_number_have_limits() {
    let mut api = api().await;
    for (days, scope, name) in [
        (0, "read", "x"),
        (366, "read", "x"),
        (30, "all", "x"),
        (30, "read", ""),
    ] {
        let body = json!({ "name": name, "scope": scope, "days": days });
        let refused = api.post(TOKENS).by(TREKKER).json(&body).send().await;
        assert_eq!(refused.problem(), "bad-request", "{body}");
    }
    for _ in 0..schema::limits::ACCESS_TOKENS_MAX {
        made(&mut api, TREKKER, "read").await;
    }
    let body = json!({ "name": "te veel", "scope": "read", "days": 1 });
    let refused = api.post(TOKENS).by(TREKKER).json(&body).send().await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::CONFLICT, "too-many-access-tokens")
    );
}
