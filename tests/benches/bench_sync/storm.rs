//! A thousand people come at once; the server is killed and started again under them; all come back. And what a
//! crowd costs that only sits there.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tests::native::NativeClient;
use tests::served::{SECOND_WRITER, Served, WRITER};
use tests::usage::Usage;
use tokio::task::JoinSet;

use crate::report;

const CHAPTERS: usize = 100;
const CLIENTS: usize = 10;
const IDLE: Duration = Duration::from_secs(20);
/// Between two attempts of one client; browsers wait longer, and spread.
const RETRY: Duration = Duration::from_millis(200);

/// Opening storm, idle crowd, reconnect storm with a word of everybody's on the way.
pub async fn come_and_come_back(program: &Path) -> Result<()> {
    let mut server = Served::process(program)?;
    let cookies = [
        server.sign_in(WRITER).await?,
        server.sign_in(SECOND_WRITER).await?,
    ];
    let mut waiting = Vec::new();
    for chapter in 0..CHAPTERS {
        let key = server.empty_chapter().await?;
        for (number, cookie) in (0..CLIENTS).zip(cookies.iter().cycle()) {
            let seed = (chapter * CLIENTS + number) as u64;
            waiting.push(NativeClient::new(
                &server.socket(),
                Some(cookie),
                key,
                1_000_000 + seed,
            ));
        }
    }
    let (mut everybody, opening) = connect(waiting).await?;
    say("opening storm", &opening)?;
    let before = Usage::of(&server)?;
    everybody = each(everybody, |mut one| async {
        one.idle(IDLE).await?;
        Ok(one)
    })
    .await?;
    let after = Usage::of(&server)?;
    report::say(
        "idle crowd",
        &[
            ("clients", everybody.len() as f64, 0),
            (
                "server CPU-s per minute",
                (after.cpu_s - before.cpu_s) * 60.0 / IDLE.as_secs_f64(),
                2,
            ),
            ("server MB", after.now_mb as f64, 0),
        ],
    )?;
    server.kill()?;
    for one in &mut everybody {
        one.cut();
        // What is typed while the server is away is what must not be lost.
        one.type_at(0, 0, "x")?;
    }
    let data = server.data().to_path_buf();
    let start = Instant::now();
    let back = tokio::spawn(connect(everybody));
    server.start_again(program, &data).await?;
    let ready = start.elapsed();
    let (everybody, mut reconnecting) = back.await??;
    reconnecting.retain(|time| *time > 0.0);
    say("reconnect storm (from the kill)", &reconnecting)?;
    let everybody = each(everybody, |mut one| async {
        one.settled().await?;
        one.idle(Duration::from_secs(2)).await?;
        Ok(one)
    })
    .await?;
    let whole = everybody
        .iter()
        .filter(|one| one.text() == "x".repeat(CLIENTS))
        .count();
    report::say(
        "after it",
        &[
            ("server ready after s", ready.as_secs_f64(), 2),
            ("clients with every word", whole as f64, 0),
            ("of", everybody.len() as f64, 0),
            ("server peak MB", Usage::of(&server)?.peak_mb as f64, 0),
        ],
    )?;
    anyhow::ensure!(whole == everybody.len(), "words are missing");
    Ok(())
}

fn say(work: &str, times: &[f64]) -> Result<()> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let within = |share: f64| {
        let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(at).copied().unwrap_or(f64::NAN)
    };
    report::say(
        work,
        &[
            ("clients", times.len() as f64, 0),
            ("s p50", within(0.5), 2),
            ("p99", within(0.99), 2),
            ("last", within(1.0), 2),
        ],
    )
}

/// Connects all at once, again and again until it works; with the seconds that each took.
async fn connect(waiting: Vec<NativeClient>) -> Result<(Vec<NativeClient>, Vec<f64>)> {
    let start = Instant::now();
    let done = each(waiting, move |mut one| async move {
        while let Err(error) = one.connect().await {
            anyhow::ensure!(start.elapsed() < Duration::from_secs(60), "never back: {error}");
            one.cut();
            tokio::time::sleep(RETRY).await;
        }
        Ok((one, start.elapsed().as_secs_f64()))
    })
    .await?;
    Ok(done.into_iter().unzip())
}

/// All of them beside each other.
async fn each<T, F>(everybody: Vec<NativeClient>, does: impl Fn(NativeClient) -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for one in everybody {
        tasks.spawn(does(one));
    }
    let mut done = Vec::new();
    while let Some(one) = tasks.join_next().await {
        done.push(one.context("a client's task")??);
    }
    Ok(done)
}
