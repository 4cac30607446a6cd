//! What people see, and what they do not.

use schema::ids::{EventId, Generation};
use schema::log::{Kind, NewEvent, Stream, Via, Who};

use super::past::write;
use super::*;
use crate::log::AppendRequest;

#[tokio::test]
async fn the_outline_has_names_and_says_what_one_may() {
    let mut api = api().await;
    let housing = api.chapter("Wonen", HOME_TEAM).await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let plan = api.get("/plans/{plan}").by(TREKKER).send().await.ok().json();
    assert_eq!(
        (&plan["title"], &plan["region"]),
        (&json!("Regioplan Waterland"), &json!("Waterland"))
    );
    let titles: Vec<_> = plan["chapters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["title"].clone())
        .collect();
    assert_eq!(titles, ["Wonen", "Zorg"]);
    let may = |n: usize| plan["chapters"][n]["mayWrite"].as_bool().unwrap();
    assert!(!may(0) && may(1));
    assert_eq!(plan["chapters"][1]["mayChangeStateTo"], json!(["reading"]));
    assert_eq!(plan["chapters"][1]["team"][0]["person"]["name"], "Tarik");
    let people: Vec<_> = plan["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["name"].clone())
        .collect();
    assert_eq!(people, ["Bert", "Carla", "Petra", "Tarik", "Wim"]);
    assert_eq!(
        (&plan["mayStructure"], &plan["mayCreateCommitments"]),
        (&json!(false), &json!(true))
    );
    assert_ne!(housing, care);
}

#[tokio::test]
async fn a_plan_is_for_those_with_a_role_in_it() {
    let mut api = api().await;
    assert_eq!(
        api.get("/plans").by(STRANGER).send().await.ok().json(),
        json!({ "items": [] })
    );
    let refused = api.get("/plans/{plan}").by(STRANGER).send().await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::FORBIDDEN, "not-in-plan")
    );
    let plans = api.get("/plans").by(COALITIE).send().await.ok().json();
    assert_eq!(plans["items"][0]["id"], PLAN.to_string());
    let nowhere = api
        .get(&format!("/plans/{}", PlanId::from_bytes([9; 16])))
        .by(COALITIE)
        .send()
        .await;
    assert_eq!(
        (nowhere.status, nowhere.problem().as_str()),
        (StatusCode::NOT_FOUND, "no-such-plan")
    );
}

