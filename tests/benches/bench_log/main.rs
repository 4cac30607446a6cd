//! What the log costs: both engines, beside bare sled and a bare file with the same bytes.
//!
//! `bench_log [SECONDS] [DIRECTORY] [LONG]`. At 1, 16 and 256 appenders, each waiting for its answer before the next
//! append, all share flushes in the same way; what differs is what lies between the caller and the disk. Then the
//! time an append takes at half of that load, beside one bare flush, and what the appending thread itself has to do.
//! `LONG` events (none; 5000000 takes minutes) are then written with each engine to see what a long log takes on disk,
//! to read, and to open.

mod cost;
mod load;
mod long;
mod subjects;

use std::path::{Path, PathBuf};

use anyhow::Context;
use schrijftafel_server::log::engine::EngineKind;

use load::{paced, run};
use subjects::{event_log, file_sink, grouped, sled_sink};

fn main() -> anyhow::Result<()> {
    let arguments = tests::bench_arguments();
    if let [reopen, path] = arguments.as_slice()
        && reopen == "--reopen"
    {
        return long::reopen(Path::new(path));
    }
    let number = |index: usize, default| match arguments.get(index) {
        Some(text) => text.parse().with_context(|| format!("{text} is no number")),
        None => Ok(default),
    };
    let (seconds, long) = (number(0, 5)?, number(2, 0)?);
    let directory = match arguments.get(1) {
        Some(path) => tempfile::tempdir_in(path)?,
        None => tempfile::tempdir()?,
    };
    let fastest = throughput(directory.path(), seconds)?;
    latency(directory.path(), seconds, fastest)?;
    cost::measure(directory.path())?;
    if long > 0 {
        println!("\na log of {long} text events in one plan");
        for kind in [EngineKind::Sled, EngineKind::Segments] {
            long::measure(kind, directory.path(), long)?;
        }
    }
    Ok(())
}

/// Appends per second of each engine at the most appenders.
struct Fastest {
    sled: u64,
    segments: u64,
}

fn throughput(directory: &Path, seconds: u64) -> anyhow::Result<Fastest> {
    println!("durable appends of one event per second, {seconds} s each");
    println!(
        "appenders | log, sled | log, segments | bare sled | file + fdatasync | sled / bare | segments / file | segments / sled"
    );
    let mut fastest = Fastest { sled: 0, segments: 0 };
    for appenders in [1, 16, 256] {
        let place = |name: &str| directory.join(format!("{name}-{appenders}"));
        let file = run(appenders, seconds, grouped(file_sink(&place("file"))?));
        let bare = run(appenders, seconds, grouped(sled_sink(&place("bare"))?));
        let sled = run(appenders, seconds, event_log(EngineKind::Sled, &place("sled"))?);
        let segments = run(
            appenders,
            seconds,
            event_log(EngineKind::Segments, &place("segments"))?,
        );
        println!(
            "{appenders:>9} | {sled:>9} | {segments:>13} | {bare:>9} | {file:>16} | {:>11} | {:>15} | {:>15}",
            ratio(sled, bare),
            ratio(segments, file),
            ratio(segments, sled),
        );
        fastest = Fastest { sled, segments };
    }
    Ok(fastest)
}

fn latency(directory: &Path, seconds: u64, fastest: Fastest) -> anyhow::Result<()> {
    println!(
        "\nmicroseconds until an append is durable, median and 99th of a hundred, at half of the most per second"
    );
    let place = |name: &str| -> PathBuf { directory.join(format!("{name}-latency")) };
    // One at a time, at a pace that no disk minds: what a flush takes.
    let flush = paced(seconds, 100, grouped(file_sink(&place("file"))?));
    println!("one bare flush: {} and {}", flush.median, flush.p99);
    let half = [
        (EngineKind::Sled, fastest.sled / 2),
        (EngineKind::Segments, fastest.segments / 2),
    ];
    for (kind, per_second) in half {
        let bare = place(&format!("file-{kind}"));
        let bare = paced(seconds, per_second, grouped(file_sink(&bare)?));
        let taken = paced(seconds, per_second, event_log(kind, &place(&kind.to_string()))?);
        println!(
            "log, {kind} at {per_second}/s: {} and {}, {} times the flush's; a plain file at that pace: {} and {}",
            taken.median,
            taken.p99,
            ratio(u64::try_from(taken.p99)?, u64::try_from(flush.p99)?),
            bare.median,
            bare.p99,
        );
    }
    Ok(())
}

fn ratio(ours: u64, theirs: u64) -> String {
    let hundredths = u128::from(ours) * 100 / u128::from(theirs.max(1));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
