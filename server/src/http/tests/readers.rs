//! What the outline tells each role of a concept: that there is a chapter, and, to those who may know, who makes it.

use super::past::write;
use super::*;

const MEMBER: Caller = person(21);
const RESIDENT: Caller = person(22);

async fn taken_in(api: &mut Api, who: Caller, role: Role) {
    let party = Party {
        name: line(&format!("Partij {}", who.party)),
        sector: line("inwoners"),
    };
    let add = plan::Command::AddParty { id: who.party, party };
    api.command(PROGRAMMATEAM, Command::Plan(add)).await;
    api.sign_in(who, "Iemand");
    api.grant(who, role).await;
}

/// Of one chapter, as the outline and its own address tell it: whether one may read it, whether its team and its last
/// editor are told; and how many people are, in the outline and in the list of roles.
async fn told(api: &mut Api, who: Caller, chapter: ChapterId) -> (bool, bool, bool, usize, usize) {
    let plan = api.get("/plans/{plan}").by(who).send().await.ok().json();
    let path = format!("/plans/{{plan}}/chapters/{chapter}");
    let alone = api.get(&path).by(who).send().await.ok().json();
    assert_eq!(plan["chapters"][0], alone);
    let text = api.get(&format!("{path}/text")).by(who).send().await;
    assert_eq!(alone["mayRead"], text.status.is_success(), "it says what one may");
    let rights = api.get("/plans/{plan}/rights").by(who).send().await;
    assert_eq!(
        plan["readsPeople"] != "none",
        rights.status.is_success(),
        "it says what one may"
    );
    let roles = rights.json()["items"].as_array().map_or(0, Vec::len);
    (
        alone["mayRead"] == true,
        alone["team"].as_array().is_some_and(|team| !team.is_empty()),
        !alone["lastEdited"].is_null(),
        plan["people"].as_array().unwrap().len(),
        roles,
    )
}

#[tokio::test]
async fn a_concept_tells_who_makes_it_only_to_those_who_may_know() {
    let mut api = api().await;
    taken_in(&mut api, RESIDENT, Role::Resident).await;
    taken_in(&mut api, MEMBER, Role::BodyMember { body: line("BOSD") }).await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, care, "Onze nachtzorg").await;
    let everyone = 7;
    for who in [TREKKER, OTHER_WRITER, COALITIE, PROGRAMMATEAM] {
        assert_eq!(
            told(&mut api, who, care).await,
            (true, true, true, everyone, everyone)
        );
    }
    // Who audits is told that it happened, when and by whom, and not what it says.
    assert_eq!(
        told(&mut api, MEMBER, care).await,
        (false, true, true, everyone, everyone)
    );
    assert_eq!(
        told(&mut api, BESTUURDER, care).await,
        (false, false, false, 1, 1)
    );
    assert_eq!(told(&mut api, RESIDENT, care).await, (false, false, false, 0, 0));
}

#[tokio::test]
async fn the_outline_says_which_commitments_one_reads() {
    let mut api = api().await;
    taken_in(&mut api, RESIDENT, Role::Resident).await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let mine = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [BESTUURDER.party] });
    let other = json!({ "title": "Iets anders", "chapterId": care });
    for body in [&mine, &other] {
        let create = api.post("/plans/{plan}/commitments").by(TREKKER).fresh();
        create.json(body).send().await.ok();
    }
    for (who, said, read) in [
        (TREKKER, "all", 2),
        (BESTUURDER, "ownParty", 1),
        (RESIDENT, "none", 0),
    ] {
        let plan = api.get("/plans/{plan}").by(who).send().await.ok().json();
        let register = api
            .get("/plans/{plan}/commitments")
            .by(who)
            .send()
            .await
            .ok()
            .json();
        let items = register["items"].as_array().unwrap().len();
        assert_eq!((&plan["readsCommitments"], items), (&json!(said), read));
    }
}
