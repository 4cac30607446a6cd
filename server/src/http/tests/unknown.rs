//! Events of a newer program: kept, shown as what they are, exported whole, and never taken for something known.

use schema::ids::{ActorRef, EventId};
use schema::log::{Kind, NewEvent, Stream, Via, Who};

use super::*;
use crate::log::AppendRequest;

async fn append(api: &Api, number: u8, stream: Stream, kind: &str, version: u16) -> schema::ids::Position {
    let event = NewEvent {
        id: EventId::from_bytes([number; 16]),
        stream,
        kind: Kind {
            name: kind.to_owned().into(),
            version,
        },
        who: Who::Actor(ActorRef(schema::ids::Position(0))),
        via: Via::Server,
        causation: None,
        correlation: None,
        payload: br#"{"title":"onverstaanbaar","unheardOf":[1,2]}"#.as_slice().into(),
    };
    let request = AppendRequest {
        plan: PLAN,
        events: vec![event],
        guards: Vec::new(),
    };
    let placed = api.writer.append(request).await.unwrap().placed;
    let position = placed.first().unwrap().position;
    api.app.views.at_least(PLAN, position).await.unwrap();
    position
}

#[tokio::test]
async fn they_are_listed_and_exported_and_change_nothing_known() {
    let mut api = api().await;
    let chapter = api.chapter("Zorg", CARE_TEAM).await;
    let events = [
        (Stream::Plan, "poll.opened", 1),
        (Stream::Plan, "plan.renamed", 99),
        (Stream::Chapter(chapter), "chapter.sketched", 1),
        (
            Stream::Text(chapter, schema::ids::Generation(1)),
            "text.annotated",
            3,
        ),
    ];
    for (number, (stream, kind, version)) in (200..).zip(events) {
        append(&api, number, stream, kind, version).await;
    }
    let plan = api.get("/plans/{plan}").by(PROGRAMMATEAM).send().await.ok();
    assert_eq!(
        plan.json()["title"],
        "Regioplan Waterland",
        "a newer kind of renaming renames nothing"
    );
    let listed = api
        .get("/plans/{plan}/events")
        .by(PROGRAMMATEAM)
        .send()
        .await
        .ok()
        .json();
    let export = api
        .get("/plans/{plan}/event-export")
        .by(PROGRAMMATEAM)
        .send()
        .await
        .ok()
        .text;
    for (_, kind, version) in events {
        let kind = format!("{kind}/{version}");
        let items = listed["items"].as_array().unwrap();
        assert!(
            items.iter().any(|item| item["kind"] == kind.as_str()),
            "{kind} is listed"
        );
        let line = export
            .lines()
            .find(|line| line.contains(&format!("\"nl.schrijftafel.{kind}\"")))
            .unwrap();
        assert!(line.contains("unheardOf") || line.contains("withheld"), "{line}");
    }
}
