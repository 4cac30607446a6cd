//! How writing together feels on this machine: a server of its own, native clients that type, every figure in one run.
//!
//! `bench_sync [typing|throughput|long]...`, without arguments all.
//! W1 and W2 are the work that the peers
//! were measured on; the clients apply every change with automerge in this same process, as browsers would.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures in real time")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use automerge::{ChangeHash, ReadDoc};
use schema::ids::{ChapterId, PlanId};
use tests::native::NativeClient;
use tests::served::{SECOND_WRITER, Served, WRITER};
use tests::traces::{SequentialTrace, read};
use tokio::task::JoinSet;

const KEYSTROKE: Duration = Duration::from_millis(200);
const TYPING: Duration = Duration::from_secs(20);
/// Keystrokes that one change of the long text holds, as a browser makes of steady typing.
const KEYSTROKES_PER_CHANGE: usize = 5;

type Sent = Arc<Mutex<HashMap<ChangeHash, Instant>>>;
type Latencies = Arc<Mutex<Vec<f64>>>;

#[tokio::main]
async fn main() -> Result<()> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    let asked = tests::bench_arguments();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|one| one == name);
    if wanted("typing") {
        println!(
            "W1 typing: D chapters x C clients, 5 characters/s each, {} s",
            TYPING.as_secs()
        );
        println!(
            "load  | typed/offered | ms p50 / p95 / p99 | server CPU-s per 1000 deliveries | server peak MB"
        );
        for (chapters, clients) in [(4, 2), (10, 10), (20, 20)] {
            typing(&Served::process(&program)?, chapters, clients).await?;
        }
    }
    if wanted("throughput") {
        throughput(&Served::process(&program)?).await?;
    }
    if wanted("long") {
        // One document as long as it gets: the cost of opening that fresh generations spare.
        let endless = ["--generation-spare-ops", "1000000000"];
        let server = Served::process_on(&program, &std::env::temp_dir(), &endless)?;
        long_text(&server).await?;
    }
    Ok(())
}

async fn clients(
    server: &Served,
    key: (PlanId, ChapterId),
    count: usize,
    seed: u64,
) -> Result<Vec<NativeClient>> {
    let cookies = [
        server.sign_in(WRITER).await?,
        server.sign_in(SECOND_WRITER).await?,
    ];
    let mut made = Vec::new();
    for (number, cookie) in (0..count).zip(cookies.iter().cycle()) {
        made.push(
            server
                .client(key, Some(cookie), seed * 1_000 + number as u64)
                .await?,
        );
    }
    Ok(made)
}

async fn typing(server: &Served, chapters: usize, per_chapter: usize) -> Result<()> {
    let (sent, latencies): (Sent, Latencies) = (Arc::default(), Arc::default());
    let mut people = Vec::new();
    for chapter in 0..chapters {
        let key = server.empty_chapter().await?;
        people.extend(clients(server, key, per_chapter, chapter as u64 + 1).await?);
    }
    let before = Usage::of(server)?;
    let mut tasks = JoinSet::new();
    for (number, mut person) in people.into_iter().enumerate() {
        let (to, from) = (latencies.clone(), sent.clone());
        person.on_change = Some(Box::new(move |hash| {
            let made = lock(&from).get(&hash).copied();
            if let Some(made) = made {
                lock(&to).push(made.elapsed().as_secs_f64() * 1_000.0);
            }
        }));
        let sent = sent.clone();
        tasks.spawn(async move { type_along(&mut person, number, &sent).await });
    }
    let mut typed = 0;
    while let Some(done) = tasks.join_next().await {
        typed += done??;
    }
    let usage = Usage::of(server)?;
    let mut times = std::mem::take(&mut *lock(&latencies));
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        times
            .get((times.len() as f64 * share) as usize)
            .copied()
            .unwrap_or(f64::NAN)
    };
    let offered = chapters * per_chapter * (TYPING.as_millis() / KEYSTROKE.as_millis()) as usize;
    println!(
        "{chapters:>2}x{per_chapter:<2} | {typed:>6}/{offered:<6} | {:>6.1} / {:>6.1} / {:>6.1} | {:.4} | {}",
        at(0.5),
        at(0.95),
        at(0.99),
        (usage.cpu_s - before.cpu_s) / times.len().max(1) as f64 * 1_000.0,
        usage.peak_mb,
    );
    Ok(())
}

