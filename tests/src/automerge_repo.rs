//! A stranger's client: the real npm packages of automerge-repo in a Node process, driven line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Where the program and its packages are, in the repository.
const FOLDER: &str = "tests/strangers/automerge-repo";

/// See the module's text. Killed when dropped.
pub struct RepoClient {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl RepoClient {
    /// Installs the packages if need be, and starts a client that connects to a socket.
    ///
    /// # Errors
    /// When Node or the packages cannot be had.
    pub fn start(socket: &str) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("the repository")?;
        install(root)?;
        let mut process = Command::new("node")
            .arg(root.join(FOLDER).join("client.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start node")?;
        let input = process.stdin.take().context("its input")?;
        let output = BufReader::new(process.stdout.take().context("its output")?);
        let mut client = Self {
            process,
            input,
            output,
        };
        client.tell("connect", json!({ "socket": socket }))?;
        Ok(client)
    }

    /// Tells it to do something; its answer.
    ///
    /// # Errors
    /// When it fails, or is gone.
    pub fn tell(&mut self, what: &str, how: Value) -> Result<Value> {
        let mut line = how;
        line["do"] = what.into();
        writeln!(self.input, "{line}").context("the client is gone")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        let answer: Value = serde_json::from_str(&answer).context("the client is gone")?;
        ensure!(answer["failed"].is_null(), "{what}: {}", answer["failed"]);
        Ok(answer)
    }

    /// Opens a document; whether it is there for this client.
    ///
    /// # Errors
    /// When the client is gone.
    pub fn find(&mut self, url: &str) -> Result<bool> {
        let answer = self.tell("find", json!({ "url": url }))?;
        answer["found"].as_bool().context("found or not")
    }

    /// Types.
    ///
    /// # Errors
    /// When the client is gone.
    pub fn splice(&mut self, at: usize, deleted: usize, text: &str) -> Result<()> {
        let how = json!({ "at": at, "deleted": deleted, "text": text });
        self.tell("splice", how).map(drop)
    }

    /// Waits until its document holds a text.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn until(&mut self, text: &str) -> Result<()> {
        self.tell("until", json!({ "text": text })).map(drop)
    }
}

impl Drop for RepoClient {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One at a time: tests run side by side, and half an installation must not be taken for a whole one.
fn install(root: &Path) -> Result<()> {
    let installed = Command::new("flock")
        .arg(root.join(FOLDER).join("package-lock.json"))
        .arg(root.join("scripts/npm-ci.sh"))
        .arg(root.join(FOLDER))
        .output()
        .context("cannot install npm packages")?;
    ensure!(
        installed.status.success(),
        "npm packages of {FOLDER}: {}",
        String::from_utf8_lossy(&installed.stderr)
    );
    Ok(())
}
