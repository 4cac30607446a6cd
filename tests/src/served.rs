//! A server with the sample plan on a real port and a real disk, and people signed in to it over HTTP.

use anyhow::{Context, Result};
use schema::ids::{ChapterId, PlanId};
use schrijftafel_server::accounts::Grantee;
use schrijftafel_server::cli::{link, sample, serve};
use schrijftafel_server::http::App;
use schrijftafel_server::http::app::Settings;
use schrijftafel_server::node::Node;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::native::NativeClient;

/// The order in which the sample introduces the people one can sign in as.
pub const WRITER: usize = 0;
/// A writer of another party, in the same team.
pub const SECOND_WRITER: usize = 1;
/// A member of the coalition: reads, does not write.
pub const COALITION: usize = 2;
/// The programme team.
pub const PROGRAMME: usize = 3;

/// A running server; ends with the runtime.
pub struct Served {
    app: App,
    address: String,
    /// Removed when dropped.
    pub data: TempDir,
    plan: PlanId,
}

impl Served {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When the port or the disk cannot be had, or the sample is refused.
    pub async fn start() -> Result<Self> {
        let data = tempfile::tempdir()?;
        let node = Node::open(data.path(), Settings::default()).await?;
        sample::load(&node.app).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let app = node.app.clone();
        tokio::spawn(serve::serve(node, listener));
        Ok(Self {
            app,
            address,
            data,
            plan: sample::plan_id(),
        })
    }

    /// Where the protocol is spoken.
    #[must_use]
    pub fn socket(&self) -> String {
        format!("ws://{}/sync", self.address)
    }

    /// Signs one of the sample's people in; answers the cookie of their session.
    ///
    /// # Errors
    /// When signing in fails.
    pub async fn sign_in(&self, person: usize) -> Result<String> {
        let people = sample::people()?;
        let caller = people.get(person).context("there are four people")?.caller;
        let grantee = Grantee {
            person: caller.person,
            party: caller.party,
        };
        let link = link::make(&self.app.accounts, grantee, "")?;
        let token = link.rsplit('=').next().context("a token")?.to_owned();
        let answer = self.send("POST", "/session".to_owned(), None, json!({ "token": token }));
        let (_, cookie) = answer.await?;
        cookie.context("a session cookie")
    }

    /// A command through the API; answers its JSON.
    ///
    /// # Errors
    /// When it is refused, with what the server said.
    pub async fn post(&self, cookie: &str, path: &str, body: Value) -> Result<Value> {
        let path = format!("/plans/{}{path}", self.plan);
        let (answer, _) = self.send("POST", path, Some(cookie.to_owned()), body).await?;
        Ok(answer)
    }

    /// What the API answers to a question.
    ///
    /// # Errors
    /// When it is refused, with what the server said.
    pub async fn get(&self, cookie: &str, path: &str) -> Result<Value> {
        let path = format!("/plans/{}{path}", self.plan);
        let (answer, _) = self
            .send("GET", path, Some(cookie.to_owned()), Value::Null)
            .await?;
        Ok(answer)
    }

    async fn send(
        &self,
        method: &'static str,
        path: String,
        cookie: Option<String>,
        body: Value,
    ) -> Result<(Value, Option<String>)> {
        let origin = format!("http://{}", self.address);
        tokio::task::spawn_blocking(move || send(&origin, (method, &path), cookie.as_deref(), &body)).await?
    }

    /// An empty chapter of the writers' team, made by the programme team.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn empty_chapter(&self) -> Result<(PlanId, ChapterId)> {
        let seen = self.get(&self.sign_in(WRITER).await?, "").await?;
        let chapters = seen["chapters"].as_array().into_iter().flatten();
        let team = chapters
            .filter(|chapter| chapter["mayWrite"] == true)
            .find_map(|chapter| chapter["teamId"].as_str())
            .context("the writer has a team")?;
        let programme = self.sign_in(PROGRAMME).await?;
        let body = json!({ "title": "Op de proef", "teamId": team });
        let made = self.post(&programme, "/chapters", body).await?;
        let id = made["id"].as_str().context("an id")?.parse()?;
        Ok((self.plan, id))
    }

    /// A connected client of a chapter.
    ///
    /// # Errors
    /// When it cannot open the chapter in time.
    pub async fn client(
        &self,
        key: (PlanId, ChapterId),
        cookie: Option<&str>,
        seed: u64,
    ) -> Result<NativeClient> {
        let mut client = NativeClient::new(&self.socket(), cookie, key, seed);
        client.connect().await?;
        Ok(client)
    }
}

fn send(
    origin: &str,
    (method, path): (&str, &str),
    cookie: Option<&str>,
    body: &Value,
) -> Result<(Value, Option<String>)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let key = schema::ids::EventId::from_bytes(schrijftafel_server::clock::random_bytes());
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{origin}/api/v1{path}"))
        .header("cookie", cookie.unwrap_or_default())
        .header("origin", origin)
        .header("idempotency-key", key.to_string())
        .header("content-type", "application/json");
    let sent = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let mut answer = agent.run(request.body(sent)?)?;
    let text = answer.body_mut().read_to_string()?;
    let status = answer.status();
    anyhow::ensure!(status.is_success(), "{method} {path}: {status} {text}");
    let cookie = answer.headers().get("set-cookie").and_then(|cookie| {
        let pair = cookie.to_str().ok()?.split(';').next()?;
        Some(pair.to_owned())
    });
    Ok((serde_json::from_str(&text)?, cookie))
}