/// One person types at the end of what they see; a keystroke that comes too late is not caught up with.
async fn type_along(person: &mut NativeClient, number: usize, sent: &Sent) -> Result<usize> {
    // Not all in the same instant.
    person.idle(KEYSTROKE * (number % 20) as u32 / 20).await?;
    let start = Instant::now();
    let (mut next, mut typed) = (start, 0);
    while start.elapsed() < TYPING {
        let end = person.doc.length(person.text_id());
        let now = Instant::now();
        let hash = person.type_at(end, 0, "a")?;
        lock(sent).insert(hash, now);
        typed += 1;
        next = (next + KEYSTROKE).max(Instant::now());
        person.idle(next.duration_since(Instant::now())).await?;
    }
    person.settled().await?;
    person.idle(Duration::from_millis(500)).await?;
    anyhow::ensure!(person.refused.is_empty(), "refused: {:?}", person.refused);
    Ok(typed)
}

/// As many acknowledged changes as the server gives, from people who do not wait.
async fn throughput(server: &Served) -> Result<()> {
    const PEOPLE: usize = 8;
    const CHANGES: usize = 4_000;
    let mut tasks = JoinSet::new();
    let mut people = Vec::new();
    for chapter in 0..PEOPLE {
        let key = server.empty_chapter().await?;
        people.extend(clients(server, key, 1, chapter as u64 + 100).await?);
    }
    let start = Instant::now();
    for mut person in people {
        tasks.spawn(async move {
            for at in 0..CHANGES {
                person.type_at(at, 0, "a")?;
            }
            person.settled().await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let each = (PEOPLE * CHANGES) as f64 / start.elapsed().as_secs_f64();
    println!("acknowledged (durable) changes per second, {PEOPLE} chapters, one writer each: {each:.0}");
    Ok(())
}

/// The long text: written once, then opened by somebody who has nothing of it.
async fn long_text(server: &Served) -> Result<()> {
    let trace: SequentialTrace = read("automerge-paper.json.gz")?;
    let key = server.empty_chapter().await?;
    let mut author = clients(server, key, 1, 900).await?.remove(0);
    let patches: Vec<_> = trace
        .txns
        .iter()
        .flat_map(|txn| txn.patches.iter().cloned())
        .collect();
    let start = Instant::now();
    for (number, group) in patches.chunks(KEYSTROKES_PER_CHANGE).enumerate() {
        let heads = author.doc.get_heads();
        author.replace_at(&heads, group)?;
        if number % 5_000 == 0 {
            author.settled().await?;
        }
    }
    author.settled().await?;
    println!(
        "W2 automerge-paper: {} edits written and acknowledged in {:.1} s",
        patches.len(),
        start.elapsed().as_secs_f64()
    );
    // The server's own copy follows in batches; let it come to rest.
    author.idle(Duration::from_secs(3)).await?;
    let before = Usage::of(server)?;
    let mut times = Vec::new();
    for seed in 0..3 {
        let start = Instant::now();
        let reader = clients(server, key, 1, 901 + seed).await?.remove(0);
        anyhow::ensure!(
            reader.text() == trace.end_content,
            "the text is not what was written"
        );
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let usage = Usage::of(server)?;
    println!(
        "W2 cold open (median of 3): {:.0} ms; server CPU {:.2} s each; server peak {} MB, now {} MB",
        times.get(1).copied().unwrap_or(f64::NAN),
        (usage.cpu_s - before.cpu_s) / 3.0,
        usage.peak_mb,
        usage.now_mb
    );
    Ok(())
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the server's process has used, by Linux's `/proc`.
struct Usage {
    cpu_s: f64,
    now_mb: u64,
    peak_mb: u64,
}

impl Usage {
    fn of(server: &Served) -> Result<Self> {
        const TICKS_PER_SECOND: f64 = 100.0;
        let pid = server.pid().context("a process of its own")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let mb = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            kb.unwrap_or(0) / 1_024
        };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // Fields 14 and 15, counted behind the command's name, which may hold blanks.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: f64 = fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        Ok(Self {
            cpu_s: ticks / TICKS_PER_SECOND,
            now_mb: mb("VmRSS"),
            peak_mb: mb("VmHWM"),
        })
    }
}
