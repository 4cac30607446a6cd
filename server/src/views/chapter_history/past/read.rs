//! Reads a chapter's past from the log, as far as it goes, and again what came since.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::Change;
use schema::domain::actor::ActorBound;
use schema::domain::{At, chapter};
use schema::ids::{ActorRef, ChapterId, Generation, PlanId, Position, Revision};
use schema::limits::{HISTORY_SKIPPED_MAX, LOG_PAGE_EVENTS_MAX};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_QUARANTINED, TEXT_RESTORED};
use schema::log::{Record, Stream};
use schema::text::generation::{GenerationStarted, Reason};
use schema::text::genesis::{actor_id, genesis};
use schema::text::history::restore::TextRestored;
use schema::text::history::{ReplayError, TextHistory};

use super::{Event, GenerationStart, Past, Restore, Visitors};
use crate::audit::opening;
use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};
use crate::views::chapter_history::HistoryError;

/// How far back the text that a generation started from is looked for.
const OLD_CONTENT_STEPS_MAX: u64 = 1_024;

/// An event that left the history half written.
struct Fault;

impl Past {
    /// The past of a chapter of which nothing is read yet.
    #[must_use]
    pub fn new(plan: PlanId, chapter: ChapterId) -> Self {
        Self {
            plan,
            chapter,
            history: TextHistory::new(),
            events: Vec::new(),
            generations: Vec::new(),
            restores: std::collections::BTreeMap::new(),
            unlinked: std::collections::BTreeSet::new(),
            visitors: Visitors::default(),
            quarantined: std::collections::BTreeSet::new(),
            skipped: std::collections::BTreeSet::new(),
            milestones: std::collections::BTreeSet::new(),
            state_next: 0,
        }
    }

    /// Whether the log holds more than was read.
    ///
    /// # Errors
    /// What the log says.
    pub fn is_behind(&self, log: &dyn EventLog) -> Result<bool, ReadError> {
        let state = log.last_revision(self.plan, &Stream::Chapter(self.chapter))?;
        let current = self
            .generations
            .last()
            .map_or(Generation(1), |start| start.number);
        let text = log.last_revision(self.plan, &Stream::Text(self.chapter, current))?;
        let next = log.last_revision(self.plan, &Stream::Text(self.chapter, current.next()))?;
        let read = self
            .generations
            .last()
            .map_or(0, |start| self.events.len() - start.first) as u64;
        Ok(state.is_some_and(|last| last.0 >= self.state_next)
            || text.is_some_and(|last| last.0 >= read)
            || next.is_some())
    }

    /// Reads on to the end of the log.
    ///
    /// # Errors
    /// [`HistoryError`]; what was read before stays.
    pub fn catch_up(&mut self, log: &dyn EventLog) -> Result<(), HistoryError> {
        // The chapter's own stream first: the words of every restore it names are then in the text's streams.
        self.read_state(log)?;
        while let Err(Fault) = self.read_texts(log)? {
            if self.skipped.len() > HISTORY_SKIPPED_MAX {
                let after = self.events.last().map_or(Position(0), |event| event.at.position);
                return Err(HistoryError::Unreadable {
                    chapter: self.chapter,
                    after,
                });
            }
            self.forget_texts();
        }
        self.link_before(Generation(u32::MAX));
        Ok(())
    }

    /// Gives the words of restores in earlier generations back to their first authors.
    fn link_before(&mut self, generation: Generation) {
        let restores = &self.restores;
        let is_due = |position: &Position| {
            restores
                .get(position)
                .is_none_or(|restore| restore.restored.generation < generation)
        };
        let due: Vec<Position> = self.unlinked.extract_if(.., is_due).collect();
        for restore in due.iter().filter_map(|position| self.restores.get(position)) {
            if let Err(error) = self.history.link(&restore.restored) {
                tracing::error!(chapter = %self.chapter, "restore at position {}: {error}", restore.at.position);
            }
        }
    }

