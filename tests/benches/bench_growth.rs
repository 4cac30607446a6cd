//! What a start costs on a log that has grown: seconds until the server answers and is ready, and memory.
//!
//! `bench_growth [EVENTS] [DIRECTORY] [ENGINE]`, five million events in a new directory unless told otherwise; a
//! directory that holds data is used as it is. The log is made through the engine; then the server is started as a
//! process of its own (this same program) and asked from outside, without and with a checkpoint. ENGINE is `sled` or
//! `segments`.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures in real time")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use schrijftafel_server::cli::serve;
use schrijftafel_server::http::app::Settings;
use schrijftafel_server::log::engine::{self, EngineKind};
use schrijftafel_server::node::Node;
use tests::growth::{self, PLAN};

const EVENTS: u64 = 5_000_000;
/// How often the starting server is asked.
const POLL: Duration = Duration::from_millis(10);
/// Longest start that is waited for.
const START_MAX: Duration = Duration::from_secs(3_600);

fn main() -> Result<()> {
    let arguments = tests::bench_arguments();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["--serve", directory, address] => {
            tokio::runtime::Runtime::new()?.block_on(serve_here(Path::new(directory), address))
        }
        others => {
            let events = others
                .first()
                .map_or(Ok(EVENTS), |text| text.parse())
                .context("EVENTS")?;
            let made = tempfile::tempdir()?;
            let directory = others
                .get(1)
                .map_or_else(|| made.path().to_owned(), PathBuf::from);
            measure(
                events,
                &directory,
                others.get(2).map_or(Ok(EngineKind::Sled), |name| name.parse())?,
            )
        }
    }
}

fn measure(events: u64, data: &Path, kind: EngineKind) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let started = Instant::now();
    let log = engine::open_or_start(&data.join("log"), Some(kind))?;
    if log.plans().is_empty() {
        let made = growth::fill(log.as_ref(), events)?;
        println!(
            "events: {} ({} text changes of {} bytes on average, {} actors, {} decided)",
            made.events,
            made.changes,
            made.change_bytes / made.changes.max(1),
            made.actors,
            made.decided
        );
        println!("made in: {:.0} s", started.elapsed().as_secs_f64());
    } else {
        println!("events: {}, made before", log.next_position(PLAN));
    }
    drop(log);
    println!("log on disk: {} MB", megabytes(&data.join("log"))?);
    if let Err(error) = std::fs::remove_dir_all(data.join("views")) {
        ensure!(error.kind() == std::io::ErrorKind::NotFound, "{error}");
    }
    start("start without a checkpoint", data)?;
    println!("checkpoint on disk: {} MB", megabytes(&data.join("views"))?);
    start("start with a checkpoint", data)?;
    start("once more", data)
}

/// Starts the server, asks it until it is ready, lets it stop cleanly, and says what that took.
fn start(what: &str, data: &Path) -> Result<()> {
    let address = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .to_string();
    let started = Instant::now();
    let mut server = Command::new(std::env::current_exe()?)
        .arg("--serve")
        .arg(data)
        .arg(&address)
        .stdout(Stdio::piped())
        .spawn()?;
    let alive = until(&mut server, &format!("http://{address}/healthz"), started)?;
    println!("{what}: /healthz after {alive:.2} s");
    let ready = until(&mut server, &format!("http://{address}/readyz"), started)?;
    println!(
        "{what}: /readyz after {ready:.2} s, {} MB (peak {} MB)",
        memory(&server, "VmRSS")?,
        memory(&server, "VmHWM")?
    );
    let output = server.stdout.take().context("its output")?;
    for line in BufReader::new(output).lines().take(3) {
        println!("{what}: {}", line?);
    }
    println!(
        "{what}: then {} MB (peak {} MB)",
        memory(&server, "VmRSS")?,
        memory(&server, "VmHWM")?
    );
    let stopping = Instant::now();
    ensure!(
        Command::new("kill")
            .arg(server.id().to_string())
            .status()?
            .success(),
        "the server is gone"
    );
    ensure!(server.wait()?.success(), "the server did not stop cleanly");
    println!("{what}: clean stop in {:.2} s", stopping.elapsed().as_secs_f64());
    Ok(())
}

/// Asks an address until it answers 200; seconds since the start.
fn until(server: &mut Child, url: &str, started: Instant) -> Result<f64> {
    loop {
        if ureq::get(url).call().is_ok() {
            return Ok(started.elapsed().as_secs_f64());
        }
        ensure!(
            server.try_wait()?.is_none(),
            "the server ended before it answered"
        );
        ensure!(started.elapsed() < START_MAX, "{url} never answered");
        std::thread::sleep(POLL);
    }
}

/// A figure of the server's memory, in MB.
fn memory(server: &Child, figure: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let kilobytes: u64 = line
        .and_then(|rest| rest.split_whitespace().next())
        .context("no such figure")?
        .parse()?;
    Ok(kilobytes / 1_024)
}

fn megabytes(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => megabytes(&entry.path())? << 20,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes >> 20)
}

/// The server, as `schrijftafel serve` runs it; once it is ready it says what first touches cost.
async fn serve_here(data: &Path, address: &str) -> Result<()> {
    let node = Node::open(data, Settings::default()).await?;
    let listener = serve::take("--listen", address.parse()?)?.listen()?;
    let app = node.app.clone();
    tokio::spawn(async move {
        if app.views.whole().await.is_err() {
            return;
        }
        let entries = app.views.look(PLAN, |view| view.activity.len()).unwrap_or(0);
        println!("{entries} entries of activity");
        for (what, chapter) in [("plan and chapter", 0), ("another chapter", 1)] {
            let touched = Instant::now();
            match app.core.copy(PLAN, growth::chapter(chapter)).await {
                Ok((generation, copy)) => println!(
                    "first touch of {what} in {:.2} s (generation {generation}, {} letters)",
                    touched.elapsed().as_secs_f64(),
                    copy.utf16_len()
                ),
                Err(refusal) => println!("first touch of {what}: {refusal}"),
            }
        }
    });
    serve::serve(node, listener).await
}
