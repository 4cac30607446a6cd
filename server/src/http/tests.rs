//! The API against a real core over a log in memory.

mod access_tokens;
mod contract;
mod credit;
mod erasing_content;
mod growth;
mod opening;
mod past;
mod people;
mod proofs;
mod readers;
mod reading;
mod refusals;
mod restores;
mod retries;
mod scopes;
mod signing_in;
mod structure;
mod taken_words;
mod unknown;
mod writers;
mod writing;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use schema::domain::plan::Party;
use schema::domain::rights::{Role, TeamRole};
use schema::domain::values::Line;
use schema::domain::{Caller, Command, plan, rights};
use schema::ids::{ChapterId, CommandId, IncarnationId, PartyId, PersonId, PlanId, TeamId};
use schema::log::event::ContentDigest;
use schema::text::growth::GrowthLimit;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::app::{App, Asked, Settings};
use super::request::{IdempotencyKey, SignedIn};
use super::router;
use crate::accounts::{Accounts, Grantee, Person, Token};
use crate::audit::{Audit, AuditConfig};
use crate::clock;
use crate::core::CoreLimits;
use crate::erasing::{self, Eraser};
use crate::log::memory::MemoryLog;
use crate::log::writer::{LogWriter, WriterConfig};
use crate::node::FromViews;
use crate::shell::repo::Formers;
use crate::shell::{CoreHandle, CoreSetup};
use crate::views::Views;
use crate::views::chapter_history::ChapterHistories;

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const CARE_TEAM: TeamId = TeamId::from_bytes([2; 16]);
const HOME_TEAM: TeamId = TeamId::from_bytes([3; 16]);

/// Person `n` acting for party `n`.
const fn person(n: u8) -> Caller {
    Caller {
        person: PersonId::from_bytes([n; 16]),
        party: PartyId::from_bytes([n; 16]),
    }
}

const PROGRAMMATEAM: Caller = person(11);
const TREKKER: Caller = person(12);
const OTHER_WRITER: Caller = person(13);
const COALITIE: Caller = person(14);
const BESTUURDER: Caller = person(15);
const STRANGER: Caller = person(99);

fn line(text: &str) -> Line {
    text.parse().unwrap()
}

/// A server under test with a plan and people in every role.
struct Api {
    app: App,
    writer: LogWriter,
    /// Holds the audit files for as long as the server.
    _data: tempfile::TempDir,
    next_key: u8,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
    bytes: axum::body::Bytes,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self
    }

    /// The code of a problem document.
    #[track_caller]
    fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(problem["status"], self.status.as_u16());
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        problem["type"]
            .as_str()
            .unwrap()
            .strip_prefix("urn:schrijftafel:problem:")
            .unwrap()
            .to_owned()
    }

    fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }
}

/// A request in the making.
struct Ask<'a> {
    api: &'a mut Api,
    request: axum::http::request::Builder,
    body: Body,
}

impl Ask<'_> {
    fn by(self, who: Caller) -> Self {
        let token = token_of(who);
        let cookie = format!("other=1; {}={}", super::request::SESSION_COOKIE, token.secret());
        self.with(header::COOKIE.as_str(), &cookie)
    }

    fn with(self, name: &str, value: &str) -> Self {
        Self {
            request: self.request.header(name, value),
            ..self
        }
    }

    /// A fresh `Idempotency-Key`.
    fn fresh(self) -> Self {
        self.api.next_key += 1;
        let key = CommandId::from_bytes([self.api.next_key; 16]).to_string();
        self.with("idempotency-key", &key)
    }

    fn json(self, body: &Value) -> Self {
        let body = Body::from(body.to_string());
        Self {
            body,
            ..self.with(header::CONTENT_TYPE.as_str(), "application/json")
        }
    }

    async fn send(self) -> Answer {
        let request: Request<Body> = self.request.body(self.body).unwrap();
        let response = router(self.api.app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
            bytes,
        }
    }
}

fn token_of(who: Caller) -> Token {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(who.person.as_bytes());
    bytes[16..].copy_from_slice(who.party.as_bytes());
    Token::from_random(bytes)
}

