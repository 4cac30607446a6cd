//! What is published to everybody, and what a proof shows to whom.

use schema::audit::tile::decode_bundle;
use schema::audit::{Proof, SignedCheckpoint, TreeHash, Trust, proof};

use super::access_tokens::made;
use super::past::write;
use super::reading::type_a_letter;
use super::*;

/// A server that signs.
async fn signing() -> Api {
    let api = api().await;
    api.app.audit.start(api.writer.grown()).unwrap();
    api
}

/// Waits until everything that happened is signed.
async fn all_signed(api: &Api) -> u64 {
    let end = api.app.log.next_position(PLAN).0;
    let plan_log = api.app.audit.plan(PLAN).unwrap();
    assert!(api.app.audit.signed(&plan_log, end - 1).await);
    end
}

fn published(path: &str) -> String {
    format!("/audit/v1/plans/{PLAN}/{path}")
}

#[tokio::test]
async fn outsiders_read_checkpoint_tiles_and_keys_without_signing_in() {
    let mut api = signing().await;
    let size = all_signed(&api).await;
    let checkpoint = api.ask(Method::GET, &published("checkpoint")).send().await.ok();
    assert_eq!(checkpoint.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(checkpoint.headers[header::CACHE_CONTROL], "public, max-age=5");
    let note = SignedCheckpoint::parse(checkpoint.text.as_bytes()).unwrap();
    assert_eq!(note.checkpoint().head.size, size);
    let keys = api.ask(Method::GET, &published("keys")).send().await.ok().json();
    assert_eq!(keys["origin"], note.checkpoint().origin.to_string());
    note.verify_log(&[keys["keys"][0]["vkey"].as_str().unwrap().parse().unwrap()])
        .unwrap();

    let tile = published(&format!("tile/0/000.p/{size}"));
    let tile = api.ask(Method::GET, &tile).send().await.ok();
    assert!(
        tile.headers[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert_eq!(tile.bytes.len() as u64, size * 32);
    let entries = published(&format!("tile/entries/000.p/{size}"));
    let entries = api.ask(Method::GET, &entries).send().await.ok();
    let leaves = decode_bundle(&entries.bytes).unwrap();
    let hashes: Vec<u8> = leaves
        .iter()
        .flat_map(|leaf| *TreeHash::of_leaf(&leaf.to_bytes()).as_bytes())
        .collect();
    assert_eq!(hashes, tile.bytes);
    let witnesses = api
        .ask(Method::GET, &published("witnesses"))
        .send()
        .await
        .ok()
        .json();
    assert_eq!(
        (&witnesses["required"], &witnesses["witnesses"]),
        (&json!(0), &json!([]))
    );
    let server = api.ask(Method::GET, "/audit/v1/keys").send().await.ok().json();
    assert_eq!(server["prefix"], "schrijftafel.org/plan/");
}

#[tokio::test]
async fn hostile_addresses_get_a_clear_no() {
    let mut api = signing().await;
    let size = all_signed(&api).await;
    for (path, status) in [
        (published("tile/0/../../state.json"), 400),
        (published("tile/0/%2e%2e%2fstate.json"), 400),
        (published("tile/9/000"), 400),
        (published("tile/0/000.p/0"), 400),
        (published("tile/0/000.p/256"), 400),
        (published("tile/0/0"), 400),
        (
            published("tile/entries/x999/x999/x999/x999/x999/x999/x999/999"),
            400,
        ),
        (published("tile/0/000"), 404),
        (published(&format!("tile/0/000.p/{}", size + 1)), 404),
        (published(&format!("tile/entries/000.p/{}", size + 1)), 404),
        (published("tile/0/x001/000"), 404),
        (published("state.json"), 404),
        ("/audit/v1/plans/nonsense/checkpoint".to_owned(), 400),
        (
            format!("/audit/v1/plans/{}/checkpoint", PlanId::from_bytes([9; 16])),
            404,
        ),
        ("/audit/v1".to_owned(), 404),
    ] {
        let answer = api.ask(Method::GET, &path).send().await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        answer.problem();
    }
    let post = api.ask(Method::POST, &published("checkpoint")).send().await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
}

/// Asks for a proof and checks it as a browser would.
async fn proved(api: &mut Api, who: Caller, position: u64) -> (String, proof::Verified) {
    let answer = api
        .get(&format!("/plans/{{plan}}/events/{position}/proof"))
        .by(who)
        .send()
        .await
        .ok()
        .json();
    let faults = contract::faults(api, "EventProof", &answer, "proof").await;
    assert!(faults.is_empty(), "{faults:#?}");
    let proof = Proof::from_json(answer["proof"].to_string().as_bytes()).unwrap();
    let trust: Trust = serde_json::from_value(answer["trust"].clone()).unwrap();
    (
        answer["shown"].as_str().unwrap().to_owned(),
        proof::verify(&proof, &trust).unwrap(),
    )
}

#[tokio::test]
async fn a_proof_shows_what_its_reader_may_see() {
    let mut api = signing().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [BESTUURDER.party] });
    let post = api.post("/plans/{plan}/commitments").by(TREKKER).fresh();
    post.json(&body).send().await.ok();
    let commitment = api.app.log.next_position(PLAN).0 - 1;
    type_a_letter(&api, care, 101).await;
    let letter = api.app.log.next_position(PLAN).0 - 1;

    let (shown, verified) = proved(&mut api, TREKKER, letter).await;
    assert_eq!((shown.as_str(), verified.position().0), ("everything", letter));
    assert!(verified.payload.is_some());
    let (shown, verified) = proved(&mut api, COALITIE, letter).await;
    assert_eq!((shown.as_str(), &verified.payload), ("envelope", &None));
    assert_eq!(verified.kind().unwrap().to_string(), "text.changed/1");
    assert_eq!(proved(&mut api, BESTUURDER, letter).await.0, "leaf");

    assert_eq!(proved(&mut api, COALITIE, commitment).await.0, "everything");
    assert_eq!(proved(&mut api, BESTUURDER, commitment).await.0, "everything");
    assert_eq!(proved(&mut api, BESTUURDER, 0).await.0, "leaf");
    let refused = api.get("/plans/{plan}/events/0/proof").by(STRANGER).send().await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (StatusCode::FORBIDDEN, "not-in-plan")
    );
    let missing = api
        .get("/plans/{plan}/events/100000/proof")
        .by(TREKKER)
        .send()
        .await;
    assert_eq!(
        (missing.status, missing.problem().as_str()),
        (StatusCode::NOT_FOUND, "no-such-event")
    );
}

