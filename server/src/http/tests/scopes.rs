//! Every operation of the contract, asked with a token of each scope: whether it opens, and whether it tells what tokens
//! are not told.
//!
//! Why from the contract: an operation that is added is asked here too, and is closed to programs until it says otherwise.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schema::domain::policy::Scope;
use schema::ids::Position;

use super::access_tokens::made;
use super::erasing_content::{approved_and_done, with_colleague};
use super::past::{offer, write};
use super::*;
use crate::http::programs::scope_for;

/// Words of what was decided about rights and erasures; the last are the ground of what was erased, and the name of
/// somebody who held a role once and did nothing.
const NEVER_TOLD: [&str; 7] = [
    "raadsbesluit 7",
    "vertrouwensbreuk",
    "telefoonnummer van een inwoner",
    "machtiging van de raad",
    "brief aan een inwoner",
    "\"ground\":\"unlawful\"",
    "\"Carla\"",
];

/// For whom an operation opens, as the contract says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opens {
    Everybody,
    People,
    Programs(Scope),
}

/// Method, address and for whom, of every operation.
fn operations() -> Vec<(Method, String, Opens)> {
    let contract: Value = serde_yaml_ng::from_str(schema::OPENAPI_YAML).unwrap();
    let mut operations = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let ways = operation.get("security").unwrap_or(&contract["security"]);
            let ways = ways.as_array().unwrap();
            let scope = ways.iter().find_map(|way| way["accessToken"][0].as_str());
            let opens = match scope {
                Some("read") => Opens::Programs(Scope::Read),
                Some("write") => Opens::Programs(Scope::Write),
                Some(other) => panic!("{method} {path}: {other}"),
                None if ways.is_empty() => Opens::Everybody,
                None => Opens::People,
            };
            operations.push((method.to_uppercase().parse().unwrap(), path.clone(), opens));
        }
    }
    operations
}

/// A plan in which all of it was decided, and what addresses name.
struct Decided {
    api: Api,
    chapter: ChapterId,
    commitment: String,
    /// Of letters after the earlier text was erased.
    written: Position,
    size: u64,
}

fn mandate(source: &str) -> rights::Mandate {
    rights::Mandate {
        source: line(source),
        from: "2026-02-01".parse().unwrap(),
        until: None,
    }
}

/// Has the earlier text of a chapter erased.
async fn erased_text(api: &mut Api, chapter: ChapterId) {
    let body = json!({ "textOf": chapter, "ground": "unlawful", "explanation": NEVER_TOLD[4] });
    let ask = api.post("/plans/{plan}/erasures").by(PROGRAMMATEAM).fresh();
    let asked = ask.json(&body).send().await.ok().json();
    approved_and_done(api, &asked).await;
}

async fn decided() -> Decided {
    let mut api = with_colleague().await;
    api.app.audit.start(api.writer.grown()).unwrap();
    let in_team = |as_role| Role::Schrijfteam {
        team: CARE_TEAM,
        as_role,
    };
    // For whom the chapter is their own, so that they are told what is new in it.
    api.grant(PROGRAMMATEAM, in_team(TeamRole::Coordinator)).await;
    let Caller { person, party } = TREKKER;
    let grant = rights::Command::Grant {
        person,
        party,
        role: in_team(TeamRole::Lead),
        mandate: Some(mandate(NEVER_TOLD[3])),
    };
    api.command(PROGRAMMATEAM, Command::Rights(grant)).await;
    let chapter = api.chapter("Zorg", CARE_TEAM).await;
    write(&mut api, TREKKER, chapter, "Eerst. ").await;
    offer(&mut api, chapter).await;
    write(&mut api, TREKKER, chapter, "Daarna. ").await;
    erased_text(&mut api, chapter).await;
    let written = write(&mut api, TREKKER, chapter, "Ten slotte. ").await;
    let Caller { person, party } = COALITIE;
    let grant = rights::Command::Grant {
        person,
        party,
        role: Role::Coalitie,
        mandate: Some(mandate(NEVER_TOLD[0])),
    };
    api.command(PROGRAMMATEAM, Command::Rights(grant)).await;
    let withdraw = rights::Command::Withdraw {
        person,
        party,
        role: Role::Coalitie,
        reason: line(NEVER_TOLD[1]),
    };
    api.command(PROGRAMMATEAM, Command::Rights(withdraw)).await;

    let content = json!({ "title": "Nachtzorg", "chapterId": chapter, "solution": "Bel ons" });
    let post = api.post("/plans/{plan}/commitments").by(TREKKER).fresh();
    let created = post.json(&content).send().await.ok();
    let said_first = api.app.log.next_position(PLAN).0 - 1;
    let commitment = created.json()["id"].as_str().unwrap().to_owned();
    let patch = api.patch(&format!("/plans/{{plan}}/commitments/{commitment}"));
    let patch = patch.by(TREKKER).fresh().with("if-match", &created.etag());
    patch
        .json(&json!({ "solution": "Nachtzorg bellen" }))
        .send()
        .await
        .ok();
    let erasure = json!({
        "positions": [said_first], "ground": "unlawful", "explanation": NEVER_TOLD[2]
    });
    let post = api.post("/plans/{plan}/erasures").by(PROGRAMMATEAM).fresh();
    post.json(&erasure).send().await.ok();
    let size = api.app.log.next_position(PLAN).0;
    Decided {
        api,
        chapter,
        commitment,
        written,
        size,
    }
}

