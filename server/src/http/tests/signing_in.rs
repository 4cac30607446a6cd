//! Sessions, cookies and other sites.

use super::*;

#[tokio::test]
async fn a_link_signs_in_once_and_out_again() {
    let mut api = api().await;
    let link = Token::from_random([200; 32]);
    let grantee = Grantee {
        person: TREKKER.person,
        party: TREKKER.party,
    };
    api.app.accounts.invite(grantee, &link, clock::now_ms()).unwrap();
    let body = json!({ "token": link.secret() });
    let signed_in = api.post("/session").json(&body).send().await.ok();
    assert_eq!(signed_in.json()["person"]["name"], "Tarik");
    assert_eq!(signed_in.json()["party"]["name"], "Partij van Tarik");
    let cookie = signed_in.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
    let pair = cookie.split(';').next().unwrap().to_owned();
    let me = api.get("/session").with("cookie", &pair).send().await.ok();
    assert_eq!(me.json()["person"]["id"], TREKKER.person.to_string());
    assert_eq!(
        api.post("/session").json(&body).send().await.problem(),
        "link-not-valid"
    );
    let out = api
        .ask(Method::DELETE, "/api/v1/session")
        .with("cookie", &pair)
        .send()
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(
        out.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(
        api.get("/session").with("cookie", &pair).send().await.problem(),
        "not-signed-in"
    );
}

#[tokio::test]
async fn nobody_without_a_session_reads_or_writes() {
    let mut api = api().await;
    for path in [
        "/session",
        "/plans",
        "/plans/{plan}",
        "/plans/{plan}/events",
        "/plans/{plan}/event-export",
    ] {
        let answer = api.get(path).send().await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "not-signed-in")
        );
    }
    let cookie = format!("schrijftafel_session={}", "0".repeat(64));
    assert_eq!(
        api.get("/plans").with("cookie", &cookie).send().await.problem(),
        "not-signed-in"
    );
    let body = json!({ "title": "Zorg" });
    let answer = api
        .post("/plans/{plan}/chapters")
        .fresh()
        .json(&body)
        .send()
        .await;
    assert_eq!(answer.problem(), "not-signed-in");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_borrow_the_cookie() {
    let mut api = api().await;
    let body = json!({ "title": "Zorg" });
    let path = "/plans/{plan}/chapters";
    let foreign = api
        .post(path)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("host", "plan.example");
    let foreign = foreign
        .with("origin", "https://evil.example")
        .json(&body)
        .send()
        .await;
    assert_eq!(
        (foreign.status, foreign.problem().as_str()),
        (StatusCode::FORBIDDEN, "foreign-origin")
    );
    let own = api
        .post(path)
        .by(PROGRAMMATEAM)
        .fresh()
        .with("host", "plan.example");
    own.with("origin", "https://plan.example")
        .json(&body)
        .send()
        .await
        .ok();
}

#[tokio::test]
async fn a_command_is_done_only_for_whom_the_page_shows() {
    let mut api = api().await;
    let shown = |caller: Caller| format!("{}.{}", caller.person, caller.party);
    let body = json!({ "title": "Zorg" });
    let path = "/plans/{plan}/chapters";
    let other_party = Caller {
        party: TREKKER.party,
        ..PROGRAMMATEAM
    };
    let pages = [
        shown(TREKKER),
        shown(other_party),
        PROGRAMMATEAM.person.to_string(),
        String::new(),
    ];
    for page in pages {
        let command = api.post(path).by(PROGRAMMATEAM).fresh().json(&body);
        let refused = command.with("schrijftafel-acts-as", &page).send().await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::FORBIDDEN, "somebody-else"),
            "{page}"
        );
    }
    let page = shown(PROGRAMMATEAM);
    let command = api.post(path).by(PROGRAMMATEAM).fresh().json(&body);
    command.with("schrijftafel-acts-as", &page).send().await.ok();
    let plan = api.get("/plans/{plan}").by(PROGRAMMATEAM).send().await.ok();
    assert_eq!(plan.json()["chapters"].as_array().map(Vec::len), Some(1));
    // Nobody is signed in: that is what the page must know, whomever it shows.
    let command = api.post(path).fresh().json(&body);
    let refused = command.with("schrijftafel-acts-as", &page).send().await;
    assert_eq!(refused.problem(), "not-signed-in");
}

#[tokio::test]
async fn a_page_does_not_sign_somebody_else_out() {
    let mut api = api().await;
    let sign_out = api.ask(Method::DELETE, "/api/v1/session").by(TREKKER);
    let shown = format!("{}.{}", PROGRAMMATEAM.person, PROGRAMMATEAM.party);
    let refused = sign_out.with("schrijftafel-acts-as", &shown).send().await;
    assert_eq!(refused.problem(), "somebody-else");
    api.get("/session").by(TREKKER).send().await.ok();
}

#[tokio::test]
async fn behind_tls_the_cookie_is_secure() {
    let mut api = api().await;
    api.app.settings = Arc::new(Settings {
        public_origin: Some("https://plan.example".to_owned()),
        ..Settings::default()
    });
    let link = Token::from_random([201; 32]);
    let grantee = Grantee {
        person: TREKKER.person,
        party: TREKKER.party,
    };
    api.app.accounts.invite(grantee, &link, clock::now_ms()).unwrap();
    let signed_in = api
        .post("/session")
        .json(&json!({ "token": link.secret() }))
        .send()
        .await
        .ok();
    assert!(
        signed_in.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("; Secure")
    );
}
