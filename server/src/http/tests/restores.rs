//! Where restores are listed: each says what came back, and is told once; and how one is undone.

use schema::richtext::{document, flat};
use schema::text::{genesis, shown};

use super::past::{edit, offer, rewrite, words, write};
use super::*;

/// A chapter of two sections that was offered; answers it and the position of that text.
async fn sections(api: &mut Api) -> (ChapterId, u64) {
    let chapter = api.chapter("Zorg", CARE_TEAM).await;
    let nodes = [
        heading(2, "Wie doet wat"),
        paragraph("De wijkverpleging."),
        heading(2, "Geld"),
        paragraph("Volgt nog."),
    ];
    type_in(api, chapter, &nodes).await;
    offer(api, chapter).await;
    (chapter, last_position(api))
}

fn heading(level: u8, text: &str) -> Value {
    json!({ "type": "heading", "attrs": { "level": level }, "content": [{ "type": "text", "text": text }] })
}

fn paragraph(text: &str) -> Value {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })
}

/// Makes a text these lines, by its writer.
async fn type_in(api: &mut Api, chapter: ChapterId, nodes: &[Value]) {
    let blocks = document::nodes_to_blocks(nodes).unwrap();
    let write = |doc: &mut automerge::AutoCommit| {
        let ops = flat::diff(&shown::of(doc), &blocks);
        flat::apply(doc, &genesis::text_id(), &ops).unwrap();
    };
    edit(api, TREKKER, chapter, write).await;
}

fn last_position(api: &Api) -> u64 {
    api.app.log.next_position(PLAN).0 - 1
}

async fn restore(api: &mut Api, chapter: ChapterId, mut wish: Value) -> Value {
    wish["reason"] = json!("zoals aangeboden");
    let ask = api.post(&format!("/plans/{{plan}}/chapters/{chapter}/restores"));
    let ask = ask.by(PROGRAMMATEAM).fresh().json(&wish);
    ask.send().await.ok().json()
}

async fn read(api: &mut Api, path: &str) -> Value {
    api.get(path).by(TREKKER).send().await.ok().json()
}

/// What is new for the chapter's writer, newest first.
async fn news(api: &mut Api) -> Value {
    read(api, "/plans/{plan}/for-me").await["chapters"][0]["entries"].clone()
}

/// The restores in the plan's history, asked for in some way.
async fn listed(api: &mut Api, query: &str) -> Vec<Value> {
    let events = read(api, &format!("/plans/{{plan}}/events{query}")).await;
    let items = events["items"].as_array().unwrap().iter();
    items.filter(|item| item["via"] == "restore").cloned().collect()
}

#[tokio::test]
async fn a_restored_section_is_named_wherever_restores_are_listed() {
    let mut api = api().await;
    let (chapter, offered) = sections(&mut api).await;
    rewrite(&mut api, TREKKER, chapter, (3, "Niemand")).await;
    restore(&mut api, chapter, json!({ "toPosition": offered, "section": 0 })).await;
    let told = &news(&mut api).await[0];
    assert_eq!(
        (
            &told["kind"],
            &told["sectionTitle"],
            &told["restoredTo"],
            &told["reason"]
        ),
        (
            &json!("restored"),
            &json!("Wie doet wat"),
            &json!(offered),
            &json!("zoals aangeboden")
        )
    );
    let history = read(&mut api, &format!("/plans/{{plan}}/chapters/{chapter}/history")).await;
    assert_eq!(history["items"][0]["sectionTitle"], "Wie doet wat");
    assert_eq!(listed(&mut api, "").await[0]["details"]["title"], "Wie doet wat");
}

#[tokio::test]
async fn a_restored_chapter_is_told_apart_from_a_section() {
    let mut api = api().await;
    let (chapter, offered) = sections(&mut api).await;
    rewrite(&mut api, TREKKER, chapter, (3, "Niemand")).await;
    restore(&mut api, chapter, json!({ "toPosition": offered })).await;
    let told = &news(&mut api).await[0];
    assert_eq!(
        (&told["sectionTitle"], &told["restoredTo"]),
        (&Value::Null, &json!(offered))
    );
}

#[tokio::test]
async fn one_restore_is_one_line_of_the_plans_history_with_what_it_wrote() {
    let mut api = api().await;
    let (chapter, offered) = sections(&mut api).await;
    for word in ["Niemand", "Iemand"] {
        rewrite(&mut api, TREKKER, chapter, (3, word)).await;
        restore(&mut api, chapter, json!({ "toPosition": offered, "section": 0 })).await;
    }
    for query in ["", "?subject=text", "?subject=chapter"] {
        let lines = listed(&mut api, query).await;
        let kinds: Vec<&Value> = lines.iter().map(|line| &line["kind"]).collect();
        assert_eq!(kinds, ["text.restored/1"; 2], "{query}");
        let typed = |line: &Value| {
            let details = &line["details"];
            [&details["insertedCharacters"], &details["deletedCharacters"]]
                .map(|count| count.as_u64().unwrap())
        };
        assert_eq!(
            (typed(&lines[0]), typed(&lines[1])),
            ([3, 6], [3, 7]),
            "newest first: \"Wie\" for what was written over it"
        );
    }
    assert_eq!(listed(&mut api, "?subject=rights").await, Vec::<Value>::new());
}

