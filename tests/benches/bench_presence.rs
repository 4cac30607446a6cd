//! What a chapter full of people costs: bytes per second to each of them, and the server's processor time.
//!
//! `bench_presence [PEOPLE]...`, 2, 10 and 50 unless told otherwise. Everybody's cursor moves ten times a second, which is as
//! often as anybody is told, and thirty times, which is what a hand on a mouse makes of it. The server is a process of its
//! own; its processor time includes taking in what is said.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use tests::presence::{Movement, move_about};
use tests::served::Served;
use tests::usage::Usage;

const TIME: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<()> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_schrijftafel_under_test"));
    let asked: Result<Vec<usize>, _> = tests::bench_arguments().iter().map(|word| word.parse()).collect();
    let asked = Some(asked?).filter(|asked| !asked.is_empty());
    println!("people | moves/s each | told/s each | bytes/s to each | server CPU ms per second | server MB");
    for people in asked.unwrap_or_else(|| vec![2, 10, 50]) {
        for per_second in [10, 30] {
            let server = Served::process(&program)?;
            let key = server.empty_chapter().await?;
            let how = Movement {
                people,
                pause: Duration::from_secs(1) / per_second,
                time: TIME,
            };
            let before = Usage::of(&server)?;
            let seen = move_about(&server, key, how).await?;
            let after = Usage::of(&server)?;
            let each = |sum: usize| sum as f64 / people as f64 / TIME.as_secs_f64();
            println!(
                "{people:>6} | {:>12.1} | {:>11.1} | {:>15.0} | {:>24.1} | {}",
                each(seen.iter().map(|one| one.moves as usize).sum()),
                each(seen.iter().map(|one| one.told).sum()),
                each(seen.iter().map(|one| one.bytes).sum()),
                (after.cpu_s - before.cpu_s) * 1_000.0 / TIME.as_secs_f64(),
                after.now_mb,
            );
        }
    }
    Ok(())
}
