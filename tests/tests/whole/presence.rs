//! Fifty people in one chapter, all of them moving: each sees where all others are, and is told no more often than an eye
//! follows.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use schema::limits::PRESENCE_INTERVAL_MS;
use tests::presence::{Movement, move_about};
use tests::served::Served;

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
