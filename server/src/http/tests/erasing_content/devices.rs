//! Which devices let go of erased text, as the programme team sees it.

use schema::ids::{DeviceId, Generation, PageSessionId};
use schema::wire::{self, ClientFrame, ServerFrame};

use super::texts::{ask_text, named_in_text};
use super::*;
use crate::core::{Speaks, Visitor};
use crate::shell::connection::Connection;

/// A connection of somebody's device, greeted, with the chapter opened on it.
async fn device_of(api: &Api, who: Caller, number: u8, chapter: ChapterId) -> Connection {
    let visitor = Visitor {
        caller: Some(who),
        name: String::new(),
        party_name: String::new(),
        sign_in: None,
        program: None,
        speaks: Speaks::Native,
    };
    let mut connection = api.app.core.connect(visitor).await;
    let hello = ClientFrame::Hello {
        versions: vec![1],
        device: DeviceId::from_bytes([number; 16]),
        page: PageSessionId::from_bytes([number; 16]),
    };
    let open = ClientFrame::Open {
        request: 1,
        plan: PLAN,
        chapter,
        have: None,
    };
    for frame in [hello, open] {
        connection.received(wire::encode(&frame)).await;
    }
    while !matches!(next(&mut connection).await, ServerFrame::Opened { .. }) {}
    connection
}

async fn next(connection: &mut Connection) -> ServerFrame {
    let frame = connection.frames.recv().await.expect("the connection goes on");
    wire::decode_server(&frame).unwrap()
}

async fn text_of(api: &mut Api, id: &str) -> Value {
    let asked = api
        .get(&format!("/plans/{{plan}}/erasures/{id}"))
        .by(PROGRAMMATEAM);
    asked.send().await.ok().json()["text"].clone()
}

#[tokio::test]
async fn the_programme_team_sees_which_devices_did_not_let_go_of_erased_text() {
    let mut api = with_colleague().await;
    let (chapter, _) = named_in_text(&mut api).await;
    let mut first = device_of(&api, TREKKER, 31, chapter).await;
    let _second = device_of(&api, PROGRAMMATEAM, 32, chapter).await;
    let asked = ask_text(&mut api, chapter).await.ok().json();
    let id = asked["id"].as_str().unwrap().to_owned();
    let chapter_made = asked["text"]["closedFrom"].as_str().unwrap().to_owned();
    assert_eq!(
        (&asked["text"]["closedTo"], &asked["text"]["devices"]),
        (&Value::Null, &Value::Null),
        "nothing is closed before somebody else approves"
    );
    decide(&mut api, COLLEAGUE, &id, json!({ "decision": "approve" }))
        .await
        .ok();
    carried_out(&mut api, &id).await;
    let text = text_of(&mut api, &id).await;
    assert_eq!(text["closedFrom"], chapter_made);
    assert!(text["closedTo"].as_str().unwrap() >= chapter_made.as_str());
    assert_eq!(text["devices"]["confirmed"], 0);
    let unconfirmed = text["devices"]["unconfirmed"].as_array().unwrap();
    let who: BTreeSet<&str> = unconfirmed
        .iter()
        .map(|device| device["person"]["name"].as_str().unwrap())
        .collect();
    let of = |caller: Caller| api.app.accounts.person(caller.person).unwrap().name.to_string();
    assert_eq!(
        who,
        BTreeSet::from([of(TREKKER).as_str(), of(PROGRAMMATEAM).as_str()])
    );
    assert!(unconfirmed[0]["party"]["name"].is_string() && unconfirmed[0]["lastSeenAt"].is_string());

    let wiped = ClientFrame::Wiped {
        plan: PLAN,
        chapter,
        before: Generation(2),
    };
    first.received(wire::encode(&wiped)).await;
    first
        .received(wire::encode(&ClientFrame::Ping { token: 9 }))
        .await;
    while !matches!(next(&mut first).await, ServerFrame::Pong { token: 9 }) {}
    let devices = text_of(&mut api, &id).await["devices"].clone();
    assert_eq!(devices["confirmed"], 1, "rule N5");
    assert_eq!(
        devices["unconfirmed"][0]["person"]["id"],
        json!(PROGRAMMATEAM.person)
    );

    api.app.accounts.forget_person(PROGRAMMATEAM.person).unwrap();
    let list = api
        .get("/plans/{plan}/erasures")
        .by(COLLEAGUE)
        .send()
        .await
        .ok()
        .json();
    let device = &list["items"][0]["text"]["devices"]["unconfirmed"][0];
    assert_eq!(
        device["person"],
        Value::Null,
        "the device is waited for, of nobody"
    );
    assert_eq!(device["party"]["id"], json!(PROGRAMMATEAM.party));
    let refused = api.get("/plans/{plan}/erasures").by(TREKKER).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_second_erasure_closes_what_came_after_the_first() {
    let mut api = with_colleague().await;
    let (chapter, _) = named_in_text(&mut api).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        write(&mut api, TREKKER, chapter, "nog ").await;
        let asked = ask_text(&mut api, chapter).await.ok().json();
        let id = approved_and_done(&mut api, &asked).await;
        ids.push(id);
    }
    let (first, second) = (text_of(&mut api, &ids[0]).await, text_of(&mut api, &ids[1]).await);
    assert_eq!(first["closedTo"], second["closedFrom"]);
    assert!(first["closedFrom"].as_str() <= first["closedTo"].as_str());
    let late = device_of(&api, TREKKER, 33, chapter).await;
    let devices = text_of(&mut api, &ids[1]).await["devices"].clone();
    assert_eq!(
        devices,
        json!({ "confirmed": 0, "unconfirmed": [] }),
        "it came after"
    );
    drop(late);
}
