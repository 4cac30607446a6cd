//! How fast a tree grows on disk, opens again, and proves any one of its events.
//!
//! `bench_audit [EVENTS] [DIRECTORY]`, 5 million unless asked otherwise. Events are what one typed burst makes.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures in real time")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use schema::audit::{Checkpoint, Extent, LogSigner, PlanOrigin, SignedCheckpoint, TreeHash};
use schema::ids::{
    ActorRef, ChapterId, EventId, Generation, IncarnationId, PlanId, Position, Revision, TimestampMs,
};
use schema::log::{Envelope, Kind, Record, Salts, Stream, Via, commitment};
use schrijftafel_server::audit::{PlanLog, Signers, Stamped};

const ORIGIN: PlanOrigin = PlanOrigin {
    plan: PlanId::from_bytes([1; 16]),
    incarnation: IncarnationId::from_bytes([2; 16]),
};
/// An automerge change of one typed burst.
const PAYLOAD_BYTES: usize = 123;
/// Events handed to the operating system at once, as the server does.
const PAGE: u64 = 1_024;
/// Proofs that are measured.
const PROOFS: u64 = 10_000;

fn main() -> Result<()> {
    let mut arguments = tests::bench_arguments().into_iter();
    let events: u64 = arguments
        .next()
        .map_or(Ok(5_000_000), |text| text.parse())
        .context("EVENTS")?;
    let directory = match arguments.next() {
        Some(path) => tempfile::tempdir_in(path)?,
        None => tempfile::tempdir()?,
    };
    let log = PlanLog::open(ORIGIN, directory.path().join("log"), &Signers::default())?;
    println!("{events} events");
    let start = Instant::now();
    let mut tree = log.files().grow_from(0)?;
    for position in 0..events {
        tree.append(TreeHash::of_leaf(&record(position).leaf(ORIGIN.plan).to_bytes()))?;
        if position % PAGE == PAGE - 1 {
            tree.write()?;
        }
    }
    tree.write()?;
    tree.sync()?;
    println!("grown with leaves made anew   {:>10.1?}", start.elapsed());

    let signer = LogSigner::from_seed(ORIGIN.to_string().parse()?, &[3; 32]);
    let checkpoint = Checkpoint::new(ORIGIN.origin(), tree.frontier().head());
    log.publish(Stamped {
        chain: None,
        signed_at: TimestampMs(1),
        note: SignedCheckpoint::sign(checkpoint, &signer)?,
    })?;
    let start = Instant::now();
    let files = log.files();
    anyhow::ensure!(files.cut(events)? && files.root(events)? == tree.frontier().head().root);
    files.grow_from(events)?;
    println!("opened and its root checked   {:>10.1?}", start.elapsed());
    proofs(&log, events)
}

fn proofs(log: &PlanLog, events: u64) -> Result<()> {
    let mut times = Vec::new();
    for number in 0..PROOFS {
        // Far apart and in no order, always the same: a multiplicative walk.
        let position = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % events;
        let record = record(position);
        let start = Instant::now();
        let proof = log.prove(&record, Extent::Everything)?;
        times.push(start.elapsed());
        anyhow::ensure!(proof.index() == position);
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    let longest: Duration = times.last().copied().unwrap_or_default();
    println!(
        "proof of any event: half within {:.1?}, 99 of 100 within {:.1?}, all within {longest:.1?}",
        at(50),
        at(99)
    );
    Ok(())
}

fn record(position: u64) -> Record {
    let mut salt = [0; 32];
    if let Some(start) = salt.first_chunk_mut() {
        *start = position.to_be_bytes();
    }
    let envelope = Envelope {
        position: Position(position),
        stream: Stream::Text(ChapterId::from_bytes([4; 16]), Generation(1)),
        revision: Revision(position),
        id: EventId::from_bytes(u128::from(position).to_be_bytes()),
        kind: Kind::new("text.changed", 1),
        recorded_at: TimestampMs(1_790_000_000_000),
        who: ActorRef(Position(0)),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload_commitment: [0; 32],
    };
    let salts = Salts {
        envelope: salt,
        payload: salt,
    };
    let payload = Arc::from([7; PAYLOAD_BYTES].as_slice());
    Record::seal(ORIGIN.plan, &commitment::CHAIN_START, envelope, salts, payload)
}
