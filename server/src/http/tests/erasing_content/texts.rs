//! The earlier text of a chapter, asked to be erased and gone.

use super::*;
use crate::log::gated::GatedLog;

/// A chapter in which a name was typed, taken out, brought back and taken out again; with a position at which it was
/// there.
pub async fn named_in_text(api: &mut Api) -> (ChapterId, u64) {
    let chapter = api.chapter("Nachtzorg", CARE_TEAM).await;
    write(api, TREKKER, chapter, "Nachtzorg samen").await;
    offer(api, chapter).await;
    let offered = api.app.log.next_position(PLAN).0 - 1;
    let named = write(api, TREKKER, chapter, "Jansen ").await.0;
    for to in [offered, named, offered] {
        let restore = api.post(&format!("/plans/{{plan}}/chapters/{chapter}/restores"));
        let body = json!({ "toPosition": to, "reason": "een naam" });
        restore.by(PROGRAMMATEAM).fresh().json(&body).send().await.ok();
    }
    (chapter, named)
}

pub async fn ask_text(api: &mut Api, chapter: ChapterId) -> Answer {
    let body = json!({ "textOf": chapter, "ground": "unlawful", "explanation": "een naam" });
    let ask = api.post("/plans/{plan}/erasures").by(PROGRAMMATEAM).fresh();
    ask.json(&body).send().await
}

async fn the_past_is_closed(api: &mut Api, path: &str, named: u64) {
    let closed = [
        format!("{path}/text?at={named}"),
        format!("{path}/blame?at={named}"),
        format!("{path}/differences?from={named}"),
        format!("{path}/sections?at={named}"),
        format!("{path}/restore-preview?toPosition={named}"),
    ];
    for address in &closed {
        let answer = api.get(address).by(PROGRAMMATEAM).send().await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::CONFLICT, "history-erased"),
            "{address}, done or not"
        );
    }
}

