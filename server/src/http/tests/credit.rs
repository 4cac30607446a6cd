//! Whose words they are: a document's, a person's, or the team's as a whole to those whose history starts at the offer.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ReadDoc};
use schema::ids::Position;
use schema::text::genesis;

use super::past::{edit, offer, write};
use super::*;

/// A chapter with a document's words.
async fn imported(api: &mut Api) -> ChapterId {
    let chapter = crate::import::import(b"# Zorg\n\nUit het document.\n", "zorg.md").unwrap();
    let importer = crate::cli::importer::Importer::new(&api.app, PLAN, PROGRAMMATEAM, b"zorg.md");
    let written = importer
        .chapter(&chapter.chapters[0], Some(CARE_TEAM))
        .await
        .unwrap();
    assert!(!written.was_there);
    written.id
}

#[tokio::test]
async fn imported_words_are_a_documents_and_never_one_session_with_what_people_type() {
    let mut api = api().await;
    let care = imported(&mut api).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let chapter = api.get(&path).by(TREKKER).send().await.ok().json();
    assert_eq!(chapter["lastEdited"]["source"], "document");
    assert_eq!(chapter["lastEdited"]["actor"]["person"]["name"], "Petra");
    write(&mut api, TREKKER, care, "Met de hand. ").await;
    let chapter = api.get(&path).by(TREKKER).send().await.ok().json();
    assert_eq!(chapter["lastEdited"]["source"], "writer");
    let history = api
        .get(&format!("{path}/history"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let told: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let who = item["people"].as_array().unwrap().iter();
            let who: Vec<_> = who
                .map(|of| of["actor"]["person"]["name"].as_str().unwrap())
                .collect();
            (item["kind"].as_str().unwrap(), who)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("work", vec!["Tarik"]),
            ("imported", vec!["Petra"]),
            ("created", vec!["Petra"])
        ]
    );
    let blame = api
        .get(&format!("{path}/blame"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let sources: Vec<_> = blame["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|block| block["runs"].as_array().unwrap())
        .map(|run| {
            (
                run["text"].as_str().unwrap(),
                run["written"]["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        sources,
        [("Met de hand. ", "writer"), ("Uit het document.", "document")]
    );
}

#[tokio::test]
async fn who_puts_back_what_they_took_out_is_told_beside_who_wrote_it() {
    let mut api = api().await;
    api.second_writer().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let written = write(&mut api, TREKKER, care, "nachtzorg").await;
    let taken_and_put_back = |doc: &mut AutoCommit| {
        let text = genesis::text_id();
        let at = doc.length(&text) - 9;
        doc.splice_text(&text, at, 9, "").unwrap();
        doc.commit();
        doc.splice_text(&text, at, 0, "nachtzorg").unwrap();
    };
    let back = edit(&mut api, OTHER_WRITER, care, taken_and_put_back).await;
    let gone = Position(back.0 - 1);
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let name = |of: &Value| of["actor"]["person"]["name"].clone();
    let blame = api.get(&format!("{path}/blame")).by(TREKKER).send().await;
    let run = blame.ok().json()["blocks"][0]["runs"][0].clone();
    assert_eq!(
        (&run["text"], name(&run["written"]), name(&run["restored"])),
        (&json!("nachtzorg"), json!("Tarik"), json!("Wim"))
    );
    let difference = format!("{path}/differences?from={gone}");
    let difference = api.get(&difference).by(TREKKER).send().await.ok().json();
    let run = &difference["blocks"][0]["runs"][0];
    assert_eq!(
        (&run["change"], name(&run["by"]), name(&run["written"])),
        (&json!("inserted"), json!("Wim"), json!("Tarik"))
    );
    // Between these texts Tarik wrote them: that Wim had them away for a moment makes them no less Tarik's work of then.
    for (from, tariks) in [(gone.0, None), (written.0 - 1, Some((json!(9), json!(0))))] {
        let difference = format!("{path}/differences?from={from}");
        let difference = api.get(&difference).by(TREKKER).send().await.ok().json();
        let people = difference["people"].as_array().unwrap();
        let share = |who: &str| {
            let of = people.iter().find(|each| name(each) == json!(who))?;
            Some((of["insertedCharacters"].clone(), of["putBackCharacters"].clone()))
        };
        assert_eq!(
            (share("Wim"), share("Tarik")),
            (Some((json!(9), json!(9))), tariks)
        );
        assert_eq!(difference["insertedCharacters"], 9);
    }
}

#[tokio::test]
async fn each_quote_of_what_went_names_who_wrote_it_where_somebody_else_took_it_out() {
    let mut api = api().await;
    api.second_writer().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "buren helpen ").await;
    write(&mut api, OTHER_WRITER, care, "eten wonen ").await;
    write(&mut api, TREKKER, care, "nachtzorg ").await;
    // "nachtzorg eten wonen buren helpen ": in the next stretch of work a word of each goes.
    let takes = |doc: &mut AutoCommit| {
        let text = genesis::text_id();
        let start = doc.length(&text) - 34;
        for (at, letters) in [(21, 5), (10, 4)] {
            doc.splice_text(&text, start + at, letters, "").unwrap();
        }
    };
    offer(&mut api, care).await;
    edit(&mut api, TREKKER, care, takes).await;
    let path = format!("/plans/{{plan}}/chapters/{care}/history");
    let history = api.get(&path).by(TREKKER).send().await.ok().json();
    let went = &history["items"][0]["deletedWords"];
    let excerpts = went["excerpts"].as_array().unwrap().iter();
    let told: Vec<_> = excerpts
        .map(|excerpt| {
            let writers = excerpt["writtenBy"].as_array().unwrap().iter();
            let writers = writers.map(|of| of["actor"]["person"]["name"].clone());
            (excerpt["words"].clone(), writers.collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(
        told,
        [(json!("eten"), vec![json!("Wim")]), (json!("buren"), vec![])],
        "who took out a word of their own is not told as its writer, however many others lost a word"
    );
}

#[tokio::test]
async fn a_document_that_was_offered_as_it_came_is_a_documents_to_everybody() {
    for types_before in [false, true] {
        let mut api = api().await;
        let care = imported(&mut api).await;
        if types_before {
            write(&mut api, TREKKER, care, "voor ").await;
        }
        offer(&mut api, care).await;
        write(&mut api, TREKKER, care, "na ").await;
        let blame = api.get(&format!("/plans/{{plan}}/chapters/{care}/blame"));
        let blame = blame.by(PROGRAMMATEAM).send().await.ok().json();
        let blocks = blame["blocks"].as_array().unwrap().iter();
        let runs = blocks.flat_map(|block| block["runs"].as_array().unwrap());
        let mut sources: Vec<_> = runs
            .map(|run| run["written"]["source"].as_str().unwrap())
            .collect();
        sources.dedup();
        let before = if types_before { "startText" } else { "document" };
        assert_eq!(
            sources,
            ["writer", before],
            "which words the team added stays its own"
        );
    }
}

#[tokio::test]
async fn an_offer_ends_a_session_of_work() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "voor ").await;
    offer(&mut api, care).await;
    write(&mut api, TREKKER, care, "na ").await;
    let path = format!("/plans/{{plan}}/chapters/{care}/history");
    let inside = api.get(&path).by(TREKKER).send().await.ok().json();
    let kinds: Vec<_> = inside["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].clone())
        .collect();
    assert_eq!(kinds, ["work", "stateChanged", "work", "created"]);
    let outside = api.get(&path).by(COALITIE).send().await.ok().json();
    let first = &outside["items"][0];
    assert_eq!(
        (
            &first["people"][0]["insertedCharacters"],
            &first["insertedWords"]["excerpts"][0]["words"]
        ),
        (&json!(3), &json!("na"))
    );
    let events = api
        .get("/plans/{plan}/events?subject=text")
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    let told: Vec<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["kind"] == "text.changed/1")
        .map(|event| {
            (
                event["withheld"].clone(),
                event["details"]["insertedCharacters"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Value::Null, json!(3)),
            (json!("history-not-offered"), Value::Null)
        ]
    );
}

#[tokio::test]
async fn words_from_before_the_offer_are_nobodys_outside_the_team() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "voor ").await;
    let path = format!("/plans/{{plan}}/chapters/{care}/blame");
    assert_eq!(
        api.get(&path).by(COALITIE).send().await.problem(),
        "history-not-offered"
    );
    offer(&mut api, care).await;
    let offered = api.app.log.next_position(PLAN).0 - 1;
    write(&mut api, TREKKER, care, "na ").await;
    let runs = |blame: &Value| blame["blocks"][0]["runs"].clone();
    let outside = runs(&api.get(&path).by(COALITIE).send().await.ok().json());
    assert_eq!(
        (&outside[0]["text"], &outside[0]["written"]["source"]),
        (&json!("na "), &json!("writer"))
    );
    let before = &outside[1];
    assert_eq!(
        (&before["text"], &before["written"]["source"]),
        (&json!("voor "), &json!("startText"))
    );
    assert_eq!(before["written"]["position"], offered);
    assert_eq!(
        before["written"]["actor"],
        json!({ "person": null, "party": null })
    );
    let inside = runs(&api.get(&path).by(TREKKER).send().await.ok().json());
    assert_eq!(
        inside[0]["text"], "na voor ",
        "inside the team it is one writer's"
    );
}