    fn forget_texts(&mut self) {
        self.history = TextHistory::new();
        self.events.clear();
        self.generations.clear();
        self.visitors = Visitors::default();
        self.unlinked = self.restores.keys().copied().collect();
    }

    fn read_state(&mut self, log: &dyn EventLog) -> Result<(), ReadError> {
        loop {
            let page = self.page(log, Stream::Chapter(self.chapter), self.state_next)?;
            let Some(last) = page.last() else { return Ok(()) };
            self.state_next = last.envelope.revision.0 + 1;
            for record in &page {
                self.take_state(record);
            }
        }
    }

    fn take_state(&mut self, record: &Record) {
        let envelope = &record.envelope;
        if chapter::is_milestone(&envelope.kind) {
            self.milestones.insert(envelope.position);
        }
        let Some(payload) = record.payload.bytes() else {
            return;
        };
        if envelope.kind == TEXT_RESTORED {
            match TextRestored::read(payload) {
                Ok(restored) => {
                    let at = At::from(envelope);
                    self.restores.insert(
                        at.position,
                        Restore {
                            at,
                            restored,
                            command: envelope.correlation,
                        },
                    );
                    self.unlinked.insert(at.position);
                }
                Err(error) => tracing::error!("restore at position {}: {error}", envelope.position),
            }
        } else if envelope.kind == TEXT_QUARANTINED {
            let named: Option<serde_json::Value> = serde_json::from_slice(payload).ok();
            let change = named.as_ref().and_then(|named| named.get("change")?.as_str());
            if let Some(change) = change
                && self.quarantined.insert(change.to_owned())
            {
                // It may have been read as an ordinary change before.
                self.forget_texts();
            }
        }
    }

    fn read_texts(&mut self, log: &dyn EventLog) -> Result<Result<(), Fault>, ReadError> {
        let mut generation = self
            .generations
            .last()
            .map_or(Generation(1), |start| start.number);
        loop {
            let started = self
                .generations
                .last()
                .filter(|start| start.number == generation)
                .map(|start| start.first);
            let mut next = started.map_or(0, |first| self.events.len() - first) as u64;
            let stream = Stream::Text(self.chapter, generation);
            loop {
                let page = self.page(log, stream, next)?;
                if page.is_empty() {
                    break;
                }
                for record in &page {
                    self.meet(log, generation, record.envelope.who)?;
                    if let Err(fault) = self.take_text(generation, record) {
                        return Ok(Err(fault));
                    }
                }
                next += page.len() as u64;
            }
            generation = generation.next();
            if log
                .last_revision(self.plan, &Stream::Text(self.chapter, generation))?
                .is_none()
            {
                return Ok(Ok(()));
            }
        }
    }

    /// Lets the history know of actors for which visits they are, before it takes their changes in a later generation. In the
    /// first one nobody goes on, so whose visits those were is read when there is a second.
    fn meet(&mut self, log: &dyn EventLog, generation: Generation, actor: ActorRef) -> Result<(), ReadError> {
        if self.visitors.met.insert(actor) {
            self.visitors.unread.push_back(actor);
        }
        if generation == Generation(1) {
            return Ok(());
        }
        while let Some(actor) = self.visitors.unread.front().copied() {
            self.name_visit(log, actor)?;
            self.visitors.unread.pop_front();
        }
        Ok(())
    }

    fn name_visit(&mut self, log: &dyn EventLog, actor: ActorRef) -> Result<(), ReadError> {
        let records = opening::read(log, self.plan, actor.0.0, 1)?;
        let bound = records.first().and_then(|record| record.payload.bytes());
        let bound = bound.and_then(|payload| ActorBound::read(payload).ok());
        // Who brought changes in a program may have them of several people.
        let Some(bound) = bound.filter(|bound| !bound.brought) else {
            return Ok(());
        };
        if let (Some(page), Some(caller), Some(text)) = (bound.page_session, bound.caller(), bound.text) {
            let first = *self.visitors.first.entry((page, caller)).or_insert(text);
            // A page has one actor in a generation; what the server writes for it, as a restore, has its own.
            if first.generation != text.generation {
                self.history
                    .goes_on(&actor_id(first.actor), &actor_id(text.actor));
            }
        }
        Ok(())
    }

