//! Content asked to be erased, approved by somebody else, and gone.

mod devices;
mod texts;

use schema::log::{Record, Stream};

use super::past::{offer, words, write};
use super::*;
use crate::views::PlanView;
use crate::views::plan_view::{Facts, Fold, Origin};

/// A second person of the programme team, for the same party.
pub(super) const COLLEAGUE: Caller = Caller {
    person: PersonId::from_bytes([16; 16]),
    party: PROGRAMMATEAM.party,
};
const SECRET: &str = "Bel mevrouw Jansen op 06 12345678";

pub(super) async fn with_colleague() -> Api {
    let mut api = api().await;
    api.sign_in(COLLEAGUE, "Pim");
    api.grant(COLLEAGUE, Role::Programmateam).await;
    api
}

/// A commitment whose solution named somebody, and does so no more; with its address.
async fn written(api: &mut Api) -> String {
    let chapter = api.chapter("Nachtzorg", CARE_TEAM).await;
    let content = json!({ "title": "Nachtzorg samen", "chapterId": chapter, "solution": SECRET });
    let made = api
        .post("/plans/{plan}/commitments")
        .by(TREKKER)
        .fresh()
        .json(&content)
        .send()
        .await
        .ok();
    let path = format!(
        "/plans/{{plan}}/commitments/{}",
        made.json()["id"].as_str().unwrap()
    );
    let tag = made.etag();
    let patch = api.patch(&path).by(TREKKER).fresh().with("if-match", &tag);
    let patch = patch.json(&json!({ "solution": "Nachtzorg bellen" }));
    patch.send().await.ok();
    path
}

async fn changes(api: &mut Api, path: &str) -> Vec<Value> {
    let told = api.get(&format!("{path}/changes")).by(TREKKER).send().await.ok();
    told.json()["items"].as_array().unwrap().clone()
}

fn new_erasure(positions: &[u64]) -> Value {
    json!({ "positions": positions, "ground": "unlawful", "explanation": "telefoonnummer van een inwoner" })
}

async fn ask_erasure(api: &mut Api, who: Caller, positions: &[u64]) -> Answer {
    let ask = api.post("/plans/{plan}/erasures").by(who).fresh();
    ask.json(&new_erasure(positions)).send().await
}

pub(super) async fn decide(api: &mut Api, who: Caller, id: &str, body: Value) -> Answer {
    let path = format!("/plans/{{plan}}/erasures/{id}/decisions");
    api.post(&path).by(who).fresh().json(&body).send().await
}

