//! The contract against the running server.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn the_contract_is_served_to_everyone() {
    let mut api = empty().await;
    let served = api.get("/openapi.json").send().await.ok();
    assert_eq!(served.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(served.headers["api-version"], crate::http::API_VERSION);
    assert_eq!(served.headers[header::CONTENT_TYPE], "application/json");
    assert!(served.json()["paths"]["/plans/{planId}"]["get"].is_object());
}

#[tokio::test]
async fn the_landing_page_leads_to_the_contract_and_no_address_ends_in_a_slash() {
    let mut api = empty().await;
    let landing = api.ask(Method::GET, "/api/v1").send().await.ok().json();
    assert_eq!(landing["contract"], "/api/v1/openapi.json");
    let slash = api.get("/openapi.json/").send().await;
    assert_eq!(
        (slash.status, slash.problem().as_str()),
        (StatusCode::NOT_FOUND, "not-found")
    );
}

/// Every operation of the contract is answered by a handler: what comes back is not the answer for an unknown
/// address or method.
#[tokio::test]
async fn every_operation_of_the_contract_has_a_handler() {
    let mut api = empty().await;
    let contract = api.get("/openapi.json").send().await.ok().json();
    let id = CommandId::from_bytes([5; 16]).to_string();
    for (path, item) in contract["paths"].as_object().unwrap() {
        let address = path
            .split('/')
            .map(|part| if part.starts_with('{') { id.as_str() } else { part });
        let address = format!("/api/v1{}", address.collect::<Vec<_>>().join("/"));
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let answer = api.ask(method.clone(), &address).send().await;
                let unknown = answer.status == StatusCode::METHOD_NOT_ALLOWED
                    || (answer.status == StatusCode::NOT_FOUND && answer.problem() == "not-found");
                assert!(!unknown, "{method} {path}");
                assert!(answer.headers.contains_key("api-version"), "{method} {path}");
            }
        }
    }
}

/// Whoever reads the contract finds every code that a refusal can have.
#[test]
fn the_contract_lists_every_refusal() {
    for refusal in schema::domain::Refusal::ALL {
        assert!(
            schema::OPENAPI_YAML.contains(&format!("`{}`", refusal.code())),
            "{}",
            refusal.code()
        );
    }
}

/// What pages get has at least what the contract promises.
#[tokio::test]
async fn answers_have_what_their_schemas_require() {
    let mut api = api().await;
    let care = api.chapter("Zorg", CARE_TEAM).await;
    let text = "Eerste regel.\nTweede regel.";
    past::write(&mut api, TREKKER, care, text).await;
    past::offer(&mut api, care).await;
    let body = json!({ "title": "Nachtzorg", "chapterId": care, "partyIds": [COALITIE.party] });
    let made = api
        .post("/plans/{plan}/commitments")
        .by(TREKKER)
        .fresh()
        .json(&body)
        .send()
        .await
        .ok();
    let path = made.headers[header::LOCATION]
        .to_str()
        .unwrap()
        .strip_prefix("/api/v1")
        .unwrap()
        .to_owned();
    for (path, schema) in [
        ("/session".to_owned(), "Session"),
        ("/plans".to_owned(), "PlanList"),
        ("/plans/{plan}".to_owned(), "Plan"),
        (format!("/plans/{{plan}}/chapters/{care}"), "Chapter"),
        (format!("/plans/{{plan}}/chapters/{care}/text"), "ChapterText"),
        ("/plans/{plan}/commitments".to_owned(), "CommitmentList"),
        (path.clone(), "Commitment"),
        (format!("{path}/changes"), "CommitmentChangeList"),
        ("/plans/{plan}/rights".to_owned(), "RightList"),
        ("/plans/{plan}/events".to_owned(), "PlanEventPage"),
        ("/plans/{plan}/for-me".to_owned(), "ForMe"),
    ] {
        let answer = api.get(&path).by(COALITIE).send().await.ok().json();
        let faults = faults(&mut api, schema, &answer, &path).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// Where an answer is not what a schema of the contract says.
pub(super) async fn faults(api: &mut Api, schema: &str, answer: &Value, at: &str) -> BTreeSet<String> {
    let contract = api.get("/openapi.json").send().await.ok().json();
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let mut faults = BTreeSet::new();
    check(&contract, &schema, answer, at, &mut faults);
    faults
}

/// The part of JSON Schema that the contract uses: references, types, required and unknown properties, enums.
fn check(contract: &Value, schema: &Value, value: &Value, at: &str, faults: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = contract.pointer(reference.trim_start_matches('#'));
        return check(contract, target.expect(reference), value, at, faults);
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let fits = |option: &&Value| {
            let mut found = BTreeSet::new();
            check(contract, option, value, at, &mut found);
            found.is_empty()
        };
        if options.iter().filter(fits).count() != 1 {
            faults.insert(format!("{at}: {value} is not exactly one of {options:?}"));
        }
        return;
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(contract, part, value, at, faults);
    }
    let types = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.contains(&type_of(value)) {
        faults.insert(format!("{at}: {value} is not {types:?}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|known| !known.contains(value))
    {
        faults.insert(format!("{at}: {value} is not in {}", schema["enum"]));
    }
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(name).is_none() {
            faults.insert(format!("{at}: {name} is missing"));
        }
    }
    if let (Some(members), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, member) in members {
            match known.get(name) {
                Some(schema) => check(contract, schema, member, &format!("{at}/{name}"), faults),
                None => drop(faults.insert(format!("{at}: {name} is not in the contract"))),
            }
        }
    }
    for (item, index) in value.as_array().into_iter().flatten().zip(0..) {
        check(contract, &schema["items"], item, &format!("{at}/{index}"), faults);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
