//! A server with the sample plan on a real port and a real disk, and people signed in to it over HTTP.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use schema::ids::{ChapterId, PlanId};
use schrijftafel_server::accounts::Grantee;
use schrijftafel_server::cli::{link, sample, serve};
use schrijftafel_server::http::app::Settings;
use schrijftafel_server::node::Node;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::native::NativeClient;

/// The order in which the sample introduces the people one can sign in as.
pub const WRITER: usize = 0;
/// A writer of another party, in the same team.
pub const SECOND_WRITER: usize = 1;
/// A member of the coalition: reads, does not write.
pub const COALITION: usize = 2;
/// The programme team.
pub const PROGRAMME: usize = 3;
/// A second person of the programme team.
pub const SECOND_PROGRAMME: usize = 4;
/// How many there are.
const PEOPLE: usize = 5;

/// A running server.
pub struct Served {
    address: String,
    /// Sign-in links that were not used yet, or the cookies they gave.
    people: Mutex<Vec<WayIn>>,
    plan: PlanId,
    /// Killed when dropped; none when it runs in this process.
    process: Option<Child>,
    data: TempDir,
}

/// What a person gave a program.
pub struct AccessToken {
    /// What it shows.
    pub secret: String,
    /// By what it is withdrawn.
    pub id: String,
}

enum WayIn {
    Token(String),
    Cookie(String),
}