/// Waits until the server says that it is done.
pub(super) async fn carried_out(api: &mut Api, id: &str) -> Value {
    for _ in 0..200 {
        let path = format!("/plans/{{plan}}/erasures/{id}");
        let found = api.get(&path).by(PROGRAMMATEAM).send().await.ok().json();
        if found["state"] == "carriedOut" {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("not carried out")
}

/// Lets a second person approve what was asked, and waits until it is done; its id.
pub(super) async fn approved_and_done(api: &mut Api, asked: &Value) -> String {
    let id = asked["id"].as_str().unwrap().to_owned();
    let approve = decide(api, COLLEAGUE, &id, json!({ "decision": "approve" })).await;
    approve.ok();
    carried_out(api, &id).await;
    id
}

fn holds_secret(api: &Api) -> bool {
    let payloads = records(api)
        .into_iter()
        .filter_map(|record| record.payload.bytes().cloned());
    let mut texts = payloads.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    texts.any(|text| text.contains("Jansen"))
}

#[tokio::test]
async fn two_people_make_it_gone_everywhere() {
    let mut api = with_colleague().await;
    let path = written(&mut api).await;
    let made = changes(&mut api, &path).await[1]["position"].as_u64().unwrap();
    let asked = ask_erasure(&mut api, PROGRAMMATEAM, &[made]).await.ok();
    assert_eq!(asked.status, StatusCode::CREATED);
    let asked = asked.json();
    assert_eq!(asked["state"], "open");
    assert_eq!(
        asked["events"].as_array().unwrap().len(),
        2,
        "the next change says what it was"
    );
    assert_eq!(
        (&asked["mayApprove"], &asked["mayDecline"]),
        (&json!(false), &json!(true))
    );
    let stays: Vec<&Value> = (0..2).map(|n| &asked["events"][n]["staysInForce"]).collect();
    assert_eq!(stays, [&json!(["title", "chapterId"]), &json!(["solution"])]);
    let id = asked["id"].as_str().unwrap().to_owned();
    assert!(
        holds_secret(&api),
        "nothing happens before somebody else approves"
    );

    let own = decide(&mut api, PROGRAMMATEAM, &id, json!({ "decision": "approve" })).await;
    assert_eq!(
        (own.status, own.problem().as_str()),
        (StatusCode::FORBIDDEN, "erasure-own-request")
    );
    let approved = decide(&mut api, COLLEAGUE, &id, json!({ "decision": "approve" }))
        .await
        .ok();
    let approved = approved.json();
    assert_eq!(approved["decidedBy"]["person"]["name"], "Pim");
    let plan = api.get("/plans/{plan}").by(TREKKER).send().await.ok().json();
    assert!(
        plan["lastErasure"].as_u64() > Some(made),
        "devices learn that they keep something to let go of"
    );
    // Whoever looks from the approval on sees nothing of it, done or not.
    let told = changes(&mut api, &path).await;
    assert!(!json!(told).to_string().contains("Jansen"));
    let kinds: Vec<&Value> = told.iter().map(|entry| &entry["kind"]).collect();
    assert_eq!(kinds, ["restated", "erased", "erased"]);
    assert_eq!(told[1]["erased"]["ground"], "unlawful");
    let done = carried_out(&mut api, &id).await;
    assert!(done["carriedOutAt"].is_string());
    assert!(!holds_secret(&api));

    let now = api.get(&path).by(TREKKER).send().await.ok().json();
    assert_eq!(now["solution"], "Nachtzorg bellen");
    let then = api.get(&format!("{path}?revision=0")).by(TREKKER).send().await;
    assert_eq!(
        (then.status, then.problem().as_str()),
        (StatusCode::CONFLICT, "revision-erased")
    );
    let events = api.get("/plans/{plan}/events").by(TREKKER).send().await.ok();
    assert!(!events.text.contains("Jansen"));
    let erased = events.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["erased"].is_object())
        .count();
    assert_eq!(erased, 2);
    crate::log::order::prove(api.app.log.as_ref(), PLAN).unwrap();
}

#[tokio::test]
async fn what_is_in_force_and_what_the_plan_rests_on_stays() {
    let mut api = with_colleague().await;
    let path = written(&mut api).await;
    let last = changes(&mut api, &path).await[0]["position"].as_u64().unwrap();
    let head = api.app.log.next_position(PLAN).0;
    let refused = |answer: Answer| (answer.status.as_u16(), answer.problem());
    let ask = ask_erasure(&mut api, TREKKER, &[last]).await;
    assert_eq!(refused(ask), (403, "not-allowed".to_owned()));
    let ask = ask_erasure(&mut api, PROGRAMMATEAM, &[head + 5]).await;
    assert_eq!(refused(ask), (404, "no-such-event".to_owned()));
    let ask = ask_erasure(&mut api, PROGRAMMATEAM, &[0]).await;
    assert_eq!(refused(ask), (422, "erases-identity".to_owned()));
    let ask = ask_erasure(&mut api, PROGRAMMATEAM, &[]).await;
    assert_eq!(refused(ask), (422, "nothing-to-erase".to_owned()));
    let created = position_of(&api, |stream, kind| {
        *stream == Stream::Plan && kind == "plan.created"
    });
    let ask = ask_erasure(&mut api, PROGRAMMATEAM, &[created]).await;
    assert_eq!(refused(ask), (409, "still-in-force".to_owned()));
    let text = position_of(&api, |stream, _| matches!(stream, Stream::Text(..)));
    let ask = ask_erasure(&mut api, PROGRAMMATEAM, &[text]).await;
    assert_eq!(refused(ask), (422, "erases-text".to_owned()));
    let ask = ask_erasure(&mut api, PROGRAMMATEAM, &[last]).await;
    assert_eq!(
        refused(ask),
        (409, "still-in-force".to_owned()),
        "what it said stands now"
    );
    let made = changes(&mut api, &path).await[1]["position"].as_u64().unwrap();
    let asked = ask_erasure(&mut api, PROGRAMMATEAM, &[made]).await.ok().json();
    let id = asked["id"].as_str().unwrap().to_owned();
    let again = ask_erasure(&mut api, COLLEAGUE, &[last]).await;
    assert_eq!(refused(again), (409, "erasure-asked".to_owned()));
    let no_reason = decide(&mut api, COLLEAGUE, &id, json!({ "decision": "decline" })).await;
    assert_eq!(refused(no_reason), (400, "bad-request".to_owned()));
    let body = json!({ "decision": "decline", "reason": "toch niet" });
    let taken_back = decide(&mut api, PROGRAMMATEAM, &id, body).await.ok().json();
    assert_eq!(taken_back["state"], "withdrawn");
    let late = decide(&mut api, COLLEAGUE, &id, json!({ "decision": "approve" })).await;
    assert_eq!(refused(late), (409, "erasure-not-open".to_owned()));
    assert!(holds_secret(&api));
}

/// Signs in by a link that somebody of the programme team makes by the API; answers with the cookie.
async fn let_in(api: &mut Api, by: &str, whom: Caller) -> String {
    let wanted = json!({ "personId": whom.person, "partyId": whom.party });
    let link = api
        .post("/plans/{plan}/sign-in-links")
        .with("cookie", by)
        .json(&wanted);
    let token = json!({ "token": link.send().await.ok().json()["token"] });
    let session = api.post("/session").json(&token).send().await.ok();
    let cookie = session.headers[header::SET_COOKIE].to_str().unwrap();
    cookie.split_once(';').unwrap().0.to_owned()
}

#[tokio::test]
async fn whoever_made_the_link_of_another_is_not_the_second_person() {
    let mut api = with_colleague().await;
    let other = Caller {
        person: STRANGER.person,
        party: PROGRAMMATEAM.party,
    };
    api.grant(other, Role::Programmateam).await;
    let path = written(&mut api).await;
    let made = changes(&mut api, &path).await[1]["position"].as_u64().unwrap();
    let asked = ask_erasure(&mut api, PROGRAMMATEAM, &[made]).await.ok().json();
    let decisions = format!(
        "/plans/{{plan}}/erasures/{}/decisions",
        asked["id"].as_str().unwrap()
    );
    let own = |who| {
        format!(
            "{}={}",
            crate::http::request::SESSION_COOKIE,
            token_of(who).secret()
        )
    };
    let as_colleague = let_in(&mut api, &own(PROGRAMMATEAM), COLLEAGUE).await;
    let as_other = let_in(&mut api, &as_colleague, other).await;
    let approve = json!({ "decision": "approve" });
    for cookie in [&as_colleague, &as_other] {
        let refused = api.post(&decisions).with("cookie", cookie).fresh();
        let refused = refused.json(&approve).send().await;
        let said = (refused.status, refused.problem());
        assert_eq!(
            said,
            (StatusCode::FORBIDDEN, "approver-let-in-by-asker".to_owned())
        );
    }
    assert!(holds_secret(&api));
    let let_in = let_in(&mut api, &own(COLLEAGUE), other).await;
    let approved = api.post(&decisions).with("cookie", &let_in).fresh();
    approved.json(&approve).send().await.ok();
}

#[tokio::test]
async fn whoever_is_let_in_asks_nothing_for_the_one_who_made_the_link() {
    let mut api = with_colleague().await;
    let path = written(&mut api).await;
    let made = changes(&mut api, &path).await[1]["position"].as_u64().unwrap();
    let own = format!(
        "{}={}",
        crate::http::request::SESSION_COOKIE,
        token_of(PROGRAMMATEAM).secret()
    );
    let cookie = let_in(&mut api, &own, COLLEAGUE).await;
    let ask = api.post("/plans/{plan}/erasures").with("cookie", &cookie).fresh();
    let asked = ask.json(&new_erasure(&[made])).send().await.ok().json();
    let id = asked["id"].as_str().unwrap();
    let refused = decide(&mut api, PROGRAMMATEAM, id, json!({ "decision": "approve" })).await;
    assert_eq!(refused.problem(), "approver-let-in-by-asker");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_approvals_at_once_one_decides_and_the_others_hear_so() {
    let mut api = with_colleague().await;
    let path = written(&mut api).await;
    for round in 0..8_u8 {
        // The creation first, then a name that is past.
        let made = changes(&mut api, &path).await;
        let asked = made[made.len() - 1]["position"].as_u64().unwrap();
        let position = if round == 0 {
            asked
        } else {
            renamed(&mut api).await
        };
        let asked = ask_erasure(&mut api, PROGRAMMATEAM, &[position])
            .await
            .ok()
            .json();
        let id = asked["id"].as_str().unwrap();
        let approvals = (0..12_u8).map(|n| {
            let key = CommandId::from_bytes([round, n, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
            let path = format!("/api/v1/plans/{PLAN}/erasures/{id}/decisions");
            let cookie = format!(
                "{}={}",
                crate::http::request::SESSION_COOKIE,
                token_of(COLLEAGUE).secret()
            );
            let request = Request::post(path)
                .header("cookie", cookie)
                .header("idempotency-key", key.to_string())
                .header("content-type", "application/json")
                .body(Body::from(json!({ "decision": "approve" }).to_string()));
            tokio::spawn(router(api.app.clone()).oneshot(request.unwrap()))
        });
        let approvals: Vec<_> = approvals.collect();
        let mut statuses = Vec::new();
        for approval in approvals {
            statuses.push(approval.await.unwrap().unwrap().status().as_u16());
        }
        statuses.sort_unstable();
        let mut expected = vec![409; 12];
        expected[0] = 201;
        assert_eq!(statuses, expected);
    }
}

/// Where a chapter was given a name that it does not have now.
async fn renamed(api: &mut Api) -> u64 {
    let chapter = api.chapter("Nachtzorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let mut positions = Vec::new();
    for title in ["Mevrouw Jansen", "Nachtzorg"] {
        let rename = api.patch(&path).by(PROGRAMMATEAM).fresh().with("if-match", "*");
        rename.json(&json!({ "title": title })).send().await.ok();
        positions.push(api.app.log.next_position(PLAN).0 - 1);
    }
    positions[0]
}

fn position_of(api: &Api, is: impl Fn(&Stream, &str) -> bool) -> u64 {
    let mut envelopes = records(api).into_iter().map(|record| record.envelope);
    let found = envelopes.find(|envelope| is(&envelope.stream, &envelope.kind.name));
    found.unwrap().position.0
}

#[tokio::test]
async fn an_earlier_name_goes_and_the_one_in_force_stays() {
    let mut api = with_colleague().await;
    let chapter = api.chapter("Jansen en de nachtzorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let tag = api.get(&path).by(PROGRAMMATEAM).send().await.ok().etag();
    let rename = |title: &'static str| json!({ "title": title });
    let asked = api.patch(&path).by(PROGRAMMATEAM).fresh().with("if-match", &tag);
    let tag = asked.json(&rename("Mevrouw Jansen")).send().await.ok().etag();
    let renamed = position_of(&api, |_, kind| kind == "chapter.renamed");
    let in_force = ask_erasure(&mut api, PROGRAMMATEAM, &[renamed]).await;
    assert_eq!(in_force.problem(), "still-in-force");
    let asked = api.patch(&path).by(PROGRAMMATEAM).fresh().with("if-match", &tag);
    asked.json(&rename("Nachtzorg")).send().await.ok();
    let asked = ask_erasure(&mut api, PROGRAMMATEAM, &[renamed]).await.ok().json();
    approved_and_done(&mut api, &asked).await;
    let chapter = api.get(&path).by(PROGRAMMATEAM).send().await.ok().json();
    assert_eq!(chapter["title"], "Nachtzorg");
    let told = api
        .get(&format!("{path}/history"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let told = told["items"].as_array().unwrap().clone();
    let renamed = told.iter().filter(|entry| entry["kind"] == "renamed").count();
    let gone = told
        .iter()
        .filter(|entry| entry["erased"]["ground"] == "unlawful")
        .count();
    assert_eq!((renamed, gone), (2, 1), "that it got another title stays known");
}

#[tokio::test]
async fn what_a_start_finds_approved_it_carries_out() {
    let mut api = with_colleague().await;
    let path = written(&mut api).await;
    let made = changes(&mut api, &path).await[1]["position"].as_u64().unwrap();
    let asked = ask_erasure(&mut api, PROGRAMMATEAM, &[made]).await.ok().json();
    let id: schema::ids::ErasureId = asked["id"].as_str().unwrap().parse().unwrap();
    // The power goes between the approval and what follows from it: nobody is woken.
    let approve = schema::domain::erasure::Command::Approve {
        are_past: true,
        let_in_by: BTreeSet::new(),
    };
    api.command(COLLEAGUE, Command::Erasure(id, approve)).await;
    assert!(holds_secret(&api));
    let approved = records(&api);
    let seen = api.app.views.look(PLAN, Clone::clone).unwrap();
    assert_eq!(folded(&approved), seen);
    assert!(
        !format!("{seen:?}").contains("Jansen"),
        "gone from the view before it is gone from the log"
    );
    let parts = erasing::Parts {
        log: api.app.log.clone(),
        views: api.app.views.clone(),
        histories: api.app.histories.clone(),
        core: api.app.core.clone(),
        looked_at: None,
    };
    let _started = Eraser::start(parts);
    carried_out(&mut api, &id.to_string()).await;
    assert!(!holds_secret(&api));
    let erased = records(&api);
    assert_eq!(
        folded(&erased[..approved.len()]),
        seen,
        "with the content or without it"
    );
    let now = api.app.views.look(PLAN, Clone::clone).unwrap();
    assert_eq!(folded(&erased), now);
    let origin = Origin {
        fold: Fold::current(),
        incarnation: api.app.log.incarnation(),
        plan: PLAN,
    };
    let checkpoint = now.moment().facts(origin).encode();
    assert_eq!(Facts::decode(&checkpoint).unwrap().into_view().unwrap(), now);
}

fn records(api: &Api) -> Vec<Record> {
    let log = api.app.log.as_ref();
    let count = usize::try_from(log.next_position(PLAN).0).unwrap();
    let records = crate::log::upkeep::records_from(log, PLAN, schema::ids::Position(0));
    records.take(count).map(Result::unwrap).collect()
}

fn folded(records: &[Record]) -> PlanView {
    let mut view = PlanView::default();
    records.iter().for_each(|record| view.fold(record));
    view
}
