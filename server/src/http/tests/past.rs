//! A chapter's text and past, with letters that went through the core.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ReadDoc};
use schema::ids::{BoundActor, Position};
use schema::text::genesis;

use super::*;
use crate::core::{CommandAnswer, CoreRefusal, Purpose, WriteRequest};

/// Puts words at the start of a chapter, in somebody's name.
pub(super) async fn write(api: &mut Api, who: Caller, chapter: ChapterId, words: &str) -> Position {
    rewrite(api, who, chapter, (0, words)).await
}

/// Deletes so many units at the start of a chapter and puts words there, in somebody's name.
pub(super) async fn rewrite(
    api: &mut Api,
    who: Caller,
    chapter: ChapterId,
    (delete, words): (isize, &str),
) -> Position {
    let splice = |doc: &mut AutoCommit| {
        // A fresh document begins with a marker.
        let at = usize::from(doc.text(genesis::text_id()).unwrap().starts_with('\u{fffc}'));
        doc.splice_text(genesis::text_id(), at, delete, words).unwrap();
    };
    edit(api, who, chapter, splice).await
}

/// Edits a chapter in somebody's name, as one change or as those it commits; the actor is the key that was used last.
pub(super) async fn edit(
    api: &mut Api,
    who: Caller,
    chapter: ChapterId,
    edit: impl Fn(&mut AutoCommit),
) -> Position {
    loop {
        match try_edit(api, who, chapter, &edit).await {
            // The chapter went on in another generation meanwhile.
            Err(CoreRefusal::Stale { .. }) => {}
            written => {
                let position = written.unwrap().position.unwrap();
                api.app.views.at_least(PLAN, position).await.unwrap();
                return position;
            }
        }
    }
}

async fn try_edit(
    api: &mut Api,
    who: Caller,
    chapter: ChapterId,
    edit: impl Fn(&mut AutoCommit),
) -> Result<CommandAnswer, CoreRefusal> {
    api.next_key += 1;
    let n = api.next_key;
    let (generation, copy) = api.app.core.copy(PLAN, chapter).await.unwrap();
    let actor = [n; 16];
    let mut doc = AutoCommit::load_with_options(
        copy.snapshot(),
        automerge::LoadOptions::new().text_encoding(automerge::TextEncoding::Utf16CodeUnit),
    )
    .unwrap();
    doc.set_actor(ActorId::from(actor));
    let before = doc.get_heads();
    edit(&mut doc);
    doc.commit();
    let changes = doc.get_changes(&before).into_iter();
    let changes = changes.map(|change| change.raw_bytes().to_vec().into());
    let request = WriteRequest {
        caller: who,
        origin: SignedIn {
            caller: who,
            token: token_of(who),
            let_in_by: BTreeSet::new(),
            within: None,
            program: None,
        }
        .origin(),
        plan: PLAN,
        chapter,
        id: CommandId::from_bytes([n; 16]),
        content: ContentDigest::default(),
        actor: BoundActor::from_bytes(actor),
        generation,
        changes: changes.collect(),
        purpose: Purpose::Write,
    };
    api.app.core.write(request).await
}

pub(super) fn words(document: &Value) -> String {
    let own = document["text"].as_str().unwrap_or_default().to_owned();
    let below = document["content"].as_array().into_iter().flatten().map(words);
    std::iter::once(own).chain(below).collect()
}

pub(super) async fn offer(api: &mut Api, chapter: ChapterId) {
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let tag = api.get(&path).by(TREKKER).send().await.ok().etag();
    let offer = api
        .post(&format!("{path}/state-changes"))
        .by(TREKKER)
        .fresh()
        .with("if-match", &tag);
    offer.json(&json!({ "to": "reading" })).send().await.ok();
}