    fn take_text(&mut self, generation: Generation, record: &Record) -> Result<(), Fault> {
        let envelope = &record.envelope;
        let place = self.events.len();
        let revision = Revision(place as u64);
        if envelope.revision == Revision(0) {
            self.generations.push(GenerationStart {
                number: generation,
                first: place,
            });
        }
        self.events.push(Event {
            at: At::from(envelope),
            via: envelope.via,
            command: envelope.correlation,
        });
        let payload = record.payload.bytes().filter(|_| !self.skipped.contains(&place));
        let Some(payload) = payload else {
            return self.pass_over(revision);
        };
        // automerge's reader of operations has panics of its own.
        let taken = catch_unwind(AssertUnwindSafe(|| match &envelope.kind {
            kind if *kind == TEXT_CHANGED => self.take_change(revision, payload),
            kind if *kind == TEXT_GENERATION => self.take_generation(revision, payload),
            _ => Ok(false),
        }));
        match taken {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false) | Err(ReplayError::MissingParent { .. } | ReplayError::Repeated { .. })) => {
                tracing::warn!(chapter = %self.chapter, "position {} is no part of the text", envelope.position);
                self.pass_over(revision)
            }
            Ok(Err(_)) | Err(_) => {
                tracing::error!(chapter = %self.chapter, "position {} fits nothing", envelope.position);
                self.skipped.insert(place);
                Err(Fault)
            }
        }
    }

    fn take_change(&mut self, revision: Revision, payload: &[u8]) -> Result<bool, ReplayError> {
        let Ok(change) = Change::try_from(payload) else {
            return Ok(false);
        };
        if self.quarantined.contains(&change.hash().to_string()) {
            return Ok(false);
        }
        self.history.push(revision, &change).map(|()| true)
    }

    fn take_generation(&mut self, revision: Revision, payload: &[u8]) -> Result<bool, ReplayError> {
        let Ok(started) = GenerationStarted::read(payload) else {
            return Ok(false);
        };
        let seed = started
            .seed
            .iter()
            .filter_map(|raw| Change::try_from(raw.as_slice()).ok());
        let seed: Vec<Change> = std::iter::once(genesis()).chain(seed).collect();
        if started.reason == Reason::Erasure
            && let Some(event) = self.events.last()
        {
            // Nothing of the work before it is known.
            self.milestones.insert(event.at.position);
        }
        if revision == Revision(0) {
            return seed
                .iter()
                .try_for_each(|change| self.history.push(revision, change))
                .map(|()| true);
        }
        let length = started.same.iter().map(|run| run.length as usize).sum();
        let old = started.old_content.as_ref();
        let copied =
            old.and_then(|content| self.history.find_content(content, length, OLD_CONTENT_STEPS_MAX));
        let same = if copied.is_some() {
            started.same.as_slice()
        } else {
            &[]
        };
        let copied = copied.unwrap_or(Revision(revision.0 - 1));
        if let Some(start) = self.generations.last() {
            self.link_before(start.number);
        }
        self.history
            .start_generation(revision, &seed, (copied, same))
            .map(|()| true)
    }

    fn pass_over(&mut self, revision: Revision) -> Result<(), Fault> {
        // The first revision needs no passing over: nothing stands before it.
        if revision == Revision(0) {
            Ok(())
        } else {
            self.history.skip(revision).map_err(|_| Fault)
        }
    }

    fn page(&self, log: &dyn EventLog, stream: Stream, from: u64) -> Result<Vec<Record>, ReadError> {
        log.read(&ReadRequest {
            plan: self.plan,
            selector: Selector::Stream(stream),
            from,
            direction: Direction::Forward,
            limit: LOG_PAGE_EVENTS_MAX,
        })
    }
}
