//! Reading plans and chapters from the log, and making the next generation of a chapter: slow, pure of sockets.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::ChangeHash;
use futures_util::future::BoxFuture;
use schema::ids::{BoundActor, ChapterId, ErasureId, Generation, PlanId, TimestampMs};
use schema::limits::PAYLOAD_BYTES_MAX;
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{Record, Stream};
use schema::text::carry::{Carried, Later, carry_over};
use schema::text::change::inspect;
use schema::text::evidence::Evidence;
use schema::text::follow::{Copy, FollowFailure, follow};
use schema::text::generation::{CarriedLink, GenerationStarted, Reason, content_hash, start_from};

use crate::core::chapter::{After, Cause, Ended, Entry, EntryChange, Fresh, LoadedChapter, Successor};
use crate::core::devices::DeviceNews;
use crate::core::plan_room::LoadedPlan;
use crate::log::{Direction, EventLog, ReadRequest, Selector};

/// Records read in one call.
const PAGE: usize = 1_024;

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

/// What is known of plans, folded from the log before anybody asks: the core's half of it.
pub trait KnownPlans: Send + Sync + 'static {
    /// The fold of a plan, as far as it goes, without `rest`; waits while it is being made.
    fn known(&self, plan: PlanId) -> BoxFuture<'_, Result<LoadedPlan, String>>;
}

/// Keeps what becomes known of devices. Called on the core's thread: it may not wait for a disk.
pub trait DeviceNotes: Send + Sync + 'static {
    /// Takes news in.
    fn note(&self, news: &DeviceNews);
}

/// Adds to what is known of a plan the events outside its texts that came after it. They are few: every event is
/// read.
///
/// # Errors
/// What the log says.
pub fn load_plan(log: &dyn EventLog, plan: PlanId, mut known: LoadedPlan) -> Result<LoadedPlan, String> {
    let end = log.next_position(plan);
    let mut from = known.next;
    while from < end {
        let request = ReadRequest {
            plan,
            selector: Selector::All,
            from: from.0,
            direction: Direction::Forward,
            limit: PAGE,
        };
        let page = log.read(&request).map_err(|error| error.to_string())?;
        let Some(last) = page.last() else { break };
        from = last.envelope.position.next();
        let outside_texts = |record: &Record| !matches!(record.envelope.stream, Stream::Text(..));
        known.rest.extend(page.into_iter().filter(outside_texts));
    }
    Ok(known)
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
    let seed: Vec<Arc<[u8]>> = started.seed.iter().map(|raw| Arc::from(raw.as_slice())).collect();
    let mut evidence = evidence_of(&seed)?;
    let Judged {
        entries,
        sound,
        failure,
    } = judged(&mut evidence, &records)?;
    let start = follow(&Copy::new(), &seed).map_err(|failure| failure.to_string())?;
    let changes: Vec<Arc<[u8]>> = entries
        .iter()
        .take(sound)
        .filter_map(|entry| entry.change.as_ref())
        .map(|change| Arc::clone(&change.raw))
        .collect();
    // A change that cannot be applied was appended just before a stop: the live chapter will quarantine it.
    let (copy, copied) = match follow(&start, &changes) {
        Ok(copy) => (copy, sound),
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
        failure,
    })
}

/// The stream of a generation, as the rules of today judge it.
struct Judged {
    entries: Vec<Entry>,
    /// How many entries stand before the first change that is refused.
    sound: usize,
    /// That change.
    failure: Option<FollowFailure>,
}

/// Takes a stream in as evidence. A change that the rules of today refuse stands in it all the same: from there on nothing
/// is taken in, for its generation to end.
fn judged(evidence: &mut Evidence, records: &[Record]) -> Result<Judged, String> {
    let mut judged = Judged {
        entries: Vec::with_capacity(records.len()),
        sound: records.len(),
        failure: None,
    };
    for record in records {
        let judge = judged.failure.is_none().then_some(&mut *evidence);
        let (entry, refused) = entry_of(judge, record)?;
        if refused.is_some() {
            (judged.sound, judged.failure) = (judged.entries.len(), refused);
        }
        judged.entries.push(entry);
    }
    Ok(judged)
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

/// One place of the stream, and why its change is refused, if it is; without evidence nothing is judged.
fn entry_of(
    evidence: Option<&mut Evidence>,
    record: &Record,
) -> Result<(Entry, Option<FollowFailure>), String> {
    let envelope = &record.envelope;
    let mut entry = Entry {
        position: envelope.position,
        who: envelope.who,
        change: None,
    };
    let Some(raw) = record.payload.bytes().filter(|_| envelope.kind == TEXT_CHANGED) else {
        return Ok((entry, None));
    };
    let at = |refusal| format!("position {}: {refusal}", envelope.position);
    // What is no change has no name under which it could be set aside.
    let name = || inspect(raw).map(|inspected| inspected.header.hash).map_err(at);
    let verdict = evidence.map(|evidence| {
        let admitted = evidence.admit_trusted(raw);
        admitted.inspect(|admitted| evidence.place(&admitted.hash, envelope.revision))
    });
    let (hash, refused) = match verdict {
        None => (name()?, None),
        Some(Ok(admitted)) => (admitted.hash, None),
        Some(Err(refusal)) => {
            let (offender, what) = (name()?, at(refusal));
            (offender, Some(FollowFailure { offender, what }))
        }
    };
    entry.change = Some(EntryChange {
        hash,
        raw: Arc::clone(raw),
    });
    Ok((entry, refused))
}

/// The generation that follows one that ended. `fresh` are actor ids that nobody has, one more than its `later`.
///
/// # Errors
/// When no fresh document can be made.
pub fn successor_of(now: TimestampMs, ended: &Ended, fresh: Vec<[u8; 16]>) -> Result<Successor, String> {
    match ended.cause {
        Cause::Failure(offender) => after_failure(now, ended, offender, fresh),
        Cause::Erasure(erasure) => after_erasure(now, ended, erasure, fresh),
        Cause::Growth => after_growth(now, ended, fresh),
    }
}

/// The text as it stands in a document that holds nothing else, admitted and merged before anybody depends on it.
fn after_growth(now: TimestampMs, ended: &Ended, fresh: Vec<[u8; 16]>) -> Result<Successor, String> {
    let started = from_the_whole(now, ended, Reason::Growth, fresh)?;
    let seed: Vec<Arc<[u8]>> = started.seed.iter().map(|raw| Arc::from(raw.as_slice())).collect();
    let evidence = evidence_of(&seed)?;
    let copy = follow(&Copy::new(), &seed).map_err(|failure| failure.to_string())?;
    if content_hash(copy.doc()) != *started.new_content {
        return Err("the fresh document shows another text".to_owned());
    }
    let payload: Arc<[u8]> = started.payload().into();
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(format!(
            "a start of {} bytes does not fit one event",
            payload.len()
        ));
    }
    let ready = Fresh {
        schema_version: started.schema_version,
        evidence,
        copy,
    };
    Ok(Successor {
        generation: ended.generation.next(),
        after: After::Growth {
            head: ended.head,
            fresh: Box::new(ready),
        },
        payload,
        carried: Vec::new(),
    })
}

