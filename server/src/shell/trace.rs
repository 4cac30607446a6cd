//! Reads an ended generation and every one after it: what a client lacks of it, and where its text stands now.
//!
//! Why it exists: see `core::trace`. The text is read as the history page reads it, from one index of changes; none is
//! applied to a document here.

use std::sync::Arc;

use automerge::Change;
use schema::ids::{ChapterId, Generation, PlanId, Revision};
use schema::log::kinds::TEXT_CHANGED;
use schema::log::{Record, Stream};
use schema::text::generation::{GenerationStarted, Reason};
use schema::text::genesis::genesis;
use schema::text::history::TextHistory;

use super::load::read_all;
use crate::core::trace::Trace;
use crate::core::turns::Question;
use crate::log::{Direction, EventLog, ReadRequest, Selector};

/// What the log says about an ended generation.
///
/// # Errors
/// What the log says, or that a change in it fits nothing.
pub fn trace(log: &dyn EventLog, question: &Question) -> Result<Trace, String> {
    let (_, plan, chapter) = question.asker;
    let request = &question.request;
    let mut reader = Reader::default();
    let mut missed = Vec::new();
    let mut generation = request.generation;
    while generation <= request.current {
        let records = read_all(log, plan, &Selector::Stream(Stream::Text(chapter, generation)))?;
        let is_last = generation == request.current;
        if !is_last && ended_by_failure(log, (plan, chapter), generation)? {
            // What failed cannot be given to anybody, and what was carried over has another identity.
            return Ok(Trace::default());
        }
        let known = records
            .iter()
            .filter(|record| !is_last || record.envelope.revision < request.to);
        for record in known {
            reader.take(record)?;
        }
        if generation == request.generation {
            reader.old_end = reader.last();
            missed = changes_from(&records, request.next);
        }
        generation = generation.next();
    }
    let same = reader.history.same(reader.old_end, reader.last());
    Ok(Trace {
        changes: missed,
        same: Some(same),
    })
}

/// Whether the generation after this one was started because a change of this one failed.
fn ended_by_failure(
    log: &dyn EventLog,
    (plan, chapter): (PlanId, ChapterId),
    generation: Generation,
) -> Result<bool, String> {
    let request = ReadRequest {
        plan,
        selector: Selector::Stream(Stream::Text(chapter, generation.next())),
        from: 0,
        direction: Direction::Forward,
        limit: 1,
    };
    let records = log.read(&request).map_err(|error| error.to_string())?;
    let payload = records.first().and_then(|record| record.payload.bytes());
    let payload = payload.ok_or("the start of a generation is erased")?;
    let started = GenerationStarted::read(payload).map_err(|error| error.to_string())?;
    Ok(started.reason != Reason::Growth)
}

fn changes_from(records: &[Record], next: Revision) -> Vec<Arc<[u8]>> {
    let lacking = records
        .iter()
        .filter(|record| record.envelope.revision >= next && record.envelope.kind == TEXT_CHANGED);
    lacking
        .filter_map(|record| record.payload.bytes().map(Arc::clone))
        .collect()
}

/// The history of the texts, numbered over all generations.
#[derive(Default)]
struct Reader {
    history: TextHistory,
    taken: u64,
    old_end: Revision,
}

impl Reader {
    fn last(&self) -> Revision {
        Revision(self.taken.saturating_sub(1))
    }

    fn take(&mut self, record: &Record) -> Result<(), String> {
        let revision = Revision(self.taken);
        self.taken += 1;
        let payload = record.payload.bytes();
        let is_start = record.envelope.revision == Revision(0);
        match payload.filter(|_| is_start || record.envelope.kind == TEXT_CHANGED) {
            Some(payload) if is_start => self.start(revision, payload),
            Some(payload) => {
                let change = Change::try_from(payload.as_ref()).map_err(|error| error.to_string())?;
                self.history
                    .push(revision, &change)
                    .map_err(|error| error.to_string())
            }
            None => self.history.skip(revision).map_err(|error| error.to_string()),
        }
    }

    fn start(&mut self, revision: Revision, payload: &[u8]) -> Result<(), String> {
        let started = GenerationStarted::read(payload).map_err(|error| error.to_string())?;
        let mut seed = vec![genesis()];
        for raw in &started.seed {
            seed.push(Change::try_from(raw.as_slice()).map_err(|error| error.to_string())?);
        }
        let begun = match revision.before() {
            Some(last) => self
                .history
                .start_generation(revision, &seed, (last, &started.same)),
            None => seed
                .iter()
                .try_for_each(|change| self.history.push(revision, change)),
        };
        begun.map_err(|error| error.to_string())
    }
}