#[tokio::test]
async fn what_is_not_understood_is_named() {
    let mut api = api().await;
    let bad = |answer: Answer| (answer.status.as_u16(), answer.problem());
    assert_eq!(
        bad(api.get("/plans/een").by(COALITIE).send().await),
        (400, "bad-request".into())
    );
    assert_eq!(bad(api.get("/nergens").send().await), (404, "not-found".into()));
    assert_eq!(
        bad(api.ask(Method::PUT, "/api/v1/plans").send().await),
        (405, "method-not-allowed".into())
    );
    for query in ["limit=0", "limit=201", "from=gisteren", "personId=x", "before=-1"] {
        let path = format!("/plans/{{plan}}/events?{query}");
        assert_eq!(
            bad(api.get(&path).by(COALITIE).send().await),
            (400, "bad-request".into()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn events_are_paged_and_filtered() {
    let mut api = api().await;
    api.chapter("Zorg", CARE_TEAM).await;
    let mut seen = Vec::new();
    let mut path = "/plans/{plan}/events?limit=3".to_owned();
    loop {
        let page = api.get(&path).by(COALITIE).send().await.ok().json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|of| of["position"].as_u64().unwrap()));
        let Some(next) = page["next"].as_u64() else { break };
        path = format!("/plans/{{plan}}/events?limit=3&before={next}");
    }
    assert!(seen.len() > 10 && seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    let rights = api
        .get("/plans/{plan}/events?subject=rights")
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    let first = &rights["items"][0];
    assert_eq!(
        (&first["kind"], &first["details"]["role"]),
        (&json!("rights.granted/1"), &json!("bestuurder"))
    );
    assert_eq!(first["details"]["person"]["name"], "Bert");
    assert_eq!(first["actor"]["person"]["name"], "Petra");
    let path = format!("/plans/{{plan}}/events?personId={}", COALITIE.person);
    assert_eq!(
        api.get(&path).by(COALITIE).send().await.ok().json()["items"],
        json!([])
    );
    let path = "/plans/{plan}/events?from=2100-01-01T00:00:00Z";
    assert_eq!(
        api.get(path).by(COALITIE).send().await.ok().json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_bestuurder_sees_the_events_of_the_own_party_only() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let mine = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [BESTUURDER.party] });
    let other = json!({ "title": "Iets anders", "chapterId": care });
    for body in [&mine, &other] {
        api.post("/plans/{plan}/commitments")
            .by(TREKKER)
            .fresh()
            .json(body)
            .send()
            .await
            .ok();
    }
    let events = api
        .get("/plans/{plan}/events")
        .by(BESTUURDER)
        .send()
        .await
        .ok()
        .json();
    let titles: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["subject"]["title"].clone())
        .collect();
    assert_eq!(titles, ["Nachtzorg"]);
    let register = api
        .get("/plans/{plan}/commitments")
        .by(BESTUURDER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(register["items"].as_array().unwrap().len(), 1);
    let export = api.get("/plans/{plan}/event-export").by(BESTUURDER).send().await;
    assert_eq!(export.problem(), "not-allowed");
}

/// What an outsider finds in an export.
fn verified(text: &str) -> schema::export::Report {
    let taker = |_| Ok::<_, std::convert::Infallible>(());
    crate::export::checking::check(text.as_bytes(), schema::export::Trusted::default(), taker).unwrap()
}

#[tokio::test]
async fn a_filtered_export_proves_itself_too() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care });
    let create = api.post("/plans/{plan}/commitments").by(TREKKER).fresh();
    create.json(&body).send().await.ok();
    let path = "/plans/{plan}/event-export?subject=commitment";
    let report = verified(&api.get(path).by(COALITIE).send().await.ok().text);
    let size = api.app.log.next_position(PLAN).0;
    assert_eq!(report.head.size, size);
    assert!(report.counts.left_out > 0 && report.counts.shown < size);
    assert_eq!(report.header.filter.as_ref().unwrap()["subject"], "commitment");
    assert_eq!(report.replay.state.commitments.len(), 1);
    let summary = schema::export::Summary::of(&report);
    let party = report.replay.state.plan.as_ref().unwrap().parties[&TREKKER.party]
        .name
        .clone();
    assert_eq!(
        summary.names[&care.to_string()].to_string(),
        "Zorg",
        "a chapter has its name"
    );
    assert_eq!(summary.names[&TREKKER.party.to_string()], party, "a party too");
    assert_eq!(summary.register[0].changes[0].party_name, Some(party));
    let rights = report.replay.state.rights.people().count();
    assert_eq!(rights, 0, "what was not asked for and gives no name is left out");
}

#[tokio::test]
async fn the_export_holds_every_event_and_no_name() {
    let mut api = api().await;
    api.chapter("Zorg", CARE_TEAM).await;
    let export = api
        .get("/plans/{plan}/event-export")
        .by(COALITIE)
        .send()
        .await
        .ok();
    assert_eq!(export.headers[header::CONTENT_TYPE], "application/jsonl");
    let report = verified(&export.text);
    assert_eq!(report.counts.shown, api.app.log.next_position(PLAN).0);
    assert!(report.is_whole());
    assert!(!export.text.contains("Petra"), "names are not in the log");
    let created = export
        .text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["type"] == "nl.schrijftafel.chapter.created/1")
        .unwrap();
    assert_eq!(created["data"]["title"], "Zorg");
    assert_eq!(created["personid"], PROGRAMMATEAM.person.to_string());
}

