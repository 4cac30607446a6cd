//! Whose an actor of a text is: told to those who receive the text with its actors, and to nobody else.

use schema::ids::BoundActor;

use super::past::write;
use super::*;

/// The actor of the last words that were written.
fn last_actor(api: &Api) -> BoundActor {
    BoundActor::from_bytes([api.next_key; 16])
}

fn path(chapter: ChapterId, actors: &[BoundActor]) -> String {
    let actors: Vec<String> = actors.iter().map(ToString::to_string).collect();
    format!(
        "/plans/{{plan}}/chapters/{chapter}/writers?actors={}",
        actors.join(",")
    )
}

#[tokio::test]
async fn an_actor_is_told_to_be_who_the_server_bound_it_to() {
    let mut api = api().await;
    api.second_writer().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "nachtzorg").await;
    let own = last_actor(&api);
    write(&mut api, OTHER_WRITER, care, "Onze ").await;
    let others = last_actor(&api);
    let nobodys = BoundActor::from_bytes([250; 16]);
    let asked = path(care, &[own, others, nobodys]);
    let told = api.get(&asked).by(TREKKER).send().await.ok().json();
    let faults = contract::faults(&mut api, "WriterList", &told, &asked).await;
    assert!(faults.is_empty(), "{faults:#?}");
    let mut items: Vec<_> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["textActor"].as_str().unwrap().to_owned(),
                item["actor"]["person"]["name"].as_str().unwrap().to_owned(),
                item["actor"]["party"]["name"].as_str().unwrap().to_owned(),
                item["isYou"].as_bool().unwrap(),
            )
        })
        .collect();
    items.sort();
    let named = |actor: BoundActor, name: &str, is_you| {
        (
            actor.to_string(),
            name.to_owned(),
            format!("Partij van {name}"),
            is_you,
        )
    };
    assert_eq!(items, [named(own, "Tarik", true), named(others, "Wim", false)]);
}

#[tokio::test]
async fn who_does_not_receive_the_text_is_told_nothing() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let home = api.chapter("Wonen", HOME_TEAM).await;
    write(&mut api, TREKKER, care, "nachtzorg").await;
    let actor = last_actor(&api);
    let refused = api.get(&path(care, &[actor])).by(COALITIE).send().await;
    assert_eq!(refused.problem(), "live-text-withheld");
    let refused = api.get(&path(care, &[actor])).send().await;
    assert_eq!(refused.problem(), "not-signed-in");
    let elsewhere = api.get(&path(home, &[actor])).by(OTHER_WRITER).send().await;
    assert!(!elsewhere.text.contains("Tarik"), "it wrote in another chapter");
}

#[tokio::test]
async fn a_list_that_is_none_or_too_long_is_refused() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let many: Vec<BoundActor> = (0..=64).map(|n| BoundActor::from_bytes([n; 16])).collect();
    for asked in [path(care, &[]), path(care, &many), path(care, &[]) + "geen-id"] {
        let refused = api.get(&asked).by(TREKKER).send().await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::BAD_REQUEST, "bad-request"),
            "{asked}"
        );
    }
}
