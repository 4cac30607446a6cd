//! Reading plans and chapters from the log, and making the next generation of a chapter: slow, pure of sockets.

use std::sync::Arc;

use automerge::transaction::CommitOptions;
use automerge::{AutoCommit, Automerge, ChangeHash};
use schema::ids::{BoundActor, ChapterId, Generation, PlanId, TimestampMs};
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{Record, Stream};
use schema::richtext::spans;
use schema::text::evidence::Evidence;
use schema::text::follow::{Copy, FollowFailure, follow};
use schema::text::generation::{GenerationStarted, Reason, start_from};
use schema::text::{genesis, write};

use crate::core::chapter::{Ended, Entry, EntryChange, LoadedChapter, Successor};
use crate::log::{Direction, EventLog, ReadRequest, Selector};

/// Records read in one call.
const PAGE: usize = 1_024;

/// Kinds of events outside texts, by prefix.
const DOMAIN_PREFIXES: [&str; 8] = [
    "plan.",
    "party.",
    "team.",
    "challenge.",
    "strand.",
    "rights.",
    "chapter.",
    "commitment.",
];

/// Every record of a selection, in order.
///
/// # Errors
/// What the log says.
pub fn read_all(log: &dyn EventLog, plan: PlanId, selector: &Selector) -> Result<Vec<Record>, String> {
    let mut records: Vec<Record> = Vec::new();
    let mut from = 0;
    loop {
        let request = ReadRequest {
            plan,
            selector: selector.clone(),
            from,
            direction: Direction::Forward,
            limit: PAGE,
        };
        let page = log.read(&request).map_err(|error| error.to_string())?;
        let last = page.last().map(|record| match selector {
            Selector::Stream(_) => record.envelope.revision.0,
            _ => record.envelope.position.0,
        });
        let whole = page.len() == PAGE;
        records.extend(page);
        match last {
            Some(last) if whole => from = last + 1,
            _ => return Ok(records),
        }
    }
}

/// A plan's events outside its texts, by position.
///
/// # Errors
/// What the log says.
pub fn load_plan(log: &dyn EventLog, plan: PlanId) -> Result<Vec<Record>, String> {
    let mut records = read_all(log, plan, &Selector::Stream(Stream::Actors))?;
    for prefix in DOMAIN_PREFIXES {
        records.extend(read_all(log, plan, &Selector::KindPrefix(prefix.to_owned()))?);
    }
    for prefix in ["text.restored", "text.quarantined"] {
        records.extend(read_all(log, plan, &Selector::KindPrefix(prefix.to_owned()))?);
    }
    records.sort_by_key(|record| record.envelope.position);
    Ok(records)
}

/// A chapter's current generation, with the server's copy of it.
///
/// # Errors
/// What the log says, or that the chapter has no text.
pub fn load_chapter(log: &dyn EventLog, plan: PlanId, chapter: ChapterId) -> Result<LoadedChapter, String> {
    let generation = current_generation(log, plan, chapter)?;
    let stream = Stream::Text(chapter, generation);
    let records = read_all(log, plan, &Selector::Stream(stream))?;
    let first = records.first().ok_or("the chapter has no text")?;
    let payload = first
        .payload
        .bytes()
        .ok_or("the start of the generation is erased")?;
    let started = GenerationStarted::read(payload).map_err(|error| error.to_string())?;
    let mut evidence = Evidence::new();
    let seed: Vec<Arc<[u8]>> = started.seed.iter().map(|raw| Arc::from(raw.as_slice())).collect();
    for raw in &seed {
        evidence
            .admit_trusted(raw)
            .map_err(|refusal| format!("seed: {refusal}"))?;
    }
    let entries = records
        .iter()
        .map(|record| entry_of(&mut evidence, record))
        .collect::<Result<Vec<Entry>, String>>()?;
    let start = follow(&Copy::new(), &seed).map_err(|failure| failure.to_string())?;
    let changes: Vec<Arc<[u8]>> = entries
        .iter()
        .filter_map(|entry| entry.change.as_ref())
        .map(|change| Arc::clone(&change.raw))
        .collect();
    // A change that cannot be applied was appended just before a stop: the live chapter will quarantine it.
    let (copy, copied) = match follow(&start, &changes) {
        Ok(copy) => (copy, entries.len()),
        Err(failure) => {
            tracing::error!(chapter = %chapter, "copy does not follow: {failure}");
            (start, 1)
        }
    };
    Ok(LoadedChapter {
        generation,
        schema_version: started.schema_version,
        evidence,
        entries,
        copy,
        copied,
    })
}

/// The last generation that a chapter has a stream of.
///
/// # Errors
/// What the log says.
pub fn current_generation(
    log: &dyn EventLog,
    plan: PlanId,
    chapter: ChapterId,
) -> Result<Generation, String> {
    let mut generation = Generation(1);
    loop {
        let next = Stream::Text(chapter, generation.next());
        match log
            .last_revision(plan, &next)
            .map_err(|error| error.to_string())?
        {
            Some(_) => generation = generation.next(),
            None => return Ok(generation),
        }
    }
}

