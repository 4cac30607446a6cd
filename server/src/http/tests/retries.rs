//! Commands that are sent again: the first answer comes back, to its caller only, for the same request only.

use super::opening::started;
use super::writing::commitment;
use super::*;
use crate::log::gated::GatedLog;
use crate::views::Checkpoints;

/// A key that is used more than once.
fn key(n: u8) -> String {
    CommandId::from_bytes([n; 16]).to_string()
}

#[tokio::test]
async fn a_key_used_for_something_else_is_refused_and_nothing_is_done() {
    let mut api = api().await;
    let (one, tag) = commitment(&mut api).await;
    let (other, other_tag) = commitment(&mut api).await;
    let key = key(230);
    let patch = json!({ "measuredBy": "GGD" });
    let mut ask = |path: &str, tag: &str, patch: &Value| {
        let ask = api.patch(path).by(TREKKER).with("idempotency-key", &key);
        let request = ask.with("if-match", tag).json(patch);
        (request.request, request.body)
    };
    let requests = [
        ask(&one, &tag, &patch),
        ask(&other, &other_tag, &patch),
        ask(&one, &tag, &json!({ "measuredBy": "Vektis" })),
    ];
    let mut answers = Vec::new();
    for (request, body) in requests {
        let ask = Ask {
            api: &mut api,
            request,
            body,
        };
        answers.push(ask.send().await);
    }
    assert_eq!(answers[0].status, StatusCode::OK);
    for reused in &answers[1..] {
        assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(reused.problem(), "idempotency-key-reused");
    }
    let now = api.get(&other).by(TREKKER).send().await.ok();
    assert_eq!(now.etag(), other_tag);
}

#[tokio::test]
async fn nobody_gets_anothers_answer_by_their_key() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care, "ownerPartyId": TREKKER.party });
    let key = key(231);
    let mut statuses = Vec::new();
    for who in [TREKKER, COALITIE, OTHER_WRITER] {
        let ask = api.post("/plans/{plan}/commitments").by(who);
        let answer = ask.with("idempotency-key", &key).json(&body).send().await;
        statuses.push(answer.status);
    }
    assert_eq!(
        statuses,
        [StatusCode::CREATED, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN]
    );
    let export = api
        .get("/plans/{plan}/event-export")
        .by(COALITIE)
        .send()
        .await
        .ok();
    assert!(!export.text.contains(&key), "a key stays its caller's");
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_although_a_colleague_was_there_since() {
    let mut api = api().await;
    let (path, tag) = commitment(&mut api).await;
    let patch = json!({ "measuredBy": "GGD" });
    let first = amend(&mut api, &path, &tag, (&key(232), &patch)).await;
    let theirs = json!({ "measuredBy": "Vektis" });
    amend(&mut api, &path, &first.etag(), (&key(233), &theirs)).await;
    let again = amend(&mut api, &path, &tag, (&key(232), &patch)).await;
    assert_eq!(
        (again.text.as_str(), again.etag()),
        (first.text.as_str(), first.etag())
    );
}

async fn amend(api: &mut Api, path: &str, tag: &str, (key, patch): (&str, &Value)) -> Answer {
    let ask = api.patch(path).by(TREKKER).with("idempotency-key", key);
    ask.with("if-match", tag).json(patch).send().await.ok()
}

#[tokio::test]
async fn a_chapter_made_and_renamed_since_is_answered_as_it_was_made() {
    let mut api = api().await;
    let body = json!({ "title": "Zorg", "teamId": CARE_TEAM });
    let first = chapter(&mut api, &body).await;
    // A later sibling changes what "last among its siblings" would mean now.
    api.chapter("Wonen", HOME_TEAM).await;
    let path = format!(
        "/plans/{{plan}}/chapters/{}",
        first.json()["id"].as_str().unwrap()
    );
    let rename = api.patch(&path).by(PROGRAMMATEAM).fresh();
    rename
        .json(&json!({ "title": "Zorg en welzijn" }))
        .send()
        .await
        .ok();
    let again = chapter(&mut api, &body).await;
    assert_eq!(again.status, StatusCode::CREATED);
    assert_eq!(
        (again.text.as_str(), again.etag()),
        (first.text.as_str(), first.etag())
    );
}

