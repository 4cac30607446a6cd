//! A plan as it is after years of use: a log of millions of events, made fast and of a realistic make-up.
//!
//! # Why it exists
//!
//! Whether a start grows with the log is seen only on a log that has grown. Nearly every event is a text change of
//! about 115 bytes, real automerge changes with real actors, in many chapters and generations, several people at a
//! time; between them agreements are amended. The events go through the engine as any other, in large groups.

pub mod writing;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::{Context, Result};
use schema::domain::actor::{ACTOR_BOUND, ActorBound, Identity, TextBinding};
use schema::domain::{At, Caller, Command, PlanState, decide, evolve};
use schema::ids::{
    ActorRef, BoundActor, ChapterId, CommandId, DeviceId, EventId, Generation, PageSessionId, PartyId,
    PersonId, PlanId, Position, Revision, TeamId, TimestampMs,
};
use schema::limits::BATCH_EVENTS_MAX;
use schema::log::event::{ContentDigest, command_event_id, text_event_id};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, derived_event_id};
use schema::log::{Kind, NewEvent, Salts, Stream, Via, Who};
use schrijftafel_server::log::{AppendRequest, EventLog};
use serde_json::{Value, json};

use self::writing::{Chance, Session, Written, write_generation};

/// The plan.
pub const PLAN: PlanId = PlanId::from_bytes([0x11; 16]);
const CHAPTERS: u64 = 50;
const PEOPLE: u64 = 60;
const COMMITMENTS: u64 = 400;
/// Generations that are written in at the same time, by one person each.
const AT_ONCE: usize = 8;
/// One change in this many is followed by an amended agreement.
const CHANGES_PER_DECISION: u64 = 250;
/// Batches appended with one flush.
const GROUP_BATCHES: usize = 8;
/// Time between two groups: five million events take about a year.
const GROUP_MS: u64 = 24 * 60 * 60 * 1_000;
/// Monday 5 January 2026, nine o'clock.
const FIRST_MS: u64 = 1_767_600_000_000;

/// A chapter of the plan.
#[must_use]
pub fn chapter(n: u64) -> ChapterId {
    ChapterId::from_bytes(id(b'c', n))
}

/// The person who makes the plan, and writes in the one team that writes it all.
#[must_use]
pub fn founder() -> Caller {
    person(0)
}

fn person(n: u64) -> Caller {
    Caller {
        person: PersonId::from_bytes(id(b'p', n)),
        party: PartyId::from_bytes(id(b'q', n / 3)),
    }
}

fn id(sort: u8, n: u64) -> [u8; 16] {
    let mut id = [sort; 16];
    for (to, from) in id.iter_mut().rev().zip(n.to_le_bytes()) {
        *to = from;
    }
    id
}

/// What a log was filled with.
#[derive(Debug, Default, Clone, Copy)]
pub struct Made {
    /// All events.
    pub events: u64,
    /// Text changes.
    pub changes: u64,
    /// Bytes of them.
    pub change_bytes: u64,
    /// Bound actors.
    pub actors: u64,
    /// Decided events.
    pub decided: u64,
}

/// Fills an empty log with one plan of at least so many events.
///
/// # Errors
/// When a command is refused or the engine does not write.
pub fn fill(log: &dyn EventLog, events: u64) -> Result<Made> {
    let mut maker = Maker::new(log);
    maker.found()?;
    let written = generations();
    let mut open: Vec<(Written, std::vec::IntoIter<Session>, Option<Typing>)> = Vec::new();
    while maker.made.events < events {
        while open.len() < AT_ONCE {
            let next = written.recv().context("the writers ended")?;
            maker.start_generation(&next)?;
            let sessions = next.sessions.clone().into_iter();
            open.push((next, sessions, None));
        }
        let place = maker.chance.below(open.len() as u64) as usize;
        let (generation, sessions, typing) = open.get_mut(place).context("one is open")?;
        match typing
            .as_mut()
            .and_then(|typing| Some((typing.who, typing.changes.next()?)))
        {
            Some((who, (hash, raw))) => maker.change(generation, who, (hash, raw))?,
            None => match sessions.next() {
                Some(session) => *typing = Some(maker.bind(generation, session)?),
                None => drop(open.swap_remove(place)),
            },
        }
    }
    drop(written);
    maker.flush_group()?;
    Ok(maker.made)
}

/// One page session that writes.
struct Typing {
    who: ActorRef,
    changes: std::vec::IntoIter<([u8; 32], Vec<u8>)>,
}