impl Api {
    fn ask(&mut self, method: Method, path: &str) -> Ask<'_> {
        let request = Request::builder()
            .method(method)
            .uri(path.replace("{plan}", &PLAN.to_string()));
        Ask {
            api: self,
            request,
            body: Body::empty(),
        }
    }

    fn get(&mut self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, &format!("/api/v1{path}"))
    }

    fn post(&mut self, path: &str) -> Ask<'_> {
        self.ask(Method::POST, &format!("/api/v1{path}"))
    }

    fn patch(&mut self, path: &str) -> Ask<'_> {
        self.ask(Method::PATCH, &format!("/api/v1{path}"))
    }

    async fn command(&mut self, who: Caller, command: Command) {
        self.command_in(PLAN, who, command).await;
    }

    async fn command_in(&mut self, plan: PlanId, who: Caller, command: Command) {
        self.next_key += 1;
        let key = IdempotencyKey {
            id: CommandId::from_bytes([self.next_key; 16]),
            content: ContentDigest::default(),
        };
        let who = SignedIn {
            caller: who,
            token: token_of(who),
            let_in_by: BTreeSet::new(),
            within: None,
            program: None,
        };
        self.app
            .ask(
                &who,
                Asked {
                    plan,
                    key,
                    command,
                    expected: None,
                },
            )
            .await
            .unwrap();
    }

    async fn grant(&mut self, to: Caller, role: Role) {
        let mandate = (role == Role::Coalitie).then(|| rights::Mandate {
            source: line("brief"),
            from: "2026-01-01".parse().unwrap(),
            until: None,
        });
        let Caller { person, party } = to;
        let command = rights::Command::Grant {
            person,
            party,
            role,
            mandate,
        };
        self.command(PROGRAMMATEAM, Command::Rights(command)).await;
    }

    /// [`OTHER_WRITER`] writes in the care team too.
    async fn second_writer(&mut self) {
        let role = Role::Schrijfteam {
            team: CARE_TEAM,
            as_role: TeamRole::Writer,
        };
        self.grant(OTHER_WRITER, role).await;
    }

    /// A chapter of a team, by the API.
    async fn chapter(&mut self, title: &str, team: TeamId) -> ChapterId {
        let body = json!({ "title": title, "teamId": team });
        let path = "/plans/{plan}/chapters";
        let made = self
            .post(path)
            .by(PROGRAMMATEAM)
            .fresh()
            .json(&body)
            .send()
            .await
            .ok();
        assert_eq!(made.status, StatusCode::CREATED);
        made.json()["id"].as_str().unwrap().parse().unwrap()
    }
}

/// A server with nothing in it.
async fn empty() -> Api {
    empty_growing_to(GrowthLimit::default()).await
}

/// The same, with a limit of its own to how long the document of a chapter may grow.
async fn empty_growing_to(growth: GrowthLimit) -> Api {
    let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([0; 16])));
    let writer = LogWriter::start(log, WriterConfig::default()).unwrap();
    let views = Views::start(&writer, None);
    let data = tempfile::tempdir().unwrap();
    let histories = ChapterHistories::new(writer.log().clone());
    let limits = CoreLimits {
        growth,
        ..CoreLimits::default()
    };
    let setup = CoreSetup {
        limits,
        ..CoreSetup::default()
    };
    let accounts = Accounts::temporary();
    let known = Arc::new(FromViews(views.clone()));
    let devices = Arc::new(accounts.clone());
    let core = CoreHandle::start_with(Arc::new(writer.clone()), known, devices, setup).unwrap();
    let eraser = Eraser::start(erasing::Parts {
        log: writer.log().clone(),
        views: views.clone(),
        histories: histories.clone(),
        core: core.clone(),
        looked_at: None,
    });
    let app = App {
        views,
        histories,
        eraser,
        formers: Arc::new(Formers::new(writer.log().clone())),
        accounts,
        audit: Audit::open(writer.log().clone(), data.path(), AuditConfig::default()).unwrap(),
        log: writer.log().clone(),
        core,
        settings: Arc::new(Settings::default()),
    };
    Api {
        app,
        writer,
        _data: data,
        next_key: 0,
    }
}

impl Api {
    /// Adds somebody to the accounts and signs them in.
    fn sign_in(&self, who: Caller, name: &str) {
        let accounts = &self.app.accounts;
        let person = Person {
            name: line(name),
            mail: None,
        };
        accounts.put_person(who.person, &person).unwrap();
        let link = Token::from_random([who.person.as_bytes()[0]; 32]);
        let grantee = Grantee {
            person: who.person,
            party: who.party,
        };
        accounts.invite(grantee, &link, clock::now_ms()).unwrap();
        let signed_in = accounts.sign_in(&link, &token_of(who), clock::now_ms());
        signed_in.unwrap().unwrap();
    }
}

/// A server with a plan, its parties, teams and people.
async fn api() -> Api {
    furnished(empty().await).await
}

async fn furnished(mut api: Api) -> Api {
    let party = Party {
        name: line("Programmabureau"),
        sector: line("programma"),
    };
    let create = plan::Command::Create {
        title: line("Regioplan Waterland"),
        areas: vec![line("Waterland")],
        party,
    };
    api.command(PROGRAMMATEAM, Command::Plan(create)).await;
    let people = [
        (PROGRAMMATEAM, "Petra"),
        (TREKKER, "Tarik"),
        (OTHER_WRITER, "Wim"),
        (COALITIE, "Carla"),
        (BESTUURDER, "Bert"),
        (STRANGER, "Sam"),
    ];
    for (who, name) in people {
        api.sign_in(who, name);
        if who != PROGRAMMATEAM && who != STRANGER {
            let party = Party {
                name: line(&format!("Partij van {name}")),
                sector: line("gemeente"),
            };
            let add = plan::Command::AddParty { id: who.party, party };
            api.command(PROGRAMMATEAM, Command::Plan(add)).await;
        }
    }
    for (id, name) in [(CARE_TEAM, "Zorg"), (HOME_TEAM, "Wonen")] {
        let form = plan::Command::FormTeam { id, name: line(name) };
        api.command(PROGRAMMATEAM, Command::Plan(form)).await;
    }
    let in_team = |team, as_role| Role::Schrijfteam { team, as_role };
    api.grant(TREKKER, in_team(CARE_TEAM, TeamRole::Lead)).await;
    api.grant(OTHER_WRITER, in_team(HOME_TEAM, TeamRole::Writer))
        .await;
    api.grant(COALITIE, Role::Coalitie).await;
    api.grant(BESTUURDER, Role::Bestuurder).await;
    api
}
