//! A plan with one written chapter: the log the core would leave.

use std::sync::Arc;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ReadDoc};
use schema::ids::{
    ActorRef, BoundActor, ChapterId, CommandId, EventId, Generation, IncarnationId, PlanId, Position,
    TimestampMs,
};
use schema::log::kinds::{TEXT_CHANGED, TEXT_GENERATION, TEXT_QUARANTINED, TEXT_RESTORED};
use schema::log::{Kind, NewEvent, Salts, Stream, Via, Who};
use schema::text::generation::{Reason, first_payload, start_from};
use schema::text::genesis::{new_automerge, text_id};
use schema::text::history::restore::{Author, Scope, TextRestored};

use super::super::{ChapterHistories, HistoryError};
use crate::log::{AppendRequest, EventLog, MemoryLog};

pub const PLAN: PlanId = PlanId::from_bytes([1; 16]);
pub const CHAPTER: ChapterId = ChapterId::from_bytes([2; 16]);
pub const ANNA: ActorRef = ActorRef(Position(0));
pub const BRAM: ActorRef = ActorRef(Position(1));

/// The actor under which the server starts generations.
pub const SERVER: ActorRef = ActorRef(Position(2));

pub fn other_chapter(number: u8) -> ChapterId {
    ChapterId::from_bytes([100 + number; 16])
}

/// The log, and the chapter's document as the server has it.
pub struct World {
    pub log: Arc<MemoryLog>,
    doc: Automerge,
    generation: Generation,
    now: u64,
    ids: u8,
    appended: Vec<(Position, Change, Automerge)>,
}

impl World {
    pub fn new() -> Self {
        let log = Arc::new(MemoryLog::new(IncarnationId::from_bytes([9; 16])));
        let mut world = Self {
            log,
            doc: new_automerge(),
            generation: Generation(1),
            now: 1_000,
            ids: 0,
            appended: Vec::new(),
        };
        for _ in [ANNA, BRAM, SERVER] {
            world.append(
                vec![(
                    Stream::Actors,
                    Kind::new("actor.bound", 1),
                    Who::Itself,
                    b"{}".to_vec(),
                )],
                None,
            );
        }
        world.start_chapter(CHAPTER);
        world
    }

    pub fn start_chapter(&mut self, chapter: ChapterId) {
        let stream = Stream::Text(chapter, Generation(1));
        self.append(
            vec![(stream, TEXT_GENERATION, Who::Actor(ANNA), first_payload())],
            None,
        );
    }

    pub fn len(&self) -> usize {
        self.doc.length(text_id())
    }

    pub fn pause(&mut self, ms: u64) {
        self.now += ms;
    }

    /// Replaces some units with words, as one change.
    pub fn write(&mut self, who: ActorRef, at: usize, delete: isize, words: &str) -> Position {
        let before = self.doc.clone();
        let mut doc = self.doc.clone().with_actor(actor(who, self.generation));
        let mut tx = doc.transaction();
        tx.splice_text(text_id(), at, delete, words).unwrap();
        let hash = tx.commit_with(CommitOptions::default().with_time(1)).0.unwrap();
        let change = doc.get_change_by_hash(&hash).unwrap();
        self.doc = doc;
        let position = self.append_raw(who, change.raw_bytes().to_vec());
        self.appended.push((position, change, before));
        position
    }

    pub fn append_raw(&mut self, who: ActorRef, raw: Vec<u8>) -> Position {
        let stream = Stream::Text(CHAPTER, self.generation);
        self.append(vec![(stream, TEXT_CHANGED, Who::Actor(who), raw)], None)
    }

    /// A good change whose parent is nowhere in the log.
    pub fn change_on_nothing(&self) -> Vec<u8> {
        let mut doc = new_automerge().with_actor(ActorId::from([0x77; 16]));
        for _ in 0..2 {
            let mut tx = doc.transaction();
            tx.splice_text(text_id(), 0, 0, "x").unwrap();
            tx.commit();
        }
        doc.get_last_local_change().unwrap().raw_bytes().to_vec()
    }