impl Decided {
    /// Addresses of an operation at which something is: of single events, those of all.
    fn addresses(&self, path: &str) -> Vec<String> {
        let query = match path.rsplit('/').next().unwrap() {
            "differences" => format!("?from={}", self.written.0),
            "restore-preview" => format!("?toPosition={}", self.written.0),
            "consistency-proof" => "?from=1".to_owned(),
            "events" => "?limit=200".to_owned(),
            _ => String::new(),
        };
        let elsewhere = CommandId::from_bytes([5; 16]).to_string();
        let parts = path.split('/').map(|part| match part {
            "{planId}" => "{plan}".to_owned(),
            "{chapterId}" => self.chapter.to_string(),
            "{commitmentId}" => self.commitment.clone(),
            "{position}" => part.to_owned(),
            _ if part.starts_with('{') => elsewhere.clone(),
            _ => part.to_owned(),
        });
        let address = format!("/api/v1{}{query}", parts.collect::<Vec<_>>().join("/"));
        match address.contains("{position}") {
            true => (0..self.size)
                .map(|position| address.replace("{position}", &position.to_string()))
                .collect(),
            false => vec![address],
        }
    }

    /// The code with which a token is refused, or the status.
    async fn refusal(&mut self, bearer: &str, (method, path): (&Method, &str)) -> String {
        let address = self.addresses(path).remove(0);
        let ask = self.api.ask(method.clone(), &address);
        let ask = ask.with("authorization", bearer).fresh().with("if-match", "*");
        let answer = ask.json(&json!({})).send().await;
        match answer.status {
            StatusCode::FORBIDDEN => answer.problem(),
            other => other.to_string(),
        }
    }

    /// Which operations that open for reading tell any of the words.
    async fn telling(&mut self, (header, value): (&str, &str)) -> BTreeSet<String> {
        let mut telling = BTreeSet::new();
        for (method, path, opens) in operations() {
            if opens != Opens::Programs(Scope::Read) {
                continue;
            }
            for address in self.addresses(&path) {
                let answer = self
                    .api
                    .ask(method.clone(), &address)
                    .with(header, value)
                    .send()
                    .await;
                assert!(
                    answer.status.is_success(),
                    "{address}: {} {}",
                    answer.status,
                    answer.text
                );
                if NEVER_TOLD.iter().any(|words| holds(&answer.text, words)) {
                    telling.insert(path.clone());
                }
            }
        }
        telling
    }
}

/// Whether an answer holds words, as they are or in base64.
fn holds(answer: &str, words: &str) -> bool {
    let mut encoded = answer.split('"').filter_map(|piece| STANDARD.decode(piece).ok());
    answer.contains(words) || encoded.any(|bytes| String::from_utf8_lossy(&bytes).contains(words))
}

#[tokio::test]
async fn every_operation_opens_for_the_scopes_that_the_contract_names_and_no_other() {
    let mut plan = decided().await;
    let (reads, _) = made(&mut plan.api, PROGRAMMATEAM, "read").await;
    let (writes, _) = made(&mut plan.api, PROGRAMMATEAM, "write").await;
    let refusals = ["not-for-programs", "token-reads-only"];
    for (method, path, opens) in operations() {
        let operation = (&method, path.as_str());
        let asked = [
            plan.refusal(&reads, operation).await,
            plan.refusal(&writes, operation).await,
        ];
        let found = asked
            .each_ref()
            .map(|code| refusals.iter().find(|refusal| *refusal == code));
        let said = match opens {
            Opens::People => [Some(&refusals[0]); 2],
            Opens::Programs(Scope::Write) => [Some(&refusals[1]), None],
            Opens::Programs(Scope::Read) | Opens::Everybody => [None, None],
        };
        assert_eq!(found, said, "{method} {path}: {asked:?}");
    }
}

#[tokio::test]
async fn no_operation_tells_a_program_what_was_decided_about_rights_and_erasures() {
    let mut plan = decided().await;
    let plan_log = plan.api.app.audit.plan(PLAN).unwrap();
    assert!(plan.api.app.audit.signed(&plan_log, plan.size - 1).await);
    let (reads, _) = made(&mut plan.api, PROGRAMMATEAM, "read").await;
    let (writes, _) = made(&mut plan.api, PROGRAMMATEAM, "write").await;
    let session = format!(
        "{}={}",
        crate::http::request::SESSION_COOKIE,
        token_of(PROGRAMMATEAM).secret()
    );
    // The person themselves is told: the words are there to be found.
    let told = plan.telling(("cookie", &session)).await;
    let tell = [
        "chapters/{chapterId}/history",
        "event-export",
        "events",
        "events/{position}/proof",
        "for-me",
    ];
    let mut tell = BTreeSet::from(tell.map(|name| format!("/plans/{{planId}}/{name}")));
    tell.insert("/plans/{planId}".to_owned());
    assert_eq!(told, tell);
    for bearer in [reads, writes] {
        assert_eq!(plan.telling(("authorization", &bearer)).await, BTreeSet::new());
    }
}

/// Addresses and methods in the tables are those of the contract, and no entry is left over from an operation that went.
#[test]
fn the_tables_name_operations_of_the_contract() {
    let mut open = 0;
    for (method, path, opens) in operations() {
        let mut pattern = "/api/v1".to_owned();
        for letter in path.chars() {
            if letter.is_ascii_uppercase() {
                pattern.push('_');
            }
            pattern.push(letter.to_ascii_lowercase());
        }
        let does = scope_for(&method, &pattern);
        let said = match opens {
            Opens::Programs(scope) => Some(scope),
            Opens::People | Opens::Everybody => None,
        };
        assert_eq!(does, said, "{method} {path}");
        open += usize::from(does.is_some());
    }
    assert_eq!(
        open, 23,
        "every entry of the tables is an operation of the contract"
    );
}
