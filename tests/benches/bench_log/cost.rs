//! What the thread that appends has to do, apart from waiting for the disk and for others: its processor time.
//!
//! Why it exists: ratios of appends per second need a machine that does nothing else. The time a thread was given does
//! not count what others got, so these figures can be compared between busy days, and a group that takes long by
//! itself shows however slow the disk is.

use std::path::Path;

use rustix::time::{ClockId, clock_gettime};
use schema::ids::TimestampMs;
use schema::log::Salts;
use schrijftafel_server::log::engine::{self, EngineKind};

use crate::subjects::{FRAME_BYTES, Sink, file_sink, request, sled_sink};

/// Events in a group: about what gathers during a flush at half load.
const GROUP: u64 = 16;
/// Groups: several segments of ids, and one segment file and a bit.
const GROUPS: u64 = 12_000;

/// Appends group by group on this thread, beside the same with the stores alone, and says what each took of it.
pub fn measure(directory: &Path) -> anyhow::Result<()> {
    println!(
        "\nmicroseconds of the appending thread: per event; per group of {GROUP}: median, 99 of 100, longest"
    );
    let place = |name: &str| directory.join(format!("{name}-cost"));
    say("file", store(file_sink(&place("file"))?));
    say("bare sled", store(sled_sink(&place("bare"))?));
    for kind in [EngineKind::Sled, EngineKind::Segments] {
        say(&format!("log, {kind}"), log(kind, &place(&kind.to_string()))?);
    }
    Ok(())
}

/// Of each group, in nanoseconds.
type Costs = Vec<u64>;

fn store(mut sink: Sink) -> Costs {
    let of_group = |group: u64| {
        let numbers = group * GROUP..(group + 1) * GROUP;
        let frames: Vec<_> = numbers.map(|number| (number, vec![7; FRAME_BYTES])).collect();
        let before = taken();
        sink(&frames);
        taken() - before
    };
    (0..GROUPS).map(of_group).collect()
}

fn log(kind: EngineKind, path: &Path) -> anyhow::Result<Costs> {
    std::fs::create_dir_all(path)?;
    let log = engine::open_or_start(&path.join("log"), Some(kind))?;
    let mut salts = || Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    let mut costs = Costs::new();
    for group in 0..GROUPS {
        let requests = (group * GROUP..(group + 1) * GROUP).map(request).collect();
        let before = taken();
        let answers = log.append_group(TimestampMs(group), &mut salts, requests);
        costs.push(taken() - before);
        for answer in answers {
            answer?;
        }
    }
    Ok(costs)
}

/// Processor time of this thread so far, in nanoseconds.
fn taken() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
    u64::try_from(nanoseconds).expect("no thread ran before it began")
}

fn say(what: &str, mut costs: Costs) {
    let per_event = costs.iter().sum::<u64>() / (costs.len() as u64 * GROUP).max(1);
    costs.sort_unstable();
    let at = |share: usize| costs.get(costs.len() * share / 100).copied().unwrap_or(0) / 1_000;
    let longest = costs.last().copied().unwrap_or(0) / 1_000;
    println!(
        "{what:>13}: {}.{:02}; {}, {}, {longest}",
        per_event / 1_000,
        per_event % 1_000 / 10,
        at(50),
        at(99)
    );
}