/// The words of a chapter as its writer reads them.
async fn words_of(api: &mut Api, chapter: ChapterId) -> String {
    words(&read(api, &format!("/plans/{{plan}}/chapters/{chapter}/text")).await["document"])
}

#[tokio::test]
async fn an_undone_restore_leaves_what_was_typed_since() {
    let mut api = api().await;
    let chapter = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, chapter, "Samen. ").await;
    offer(&mut api, chapter).await;
    let offered = api.app.log.next_position(PLAN).0 - 1;
    write(&mut api, TREKKER, chapter, "Niet ").await;
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let made = restore(&mut api, chapter, json!({ "toPosition": offered })).await;
    assert_eq!(words_of(&mut api, chapter).await, "Samen. ");
    write(&mut api, TREKKER, chapter, "Nog ").await;
    let (to, seen) = (&made["beforePosition"], &made["afterPosition"]);
    let preview = format!("{path}/restore-preview?toPosition={to}&seenPosition={seen}");
    let preview = api.get(&preview).by(PROGRAMMATEAM).send().await.ok().json();
    let difference = &preview["difference"];
    assert_eq!(
        (
            &difference["insertedCharacters"],
            &difference["deletedCharacters"]
        ),
        (&json!(5), &json!(0)),
        "the preview takes away nothing that was typed since"
    );
    restore(
        &mut api,
        chapter,
        json!({ "toPosition": to, "seenPosition": seen }),
    )
    .await;
    assert_eq!(words_of(&mut api, chapter).await, "Niet Nog Samen. ");
    let later = api.app.log.next_position(PLAN).0;
    let preview = format!("{path}/restore-preview?toPosition={to}&seenPosition={later}");
    let refused = api.get(&preview).by(PROGRAMMATEAM).send().await;
    assert_eq!(refused.problem(), "no-such-position");
}

#[tokio::test]
async fn what_was_taken_out_or_became_a_heading_since_the_preview_stays_so() {
    let mut api = api().await;
    let (chapter, offered) = sections(&mut api).await;
    let seen = rewrite(&mut api, TREKKER, chapter, (3, "Niemand")).await;
    let [asked, money, later] = [
        heading(2, "Niemand doet wat"),
        heading(2, "Geld"),
        heading(2, "Volgt."),
    ];
    let care = paragraph("De wijkverpleging.");
    let nodes = [asked, care.clone(), money.clone(), later.clone()];
    type_in(&mut api, chapter, &nodes).await;
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let preview = format!(
        "{path}/restore-preview?toPosition={offered}&seenPosition={}",
        seen.0
    );
    let preview = api.get(&preview).by(PROGRAMMATEAM).send().await.ok().json();
    let counts = |difference: &Value| {
        (
            difference["insertedCharacters"].clone(),
            difference["deletedCharacters"].clone(),
        )
    };
    assert_eq!(counts(&preview["difference"]), (json!(3), json!(7)));
    let wish = json!({ "toPosition": offered, "seenPosition": seen });
    restore(&mut api, chapter, wish).await;
    let text = read(&mut api, &format!("{path}/text")).await;
    assert_eq!(
        text["document"]["content"],
        json!([heading(2, "Wie doet wat"), care, money, later])
    );
}

/// Where the restore stands that the newest one is told to have taken back: in what is new, in the chapter's history and
/// in that of the plan. The lists of one line hold nothing of the restore that was taken back.
async fn undone(api: &mut Api, chapter: ChapterId) -> [Value; 3] {
    let history = read(
        api,
        &format!("/plans/{{plan}}/chapters/{chapter}/history?limit=1"),
    )
    .await;
    let listed = listed(api, "?subject=text&limit=1").await;
    let told = [
        &news(api).await[0]["undoes"],
        &history["items"][0]["undoes"],
        &listed[0]["details"]["undoes"],
    ];
    told.map(|undone| undone["position"].clone())
}

/// What to ask for to undo a restore.
fn back(made: &Value) -> Value {
    json!({ "toPosition": made["beforePosition"], "seenPosition": made["afterPosition"] })
}

