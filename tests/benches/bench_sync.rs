//! How writing together feels on this machine: a server of its own, native clients that type, every figure in one run.
//!
//! `bench_sync [typing|light|crowd|throughput|long]...`, without arguments all. W1 (`typing`) and W2 (`long`) are the
//! work that the peers were measured on; there the clients apply every change with automerge in this same process, as
//! browsers would. In `light` and `crowd` they only look at what they receive, so that the server is what is measured.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures in real time")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use tests::served::Served;
use tests::traces::{SequentialTrace, read};
use tests::typing::{Load, gather, people, type_together};
use tests::usage::Usage;
use tokio::task::JoinSet;

const TYPING: Duration = Duration::from_secs(20);
/// Keystrokes that one change of the long text holds, as a browser makes of steady typing.
const KEYSTROKES_PER_CHANGE: usize = 5;

#[tokio::main]
async fn main() -> Result<()> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    let asked = tests::bench_arguments();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|one| one == name);
    for (name, is_light) in [("typing", false), ("light", true)] {
        if wanted(name) {
            heading(name);
            for (chapters, clients) in [(4, 2), (10, 10), (20, 20)] {
                let load = Load {
                    chapters,
                    clients,
                    typists: clients,
                    time: TYPING,
                    is_light,
                };
                typing(&Served::process(&program)?, load).await?;
            }
        }
    }
    if wanted("crowd") {
        heading("crowd: one of ten types");
        let load = Load {
            chapters: 200,
            clients: 10,
            typists: 1,
            time: TYPING,
            is_light: true,
        };
        typing(&Served::process(&program)?, load).await?;
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

fn heading(name: &str) {
    println!(
        "{name}: chapters x clients, 5 characters/s each, {} s",
        TYPING.as_secs()
    );
    println!(
        "load  | typed/offered | ms p50 / p95 / p99 | server CPU-s per 1000 deliveries | server peak MB"
    );
}

async fn typing(server: &Served, load: Load) -> Result<()> {
    let everybody = gather(server, load).await?;
    let before = Usage::of(server)?;
    let typed = type_together(everybody, load).await?;
    let usage = Usage::of(server)?;
    println!(
        "{:>2}x{:<2} | {:>6}/{:<6} | {:>6.1} / {:>6.1} / {:>6.1} | {:.4} | {}",
        load.chapters,
        load.clients,
        typed.typed,
        typed.offered,
        typed.within(0.5),
        typed.within(0.95),
        typed.within(0.99),
        (usage.cpu_s - before.cpu_s) / typed.deliveries().max(1) as f64 * 1_000.0,
        usage.peak_mb,
    );
    Ok(())
}

/// As many acknowledged changes as the server gives, from people who do not wait.
async fn throughput(server: &Served) -> Result<()> {
    const PEOPLE: usize = 8;
    const CHANGES: usize = 4_000;
    let mut tasks = JoinSet::new();
    let mut writers = Vec::new();
    for chapter in 0..PEOPLE {
        let key = server.empty_chapter().await?;
        writers.extend(people(server, key, 1, chapter as u64 + 100).await?);
    }
    let start = Instant::now();
    for mut person in writers {
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
    let mut author = people(server, key, 1, 900).await?.remove(0);
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
        let reader = people(server, key, 1, 901 + seed).await?.remove(0);
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
