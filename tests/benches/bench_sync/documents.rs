//! W3: a thousand chapters of 10 kB, opened after a restart by one client each, and closed again.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use schema::ids::{ChapterId, PlanId};
use schema::limits::CHAPTERS_PER_PLAN_MAX;
use tests::native::NativeClient;
use tests::served::{Served, WRITER};
use tests::typing::people;
use tests::usage::Usage;

use crate::report;

/// As many as one plan may have beside the sample's own.
const DOCUMENTS: usize = CHAPTERS_PER_PLAN_MAX - 40;
const LETTERS: usize = 10_240;
/// Those that open at the same moment.
const AT_ONCE: usize = 20;

/// Writes them, restarts the server, opens all, closes all.
pub async fn open_many(program: &Path) -> Result<()> {
    let mut server = Served::process(program)?;
    let words = "samen schrijven aan een plan ".repeat(LETTERS / 29 + 1);
    let (words, _) = words.split_at(LETTERS);
    let mut keys = Vec::new();
    for number in 0..DOCUMENTS {
        let key = server.empty_chapter().await?;
        let mut author = people(&server, key, 1, 10_000 + number as u64).await?.remove(0);
        author.type_at(0, 0, words)?;
        author.settled().await?;
        keys.push(key);
    }
    server.kill()?;
    let data = server.data().to_path_buf();
    server.start_again(program, &data).await?;
    let before = Usage::of(&server)?;
    let start = Instant::now();
    let mut readers = Vec::new();
    for (number, some) in keys.chunks(AT_ONCE).enumerate() {
        readers.extend(open(&server, some, 100_000 + (number * AT_ONCE) as u64).await?);
    }
    let opened = start.elapsed();
    let whole = readers.iter().filter(|one| one.text().len() == LETTERS).count();
    anyhow::ensure!(whole == DOCUMENTS, "{whole} of {DOCUMENTS} texts are whole");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let open = Usage::of(&server)?;
    drop(readers);
    // Longer than a chapter without readers stays open.
    tokio::time::sleep(Duration::from_secs(75)).await;
    let closed = Usage::of(&server)?;
    report::say(
        "documents of 10 kB",
        &[
            ("documents", DOCUMENTS as f64, 0),
            ("opened in s", opened.as_secs_f64(), 2),
            ("MB before", before.now_mb as f64, 0),
            ("MB open", open.now_mb as f64, 0),
            ("MB closed", closed.now_mb as f64, 0),
            ("peak MB", closed.peak_mb as f64, 0),
            ("server CPU-s", open.cpu_s - before.cpu_s, 2),
        ],
    )
}

async fn open(server: &Served, keys: &[(PlanId, ChapterId)], seed: u64) -> Result<Vec<NativeClient>> {
    let cookie = server.sign_in(WRITER).await?;
    let opening = keys
        .iter()
        .zip(seed..)
        .map(|(key, seed)| server.client(*key, Some(&cookie), seed));
    futures_util::future::try_join_all(opening).await
}