async fn chapter(api: &mut Api, body: &Value) -> Answer {
    let ask = api.post("/plans/{plan}/chapters").by(PROGRAMMATEAM);
    ask.with("idempotency-key", &key(234))
        .json(body)
        .send()
        .await
        .ok()
}

#[tokio::test]
async fn a_right_given_and_withdrawn_since_is_answered_as_it_was_given_and_taken_once() {
    let mut api = api().await;
    let body = json!({ "personId": STRANGER.person, "partyId": TREKKER.party, "role": "contactpersoon" });
    let first = grant(&mut api, &body).await;
    let right = first.json()["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let path = format!("/api/v1/plans/{{plan}}/rights/{right}?reason=klaar");
        let ask = api.ask(Method::DELETE, &path).by(PROGRAMMATEAM);
        let taken = ask.with("idempotency-key", &key(236)).send().await;
        assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.text);
    }
    let again = grant(&mut api, &body).await;
    assert_eq!(
        (again.text.as_str(), again.etag()),
        (first.text.as_str(), first.etag())
    );
    let rights = api
        .get("/plans/{plan}/rights")
        .by(PROGRAMMATEAM)
        .send()
        .await
        .ok();
    assert!(!rights.text.contains(&right), "asking again gave nothing back");
}

async fn grant(api: &mut Api, body: &Value) -> Answer {
    let ask = api.post("/plans/{plan}/rights").by(PROGRAMMATEAM);
    ask.with("idempotency-key", &key(235))
        .json(body)
        .send()
        .await
        .ok()
}

/// The same server after a restart from a checkpoint. What came before it cannot be read any more, so whatever it still
/// knows is known from there.
async fn from_checkpoint(api: &Api) -> Api {
    let directory = tempfile::tempdir().unwrap();
    let log = api.writer.log();
    let checkpoints = || Checkpoints::open(directory.path(), log.incarnation()).unwrap();
    let views = Views::start(&api.writer, Some(checkpoints()));
    views.whole().await.unwrap();
    views.close();
    let gate = Arc::new(GatedLog::new(Arc::clone(log)));
    // A checkpoint is compared with the log by its last event.
    gate.close_before(PLAN, schema::ids::Position(log.next_position(PLAN).0 - 1));
    let started = started(api, gate, Some(checkpoints()));
    // Within a third of the time after which the gate lets through whoever still folds from the first event.
    for _ in 0..10 {
        if started.app.views.current(PLAN).await.is_ok() {
            return started;
        }
    }
    panic!("the checkpoint was not used");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_from_a_checkpoint_a_retry_gets_the_first_answer_and_another_person_makes_anew() {
    let mut api = api().await;
    api.grant(OTHER_WRITER, Role::Programmateam).await;
    let body = json!({ "title": "Zorg", "teamId": CARE_TEAM });
    let first = chapter(&mut api, &body).await;
    let grown = |api: &Api, before: u64| api.writer.log().next_position(PLAN).0 - before;
    let before = api.writer.log().next_position(PLAN).0;
    let mut api = from_checkpoint(&api).await;
    let again = chapter(&mut api, &body).await;
    assert_eq!(
        (again.status, again.text.as_str(), again.etag()),
        (first.status, first.text.as_str(), first.etag())
    );
    let ask = api.post("/plans/{plan}/chapters").by(PROGRAMMATEAM);
    let other = json!({ "title": "Wonen", "teamId": HOME_TEAM });
    let reused = ask.with("idempotency-key", &key(234)).json(&other).send().await;
    assert_eq!(reused.problem(), "idempotency-key-reused");
    assert_eq!(grown(&api, before), 0, "nothing was done again");

    let ask = api.post("/plans/{plan}/chapters").by(OTHER_WRITER);
    let theirs = ask
        .with("idempotency-key", &key(234))
        .json(&body)
        .send()
        .await
        .ok();
    assert_ne!(theirs.json()["id"], first.json()["id"]);
    assert!(grown(&api, before) > 0, "a command of their own");
}