/// A line of a chapter's history that stands for what was erased says why, who asked and who approved.
fn says_who_erased(gone: &Value) {
    assert_eq!(
        (&gone["erased"]["ground"], &gone["reason"]),
        (&json!("unlawful"), &json!("een naam"))
    );
    let who = |place: usize| {
        gone["people"][place]["actor"]["person"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        [who(0), who(1)],
        [PROGRAMMATEAM, COLLEAGUE].map(|one| one.person.to_string())
    );
    assert!(gone["startedAt"].as_str() <= gone["endedAt"].as_str());
}

/// What a writer of the chapter reads under what is new for them.
async fn news(api: &mut Api, who: Caller, since: &str) -> Vec<Value> {
    let path = format!("/plans/{{plan}}/for-me{since}");
    let told = api.get(&path).by(who).send().await.ok().json();
    let chapters = told["chapters"].as_array().unwrap().iter();
    let entries = chapters.flat_map(|chapter| chapter["entries"].as_array().unwrap().clone());
    entries.collect()
}

#[tokio::test]
async fn the_writers_of_a_chapter_are_told_that_its_earlier_text_is_erased() {
    let mut api = with_colleague().await;
    let (chapter, _) = named_in_text(&mut api).await;
    let kinds = |news: &[Value]| {
        let kinds = news
            .iter()
            .map(|entry| entry["kind"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    let before = news(&mut api, TREKKER, "").await;
    assert_eq!(kinds(&before)[..3], ["restored"; 3]);
    let asked = ask_text(&mut api, chapter).await.ok().json();
    let id = asked["id"].as_str().unwrap().to_owned();
    assert_eq!(news(&mut api, TREKKER, "").await, before, "asked is not approved");
    decide(&mut api, COLLEAGUE, &id, json!({ "decision": "approve" }))
        .await
        .ok();
    carried_out(&mut api, &id).await;
    let told = news(&mut api, TREKKER, "").await;
    assert_eq!(
        kinds(&told),
        ["erased", "created"],
        "in the place of all that was told of that time"
    );
    says_who_erased(&told[0]);
    assert_eq!(told[0]["erased"]["at"], told[0]["endedAt"]);
    assert!(!kinds(&news(&mut api, COALITIE, "").await).contains(&"erased".to_owned()));
    let later = news(&mut api, TREKKER, "?since=2100-01-01T00:00:00Z").await;
    assert_eq!(later, Vec::<Value>::new());
    let path = "/plans/{plan}/for-me";
    let answer = api.get(path).by(TREKKER).send().await.ok().json();
    let faults = contract::faults(&mut api, "ForMe", &answer, path).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Every step of erasing earlier text names the chapter and the request in the plan's history.
fn names_the_chapter<'a>(events: impl Iterator<Item = &'a Value>, id: &str) {
    let steps = events.filter(|entry| entry["subject"]["kind"] == "erasure");
    let told: BTreeSet<(&str, &str)> = steps
        .map(|entry| &entry["details"])
        .map(|said| {
            (
                said["textOf"]["title"].as_str().unwrap(),
                said["erasureId"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, BTreeSet::from([("Nachtzorg", id)]));
}

/// Of what was restored before, the plan's history says that what it brought back and why is erased.
fn says_that_restores_went<'a>(events: impl Iterator<Item = &'a Value>) {
    let restores: Vec<_> = events
        .filter(|entry| entry["kind"] == "text.restored/1")
        .collect();
    assert_eq!(restores.len(), 3);
    for restore in restores {
        assert_eq!(
            (&restore["erased"]["ground"], &restore["details"]["reason"]),
            (&json!("unlawful"), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_earlier_text_of_a_chapter_goes_and_the_text_as_it_stands_goes_on() {
    let mut api = with_colleague().await;
    let (chapter, named) = named_in_text(&mut api).await;
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let asked = ask_text(&mut api, chapter).await.ok().json();
    assert_eq!(asked["textOf"]["title"], "Nachtzorg");
    let id = asked["id"].as_str().unwrap().to_owned();
    assert!(holds_secret(&api));
    decide(&mut api, COLLEAGUE, &id, json!({ "decision": "approve" }))
        .await
        .ok();
    the_past_is_closed(&mut api, &path, named).await;
    carried_out(&mut api, &id).await;
    assert!(!holds_secret(&api));

    let text = api.get(&format!("{path}/text")).by(COALITIE).send().await.ok();
    assert_eq!(words(&text.json()["document"]), "Nachtzorg samen");
    write(&mut api, TREKKER, chapter, "Onze ").await;
    let now = api.get(&format!("{path}/text")).by(COALITIE).send().await.ok();
    assert_eq!(words(&now.json()["document"]), "Onze Nachtzorg samen");
    let blame = api.get(&format!("{path}/blame")).by(TREKKER).send().await.ok();
    assert!(blame.text.contains("Onze ") && blame.text.contains("Nachtzorg samen"));
    let told = api
        .get(&format!("{path}/history"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(told["erased"]["ground"], "unlawful");
    let kinds: Vec<&Value> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["kind"])
        .collect();
    assert_eq!(
        kinds,
        ["work", "erased", "stateChanged", "created"],
        "what became of the chapter stays known, who wrote what before does not"
    );
    assert_eq!(told["items"][0]["insertedWords"]["excerpts"][0]["words"], "Onze");
    says_who_erased(&told["items"][1]);
    let (from, to) = (&told["items"][0]["fromPosition"], &told["items"][0]["toPosition"]);
    let differs = api.get(&format!("{path}/differences?from={from}&to={to}"));
    assert_eq!(
        differs.by(TREKKER).send().await.ok().json()["insertedCharacters"],
        5
    );
    let events = api
        .get("/plans/{plan}/events")
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let erased = events["items"].as_array().unwrap().iter();
    names_the_chapter(erased.clone(), &id);
    says_that_restores_went(erased.clone());
    assert!(erased.filter(|entry| entry["erased"].is_object()).count() >= 1);
    crate::log::order::prove(api.app.log.as_ref(), PLAN).unwrap();
    assert_eq!(
        folded(&records(&api)),
        api.app.views.look(PLAN, Clone::clone).unwrap()
    );
}

#[tokio::test]
async fn on_what_ground_something_went_is_for_who_may_read_the_request() {
    let mut api = with_colleague().await;
    let party = Party {
        name: line("Gemeente Sloten"),
        sector: line("gemeente"),
    };
    let id = STRANGER.party;
    api.command(
        PROGRAMMATEAM,
        Command::Plan(plan::Command::AddParty { id, party }),
    )
    .await;
    api.grant(STRANGER, Role::BodyMember { body: line("BOSD") }).await;
    let (chapter, _) = named_in_text(&mut api).await;
    let asked = ask_text(&mut api, chapter).await.ok().json();
    approved_and_done(&mut api, &asked).await;
    for (who, ground) in [(STRANGER, Value::Null), (COALITIE, json!("unlawful"))] {
        let events = api.get("/plans/{plan}/events").by(who).send().await.ok().json();
        let gone: Vec<_> = events["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["erased"].clone())
            .filter(Value::is_object)
            .collect();
        assert!(!gone.is_empty());
        for note in gone {
            assert!(note["at"].is_string(), "that it went is the plan's history");
            assert_eq!(note["ground"], ground, "{who:?}");
        }
    }
}

#[tokio::test]
async fn a_start_writes_a_text_anew_and_erases_what_was_before() {
    let mut api = with_colleague().await;
    let (chapter, _) = named_in_text(&mut api).await;
    let asked = ask_text(&mut api, chapter).await.ok().json();
    let id: schema::ids::ErasureId = asked["id"].as_str().unwrap().parse().unwrap();
    // The power goes right after the approval.
    let approve = schema::domain::erasure::Command::Approve {
        are_past: true,
        let_in_by: BTreeSet::new(),
    };
    api.command(COLLEAGUE, Command::Erasure(id, approve)).await;
    assert!(holds_secret(&api));
    let parts = erasing::Parts {
        log: api.app.log.clone(),
        views: api.app.views.clone(),
        histories: api.app.histories.clone(),
        core: api.app.core.clone(),
        looked_at: None,
    };
    let _started = Eraser::start(parts.clone());
    carried_out(&mut api, &id.to_string()).await;
    assert!(!holds_secret(&api));
    what_was_looked_at_is_not_read_again(&parts).await;
    let length = api.app.log.next_position(PLAN);
    let _again = Eraser::start(parts);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(
        api.app.log.next_position(PLAN),
        length,
        "doing it again changes nothing"
    );
}

/// A start looks at every event that is said to be erased, once for each directory that the log has had.
async fn what_was_looked_at_is_not_read_again(parts: &erasing::Parts) {
    let directory = tempfile::tempdir().unwrap();
    let note = directory.path().join(erasing::gone::FILE);
    let log = Arc::new(GatedLog::new(parts.log.clone()));
    let parts = erasing::Parts {
        log: log.clone(),
        looked_at: Some(note.clone()),
        ..parts.clone()
    };
    let mut reads = Vec::new();
    for is_noted in [false, true, false] {
        if !is_noted {
            std::fs::remove_file(&note).ok();
        }
        let before = log.reads();
        let _started = Eraser::start(parts.clone());
        for _ in 0..100 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            if note.exists() && (log.reads() > before || is_noted) {
                break;
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(note.exists());
        reads.push(log.reads() - before);
    }
    assert!(reads[0] > 0 && reads[1] == 0 && reads[2] > 0, "{reads:?}");
}
