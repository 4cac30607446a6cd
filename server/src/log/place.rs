//! Placing: from "append this" to records with position, revision, time and chain, or to a refusal.
//!
//! # Why it exists
//!
//! The rules of appending (idempotency first, then guards, dense numbers, time that never decreases) are the
//! same for every engine and need no disk, so they are one pure piece of code. An engine says what it knows of
//! a plan ([`Known`]), a [`Stage`] holds what this group adds to it before anything is written.
//!
//! # Invariants
//!
//! - A stage changes nothing in the engine: throwing it away leaves no trace.
//! - What the same group placed earlier counts as known.

use std::collections::{BTreeMap, BTreeSet};

use schema::ids::{ActorRef, EventId, PlanId, Position, Revision, TimestampMs};
use schema::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, BATCH_GUARDS_MAX, PAYLOAD_BYTES_MAX};
use schema::log::commitment::{self, CHAIN_START};
use schema::log::{Envelope, NewEvent, Payload, Record, Stream, Who};

use super::{AppendError, AppendRequest, Appended, Expected, Guard, Placed, ReadError, SaltSource};

/// Where a plan's log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The position of the next event.
    pub next: Position,
    /// The chain value of the last event.
    pub chain: [u8; 32],
    /// The time of the last event.
    pub recorded_at: TimestampMs,
}

impl Head {
    /// The head of a plan without events.
    pub const START: Self = Self {
        next: Position(0),
        chain: CHAIN_START,
        recorded_at: TimestampMs(0),
    };

    /// The head after `record`.
    #[must_use]
    pub fn after(record: &Record) -> Self {
        Self {
            next: record.envelope.position.next(),
            chain: record.chain,
            recorded_at: record.envelope.recorded_at,
        }
    }
}

/// What an engine knows of one plan before the group.
pub trait Known {
    /// Where it ends.
    fn head(&self) -> Head;

    /// The last revision of a stream.
    ///
    /// # Errors
    /// When the engine cannot read.
    fn last_revision(&self, stream: &Stream) -> Result<Option<Revision>, ReadError>;

    /// The event with this id.
    ///
    /// # Errors
    /// When the engine cannot read.
    fn find(&self, id: EventId) -> Result<Option<Record>, ReadError>;
}

/// What one group of appends adds to one plan.
#[derive(Debug)]
pub struct Stage<K> {
    plan: PlanId,
    base: K,
    head: Head,
    revisions: BTreeMap<Stream, Revision>,
    ids: BTreeMap<EventId, usize>,
    records: Vec<Record>,
    batch_sizes: Vec<u16>,
}

/// A new record and its place in its batch.
#[derive(Debug)]
pub struct Staged {
    /// The record.
    pub record: Record,
    /// Where it stands in its batch.
    pub mark: BatchMark,
}

/// Where an event stands in the batch it was appended with: an engine that may tear a batch stores it with the
/// record, so that a torn batch can be told from a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMark {
    /// Events of its batch before it.
    pub index: u16,
    /// Events of its batch after it.
    pub remaining: u16,
}

/// What a group adds, by plan; nothing of a plan to which it adds nothing.
pub type StagedPlans = BTreeMap<PlanId, Vec<Staged>>;