impl Served {
    /// Starts one in this process; it ends with the runtime.
    ///
    /// # Errors
    /// When the port or the disk cannot be had, or the sample is refused.
    pub async fn start() -> Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// The same with settings of its own.
    ///
    /// # Errors
    /// As [`Served::start`].
    pub async fn start_with(settings: Settings) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let node = Node::open_whole(data.path(), settings).await?;
        sample::load(&node.app).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let mut links = Vec::new();
        for person in sample::people()? {
            let grantee = Grantee {
                person: person.caller.person,
                party: person.caller.party,
            };
            links.push(link::make(&node.app.accounts, grantee, "")?);
        }
        tokio::spawn(serve::serve(node, listener));
        Ok(Self::at(address, &links, None, data))
    }

    /// Starts the built program as an operator would, to measure a process of its own.
    ///
    /// # Errors
    /// When it cannot be started, or ends before it has told how to sign in.
    pub fn process(program: &Path) -> Result<Self> {
        Self::process_on(program, &std::env::temp_dir(), &[])
    }

    /// The same, with its data in a new directory of `place`, and with further arguments.
    ///
    /// # Errors
    /// As [`Served::process`].
    pub fn process_on(program: &Path, place: &Path, arguments: &[&str]) -> Result<Self> {
        Self::process_told(program, place, arguments, ("warn", Stdio::inherit()))
    }

    /// The same, writing what it tells its operator of a level into a file.
    ///
    /// # Errors
    /// As [`Served::process`].
    pub fn process_telling(program: &Path, level: &str, file: std::fs::File) -> Result<Self> {
        Self::process_told(program, &std::env::temp_dir(), &[], (level, file.into()))
    }

    fn process_told(
        program: &Path,
        place: &Path,
        arguments: &[&str],
        (level, to): (&str, Stdio),
    ) -> Result<Self> {
        let data = tempfile::tempdir_in(place)?;
        let address = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .to_string();
        let mut process = Command::new(program)
            .args(["demo", "--listen", &address, "--data"])
            .arg(data.path())
            .args(arguments)
            .env("RUST_LOG", level)
            .stderr(to)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let output = process.stdout.take().context("its output")?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let links: Vec<String> = lines
            .by_ref()
            .filter(|line| line.contains("#token="))
            .take(PEOPLE)
            .collect();
        // Whatever else it says is read and forgotten: a full pipe would hold it up.
        std::thread::spawn(move || lines.for_each(drop));
        anyhow::ensure!(links.len() == PEOPLE, "the server ended before it was ready");
        Ok(Self::at(address, &links, Some(process), data))
    }

    fn at(address: String, links: &[String], process: Option<Child>, data: TempDir) -> Self {
        let token = |link: &String| link.trim().rsplit('=').next().unwrap_or_default().to_owned();
        Self {
            address,
            people: Mutex::new(links.iter().map(|link| WayIn::Token(token(link))).collect()),
            plan: sample::plan_id(),
            process,
            data,
        }
    }

    /// The process id of a server of its own.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Ends a process of its own at once, and keeps its data.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(process) = &mut self.process {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Asks a process of its own to stop, as the operating system does.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn ask_to_stop(&self) -> Result<()> {
        let pid = self.pid().context("a process of its own")?.to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status()?;
        anyhow::ensure!(asked.success(), "kill -TERM {pid}");
        Ok(())
    }

    /// Waits until a process of its own has ended; whether it ended well.
    ///
    /// # Errors
    /// When there is none.
    pub fn ended(&mut self) -> Result<bool> {
        let process = self.process.as_mut().context("a process of its own")?;
        Ok(process.wait()?.success())
    }

    /// Starts a process of its own anew at the same address, over other data; people stay who they are.
    ///
    /// # Errors
    /// When it cannot be started, or does not answer in time.
    pub async fn start_again(&mut self, program: &Path, data: &Path) -> Result<()> {
        let process = Command::new(program)
            .args(["serve", "--listen", &self.address, "--data"])
            .arg(data)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        self.process = Some(process);
        for _ in 0..600 {
            if matches!(self.readiness().await, Ok((200, _))) {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        anyhow::bail!("the server does not come back")
    }

    /// What `/readyz` answers: status and body.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn readiness(&self) -> Result<(u16, String)> {
        let url = format!("http://{}/readyz", self.address);
        let asked = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .build()
                .into();
            let mut answer = agent.get(url).call()?;
            Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
        });
        asked.await?
    }

    /// Where the protocol is spoken.
    #[must_use]
    pub fn socket(&self) -> String {
        format!("ws://{}/sync", self.address)
    }

    /// The session cookie of one of the sample's people.
    ///
    /// # Errors
    /// When signing in fails.
    pub async fn sign_in(&self, person: usize) -> Result<String> {
        let mut people = self.people.lock().await;
        let way_in = people.get_mut(person).context("there are five people")?;
        let token = match way_in {
            WayIn::Cookie(cookie) => return Ok(cookie.clone()),
            WayIn::Token(token) => token.clone(),
        };
        let answer = self.send("POST", "/session".to_owned(), None, json!({ "token": token }));
        let (_, cookie) = answer.await?;
        let cookie = cookie.context("a session cookie")?;
        *way_in = WayIn::Cookie(cookie.clone());
        Ok(cookie)
    }

    /// Whom a page shows whose cookie this is: `<person>.<party>`.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn shown(&self, cookie: &str) -> Result<String> {
        let asked = self.send("GET", "/session".to_owned(), Some(cookie.to_owned()), Value::Null);
        let (session, _) = asked.await?;
        let id = |of: &str| session[of]["id"].as_str().map(str::to_owned).context("an id");
        Ok(format!("{}.{}", id("person")?, id("party")?))
    }

    /// Signs out; the cookie means nothing from then on.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn sign_out(&self, cookie: &str) -> Result<()> {
        let sent = self.send(
            "DELETE",
            "/session".to_owned(),
            Some(cookie.to_owned()),
            Value::Null,
        );
        sent.await.map(drop)
    }

    /// An access token for a program of one of the sample's people: what the program shows, and by what it is withdrawn.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn access_token(&self, person: usize, scope: &str) -> Result<AccessToken> {
        let cookie = self.sign_in(person).await?;
        let body = json!({ "name": "Een programma", "scope": scope, "days": 1 });
        let made = self.send("POST", "/access-tokens".to_owned(), Some(cookie), body);
        let (made, _) = made.await?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).context("a token");
        Ok(AccessToken {
            secret: text("token")?,
            id: text("id")?,
        })
    }

    /// Withdraws an access token.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn withdraw(&self, person: usize, token: &AccessToken) -> Result<()> {
        let cookie = self.sign_in(person).await?;
        let path = format!("/access-tokens/{}", token.id);
        self.send("DELETE", path, Some(cookie), Value::Null)
            .await
            .map(drop)
    }

    /// The socket of automerge-repo clients as a program is given it that takes an address and nothing else.
    #[must_use]
    pub fn repo_socket(&self, token: &AccessToken) -> String {
        format!(
            "ws://program:{}@{}/sync/automerge-repo",
            token.secret, self.address
        )
    }

    /// The same for a page in a browser.
    #[must_use]
    pub fn repo_socket_for_pages(&self, token: &AccessToken) -> String {
        format!("ws://{}/sync/automerge-repo?token={}", self.address, token.secret)
    }

    /// How many events a plan has, as its export says.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn log_length(&self) -> Result<u64> {
        let page = self
            .get(&self.sign_in(PROGRAMME).await?, "/events?limit=1")
            .await?;
        let newest = page["items"].get(0).context("an event")?;
        newest["position"].as_u64().context("its position")
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

    /// Offers a chapter of the writers' team, and freezes it.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn freeze(&self, chapter: ChapterId) -> Result<()> {
        let trekker = self.sign_in(WRITER).await?;
        self.change_state(&trekker, chapter, json!({ "to": "reading" }))
            .await?;
        let programme = self.sign_in(PROGRAMME).await?;
        let frozen = json!({ "to": "frozen", "reason": "besluitvorming" });
        self.change_state(&programme, chapter, frozen).await
    }

    /// Changes a chapter's state through the API, wherever it stands now.
    ///
    /// # Errors
    /// When it is refused, with what the server said.
    pub async fn change_state(&self, cookie: &str, chapter: ChapterId, body: Value) -> Result<()> {
        let path = format!("/plans/{}/chapters/{chapter}/state-changes", self.plan);
        let (origin, cookie) = (format!("http://{}", self.address), cookie.to_owned());
        let sending = move || {
            send(
                &origin,
                ("POST", &path),
                &[("cookie", &cookie), ("if-match", "*")],
                &body,
            )
        };
        tokio::task::spawn_blocking(sending).await?.map(drop)
    }

    /// Takes something away through the API.
    ///
    /// # Errors
    /// When it is refused, with what the server said.
    pub async fn delete(&self, cookie: &str, path: &str) -> Result<()> {
        let path = format!("/plans/{}{path}", self.plan);
        let sent = self.send("DELETE", path, Some(cookie.to_owned()), Value::Null);
        sent.await.map(drop)
    }

    /// A change through the API of what stood at a tag; answers its JSON.
    ///
    /// # Errors
    /// When it is refused, with what the server said.
    pub async fn patch(&self, cookie: &str, path: &str, tag: &str, body: Value) -> Result<Value> {
        let path = format!("/plans/{}{path}", self.plan);
        let origin = format!("http://{}", self.address);
        let (cookie, tag) = (cookie.to_owned(), tag.to_owned());
        let sending = move || {
            send(
                &origin,
                ("PATCH", &path),
                &[("cookie", &cookie), ("if-match", &tag)],
                &body,
            )
        };
        let (answer, _) = tokio::task::spawn_blocking(sending).await??;
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
        let cookie = cookie.unwrap_or_default();
        tokio::task::spawn_blocking(move || send(&origin, (method, &path), &[("cookie", &cookie)], &body))
            .await?
    }

    /// An empty chapter of the writers' team, made by the programme team.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn empty_chapter(&self) -> Result<(PlanId, ChapterId)> {
        self.chapter_where(true).await
    }

    /// An empty chapter of a team that the writer is not in.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn chapter_of_others(&self) -> Result<(PlanId, ChapterId)> {
        self.chapter_where(false).await
    }

    async fn chapter_where(&self, may_write: bool) -> Result<(PlanId, ChapterId)> {
        let seen = self.get(&self.sign_in(WRITER).await?, "").await?;
        let chapters = seen["chapters"].as_array().into_iter().flatten();
        let team = chapters
            .filter(|chapter| chapter["mayWrite"] == may_write)
            .find_map(|chapter| chapter["teamId"].as_str())
            .context("a team like that")?;
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

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn send(
    origin: &str,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &Value,
) -> Result<(Value, Option<String>)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let key = schema::ids::EventId::from_bytes(schrijftafel_server::clock::random_bytes());
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{origin}/api/v1{path}"))
        .header("origin", origin)
        .header("idempotency-key", key.to_string())
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
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
    let said = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text)?
    };
    Ok((said, cookie))
}
