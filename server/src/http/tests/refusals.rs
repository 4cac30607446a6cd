//! Whoever may not write is refused with a reason; the refusal is logged, and nothing has changed.

use super::writing::commitment;
use super::*;
use crate::core::refusals::person_text;
use crate::logged::Logged;

#[tokio::test]
async fn whoever_may_not_write_changes_nothing_and_every_try_is_logged() {
    let mut api = api().await;
    let (agreement, tag) = commitment(&mut api).await;
    let care = api.chapter("Wonen", CARE_TEAM).await;
    let chapter = format!("/plans/{{plan}}/chapters/{care}");
    let restore = json!({ "toPosition": 1, "reason": "omdat het kan" });
    let tries = [
        (Method::PATCH, agreement, json!({ "measuredBy": "niemand" })),
        (Method::PATCH, chapter.clone(), json!({ "title": "Van mij" })),
        (Method::POST, format!("{chapter}/restores"), restore),
        (Method::GET, "/plans/{plan}/event-export".to_owned(), Value::Null),
    ];
    let people = [Some(OTHER_WRITER), Some(COALITIE), Some(BESTUURDER), None];
    let before = api.app.log.next_position(PLAN);
    let logged = Logged::start();
    let mut expected = Vec::new();
    for who in people {
        for (method, path, body) in &tries {
            let reads = *method == Method::GET;
            if reads && who.is_some_and(|who| who != BESTUURDER) {
                continue;
            }
            let ask = api.ask(method.clone(), &format!("/api/v1{path}?reason=geheim"));
            let ask = ask.fresh().with("if-match", &tag);
            let ask = if let Some(who) = who { ask.by(who) } else { ask };
            let refused = if reads { ask } else { ask.json(body) }.send().await;
            let status = who.map_or(StatusCode::UNAUTHORIZED, |_| StatusCode::FORBIDDEN);
            assert_eq!(
                refused.status, status,
                "{who:?} {method} {path}: {}",
                refused.text
            );
            let resource = format!("/api/v1{path}").replace("{plan}", &PLAN.to_string());
            let person = person_text(who.map(|who| who.person));
            expected.push([person, method.to_string(), resource, refused.problem()]);
        }
    }
    assert_eq!(logged.refusals(), expected);
    for secret in [
        "geheim",
        "niemand",
        "Van mij",
        "Wim",
        &token_of(COALITIE).secret(),
    ] {
        assert!(!logged.text().contains(secret), "{secret} is in the log");
    }
    assert_eq!(api.app.log.next_position(PLAN), before, "nothing changed");
}

#[tokio::test]
async fn whether_somebody_was_earlier_is_told_only_to_whoever_may() {
    let mut api = api().await;
    let (agreement, tag) = commitment(&mut api).await;
    let care = api.chapter("Wonen", CARE_TEAM).await;
    let tries = [
        (
            Method::PATCH,
            agreement.clone(),
            json!({ "measuredBy": "niemand" }),
            TREKKER,
        ),
        (
            Method::POST,
            format!("{agreement}/restores"),
            json!({ "toRevision": 0, "reason": "omdat het kan" }),
            PROGRAMMATEAM,
        ),
        (
            Method::POST,
            format!("/plans/{{plan}}/chapters/{care}/state-changes"),
            json!({ "to": "reading" }),
            TREKKER,
        ),
    ];
    for (method, path, body, who_may) in &tries {
        for stale in ["\"77\"", "\"of-another-server\""] {
            for (who, status) in [
                (COALITIE, StatusCode::FORBIDDEN),
                (*who_may, StatusCode::PRECONDITION_FAILED),
            ] {
                let ask = api.ask(method.clone(), &format!("/api/v1{path}"));
                let answer = ask
                    .by(who)
                    .fresh()
                    .with("if-match", stale)
                    .json(body)
                    .send()
                    .await;
                assert_eq!(answer.status, status, "{method} {path} {stale}: {}", answer.text);
            }
        }
    }
    let unchanged = api.get(&agreement).by(TREKKER).send().await.ok();
    assert_eq!(unchanged.etag(), tag);
}

#[tokio::test]
async fn what_does_not_exist_is_said_plainly() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    for path in [
        format!("/plans/{{plan}}/chapters/{care}/text?at=99999999"),
        format!("/plans/{{plan}}/chapters/{care}/blame?at=99999999"),
        "/plans/{plan}?after=99999999".to_owned(),
    ] {
        let answer = api.get(&path).by(TREKKER).send().await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "no-such-position"),
            "{path}"
        );
    }
    for path in ["/api", "/api/v1/", "/api/v2/plans"] {
        let answer = api.ask(Method::GET, path).send().await;
        assert_eq!(answer.problem(), "not-found", "{path}");
    }
    let nobody = PersonId::from_bytes([77; 16]);
    let body = json!({ "personId": nobody, "partyId": TREKKER.party, "role": "contactpersoon" });
    let grant = api.post("/plans/{plan}/rights").by(PROGRAMMATEAM).fresh();
    assert_eq!(grant.json(&body).send().await.problem(), "no-such-person");
    let stale = api
        .patch(&format!("/plans/{{plan}}/chapters/{care}"))
        .by(PROGRAMMATEAM)
        .fresh();
    assert!(
        stale
            .json(&json!({ "title": "Zorg\u{202e}" }))
            .send()
            .await
            .ok()
            .text
            .contains("\"Zorg\"")
    );
}