fn entry_of(evidence: &mut Evidence, record: &Record) -> Result<Entry, String> {
    let envelope = &record.envelope;
    let raw = record.payload.bytes().filter(|_| envelope.kind == TEXT_CHANGED);
    let change = match raw {
        Some(raw) => {
            let refused = |refusal| format!("position {}: {refusal}", envelope.position);
            let admitted = evidence.admit_trusted(raw).map_err(refused)?;
            evidence.place(&admitted.hash, envelope.revision);
            Some(EntryChange {
                hash: admitted.hash,
                raw: Arc::clone(raw),
            })
        }
        None => None,
    };
    Ok(Entry {
        position: envelope.position,
        who: envelope.who,
        change,
    })
}

/// The next generation after a quarantine: the text of the last good copy and every later honest change that it
/// can take, carried over in its author's name. `fresh` are actor ids that nobody has.
///
/// # Errors
/// When no fresh document can be made of the last good copy.
pub fn successor_of(now: TimestampMs, ended: Ended, fresh: Vec<[u8; 16]>) -> Result<Successor, String> {
    let said = |error: automerge::AutomergeError| error.to_string();
    let mut fresh = fresh.into_iter().map(BoundActor::from_bytes);
    let server = fresh.next().ok_or("no fresh actor")?;
    let started = start_from(ended.copy.doc(), Reason::Quarantine, server, now).map_err(said)?;
    let seed: Vec<Arc<[u8]>> = started.seed.iter().map(|raw| Arc::from(raw.as_slice())).collect();
    let mut next = follow(&Copy::new(), &seed).map_err(|failure| failure.to_string())?;
    let mut good = Arc::clone(&ended.copy);
    let mut evidence = Evidence::new();
    for raw in &seed {
        evidence
            .admit_trusted(raw)
            .map_err(|refusal| refusal.to_string())?;
    }
    let mut carried = Vec::new();
    for (entry, actor) in ended.later.iter().zip(fresh) {
        let Some(change) = entry
            .change
            .as_ref()
            .filter(|change| change.hash != ended.offender)
        else {
            continue;
        };
        // What depends on the offender cannot be applied without it; its event stays in the log.
        let Ok(after) = follow(&good, std::slice::from_ref(&change.raw)) else {
            continue;
        };
        let moved = carry_over(good.doc(), after.doc(), &next, (actor, now)).map_err(said)?;
        for raw in moved {
            let admitted = evidence
                .admit_trusted(&raw)
                .map_err(|refusal| refusal.to_string())?;
            let raw: Arc<[u8]> = raw.into();
            next = follow(&next, std::slice::from_ref(&raw)).map_err(|failure| failure.to_string())?;
            carried.push((entry.who, admitted.hash, raw));
        }
        good = Arc::new(after);
    }
    let offender_payload = quarantined_payload(&ended);
    let generation = ended.generation.next();
    Ok(Successor {
        generation,
        offender_payload,
        payload: started.payload().into(),
        carried,
    })
}

/// The difference that one change made, written into the next generation's copy.
fn carry_over(
    before: &Automerge,
    after: &Automerge,
    next: &Copy,
    (actor, now): (BoundActor, TimestampMs),
) -> Result<Vec<Vec<u8>>, automerge::AutomergeError> {
    let text = genesis::text_id();
    let old = spans::read(before, &text)?;
    let new = spans::read(after, &text)?;
    let mut doc = AutoCommit::load_with_options(next.snapshot(), genesis::load_options())?
        .with_actor(genesis::actor_id(actor));
    let there = spans::read(doc.document(), &text)?;
    if old.blocks == there.blocks {
        let new = spans::FlatText {
            headless: there.headless,
            ..new
        };
        write::replace(&mut doc, &there, &new)?;
    }
    let time = i64::try_from(now.0 / 1_000).unwrap_or(i64::MAX);
    if doc
        .commit_with(CommitOptions::default().with_time(time))
        .is_none()
    {
        return Ok(Vec::new());
    }
    Ok(doc
        .get_last_local_change()
        .map(|change| change.raw_bytes().to_vec())
        .into_iter()
        .collect())
}

fn quarantined_payload(ended: &Ended) -> Arc<[u8]> {
    let payload = serde_json::json!({
        "generation": ended.generation,
        "change": ended.offender.to_string(),
    });
    schema::domain::canonical::to_vec(&payload)
        .expect("a number and a text")
        .into()
}

/// What is said of a follow whose thread is gone: no change can be named.
#[must_use]
pub fn follow_panicked() -> FollowFailure {
    failure_of(ChangeHash([0; 32]))
}

/// A failure that names a change and nothing else.
#[must_use]
pub fn failure_of(offender: ChangeHash) -> FollowFailure {
    FollowFailure {
        offender,
        what: "it could not be applied".to_owned(),
    }
}
