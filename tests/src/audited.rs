//! The whole program as processes: a server that signs, witnesses that cosign, and what outsiders get over HTTP.
//!
//! Why it exists: audit is about several parties on several machines. Here each is a process of its own over a data
//! directory that outlives it, so that any of them can be killed and started again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use schema::audit::{LogKey, SignedCheckpoint};
use schema::ids::{EventId, PlanId};
use schrijftafel_server::cli::sample;
use serde_json::{Value, json};

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A process that is killed when it is dropped.
pub struct Running {
    process: Child,
    /// The lines it said until it was ready.
    pub said: Vec<String>,
}

impl Running {
    /// Starts a command and reads what it says until it has said `lines` lines with `mark` in them.
    ///
    /// # Errors
    /// When it cannot be started, or ends before.
    pub fn start(command: &mut Command, mark: &str, lines: usize) -> Result<Self> {
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a process")?;
        let output = process.stdout.take().context("its output")?;
        let mut output = BufReader::new(output).lines().map_while(Result::ok);
        let said: Vec<_> = output
            .by_ref()
            .filter(|line| line.contains(mark))
            .take(lines)
            .collect();
        // Whatever else it says is read and forgotten: a full pipe would hold it up.
        std::thread::spawn(move || output.for_each(drop));
        let running = Self { process, said };
        ensure!(
            running.said.len() == lines,
            "the process ended before it was ready"
        );
        Ok(running)
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An address that is free now.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .to_string())
}

/// A server with the sample plan that signs every second.
pub struct AuditedServer {
    address: String,
    /// The process.
    pub running: Running,
    cookie: String,
}

impl AuditedServer {
    /// Starts one on a data directory.
    ///
    /// # Errors
    /// When it does not come up, or nobody can sign in.
    pub fn start(program: &Path, data: &Path, address: &str) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["demo", "--checkpoint-seconds", "1", "--listen", address, "--data"])
            .arg(data)
            .env("RUST_LOG", "error");
        let running = Running::start(&mut command, "#token=", 4)?;
        let mut server = Self {
            address: address.to_owned(),
            running,
            cookie: String::new(),
        };
        // The last one is the programme team's.
        let link = server.running.said.last().context("a link")?;
        let token = link.trim().rsplit('=').next().unwrap_or_default().to_owned();
        let signed_in = until("somebody can sign in", || {
            let answer = server.send("POST", "/api/v1/session", Some(&json!({ "token": token })))?;
            Ok((answer.status == 200).then_some(answer.cookie).flatten())
        });
        server.cookie = signed_in?;
        Ok(server)
    }

    /// The sample plan.
    #[must_use]
    pub fn plan() -> PlanId {
        sample::plan_id()
    }

    /// Where the plan's log is published.
    #[must_use]
    pub fn published(&self) -> String {
        format!("http://{}/audit/v1/plans/{}", self.address, Self::plan())
    }

    /// Something happens to the plan: a chapter with this title.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn write(&self, title: &str) -> Result<()> {
        let answer = self.api("POST", "/chapters", Some(&json!({ "title": title })))?;
        ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
        Ok(())
    }

    /// What the API answers about the plan.
    ///
    /// # Errors
    /// When it refuses.
    pub fn ask(&self, path: &str) -> Result<Value> {
        let answer = self.api("GET", path, None)?;
        ensure!(
            answer.status == 200,
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
        Ok(serde_json::from_slice(&answer.body)?)
    }

    fn api(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Got> {
        self.send(method, &format!("/api/v1/plans/{}{path}", Self::plan()), body)
    }

    /// What stands at an address of the server.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn get(&self, path: &str) -> Result<Got> {
        self.send("GET", path, None)
    }

    /// The published checkpoint.
    ///
    /// # Errors
    /// When there is none yet.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint> {
        let answer = self.get(&format!("/audit/v1/plans/{}/checkpoint", Self::plan()))?;
        ensure!(answer.status == 200, "{}", answer.status);
        Ok(SignedCheckpoint::parse(&answer.body)?)
    }

    /// The log's keys.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn keys(&self) -> Result<Vec<LogKey>> {
        let answer = self.get(&format!("/audit/v1/plans/{}/keys", Self::plan()))?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let keys = answer["keys"].as_array().context("keys")?;
        keys.iter()
            .map(|key| Ok(serde_json::from_value(key["vkey"].clone())?))
            .collect()
    }

    /// The published checkpoint, once it holds every event and carries so many signatures.
    ///
    /// # Errors
    /// When that does not come.
    pub fn signed_by(&self, signatures: usize) -> Result<SignedCheckpoint> {
        until(&format!("{signatures} signatures under everything"), || {
            let events = self.ask("/witness-state")?["eventCount"].as_u64();
            let Ok(checkpoint) = self.checkpoint() else {
                return Ok(None);
            };
            let holds_all = Some(checkpoint.checkpoint().head.size) == events;
            let is_signed = checkpoint.note().signatures().len() >= signatures;
            Ok((holds_all && is_signed).then_some(checkpoint))
        })
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Got> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let key = EventId::from_bytes(schrijftafel_server::clock::random_bytes());
        let origin = format!("http://{}", self.address);
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{origin}{path}"))
            .header("cookie", &self.cookie)
            .header("origin", &origin)
            .header("idempotency-key", key.to_string())
            .header("content-type", "application/json");
        let sent = body.map(ToString::to_string).unwrap_or_default();
        let mut answer = agent.run(request.body(sent)?)?;
        let cookie = answer.headers().get("set-cookie").and_then(|cookie| {
            let pair = cookie.to_str().ok()?.split(';').next()?;
            Some(pair.to_owned())
        });
        Ok(Got {
            status: answer.status().as_u16(),
            body: answer.body_mut().read_to_vec()?,
            cookie,
        })
    }
}

/// What came back.
pub struct Got {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    cookie: Option<String>,
}

impl Got {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Runs a command of the program to its end and answers what it said.
///
/// # Errors
/// When it fails, with what it said.
pub fn run(program: &Path, arguments: &[&str], data: &Path) -> Result<String> {
    let done = Command::new(program)
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    ensure!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(said)
}

/// Looks until there is something.
///
/// # Errors
/// When it does not come in time, or looking fails for good.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    let mut last = None;
    while start.elapsed() < PATIENCE {
        match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) => last = Some(error),
        }
        std::thread::sleep(LOOK_EVERY);
    }
    match last {
        Some(error) => Err(error.context(format!("in time: {what}"))),
        None => anyhow::bail!("did not come in time: {what}"),
    }
}