/// The start of a generation with everything that was accepted in the one before.
fn from_the_whole(
    now: TimestampMs,
    ended: &Ended,
    reason: Reason,
    fresh: Vec<[u8; 16]>,
) -> Result<GenerationStarted, String> {
    let server = fresh.into_iter().next().ok_or("no fresh actor")?;
    let later = ended.later.iter().filter_map(|entry| entry.change.as_ref());
    let later: Vec<Arc<[u8]>> = later.map(|change| Arc::clone(&change.raw)).collect();
    let server = BoundActor::from_bytes(server);
    let started = if later.is_empty() {
        start_from(ended.copy.doc(), reason, server, now)
    } else {
        let whole = follow(&ended.copy, &later).map_err(|failure| failure.to_string())?;
        start_from(whole.doc(), reason, server, now)
    };
    started.map_err(|error| error.to_string())
}

/// The evidence of a generation that holds its start only.
fn evidence_of(seed: &[Arc<[u8]>]) -> Result<Evidence, String> {
    let mut evidence = Evidence::new();
    for raw in seed {
        evidence
            .admit_trusted(raw)
            .map_err(|refusal| format!("seed: {refusal}"))?;
    }
    evidence.starts_here();
    Ok(evidence)
}

/// The text as it stands, and nothing of how it came to be.
fn after_erasure(
    now: TimestampMs,
    ended: &Ended,
    erasure: ErasureId,
    fresh: Vec<[u8; 16]>,
) -> Result<Successor, String> {
    let started = from_the_whole(now, ended, Reason::Erasure, fresh)?;
    Ok(Successor {
        generation: ended.generation.next(),
        after: After::Erasure(erasure),
        payload: started.payload().into(),
        carried: Vec::new(),
    })
}

/// The text of the last good copy and every later honest change that it can take, carried over in its author's name.
fn after_failure(
    now: TimestampMs,
    ended: &Ended,
    offender: ChangeHash,
    fresh: Vec<[u8; 16]>,
) -> Result<Successor, String> {
    let mut fresh = fresh.into_iter().map(BoundActor::from_bytes);
    let server = fresh.next().ok_or("no fresh actor")?;
    let mut started =
        start_from(ended.copy.doc(), Reason::Quarantine, server, now).map_err(|error| error.to_string())?;
    let mut actors = BTreeMap::new();
    let mut authors = Vec::new();
    let mut later = Vec::new();
    for (entry, unused) in ended.later.iter().zip(fresh) {
        if let Some(change) = &entry.change {
            let actor = *actors.entry(entry.who).or_insert(unused);
            authors.push(entry.who);
            later.push(Later {
                raw: Arc::clone(&change.raw),
                actor,
            });
        }
    }
    let over = carry_over(&ended.copy, &started, &later, offender).map_err(|error| error.to_string())?;
    if over.left.len() > 1 {
        tracing::warn!(offender = %offender, "{} changes build on the failed one and stay behind", over.left.len() - 1);
    }
    started.carried = over.carried.iter().map(CarriedLink::from).collect();
    let author_of = |carried: &Carried| {
        Some((
            *authors.get(carried.later)?,
            carried.hash,
            Arc::clone(&carried.raw),
        ))
    };
    Ok(Successor {
        generation: ended.generation.next(),
        after: After::Quarantine(quarantined_payload(ended.generation, offender)),
        payload: started.payload().into(),
        carried: over.carried.iter().filter_map(author_of).collect(),
    })
}

fn quarantined_payload(generation: Generation, offender: ChangeHash) -> Arc<[u8]> {
    let payload = serde_json::json!({
        "generation": generation,
        "change": offender.to_string(),
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