/// How much of who an actor is each of four is shown: who reads the concept, a program of theirs, a body member,
/// a bestuurder of another party.
async fn actor_shown(api: &mut Api, by: Caller) -> [String; 4] {
    let of = |view: &crate::views::PlanView| {
        let mut bound = view.actors.iter();
        bound
            .find(|(_, bound)| bound.caller() == Some(by))
            .map(|(actor, _)| actor.0.0)
    };
    let actor = api.app.views.look(PLAN, of).flatten().unwrap();
    let (bearer, _) = made(api, OTHER_WRITER, "read").await;
    let path = format!("/plans/{{plan}}/events/{actor}/proof");
    let program = api.get(&path).with("authorization", &bearer).send().await;
    [
        proved(api, OTHER_WRITER, actor).await.0,
        program.ok().json()["shown"].as_str().unwrap().to_owned(),
        proved(api, STRANGER, actor).await.0,
        proved(api, BESTUURDER, actor).await.0,
    ]
}

#[tokio::test]
async fn who_an_actor_is_shows_no_mandate_to_whom_rights_withhold_it() {
    let mut api = signing().await;
    let party = Party {
        name: line("Partij van Sam"),
        sector: line("gemeente"),
    };
    let add = plan::Command::AddParty {
        id: STRANGER.party,
        party,
    };
    api.command(PROGRAMMATEAM, Command::Plan(add)).await;
    let body = line("Regiotafel");
    api.grant(STRANGER, Role::BodyMember { body }).await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let Caller { person, party } = TREKKER;
    let grant = rights::Command::Grant {
        person,
        party,
        role: Role::Schrijfteam {
            team: CARE_TEAM,
            as_role: TeamRole::Lead,
        },
        mandate: Some(rights::Mandate {
            source: line("raadsbesluit 7"),
            from: "2026-02-01".parse().unwrap(),
            until: None,
        }),
    };
    api.command(PROGRAMMATEAM, Command::Rights(grant)).await;
    write(&mut api, TREKKER, care, "nachtzorg").await;
    all_signed(&api).await;
    let mandated = actor_shown(&mut api, TREKKER).await;
    assert_eq!(mandated, ["everything", "envelope", "envelope", "leaf"]);
    // The role alone is the outline, and what others did is proved to be theirs.
    let outline = actor_shown(&mut api, PROGRAMMATEAM).await;
    assert_eq!(outline, ["everything", "everything", "everything", "leaf"]);
}

#[tokio::test]
async fn people_see_how_far_the_log_is_signed() {
    let mut api = signing().await;
    let size = all_signed(&api).await;
    let state = api
        .get("/plans/{plan}/witness-state")
        .by(BESTUURDER)
        .send()
        .await
        .ok()
        .json();
    let faults = contract::faults(&mut api, "WitnessState", &state, "state").await;
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(
        (&state["eventCount"], &state["checkpoint"]["size"]),
        (&json!(size), &json!(size))
    );
    assert_eq!(
        (&state["witnessed"], &state["isMet"], &state["alarms"]),
        (&json!(null), &json!(false), &json!([]))
    );

    let proof = api
        .get("/plans/{plan}/consistency-proof?from=3")
        .by(BESTUURDER)
        .send()
        .await
        .ok()
        .json();
    let faults = contract::faults(&mut api, "ConsistencyProof", &proof, "consistency").await;
    assert!(faults.is_empty(), "{faults:#?}");
    let head = |head: &Value| schema::audit::TreeHead {
        size: head["size"].as_u64().unwrap(),
        root: head["root"].as_str().unwrap().parse().unwrap(),
    };
    let path: Vec<TreeHash> = serde_json::from_value(proof["path"].clone()).unwrap();
    schema::audit::merkle::verify_consistency(&head(&proof["from"]), &head(&proof["to"]), &path).unwrap();
    assert_eq!(proof["to"]["root"], state["checkpoint"]["root"]);
    let beyond = format!("/plans/{{plan}}/consistency-proof?from=3&to={}", size + 1);
    assert_eq!(
        api.get(&beyond).by(BESTUURDER).send().await.problem(),
        "bad-request"
    );
}
