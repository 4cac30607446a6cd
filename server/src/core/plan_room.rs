//! One plan on this server: the fold of its events, its actors, and the work that waits for the log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use schema::domain::actor::ActorBound;
use schema::domain::{Caller, PlanState, fold};
use schema::ids::{
    ActorRef, BoundActor, ChapterId, DeviceId, ErasureId, Generation, PageSessionId, Position, TimestampMs,
};
use schema::log::course::Courses;
use schema::log::{Record, Stream};
use schema::wire::Have;

use super::answers::Answers;
use super::batch::Part;
use super::chapter::{LiveChapter, Successor};
use super::devices::DeviceWord;
use super::{CommandRequest, Origin, RecallRequest, SessionId, Ticket, WriteRequest};

/// Something that waits for its turn in a plan.
#[derive(Debug)]
pub enum Work {
    /// A reader wants a chapter.
    Open {
        /// Who.
        session: SessionId,
        /// Their number for it.
        request: u32,
        /// Which.
        chapter: ChapterId,
        /// What they have.
        have: Option<Have>,
    },
    /// A reader wants actors bound.
    Bind {
        /// Who.
        session: SessionId,
        /// Where.
        chapter: ChapterId,
        /// For which generation.
        generation: Generation,
        /// Which.
        actors: Vec<BoundActor>,
    },
    /// A reader offers a change.
    Push {
        /// Who.
        session: SessionId,
        /// Where.
        chapter: ChapterId,
        /// In which generation.
        generation: Generation,
        /// The raw chunk.
        raw: Arc<[u8]>,
    },
    /// A command of the API.
    Command {
        /// Where to answer.
        ticket: Ticket,
        /// What.
        request: Box<CommandRequest>,
    },
    /// Text to write for a person.
    Write {
        /// Where to answer.
        ticket: Ticket,
        /// What.
        request: Box<WriteRequest>,
    },
    /// The API wants the first answer of a command, if there is one.
    Recall {
        /// Where to answer.
        ticket: Ticket,
        /// Of which.
        request: Box<RecallRequest>,
    },
    /// The API wants the server's copy at its head.
    ReadCopy {
        /// Where to answer.
        ticket: Ticket,
        /// Which.
        chapter: ChapterId,
    },
    /// A device says what text it stores.
    Device {
        /// On which connection.
        session: SessionId,
        /// What it says.
        word: DeviceWord,
    },
    /// A chapter is to go on in a fresh generation, because what was before is approved to be erased.
    CloseText {
        /// The request.
        erasure: ErasureId,
    },
    /// The generation that follows one that ended.
    Succeed {
        /// Which chapter.
        chapter: ChapterId,
        /// Its start.
        successor: Box<Successor>,
    },
    /// A request to erase was carried out.
    CarriedOut {
        /// Which.
        erasure: ErasureId,
    },
}

impl Work {
    /// Whether its events are a batch of their own: nothing of another request stands before or behind them in it.
    pub(super) const fn is_alone(&self) -> bool {
        matches!(
            self,
            Self::Command { .. } | Self::Write { .. } | Self::CloseText { .. } | Self::Succeed { .. }
        )
    }
}

/// Who an actor of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Its `actor.bound/1`.
    pub who: ActorRef,
    /// The person and party; none for the server itself.
    pub caller: Option<Caller>,
    /// The chapter it writes in.
    pub chapter: ChapterId,
    /// The generation it writes in.
    pub generation: Generation,
    /// Whether a program chose it.
    pub brought: bool,
}

/// The person, the page, the chapter and the generation of bound actors.
pub type BoundBy = (Caller, PageSessionId, ChapterId, Generation);

/// Whether the plan's events are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The shell reads them.
    Loading,
    /// Folded.
    Ready,
}

/// What is known of a plan when it is first touched: a fold that was kept, and the events after it.
#[derive(Debug, Default)]
pub struct LoadedPlan {
    /// The fold of the events outside texts.
    pub state: PlanState,
    /// Every bound actor.
    pub actors: Vec<(ActorRef, ActorBound)>,
    /// What became of each command that left an event outside texts.
    pub answers: Courses,
    /// The position after the last event in the above.
    pub next: Position,
    /// The events outside texts from there on, by position.
    pub rest: Vec<Record>,
}

/// See the module's text.
#[derive(Debug)]
pub struct PlanRoom {
    /// Whether `state` can be relied on.
    pub phase: Phase,
    /// The fold of all events outside texts.
    pub state: PlanState,
    /// Actors of texts; one that was brought into several is here as it was brought first.
    pub actors: BTreeMap<BoundActor, Binding>,
    /// Actors that programs chose, by the text that they write in: each is there whose it was first.
    pub brought: BTreeMap<(BoundActor, ChapterId, Generation), Binding>,
    /// The same, by the position of their binding.
    pub actor_of: BTreeMap<ActorRef, BoundActor>,
    /// How many actors each page has bound in each generation.
    pub bound_by: BTreeMap<BoundBy, usize>,
    /// The actor under which the server itself acts.
    pub server_actor: Option<ActorRef>,
    /// Actors of commands.
    pub speakers: BTreeMap<(Caller, DeviceId, PageSessionId), ActorRef>,
    /// First answers, for retries.
    pub answers: Answers,
    /// What waits.
    pub queue: VecDeque<Work>,
    /// Why nothing is appended until the plan is read again, if so.
    pub stopped: Option<Arc<str>>,
    /// What can wait until the log writes again.
    pub parked: Vec<Work>,
    /// What is with the log.
    pub in_flight: Option<Vec<Part>>,
    /// Whether it lets changes of texts gather before its next batch.
    pub rests: bool,
    /// Chapters that somebody uses.
    pub chapters: BTreeMap<ChapterId, LiveChapter>,
}

