//! Fifty people in one chapter, all of them moving: each sees where all others are, and is told no more often than an eye
//! follows.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use schema::limits::PRESENCE_INTERVAL_MS;
use serde_json::json;
use tests::presence::{Movement, move_about};
use tests::served::{COALITION, PROGRAMME, SECOND_WRITER, Served, WRITER};

const PEOPLE: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_people_see_each_other_and_are_told_ten_times_a_second_at_most() {
    let server = Served::process(Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let how = Movement {
        people: PEOPLE,
        pause: Duration::from_millis(20),
        time: Duration::from_secs(3),
    };
    let seen = move_about(&server, key, how).await.unwrap();
    let moves: Vec<u64> = seen.iter().map(|one| one.moves).collect();
    let names: BTreeSet<_> = seen
        .iter()
        .flat_map(|one| one.places.values())
        .map(|at| (&at.name, &at.party))
        .collect();
    assert_eq!(
        names.len(),
        2,
        "rule V1: two writers of two parties, by the names the server knows: {names:?}"
    );
    assert!(
        names
            .iter()
            .all(|(name, party)| !name.is_empty() && !party.is_empty())
    );
    for (number, one) in seen.iter().enumerate() {
        let there: BTreeSet<_> = one.places.values().map(|place| place.moved).collect();
        let others = (0..PEOPLE).filter(|other| *other != number);
        let expected: BTreeSet<_> = others.map(|other| (other, moves[other])).collect();
        assert_eq!(
            there, expected,
            "rule V1: where everybody ended, as {number} sees it"
        );
        let rounds = how.time.as_millis() / u128::from(PRESENCE_INTERVAL_MS) + 2;
        let told_max = (PEOPLE - 1) * usize::try_from(rounds).unwrap();
        assert!(
            one.told <= told_max,
            "rule V1: {number} was told {} times",
            one.told
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outline_says_who_is_where_to_whoever_may_open_that_chapter() {
    let server = Served::process(Path::new(env!("CARGO_BIN_EXE_schrijftafel_under_test"))).unwrap();
    let key = server.empty_chapter().await.unwrap();
    let second = server.sign_in(SECOND_WRITER).await.unwrap();
    let there = server.client(key, Some(&second), 7).await.unwrap();
    let also_there = server.client(key, Some(&second), 8).await.unwrap();
    for who in [WRITER, COALITION, PROGRAMME] {
        let cookie = server.sign_in(who).await.unwrap();
        let chapter = server
            .get(&cookie, &format!("/chapters/{}", key.1))
            .await
            .unwrap();
        let told = server.get(&cookie, "/presence").await.unwrap();
        let items = told["items"].as_array().unwrap();
        assert_eq!(chapter["mayOpenText"] == true, items.len() == 1, "{who}: {told}");
        for item in items {
            assert_eq!(item["chapterId"], key.1.to_string());
            let people = item["people"].as_array().unwrap();
            assert_eq!(people.len(), 1, "once, on two devices: {told}");
            assert_ne!(people[0]["person"]["name"], "");
            assert_ne!(people[0]["party"]["name"], "");
        }
    }
    drop((there, also_there));
    let programme = server.sign_in(PROGRAMME).await.unwrap();
    let nobody = || async { server.get(&programme, "/presence").await.unwrap()["items"] == json!([]) };
    while !nobody().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