/// Places a whole group, request by request. `known` says what the engine knows of a plan.
pub fn group<K: Known>(
    (now, salts): (TimestampMs, SaltSource<'_>),
    group: &[AppendRequest],
    known: impl Fn(PlanId) -> K,
) -> (Vec<Result<Appended, AppendError>>, StagedPlans) {
    let mut stages: BTreeMap<PlanId, Stage<K>> = BTreeMap::new();
    let mut answers = Vec::with_capacity(group.len());
    for request in group {
        let stage = stages
            .entry(request.plan)
            .or_insert_with(|| Stage::new(request.plan, known(request.plan)));
        answers.push(stage.place(now, salts, request));
    }
    let staged = stages
        .into_iter()
        .map(|(plan, stage)| (plan, stage.into_staged()))
        .filter(|(_, staged)| !staged.is_empty())
        .collect();
    (answers, staged)
}

impl<K: Known> Stage<K> {
    /// Starts where the engine ends.
    pub fn new(plan: PlanId, base: K) -> Self {
        Self {
            plan,
            head: base.head(),
            base,
            revisions: BTreeMap::new(),
            ids: BTreeMap::new(),
            records: Vec::new(),
            batch_sizes: Vec::new(),
        }
    }

    /// Places one request, or says why not. Nothing is staged on a refusal.
    ///
    /// # Errors
    /// As [`super::EventLog::append_group`]; a failed read answers as [`AppendError::Stopped`].
    pub fn place(
        &mut self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        request: &AppendRequest,
    ) -> Result<Appended, AppendError> {
        check_shape(request)?;
        if let Some(first_places) = self.repeated(&request.events)? {
            return Ok(first_places);
        }
        for guard in &request.guards {
            self.check_guard(*guard)?;
        }
        let revisions = self.next_revisions(&request.events)?;
        let placed = request
            .events
            .iter()
            .zip(revisions)
            .map(|(event, revision)| self.add(now, salts, event, revision))
            .collect();
        let size = u16::try_from(request.events.len()).expect("BATCH_EVENTS_MAX fits 16 bits");
        self.batch_sizes.push(size);
        Ok(Appended { placed })
    }

    /// Everything placed, oldest first, each with its place in its batch.
    pub fn into_staged(self) -> Vec<Staged> {
        let mut records = self.records.into_iter();
        let mut staged = Vec::with_capacity(records.len());
        for size in self.batch_sizes {
            let batch = records.by_ref().take(usize::from(size)).zip(0..size);
            staged.extend(batch.map(|(record, index)| Staged {
                record,
                mark: BatchMark {
                    index,
                    remaining: size - 1 - index,
                },
            }));
        }
        staged
    }

    /// The first places of a batch that is known as a whole; nothing for one that is new as a whole.
    fn repeated(&self, events: &[NewEvent]) -> Result<Option<Appended>, AppendError> {
        let mut placed = Vec::new();
        for event in events {
            let Some(known) = self.find(event.id).map_err(|error| unreadable(&error))? else {
                continue;
            };
            if !is_same_content(event, &known) {
                return Err(AppendError::IdReused { id: event.id });
            }
            placed.push(Placed {
                position: known.envelope.position,
                revision: known.envelope.revision,
                recorded_at: known.envelope.recorded_at,
                repeated: true,
            });
        }
        match placed.len() {
            0 => Ok(None),
            all if all == events.len() => Ok(Some(Appended { placed })),
            _ => Err(AppendError::InvalidBatch(
                "some of its events are known and some are new",
            )),
        }
    }

    fn check_guard(&self, Guard { stream, expected }: Guard) -> Result<(), AppendError> {
        let actual = self.last_revision(&stream).map_err(|error| unreadable(&error))?;
        let holds = match expected {
            Expected::Exact(revision) => actual == Some(revision),
            Expected::NoStream => actual.is_none(),
        };
        if holds {
            Ok(())
        } else {
            Err(AppendError::Conflict {
                stream,
                expected,
                actual,
            })
        }
    }

    /// The revision of each event, read before anything is staged so that a failed read stages nothing.
    fn next_revisions(&self, events: &[NewEvent]) -> Result<Vec<Revision>, AppendError> {
        let mut next: BTreeMap<Stream, Revision> = BTreeMap::new();
        let mut revisions = Vec::with_capacity(events.len());
        for event in events {
            let revision = match next.get(&event.stream) {
                Some(revision) => *revision,
                None => self
                    .last_revision(&event.stream)
                    .map_err(|error| unreadable(&error))?
                    .map_or(Revision(0), Revision::next),
            };
            next.insert(event.stream, revision.next());
            revisions.push(revision);
        }
        Ok(revisions)
    }

    fn add(
        &mut self,
        now: TimestampMs,
        salts: SaltSource<'_>,
        event: &NewEvent,
        revision: Revision,
    ) -> Placed {
        let position = self.head.next;
        let recorded_at = now.max(self.head.recorded_at);
        let envelope = Envelope {
            position,
            stream: event.stream,
            revision,
            id: event.id,
            kind: event.kind.clone(),
            recorded_at,
            who: match event.who {
                Who::Actor(actor) => actor,
                Who::Itself => ActorRef(position),
            },
            via: event.via,
            causation: event.causation,
            correlation: event.correlation,
            payload_commitment: [0; 32],
        };
        let record = Record::seal(
            self.plan,
            &self.head.chain,
            envelope,
            salts(),
            event.payload.clone(),
        );
        self.head = Head::after(&record);
        self.revisions.insert(event.stream, revision);
        self.ids.insert(event.id, self.records.len());
        self.records.push(record);
        Placed {
            position,
            revision,
            recorded_at,
            repeated: false,
        }
    }

    fn last_revision(&self, stream: &Stream) -> Result<Option<Revision>, ReadError> {
        match self.revisions.get(stream) {
            Some(revision) => Ok(Some(*revision)),
            None => self.base.last_revision(stream),
        }
    }

    fn find(&self, id: EventId) -> Result<Option<Record>, ReadError> {
        match self.ids.get(&id).and_then(|index| self.records.get(*index)) {
            Some(record) => Ok(Some(record.clone())),
            None => self.base.find(id),
        }
    }
}

/// The same content is the same stream, kind and payload. Who brought it and by which way may differ: a client
/// that never got its answer tries again from a new page session. Erased content cannot be told apart any more.
fn is_same_content(event: &NewEvent, known: &Record) -> bool {
    let same_payload = match &known.payload {
        Payload::Present { salt, .. } => {
            commitment::of_payload(salt, &event.payload) == known.envelope.payload_commitment
        }
        Payload::Erased => true,
    };
    event.stream == known.envelope.stream && event.kind == known.envelope.kind && same_payload
}

fn check_shape(request: &AppendRequest) -> Result<(), AppendError> {
    let events = &request.events;
    let mut ids = BTreeSet::new();
    let fault = if events.is_empty() {
        "it has no events"
    } else if events.len() > BATCH_EVENTS_MAX {
        "it has more than BATCH_EVENTS_MAX events"
    } else if request.guards.len() > BATCH_GUARDS_MAX {
        "it has more than BATCH_GUARDS_MAX guards"
    } else if events.iter().any(|event| event.payload.len() > PAYLOAD_BYTES_MAX) {
        "a payload exceeds PAYLOAD_BYTES_MAX"
    } else if events.iter().map(|event| event.payload.len()).sum::<usize>() > BATCH_BYTES_MAX {
        "its payloads together exceed BATCH_BYTES_MAX"
    } else if !events.iter().all(|event| event.kind.is_valid()) {
        "a kind of event has no valid name and version"
    } else if !events.iter().all(|event| ids.insert(event.id)) {
        "the same event id stands in it twice"
    } else {
        return Ok(());
    };
    Err(AppendError::InvalidBatch(fault))
}

fn unreadable(error: &ReadError) -> AppendError {
    AppendError::Stopped {
        reason: error.to_string().into(),
    }
}