/// A letter of the trekker, straight into the log.
pub(super) async fn type_a_letter(api: &Api, chapter: ChapterId, n: u8) {
    let writer = |view: &crate::views::PlanView| {
        view.actors
            .iter()
            .find(|(_, bound)| bound.caller() == Some(TREKKER))
            .map(|(actor, _)| actor)
    };
    let actor = api
        .app
        .views
        .look(PLAN, writer)
        .flatten()
        .expect("the trekker has acted");
    let event = NewEvent {
        id: EventId::from_bytes([n; 16]),
        stream: Stream::Text(chapter, Generation(1)),
        kind: Kind::new("text.changed", 1),
        who: Who::Actor(actor),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: Arc::from(*b"a letter"),
    };
    let request = AppendRequest {
        plan: PLAN,
        events: vec![event],
        guards: Vec::new(),
    };
    let placed = api.writer.append(request).await.unwrap().placed;
    api.app.views.at_least(PLAN, placed[0].position).await.unwrap();
}

#[tokio::test]
async fn text_before_the_offer_is_withheld_from_an_export_outside_the_team() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care });
    api.post("/plans/{plan}/commitments")
        .by(TREKKER)
        .fresh()
        .json(&body)
        .send()
        .await
        .ok();
    type_a_letter(&api, care, 101).await;
    let chapter = format!("/plans/{{plan}}/chapters/{care}");
    let tag = api.get(&chapter).by(TREKKER).send().await.ok().etag();
    let offer = api
        .post(&format!("{chapter}/state-changes"))
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag);
    offer.json(&json!({ "to": "reading" })).send().await.ok();
    type_a_letter(&api, care, 102).await;
    let withheld = |text: &str| {
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let letters = lines.filter(|line| line["type"] == "nl.schrijftafel.text.changed/1");
        letters
            .map(|line| line.get("withheld").is_some())
            .collect::<Vec<_>>()
    };
    let path = "/plans/{plan}/event-export";
    assert_eq!(
        withheld(&api.get(path).by(COALITIE).send().await.ok().text),
        [true, false]
    );
    assert_eq!(
        withheld(&api.get(path).by(TREKKER).send().await.ok().text),
        [false, false]
    );
}

#[tokio::test]
async fn what_others_changed_is_told_to_the_party() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [COALITIE.party] });
    api.post("/plans/{plan}/commitments")
        .by(TREKKER)
        .fresh()
        .json(&body)
        .send()
        .await
        .ok();
    let told = api
        .get("/plans/{plan}/for-me")
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(told["commitments"][0]["title"], "Nachtzorg");
    assert_eq!(
        told["commitments"][0]["change"]["actor"]["person"]["name"],
        "Tarik"
    );
    let own = api
        .get("/plans/{plan}/for-me")
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(own["commitments"], json!([]), "one's own changes are no news");
    assert_eq!(own["chapters"][0]["entries"][0]["kind"], "created");
    let later = "/plans/{plan}/for-me?since=2100-01-01T00:00:00Z";
    assert_eq!(
        api.get(later).by(COALITIE).send().await.ok().json()["commitments"],
        json!([])
    );
}

/// The chapters of which somebody is told news, and what the newest of it made of each.
async fn chapters_told(api: &mut Api, who: Caller) -> Vec<(Value, Value)> {
    let told = api.get("/plans/{plan}/for-me").by(who).send().await.ok().json();
    let told = told["chapters"].as_array().unwrap().iter();
    told.map(|of| (of["title"].clone(), of["entries"][0]["state"].clone()))
        .collect()
}

