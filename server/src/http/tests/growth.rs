//! A chapter went on in fresh documents; the pages and their API know nothing of it.

use schema::ids::{Generation, Position};
use schema::text::growth::GrowthLimit;

use super::past::{self, rewrite, words, write};
use super::*;

/// Who writes and deletes more than the text needs.
const LIMIT: GrowthLimit = GrowthLimit {
    factor: 2,
    spare_ops: 40,
};

/// Writes and deletes until the chapter goes on in another generation.
async fn outgrow(api: &mut Api, who: Caller, chapter: ChapterId) {
    let (before, _) = api.app.core.copy(PLAN, chapter).await.unwrap();
    let scrap = "gaat weer weg ";
    for _ in 0..3 {
        write(api, who, chapter, scrap).await;
        rewrite(api, who, chapter, (scrap.len() as isize, "")).await;
    }
    for _ in 0..2_000 {
        let (now, _) = api.app.core.copy(PLAN, chapter).await.unwrap();
        if now > before {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the chapter never went on");
}

async fn text(api: &mut Api, path: &str, at: Option<Position>) -> String {
    let at = at.map(|at| format!("?at={at}")).unwrap_or_default();
    let path = format!("{path}/text{at}");
    words(&api.get(&path).by(TREKKER).send().await.ok().json()["document"])
}

async fn blame(api: &mut Api, path: &str) -> Vec<(String, String)> {
    let blame = api.get(&format!("{path}/blame")).by(TREKKER).send().await;
    let blame = blame.ok().json();
    let blocks = blame["blocks"].as_array().unwrap();
    let runs = blocks.iter().flat_map(|block| block["runs"].as_array().unwrap());
    let named = |run: &Value| {
        let name = &run["written"]["actor"]["party"]["name"];
        (
            run["text"].as_str().unwrap().to_owned(),
            name.as_str().unwrap_or("nobody").to_owned(),
        )
    };
    runs.map(named).collect()
}

#[tokio::test]
async fn text_blame_difference_and_restore_look_through_every_generation() {
    let mut api = furnished(empty_growing_to(LIMIT).await).await;
    api.second_writer().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let first = write(&mut api, TREKKER, care, "nachtzorg").await;
    outgrow(&mut api, TREKKER, care).await;
    let second = write(&mut api, OTHER_WRITER, care, "Onze ").await;
    outgrow(&mut api, OTHER_WRITER, care).await;
    let third = rewrite(&mut api, TREKKER, care, (5, "Alle ")).await;
    outgrow(&mut api, TREKKER, care).await;
    let (generation, _) = api.app.core.copy(PLAN, care).await.unwrap();
    assert!(generation >= Generation(4));

    let texts = [
        (Some(first), "nachtzorg"),
        (Some(second), "Onze nachtzorg"),
        (Some(third), "Alle nachtzorg"),
        (None, "Alle nachtzorg"),
    ];
    for (at, wanted) in texts {
        assert_eq!(text(&mut api, &path, at).await, wanted, "{at:?}");
    }
    let (tarik, wim) = ("Partij van Tarik".to_owned(), "Partij van Wim".to_owned());
    let all_his = [("Alle nachtzorg".to_owned(), tarik.clone())];
    assert_eq!(blame(&mut api, &path).await, all_his, "and nothing by the server");

    let difference = format!("{path}/differences?from={first}&to={third}");
    let difference = api.get(&difference).by(TREKKER).send().await.ok().json();
    assert_eq!(
        (
            &difference["insertedCharacters"],
            &difference["deletedCharacters"]
        ),
        (&json!(5), &json!(0))
    );
    let gone = format!("{path}/differences?from={second}&to={third}");
    let gone = api.get(&gone).by(TREKKER).send().await.ok().json();
    let runs = gone["blocks"][0]["runs"].as_array().unwrap();
    let deleted = runs.iter().find(|run| run["change"] == "deleted").unwrap();
    assert_eq!(deleted["text"], "Onze ");
    assert_eq!(
        gone["people"][0]["actor"]["person"]["name"], "Tarik",
        "who deleted it"
    );

    past::offer(&mut api, care).await;
    let back = json!({ "toPosition": second.0, "reason": "toch" });
    let restore = api.post(&format!("{path}/restores")).by(PROGRAMMATEAM).fresh();
    let refused = restore.json(&back).send().await;
    assert_eq!(
        refused.problem(),
        "history-not-offered",
        "a rule of rights, not of generations"
    );
    let offered = api.app.log.next_position(PLAN).0 - 1;
    write(&mut api, PROGRAMMATEAM, care, "Helemaal ").await;
    outgrow(&mut api, PROGRAMMATEAM, care).await;
    let back = json!({ "toPosition": offered, "reason": "toch" });
    let restore = api.post(&format!("{path}/restores")).by(PROGRAMMATEAM).fresh();
    restore.json(&back).send().await.ok();
    assert_eq!(text(&mut api, &path, None).await, "Alle nachtzorg");
    assert_eq!(
        blame(&mut api, &path).await,
        all_his,
        "{wim} deleted nothing of it"
    );
}