/// Generations of texts, each by its own seed, written on two threads ahead of who appends them.
fn generations() -> Receiver<Written> {
    let (done, written) = sync_channel(4);
    for thread in 0..2_u64 {
        let done = done.clone();
        std::thread::spawn(move || {
            for number in (thread..).step_by(2) {
                let Ok(next) = write_generation(number, number % CHAPTERS, number / CHAPTERS) else {
                    return;
                };
                if done.send(next).is_err() {
                    return;
                }
            }
        });
    }
    written
}

struct Maker<'a> {
    log: &'a dyn EventLog,
    state: PlanState,
    revisions: BTreeMap<Stream, Revision>,
    chance: Chance,
    now: TimestampMs,
    batch: Vec<NewEvent>,
    group: Vec<AppendRequest>,
    /// Who speaks for the programme team.
    speaker: ActorRef,
    made: Made,
}

impl<'a> Maker<'a> {
    fn new(log: &'a dyn EventLog) -> Self {
        Self {
            log,
            state: PlanState::default(),
            revisions: BTreeMap::new(),
            chance: Chance::new(7),
            now: TimestampMs(FIRST_MS),
            batch: Vec::new(),
            group: Vec::new(),
            speaker: ActorRef(Position(0)),
            made: Made::default(),
        }
    }

    /// The plan with its parties, people, chapters and agreements.
    fn found(&mut self) -> Result<()> {
        self.speaker = self.push_actor(founder(), None)?;
        let party = |n: u64| PartyId::from_bytes(id(b'q', n));
        self.command(json!({ "plan": { "type": "create", "title": "Regioplan",
            "party": { "name": "Programmabureau", "sector": "programma" } } }))?;
        for n in 1..PEOPLE / 3 {
            self.command(json!({ "plan": { "type": "addParty", "id": party(n),
                "party": { "name": format!("Zorgaanbieder {n}"), "sector": "zorg" } } }))?;
        }
        let team = TeamId::from_bytes(id(b't', 0));
        self.command(json!({ "plan": { "type": "formTeam", "id": team, "name": "Schrijfteam" } }))?;
        for n in 0..PEOPLE {
            let Caller { person, party } = person(n);
            self.command(
                json!({ "rights": { "type": "grant", "person": person, "party": party,
                "role": { "role": "schrijfteam", "team": team, "asRole": "writer" } } }),
            )?;
        }
        for n in 0..CHAPTERS {
            let create = json!({ "type": "create", "title": format!("Hoofdstuk {n}"), "team": team });
            self.command(json!({ "chapter": [chapter(n), create] }))?;
        }
        for n in 0..COMMITMENTS {
            let content = json!({ "title": format!("Afspraak {n}"), "chapterId": chapter(n % CHAPTERS),
                "ownerPartyId": party(n % 20), "solution": "Wat wij samen doen, en voor wie." });
            self.command_of(commitment(n), json!({ "type": "create", "content": content }))?;
        }
        Ok(())
    }

    fn command_of(&mut self, commitment: [u8; 16], command: Value) -> Result<()> {
        let id = schema::ids::CommitmentId::from_bytes(commitment);
        self.command(json!({ "commitment": [id, command] }))
    }

    /// Appends what a command of the founder decides.
    fn command(&mut self, command: Value) -> Result<()> {
        let command: Command =
            serde_json::from_value(command.clone()).with_context(|| command.to_string())?;
        let decided = decide(&self.state, &founder(), self.now, &command)
            .map_err(|refusal| anyhow::anyhow!("{command:?}: {refusal}"))?;
        let command_id = CommandId::from_bytes(id(b'k', self.made.events));
        for (event, index) in decided.into_iter().zip(0..) {
            let (position, revision) = self.next_place(event.stream());
            let at = At {
                position,
                revision,
                recorded_at: self.now,
                who: self.speaker,
            };
            evolve(&mut self.state, at, &event);
            self.made.decided += 1;
            let new = self.event(
                command_event_id(command_id, &ContentDigest::default(), index),
                event.stream(),
                event.kind(),
                event.payload(),
            );
            self.push(NewEvent {
                who: Who::Actor(self.speaker),
                correlation: Some(command_id),
                ..new
            })?;
        }
        Ok(())
    }

    fn start_generation(&mut self, written: &Written) -> Result<()> {
        let generation = Generation(u32::try_from(written.generation)? + 1);
        let chapter = chapter(written.chapter);
        let id = derived_event_id(b"generation", &[chapter.as_bytes(), &generation.0.to_be_bytes()]);
        let new = self.event(
            id,
            Stream::Text(chapter, generation),
            TEXT_GENERATION,
            written.start.clone(),
        );
        self.push(NewEvent {
            who: Who::Actor(self.speaker),
            ..new
        })
    }

