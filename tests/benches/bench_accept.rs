//! What it costs to accept a change: microseconds on one core, by how many operations the document holds already.
//!
//! `bench_accept [OPERATIONS]...`, 1,000, 20,000 and 260,000 unless told otherwise. The text is a real one, typed letter by
//! letter (`automerge-paper`, josephg/editing-traces, CC BY 4.0), five keystrokes to a change as a browser makes of steady
//! typing. At each size the changes that come next are judged by a copy of the evidence, several times over; the
//! median of the rounds stands for all. Goal: under 10 microseconds at any size.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures in real time")]

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use automerge::transaction::Transactable;
use schema::ids::BoundActor;
use schema::text::evidence::Evidence;
use schema::text::genesis;
use tests::traces::{SequentialTrace, read};

const ACTOR: BoundActor = BoundActor::from_bytes([7; 16]);
const KEYSTROKES_PER_CHANGE: usize = 5;
/// Changes that are judged at each size.
const JUDGED: usize = 1_000;
const ROUNDS: usize = 9;

fn main() -> Result<()> {
    let asked: Result<Vec<u64>, _> = tests::bench_arguments().iter().map(|word| word.parse()).collect();
    let asked = Some(asked?).filter(|asked| !asked.is_empty());
    let changes = written()?;
    println!("operations | changes before | µs per change, median | 99 of 100 | longest | µs per operation");
    for ops in asked.unwrap_or_else(|| vec![1_000, 20_000, 260_000]) {
        measure(&changes, ops)?;
    }
    Ok(())
}

/// The trace as changes of one author.
fn written() -> Result<Vec<Vec<u8>>> {
    let trace: SequentialTrace = read("automerge-paper.json.gz")?;
    let patches: Vec<_> = trace.txns.iter().flat_map(|txn| txn.patches.iter()).collect();
    let mut doc = genesis::new_doc(ACTOR);
    let mut changes = Vec::new();
    for group in patches.chunks(KEYSTROKES_PER_CHANGE) {
        for (at, deleted, inserted) in group {
            doc.splice_text(genesis::text_id(), *at, isize::try_from(*deleted)?, inserted)?;
        }
        doc.commit();
        let made = doc.get_last_local_change().context("a change was just made")?;
        changes.push(made.raw_bytes().to_vec());
    }
    Ok(changes)
}

fn measure(changes: &[Vec<u8>], ops: u64) -> Result<()> {
    let mut evidence = Evidence::new();
    let mut before = 0;
    for raw in changes {
        if evidence.ops() >= ops {
            break;
        }
        evidence.admit(raw, &[ACTOR])?;
        before += 1;
    }
    // The longest text there is ends where it ends: then its last changes are judged.
    let from = before.min(changes.len().saturating_sub(JUDGED));
    if from < before {
        evidence.retract_to(from + 1);
    }
    let next = changes.get(from..from + JUDGED).context("enough changes")?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(judged(evidence.clone(), next)?);
    }
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let column = |at: fn(&[f64; 4]) -> f64| median(rounds.iter().map(at).collect());
    println!(
        "{:>10} | {from:>14} | {:>21.2} | {:>9.2} | {:>7.1} | {:>16.3}",
        evidence.ops(),
        column(|round| round[0]),
        column(|round| round[1]),
        column(|round| round[2]),
        column(|round| round[3]),
    );
    Ok(())
}

/// Judges changes one by one: median, 99 of 100 and longest in microseconds, and microseconds per operation.
fn judged(mut evidence: Evidence, changes: &[Vec<u8>]) -> Result<[f64; 4]> {
    let before = evidence.ops();
    let mut times = Vec::with_capacity(changes.len());
    for raw in changes {
        let started = Instant::now();
        evidence.admit(raw, &[ACTOR])?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    let ops = evidence.ops() - before;
    ensure!(ops > 0, "nothing was judged");
    let sum: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        times
            .get((times.len() as f64 * share) as usize)
            .copied()
            .unwrap_or(f64::NAN)
    };
    Ok([at(0.5), at(0.99), at(1.0 - f64::EPSILON), sum / ops as f64])
}