#[tokio::test]
async fn who_is_in_no_team_is_told_what_stands_ready_for_them_and_of_nothing_else() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    write(&mut api, TREKKER, care, "Onze nachtzorg").await;
    let readers = [COALITIE, OTHER_WRITER, BESTUURDER];
    for who in readers {
        let told = chapters_told(&mut api, who).await;
        assert!(told.is_empty(), "nothing was offered: {told:?}");
    }
    let steps = [
        (TREKKER, json!({ "to": "reading" })),
        (PROGRAMMATEAM, json!({ "to": "frozen", "reason": "aanlevering" })),
        (
            PROGRAMMATEAM,
            json!({ "to": "drafting", "reason": "toch niet af" }),
        ),
        (TREKKER, json!({ "to": "reading" })),
    ];
    for (by, change) in steps {
        let tag = api.get(&path).by(by).send().await.ok().etag();
        let ask = api.post(&format!("{path}/state-changes")).by(by).fresh();
        ask.with("if-match", &tag).json(&change).send().await.ok();
        for who in readers {
            let may_read = api.get(&format!("{path}/text")).by(who).send().await.status == StatusCode::OK;
            let stands = may_read && change["to"] != "drafting";
            let told = stands.then(|| (json!("Zorg"), change["to"].clone()));
            assert_eq!(
                chapters_told(&mut api, who).await,
                Vec::from_iter(told),
                "{change}"
            );
        }
    }
    assert_eq!(
        api.get(&format!("{path}/text"))
            .by(BESTUURDER)
            .send()
            .await
            .problem(),
        "not-allowed"
    );
}

#[tokio::test]
async fn a_server_says_how_it_is() {
    let mut api = api().await;
    assert_eq!(
        api.ask(Method::GET, "/healthz").send().await.status,
        StatusCode::OK
    );
    assert_eq!(
        api.ask(Method::GET, "/readyz").send().await.status,
        StatusCode::OK
    );
}

/// Reads the export's lines and asks which kinds have their content withheld.
fn withheld(export: &str) -> BTreeSet<String> {
    let lines = export
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line.get("withheld").is_some())
        .map(|line| {
            let kind = line["type"].as_str().unwrap();
            kind.trim_start_matches("nl.schrijftafel.").to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_body_member_learns_through_audit_no_more_than_by_reading() {
    let mut api = api().await;
    let member = STRANGER;
    let party = Party {
        name: line("Gemeente Sloten"),
        sector: line("gemeente"),
    };
    let id = member.party;
    api.command(
        PROGRAMMATEAM,
        Command::Plan(plan::Command::AddParty { id, party }),
    )
    .await;
    api.grant(member, Role::BodyMember { body: line("BOSD") }).await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care });
    api.post("/plans/{plan}/commitments")
        .by(TREKKER)
        .fresh()
        .json(&body)
        .send()
        .await
        .ok();
    type_a_letter(&api, care, 101).await;
    let export = api
        .get("/plans/{plan}/event-export")
        .by(member)
        .send()
        .await
        .ok()
        .text;
    assert!(
        !export.contains("Nachtzorg") && !export.contains("brief"),
        "{export}"
    );
    let kinds = withheld(&export);
    for kind in ["commitment.created/1", "rights.granted/1", "text.changed/1"] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
    assert!(!kinds.contains("chapter.created/1"), "titles are the outline");
    let events = api.get("/plans/{plan}/events").by(member).send().await.ok().text;
    assert!(
        events.contains("commitment.created/1") && !events.contains("Nachtzorg"),
        "{events}"
    );
    let whole = api
        .get("/plans/{plan}/event-export")
        .by(TREKKER)
        .send()
        .await
        .ok()
        .text;
    assert!(withheld(&whole).is_empty() && whole.contains("Nachtzorg"));
}

#[tokio::test]
async fn mandates_are_for_those_who_make_the_plan_and_for_the_own_party() {
    let mut api = api().await;
    let mandates = |rights: &Value| {
        let items = rights["items"].as_array().unwrap().iter();
        items.filter(|right| !right["mandate"].is_null()).count()
    };
    let seen = api
        .get("/plans/{plan}/rights")
        .by(BESTUURDER)
        .send()
        .await
        .ok()
        .json();
    let parties: BTreeSet<_> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|right| right["party"]["id"].to_string())
        .collect();
    assert_eq!(parties.len(), 1, "a party is told of its own people");
    assert_eq!(mandates(&seen), 0);
    let seen = api
        .get("/plans/{plan}/rights")
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(mandates(&seen), 1);
}