impl PlanRoom {
    /// A plan that the shell is about to read.
    #[must_use]
    pub fn loading() -> Self {
        Self {
            phase: Phase::Loading,
            state: PlanState::default(),
            actors: BTreeMap::new(),
            brought: BTreeMap::new(),
            actor_of: BTreeMap::new(),
            bound_by: BTreeMap::new(),
            server_actor: None,
            speakers: BTreeMap::new(),
            answers: Answers::default(),
            queue: VecDeque::new(),
            stopped: None,
            parked: Vec::new(),
            in_flight: None,
            rests: false,
            chapters: BTreeMap::new(),
        }
    }

    /// Whether work can be done now.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.phase == Phase::Ready && self.in_flight.is_none() && !self.rests && !self.queue.is_empty()
    }

    /// Whether nothing waits in it and nothing of it is with the log.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.queue.is_empty() && self.in_flight.is_none()
    }

    /// Whether the log has no such plan and nobody is about to make it.
    #[must_use]
    pub fn is_of_nothing(&self) -> bool {
        let idle = self.phase == Phase::Ready && self.in_flight.is_none() && self.queue.is_empty();
        // One that stopped has to be read again, and something may be read then.
        idle && self.stopped.is_none() && self.state.plan.is_none()
    }

    /// Changes of a chapter that a connection has pushed and that have no answer yet.
    #[must_use]
    pub fn unanswered(&self, session: SessionId, chapter: ChapterId) -> usize {
        let waits = |work: &&Work| matches!(work, Work::Push { session: by, chapter: of, .. } if (*by, *of) == (session, chapter));
        let is_sent = |part: &&Part| matches!(part, Part::Text { session: by, chapter: of, .. } if (*by, *of) == (Some(session), chapter));
        let sent = self.in_flight.iter().flatten();
        self.queue.iter().filter(waits).count() + sent.filter(is_sent).count()
    }

    /// Takes over what is known, and folds what the log held beyond it.
    pub fn start(&mut self, loaded: LoadedPlan) {
        self.state = loaded.state;
        for (who, bound) in &loaded.actors {
            self.note_actor(*who, bound);
        }
        self.answers = Answers::known(loaded.answers);
        loaded.rest.iter().for_each(|record| self.fold(record));
        self.phase = Phase::Ready;
    }

    fn fold(&mut self, record: &Record) {
        let envelope = &record.envelope;
        // A record of a newer program is kept and moves its stream; it decides nothing here.
        if let Err(error) = fold(&mut self.state, record) {
            tracing::warn!(position = envelope.position.0, "event not understood: {error}");
        }
        let bound = record
            .payload
            .bytes()
            .and_then(|bytes| ActorBound::read(bytes).ok());
        if let (Stream::Actors, Some(bound)) = (envelope.stream, bound) {
            self.note_actor(ActorRef(envelope.position), &bound);
        }
        self.answers.fold(envelope);
    }

    /// Remembers who an actor is.
    pub fn note_actor(&mut self, who: ActorRef, bound: &ActorBound) {
        match (&bound.text, bound.caller()) {
            (Some(text), caller) => {
                let binding = Binding {
                    who,
                    caller,
                    chapter: text.chapter,
                    generation: text.generation,
                    brought: bound.brought,
                };
                if bound.brought {
                    let place = (text.actor, text.chapter, text.generation);
                    self.brought.entry(place).or_insert(binding);
                }
                if let (Some(caller), Some(page)) = (caller, bound.page_session) {
                    let by = (caller, page, text.chapter, text.generation);
                    *self.bound_by.entry(by).or_default() += 1;
                }
                self.actors.entry(text.actor).or_insert(binding);
                self.actor_of.insert(who, text.actor);
            }
            (None, Some(caller)) => {
                if let (Some(device), Some(page)) = (bound.device, bound.page_session) {
                    self.speakers.insert((caller, device, page), who);
                }
            }
            (None, None) => self.server_actor = Some(who),
        }
    }

    /// The actor under which this caller's commands are recorded, if it is bound already.
    #[must_use]
    pub fn speaker(&self, caller: Caller, origin: Origin) -> Option<ActorRef> {
        self.speakers.get(&(caller, origin.device, origin.page)).copied()
    }

    /// Whether nothing is known to be written in the plan: its first event is one that binds an actor.
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        let has_actors = !self.speakers.is_empty() || !self.actors.is_empty() || self.server_actor.is_some();
        !has_actors && self.state.plan.is_none() && self.state.revisions.is_empty()
    }

    /// Everything that waits in the plan and in its chapters, to be done once the plan is read again. Reading a
    /// chapter whose generation a failing change has ended finds that change again, so its successor is made anew.
    #[must_use]
    pub fn into_waiting(self) -> Vec<Work> {
        let mut waiting: Vec<Work> = self.queue.into();
        waiting.extend(self.parked);
        for (id, chapter) in self.chapters {
            waiting.extend(chapter.into_waiting(id));
        }
        waiting.retain(|work| !matches!(work, Work::Succeed { .. }));
        waiting
    }

    /// Chapters without readers since so long are closed; returns their channels.
    pub fn close_idle(&mut self, now: TimestampMs, idle_ms: u64) -> Vec<u32> {
        let idle: Vec<_> = self
            .chapters
            .iter()
            .filter(|(_, chapter)| {
                chapter.is_unread() && now.0.saturating_sub(chapter.idle_since.0) > idle_ms
            })
            .map(|(id, chapter)| (*id, chapter.channel))
            .collect();
        for (id, _) in &idle {
            self.chapters.remove(id);
        }
        idle.into_iter().map(|(_, channel)| channel).collect()
    }
}
