//! Who was away learns which of their words a restore took: theirs alone, and only what did not come back.

use super::past::{offer, write};
use super::*;

/// What somebody is told: of each restore who did it, how many words went and which.
async fn told(api: &mut Api, who: Caller, chapter: ChapterId) -> Vec<(String, u64, Vec<String>)> {
    let items = answer(api, who, chapter).await["items"].clone();
    let told = items.as_array().unwrap().iter().map(|item| {
        let excerpts = item["words"]["excerpts"].as_array().unwrap().iter();
        let by = &item["restore"]["people"][0]["actor"]["person"]["name"];
        (
            by.as_str().unwrap().to_owned(),
            item["count"].as_u64().unwrap(),
            excerpts
                .map(|excerpt| excerpt["words"].as_str().unwrap().to_owned())
                .collect(),
        )
    });
    told.collect()
}

async fn answer(api: &mut Api, who: Caller, chapter: ChapterId) -> Value {
    let path = format!("/plans/{{plan}}/chapters/{chapter}/taken-words");
    let answer = api.get(&path).by(who).send().await.ok().json();
    let faults = contract::faults(api, "TakenWords", &answer, &path).await;
    assert!(faults.is_empty(), "{faults:#?}");
    answer
}

async fn restore(api: &mut Api, chapter: ChapterId, to: &Value, seen: &Value) -> Value {
    let mut wish = json!({ "toPosition": to, "reason": "zoals aangeboden" });
    if !seen.is_null() {
        wish["seenPosition"] = seen.clone();
    }
    let ask = api.post(&format!("/plans/{{plan}}/chapters/{chapter}/restores"));
    let ask = ask.by(PROGRAMMATEAM).fresh().json(&wish);
    ask.send().await.ok().json()
}

/// A chapter that was offered, and where; after that both of its writers wrote on.
async fn written_on(api: &mut Api) -> (ChapterId, Value) {
    api.second_writer().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(api, TREKKER, care, "nachtzorg ").await;
    offer(api, care).await;
    let offered = api.app.log.next_position(PLAN).0 - 1;
    write(api, OTHER_WRITER, care, "samen thuis ").await;
    write(api, TREKKER, care, "Voorop: ").await;
    (care, json!(offered))
}

#[tokio::test]
async fn each_writer_is_told_of_their_own_words() {
    let mut api = api().await;
    let (care, offered) = written_on(&mut api).await;
    assert_eq!(told(&mut api, TREKKER, care).await, []);
    restore(&mut api, care, &offered, &Value::Null).await;
    let words = |count, words: &str| vec![("Petra".to_owned(), count, vec![words.to_owned()])];
    assert_eq!(told(&mut api, TREKKER, care).await, words(1, "Voorop:"));
    assert_eq!(told(&mut api, OTHER_WRITER, care).await, words(2, "samen thuis"));
    assert_eq!(
        told(&mut api, PROGRAMMATEAM, care).await,
        [],
        "nothing of theirs went"
    );
}

#[tokio::test]
async fn it_is_said_where_one_wrote_last() {
    let mut api = api().await;
    let (care, offered) = written_on(&mut api).await;
    let nothing = answer(&mut api, TREKKER, care).await;
    assert_eq!(
        nothing["lastWrote"],
        Value::Null,
        "a chapter that was never restored"
    );
    let before = api.app.log.next_position(PLAN).0 - 1;
    let made = restore(&mut api, care, &offered, &Value::Null).await;
    let away = answer(&mut api, TREKKER, care).await;
    assert_eq!(away["lastWrote"], json!(before));
    assert_eq!(away["items"][0]["restore"]["toPosition"], made["afterPosition"]);
    let since = write(&mut api, TREKKER, care, "Nu ").await;
    assert_eq!(answer(&mut api, TREKKER, care).await["lastWrote"], json!(since));
}

#[tokio::test]
async fn words_that_came_back_did_not_go() {
    let mut api = api().await;
    let (care, offered) = written_on(&mut api).await;
    let made = restore(&mut api, care, &offered, &Value::Null).await;
    restore(&mut api, care, &made["beforePosition"], &made["afterPosition"]).await;
    assert_eq!(told(&mut api, TREKKER, care).await, []);
}

#[tokio::test]
async fn who_may_not_read_the_history_is_told_nothing() {
    let mut api = api().await;
    let home = api.chapter("Wonen", HOME_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{home}/taken-words");
    let refused = api.get(&path).by(COALITIE).send().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = api.get(&path).send().await;
    assert_eq!(refused.problem(), "not-signed-in");
}