    fn bind(&mut self, written: &Written, session: Session) -> Result<Typing> {
        let text = TextBinding {
            chapter: chapter(written.chapter),
            generation: Generation(u32::try_from(written.generation)? + 1),
            actor: BoundActor::from_bytes(session.actor),
        };
        let writer = person(1 + self.chance.below(PEOPLE - 1));
        Ok(Typing {
            who: self.push_actor(writer, Some(text))?,
            changes: session.changes.into_iter(),
        })
    }

    fn push_actor(&mut self, caller: Caller, text: Option<TextBinding>) -> Result<ActorRef> {
        let bound = ActorBound {
            device: Some(DeviceId::from_bytes(id(b'd', self.made.events % 97))),
            page_session: Some(PageSessionId::from_bytes(id(b's', self.made.events))),
            text,
            identity: match self.state.plan {
                Some(_) => ActorBound::person(&self.state, &caller).identity,
                None => Identity::Person {
                    person: caller.person,
                    party: caller.party,
                    roles: Vec::new(),
                },
            },
            brought: false,
        };
        let actor = ActorRef(Position(self.made.events));
        let id = EventId::from_bytes(id(b'a', self.made.events));
        let new = self.event(id, Stream::Actors, ACTOR_BOUND, bound.payload());
        self.push(NewEvent {
            who: Who::Itself,
            ..new
        })?;
        self.made.actors += 1;
        Ok(actor)
    }

    fn change(&mut self, written: &Written, who: ActorRef, (hash, raw): ([u8; 32], Vec<u8>)) -> Result<()> {
        let generation = Generation(u32::try_from(written.generation)? + 1);
        let chapter = chapter(written.chapter);
        self.made.changes += 1;
        self.made.change_bytes += raw.len() as u64;
        let id = text_event_id(chapter, generation, &hash);
        let new = self.event(id, Stream::Text(chapter, generation), TEXT_CHANGED, raw);
        self.push(NewEvent {
            who: Who::Actor(who),
            ..new
        })?;
        if self.chance.below(CHANGES_PER_DECISION) == 0 {
            let n = self.chance.below(COMMITMENTS);
            let words = format!("Voortgang {} in het kwartaal, zoals besproken.", self.made.events);
            self.command_of(
                commitment(n),
                json!({ "type": "amend", "patch": { "progress": words } }),
            )?;
        }
        Ok(())
    }

    fn event(&self, id: EventId, stream: Stream, kind: Kind, payload: Vec<u8>) -> NewEvent {
        NewEvent {
            id,
            stream,
            kind,
            who: Who::Itself,
            via: Via::Browser,
            causation: None,
            correlation: None,
            payload: payload.into(),
        }
    }

    /// Where the next event of a stream will stand: this plan is all there is in the log.
    fn next_place(&self, stream: Stream) -> (Position, Revision) {
        let revision = self
            .revisions
            .get(&stream)
            .map_or(Revision(0), |last| last.next());
        (Position(self.made.events), revision)
    }

    fn push(&mut self, event: NewEvent) -> Result<()> {
        let (_, revision) = self.next_place(event.stream);
        if !matches!(event.stream, Stream::Text(..)) {
            self.revisions.insert(event.stream, revision);
        }
        self.made.events += 1;
        self.batch.push(event);
        if self.batch.len() >= BATCH_EVENTS_MAX {
            self.close_batch();
        }
        if self.group.len() >= GROUP_BATCHES {
            self.flush_group()?;
        }
        Ok(())
    }

    fn close_batch(&mut self) {
        if !self.batch.is_empty() {
            let events = std::mem::take(&mut self.batch);
            self.group.push(AppendRequest {
                plan: PLAN,
                events,
                guards: Vec::new(),
            });
        }
    }

    fn flush_group(&mut self) -> Result<()> {
        self.close_batch();
        let mut salts = || Salts {
            envelope: self.chance.bytes(),
            payload: self.chance.bytes(),
        };
        for answer in self
            .log
            .append_group(self.now, &mut salts, std::mem::take(&mut self.group))
        {
            answer?;
        }
        self.now = TimestampMs(self.now.0 + GROUP_MS);
        Ok(())
    }
}

fn commitment(n: u64) -> [u8; 16] {
    id(b'f', n)
}
