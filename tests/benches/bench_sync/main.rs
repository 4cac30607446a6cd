//! How writing together feels on this machine: a server of its own, native clients that type, every figure in one run.
//!
//! `bench_sync [NAME]... [KILLS]`, without names all of [`WORK`]; KILLS says how often `killed` kills. `typing`, `long`, `documents` and `killed` are the work
//! that the peers were measured on (W1 to W4). In `typing` the clients apply every change with automerge in this same
//! process, as browsers would; in `light`, `pasting` and `crowd` they only look at what they receive, so that the
//! server is what is measured, and in `crowd` it has one core and they the other. `stranger` is `light` without and with an
//! automerge-repo client in every chapter. Where somebody lacks a letter in the end, these fail. `relay` is the same typing over a server that does nothing but pass frames on: the
//! limit. `storm` lets a thousand people come at once, stay away while the server restarts, and come back.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures in real time")]

mod documents;
mod killed;
mod long;
mod pinned;
mod relay;
mod report;
mod storm;
mod stranger;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tests::native::NativeClient;
use tests::served::Served;
use tests::typing::{Load, Sent, Typed, gather, people, type_together};
use tests::usage::Usage;
use tokio::task::JoinSet;

/// Everything that can be asked for, in the order in which it runs.
const WORK: [&str; 11] = [
    "typing",
    "light",
    "stranger",
    "relay",
    "pasting",
    "crowd",
    "throughput",
    "documents",
    "storm",
    "killed",
    "long",
];
const TYPING: Duration = Duration::from_secs(20);
const LETTER: Duration = Duration::from_millis(200);
/// The loads that the peers were measured with: chapters, clients of each.
const LOADS: [(usize, usize); 3] = [(4, 2), (10, 10), (20, 20)];

fn main() -> Result<()> {
    let (kills, asked): (Vec<String>, Vec<String>) = tests::bench_arguments()
        .into_iter()
        .partition(|word| word.parse::<usize>().is_ok());
    let kills = kills.first().map_or(Ok(killed::FEW), |word| word.parse())?;
    let runtime = tokio::runtime::Runtime::new()?;
    if asked.first().is_some_and(|one| one == relay::SERVER) {
        return runtime.block_on(relay::serve());
    }
    for one in &asked {
        ensure!(
            WORK.contains(&one.as_str()),
            "no such work: {one}; there is {WORK:?}"
        );
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    for work in WORK {
        if asked.is_empty() || asked.iter().any(|one| one == work) {
            runtime.block_on(run(work, &program, kills))?;
        }
    }
    Ok(())
}

async fn run(work: &str, program: &Path, kills: usize) -> Result<()> {
    let letters = |chapters, clients, is_light| Load {
        chapters,
        clients,
        one_types_in: 1,
        time: TYPING,
        every: LETTER,
        letters: 1,
        is_light,
    };
    match work {
        "typing" | "light" => {
            for (chapters, clients) in LOADS {
                typing(work, program, letters(chapters, clients, work == "light")).await?;
            }
            Ok(())
        }
        "stranger" => {
            let load = letters(10, 10, true);
            typing("without a stranger", program, load).await?;
            stranger::reads_along(program, load).await
        }
        "relay" => {
            for (chapters, clients) in LOADS {
                relay::typing(chapters, clients, LETTER, TYPING).await?;
            }
            Ok(())
        }
        // A page of text each, every two seconds.
        "pasting" => {
            let load = Load {
                every: Duration::from_secs(2),
                letters: 2_000,
                ..letters(10, 4, true)
            };
            typing(work, program, load).await
        }
        // 2,000 people in 200 chapters, of whom one in twenty types.
        "crowd" => {
            let load = Load {
                one_types_in: 20,
                ..letters(200, 10, true)
            };
            let server = Served::process(program)?;
            let everybody = gather(&server, load).await?;
            let _apart = pinned::apart(&server)?;
            typing_of(work, (&server, everybody), load).await
        }
        "throughput" => throughput(&Served::process(program)?).await,
        "documents" => documents::open_many(program).await,
        "storm" => storm::come_and_come_back(program).await,
        "killed" => killed::while_typing(program, kills).await,
        "long" => long::text(program).await,
        other => anyhow::bail!("no such work: {other}"),
    }
}

async fn typing(name: &str, program: &Path, load: Load) -> Result<()> {
    let server = Served::process(program)?;
    let everybody = gather(&server, load).await?;
    typing_of(name, (&server, everybody), load).await
}

async fn typing_of(name: &str, (server, everybody): (&Served, Vec<NativeClient>), load: Load) -> Result<()> {
    let before = Usage::of(server)?;
    let typed = type_together(everybody, load, &Sent::default()).await?;
    let usage = Usage::of(server)?;
    say_typed(
        &format!("{name} {}x{}", load.chapters, load.clients),
        (&typed, load.deliveries_of(typed.typed)),
        usage.cpu_s - before.cpu_s,
        usage.peak_mb,
    )?;
    ensure_delivered(&typed, load)
}

/// Everything that was typed came to everybody else.
fn ensure_delivered(typed: &Typed, load: Load) -> Result<()> {
    let (came, due) = (typed.deliveries(), load.deliveries_of(typed.typed));
    ensure!(came == due, "{came} of {due} deliveries came");
    Ok(())
}

/// The line of one load: every work that types says the same things.
fn say_typed(work: &str, (typed, due): (&Typed, usize), cpu_s: f64, peak_mb: u64) -> Result<()> {
    report::say(
        work,
        &[
            ("typed", typed.typed as f64, 0),
            ("of", typed.offered as f64, 0),
            ("delivered", typed.deliveries() as f64, 0),
            ("of due", due as f64, 0),
            ("durable ms p50", typed.durable_within(0.5), 1),
            ("p99 durable", typed.durable_within(0.99), 1),
            ("other client ms p50", typed.within(0.5), 1),
            ("p95", typed.within(0.95), 1),
            ("p99", typed.within(0.99), 1),
            (
                "server CPU-s per 1000 deliveries",
                cpu_s / typed.deliveries().max(1) as f64 * 1_000.0,
                4,
            ),
            ("server peak MB", peak_mb as f64, 0),
        ],
    )
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
    report::say(
        "throughput, 8 chapters, one writer each",
        &[("acknowledged changes per second", each, 0)],
    )
}