    /// Restores as the API does; the position of the event that says so.
    pub fn restore(&mut self, who: ActorRef, to: Position, scope: &Scope) -> Position {
        let histories = ChapterHistories::new(Arc::clone(&self.log) as Arc<dyn EventLog>);
        let author = Author {
            actor: ActorId::from([0xe0 + self.generation.0 as u8; 16]),
            time: 2,
        };
        let asked: Result<_, HistoryError> = histories.ask((PLAN, CHAPTER), |past| {
            let plan = past
                .history()
                .plan_restore(past.revision_at(Some(to))?, scope)
                .unwrap();
            Ok(plan.write(self.doc.clone(), &author).unwrap())
        });
        let restored = asked.unwrap();
        self.doc = restored.doc;
        let payload = TextRestored {
            generation: self.generation,
            to_position: to,
            before_position: Position(self.log.next_position(PLAN).0 - 1),
            section: None,
            reason: None,
            changes: restored
                .changes
                .iter()
                .map(|change| change.hash().to_string())
                .collect(),
            actors: restored.actors,
            links: restored.links,
        };
        let who = Who::Actor(who);
        let mut events = vec![(Stream::Chapter(CHAPTER), TEXT_RESTORED, who, payload.payload())];
        let stream = Stream::Text(CHAPTER, self.generation);
        events.extend(
            restored
                .changes
                .iter()
                .map(|change| (stream, TEXT_CHANGED, who, change.raw_bytes().to_vec())),
        );
        self.ids += 1;
        self.append(events, Some(CommandId::from_bytes([self.ids; 16])))
    }

    /// Ends the generation because of the change at a position; the next starts from the text at another.
    pub fn quarantine(&mut self, offender: Position, good: Position) {
        let of = |position| self.appended.iter().find(|(at, ..)| *at == position).unwrap();
        let (_, change, before) = of(offender);
        assert!(good < offender, "nothing stands between them here");
        let started = start_from(
            before,
            Reason::Quarantine,
            BoundActor::from_bytes([0xdd; 16]),
            TimestampMs(3),
        )
        .unwrap();
        let named = format!(
            r#"{{"change":"{}","generation":{}}}"#,
            change.hash(),
            self.generation.0
        );
        self.generation = self.generation.next();
        self.doc = new_automerge();
        self.doc
            .apply_changes(
                started
                    .seed
                    .iter()
                    .map(|raw| Change::try_from(raw.as_slice()).unwrap()),
            )
            .unwrap();
        let events = vec![
            (
                Stream::Chapter(CHAPTER),
                TEXT_QUARANTINED,
                Who::Actor(ANNA),
                named.into_bytes(),
            ),
            (
                Stream::Text(CHAPTER, self.generation),
                TEXT_GENERATION,
                Who::Actor(ANNA),
                started.payload(),
            ),
        ];
        self.append(events, None);
    }

    /// The chapter goes on in a fresh document, because the one before had grown too long.
    pub fn grow(&mut self) {
        let mut server = [0xdd; 16];
        server[0] = u8::try_from(self.generation.0).unwrap();
        let server = BoundActor::from_bytes(server);
        let started = start_from(&self.doc, Reason::Growth, server, TimestampMs(4)).unwrap();
        self.generation = self.generation.next();
        self.doc = new_automerge();
        let seed = started.seed.iter();
        let seed = seed.map(|raw| Change::try_from(raw.as_slice()).unwrap());
        self.doc.apply_changes(seed).unwrap();
        let stream = Stream::Text(CHAPTER, self.generation);
        let event = (stream, TEXT_GENERATION, Who::Actor(SERVER), started.payload());
        self.append(vec![event], None);
    }

    fn append(
        &mut self,
        events: Vec<(Stream, Kind, Who, Vec<u8>)>,
        correlation: Option<CommandId>,
    ) -> Position {
        let first = self.log.next_position(PLAN);
        let numbered = (first.0..).zip(events);
        let events = numbered
            .map(|(number, (stream, kind, who, payload))| {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&number.to_be_bytes());
                NewEvent {
                    id: EventId::from_bytes(id),
                    stream,
                    kind,
                    who,
                    via: Via::Browser,
                    causation: None,
                    correlation,
                    payload: payload.into(),
                }
            })
            .collect();
        self.now += 1;
        let request = AppendRequest {
            plan: PLAN,
            events,
            guards: Vec::new(),
        };
        let mut salts = || Salts {
            envelope: [1; 32],
            payload: [2; 32],
        };
        let appended = self
            .log
            .append_group(TimestampMs(self.now), &mut salts, vec![request]);
        appended.into_iter().next().unwrap().unwrap().placed[0].position
    }
}

fn actor(who: ActorRef, generation: Generation) -> ActorId {
    ActorId::from([who.0.0 as u8 * 16 + generation.0 as u8; 16])
}