#[tokio::test]
async fn an_undo_is_told_with_the_restore_that_it_took_back_in_every_list() {
    let mut api = api().await;
    let (chapter, offered) = sections(&mut api).await;
    let (other, of_other) = sections(&mut api).await;
    rewrite(&mut api, TREKKER, chapter, (3, "Niemand")).await;
    rewrite(&mut api, TREKKER, other, (3, "Iemand")).await;
    // Between the text that the first restore changes and that restore another chapter has one of its own.
    restore(&mut api, other, json!({ "toPosition": of_other })).await;
    let section = json!({ "toPosition": offered, "section": 0 });
    let first = restore(&mut api, chapter, section.clone()).await;
    assert_eq!(
        undone(&mut api, chapter).await,
        [Value::Null, Value::Null, Value::Null]
    );
    let undo = restore(&mut api, chapter, back(&first)).await;
    let told = undone(&mut api, chapter).await;
    assert!(
        told.iter().all(|at| *at == first["position"]),
        "{told:?}: {first}"
    );
    let history = read(&mut api, &format!("/plans/{{plan}}/chapters/{chapter}/history")).await;
    let (newest, before) = (&history["items"][0], &history["items"][1]);
    assert_eq!(
        (&newest["undoes"]["at"], &before["undoes"]),
        (&before["endedAt"], &Value::Null)
    );
    let again = restore(&mut api, chapter, back(&undo)).await;
    let told = undone(&mut api, chapter).await;
    assert!(
        told.iter().all(|at| *at == undo["position"]),
        "an undo of an undo: {told:?}"
    );
    rewrite(&mut api, TREKKER, chapter, (3, "Iedereen")).await;
    restore(&mut api, chapter, section).await;
    assert_eq!(
        undone(&mut api, chapter).await,
        [Value::Null, Value::Null, Value::Null],
        "the text that {again} brought back is not the one that it changed"
    );
}

#[tokio::test]
async fn sections_with_the_same_title_are_different_ones_also_after_they_went_and_came_back() {
    let mut api = api().await;
    let chapter = api.chapter("Zorg", CARE_TEAM).await;
    offer(&mut api, chapter).await;
    let text = |of_a: &str, of_b: &str| {
        [
            heading(1, "Opgave A"),
            heading(2, "Wat gaan we doen?"),
            paragraph(of_a),
            heading(1, "Opgave B"),
            heading(2, "Wat gaan we doen?"),
            paragraph(of_b),
        ]
    };
    type_in(&mut api, chapter, &text("Oud.", "Oud.")).await;
    let old = last_position(&api);
    type_in(&mut api, chapter, &text("Oud. Een.", "Oud. Twee.")).await;
    let of_a = restore(&mut api, chapter, json!({ "toPosition": old, "section": 1 })).await;
    let before = &of_a["beforePosition"];
    type_in(&mut api, chapter, &text("Oud.", "Oud. Twee. Drie.")).await;
    restore(&mut api, chapter, json!({ "toPosition": before, "section": 3 })).await;
    assert_eq!(
        undone(&mut api, chapter).await,
        [Value::Null, Value::Null, Value::Null],
        "the restore of A stands"
    );

    let sections = format!("/plans/{{plan}}/chapters/{chapter}/sections");
    let headings = async |api: &mut Api| {
        let items = read(api, &sections).await["items"].clone();
        let items = items.as_array().unwrap().iter();
        items.map(|item| item["heading"].clone()).collect::<Vec<_>>()
    };
    let known = headings(&mut api).await;
    assert_ne!(known[1], known[3]);
    type_in(&mut api, chapter, &[heading(1, "Opgave A")]).await;
    restore(&mut api, chapter, json!({ "toPosition": old })).await;
    assert_eq!(headings(&mut api).await, known, "what came back is what went");
    let history = read(&mut api, &format!("/plans/{{plan}}/chapters/{chapter}/history")).await;
    let told = history["items"].as_array().unwrap().iter();
    let told: Vec<&Value> = told
        .map(|item| &item["sectionHeading"])
        .filter(|at| !at.is_null())
        .collect();
    assert_eq!(told, [&known[3], &known[1]]);
}

#[tokio::test]
async fn readers_of_an_offered_chapter_are_told_that_it_was_restored_since() {
    let mut api = api().await;
    let (chapter, offered) = sections(&mut api).await;
    rewrite(&mut api, TREKKER, chapter, (3, "Niemand")).await;
    let kinds = async |api: &mut Api| {
        let told = api.get("/plans/{plan}/for-me").by(COALITIE).send().await.ok();
        let told = told.json()["chapters"][0].clone();
        let entries = told["entries"].as_array().cloned().unwrap_or_default();
        let kinds = entries
            .iter()
            .map(|entry| (entry["kind"].clone(), entry["state"].clone()));
        kinds.collect::<Vec<_>>()
    };
    let offer = (json!("stateChanged"), json!("reading"));
    assert_eq!(
        kinds(&mut api).await,
        std::slice::from_ref(&offer),
        "what the team goes on writing is no news of theirs"
    );
    restore(&mut api, chapter, json!({ "toPosition": offered })).await;
    let restored = (json!("restored"), Value::Null);
    assert_eq!(kinds(&mut api).await, [restored, offer]);
}