#[tokio::test]
async fn the_text_is_read_now_and_as_it_was() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let empty = api
        .get(&format!("{path}/text"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(
        (words(&empty["document"]), &empty["recordedAt"]),
        (String::new(), &Value::Null)
    );
    let first = write(&mut api, TREKKER, care, "nachtzorg").await;
    write(&mut api, TREKKER, care, "Onze ").await;
    let now = api
        .get(&format!("{path}/text"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(words(&now["document"]), "Onze nachtzorg");
    let before = format!("{path}/text?at={first}");
    let then = api.get(&before).by(TREKKER).send().await.ok().json();
    assert_eq!(
        (words(&then["document"]), &then["at"]),
        ("nachtzorg".to_owned(), &json!(first))
    );
    let refused = api.get(&before).by(COALITIE).send().await;
    assert_eq!(refused.problem(), "history-not-offered");
    let refused = api.get(&format!("{path}/text")).by(BESTUURDER).send().await;
    assert_eq!(refused.problem(), "not-allowed");
}

#[tokio::test]
async fn blame_and_difference_name_the_right_person_and_party() {
    let mut api = api().await;
    api.second_writer().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    let first = write(&mut api, TREKKER, care, "nachtzorg").await;
    write(&mut api, OTHER_WRITER, care, "Onze ").await;
    let blame = api
        .get(&format!("{path}/blame"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let runs: Vec<_> = blame["blocks"][0]["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            (
                run["text"].as_str().unwrap(),
                run["written"]["actor"]["party"]["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        runs,
        [("Onze ", "Partij van Wim"), ("nachtzorg", "Partij van Tarik")]
    );
    let path = format!("{path}/differences?from={first}");
    let difference = api.get(&path).by(TREKKER).send().await.ok().json();
    assert_eq!(difference["insertedCharacters"], 5);
    assert_eq!(difference["people"][0]["actor"]["person"]["name"], "Wim");
    let run = &difference["blocks"][0]["runs"][0];
    assert_eq!(
        (&run["change"], &run["text"]),
        (&json!("inserted"), &json!("Onze "))
    );
}

/// A chapter of which one draft was never offered, then an offer, then a word too many.
async fn with_a_word_too_many(api: &mut Api) -> (String, Position, u64) {
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let draft = write(api, TREKKER, care, "klad").await;
    write(api, TREKKER, care, "Onze nachtzorg, ").await;
    offer(api, care).await;
    let offered = api.app.log.next_position(PLAN).0 - 1;
    write(api, TREKKER, care, "Niet ").await;
    (format!("/plans/{{plan}}/chapters/{care}"), draft, offered)
}

fn back_to(position: u64) -> Value {
    json!({ "toPosition": position, "reason": "zoals aangeboden" })
}

#[tokio::test]
async fn the_programmateam_restores_what_was_offered_and_undoes_it() {
    let mut api = api().await;
    let (path, _, offered) = with_a_word_too_many(&mut api).await;
    let restores = format!("{path}/restores");
    let preview = format!("{path}/restore-preview?toPosition={offered}");
    let preview = api.get(&preview).by(PROGRAMMATEAM).send().await.ok().json();
    assert_eq!(preview["placement"], "replaces");
    assert_eq!(preview["difference"]["deletedCharacters"], 5);
    let restore = api
        .post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&back_to(offered));
    let made = restore.send().await.ok().json();
    let text = api
        .get(&format!("{path}/text"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(words(&text["document"]), "Onze nachtzorg, klad");
    let history = api
        .get(&format!("{path}/history"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    let first = &history["items"][0];
    assert_eq!(
        (&first["kind"], &first["reason"]),
        (&json!("restored"), &json!("zoals aangeboden"))
    );
    assert_eq!(first["people"][0]["actor"]["person"]["name"], "Petra");
    assert_eq!(history["startsAtOffer"], true);
    let before = made["beforePosition"].as_u64().unwrap();
    api.post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&back_to(before))
        .send()
        .await
        .ok();
    let text = api
        .get(&format!("{path}/text"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(words(&text["document"]), "Niet Onze nachtzorg, klad");
}

#[tokio::test]
async fn a_restore_is_the_programmateams_and_of_what_was_offered() {
    let mut api = api().await;
    let (path, draft, offered) = with_a_word_too_many(&mut api).await;
    let restores = format!("{path}/restores");
    let refused = api
        .post(&restores)
        .by(TREKKER)
        .fresh()
        .json(&back_to(offered))
        .send()
        .await;
    assert_eq!(refused.problem(), "not-allowed");
    let refused = api
        .post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&back_to(draft.0))
        .send()
        .await;
    assert_eq!(refused.problem(), "history-not-offered");
    let without = json!({ "toPosition": offered });
    let refused = api
        .post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&without)
        .send()
        .await;
    assert_eq!(refused.problem(), "bad-request");
    let nowhere = json!({ "toPosition": offered, "section": 7, "reason": "zoals aangeboden" });
    let refused = api
        .post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&nowhere)
        .send()
        .await;
    assert_eq!(refused.problem(), "bad-request");
    let text = api
        .get(&format!("{path}/text"))
        .by(COALITIE)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(words(&text["document"]), "Niet Onze nachtzorg, klad");
}

#[tokio::test]
async fn a_restore_asked_again_gets_the_first_answer() {
    let mut api = api().await;
    let (path, _, offered) = with_a_word_too_many(&mut api).await;
    let restores = format!("{path}/restores");
    let key = CommandId::from_bytes([240; 16]).to_string();
    let mut made = Vec::new();
    for _ in 0..2 {
        let ask = api
            .post(&restores)
            .by(PROGRAMMATEAM)
            .with("idempotency-key", &key);
        made.push(ask.json(&back_to(offered)).send().await.ok().json());
    }
    assert_eq!(made[0], made[1]);
    let again = api
        .post(&restores)
        .by(PROGRAMMATEAM)
        .fresh()
        .json(&back_to(offered))
        .send()
        .await;
    assert_eq!(
        (again.status, again.problem().as_str()),
        (StatusCode::CONFLICT, "no-change")
    );
}

#[tokio::test]
async fn history_lists_work_and_moments_and_starts_at_the_offer_outside_the_team() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}/history");
    write(&mut api, TREKKER, care, "klad").await;
    assert_eq!(
        api.get(&path).by(COALITIE).send().await.problem(),
        "history-not-offered"
    );
    offer(&mut api, care).await;
    let kinds = |history: &Value| {
        let items = history["items"].as_array().unwrap().iter();
        items
            .map(|item| item["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let inside = api.get(&path).by(TREKKER).send().await.ok().json();
    assert_eq!(kinds(&inside), ["stateChanged", "work", "created"]);
    assert_eq!(inside["items"][1]["people"][0]["insertedCharacters"], 4);
    let outside = api.get(&path).by(COALITIE).send().await.ok().json();
    assert_eq!(kinds(&outside), ["stateChanged"]);
    let first = api
        .get(&format!("{path}?limit=1"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    let next = first["next"].as_u64().unwrap();
    let rest = api
        .get(&format!("{path}?before={next}"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    assert_eq!(kinds(&rest), ["work", "created"]);
    assert_eq!(rest["next"], Value::Null);
    let work = &inside["items"][1];
    let stretch = format!("{path}?from={}&to={}", work["fromPosition"], work["toPosition"]);
    let parts = api.get(&stretch).by(TREKKER).send().await.ok().json();
    assert_eq!(kinds(&parts), ["work"], "of work alone");
    let parts = api.get(&stretch).by(COALITIE).send().await.ok().json();
    assert_eq!(kinds(&parts), [""; 0], "none of what was before the offer");
}

#[tokio::test]
async fn answers_about_the_past_have_what_their_schemas_require() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "klad").await;
    offer(&mut api, care).await;
    let offered = api.app.log.next_position(PLAN).0 - 1;
    write(&mut api, TREKKER, care, "Niet ").await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    for (path, schema) in [
        (format!("{path}/text"), "ChapterText"),
        (format!("{path}/blame"), "ChapterBlame"),
        (format!("{path}/differences?from={offered}"), "ChapterDifference"),
        (format!("{path}/history"), "ChapterHistory"),
        (format!("{path}/sections"), "SectionList"),
        (
            format!("{path}/restore-preview?toPosition={offered}"),
            "RestorePreview",
        ),
        ("/plans/{plan}/for-me".to_owned(), "ForMe"),
        ("/plans/{plan}/events".to_owned(), "PlanEventPage"),
    ] {
        let answer = api.get(&path).by(PROGRAMMATEAM).send().await.ok().json();
        let faults = contract::faults(&mut api, schema, &answer, &path).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[tokio::test]
async fn what_is_typed_after_the_preview_stays_when_a_restore_is_confirmed() {
    let mut api = api().await;
    let (path, _, offered) = with_a_word_too_many(&mut api).await;
    let preview = format!("{path}/restore-preview?toPosition={offered}");
    let preview = api.get(&preview).by(PROGRAMMATEAM).send().await.ok().json();
    let care = preview["difference"]["chapterId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    write(&mut api, TREKKER, care, "Nog ").await;
    let mut restore = back_to(offered);
    restore["seenPosition"] = preview["difference"]["from"].clone();
    let ask = api.post(&format!("{path}/restores")).by(PROGRAMMATEAM).fresh();
    let made = ask.json(&restore).send().await.ok().json();
    assert_eq!(text_now(&mut api, &path).await, "Nog Onze nachtzorg, klad");
    let moved_on = made["beforePosition"].as_u64() > preview["difference"]["from"].as_u64();
    assert!(moved_on, "the answer says that more was written: {made}");
    restore["seenPosition"] = json!(api.app.log.next_position(PLAN).0);
    let ask = api.post(&format!("{path}/restores")).by(PROGRAMMATEAM).fresh();
    assert_eq!(ask.json(&restore).send().await.problem(), "no-such-position");
}

/// Both are planned on the text as it stands; the second finds what the first made and is planned on that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_restores_at_the_same_moment_the_second_restores_the_text_of_the_first() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let path = format!("/plans/{{plan}}/chapters/{care}");
    write(&mut api, TREKKER, care, "Begin. ").await;
    offer(&mut api, care).await;
    let mut texts = std::collections::BTreeMap::new();
    for words in ["Een. ", "Twee. ", "Drie. ", "Vier. "] {
        let at = write(&mut api, TREKKER, care, words).await;
        texts.insert(at.0, text_now(&mut api, &path).await);
    }
    let wanted: Vec<u64> = texts.keys().copied().take(2).collect();
    for round in 0..5_u8 {
        let requests: Vec<_> = wanted
            .iter()
            .map(|to| {
                let ask = api.post(&format!("{path}/restores")).by(PROGRAMMATEAM).fresh();
                let ask = ask.json(&back_to(*to));
                let request = ask.request.body(ask.body).unwrap();
                tokio::spawn(router(api.app.clone()).oneshot(request))
            })
            .collect();
        let mut made = Vec::new();
        for request in requests {
            let response = request.await.unwrap().unwrap();
            assert_eq!(response.status(), StatusCode::CREATED, "round {round}");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            made.push(serde_json::from_slice::<Value>(&body).unwrap());
        }
        made.sort_by_key(|of| of["position"].as_u64());
        let last = made[1]["toPosition"].as_u64().unwrap();
        assert_eq!(text_now(&mut api, &path).await, texts[&last], "round {round}");
        assert!(
            made[1]["beforePosition"].as_u64() > made[0]["position"].as_u64(),
            "round {round}: the undo of the second leads to the text of the first"
        );
        let words = format!("Ronde {round}. ");
        write(&mut api, TREKKER, care, &words).await;
    }
}

async fn text_now(api: &mut Api, path: &str) -> String {
    let text = api
        .get(&format!("{path}/text"))
        .by(TREKKER)
        .send()
        .await
        .ok()
        .json();
    words(&text["document"])
}

#[tokio::test]
async fn who_follows_a_text_is_told_that_it_did_not_change() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "concept").await;
    let path = format!("/plans/{{plan}}/chapters/{care}/text");
    let first = api.get(&path).by(COALITIE).send().await.ok();
    let again = api
        .get(&path)
        .by(COALITIE)
        .with("if-none-match", &first.etag())
        .send()
        .await;
    assert_eq!(
        (again.status, again.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    assert_eq!(again.etag(), first.etag());
    write(&mut api, TREKKER, care, "nieuw ").await;
    let changed = api
        .get(&path)
        .by(COALITIE)
        .with("if-none-match", &first.etag())
        .send()
        .await
        .ok();
    assert_eq!(words(&changed.json()["document"]), "nieuw concept");
    let nonsense = api
        .get(&path)
        .by(COALITIE)
        .with("if-none-match", "*")
        .send()
        .await;
    assert_eq!(nonsense.status, StatusCode::OK);
}
