//! W2: a long text, written once, then opened by somebody who has nothing of it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tests::served::{Served, WRITER};
use tests::traces::{SequentialTrace, read};
use tests::typing::people;
use tests::usage::Usage;

use crate::report;

/// Keystrokes that one change of the long text holds, as a browser makes of steady typing.
const KEYSTROKES_PER_CHANGE: usize = 5;

/// Twice: as the product does it, with fresh generations; and as one document that is never begun anew, which is
/// what those spare.
pub async fn text(program: &Path) -> Result<()> {
    let endless = ["--generation-spare-ops", "1000000000"];
    write_and_open("long", &Served::process(program)?).await?;
    let whole = Served::process_on(program, &std::env::temp_dir(), &endless)?;
    write_and_open("long, one generation", &whole).await
}

async fn write_and_open(work: &str, server: &Served) -> Result<()> {
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
        if number % 500 == 0 {
            author.settled().await?;
        }
    }
    author.settled().await?;
    let written = start.elapsed().as_secs_f64();
    // The server's own copy follows in batches; let it come to rest.
    author.idle(Duration::from_secs(3)).await?;
    let before = Usage::of(server)?;
    let cookie = server.sign_in(WRITER).await?;
    let (mut times, mut received) = (Vec::new(), 0);
    for seed in 0..3 {
        let start = Instant::now();
        let reader = server.client(key, Some(&cookie), 901 + seed).await?;
        ensure!(
            reader.text() == trace.end_content,
            "the text is not what was written"
        );
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        received = reader.received_bytes;
    }
    times.sort_by(f64::total_cmp);
    let usage = Usage::of(server)?;
    report::say(
        work,
        &[
            ("edits", patches.len() as f64, 0),
            ("written in s", written, 1),
            (
                "opened in ms (median of 3)",
                times.get(1).copied().unwrap_or(f64::NAN),
                0,
            ),
            ("kB received", received as f64 / 1_000.0, 0),
            ("server CPU-s each", (usage.cpu_s - before.cpu_s) / 3.0, 2),
            ("server peak MB", usage.peak_mb as f64, 0),
            ("server now MB", usage.now_mb as f64, 0),
        ],
    )
}
